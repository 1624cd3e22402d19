//! One store per service: a schema of PostgreSQL, or a SQLite file. sea-orm hides the difference;
//! the same queries and tests run on both.

pub mod beside;
mod connect;
mod durable;
mod limited;
pub mod many;
mod probe;
mod region;
mod transaction;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use sea_orm::{
    ConnAcquireErr, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr,
    SqliteTransactionMode, SqlxPostgresConnector, Statement, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;
use tokio::{sync::Semaphore, time::timeout};

pub use durable::Durability;
pub use limited::{Limited, Rows};
pub use region::below;
pub use transaction::Txn;

use crate::{private, trouble::Troubles};
use connect::{POSTGRES_CONNECTIONS, SQLITE_READERS, WRITERS, postgres, sqlite};
use limited::GivenUp;

/// Where stores are.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// One SQLite file per service in this folder.
    Sqlite(PathBuf),
    /// One schema per service in this database.
    Postgres(String),
}

impl std::fmt::Debug for Location {
    /// Without the URL of PostgreSQL, which holds a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(folder) => f.debug_tuple("Sqlite").field(folder).finish(),
            Self::Postgres(_) => f.write_str("Postgres"),
        }
    }
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(folder) => write!(f, "sqlite:{}", folder.display()),
            Self::Postgres(_) => f.write_str("PostgreSQL"),
        }
    }
}

impl Location {
    /// Whether what is written there leaves this machine without TLS that knows the server
    /// (`sslmode=verify-full`, or `verify-ca`).
    #[must_use]
    pub fn is_in_the_clear(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            Self::Postgres(url) => connect::in_the_clear(url),
        }
    }

    /// Reads `postgres://…` or `sqlite:FOLDER`.
    ///
    /// # Errors
    /// States what is allowed.
    pub fn parse(url: &str) -> Result<Self, &'static str> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            // Refused here, because the driver would repeat it with the password.
            connect::wrong_postgres_url(url).map_or(Ok(()), Err)?;
            return Ok(Self::Postgres(url.to_owned()));
        }
        match url.strip_prefix("sqlite:") {
            Some(folder) if !folder.is_empty() => Ok(Self::Sqlite(folder.into())),
            _ => Err("is neither postgres://… nor sqlite:FOLDER"),
        }
    }
}

/// Why a store does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database refuses.
    #[error("{service}: {source}")]
    Database {
        /// Whose store.
        service: &'static str,
        /// Why.
        source: DbErr,
    },
    /// The folder of the SQLite files cannot be made.
    #[error("{folder}: {source}")]
    Folder {
        /// The folder.
        folder: String,
        /// Why.
        source: std::io::Error,
    },
    /// The schema is older than this program.
    #[error("{service}: the store lacks {pending} migration(s); run `pingyi migrate` first")]
    NotMigrated {
        /// Whose store.
        service: &'static str,
        /// How many migrations are missing.
        pending: usize,
    },
}

/// Where a service's SQLite file is.
fn sqlite_file(folder: &Path, service: &str) -> PathBuf {
    folder.join(format!("{service}.sqlite"))
}

/// Makes the folder, and makes the file and SQLite's files beside it readable by their owner only.
/// Files that SQLite makes later get the mode of this file.
fn keep_private(folder: &Path, file: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    private::keep(file)?;
    let beside = |end: &str| PathBuf::from(format!("{}{end}", file.display()));
    ["-wal", "-shm"].iter().try_for_each(|end| private::keep_if_there(&beside(end)))
}

/// The connections of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// What it is for.
    pub name: &'static str,
    /// How many there are.
    pub open: u32,
    /// How many of them nobody uses.
    pub idle: u32,
    /// How many there can be.
    pub most: u32,
}

impl Pool {
    fn of<D: sea_orm::sqlx::Database>(name: &'static str, pool: &sea_orm::sqlx::Pool<D>) -> Self {
        let (open, most) = (pool.size(), pool.options().get_max_connections());
        // The two are counted one after the other.
        let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX).min(open);
        Self { name, open, idle, most }
    }
}

/// A service's store.
#[derive(Clone, Debug)]
pub struct Store {
    service: &'static str,
    write: Limited,
    read: Limited,
    /// Writers take turns here before they take a connection. So however many write, or wait for
    /// each other, some connections are left for readers.
    turns: Arc<Semaphore>,
    troubles: Troubles,
}

impl Store {
    /// Opens the store of a service; its migrations must have run.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open<M: MigratorTrait>(
        location: &Location,
        service: &'static str,
    ) -> Result<Self, OpenError> {
        let error = |source| OpenError::Database { service, source };
        // Opening does not create a missing store.
        if let Location::Sqlite(folder) = location
            && !sqlite_file(folder, service).exists()
        {
            return Err(OpenError::NotMigrated { service, pending: M::migrations().len() });
        }
        let store = Self::connect(location, service).await?;
        let pending = match store.has_schema().await.map_err(error)? {
            true => pending::<M>(&store.write.inner).await.map_err(error)?,
            false => M::migrations().len(),
        };
        if pending > 0 {
            return Err(OpenError::NotMigrated { service, pending });
        }
        Ok(store)
    }

    /// Runs a service's migrations, one process at a time.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn migrate<M: MigratorTrait>(
        location: &Location,
        service: &'static str,
    ) -> Result<(), OpenError> {
        let error = |source| OpenError::Database { service, source };
        match location {
            Location::Sqlite(_) => {
                let store = Self::connect(location, service).await?;
                bring_up::<M>(&store.write.inner).await.map_err(error)?;
                store.close().await;
                Ok(())
            }
            Location::Postgres(url) => {
                // One connection, so that lock and migrations share a session.
                let options = connect::postgres_to_migrate(url, service);
                let connection = Database::connect(options).await.map_err(error)?;
                let run = async {
                    let lock = format!("SELECT pg_advisory_lock(hashtext('pingyi/{service}'))");
                    connection.execute_unprepared(&lock).await?;
                    let schema = format!("CREATE SCHEMA IF NOT EXISTS {service}");
                    connection.execute_unprepared(&schema).await?;
                    bring_up::<M>(&connection).await
                };
                let done = run.await.map_err(error);
                // Closing the session gives the lock back, whatever happened.
                connection.close().await.map_err(error)?;
                done
            }
        }
    }

    /// Whether the search path leads to the service's schema; a SQLite file is its own.
    async fn has_schema(&self) -> Result<bool, DbErr> {
        if self.backend() == DbBackend::Sqlite {
            return Ok(true);
        }
        let sql = "SELECT current_schema() IS NOT NULL AS found";
        let row = self.read.query_one_raw(Statement::from_string(self.backend(), sql)).await?;
        row.map_or(Ok(false), |row| row.try_get("", "found"))
    }

    async fn connect(location: &Location, service: &'static str) -> Result<Self, OpenError> {
        let error = |source| OpenError::Database { service, source };
        let given_up = GivenUp::default();
        let (write, read) = match location {
            Location::Sqlite(folder) => {
                let file = sqlite_file(folder, service);
                keep_private(folder, &file).map_err(|source| OpenError::Folder {
                    folder: folder.display().to_string(),
                    source,
                })?;
                let write = Database::connect(sqlite(&file, 1)).await.map_err(error)?;
                let readers = sqlite(&file, SQLITE_READERS);
                (write, Database::connect(readers).await.map_err(error)?)
            }
            Location::Postgres(url) => {
                let options = postgres(url, service, POSTGRES_CONNECTIONS, &given_up);
                let pool = Database::connect(options).await.map_err(error)?;
                (pool.clone(), pool)
            }
        };
        let turns = Arc::new(Semaphore::new(WRITERS));
        let (write, read) = (Limited::new(write, &given_up), Limited::new(read, &given_up));
        Ok(Self { service, write, read, turns, troubles: Troubles::none(service) })
    }

    /// The service that owns the store.
    #[must_use]
    pub fn service(&self) -> &'static str {
        self.service
    }

    /// For reading outside a transaction.
    #[must_use]
    pub fn read(&self) -> &Limited {
        &self.read
    }

    /// For single write statements, each its own transaction.
    #[must_use]
    pub fn write(&self) -> &Limited {
        &self.write
    }

    /// Which of the two databases it is.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        ConnectionTrait::get_database_backend(&self.write)
    }

    /// Its connections now.
    #[must_use]
    pub fn pools(&self) -> Vec<Pool> {
        match self.backend() {
            DbBackend::Sqlite => [("write", &self.write), ("read", &self.read)]
                .map(|(name, limited)| Pool::of(name, limited.inner.get_sqlite_connection_pool()))
                .to_vec(),
            _ => vec![Pool::of("all", self.read.get_postgres_connection_pool())],
        }
    }

    /// The current troubles of this store's service.
    #[must_use]
    pub fn troubles(&self) -> &Troubles {
        &self.troubles
    }

    /// Records whether the store can be written to, for writes without a [`Txn`].
    ///
    /// # Errors
    /// The error of the write.
    pub fn note<T>(&self, written: Result<T, DbErr>) -> Result<T, DbErr> {
        transaction::note(&self.troubles, written)
    }

    /// Begins a writing transaction; on SQLite IMMEDIATE, since a deferred one can fail half way.
    ///
    /// # Errors
    /// If the store is away.
    pub async fn begin(&self) -> Result<Txn, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let waited = timeout(connect::WAIT, Arc::clone(&self.turns).acquire_owned()).await;
        // It is never closed.
        let Ok(Ok(turn)) = waited else {
            return Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout));
        };
        let (write, backend) = (self.write.clone(), self.backend());
        // In a task of its own, which does not end when the caller goes away: PostgreSQL's driver
        // would leave the BEGIN on a connection and then give that connection to someone else.
        let begun = tokio::spawn(async move {
            match backend {
                DbBackend::Sqlite => write.inner.begin_with_options(options).await,
                _ => write.given_up.within(write.limit, write.inner.begin()).await,
            }
        });
        let begun = begun.await.unwrap_or_else(|died| Err(DbErr::Custom(died.to_string())));
        match begun {
            Ok(inner) => Ok(Txn::new(inner, self.troubles.clone(), turn, &self.write)),
            Err(error) => self.note(Err(error)),
        }
    }

    /// The same store through its own connections, for a task that sends the same statements
    /// without a pause: a session that gets the same statement again is warm, and a pool uses its
    /// sessions in turn. SQLite writes through one connection anyway.
    #[must_use]
    pub fn apart(&self) -> Self {
        let mut apart = self.clone();
        if self.backend() == DbBackend::Postgres {
            let pool = self.write.get_postgres_connection_pool();
            // One is kept for writing. The driver tests each other one when it is returned: with
            // two, one is free meanwhile.
            let options = pool.options().clone().max_connections(3);
            let limited = connect::with_limited_statements(pool.connect_options().as_ref().clone());
            let own = options.connect_lazy_with(connect::with_one_plan(limited));
            let own: DatabaseConnection = SqlxPostgresConnector::from_sqlx_postgres_pool(own);
            let own = Limited::new(own, &self.write.given_up);
            (apart.write, apart.read) = (own.clone(), own);
            apart.turns = Arc::new(Semaphore::new(1));
        }
        apart
    }

    /// Closes every connection.
    pub async fn close(self) {
        // Closing drops the rest; an error here needs no action.
        let _ = self.read.inner.close().await;
        let _ = self.write.inner.close().await;
    }
}

/// How many of this program's migrations a store lacks. A newer version's migrations do no harm:
/// they only add, and a process must be able to restart in the middle of an upgrade, and after a
/// rollback.
async fn pending<M: MigratorTrait>(store: &DatabaseConnection) -> Result<usize, DbErr> {
    let applied = M::get_migration_models(store).await?;
    let lacks = |name: &str| applied.iter().all(|model| model.version != name);
    Ok(M::migrations().iter().filter(|own| lacks(own.name())).count())
}

async fn bring_up<M: MigratorTrait>(store: &DatabaseConnection) -> Result<(), DbErr> {
    if pending::<M>(store).await? == 0 {
        tracing::info!("nothing to migrate");
        return Ok(());
    }
    M::up(store, None).await
}

#[cfg(test)]
mod tests;
