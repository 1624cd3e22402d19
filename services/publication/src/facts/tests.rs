//! The data behind the figures, in every order.

mod differencing;
mod exclusions;
mod histories;
mod outsider;
mod town;

use platform::{convert, facts::consume::Obstacle};
use proto::{
    fact::v1::{RatingInvited, RatingSubmitted, TicketAnnulled, TicketOpened, TicketStepped},
    publication::v1::Dimension,
    r#type::v1::{Involved, Level, Origin, ServiceAct, TicketState},
};

use super::*;
use crate::rpc::testing::Fixture;

/// What can happen to one act, each once: the ratings later and later.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Happens {
    Invited,
    Active,
    Paper,
    Default,
    Imported,
}

impl Happens {
    const ALL: [Self; 5] =
        [Self::Invited, Self::Active, Self::Paper, Self::Default, Self::Imported];

    fn to(self, fixture: &Fixture, act: &ServiceAct) -> Body {
        let (origin, level, at) = match self {
            Self::Invited => {
                let invited = RatingInvited { act: Some(act.clone()), closes_on: String::new() };
                return Body::RatingInvited(invited);
            }
            Self::Active => (Origin::Active, Level::VeryDissatisfied, "2026-03-03T01:00:00Z"),
            Self::Paper => (Origin::Paper, Level::Satisfied, "2026-03-04T01:00:00Z"),
            Self::Default => (Origin::Default, Level::VerySatisfied, "2026-03-09T01:00:00Z"),
            Self::Imported => (Origin::Imported, Level::Dissatisfied, "2026-03-10T01:00:00Z"),
        };
        let rating = fixture.rating(act, level, at);
        Body::RatingSubmitted(RatingSubmitted { origin: origin.into(), ..rating })
    }
}

/// Every order of every choice of them.
fn orders(begun: &[Happens], all: &mut Vec<Vec<Happens>>) {
    for next in Happens::ALL.into_iter().filter(|next| !begun.contains(next)) {
        let order = [begun, &[next]].concat();
        orders(&order, all);
        all.push(order);
    }
}

#[tokio::test]
async fn i07_p03_in_every_order_a_default_is_apart_and_history_never_takes_part() {
    let fixture = Fixture::new().await;
    let mut all = Vec::new();
    orders(&[], &mut all);
    assert_eq!(all.len(), 325);
    for (n, order) in all.iter().enumerate() {
        let act = ServiceAct { agency_id: format!("652301-o{n}"), ..fixture.act() };
        let bodies = order.iter().map(|happens| happens.to(&fixture, &act)).collect();
        fixture.apply_together(bodies).await.unwrap();
    }
    for (n, order) in all.iter().enumerate() {
        let key = format!("652301-o{n}");
        let told = fixture.figures_of(Dimension::Agency, &key, "2026-03-01", "2026-03-31").await;
        let has = |happens| order.contains(&happens);
        // The rater's own rating counts before the form, which was entered later.
        let given = match (has(Happens::Active), has(Happens::Paper)) {
            (true, _) => [0, 0, 0, 0, 1],
            (false, true) => [0, 1, 0, 0, 0],
            (false, false) => [0; 5],
        };
        let nobodys = given == [0; 5];
        let imported = u64::from(nobodys && has(Happens::Imported));
        let default = u64::from(nobodys && imported == 0 && has(Happens::Default));
        assert_eq!(told.levels, given, "{order:?}");
        assert_eq!(told.levels_default, [default, 0, 0, 0, 0], "{order:?}");
        assert_eq!(told.levels_imported, [0, 0, 0, imported, 0], "{order:?}");
        let satisfied = given[1];
        let ratings = u64::from(!nobodys);
        assert_eq!(told.satisfaction, (satisfied, ratings), "{order:?}");
        let with_defaults = (satisfied + default, ratings + default);
        assert_eq!(told.satisfaction_with_defaults, with_defaults, "{order:?}");
        let offered = u64::from(has(Happens::Invited));
        assert_eq!(told.participation, (offered * ratings, offered), "{order:?}");
    }
}

#[tokio::test]
async fn i12_a_composite_rating_counts_once_for_every_agency_and_region_that_had_a_part() {
    let fixture = Fixture::new().await;
    let part = |agency: &str, region: &str| Involved {
        agency_id: agency.to_owned(),
        region_code: region.to_owned(),
    };
    let act = fixture.act();
    let own = (act.agency_id.clone(), act.region_code.clone());
    let involved = vec![
        part(&own.0, &own.1),
        part("652301-a04", &own.1),
        part("652302-a01", "652302"),
        part("652302-a01", "652302"),
    ];
    let act = ServiceAct { involved, ..act };
    fixture.invite(&act).await;
    let rating = fixture.rating(&act, Level::VeryDissatisfied, "2026-03-02T03:00:00Z");
    fixture.apply(Body::RatingSubmitted(rating)).await;
    let ticket = fixture.open_ticket(&act, false).await;
    fixture.step_ticket(&ticket, TicketState::FedBack).await;
    for (dimension, key, handles) in [
        (Dimension::Agency, own.0.as_str(), 1),
        (Dimension::Agency, "652301-a04", 0),
        (Dimension::Agency, "652302-a01", 0),
        (Dimension::Region, own.1.as_str(), 1),
        (Dimension::Region, "652302", 0),
        (Dimension::Item, act.item_code.as_str(), 1),
    ] {
        let told = fixture.figures_of(dimension, key, "2026-03-01", "2026-03-31").await;
        assert_eq!(told.levels, [0, 0, 0, 0, 1], "{key}");
        assert_eq!(told.participation, (1, 1), "{key}");
        assert_eq!(told.rectification, (handles, handles), "{key}: its own tickets alone");
    }
}

#[tokio::test]
async fn i17_i18_i25_the_ticket_of_a_matter_counts_in_rectification() {
    let fixture = Fixture::new().await;
    let rated = fixture.act();
    let act = ServiceAct {
        act_id: rated.act_id,
        region_code: rated.region_code,
        agency_id: rated.agency_id,
        ..ServiceAct::default()
    };
    let matter = TicketOpened {
        ticket_id: rated.case_id,
        matter_id: act.act_id.clone(),
        act: Some(act),
        opened_at: Some(convert::to_wire("2026-03-02T01:00:00Z".parse().unwrap())),
        ..TicketOpened::default()
    };
    let ticket_id = matter.ticket_id.clone();
    fixture.apply(Body::TicketOpened(matter)).await;
    let rate = || async { fixture.figures("2026-03-01", "2026-03-31").await.rectification };
    assert_eq!(rate().await, (0, 1));
    fixture.step_ticket(&ticket_id, TicketState::FedBack).await;
    assert_eq!(rate().await, (1, 1));
}

#[tokio::test]
async fn p03_of_an_acts_ratings_only_the_effective_one_counts_in_whatever_order_they_come() {
    let earlier = ("2026-03-02T01:00:00Z", Level::VeryDissatisfied);
    let later = ("2026-03-03T01:00:00Z", Level::Satisfied);
    for order in [[earlier, later], [later, earlier]] {
        let fixture = Fixture::new().await;
        let act = fixture.act();
        fixture.invite(&act).await;
        for (at, level) in order {
            let rating = fixture.rating(&act, level, at);
            fixture.apply(Body::RatingSubmitted(rating.clone())).await;
            fixture.apply(Body::RatingSubmitted(rating)).await;
        }
        let figures = fixture.figures("2026-03-01", "2026-03-31").await;
        assert_eq!(figures.levels, [0, 1, 0, 0, 0]);
        assert_eq!((figures.satisfaction, figures.participation), ((1, 1), (1, 1)));
        let first_day = fixture.figures("2026-03-02", "2026-03-02").await;
        assert_eq!((first_day.levels, first_day.participation), ([0; 5], (1, 1)));
    }
}

#[tokio::test]
async fn i16_p03_what_was_given_elsewhere_counts_on_its_own_day_and_the_last_given_stands() {
    let instant = |at: &str| Some(convert::to_wire(at.parse().unwrap()));
    for origin in [Origin::Imported, Origin::Paper] {
        // Given on 7 and 6 January, and entered in March in the other order.
        let later = ("2026-01-07T01:00:00Z", Level::VeryDissatisfied, "2026-03-02T01:00:00Z");
        let earlier = ("2026-01-06T01:00:00Z", Level::Satisfied, "2026-03-03T01:00:00Z");
        for order in [[earlier, later], [later, earlier]] {
            let fixture = Fixture::new().await;
            let act = fixture.act();
            for (given_at, level, received_at) in order {
                let rating = fixture.rating(&act, level, received_at);
                fixture
                    .apply(Body::RatingSubmitted(RatingSubmitted {
                        origin: origin.into(),
                        given_at: instant(given_at),
                        ..rating
                    }))
                    .await;
            }
            for (from, to) in [("2026-01-07", "2026-01-07"), ("2026-01-01", "2026-12-31")] {
                let told = fixture.figures(from, to).await;
                let counted = match origin {
                    Origin::Imported => told.levels_imported,
                    _ => told.levels,
                };
                assert_eq!(counted, [0, 0, 0, 0, 1], "{origin:?} from {from} to {to}");
            }
        }
    }
}

#[tokio::test]
async fn p03_rectification_counts_what_was_fed_back_and_a_reopened_ticket_no_longer() {
    let fixture = Fixture::new().await;
    let act = fixture.act();
    let ticket = fixture.open_ticket(&act, false).await;
    let rate = || async { fixture.figures("2026-03-01", "2026-03-31").await.rectification };
    assert_eq!(rate().await, (0, 1));
    for (state, counted) in [
        (TicketState::Rectified, 0),
        (TicketState::FedBack, 1),
        (TicketState::Closed, 1),
        (TicketState::Opened, 0),
        (TicketState::FedBack, 1),
        (TicketState::Confirmed, 1),
    ] {
        fixture.step_ticket(&ticket, state).await;
        assert_eq!(rate().await, (counted, 1), "{state:?}");
    }
}

#[tokio::test]
async fn a_fact_that_means_nothing_is_left_and_the_others_of_its_batch_are_not() {
    let fixture = Fixture::new().await;
    let good = fixture.act();
    for body in [
        Body::RatingSubmitted(RatingSubmitted::default()),
        Body::RatingInvited(RatingInvited::default()),
        Body::TicketOpened(TicketOpened::default()),
    ] {
        let rating = fixture.rating(&good, Level::Satisfied, "2026-03-02T03:00:00Z");
        let together = vec![body, Body::RatingSubmitted(rating)];
        let left = fixture.apply_together(together).await;
        assert!(matches!(left, Err(Obstacle::Broken(_))), "{left:?}");
    }
    assert_eq!(fixture.figures("2026-03-01", "2026-03-31").await.levels, [0, 1, 0, 0, 0]);
}

#[tokio::test]
async fn what_a_newer_version_says_is_left_for_it_and_steps_wait_for_their_ticket() {
    let fixture = Fixture::new().await;
    let rating = fixture.rating(&fixture.act(), Level::Satisfied, "2026-03-02T03:00:00Z");
    let newer = RatingSubmitted { origin: 99, ..rating.clone() };
    let level = RatingSubmitted { level: 99, ..rating };
    for body in [Body::RatingSubmitted(newer), Body::RatingSubmitted(level)] {
        let left = fixture.try_apply(body).await;
        assert!(matches!(left, Err(Obstacle::Unknown(_))), "{left:?}");
    }
    let step = |ticket_id: &str, sequence, state: TicketState| {
        Body::TicketStepped(TicketStepped {
            ticket_id: ticket_id.to_owned(),
            sequence,
            state: state.into(),
            at: Some(convert::to_wire("2026-03-02T01:00:00Z".parse().unwrap())),
            ..TicketStepped::default()
        })
    };
    let ahead = fixture.try_apply(step(&Uuid::nil().to_string(), 1, TicketState::Assigned)).await;
    assert!(matches!(ahead, Err(Obstacle::Waits(_))), "{ahead:?}");
    let ticket = fixture.open_ticket(&fixture.act(), false).await;
    let closed = fixture.try_apply(step(&ticket, 200, TicketState::Closed)).await;
    assert_eq!(closed, Ok(()));
    let late = fixture.try_apply(step(&ticket, 199, TicketState::Rectified)).await;
    assert_eq!(late, Ok(()), "a step that was set aside comes late");
    let told = fixture.figures("2026-03-01", "2026-03-31").await;
    assert_eq!(told.rectification, (1, 1), "and changes nothing");
}

#[tokio::test]
async fn an_annulled_ticket_counts_nowhere_and_is_shown_nowhere() {
    let fixture = Fixture::new().await;
    let ticket = fixture.open_ticket(&fixture.act(), false).await;
    fixture.step_ticket(&ticket, TicketState::FedBack).await;
    let annulled = TicketAnnulled { ticket_id: ticket, sequence: 900, at: None };
    for _ in 0..2 {
        fixture.apply(Body::TicketAnnulled(annulled.clone())).await;
    }
    let told = fixture.figures("2026-03-01", "2026-03-31").await;
    assert_eq!(told.rectification, (0, 0));
    let read = fixture.publication.store.read();
    let shown = store::disclosure::outcomes(read, "652301", "", None, 10).await.unwrap();
    assert_eq!(shown, []);
}

#[tokio::test]
async fn what_facts_of_another_history_said_leaves_every_figure_and_the_rest_is_folded_anew() {
    let fixture = Fixture::new().await;
    let consumer = fixture.publication.consumer();
    let (kept, gone) = (fixture.act(), fixture.act());
    fixture.invite(&kept).await;
    let first = fixture.rating(&kept, Level::Satisfied, "2026-03-02T03:00:00Z");
    fixture.apply(Body::RatingSubmitted(first.clone())).await;
    let shown = first.rating_id.clone();
    let store = &fixture.publication.store;
    let before = fixture.figures("2026-03-01", "2026-03-31").await;
    let common = consumer.last_trace(store, INTAKE, i64::MAX).await.unwrap().unwrap().position;
    // What came after that is in no history any more: another rating of the same act, a new act.
    let second = fixture.rating(&kept, Level::VeryDissatisfied, "2026-03-03T03:00:00Z");
    fixture.apply(Body::RatingSubmitted(second)).await;
    fixture.invite(&gone).await;
    let third = fixture.rating(&gone, Level::Dissatisfied, "2026-03-03T03:00:00Z");
    fixture.apply(Body::RatingSubmitted(third)).await;
    let phantom = fixture.figures("2026-03-01", "2026-03-31").await;
    assert_eq!((phantom.levels, phantom.participation), ([0, 0, 0, 1, 1], (2, 2)));
    let txn = store.begin().await.unwrap();
    let forgotten = consumer.forget(&txn, INTAKE, common).await.unwrap();
    txn.commit().await.unwrap();
    let named = forgotten.words.iter().filter(|word| word.ends_with("leaves every figure"));
    assert_eq!(named.count(), 2, "each rating is named: {:?}", forgotten.words);
    let listed = store::disclosure::listings::page(store.read(), ("652301", ""), None, 10).await;
    let listed: Vec<Uuid> = listed.unwrap().into_iter().map(|row| row.rating_id).collect();
    assert!(listed.is_empty(), "and is shown nowhere");
    let subjects = [&kept, &gone].map(|act| act.act_id.parse::<Uuid>().unwrap());
    assert_eq!(forgotten.subjects, subjects.into());
    // For the act in both histories, the facts of both.
    fixture.invite(&kept).await;
    fixture.apply(Body::RatingSubmitted(first)).await;
    let after = fixture.figures("2026-03-01", "2026-03-31").await;
    assert_eq!((after.levels, after.participation), (before.levels, before.participation));
    let listed = store::disclosure::listings::page(store.read(), ("652301", ""), None, 10).await;
    let listed: Vec<String> =
        listed.unwrap().into_iter().map(|row| row.rating_id.to_string()).collect();
    assert_eq!(listed, [shown]);
}
