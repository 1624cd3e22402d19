//! From facts to records: which services, ratings and corrections are to be told, and in which order. Records
//! are made in the order of facts, in one transaction with the place up to which they were read, so each is
//! made once whatever is restarted meanwhile. A service's number within its case, and a rating's within its
//! service, is the first that no record has: those on record as withdrawn keep theirs.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use domain::canary::is_robots;
use jiff::Timestamp;
use platform::{
    convert::instant_of,
    database::Store,
    facts::{history::Place, recorded_at},
};
use prost::Message as _;
use proto::{
    fact::v1::{Fact, RatingSubmitted, fact::Body, ticket_opened::Opening},
    r#type::v1::{ServiceAct, TicketState},
};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::{
    entity::{column::column, national_case, national_record, national_ticket},
    store::exchange::national::{
        self, queue,
        state::{BLOCKED, CASE, CORRECTION, DONE, RATING, READY, WITHDRAWN},
        taking,
    },
};

/// Why facts cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unread {
    /// They do not follow each other.
    #[error("fact {0} is none, or stands at another position")]
    Wrong(i64),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] DbErr),
}

/// What a fact tells.
enum Told<'a> {
    Submitted { case: Uuid, number: &'a str, accepted_at: Option<Timestamp> },
    Served(&'a ServiceAct, Uuid),
    Rated(&'a RatingSubmitted, &'a ServiceAct, Uuid),
    Opened(Uuid, Uuid),
    Left(Uuid, Uuid),
    FedBack(Uuid),
    Corrected(Uuid),
}

/// What a fact tells that the interface has a record for, or that such a record needs. A robot's acts (S07) are
/// nobody's, and are told to nobody.
fn told(body: &Body) -> Option<Told<'_>> {
    let id = |text: &str| text.parse::<Uuid>().ok();
    let of_people = |act: &&ServiceAct| !is_robots(&act.item_code);
    Some(match body {
        Body::CaseSubmitted(fact) => {
            let accepted_at = instant_of(fact.accepted_at.as_ref()).ok();
            Told::Submitted { case: id(&fact.case_id)?, number: &fact.project_number, accepted_at }
        }
        Body::RatingInvited(fact) => {
            let act = fact.act.as_ref().filter(of_people)?;
            Told::Served(act, id(&act.act_id)?)
        }
        Body::RatingSubmitted(fact) => {
            let act = fact.act.as_ref().filter(of_people)?;
            Told::Rated(fact, act, id(&fact.rating_id)?)
        }
        Body::TicketOpened(fact) => {
            let Some(Opening::Rating(opening)) = &fact.opening else { return None };
            Told::Opened(id(&fact.ticket_id)?, id(&opening.rating_id)?)
        }
        Body::RatingJoinedTicket(fact) => Told::Opened(id(&fact.ticket_id)?, id(&fact.rating_id)?),
        Body::RatingLeftTicket(fact) => Told::Left(id(&fact.ticket_id)?, id(&fact.rating_id)?),
        Body::TicketStepped(fact) if fact.state() == TicketState::FedBack => {
            Told::FedBack(id(&fact.ticket_id)?)
        }
        Body::RatingExcluded(fact) => Told::Corrected(id(&fact.rating_id)?),
        Body::RatingReinstated(fact) => Told::Corrected(id(&fact.rating_id)?),
        Body::RatingTextReviewed(fact) => Told::Corrected(id(&fact.rating_id)?),
        _ => return None,
    })
}

/// What is known while a page of facts is read.
#[derive(Default)]
struct Known {
    cases: HashMap<Uuid, national_case::Model>,
    changed: BTreeSet<Uuid>,
    tickets: HashMap<Uuid, BTreeSet<Uuid>>,
    joined: Vec<national_ticket::Model>,
    left: Vec<(Uuid, Uuid)>,
    /// The state of each record.
    states: HashMap<Uuid, i16>,
    /// The kind of each that is held back here.
    held: HashMap<Uuid, i16>,
    /// The number of each service.
    services: HashMap<Uuid, i32>,
    /// The services of each case by their numbers.
    numbered: HashMap<Uuid, BTreeMap<i32, Uuid>>,
    /// The ratings of each service by their numbers.
    rated: HashMap<Uuid, BTreeMap<i32, Uuid>>,
    /// The last correction of each rating: its position and itself.
    corrected: HashMap<Uuid, (i64, Uuid)>,
    added: Vec<national_record::Model>,
    back: Vec<(Uuid, i64)>,
    /// When this is done, in microseconds.
    now: i64,
}

/// Reads facts of a service that follow a place, unless another replica has.
///
/// # Errors
/// [`Unread`]; nothing is changed then.
pub(crate) async fn take(
    store: &Store,
    producers: &[&str],
    producer: &str,
    after: Place,
    bodies: Vec<Vec<u8>>,
    now: Timestamp,
) -> Result<(), Unread> {
    let mut facts = Vec::with_capacity(bodies.len());
    for (body, position) in bodies.into_iter().zip(after.position + 1..) {
        let fact = Fact::decode(body.as_slice()).map_err(|_| Unread::Wrong(position))?;
        if fact.position.cast_signed() != position || fact.producer != producer {
            return Err(Unread::Wrong(position));
        }
        facts.push((fact, body));
    }
    let Some((last, _)) = facts.last() else { return Ok(()) };
    let last = Place {
        position: last.position.cast_signed(),
        fact_id: last.fact_id.parse().unwrap_or_default(),
    };
    let txn = store.begin().await?;
    let cursors = national::hold(&txn, producers).await?;
    let cursor = cursors.iter().find(|cursor| cursor.producer == producer);
    if cursor.is_none_or(|cursor| cursor.position != after.position) {
        return Ok(txn.rollback().await?);
    }
    let mut known = Known::load(&txn, &facts).await?;
    known.now = now.as_microsecond();
    for (fact, body) in &facts {
        if let Some(told) = fact.body.as_ref().and_then(told) {
            known.take(told, fact, body);
        }
    }
    known.write(&txn).await?;
    national::move_to(&txn, producer, last).await?;
    Ok(txn.commit().await?)
}

impl Known {
    async fn load(txn: &platform::database::Txn, facts: &[(Fact, Vec<u8>)]) -> Result<Self, DbErr> {
        let (mut cases, mut acts) = (HashSet::new(), HashSet::new());
        let (mut ratings, mut tickets, mut ids) = (HashSet::new(), HashSet::new(), HashSet::new());
        for told in facts.iter().filter_map(|(fact, _)| fact.body.as_ref()).filter_map(told) {
            match told {
                Told::Submitted { case, .. } => {
                    cases.insert(case);
                }
                Told::Served(act, _) | Told::Rated(_, act, _) => {
                    cases.extend(act.case_id.parse::<Uuid>());
                    acts.extend(act.act_id.parse::<Uuid>());
                }
                Told::Opened(_, rating) | Told::Corrected(rating) => {
                    ratings.insert(rating);
                }
                Told::FedBack(ticket) => {
                    tickets.insert(ticket);
                }
                Told::Left(..) => {}
            }
            if let Told::Rated(_, _, rating) = told {
                ids.insert(rating);
            }
        }
        let mut known = Self::default();
        let cases: Vec<Uuid> = cases.into_iter().collect();
        for case in taking::cases(txn, cases.clone()).await? {
            known.cases.insert(case.id, case);
        }
        for row in taking::tickets(txn, tickets.into_iter().collect()).await? {
            ratings.insert(row.rating_id);
            known.tickets.entry(row.ticket_id).or_default().insert(row.rating_id);
        }
        let among =
            (acts.into_iter().collect(), ratings.into_iter().collect(), ids.into_iter().collect());
        for row in taking::records(txn, cases, among).await? {
            known.learn(&row);
        }
        Ok(known)
    }

    fn learn(&mut self, row: &national_record::Model) {
        self.states.insert(row.id, row.state);
        if row.state == READY && row.kind != CORRECTION && queue::is_held(&row.reason) {
            self.held.insert(row.id, row.kind);
        }
        match (row.kind, row.act_id, row.rating_id) {
            (CASE, Some(act), _) => {
                self.services.insert(act, row.service);
                if let Some(case) = row.case_id {
                    self.numbered.entry(case).or_default().insert(row.service, act);
                }
            }
            (RATING, Some(act), _) => {
                self.rated.entry(act).or_default().insert(row.rating, row.id);
            }
            (CORRECTION, _, Some(rating)) => {
                let last = self.corrected.entry(rating).or_insert((row.position, row.id));
                *last = (*last).max((row.position, row.id));
            }
            _ => {}
        }
    }

    fn take(&mut self, told: Told<'_>, fact: &Fact, body: &[u8]) {
        let position = fact.position.cast_signed();
        match told {
            Told::Submitted { case, number, accepted_at } => {
                // A fact of an older version does not say when; it was recorded once it was accepted.
                let accepted_at = accepted_at.unwrap_or_else(|| recorded_at(fact));
                let row = self.case(case, position);
                number.clone_into(&mut row.project_number);
                row.accepted_at = accepted_at.as_microsecond();
            }
            Told::Served(act, id) => self.serve(act, id, fact, body),
            Told::Rated(rating, act, id) => {
                let Ok(act_id) = act.act_id.parse::<Uuid>() else { return };
                // Its invitation was told before; one of an older version perhaps not.
                if !self.services.contains_key(&act_id) {
                    self.serve(act, act_id, fact, body);
                }
                if self.is_there(id, position) {
                    return;
                }
                let (number, before) = next(self.rated.get(&act_id));
                self.add(national_record::Model {
                    case_id: act.case_id.parse().ok(),
                    act_id: Some(act_id),
                    rating_id: Some(id),
                    service: self.services.get(&act_id).copied().unwrap_or_default(),
                    rating: number,
                    level: column(rating.level),
                    ..self.record(RATING, id, before.or(Some(act_id)), fact, body)
                });
            }
            Told::Opened(ticket, rating) => {
                self.tickets.entry(ticket).or_default().insert(rating);
                let row = national_ticket::Model { ticket_id: ticket, rating_id: rating, position };
                self.joined.push(row);
            }
            Told::Left(ticket, rating) => {
                self.tickets.entry(ticket).or_default().remove(&rating);
                self.joined.retain(|row| (row.ticket_id, row.rating_id) != (ticket, rating));
                self.left.push((ticket, rating));
            }
            Told::FedBack(ticket) => {
                let ratings = self.tickets.get(&ticket).cloned().unwrap_or_default();
                for rating in ratings {
                    self.correct(rating, fact, body);
                }
            }
            Told::Corrected(rating) => self.correct(rating, fact, body),
        }
    }

    /// A service of a case: it is numbered within the case, in the order of facts.
    fn serve(&mut self, act: &ServiceAct, id: Uuid, fact: &Fact, body: &[u8]) {
        let position = fact.position.cast_signed();
        let Ok(case_id) = act.case_id.parse::<Uuid>() else { return };
        if self.is_there(id, position) {
            return;
        }
        let (service, before) = next(self.numbered.get(&case_id));
        let case = self.case(case_id, position);
        if service > case.services {
            (case.services, case.last_service) = (service, Some(id));
        }
        self.add(national_record::Model {
            case_id: Some(case_id),
            act_id: Some(id),
            service,
            ..self.record(CASE, id, before, fact, body)
        });
    }

    /// A correction of a rating, after those before it.
    fn correct(&mut self, rating: Uuid, fact: &Fact, body: &[u8]) {
        let fact_id: Uuid = fact.fact_id.parse().unwrap_or_default();
        // One fact can correct several ratings.
        let id = Uuid::from_u128(fact_id.as_u128() ^ rating.as_u128());
        if self.is_there(id, fact.position.cast_signed()) {
            return;
        }
        let before = self.corrected.get(&rating).map_or(rating, |(_, last)| *last);
        self.add(national_record::Model {
            rating_id: Some(rating),
            ..self.record(CORRECTION, id, Some(before), fact, body)
        });
    }

    fn case(&mut self, id: Uuid, position: i64) -> &mut national_case::Model {
        self.changed.insert(id);
        self.cases.entry(id).or_insert_with(|| national_case::Model {
            id,
            project_number: String::new(),
            accepted_at: 0,
            services: 0,
            last_service: None,
            position,
        })
    }

    /// Whether there is a record already; one that was withdrawn is in the history again.
    fn is_there(&mut self, id: Uuid, position: i64) -> bool {
        let state = self.states.get(&id).copied();
        if state == Some(WITHDRAWN) {
            self.states.insert(id, DONE);
            self.back.push((id, position));
        }
        state.is_some()
    }

    fn add(&mut self, mut row: national_record::Model) {
        let before = row.needs.map(|id| self.states.get(&id).copied().unwrap_or(BLOCKED));
        let told = before.is_none_or(|state| [DONE, WITHDRAWN].contains(&state));
        // One that is held back here, perhaps for good, holds up none of its own kind.
        let told = told || row.needs.is_some_and(|id| self.held.get(&id) == Some(&row.kind));
        row.state = if told { READY } else { BLOCKED };
        self.learn(&row);
        self.added.push(row);
    }

    async fn write(self, txn: &platform::database::Txn) -> Result<(), DbErr> {
        let changed = self.cases.into_values().filter(|case| self.changed.contains(&case.id));
        taking::put_cases(txn, changed.collect()).await?;
        for (ticket, rating) in self.left {
            taking::leave(txn, ticket, rating).await?;
        }
        taking::put_tickets(txn, self.joined).await?;
        taking::add(txn, self.added).await?;
        taking::bring_back(txn, &self.back, self.now).await
    }

    fn record(
        &self,
        kind: i16,
        id: Uuid,
        needs: Option<Uuid>,
        fact: &Fact,
        body: &[u8],
    ) -> national_record::Model {
        let recorded_at = recorded_at(fact).as_microsecond();
        national_record::Model {
            id,
            kind,
            producer: fact.producer.clone(),
            position: fact.position.cast_signed(),
            recorded_at,
            case_id: None,
            act_id: None,
            rating_id: None,
            service: 0,
            rating: 0,
            level: 0,
            needs,
            fact: body.to_vec(),
            state: BLOCKED,
            // The oldest first; but its producer's clock may be ahead.
            due_at: recorded_at.min(self.now),
            tries: 0,
            reason: String::new(),
            words: String::new(),
            receipt: String::new(),
            receipted_at: None,
            sent_at: None,
            number: 0,
        }
    }
}

/// The first number that is free, and what has the one before it.
fn next(used: Option<&BTreeMap<i32, Uuid>>) -> (i32, Option<Uuid>) {
    let Some(used) = used else { return (1, None) };
    let free = (1..).find(|number| !used.contains_key(number)).unwrap_or(i32::MAX);
    (free, used.range(..free).next_back().map(|(_, id)| *id))
}
