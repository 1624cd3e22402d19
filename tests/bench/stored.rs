//! What ten million stored ratings cost the next one (M12): `SubmitRating` by 64 callers against
//! two deployments, one of which holds that many acts, ratings and facts before it starts. Rounds
//! are interleaved. Filling takes some ten minutes and 12 GB:
//!
//! ```sh
//! PINGYI_TEST_STORE=postgres PINGYI_TEST_POSTGRES=postgres://user@host/postgres \\
//!     cargo bench --profile dist -p e2e --bench stored
//! ```

#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "figures are printed")]

mod callers;
mod measured;

use std::time::Instant;

use callers::{SPAN, median, rate};
use e2e::redis_server::RedisServer;
use measured::Measured;
use platform::{
    database::{Location, Store},
    testing::TestPlace,
};
use sea_orm::{ConnectOptions, ConnectionTrait as _, Database};

const PINGYI: &str = env!("CARGO_BIN_EXE_pingyi-under-test");
const ROUNDS: usize = 7;
const STORED: u64 = 10_000_000;

/// UUIDs in the order of time, as ours are (RFC 9562, version 7): one each six seconds.
const ID: &str = "(lpad(to_hex(1577836800000 + n * 6000), 12, '0') || '7000' || '8' || \
    substr(md5(n::text || '{}'), 1, 15))::uuid";
const ACTS: &str = "INSERT INTO intake.service_act (id, case_id, stage, service_number, \
    region_code, agency_id, item_code, item_version, terminal_id, served_at, policy, real_name, \
    closes_at, window_id, offered) \
    SELECT {act}, {case}, 3, 1, '652301', '11652301MB1A00008L', \
    '11652301PY6523035C4002014901000', 1, '652301-t01', 1577836800000000 + n * 6000000, \
    'xinjiang-2020', true, 1577836800000000 + n * 6000000 + 432000000000, \
    '652301-w' || n % 40, true FROM generate_series({from}::bigint, {to}::bigint) AS n";
const RATINGS: &str = "INSERT INTO intake.rating (id, request_key, body_hash, act_id, level, \
    tag_codes, tag_list_version, words, has_text, channel, origin, private, received_at) \
    SELECT {rating}, sha256(n::text::bytea), '\\x00112233445566778899aabbccddeeff', {act}, 2, \
    '406,413', 'national-2020-05', decode(repeat('ab', 260), 'hex'), true, 1, 1, false, \
    1577836800000000 + n * 6000000 FROM generate_series({from}::bigint, {to}::bigint) AS n";
const FACTS: &str = "INSERT INTO intake.fact (position, fact_id, body) \
    SELECT n, {fact}, decode(repeat('cd', 420), 'hex') FROM generate_series({from}::bigint, {to}::bigint) AS n";

async fn fill(url: &str) {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    let connection = Database::connect(options).await.unwrap();
    let step = STORED / 10;
    for from in (1..=STORED).step_by(usize::try_from(step).unwrap()) {
        for table in [ACTS, RATINGS, FACTS] {
            let mut sql = table.to_owned();
            for id in ["act", "case", "rating", "fact"] {
                sql = sql.replace(&format!("{{{id}}}"), &ID.replace("{}", id));
            }
            let sql = sql.replace("{from}", &from.to_string());
            let sql = sql.replace("{to}", &(from + step - 1).to_string());
            connection.execute_unprepared(&sql).await.unwrap();
        }
    }
    let counted = format!("UPDATE intake.fact_counter SET position = {STORED} WHERE id = 1");
    for sql in [&counted, "VACUUM ANALYZE", "CHECKPOINT"] {
        connection.execute_unprepared(sql).await.unwrap();
    }
}

#[tokio::main]
async fn main() {
    let (empty_place, full_place) = (TestPlace::new().await, TestPlace::new().await);
    let Location::Postgres(url) = full_place.location.clone() else {
        println!("PINGYI_TEST_STORE=postgres is needed");
        return;
    };
    Store::migrate::<intake::Migrator>(&full_place.location, "intake").await.unwrap();
    let began = Instant::now();
    fill(&url).await;
    println!("{STORED} acts, ratings and facts were stored in {:.0?}", began.elapsed());
    let (redis, other_redis) = (RedisServer::start().await, RedisServer::start().await);
    let start = async |place: &TestPlace, redis: &RedisServer| {
        Measured::start(&place.location, redis, place.folder()).await
    };
    let empty = start(&empty_place, &redis).await;
    let full = start(&full_place, &other_redis).await;
    let at = async |of: &Measured| {
        rate(&of.process.address, 64, &of.kiosk, &of.invitations).await.per_second
    };
    let mut ratios = Vec::new();
    for round in 0..=ROUNDS {
        let (without, with) = (at(&empty).await, at(&full).await);
        println!("round {round}: empty {without:.0}/s  full {with:.0}/s");
        // The first finds nothing in memory.
        if round > 0 {
            ratios.push(without / with);
        }
    }
    let ratio = median(ratios);
    println!("\nmedian ratio of {ROUNDS} interleaved rounds of {SPAN:?}, 64 callers:");
    println!("M12  empty / {STORED} stored   {ratio:.2}   floor 1.5  target 1.15");
}
