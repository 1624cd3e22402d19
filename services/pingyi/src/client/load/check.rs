//! Checks whether everything that was acknowledged is there, once, as it was given. What nobody
//! answered may be there or not, but never twice.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    num::NonZeroUsize,
    sync::Arc,
};

use platform::{clock::Clock, convert::to_wire};
use proto::intake::v1::{
    GetRatingRequest, ListRatingsRequest, PushCasesResponse, Rating, SubmitRatingResponse,
    rating_service_client::RatingServiceClient,
};
use serde::Serialize;
use tonic::{Response, Status};

use super::{
    journal::{AcknowledgedRating, SentRating, ToCheck},
    ratings::Raters,
    tally::Unacknowledged,
    target::{Patience, side_by_side},
};

/// Calls of the check under way at once.
const WIDTH: NonZeroUsize = NonZeroUsize::MIN.saturating_add(31);
/// Acknowledged ratings that are sent again.
const SENT_AGAIN: usize = 1_000;
/// Ratings of an act that are listed at once.
const PAGE: u32 = 200;
/// Faults that are told one by one.
const EXAMPLES: usize = 20;

/// What is wrong with a rating or case that was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Acknowledged, and not there.
    Missing,
    /// There, and not as it was acknowledged.
    Differs(&'static str),
    /// Sent again, it became another one.
    Twice,
    /// Two requests have one rating.
    Shared,
    /// It cannot be read, for this reason.
    Unread(String),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing => f.write_str("acknowledged and missing"),
            Self::Differs(what) => write!(f, "with another {what} than acknowledged"),
            Self::Twice => f.write_str("there twice"),
            Self::Shared => f.write_str("one rating for two requests"),
            Self::Unread(why) => write!(f, "not to be read: {why}"),
        }
    }
}

/// What the check found.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Findings {
    /// Ratings, or cases, that were acknowledged; of lifecycles their ratings.
    pub(super) acknowledged: u64,
    /// Of these: read back; of lifecycles their tickets, with every step.
    pub(super) read_back: u64,
    /// Of these: listed once among all ratings of their act; of lifecycles those with one ticket.
    pub(super) listed: u64,
    /// Of these: sent again under the same identity.
    pub(super) sent_again: u64,
    /// Ratings, or cases, that nobody acknowledged and that may be there all the same.
    pub(super) perhaps: u64,
    /// Of these: there already.
    pub(super) found: u64,
    /// Of these: taken only now that they were sent again.
    pub(super) late: u64,
    /// What is wrong, and how often.
    pub(super) faults: BTreeMap<String, u64>,
    /// The first of them: rating ids.
    pub(super) examples: Vec<String>,
}

impl Findings {
    /// Whether nothing is wrong.
    pub(super) fn passed(&self) -> bool {
        self.faults.is_empty()
    }

    /// How much is wrong.
    pub(super) fn fault_count(&self) -> u64 {
        self.faults.values().sum()
    }

    /// Notes a fault.
    fn fault(&mut self, which: &str, fault: &Fault) {
        self.wrong(which, &fault.to_string());
    }

    /// Notes what is wrong with this one.
    pub(super) fn wrong(&mut self, which: &str, what: &str) {
        *self.faults.entry(what.to_owned()).or_default() += 1;
        if self.examples.len() < EXAMPLES && !which.is_empty() {
            self.examples.push(format!("{which} {what}"));
        }
    }

    /// Notes cases that were pushed once more: all of them must have been known.
    pub(super) fn again(&mut self, rows: u64, answer: Result<PushCasesResponse, Unacknowledged>) {
        match answer {
            Ok(answer) => {
                self.sent_again += answer.received;
                // What is created now was not there.
                for _ in 0..answer.created {
                    self.fault("", &Fault::Missing);
                }
                for _ in answer.created + answer.unchanged..rows {
                    self.fault("", &Fault::Differs("content"));
                }
            }
            Err(why) => self.fault("", &Fault::Unread(why.reason)),
        }
    }
}

/// Judges a rating that was acknowledged by what is read back.
fn judge_read(
    one: &AcknowledgedRating,
    level: i32,
    answer: Result<Option<Rating>, Unacknowledged>,
) -> Result<(), Fault> {
    let rating = match answer {
        Ok(Some(rating)) => rating,
        Ok(None) => return Err(Fault::Missing),
        Err(why) if why.reason.starts_with("NOT_FOUND") => return Err(Fault::Missing),
        Err(why) => return Err(Fault::Unread(why.reason)),
    };
    let receipt = &one.receipt;
    for (what, same) in [
        ("id", rating.rating_id == receipt.rating_id),
        ("level", rating.level == level),
        ("time", rating.received_at == receipt.received_at),
        ("receipt", rating.receipt_code == receipt.receipt_code),
    ] {
        if !same {
            return Err(Fault::Differs(what));
        }
    }
    Ok(())
}

/// Judges a rating by the receipt it gets when it is sent again.
fn judge_again(
    receipt: &SubmitRatingResponse,
    answer: Result<SubmitRatingResponse, Unacknowledged>,
) -> Result<(), Fault> {
    match answer {
        Ok(again) if again.rating_id != receipt.rating_id => Err(Fault::Twice),
        Ok(again) if again != *receipt => Err(Fault::Differs("receipt")),
        Ok(_) => Ok(()),
        Err(why) => Err(Fault::Unread(why.reason)),
    }
}

/// Judges acknowledged ratings by how often each stands in its act's list.
fn judge_listed(times: &HashMap<String, u32>, acknowledged: &[String]) -> Vec<(String, Fault)> {
    let judge = |id: &String| match times.get(id) {
        Some(1) => None,
        Some(_) => Some((id.clone(), Fault::Twice)),
        None => Some((id.clone(), Fault::Missing)),
    };
    acknowledged.iter().filter_map(judge).collect()
}

/// What became of a rating that nobody acknowledged.
enum Fate {
    /// It had been taken.
    Found(SubmitRatingResponse),
    /// It was taken now.
    Late(SubmitRatingResponse),
    /// It is refused.
    Refused,
}

struct Checker {
    raters: Arc<Raters>,
    patience: Patience,
}

impl Checker {
    async fn read(&self, one: &AcknowledgedRating) -> Result<(), Fault> {
        let request = GetRatingRequest {
            token: one.asked.token.to_string(),
            rating_id: one.receipt.rating_id.clone(),
        };
        let target = &self.raters.target;
        let answer = self.patience.ask(|| {
            let mut client = RatingServiceClient::new(target.channel(0));
            let request = target.signed(request.clone());
            async move { client.get_rating(request).await.map(Response::into_inner) }
        });
        let answer = answer.await.map(|answer| answer.rating);
        let level = self.raters.forms[one.asked.form].level;
        judge_read(one, level, answer.map_err(|status| Unacknowledged::from(&status)))
    }

    /// Lists every rating of a service act, and judges which of the acknowledged ones stand there
    /// once.
    async fn listed(&self, token: &str, acknowledged: &[String]) -> Vec<(String, Fault)> {
        let target = &self.raters.target;
        let mut times: HashMap<String, u32> = HashMap::new();
        let mut page_token = String::new();
        loop {
            let request = ListRatingsRequest {
                token: token.to_owned(),
                page_size: PAGE,
                page_token: page_token.clone(),
            };
            let page = self.patience.ask(|| {
                let mut client = RatingServiceClient::new(target.channel(0));
                let request = target.signed(request.clone());
                async move { client.list_ratings(request).await.map(Response::into_inner) }
            });
            let page = match page.await {
                Ok(page) => page,
                Err(status) => {
                    let why = Unacknowledged::from(&status).reason;
                    return vec![(String::new(), Fault::Unread(why))];
                }
            };
            for rating in page.ratings {
                *times.entry(rating.rating_id).or_default() += 1;
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return judge_listed(&times, acknowledged);
            }
        }
    }

    async fn send(&self, asked: &SentRating) -> Result<SubmitRatingResponse, Status> {
        let target = &self.raters.target;
        let answer = self.patience.ask(|| {
            let mut client = RatingServiceClient::new(target.channel(0));
            let request = target.signed(self.raters.request(asked));
            async move { client.submit_rating(request).await.map(Response::into_inner) }
        });
        answer.await
    }

    async fn send_again(&self, one: &AcknowledgedRating) -> Result<(), Fault> {
        let again = self.send(&one.asked).await;
        judge_again(&one.receipt, again.map_err(|status| Unacknowledged::from(&status)))
    }

    /// Sends what nobody acknowledged, twice: it is there once then, or refused.
    async fn look_for(&self, asked: SentRating) -> Result<Fate, Fault> {
        let began = to_wire(Clock::System.now());
        let receipt = match self.send(&asked).await {
            Ok(receipt) => receipt,
            Err(status) => {
                let why = Unacknowledged::from(&status);
                let refused = why.answered && !why.perhaps;
                return if refused { Ok(Fate::Refused) } else { Err(Fault::Unread(why.reason)) };
            }
        };
        let one = AcknowledgedRating { asked, receipt };
        self.send_again(&one).await?;
        self.read(&one).await?;
        // By two machines' clocks, so it decides nothing.
        let at = one.receipt.received_at.as_ref().map(|at| (at.seconds, at.nanos));
        let before = at < Some((began.seconds, began.nanos));
        Ok(if before { Fate::Found(one.receipt) } else { Fate::Late(one.receipt) })
    }
}

/// Looks for ratings.
pub(super) async fn ratings(raters: &Arc<Raters>) -> Findings {
    let ToCheck { acknowledged, receipts, perhaps, unacknowledged } = raters.journal.to_check();
    let mut findings = Findings { acknowledged, perhaps, ..Findings::default() };
    let checker = Arc::new(Checker { raters: Arc::clone(raters), patience: Patience::default() });
    let mut ids: HashSet<String> = HashSet::with_capacity(receipts.len());
    let mut by_act: HashMap<Arc<str>, Vec<String>> = HashMap::new();
    for one in &receipts {
        let ids = by_act.entry(Arc::clone(&one.asked.token)).or_default();
        // One that is kept twice is one all the same.
        if !ids.contains(&one.receipt.rating_id) {
            ids.push(one.receipt.rating_id.clone());
        }
    }
    let looked = side_by_side(by_act, WIDTH, |(token, ids)| {
        let checker = Arc::clone(&checker);
        async move { (ids.len() as u64, checker.listed(&token, &ids).await) }
    });
    let mut missed = HashSet::new();
    for (count, faults) in looked.await {
        findings.listed += count.saturating_sub(faults.len() as u64);
        for (rating_id, fault) in faults {
            findings.fault(&rating_id, &fault);
            missed.insert(rating_id);
        }
    }
    // Those sent again are spread evenly.
    let step = (receipts.len() / SENT_AGAIN).max(1);
    let looked = side_by_side(receipts.into_iter().enumerate(), WIDTH, |(n, one)| {
        let (checker, again) = (Arc::clone(&checker), n % step == 0);
        async move {
            let read = checker.read(&one).await;
            let sent = if again { Some(checker.send_again(&one).await) } else { None };
            (one.receipt.rating_id, read, sent)
        }
    });
    for (rating_id, read, sent) in looked.await {
        findings.read_back += u64::from(read.is_ok());
        findings.sent_again += u64::from(sent.is_some());
        // What is missing in the list is told already.
        let read = read.err().filter(|_| !missed.contains(&rating_id));
        for fault in [read, sent.and_then(Result::err)].into_iter().flatten() {
            findings.fault(&rating_id, &fault);
        }
        if let Some(twin) = ids.replace(rating_id) {
            findings.fault(&twin, &Fault::Shared);
        }
    }
    let looked = side_by_side(unacknowledged, WIDTH, |asked| {
        let checker = Arc::clone(&checker);
        async move { checker.look_for(asked).await }
    });
    for became in looked.await {
        let receipt = match became {
            Ok(Fate::Found(receipt)) => {
                findings.found += 1;
                receipt
            }
            Ok(Fate::Late(receipt)) => {
                findings.late += 1;
                receipt
            }
            Ok(Fate::Refused) => continue,
            Err(fault) => {
                findings.fault("", &fault);
                continue;
            }
        };
        if let Some(twin) = ids.replace(receipt.rating_id) {
            findings.fault(&twin, &Fault::Shared);
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use proto::r#type::v1::Level;

    use super::*;

    const GOOD: i32 = Level::Satisfied as i32;

    fn acknowledged() -> (AcknowledgedRating, Rating) {
        let at = to_wire("2026-03-02T01:00:00Z".parse().unwrap());
        let receipt = SubmitRatingResponse {
            batch_rating_ids: Vec::new(),
            rating_id: "r1".to_owned(),
            received_at: Some(at),
            receipt_code: "ABC".to_owned(),
            look_up: String::new(),
        };
        let rating = Rating {
            rating_id: "r1".to_owned(),
            level: GOOD,
            received_at: Some(at),
            receipt_code: "ABC".to_owned(),
            ..Rating::default()
        };
        let asked = SentRating { request_id: "q1".to_owned(), token: "t".into(), form: 0 };
        (AcknowledgedRating { asked, receipt }, rating)
    }

    fn refused(status: &Status) -> Unacknowledged {
        Unacknowledged::from(status)
    }

    #[test]
    fn load_the_check_fails_for_a_rating_that_is_listed_twice_or_not_at_all() {
        let ids = ["a", "b", "c"].map(str::to_owned);
        let times = [("a", 1), ("b", 2), ("d", 1)].map(|(id, n)| (id.to_owned(), n)).into();
        let judged = judge_listed(&times, &ids);
        assert_eq!(judged, [("b".to_owned(), Fault::Twice), ("c".to_owned(), Fault::Missing)]);
    }

    #[test]
    fn load_the_check_fails_for_a_rating_that_is_missing_or_not_as_acknowledged() {
        let (one, rating) = acknowledged();
        assert_eq!(judge_read(&one, GOOD, Ok(Some(rating.clone()))), Ok(()));
        let missing = Err(refused(&Status::not_found("none")));
        assert_eq!(judge_read(&one, GOOD, missing), Err(Fault::Missing));
        assert_eq!(judge_read(&one, GOOD, Ok(None)), Err(Fault::Missing));
        let away = Err(refused(&Status::unavailable("gone")));
        assert!(matches!(judge_read(&one, GOOD, away), Err(Fault::Unread(_))));
        let worse = Level::Dissatisfied as i32;
        assert_eq!(judge_read(&one, worse, Ok(Some(rating.clone()))), Err(Fault::Differs("level")));
        let moved = Rating { received_at: None, ..rating.clone() };
        assert_eq!(judge_read(&one, GOOD, Ok(Some(moved))), Err(Fault::Differs("time")));
        let other = Rating { rating_id: "r2".to_owned(), ..rating };
        assert_eq!(judge_read(&one, GOOD, Ok(Some(other))), Err(Fault::Differs("id")));
    }

    #[test]
    fn load_the_check_fails_for_a_rating_that_is_another_one_when_sent_again() {
        let (one, _) = acknowledged();
        assert_eq!(judge_again(&one.receipt, Ok(one.receipt.clone())), Ok(()));
        let other = SubmitRatingResponse { rating_id: "r2".to_owned(), ..one.receipt.clone() };
        assert_eq!(judge_again(&one.receipt, Ok(other)), Err(Fault::Twice));
        let code = SubmitRatingResponse { receipt_code: "X".to_owned(), ..one.receipt.clone() };
        assert_eq!(judge_again(&one.receipt, Ok(code)), Err(Fault::Differs("receipt")));
    }

    #[test]
    fn load_the_check_fails_for_cases_that_were_not_known_when_pushed_again() {
        let mut findings = Findings::default();
        let known = PushCasesResponse { received: 5, unchanged: 5, ..Default::default() };
        findings.again(5, Ok(known));
        assert!(findings.passed());
        let lost =
            PushCasesResponse { received: 5, unchanged: 2, created: 2, refused: 1, ..known_none() };
        findings.again(5, Ok(lost));
        assert_eq!(findings.fault_count(), 3);
        assert_eq!(findings.faults[&Fault::Missing.to_string()], 2);
    }

    fn known_none() -> PushCasesResponse {
        PushCasesResponse::default()
    }
}
