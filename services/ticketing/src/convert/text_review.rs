//! Reviews of what negative ratings say.

use domain::{
    deadline::Deadline,
    text_review::{TextGround, TextReview, TextStanding, Verdict},
};
use jiff::Timestamp;
use platform::{
    clock::instant,
    convert::{self, Meaningless, to_wire},
    status::Failure,
};
use prost::Message as _;
use proto::{ticketing::v1 as wire, r#type::v1 as shared};

use crate::entity::text_review;

fn ground_to_wire(ground: TextGround) -> wire::TextGround {
    match ground {
        TextGround::OffTopic => wire::TextGround::OffTopic,
        TextGround::Abusive => wire::TextGround::Abusive,
        TextGround::PersonalData => wire::TextGround::PersonalData,
        TextGround::Unlawful => wire::TextGround::Unlawful,
        TextGround::Advertising => wire::TextGround::Advertising,
    }
}

/// A decision from the wire or a column: without a ground it accepts.
pub(crate) fn verdict(ground: i32) -> Result<Verdict, Meaningless> {
    match wire::TextGround::try_from(ground) {
        Ok(wire::TextGround::Unspecified) => Ok(Verdict::Accepted),
        Ok(wire::TextGround::OffTopic) => Ok(Verdict::Refused(TextGround::OffTopic)),
        Ok(wire::TextGround::Abusive) => Ok(Verdict::Refused(TextGround::Abusive)),
        Ok(wire::TextGround::PersonalData) => Ok(Verdict::Refused(TextGround::PersonalData)),
        Ok(wire::TextGround::Unlawful) => Ok(Verdict::Refused(TextGround::Unlawful)),
        Ok(wire::TextGround::Advertising) => Ok(Verdict::Refused(TextGround::Advertising)),
        Err(_) => Err(Meaningless("is no ground")),
    }
}

/// The number of a verdict, and of its ground, as columns hold them.
pub(crate) fn verdict_to_columns(verdict: Verdict) -> (i16, i16) {
    let (state, ground) = match verdict {
        Verdict::Accepted => (wire::TextReviewState::Accepted, wire::TextGround::Unspecified),
        Verdict::Refused(ground) => (wire::TextReviewState::Refused, ground_to_wire(ground)),
    };
    let column = |number: i32| i16::try_from(number).unwrap_or_default();
    (column(state.into()), column(ground.into()))
}

/// The review of a row. A row that the job marked is as silent as before.
pub(crate) fn review_from_row(row: &text_review::Model) -> Result<TextReview, Failure> {
    let broken = |why: &dyn std::fmt::Display| {
        Failure::Internal(format!("text review {}: {why}", row.rating_id))
    };
    let deadline = shared::Deadline::decode(row.deadline.as_slice()).map_err(|e| broken(&e))?;
    let by_person = [wire::TextReviewState::Accepted, wire::TextReviewState::Refused];
    let decided = by_person.iter().any(|state| i32::from(*state) == i32::from(row.verdict));
    let decided_at = row.decided_at.filter(|_| decided).map(instant);
    let verdict = verdict(row.ground.into()).map_err(|e| broken(&e))?;
    Ok(TextReview {
        deadline: convert::deadline(deadline).map_err(|e| broken(&e))?,
        silence_accepts: row.silence_accepts,
        verdict: decided_at.map(|at| (verdict, at)),
    })
}

/// A review as the Authority sees it at a moment.
pub(crate) fn review_to_wire(
    row: &text_review::Model,
    now: Timestamp,
) -> Result<wire::TextReview, Failure> {
    let review = review_from_row(row)?;
    let none = wire::TextGround::Unspecified;
    let (state, ground, at) = match review.standing(now) {
        TextStanding::Pending => (wire::TextReviewState::Pending, none, None),
        TextStanding::Overdue => (wire::TextReviewState::Overdue, none, None),
        TextStanding::Accepted { at } => (wire::TextReviewState::Accepted, none, Some(at)),
        TextStanding::AcceptedBySilence { at } => {
            (wire::TextReviewState::AcceptedBySilence, none, Some(at))
        }
        TextStanding::Refused { ground, at } => {
            (wire::TextReviewState::Refused, ground_to_wire(ground), Some(at))
        }
    };
    let tags = row.tag_codes.split(',').filter(|tag| !tag.is_empty());
    Ok(wire::TextReview {
        rating_id: row.rating_id.to_string(),
        ticket_id: row.ticket_id.to_string(),
        region_code: row.region_code.clone(),
        agency_id: row.agency_id.clone(),
        has_text: row.has_text,
        tag_codes: tags.map(str::to_owned).collect(),
        state: state.into(),
        ground: ground.into(),
        deadline: Some(convert::deadline_to_wire(&review.deadline)),
        decided_at: at.map(to_wire),
        decided_by: row.decided_by.clone(),
        deadlines_before: deadlines_before(row)?,
        accepted_at: row.accepted_at.map(|at| to_wire(instant(at))),
        accepted_by: row.accepted_by.clone(),
    })
}

fn deadlines_before(row: &text_review::Model) -> Result<Vec<shared::Deadline>, Failure> {
    let Some(before) = &row.deadlines_before else { return Ok(Vec::new()) };
    let before = wire::TextReview::decode(before.as_slice());
    before.map(|before| before.deadlines_before).map_err(|e| Failure::Internal(e.to_string()))
}

/// A review with its deadline by a newer calendar, in the place of the one it has, which stays on
/// record. It never becomes sooner: silence would take a right from who was told that day.
pub(crate) fn deadline_anew(
    row: &text_review::Model,
    anew: &Deadline,
) -> Result<text_review::Model, Failure> {
    let mut before = deadlines_before(row)?;
    before.push(convert::deadline_to_wire(&review_from_row(row)?.deadline));
    let before = wire::TextReview { deadlines_before: before, ..wire::TextReview::default() };
    Ok(text_review::Model {
        due_at: anew.due_at.as_microsecond(),
        deadline: convert::deadline_to_wire(anew).encode_to_vec(),
        deadlines_before: Some(before.encode_to_vec()),
        provisional: anew.provisional,
        ..row.clone()
    })
}
