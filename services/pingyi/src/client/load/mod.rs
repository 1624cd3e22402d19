//! `pingyi load`: measures a deployment from outside, as its callers do, and then checks that
//! everything it acknowledged is there. One invented person applies for everything, and says so in
//! every text. What stays behind are ratings like any other, so never use it on a deployment whose
//! figures anybody reads.

mod check;
mod import;
mod journal;
mod lag;
mod lifecycle;
mod pace;
mod ratings;
mod recount;
mod report;
mod submit;
mod tally;
mod target;
#[cfg(test)]
mod tests;
mod visit;

use std::{
    fs,
    io::{self, Write},
    num::{NonZeroU32, NonZeroU64, NonZeroUsize},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use clap::ValueEnum;
use platform::{clock::Clock, stop::Stop};

use self::{
    check::Findings,
    import::{Import, Rows},
    lag::LagWatch,
    lifecycle::{Crowd, Hall},
    pace::{Pace, PaceResult},
    ratings::Raters,
    report::Report,
    tally::Calls,
    target::{Identity, Target},
};
use super::ClientError;
use crate::demo::tokens::REGION;

/// Cases of one stream.
const ROWS: u64 = 10_000;
/// How long a call may take before it counts as unanswered.
const ANSWER: Duration = Duration::from_secs(10);
/// The same of a stream of cases.
const STREAM: Duration = Duration::from_secs(600);

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scenario {
    /// Ratings alone, of cases made before the clock starts
    Submit,
    /// Visits: apply, see what to rate, rate, read the rating
    Visit,
    /// Streams of 10,000 cases from a business system
    Import,
    /// Complaint lifecycles: a negative rating, its ticket, every step to the closing; the officers
    /// of many agencies take part, so it needs --keys
    Loop,
}

/// How an open loop's calls come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shape {
    /// The same rate all the time
    Steady,
    /// Seven phases of equal length, in parts of the highest: 1, 15, 1, 25, 2, 35, 10; --rate is the
    /// highest's
    Spike,
}

/// Puts a deployment under load, then checks that what it acknowledged is there.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("pace").required(true))]
#[command(group = clap::ArgGroup::new("whom").required(true).multiple(true))]
pub struct Args {
    /// What is done
    scenario: Scenario,
    /// The server
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7419")]
    endpoint: String,
    /// Closed loop: this many callers, each beginning again as soon as it is answered
    #[arg(long, visible_alias = "callers", value_name = "N", group = "pace")]
    concurrency: Option<NonZeroUsize>,
    /// Open loop: this many calls (visits, streams, lifecycles) a second, whatever the server does; latency
    /// counts from the time each should have begun
    #[arg(long, value_name = "PER_SECOND", group = "pace")]
    rate: Option<NonZeroU32>,
    /// How the calls of an open loop come
    #[arg(long, value_enum, default_value = "steady", conflicts_with = "concurrency")]
    shape: Shape,
    /// For how long; Ctrl-C ends it early
    #[arg(long, visible_alias = "seconds", value_name = "SECONDS", default_value = "10")]
    duration: NonZeroU64,
    /// Service acts made before the clock starts and rated in turn: for submit. Where there are more
    /// than calls, each is rated once, as citizens do
    #[arg(long, value_name = "N", default_value = "5000")]
    acts: NonZeroUsize,
    /// Officers who handle tickets, of all agencies together: for loop
    #[arg(long, value_name = "N", default_value = "200")]
    officers: NonZeroUsize,
    /// Agencies that handle tickets, as many of them as the region has with a person to assign: for
    /// loop
    #[arg(long, value_name = "N", default_value = "20")]
    agencies: NonZeroUsize,
    /// Write all figures to a file, too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The deployment's folder of keys, to sign as the region's first terminal and as business system
    #[arg(long, value_name = "DIR", group = "whom", conflicts_with_all = ["terminal_token", "system_token"])]
    keys: Option<PathBuf>,
    /// A file with a terminal's access token: for submit and visit
    #[arg(long, value_name = "FILE", group = "whom")]
    terminal_token: Option<PathBuf>,
    /// A file with a business system's access token: for import
    #[arg(long, value_name = "FILE", group = "whom")]
    system_token: Option<PathBuf>,
    /// The region (GB/T 2260) whose first item settled on the spot is applied for
    #[arg(long, default_value = REGION)]
    region: String,
}

/// Why there is no load, or what it brought to light.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The server cannot be asked, or refuses.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A file cannot be read or written.
    #[error("{file}: {source}")]
    File {
        /// The file.
        file: String,
        /// Why not.
        source: io::Error,
    },
    /// The keys cannot be used.
    #[error("{0}: {1}")]
    Keys(String, String),
    /// A token cannot be signed or sent.
    #[error("the access token cannot be used: {0}")]
    Token(String),
    /// Nobody can ask.
    #[error("give --keys, or {0}")]
    Nobody(&'static str),
    /// Only the keys sign for so many.
    #[error("many officers take part: give --keys")]
    ManyOfficers,
    /// Nobody can handle a ticket.
    #[error("{0} has no agency with a staff member to assign")]
    NoAgency(String),
    /// There is nothing to apply for.
    #[error("{0} offers no item settled on the spot that the caller may apply for or push")]
    NoItem(String),
    /// An item said to be settled on the spot is not.
    #[error("a case of {0} was not completed on the spot")]
    NoInvitation(String),
    /// Latencies cannot be kept.
    #[error(transparent)]
    Histogram(#[from] hdrhistogram::CreationError),
    /// The figures cannot be written.
    #[error(transparent)]
    Out(#[from] io::Error),
    /// The figures cannot be written as JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// The check was broken off.
    #[error("stopped before everything was checked")]
    Unchecked,
    /// Something that was acknowledged is missing, or is not as it was acknowledged.
    #[error("{0} faults: something that was acknowledged is missing or differs")]
    Faults(u64),
}

/// What is to be measured.
struct Plan {
    scenario: Scenario,
    endpoint: String,
    region: String,
    pace: Pace,
    span: Duration,
    acts: NonZeroUsize,
    rows: u64,
    crowd: Crowd,
    identity: Identity,
}

/// Everything is there to be measured.
enum Preparation {
    Submit(Arc<Raters>, Vec<Arc<str>>),
    Visit(Arc<Raters>),
    Import(Arc<Import>),
    Loop(Arc<Hall>),
}

/// What is looked for after the load.
enum Remainder {
    Ratings(Arc<Raters>),
    Cases(Arc<Import>),
    Lifecycles(Arc<Hall>),
}

/// What was measured.
struct Measurement {
    driven: PaceResult,
    calls: Vec<Calls>,
    rows: Option<Rows>,
    left: Remainder,
}

impl Plan {
    /// Looks how far followers are behind, if the keys say so: peers alone are told.
    async fn watch(&self) -> Result<Option<LagWatch>, LoadError> {
        let Some(token) = self.identity.peer() else { return Ok(None) };
        let target = Target::connect(&self.endpoint, 1, ANSWER).await?;
        Ok(Some(LagWatch::begin(target.channel(0), token)))
    }

    async fn prepare(&self) -> Result<Preparation, LoadError> {
        let answer = if self.scenario == Scenario::Import { STREAM } else { ANSWER };
        let target = Target::connect(&self.endpoint, self.pace.callers(), answer).await?;
        let (region, identity) = (self.region.as_str(), &self.identity);
        Ok(match self.scenario {
            Scenario::Submit => {
                let target = target.by(&identity.terminal(region)?)?;
                let (raters, tokens) = Raters::prepare(target, region, self.acts).await?;
                Preparation::Submit(Arc::new(raters), tokens)
            }
            Scenario::Visit => {
                // One visit shows what there is to rate.
                let target = target.by(&identity.terminal(region)?)?;
                let (raters, _) = Raters::prepare(target, region, NonZeroUsize::MIN).await?;
                Preparation::Visit(Arc::new(raters))
            }
            Scenario::Import => {
                let import = Import::prepare(target, identity, region, self.rows).await?;
                Preparation::Import(Arc::new(import))
            }
            Scenario::Loop => {
                let hall = Hall::prepare(target, identity, region, self.crowd).await?;
                Preparation::Loop(Arc::new(hall))
            }
        })
    }
}

impl Preparation {
    async fn measure(self, plan: &Plan, stop: &Stop) -> Result<Measurement, LoadError> {
        let (pace, span) = (plan.pace, plan.span);
        Ok(match self {
            Self::Submit(raters, tokens) => {
                let (driven, calls) = submit::run(&raters, tokens, pace, span, stop).await;
                Measurement { driven, calls, rows: None, left: Remainder::Ratings(raters) }
            }
            Self::Visit(raters) => {
                let (driven, calls) = visit::run(&raters, pace, span, stop).await?;
                Measurement { driven, calls, rows: None, left: Remainder::Ratings(raters) }
            }
            Self::Import(import) => {
                let (driven, calls, rows) = import.run(pace, span, stop).await;
                Measurement { driven, calls, rows: Some(rows), left: Remainder::Cases(import) }
            }
            Self::Loop(hall) => {
                let (driven, calls) = hall.run(pace, span, stop).await;
                Measurement { driven, calls, rows: None, left: Remainder::Lifecycles(hall) }
            }
        })
    }
}

impl Remainder {
    async fn check(&self) -> Findings {
        match self {
            Self::Ratings(raters) => check::ratings(raters).await,
            Self::Cases(import) => import.check().await,
            Self::Lifecycles(hall) => hall.recount().await,
        }
    }
}

/// Measures, checks and tells. `asked_to_stop` ends the load early, and a second time the check.
///
/// # Errors
/// [`LoadError`]: also if anything that was acknowledged is missing, after all was told.
pub async fn run<F: Future<Output = ()> + Send + 'static>(
    args: Args,
    asked_to_stop: impl Fn() -> F,
    out: &mut (dyn Write + Send),
) -> Result<(), LoadError> {
    let Args { keys, terminal_token, system_token, json, .. } = args;
    let identity = Identity::read(keys.as_deref(), terminal_token.as_ref(), system_token.as_ref())?;
    let pace = match (args.concurrency, args.rate) {
        (_, Some(rate)) if args.shape == Shape::Spike => Pace::Spikes(rate),
        (_, Some(rate)) => Pace::Open(rate),
        (callers, None) => Pace::Closed(callers.unwrap_or(NonZeroUsize::MIN)),
    };
    let plan = Plan {
        scenario: args.scenario,
        endpoint: args.endpoint,
        region: args.region,
        pace,
        span: Duration::from_secs(args.duration.get()),
        acts: args.acts,
        rows: ROWS,
        crowd: Crowd { officers: args.officers, agencies: args.agencies },
        identity,
    };
    let report = execute(&plan, asked_to_stop, out).await?;
    if let Some(file) = json {
        let text = serde_json::to_string_pretty(&report)?;
        let named = |source| LoadError::File { file: file.display().to_string(), source };
        fs::write(&file, text + "\n").map_err(named)?;
    }
    verdict(report.check.as_ref())
}

/// Whether everything was looked for, and found.
fn verdict(check: Option<&Findings>) -> Result<(), LoadError> {
    match check {
        None => Err(LoadError::Unchecked),
        Some(found) if !found.passed() => Err(LoadError::Faults(found.fault_count())),
        Some(_) => Ok(()),
    }
}

async fn execute<F: Future<Output = ()> + Send + 'static>(
    plan: &Plan,
    asked_to_stop: impl Fn() -> F,
    out: &mut (dyn Write + Send),
) -> Result<Report, LoadError> {
    if plan.scenario == Scenario::Submit {
        writeln!(out, "makes {} service acts to rate", plan.acts)?;
        out.flush()?;
    }
    let prepared = plan.prepare().await?;
    let (stop, asked) = (Stop::default(), asked_to_stop());
    let stopping = tokio::spawn({
        let stop = stop.clone();
        async move {
            asked.await;
            stop.stop();
        }
    });
    let began_at = Clock::System.now().to_string();
    let watching = plan.watch().await?;
    let measured = prepared.measure(plan, &stop).await?;
    let lags = match watching {
        Some(watching) => watching.end().await,
        None => Vec::new(),
    };
    stopping.abort();
    let Measurement { driven, calls, rows, left } = measured;
    let report = Report {
        scenario: match plan.scenario {
            Scenario::Submit => "submit",
            Scenario::Visit => "visit",
            Scenario::Import => "import",
            Scenario::Loop => "loop",
        },
        endpoint: plan.endpoint.clone(),
        concurrency: None,
        rate: None,
        spikes: false,
        began_at,
        seconds: driven.span.as_secs_f64(),
        acts: if plan.scenario == Scenario::Submit { plan.acts.get() } else { 0 },
        present: match &left {
            Remainder::Lifecycles(hall) => Some(hall.present()),
            Remainder::Ratings(_) | Remainder::Cases(_) => None,
        },
        unsent: driven.unsent,
        calls,
        rows,
        lags,
        check: None,
    };
    let mut report = report.paced(plan.pace);
    report.write_figures(out)?;
    tokio::select! {
        found = left.check() => report.check = Some(found),
        () = asked_to_stop() => {}
    }
    report.write_check(out)?;
    Ok(report)
}
