//! How a failure becomes a gRPC status, once, on the last line of a handler: a code, a stable
//! reason, every violation, and words for people (zh-CN).

use std::{collections::HashMap, time::Duration};

use domain::violation::Violations;
use sea_orm::{DbErr, RuntimeErr};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

use crate::telemetry::trace;

/// The domain of every reason, as google.rpc.ErrorInfo wants one.
const DOMAIN: &str = "pingyi";
/// How many violations one answer names; the rest are counted. More would break HTTP/2 headers.
const MAX_VIOLATIONS: usize = 20;
/// The longest description of one violation, in characters.
const MAX_DESCRIPTION: usize = 80;
/// How long a caller waits before it tries again what was only busy.
const RETRY_AFTER: Duration = Duration::from_millis(500);

/// What can go wrong in any service.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The request is malformed.
    #[error("the request is malformed: {0}")]
    Invalid(#[from] Violations),
    /// The caller is unknown, or its token is not valid.
    #[error("the caller is not identified: {0}")]
    Unauthenticated(&'static str),
    /// A terminal's token or certificate does not count any more. Nobody can log in there: visitors
    /// are sent to a window.
    #[error("the terminal is stopped: {0}")]
    TerminalStopped(&'static str),
    /// The caller may not do this.
    #[error("the caller is no {0}")]
    Denied(&'static str),
    /// The same request id came with another body.
    #[error("the request id was used for another request")]
    RequestIdReused,
    /// Someone else was faster.
    #[error("another request was faster: {0}")]
    Raced(&'static str),
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] DbErr),
    /// A bug, or stored data nobody can read.
    #[error("internal: {0}")]
    Internal(String),
}

/// Lets `?` make a service's error of what a layer below it returns, by way of an error that both
/// have a conversion for: a [`Failure`], or the error of a noun.
#[macro_export]
macro_rules! into_error {
    ($error:ty; $($from:ty => $by:ty,)+) => {$(
        impl From<$from> for $error {
            fn from(from: $from) -> Self {
                <$by>::from(from).into()
            }
        }
    )+};
}

impl From<crate::crypto::Unopenable> for Failure {
    fn from(error: crate::crypto::Unopenable) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<Failure> for Status {
    fn from(failure: Failure) -> Self {
        let message = failure.to_string();
        match failure {
            Failure::Invalid(violations) => invalid(&violations),
            Failure::Unauthenticated(_) => {
                Refusal::new(Code::Unauthenticated, "NOT_IDENTIFIED", message, "请先登录。").into()
            }
            Failure::TerminalStopped(_) => {
                let zh = "终端停用，请到窗口。";
                Refusal::new(Code::Unauthenticated, "TERMINAL_STOPPED", message, zh).into()
            }
            Failure::Denied(_) => {
                let zh = "您没有办理此操作的权限。";
                Refusal::new(Code::PermissionDenied, "ROLE_MISSING", message, zh).into()
            }
            Failure::RequestIdReused => {
                let zh = "请求编号已被另一请求使用，请更换编号。";
                Refusal::new(Code::AlreadyExists, "REQUEST_ID_REUSED", message, zh).into()
            }
            Failure::Raced(_) => {
                let zh = "数据刚刚被他人更改，请刷新后重试。";
                Refusal::new(Code::Aborted, "RACED", message, zh).into()
            }
            Failure::Store(error) if is_away(&error) => {
                // Reported once as a trouble of the store, not once for each caller meanwhile.
                tracing::debug!(error = %error, "the store is not available");
                let zh = "系统暂时无法保存，请稍后再试。";
                Refusal::new(Code::Unavailable, "STORE_AWAY", message, zh).retry().into()
            }
            Failure::Store(error) => internal(&error),
            Failure::Internal(_) => internal(&failure),
        }
    }
}

/// Whether the store is away; otherwise the statement is wrong.
#[must_use]
pub fn is_away(error: &DbErr) -> bool {
    let code = match fault(error) {
        Fault::Connection => return true,
        Fault::Code(code) => code,
        Fault::Other => return false,
    };
    // PostgreSQL: connection trouble, deadlock or serialisation, out of resources, object in use,
    // shutdown or cancelled, input/output, idle too long in a transaction, read-only standby.
    // SQLite: busy, locked, read-only, input/output, disk full, cannot open.
    match sqlite_code(&code) {
        Some(code) => matches!(code, 5 | 6 | 8 | 10 | 13 | 14),
        None => {
            ["08", "40", "53", "55", "57", "58"].iter().any(|class| code.starts_with(class))
                || code == "25006"
                || code == "25P03"
        }
    }
}

/// Whether nothing at all can be written to the store now: this excludes locks of others and a busy
/// hour.
#[must_use]
pub fn cannot_write(error: &DbErr) -> bool {
    match fault(error) {
        Fault::Connection => !is_pool_busy(error),
        Fault::Code(code) => match sqlite_code(&code) {
            Some(code) => matches!(code, 8 | 10 | 13 | 14),
            None => {
                ["08", "53", "58"].iter().any(|class| code.starts_with(class))
                    || ["25006", "57P01", "57P02", "57P03"].contains(&code.as_str())
            }
        },
        Fault::Other => false,
    }
}

/// Whether an answer was lost on its way: the statement may have run or not.
#[must_use]
pub fn is_answer_lost(error: &DbErr) -> bool {
    match fault(error) {
        Fault::Connection => !is_pool_busy(error),
        // PostgreSQL ends the session: connection trouble, shutdown.
        Fault::Code(code) => {
            sqlite_code(&code).is_none() && (code.starts_with("08") || code.starts_with("57P"))
        }
        Fault::Other => false,
    }
}

/// What a store's error is about.
enum Fault {
    /// The way to the database.
    Connection,
    /// The database's own error, by its code.
    Code(String),
    Other,
}

fn fault(error: &DbErr) -> Fault {
    use sea_orm::sqlx::Error;

    let runtime = match error {
        DbErr::ConnectionAcquire(_) => return Fault::Connection,
        DbErr::Conn(runtime) | DbErr::Exec(runtime) | DbErr::Query(runtime) => runtime,
        _ => return Fault::Other,
    };
    let RuntimeErr::SqlxError(source) = runtime else {
        return if matches!(error, DbErr::Conn(_)) { Fault::Connection } else { Fault::Other };
    };
    match source.as_ref() {
        Error::Database(error) => Fault::Code(error.code().unwrap_or_default().into_owned()),
        Error::Io(_)
        | Error::Tls(_)
        | Error::Protocol(_)
        | Error::PoolTimedOut
        | Error::PoolClosed
        | Error::WorkerCrashed => Fault::Connection,
        _ if matches!(error, DbErr::Conn(_)) => Fault::Connection,
        _ => Fault::Other,
    }
}

/// Whether no connection was free in time: the store may be well.
pub(crate) fn is_pool_busy(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) => true,
        DbErr::Conn(runtime) | DbErr::Exec(runtime) | DbErr::Query(runtime) => {
            let RuntimeErr::SqlxError(source) = runtime else { return false };
            matches!(source.as_ref(), sea_orm::sqlx::Error::PoolTimedOut)
        }
        _ => false,
    }
}

/// Whether the store refuses the row itself: its data, or a constraint. Such a row is refused again
/// each time; any other failure may pass.
#[must_use]
pub fn is_row_refused(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) =
        error
    else {
        return false;
    };
    let sea_orm::sqlx::Error::Database(error) = error.as_ref() else { return false };
    let code = error.code().unwrap_or_default();
    match sqlite_code(&code) {
        Some(code) => matches!(code, 18..=20),
        None => code.starts_with("22") || code.starts_with("23"),
    }
}

/// Whether PostgreSQL gave up waiting for a lock.
#[must_use]
pub fn is_lock_refused(error: &DbErr) -> bool {
    matches!(fault(error), Fault::Code(code) if code == "55P03")
}

/// SQLite's primary result code; none for PostgreSQL's codes, which always have five characters.
fn sqlite_code(code: &str) -> Option<u32> {
    (code.len() < 5).then(|| code.parse::<u32>().ok()).flatten().map(|code| code & 0xff)
}

/// A refusal with its stable reason.
#[derive(Debug)]
pub struct Refusal {
    code: Code,
    reason: &'static str,
    message: String,
    zh: String,
    metadata: HashMap<String, String>,
    retry: Option<Duration>,
}

impl Refusal {
    /// A refusal: `message` for developers, `zh` for people.
    #[must_use]
    pub fn new(
        code: Code,
        reason: &'static str,
        message: impl Into<String>,
        zh: impl Into<String>,
    ) -> Self {
        let (message, zh) = (message.into(), zh.into());
        Self { code, reason, message, zh, metadata: HashMap::new(), retry: None }
    }

    /// Adds a value for programs.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl ToString) -> Self {
        self.metadata.insert(key.to_owned(), value.to_string());
        self
    }

    /// States that the caller may try again soon.
    #[must_use]
    pub fn retry(self) -> Self {
        self.retry_after(RETRY_AFTER)
    }

    /// States that the caller may try again after a while.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry = Some(wait);
        self
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        let mut details = ErrorDetails::new();
        details.set_error_info(refusal.reason, DOMAIN, refusal.metadata);
        details.set_localized_message("zh-CN", refusal.zh);
        if refusal.retry.is_some() {
            details.set_retry_info(refusal.retry);
        }
        Self::with_error_details(refusal.code, refusal.message, details)
    }
}

fn invalid(violations: &Violations) -> Status {
    let cut = |text: &str| text.chars().take(MAX_DESCRIPTION).collect::<String>();
    let named: Vec<FieldViolation> = violations
        .0
        .iter()
        .take(MAX_VIOLATIONS)
        .map(|violation| FieldViolation::new(cut(&violation.field), cut(&violation.description)))
        .collect();
    let total = violations.0.len();
    let message = match violations.0.first() {
        Some(first) if total == 1 => format!("{}: {}", cut(&first.field), cut(&first.description)),
        Some(first) => {
            format!("{}: {} (one of {total})", cut(&first.field), cut(&first.description))
        }
        None => "the request is malformed".to_owned(),
    };
    let mut details = ErrorDetails::new();
    details.set_bad_request(named);
    let metadata = HashMap::from([("violations".to_owned(), total.to_string())]);
    details.set_error_info("MALFORMED", DOMAIN, metadata);
    details.set_localized_message("zh-CN", "填写的内容有误，请更正后重试。");
    Status::with_error_details(Code::InvalidArgument, message, details)
}

/// An error in words, with its causes.
#[must_use]
pub fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut causes = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        causes = format!("{causes}: {cause}");
        source = cause.source();
    }
    causes
}

/// A bug: logged here with its causes, which the caller does not see. The line can be found by the
/// trace id.
fn internal(error: &(dyn std::error::Error + 'static)) -> Status {
    let causes = causes(error);
    tracing::error!(causes, "internal error");
    let refusal = |zh: &str| Refusal::new(Code::Internal, "INTERNAL", "internal error", zh);
    match trace::current().map(|span| span.trace_id().to_string()) {
        Some(id) => {
            let zh = format!("系统出错，请稍后再试。错误编号：{}", trace::short(&id));
            refusal(&zh).with("trace_id", id).into()
        }
        None => refusal("系统出错，请稍后再试。").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_violation_is_named_up_to_twenty_and_details_stay_small() {
        let mut violations = Violations::default();
        for n in 0..500 {
            violations.add(format!("entries[{n}]{}", "x".repeat(500)), "y".repeat(5_000));
        }
        let status = Status::from(Failure::Invalid(violations));
        assert_eq!(status.code(), Code::InvalidArgument);
        let details = status.get_error_details();
        assert_eq!(details.bad_request().unwrap().field_violations.len(), 20);
        assert_eq!(details.error_info().unwrap().metadata["violations"], "500");
        assert!(status.details().len() <= 4096, "{} bytes", status.details().len());
    }

    #[test]
    fn a_bug_is_told_to_nobody() {
        let status = Status::from(Failure::Internal("row 7 of table rating".into()));
        assert_eq!((status.code(), status.message()), (Code::Internal, "internal error"));
        assert!(!String::from_utf8_lossy(status.details()).contains("row 7"));
    }
}
