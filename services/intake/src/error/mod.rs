//! What this service refuses, without transport: an enum for each noun, one for all of them, and
//! the one way it becomes a status. It does not depend on the code that refuses.

pub(crate) mod attachment;
pub(crate) mod case;
pub(crate) mod message;
pub(crate) mod people;
pub(crate) mod rating;
pub(crate) mod report;
pub(crate) mod review;
pub(crate) mod signal;
pub(crate) mod survey;

use domain::{
    calendar::OutOfRange,
    case::{AlreadyCompleted, LateRefused},
    rating::{EarlierThanService, RealNameRequired},
    reply::NotUnderstood,
    report::StepDiffers,
    survey_plan::NotOver,
    violation::Violations,
};
use platform::{
    auth::Forged,
    crypto::Unopenable,
    documents::DocumentError,
    status::{Failure, Refusal},
};
use sea_orm::DbErr;
use tonic::{Code, Status};
use tonic_types::{FieldViolation, StatusExt as _};

use attachment::AttachmentError;
use case::CaseError;
use message::MessageError;
use people::PeopleError;
use rating::{
    RatingError, device::DeviceError, follow_up::FollowUpError, invitation::InvitationError,
    reply::ReplyError, window::WindowError,
};
use report::ReportError;
use review::ReviewError;
use signal::SignalError;
use survey::SurveyError;

/// What can go wrong here.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Refusals about a case.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// Refusals about an invitation.
    #[error(transparent)]
    Invitation(#[from] InvitationError),
    /// Refusals about a rating.
    #[error(transparent)]
    Rating(#[from] RatingError),
    /// Refusals of a reply to a message, or of a key pressed on the hotline.
    #[error(transparent)]
    Reply(#[from] ReplyError),
    /// Refusals about a receipt or a follow-up.
    #[error(transparent)]
    FollowUp(#[from] FollowUpError),
    /// Refusals to a device.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// Refusals about a window and its code.
    #[error(transparent)]
    Window(#[from] WindowError),
    /// Refusals about persons' data.
    #[error(transparent)]
    People(#[from] PeopleError),
    /// Refusals about a message.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// Refusals about a report of retaliation, obstruction or a leak.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// Refusals about a review.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// Refusals about a signal of fraud.
    #[error(transparent)]
    Signal(#[from] SignalError),
    /// Refusals about a survey.
    #[error(transparent)]
    Survey(#[from] SurveyError),
    /// Refusals about what has attachments.
    #[error(transparent)]
    Attachment(#[from] AttachmentError),
    /// Refusals about a document.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The catalog's fact has not arrived yet, or the thing does not exist.
    #[error("{what} is not known here yet")]
    NotKnownYet {
        /// The stable reason.
        reason: &'static str,
        /// What is not known.
        what: &'static str,
    },
    /// The region is not the caller's, or does not exist.
    #[error("there is no such region")]
    RegionNotFound,
    /// The calendar does not reach far enough.
    #[error(transparent)]
    Calendar(#[from] OutOfRange),
    /// Anything else.
    #[error(transparent)]
    Failure(#[from] Failure),
}

platform::into_error! {
    Error;
    Violations => Failure,
    DbErr => Failure,
    Unopenable => Failure,
    AlreadyCompleted => CaseError,
    LateRefused => CaseError,
    StepDiffers => CaseError,
    Forged => InvitationError,
    EarlierThanService => RatingError,
    RealNameRequired => RatingError,
    NotUnderstood => ReplyError,
    NotOver => SurveyError,
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        let refuse = |code, reason, zh: &str| Refusal::new(code, reason, message.clone(), zh);
        match error {
            Error::Case(error) => error.refusal().into(),
            Error::Invitation(error) => error.refusal().into(),
            Error::Rating(error) => error.refusal().into(),
            Error::Reply(error) => error.refusal().into(),
            Error::FollowUp(error) => error.refusal().into(),
            Error::Device(error) => error.refusal().into(),
            Error::Window(error) => error.refusal().into(),
            Error::People(error) => error.refusal().into(),
            Error::Message(error) => error.refusal().into(),
            Error::Report(error) => error.refusal().into(),
            Error::Review(error) => error.refusal().into(),
            Error::Signal(error) => error.refusal().into(),
            Error::Survey(error) => error.refusal().into(),
            Error::Attachment(error) => error.refusal().into(),
            Error::Document(error) => error.told(),
            Error::NotKnownYet { reason, .. } => {
                refuse(Code::Unavailable, reason, "资料正在同步，请稍后再试。").retry().into()
            }
            Error::RegionNotFound => {
                refuse(Code::NotFound, "REGION_NOT_FOUND", "没有该行政区划。").into()
            }
            Error::Calendar(out) => {
                let zh =
                    format!("{}年的工作日历尚未载入，无法推算期限，请联系系统管理员。", out.year);
                refuse(Code::FailedPrecondition, "CALENDAR_OUT_OF_RANGE", &zh).into()
            }
            Error::Failure(failure) => failure.into(),
        }
    }
}

/// How many violations of one row are listed.
const DETAILS: usize = 20;

impl Error {
    /// Whether the rating itself is refused: not a temporary failure, and nothing broken.
    pub(crate) fn is_of_the_rating(&self) -> bool {
        matches!(
            self,
            Self::Rating(
                RatingError::WindowClosed { .. }
                    | RatingError::EarlierThanService(_)
                    | RatingError::RealNameRequired(_)
            ) | Self::Invitation(InvitationError::NotFound)
        )
    }

    /// Whether it refuses what a reply states about an act, and not the call.
    pub(crate) fn is_of_the_reply(&self) -> bool {
        let of_the_act = matches!(self, Self::Reply(_));
        of_the_act || self.is_of_the_rating()
    }
}

/// A refusal in a stream's answer, for one of its rows: the same reason as a call for that row
/// alone, and what is wrong.
pub(crate) fn refusal(error: Error) -> (String, Vec<String>) {
    let status = Status::from(error);
    let details = status.get_error_details();
    let text = |v: &FieldViolation| format!("{}: {}", v.field, v.description);
    let remarks = match details.bad_request() {
        Some(wrong) => wrong.field_violations.iter().take(DETAILS).map(text).collect(),
        None => vec![status.message().to_owned()],
    };
    (details.error_info().map(|info| info.reason.clone()).unwrap_or_default(), remarks)
}
