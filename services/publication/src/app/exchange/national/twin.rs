//! A stand-in for a platform of the national interface (`pingyi upstream-twin --dialect …`): it opens envelopes,
//! keeps what it takes in memory, refuses what such a platform refuses (a rating of no known service, the same
//! rating twice), and has the same moods as the other stand-in.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::{
    exchange::{Datum, Dialect, Encoding, Envelope, Kind},
    level::Level,
};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    service::service_fn,
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto::Builder,
};
use jiff::Timestamp;
use platform::clock::Clock;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinSet};

use super::open::Opener;
use crate::app::exchange::twin::{Mood, Script};

/// The largest request, in bytes.
const MAX_REQUEST: usize = 1 << 20;

/// A record as it was told: its fields by name, in order.
pub type Fields = Vec<(String, String)>;

/// The stand-in; clones share what they keep and their script.
#[derive(Clone)]
pub struct NationalTwin {
    dialect: Arc<Dialect>,
    opener: Opener,
    clock: Clock,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    moods: VecDeque<Mood>,
    away_until: Option<Timestamp>,
    /// What was taken, in order.
    taken: Vec<(Kind, Fields)>,
    /// The places of services and ratings by what they are known by.
    known: BTreeMap<(Kind, String), usize>,
    /// The last update of each rating.
    updated: BTreeMap<String, Fields>,
    /// The numbers it gave to services, by what they were told as.
    numbers: BTreeMap<String, u32>,
    /// How many services of each case it has from elsewhere.
    numbered: u32,
    /// What it answers as name and number of everything, if it confuses them.
    confuses: Option<(String, u32)>,
    requests: usize,
}

/// What it makes of a record.
enum Verdict {
    /// With the number it gave a service, where it numbers them; else 0.
    Taken(u32),
    Already,
    Refused(&'static str),
}

impl NationalTwin {
    /// With the mark and word it gave, and its private SM2 key in hexadecimal where the envelope is of SM2.
    ///
    /// # Errors
    /// In words that repeat nothing of them.
    pub fn new(
        dialect: Dialect,
        (mark, word, key): (String, String, Option<&str>),
        clock: Clock,
        script: Script,
    ) -> Result<Self, &'static str> {
        let opener = Opener::new(&dialect.envelope, mark, word, key)?;
        let state = State { moods: script.0.into(), ..State::default() };
        let state = Arc::new(Mutex::new(state));
        Ok(Self { dialect: Arc::new(dialect), opener, clock, state })
    }

    /// Adds to its script.
    pub fn then(&self, moods: &[Mood]) {
        self.state().moods.extend(moods);
    }

    /// It is restored from a backup that has nothing of what it took.
    pub fn lose(&self) {
        let mut state = self.state();
        (state.taken, state.known) = Default::default();
        (state.updated, state.numbers) = Default::default();
    }

    /// It has so many services of every case from elsewhere: where it numbers them, its numbers begin after those.
    pub fn number_after(&self, numbered: u32) {
        self.state().numbered = numbered;
    }

    /// It gives everything the same name and number.
    pub fn confuse(&self, name: &str, number: u32) {
        self.state().confuses = Some((name.to_owned(), number));
    }

    /// Whether it has nothing left to do but to accept.
    #[must_use]
    pub fn is_calm(&self) -> bool {
        let state = self.state();
        state.moods.is_empty() && state.away_until.is_none_or(|until| self.clock.now() >= until)
    }

    /// What it has taken, in order.
    #[must_use]
    pub fn taken(&self) -> Vec<(Kind, Fields)> {
        self.state().taken.clone()
    }

    /// How many records it has taken.
    #[must_use]
    pub fn records(&self) -> usize {
        self.state().taken.len()
    }

    /// How often it was asked.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.state().requests
    }

    /// How many ratings of each level it has, the best first, by its own codes.
    #[must_use]
    pub fn levels(&self) -> [usize; 5] {
        let levels: Vec<_> =
            self.state().taken.iter().map(|(_, fields)| self.level(fields)).collect();
        Level::ALL.map(|level| levels.iter().filter(|own| **own == Some(level)).count())
    }

    /// Serves until the listener fails.
    pub async fn serve(self, listener: TcpListener) {
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            while connections.try_join_next().is_some() {}
            let twin = self.clone();
            connections.spawn(async move {
                let answer = service_fn(move |request| {
                    let twin = twin.clone();
                    async move { twin.answer(request).await }
                });
                // A connection that breaks off is one of its moods.
                let served = Builder::new(TokioExecutor::new());
                let _ = served.serve_connection(TokioIo::new(stream), answer).await;
            });
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn level(&self, fields: &[(String, String)]) -> Option<Level> {
        self.dialect.level_of(fields).ok().flatten()
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Lost> {
        let path = request.uri().path().trim_start_matches('/').to_owned();
        let body = Limited::new(request.into_body(), MAX_REQUEST).collect().await;
        let body = body.map(|body| body.to_bytes()).unwrap_or_default();
        let body = String::from_utf8_lossy(&body).into_owned();
        let now = self.clock.now();
        let mood = {
            let mut state = self.state();
            state.requests += 1;
            if state.away_until.is_some_and(|until| now < until) {
                return Ok(status(503));
            }
            state.moods.pop_front().unwrap_or(Mood::Accept)
        };
        match mood {
            Mood::Accept | Mood::Twice | Mood::Lose | Mood::Half => {}
            Mood::Reject => return Ok(self.say(&Verdict::Refused("暂不受理"))),
            Mood::Delay(lasts) => tokio::time::sleep(lasts).await,
            Mood::Garbage => return Ok(Response::new("<html>502</html>".into())),
            Mood::Away(lasts) => {
                let until = now.saturating_add(lasts).unwrap_or(Timestamp::MAX);
                self.state().away_until = Some(until);
                return Ok(status(503));
            }
        }
        let mut verdict = self.take(&path, &body);
        if mood == Mood::Twice {
            verdict = self.take(&path, &body);
        }
        match mood {
            Mood::Lose => Err(Lost),
            Mood::Half => {
                let said =
                    self.say(&verdict).into_body().collect().await.map(|body| body.to_bytes());
                let said = said.unwrap_or_default();
                Ok(Response::new(said.slice(..said.len() / 2).into()))
            }
            _ => Ok(self.say(&verdict)),
        }
    }

    fn take(&self, path: &str, body: &str) -> Verdict {
        let text = self.opener.open(&self.dialect.envelope, body);
        let Some(text) = text else { return Verdict::Refused("验签失败") };
        let Some(fields) = self.fields(&text) else { return Verdict::Refused("格式错误") };
        let value = |of: Datum, kind: Kind| {
            let field = self.dialect.fields(kind).iter().find(|field| field.of == of);
            let value = field.and_then(|field| fields.iter().find(|(name, _)| *name == field.name));
            value.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let is_case =
            !self.dialect.case.is_empty() && path.ends_with(self.dialect.path(Kind::Case));
        let kind = match (is_case, self.level(&fields)) {
            (true, _) => Kind::Case,
            (false, Some(_)) => Kind::Rating,
            (false, None) => Kind::Correction,
        };
        let of = |datum| value(datum, kind);
        let service = format!("{} {}", of(Datum::ProjectNumber), of(Datum::ServiceNumber));
        let rating = format!("{service} {}", of(Datum::RatingNumber));
        let mut state = self.state();
        let has = |kind, name: &String| state.known.contains_key(&(kind, name.clone()));
        let name = match kind {
            Kind::Case if self.dialect.rules.numbers_services => {
                let project = of(Datum::ProjectNumber);
                if let Some(number) = state.numbers.get(&service) {
                    return Verdict::Taken(*number);
                }
                let of_case = format!("{project} ");
                let others = state.numbers.keys().filter(|own| own.starts_with(&of_case));
                let number = state.numbered + u32::try_from(others.count()).unwrap_or_default() + 1;
                state.numbers.insert(service, number);
                let at = state.taken.len();
                state.known.insert((Kind::Case, format!("{project} {number}")), at);
                state.taken.push((kind, fields));
                return Verdict::Taken(number);
            }
            Kind::Case if has(Kind::Case, &service) => return Verdict::Taken(0),
            Kind::Case => service,
            Kind::Rating if has(Kind::Rating, &rating) => return Verdict::Already,
            Kind::Rating if !self.dialect.case.is_empty() && !has(Kind::Case, &service) => {
                return Verdict::Refused("无对应的办件服务");
            }
            Kind::Rating => rating,
            Kind::Correction if !has(Kind::Rating, &rating) => {
                return Verdict::Refused("无对应的评价");
            }
            // An update that was the last one already changes nothing.
            Kind::Correction if state.updated.get(&rating) == Some(&fields) => {
                return Verdict::Taken(0);
            }
            Kind::Correction => {
                state.updated.insert(rating.clone(), fields.clone());
                format!("{rating} {}", state.taken.len())
            }
        };
        let at = state.taken.len();
        state.known.insert((kind, name), at);
        state.taken.push((kind, fields));
        Verdict::Taken(0)
    }

    fn fields(&self, text: &str) -> Option<Fields> {
        match self.dialect.encoding {
            Encoding::Json => {
                let record: Value = serde_json::from_str(text).ok()?;
                let field = |(name, value): (&String, &Value)| {
                    Some((name.clone(), value.as_str()?.to_owned()))
                };
                record.as_object()?.iter().map(field).collect()
            }
            Encoding::Xml => {
                let (_, inner) = text.split_once(&format!("<{}>", self.dialect.root))?;
                let names = self.dialect.rating.iter().map(|field| &field.name);
                let field = |name: &String| {
                    let (_, rest) = inner.split_once(&format!("<{name}>"))?;
                    let (value, _) = rest.split_once(&format!("</{name}>"))?;
                    Some((name.clone(), value.to_owned()))
                };
                Some(names.filter_map(field).collect())
            }
        }
    }

    /// A verdict in the words of such a platform.
    fn say(&self, verdict: &Verdict) -> Response<Full<Bytes>> {
        let already = self.dialect.already.first().cloned().unwrap_or_default();
        let (taken, number, why) = match verdict {
            Verdict::Taken(number) => (true, *number, String::new()),
            Verdict::Already => (false, 0, already),
            Verdict::Refused(why) => (false, 0, (*why).to_owned()),
        };
        let confuses = self.state().confuses.clone();
        let named = || self.clock.new_id().to_string();
        let (name, number) = confuses.unwrap_or_else(|| (named(), number));
        let said = match self.dialect.envelope {
            Envelope::Tenant { .. } => {
                let desc = if taken { "success" } else { "fail" };
                json!({ "C-Response-Desc": desc, "C-Response-Body": why }).to_string()
            }
            Envelope::Form { .. } => {
                let mut said = json!({ "success": taken, "errorMessage": why });
                if taken {
                    said["serviceCode"] = json!(name);
                }
                if taken && number > 0 {
                    said["serviceNumber"] = json!(number.to_string());
                }
                said.to_string()
            }
            Envelope::Block { .. } => {
                let code = if taken { 200 } else { 500 };
                format!(
                    "<r><code>{code}</code><message>{why}</message><evaluateUnid>{name}</evaluateUnid></r>"
                )
            }
        };
        Response::new(said.into())
    }
}

/// The answer is lost: the connection ends without one.
#[derive(Debug, thiserror::Error)]
#[error("the answer is lost")]
struct Lost;

fn status(code: u16) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = hyper::StatusCode::from_u16(code).unwrap_or_default();
    answer
}
