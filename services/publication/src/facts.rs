//! The facts this service follows. Every fold is commutative across producers and applied once:
//! figures depend on the facts alone, not on the order in which they came.

use domain::{
    deadline::day_of,
    id::RatingId,
    rating::{Origin, effective},
};
use jiff::Timestamp;
use platform::{
    clock::instant,
    convert::{self, Meaningless},
    facts::consume::{ApplyError, Consumer},
};
use prost::Message as _;
use proto::{
    fact::v1::{
        Fact, RatingInvited, RatingJoinedTicket, RatingSubmitted, TicketOpened, TicketStepped,
        fact::Body,
    },
    r#type::v1::{ServiceAct, TicketState},
};
use sea_orm::{DatabaseTransaction, DbErr};
use uuid::Uuid;

use crate::{
    convert::origin,
    entity::{act, rating, ticket},
    store::{self, Count, Measure},
};

/// Applies others' facts here.
pub struct Facts;

impl Consumer for Facts {
    fn producers(&self) -> &'static [&'static str] {
        &["intake", "ticketing"]
    }

    async fn apply(&self, txn: &DatabaseTransaction, fact: &Fact) -> Result<(), ApplyError> {
        match &fact.body {
            Some(Body::RatingInvited(invited)) => rating_invited(txn, invited).await,
            Some(Body::RatingSubmitted(rating)) => rating_submitted(txn, rating).await,
            Some(Body::TicketOpened(opened)) => ticket_opened(txn, opened).await,
            Some(Body::RatingJoinedTicket(joined)) => rating_joined_ticket(txn, joined).await,
            Some(Body::TicketStepped(stepped)) => ticket_stepped(txn, stepped).await,
            _ => Ok(()),
        }
    }

    async fn applied(&self, _: &str) {}
}

fn meaningless(why: Meaningless) -> ApplyError {
    ApplyError::Park(why.to_string())
}

fn uuid(text: &str) -> Result<Uuid, ApplyError> {
    text.parse().map_err(|_| meaningless(Meaningless("is no UUID")))
}

fn known_act(act: Option<&ServiceAct>) -> Result<&ServiceAct, ApplyError> {
    act.ok_or(meaningless(Meaningless("the act is missing")))
}

fn served_at(act: &ServiceAct) -> Result<Timestamp, ApplyError> {
    convert::instant_of(act.served_at.as_ref()).map_err(meaningless)
}

/// A number of the wire as a column holds it.
fn column(number: i32) -> i16 {
    i16::try_from(number).unwrap_or_default()
}

async fn act_row(txn: &DatabaseTransaction, id: Uuid) -> Result<act::Model, DbErr> {
    let known = store::act(txn, id).await?;
    Ok(known.unwrap_or(act::Model { id, effective: None, offered: false }))
}

/// 参评率's denominator: an act that can be rated, on the day of the offer. Its numerator with it, if
/// the rating came first.
async fn rating_invited(
    txn: &DatabaseTransaction,
    invited: &RatingInvited,
) -> Result<(), ApplyError> {
    let act = known_act(invited.act.as_ref())?;
    let mut row = act_row(txn, uuid(&act.act_id)?).await?;
    if row.offered {
        return Ok(());
    }
    let day = day_of(served_at(act)?);
    store::count(txn, act, Count::of(day, Measure::Offered), 1).await?;
    if given(effective_of(txn, &row).await?.as_ref())? {
        store::count(txn, act, Count::of(day, Measure::Participated), 1).await?;
    }
    row.offered = true;
    Ok(store::put_act(txn, row).await?)
}

/// Of an act's ratings only the effective one counts; one that goes before it takes its place. Only
/// an act that was offered a rating takes part: one of before this system never was.
async fn rating_submitted(
    txn: &DatabaseTransaction,
    submitted: &RatingSubmitted,
) -> Result<(), ApplyError> {
    let act = known_act(submitted.act.as_ref())?;
    let (id, act_id) = (uuid(&submitted.rating_id)?, uuid(&act.act_id)?);
    convert::level(submitted.level).map_err(meaningless)?;
    let received_at = convert::instant_of(submitted.received_at.as_ref()).map_err(meaningless)?;
    let offered_on = day_of(served_at(act)?);
    let new = rating::Model {
        id,
        act_id,
        level: column(submitted.level),
        channel: column(submitted.channel),
        origin: column(submitted.origin),
        received_at: received_at.as_microsecond(),
    };
    let weighed = weigh(&new)?;
    if store::rating(txn, id).await?.is_some() {
        return Ok(());
    }
    store::insert_rating(txn, new.clone()).await?;
    let mut row = act_row(txn, act_id).await?;
    let before = effective_of(txn, &row).await?;
    let rivals = [before.as_ref().map(weigh).transpose()?, Some(weighed)];
    if effective(rivals.into_iter().flatten()) != Some(weighed) {
        return Ok(());
    }
    if let Some(before) = &before {
        store::count(txn, act, rated(before), -1).await?;
    }
    store::count(txn, act, rated(&new), 1).await?;
    if row.offered && given(Some(&new))? && !given(before.as_ref())? {
        store::count(txn, act, Count::of(offered_on, Measure::Participated), 1).await?;
    }
    row.effective = Some(id);
    Ok(store::put_act(txn, row).await?)
}

/// The act's effective rating so far.
async fn effective_of(
    txn: &DatabaseTransaction,
    act: &act::Model,
) -> Result<Option<rating::Model>, DbErr> {
    match act.effective {
        None => Ok(None),
        Some(id) => store::rating(txn, id).await,
    }
}

/// What decides between two ratings of one act.
fn weigh(rating: &rating::Model) -> Result<(Origin, Timestamp, RatingId), ApplyError> {
    let origin = origin(rating.origin.into()).map_err(meaningless)?;
    Ok((origin, instant(rating.received_at), RatingId(rating.id)))
}

/// Whether a rater gave it, on a screen or on paper: what 参评率 counts.
fn given(rating: Option<&rating::Model>) -> Result<bool, ApplyError> {
    let origin = rating.map(weigh).transpose()?.map(|(origin, ..)| origin);
    Ok(matches!(origin, Some(Origin::Active | Origin::Paper)))
}

fn rated(rating: &rating::Model) -> Count {
    Count {
        day: day_of(instant(rating.received_at)),
        measure: Measure::Rated,
        channel: rating.channel,
        level: rating.level,
        origin: rating.origin,
    }
}

/// A ticket is its handling agency's alone, even that of a rating which counts for all involved.
async fn ticket_opened(txn: &DatabaseTransaction, opened: &TicketOpened) -> Result<(), ApplyError> {
    let act = known_act(opened.act.as_ref())?;
    let act = &ServiceAct { involved: Vec::new(), ..act.clone() };
    let id = uuid(&opened.ticket_id)?;
    let opened_at = convert::instant_of(opened.opened_at.as_ref()).map_err(meaningless)?;
    if store::ticket(txn, id).await?.is_some() {
        return Ok(());
    }
    let row = ticket::Model {
        id,
        region_code: act.region_code.clone(),
        agency_id: act.agency_id.clone(),
        item_code: act.item_code.clone(),
        level: column(opened.level),
        state: column(TicketState::Opened.into()),
        finding: 0,
        opened_at: opened_at.as_microsecond(),
        state_at: opened_at.as_microsecond(),
        private: opened.private,
        fed_back: false,
        act: act.encode_to_vec(),
    };
    store::count(txn, act, Count::of(day_of(opened_at), Measure::TicketOpened), 1).await?;
    Ok(store::put_ticket(txn, row).await?)
}

/// A ticket's facts come from one producer in order: it is known before it steps.
async fn known_ticket(txn: &DatabaseTransaction, id: &str) -> Result<ticket::Model, ApplyError> {
    let known = store::ticket(txn, uuid(id)?).await?;
    known.ok_or(meaningless(Meaningless("the ticket was never opened")))
}

async fn rating_joined_ticket(
    txn: &DatabaseTransaction,
    joined: &RatingJoinedTicket,
) -> Result<(), ApplyError> {
    let mut row = known_ticket(txn, &joined.ticket_id).await?;
    row.private |= joined.private;
    Ok(store::put_ticket(txn, row).await?)
}

/// 整改率's numerator: a ticket fed back counts once; reopened, it counts again only when fed back
/// again.
async fn ticket_stepped(
    txn: &DatabaseTransaction,
    stepped: &TicketStepped,
) -> Result<(), ApplyError> {
    let mut row = known_ticket(txn, &stepped.ticket_id).await?;
    let at = convert::instant_of(stepped.at.as_ref()).map_err(meaningless)?;
    let fed_back = match stepped.state() {
        TicketState::Unspecified => return Err(meaningless(Meaningless("is no state"))),
        TicketState::FedBack
        | TicketState::Accepted
        | TicketState::Closed
        | TicketState::Confirmed => true,
        TicketState::Opened
        | TicketState::Assigned
        | TicketState::Contacted
        | TicketState::Verified
        | TicketState::Rectified => false,
    };
    if fed_back != row.fed_back {
        let act = ServiceAct::decode(row.act.as_slice())
            .map_err(|error| ApplyError::Park(error.to_string()))?;
        let count = Count::of(day_of(instant(row.opened_at)), Measure::TicketFedBack);
        store::count(txn, &act, count, if fed_back { 1 } else { -1 }).await?;
    }
    row.fed_back = fed_back;
    row.state = column(stepped.state);
    row.finding = column(stepped.finding);
    row.state_at = at.as_microsecond();
    Ok(store::put_ticket(txn, row).await?)
}

#[cfg(test)]
mod tests {
    use proto::{
        publication::v1::Dimension,
        r#type::v1::{Involved, Level, Origin},
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
                    let invited =
                        RatingInvited { act: Some(act.clone()), closes_on: String::new() };
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
            let told =
                fixture.figures_of(Dimension::Agency, &key, "2026-03-01", "2026-03-31").await;
            let has = |happens| order.contains(&happens);
            // What the rater gave themselves goes before the form, which was typed later.
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
    async fn a_fact_that_means_nothing_is_set_aside() {
        let fixture = Fixture::new().await;
        let unknown = TicketStepped {
            ticket_id: Uuid::nil().to_string(),
            state: TicketState::Closed.into(),
            ..TicketStepped::default()
        };
        let of_nowhere = RatingSubmitted {
            origin: 99,
            ..fixture.rating(&fixture.act(), Level::Satisfied, "2026-03-02T03:00:00Z")
        };
        for body in [
            Body::RatingSubmitted(of_nowhere),
            Body::TicketStepped(unknown),
            Body::RatingSubmitted(RatingSubmitted::default()),
            Body::RatingInvited(RatingInvited::default()),
            Body::TicketOpened(TicketOpened::default()),
        ] {
            let refused = fixture.try_apply(body).await;
            assert!(matches!(refused, Err(ApplyError::Park(_))), "{refused:?}");
        }
    }
}
