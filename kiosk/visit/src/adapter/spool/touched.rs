//! Levels that are touched, while their raters may still say why. They are no part of what is
//! delivered, until the next start of the program: then whoever touched them is gone.

use prost::Message as _;
use sqlx::SqliteConnection;

use super::{NotKept, Spool, Trouble, wire};
use crate::content::RatingToSend;

const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS touched (
        request_id TEXT PRIMARY KEY NOT NULL,
        kept_at INTEGER NOT NULL,
        sealed BLOB NOT NULL
    );
    INSERT OR IGNORE INTO rating (request_id, kept_at, sealed)
        SELECT request_id, kept_at, sealed FROM touched ORDER BY kept_at;
    DELETE FROM touched;";
const HOLD: &str = "
    INSERT INTO touched (request_id, kept_at, sealed) VALUES (?1, ?2, ?3)
    ON CONFLICT (request_id) DO UPDATE SET sealed = excluded.sealed";

/// Makes the table, and lets what is in it wait for its delivery.
pub(super) async fn begin(connection: &mut SqliteConnection) -> sqlx::Result<()> {
    sqlx::raw_sql(TABLE).execute(connection).await.map(drop)
}

/// Forgets one that is sent, or was taken back.
pub(super) async fn let_go(
    connection: &mut SqliteConnection,
    request_id: &str,
) -> sqlx::Result<()> {
    let gone = sqlx::query("DELETE FROM touched WHERE request_id = ?1").bind(request_id);
    gone.execute(connection).await.map(drop)
}

impl Spool {
    /// Keeps a rating as it is so far, in place of what was held under its request: it is on disk
    /// when this returns. [`Spool::keep`] ends that.
    ///
    /// # Errors
    /// [`NotKept::Disk`].
    pub async fn hold(&self, rating: &RatingToSend, at: i64) -> Result<(), NotKept> {
        let plain = wire::request(rating.clone()).encode_to_vec();
        let sealed = self.sealer.seal(&plain, &rating.request_id);
        let sealed = sealed.map_err(|_| NotKept::Disk("no randomness".to_owned()))?;
        let held = sqlx::query(HOLD).bind(&rating.request_id).bind(at).bind(sealed);
        let held = held.execute(&mut *self.connection.lock().await).await;
        held.map(drop).map_err(|error| NotKept::Disk(error.to_string()))
    }

    /// Forgets a rating that was held.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn withdraw(&self, request_id: &str) -> Result<(), Trouble> {
        Ok(let_go(&mut *self.connection.lock().await, request_id).await?)
    }
}
