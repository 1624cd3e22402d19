//! What is folded again is the same, and nobody notices while it is.

use std::sync::atomic::{AtomicBool, Ordering};

use platform::database::many::hex;
use proto::publication::v1::Dimension;
use sea_orm::{ConnectionTrait as _, DbBackend, EntityTrait as _, QueryOrder as _, Statement};

use super::*;
use crate::{
    Migrator,
    app::statistics::{
        testing::{History, Town, falsify},
        verify,
    },
    entity::{act, listing, tally, ticket},
};

/// How many facts a random history has; more with `PINGYI_TEST_FACTS` (100,000 take minutes).
#[expect(clippy::disallowed_methods, reason = "a test's size, and no setting of a product")]
pub(crate) fn facts_of_a_history() -> usize {
    let asked = std::env::var("PINGYI_TEST_FACTS").ok();
    asked.map_or(1_500, |facts| facts.parse().unwrap())
}

async fn figures(store: &Store) -> verify::Counts {
    verify::counted(store.read()).await.unwrap()
}

async fn again(town: &Town) -> Result<Rebuilt, RebuildError> {
    let publication = &town.fixture.publication;
    let (location, shell) = (&town.fixture.place.location, &publication.shell);
    rebuild::<Migrator>(location, &publication.store, &town.producers(), shell, |_| {}).await
}

#[tokio::test]
async fn p03_p04_what_is_folded_again_from_the_first_fact_has_identical_integers() {
    let town = Town::new().await;
    let mut history = History::new(17, town.fixture.act());
    town.live(&mut history, facts_of_a_history()).await;
    let store = &town.fixture.publication.store;
    let before = figures(store).await;
    let of = |dimension| before.iter().any(|(key, _)| i32::from(key.dimension) == dimension);
    assert!(of(Dimension::Staff.into()));
    assert!(of(i32::from(Dimension::Window) + 100), "with their items, for rankings");
    // Some were looked at and had to wait.
    let looked = "UPDATE act SET looked = true WHERE waits <> ''";
    store.write().execute_unprepared(looked).await.unwrap();
    let acts = act::Entity::find().order_by_asc(act::Column::Id).all(store.read()).await.unwrap();
    let entered = acts.iter().filter(|act| !act.counted.is_empty()).count();
    assert!(entered > 0, "private ratings are among them");
    assert!(acts.iter().any(|act| act.looked), "and some that wait");
    let listed = async || {
        let rows = listing::Entity::find().order_by_asc(listing::Column::RatingId);
        rows.all(store.read()).await.unwrap()
    };
    let shown = listed().await;
    assert!(!shown.is_empty());
    let tickets = ticket::Entity::find().order_by_asc(ticket::Column::Id);
    let tickets = tickets.all(store.read()).await.unwrap();
    // As an older version left it, and with a wrong figure.
    for wrong in [
        "UPDATE fold SET version = 1",
        "UPDATE ticket SET real_name = false, follow_up_due = false",
        "DELETE FROM tally WHERE dimension = 8",
        "DELETE FROM listing WHERE day > 20516",
    ] {
        store.write().execute_unprepared(wrong).await.unwrap();
    }
    falsify(store, |key| (key.measure, key.dimension) == (1, 2)).await;
    assert_ne!(figures(store).await, before);
    let mut told = Vec::new();
    let publication = &town.fixture.publication;
    let (location, shell) = (&town.fixture.place.location, &publication.shell);
    let producers = town.producers();
    let rebuilt = rebuild::<Migrator>(location, store, &producers, shell, |far| told.push(far))
        .await
        .unwrap();
    assert_eq!((rebuilt.before, rebuilt.now), (Some(1), FOLD));
    assert_eq!(figures(store).await, before);
    assert_eq!(listed().await, shown);
    let after = act::Entity::find().order_by_asc(act::Column::Id).all(store.read()).await.unwrap();
    for (after, before) in after.iter().zip(&acts) {
        let of = |row: &act::Model| {
            let row = row.clone();
            let entered = hex(&row.counted);
            let looked = row.looked;
            (row.id, row.effective, row.offered, row.private, row.waits, looked, entered)
        };
        assert_eq!(of(after), of(before));
    }
    assert_eq!(after.len(), acts.len());
    let again = ticket::Entity::find().order_by_asc(ticket::Column::Id);
    assert_eq!(again.all(store.read()).await.unwrap(), tickets);
    let last = told.last().unwrap();
    assert_eq!((last.folded, last.rest), (last.all, Some(Duration::ZERO)), "it says how far it is");
    // And it goes on from there.
    town.live(&mut history, 100).await;
    let more = figures(store).await;
    assert_ne!(more, before);
    rebuild::<Migrator>(location, store, &town.producers(), shell, |_| {}).await.unwrap();
    assert_eq!(figures(store).await, more, "the same once more");
}

#[tokio::test]
async fn p03_while_facts_stream_in_reads_never_go_back_and_the_end_is_the_same() {
    let town = Town::new().await;
    let mut history = History::new(18, town.fixture.act());
    town.live(&mut history, 300).await;
    let done = AtomicBool::new(false);
    let offered = async || {
        let told = town.fixture.figures_of(Dimension::Region, "652301", "2026-03-01", "2026-04-30");
        told.await.participation.1
    };
    let rebuilding = async {
        let rebuilt = again(&town).await;
        done.store(true, Ordering::Relaxed);
        rebuilt
    };
    let streaming = async {
        while !done.load(Ordering::Relaxed) {
            town.tell(&mut history, 20).await;
            town.follow(false).await;
        }
    };
    let reading = async {
        let (mut last, mut reads) = (offered().await, 0);
        while !done.load(Ordering::Relaxed) {
            let now = offered().await;
            assert!(now >= last, "{now} after {last}: figures went back");
            (last, reads) = (now, reads + 1);
            tokio::task::yield_now().await;
        }
        reads
    };
    let (rebuilt, (), reads) = tokio::join!(rebuilding, streaming, reading);
    rebuilt.unwrap();
    assert!(reads > 0);
    town.follow(false).await;
    let store = &town.fixture.publication.store;
    let live = figures(store).await;
    again(&town).await.unwrap();
    assert_eq!(figures(store).await, live);
}

#[tokio::test]
async fn p03_a_long_read_holds_up_the_change_and_nobody_else() {
    let town = Town::new().await;
    let mut history = History::new(20, town.fixture.act());
    town.live(&mut history, 100).await;
    let store = &town.fixture.publication.store;
    // SQLite's readers hold nobody up.
    if store.backend() == DbBackend::Sqlite {
        return;
    }
    let before = figures(store).await;
    let reader = store.begin().await.unwrap();
    let patient = "SET LOCAL idle_in_transaction_session_timeout = 0";
    reader.execute_unprepared(patient).await.unwrap();
    tally::Entity::find().one(&reader).await.unwrap();
    let reading = async {
        let waiting = "SELECT COUNT(*) AS n FROM pg_locks \
                       WHERE NOT granted AND relation = 'publication.tally'::regclass";
        let waiting = Statement::from_string(store.backend(), waiting);
        let is_waited_for = async || {
            let row = store.read().query_one_raw(waiting.clone()).await.unwrap().unwrap();
            row.try_get::<i64>("", "n").unwrap() > 0
        };
        while !is_waited_for().await {
            tokio::task::yield_now().await;
        }
        let other = tally::Entity::find().one(store.read());
        tokio::time::timeout(Duration::from_secs(5), other).await.unwrap().unwrap();
        reader.commit().await.unwrap();
    };
    let (rebuilt, ()) = tokio::join!(again(&town), reading);
    rebuilt.unwrap();
    assert_eq!(figures(store).await, before);
}

#[tokio::test]
async fn p03_interrupted_it_goes_on_and_what_serves_is_untouched() {
    let town = Town::new().await;
    let mut history = History::new(19, town.fixture.act());
    town.live(&mut history, 300).await;
    let publication = &town.fixture.publication;
    let before = figures(&publication.store).await;
    let place = Beside::new(&town.fixture.place.location, BESIDE);
    let beside = open::<Migrator>(&place).await.unwrap();
    let consumer = Facts::again(
        publication.shell.clone(),
        publication.reference.clone(),
        publication.store.clone(),
    );
    let clock = &publication.shell.clock;
    refold::step(&consumer, &beside, &town.intake, i64::MAX, clock).await.unwrap();
    let folded = folded(&beside).await.unwrap();
    beside.close().await;
    assert_eq!(figures(&publication.store).await, before, "only the change changes anything");
    town.tell(&mut history, 50).await;
    town.follow(false).await;
    let live = figures(&publication.store).await;
    let rebuilt = again(&town).await.unwrap();
    assert!(folded > 0 && rebuilt.facts > folded);
    assert_eq!(figures(&publication.store).await, live);
    // What was begun before facts were taken back is thrown away.
    let begin = async || {
        let beside = open::<Migrator>(&place).await.unwrap();
        let begun = refold::begin(&publication.store, &beside, &FOLDED).await;
        refold::step(&consumer, &beside, &town.intake, i64::MAX, clock).await.unwrap();
        beside.close().await;
        begun
    };
    begin().await.unwrap();
    let back = "UPDATE fact_cursor SET reconciled = reconciled + 1 WHERE producer = 'intake'";
    publication.store.write().execute_unprepared(back).await.unwrap();
    assert!(matches!(begin().await, Err(RefoldError::Reconciled("intake"))));
    let refused = again(&town).await;
    let why = RefoldError::Reconciled("intake").to_string();
    assert_eq!(refused.unwrap_err().to_string(), why);
    again(&town).await.unwrap();
    assert_eq!(figures(&publication.store).await, live);
    let missing = [town.intake.clone()];
    let location = &town.fixture.place.location;
    let refused =
        rebuild::<Migrator>(location, &publication.store, &missing, &publication.shell, |_| {})
            .await;
    assert!(matches!(refused, Err(RebuildError::NoProducer("ticketing"))), "{refused:?}");
}

#[tokio::test]
async fn p09_where_complaints_gather_is_rebuilt_and_recounted_like_every_figure() {
    let town = Town::new().await;
    let mut history = History::new(41, town.fixture.act());
    town.live(&mut history, facts_of_a_history()).await;
    let store = &town.fixture.publication.store;
    let counts = async || {
        let published = verify::published(store).await.unwrap();
        let pain = published.counts.in_order();
        let pain = pain.filter(|(of, _)| of.to_string().starts_with("PAIN_POINT"));
        let pain: Vec<_> = pain.collect();
        let recounted = verify::recount(&published, &town.producers()).await.unwrap();
        (pain, verify::differences(&published.counts, &recounted))
    };
    let (before, none) = counts().await;
    assert_eq!(none, []);
    let kinds: std::collections::BTreeSet<i16> = before.iter().map(|(of, _)| of.measure).collect();
    assert_eq!(kinds, [0, 1, 2, 3, 4].into(), "ratings, negative ones, reasons, complaints, words");
    let wrong = "UPDATE pain SET n = n + 1 WHERE kind = 2";
    store.write().execute_unprepared(wrong).await.unwrap();
    let (_, found) = counts().await;
    assert!(!found.is_empty() && found.iter().all(|one| one.of.measure == 2), "{found:?}");
    store.write().execute_unprepared("DELETE FROM complaint").await.unwrap();
    again(&town).await.unwrap();
    assert_eq!(counts().await, (before, Vec::new()));
}
