//! What this service refuses, free of transport, and the one way it becomes a status.

use std::time::Duration;

use domain::{
    calendar::OutOfRange,
    case::{AlreadyCompleted, LateRefused},
    rating::{EarlierThanService, RealNameRequired},
    reply::NotUnderstood,
    report::StepDiffers,
    survey_plan::NotOver,
    violation::Violations,
};
use jiff::civil::Date;
use platform::{
    auth::Forged,
    crypto::Unopenable,
    status::{Failure, Refusal},
};
use sea_orm::DbErr;
use tonic::{Code, Status};
use tonic_types::{FieldViolation, StatusExt as _};

use crate::jobs::take_in::OfferError;

/// What whoever wants no more messages is told, once.
pub(crate) const OPTED_OUT: &str = "已记下，不再向您发送评价短信。";

/// What can go wrong here.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The catalog's fact has not arrived yet, or there is no such thing.
    #[error("{what} is not known here yet")]
    NotKnownYet {
        /// The stable reason.
        reason: &'static str,
        /// What is not known.
        what: &'static str,
    },
    /// The catalog has had time enough to tell of the item.
    #[error("the catalog has no such item")]
    ItemUnknown,
    /// The item is not offered in this channel or region.
    #[error("the item is not offered at this terminal")]
    ItemNotOfferedHere,
    /// The item takes no new cases.
    #[error("the item is cancelled and takes no new cases")]
    ItemCancelled,
    /// No such case, or not the caller's.
    #[error("there is no such case")]
    CaseNotFound,
    /// It was completed before.
    #[error(transparent)]
    CaseAlreadyCompleted(#[from] AlreadyCompleted),
    /// It is late without a public reason, or has one without being late.
    #[error(transparent)]
    Late(#[from] LateRefused),
    /// The case was told before, and otherwise.
    #[error("the case was told before with another {}", .differs.join(", "))]
    CaseDiffers {
        /// The fields.
        differs: Vec<&'static str>,
    },
    /// A step was told before, with another time.
    #[error(transparent)]
    StepDiffers(#[from] StepDiffers),
    /// The token is none of ours.
    #[error(transparent)]
    InvitationForged(#[from] Forged),
    /// The token is ours, but its act is not here.
    #[error("there is no such invitation")]
    InvitationNotFound,
    /// Too late to rate.
    #[error("the rating window closed at the end of {closed_on}")]
    WindowClosed {
        /// Its last day.
        closed_on: Date,
    },
    /// Given before the service it rates.
    #[error(transparent)]
    EarlierThanService(#[from] EarlierThanService),
    /// Given before its service by clocks of our own that are a little apart.
    #[error("this server's clock is behind the one that served")]
    ClockBehind,
    /// A negative reply that says no reason where one is needed.
    #[error("a negative rating needs a reason here")]
    ReasonNeeded,
    /// The rater has to be known by name.
    #[error(transparent)]
    RealNameRequired(#[from] RealNameRequired),
    /// Nobody was invited to rate by this phone, or not of this case.
    #[error("no invitation went to this phone")]
    NotInvited,
    /// A reply that may be about several acts.
    #[error("the reply may be about several acts: {}", .signs.iter().map(u32::to_string).collect::<Vec<_>>().join(", "))]
    WhichMatter {
        /// What to ask.
        question: String,
        /// The signs to answer by.
        signs: Vec<u32>,
    },
    /// A reply that says no level.
    #[error(transparent)]
    ReplyNotUnderstood(#[from] NotUnderstood),
    /// A citizen known by name holds someone else's invitation.
    #[error("the invitation is another applicant's")]
    InvitationOfAnother,
    /// No such rating of this invitation.
    #[error("there is no such rating")]
    RatingNotFound,
    /// The terminal is no evaluator, or one that stands at no window.
    #[error("the terminal is no evaluator of a window")]
    NoWindow,
    /// The terminal reads no cards: it is an evaluator, or not in use.
    #[error("the terminal is no kiosk in use")]
    NoKiosk,
    /// The evaluator stands elsewhere than where the service was given.
    #[error("the service was not given at this evaluator's window")]
    OtherWindow,
    /// The scanned code is none of ours.
    #[error("the window code is forged or mangled")]
    WindowCodeForged,
    /// No such window, or not of the caller's region.
    #[error("there is no such window")]
    WindowNotFound,
    /// Nothing is served there any more, or not yet.
    #[error("the window is not in use")]
    WindowEnded,
    /// No such case or rating, or nobody the officer reaches.
    #[error("there is no such person")]
    PersonNotFound,
    /// Who served does not learn who rated (S01).
    #[error("the officer served this person")]
    RatedStaffMember,
    /// The profile gives raters' data to no third party (S05).
    #[error("raters' data go to no third party: {clause}")]
    ThirdPartyNever {
        /// Document and clause.
        clause: String,
    },
    /// No such message, or not of the caller's region.
    #[error("there is no such message")]
    MessageNotFound,
    /// It waits, was sent, or is not wanted any more.
    #[error("the message was not given up")]
    MessageNotDead,
    /// More ratings wait than can be committed soon.
    #[error("too many ratings are waiting")]
    QueueFull,
    /// The terminal has more such streams than it needs: this one was the oldest.
    #[error("the terminal watches through newer streams; this one has ended")]
    WatchedElsewhere,
    /// The act has as many ratings as it can have.
    #[error("the service act has as many ratings as it can have; the last one stands")]
    RatedOften,
    /// The act was rated too often within a minute.
    #[error("the service act was rated too often within a minute")]
    RatedFast,
    /// The process is ending; another replica, or the next start, takes it.
    #[error("the service is stopping")]
    Stopping,
    /// The region is none of the caller's, or there is none.
    #[error("there is no such region")]
    RegionNotFound,
    /// A complaint of that number is on record and says something else.
    #[error("the original number is that of another complaint")]
    OriginalNumberTaken {
        /// That one.
        review_id: uuid::Uuid,
    },
    /// No such survey, or not the caller's.
    #[error("there is no such survey")]
    SurveyNotFound,
    /// Its sample was not drawn yet.
    #[error("the survey's sample is not drawn yet")]
    SurveyNotDrawn,
    /// Its sample cannot be drawn yet.
    #[error(transparent)]
    SurveyNotOver(#[from] NotOver),
    /// Nobody unknown asks for a ticket: they could ask for any number.
    #[error("only who is known to the identity platform asks for a ticket")]
    TicketNeedsIdentity,
    /// More reviews than one takes from whom nobody knows, or from one citizen in a day.
    #[error("too many reviews came from there")]
    TooManyReviews {
        /// When one is taken again.
        again_in: Duration,
    },
    /// There is nobody to draw from.
    #[error("the survey's rule finds no rating to draw from")]
    PopulationEmpty,
    /// The rater's data may not go to the third party that called (S05).
    #[error("the rater's data may not go to a third party")]
    NotPermitted,
    /// The act is none of the sample.
    #[error("the survey's sample has no such act")]
    ActNotDrawn,
    /// The survey was not commissioned from that organisation (S05).
    #[error("the survey was not commissioned from that organisation")]
    NotCommissioned,
    /// The calendar does not reach far enough.
    #[error(transparent)]
    Calendar(#[from] OutOfRange),
    /// Anything else.
    #[error(transparent)]
    Failure(#[from] Failure),
}

impl From<Violations> for Error {
    fn from(violations: Violations) -> Self {
        Self::Failure(violations.into())
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        Self::Failure(error.into())
    }
}

impl From<OfferError> for Error {
    fn from(error: OfferError) -> Self {
        match error {
            OfferError::Calendar(out) => out.into(),
            OfferError::Failure(failure) => failure.into(),
        }
    }
}

impl From<Unopenable> for Error {
    fn from(error: Unopenable) -> Self {
        Self::Failure(error.into())
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        let refuse = |code, reason, zh: &str| Refusal::new(code, reason, message.clone(), zh);
        match error {
            Error::NotKnownYet { reason, .. } => {
                refuse(Code::Unavailable, reason, "资料正在同步，请稍后再试。").retry().into()
            }
            Error::ItemUnknown => {
                let zh = "事项目录中没有该事项，请核对事项编码。";
                refuse(Code::NotFound, "ITEM_UNKNOWN", zh).into()
            }
            Error::ItemNotOfferedHere => {
                let zh = "该事项不能在此终端办理。";
                refuse(Code::FailedPrecondition, "ITEM_NOT_OFFERED_HERE", zh).into()
            }
            Error::ItemCancelled => {
                let zh = "该事项已取消，不再受理新的申请。";
                refuse(Code::FailedPrecondition, "ITEM_CANCELLED", zh).into()
            }
            Error::CaseNotFound => refuse(Code::NotFound, "CASE_NOT_FOUND", "没有该办件。").into(),
            Error::CaseAlreadyCompleted(already) => {
                let zh = "该办件已经办结。";
                refuse(Code::FailedPrecondition, "CASE_ALREADY_COMPLETED", zh)
                    .with("completed_at", already.at)
                    .into()
            }
            Error::Late(LateRefused::ReasonNeeded { due_on }) => {
                let zh =
                    format!("该办件应于{due_on}前办结，现已超期，请填写向社会公开的超期原因。");
                refuse(Code::FailedPrecondition, "LATE_REASON_NEEDED", &zh)
                    .with("due_on", due_on)
                    .into()
            }
            Error::Late(LateRefused::NotLate { due_on }) => {
                let zh = format!("该办件承诺于{due_on}前办结，尚未超期，不能填写超期原因。");
                refuse(Code::FailedPrecondition, "CASE_NOT_LATE", &zh).with("due_on", due_on).into()
            }
            Error::CaseDiffers { differs } => {
                let zh = "该办件此前已推送，且内容不一致。";
                refuse(Code::FailedPrecondition, "CASE_DIFFERS", zh)
                    .with("fields", differs.join(","))
                    .into()
            }
            Error::StepDiffers(differs) => {
                let zh = "该环节此前已推送，时间不可更改。";
                refuse(Code::FailedPrecondition, "CASE_DIFFERS", zh)
                    .with("fields", "steps")
                    .with("happened_at", differs.reported_at)
                    .into()
            }
            Error::InvitationForged(_) => {
                let zh = "评价链接无效，请核对后重试。";
                refuse(Code::Unauthenticated, "INVITATION_FORGED", zh).into()
            }
            Error::InvitationNotFound => {
                refuse(Code::NotFound, "INVITATION_NOT_FOUND", "没有该评价邀请。").into()
            }
            Error::WindowClosed { closed_on } => {
                let zh = format!("评价已于{closed_on}截止。");
                refuse(Code::FailedPrecondition, "RATING_WINDOW_CLOSED", &zh)
                    .with("closed_on", closed_on)
                    .into()
            }
            Error::EarlierThanService(earlier) => {
                let zh = "评价时间早于办理服务的时间，不予受理。";
                refuse(Code::FailedPrecondition, "RATING_BEFORE_SERVICE", zh)
                    .with("served_on", earlier.served_on)
                    .into()
            }
            Error::ClockBehind => {
                let zh = "系统时间正在校准，请稍后再试。";
                refuse(Code::Unavailable, "CLOCK_BEHIND", zh).retry().into()
            }
            Error::ReasonNeeded => {
                let zh = "此处的差评需要写明原因，请在数字后写明，例如：2 等候太久。";
                refuse(Code::FailedPrecondition, "REASON_NEEDED", zh).into()
            }
            Error::RealNameRequired(required) => {
                let zh = "此处实行实名评价，请先登录。";
                refuse(Code::FailedPrecondition, "REAL_NAME_REQUIRED", zh)
                    .with("clause", required.clause)
                    .into()
            }
            Error::NotInvited => {
                let zh = "没有等待您评价的办件。";
                refuse(Code::NotFound, "NOT_INVITED", zh).into()
            }
            Error::WhichMatter { question, signs } => {
                let signs: Vec<String> = signs.iter().map(u32::to_string).collect();
                refuse(Code::FailedPrecondition, "WHICH_MATTER", &format!("{question}。"))
                    .with("signs", signs.join(","))
                    .into()
            }
            Error::ReplyNotUnderstood(NotUnderstood::Unsubscribe) => {
                let zh = format!("{OPTED_OUT}您仍可通过其他渠道评价。");
                refuse(Code::FailedPrecondition, "REPLY_NOT_UNDERSTOOD", &zh)
                    .with("why", "unsubscribe")
                    .into()
            }
            Error::ReplyNotUnderstood(why) => {
                let zh = "未能识别您的评价，请回复数字：5非常满意，4满意，3基本满意，2不满意，\
                          1非常不满意。";
                let why = match why {
                    NotUnderstood::Hidden => "hidden characters",
                    NotUnderstood::Unsubscribe => "unsubscribe",
                    NotUnderstood::Unclear => "unclear",
                };
                refuse(Code::FailedPrecondition, "REPLY_NOT_UNDERSTOOD", zh).with("why", why).into()
            }
            Error::InvitationOfAnother => {
                let zh = "该评价邀请属于另一位办事人。";
                refuse(Code::FailedPrecondition, "INVITATION_OF_ANOTHER", zh).into()
            }
            Error::RatingNotFound => {
                refuse(Code::NotFound, "RATING_NOT_FOUND", "没有该评价。").into()
            }
            Error::NoWindow => {
                let zh = "本设备不是窗口评价器，或尚未绑定窗口。";
                refuse(Code::FailedPrecondition, "NO_WINDOW", zh).into()
            }
            Error::NoKiosk => {
                let zh = "本设备不是正在使用的自助服务终端。";
                refuse(Code::FailedPrecondition, "NO_KIOSK", zh).into()
            }
            Error::OtherWindow => {
                let zh = "该服务不在本窗口办理，请在办理窗口或通过其他渠道评价。";
                refuse(Code::FailedPrecondition, "OTHER_WINDOW", zh).into()
            }
            Error::WindowCodeForged => {
                let zh = "窗口二维码无效，请重新扫码。";
                refuse(Code::InvalidArgument, "WINDOW_CODE_FORGED", zh).into()
            }
            Error::WindowNotFound => {
                refuse(Code::NotFound, "WINDOW_NOT_FOUND", "没有该窗口。").into()
            }
            Error::WindowEnded => {
                let zh = "该窗口现已停用，请通过其他渠道评价。";
                refuse(Code::FailedPrecondition, "WINDOW_ENDED", zh).into()
            }
            Error::PersonNotFound => {
                refuse(Code::NotFound, "PERSON_NOT_FOUND", "没有该办事人信息。").into()
            }
            Error::RatedStaffMember => {
                let zh = "您是被评价人员，不能查看评价人信息。";
                refuse(Code::FailedPrecondition, "RATED_STAFF_MEMBER", zh).into()
            }
            Error::ThirdPartyNever { clause } => {
                let zh = format!("根据{clause}，评价人信息不向第三方提供。");
                refuse(Code::FailedPrecondition, "THIRD_PARTY_NEVER", &zh)
                    .with("clause", clause)
                    .into()
            }
            Error::MessageNotFound => {
                refuse(Code::NotFound, "MESSAGE_NOT_FOUND", "没有该短信。").into()
            }
            Error::MessageNotDead => {
                let zh = "该短信并未发送失败，不需要重新发送。";
                refuse(Code::FailedPrecondition, "MESSAGE_NOT_DEAD", zh).into()
            }
            Error::QueueFull => {
                let zh = "当前评价人数较多，请稍后再试。";
                refuse(Code::ResourceExhausted, "QUEUE_FULL", zh).retry().into()
            }
            Error::WatchedElsewhere => {
                let zh = "本终端已建立新的连接。";
                refuse(Code::Aborted, "WATCHED_ELSEWHERE", zh).into()
            }
            Error::RatedOften => {
                let zh = "该办件的评价次数已达上限，以最后一次评价为准。";
                refuse(Code::ResourceExhausted, "RATING_LIMIT_REACHED", zh).into()
            }
            Error::RatedFast => {
                let zh = "评价过于频繁，请一分钟后再试。";
                let minute = std::time::Duration::from_secs(60);
                refuse(Code::ResourceExhausted, "RATED_TOO_OFTEN", zh).retry_after(minute).into()
            }
            Error::Stopping => {
                let zh = "系统正在重启，请稍后再试。";
                refuse(Code::Unavailable, "STOPPING", zh).retry().into()
            }
            Error::RegionNotFound => {
                refuse(Code::NotFound, "REGION_NOT_FOUND", "没有该行政区划。").into()
            }
            Error::OriginalNumberTaken { review_id } => {
                let zh = "该原编号已登记，且内容不同，请核对。";
                refuse(Code::AlreadyExists, "ORIGINAL_NUMBER_TAKEN", zh)
                    .with("review_id", review_id)
                    .into()
            }
            Error::SurveyNotFound => {
                refuse(Code::NotFound, "SURVEY_NOT_FOUND", "没有该监督查评。").into()
            }
            Error::SurveyNotDrawn => {
                let zh = "该监督查评尚未抽取样本。";
                refuse(Code::FailedPrecondition, "SURVEY_NOT_DRAWN", zh).into()
            }
            Error::SurveyNotOver(not_over) => {
                let zh = format!("办件期间至{}止，期满后方可抽取样本。", not_over.to);
                refuse(Code::FailedPrecondition, "SURVEY_PERIOD_NOT_OVER", &zh)
                    .with("to", not_over.to)
                    .into()
            }
            Error::ActNotDrawn => {
                refuse(Code::NotFound, "ACT_NOT_DRAWN", "样本中没有该次服务。").into()
            }
            Error::TicketNeedsIdentity => {
                let zh = "申请转办须先通过统一身份认证登录；匿名点评可不申请转办直接提交。";
                refuse(Code::FailedPrecondition, "TICKET_NEEDS_IDENTITY", zh).into()
            }
            Error::TooManyReviews { again_in } => {
                let zh = "提交的点评过多，请稍后再试。";
                let refusal = refuse(Code::ResourceExhausted, "TOO_MANY_REVIEWS", zh);
                refusal.retry_after(again_in).into()
            }
            Error::PopulationEmpty => {
                let zh = "符合条件的评价为零，无法抽取样本。";
                refuse(Code::FailedPrecondition, "POPULATION_EMPTY", zh).into()
            }
            Error::NotPermitted => {
                let zh = "未经评价人许可或依规定不得向第三方提供评价人信息，该回访不予登记。";
                refuse(Code::FailedPrecondition, "NOT_PERMITTED", zh).into()
            }
            Error::NotCommissioned => {
                let zh = "该监督查评未委托该机构。";
                refuse(Code::FailedPrecondition, "NOT_COMMISSIONED", zh).into()
            }
            Error::Calendar(out) => {
                let zh = format!("{}年的工作日历尚未载入。", out.year);
                refuse(Code::FailedPrecondition, "CALENDAR_OUT_OF_RANGE", &zh).into()
            }
            Error::Failure(failure) => failure.into(),
        }
    }
}

/// How many violations of one row are told.
const DETAILS: usize = 20;

impl Error {
    /// Whether it is the rating that is refused, and not something that passes or is broken.
    pub(crate) fn is_of_the_rating(&self) -> bool {
        matches!(
            self,
            Self::WindowClosed { .. }
                | Self::EarlierThanService(_)
                | Self::RealNameRequired(_)
                | Self::InvitationNotFound
        )
    }

    /// Whether it refuses what a reply says of an act, and not the call.
    pub(crate) fn is_of_the_reply(&self) -> bool {
        let of_the_act = matches!(
            self,
            Self::NotInvited
                | Self::WhichMatter { .. }
                | Self::ReplyNotUnderstood(_)
                | Self::ReasonNeeded
        );
        of_the_act || self.is_of_the_rating()
    }
}

/// A refusal as the answer of a stream tells it, for one of its rows: the reason that a call for
/// that row alone would give, and what is wrong.
pub(crate) fn refusal(error: Error) -> (String, Vec<String>) {
    let status = Status::from(error);
    let details = status.get_error_details();
    let said = |v: &FieldViolation| format!("{}: {}", v.field, v.description);
    let told = match details.bad_request() {
        Some(wrong) => wrong.field_violations.iter().take(DETAILS).map(said).collect(),
        None => vec![status.message().to_owned()],
    };
    (details.error_info().map(|info| info.reason.clone()).unwrap_or_default(), told)
}
