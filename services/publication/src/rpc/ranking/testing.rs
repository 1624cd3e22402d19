//! Many ratings of several units, for tests of rankings.

use domain::statistics::LevelCounts;
use platform::{
    convert::to_wire,
    testing::{AGENCY, REGION, tell, unit_published},
};
use proto::{
    catalog::v1::{Unit, UnitKind},
    fact::v1::{RatingInvited, RatingSubmitted, fact::Body},
    r#type::v1::{Level, Origin, ServiceAct},
};

use crate::rpc::testing::Fixture;

/// Best first.
const LEVELS: [Level; 5] = [
    Level::VerySatisfied,
    Level::Satisfied,
    Level::BasicallySatisfied,
    Level::Dissatisfied,
    Level::VeryDissatisfied,
];

/// Good and bad ratings.
pub(crate) fn of(good: u64, bad: u64) -> LevelCounts {
    [good, 0, 0, bad, 0]
}

/// Acts like this one, each offered a rating on a day and given one there.
pub(crate) async fn rate(fixture: &Fixture, act: &ServiceAct, day: &str, counts: LevelCounts) {
    rate_as(fixture, act, day, counts, Origin::Active).await;
}

/// The same of another origin.
pub(crate) async fn rate_as(
    fixture: &Fixture,
    act: &ServiceAct,
    day: &str,
    counts: LevelCounts,
    origin: Origin,
) {
    let at = format!("{day}T03:00:00Z");
    let clock = &fixture.publication.shell.clock;
    let mut facts = Vec::new();
    for (level, count) in LEVELS.into_iter().zip(counts) {
        for _ in 0..count {
            let act = ServiceAct {
                act_id: clock.new_id().to_string(),
                case_id: clock.new_id().to_string(),
                served_at: Some(to_wire(at.parse().unwrap())),
                ..act.clone()
            };
            let rating = fixture.rating(&act, level, &at);
            if origin != Origin::Imported {
                let act = Some(act);
                facts.push(Body::RatingInvited(RatingInvited { act, closes_on: String::new() }));
            }
            let rating = RatingSubmitted { origin: origin.into(), ..rating };
            facts.push(Body::RatingSubmitted(rating));
        }
    }
    fixture.apply_together(facts).await.unwrap();
}

/// Offers that nobody took up.
pub(crate) async fn offer(fixture: &Fixture, act: &ServiceAct, day: &str, count: usize) {
    let at = format!("{day}T03:00:00Z");
    let clock = &fixture.publication.shell.clock;
    let facts = std::iter::repeat_with(|| {
        let act = Some(ServiceAct {
            act_id: clock.new_id().to_string(),
            served_at: Some(to_wire(at.parse().unwrap())),
            ..act.clone()
        });
        Body::RatingInvited(RatingInvited { act, closes_on: String::new() })
    });
    fixture.apply_together(facts.take(count).collect()).await.unwrap();
}

/// An act at a window.
pub(crate) fn at_window(fixture: &Fixture, window: &str) -> ServiceAct {
    ServiceAct { window_id: window.to_owned(), staff_id: String::new(), ..fixture.act() }
}

/// An act by a member of staff.
pub(crate) fn by_staff(fixture: &Fixture, staff: &str) -> ServiceAct {
    ServiceAct { staff_id: staff.to_owned(), ..fixture.act() }
}

/// Makes further units of the agency known.
pub(crate) async fn publish(fixture: &Fixture, kind: UnitKind, ids: &[&str]) {
    let unit = |id: &&str| {
        unit_published(&[Unit {
            unit_id: (*id).to_owned(),
            kind: kind.into(),
            name: format!("=示例 {id}"),
            region_code: REGION.to_owned(),
            agency_id: if kind == UnitKind::Window { AGENCY.to_owned() } else { String::new() },
            ..Unit::default()
        }])
    };
    tell(&fixture.publication.store, ids.iter().map(unit).collect()).await;
    fixture.publication.reference.refresh().await.unwrap();
}
