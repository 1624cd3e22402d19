//! One store per service: a schema of PostgreSQL, or a SQLite file. sea-orm is the seam; the same
//! queries and tests run on both.

use std::path::PathBuf;

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend,
    DbErr, SqliteTransactionMode, SqlxPostgresConnector, Statement, TransactionOptions,
    TransactionTrait,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};
use sea_orm_migration::MigratorTrait;

/// Connections to PostgreSQL per service and process; more only adds context switches.
const POSTGRES_CONNECTIONS: u32 = 10;
/// Reading connections to SQLite; there is one writing connection beside them.
const SQLITE_READERS: u32 = 4;
/// How long a connection waits for its turn.
const WAIT: std::time::Duration = std::time::Duration::from_secs(10);
/// How long a connection may lie idle before it is tried when it is next taken: under load a round
/// trip for each statement would be spent on what the statement itself finds out.
const TRIED: std::time::Duration = std::time::Duration::from_secs(1);

/// Where stores are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// One SQLite file per service in this folder.
    Sqlite(PathBuf),
    /// One schema per service in this database.
    Postgres(String),
}

impl Location {
    /// Reads `postgres://…` or `sqlite:FOLDER`.
    ///
    /// # Errors
    /// Says what is allowed.
    pub fn parse(url: &str) -> Result<Self, &'static str> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        match url.strip_prefix("sqlite:") {
            Some(folder) if !folder.is_empty() => Ok(Self::Sqlite(folder.into())),
            _ => Err("is neither postgres://… nor sqlite:FOLDER"),
        }
    }
}

/// Why a store cannot be opened.
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

/// A service's store.
#[derive(Clone, Debug)]
pub struct Store {
    service: &'static str,
    write: DatabaseConnection,
    read: DatabaseConnection,
}

impl Store {
    /// Opens the store of a service, whose migrations must have run.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open<M: MigratorTrait>(
        location: &Location,
        service: &'static str,
    ) -> Result<Self, OpenError> {
        let store = Self::connect(location, service).await?;
        let error = |source| OpenError::Database { service, source };
        let pending = match store.has_schema().await.map_err(error)? {
            true => pending::<M>(&store.write).await.map_err(error)?,
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
                bring_up::<M>(&store.write).await.map_err(error)?;
                store.close().await;
                Ok(())
            }
            Location::Postgres(url) => {
                // One connection, so that lock and migrations share a session.
                let options = postgres(url, service, 1);
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
        let (write, read) = match location {
            Location::Sqlite(folder) => {
                std::fs::create_dir_all(folder).map_err(|source| OpenError::Folder {
                    folder: folder.display().to_string(),
                    source,
                })?;
                let file = folder.join(format!("{service}.sqlite"));
                let write = Database::connect(sqlite(&file, 1)).await.map_err(error)?;
                let readers = sqlite(&file, SQLITE_READERS);
                (write, Database::connect(readers).await.map_err(error)?)
            }
            Location::Postgres(url) => {
                let options = postgres(url, service, POSTGRES_CONNECTIONS);
                let pool = Database::connect(options).await.map_err(error)?;
                (pool.clone(), pool)
            }
        };
        Ok(Self { service, write, read })
    }

    /// Whose store it is.
    #[must_use]
    pub fn service(&self) -> &'static str {
        self.service
    }

    /// For reading outside of a transaction.
    #[must_use]
    pub fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// For single statements that write and are their own transaction.
    #[must_use]
    pub fn write(&self) -> &DatabaseConnection {
        &self.write
    }

    /// Which of the two databases it is.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.write.get_database_backend()
    }

    /// Begins a writing transaction; on SQLite IMMEDIATE, since a deferred one can fail half way.
    ///
    /// # Errors
    /// If the store is away.
    pub async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        match self.backend() {
            DbBackend::Sqlite => self.write.begin_with_options(options).await,
            _ => self.write.begin().await,
        }
    }

    /// Whether what it acknowledges survives a crash: false if PostgreSQL runs with `fsync` or
    /// `synchronous_commit` off. SQLite always runs with `synchronous=FULL` here.
    ///
    /// # Errors
    /// If the store is away.
    pub async fn is_durable(&self) -> Result<bool, DbErr> {
        if self.backend() == DbBackend::Sqlite {
            return Ok(true);
        }
        let sql = "SELECT current_setting('fsync') = 'on' \
                   AND current_setting('synchronous_commit') <> 'off' AS durable";
        let row = self.read.query_one_raw(Statement::from_string(self.backend(), sql)).await?;
        row.map_or(Ok(false), |row| row.try_get("", "durable"))
    }

    /// The same store through connections of its own, for who asks one thing after the other and
    /// never stops: a session of the server that is asked the same again is warm, and a pool hands
    /// out its sessions in turn. SQLite writes through one connection anyway.
    #[must_use]
    pub fn apart(&self) -> Self {
        let mut apart = self.clone();
        if self.backend() == DbBackend::Postgres {
            let pool = self.write.get_postgres_connection_pool();
            // One is held for writing. The driver tries each other when it is given back: of two,
            // one is free meanwhile.
            let options = pool.options().clone().max_connections(3);
            let own = options.connect_lazy_with(pool.connect_options().as_ref().clone());
            let own: DatabaseConnection = SqlxPostgresConnector::from_sqlx_postgres_pool(own);
            (apart.write, apart.read) = (own.clone(), own);
        }
        apart
    }

    /// Closes every connection.
    pub async fn close(self) {
        // Closing drops what is left; there is nothing to do about an error here.
        let _ = self.read.close().await;
        let _ = self.write.close().await;
    }
}

/// How many of this program's migrations a store lacks. A newer version's are no hindrance: they only
/// add, and a process must be able to start again in the middle of an upgrade, and after a rollback.
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

fn sqlite(file: &std::path::Path, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new("sqlite::memory:");
    let file = file.to_owned();
    options
        .max_connections(connections)
        .acquire_timeout(WAIT)
        .test_before_acquire_if_idle_for(TRIED)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |sqlite| {
            sqlite
                .filename(&file)
                .in_memory(false)
                .shared_cache(false)
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(WAIT)
                .pragma("wal_autocheckpoint", "8000")
        });
    options
}

fn postgres(url: &str, service: &'static str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(WAIT)
        .test_before_acquire_if_idle_for(TRIED)
        .sqlx_logging(false)
        .set_schema_search_path(service)
        .set_application_name(format!("pingyi-{service}"));
    options
}
