//! Days that differ above, or are damaged here.

use jiff::civil::date;
use platform::clock::Clock;
use proto::exchange::v1::UpwardState;
use sea_orm::ConnectionTrait as _;

use super::*;
use crate::{
    app::exchange::{resend::resend, twin::Mood},
    jobs::push_upward::{
        testing::{Node, Odd, serve, state},
        tests::{CITY, COUNTY, clock, of_intake, pass, tell},
    },
};

const DAY: i64 = 24 * 3_600;

/// What became of intake's facts.
async fn of_intakes(pusher: &Pusher) -> UpwardState {
    let lanes = state(&pusher.publication).await;
    lanes.into_iter().find(|lane| lane.producer == "intake").unwrap().upward.unwrap()
}

async fn rounds(pusher: &mut Pusher, clock: &Clock) {
    for _ in 0..4 {
        pusher.round().await;
        pass(clock, 300);
    }
}

/// What an operator does.
async fn resent(node: &Node) -> Option<jiff::civil::Date> {
    let (store, clock) = (&node.publication.store, &node.publication.shell.clock);
    resend(store, "", "intake", clock.now()).await.unwrap()
}

#[tokio::test]
async fn p10_a_day_that_stays_different_is_sent_again_once_and_then_waits_for_a_person() {
    let clock = clock();
    let county = Node::new(COUNTY, &clock).await;
    let odd = Odd::default();
    let address = serve(odd.clone()).await;
    let publication = county.reporting_to(address, "any");
    let mut pusher = Pusher::new(publication.clone()).unwrap();
    tell(&county).await;
    pusher.round().await;
    odd.ways().miscounts = true;
    pass(&clock, DAY);
    rounds(&mut pusher, &clock).await;
    // A new process remembers it.
    pusher = Pusher::new(publication).unwrap();
    rounds(&mut pusher, &clock).await;
    assert_eq!(odd.ways().withdrawals, 1, "sent again once");
    let upward = of_intakes(&pusher).await;
    let day = "2026-03-02".to_owned();
    assert_eq!((&upward.resent_day, &upward.stopped_day), (&day, &day));
    assert_eq!(upward.reconciled_through, "");
    assert!(upward.last_difference.starts_with("2026-03-02: 7 here, 8 there"), "{upward:?}");
    let told = |upward: &UpwardState| {
        let troubles = county.publication.store.troubles().now();
        troubles.iter().any(|trouble| trouble.cause.contains(&upward.last_error))
    };
    assert!(upward.last_error.contains("`pingyi resend`") && told(&upward), "{upward:?}");
    // What is new goes up, and the other queue's days are compared.
    tell(&county).await;
    rounds(&mut pusher, &clock).await;
    assert_eq!(odd.memory.kept()[0].2, 14);
    let lanes = state(&pusher.publication).await;
    assert_eq!(lanes[1].upward.as_ref().unwrap().reconciled_through, day);
    assert_eq!(odd.ways().withdrawals, 1);
    // An operator has it sent once more; then it counts right.
    assert_eq!(resent(&county).await, Some(date(2026, 3, 2)));
    assert_eq!(resent(&county).await, None, "nothing waits any more");
    rounds(&mut pusher, &clock).await;
    assert_eq!(odd.ways().withdrawals, 2);
    odd.ways().miscounts = false;
    rounds(&mut pusher, &clock).await;
    let upward = of_intakes(&pusher).await;
    assert_eq!((upward.stopped_day.as_str(), upward.last_error.as_str()), ("", ""));
    assert_eq!(upward.reconciled_through, day);
    assert_eq!((odd.ways().withdrawals, odd.memory.kept()[0].2), (2, 14));
}

#[tokio::test]
async fn p10_what_is_damaged_in_the_own_book_changes_nothing_above_until_a_person_decides() {
    let of = |position: i64| format!("WHERE position = {position} AND producer = 'intake'");
    let other = "(SELECT body FROM exchange_fact WHERE position = 4 AND producer = 'intake')";
    for (damage, named) in [
        (format!("UPDATE exchange_fact SET body = {other} {}", of(3)), "it has not what intake"),
        (format!("UPDATE exchange_fact SET day = day - 1 {}", of(3)), "it has not what intake"),
        (format!("DELETE FROM exchange_fact {}", of(3)), "it has not what intake"),
        (format!("DELETE FROM exchange_fact {}", of(7)), "has lost its fact 7"),
    ] {
        let clock = clock();
        let (county, city) = (Node::new(COUNTY, &clock).await, Node::new(CITY, &clock).await);
        let mut pusher = county.pusher(&city);
        tell(&county).await;
        pusher.round().await;
        let sent = county.kept("", "intake").await;
        county.publication.store.write().execute_unprepared(&damage).await.unwrap();
        pass(&clock, DAY);
        rounds(&mut pusher, &clock).await;
        let upward = of_intakes(&pusher).await;
        assert!(upward.last_error.contains(named), "{damage}: {upward:?}");
        assert!(!upward.stopped_day.is_empty(), "{damage}: {upward:?}");
        assert_eq!(county.publication.store.troubles().now().len(), 1);
        assert_eq!(city.kept(COUNTY, "intake").await, sent, "{damage}");
        let above = state(&city.publication).await;
        assert_eq!(above[0].withdrawn, 0, "{damage}: nothing is changed above");
        // Collected again from intake.
        assert!(resent(&county).await.is_some());
        rounds(&mut pusher, &clock).await;
        assert_eq!(county.kept("", "intake").await, sent, "{damage}");
        assert_eq!(city.kept(COUNTY, "intake").await, sent, "{damage}");
        let upward = of_intakes(&pusher).await;
        let days = (upward.reconciled_through.as_str(), upward.stopped_day.as_str());
        assert_eq!(days, ("2026-03-02", ""), "{damage}: {upward:?}");
        assert!(county.publication.store.troubles().now().is_empty());
    }
}

#[tokio::test]
async fn p10_what_was_damaged_before_it_went_up_is_found_the_day_after_though_both_sides_agree() {
    let clock = clock();
    let (county, city) = (Node::new(COUNTY, &clock).await, Node::new(CITY, &clock).await);
    city.twin.then(&[Mood::Away(jiff::SignedDuration::from_hours(1))]);
    let mut pusher = county.pusher(&city);
    tell(&county).await;
    pusher.round().await;
    let sent = county.kept("", "intake").await;
    let damage = "UPDATE exchange_fact SET body = (SELECT body FROM exchange_fact WHERE position = \
                  4 AND producer = 'intake') WHERE position = 3 AND producer = 'intake'";
    county.publication.store.write().execute_unprepared(damage).await.unwrap();
    pass(&clock, DAY);
    rounds(&mut pusher, &clock).await;
    // Its bytes say another position: the upper platform refuses them, whatever the sender thinks.
    assert!(city.kept(COUNTY, "intake").await.is_empty());
    let lost = "DELETE FROM exchange_fact WHERE position = 3 AND producer = 'intake'";
    county.publication.store.write().execute_unprepared(lost).await.unwrap();
    rounds(&mut pusher, &clock).await;
    let upward = of_intakes(&pusher).await;
    assert!(upward.last_error.contains("has lost its fact 3"), "{upward:?}");
    assert_eq!(resent(&county).await, Some(date(2026, 3, 2)));
    rounds(&mut pusher, &clock).await;
    assert_eq!(city.kept(COUNTY, "intake").await, sent);
    // A fact whose bytes were changed so that only its service can tell.
    tell(&county).await;
    pusher.round().await;
    let sent = county.kept("", "intake").await;
    for node in [&county, &city] {
        let longer = match node.publication.store.backend() {
            sea_orm::DbBackend::Postgres => "body || '\\x2a00'::bytea",
            _ => "CAST(body || x'2a00' AS BLOB)",
        };
        let damage = format!(
            "UPDATE exchange_fact SET body = {longer} WHERE position = 9 AND producer = 'intake'"
        );
        node.publication.store.write().execute_unprepared(&damage).await.unwrap();
    }
    pass(&clock, DAY);
    rounds(&mut pusher, &clock).await;
    let upward = of_intakes(&pusher).await;
    assert_eq!(upward.stopped_day, "2026-03-03", "{upward:?}");
    assert!(upward.last_error.contains("is damaged: at 9"), "{upward:?}");
    assert!(resent(&county).await.is_some());
    rounds(&mut pusher, &clock).await;
    assert_eq!(city.kept(COUNTY, "intake").await, sent, "right above, too");
    assert_eq!(of_intakes(&pusher).await.reconciled_through, "2026-03-03");
}

#[tokio::test]
async fn p10_a_day_is_sent_again_although_an_answer_is_lost_or_half_of_it_is_kept() {
    for (accepted, mood) in
        [(0, Mood::Lose), (1, Mood::Lose), (1, Mood::Half), (1, Mood::Garbage), (0, Mood::Reject)]
    {
        let clock = clock();
        let (county, city) = (Node::new(COUNTY, &clock).await, Node::new(CITY, &clock).await);
        let mut pusher = county.pusher(&city);
        tell(&county).await;
        pusher.round().await;
        let sent = county.kept("", "intake").await;
        let damage = "DELETE FROM exchange_fact WHERE position IN (2, 6) AND producer = 'intake'";
        city.publication.store.write().execute_unprepared(damage).await.unwrap();
        city.twin.then(&[Mood::Accept].repeat(accepted));
        city.twin.then(&[mood]);
        pass(&clock, DAY);
        // A second process that thinks it is the only one does the same at once.
        let mut second = county.pusher(&city);
        tokio::join!(rounds(&mut pusher, &clock), second.round());
        pass(&clock, 300);
        rounds(&mut second, &clock).await;
        assert!(city.twin.is_calm());
        assert_eq!(city.kept(COUNTY, "intake").await, sent, "{accepted} {mood:?}");
        let upward = of_intakes(&pusher).await;
        let days = (upward.reconciled_through.as_str(), upward.stopped_day.as_str());
        assert_eq!(days, ("2026-03-02", ""), "{accepted} {mood:?}: {upward:?}");
    }
}

#[tokio::test]
async fn p10_what_is_lost_on_the_way_up_is_brought_again_from_below_when_a_person_says_so() {
    let clock = clock();
    let (county, city) = (Node::new(COUNTY, &clock).await, Node::new(CITY, &clock).await);
    let province = Node::new("650000", &clock).await;
    province.twin.then(&[Mood::Away(jiff::SignedDuration::from_hours(1))]);
    let (mut up, mut further) = (county.pusher(&city), city.pusher(&province));
    tell(&county).await;
    up.round().await;
    further.round().await;
    let lost = "DELETE FROM exchange_fact WHERE position = 3 AND producer = 'intake'";
    let store = &city.publication.store;
    store.write().execute_unprepared(lost).await.unwrap();
    pass(&clock, 2 * 3_600);
    rounds(&mut further, &clock).await;
    let upward = of_intakes(&further).await;
    assert!(upward.last_error.contains("has lost its fact 3"), "{upward:?}");
    assert!(province.kept(COUNTY, "intake").await.is_empty());
    assert_eq!(province.kept(COUNTY, "ticketing").await.len(), 4);
    let decided = resend(store, COUNTY, "intake", clock.now()).await.unwrap();
    assert_eq!(decided, Some(date(2026, 3, 2)));
    tell(&county).await;
    rounds(&mut up, &clock).await;
    rounds(&mut further, &clock).await;
    let sent = county.kept("", "intake").await;
    assert_eq!(sent.len(), 14);
    assert_eq!(province.kept(COUNTY, "intake").await, sent);
    assert!(store.troubles().now().is_empty());
}

#[tokio::test]
async fn p10_facts_that_reach_a_compared_day_later_have_it_compared_again() {
    let clock = clock();
    let county = Node::new(COUNTY, &clock).await;
    let odd = Odd::default();
    let address = serve(odd.clone()).await;
    let mut pusher = Pusher::new(county.reporting_to(address, "any")).unwrap();
    tell(&county).await;
    pusher.round().await;
    pass(&clock, DAY);
    rounds(&mut pusher, &clock).await;
    assert_eq!(of_intakes(&pusher).await.reconciled_through, "2026-03-02");
    assert_eq!(odd.ways().summed, 1);
    // A clock was wrong: facts of yesterday come today.
    let right = clock.now();
    pass(&clock, -DAY);
    county.tell(&county.intake, of_intake(COUNTY)).await;
    clock.set(right);
    rounds(&mut pusher, &clock).await;
    assert_eq!(odd.ways().summed, 2);
    // Its backup of yesterday was restored above.
    odd.memory.lose(2);
    pass(&clock, DAY);
    county.tell(&county.intake, of_intake(COUNTY)).await;
    rounds(&mut pusher, &clock).await;
    assert_eq!((odd.ways().summed, odd.memory.kept()[0].2), (3, 21));
    assert_eq!(of_intakes(&pusher).await.reconciled_through, "2026-03-02");
    assert_eq!(odd.ways().withdrawals, 0);
    pass(&clock, DAY);
    rounds(&mut pusher, &clock).await;
    assert_eq!(of_intakes(&pusher).await.reconciled_through, "2026-03-04");
    assert_eq!(odd.ways().summed, 4);
    // Intake went back to a copy that has half of that day, and an operator reconciled publication with it.
    let store = &county.publication.store;
    let txn = store.begin().await.unwrap();
    let key = LaneKey::own("intake");
    let gone = exchange::take_back(&txn, &key, 17, clock.now()).await.unwrap();
    txn.commit().await.unwrap();
    let back = "DELETE FROM fact WHERE position > 17; UPDATE fact_counter SET position = 17";
    county.intake.write().execute_unprepared(back).await.unwrap();
    county.tell(&county.intake, of_intake(COUNTY)).await;
    rounds(&mut pusher, &clock).await;
    assert_eq!((gone, odd.ways().withdrawals, odd.memory.kept()[0].2), (4, 1, 24));
    assert_eq!(of_intakes(&pusher).await.reconciled_through, "2026-03-04");
    assert_eq!(odd.ways().summed, 5);
}
