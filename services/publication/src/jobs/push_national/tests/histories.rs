//! What becomes of the queue when a service's history ends: a failover to an older copy, a restored backup.

use domain::exchange::Kind as Record;
use proto::{
    fact::v1::{RatingExcluded, fact::Body},
    r#type::v1::Level,
};

use super::{
    super::testing::{Place, order, value, values},
    place, rounds,
};
use crate::{app::exchange::twin::Mood, store::exchange::testing::follow};

#[tokio::test]
async fn p10_nothing_is_told_that_is_not_applied_here_and_what_is_lost_before_stops_nothing() {
    let place = place("national").await;
    let store = &place.fixture.publication.store;
    let (_, bodies) = place.case("K-1");
    place.write(&place.intake, bodies).await;
    rounds(&place, 2).await;
    assert_eq!((place.twin.requests(), place.state().await.waiting), (0, 0), "not applied yet");
    follow(store, &place.intake).await;
    rounds(&place, 1).await;
    assert_eq!(place.twin.taken().len(), 1);
    // Written, never applied here, and lost: nobody has anything to take back.
    let (_, bodies) = place.case("K-lost");
    place.write(&place.intake, bodies).await;
    rounds(&place, 1).await;
    assert_eq!(place.lose(&place.intake, 2).await, "");
    for number in ["K-2", "K-3"] {
        let (_, bodies) = place.case(number);
        place.tell(&place.intake, bodies).await;
        rounds(&place, 1).await;
    }
    assert_eq!(values(&place.twin.taken(), Record::Case, "projectNo"), ["K-1", "K-2", "K-3"]);
    assert!(store.troubles().now().is_empty(), "{:?}", store.troubles().now());
}

#[tokio::test]
async fn p10_after_a_history_ended_the_queue_goes_on_by_itself() {
    let place = place("shandong").await;
    let (act, mut bodies) = place.case("K-1");
    bodies.push(Body::RatingSubmitted(place.rating(&act, Level::Satisfied)));
    place.tell(&place.intake, bodies).await;
    rounds(&place, 1).await;
    // Collected while the platform cannot be reached at all, and then lost.
    place.twin.then(&[Mood::Away(jiff::SignedDuration::from_secs(300))]);
    let (act, mut bodies) = place.case("K-lost");
    bodies.push(Body::RatingSubmitted(place.rating(&act, Level::Dissatisfied)));
    place.tell(&place.intake, bodies).await;
    place.pusher().round().await;
    assert_eq!(place.state().await.waiting, 2);
    place.pass(400);
    place.lose(&place.intake, 3).await;
    let (act, mut bodies) = place.case("K-2");
    bodies.push(Body::RatingSubmitted(place.rating(&act, Level::VerySatisfied)));
    place.tell(&place.intake, bodies).await;
    rounds(&place, 3).await;
    assert_eq!(values(&place.twin.taken(), Record::Rating, "projectNo"), ["37K-1", "37K-2"]);
    let state = place.state().await;
    assert_eq!((state.waiting, state.last_error.as_str()), (0, ""), "{state:?}");
    let troubles = place.fixture.publication.store.troubles().now();
    assert!(troubles.is_empty(), "{troubles:?}");
}

#[tokio::test]
async fn p10_after_a_history_ended_no_number_is_given_twice_and_none_is_left_out() {
    // Whether the second service was told, its answer was lost, or it was not sent.
    for (mood, told, number) in
        [(Some(Mood::Accept), true, "3"), (Some(Mood::Lose), true, "3"), (None, false, "2")]
    {
        let place = place("national").await;
        let (act, bodies) = place.case("K-1");
        place.tell(&place.intake, bodies).await;
        rounds(&place, 1).await;
        let (_, second) = place.another(&act);
        place.tell(&place.intake, vec![second]).await;
        match mood {
            Some(mood) => {
                place.twin.then(&[mood]);
                place.pusher().round().await;
            }
            None => place.pusher().collect_all().await.unwrap(),
        }
        assert_eq!(place.twin.taken().len(), if told { 2 } else { 1 }, "{mood:?}");
        let words = place.lose(&place.intake, 2).await;
        assert_eq!(words.contains("1 records are not told"), !told, "{words}");
        let (third, invited) = place.another(&act);
        let rating = Body::RatingSubmitted(place.rating(&third, Level::Satisfied));
        place.tell(&place.intake, vec![invited, rating]).await;
        place.pass(60);
        rounds(&place, 2).await;
        let rated: Vec<_> = order(&place.twin.taken())
            .into_iter()
            .filter(|(kind, ..)| *kind == Record::Rating)
            .map(|(_, project, service, rating)| (project, service, rating))
            .collect();
        let expected = ("K-1".to_owned(), number.to_owned(), "1".to_owned());
        assert_eq!(rated, [expected], "{mood:?}");
        let state = place.state().await;
        assert_eq!((state.waiting, state.withdrawn), (0, u64::from(told)), "{state:?}");
    }
}

#[tokio::test]
async fn p10_a_case_that_is_in_no_history_any_more_keeps_the_numbers_that_were_told() {
    let place = place("beijing").await;
    let (act, mut bodies) = place.case("K-1");
    let (_, before) = place.case("K-before");
    place.tell(&place.intake, before).await;
    let first = place.rating(&act, Level::Satisfied);
    bodies.push(Body::RatingSubmitted(first));
    place.tell(&place.intake, bodies.clone()).await;
    rounds(&place, 1).await;
    let words = place.lose(&place.intake, 2).await;
    assert!(words.contains("2 records that the national platform has"), "{words}");
    let state = place.state().await;
    assert_eq!((state.withdrawn, state.levels[1].kept), (2, 0), "{state:?}");
    assert!(!state.withdrawn_examples[0].words.is_empty(), "its receipt stays: {state:?}");
    // The business system reports the case again, with another act; and rates it.
    let (second, invited) = place.another(&act);
    let submitted = bodies.remove(0);
    let rating = Body::RatingSubmitted(place.rating(&second, Level::Satisfied));
    place.tell(&place.intake, vec![submitted, invited, rating]).await;
    // And the first act's own rating is another one now: its number is taken, too.
    let again = Body::RatingSubmitted(place.rating(&act, Level::Dissatisfied));
    place.tell(&place.intake, vec![again]).await;
    rounds(&place, 3).await;
    let taken = place.twin.taken();
    assert_eq!(values(&taken, Record::Case, "serviceNumber"), ["1", "1", "2"]);
    let of: Vec<_> = order(&taken)
        .into_iter()
        .filter(|(kind, project, ..)| *kind == Record::Rating && project == "K-1")
        .map(|(_, _, service, rating)| format!("{service}.{rating}"))
        .collect();
    assert!(of.len() == 3 && of[0] == "1.1", "{of:?}");
    assert!(of.contains(&"2.1".to_owned()) && of.contains(&"1.2".to_owned()), "{of:?}");
}

#[tokio::test]
async fn p10_a_told_rating_that_ended_counts_no_more_there_and_again_if_it_is_back() {
    let place = place("national").await;
    let (act, mut bodies) = place.case("K-1");
    let rating = place.rating(&act, Level::Satisfied);
    bodies.push(Body::RatingSubmitted(rating.clone()));
    place.tell(&place.intake, bodies.clone()).await;
    rounds(&place, 1).await;
    let counts = |place: &Place| values(&place.twin.taken(), Record::Correction, "effectivEvalua");
    place.lose(&place.intake, 2).await;
    rounds(&place, 2).await;
    assert_eq!(counts(&place), ["0"]);
    assert_eq!(place.state().await.levels[1].receipted, 0);
    // The same fact comes again: the last place that both have was further back than need be.
    place.tell(&place.intake, vec![Body::RatingSubmitted(rating.clone())]).await;
    rounds(&place, 2).await;
    assert_eq!(counts(&place), ["0", "1"]);
    let state = place.state().await;
    let of_level = (state.levels[1].kept, state.levels[1].receipted);
    assert_eq!((of_level, state.withdrawn, state.waiting), ((1, 1), 0, 0), "{state:?}");
    assert_eq!(place.twin.levels(), [0, 1, 0, 0, 0], "told once");
    // Excluded, which is told, and that ends: it counts.
    let id = rating.rating_id.clone();
    let mut of_ticket = place.answered(&[&rating]);
    let excluded = RatingExcluded { rating_id: id, ..RatingExcluded::default() };
    of_ticket.push(Body::RatingExcluded(excluded));
    place.tell(&place.ticketing, of_ticket).await;
    rounds(&place, 1).await;
    assert_eq!(counts(&place), ["0", "1", "0"]);
    let words = place.lose(&place.ticketing, 1).await;
    assert!(words.contains("2 records that the national platform has"), "{words}");
    rounds(&place, 2).await;
    assert_eq!(counts(&place), ["0", "1", "0", "1"]);
    let taken = place.twin.taken();
    let (_, last) = taken.last().unwrap();
    assert!(last.iter().any(|(name, value)| name == "rectification" && value.is_empty()));
    assert_eq!(value(last, "flag"), "U");
    assert_eq!(place.state().await.withdrawn, 2, "they stay on record");
}

#[tokio::test]
async fn p10_a_rating_whose_answer_was_lost_is_amended_or_was_never_there() {
    for (mood, there) in [(Mood::Lose, true), (Mood::Garbage, false)] {
        let place = place("national").await;
        let (act, bodies) = place.case("K-1");
        place.tell(&place.intake, bodies).await;
        rounds(&place, 1).await;
        let rating = Body::RatingSubmitted(place.rating(&act, Level::Satisfied));
        place.tell(&place.intake, vec![rating.clone()]).await;
        place.twin.then(&[mood]);
        place.pusher().round().await;
        place.lose(&place.intake, 2).await;
        place.pass(60);
        rounds(&place, 2).await;
        let counts = values(&place.twin.taken(), Record::Correction, "effectivEvalua");
        assert_eq!(counts, if there { &["0"][..] } else { &[] }, "{mood:?}");
        let state = place.state().await;
        assert_eq!((state.waiting, state.held.len()), (0, 0), "{state:?}");
        // It is back: told until an answer comes, and it counts.
        place.tell(&place.intake, vec![rating]).await;
        rounds(&place, 3).await;
        let state = place.state().await;
        assert_eq!((state.waiting, state.levels[1].receipted), (0, 1), "{mood:?} {state:?}");
        assert_eq!(place.twin.levels(), [0, 1, 0, 0, 0], "{mood:?}");
        let counts = values(&place.twin.taken(), Record::Correction, "effectivEvalua");
        assert_eq!(counts.last().map(String::as_str), Some("1"), "{mood:?}");
    }
}

#[tokio::test]
async fn p10_a_correction_whose_rating_ended_untold_is_shown_and_is_no_lag() {
    let place = place("national").await;
    let (act, mut bodies) = place.case("K-1");
    let rating = place.rating(&act, Level::VeryDissatisfied);
    bodies.push(Body::RatingSubmitted(rating.clone()));
    place.tell(&place.intake, bodies).await;
    let mut of_ticket = place.answered(&[&rating]);
    let rating_id = rating.rating_id.clone();
    of_ticket.push(Body::RatingExcluded(RatingExcluded { rating_id, ..Default::default() }));
    place.tell(&place.ticketing, of_ticket).await;
    place.pusher().collect_all().await.unwrap();
    place.lose(&place.intake, 2).await;
    place.pass(60);
    rounds(&place, 2).await;
    let state = place.state().await;
    let held: Vec<_> = state.held.iter().map(|one| (one.reason.as_str(), one.count)).collect();
    assert_eq!((held, state.waiting), (vec![("RATING_NOT_KNOWN", 2)], 2));
    assert_eq!(state.behind_seconds, 0);
    // It comes again after all.
    place.tell(&place.intake, vec![Body::RatingSubmitted(rating)]).await;
    rounds(&place, 2).await;
    let state = place.state().await;
    assert_eq!((state.waiting, state.held.len()), (0, 0), "{state:?}");
    let told = values(&place.twin.taken(), Record::Correction, "rectification");
    assert_eq!(told, ["情况清楚、诉求合理，已整改并向评价人反馈"]);
}
