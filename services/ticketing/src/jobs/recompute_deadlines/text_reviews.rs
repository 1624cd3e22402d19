//! The deadlines of text reviews that wait. They never become sooner: where silence accepts, the
//! Authority would lose a day that it was told.

use std::collections::{BTreeSet, HashMap};

use domain::calendar::Calendar;
use platform::{facts, status::Failure};
use proto::fact::v1::deadline_watched;
use uuid::Uuid;

use crate::{
    convert::text_review::{deadline_anew, review_from_row},
    entity::text_review,
    jobs::watch_deadlines::watched,
    state::{NAME, Ticketing},
    store,
};

/// Computes the deadlines of some reviews again, in one transaction; returns how many changed.
pub(super) async fn by(
    ticketing: &Ticketing,
    found: &[text_review::Model],
    calendar: &Calendar,
) -> Result<usize, Failure> {
    let clock = &ticketing.shell.clock;
    let txn = ticketing.store.begin().await?;
    let tickets: BTreeSet<Uuid> = found.iter().map(|row| row.ticket_id).collect();
    let tickets = store::ticket::lock(&txn, &tickets).await?;
    let regions: HashMap<Uuid, String> =
        tickets.into_iter().map(|ticket| (ticket.id, ticket.region_code)).collect();
    let (mut changed, mut bodies) = (0, Vec::new());
    for row in found {
        // Without its ticket it is of a history that is no more.
        let Some(region) = regions.get(&row.ticket_id) else { continue };
        let before = review_from_row(row)?.deadline;
        let anew = before.anew_not_sooner(&calendar.of(region)).ok().flatten();
        let Some(anew) = anew else {
            if !before.provisional {
                let settled = text_review::Model { provisional: false, ..row.clone() };
                store::text_review::put_deadline(&txn, row, &settled).await?;
            }
            continue;
        };
        // Somebody decided meanwhile, or another replica computed it.
        if !store::text_review::put_deadline(&txn, row, &deadline_anew(row, &anew)?).await? {
            continue;
        }
        changed += 1;
        if before.due_on != anew.due_on {
            let (kind, act) = (deadline_watched::Kind::Moved, anew.rule.subject.clone());
            let named = (row.ticket_id, act);
            bodies.push(watched(named, anew.due_on, kind, region, &row.agency_id, clock.now()));
        }
    }
    facts::commit(txn, clock, bodies).await?;
    ticketing.shell.bus.committed(NAME);
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use platform::testing::{profile_published, tell};
    use proto::{
        fact::v1::{deadline_watched::Kind as Watch, fact::Body},
        ticketing::v1::{GetTextReviewRequest, TextReview, TextReviewState},
    };

    use super::*;
    use crate::{
        jobs::{
            recompute_deadlines::{Passes, round},
            settle_text_reviews::settle,
            testing::{NATION, NOTICE, publish, told},
        },
        rpc::{
            testing::Fixture,
            text_review::{
                get_text_review,
                testing::{authority_of, worded},
            },
        },
    };

    /// Saturday the second is a workday, the fourth stays one.
    const SHORTER: &str = r#"
year = 2027
notice = "示例通知"
document = "示例〔2026〕2号"

[[holiday]]
name = "元旦"
days = ["2027-01-01"]
workdays = ["2027-01-02"]
"#;

    /// A review of text within five working days, of a rating of a Friday: until 4 January 2027, as
    /// far as is known. After that silence accepts.
    async fn reviewed(fixture: &Fixture) -> String {
        let Body::ProfilePublished(mut profile) = profile_published("guangxi-2019") else {
            panic!("no profile")
        };
        for layer in &mut profile.layers {
            *layer = layer.replace(
                "days = 15, unit = \"calendar\", event = \"rating_received\"",
                "days = 5, unit = \"working\", event = \"rating_received\"",
            );
        }
        profile.version += 1;
        tell(&fixture.ticketing.store, vec![Body::ProfilePublished(profile)]).await;
        fixture.ticketing.reference.refresh().await.unwrap();
        fixture.at("2026-12-25T01:00:00Z");
        worded(fixture).await.rating_id
    }

    async fn read(fixture: &Fixture, rating_id: &str) -> TextReview {
        let request = GetTextReviewRequest { rating_id: rating_id.to_owned() };
        let read = get_text_review::run(&fixture.ticketing, authority_of("652301"), request).await;
        read.unwrap().review.unwrap()
    }

    async fn computed(fixture: &Fixture) -> usize {
        round(&fixture.ticketing, Uuid::from_u128(1), &mut Passes::default()).await.unwrap()
    }

    #[tokio::test]
    async fn t08_silence_waits_for_a_day_that_became_a_holiday() {
        let fixture = Fixture::under("guangxi-2019").await;
        let id = reviewed(&fixture).await;
        let before = read(&fixture, &id).await.deadline.unwrap();
        assert_eq!((before.due_on.as_str(), before.provisional), ("2027-01-04", true));
        publish(&fixture, &[NATION, NOTICE]).await;
        computed(&fixture).await;
        computed(&fixture).await;
        fixture.at("2027-01-04T16:00:00Z");
        assert_eq!(settle(&fixture.ticketing).await.unwrap(), 0, "it is not over");
        let now = read(&fixture, &id).await;
        assert_eq!(now.state(), TextReviewState::Pending);
        let deadline = now.deadline.unwrap();
        assert_eq!((deadline.due_on.as_str(), deadline.provisional), ("2027-01-05", false));
        assert_eq!(now.deadlines_before, [before], "both derivations are on record, once");
        let told = told(&fixture).await;
        let of_review = told.iter().filter(|(_, act, _)| act == "text_review");
        let expected = (Watch::Moved, "text_review".to_owned(), "2027-01-05".to_owned());
        assert_eq!(of_review.collect::<Vec<_>>(), [&expected]);
        fixture.at("2027-01-05T16:00:00Z");
        assert_eq!(settle(&fixture.ticketing).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn t08_the_time_to_review_never_becomes_shorter_than_was_told() {
        let fixture = Fixture::under("guangxi-2019").await;
        let id = reviewed(&fixture).await;
        publish(&fixture, &[NATION, SHORTER]).await;
        computed(&fixture).await;
        let now = read(&fixture, &id).await;
        let deadline = now.deadline.unwrap();
        assert_eq!((deadline.due_on.as_str(), deadline.provisional), ("2027-01-04", false));
        assert_eq!(now.deadlines_before.len(), 1);
    }

    #[tokio::test]
    async fn t08_a_review_that_was_decided_or_computed_meanwhile_is_left_alone() {
        let fixture = Fixture::under("guangxi-2019").await;
        let id = reviewed(&fixture).await;
        publish(&fixture, &[NATION, NOTICE]).await;
        let store = &fixture.ticketing.store;
        let found = store::text_review::provisional(store.read(), Uuid::nil(), 9).await.unwrap();
        let known = fixture.ticketing.reference.now();
        let calendar = known.calendar().unwrap();
        // Two replicas read the same.
        let both = [
            by(&fixture.ticketing, &found, calendar).await.unwrap(),
            by(&fixture.ticketing, &found, calendar).await.unwrap(),
        ];
        assert_eq!(both, [1, 0]);
        assert_eq!(read(&fixture, &id).await.deadlines_before.len(), 1);
    }
}
