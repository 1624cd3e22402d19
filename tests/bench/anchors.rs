//! The anchors: pgbench against copies of the tables, with the same columns, checks and indexes.

#![allow(dead_code, reason = "each measurement has its anchors")]

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use jiff::Timestamp;
use sea_orm::{
    ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, DbBackend, Statement,
};

/// What pgbench does in one transaction.
#[derive(Clone, Copy)]
pub(crate) enum PgBench {
    /// One rating.
    Insert,
    /// One rating and one fact.
    RatingAndFact,
    /// A hundred cases, in one statement.
    Cases,
    /// A hundred cases with their steps, acts and facts, in a statement for each table.
    CasesAndAll,
}

/// pgbench and the tables it fills.
pub(crate) struct Anchors {
    database: String,
    scripts: PathBuf,
    connection: DatabaseConnection,
}

const TABLES: [&str; 5] = ["rating", "fact", "case_file", "case_step", "service_act"];
const RATING: &str = "INSERT INTO bench.rating (id, request_key, body_hash, act_id, level, \
    tag_codes, tag_list_version, words, has_text, channel, origin, private, received_at) VALUES \
    (gen_random_uuid(), uuid_send(gen_random_uuid()), '\\x00112233445566778899aabbccddeeff', \
    gen_random_uuid(), 2, '406,413', 'national-2020-05', decode(repeat('ab', 260), 'hex'), true, \
    1, 1, false, 1772413200000000);\n";
const FACT: &str = "INSERT INTO bench.fact (position, fact_id, body) VALUES \
    (nextval('bench.position'), gen_random_uuid(), decode(repeat('cd', 420), 'hex'));\n";

/// A case as a business system pushes it: accepted and completed, one act, who applied sealed.
const CASES: &str = "INSERT INTO bench.case_file (id, region_code, project_number, item_code, \
    item_version, item_name, agency_id, terminal_id, policy, real_name, accepted_at, \
    completed_at, promised, entries, mode, rater_kind, applicant, number_index, phone_index, \
    pushed) SELECT gen_random_uuid(), '652301', gen_random_uuid()::text, \
    '11652301PY6523035C4002014901000', 1, '示例事项名称', '11652301MB1A00008L', '', \
    'xinjiang-2020', true, 1772413200000000, 1772413260000000, '', decode(repeat('ab', 60), 'hex'), \
    1, 1, decode(repeat('ab', 180), 'hex'), sha256(gen_random_uuid()::text::bytea), \
    sha256(gen_random_uuid()::text::bytea), sha256('') FROM generate_series(1, 100);\n";
const STEPS: &str = "INSERT INTO bench.case_step (case_id, stage, service_number, reported_at, \
    received_at, agency_id) SELECT gen_random_uuid(), 1, 1, 1772413200000000, 1772413200000000, \
    '11652301MB1A00008L' FROM generate_series(1, 200);\n";
const ACTS: &str = "INSERT INTO bench.service_act (id, case_id, stage, service_number, \
    region_code, agency_id, item_code, item_version, served_at, policy, real_name, closes_at, \
    default_due_at, offered) SELECT gen_random_uuid(), gen_random_uuid(), 3, 1, '652301', \
    '11652301MB1A00008L', '11652301PY6523035C4002014901000', 1, 1772413200000000, \
    'xinjiang-2020', true, 1772845200000000, 1772845200000000, true \
    FROM generate_series(1, 100);\n";
const FACTS: &str = "INSERT INTO bench.fact (position, fact_id, body) SELECT \
    nextval('bench.position'), gen_random_uuid(), decode(repeat('cd', 420), 'hex') \
    FROM generate_series(1, 300);\n";

impl Anchors {
    pub(crate) async fn new(database: &str, folder: &Path) -> Self {
        let mut options = ConnectOptions::new(database);
        options.max_connections(1).sqlx_logging(false);
        let connection = Database::connect(options).await.unwrap();
        let schema = "CREATE SCHEMA bench; CREATE SEQUENCE bench.position";
        connection.execute_unprepared(schema).await.unwrap();
        for table in TABLES {
            let like = format!("CREATE TABLE bench.{table} (LIKE intake.{table} INCLUDING ALL)");
            connection.execute_unprepared(&like).await.unwrap();
        }
        let scripts = folder.to_owned();
        std::fs::write(scripts.join("insert.sql"), RATING).unwrap();
        let both = format!("BEGIN;\n{RATING}{FACT}COMMIT;\n");
        std::fs::write(scripts.join("equal.sql"), both).unwrap();
        std::fs::write(scripts.join("cases.sql"), CASES).unwrap();
        let all = format!("BEGIN;\n{CASES}{STEPS}{ACTS}{FACTS}COMMIT;\n");
        std::fs::write(scripts.join("all.sql"), all).unwrap();
        Self { database: database.to_owned(), scripts, connection }
    }

    /// How long each of the service's transactions took that wrote ratings received in this time,
    /// in milliseconds, given that there was always one under way.
    pub(crate) async fn commit_ms(&self, from: Timestamp, until: Timestamp) -> f64 {
        let (from, until) = (from.as_microsecond(), until.as_microsecond());
        let sql = format!(
            "SELECT count(DISTINCT xmin::text) AS n FROM intake.rating \
             WHERE received_at BETWEEN {from} AND {until}"
        );
        let statement = Statement::from_string(DbBackend::Postgres, sql);
        let row = self.connection.query_one_raw(statement).await.unwrap().unwrap();
        let transactions: i64 = row.try_get("", "n").unwrap();
        (until - from) as f64 / 1e3 / transactions as f64
    }

    /// Empties the tables.
    pub(crate) async fn empty(&self) {
        let tables = TABLES.map(|table| format!("bench.{table}")).join(", ");
        self.connection.execute_unprepared(&format!("TRUNCATE {tables}")).await.unwrap();
    }

    /// Transactions per second.
    pub(crate) async fn run(&self, what: PgBench, clients: usize, span: Duration) -> f64 {
        self.empty().await;
        let script = match what {
            PgBench::Insert => "insert.sql",
            PgBench::RatingAndFact => "equal.sql",
            PgBench::Cases => "cases.sql",
            PgBench::CasesAndAll => "all.sql",
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
