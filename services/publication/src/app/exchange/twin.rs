//! A stand-in for an upper platform (`pingyi upstream-twin`): it accepts, rejects, delays, takes twice, loses
//! answers, answers garbage, keeps half, and is away for an hour, as its script says. Operators try out on it
//! how their installation reports; tests put the same moods before the real service.

use std::{
    collections::{BTreeMap, VecDeque},
    str::FromStr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::violation::Violations;
use jiff::{SignedDuration, Timestamp};
use platform::{
    clock::Clock,
    facts::history::Place,
    status::Failure,
    tlog::{leaf_hash, tiles::Growing},
};
use proto::{
    exchange::v1::{
        ExchangeLane, ExchangeLevel, GetDaySumRequest, GetDaySumResponse, GetExchangeStateRequest,
        GetExchangeStateResponse, PushFactsRequest, PushFactsResponse,
        exchange_service_server::ExchangeService,
    },
    r#type::v1::Level,
};
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use crate::{
    convert::exchange::brought,
    entity::{column::day_of_column, exchange_fact},
    error::exchange::ExchangeError,
};

/// The most steps of a script.
const MAX_STEPS: usize = 10_000;

/// How it takes one push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// As it should.
    Accept,
    /// Not at all.
    Reject,
    /// As it should, later.
    Delay(std::time::Duration),
    /// Twice, as if it had been sent twice.
    Twice,
    /// The first half of it.
    Half,
    /// As it should, but the answer is lost.
    Lose,
    /// Not at all, with an answer that means nothing.
    Garbage,
    /// Not at all, nor anything else for so long.
    Away(SignedDuration),
}

/// Moods one after the other; afterwards everything is accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script(pub Vec<Mood>);

impl FromStr for Script {
    type Err = String;

    /// Reads `accept*3,reject,delay=5s,twice,half,lose,garbage,away=1h`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut moods = Vec::new();
        for step in text.split(',').map(str::trim).filter(|step| !step.is_empty()) {
            let (mood, times) = step.split_once('*').unwrap_or((step, "1"));
            let times: usize =
                times.parse().map_err(|_| format!("\"{step}\": {times} is no number"))?;
            let (name, value) = mood.split_once('=').unwrap_or((mood, ""));
            let lasts = || {
                let lasts = value.parse::<SignedDuration>().ok().filter(|one| one.is_positive());
                lasts.ok_or_else(|| format!("\"{step}\": \"{value}\" is no time like 5s or 1h"))
            };
            let mood = match (name, value) {
                ("accept", "") => Mood::Accept,
                ("reject", "") => Mood::Reject,
                ("twice", "") => Mood::Twice,
                ("half", "") => Mood::Half,
                ("lose", "") => Mood::Lose,
                ("garbage", "") => Mood::Garbage,
                ("delay", _) => Mood::Delay(lasts()?.unsigned_abs()),
                ("away", _) => Mood::Away(lasts()?),
                _ => {
                    return Err(format!(
                        "\"{step}\" is none of accept, reject, delay=TIME, twice, half, lose, \
                         garbage, away=TIME"
                    ));
                }
            };
            if times > MAX_STEPS || moods.len() + times > MAX_STEPS {
                return Err(format!("more than {MAX_STEPS} steps"));
            }
            moods.extend(std::iter::repeat_n(mood, times));
        }
        Ok(Self(moods))
    }
}

/// What is left of a script.
#[derive(Debug)]
struct Left {
    moods: VecDeque<Mood>,
    away_until: Timestamp,
    garbage: usize,
}

/// Puts moods before an upper platform; clones share their script.
#[derive(Clone, Debug)]
pub struct Twin<S> {
    inner: S,
    clock: Clock,
    left: Arc<Mutex<Left>>,
}

impl<S> Twin<S> {
    /// An upper platform that begins with a script.
    #[must_use]
    pub fn new(inner: S, clock: Clock, script: Script) -> Self {
        let moods = script.0.into();
        let left = Left { moods, away_until: Timestamp::MIN, garbage: 0 };
        Self { inner, clock, left: Arc::new(Mutex::new(left)) }
    }

    /// Adds to its script.
    pub fn then(&self, moods: &[Mood]) {
        self.left().moods.extend(moods);
    }

    /// Whether it has nothing left to do but to accept.
    #[must_use]
    pub fn is_calm(&self) -> bool {
        let left = self.left();
        left.moods.is_empty() && self.clock.now() >= left.away_until
    }

    fn left(&self) -> MutexGuard<'_, Left> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn here(&self) -> Result<(), Status> {
        match self.clock.now() < self.left().away_until {
            true => Err(Status::unavailable("away")),
            false => Ok(()),
        }
    }

    fn garbage(&self) -> PushFactsResponse {
        let mut left = self.left();
        left.garbage += 1;
        let id = self.clock.new_id().to_string();
        match left.garbage % 3 {
            0 => PushFactsResponse { position: 7, fact_id: "?".to_owned() },
            1 => PushFactsResponse { position: u64::MAX, fact_id: id },
            _ => PushFactsResponse { position: 1_000_000, fact_id: id },
        }
    }
}

#[tonic::async_trait]
impl<S: ExchangeService> ExchangeService for Twin<S> {
    async fn push_facts(
        &self,
        request: Request<PushFactsRequest>,
    ) -> Result<Response<PushFactsResponse>, Status> {
        self.here()?;
        let mood = self.left().moods.pop_front().unwrap_or(Mood::Accept);
        let (metadata, extensions, mut message) = request.into_parts();
        match mood {
            Mood::Accept | Mood::Twice | Mood::Lose => {}
            Mood::Half => message.facts.truncate(message.facts.len() / 2),
            Mood::Reject => return Err(Status::internal("rejected")),
            Mood::Delay(lasts) => tokio::time::sleep(lasts).await,
            Mood::Garbage => return Ok(Response::new(self.garbage())),
            Mood::Away(lasts) => {
                let until = self.clock.now().saturating_add(lasts).unwrap_or(Timestamp::MAX);
                self.left().away_until = until;
                return Err(Status::unavailable("away"));
            }
        }
        let again = Request::from_parts(metadata.clone(), extensions.clone(), message.clone());
        let taken = self.inner.push_facts(Request::from_parts(metadata, extensions, message)).await;
        match mood {
            Mood::Twice => self.inner.push_facts(again).await,
            Mood::Lose => Err(Status::unavailable("the answer is lost")),
            _ => taken,
        }
    }

    async fn get_day_sum(
        &self,
        request: Request<GetDaySumRequest>,
    ) -> Result<Response<GetDaySumResponse>, Status> {
        self.here()?;
        self.inner.get_day_sum(request).await
    }

    async fn get_exchange_state(
        &self,
        request: Request<GetExchangeStateRequest>,
    ) -> Result<Response<GetExchangeStateResponse>, Status> {
        self.inner.get_exchange_state(request).await
    }
}

/// The facts of each lane, in memory.
type Lanes = BTreeMap<(String, String), Vec<exchange_fact::Model>>;

/// An upper platform that keeps everything in memory, from whomever it comes.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<Mutex<Lanes>>);

impl Memory {
    fn lanes(&self) -> MutexGuard<'_, Lanes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is kept: of each origin and producer how many facts.
    #[must_use]
    pub fn kept(&self) -> Vec<(String, String, usize)> {
        let lanes = self.lanes();
        let of = |((origin, producer), facts): (&(String, String), &Vec<_>)| {
            (origin.clone(), producer.clone(), facts.len())
        };
        lanes.iter().map(of).collect()
    }

    /// Forgets the last facts of each lane, as an upper platform does that a backup was restored of.
    pub fn lose(&self, last: usize) {
        for facts in self.lanes().values_mut() {
            facts.truncate(facts.len().saturating_sub(last));
        }
    }

    fn keep(&self, request: PushFactsRequest) -> Result<Place, Status> {
        let mut wrong = Violations::default();
        let position = i64::try_from(request.after).unwrap_or(i64::MAX);
        let facts = brought(&mut wrong, &request.producer, position, request.facts);
        wrong.finish(()).map_err(Failure::Invalid)?;
        let mut lanes = self.lanes();
        let lane = lanes.entry((request.origin, request.producer)).or_default();
        let place =
            |row: &exchange_fact::Model| Place { position: row.position, fact_id: row.fact_id };
        let last = lane.last().map_or(Place::START, place);
        let refused = |error: ExchangeError| Status::from(error.refusal());
        let from = usize::try_from(position).unwrap_or(usize::MAX);
        if from > lane.len() {
            return Err(refused(ExchangeError::Gap(last)));
        }
        let fact_id = request.after_id.parse::<Uuid>().unwrap_or_default();
        let there = from.checked_sub(1).and_then(|n| lane.get(n)).map_or(Place::START, place);
        if there != (Place { position, fact_id }) {
            return Err(refused(ExchangeError::OtherHistory(last)));
        }
        if request.withdraws.parse::<Uuid>() == Ok(last.fact_id) {
            lane.truncate(from);
        }
        let known = (lane.len() - from).min(facts.len());
        if !lane[from..].iter().zip(&facts).all(|(row, fact)| row.fact_id == fact.row.fact_id) {
            return Err(refused(ExchangeError::OtherHistory(last)));
        }
        lane.extend(facts.into_iter().skip(known).map(|fact| fact.row));
        Ok(lane.last().map_or(Place::START, place))
    }
}

#[tonic::async_trait]
impl ExchangeService for Memory {
    async fn push_facts(
        &self,
        request: Request<PushFactsRequest>,
    ) -> Result<Response<PushFactsResponse>, Status> {
        let kept = self.keep(request.into_inner())?;
        let fact_id = if kept.position == 0 { String::new() } else { kept.fact_id.to_string() };
        Ok(Response::new(PushFactsResponse { position: kept.position.unsigned_abs(), fact_id }))
    }

    async fn get_day_sum(
        &self,
        request: Request<GetDaySumRequest>,
    ) -> Result<Response<GetDaySumResponse>, Status> {
        let GetDaySumRequest { origin, producer, day, up_to } = request.into_inner();
        let (mut count, mut tree) = (0, Growing::default());
        let lanes = self.lanes();
        let facts = lanes.get(&(origin, producer));
        let facts = facts.ok_or_else(|| Status::new(Code::NotFound, "nothing is kept of it"))?;
        let of_day = |fact: &&exchange_fact::Model| {
            day_of_column(fact.day).to_string() == day && fact.position.unsigned_abs() <= up_to
        };
        for fact in facts.iter().filter(of_day) {
            count += 1;
            tree.push(leaf_hash(&fact.body));
        }
        Ok(Response::new(GetDaySumResponse { count, root: tree.root().to_vec() }))
    }

    async fn get_exchange_state(
        &self,
        _: Request<GetExchangeStateRequest>,
    ) -> Result<Response<GetExchangeStateResponse>, Status> {
        let lanes = self.lanes();
        let lane =
            |((origin, producer), facts): (&(String, String), &Vec<exchange_fact::Model>)| {
                let levels = i32::from(Level::VerySatisfied)..=Level::VeryDissatisfied.into();
                let levels = levels.map(|level| {
                    let kept = facts.iter().filter(|fact| i32::from(fact.level) == level).count();
                    ExchangeLevel { level, kept: kept as u64, receipted: 0, behind_seconds: 0 }
                });
                ExchangeLane {
                    origin: origin.clone(),
                    producer: producer.clone(),
                    position: facts.len() as u64,
                    levels: levels.collect(),
                    ..ExchangeLane::default()
                }
            };
        let lanes = lanes.iter().map(lane).collect();
        Ok(Response::new(GetExchangeStateResponse { lanes, ..Default::default() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p10_a_script_is_read_step_by_step_and_a_wrong_step_is_named() {
        let read = |text: &str| text.parse::<Script>();
        let moods = read("accept*2, reject,delay=5s,away=1h,garbage").unwrap().0;
        let delay = Mood::Delay(std::time::Duration::from_secs(5));
        let away = Mood::Away(SignedDuration::from_hours(1));
        let all = [Mood::Accept, Mood::Accept, Mood::Reject, delay, away, Mood::Garbage];
        assert_eq!(moods, all);
        assert_eq!(read("").unwrap(), Script::default());
        for wrong in ["acept", "away", "away=soon", "delay=-1s", "reject*x", "accept*10001"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        let named = read("accept,acept*2").unwrap_err();
        assert!(named.starts_with("\"acept*2\" is none of accept"), "{named}");
    }
}
