//! How far the followers are behind during the load, and how long they take afterwards. Seen from
//! outside: the positions that the process reports, twenty times a second. A fact is applied when
//! the follower's position has reached the place of the producer's last fact.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    time::{Duration, Instant},
};

use platform::{auth::PeerToken, stop::Stop};
use proto::fact::v1::{
    ListCursorsRequest, ListCursorsResponse, fact_service_client::FactServiceClient,
};
use serde::Serialize;
use tokio::task::JoinHandle;
use tonic::{Request, transport::Channel};

/// How often it is looked.
const LOOK: Duration = Duration::from_millis(50);
/// How long followers are waited for after the load.
const PATIENCE: Duration = Duration::from_secs(600);

/// Positions at one time.
struct Sample {
    at: Instant,
    heads: BTreeMap<String, u64>,
    cursors: BTreeMap<(String, String), u64>,
}

/// How far one service is behind another.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Lag {
    /// Who follows.
    pub(super) consumer: String,
    /// Whom.
    pub(super) producer: String,
    /// Facts written while the load lasted.
    pub(super) written: u64,
    /// Of as many, how many were applied in that time: 1 for a follower that keeps pace.
    pub(super) pace: f64,
    /// Facts behind when the load ended.
    pub(super) behind: u64,
    /// Seconds until none was; none if that took too long.
    pub(super) seconds_until_zero: Option<f64>,
    /// Milliseconds from a fact's being written to its being applied, half and 99 % of them, and the
    /// longest, while the load lasted.
    pub(super) p50_ms: f64,
    /// See above.
    pub(super) p99_ms: f64,
    /// See above.
    pub(super) max_ms: f64,
}

/// Looking while a load lasts.
pub(super) struct LagWatch {
    ask: Asking,
    stop: Stop,
    began: Instant,
    task: JoinHandle<Vec<Sample>>,
}

#[derive(Clone)]
struct Asking {
    channel: Channel,
    token: PeerToken,
}

impl Asking {
    async fn sample(&self) -> Option<Sample> {
        let mut request = Request::new(ListCursorsRequest {});
        self.token.put(request.metadata_mut());
        let mut client = FactServiceClient::new(self.channel.clone());
        let answer = client.list_cursors(request).await.ok()?.into_inner();
        // The answer's positions were read before it came.
        let at = Instant::now();
        let ListCursorsResponse { cursors, heads } = answer;
        Some(Sample {
            at,
            heads: heads.into_iter().map(|head| (head.producer, head.position)).collect(),
            cursors: cursors
                .into_iter()
                .map(|cursor| ((cursor.consumer, cursor.producer), cursor.position))
                .collect(),
        })
    }

    async fn look(self, stop: Stop) -> Vec<Sample> {
        let mut samples = Vec::new();
        while !stop.is_stopped() {
            samples.extend(self.sample().await);
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = stop.stopped() => {}
            }
        }
        samples
    }
}

impl LagWatch {
    /// Begins to look.
    pub(super) fn begin(channel: Channel, token: PeerToken) -> Self {
        let (ask, stop) = (Asking { channel, token }, Stop::default());
        let task = tokio::spawn(ask.clone().look(stop.clone()));
        Self { ask, stop, began: Instant::now(), task }
    }

    /// The load is over: waits until nobody is behind. Nothing if nobody could be asked.
    pub(super) async fn end(self) -> Vec<Lag> {
        let ended = Instant::now();
        self.stop.stop();
        let mut samples = self.task.await.unwrap_or_default();
        let deadline = ended + PATIENCE;
        while Instant::now() < deadline {
            let Some(sample) = self.ask.sample().await else { break };
            let level = sample.level();
            samples.push(sample);
            if level {
                break;
            }
            tokio::time::sleep(LOOK).await;
        }
        lags(&samples, self.began, ended)
    }
}

impl Sample {
    fn head(&self, producer: &str) -> u64 {
        self.heads.get(producer).copied().unwrap_or_default()
    }

    /// Whether nobody is behind.
    fn level(&self) -> bool {
        self.cursors.iter().all(|((_, producer), position)| *position >= self.head(producer))
    }
}

fn lags(samples: &[Sample], began: Instant, ended: Instant) -> Vec<Lag> {
    let Some(last) = samples.last() else { return Vec::new() };
    // One who follows somebody of another process cannot be compared.
    let pairs = last.cursors.keys().filter(|(_, producer)| last.heads.contains_key(producer));
    pairs.filter_map(|pair| lag(samples, pair, began, ended)).collect()
}

fn lag(samples: &[Sample], pair: &(String, String), began: Instant, ended: Instant) -> Option<Lag> {
    let (consumer, producer) = pair.clone();
    let position = |sample: &Sample| sample.cursors.get(pair).copied().unwrap_or_default();
    let during: Vec<&Sample> =
        samples.iter().filter(|sample| sample.at >= began && sample.at <= ended).collect();
    let (first, end) = (during.first()?, during.last()?);
    let written = end.head(&producer).saturating_sub(first.head(&producer));
    if written == 0 {
        return None;
    }
    let applied = position(end).saturating_sub(position(first));
    // When the head of each sample had been applied, by the first sample that shows it.
    let mut delays = Vec::new();
    let mut later = samples.iter();
    let mut reached = later.next();
    for sample in &during {
        while let Some(seen) = reached
            && (position(seen) < sample.head(&producer) || seen.at < sample.at)
        {
            reached = later.next();
        }
        let Some(seen) = reached else { break };
        delays.push((seen.at - sample.at).as_secs_f64() * 1_000.0);
    }
    delays.sort_by(f64::total_cmp);
    let at = |share: usize| {
        let place = (delays.len() * share / 100).min(delays.len().saturating_sub(1));
        delays.get(place).copied().unwrap_or(f64::INFINITY)
    };
    let level = samples
        .iter()
        .filter(|sample| sample.at >= ended)
        .find(|sample| position(sample) >= sample.head(&producer));
    #[expect(clippy::cast_precision_loss, reason = "counts of facts are far below 2^52")]
    let pace = applied as f64 / written as f64;
    Some(Lag {
        consumer,
        written,
        pace,
        behind: end.head(&producer).saturating_sub(position(end)),
        seconds_until_zero: level.map(|sample| (sample.at - ended).as_secs_f64()),
        p50_ms: at(50),
        p99_ms: at(99),
        max_ms: at(100),
        producer,
    })
}

/// Writes who was behind.
pub(super) fn write(lags: &[Lag], out: &mut dyn Write) -> io::Result<()> {
    for lag in lags {
        let Lag { consumer, producer, written, pace, behind, .. } = lag;
        let until = match lag.seconds_until_zero {
            Some(seconds) => format!("none after {seconds:.1} s"),
            None => format!("some still after {} s", PATIENCE.as_secs()),
        };
        writeln!(
            out,
            "lag     {consumer} of {producer}: {pace:.2} of {written} facts applied meanwhile, \
             {behind} behind at the end, {until}; written → applied p50 {:.0}, p99 {:.0}, max {:.0} ms",
            lag.p50_ms, lag.p99_ms, lag.max_ms
        )?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(at: Instant, head: u64, position: u64) -> Sample {
        let pair = ("publication".to_owned(), "intake".to_owned());
        Sample {
            at,
            heads: [("intake".to_owned(), head)].into(),
            cursors: [(pair, position)].into(),
        }
    }

    #[test]
    fn a_lag_is_what_is_told_and_not_applied_and_how_long_that_took() {
        let began = Instant::now();
        let at = |ms| began + Duration::from_millis(ms);
        let samples = [
            sample(at(0), 100, 100),
            sample(at(100), 200, 100),
            sample(at(200), 300, 150),
            sample(at(300), 300, 200),
            sample(at(400), 300, 300),
        ];
        let lags = lags(&samples, began, at(200));
        let [lag] = lags.as_slice() else { panic!("{lags:?}") };
        assert_eq!((lag.written, lag.behind), (200, 150));
        assert!((lag.pace - 0.25).abs() < 1e-9, "{}", lag.pace);
        assert_eq!(lag.seconds_until_zero, Some(0.2));
        // The head of the first was applied at once, those of the others after 200 ms.
        assert_eq!((lag.p50_ms, lag.max_ms), (200.0, 200.0));
        let mut told = Vec::new();
        write(&lags, &mut told).unwrap();
        let told = String::from_utf8(told).unwrap();
        assert!(told.contains("publication of intake: 0.25 of 200 facts"), "{told}");
    }

    #[test]
    fn nobody_is_behind_who_was_told_nothing() {
        let began = Instant::now();
        let samples = [sample(began, 5, 5), sample(began + LOOK, 5, 5)];
        assert!(lags(&samples, began, began + LOOK).is_empty());
        assert!(lags(&[], began, began).is_empty());
    }
}
