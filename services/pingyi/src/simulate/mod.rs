//! `pingyi simulate`: what another profile would have made of recorded facts. Reads them from
//! running services or from a file, computes purely (`domain::simulate`), writes a report. Facts
//! carry no personal data, and neither does the report.

mod ask;
pub(crate) mod facts_file;
mod json;
mod learn;
mod other;
mod table;
#[cfg(test)]
mod tests;
mod words;

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use domain::{
    codes::RegionCode,
    deadline::{end_of, iso_date},
    profile::Profile,
    simulate::{Report, simulate},
    source::Source,
};
use jiff::Timestamp;
use platform::keys::Keys;

pub use ask::AskError;
pub use facts_file::FileError;
pub use learn::FactsRead;
pub use other::OtherError;

/// What to simulate.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("facts_of").required(true))]
pub struct Args {
    /// The other profile: one that ships, by id, or a file with what it inherits beside it
    #[arg(long, value_name = "ID|FILE.toml")]
    pub profile: String,
    /// Only this region and what is below it (GB/T 2260)
    #[arg(long, value_name = "CODE")]
    pub region: Option<String>,
    /// Read the facts of a running deployment: the addresses of its processes
    #[arg(long, value_name = "http://ADDRESS", num_args = 1.., group = "facts_of", requires = "keys")]
    pub from: Vec<String>,
    /// The folder of that deployment's keys
    #[arg(long, value_name = "DIR", requires = "from")]
    pub keys: Option<PathBuf>,
    /// Read the facts of a file that --save wrote
    #[arg(long, value_name = "FILE", group = "facts_of")]
    pub facts: Option<PathBuf>,
    /// Keep the facts read in a file
    #[arg(long, value_name = "FILE", requires = "from")]
    pub save: Option<PathBuf>,
    /// Look at what happened until the end of this day; without it, until now
    #[arg(long, value_name = "DATE")]
    pub until: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// Why nothing is simulated.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// The other profile cannot be had.
    #[error(transparent)]
    Other(#[from] OtherError),
    /// An argument is wrong.
    #[error("{argument} \"{value}\" {why}")]
    Argument {
        /// Which.
        argument: &'static str,
        /// What it is.
        value: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A file of facts cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Running services cannot be asked.
    #[error(transparent)]
    Ask(#[from] AskError<FileError>),
    /// The facts hold no calendar.
    #[error("no work calendar is among the {facts} facts: those of the catalog are missing")]
    NoCalendar {
        /// How many there are.
        facts: u64,
    },
    /// The report cannot be written.
    #[error(transparent)]
    Out(#[from] io::Error),
}

/// A report with what it is of.
struct Simulation {
    report: Report,
    profile: Profile,
    until: Timestamp,
    told: FactsRead,
}

/// Reads facts, folds them under the other profile, and writes the report.
///
/// # Errors
/// [`SimulateError`].
pub async fn run(
    args: &Args,
    shipped: &[Source<'static>],
    now: Timestamp,
    out: &mut impl Write,
) -> Result<(), SimulateError> {
    let profile = other::find(&args.profile, shipped)?;
    let until = args.until.as_deref().map(end_of_day).transpose()?.unwrap_or(now);
    let region = args.region.as_deref().map(region_code).transpose()?;
    let mut told = match &args.facts {
        Some(file) => {
            let mut told = FactsRead::default();
            facts_file::read(file, |fact| told.learn(fact))?;
            told
        }
        None => ask(args).await?,
    };
    if let Some(region) = region {
        told.recorded.keep_region(&region);
    }
    let calendar = told.reference.calendar();
    let calendar = calendar.ok_or(SimulateError::NoCalendar { facts: told.facts })?;
    let old = |policy: &str| told.reference.policy(policy).map(|profile| &**profile);
    let report = simulate(&told.recorded, old, &profile, calendar, until);
    let simulated = Simulation { report, profile, until, told };
    if args.json {
        writeln!(out, "{:#}", json::value(&simulated))?;
    } else {
        table::write(&simulated, out)?;
    }
    Ok(out.flush()?)
}

async fn ask(args: &Args) -> Result<FactsRead, SimulateError> {
    let folder = args.keys.as_deref().unwrap_or(Path::new(".pingyi/keys"));
    let keys = Keys::read(folder).map_err(AskError::Keys)?;
    let peers = ask::Peers::connect(&args.from, &keys).await?;
    let mut kept = args.save.as_deref().map(facts_file::Writer::create).transpose()?;
    let mut told = FactsRead::default();
    let learn = |fact| {
        if let Some(kept) = &mut kept {
            kept.put(&fact)?;
        }
        told.learn(fact);
        Ok(())
    };
    peers.read(learn).await?;
    if let Some(kept) = kept {
        kept.end()?;
    }
    Ok(told)
}

fn end_of_day(text: &str) -> Result<Timestamp, SimulateError> {
    let wrong = |why| SimulateError::Argument { argument: "--until", value: text.to_owned(), why };
    let day = iso_date(text).map_err(wrong)?;
    end_of(day).ok_or_else(|| wrong("is the last day there is"))
}

fn region_code(text: &str) -> Result<RegionCode, SimulateError> {
    let argument = "--region";
    RegionCode::parse(text).map_err(|why| SimulateError::Argument {
        argument,
        value: text.to_owned(),
        why,
    })
}
