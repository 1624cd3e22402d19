//! One installation against a platform of every mood and dialect.

mod attacks;
mod histories;
mod losses;

use std::collections::BTreeMap;

use domain::{
    exchange::{Dialect, Kind as Record},
    source::Source,
};
use platform::facts::consume::Consumer as _;
use proto::{
    fact::v1::{RatingExcluded, RatingReinstated, RatingSubmitted, RatingTextReviewed, fact::Body},
    r#type::v1::{Channel as Way, Level, Origin, ServiceAct},
};
use sea_orm::ConnectionTrait as _;
use tonic::transport::Endpoint;

use super::{
    testing::{LEVELS, Place, order, value},
    *,
};
use crate::{app::exchange::twin::Mood, facts::Facts};

async fn place(dialect: &str) -> Place {
    Place::new(Dialect::named(dialect).unwrap()).await
}

/// Looks some times, with enough time between that whatever rests is tried again.
async fn rounds(place: &Place, many: usize) {
    let mut pusher = place.pusher();
    for _ in 0..many {
        pusher.round().await;
        place.pass(400);
    }
}

/// Facts of a case that is rated.
fn rated(place: &Place, number: &str, level: Level) -> Vec<Body> {
    let (act, mut bodies) = place.case(number);
    bodies.push(Body::RatingSubmitted(place.rating(&act, level)));
    bodies
}

fn own(text: &str) -> Dialect {
    Dialect::parse(Source { file: "own.toml", text }).unwrap()
}

/// A case with a rating; a negative one is answered, excluded and reinstated, and rated once more.
async fn live_through(place: &Place, number: &str, level: Level) {
    let (act, mut bodies) = place.case(number);
    let rating = place.rating(&act, level);
    let rating_id = rating.rating_id.clone();
    bodies.push(Body::RatingSubmitted(rating.clone()));
    place.tell(&place.intake, bodies).await;
    if level != Level::VeryDissatisfied {
        return;
    }
    let mut of_ticket = place.answered(&[&rating]);
    let excluded = RatingExcluded { rating_id: rating_id.clone(), ..RatingExcluded::default() };
    let reinstated = RatingReinstated { rating_id, ..RatingReinstated::default() };
    of_ticket.push(Body::RatingExcluded(excluded));
    of_ticket.push(Body::RatingReinstated(reinstated));
    place.tell(&place.ticketing, of_ticket).await;
    let better = place.rating(&act, Level::BasicallySatisfied);
    place.tell(&place.intake, vec![Body::RatingSubmitted(better)]).await;
}

#[tokio::test]
async fn p10_the_platform_has_each_record_once_and_in_order_after_every_mood_and_restarts() {
    let place = place("shandong").await;
    let delay = Mood::Delay(Duration::from_millis(5));
    place.twin.then(&[Mood::Twice, Mood::Lose, Mood::Garbage, Mood::Half, Mood::Reject, delay]);
    place.twin.then(&[Mood::Accept, Mood::Lose, Mood::Away(SignedDuration::from_hours(1))]);
    place.twin.then(&[Mood::Half, Mood::Twice, Mood::Lose, Mood::Reject, Mood::Garbage]);
    let (mut pusher, mut waited) = (place.pusher(), 0);
    for minute in 0..120_usize {
        if minute < 25 {
            live_through(&place, &format!("K-{minute}"), LEVELS[minute % 5]).await;
        }
        if minute % 20 == 0 {
            // Killed and started anew, twice at once; the lease of the one before has run out.
            pusher = place.pusher();
            let mut second = place.pusher();
            tokio::join!(pusher.round(), second.round());
        }
        pusher.round().await;
        waited = waited.max(place.state().await.behind_seconds);
        place.pass(60);
    }
    assert!(place.twin.is_calm(), "every mood was met");
    assert!((3_500..5_400).contains(&waited), "the outage is seen as lag: {waited} s");
    let taken = place.twin.taken();
    let of = |kind| taken.iter().filter(|(own, _)| *own == kind).count();
    assert_eq!([Record::Case, Record::Rating, Record::Correction].map(of), [25, 30, 15]);
    assert_eq!(place.twin.levels(), [5, 5, 10, 5, 5]);
    // Each once, and each case's in order.
    let mut cases: BTreeMap<String, Vec<(Record, String)>> = BTreeMap::new();
    for (kind, project, service, rating) in order(&taken) {
        assert_eq!(service, "1");
        cases.entry(project).or_default().push((kind, rating));
    }
    assert_eq!(cases.len(), 25);
    let seen = |kind, rating: &str| (kind, rating.to_owned());
    for minute in 0..25 {
        let told = cases.remove(&format!("37K-{minute}")).unwrap();
        let mut expected = vec![seen(Record::Case, ""), seen(Record::Rating, "1")];
        if LEVELS[minute % 5] == Level::VeryDissatisfied {
            assert!(told[2..].contains(&seen(Record::Rating, "2")), "{told:?}");
            expected.extend([seen(Record::Correction, "1"), seen(Record::Correction, "1")]);
            expected.push(seen(Record::Correction, "1"));
            let first: Vec<_> = told.iter().filter(|(_, rating)| rating != "2").cloned().collect();
            assert_eq!(first, expected);
        } else {
            assert_eq!(told, expected);
        }
    }
    let corrections = taken.iter().filter(|(kind, _)| *kind == Record::Correction);
    let corrections: Vec<_> = corrections.map(|(_, fields)| fields).collect();
    let told = |name: &str, text: &str| {
        corrections.iter().filter(|fields| value(fields, name) == text).count()
    };
    assert_eq!(told("rectification", "情况清楚、诉求合理，已整改并向评价人反馈"), 5);
    assert_eq!((told("effectivEvalua", "0"), told("effectivEvalua", "1")), (5, 5));
    let state = place.state().await;
    assert_eq!((state.waiting, state.behind_seconds, state.held.len()), (0, 0, 0), "{state:?}");
    assert_eq!((state.dialect.as_str(), state.last_error.as_str()), ("shandong", ""));
    assert!(state.receipted_at.is_some());
    let counts: Vec<_> = state.levels.iter().map(|one| (one.kept, one.receipted)).collect();
    assert_eq!(counts, [(5, 5), (5, 5), (10, 10), (5, 5), (5, 5)]);
}

#[tokio::test]
async fn p10_every_dialect_takes_all_five_levels_by_the_same_way() {
    for name in Dialect::shipped() {
        let place = place(name).await;
        for (n, level) in LEVELS.into_iter().enumerate() {
            live_through(&place, &format!("K-{n}"), level).await;
        }
        let mut pusher = place.pusher();
        for _ in 0..5 {
            pusher.round().await;
            place.pass(1);
        }
        let state = place.state().await;
        assert_eq!((state.waiting, state.last_error.as_str()), (0, ""), "{name}: {state:?}");
        assert_eq!(place.twin.levels(), [1, 1, 2, 1, 1], "{name}");
        let kinds = place.twin.taken().len();
        assert_eq!(kinds, if name == "fujian" { 6 } else { 5 + 6 + 3 }, "{name}");
    }
}

#[tokio::test]
async fn p10_what_cannot_be_told_is_held_back_shown_and_holds_up_its_own_case_alone() {
    let mut place = place("national").await;
    let paper = |rating: RatingSubmitted| RatingSubmitted {
        channel: Way::Paper.into(),
        origin: Origin::Paper.into(),
        ..rating
    };
    let (act, mut bodies) = place.case("K-paper");
    let on_paper = paper(place.rating(&act, Level::Dissatisfied));
    let review = RatingTextReviewed { rating_id: on_paper.rating_id.clone(), ..Default::default() };
    bodies.push(Body::RatingSubmitted(on_paper.clone()));
    place.tell(&place.intake, bodies).await;
    place.tell(&place.ticketing, vec![Body::RatingTextReviewed(review)]).await;
    let (act, mut bodies) = place.case("K-untagged");
    let untagged = place.rating(&act, Level::VeryDissatisfied);
    let untagged = RatingSubmitted { tag_codes: Vec::new(), has_text: true, ..untagged };
    bodies.push(Body::RatingSubmitted(untagged));
    place.tell(&place.intake, bodies).await;
    live_through(&place, "K-other", Level::Satisfied).await;
    let mut pusher = place.pusher();
    pusher.round().await;
    assert_eq!(place.twin.levels(), [0, 1, 0, 0, 0]);
    assert_eq!(place.twin.taken().len(), 4, "three services and the rating of one");
    let asked = place.twin.requests();
    pusher.round().await;
    assert_eq!(place.twin.requests(), asked, "what is held back is not sent");
    place.pass(90);
    let state = place.state().await;
    let held: Vec<_> = state.held.iter().map(|one| (one.reason.as_str(), one.count)).collect();
    assert_eq!(held, [("NEGATIVE_WITHOUT_TAG", 1), ("NO_EXACT_CODE", 1)]);
    let example = &state.held[1].examples[0];
    assert_eq!(example.rating_id, on_paper.rating_id);
    assert_eq!(example.words, "pf: there is no code for Paper");
    assert_eq!((state.waiting, state.behind_seconds), (3, 0), "held back is no lag: {state:?}");
    assert_eq!(state.held.iter().map(|one| one.behind_seconds).collect::<Vec<_>>(), [90, 90]);
    let of_level = state.levels[3];
    assert_eq!((of_level.kept, of_level.receipted), (1, 0));
    assert_eq!((of_level.waiting, of_level.held, of_level.behind_seconds), (1, 1, 0));
    // The operator's own dialect has codes for both; the process is started anew.
    place.national.dialect =
        own("inherits = 'national'\n[rules]\nnegative_needs_tag = false\n[codes]\n\
         channel = { paper = '5', evaluator = '4' }");
    let mut pusher = place.pusher();
    place.pass(60);
    pusher.round().await;
    let state = place.state().await;
    assert_eq!((state.waiting, state.held.len()), (0, 0), "{state:?}");
    assert_eq!(place.twin.levels(), [0, 1, 0, 1, 1]);
    let taken = place.twin.taken();
    let (kind, last) = taken.last().unwrap();
    assert_eq!((*kind, value(last, "projectNo")), (Record::Correction, "K-paper"));
    assert_eq!(value(last, "appStatus"), "2");
}

#[tokio::test]
async fn p10_what_is_held_back_for_good_holds_up_no_other_of_its_kind() {
    let place = place("national").await;
    let default = |rating: RatingSubmitted| RatingSubmitted {
        channel: Way::System.into(),
        origin: Origin::Default.into(),
        ..rating
    };
    // Known together, or one after the other was held back.
    let (act, mut bodies) = place.case("K-together");
    bodies.push(Body::RatingSubmitted(default(place.rating(&act, Level::VerySatisfied))));
    bodies.push(Body::RatingSubmitted(place.rating(&act, Level::Dissatisfied)));
    let (act, before) = place.case("K-later");
    bodies.extend(before);
    bodies.push(Body::RatingSubmitted(default(place.rating(&act, Level::VerySatisfied))));
    place.tell(&place.intake, bodies).await;
    let mut pusher = place.pusher();
    pusher.round().await;
    let later = Body::RatingSubmitted(place.rating(&act, Level::VeryDissatisfied));
    place.tell(&place.intake, vec![later]).await;
    place.pass(60);
    pusher.round().await;
    assert_eq!(place.twin.levels(), [0, 0, 0, 1, 1], "{:?}", place.state().await);
    let held = place.state().await.held;
    assert_eq!(held.iter().map(|one| one.count).sum::<u64>(), 2, "{held:?}");
}

#[tokio::test]
async fn s01_nothing_of_a_person_is_told_and_a_dialect_that_demands_it_gets_nothing() {
    let demands = "inherits = 'fujian'\nname = 'own'\n[[rating]]\nname = 'serviceNumber'\n\
                   of = 'service_number'\n[[rating]]\nname = 'userName'\nof = 'applicant_name'\n\
                   needed = 'always'";
    let demanding = Place::new(own(demands)).await;
    live_through(&demanding, "K-1", Level::Satisfied).await;
    demanding.pusher().round().await;
    assert_eq!(demanding.twin.requests(), 0);
    let state = demanding.state().await;
    assert_eq!((state.held[0].reason.as_str(), state.held[0].count), ("PERSONAL_DATUM_NEEDED", 1));
    let place = place("national").await;
    live_through(&place, "K-1", Level::Satisfied).await;
    place.pusher().round().await;
    let taken = place.twin.taken();
    assert_eq!(taken.len(), 2);
    for name in ["userName", "userProp", "certKey", "mobile", "writingEvaluation"] {
        assert!(taken.iter().all(|(_, fields)| value(fields, name).is_empty()), "{name}");
    }
}

#[tokio::test]
async fn p10_a_correction_that_is_known_before_its_rating_waits_for_it() {
    let mut place = place("national").await;
    let reachable = place.national.producers.clone();
    place.national.producers[0].1 = Endpoint::from_static("http://127.0.0.1:1").connect_lazy();
    live_through(&place, "K-1", Level::VeryDissatisfied).await;
    place.pusher().round().await;
    let state = place.state().await;
    assert_eq!((state.waiting, place.twin.requests()), (3, 0), "intake cannot be asked");
    place.national.producers = reachable;
    place.pass(60);
    place.pusher().round().await;
    let kinds: Vec<_> = order(&place.twin.taken()).into_iter().map(|(kind, ..)| kind).collect();
    assert_eq!(kinds[..2], [Record::Case, Record::Rating]);
    assert_eq!((kinds.len(), place.state().await.waiting), (6, 0));
}

#[tokio::test]
async fn p10_services_of_a_case_are_numbered_in_order_and_a_third_rating_is_held_back() {
    let place = place("national").await;
    let (act, mut bodies) = place.case("K-1");
    let second = ServiceAct { act_id: place.clock().new_id().to_string(), ..act.clone() };
    let invited = |act: &ServiceAct| {
        Body::RatingInvited(proto::fact::v1::RatingInvited {
            act: Some(act.clone()),
            ..Default::default()
        })
    };
    bodies.push(invited(&second));
    for act in [&second, &act, &second, &second] {
        bodies.push(Body::RatingSubmitted(place.rating(act, Level::Satisfied)));
    }
    place.tell(&place.intake, bodies).await;
    place.pusher().round().await;
    let told = order(&place.twin.taken());
    let told: Vec<_> = told.iter().map(|(_, _, s, r)| format!("{s}{r}")).collect();
    let at = |name: &str| told.iter().position(|one| one == name).unwrap();
    assert!(at("1") < at("2") && at("1") < at("11"), "{told:?}");
    assert!(at("2") < at("21") && at("21") < at("22"), "{told:?}");
    assert_eq!(told.len(), 5);
    let state = place.state().await;
    assert_eq!((state.held[0].reason.as_str(), state.held[0].count), ("TOO_MANY_RATINGS", 1));
}

#[tokio::test]
async fn s07_a_robots_ratings_are_not_told() {
    let place = place("national").await;
    let (act, _) = place.case("K-1");
    let item_code = "Y1000000PY6523035T4002014901000".to_owned();
    let robot = ServiceAct { item_code, ..act };
    let invited = proto::fact::v1::RatingInvited { act: Some(robot.clone()), ..Default::default() };
    let rating = place.rating(&robot, Level::VeryDissatisfied);
    let bodies = vec![Body::RatingInvited(invited), Body::RatingSubmitted(rating)];
    place.tell(&place.intake, bodies).await;
    place.pusher().round().await;
    assert_eq!((place.twin.requests(), place.state().await.waiting), (0, 0));
}

#[tokio::test]
async fn p10_a_history_that_ended_is_taken_back_and_what_the_platform_has_is_named() {
    let place = place("national").await;
    live_through(&place, "K-1", Level::Satisfied).await;
    live_through(&place, "K-2", Level::Dissatisfied).await;
    place.pusher().round().await;
    live_through(&place, "K-3", Level::Dissatisfied).await;
    // K-3 is not told yet, and K-2 is; intake goes back to after K-1.
    let mut pusher = place.pusher();
    place.pass(60);
    pusher.collect_all().await.unwrap();
    let back = "DELETE FROM fact WHERE position > 3; UPDATE fact_counter SET position = 3";
    place.intake.write().execute_unprepared(back).await.unwrap();
    live_through(&place, "K-4", Level::VerySatisfied).await;
    live_through(&place, "K-5", Level::VerySatisfied).await;
    live_through(&place, "K-6", Level::VerySatisfied).await;
    let refused = pusher.collect_all().await.unwrap_err();
    assert!(refused.contains("pingyi reconcile publication"), "{refused}");
    let publication = place.publication();
    let consumer = Facts::new(publication.shell.clone(), publication.reference.clone());
    let txn = publication.store.begin().await.unwrap();
    let words = consumer.forget(&txn, "intake", 3).await.unwrap().words.join("\n");
    txn.commit().await.unwrap();
    assert!(words.contains("2 records are not told"), "{words}");
    assert!(words.contains("2 records that the national platform has"), "{words}");
    place.pass(60);
    pusher.round().await;
    let state = place.state().await;
    let counts: Vec<_> = state.levels.iter().map(|one| (one.kept, one.receipted)).collect();
    assert_eq!(counts, [(3, 3), (1, 1), (0, 0), (0, 0), (0, 0)]);
    assert_eq!(place.twin.levels(), [3, 1, 0, 1, 0], "it keeps what it was told of K-2");
    let taken = place.twin.taken();
    let amended: Vec<_> = taken.iter().filter(|(kind, _)| *kind == Record::Correction).collect();
    let [(_, amended)] = amended.as_slice() else { panic!("{amended:?}") };
    assert_eq!(value(amended, "projectNo"), "K-2");
    assert_eq!(value(amended, "effectivEvalua"), "0", "that it counts no more");
    assert_eq!((state.waiting, state.withdrawn, state.withdrawn_examples.len()), (0, 2, 2));
}
