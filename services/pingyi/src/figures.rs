//! What an operator does about figures: folds them again from the first fact, and counts them again
//! to compare. Works on the stores, whether the services run or not; what serves goes on.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufRead as _, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use platform::{
    bus::Bus,
    clock::Clock,
    database::{Location, Store},
    facts,
    shell::Shell,
};
use publication::{
    rebuild::Progress,
    verify::{self, Counts, Difference, Published, Recounting},
};

use crate::{
    cli::{ConfigFile, keys, location, looked_after},
    demo,
    roles::Role,
    simulate::facts_file,
};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// The files of an export.
const FACTS: &str = "facts.bin";
const FIGURES: &str = "figures.csv";
/// How many facts are read at once.
const PAGE: u64 = 1_000;
/// How often it is said how far a rebuild is.
const SAY: Duration = Duration::from_secs(2);
/// How many differences are named.
const NAMED: usize = 20;

/// What is asked about figures.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum FiguresCommand {
    /// Folds the figures again from the first fact, beside those that serve, and then puts them in place
    Rebuild {
        /// publication
        service: Role,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Counts the published figures again from ratings and tickets, and compares every integer
    VerifyFigures {
        #[command(flatten)]
        asked: VerifyArgs,
        #[command(flatten)]
        config: ConfigFile,
    },
}

/// Does it.
pub(crate) async fn run(asked: FiguresCommand, out: &mut impl Write) -> Outcome {
    match asked {
        FiguresCommand::Rebuild { service, config } => {
            let settings = looked_after(config.load()?, Path::new(demo::DATA));
            let keys = keys(settings.keys.folder.as_deref(), false)?;
            let shell =
                Shell::new(&keys.of_suite(settings.keys.suite), Clock::System, Bus::embedded())?;
            rebuild(&location(&settings)?, &shell, service, out).await
        }
        FiguresCommand::VerifyFigures { asked, config } => match &asked.export {
            Some(folder) => verify_export(folder, out),
            None => {
                let settings = looked_after(config.load()?, Path::new(demo::DATA));
                verify_stores(&location(&settings)?, &asked, out).await
            }
        },
    }
}

/// What `pingyi verify-figures` compares.
#[derive(Debug, clap::Args)]
pub(crate) struct VerifyArgs {
    /// Keep facts and figures in a folder, for others to verify
    #[arg(long, value_name = "DIR", conflicts_with = "export")]
    save: Option<PathBuf>,
    /// Compare what such a folder holds, without any store
    #[arg(long, value_name = "DIR")]
    export: Option<PathBuf>,
}

/// Folds the figures again beside the serving ones, then lets the two change places.
async fn rebuild(
    location: &Location,
    shell: &Shell,
    service: Role,
    out: &mut impl Write,
) -> Outcome {
    if service != Role::Publication {
        return Err(format!("{service} has no figures: only publication is rebuilt").into());
    }
    let serving = service.open(location).await?;
    let producers = producers(location).await?;
    let (mut said, mut failed) = (None::<Instant>, None);
    let tell = |far: Progress| {
        let is_time = said.is_none_or(|said| said.elapsed() >= SAY) || far.folded == far.all;
        if is_time && failed.is_none() {
            said = Some(Instant::now());
            failed = say(far, out).err();
        }
    };
    let rebuilt =
        publication::rebuild::<publication::Migrator>(location, &serving, &producers, shell, tell)
            .await;
    serving.close().await;
    let rebuilt = rebuilt?;
    let before = rebuilt.before.map_or("no".to_owned(), |version| version.to_string());
    let (now, facts) = (rebuilt.now, rebuilt.facts);
    writeln!(out, "done: {facts} facts folded; version {now} serves, {before} served before")?;
    Ok(())
}

fn say(far: Progress, out: &mut impl Write) -> io::Result<()> {
    let Progress { folded, all, rest } = far;
    let rest = rest.map_or_else(String::new, |rest| format!(", about {} s more", rest.as_secs()));
    writeln!(out, "{folded} of {all} facts{rest}")?;
    out.flush()
}

async fn producers(location: &Location) -> Result<[Store; 2], Box<dyn std::error::Error>> {
    Ok([Role::Intake.open(location).await?, Role::Ticketing.open(location).await?])
}

/// Counts again what is published, from the stores, and compares.
async fn verify_stores(location: &Location, asked: &VerifyArgs, out: &mut impl Write) -> Outcome {
    let store = Role::Publication.open(location).await?;
    let published = verify::published(&store).await?;
    store.close().await;
    let producers = producers(location).await?;
    let recounted = verify::recount(&published, &producers).await?;
    if let Some(folder) = &asked.save {
        save(folder, &published, &producers).await?;
        writeln!(out, "facts and figures are in {}", folder.display())?;
    }
    judge(&published, &recounted, out)
}

/// The same with an export alone.
fn verify_export(folder: &Path, out: &mut impl Write) -> Outcome {
    let published = read_figures(&folder.join(FIGURES))?;
    let mut recounting = Recounting::begin(&published)?;
    let mut read: BTreeMap<String, (u64, String)> = BTreeMap::new();
    let mut laid = Ok(());
    facts_file::read(&folder.join(FACTS), |fact| {
        if laid.is_ok() {
            laid = recounting.learn(&fact);
        }
        let (count, last) = read.entry(fact.producer).or_default();
        (*count, *last) = (*count + 1, fact.fact_id);
    })?;
    laid?;
    for (producer, place) in &published.places {
        let there = read.get(producer).cloned().unwrap_or_default();
        let counted = (place.position.unsigned_abs(), place.fact_id.to_string());
        if place.position > 0 && there != counted {
            let (count, all) = (there.0, counted.0);
            return Err(format!(
                "the facts are not those that were counted: {count} of {producer}'s {all}, \
                 up to {}, not {}",
                there.1, counted.1
            )
            .into());
        }
    }
    judge(&published, &recounting.count()?, out)
}

fn judge(published: &Published, recounted: &Counts, out: &mut impl Write) -> Outcome {
    for (producer, place) in &published.places {
        writeln!(out, "{producer}: counted up to {place}")?;
    }
    let differences = verify::differences(&published.counts, recounted);
    let compared = published.counts.len();
    let Some(first) = differences.first() else {
        writeln!(out, "all {compared} figures are what the recount gives")?;
        return Ok(());
    };
    for Difference { of, published, recounted } in differences.iter().take(NAMED) {
        writeln!(out, "{of}: published {published}, recounted {recounted}")?;
    }
    let wrong = differences.len();
    Err(format!("{wrong} of {compared} figures differ; the first: {first}").into())
}

async fn save(folder: &Path, published: &Published, producers: &[Store]) -> Outcome {
    std::fs::create_dir_all(folder)?;
    let mut facts_of = facts_file::Writer::create(&folder.join(FACTS))?;
    for store in producers {
        let until = published.places.get(store.service()).map_or(0, |place| place.position);
        let mut after = 0;
        while after < until {
            let page = facts::list(store, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.position.cast_signed();
            for fact in page.iter().filter(|fact| fact.position.cast_signed() <= until) {
                facts_of.put(fact)?;
            }
        }
    }
    facts_of.end()?;
    let mut figures = BufWriter::new(File::create(folder.join(FIGURES))?);
    for line in published.lines() {
        writeln!(figures, "{line}")?;
    }
    Ok(figures.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?)
}

fn read_figures(file: &Path) -> Result<Published, Box<dyn std::error::Error>> {
    let lines = BufReader::new(File::open(file).map_err(|e| format!("{}: {e}", file.display()))?);
    let mut published = Published::default();
    for (line, n) in lines.lines().zip(1..) {
        let read = published.read_line(&line?);
        read.map_err(|error| format!("{}: line {n} {error}", file.display()))?;
    }
    Ok(published)
}

#[cfg(test)]
mod tests {
    use platform::{convert::to_wire, testing::TestPlace};
    use platform::{facts::refold, keys::Keys, reference::Reference};
    use proto::{
        fact::v1::{RatingInvited, fact::Body},
        r#type::v1::ServiceAct,
    };
    use publication::Publication;

    use super::*;

    /// A deployment in which one act was offered a rating, and publication has counted it.
    async fn counted() -> TestPlace {
        let place = TestPlace::new().await;
        for role in Role::ALL {
            role.migrate(&place.location).await.unwrap();
        }
        let shell = Shell::new(&Keys::make(), Clock::System, Bus::embedded()).unwrap();
        let intake = Role::Intake.open(&place.location).await.unwrap();
        let act = ServiceAct {
            act_id: shell.clock.new_id().to_string(),
            agency_id: "652301-a03".to_owned(),
            served_at: Some(to_wire("2026-03-02T01:00:00Z".parse().unwrap())),
            ..ServiceAct::default()
        };
        let invited = RatingInvited { act: Some(act), closes_on: String::new() };
        let txn = intake.begin().await.unwrap();
        facts::commit(txn, &shell.clock, vec![Body::RatingInvited(invited)]).await.unwrap();
        let store = Role::Publication.open(&place.location).await.unwrap();
        let reference = Reference::load(store.clone()).await.unwrap();
        let publication = Publication::new(store.clone(), shell.clone(), reference);
        let consumer = publication.consumer();
        let counted =
            refold::step(&*consumer, &store, &intake, i64::MAX, &shell.clock).await.unwrap();
        assert_eq!(counted.unwrap().position, 1);
        place
    }

    async fn verified(place: &TestPlace, save: Option<PathBuf>) -> Result<String, String> {
        let (mut out, asked) = (Vec::new(), VerifyArgs { save, export: None });
        let done = verify_stores(&place.location, &asked, &mut out).await;
        let told = String::from_utf8(out).unwrap();
        done.map(|()| told.clone()).map_err(|error| format!("{told}{error}"))
    }

    #[tokio::test]
    async fn p03_figures_are_verified_online_and_from_an_export_and_a_wrong_one_is_named() {
        let place = counted().await;
        let folder = tempfile::tempdir().unwrap();
        let export = folder.path().join("export");
        // The agency's one offer.
        let told = verified(&place, Some(export.clone())).await.unwrap();
        assert!(told.contains("all 1 figures are what the recount gives"), "{told}");
        let offline = || {
            let mut out = Vec::new();
            let done = verify_export(&export, &mut out);
            done.map(|()| String::from_utf8(out).unwrap()).map_err(|error| error.to_string())
        };
        assert!(offline().unwrap().ends_with("all 1 figures are what the recount gives\n"));
        let file = export.join(FIGURES);
        let lines = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, lines.replace(",1,652301-a03", ",2,652301-a03")).unwrap();
        let told = offline().unwrap_err();
        let first = "DIMENSION_AGENCY 652301-a03 on 2026-03-02: Offered: published 2, recounted 1";
        assert!(told.contains(first), "{told}");
        std::fs::write(&file, format!("{lines}nonsense\n")).unwrap();
        assert!(offline().unwrap_err().contains("is no line of published figures"));
        std::fs::write(&file, &lines).unwrap();
        facts_file::Writer::create(&export.join(FACTS)).unwrap().end().unwrap();
        assert!(offline().unwrap_err().contains("0 of intake's 1"), "facts are missing");
    }

    #[tokio::test]
    async fn p03_a_rebuild_says_how_far_it_is_and_only_publication_has_one() {
        let place = counted().await;
        let shell = Shell::new(&Keys::make(), Clock::System, Bus::embedded()).unwrap();
        let mut out = Vec::new();
        rebuild(&place.location, &shell, Role::Publication, &mut out).await.unwrap();
        let told = String::from_utf8(out).unwrap();
        assert!(told.starts_with("1 of 1 facts, about 0 s more\ndone: 1 facts folded"), "{told}");
        assert!(verified(&place, None).await.is_ok());
        let refused = rebuild(&place.location, &shell, Role::Intake, &mut Vec::new()).await;
        assert!(refused.unwrap_err().to_string().contains("intake has no figures"));
    }
}
