//! A platform that lost what it took, and says so by letter: nobody can ask it.

use domain::{deadline::day_of, exchange::Kind as Record};
use jiff::civil::Date;
use proto::r#type::v1::Level;

use super::{
    super::testing::{Place, order},
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
