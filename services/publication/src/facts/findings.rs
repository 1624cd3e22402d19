//! What is found true of units and staff (P07), from what others decide: the judgement of a signal, the
//! verified ground of measures about staff, an upheld restricted matter, a transfer. A late ticket is a
//! finding while it counts and a deadline of it counts as missed, which is what is known of the ticket
//! here already. Ratings and their figures have no part in this.

use std::collections::{BTreeMap, BTreeSet};

use domain::deadline::day_of;
use platform::{
    convert::{self, Meaningless},
    database::Txn,
    facts::consume::{Obstacle, Retraction},
};
use proto::{
    fact::v1::{
        Fact, MisconductTransferred, RestrictedMatterDecided, SignalJudged, StaffMeasureStepped,
        deadline_watched::Kind as Watched, fact::Body,
    },
    publication::v1::{FindingKind, FindingSubject},
    r#type::v1::{RestrictedKind, SignalSubject, TicketState},
};
use sea_orm::DbErr;
use uuid::Uuid;

use super::reading::{broken, uuid};
use crate::{
    entity::{
        column::{column, day_to_column},
        finding, ticket,
    },
    store,
};

/// A deadline of a ticket that was missed.
struct Missed {
    day: i32,
    agency_id: String,
}

/// What some facts say of a ticket's deadlines.
#[derive(Default)]
struct Lateness {
    /// None had been missed at one time, so that what was known before is over.
    cleared: bool,
    /// Since then, or since ever: the first that was.
    first: Option<Missed>,
    position: i64,
}

/// Folds facts about findings. It comes last: the tickets are what they are after these facts.
pub(super) async fn apply(
    txn: &Txn,
    facts: &[Fact],
    left: &mut Vec<(u64, Obstacle)>,
) -> Result<(), DbErr> {
    let aside: BTreeSet<u64> = left.iter().map(|(position, _)| *position).collect();
    let (mut said, mut transferred) = (Vec::new(), Vec::new());
    let mut tickets: BTreeMap<Uuid, Lateness> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| !aside.contains(&fact.position)) {
        let fact_position = fact.position.cast_signed();
        let say = |row: finding::Model| said.push(finding::Model { fact_position, ..row });
        let read = match &fact.body {
            Some(Body::SignalJudged(judged)) => signal(judged).map(|row| row.map_or((), say)),
            Some(Body::StaffMeasureStepped(stepped)) => measure(stepped).map(say),
            Some(Body::RestrictedMatterDecided(decided)) => restricted(decided).map(say),
            Some(Body::MisconductTransferred(told)) => transfer(told).map(|known| {
                transferred.push((fact.position, known));
            }),
            _ => lateness(fact, &mut tickets),
        };
        if let Err(why) = read {
            left.push((fact.position, why));
        }
    }
    let mut rows = latest(txn, said).await?;
    rows.extend(self::transferred(txn, transferred, left).await?);
    rows.extend(late(txn, tickets).await?);
    store::appraisal::put(txn, rows).await
}

/// Takes back what facts of a producer after a position said.
pub(super) async fn forget(
    txn: &Txn,
    of_intake: bool,
    after: i64,
    forgotten: &mut Retraction,
) -> Result<(), DbErr> {
    let mut gone = store::appraisal::after(txn, of_intake, after).await?;
    // A late ticket's goes with the ticket, and only then.
    let late = column(FindingKind::LateRectification.into());
    gone.retain(|row| after == 0 || row.kind != late || forgotten.subjects.contains(&row.id));
    if after == 0 {
        forgotten.words.push(format!("all {} findings are read again", gone.len()));
    } else {
        forgotten
            .words
            .extend(gone.iter().map(|row| format!("the finding from {} is read again", row.id)));
        forgotten.subjects.extend(gone.iter().map(|row| row.id));
    }
    // With the late ones of tickets that are folded again.
    let ids = gone.iter().map(|row| row.id).chain(forgotten.subjects.iter().copied());
    store::appraisal::delete(txn, ids).await
}

/// The source of a fact about a finding, as far as no ticket is one.
pub(super) fn source_of(fact: &Fact) -> Option<&String> {
    match &fact.body {
        Some(Body::SignalJudged(judged)) => Some(&judged.signal_id),
        Some(Body::StaffMeasureStepped(stepped)) => Some(&stepped.measure_id),
        Some(Body::RestrictedMatterDecided(decided)) => Some(&decided.matter_id),
        Some(Body::MisconductTransferred(transferred)) => Some(&transferred.transfer_id),
        _ => None,
    }
}

/// Of what is said of each source the last is kept, in whatever order it comes; of the measures about one
/// person the day they were opened.
async fn latest(txn: &Txn, said: Vec<finding::Model>) -> Result<Vec<finding::Model>, DbErr> {
    let ids: BTreeSet<Uuid> = said.iter().map(|row| row.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let known = store::appraisal::load(txn, ids).await?;
    let mut rows: BTreeMap<Uuid, finding::Model> =
        known.into_iter().map(|row| (row.id, row)).collect();
    for row in said {
        let measure = row.kind == column(FindingKind::StaffMeasure.into());
        match rows.get_mut(&row.id) {
            Some(known) if measure => {
                known.day = known.day.min(row.day);
                known.fact_position = known.fact_position.max(row.fact_position);
            }
            Some(known) if known.fact_position > row.fact_position => {}
            _ => {
                rows.insert(row.id, row);
            }
        }
    }
    Ok(rows.into_values().collect())
}

fn row(
    source_id: &str,
    kind: FindingKind,
    (subject, subject_id): (FindingSubject, &str),
    at: Result<jiff::Timestamp, Meaningless>,
) -> Result<finding::Model, Obstacle> {
    let at = at.map_err(broken)?;
    Ok(finding::Model {
        id: uuid(source_id)?,
        kind: column(kind.into()),
        subject: column(subject.into()),
        subject_id: subject_id.to_owned(),
        agency_id: String::new(),
        region_code: String::new(),
        day: day_to_column(day_of(at)),
        signal_kind: 0,
        holds: true,
        fact_position: 0,
    })
}

/// A judged signal about something that can be appraised: raters and networks are nobody's.
fn signal(judged: &SignalJudged) -> Result<Option<finding::Model>, Obstacle> {
    let subject = match judged.subject() {
        SignalSubject::Window => FindingSubject::Window,
        SignalSubject::Staff => FindingSubject::Staff,
        SignalSubject::Terminal => FindingSubject::Terminal,
        SignalSubject::Network | SignalSubject::Rater => return Ok(None),
        SignalSubject::Unspecified => {
            return Err(Obstacle::Unknown(format!("the subject {}", judged.subject)));
        }
    };
    let of = (subject, judged.subject_id.as_str());
    let row = row(
        &judged.signal_id,
        FindingKind::FakedPraise,
        of,
        convert::instant_of(judged.at.as_ref()),
    )?;
    Ok(Some(finding::Model {
        agency_id: judged.agency_id.clone(),
        region_code: judged.region_code.clone(),
        signal_kind: column(judged.kind),
        holds: judged.found_true,
        ..row
    }))
}

/// Measures begin with a verified finding, whatever follows.
fn measure(stepped: &StaffMeasureStepped) -> Result<finding::Model, Obstacle> {
    let of = (FindingSubject::Staff, stepped.staff_id.as_str());
    let row = row(
        &stepped.measure_id,
        FindingKind::StaffMeasure,
        of,
        convert::instant_of(stepped.at.as_ref()),
    )?;
    let (agency_id, region_code) = (stepped.agency_id.clone(), stepped.region_code.clone());
    Ok(finding::Model { agency_id, region_code, ..row })
}

fn restricted(decided: &RestrictedMatterDecided) -> Result<finding::Model, Obstacle> {
    let kind = match decided.kind() {
        RestrictedKind::Retaliation => FindingKind::Retaliation,
        RestrictedKind::Obstruction => FindingKind::Obstruction,
        RestrictedKind::Leak => FindingKind::Leak,
        RestrictedKind::Unspecified => {
            return Err(Obstacle::Unknown(format!("the kind {}", decided.kind)));
        }
    };
    let of = (FindingSubject::Unit, decided.unit_id.as_str());
    let row = row(&decided.matter_id, kind, of, convert::instant_of(decided.at.as_ref()))?;
    let region_code = decided.region_code.clone();
    Ok(finding::Model { region_code, holds: decided.upheld && !decided.unit_id.is_empty(), ..row })
}

/// A transfer, still without its ticket's agency.
fn transfer(told: &MisconductTransferred) -> Result<(Uuid, finding::Model), Obstacle> {
    let of = (FindingSubject::Unit, "");
    let kind = FindingKind::MisconductTransferred;
    Ok((
        uuid(&told.ticket_id)?,
        row(&told.transfer_id, kind, of, convert::instant_of(told.at.as_ref()))?,
    ))
}

/// Transfers with the agencies of their tickets.
async fn transferred(
    txn: &Txn,
    said: Vec<(u64, (Uuid, finding::Model))>,
    left: &mut Vec<(u64, Obstacle)>,
) -> Result<Vec<finding::Model>, DbErr> {
    if said.is_empty() {
        return Ok(Vec::new());
    }
    let tickets = tickets(txn, said.iter().map(|(_, (ticket, _))| *ticket)).await?;
    let mut rows = BTreeMap::new();
    for (position, (id, row)) in said {
        let Some(ticket) = tickets.get(&id) else {
            left.push((position, Obstacle::Waits(format!("the ticket {id}"))));
            continue;
        };
        let (agency_id, region_code) = (ticket.agency_id.clone(), ticket.region_code.clone());
        let subject_id = agency_id.clone();
        let fact_position = position.cast_signed();
        let row = finding::Model { subject_id, agency_id, region_code, fact_position, ..row };
        rows.insert(row.id, row);
    }
    Ok(rows.into_values().collect())
}

async fn tickets(
    txn: &Txn,
    ids: impl Iterator<Item = Uuid>,
) -> Result<BTreeMap<Uuid, ticket::Model>, DbErr> {
    let ids: BTreeSet<Uuid> = ids.collect();
    let known = store::disclosure::load(txn, ids).await?;
    Ok(known.into_iter().map(|ticket| (ticket.id, ticket)).collect())
}

/// Notes what a fact says of a ticket's deadlines, or that it may count now or no more.
fn lateness(fact: &Fact, tickets: &mut BTreeMap<Uuid, Lateness>) -> Result<(), Obstacle> {
    let (id, at, agency_id) = match &fact.body {
        Some(Body::TicketStepped(stepped)) => {
            let late = !stepped.missed.is_empty();
            (&stepped.ticket_id, Some((stepped.at.as_ref(), late)), &stepped.agency_id)
        }
        Some(Body::DeadlineWatched(watched)) if watched.kind() == Watched::Escalated => {
            (&watched.ticket_id, Some((watched.at.as_ref(), true)), &watched.agency_id)
        }
        Some(Body::RatingExcluded(excluded)) => (&excluded.ticket_id, None, &String::new()),
        Some(Body::RatingReinstated(reinstated)) => (&reinstated.ticket_id, None, &String::new()),
        Some(Body::RatingJoinedTicket(joined)) => (&joined.ticket_id, None, &String::new()),
        Some(Body::TicketAnnulled(annulled)) => (&annulled.ticket_id, None, &String::new()),
        _ => return Ok(()),
    };
    let known = tickets.entry(uuid(id)?).or_default();
    known.position = fact.position.cast_signed();
    match at {
        // Without a time there is no day; the ticket's next step tells of it again.
        Some((Some(at), true)) if known.first.is_none() => {
            let day = day_to_column(day_of(convert::instant_of(Some(at)).map_err(broken)?));
            known.first = Some(Missed { day, agency_id: agency_id.clone() });
        }
        Some((_, false)) => (known.cleared, known.first) = (true, None),
        _ => {}
    }
    Ok(())
}

/// What is to be kept of late tickets after some facts about them.
async fn late(txn: &Txn, said: BTreeMap<Uuid, Lateness>) -> Result<Vec<finding::Model>, DbErr> {
    if said.is_empty() {
        return Ok(Vec::new());
    }
    let known = store::appraisal::load(txn, said.keys().copied()).await?;
    let mut known: BTreeMap<Uuid, finding::Model> =
        known.into_iter().map(|row| (row.id, row)).collect();
    let said: BTreeMap<Uuid, Lateness> = said
        .into_iter()
        .filter(|(id, said)| said.first.is_some() || known.contains_key(id))
        .collect();
    if said.is_empty() {
        return Ok(Vec::new());
    }
    let tickets = tickets(txn, said.keys().copied()).await?;
    let mut rows = Vec::new();
    for (id, said) in said {
        let Some(ticket) = tickets.get(&id) else { continue };
        let known = known.remove(&id).filter(|_| !said.cleared);
        let first = said.first.map(|missed| new(ticket, missed));
        // Without either it is late no more.
        let Some(row) = known.or(first) else {
            store::appraisal::delete(txn, [id]).await?;
            continue;
        };
        rows.push(finding::Model {
            holds: ticket.late && counts(ticket),
            fact_position: said.position,
            ..row
        });
    }
    Ok(rows)
}

fn new(ticket: &ticket::Model, missed: Missed) -> finding::Model {
    // Who handled it then, not who does now.
    let handler = Some(missed.agency_id).filter(|id| !id.is_empty());
    let agency_id = handler.unwrap_or_else(|| ticket.agency_id.clone());
    finding::Model {
        id: ticket.id,
        kind: column(FindingKind::LateRectification.into()),
        subject: column(FindingSubject::Unit.into()),
        subject_id: agency_id.clone(),
        agency_id,
        region_code: ticket.region_code.clone(),
        day: missed.day,
        signal_kind: 0,
        holds: true,
        fact_position: 0,
    }
}

/// Whether a ticket counts anywhere.
fn counts(ticket: &ticket::Model) -> bool {
    let nowhere = [TicketState::Annulled, TicketState::Excluded, TicketState::Linked];
    !ticket.excluded && nowhere.into_iter().all(|state| ticket.state != column(state.into()))
}
