//! A platform that lost what it took, and says so by letter: nobody can ask it.

use domain::{deadline::day_of, exchange::Kind as Record};
use jiff::civil::Date;
use proto::{
    fact::v1::{RatingExcluded, fact::Body},
    r#type::v1::Level,
};

use super::{
    super::testing::{Place, order, values},
    live_through, place, rated, rounds,
};
use crate::{app::exchange::twin::Mood, resend_national};

fn today(place: &Place) -> Date {
    day_of(place.clock().now())
}

async fn resent(place: &Place, day: Date) -> u64 {
    let publication = place.publication();
    resend_national(&publication.store, (day, day), place.clock().now()).await.unwrap()
}

#[tokio::test]
async fn p10_what_a_platform_took_on_some_days_and_lost_is_told_once_more_in_order_and_counted_once()
 {
    let place = place("shandong").await;
    live_through(&place, "K-1", Level::VeryDissatisfied).await;
    rounds(&place, 6).await;
    let before = place.twin.taken().len();
    place.pass(24 * 3_600);
    let lost_on = today(&place);
    live_through(&place, "K-2", Level::VeryDissatisfied).await;
    live_through(&place, "K-3", Level::Satisfied).await;
    rounds(&place, 6).await;
    let all = order(&place.twin.taken());
    assert_eq!((before, all.len()), (6, 14));
    place.pass(24 * 3_600);
    place.twin.lose();
    assert_eq!(resent(&place, today(&place)).await, 0, "it took nothing today");
    assert_eq!(resent(&place, lost_on).await, 8);
    let state = place.state().await;
    let counted = (state.levels[4].kept, state.levels[4].receipted);
    assert_eq!((state.waiting, counted), (8, (2, 1)), "what is lost has no receipt: {state:?}");
    assert_eq!(resent(&place, lost_on).await, 0, "asked for twice, it is told once");
    rounds(&place, 8).await;
    let again = order(&place.twin.taken());
    for case in ["K-2", "K-3"] {
        let of = |told: &[(Record, String, String, String)]| {
            let own = told.iter().filter(|(_, project, ..)| project.ends_with(case));
            own.cloned().collect::<Vec<_>>()
        };
        assert_eq!(of(&again), of(&all), "{case} in order, and whole");
    }
    assert_eq!(again.len(), 8, "nothing of the days before");
    let state = place.state().await;
    let counted = (state.levels[4].kept, state.levels[4].receipted);
    assert_eq!((state.waiting, counted, state.held.len()), (0, (2, 2), 0), "{state:?}");
}

#[tokio::test]
async fn p10_the_name_of_a_record_that_was_lost_may_be_anothers() {
    let place = place("fujian").await;
    place.twin.confuse("S-1", 0);
    place.tell(&place.intake, rated(&place, "K-1", Level::Satisfied)).await;
    rounds(&place, 3).await;
    place.twin.lose();
    place.tell(&place.intake, rated(&place, "K-2", Level::Satisfied)).await;
    rounds(&place, 1).await;
    let reasons = async || {
        let held = place.state().await.held.into_iter();
        held.map(|one| (one.reason, one.count)).collect::<Vec<_>>()
    };
    assert_eq!(reasons().await, [("PLATFORM_FAILED".to_owned(), 1)], "it is the first one's name");
    // Fujian is told no cases.
    assert_eq!(resent(&place, today(&place)).await, 1);
    // The second takes the name while the first still waits.
    place.twin.then(&[Mood::Accept, Mood::Reject]);
    rounds(&place, 1).await;
    assert_eq!(reasons().await, [("PLATFORM_REFUSED".to_owned(), 1)]);
}

#[tokio::test]
async fn p10_a_rating_that_was_lost_is_told_again_with_what_was_corrected_on_later_days() {
    let place = place("shandong").await;
    let (act, mut bodies) = place.case("K-1");
    let rating = place.rating(&act, Level::VeryDissatisfied);
    bodies.push(Body::RatingSubmitted(rating.clone()));
    place.tell(&place.intake, bodies).await;
    rounds(&place, 3).await;
    let lost_on = today(&place);
    place.pass(24 * 3_600);
    let mut later = place.answered(&[&rating]);
    let rating_id = rating.rating_id.clone();
    later.push(Body::RatingExcluded(RatingExcluded { rating_id, ..RatingExcluded::default() }));
    place.tell(&place.ticketing, later).await;
    rounds(&place, 6).await;
    let kinds =
        || order(&place.twin.taken()).into_iter().map(|(kind, ..)| kind).collect::<Vec<_>>();
    let all = [Record::Case, Record::Rating, Record::Correction, Record::Correction];
    assert_eq!(kinds(), all);
    place.twin.lose();
    assert_eq!(resent(&place, lost_on).await, 4, "told alone, the rating would count again there");
    rounds(&place, 6).await;
    assert_eq!(kinds(), all);
    assert_eq!(
        values(&place.twin.taken(), Record::Correction, "effectivEvalua").last().unwrap(),
        "0"
    );
    // It has all of it: told once more, nothing is held back, and nothing waits.
    for _ in 0..2 {
        assert_eq!(resent(&place, today(&place)).await, 4);
        let state = place.state().await;
        assert_eq!((state.waiting, state.held.len()), (4, 0), "{state:?}");
        rounds(&place, 6).await;
    }
    assert_eq!(place.state().await.waiting, 0);
}
