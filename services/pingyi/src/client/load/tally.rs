//! What became of calls: counts, and the latency of those that were acknowledged, in bounded
//! memory.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use hdrhistogram::Histogram;
use serde::Serialize;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// The longest latency that is told apart from longer ones, in microseconds: ten minutes.
const LONGEST_MICROS: u64 = 600_000_000;
/// Digits of a latency that are kept.
const DIGITS: u8 = 3;

/// Why a call was not acknowledged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unacknowledged {
    /// The status code, with the stable reason if there is one.
    pub(super) reason: String,
    /// True if the server said so; false if nothing was heard, and it may have been done.
    pub(super) answered: bool,
    /// True if it may have been done all the same.
    pub(super) perhaps: bool,
}

impl From<&Status> for Unacknowledged {
    fn from(status: &Status) -> Self {
        let code = code_name(status.code());
        let details = status.get_error_details();
        let reason = details.error_info().map(|info| info.reason.clone());
        // What carries no reason and is one of these was made by the connection, not the server.
        let broken = matches!(
            status.code(),
            Code::Unavailable
                | Code::Unknown
                | Code::Internal
                | Code::Cancelled
                | Code::DeadlineExceeded
        );
        let answered = reason.is_some() || !broken;
        let reason = reason.map_or(code.clone(), |reason| format!("{code} {reason}"));
        Self { reason, answered, perhaps: broken }
    }
}

/// A code as gRPC spells it: `FailedPrecondition` is `FAILED_PRECONDITION`.
fn code_name(code: Code) -> String {
    let mut name = String::new();
    for letter in format!("{code:?}").chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

/// What became of the calls of one RPC; shared by its callers.
pub(super) struct Tally {
    rpc: &'static str,
    counts: Mutex<Counts>,
}

struct Counts {
    sent: u64,
    acknowledged: u64,
    refused: BTreeMap<String, u64>,
    unknown: BTreeMap<String, u64>,
    latency: Histogram<u64>,
    last: Option<Instant>,
}

impl Tally {
    /// Nothing yet.
    pub(super) fn new(rpc: &'static str) -> Result<Self, hdrhistogram::CreationError> {
        let latency = Histogram::new_with_bounds(1, LONGEST_MICROS, DIGITS)?;
        let counts = Counts {
            sent: 0,
            acknowledged: 0,
            refused: BTreeMap::new(),
            unknown: BTreeMap::new(),
            latency,
            last: None,
        };
        Ok(Self { rpc, counts: Mutex::new(counts) })
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call whose latency counts from `since`.
    pub(super) fn count<T>(
        &self,
        since: Instant,
        answer: Result<T, Status>,
    ) -> Result<T, Unacknowledged> {
        let now = Instant::now();
        let answer = answer.map_err(|status| Unacknowledged::from(&status));
        let mut counts = self.counts();
        counts.sent += 1;
        match &answer {
            Ok(_) => {
                counts.acknowledged += 1;
                let micros = now.saturating_duration_since(since).as_micros();
                counts.latency.saturating_record(u64::try_from(micros).unwrap_or(u64::MAX));
                counts.last = Some(now);
            }
            Err(why) if why.answered => {
                *counts.refused.entry(why.reason.clone()).or_default() += 1;
            }
            Err(why) => *counts.unknown.entry(why.reason.clone()).or_default() += 1,
        }
        answer
    }

    /// The figures of a loop that began then and took that long. What was acknowledged after its
    /// end makes it longer.
    pub(super) fn figures(&self, began: Instant, span: Duration) -> Calls {
        let counts = self.counts();
        let last = counts.last.map_or(span, |last| last.saturating_duration_since(began));
        let seconds = last.max(span).as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let at = |quantile: f64| counts.latency.value_at_quantile(quantile) as f64 / 1e3;
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let (acknowledged, max) = (counts.acknowledged as f64, counts.latency.max() as f64 / 1e3);
        let latency_ms =
            Latency { p50: at(0.5), p90: at(0.9), p99: at(0.99), p99_9: at(0.999), max };
        Calls {
            rpc: self.rpc,
            sent: counts.sent,
            acknowledged: counts.acknowledged,
            refused: counts.refused.clone(),
            unknown: counts.unknown.clone(),
            per_second: if seconds > 0.0 { acknowledged / seconds } else { 0.0 },
            latency_ms: (counts.acknowledged > 0).then_some(latency_ms),
        }
    }
}

/// The figures of one RPC.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Calls {
    /// Which.
    pub(super) rpc: &'static str,
    /// Calls begun: acknowledged, refused and unknown ones together.
    pub(super) sent: u64,
    /// Answered with what was asked for.
    pub(super) acknowledged: u64,
    /// Refused by the server, by code and reason.
    pub(super) refused: BTreeMap<String, u64>,
    /// Without an answer, by code.
    pub(super) unknown: BTreeMap<String, u64>,
    /// Acknowledged per second.
    pub(super) per_second: f64,
    /// Of the acknowledged ones; absent without any.
    pub(super) latency_ms: Option<Latency>,
}

/// Latency, in milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Latency {
    /// The median.
    pub(super) p50: f64,
    /// One in ten took longer.
    pub(super) p90: f64,
    /// One in a hundred did.
    pub(super) p99: f64,
    /// One in a thousand did.
    #[serde(rename = "p99.9")]
    pub(super) p99_9: f64,
    /// The longest.
    pub(super) max: f64,
}

#[cfg(test)]
mod tests {
    use platform::status::Refusal;

    use super::*;

    #[test]
    fn load_what_the_server_refused_is_told_apart_from_what_nobody_answered() {
        let closed = Refusal::new(Code::FailedPrecondition, "RATING_WINDOW_CLOSED", "late", "晚");
        let away = Refusal::new(Code::Unavailable, "STORE_AWAY", "away", "忙");
        let table = [
            (Status::from(closed), "FAILED_PRECONDITION RATING_WINDOW_CLOSED", true, false),
            (Status::from(away), "UNAVAILABLE STORE_AWAY", true, true),
            (Status::unauthenticated("who?"), "UNAUTHENTICATED", true, false),
            (Status::unavailable("tcp connect error"), "UNAVAILABLE", false, true),
            (Status::cancelled("Timeout expired"), "CANCELLED", false, true),
            (Status::unknown("transport error"), "UNKNOWN", false, true),
        ];
        for (status, reason, answered, perhaps) in table {
            let why = Unacknowledged::from(&status);
            assert_eq!(why, Unacknowledged { reason: reason.to_owned(), answered, perhaps });
        }
    }

    #[test]
    fn load_the_figures_add_up_and_only_acknowledged_calls_have_a_latency() {
        let tally = Tally::new("SubmitRating").unwrap();
        let began = Instant::now();
        let ago = |millis| began.checked_sub(Duration::from_millis(millis)).unwrap();
        for n in 1..=100 {
            tally.count(ago(n * 10), Ok(())).unwrap();
        }
        tally.count(ago(60_000), Err::<(), _>(Status::unavailable("gone"))).unwrap_err();
        tally.count(ago(60_000), Err::<(), _>(Status::not_found("none"))).unwrap_err();
        let calls = tally.figures(began, Duration::from_secs(10));
        assert_eq!((calls.sent, calls.acknowledged), (102, 100));
        assert_eq!(calls.refused, BTreeMap::from([("NOT_FOUND".to_owned(), 1)]));
        assert_eq!(calls.unknown, BTreeMap::from([("UNAVAILABLE".to_owned(), 1)]));
        assert!((calls.per_second - 10.0).abs() < 0.01, "{}", calls.per_second);
        let latency = calls.latency_ms.unwrap();
        assert!((495.0..=520.0).contains(&latency.p50), "{latency:?}");
        assert!((985.0..=1_020.0).contains(&latency.p99), "{latency:?}");
        assert!((999.0..=1_020.0).contains(&latency.max), "{latency:?}");
    }
}
