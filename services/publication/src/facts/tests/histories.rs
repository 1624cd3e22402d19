//! Producers that go back to an earlier state and go on otherwise: what is known then is what a fresh fold of
//! their facts knows, in every row.

use std::fmt::Debug;

use platform::{
    facts::{self, reconcile::reconcile},
    testing::histories::go_back,
};
use proto::r#type::v1::{Level, TicketState};
use sea_orm::{EntityTrait, ModelTrait};

use super::*;
use crate::{
    Migrator,
    app::statistics::{
        rebuild::rebuild,
        testing::{History, Town},
        verify,
    },
    entity::{act, complaint, exclusion, listing, pain, rating, tally, ticket, ticket_part},
    rpc::{
        disclosure::testing::{Excluding as _, Rated, excluded, ticket_of},
        pain_point::testing::words_of,
    },
};

/// Every row of a table, but for those that count nothing.
async fn rows<E: EntityTrait>(store: &Store) -> Vec<String>
where
    E::Model: ModelTrait + Debug,
{
    let rows = E::find().all(store.read()).await.unwrap();
    let mut rows: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
    rows.retain(|row| !row.ends_with(" n: 0 }") && !row.ends_with(" counts: [1] }"));
    rows.sort();
    rows
}

/// Acts, without the fact that told of them: either of the offer and the rating may have been the first.
async fn acts(store: &Store) -> Vec<String> {
    let acts = act::Entity::find().all(store.read()).await.unwrap().into_iter();
    let bare = acts.map(|act| act::Model { fact_position: 0, fact_id: None, ..act });
    let mut rows: Vec<String> = bare.map(|act| format!("{act:?}")).collect();
    rows.sort();
    rows
}

/// Everything that is folded.
async fn known(store: &Store) -> Vec<(&'static str, Vec<String>)> {
    vec![
        ("acts", acts(store).await),
        ("ratings", rows::<rating::Entity>(store).await),
        ("exclusions", rows::<exclusion::Entity>(store).await),
        ("tickets", rows::<ticket::Entity>(store).await),
        ("parts", rows::<ticket_part::Entity>(store).await),
        ("listings", rows::<listing::Entity>(store).await),
        ("complaints", rows::<complaint::Entity>(store).await),
        ("pain points", rows::<pain::Entity>(store).await),
        ("figures", rows::<tally::Entity>(store).await),
    ]
}

impl Town {
    /// A producer loses some of its last facts, and tells others.
    async fn lose(&self, history: &mut History, producer: &Store) {
        let head = facts::head(producer).await.unwrap();
        let lost = history.dice.below(head.unsigned_abs().min(60)).cast_signed();
        go_back(producer, head - lost).await.unwrap();
        let more = usize::try_from(history.dice.below(60)).unwrap();
        self.tell(history, more).await;
    }

    /// The operator brings publication back to both histories.
    async fn reconcile(&self) {
        let publication = &self.fixture.publication;
        let (consumer, clock) = (publication.consumer(), &publication.shell.clock);
        for producer in self.producers() {
            reconcile(&*consumer, &publication.store, &producer, clock, false).await.unwrap();
        }
    }
}

#[tokio::test]
async fn p04_p05_p09_after_failovers_of_both_producers_every_row_is_that_of_a_fresh_fold() {
    for seed in 41..=43 {
        let town = Town::new().await;
        let mut history = History::new(seed, town.fixture.act());
        town.live(&mut history, 250).await;
        let publication = &town.fixture.publication;
        let store = &publication.store;
        for round in 0..6 {
            for (n, producer) in town.producers().iter().enumerate() {
                // One alone, the other alone, both.
                if round % 3 == n || round % 3 == 2 {
                    town.lose(&mut history, producer).await;
                }
            }
            town.reconcile().await;
            town.follow(history.dice.below(2) == 0).await;
            let after = known(store).await;
            let (location, shell) = (&town.fixture.place.location, &publication.shell);
            let producers = town.producers();
            rebuild::<Migrator>(location, store, &producers, shell, |_| {}).await.unwrap();
            for (after, fresh) in after.iter().zip(known(store).await) {
                assert!(!fresh.1.is_empty() || fresh.0 == "parts", "{}", fresh.0);
                let gone: Vec<_> = fresh.1.iter().filter(|row| !after.1.contains(row)).collect();
                let stray: Vec<_> = after.1.iter().filter(|row| !fresh.1.contains(row)).collect();
                assert!(
                    gone.is_empty() && stray.is_empty(),
                    "seed {seed}, round {round}, {}: not {stray:#?}, but {gone:#?}",
                    fresh.0
                );
            }
            let published = verify::published(store).await.unwrap();
            let recounted = verify::recount(&published, &producers).await.unwrap();
            assert_eq!(verify::differences(&published.counts, &recounted), []);
        }
    }
}

#[tokio::test]
async fn i14_a_private_rating_that_is_left_stays_in_the_figures_as_it_entered_them() {
    let town = Town::new().await;
    let fixture = &town.fixture;
    let clock = &fixture.publication.shell.clock;
    let say = async |producer: &Store, bodies: Vec<Body>| {
        let txn = producer.begin().await.unwrap();
        facts::commit(txn, clock, bodies).await.unwrap();
    };
    let step = |ticket_id: &str, sequence, state: TicketState| {
        Body::TicketStepped(TicketStepped {
            ticket_id: ticket_id.to_owned(),
            sequence,
            state: state.into(),
            at: Some(convert::to_wire(clock.now())),
            ..TicketStepped::default()
        })
    };
    let levels = [Level::VeryDissatisfied, Level::Satisfied, Level::Dissatisfied];
    let mut rated = Vec::new();
    // Two groups: the tickets of the first follow when the second enters.
    for level in levels.into_iter().cycle().take(10) {
        let act = fixture.act();
        let rating = fixture.rating(&act, level, "2026-03-03T01:00:00Z");
        let rating = RatingSubmitted { private: true, ..rating };
        let invited = RatingInvited { act: Some(act.clone()), closes_on: String::new() };
        let said = vec![Body::RatingInvited(invited), Body::RatingSubmitted(rating.clone())];
        say(&town.intake, said).await;
        let ticket_id = clock.new_id().to_string();
        let one = Rated { act_id: act.act_id, rating, ticket_id };
        if level != Level::Satisfied {
            let fed_back = step(&one.ticket_id, 1, TicketState::FedBack);
            say(&town.ticketing, vec![Body::TicketOpened(ticket_of(&one)), fed_back]).await;
        }
        town.follow(true).await;
        rated.push(one);
    }
    let store = &fixture.publication.store;
    let counted =
        async || (rows::<tally::Entity>(store).await, rows::<ticket::Entity>(store).await);
    let before = counted().await;
    let tickets = ticket::Entity::find().all(store.read()).await.unwrap();
    assert!(tickets.iter().any(|ticket| ticket.counted_on > 0), "some follow");
    let acts = act::Entity::find().all(store.read()).await.unwrap();
    assert!(acts.iter().all(|act| !act.counted.is_empty()), "all have entered");
    let cut =
        [facts::head(&town.intake).await.unwrap(), facts::head(&town.ticketing).await.unwrap()];
    // Each rates again, and each ticket goes on, but for the last, by which is known what both histories
    // have in common; then both are lost.
    for (n, one) in rated.iter().enumerate() {
        let act = one.rating.act.as_ref().unwrap();
        let more = fixture.rating(act, Level::VerySatisfied, "2026-03-04T01:00:00Z");
        say(&town.intake, vec![Body::RatingSubmitted(more)]).await;
        if one.rating.level() != Level::Satisfied && n + 1 < rated.len() {
            say(&town.ticketing, vec![step(&one.ticket_id, 2, TicketState::Opened)]).await;
        }
    }
    town.follow(true).await;
    assert_ne!(counted().await, before);
    for (producer, to) in town.producers().iter().zip(cut) {
        go_back(producer, to).await.unwrap();
    }
    town.reconcile().await;
    town.follow(true).await;
    assert_eq!(counted().await, before);
}

#[tokio::test]
async fn p04_an_exclusion_whose_ticket_is_not_known_is_taken_back_too() {
    let fixture = Fixture::new().await;
    let act = fixture.act();
    let bad = fixture.rating(&act, Level::VeryDissatisfied, "2026-03-02T03:00:00Z");
    fixture.apply(Body::RatingSubmitted(bad.clone())).await;
    let before = fixture.figures("2026-03-01", "2026-03-31").await.levels;
    let ticket_id = fixture.publication.shell.clock.new_id().to_string();
    let rated = Rated { act_id: act.act_id.clone(), rating: bad, ticket_id };
    let excluded = excluded(&rated, fixture.publication.shell.clock.new_id().to_string(), 0);
    let waits = fixture.try_apply(Body::RatingExcluded(excluded)).await;
    assert!(matches!(waits, Err(Obstacle::Waits(_))), "its ticket may come: {waits:?}");
    assert_eq!(fixture.figures("2026-03-01", "2026-03-31").await.levels, [0; 5]);
    let txn = fixture.publication.store.begin().await.unwrap();
    let forgotten = fixture.publication.consumer().forget(&txn, TICKETING, 1).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(fixture.figures("2026-03-01", "2026-03-31").await.levels, before);
    let ticket_id = rated.ticket_id.parse().unwrap();
    assert!(forgotten.subjects.contains(&ticket_id), "what is left of it is said again");
}

#[tokio::test]
async fn p05_i14_a_ticket_that_only_a_lost_private_rating_hid_is_shown_again() {
    let fixture = Fixture::new().await;
    let store = &fixture.publication.store;
    let (act, other) = (fixture.act(), fixture.act());
    let open = fixture.rating(&act, Level::VeryDissatisfied, "2026-03-02T03:00:00Z");
    fixture.apply(Body::RatingSubmitted(open)).await;
    let ticket = fixture.open_ticket(&act, false).await;
    let own = fixture.open_ticket(&other, true).await;
    let last = fixture.publication.consumer().last_trace(store, INTAKE, i64::MAX).await;
    let last = last.unwrap().unwrap().position;
    let shown = async || {
        let shown = store::disclosure::outcomes(store.read(), "652301", "", None, 10).await;
        shown.unwrap().into_iter().map(|row| row.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(shown().await, std::slice::from_ref(&ticket));
    for act in [&act, &other] {
        let private = fixture.rating(act, Level::VerySatisfied, "2026-03-03T03:00:00Z");
        let private = RatingSubmitted { private: true, ..private };
        fixture.apply(Body::RatingSubmitted(private)).await;
    }
    assert_eq!(shown().await, [""; 0]);
    for after in [last, 0] {
        let txn = store.begin().await.unwrap();
        fixture.publication.consumer().forget(&txn, INTAKE, after).await.unwrap();
        txn.commit().await.unwrap();
        assert_eq!(shown().await, std::slice::from_ref(&ticket), "and not {own}");
        let hidden = fixture.rating(&act, Level::VerySatisfied, "2026-03-03T03:00:00Z");
        let hidden = RatingSubmitted { private: true, ..hidden };
        fixture.apply(Body::RatingSubmitted(hidden)).await;
        assert_eq!(shown().await, [""; 0], "a private one hides it again");
    }
}

#[tokio::test]
async fn p05_p09_i09_where_the_last_rating_is_excluded_the_one_before_it_counts_with_its_words() {
    let fixture = Fixture::new().await;
    let store = &fixture.publication.store;
    let act = fixture.act();
    let mut rated = Vec::new();
    for (day, level, word) in
        [(3, Level::Dissatisfied, "材料"), (4, Level::VeryDissatisfied, "窗口")]
    {
        let rating = fixture.rating(&act, level, &format!("2026-03-0{day}T03:00:00Z"));
        let ticket_id = fixture.publication.shell.clock.new_id().to_string();
        let one = Rated { act_id: act.act_id.clone(), rating: rating.clone(), ticket_id };
        fixture.apply(Body::RatingSubmitted(rating.clone())).await;
        fixture.apply(Body::TicketOpened(ticket_of(&one))).await;
        fixture.step_ticket(&one.ticket_id, TicketState::Assigned).await;
        fixture.apply(Body::RatingWordsRead(words_of(&rating, &[word]))).await;
        rated.push(one);
    }
    let told = async || {
        let levels = fixture.figures("2026-03-01", "2026-03-31").await.levels;
        let all = store::pain_point::all(store.read()).await.unwrap().into_iter();
        let words = all.filter(|row| row.kind == store::pain_point::Kind::Word as i16);
        let words: Vec<String> = words.map(|row| row.reason).collect();
        (levels, words)
    };
    let [first, last] = ["材料", "窗口"].map(|word| vec![word.to_owned()]);
    assert_eq!(told().await, ([0, 0, 0, 0, 1], last.clone()));
    let excluded = fixture.exclude(&rated[1], 0).await;
    assert_eq!(told().await, ([0, 0, 0, 1, 0], first));
    fixture.reinstate(&excluded, 1).await;
    assert_eq!(told().await, ([0, 0, 0, 0, 1], last));
}
