//! The platform, and the machines on the way, at their worst: receipts of others, numbers twice, a platform that
//! accepts and forgets, clocks that are wrong, two replicas at once, a process that dies after it sent.

use domain::exchange::{Dialect, Kind as Record};
use jiff::{SignedDuration, Timestamp};
use platform::{convert::to_wire, lease::LEASE};
use proto::{
    fact::v1::{RatingTextReviewed, fact::Body},
    r#type::v1::{Channel as Way, Level, Origin},
};
use tokio::time::Duration;

use super::{
    super::testing::{Place, order, value, values},
    place, rated, rounds,
};
use crate::app::exchange::twin::Mood;

#[tokio::test]
async fn p10_a_number_that_the_platform_gives_a_service_is_the_one_its_ratings_name() {
    let place = place("beijing").await;
    place.twin.number_after(6);
    let (act, mut bodies) = place.case("K-1");
    let rating = place.rating(&act, Level::VeryDissatisfied);
    bodies.push(Body::RatingSubmitted(rating.clone()));
    let (second, invited) = place.another(&act);
    bodies.extend([invited, Body::RatingSubmitted(place.rating(&second, Level::Satisfied))]);
    // The answer with the number is lost the first time.
    place.twin.then(&[Mood::Lose]);
    place.tell(&place.intake, bodies).await;
    place.tell(&place.ticketing, place.answered(&[&rating])).await;
    rounds(&place, 4).await;
    let taken = place.twin.taken();
    assert_eq!(values(&taken, Record::Case, "serviceNumber"), ["1", "2"], "as we number them");
    let mut rated = values(&taken, Record::Rating, "serviceNumber");
    rated.sort();
    assert_eq!(rated, ["7", "8"], "as it numbers them");
    assert_eq!(values(&taken, Record::Correction, "serviceNumber"), ["7"]);
    let state = place.state().await;
    assert_eq!((state.waiting, state.held.len()), (0, 0), "{state:?}");
}

#[tokio::test]
async fn p10_a_number_or_a_name_of_another_service_is_not_believed() {
    for (dialect, name, number) in [("beijing", "S-1", 1), ("fujian", "S-1", 0)] {
        let place = place(dialect).await;
        place.twin.confuse(name, number);
        let (act, mut bodies) = place.case("K-1");
        let (second, invited) = place.another(&act);
        bodies.push(invited);
        for act in [&act, &second] {
            bodies.push(Body::RatingSubmitted(place.rating(act, Level::Satisfied)));
        }
        place.tell(&place.intake, bodies).await;
        rounds(&place, 1).await;
        let state = place.state().await;
        let held: Vec<_> = state.held.iter().map(|one| (one.reason.as_str(), one.count)).collect();
        assert_eq!(held, [("PLATFORM_FAILED", 1)], "{dialect}");
        assert!(state.held[0].examples[0].words.contains("another service's"), "{state:?}");
        assert!(state.behind_seconds > 0, "it is tried again, and is lag");
    }
}

#[tokio::test]
async fn p10_what_a_platform_accepts_and_forgets_is_told_again_when_it_says_so() {
    let place = place("shandong").await;
    let (act, mut bodies) = place.case("K-1");
    let rating = place.rating(&act, Level::VeryDissatisfied);
    bodies.push(Body::RatingSubmitted(rating.clone()));
    place.tell(&place.intake, bodies).await;
    rounds(&place, 1).await;
    assert_eq!(place.twin.taken().len(), 2);
    place.twin.lose();
    place.tell(&place.ticketing, place.answered(&[&rating])).await;
    rounds(&place, 20).await;
    let told: Vec<_> = order(&place.twin.taken()).into_iter().map(|(kind, ..)| kind).collect();
    assert_eq!(told, [Record::Case, Record::Rating, Record::Correction]);
    let state = place.state().await;
    let of_level = (state.levels[4].kept, state.levels[4].receipted);
    assert_eq!((state.waiting, of_level), (0, (1, 1)), "told twice, counted once: {state:?}");
}

#[tokio::test]
async fn p10_a_fact_of_a_clock_that_was_an_hour_ahead_is_told_at_once() {
    let place = place("national").await;
    let now = place.clock().now();
    let bodies = rated(&place, "K-1", Level::Satisfied);
    place.clock().set(now + SignedDuration::from_hours(1));
    place.tell(&place.intake, bodies).await;
    // It took the lease then, too, and failed once.
    place.twin.then(&[Mood::Garbage]);
    let mut ahead = place.pusher();
    ahead.round().await;
    place.clock().set(now + SignedDuration::from_secs(2));
    rounds(&place, 2).await;
    assert_eq!(place.twin.levels(), [0, 1, 0, 0, 0], "{:?}", place.state().await);
    ahead.round().await;
    assert_eq!(place.state().await.waiting, 0);
}

#[tokio::test]
async fn p10_two_replicas_that_both_report_have_each_record_there_once() {
    let place = place("fujian").await;
    for n in 0..6 {
        let bodies = rated(&place, &format!("K-{n}"), Level::Satisfied);
        place.tell(&place.intake, bodies).await;
    }
    let (mut slow, mut second) = (place.pusher(), place.pusher());
    // The first one's platform is slow, so long that its lease runs out.
    place.twin.then(&[Mood::Delay(Duration::from_millis(300)); 6]);
    let asked = place.twin.clone();
    let other = async {
        while asked.requests() < 6 {
            tokio::task::yield_now().await;
        }
        place.clock().set(place.clock().now() + LEASE + SignedDuration::from_secs(1));
        second.round().await;
    };
    tokio::join!(slow.round(), other);
    rounds(&place, 2).await;
    assert_eq!(place.twin.levels(), [0, 6, 0, 0, 0]);
    let state = place.state().await;
    let of_level = (state.levels[1].kept, state.levels[1].receipted);
    assert_eq!((state.waiting, of_level, state.held.len()), (0, (6, 6), 0), "{state:?}");
}

#[tokio::test]
async fn p10_killed_after_it_sent_a_process_leaves_nothing_that_counts_as_untold() {
    let place = place("national").await;
    let (act, bodies) = place.case("K-1");
    place.tell(&place.intake, bodies).await;
    place.twin.then(&[Mood::Delay(Duration::from_secs(3_600))]);
    let mut killed = place.pusher();
    tokio::select! {
        () = killed.round() => panic!("it waits for an answer"),
        () = async {
            while place.twin.requests() == 0 {
                tokio::task::yield_now().await;
            }
        } => {}
    }
    drop(killed);
    let words = place.lose(&place.intake, 1).await;
    assert!(words.contains("1 records that the national platform has"), "{words}");
    let (_, invited) = place.another(&act);
    place.tell(&place.intake, vec![invited]).await;
    place.pass(60);
    rounds(&place, 2).await;
    assert_eq!(values(&place.twin.taken(), Record::Case, "serviceNumber"), ["2"]);
}

#[tokio::test]
async fn p10_each_state_of_a_review_is_told_as_the_interface_describes_it() {
    // With a review of 15 days, and without one.
    for (profile, first, reviewed) in [("guangxi-2019", "3", true), ("changji-2020", "1", false)] {
        let place = Place::under(profile, Dialect::named("national").unwrap()).await;
        let policy = place.fixture.publication.reference.now();
        let policy = policy.profile_on("652301", domain::deadline::day_of(place.clock().now()));
        let policy = policy.unwrap().policy();
        let (mut act, bodies) = place.case("K-1");
        act.policy.clone_from(&policy);
        place.tell(&place.intake, bodies).await;
        let rate = async |level, origin: Origin| {
            let mut act = act.clone();
            act.act_id = place.clock().new_id().to_string();
            let mut rating = place.rating(&act, level);
            rating.origin = origin.into();
            rating.has_text = true;
            let rating_id = rating.rating_id.clone();
            place.tell(&place.intake, vec![Body::RatingSubmitted(rating)]).await;
            rounds(&place, 2).await;
            let taken = place.twin.taken();
            let (_, fields) = taken.last().unwrap();
            (rating_id, value(fields, "appStatus").to_owned())
        };
        let (rating_id, status) = rate(Level::VeryDissatisfied, Origin::Active).await;
        assert_eq!(status, first, "{profile}: a text that nobody reviewed yet");
        assert_eq!(rate(Level::Satisfied, Origin::Active).await.1, "1", "{profile}: needs none");
        assert_eq!(rate(Level::Dissatisfied, Origin::Imported).await.1, "1", "{profile}: nor this");
        if reviewed {
            for (accepted, by_silence) in [(true, false), (true, true), (false, false)] {
                let rating_id = rating_id.clone();
                let review = RatingTextReviewed { rating_id, accepted, by_silence, at: None };
                place.tell(&place.ticketing, vec![Body::RatingTextReviewed(review)]).await;
            }
            rounds(&place, 3).await;
            let told = values(&place.twin.taken(), Record::Correction, "appStatus");
            assert!(!told.is_empty() && told.iter().all(|status| status == "2"), "{told:?}");
            // The decision is in no history any more: it is not reviewed.
            place.lose(&place.ticketing, 0).await;
            rounds(&place, 2).await;
            let told = values(&place.twin.taken(), Record::Correction, "appStatus");
            assert_eq!(told.last().map(String::as_str), Some("3"));
        }
        assert_eq!(place.state().await.held.len(), 0);
    }
}

#[tokio::test]
async fn p10_the_time_of_acceptance_is_the_cases_own_and_else_that_of_its_fact() {
    let place = place("national").await;
    let recorded = place.clock().now();
    let accepted: Timestamp = "2026-02-27T02:30:00Z".parse().unwrap();
    for (number, accepted_at) in [
        ("K-own", Some(accepted)),
        ("K-older", None),
        ("K-ahead", Some(recorded + SignedDuration::from_hours(1))),
    ] {
        let (_, mut bodies) = place.case(number);
        let Body::CaseSubmitted(case) = &mut bodies[0] else { panic!("{bodies:?}") };
        case.accepted_at = accepted_at.map(to_wire);
        place.tell(&place.intake, bodies).await;
    }
    rounds(&place, 2).await;
    let taken = place.twin.taken();
    let field = |(_, fields): &(Record, _), name| value(fields, name).to_owned();
    let mut told: Vec<_> =
        taken.iter().map(|one| (field(one, "projectNo"), field(one, "acceptDate"))).collect();
    told.sort();
    let told: Vec<_> = told.iter().map(|(number, at)| (number.as_str(), at.as_str())).collect();
    let then = "2026-03-02 09:00:00";
    assert_eq!(told, [("K-ahead", then), ("K-older", then), ("K-own", "2026-02-27 10:30:00")]);
}

#[tokio::test]
async fn p10_paper_ratings_have_no_code_anywhere_are_counted_with_the_reason_and_block_nobody() {
    for name in Dialect::shipped() {
        let place = place(name).await;
        for n in 0..3 {
            let (act, mut bodies) = place.case(&format!("K-{n}"));
            let paper = place.rating(&act, Level::VerySatisfied);
            let paper = proto::fact::v1::RatingSubmitted {
                channel: Way::Paper.into(),
                origin: Origin::Paper.into(),
                ..paper
            };
            bodies.push(Body::RatingSubmitted(paper));
            bodies.push(Body::RatingSubmitted(place.rating(&act, Level::Satisfied)));
            place.tell(&place.intake, bodies).await;
        }
        rounds(&place, 3).await;
        assert_eq!(place.twin.levels(), [0, 3, 0, 0, 0], "{name}");
        let state = place.state().await;
        let [held] = state.held.as_slice() else { panic!("{name}: {state:?}") };
        assert_eq!((held.reason.as_str(), held.count), ("NO_EXACT_CODE", 3), "{name}");
        assert!(held.examples[0].words.contains("no code for Paper"), "{name}: {held:?}");
        assert!(held.behind_seconds >= 1_200, "{name}: {held:?}");
        let best = state.levels[0];
        assert_eq!((best.kept, best.waiting, best.held, best.behind_seconds), (3, 3, 3, 0));
        assert_eq!(state.behind_seconds, 0, "{name}");
    }
}
