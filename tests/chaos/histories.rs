//! A producer that goes back to an earlier state and continues: failover to a standby that was
//! behind, and a schema restored from a backup. What others had applied of the undone history is no
//! longer true, and later facts must not be mistaken for it. Either nobody notices, because nothing
//! was applied too early, or the consumers stop, report it, and the operator brings them back.

use std::time::Duration;

use e2e::citizens::rating;
use pingyi::roles::Role;
use proto::r#type::v1::Level;

use crate::{
    crowd::Acked,
    findings::{Findings, wait},
    recount::{at_heads, recount},
    stores::Stores,
    town::{ANSWER, Replica, Town, concerns, told},
};

const PATIENCE: Duration = Duration::from_secs(30);
/// How long an announced fact may take to be applied, if ever.
const EARLY: Duration = Duration::from_secs(4);
/// The process of the producer, and the one that follows.
const FRONT: usize = 0;
const BACK: usize = 1;
const PROCESSES: [&[&str]; 2] = [&["catalog", "intake"], &["ticketing", "publication"]];
/// Which service follows which, except the catalog, which changes nothing here.
const FOLLOWED: [(Role, Role); 4] = [
    (Role::Intake, Role::Ticketing),
    (Role::Ticketing, Role::Intake),
    (Role::Publication, Role::Intake),
    (Role::Publication, Role::Ticketing),
];
const TICKETED: &str = "SELECT rating_id FROM ticket_rating ORDER BY rating_id";
const FACTS: &str = "SELECT position FROM fact_counter WHERE id = 1";

/// So many negative ratings, each of an act of its own.
async fn rate(town: &Town, number: usize) -> Vec<Acked> {
    let citizens = town.citizens(FRONT, ANSWER);
    let mut acked = Vec::new();
    for _ in 0..number {
        let case = wait("an application is accepted", PATIENCE, async || {
            citizens.apply().await.map_err(|status| status.to_string())
        });
        let token = case.await.unwrap().0.invitation.unwrap().token;
        let request = rating(&token, Level::VeryDissatisfied);
        let id = citizens.rate_until_acknowledged(request).await;
        acked.push(Acked { id, level: 5 });
    }
    acked
}

async fn everything_applied(stores: &Stores) {
    wait("every consumer is at its producers' heads", PATIENCE, async || at_heads(stores).await)
        .await
        .unwrap();
}

async fn consistent(stores: &Stores, acked: &[Acked]) -> Result<(), String> {
    let ticketed = stores.column(Role::Ticketing, TICKETED).await?;
    let mut ids: Vec<String> = acked.iter().map(|acked| acked.id.clone()).collect();
    ids.sort();
    if ticketed == ids { Ok(()) } else { Err(format!("{} of {}", ticketed.len(), ids.len())) }
}

/// If a producer does not have the last fact that a consumer has applied of it: the id of that
/// fact, and the ids the producer has.
async fn split(
    stores: &Stores,
    consumer: Role,
    producer: Role,
) -> Result<Option<(String, Vec<String>)>, String> {
    let applied = "SELECT fact_id FROM fact_cursor WHERE position > 0";
    let applied = format!("{applied} AND producer = '{producer}'");
    let applied = stores.column(consumer, &applied).await?;
    let told = stores.column(producer, "SELECT fact_id FROM fact ORDER BY position").await?;
    Ok(applied.into_iter().next().filter(|id| !told.contains(id)).map(|id| (id, told)))
}

fn says_it_has_stopped(health: &str) -> bool {
    health.contains("NOT_SERVING") || health.contains("reconcile")
}

/// Waits until the consumers that have applied another history than their producers have stopped
/// and report it: readiness fails, and the log names the fact applied last and one that the
/// producer has.
async fn stopped(town: &Town, stores: &Stores) -> Result<(), String> {
    wait("who follows has stopped, and says so", PATIENCE, async || {
        let ill: Vec<String> =
            town.replicas.iter().filter_map(|replica| replica.health().err()).collect();
        if !ill.iter().any(|told| says_it_has_stopped(told)) {
            return Err(format!("the healthchecks say {ill:?}"));
        }
        let logs: String = town.replicas.iter().map(Replica::log).collect();
        let mut apart = 0;
        for (consumer, producer) in FOLLOWED {
            let Some((applied, told)) = split(stores, consumer, producer).await? else { continue };
            apart += 1;
            let names_both = |line: &str| {
                line.contains(&applied) && told.iter().any(|id| line.contains(id.as_str()))
            };
            if !logs.lines().any(names_both) {
                return Err(format!(
                    "{consumer} of {producer}: no line names {applied} and another"
                ));
            }
        }
        if apart > 0 { Ok(()) } else { Err("no histories are apart".to_owned()) }
    })
    .await
    .map(|_| ())
}

/// The operator brings every consumer back to its producers' history, after a dry run.
async fn reconcile(town: &mut Town, stores: &Stores, findings: &mut Findings) {
    let applied = stores.column(Role::Ticketing, TICKETED).await;
    for consumer in ["ticketing", "publication", "intake"] {
        let asked = told(&town.pingyi(&["reconcile", consumer]));
        if let Some(said) =
            findings.take(asked.map_err(|why| format!("reconcile {consumer}: {why}")))
        {
            eprintln!("reconcile {consumer} would: {said}");
            findings
                .check(!said.trim().is_empty(), || "it does not say what it would do".to_owned());
        }
    }
    let unchanged = stores.column(Role::Ticketing, TICKETED).await;
    findings
        .check(applied == unchanged, || "asking what it would do has done something".to_owned());
    for consumer in ["ticketing", "publication", "intake"] {
        let done = told(&town.pingyi(&["reconcile", consumer, "--yes"]));
        if let Some(said) =
            findings.take(done.map_err(|why| format!("reconcile {consumer}: {why}")))
        {
            eprintln!("reconcile {consumer} did: {said}");
        }
    }
    findings.take(town.all_up().await);
}

/// The state of the processes while the database fails over.
#[derive(Clone, Copy, PartialEq)]
enum During {
    /// The producer is down; the consumer is up, and so is what Redis has announced.
    TellerAway,
    /// The consumer is frozen from before the lost facts until after the failover, and continues
    /// before the producer is back: it only has Redis.
    FollowerAsleep,
    /// All processes are up, twice.
    Everybody,
}

async fn splits_no_history_silently(during: During) {
    if !concerns("postgres") {
        return;
    }
    let mut findings = Findings::default();
    let mut town = match during {
        During::Everybody => Town::of(&[&["all"], &["all"]]).await,
        _ => Town::of(&PROCESSES).await,
    };
    let stores = town.stores().await;
    let mut acked = rate(&town, 5).await;
    everything_applied(&stores).await;
    let standby = town.postgres.copy().await;
    town.all_up().await.unwrap();
    if during == During::FollowerAsleep {
        everything_applied(&stores).await;
        town.replicas[BACK].freeze();
    }
    let lost = rate(&town, 25).await;
    match during {
        During::FollowerAsleep => announced(&town, &stores).await,
        _ => everything_applied(&stores).await,
    }
    if during != During::Everybody {
        // No clean stop: a frozen process would block it.
        town.replicas[FRONT].kill();
    }
    town.postgres.fail_over_to(&standby).await;
    if during == During::FollowerAsleep {
        town.replicas[BACK].thaw();
    }
    let early = wait("what Redis still announces is applied", EARLY, async || {
        let ticketed = stores.column(Role::Ticketing, TICKETED).await?;
        if ticketed.len() == 30 { Ok(()) } else { Err(format!("{} ratings", ticketed.len())) }
    })
    .await;
    eprintln!("facts of the undone history: {early:?}");
    if during != During::Everybody {
        town.replicas[FRONT].begin();
    }
    town.replicas[FRONT].up().await.unwrap();
    acked.extend(rate(&town, 40).await);

    // Either nothing of the undone history was applied, or the consumers that applied it have
    // stopped.
    let fine =
        wait("what was acknowledged since has its tickets", PATIENCE / 2, async || {
            match town.replicas.iter().find_map(|replica| replica.health().err()) {
                Some(ill) if says_it_has_stopped(&ill) => Ok(false),
                Some(ill) => Err(ill),
                None => consistent(&stores, &acked).await.map(|()| true),
            }
        });
    if !matches!(fine.await, Ok((true, _))) {
        findings.take(stopped(&town, &stores).await);
        reconcile(&mut town, &stores, &mut findings).await;
    }
    town.check_health(&mut findings).await;
    recount(&stores, &acked, PATIENCE, &mut findings).await;
    eprintln!("{} were acknowledged and lost with the failover, as nobody can help", lost.len());
    findings.verdict(|| town.evidence());
}

/// Waits until Redis has announced intake's last fact.
async fn announced(town: &Town, stores: &Stores) {
    let announced = wait("intake's last fact is announced", PATIENCE, async || {
        let head = stores.number(Role::Intake, FACTS).await?;
        let entry = format!("XRANGE facts:intake {head}-0 {head}-0");
        let found = town.redis.command(&entry).await.map_err(|error| error.to_string())?;
        match found {
            redis::Value::Array(entries) if !entries.is_empty() => Ok(()),
            _ => Err(format!("{head} is not")),
        }
    });
    announced.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lagging_standby_splits_no_history_silently() {
    splits_no_history_silently(During::TellerAway).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_that_sleeps_through_a_failover_splits_no_history_silently() {
    splits_no_history_silently(During::FollowerAsleep).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failover_with_everybody_there_splits_no_history_silently() {
    splits_no_history_silently(During::Everybody).await;
}

/// The schema of one service, dumped into a file.
fn dump(town: &Town, schema: &str) -> String {
    let file = town.folder.path().join(format!("{schema}.dump")).display().to_string();
    let url = town.postgres.url();
    // Written to standard output: the server's user may not write in our folder.
    let dumped = town.postgres.run("pg_dump", &["--format=custom", "--schema", schema, &url]);
    assert!(dumped.status.success(), "{dumped:?}");
    std::fs::write(&file, dumped.stdout).unwrap();
    file
}

async fn restore(town: &Town, schema: &str, file: &str) {
    let drop = format!("DROP SCHEMA {schema} CASCADE");
    town.postgres.execute("pingyi", &drop).await.unwrap();
    let url = town.postgres.url();
    use std::os::unix::fs::PermissionsExt as _;
    for path in [town.folder.path(), file.as_ref()] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let restored = town.postgres.run("pg_restore", &["--exit-on-error", "--dbname", &url, file]);
    assert!(restored.status.success(), "{restored:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_schema_is_noticed_and_reconciled() {
    if !concerns("postgres") {
        return;
    }
    let mut findings = Findings::default();
    let mut town = Town::of(&PROCESSES).await;
    let stores = town.stores().await;
    let mut acked = rate(&town, 15).await;
    everything_applied(&stores).await;
    let backup = dump(&town, "intake");
    let undone = rate(&town, 25).await;
    everything_applied(&stores).await;
    town.replicas[BACK].stop().await;
    town.replicas[FRONT].stop().await;
    restore(&town, "intake", &backup).await;

    // The producer is behind what was applied: this is noticed at once …
    let behind = stores.number(Role::Intake, FACTS).await.unwrap();
    town.replicas[FRONT].begin();
    town.replicas[FRONT].up().await.unwrap();
    town.replicas[BACK].begin();
    findings.take(stopped(&town, &stores).await);
    // … and is still noticed once it has as many facts again, and more.
    acked.extend(rate(&town, 40).await);
    let ahead = stores.number(Role::Intake, FACTS).await.unwrap();
    assert!(ahead > behind + 40 * 4 - 1, "{behind} facts and then {ahead}");
    town.replicas[BACK].stop().await;
    town.replicas[BACK].begin();
    findings.take(stopped(&town, &stores).await.map_err(|why| format!("after a restart: {why}")));
    let ticketed = stores.column(Role::Ticketing, TICKETED).await.unwrap();
    let mut applied: Vec<String> =
        acked[..15].iter().chain(&undone).map(|acked| acked.id.clone()).collect();
    applied.sort();
    findings.check(ticketed == applied, || {
        format!("facts of another history were applied: {} ratings have tickets", ticketed.len())
    });

    let before = stores.number(Role::Ticketing, FACTS).await.unwrap();
    reconcile(&mut town, &stores, &mut findings).await;
    town.check_health(&mut findings).await;
    recount(&stores, &acked, PATIENCE, &mut findings).await;
    let after = stores.number(Role::Ticketing, FACTS).await.unwrap();
    findings.check(after >= before + 25 + 40, || {
        format!("{} facts tell that 25 tickets are withdrawn and 40 opened", after - before)
    });
    findings.verdict(|| town.evidence());
}
