//! Wire and rows to domain and back, where `platform::convert` does not already say it.

use domain::{
    deadline::{Deadline, iso_date},
    id::{ActId, CaseId, RatingId},
    rating::{InvolvedAgency, ServiceAct, receipt_code},
    review::{AssessorKind, DayRange, Enclosure, ReviewSource, SummaryKind},
    survey_plan::{AssessmentMethod, Direction, SamplingMethod},
    violation::Violations,
};
use platform::{
    clock::instant,
    convert::{self, Meaningless},
    crypto::{Sealer, Unopenable},
    status::Failure,
};
use prost::Message;
use proto::{intake::v1 as wire, r#type::v1 as shared};

use uuid::Uuid;

use crate::{
    entity::{case_file, message, outcome, rating, service_act},
    store::submit::tag_codes,
};

/// A rater's words as they are sealed.
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
    /// Seals them for their rating; nothing for nothing.
    pub(crate) fn seal(&self, sealer: &Sealer, rating_id: Uuid) -> Result<Vec<u8>, Unopenable> {
        let bytes = self.encode_to_vec();
        match bytes.is_empty() {
            true => Ok(Vec::new()),
            false => sealer.seal(&bytes, &Self::place(rating_id)),
        }
    }

    /// Opens what was sealed for a rating; a rating without words has nothing sealed.
    pub(crate) fn open(sealer: &Sealer, sealed: &[u8], rating_id: Uuid) -> Result<Self, Failure> {
        if sealed.is_empty() {
            return Ok(Self::default());
        }
        let bytes = sealer.open(sealed, &Self::place(rating_id))?;
        Self::decode(bytes.as_slice()).map_err(|error| Failure::Internal(error.to_string()))
    }

    /// What a rating's words are sealed for.
    pub(crate) fn place(rating_id: Uuid) -> Vec<u8> {
        [b"rating.words/".as_slice(), rating_id.as_bytes()].concat()
    }
}

/// What an officer's reason for a look is sealed for.
pub(crate) fn note_place(record_id: Uuid) -> Vec<u8> {
    [b"look.note/".as_slice(), record_id.as_bytes()].concat()
}

/// What an applicant filled in, as it is sealed.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Entries {
    /// The entries.
    #[prost(message, repeated, tag = "1")]
    pub(crate) entries: Vec<wire::FormEntry>,
}

/// What a review says, as it is sealed in `review.content`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Said {
    /// The text.
    #[prost(string, tag = "1")]
    pub(crate) text: String,
    /// How to reach whoever said it.
    #[prost(string, tag = "2")]
    pub(crate) contact: String,
    /// The body they come from, or are.
    #[prost(string, tag = "3")]
    pub(crate) body: String,
    /// A `pingyi.intake.v1.AssessorKind`.
    #[prost(int32, tag = "4")]
    pub(crate) assessor_kind: i32,
    /// Documents.
    #[prost(message, repeated, tag = "5")]
    pub(crate) enclosures: Vec<wire::Enclosure>,
}

/// What a call-back heard, as it is sealed in `call_back.words`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Heard {
    /// What the rater said.
    #[prost(string, tag = "1")]
    pub(crate) words: String,
    /// The problem they told of.
    #[prost(string, tag = "2")]
    pub(crate) problem: String,
}

/// Seals a message for the one row and column it stands in.
pub(crate) fn seal(
    sealer: &Sealer,
    column: &str,
    id: Uuid,
    message: &impl Message,
) -> Result<Vec<u8>, Unopenable> {
    sealer.seal(&message.encode_to_vec(), &sealed_place(column, id))
}

/// Opens what was sealed for a row and column.
pub(crate) fn open<T: Message + Default>(
    sealer: &Sealer,
    column: &str,
    id: Uuid,
    sealed: &[u8],
) -> Result<T, Failure> {
    kept(&sealer.open(sealed, &sealed_place(column, id))?)
}

/// A message as kept in a row.
pub(crate) fn kept<T: Message + Default>(bytes: &[u8]) -> Result<T, Failure> {
    T::decode(bytes).map_err(|error| Failure::Internal(error.to_string()))
}

fn sealed_place(column: &str, id: Uuid) -> Vec<u8> {
    [column.as_bytes(), b"/", id.as_bytes()].concat()
}

/// The sources of reviews, as the wire and as the law names them.
pub(crate) const SOURCES: [(wire::ReviewSource, ReviewSource); 14] = [
    (wire::ReviewSource::SuggestionBox, ReviewSource::SuggestionBox),
    (wire::ReviewSource::SuggestionBook, ReviewSource::SuggestionBook),
    (wire::ReviewSource::Hotline, ReviewSource::Hotline),
    (wire::ReviewSource::Email, ReviewSource::Email),
    (wire::ReviewSource::Website, ReviewSource::Website),
    (wire::ReviewSource::App, ReviewSource::App),
    (wire::ReviewSource::SupervisionPlatform, ReviewSource::SupervisionPlatform),
    (wire::ReviewSource::Meeting, ReviewSource::Meeting),
    (wire::ReviewSource::Supervisor, ReviewSource::Supervisor),
    (wire::ReviewSource::Assessor, ReviewSource::Assessor),
    (wire::ReviewSource::ConsultationSystem, ReviewSource::ConsultationSystem),
    (wire::ReviewSource::Hotline12345, ReviewSource::Hotline12345),
    (wire::ReviewSource::StateCouncilPlatform, ReviewSource::StateCouncilPlatform),
    (wire::ReviewSource::NationalReferral, ReviewSource::NationalReferral),
];

/// What an assessor is.
pub(crate) const ASSESSORS: [(wire::AssessorKind, AssessorKind); 3] = [
    (wire::AssessorKind::SocialOrganization, AssessorKind::SocialOrganization),
    (wire::AssessorKind::Intermediary, AssessorKind::Intermediary),
    (wire::AssessorKind::ResearchInstitution, AssessorKind::ResearchInstitution),
];

/// What a summary is for.
pub(crate) const SUMMARIES: [(wire::ReviewSummaryKind, SummaryKind); 2] = [
    (wire::ReviewSummaryKind::Periodic, SummaryKind::Periodic),
    (wire::ReviewSummaryKind::SupervisorsMeeting, SummaryKind::SupervisorsMeeting),
];

/// How raters are asked.
pub(crate) const METHODS: [(wire::SurveyMethod, SamplingMethod); 3] = [
    (wire::SurveyMethod::SampledCallBack, SamplingMethod::SampledCallBack),
    (wire::SurveyMethod::SampledCallBackByHotline, SamplingMethod::SampledCallBackByHotline),
    (wire::SurveyMethod::SampledThirdParty, SamplingMethod::SampledThirdParty),
];

/// What a survey is directed at.
pub(crate) const DIRECTIONS: [(wire::SurveyDirection, Direction); 4] = [
    (wire::SurveyDirection::NewPolicy, Direction::NewPolicy),
    (wire::SurveyDirection::NewItem, Direction::NewItem),
    (wire::SurveyDirection::KeyItem, Direction::KeyItem),
    (wire::SurveyDirection::Concentrated, Direction::Concentrated),
];

/// How an assessment was made.
pub(crate) const ASSESSMENTS: [(wire::AssessmentMethod, AssessmentMethod); 4] = [
    (wire::AssessmentMethod::CovertVisit, AssessmentMethod::CovertVisit),
    (wire::AssessmentMethod::Phone, AssessmentMethod::Phone),
    (wire::AssessmentMethod::Thematic, AssessmentMethod::Thematic),
    (wire::AssessmentMethod::Appraisal, AssessmentMethod::Appraisal),
];

/// What a number of the wire means, by one of the tables above.
pub(crate) fn meaning<W: Copy + Into<i32>, D: Copy>(
    table: &[(W, D)],
    number: i32,
) -> Result<D, &'static str> {
    let found = table.iter().find(|(wire, _)| (*wire).into() == number);
    found.map(|(_, meant)| *meant).ok_or("is missing or unknown")
}

/// The number of the wire for what is meant.
pub(crate) fn number<W: Copy + Into<i32>, D: Copy + PartialEq>(table: &[(W, D)], meant: D) -> i32 {
    let found = table.iter().find(|(_, known)| *known == meant);
    found.map(|(wire, _)| (*wire).into()).unwrap_or_default()
}

/// Days from the wire, or what is wrong with them.
pub(crate) fn days(
    wrong: &mut Violations,
    field: &str,
    range: Option<&wire::DayRange>,
) -> Option<DayRange> {
    let Some(range) = range else {
        wrong.add(field, "is missing");
        return None;
    };
    let from = wrong.take(&format!("{field}.from"), iso_date(&range.from));
    let to = wrong.take(&format!("{field}.to"), iso_date(&range.to));
    wrong.take(&format!("{field}.to"), DayRange::new(from?, to?))
}

/// Documents from the wire.
pub(crate) fn enclosures(enclosures: &[wire::Enclosure]) -> Vec<Enclosure> {
    let one = |enclosure: &wire::Enclosure| Enclosure {
        name: enclosure.name.clone(),
        sha256: enclosure.sha256.clone(),
        size: enclosure.size,
    };
    enclosures.iter().map(one).collect()
}

/// A text that was given; an empty one was not.
pub(crate) fn given(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

/// A number of the wire as a column holds it.
pub(crate) fn to_column(number: impl Into<i32>) -> i16 {
    i16::try_from(number.into()).unwrap_or_default()
}

/// Who applied, as it is sealed in `case_file.applicant`; empty texts were not given.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Applicant {
    /// Name of the person or organisation.
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    /// Identity number or unified social credit code.
    #[prost(string, tag = "2")]
    pub(crate) number: String,
    /// Phone.
    #[prost(string, tag = "3")]
    pub(crate) phone: String,
    /// The language they read best (BCP 47).
    #[prost(string, tag = "4")]
    pub(crate) language: String,
}

impl Applicant {
    /// Seals it for its case.
    pub(crate) fn seal(&self, sealer: &Sealer, case_id: Uuid) -> Result<Vec<u8>, Unopenable> {
        sealer.seal(&self.encode_to_vec(), &Self::place(case_id))
    }

    /// Opens what was sealed for a case.
    pub(crate) fn open(sealer: &Sealer, sealed: &[u8], case_id: Uuid) -> Result<Self, Failure> {
        let bytes = sealer.open(sealed, &Self::place(case_id))?;
        Self::decode(bytes.as_slice()).map_err(|error| Failure::Internal(error.to_string()))
    }

    fn place(case_id: Uuid) -> Vec<u8> {
        [b"case_file.applicant/".as_slice(), case_id.as_bytes()].concat()
    }

    /// Seals it as what was known of a case before, for its row.
    pub(crate) fn seal_former(&self, sealer: &Sealer, id: Uuid) -> Result<Vec<u8>, Unopenable> {
        seal(sealer, "former_applicant.applicant", id, self)
    }

    /// Opens what was sealed so.
    pub(crate) fn open_former(sealer: &Sealer, sealed: &[u8], id: Uuid) -> Result<Self, Failure> {
        open(sealer, "former_applicant.applicant", id, sealed)
    }
}

pub(crate) fn act_to_row(
    act: &ServiceAct,
    real_name: bool,
    window: Option<&Deadline>,
) -> service_act::Model {
    service_act::Model {
        id: act.id.0,
        case_id: act.case_id.0,
        stage: i16::try_from(i32::from(convert::stage_to_wire(act.stage))).unwrap_or_default(),
        service_number: i32::try_from(act.service_number).unwrap_or(i32::MAX),
        region_code: act.region_code.clone(),
        agency_id: act.agency_id.clone(),
        item_code: act.item_code.clone(),
        item_version: i32::try_from(act.item_version).unwrap_or(i32::MAX),
        terminal_id: act.terminal_id.clone(),
        line_id: act.line_id.clone(),
        served_at: act.served_at.as_microsecond(),
        policy: act.policy.clone(),
        real_name,
        closes_at: window.map(|window| window.due_at.as_microsecond()),
        rating_window: window.map(|window| convert::deadline_to_wire(window).encode_to_vec()),
        window_id: act.window_id.clone(),
        staff_id: act.staff_id.clone(),
        staff_unconfirmed: act.staff_unconfirmed,
        hall_id: act.hall_id.clone(),
        reported_at: act.reported_at.map(|at| at.as_microsecond()),
        involved: involved_to_row(&act.involved),
        batch_id: None,
        default_due_at: None,
        number_index: None,
        phone_index: None,
        offered: true,
    }
}

/// An act of a row as facts and answers tell it.
pub(crate) fn act_row_to_wire(row: &service_act::Model) -> shared::ServiceAct {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let involved = row.involved.as_deref().map(shared::ServiceAct::decode);
    shared::ServiceAct {
        act_id: row.id.to_string(),
        case_id: row.case_id.to_string(),
        stage: row.stage.into(),
        service_number: u32::try_from(row.service_number).unwrap_or_default(),
        region_code: row.region_code.clone(),
        agency_id: row.agency_id.clone(),
        item_code: row.item_code.clone(),
        item_version: u32::try_from(row.item_version).unwrap_or_default(),
        terminal_id: text(&row.terminal_id),
        line_id: text(&row.line_id),
        served_at: Some(convert::to_wire(instant(row.served_at))),
        policy: row.policy.clone(),
        window_id: text(&row.window_id),
        staff_id: text(&row.staff_id),
        staff_unconfirmed: row.staff_unconfirmed,
        hall_id: text(&row.hall_id),
        involved: involved.and_then(Result::ok).unwrap_or_default().involved,
        reported_at: row.reported_at.map(|at| convert::to_wire(instant(at))),
    }
}

pub(crate) fn act_from_row(row: &service_act::Model) -> Result<ServiceAct, Failure> {
    Ok(ServiceAct {
        id: ActId(row.id),
        case_id: CaseId(row.case_id),
        stage: convert::stage(row.stage.into()).map_err(|why| broken("service_act", why))?,
        service_number: u32::try_from(row.service_number).unwrap_or_default(),
        region_code: row.region_code.clone(),
        agency_id: row.agency_id.clone(),
        item_code: row.item_code.clone(),
        item_version: u32::try_from(row.item_version).unwrap_or_default(),
        terminal_id: row.terminal_id.clone(),
        line_id: row.line_id.clone(),
        served_at: instant(row.served_at),
        policy: row.policy.clone(),
        window_id: row.window_id.clone(),
        staff_id: row.staff_id.clone(),
        staff_unconfirmed: row.staff_unconfirmed,
        hall_id: row.hall_id.clone(),
        reported_at: row.reported_at.map(instant),
        involved: involved_from_row(row.involved.as_deref())?,
    })
}

/// All that had a part in a package, as kept in a row; none for what is no package.
pub(crate) fn involved_to_row(involved: &[InvolvedAgency]) -> Option<Vec<u8>> {
    let involved: Vec<_> = involved.iter().map(convert::involved_to_wire).collect();
    let kept = shared::ServiceAct { involved, ..shared::ServiceAct::default() };
    (!kept.involved.is_empty()).then(|| kept.encode_to_vec())
}

/// All that had a part in a package.
pub(crate) fn involved_from_row(bytes: Option<&[u8]>) -> Result<Vec<InvolvedAgency>, Failure> {
    let Some(bytes) = bytes else { return Ok(Vec::new()) };
    let kept = shared::ServiceAct::decode(bytes).map_err(|e| Failure::Internal(e.to_string()))?;
    Ok(kept.involved.into_iter().map(convert::involved).collect())
}

/// The rating window of an act, if it ever closes.
pub(crate) fn window_of(row: &service_act::Model) -> Result<Option<Deadline>, Failure> {
    row.rating_window.as_deref().map(deadline).transpose()
}

/// A deadline as kept in a row.
pub(crate) fn deadline(bytes: &[u8]) -> Result<Deadline, Failure> {
    let wire = shared::Deadline::decode(bytes).map_err(|e| Failure::Internal(e.to_string()))?;
    convert::deadline(wire).map_err(|why| broken("deadline", why))
}

fn broken(what: &str, why: Meaningless) -> Failure {
    Failure::Internal(format!("{what}: {why}"))
}

/// What became of an act's negative ratings, as its rater sees it.
pub(crate) fn outcome_to_wire(row: &outcome::Model) -> wire::RatingOutcome {
    wire::RatingOutcome {
        ticket_id: row.ticket_id.to_string(),
        state: row.state.into(),
        at: Some(convert::to_wire(instant(row.at))),
    }
}

/// A case as callers see it; the invitation only where its holder asks.
pub(crate) fn case_to_wire(
    case: &case_file::Model,
    invitation: Option<wire::Invitation>,
) -> Result<wire::Case, Failure> {
    let state = match case.completed_at {
        None => wire::CaseState::Accepted,
        Some(_) => wire::CaseState::Completed,
    };
    Ok(wire::Case {
        case_id: case.id.to_string(),
        project_number: case.project_number.clone(),
        item_code: case.item_code.clone(),
        item_name: case.item_name.clone(),
        state: state.into(),
        accepted_at: Some(convert::to_wire(instant(case.accepted_at))),
        completed_at: case.completed_at.map(|at| convert::to_wire(instant(at))),
        promised: Some(convert::deadline_to_wire(&deadline(&case.promised)?)),
        invitation,
        late_reason: case.late_reason.clone().unwrap_or_default(),
        promised_before: promised_before(case)?,
    })
}

fn promised_before(case: &case_file::Model) -> Result<Vec<shared::Deadline>, Failure> {
    let Some(kept) = &case.promised_before else { return Ok(Vec::new()) };
    let kept = wire::Case::decode(kept.as_slice());
    kept.map(|kept| kept.promised_before).map_err(|error| Failure::Internal(error.to_string()))
}

/// A case with what it is promised by now in the place of what it was promised before, which stays on
/// record.
pub(crate) fn promise_anew(
    case: case_file::Model,
    anew: &Deadline,
) -> Result<case_file::Model, Failure> {
    let mut promised_before = promised_before(&case)?;
    promised_before.push(convert::deadline_to_wire(&deadline(&case.promised)?));
    let kept = wire::Case { promised_before, ..wire::Case::default() };
    Ok(case_file::Model {
        promised: convert::deadline_to_wire(anew).encode_to_vec(),
        promised_before: Some(kept.encode_to_vec()),
        provisional: anew.provisional,
        ..case
    })
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

/// A message as the Authority sees it.
pub(crate) fn message_to_wire(row: &message::Model) -> wire::Message {
    let at = |micros| convert::to_wire(instant(micros));
    let waits = row.state == to_column(wire::MessageState::Waiting);
    wire::Message {
        message_id: row.id.to_string(),
        kind: row.kind.into(),
        act_id: row.act_id.to_string(),
        region_code: row.region_code.clone(),
        state: row.state.into(),
        attempts: u32::try_from(row.attempts).unwrap_or_default(),
        reason: row.last_error.clone().unwrap_or_default(),
        due_at: Some(at(row.due_at)),
        next_attempt_at: waits.then(|| at(row.next_attempt_at)),
        sent_at: row.sent_at.map(at),
        gateway_reference: row.gateway_reference.clone().unwrap_or_default(),
    }
}
