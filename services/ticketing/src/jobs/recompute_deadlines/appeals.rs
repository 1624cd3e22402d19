//! The deadlines of appeals that wait for a decision. What is decided stays as it was; until when an
//! appeal can be lodged is computed on the day of lodging, so nobody is late with one by a day that
//! became a holiday.

use std::collections::{BTreeSet, HashMap};

use domain::calendar::Calendar;
use platform::{facts, status::Failure};
use proto::fact::v1::deadline_watched;
use uuid::Uuid;

use crate::{
    convert::appeal::appeal_anew,
    entity::{appeal, ticket},
    jobs::watch_deadlines::watched,
    state::{NAME, Ticketing},
    store,
};

/// Computes the deadlines of some appeals again, in one transaction; returns how many changed. Each
/// is named with its ticket, whose lock makes all that is written about an appeal wait.
pub(super) async fn by(
    ticketing: &Ticketing,
    found: Vec<(Uuid, Uuid)>,
    calendar: &Calendar,
) -> Result<usize, Failure> {
    let clock = &ticketing.shell.clock;
    let txn = ticketing.store.begin().await?;
    let (ids, tickets): (Vec<Uuid>, BTreeSet<Uuid>) = found.into_iter().unzip();
    let tickets = store::ticket::lock(&txn, &tickets).await?;
    let tickets: HashMap<Uuid, ticket::Model> =
        tickets.into_iter().map(|ticket| (ticket.id, ticket)).collect();
    let (mut changed, mut bodies) = (0, Vec::new());
    for row in store::appeal::open_among(&txn, ids).await? {
        let Some(ticket) = tickets.get(&row.ticket_id) else { continue };
        match appeal_anew(&row, &calendar.of(&ticket.region_code))? {
            (Some(anew), _) => {
                for (before, now) in anew.moved {
                    if before.due_on == now.due_on {
                        continue;
                    }
                    let (kind, act) = (deadline_watched::Kind::Moved, now.rule.subject);
                    let (region, agency) = (&ticket.region_code, &ticket.agency_id);
                    let named = (ticket.id, act);
                    bodies.push(watched(named, now.due_on, kind, region, agency, clock.now()));
                }
                store::appeal::update(&txn, &anew.row).await?;
                changed += 1;
            }
            (None, true) => {}
            (None, false) => {
                let row = appeal::Model { provisional: false, ..row };
                store::appeal::update(&txn, &row).await?;
            }
        }
    }
    facts::commit(txn, clock, bodies).await?;
    ticketing.shell.bus.committed(NAME);
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use proto::{
        fact::v1::deadline_watched::Kind as Watch,
        ticketing::v1::{Appeal, GetAppealRequest},
        r#type::v1::{ExclusionDuty, ExclusionGround},
    };

    use super::*;
    use crate::{
        jobs::{
            recompute_deadlines::{Passes, round},
            testing::{NATION, NOTICE, publish, told},
        },
        rpc::{
            appeal::{
                get_appeal, lodge_appeal,
                testing::{lodge, of_authority, officer},
            },
            testing::Fixture,
        },
    };

    /// A Wednesday from which three working days end on 4 January, as far as is known.
    const WEDNESDAY: &str = "2026-12-30T01:00:00Z";

    async fn appealed(fixture: &Fixture) -> Appeal {
        let request = lodge(&fixture.rated().await, "");
        let lodged = lodge_appeal::run(&fixture.ticketing, officer("lodger"), request).await;
        lodged.unwrap().appeal.unwrap()
    }

    async fn read(fixture: &Fixture, appeal: &Appeal) -> Appeal {
        let request = GetAppealRequest { appeal_id: appeal.appeal_id.clone() };
        let read = get_appeal::run(&fixture.ticketing, of_authority("reader"), request).await;
        read.unwrap().appeal.unwrap()
    }

    async fn computed(fixture: &Fixture) -> usize {
        round(&fixture.ticketing, Uuid::from_u128(1), &mut Passes::default()).await.unwrap()
    }

    fn days(appeal: &Appeal) -> Vec<(&str, &str, bool)> {
        let day = |due: &'_ proto::r#type::v1::Deadline| due.provisional;
        appeal
            .deadlines
            .iter()
            .map(|due| (due.act.as_str(), due.due_on.as_str(), day(due)))
            .collect()
    }

    #[tokio::test]
    async fn t09_an_appeal_is_not_overdue_by_a_day_that_became_a_holiday() {
        let fixture = Fixture::under("haiyang-2021").await;
        fixture.at(WEDNESDAY);
        let before = appealed(&fixture).await;
        let decide = "decide_appeal";
        assert_eq!(days(&before)[1], (decide, "2027-01-05", true));
        publish(&fixture, &[NATION]).await;
        assert_eq!(computed(&fixture).await, 0, "the same calendar changes nothing");
        publish(&fixture, &[NATION, NOTICE]).await;
        computed(&fixture).await;
        computed(&fixture).await;
        fixture.at("2027-01-05T16:00:00Z");
        let now = read(&fixture, &before).await;
        assert!(!now.overdue, "{now:?}");
        assert_eq!(days(&now)[1], (decide, "2027-01-06", false));
        assert_eq!(now.deadlines_before, before.deadlines, "both derivations are on record, once");
        let told = told(&fixture).await;
        let of_appeal = told.iter().filter(|(_, act, _)| act == decide).collect::<Vec<_>>();
        assert_eq!(of_appeal, [&(Watch::Moved, decide.to_owned(), "2027-01-06".to_owned())]);
        fixture.at("2027-01-06T16:00:00Z");
        assert!(read(&fixture, &before).await.overdue);
    }

    #[tokio::test]
    async fn t09_what_is_decided_stays_and_two_replicas_move_an_appeal_once() {
        let fixture = Fixture::under("haiyang-2021").await;
        fixture.at(WEDNESDAY);
        let (open, done) = (appealed(&fixture).await, appealed(&fixture).await);
        let found = store::appeal::provisional(fixture.ticketing.store.read(), Uuid::nil(), 9);
        let found = found.await.unwrap();
        assert_eq!(found.len(), 2);
        let decider = of_authority("decider");
        fixture.record(decider.clone(), &done.appeal_id, ExclusionDuty::Verified).await;
        fixture.decided(decider, &done.appeal_id, ExclusionGround::Unspecified).await;
        publish(&fixture, &[NATION, NOTICE]).await;
        let known = fixture.ticketing.reference.now();
        let calendar = known.calendar().unwrap();
        let both = [
            by(&fixture.ticketing, found.clone(), calendar).await.unwrap(),
            by(&fixture.ticketing, found, calendar).await.unwrap(),
        ];
        assert_eq!(both, [1, 0]);
        assert_eq!(read(&fixture, &open).await.deadlines_before.len(), 2);
        assert!(read(&fixture, &done).await.deadlines_before.is_empty());
    }
}
