//! What is counted, and what is taken back.

use std::collections::BTreeMap;

use domain::focus::Window;
use platform::{
    facts::consume::Consumer as _,
    testing::{AGENCY, ON_THE_SPOT_ITEM, REGION, STAFF},
};
use proto::r#type::v1::{FocusKind, Level, Origin};

use super::*;
use crate::{app, rpc::testing::Fixture, store::focus::counts};

/// All counts of a kind, whatever their day.
async fn counted(fixture: &Fixture, kind: FocusKind) -> BTreeMap<String, [u64; 5]> {
    let days = |day: &str| day.parse().unwrap();
    let window = Window { from: days("2026-01-01"), until: days("2026-12-31") };
    counts::by_object(fixture.ticketing.store.read(), kind, REGION, window).await.unwrap()
}

fn of(objects: &[(&str, [u64; 5])]) -> BTreeMap<String, [u64; 5]> {
    objects.iter().map(|(id, counts)| ((*id).to_owned(), *counts)).collect()
}

fn told(fixture: &Fixture, act_id: Uuid, level: Level) -> RatingSubmitted {
    let mut rating = fixture.rating(act_id, level);
    let act = rating.act.as_mut().unwrap();
    STAFF.clone_into(&mut act.staff_id);
    "line-1".clone_into(&mut act.line_id);
    rating.tag_codes = vec!["a".to_owned(), "b".to_owned()];
    rating
}

fn fact(position: u64, rating: &RatingSubmitted) -> Fact {
    Fact {
        position,
        producer: "intake".to_owned(),
        body: Some(Body::RatingSubmitted(rating.clone())),
        ..Fact::default()
    }
}

async fn apply(fixture: &Fixture, facts: &[Fact]) {
    let txn = fixture.ticketing.store.begin().await.unwrap();
    let applied = fixture.ticketing.consumer().apply(&txn, facts).await.unwrap();
    assert!(applied.left.is_empty(), "{:?}", applied.left);
    txn.commit().await.unwrap();
}

#[tokio::test]
async fn t12_t13_a_rating_counts_under_all_it_rates_and_a_reason_only_of_a_negative_one() {
    let fixture = Fixture::new().await;
    let clock = fixture.ticketing.shell.clock.clone();
    for level in [Level::VerySatisfied, Level::Dissatisfied] {
        fixture.apply(&told(&fixture, clock.new_id(), level)).await;
    }
    for (kind, id) in [
        (FocusKind::Staff, STAFF),
        (FocusKind::Agency, AGENCY),
        (FocusKind::Line, "line-1"),
        (FocusKind::Region, REGION),
        (FocusKind::Item, ON_THE_SPOT_ITEM),
    ] {
        assert_eq!(counted(&fixture, kind).await, of(&[(id, [1, 0, 0, 1, 0])]), "{kind:?}");
    }
    let [a, b] = ["a", "b"].map(|tag| format!("{ON_THE_SPOT_ITEM} {tag}"));
    let negative = [0, 0, 0, 1, 0];
    let expected = of(&[(&a, negative), (&b, negative)]);
    assert_eq!(counted(&fixture, FocusKind::ItemTag).await, expected);
}

#[tokio::test]
async fn t12_only_what_raters_gave_counts_and_of_an_act_only_the_effective_rating() {
    let fixture = Fixture::new().await;
    let clock = fixture.ticketing.shell.clock.clone();
    let act_id = clock.new_id();
    for origin in [Origin::Default, Origin::Imported] {
        let mut nobodys = told(&fixture, clock.new_id(), Level::VerySatisfied);
        nobodys.origin = origin.into();
        fixture.apply(&nobodys).await;
    }
    assert_eq!(counted(&fixture, FocusKind::Staff).await, of(&[]));
    let first = told(&fixture, act_id, Level::Dissatisfied);
    fixture.at("2026-03-02T02:00:00Z");
    let second = told(&fixture, act_id, Level::Satisfied);
    let mut paper = told(&fixture, act_id, Level::VeryDissatisfied);
    paper.origin = Origin::Paper.into();
    // In one batch and in several, in every order, the same.
    let orders = [[0, 1, 2], [2, 1, 0], [1, 0, 2], [1, 2, 0]];
    for (n, order) in orders.into_iter().enumerate() {
        let fixture = if n == 0 { &fixture } else { &Fixture::new().await };
        let ratings = order.map(|n| [&first, &second, &paper][n]);
        let facts: Vec<Fact> = (1..).zip(ratings).map(|(at, said)| fact(at, said)).collect();
        if n % 2 == 0 {
            apply(fixture, &facts).await;
        } else {
            for fact in &facts {
                apply(fixture, std::slice::from_ref(fact)).await;
            }
        }
        apply(fixture, &facts).await;
        let effective = of(&[(STAFF, [0, 1, 0, 0, 0])]);
        assert_eq!(counted(fixture, FocusKind::Staff).await, effective, "{order:?}");
        assert_eq!(counted(fixture, FocusKind::ItemTag).await, of(&[]), "{order:?}");
    }
}

#[tokio::test]
async fn t12_p04_an_excluded_rating_leaves_the_counts_and_a_reinstated_one_comes_back() {
    let fixture = Fixture::new().await;
    let act_id = fixture.ticketing.shell.clock.new_id();
    let first = told(&fixture, act_id, Level::Satisfied);
    fixture.at("2026-03-02T02:00:00Z");
    let second = told(&fixture, act_id, Level::VeryDissatisfied);
    let facts = [fact(1, &first), fact(2, &second)];
    apply(&fixture, &facts).await;
    let id = second.rating_id.parse().unwrap();
    let staff = async || counted(&fixture, FocusKind::Staff).await;
    assert_eq!(staff().await, of(&[(STAFF, [0, 0, 0, 0, 1])]));
    // Twice is once.
    for _ in 0..2 {
        let txn = fixture.ticketing.store.begin().await.unwrap();
        app::focus::excluded(&txn, id).await.unwrap();
        txn.commit().await.unwrap();
        assert_eq!(staff().await, of(&[(STAFF, [0, 1, 0, 0, 0])]), "the one before counts");
        assert_eq!(counted(&fixture, FocusKind::ItemTag).await, of(&[]));
    }
    // Facts that are counted anew do not bring it back.
    let txn = fixture.ticketing.store.begin().await.unwrap();
    fixture.ticketing.consumer().forget(&txn, "intake", 0).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(staff().await, of(&[]));
    apply(&fixture, &facts).await;
    assert_eq!(staff().await, of(&[(STAFF, [0, 1, 0, 0, 0])]));
    let txn = fixture.ticketing.store.begin().await.unwrap();
    app::focus::reinstated(&txn, id).await.unwrap();
    // One that is not known is excluded when it comes.
    let later = fixture.rating(fixture.ticketing.shell.clock.new_id(), Level::Dissatisfied);
    app::focus::excluded(&txn, later.rating_id.parse().unwrap()).await.unwrap();
    txn.commit().await.unwrap();
    apply(&fixture, &[fact(3, &later)]).await;
    assert_eq!(staff().await, of(&[(STAFF, [0, 0, 0, 0, 1])]));
    assert_eq!(counted(&fixture, FocusKind::Agency).await, of(&[(AGENCY, [0, 0, 0, 0, 1])]));
}

#[tokio::test]
async fn t12_what_another_history_told_leaves_the_counts_and_what_it_replaced_counts_again() {
    let fixture = Fixture::new().await;
    let act_id = fixture.ticketing.shell.clock.new_id();
    let first = told(&fixture, act_id, Level::Satisfied);
    fixture.at("2026-03-02T02:00:00Z");
    let second = told(&fixture, act_id, Level::VerySatisfied);
    apply(&fixture, &[fact(1, &first)]).await;
    apply(&fixture, &[fact(2, &second)]).await;
    let consumer = fixture.ticketing.consumer();
    let store = &fixture.ticketing.store;
    let trace = consumer.last_trace(store, "intake", 9).await.unwrap().unwrap();
    assert_eq!(trace.position, 2, "a positive rating leaves a trace too");
    let txn = store.begin().await.unwrap();
    let forgotten = consumer.forget(&txn, "intake", 1).await.unwrap();
    txn.commit().await.unwrap();
    let words = "1 ratings leave the counts of key targets".to_owned();
    assert!(forgotten.words.contains(&words), "{:?}", forgotten.words);
    let before = of(&[(STAFF, [0, 1, 0, 0, 0])]);
    assert_eq!(counted(&fixture, FocusKind::Staff).await, before);
}

#[tokio::test]
async fn t12_a_rating_that_cannot_be_read_is_set_aside_and_not_counted() {
    let fixture = Fixture::new().await;
    let mut broken = told(&fixture, fixture.ticketing.shell.clock.new_id(), Level::Satisfied);
    broken.act = None;
    let whole = told(&fixture, fixture.ticketing.shell.clock.new_id(), Level::Satisfied);
    let both = vec![Body::RatingSubmitted(broken), Body::RatingSubmitted(whole)];
    let applied = fixture.apply_together(both).await;
    assert_eq!(applied.left.len(), 1, "{:?}", applied.left);
    assert_eq!(counted(&fixture, FocusKind::Staff).await, of(&[(STAFF, [0, 1, 0, 0, 0])]));
}
