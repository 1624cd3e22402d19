//! Every call that writes against every fault: all calls at once, each fault at a moment in the
//! middle. Whatever the first result, the same request sent again does its work, exactly once. Then
//! the stores are compared, table by table, with a round without a fault.

use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};

use e2e::{cut::Line, tmpfs::Tmpfs};
use pingyi::roles::Role;
use platform::{auth::Signer, clock::Clock, database::Location, keys::Keys};
use prost::Message as _;
use tokio::task::JoinSet;
use tonic::{Code, Status, transport::Channel};

use crate::{
    clocks::{right_clock, set_clock, steer_clock},
    dice::Dice,
    findings::{Findings, wait},
    recount::at_heads,
    stores::Stores,
    town::{ANSWER, Replica, Town, citizens, common, concerns, knows_catalog, tokens},
    writes::{Write, Writers},
};

const PATIENCE: Duration = Duration::from_secs(40);
/// How long a caller waits for an answer: longer than the stores' own limits.
const CALL: Duration = Duration::from_secs(12);
/// How long a replica is frozen: longer than a session may be idle in a transaction.
const STILL: Duration = Duration::from_millis(2_600);
/// How long somebody else holds what every writer needs: longer than a statement waits for a lock.
const BUSY: Duration = Duration::from_millis(3_500);
/// How long a shortage lasts.
const SHORT: Duration = Duration::from_millis(150);
/// How long a caller rests after a refusal.
const REST: Duration = Duration::from_millis(50);
/// How many rounds each fault has.
const ROUNDS: usize = 2;
/// About how many messages a round's calls send to the database.
const ASKS: u64 = 300;
/// RPCs that write, and that the law of the sample region never lets write: they are steps of a ticket
/// and share everything but their names with the others.
const NEVER_HERE: &[&str] = &["decide_exclusion", "extend_ticket"];
/// Every RPC that writes nothing; together with those of [`Writers::ready`] they are all RPCs.
const READS: &[&str] = &[
    "check_item_names",
    "download_document",
    "explain_deadline",
    "export",
    "get_appeal",
    "get_base_item",
    "get_bulletin",
    "get_case_outcome",
    "get_change",
    "get_coverage",
    "get_consistency_proof",
    "get_day_sum",
    "get_exchange_state",
    "get_figures",
    "get_inclusion_proof",
    "get_item",
    "get_key_target",
    "get_last_proof",
    "get_pain_point",
    "get_permission",
    "get_period_report",
    "get_person",
    "get_problem",
    "get_profile",
    "get_public_bulletin",
    "get_rating",
    "get_receipt",
    "get_report",
    "get_restricted_matter",
    "get_signal",
    "get_staff_figures",
    "get_staff_measure",
    "get_survey",
    "get_terminal",
    "get_terminal_configuration",
    "get_text_review",
    "get_ticket",
    "get_tree_head",
    "get_unit",
    "get_window_code",
    "list_appeals",
    "list_appraisal_exports",
    "list_assessments",
    "list_attachments",
    "list_audit",
    "list_award_candidates",
    "list_bottom_runs",
    "list_bulletins",
    "list_changes",
    "list_concentrations",
    "list_cursors",
    "list_deductions",
    "list_documents",
    "list_effects",
    "list_excluded_ratings",
    "list_exclusions",
    "list_facts",
    "list_findings",
    "list_focus_proposals",
    "list_item_versions",
    "list_items",
    "list_ledger_exports",
    "list_log_breaks",
    "list_key_targets",
    "list_messages",
    "list_misconduct_transfers",
    "list_my_cases",
    "list_notices",
    "list_outcomes",
    "list_pain_points",
    "list_population",
    "list_problems",
    "list_rankings",
    "list_public_bulletins",
    "list_public_pain_points",
    "list_published_ratings",
    "list_published_words",
    "list_ratings",
    "list_restricted_matters",
    "list_review_summaries",
    "list_reviews",
    "list_sample",
    "list_sample_for_third_party",
    "list_signals",
    "list_text_reviews",
    "list_staff_measures",
    "list_staff_rankings",
    "list_terminals",
    "list_tickets",
    "list_tree_heads",
    "list_unit_versions",
    "list_units",
    "look_up_receipt",
    "resolve_invitation",
    "scan_window_code",
    "summarize_exclusions",
    "summarize_reviews",
    "watch_case",
    "watch_notices",
    "watch_window",
];
/// The first needs a message that failed for good, which takes hours of a gateway's refusals, and the
/// second and third a profile that reviews texts, which the sample region's is not. A signal of fraud needs a day
/// that is over, a rater answers only what is asked of one that was drawn or is known by name, and a
/// co-signature needs a witness that the operator has admitted. Exports and a look at an attachment
/// write nothing but entries of the audit chain, anew each time. A release to a medium names a day that is
/// not in the future, and the clock jumps. Facts that a lower installation pushes are recognised by
/// their positions, and have faults of their own before them (`push_upward`). A device registers where an
/// authority for terminals is configured, its word leaves no row, and a terminal that is stopped here would
/// stop its neighbours' calls. The others need a quarter
/// of ratings that concentrate on something new in each round; they are written by the same once-only
/// write as the rest, and their own tests send each twice at once.
const ELSEWHERE: [&str; 23] = [
    "answer_follow_up",
    "retry_message",
    "review_text",
    "take_down_text",
    "judge_signal",
    "add_cosignature",
    "export_appraisal",
    "push_facts",
    "export_ledger",
    "decide_focus_proposal",
    "download_attachment",
    "propose_key_target",
    "advance_key_target",
    "record_problem",
    "advance_problem",
    "open_staff_measure",
    "advance_staff_measure",
    "record_media_release",
    "invite_terminal",
    "register_terminal",
    "renew_terminal_certificate",
    "heartbeat",
    "revoke_terminal",
];

/// How many rows each table has, and the sum of the figures.
type Rows = BTreeMap<String, i64>;

async fn rows(stores: &Stores) -> Result<Rows, String> {
    let mut rows = Rows::new();
    for role in Role::ALL {
        for table in stores.tables(role).await? {
            if table == "tally" {
                let figures = stores.counts().await?.iter().map(|(_, n)| n).sum();
                rows.insert(format!("{role}.{table}"), figures);
                continue;
            }
            // Counts are not more rows but greater ones.
            let what = match table.as_str() {
                "focus_count" | "pain" => "CAST(coalesce(sum(n), 0) AS bigint)",
                // Forgotten, or over, on another day, and the clock jumps; a period ends meanwhile.
                "review_day" | "signal_day" | "focus_look" | "bulletin" => {
                    "CAST(0 * count(*) AS bigint)"
                }
                // A tile is new with every 256 ratings, a head with every minute.
                "tile" | "tree_head" => "CAST(0 * count(*) AS bigint)",
                // Whether a deadline is urged, or the ticket is closed before, is a matter of moments;
                // a lease is nobody's work.
                "notice" | "job" => "CAST(0 * count(*) AS bigint)",
                // The organisation's terminals are known some time after the process has begun.
                "terminal" => "CAST(0 * count(*) AS bigint)",
                "fact" if role == Role::Ticketing => {
                    "CAST(count(*) - (SELECT count(urged_at) + count(escalated_at) FROM \
                     ticket_deadline) - (SELECT count(nobody_at) FROM ticket) AS bigint)"
                }
                _ => "count(*)",
            };
            let number = stores.number(role, &format!("SELECT {what} FROM {table}")).await?;
            rows.insert(format!("{role}.{table}"), number);
        }
    }
    Ok(rows)
}

/// Which tables have grown, and by how much.
fn grown(before: &Rows, after: &Rows) -> Rows {
    let growth = |(table, rows): (&String, &i64)| {
        let growth = rows - before.get(table).copied().unwrap_or_default();
        (growth != 0).then(|| (table.clone(), growth))
    };
    after.iter().filter_map(growth).collect()
}

/// The same without the looks at a person. A second answer with a person's data is a second look,
/// which is on record too: a look requested twice is there once or twice, each with its rows.
fn without_looks(mut left: Rows) -> Result<Rows, String> {
    let looks = left.remove("intake.look").unwrap_or_default();
    if !(1..=2).contains(&looks) {
        return Err(format!("{looks} looks are on record, of one that was asked for twice"));
    }
    for table in ["intake.audit", "intake.fact"] {
        *left.entry(table.to_owned()).or_default() -= looks;
    }
    Ok(left)
}

/// Sends it until it is done; returns what is wrong with the answers meanwhile.
async fn until_done(write: Write, channel: Channel) -> Result<(), String> {
    let begun = Instant::now();
    loop {
        match write.send(channel.clone()).await {
            Ok(()) => return Ok(()),
            Err(status) if may_ask_again(&status) && begun.elapsed() < PATIENCE => {
                tokio::time::sleep(REST).await;
            }
            Err(status) => return Err(format!("{} is told {status}", write.rpc)),
        }
    }
}

/// Whether a refusal allows the same request later.
fn may_ask_again(status: &Status) -> bool {
    [
        Code::Unavailable,
        Code::ResourceExhausted,
        Code::Unknown,
        Code::DeadlineExceeded,
        Code::Cancelled,
        Code::Aborted,
    ]
    .contains(&status.code())
}

/// The setting of the rounds.
struct Ring {
    stores: Stores,
    writers: Writers,
    channel: Channel,
    findings: Findings,
    /// The rows a round leaves.
    leaves: Rows,
}

impl Ring {
    /// From a replica that is not up yet.
    async fn new(replica: &mut Replica, folder: &Path, at: &Location) -> Self {
        let tokens = tokens(folder);
        let keys = Keys::read(&folder.join("keys")).unwrap();
        let signer = Signer::new(&keys, Clock::System).unwrap();
        let channel = replica.channel(CALL);
        let writers = Writers::at(channel.clone(), &tokens, &signer);
        let findings = Findings::default();
        // Surveys are about people served on a day that is over.
        set_clock(replica, "-1d");
        replica.begin();
        replica.up().await.unwrap();
        knows_catalog(&citizens(replica, &tokens, ANSWER)).await.unwrap();
        writers.serve_someone().await;
        replica.stop().await;
        right_clock(replica);
        replica.begin();
        replica.up().await.unwrap();
        let stores = Stores::at(at).await;
        let mut ring = Self { stores, writers, channel, findings, leaves: Rows::new() };
        ring.leaves = ring.round("nothing", async || {}).await;
        let again = ring.round("nothing", async || {}).await;
        assert_eq!(ring.leaves, again, "a round leaves what a round leaves");
        ring
    }

    /// A round in which `fault` strikes while every call is running; returns the rows it leaves.
    async fn round(&mut self, name: &str, fault: impl AsyncFnOnce()) -> Rows {
        let writes = self.writers.ready().await;
        check_that_these_are_all(&writes);
        let settled = wait("all is applied", PATIENCE, async || at_heads(&self.stores).await);
        self.findings.take(settled.await);
        let before = rows(&self.stores).await.unwrap();
        let mut calls = JoinSet::new();
        for write in writes.clone() {
            let channel = self.channel.clone();
            calls.spawn(async move { (write.rpc, write.send(channel).await) });
        }
        fault().await;
        let mut refused = BTreeMap::<String, Vec<&str>>::new();
        while let Some(call) = calls.join_next().await {
            let (rpc, answer) = call.unwrap();
            if let Err(status) = answer {
                self.findings.check(may_ask_again(&status), || format!("{rpc} is told {status}"));
                refused.entry(format!("{:?}", status.code())).or_default().push(rpc);
            }
        }
        eprintln!("{name}: refused {refused:?}");
        let mut again = JoinSet::new();
        for write in writes {
            again.spawn(until_done(write, self.channel.clone()));
        }
        while let Some(done) = again.join_next().await {
            self.findings.take(done.unwrap());
        }
        let settled = wait("all is applied", PATIENCE, async || at_heads(&self.stores).await);
        self.findings.take(settled.await);
        let left = without_looks(grown(&before, &rows(&self.stores).await.unwrap()));
        let left = self.findings.take(left).unwrap_or_default();
        if !self.leaves.is_empty() {
            let differ = |(table, rows): (&String, &i64)| {
                let should = self.leaves.get(table).copied().unwrap_or_default();
                (*rows != should).then(|| format!("{table} {rows} instead of {should}"))
            };
            let missing = self.leaves.iter().filter(|(table, _)| !left.contains_key(*table));
            let missing = missing.map(|(table, rows)| format!("{table} 0 instead of {rows}"));
            let differ: Vec<_> = left.iter().filter_map(differ).chain(missing).collect();
            self.findings.check(differ.is_empty(), || {
                format!("{name}: a round left {differ:?}; refused {refused:?}")
            });
        }
        left
    }
}

/// A new RPC must be listed, here or there.
fn check_that_these_are_all(writes: &[Write]) {
    let contracts = prost_types::FileDescriptorSet::decode(proto::DESCRIPTORS).unwrap();
    let services = contracts.file.iter().flat_map(|file| &file.service);
    let snake = |name: &str| {
        let letters = name.char_indices().flat_map(|(place, letter)| {
            let begins = (place > 0 && letter.is_ascii_uppercase()).then_some('_');
            begins.into_iter().chain([letter.to_ascii_lowercase()])
        });
        letters.collect::<String>()
    };
    let mut known: Vec<String> =
        services.flat_map(|service| &service.method).map(|rpc| snake(rpc.name())).collect();
    known.sort();
    let writes = writes.iter().map(|write| write.rpc);
    let unwritten = READS.iter().chain(NEVER_HERE).copied();
    let mut listed: Vec<&str> = unwritten.chain(writes).chain(ELSEWHERE).collect();
    listed.sort_unstable();
    assert_eq!(listed, known);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_is_done_once_whatever_breaks_under_it() {
    if !concerns("postgres") {
        return;
    }
    let mut town = Town::down(&[&["all"]]).await;
    let at = Location::Postgres(town.postgres.url());
    let mut ring = Ring::new(&mut town.replicas[0], town.folder.path(), &at).await;
    let mut dice = Dice::of(11);
    for (name, line, lasts) in [
        ("answers are lost", Line::Deaf, SHORT),
        ("connections are cut", Line::Cut, SHORT),
        ("the network is dark", Line::Dark, STILL),
    ] {
        for _ in 0..ROUNDS {
            let (network, after) = (&town.networks[0].database, dice.between(0, ASKS));
            ring.round(&format!("{name} after {after} asks"), async || {
                network.turn_after(after, line);
                let turned =
                    async || if network.line() == line { Ok(()) } else { Err(String::new()) };
                // A round may be over before.
                let _ = wait("it turns", SHORT, turned).await;
                tokio::time::sleep(lasts).await;
                if line == Line::Deaf {
                    // A connection that lost an answer is of no use any more.
                    network.cut();
                    tokio::time::sleep(SHORT).await;
                }
                network.mend();
            })
            .await;
        }
    }
    for _ in 0..ROUNDS {
        let after = Duration::from_millis(dice.between(0, 60));
        ring.round(&format!("it is frozen after {after:?}"), async || {
            tokio::time::sleep(after).await;
            town.replicas[0].freeze();
            tokio::time::sleep(STILL).await;
            town.replicas[0].thaw();
        })
        .await;
    }
    for _ in 0..ROUNDS {
        let after = Duration::from_millis(dice.between(0, 60));
        ring.round(&format!("it is killed after {after:?}"), async || {
            tokio::time::sleep(after).await;
            town.replicas[0].kill();
            town.replicas[0].begin();
            town.replicas[0].up().await.unwrap();
        })
        .await;
    }
    let locks = town.stores().await;
    let everywhere = async |sql: &str| {
        for role in Role::ALL {
            locks.run(role, sql).await.unwrap();
        }
    };
    let busy = async || {
        everywhere("BEGIN").await;
        everywhere("LOCK TABLE fact_counter").await;
        tokio::time::sleep(BUSY).await;
        everywhere("ROLLBACK").await;
    };
    ring.round("connections are used up behind a lock", busy).await;
    town.check_health(&mut ring.findings).await;
    ring.findings.verdict(|| town.evidence());
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_every_write_is_done_once_whatever_breaks_under_it() {
    if !concerns("sqlite") {
        return;
    }
    let disk = Tmpfs::of_mebibytes(128);
    let folder = tempfile::tempdir().unwrap();
    let place = disk.folder().join("stores");
    let mut replica = Replica::new(folder.path(), &["all"]);
    replica.set("PINGYI__DATABASE__URL", format!("sqlite:{}", place.display()));
    common(&mut replica);
    let mut ring = Ring::new(&mut replica, folder.path(), &Location::Sqlite(place)).await;
    let mut dice = Dice::of(12);
    for _ in 0..ROUNDS {
        let after = Duration::from_millis(dice.between(0, 30));
        ring.round(&format!("the disk is full after {after:?}"), async || {
            tokio::time::sleep(after).await;
            disk.fill();
            tokio::time::sleep(SHORT).await;
            disk.free();
        })
        .await;
    }
    for _ in 0..ROUNDS {
        let after = Duration::from_millis(dice.between(0, 60));
        ring.round(&format!("it is killed after {after:?}"), async || {
            tokio::time::sleep(after).await;
            replica.kill();
            replica.begin();
            replica.up().await.unwrap();
        })
        .await;
    }
    let clock = folder.path().join("clock");
    std::fs::write(&clock, "+0").unwrap();
    replica.stop().await;
    steer_clock(&mut replica, &clock);
    replica.begin();
    replica.up().await.unwrap();
    for jumps in 1..=ROUNDS {
        let after = Duration::from_millis(dice.between(0, 60));
        ring.round(&format!("its clock jumps after {after:?}"), async || {
            tokio::time::sleep(after).await;
            std::fs::write(&clock, format!("+{jumps}0m")).unwrap();
        })
        .await;
    }
    ring.findings.take(replica.up().await);
    ring.findings.verdict(|| replica.complaints(12));
}
