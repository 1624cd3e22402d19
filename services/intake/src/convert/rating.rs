//! Ratings.

use domain::{
    disclosure::personal::Found,
    id::RatingId,
    log::words_hash,
    rating::{ServiceAct, receipt_code},
};
use jiff::civil::Date;
use platform::{
    clock::instant,
    convert,
    crypto::{Sealer, Unopenable},
    receipt::ReceiptSalts,
    reference::Snapshot,
    status::Failure,
};
use prost::Message;
use proto::{intake::v1 as wire, r#type::v1::RatingReceipt};
use uuid::Uuid;

use super::case::act_row_to_wire;
use crate::entity::{
    handling::{Became, FollowUp},
    rating, service_act,
};

/// A rater's words, for sealing.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Words {
    /// The text.
    #[prost(string, tag = "1")]
    pub(crate) text: String,
    /// Answers to the questionnaire.
    #[prost(message, repeated, tag = "2")]
    pub(crate) answers: Vec<wire::Answer>,
}

impl Words {
    /// Seals them for their rating; nothing if there are none.
    pub(crate) fn seal(&self, sealer: &Sealer, rating_id: Uuid) -> Result<Vec<u8>, Unopenable> {
        let bytes = self.encode_to_vec();
        match bytes.is_empty() {
            true => Ok(Vec::new()),
            false => sealer.seal(&bytes, &Self::place(rating_id)),
        }
    }

    /// What the rating's leaf in the public log commits to of them (I22); nothing if there are none.
    pub(crate) fn hash(&self, salts: &ReceiptSalts, rating_id: Uuid) -> Vec<u8> {
        if self.text.is_empty() && self.answers.is_empty() {
            return Vec::new();
        }
        let answers = self.answers.iter();
        let answers = answers.map(|answer| (answer.question_id.as_str(), answer.value.as_str()));
        words_hash(&salts.of(rating_id), &self.text, answers).to_vec()
    }

    /// Opens what was sealed for a rating; a rating without words has nothing sealed.
    pub(crate) fn open(sealer: &Sealer, sealed: &[u8], rating_id: Uuid) -> Result<Self, Failure> {
        if sealed.is_empty() {
            return Ok(Self::default());
        }
        let bytes = sealer.open(sealed, &Self::place(rating_id))?;
        Self::decode(bytes.as_slice()).map_err(|error| Failure::Internal(error.to_string()))
    }

    /// The place that a rating's words are sealed for.
    pub(crate) fn place(rating_id: Uuid) -> Vec<u8> {
        [b"rating.words/".as_slice(), rating_id.as_bytes()].concat()
    }
}

/// What a scan found in words.
pub(crate) fn mark_to_wire(found: Found) -> wire::PersonalMark {
    match found {
        Found::Mobile => wire::PersonalMark::Mobile,
        Found::Landline => wire::PersonalMark::Landline,
        Found::IdNumber => wire::PersonalMark::IdNumber,
        Found::BankCard => wire::PersonalMark::BankCard,
        Found::Email => wire::PersonalMark::Email,
        Found::Plate => wire::PersonalMark::Plate,
        Found::Account => wire::PersonalMark::Account,
        Found::LongNumber => wire::PersonalMark::LongNumber,
        Found::Name => wire::PersonalMark::Name,
    }
}

/// The outcome of an act's negative ratings, as its rater sees it.
pub(crate) fn outcome_to_wire(
    became: &Became,
    known: &Snapshot,
    today: Date,
) -> wire::RatingOutcome {
    let row = &became.row;
    let agency = known.unit(&row.agency_id, today);
    wire::RatingOutcome {
        ticket_id: row.ticket_id.to_string(),
        state: row.state.into(),
        at: Some(convert::to_wire(instant(row.at))),
        finding: row.finding.into(),
        next_due_on: row.next_due_on.clone(),
        agency_id: row.agency_id.clone(),
        agency_name: agency.map(|unit| unit.name.clone()).unwrap_or_default(),
        main_ticket_id: became.main_ticket_id.map(|id| id.to_string()).unwrap_or_default(),
        follow_up: became.follow_up.map(follow_up_to_wire),
    }
}

/// The follow-up that a rater can answer.
pub(crate) fn follow_up_to_wire(follow_up: FollowUp) -> wire::RaterFollowUp {
    wire::RaterFollowUp {
        closed_at: Some(convert::to_wire(instant(follow_up.closed_at))),
        answered: follow_up.satisfied.is_some(),
        satisfied: follow_up.satisfied.unwrap_or_default(),
    }
}

/// A rating as its rater may see it.
pub(crate) fn rating_to_wire(
    row: &rating::Model,
    act: &ServiceAct,
    effective: bool,
) -> wire::Rating {
    wire::Rating {
        rating_id: row.id.to_string(),
        act: Some(convert::act_to_wire(act)),
        level: row.level.into(),
        tag_codes: tag_codes(row),
        tag_list_version: row.tag_list_version.clone(),
        has_text: row.has_text,
        channel: row.channel.into(),
        origin: row.origin.into(),
        private: row.private,
        received_at: Some(convert::to_wire(instant(row.received_at))),
        reported_at: row.reported_at.map(|at| convert::to_wire(instant(at))),
        effective,
        receipt_code: receipt_code(RatingId(row.id)),
    }
}

/// What proves to a rating's rater that it is in the public log (I22).
pub(crate) fn receipt_of(
    (salts, sealer): (&ReceiptSalts, &Sealer),
    row: &rating::Model,
    act: &service_act::Model,
) -> Result<RatingReceipt, Failure> {
    let received_at = instant(row.received_at);
    let origin = convert::origin(row.origin.into());
    let origin = origin.map_err(|why| Failure::Internal(format!("rating {}: {why}", row.id)))?;
    let given_at = origin.given_at(received_at, row.reported_at.map(instant));
    Ok(RatingReceipt {
        rating_id: row.id.to_string(),
        act: Some(act_row_to_wire(act)),
        level: row.level.into(),
        channel: row.channel.into(),
        origin: row.origin.into(),
        private: row.private,
        received_at: Some(convert::to_wire(received_at)),
        given_at: Some(given_at).filter(|at| *at != received_at).map(convert::to_wire),
        tag_codes: tag_codes(row),
        tag_list_version: row.tag_list_version.clone(),
        batch_id: row.batch_id.map(|id| id.to_string()).unwrap_or_default(),
        words_hash: Words::open(sealer, &row.words, row.id)?.hash(salts, row.id),
        salt: salts.of(row.id).to_vec(),
    })
}

/// The tag codes of a rating.
pub(crate) fn tag_codes(row: &rating::Model) -> Vec<String> {
    row.tag_codes.split(',').filter(|code| !code.is_empty()).map(str::to_owned).collect()
}
