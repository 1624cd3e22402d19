//! Signals of fraud.

use domain::{
    signal::{Kind, SubjectKind},
    violation::Violations,
};
use platform::{
    clock::instant,
    convert::to_wire,
    crypto::{Sealer, Unopenable},
    status::Failure,
};
use prost::Message;
use proto::{
    fact::v1::{SignalFound, SignalJudged},
    intake::v1 as wire,
    r#type::v1::{SignalKind, SignalSubject},
};
use uuid::Uuid;

use crate::entity::{rating, service_act, signal, signal_judgement};

/// How many ratings of its evidence a signal names at most.
pub(crate) const NAMED: usize = 200;

/// What looks wrong.
pub(crate) const KINDS: [(SignalKind, Kind); 10] = [
    (SignalKind::Burst, Kind::Burst),
    (SignalKind::ConstantDwell, Kind::ConstantDwell),
    (SignalKind::FasterThanAHand, Kind::FasterThanAHand),
    (SignalKind::BeforeTheCaseCouldEnd, Kind::BeforeTheCaseCouldEnd),
    (SignalKind::Night, Kind::Night),
    (SignalKind::RepeatedPhrase, Kind::RepeatedPhrase),
    (SignalKind::ContactsChanged, Kind::ContactsChanged),
    (SignalKind::PraiseShare, Kind::PraiseShare),
    (SignalKind::HiddenDefaults, Kind::HiddenDefaults),
    (SignalKind::MaliciousNegatives, Kind::MaliciousNegatives),
];

/// Whose ratings.
pub(crate) const SUBJECTS: [(SignalSubject, SubjectKind); 5] = [
    (SignalSubject::Window, SubjectKind::Window),
    (SignalSubject::Staff, SubjectKind::Staff),
    (SignalSubject::Terminal, SubjectKind::Terminal),
    (SignalSubject::Network, SubjectKind::Network),
    (SignalSubject::Rater, SubjectKind::Rater),
];

/// Why an officer judged so, as sealed in `signal_judgement.reason`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Reason {
    /// Their words.
    #[prost(string, tag = "1")]
    pub(crate) words: String,
}

impl Reason {
    const COLUMN: &str = "signal_judgement.reason";

    /// Seals it for its judgement.
    pub(crate) fn seal(&self, sealer: &Sealer, id: Uuid) -> Result<Vec<u8>, Unopenable> {
        super::seal(sealer, Self::COLUMN, id, self)
    }
}

/// A signal's identity, or nothing and a note of what is wrong with it.
pub(crate) fn signal_id(wrong: &mut Violations, id: &str) -> Uuid {
    let id = wrong.take("signal_id", id.parse::<Uuid>().map_err(|_| "is no UUID"));
    id.unwrap_or_default()
}

/// A signal as the Authority sees it.
pub(crate) fn signal_to_wire(row: &signal::Model) -> wire::Signal {
    let count = |n: i64| u64::try_from(n).unwrap_or_default();
    wire::Signal {
        signal_id: row.id.to_string(),
        kind: row.kind.into(),
        subject: row.subject_kind.into(),
        subject_id: row.subject_id.clone(),
        region_code: row.region_code.clone(),
        agency_id: row.agency_id.clone(),
        first_day: row.first_day.clone(),
        last_day: row.last_day.clone(),
        probability: row.probability,
        threshold: row.threshold,
        seen: count(row.seen),
        of: count(row.looked_at),
        expected: row.expected,
        explanation: row.explanation.clone(),
        rating_count: count(row.rating_count),
        state: row.state.into(),
        found_at: Some(to_wire(instant(row.found_at))),
    }
}

/// A rating of the evidence, without anything of its rater.
pub(crate) fn evidence_to_wire(
    row: &rating::Model,
    act: Option<&service_act::Model>,
) -> wire::SignalRating {
    let unit = |of: fn(&service_act::Model) -> Option<&String>| {
        act.and_then(of).cloned().unwrap_or_default()
    };
    wire::SignalRating {
        rating_id: row.id.to_string(),
        level: row.level.into(),
        channel: row.channel.into(),
        origin: row.origin.into(),
        received_at: Some(to_wire(instant(row.received_at))),
        reported_at: row.reported_at.map(|at| to_wire(instant(at))),
        shown_ms: row.shown_ms.and_then(|ms| u32::try_from(ms).ok()).unwrap_or_default(),
        agency_id: unit(|act| Some(&act.agency_id)),
        window_id: unit(|act| act.window_id.as_ref()),
        terminal_id: unit(|act| act.terminal_id.as_ref()),
    }
}

/// A judgement with its words.
pub(crate) fn judgement_to_wire(
    sealer: &Sealer,
    row: &signal_judgement::Model,
) -> Result<wire::SignalJudgement, Failure> {
    let reason: Reason = super::open(sealer, Reason::COLUMN, row.id, &row.reason)?;
    Ok(wire::SignalJudgement {
        verdict: row.verdict.into(),
        reason: reason.words,
        judged_by: row.judged_by.clone(),
        judged_at: Some(to_wire(instant(row.judged_at))),
    })
}

/// The subject as facts name it: a network and a rater stay here.
fn told_subject(row: &signal::Model) -> String {
    let stays = [SignalSubject::Network, SignalSubject::Rater];
    match stays.iter().any(|kind| i32::from(*kind) == i32::from(row.subject_kind)) {
        true => String::new(),
        false => row.subject_id.clone(),
    }
}

/// That it was found.
pub(crate) fn found(row: &signal::Model) -> SignalFound {
    SignalFound {
        signal_id: row.id.to_string(),
        kind: row.kind.into(),
        subject: row.subject_kind.into(),
        subject_id: told_subject(row),
        region_code: row.region_code.clone(),
        agency_id: row.agency_id.clone(),
        last_day: row.last_day.clone(),
    }
}

/// That it was judged, at an instant in microseconds.
pub(crate) fn judged(row: &signal::Model, found_true: bool, at: i64) -> SignalJudged {
    SignalJudged {
        signal_id: row.id.to_string(),
        kind: row.kind.into(),
        subject: row.subject_kind.into(),
        subject_id: told_subject(row),
        region_code: row.region_code.clone(),
        agency_id: row.agency_id.clone(),
        found_true,
        at: Some(to_wire(instant(at))),
    }
}
