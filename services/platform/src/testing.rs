//! Stores for tests: a SQLite file in a temporary folder, or a database of its own on the
//! PostgreSQL that `tests/run` started, as `PINGYI_TEST_STORE` says.

use sea_orm::{ConnectOptions, ConnectionTrait as _, Database};
use sea_orm_migration::MigratorTrait;
use tempfile::TempDir;

use crate::database::{Location, Store};

/// A place for stores that is gone when dropped (SQLite) or with the test run (PostgreSQL).
pub struct TestPlace {
    /// Where the stores are.
    pub location: Location,
    folder: TempDir,
}

impl TestPlace {
    /// A fresh empty place.
    ///
    /// # Panics
    /// If there is none to be had: then nothing can be tested.
    #[expect(clippy::expect_used, reason = "a test without a store has failed")]
    #[expect(
        clippy::disallowed_methods,
        reason = "tests/run says by environment what to test on"
    )]
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = std::env::var("PINGYI_TEST_STORE").unwrap_or_else(|_| "sqlite".to_owned());
        let location = match store.as_str() {
            "postgres" => {
                let server = std::env::var("PINGYI_TEST_POSTGRES")
                    .expect("PINGYI_TEST_POSTGRES names the server; tests/run starts one");
                Location::Postgres(fresh_database(&server).await)
            }
            "sqlite" => Location::Sqlite(folder.path().join("stores")),
            other => panic!("PINGYI_TEST_STORE is \"{other}\", neither sqlite nor postgres"),
        };
        Self { location, folder }
    }

    /// A folder for whatever else the test keeps.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// A service's migrated store here.
    ///
    /// # Panics
    /// If it cannot be opened.
    #[expect(clippy::expect_used, reason = "a test without a store has failed")]
    pub async fn store<M: MigratorTrait>(&self, service: &'static str) -> Store {
        Store::migrate::<M>(&self.location, service)
            .await
            .expect("migrations run");
        Store::open::<M>(&self.location, service)
            .await
            .expect("the store opens")
    }
}

#[expect(clippy::expect_used, reason = "a test without a store has failed")]
async fn fresh_database(server: &str) -> String {
    let name = format!("t{}", crate::clock::Clock::System.new_id().simple());
    let mut options = ConnectOptions::new(server);
    options.max_connections(1).sqlx_logging(false);
    let admin = Database::connect(options)
        .await
        .expect("the test server answers");
    admin
        .execute_unprepared(&format!("CREATE DATABASE {name}"))
        .await
        .expect("a database");
    admin.close().await.expect("closing");
    let (base, _) = server
        .rsplit_once('/')
        .expect("the server's URL names a database");
    format!("{base}/{name}")
}
