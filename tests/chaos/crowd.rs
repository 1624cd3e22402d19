//! Citizens who rate all the time, each until the rating is acknowledged, under one request id; and
//! the answers they got.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use e2e::{
    citizens::{Citizens, rating},
    stretched,
};
use pingyi::demo::tokens::Tokens;
use proto::{intake::v1::SubmitRatingRequest, r#type::v1::Level};
use tokio::task::JoinSet;
use tonic::{Code, Status};

use crate::{
    dice::Dice,
    town::{ANSWER, Replica, citizens},
};

/// How long impatient callers wait before they go away in the middle of a call.
const HASTE_MILLISECONDS: [u64; 6] = [1, 2, 3, 5, 10, 20];
/// How long a citizen rests after a refusal.
const REST: Duration = Duration::from_millis(50);
/// How long the last of them may still try after the crowd is sent home.
const LAST: Duration = Duration::from_secs(60);

/// An acknowledged rating.
#[derive(Clone, Debug)]
pub(crate) struct Acked {
    pub(crate) id: String,
    pub(crate) level: i32,
}

/// The answers a crowd got.
#[derive(Default)]
pub(crate) struct Ledger {
    acked: Mutex<Vec<Acked>>,
    /// The cases with an acknowledged acceptance.
    cases: Mutex<Vec<String>>,
    refused: Mutex<BTreeMap<String, u64>>,
    wrong: Mutex<Vec<String>>,
    /// When the last acknowledgement came, and the longest time without one.
    pace: Mutex<(Option<Instant>, Duration)>,
    /// Invitations made before.
    invitations: Mutex<Vec<String>>,
    hasty: AtomicBool,
    home: AtomicBool,
}

impl Ledger {
    fn acknowledged(&self, id: String, level: i32) {
        let mut pace = self.pace.lock().unwrap();
        let now = Instant::now();
        if let Some(before) = pace.0.replace(now) {
            pace.1 = pace.1.max(now - before);
        }
        self.acked.lock().unwrap().push(Acked { id, level });
    }

    /// Whether a caller may try again after a refusal: always, unless it is final.
    fn refused(&self, call: &str, status: &Status) -> bool {
        let code = format!("{call}: {:?}", status.code());
        *self.refused.lock().unwrap().entry(code).or_default() += 1;
        let passing = [
            Code::Unavailable,
            Code::ResourceExhausted,
            Code::Unknown,
            Code::DeadlineExceeded,
            Code::Cancelled,
            Code::Aborted,
        ];
        let passing = passing.contains(&status.code());
        if !passing {
            self.wrong(format!(
                "{call} is answered with {:?}: {}",
                status.code(),
                status.message()
            ));
        }
        passing
    }

    fn wrong(&self, what: String) {
        let mut wrong = self.wrong.lock().unwrap();
        // The first of a kind is enough.
        if wrong.len() < 10 && !wrong.contains(&what) {
            wrong.push(what);
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.acked.lock().unwrap().len()
    }

    pub(crate) fn acked(&self) -> Vec<Acked> {
        self.acked.lock().unwrap().clone()
    }

    pub(crate) fn cases(&self) -> Vec<String> {
        self.cases.lock().unwrap().clone()
    }

    /// How many were refused, by call and code.
    pub(crate) fn refusals(&self) -> BTreeMap<String, u64> {
        self.refused.lock().unwrap().clone()
    }

    /// The longest time without an acknowledgement, so far.
    pub(crate) fn worst_gap(&self) -> Duration {
        let (last, worst) = *self.pace.lock().unwrap();
        // Once they go home, nobody waits for the next.
        match last {
            Some(last) if !self.home.load(Ordering::Relaxed) => worst.max(last.elapsed()),
            _ => worst,
        }
    }

    /// Gives them more invitations.
    pub(crate) fn invite(&self, invitations: Vec<String>) {
        self.invitations.lock().unwrap().extend(invitations);
    }

    /// From now on most of them go away in the middle of their calls, and ask again later.
    pub(crate) fn set_hasty(&self, hasty: bool) {
        self.hasty.store(hasty, Ordering::Relaxed);
    }

    fn is_home(&self) -> bool {
        self.home.load(Ordering::Relaxed)
    }
}

/// Where citizens stand: one replica, and how long they wait for it.
#[derive(Clone)]
pub(crate) struct Place {
    patient: Citizens,
    hasty: Vec<Citizens>,
}

impl Place {
    pub(crate) fn at(replica: &Replica, tokens: &Tokens) -> Self {
        let waiting = |patience| citizens(replica, tokens, patience);
        let hasty = HASTE_MILLISECONDS.map(|haste| waiting(Duration::from_millis(haste)));
        Self { patient: waiting(ANSWER), hasty: hasty.to_vec() }
    }
}

/// Citizens at some replicas.
pub(crate) struct Crowd {
    pub(crate) ledger: Arc<Ledger>,
    raters: JoinSet<()>,
}

impl Crowd {
    /// So many of them, each with so long a rest after each rating.
    pub(crate) fn begin(places: &[Place], raters: u64, rest: Duration, seed: u64) -> Self {
        Self::invited(Vec::new(), places, raters, rest, seed)
    }

    /// The same with invitations made before: once they are used up, they apply for more.
    pub(crate) fn invited(
        invitations: Vec<String>,
        places: &[Place],
        raters: u64,
        rest: Duration,
        seed: u64,
    ) -> Self {
        let invitations = Mutex::new(invitations);
        let ledger = Arc::new(Ledger { invitations, ..Ledger::default() });
        let mut crowd = Self { ledger: Arc::clone(&ledger), raters: JoinSet::new() };
        for number in 0..raters {
            let dice = Dice::of(seed.wrapping_mul(1_000).wrapping_add(number));
            let rater = Rater { places: places.to_vec(), dice, ledger: Arc::clone(&ledger) };
            crowd.raters.spawn(rater.rate_on(rest));
        }
        crowd
    }

    /// Sends them home once each has an acknowledgement; returns what was wrong with their answers.
    pub(crate) async fn end(mut self) -> Vec<String> {
        self.ledger.home.store(true, Ordering::Relaxed);
        let all = async {
            while let Some(ended) = self.raters.join_next().await {
                if let Err(died) = ended {
                    self.ledger.wrong(format!("a rater died: {died}"));
                }
            }
        };
        if tokio::time::timeout(stretched(LAST), all).await.is_err() {
            self.ledger.wrong(format!("some are not acknowledged within {LAST:?}"));
        }
        self.ledger.wrong.lock().unwrap().clone()
    }
}

struct Rater {
    places: Vec<Place>,
    dice: Dice,
    ledger: Arc<Ledger>,
}

impl Rater {
    async fn rate_on(mut self, rest: Duration) {
        while !self.ledger.is_home() {
            let Some(token) = self.invitation().await else { return };
            let negative = self.dice.between(0, 1) == 1;
            let (from, to) = if negative { (4, 5) } else { (1, 3) };
            let level = i32::try_from(self.dice.between(from, to)).unwrap();
            let request = rating(&token, Level::try_from(level).unwrap());
            let Some(id) = self.acknowledged(&request).await else { continue };
            self.ledger.acknowledged(id.clone(), level);
            if self.dice.between(0, 3) == 0 {
                self.ask_again(request, &id).await;
            }
            tokio::time::sleep(rest).await;
        }
    }

    /// The replica to ask next, and whether they go away soon.
    fn citizens(&mut self) -> Citizens {
        let place = usize::try_from(self.dice.next() % self.places.len() as u64).unwrap();
        let place = &self.places[place];
        let in_haste = self.ledger.hasty.load(Ordering::Relaxed) && self.dice.between(0, 3) > 0;
        let n = usize::try_from(self.dice.next() % place.hasty.len() as u64).unwrap();
        if in_haste { place.hasty[n].clone() } else { place.patient.clone() }
    }

    /// The token of a fresh invitation; none once they are sent home.
    async fn invitation(&mut self) -> Option<String> {
        if let Some(token) = self.ledger.invitations.lock().unwrap().pop() {
            return Some(token);
        }
        while !self.ledger.is_home() {
            match self.citizens().apply().await {
                Ok(case) => {
                    self.ledger.cases.lock().unwrap().push(case.case_id);
                    return case.invitation.map(|invitation| invitation.token);
                }
                Err(status) => {
                    self.ledger.refused("SubmitApplication", &status);
                }
            }
            tokio::time::sleep(REST).await;
        }
        None
    }

    /// The id of the rating once it is acknowledged; none if it is refused for good.
    async fn acknowledged(&mut self, request: &SubmitRatingRequest) -> Option<String> {
        loop {
            match self.citizens().rate(request.clone()).await {
                Ok(receipt) => return Some(receipt.rating_id),
                Err(status) if self.ledger.refused("SubmitRating", &status) => {}
                Err(_) => return None,
            }
            tokio::time::sleep(REST).await;
        }
    }

    /// The same request anywhere is the same rating.
    async fn ask_again(&mut self, request: SubmitRatingRequest, id: &str) {
        match self.citizens().rate(request).await {
            Ok(again) if again.rating_id == id => {}
            Ok(again) => {
                let what = format!("one request was acknowledged as {id} and {}", again.rating_id);
                self.ledger.wrong(what);
            }
            Err(status) => {
                self.ledger.refused("SubmitRating again", &status);
            }
        }
    }
}
