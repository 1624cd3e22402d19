//! The terminal's spool of ratings (暂存): each is on disk, sealed, before its rater is thanked, and
//! leaves only when the services have it. One table of one SQLite file, which one process has at a
//! time; times come in as arguments.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use prost::Message as _;
use proto::intake::v1::SubmitRatingRequest;
use sqlx::{
    ConnectOptions as _, Connection as _, Row as _, SqliteConnection,
    sqlite::{
        SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode, SqliteRow, SqliteSynchronous,
    },
};
use tokio::sync::Mutex;

use super::wire;
use crate::content::RatingToSend;

mod key;
#[cfg(test)]
mod tests;
mod touched;

use key::Sealer;

/// Every rating that the services have not acknowledged. `aside_at` and `reason` are there if they
/// never will: such a row waits for staff. `sealed` is a `SubmitRatingRequest`.
const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS rating (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        request_id TEXT NOT NULL UNIQUE,
        kept_at INTEGER NOT NULL,
        sealed BLOB NOT NULL,
        aside_at INTEGER,
        reason TEXT
    );
    CREATE INDEX IF NOT EXISTS rating_waiting ON rating (position) WHERE aside_at IS NULL;
    CREATE INDEX IF NOT EXISTS rating_aside ON rating (position) WHERE aside_at IS NOT NULL;";
/// Keeps a rating unless a bound is reached; the same request again changes nothing.
const KEEP: &str = "
    INSERT INTO rating (request_id, kept_at, sealed)
    SELECT ?1, ?2, ?3
    WHERE (SELECT count(*) FROM rating WHERE aside_at IS NULL)
        + (SELECT count(*) FROM rating WHERE aside_at IS NOT NULL) < ?4
      AND ?2 - coalesce((SELECT kept_at FROM rating WHERE aside_at IS NULL
                         ORDER BY position LIMIT 1), ?2) <= ?5
    ON CONFLICT (request_id) DO NOTHING";
const WAITING: &str = "
    SELECT position, request_id, sealed FROM rating
    WHERE aside_at IS NULL AND position > ?1 ORDER BY position LIMIT ?2";
const STATE: &str = "
    SELECT (SELECT count(*) FROM rating WHERE aside_at IS NULL) AS waiting,
        (SELECT count(*) FROM rating WHERE aside_at IS NOT NULL) AS aside,
        (SELECT kept_at FROM rating WHERE aside_at IS NULL ORDER BY position LIMIT 1) AS oldest";

/// How long a second process waits for the file before it is told that it is in use.
const BUSY: Duration = Duration::from_millis(500);
/// Characters of a reason that are kept.
const REASON_CHARS: usize = 200;
/// Why a row is set aside that does not open.
const UNREADABLE: &str = "无法解密：数据已损坏，或密钥不是原来的";
const FILE: &str = "spool.sqlite";

/// When the spool takes no more. What it has taken it keeps, whatever its age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many ratings it holds, those set aside included.
    pub rows: u32,
    /// How long the oldest one may have waited. What is kept longer would come when the time to rate
    /// is over, which some documents end after five working days.
    pub age: Duration,
}

impl Default for Limits {
    /// 20,000 ratings, some 12 MB, and four days.
    fn default() -> Self {
        Self { rows: 20_000, age: Duration::from_secs(4 * 24 * 3600) }
    }
}

/// Why the spool does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("{} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// The folder or the key cannot be read or written.
    #[error("{}: {}", .0.display(), .1)]
    Folder(PathBuf, #[source] io::Error),
    /// The store does not work.
    #[error("{}: {}", .0.display(), .1)]
    Store(PathBuf, #[source] sqlx::Error),
}

/// Why a rating was not kept; its rater must not be told that it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotKept {
    /// As many are held as may be: their number.
    #[error("the spool holds {0} ratings, and takes no more")]
    Full(u64),
    /// The oldest one has waited too long: how many days.
    #[error("a rating has waited for {0} days, and the spool takes no more")]
    CutOff(u64),
    /// The disk is full, or does not work.
    #[error("the spool's disk: {0}")]
    Disk(String),
}

impl NotKept {
    /// What the rater is told.
    #[must_use]
    pub fn words(&self) -> String {
        // Whole sentences: the languages' catalogues know them by it.
        let why = match self {
            Self::Full(held) => {
                format!("网络不通，本机已暂存{held}件，存满了，您的评价还没有保存。")
            }
            Self::CutOff(days) => {
                format!("网络不通，本机已有{days}天联系不上政务服务系统，您的评价还没有保存。")
            }
            Self::Disk(_) => "网络不通，本机也存不下了，您的评价还没有保存。".to_owned(),
        };
        why + "终端会再试着提交；为稳妥起见，请告知工作人员，或稍后到窗口评价。"
    }
}

/// The store failed, in its own words; they hold nothing of a rating.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Trouble(String);

impl From<sqlx::Error> for Trouble {
    fn from(error: sqlx::Error) -> Self {
        Self(error.to_string())
    }
}

/// A rating that waits to be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its place in the order they were given in.
    pub position: i64,
    /// The rating.
    pub rating: RatingToSend,
}

/// What the spool holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// How many wait to be delivered.
    pub waiting: u64,
    /// How many the services refused for good, or could not be opened.
    pub aside: u64,
    /// How long the one given first has waited, by the terminal's clock; zero if none waits, or the
    /// clock was set back.
    pub oldest: Duration,
    /// How many damaged stores lie beside this one.
    pub damaged: u64,
}

/// The spool of this terminal.
pub struct Spool {
    connection: Mutex<SqliteConnection>,
    sealer: Sealer,
    limits: Limits,
    damaged: u64,
}

impl Spool {
    /// Opens the spool in `folder`, which is made if there is none. A store that SQLite cannot read
    /// is put beside as `spool.sqlite.damaged-N`, and a new one begun.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(folder: &Path, limits: Limits) -> Result<Self, OpenError> {
        let in_folder = |error| OpenError::Folder(folder.to_owned(), error);
        fs::create_dir_all(folder).map_err(in_folder)?;
        let sealer = Sealer::of(folder).map_err(in_folder)?;
        let file = folder.join(FILE);
        let connection = match connect(&file).await {
            Err(error) if is(&error, &[SQLITE_CORRUPT, SQLITE_NOTADB]) => {
                put_beside(folder).map_err(in_folder)?;
                connect(&file).await
            }
            opened => opened,
        };
        let connection = connection.map_err(|error| match is(&error, &[SQLITE_BUSY]) {
            true => OpenError::InUse(file.clone()),
            false => OpenError::Store(file.clone(), error),
        })?;
        // The store's name, too, must be there after a power cut.
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(in_folder)?;
        let damaged = damaged(folder).map_err(in_folder)?;
        Ok(Self { connection: Mutex::new(connection), sealer, limits, damaged })
    }

    /// Keeps a rating: it is on disk when this returns. The same request again is kept as it was.
    ///
    /// # Errors
    /// [`NotKept`].
    pub async fn keep(&self, rating: &RatingToSend, at: i64) -> Result<(), NotKept> {
        let plain = wire::request(rating.clone()).encode_to_vec();
        let sealed = self.sealer.seal(&plain, &rating.request_id);
        let sealed = sealed.map_err(|_| NotKept::Disk("no randomness".to_owned()))?;
        let age = i64::try_from(self.limits.age.as_micros()).unwrap_or(i64::MAX);
        let disk = |error: sqlx::Error| NotKept::Disk(error.to_string());
        let mut connection = self.connection.lock().await;
        let mut both = connection.begin().await.map_err(disk)?;
        let kept = sqlx::query(KEEP)
            .bind(&rating.request_id)
            .bind(at)
            .bind(sealed)
            .bind(self.limits.rows)
            .bind(age);
        let kept = kept.execute(&mut *both).await.map_err(disk)?.rows_affected();
        touched::let_go(&mut both, &rating.request_id).await.map_err(disk)?;
        both.commit().await.map_err(disk)?;
        if kept == 1 {
            return Ok(());
        }
        let known = sqlx::query("SELECT 1 FROM rating WHERE request_id = ?1");
        let known = known.bind(&rating.request_id).fetch_optional(&mut *connection).await;
        if known.map_err(disk)?.is_some() {
            return Ok(());
        }
        let held = held(&mut connection, at).await.map_err(disk)?;
        let all = held.waiting + held.aside;
        Err(match all >= u64::from(self.limits.rows) {
            true => NotKept::Full(all),
            false => NotKept::CutOff(held.oldest.as_secs() / (24 * 3600)),
        })
    }

    /// At most `count` ratings that wait behind `after`, in the order they were given in; none if
    /// none waits there. A row that does not open is set aside.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn waiting(&self, after: i64, count: u32, at: i64) -> Result<Vec<Waiting>, Trouble> {
        let mut after = after;
        loop {
            let rows = sqlx::query(WAITING).bind(after).bind(count);
            let rows = rows.fetch_all(&mut *self.connection.lock().await).await?;
            let Some(last) = rows.last() else { return Ok(Vec::new()) };
            after = last.try_get("position")?;
            let mut waiting = Vec::new();
            for row in &rows {
                let position: i64 = row.try_get("position")?;
                // A damaged row must not hold up those behind it, whatever of it is damaged.
                let request_id = row.try_get::<String, _>("request_id").ok();
                let sealed = row.try_get::<&[u8], _>("sealed").ok();
                let rating = request_id.zip(sealed).and_then(|(id, sealed)| self.read(&id, sealed));
                match rating {
                    Some(rating) => waiting.push(Waiting { position, rating }),
                    None => self.set_row_aside(position, at).await?,
                }
            }
            if !waiting.is_empty() {
                return Ok(waiting);
            }
        }
    }

    fn read(&self, request_id: &str, sealed: &[u8]) -> Option<RatingToSend> {
        let plain = self.sealer.open(sealed, request_id).ok()?;
        wire::rating(SubmitRatingRequest::decode(plain.as_slice()).ok()?)
    }

    /// Removes what the services have acknowledged.
    ///
    /// # Errors
    /// [`Trouble`]: then the services get them once more, and know them by their request ids.
    pub async fn acknowledged(&self, request_ids: &[String]) -> Result<(), Trouble> {
        let mut connection = self.connection.lock().await;
        let mut all = connection.begin().await?;
        for request_id in request_ids {
            let gone = sqlx::query("DELETE FROM rating WHERE request_id = ?1").bind(request_id);
            gone.execute(&mut *all).await?;
        }
        Ok(all.commit().await?)
    }

    /// Sets aside what the services will never accept, with their reason.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn set_aside(&self, request_id: &str, reason: &str, at: i64) -> Result<(), Trouble> {
        let reason: String = reason.chars().take(REASON_CHARS).collect();
        let aside =
            sqlx::query("UPDATE rating SET aside_at = ?1, reason = ?2 WHERE request_id = ?3");
        let aside = aside.bind(at).bind(reason).bind(request_id);
        aside.execute(&mut *self.connection.lock().await).await?;
        Ok(())
    }

    /// The same with a row that cannot be read.
    async fn set_row_aside(&self, position: i64, at: i64) -> Result<(), Trouble> {
        let sql = "UPDATE rating SET aside_at = ?1, reason = ?2 WHERE position = ?3";
        let aside = sqlx::query(sql).bind(at).bind(UNREADABLE).bind(position);
        aside.execute(&mut *self.connection.lock().await).await?;
        Ok(())
    }

    /// Why ratings were set aside, and how many for each reason, the most frequent first.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn reasons(&self) -> Result<Vec<(String, u64)>, Trouble> {
        let sql = "SELECT reason, count(*) AS n FROM rating WHERE aside_at IS NOT NULL \
                   GROUP BY reason ORDER BY n DESC, reason";
        let rows = sqlx::query(sql).fetch_all(&mut *self.connection.lock().await).await?;
        rows.iter().map(|row| Ok((row.try_get("reason")?, count(row, "n")?))).collect()
    }

    /// Lets all that were set aside wait again, after what stood in their way was put right; returns
    /// how many.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn try_again(&self) -> Result<u64, Trouble> {
        let sql = "UPDATE rating SET aside_at = NULL, reason = NULL WHERE aside_at IS NOT NULL";
        let again = sqlx::query(sql).execute(&mut *self.connection.lock().await).await?;
        Ok(again.rows_affected())
    }

    /// Removes all that were set aside, by staff who have seen the reasons; returns how many.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn clear_aside(&self) -> Result<u64, Trouble> {
        let gone = sqlx::query("DELETE FROM rating WHERE aside_at IS NOT NULL");
        let gone = gone.execute(&mut *self.connection.lock().await).await?;
        Ok(gone.rows_affected())
    }

    /// What the spool holds.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn held(&self, at: i64) -> Result<Held, Trouble> {
        let held = held(&mut *self.connection.lock().await, at).await?;
        Ok(Held { damaged: self.damaged, ..held })
    }
}

async fn held(connection: &mut SqliteConnection, at: i64) -> sqlx::Result<Held> {
    let row = sqlx::query(STATE).fetch_one(connection).await?;
    let oldest: Option<i64> = row.try_get("oldest")?;
    let waited = oldest.map_or(0, |oldest| at.saturating_sub(oldest));
    Ok(Held {
        waiting: count(&row, "waiting")?,
        aside: count(&row, "aside")?,
        oldest: Duration::from_micros(u64::try_from(waited).unwrap_or_default()),
        damaged: 0,
    })
}

fn count(row: &SqliteRow, column: &str) -> sqlx::Result<u64> {
    Ok(u64::try_from(row.try_get::<i64, _>(column)?).unwrap_or_default())
}

async fn connect(file: &Path) -> sqlx::Result<SqliteConnection> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .busy_timeout(BUSY)
        // Held from the first look to the end of the process, also an unforeseen one.
        .locking_mode(SqliteLockingMode::Exclusive)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .pragma("secure_delete", "ON")
        .disable_statement_logging();
    let mut connection = options.connect().await?;
    let whole: String =
        sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(&mut connection).await?;
    if whole != "ok" {
        // Closed before the file is put beside.
        connection.close().await?;
        return Err(sqlx::Error::Protocol(whole));
    }
    let mut begun = connection.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::raw_sql(TABLE).execute(&mut *begun).await?;
    touched::begin(&mut begun).await?;
    begun.commit().await?;
    Ok(connection)
}

const SQLITE_BUSY: u32 = 5;
const SQLITE_CORRUPT: u32 = 11;
const SQLITE_NOTADB: u32 = 26;

/// Whether SQLite says one of these codes; extended ones have them in their low byte. What its own
/// check finds counts as corrupt.
fn is(error: &sqlx::Error, codes: &[u32]) -> bool {
    if matches!(error, sqlx::Error::Protocol(_)) {
        return codes.contains(&SQLITE_CORRUPT);
    }
    let code = error.as_database_error().and_then(|error| error.code());
    code.and_then(|code| code.parse::<u32>().ok()).is_some_and(|code| codes.contains(&(code & 255)))
}

/// Puts a damaged store beside, with all that belongs to it: it may still be read by hand.
fn put_beside(folder: &Path) -> io::Result<()> {
    let number = damaged(folder)? + 1;
    for rest in ["-wal", ""] {
        let from = folder.join(format!("{FILE}{rest}"));
        match fs::rename(from, folder.join(format!("{FILE}.damaged-{number}{rest}"))) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && rest == "-wal" => {}
            moved => moved?,
        }
    }
    Ok(())
}

fn damaged(folder: &Path) -> io::Result<u64> {
    let mut found = 0;
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        let ours = name.strip_prefix(FILE).is_some_and(|rest| rest.starts_with(".damaged-"));
        found += u64::from(ours && !name.ends_with("-wal"));
    }
    Ok(found)
}
