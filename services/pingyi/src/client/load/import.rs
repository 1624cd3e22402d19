//! A business system that pushes its cases, thousands in a call: each accepted and completed, each
//! of another visibly invented person.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use jiff::Timestamp;
use platform::{clock::Clock, convert::to_wire, stop::Stop};
use proto::{
    intake::v1::{
        Applicant, CaseReport, PushCaseRequest, PushCasesRequest, PushCasesResponse, ServiceMode,
        Step, case_service_client::CaseServiceClient,
    },
    r#type::v1::{RaterKind, Stage},
};
use serde::Serialize;
use tonic::{Code, Status};

use super::{
    LoadError,
    check::Findings,
    pace::{Pace, PaceResult, drive},
    tally::{Calls, Tally, Unacknowledged},
    target::{Identity, Patience, Target},
};
use crate::client::ClientError;

/// Streams that are looked for afterwards, of those acknowledged and of those that were not.
const STREAMS: usize = 20;
/// Cases that are pushed again of all of them.
const PUSHED_AGAIN: u64 = 1_000;
/// Given out by the standard and nowhere in use: the year of birth of everyone here.
const BORN: u64 = 1880;

/// What became of the cases of all acknowledged streams.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Rows {
    /// Received by the server.
    pub(super) received: u64,
    /// Taken in, and not known before.
    pub(super) created: u64,
    /// Refused.
    pub(super) refused: u64,
    /// By reason, of those whose reason was told.
    pub(super) reasons: BTreeMap<String, u64>,
    /// Received per second.
    pub(super) per_second: f64,
}

/// A stream that was sent.
#[derive(Clone, Copy, Debug)]
struct SentStream {
    number: u64,
    at: Timestamp,
}

#[derive(Default)]
struct ImportState {
    rows: Rows,
    acknowledged: Vec<SentStream>,
    perhaps: Vec<SentStream>,
}

/// A business system, and what became of what it pushed.
pub(super) struct Import {
    target: Target,
    item_code: String,
    /// Tells the cases of this run from all others.
    run: String,
    rows: u64,
    pushed: Tally,
    kept: Mutex<ImportState>,
}

impl Import {
    /// Finds an item whose cases the business system may push.
    pub(super) async fn prepare(
        target: Target,
        identity: &Identity,
        region: &str,
        rows: u64,
    ) -> Result<Self, LoadError> {
        let id = Clock::System.new_id().simple().to_string();
        let patience = Patience::default();
        for item in target.settled_on_the_spot(region).await? {
            let import = Self {
                target: target.clone().by(&identity.system(&item.agency_id)?)?,
                item_code: item.code,
                run: id[id.len() - 12..].to_owned(),
                rows,
                pushed: Tally::new("PushCases")?,
                kept: Mutex::default(),
            };
            let answer = patience.ask(|| import.probe()).await;
            match answer {
                Ok(()) => return Ok(import),
                // Another agency's item.
                Err(status) if status.code() == Code::InvalidArgument => {}
                Err(status) => return Err(ClientError::from(status).into()),
            }
        }
        Err(LoadError::NoItem(region.to_owned()))
    }

    /// Pushes one case by itself.
    async fn probe(&self) -> Result<(), Status> {
        let probe = SentStream { number: 0, at: Clock::System.now() };
        let report = report(&self.run, &self.item_code, probe, 0);
        let request = self.target.signed(PushCaseRequest { report: Some(report) });
        CaseServiceClient::new(self.target.channel(0)).push_case(request).await.map(|_| ())
    }

    fn kept(&self) -> MutexGuard<'_, ImportState> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Pushes the first so many cases of a stream.
    async fn push(
        &self,
        caller: usize,
        stream: SentStream,
        rows: u64,
    ) -> Result<PushCasesResponse, Status> {
        let (run, item) = (self.run.clone(), self.item_code.clone());
        let reports = (0..rows)
            .map(move |row| PushCasesRequest { report: Some(report(&run, &item, stream, row)) });
        let request = self.target.signed(tokio_stream::iter(reports));
        let mut client = CaseServiceClient::new(self.target.channel(caller));
        client.push_cases(request).await.map(tonic::Response::into_inner)
    }

    async fn counted(&self, caller: usize, stream: SentStream, since: Instant) -> bool {
        let answer = self.push(caller, stream, self.rows).await;
        match self.pushed.count(since, answer) {
            Ok(answer) => {
                let mut kept = self.kept();
                kept.rows.received += answer.received;
                kept.rows.created += answer.created;
                kept.rows.refused += answer.refused;
                for refusal in answer.refusals {
                    *kept.rows.reasons.entry(refusal.reason).or_default() += 1;
                }
                // Those of which every case was taken in, so that all must be there.
                if answer.created == self.rows && kept.acknowledged.len() < STREAMS {
                    kept.acknowledged.push(stream);
                }
                true
            }
            Err(why) => {
                let mut kept = self.kept();
                if why.perhaps && kept.perhaps.len() < STREAMS {
                    kept.perhaps.push(stream);
                }
                !why.perhaps
            }
        }
    }

    /// Pushes until the time is over.
    pub(super) async fn run(
        self: &Arc<Self>,
        pace: Pace,
        span: Duration,
        stop: &Stop,
    ) -> (PaceResult, Vec<Calls>, Rows) {
        // The first stream's number is the probe's.
        let (import, next) = (Arc::clone(self), AtomicU64::new(1));
        let call = move |caller, intended| {
            let import = Arc::clone(&import);
            let number = next.fetch_add(1, Ordering::Relaxed);
            async move {
                let stream = SentStream { number, at: Clock::System.now() };
                import.counted(caller, stream, intended).await
            }
        };
        let driven = drive(pace, span, stop, call).await;
        let calls = self.pushed.figures(driven.began, driven.span);
        let mut rows = self.kept().rows.clone();
        #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
        let per_stream = rows.received as f64 / (calls.acknowledged.max(1)) as f64;
        rows.per_second = per_stream * calls.per_second;
        (driven, vec![calls], rows)
    }

    /// Looks for what was pushed: pushing it again tells nothing new.
    pub(super) async fn check(&self) -> Findings {
        let (acknowledged, perhaps, created) = {
            let kept = self.kept();
            (kept.acknowledged.clone(), kept.perhaps.clone(), kept.rows.created)
        };
        let patience = Patience::default();
        let mut findings = Findings { acknowledged: created, ..Findings::default() };
        let streams = NonZeroUsize::new(acknowledged.len() + perhaps.len());
        let each = streams.map_or(0, |streams| (PUSHED_AGAIN / streams.get() as u64).max(1));
        let each = each.min(self.rows);
        for stream in acknowledged {
            let again = patience.ask(|| self.push(0, stream, each)).await;
            findings.again(each, again.map_err(|status| Unacknowledged::from(&status)));
        }
        for stream in perhaps {
            findings.perhaps += each;
            let first = patience.ask(|| self.push(0, stream, each)).await;
            if let Ok(answer) = first {
                findings.found += answer.unchanged;
                findings.late += answer.created;
            }
            let again = patience.ask(|| self.push(0, stream, each)).await;
            findings.again(each, again.map_err(|status| Unacknowledged::from(&status)));
        }
        findings
    }
}

/// The case of a row, the same whenever it is made.
fn report(run: &str, item_code: &str, stream: SentStream, row: u64) -> CaseReport {
    let SentStream { number, at } = stream;
    let ago = |minutes| at - jiff::SignedDuration::from_mins(minutes);
    let step = |stage: Stage, minutes| Step {
        stage: stage.into(),
        service_number: 1,
        happened_at: Some(to_wire(ago(minutes))),
        ..Step::default()
    };
    let applicant = Applicant {
        kind: RaterKind::NaturalPerson.into(),
        name: "示例办事人".to_owned(),
        number: invented_number(number.wrapping_mul(10_007).wrapping_add(row)),
        phone: format!("1380000{:04}", row % 10_000),
        language: "zh-Hans".to_owned(),
    };
    CaseReport {
        project_number: format!("load-{run}-{number}-{row}"),
        item_code: item_code.to_owned(),
        mode: ServiceMode::Online.into(),
        applicant: Some(applicant),
        steps: vec![step(Stage::Acceptance, 2), step(Stage::Completion, 1)],
        ..CaseReport::default()
    }
}

/// An identity number of the right shape (GB 11643) that nobody alive can have.
fn invented_number(n: u64) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let (month, day, serial) = (n / 28 % 12 + 1, n % 28 + 1, n / 336 % 1_000);
    let body = format!("110105{BORN}{month:02}{day:02}{serial:03}");
    let digits = body.chars().filter_map(|digit| digit.to_digit(10));
    let sum: u32 = digits.zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    let check = "10X98765432".chars().nth(sum as usize % 11).unwrap_or('X');
    format!("{body}{check}")
}

#[cfg(test)]
mod tests {
    use domain::codes::is_id_number;

    use super::*;

    #[test]
    fn load_cases_are_of_many_invented_persons_and_the_same_when_made_again() {
        let stream = SentStream { number: 3, at: "2026-03-02T01:00:00Z".parse().unwrap() };
        let made = |row| report("run", "item", stream, row);
        let mut numbers: Vec<_> =
            (0..10_000).map(|row| made(row).applicant.unwrap().number).collect();
        let today = jiff::civil::date(2026, 3, 2);
        assert!(numbers.iter().all(|number| is_id_number(number, today)), "check characters");
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 10_000);
        assert_eq!(made(7), made(7));
        assert_ne!(made(7).project_number, made(8).project_number);
    }
}
