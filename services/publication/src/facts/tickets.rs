//! Tickets and their outcomes. A ticket counts for its handling agency alone, even if its rating
//! counts for all involved: nobody else can rectify it. The numerator of 整改率: a ticket fed back
//! counts once; reopened, it counts again only when it is fed back again.

use std::collections::{BTreeSet, HashMap};

use platform::{
    convert::{self, Meaningless},
    database::Txn,
    facts::{
        consume::{Obstacle, Retraction},
        place_of,
    },
};
use prost::Message as _;
use proto::{
    fact::v1::{Fact, TicketOpened, TicketStepped, deadline_watched::Kind, fact::Body},
    r#type::v1::{Involved, ServiceAct, TicketState},
};
use sea_orm::DbErr;
use uuid::Uuid;

use super::{
    entered::Entering,
    reading::{broken, known_act, uuid},
    ticket_counts::count,
};
use crate::{
    entity::{act, column::column, ticket, ticket_part},
    store::{
        self,
        statistics::{measures::OF_TICKETS, sums::Sums},
    },
};

/// The sequence of a ticket that is about to be folded again: its step is none.
const TAKEN_BACK: i64 = -1;

/// Folds facts about tickets.
pub(super) async fn apply(
    txn: &Txn,
    facts: &[Fact],
    entering: &Entering,
    sums: &mut Sums,
    left: &mut Vec<(u64, Obstacle)>,
) -> Result<(), DbErr> {
    let mut of_tickets = Vec::new();
    // An exclusion that was not applied leaves its ticket alone too.
    let aside: BTreeSet<u64> = left.iter().map(|(position, _)| *position).collect();
    for fact in facts.iter().filter(|fact| !aside.contains(&fact.position)) {
        match ticket_of(fact) {
            Ok(id) => of_tickets.extend(id.map(|id| (fact, id))),
            Err(why) => left.push((fact.position, why)),
        }
    }
    if of_tickets.is_empty() {
        return Ok(());
    }
    let ids: BTreeSet<Uuid> = of_tickets.iter().map(|(_, id)| *id).collect();
    let known = store::disclosure::load(txn, ids).await?;
    let acts = acts_of(txn, &of_tickets).await?;
    let mut rows: HashMap<Uuid, ticket::Model> =
        known.into_iter().map(|row| (row.id, row)).collect();
    let (mut changed, mut parts) = (BTreeSet::new(), Vec::new());
    for (fact, id) in of_tickets {
        match fold(fact, id, &acts, &mut rows, sums) {
            Ok(true) => {
                let at = place_of(fact);
                if let Some(row) = rows.get_mut(&id) {
                    (row.fact_position, row.fact_id) = (at.position, Some(at.fact_id));
                }
                changed.insert(id);
                parts.extend(parts_of(fact, id));
            }
            Ok(false) => {}
            Err(why) => left.push((fact.position, why)),
        }
    }
    let mut changed: Vec<ticket::Model> = changed.iter().filter_map(|id| rows.remove(id)).collect();
    entering.follow(changed.iter_mut(), sums).await?;
    store::disclosure::parts::insert(txn, parts).await?;
    store::disclosure::put(txn, changed).await
}

/// The further agencies that a new ticket of a package is about.
fn parts_of(fact: &Fact, ticket_id: Uuid) -> Vec<ticket_part::Model> {
    let Some(Body::TicketOpened(opened)) = &fact.body else { return Vec::new() };
    let involved = opened.act.iter().flat_map(|act| &act.involved);
    let part = |part: &Involved| ticket_part::Model {
        ticket_id,
        region_code: part.region_code.clone(),
        agency_id: part.agency_id.clone(),
    };
    involved.map(part).collect()
}

/// Takes back what facts after a position brought: whole tickets, which are then folded again.
pub(super) async fn forget(txn: &Txn, after: i64, sums: &mut Sums) -> Result<Retraction, DbErr> {
    let mut forgotten = Retraction::default();
    if after == 0 {
        let gone = store::disclosure::delete_all(txn).await?;
        store::statistics::tallies::remove(txn, OF_TICKETS.map(|one| one.measure)).await?;
        forgotten.words.push(format!("all {gone} tickets are counted again, from the first on"));
        return Ok(forgotten);
    }
    let mut followed = Vec::new();
    for row in store::disclosure::after(txn, after).await? {
        forgotten.words.push(format!("ticket {} is counted again", row.id));
        count(&row, -1, sums).map_err(|left| DbErr::Type(left.to_string()))?;
        forgotten.subjects.insert(row.id);
        // That it follows its private rating, and how, is decided once (see `private`): what is left of it
        // counts as before.
        let is_left = 0 < row.opened_position && row.opened_position <= after;
        if is_left && !row.waits && row.counted_on != 0 {
            followed.push(ticket::Model { waits: true, sequence: TAKEN_BACK, ..row });
        }
    }
    store::disclosure::delete(txn, forgotten.subjects.iter().copied()).await?;
    store::disclosure::put(txn, followed).await?;
    Ok(forgotten)
}

/// What is known here of the acts whose ratings opened tickets.
async fn acts_of(txn: &Txn, said: &[(&Fact, Uuid)]) -> Result<HashMap<Uuid, act::Model>, DbErr> {
    let opened = said.iter().filter_map(|(fact, _)| match &fact.body {
        Some(Body::TicketOpened(opened)) => opened.act.as_ref()?.act_id.parse().ok(),
        _ => None,
    });
    let opened: BTreeSet<Uuid> = opened.collect();
    let acts = store::statistics::acts::load(txn, opened).await?;
    Ok(acts.into_iter().map(|act| (act.id, act)).collect())
}

/// The ticket of a fact, if it has one.
pub(super) fn ticket_of(fact: &Fact) -> Result<Option<Uuid>, Obstacle> {
    let id = match &fact.body {
        Some(Body::TicketOpened(opened)) => &opened.ticket_id,
        Some(Body::RatingJoinedTicket(joined)) => &joined.ticket_id,
        Some(Body::TicketStepped(stepped)) => &stepped.ticket_id,
        Some(Body::TicketAnnulled(annulled)) => &annulled.ticket_id,
        Some(Body::RatingExcluded(excluded)) => &excluded.ticket_id,
        Some(Body::RatingReinstated(reinstated)) => &reinstated.ticket_id,
        Some(Body::DeadlineWatched(watched)) => &watched.ticket_id,
        Some(Body::FollowUpOpened(opened)) => &opened.ticket_id,
        Some(Body::FollowUpEnded(ended)) => &ended.ticket_id,
        _ => return Ok(None),
    };
    uuid(id).map(Some)
}

/// Folds a fact; returns whether it held anything new.
pub(super) fn fold(
    fact: &Fact,
    id: Uuid,
    acts: &HashMap<Uuid, act::Model>,
    rows: &mut HashMap<Uuid, ticket::Model>,
    sums: &mut Sums,
) -> Result<bool, Obstacle> {
    if let Some(Body::TicketOpened(opened)) = &fact.body {
        let known = rows.get(&id);
        if known.is_some_and(|row| row.sequence != TAKEN_BACK) {
            return Ok(false);
        }
        let mut row = opened_row(id, opened, acts)?;
        row.opened_position = fact.position.cast_signed();
        if let Some(followed) = known {
            (row.waits, row.counted_on) = (false, followed.counted_on);
            row.act.clone_from(&followed.act);
        }
        count(&row, 1, sums)?;
        rows.insert(id, row);
        return Ok(true);
    }
    // A ticket's facts come from one producer in order: only one that was set aside is missing.
    let known = rows.get_mut(&id).filter(|row| row.sequence != TAKEN_BACK);
    let row = known.ok_or_else(|| Obstacle::Waits(format!("the ticket {id}")))?;
    match &fact.body {
        Some(Body::RatingJoinedTicket(joined)) => {
            row.own_private |= joined.private;
            row.private |= joined.private;
            exclude(row, false, sums)?;
            Ok(true)
        }
        Some(Body::RatingExcluded(said)) => {
            exclude(row, said.ratings_left == 0, sums)?;
            Ok(true)
        }
        Some(Body::RatingReinstated(said)) => {
            exclude(row, said.ratings_left == 0, sums)?;
            Ok(true)
        }
        Some(Body::TicketStepped(stepped)) => self::stepped(row, stepped, sums),
        Some(Body::DeadlineWatched(watched)) if watched.kind() == Kind::Escalated && !row.late => {
            count(row, -1, sums)?;
            row.late = true;
            count(row, 1, sums)?;
            Ok(true)
        }
        Some(Body::FollowUpOpened(said)) => due(row, said.required || said.sampled, sums),
        Some(Body::FollowUpEnded(said)) => due(row, said.required || said.sampled, sums),
        Some(Body::TicketAnnulled(annulled)) => {
            if row.state == column(TicketState::Annulled.into()) {
                return Ok(false);
            }
            count(row, -1, sums)?;
            row.state = column(TicketState::Annulled.into());
            row.fed_back = false;
            row.sequence = i64::from(annulled.sequence);
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// In whose hands a new ticket is.
fn opened_state(opened: &TicketOpened) -> Result<TicketState, Obstacle> {
    match TicketState::try_from(opened.state) {
        Err(_) => Err(Obstacle::Unknown(format!("the state {}", opened.state))),
        Ok(TicketState::Unspecified) => Ok(TicketState::Opened),
        Ok(state) => Ok(state),
    }
}

fn opened_row(
    id: Uuid,
    opened: &TicketOpened,
    acts: &HashMap<Uuid, act::Model>,
) -> Result<ticket::Model, Obstacle> {
    let act = known_act(opened.act.as_ref())?;
    let act = ServiceAct { involved: Vec::new(), ..act.clone() };
    let some = |id: &str| if id.is_empty() { Ok(None) } else { uuid(id).map(Some) };
    let rating = convert::opening_rating(opened).unwrap_or_default();
    let (act_id, rating_id) = (some(&act.act_id)?, some(rating)?);
    let known = act_id.and_then(|id| acts.get(&id));
    let opened_at = convert::instant_of(opened.opened_at.as_ref()).map_err(broken)?;
    Ok(ticket::Model {
        id,
        region_code: act.region_code.clone(),
        agency_id: act.agency_id.clone(),
        item_code: act.item_code.clone(),
        level: column(opened.level),
        state: column(opened_state(opened)?.into()),
        finding: 0,
        opened_at: opened_at.as_microsecond(),
        state_at: opened_at.as_microsecond(),
        private: opened.private || known.is_some_and(|act| act.private),
        own_private: opened.private,
        fed_back: false,
        act: act.encode_to_vec(),
        sequence: 0,
        fact_position: 0,
        fact_id: None,
        opened_position: 0,
        act_id,
        rating_id,
        // The ticket of a private rating counts where its rating does, and after it: see `private`.
        waits: opened.private && rating_id.is_some(),
        counted_on: 0,
        excluded: false,
        relapsed: !opened.relapse_of.is_empty(),
        late: false,
        real_name: opened.real_name,
        followed_up: false,
        follow_up_due: false,
    })
}

fn stepped(
    row: &mut ticket::Model,
    stepped: &TicketStepped,
    sums: &mut Sums,
) -> Result<bool, Obstacle> {
    let at = convert::instant_of(stepped.at.as_ref()).map_err(broken)?;
    let fed_back = match TicketState::try_from(stepped.state) {
        Err(_) => return Err(Obstacle::Unknown(format!("the state {}", stepped.state))),
        Ok(TicketState::Unspecified) => return Err(broken(Meaningless("is no state"))),
        Ok(
            TicketState::FedBack
            | TicketState::Reported
            | TicketState::Accepted
            | TicketState::Closed
            | TicketState::Confirmed,
        ) => true,
        Ok(
            TicketState::Received
            | TicketState::Opened
            | TicketState::Assigned
            | TicketState::Contacted
            | TicketState::Verified
            | TicketState::SolutionFedBack
            | TicketState::Rectified
            | TicketState::ExclusionProposed
            | TicketState::Excluded
            | TicketState::Linked
            | TicketState::Annulled,
        ) => false,
    };
    let followed_up = row.followed_up || stepped.followed_up;
    // One that was set aside may come after later ones.
    if i64::from(stepped.sequence) <= row.sequence {
        let is_news = followed_up != row.followed_up;
        if is_news {
            count(row, -1, sums)?;
            row.followed_up = followed_up;
            count(row, 1, sums)?;
        }
        return Ok(is_news);
    }
    count(row, -1, sums)?;
    row.followed_up = followed_up;
    row.fed_back = fed_back;
    row.state = column(stepped.state);
    row.finding = column(stepped.finding);
    // A later notice can take a day back that was missed, so this is what is known by now.
    row.late = !stepped.missed.is_empty();
    count(row, 1, sums)?;
    row.state_at = at.as_microsecond();
    row.sequence = i64::from(stepped.sequence);
    Ok(true)
}

/// A ticket that was due for a follow-up once stays so: it is not less due because it began again. So
/// the order of facts does not matter.
fn due(row: &mut ticket::Model, is_due: bool, sums: &mut Sums) -> Result<bool, Obstacle> {
    let is_news = is_due && !row.follow_up_due;
    if is_news {
        count(row, -1, sums)?;
        row.follow_up_due = true;
        count(row, 1, sums)?;
    }
    Ok(is_news)
}

/// A ticket of which no rating counts any more is in neither part of 整改率; it is again once one does.
fn exclude(row: &mut ticket::Model, excluded: bool, sums: &mut Sums) -> Result<(), Obstacle> {
    if row.excluded != excluded {
        count(row, -1, sums)?;
        row.excluded = excluded;
        count(row, 1, sums)?;
    }
    Ok(())
}
