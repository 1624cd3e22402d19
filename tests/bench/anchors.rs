//! The anchors: pgbench against copies of the tables, with the same columns, checks and indexes.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection};

/// What pgbench does in one transaction.
#[derive(Clone, Copy)]
pub(crate) enum PgBench {
    /// One rating.
    Insert,
    /// One rating and one fact.
    RatingAndFact,
}

/// pgbench and the tables it fills.
pub(crate) struct Anchors {
    database: String,
    scripts: PathBuf,
    connection: DatabaseConnection,
}

const RATING: &str = "INSERT INTO bench.rating (id, request_key, body_hash, act_id, level, \
    tag_codes, tag_list_version, words, has_text, channel, origin, private, received_at) VALUES \
    (gen_random_uuid(), uuid_send(gen_random_uuid()), '\\x00112233445566778899aabbccddeeff', \
    gen_random_uuid(), 2, '406,413', 'national-2020-05', decode(repeat('ab', 260), 'hex'), true, \
    1, 1, false, 1772413200000000);\n";
const FACT: &str = "INSERT INTO bench.fact (position, fact_id, body) VALUES \
    (nextval('bench.position'), gen_random_uuid(), decode(repeat('cd', 420), 'hex'));\n";

impl Anchors {
    pub(crate) async fn new(database: &str, folder: &Path) -> Self {
        let mut options = ConnectOptions::new(database);
        options.max_connections(1).sqlx_logging(false);
        let connection = Database::connect(options).await.unwrap();
        let tables = "CREATE SCHEMA bench; CREATE SEQUENCE bench.position; \
            CREATE TABLE bench.rating (LIKE intake.rating INCLUDING ALL); \
            CREATE TABLE bench.fact (LIKE intake.fact INCLUDING ALL)";
        connection.execute_unprepared(tables).await.unwrap();
        let scripts = folder.to_owned();
        std::fs::write(scripts.join("insert.sql"), RATING).unwrap();
        let both = format!("BEGIN;\n{RATING}{FACT}COMMIT;\n");
        std::fs::write(scripts.join("equal.sql"), both).unwrap();
        Self { database: database.to_owned(), scripts, connection }
    }

    /// Transactions per second.
    pub(crate) async fn run(&self, what: PgBench, clients: usize, span: Duration) -> f64 {
        self.connection.execute_unprepared("TRUNCATE bench.rating, bench.fact").await.unwrap();
        let script = match what {
            PgBench::Insert => "insert.sql",
            PgBench::RatingAndFact => "equal.sql",
        };
        #[expect(clippy::disallowed_methods, reason = "whoever measures says where pgbench is")]
        let program = std::env::var("PINGYI_PGBENCH").unwrap_or_else(|_| "pgbench".to_owned());
        let output = Command::new(program)
            .args(["-n", "-M", "prepared", "-j", "1", "-c", &clients.to_string()])
            .args(["-T", &span.as_secs().to_string()])
            .arg("-f")
            .arg(self.scripts.join(script))
            .arg(&self.database)
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        let line = told.lines().find(|line| line.starts_with("tps = "));
        let tps = line.and_then(|line| line.split(' ').nth(2)?.parse().ok());
        tps.unwrap_or_else(|| panic!("{told}{}", String::from_utf8_lossy(&output.stderr)))
    }
}
