//! The upper platform, as this installation calls it. What it answers is believed only as far as it fits what
//! is kept here.

use std::time::Duration;

use platform::{facts::history::Place, tlog::Hash};
use proto::exchange::v1::{
    GetDaySumRequest, PushFactsRequest, exchange_service_client::ExchangeServiceClient,
};
use tokio::time::timeout;
use tonic::{
    Code, ConnectError, Request, Status, metadata::AsciiMetadataValue, transport::Channel,
};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::{
    config::Upstream,
    store::exchange::{
        days::DaySum,
        key::{LaneKey, OWN},
    },
};

/// How long it may take to answer.
const ANSWER: Duration = Duration::from_secs(20);
/// The longest reason that is repeated.
const MAX_REASON: usize = 64;

/// Why it did not take what was sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It has another last place than the sender thinks.
    Last(Place),
    /// There is no connection to it: no lane gets anywhere.
    Away(String),
    /// It takes nothing of this lane, does not answer in time, or its answer means nothing. That says
    /// nothing about other lanes.
    Not(String),
}

/// What continues a lane there.
pub(crate) struct Sent {
    pub(crate) after: Place,
    pub(crate) facts: Vec<Vec<u8>>,
    pub(crate) withdraws: Option<Uuid>,
}

/// The upper platform.
pub(crate) struct Upper {
    client: ExchangeServiceClient<Channel>,
    bearer: AsciiMetadataValue,
    region: String,
    /// How long it may take to answer.
    answer: Duration,
}

impl Upper {
    /// With the token as it is now.
    ///
    /// # Errors
    /// In words, if there is none.
    pub(crate) async fn of(upstream: &Upstream) -> Result<Self, String> {
        let file = &upstream.token_file;
        let token = tokio::fs::read_to_string(file).await;
        let token = token.map_err(|error| format!("{}: {error}", file.display()))?;
        let bearer = format!("Bearer {}", token.trim()).parse();
        // The value itself is never told.
        let bearer = bearer.map_err(|_| format!("{}: holds no token", file.display()))?;
        let client = ExchangeServiceClient::new(upstream.channel.clone());
        let region = upstream.region.as_str().to_owned();
        Ok(Self { client, bearer, region, answer: ANSWER })
    }

    fn signed<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", self.bearer.clone());
        request
    }

    fn origin(&self, key: &LaneKey) -> String {
        if key.origin == OWN { self.region.clone() } else { key.origin.clone() }
    }

    /// Sends facts; returns the last place it keeps.
    pub(crate) async fn push(&self, key: &LaneKey, sent: Sent) -> Result<Place, Refused> {
        let Sent { after, facts, withdraws } = sent;
        let id = |id: Uuid| id.to_string();
        let request = self.signed(PushFactsRequest {
            origin: self.origin(key),
            producer: key.producer.clone(),
            after: after.position.unsigned_abs(),
            after_id: if after.position == 0 { String::new() } else { id(after.fact_id) },
            facts,
            withdraws: withdraws.map(id).unwrap_or_default(),
        });
        let mut client = self.client.clone();
        match timeout(self.answer, client.push_facts(request)).await {
            Err(_) => Err(Refused::Not(format!("no answer within {:?}", self.answer))),
            Ok(Err(status)) => Err(last_of(&status).map_or_else(|| failed(&status), Refused::Last)),
            Ok(Ok(answer)) => {
                let answer = answer.into_inner();
                let position = i64::try_from(answer.position).ok();
                let kept = position.and_then(|position| place(position, &answer.fact_id));
                kept.ok_or_else(|| Refused::Not("the receipt names no place".to_owned()))
            }
        }
    }

    /// Count and root of a day there.
    pub(crate) async fn day_sum(
        &self,
        key: &LaneKey,
        day: String,
        up_to: i64,
    ) -> Result<DaySum, Refused> {
        let request = self.signed(GetDaySumRequest {
            origin: self.origin(key),
            producer: key.producer.clone(),
            day,
            up_to: up_to.unsigned_abs(),
        });
        let mut client = self.client.clone();
        match timeout(self.answer, client.get_day_sum(request)).await {
            Err(_) => Err(Refused::Not(format!("no sum within {:?}", self.answer))),
            Ok(Err(status)) => Err(failed(&status)),
            Ok(Ok(answer)) => {
                let answer = answer.into_inner();
                let root: Option<Hash> = answer.root.try_into().ok();
                let root = root.ok_or_else(|| Refused::Not("the sum has no root".to_owned()))?;
                Ok(DaySum { count: answer.count, root })
            }
        }
    }
}

fn place(position: i64, fact_id: &str) -> Option<Place> {
    match (position, fact_id) {
        (0, _) => Some(Place::START),
        (position, id) if position > 0 => {
            let fact_id = id.parse::<Uuid>().ok().filter(|id| !id.is_nil())?;
            Some(Place { position, fact_id })
        }
        _ => None,
    }
}

/// The last place that a refusal names.
fn last_of(status: &Status) -> Option<Place> {
    let info = status.get_details_error_info()?;
    let names = ["FACTS_GAP", "OTHER_HISTORY"].contains(&info.reason.as_str());
    let position = info.metadata.get("position")?.parse().ok()?;
    let last = place(position, info.metadata.get("fact_id")?);
    last.filter(|_| names && status.code() == Code::FailedPrecondition)
}

/// A failure in words that are ours: whatever else the other side writes is repeated nowhere.
fn failed(status: &Status) -> Refused {
    let reason = status.get_details_error_info().map(|info| info.reason).unwrap_or_default();
    let known = reason.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    let reason = if known && reason.len() <= MAX_REASON { reason.as_str() } else { "" };
    let why = format!("{:?} {reason}", status.code()).trim_end().to_owned();
    match is_unconnected(status) {
        true => Refused::Away(why),
        false => Refused::Not(why),
    }
}

/// Whether the call never left: no connection could be made.
fn is_unconnected(status: &Status) -> bool {
    let mut cause = std::error::Error::source(status);
    while let Some(error) = cause {
        if error.is::<ConnectError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use platform::clock::Clock;

    use super::*;
    use crate::{
        app::exchange::twin::{Memory, Mood, Script, Twin},
        jobs::push_upward::testing::{channel, serve},
    };

    fn upper(address: std::net::SocketAddr, answer: Duration) -> Upper {
        let client = ExchangeServiceClient::new(channel(address));
        let bearer = "Bearer any".parse().unwrap();
        Upper { client, bearer, region: "652301".to_owned(), answer }
    }

    #[tokio::test]
    async fn p10_only_a_connection_that_cannot_be_made_says_something_about_every_lane() {
        let clock = Clock::System;
        let moods = Script(vec![
            Mood::Delay(Duration::from_secs(3_600)),
            Mood::Reject,
            Mood::Away(SignedDuration::from_hours(1)),
        ]);
        let address = serve(Twin::new(Memory::default(), clock, moods)).await;
        let (key, patient) = (LaneKey::own("intake"), upper(address, ANSWER));
        let hasty = upper(address, Duration::from_millis(200));
        let sent = || Sent { after: Place::START, facts: Vec::new(), withdraws: None };
        let late = hasty.push(&key, sent()).await;
        assert_eq!(late, Err(Refused::Not("no answer within 200ms".to_owned())));
        let rejected = patient.push(&key, sent()).await;
        assert_eq!(rejected, Err(Refused::Not("Internal".to_owned())));
        let busy = patient.push(&key, sent()).await;
        assert_eq!(busy, Err(Refused::Not("Unavailable".to_owned())), "it answered");
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let nobody = listener.local_addr().unwrap();
        drop(listener);
        let nobody = upper(nobody, ANSWER);
        assert_eq!(nobody.push(&key, sent()).await, Err(Refused::Away("Unavailable".to_owned())));
        let sum = nobody.day_sum(&key, "2026-03-02".to_owned(), 7).await;
        assert_eq!(sum, Err(Refused::Away("Unavailable".to_owned())));
    }
}
