//! A record in the interface's own model, of what its fact says and the catalogue knows.

use domain::{
    case::Stage,
    exchange::{
        CaseStatus, Correction, Dialect, Known, Medium, Rating, Record, ReviewStatus, Service,
    },
    text_review::is_reviewed,
};
use platform::{clock::instant, convert, reference::Reference, words};
use prost::Message as _;
use proto::{
    fact::v1::{Fact, RatingSubmitted, TicketStepped, fact::Body},
    r#type::v1::{Finding, Origin, ServiceAct},
};
use sea_orm::DbErr;

use crate::{
    entity::{national_case, national_record},
    store::exchange::national::{
        queue::Beside,
        state::{AMENDMENT, WITHDRAWN},
    },
};

/// A record with what it is about.
#[derive(Debug)]
pub(crate) struct Built {
    service: Service,
    rating: Option<Rating>,
    correction: Option<Correction>,
}

/// Why a record cannot be built.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unbuilt {
    /// What is kept of it cannot be read.
    #[error("what is kept of it cannot be read")]
    Unreadable,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] DbErr),
}

impl Built {
    /// Of a row, and what is beside it.
    ///
    /// # Errors
    /// [`Unbuilt`].
    pub(crate) async fn of(
        reference: &Reference,
        dialect: &Dialect,
        row: &national_record::Model,
        beside: &Beside,
    ) -> Result<Self, Unbuilt> {
        let unreadable = || Unbuilt::Unreadable;
        let rating = row.rating_id.and_then(|id| beside.records.get(&id));
        let (row, correction) = match row.kind {
            AMENDMENT => {
                let rating = rating.ok_or_else(unreadable)?;
                let corrections = beside.corrections.get(&rating.id).map_or(&[][..], |all| all);
                (rating, Some(remaining(reference, rating, corrections).ok_or_else(unreadable)?))
            }
            _ => match correction(&body(row).ok_or_else(unreadable)?) {
                Some(correction) => (rating.ok_or_else(unreadable)?, Some(correction)),
                None => (row, None),
            },
        };
        let (act, rating) = match body(row).ok_or_else(unreadable)? {
            Body::RatingInvited(fact) => (fact.act, None),
            Body::RatingSubmitted(fact) => (fact.act.clone(), Some(fact)),
            _ => return Err(Unbuilt::Unreadable),
        };
        let act = act.ok_or_else(unreadable)?;
        // A service whose invitation is not known is told by its first rating.
        let rating = rating.filter(|_| row.rating > 0);
        let rating = rating.map(|fact| rated(reference, &fact, row.rating).ok_or_else(unreadable));
        let rating = rating.transpose()?;
        let case = row.case_id.and_then(|id| beside.cases.get(&id));
        let mut service = served(reference, act, row, case).await?;
        // The platform's own number, once it said one.
        let told = row.act_id.and_then(|id| beside.records.get(&id)).map_or(0, |row| row.number);
        if dialect.rules.numbers_services && rating.is_some() && told > 0 {
            service.number = u32::try_from(told).map_err(|_| unreadable())?;
        }
        Ok(Self { service, rating, correction })
    }

    /// It, as dialects write it.
    pub(crate) fn record(&self) -> Record<'_> {
        match (&self.rating, &self.correction) {
            (Some(rating), Some(correction)) => {
                Record::Correction(&self.service, rating, correction)
            }
            (Some(rating), None) => Record::Rating(&self.service, rating),
            (None, _) => Record::Case(&self.service),
        }
    }
}

fn body(row: &national_record::Model) -> Option<Body> {
    Fact::decode(row.fact.as_slice()).ok()?.body
}

async fn served(
    reference: &Reference,
    act: ServiceAct,
    row: &national_record::Model,
    case: Option<&national_case::Model>,
) -> Result<Service, Unbuilt> {
    let act = convert::act(act).map_err(|_| Unbuilt::Unreadable)?;
    let served_at = act.reported_at.unwrap_or(act.served_at);
    let item = reference.item(&act.item_code, Some(act.item_version)).await?;
    let catalog = reference.now();
    let agency = catalog.unit(&act.agency_id, domain::deadline::day_of(served_at));
    let item = item.as_deref().map(|item| &item.content);
    let known = Known {
        item_name: item.map(|item| item.name.clone()),
        item_type: item.map(|item| item.item_type),
        case_kind: item.map(|item| item.case_kind),
        promised: item.map(|item| item.promised_limit),
        statutory: item.map(|item| item.statutory_limit),
        agency_name: agency.map(|agency| agency.name.clone()),
        agency_uscc: agency.map(|agency| agency.uscc.clone()).filter(|code| !code.is_empty()),
    };
    let is_completed = act.stage == Stage::Completion;
    let is_on_site = act.window_id.is_some() || act.hall_id.is_some() || act.terminal_id.is_some();
    // It was accepted by the time of its service at the latest, whatever clock said otherwise.
    let accepted_at = case.filter(|case| case.accepted_at > 0);
    let accepted_at = accepted_at.map(|case| instant(case.accepted_at).min(served_at));
    Ok(Service {
        project_number: case.map(|case| case.project_number.clone()).unwrap_or_default(),
        item_code: act.item_code,
        known,
        region_code: act.region_code,
        agency_id: act.agency_id,
        status: if is_completed { CaseStatus::Completed } else { CaseStatus::Accepted },
        accepted_at,
        completed_at: is_completed.then_some(served_at),
        served_at,
        stage: act.stage,
        number: u32::try_from(row.service).unwrap_or_default(),
        // Without a place it may have been anywhere.
        medium: is_on_site.then_some(Medium::Offline),
    })
}

fn rated(reference: &Reference, fact: &RatingSubmitted, number: i32) -> Option<Rating> {
    let given = fact.given_at.as_ref().or(fact.received_at.as_ref());
    let channel = match fact.origin() {
        Origin::Default => None,
        _ => Some(convert::channel(fact.channel).ok()?),
    };
    Some(Rating {
        level: convert::level(fact.level).ok()?,
        channel,
        tags: fact.tag_codes.clone(),
        at: convert::instant_of(given).ok()?,
        number: u32::try_from(number).ok()?,
        review: awaits(reference, fact),
    })
}

/// Whether what a rater wrote is to be reviewed, before anybody decided: by the rule that ticketing opens reviews
/// by. None if its profile is not known here yet.
fn awaits(reference: &Reference, fact: &RatingSubmitted) -> Option<ReviewStatus> {
    let given = matches!(fact.origin(), Origin::Active | Origin::Paper);
    let has_words = fact.has_text || !fact.tag_codes.is_empty();
    if !is_reviewed(convert::level(fact.level).ok()?, given, has_words) {
        return Some(ReviewStatus::NotNeeded);
    }
    let known = reference.now();
    Some(match known.policy(&fact.act.as_ref()?.policy)?.text_review {
        Some(_) => ReviewStatus::NotReviewed,
        None => ReviewStatus::NotNeeded,
    })
}

/// What stands of a rating after some of its corrections, or it itself, were withdrawn: of everything that a
/// correction has ever said, what those that remain say.
fn remaining(
    reference: &Reference,
    rating: &national_record::Model,
    corrections: &[national_record::Model],
) -> Option<Correction> {
    let Body::RatingSubmitted(fact) = body(rating)? else { return None };
    let mut whole = Correction { counts: Some(true), ..Correction::default() };
    for row in corrections.iter().filter(|row| row.state == WITHDRAWN) {
        let said = correction(&body(row)?)?;
        whole.rectification = whole.rectification.or(said.rectification.map(|_| String::new()));
        whole.review = whole.review.or(said.review.and_then(|_| awaits(reference, &fact)));
    }
    for row in corrections.iter().filter(|row| row.state != WITHDRAWN) {
        let said = correction(&body(row)?)?;
        whole.rectification = said.rectification.or(whole.rectification);
        whole.review = said.review.or(whole.review);
        whole.counts = said.counts.or(whole.counts);
    }
    if rating.state == WITHDRAWN {
        whole.counts = Some(false);
    }
    Some(whole)
}

/// What a fact corrects about a rating; none if it is no correction.
fn correction(body: &Body) -> Option<Correction> {
    Some(match body {
        Body::TicketStepped(fact) => {
            Correction { rectification: Some(outcome(fact)), ..Correction::default() }
        }
        Body::RatingExcluded(_) => Correction { counts: Some(false), ..Correction::default() },
        Body::RatingReinstated(_) => Correction { counts: Some(true), ..Correction::default() },
        // By silence, too: what nobody reviewed in time counts as agreed to.
        Body::RatingTextReviewed(_) => {
            Correction { review: Some(ReviewStatus::Reviewed), ..Correction::default() }
        }
        _ => return None,
    })
}

/// The outcome in the words of its finding: what officers wrote stays in ticketing.
fn outcome(fact: &TicketStepped) -> String {
    let finding = words::finding(fact.finding());
    let done = match fact.finding() {
        Finding::NoLegalBasis => "已向评价人解释说明",
        Finding::Unspecified => return "已向评价人反馈".to_owned(),
        Finding::Clear | Finding::Simple | Finding::Complex => "已整改并向评价人反馈",
    };
    format!("{finding}，{done}")
}
