//! The facts this service writes, and those it follows: the catalog's, and ticketing's about its
//! ratings.

mod promises;
mod reports;
mod tickets;
mod words;

use std::collections::BTreeSet;

use domain::{
    deadline::Deadline,
    rating::ServiceAct,
    review::ReviewSource,
    survey_plan::{Assessment, SamplingMethod},
};
use jiff::Timestamp;
use platform::{
    clock::instant,
    convert::{act_to_wire, to_wire},
    database::{Store, Txn},
    facts::{
        consume::{ApplyOutcome, Consumer, Retraction},
        history::Place,
    },
    reference::{CATALOG, Reference},
    shell::Shell,
};
use proto::{
    fact::v1::{
        ApplicantChanged, CaseCompleted, CaseSubmitted, Fact, MatterRaised, RatingInvited,
        RatingSubmitted, RatingWindowMoved, applicant_changed::ContactChange, fact::Body,
    },
    r#type::v1 as wire,
};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::{
    convert::{case::act_row_to_wire, rating::tag_codes},
    entity::{call_back, case_file, former_applicant, rating, review, service_act},
    store::{
        self,
        rating::{handlings, outcomes, ratings},
        survey::DrawnAct,
    },
};

/// Applies others' facts here.
pub struct Facts {
    pub(crate) shell: Shell,
    pub(crate) reference: Reference,
}

impl Consumer for Facts {
    fn producers(&self) -> &'static [&'static str] {
        &[CATALOG, "ticketing"]
    }

    async fn apply(&self, txn: &Txn, facts: &[Fact]) -> Result<ApplyOutcome, DbErr> {
        let mut applied = ApplyOutcome::default();
        let Some(first) = facts.first() else { return Ok(applied) };
        if first.producer == CATALOG {
            applied.left = Reference::apply(txn, facts).await?;
            promises::compute_anew(txn, facts).await?;
            return Ok(applied);
        }
        let mut of_tickets = Vec::with_capacity(facts.len());
        for fact in facts {
            if let Some(Body::RestrictedMatterDecided(decided)) = &fact.body {
                if let Err(left) = reports::decided(txn, fact, decided).await? {
                    applied.left.push((fact.position, left));
                }
            } else if words::is_about(fact) {
                // However many come together, it meets what the facts before it left.
                let before = std::mem::take(&mut of_tickets);
                applied.left.extend(tickets::apply(txn, &before).await?);
                match words::apply(txn, &self.shell, fact).await? {
                    Ok(told) => applied.told.extend(told.map(|body| (fact.position, body))),
                    Err(left) => applied.left.push((fact.position, left)),
                }
            } else {
                of_tickets.push(fact);
            }
        }
        applied.left.extend(tickets::apply(txn, &of_tickets).await?);
        Ok(applied)
    }

    async fn applied(&self, producer: &str) {
        if producer == CATALOG {
            self.reference.refresh_or_say().await;
        }
    }

    async fn last_trace(
        &self,
        store: &Store,
        producer: &str,
        up_to: i64,
    ) -> Result<Option<Place>, DbErr> {
        match producer {
            CATALOG => Reference::last_trace(store, up_to).await,
            _ => {
                let told = tickets::last_trace(store, up_to).await?;
                let decided = store::report::last_trace(store.read(), up_to).await?;
                let words = store::rating::words::last_trace(store.read(), up_to).await?;
                let all = told.into_iter().chain(decided).chain(words);
                Ok(all.max_by_key(|place| place.position))
            }
        }
    }

    async fn forget(&self, txn: &Txn, producer: &str, after: i64) -> Result<Retraction, DbErr> {
        let mut forgotten = Retraction::default();
        if producer == CATALOG {
            for (code, version) in Reference::forget(txn, after).await? {
                let words = format!("version {version} of item {code} is not known any more");
                forgotten.words.push(words);
            }
            return Ok(forgotten);
        }
        for row in outcomes::take_after(txn, after).await? {
            let words = format!("the rater of act {} is told again what became of it", row.act_id);
            forgotten.words.push(words);
            forgotten.subjects.insert(row.ticket_id);
        }
        let undecided = store::report::undecide_after(txn, after).await?;
        if !undecided.is_empty() {
            let words = format!("{} reports of citizens are undecided again", undecided.len());
            forgotten.words.push(words);
        }
        forgotten.subjects.extend(undecided);
        words::forget(txn, after, &mut forgotten).await?;
        forgotten.subjects.extend(handlings::take_after(txn, after).await?);
        Ok(forgotten)
    }

    fn concerns(&self, fact: &Fact, subjects: &BTreeSet<Uuid>) -> bool {
        let about = match &fact.body {
            // An act has one row, for its newest ticket; all of these facts are checked against it.
            // Facts without news change nothing.
            Some(
                Body::TicketOpened(_)
                | Body::TicketStepped(_)
                | Body::TicketAnnulled(_)
                | Body::TicketLinked(_)
                | Body::FollowUpOpened(_),
            ) => return true,
            Some(Body::RestrictedMatterDecided(decided)) => Some(decided.matter_id.as_str()),
            _ => words::rating_of(fact),
        };
        let about = about.and_then(|id| id.parse::<Uuid>().ok());
        about.is_some_and(|id| subjects.contains(&id))
    }
}

pub(crate) fn case_submitted(case: &case_file::Model) -> Body {
    Body::CaseSubmitted(CaseSubmitted {
        case_id: case.id.to_string(),
        project_number: case.project_number.clone(),
        region_code: case.region_code.clone(),
        agency_id: case.agency_id.clone(),
        item_code: case.item_code.clone(),
        accepted_at: Some(to_wire(instant(case.accepted_at))),
    })
}

pub(crate) fn case_completed(case: &case_file::Model) -> Body {
    Body::CaseCompleted(CaseCompleted {
        case_id: case.id.to_string(),
        agency_id: case.agency_id.clone(),
        late: case.late_reason.is_some(),
    })
}

/// That another phone or number was reported for a case's applicant; `case` has it already.
pub(crate) fn applicant_changed(case: &case_file::Model, former: &former_applicant::Model) -> Body {
    let change = |before: &Option<Vec<u8>>, now: &Option<Vec<u8>>| match (before, now) {
        (before, now) if before == now => ContactChange::Unspecified,
        (None, _) => ContactChange::Added,
        (Some(_), _) => ContactChange::Replaced,
    };
    Body::ApplicantChanged(ApplicantChanged {
        case_id: case.id.to_string(),
        region_code: case.region_code.clone(),
        agency_id: case.agency_id.clone(),
        phone: change(&former.phone_index, &case.phone_index).into(),
        number: change(&former.number_index, &case.number_index).into(),
    })
}

pub(crate) fn rating_invited(act: &ServiceAct, window: Option<&Deadline>) -> Body {
    Body::RatingInvited(RatingInvited {
        act: Some(act_to_wire(act)),
        closes_on: window.map(|window| window.due_on.to_string()).unwrap_or_default(),
    })
}

/// That an act's window became longer; it does already.
pub(crate) fn rating_window_moved(
    act: &service_act::Model,
    before: &Deadline,
    now: &Deadline,
) -> Body {
    Body::RatingWindowMoved(RatingWindowMoved {
        act: Some(act_row_to_wire(act)),
        closes_on: now.due_on.to_string(),
        closed_on: before.due_on.to_string(),
    })
}

pub(crate) fn rating_submitted(
    row: &rating::Model,
    act: wire::ServiceAct,
    real_name: bool,
    words_hash: Vec<u8>,
) -> Body {
    let received_at = instant(row.received_at);
    let given_at = ratings::given_at(row);
    Body::RatingSubmitted(RatingSubmitted {
        rating_id: row.id.to_string(),
        act: Some(act),
        level: wire::Level::try_from(i32::from(row.level)).unwrap_or_default().into(),
        tag_codes: tag_codes(row),
        tag_list_version: row.tag_list_version.clone(),
        has_text: row.has_text,
        channel: wire::Channel::try_from(i32::from(row.channel)).unwrap_or_default().into(),
        origin: wire::Origin::try_from(i32::from(row.origin)).unwrap_or_default().into(),
        private: row.private,
        real_name,
        received_at: Some(to_wire(received_at)),
        batch_id: row.batch_id.map(|id| id.to_string()).unwrap_or_default(),
        given_at: Some(given_at).filter(|given_at| *given_at != received_at).map(to_wire),
        words_hash,
    })
}

/// A review or a complaint, as a matter.
pub(crate) fn review_raised(row: &review::Model, source: ReviewSource) -> Body {
    let complaint = source.is_complaint();
    let kind = if complaint { wire::MatterKind::Complaint } else { wire::MatterKind::PublicReview };
    Body::MatterRaised(MatterRaised {
        matter_id: row.id.to_string(),
        kind: kind.into(),
        source: source.name().to_owned(),
        original_number: row.original_number.clone().unwrap_or_default(),
        region_code: row.region_code.clone(),
        agency_id: row.agency_id.clone().unwrap_or_default(),
        item_code: row.item_code.clone().unwrap_or_default(),
        unit_id: row.unit_id.clone().unwrap_or_default(),
        level: row.level.unwrap_or_default().into(),
        wants_ticket: row.wants_ticket,
        real_name: row.real_name,
        received_at: Some(to_wire(instant(row.received_at))),
        private: row.private,
        staff_id: String::new(),
        hotline_due_on: row.hotline_due_on.clone().unwrap_or_default(),
    })
}

/// A problem that a call-back reported, as a matter.
pub(crate) fn call_back_raised(
    matter_id: Uuid,
    row: &call_back::Model,
    act: &DrawnAct,
    method: SamplingMethod,
) -> Body {
    let problem = survey_problem(matter_id, method.name(), instant(row.recorded_at));
    Body::MatterRaised(MatterRaised {
        region_code: act.region_code.clone(),
        agency_id: act.agency_id.clone(),
        item_code: act.item_code.clone(),
        level: row.level.unwrap_or_default().into(),
        real_name: act.real_name,
        staff_id: act.staff_id.clone().unwrap_or_default(),
        // What a person said in a call is never shown singly.
        private: true,
        ..problem
    })
}

/// A problem that an assessment found, as a matter.
pub(crate) fn assessment_raised(
    matter_id: Uuid,
    agency_id: &str,
    assessment: &Assessment,
    at: Timestamp,
) -> Body {
    let problem = survey_problem(matter_id, assessment.method.name(), at);
    Body::MatterRaised(MatterRaised {
        region_code: assessment.region_code.clone(),
        agency_id: agency_id.to_owned(),
        ..problem
    })
}

/// The common part of every problem that a survey finds: it is rectified as a ticket.
fn survey_problem(matter_id: Uuid, source: &str, at: Timestamp) -> MatterRaised {
    MatterRaised {
        matter_id: matter_id.to_string(),
        kind: wire::MatterKind::SurveyProblem.into(),
        source: source.to_owned(),
        wants_ticket: true,
        received_at: Some(to_wire(at)),
        ..MatterRaised::default()
    }
}

#[cfg(test)]
mod tests;
