//! What an operator runs about the platforms that publication reports to (上报): a day is reported once more, and
//! what waits or is held back is shown. Works on the store, whether the service runs or not.

use std::{io::Write, path::Path};

use clap::Subcommand;
use jiff::civil::Date;
use platform::{clock::Clock, database::Location};

use crate::{
    cli::{ConfigFile, location, looked_after},
    demo,
    roles::Role,
};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// What is asked about reporting.
#[derive(Debug, Subcommand)]
pub(crate) enum ExchangeCommand {
    /// Has a day be reported to the upper platform once more that differs, or is damaged here (上报)
    Resend {
        /// intake or ticketing
        producer: Role,
        /// The lower installation whose facts they are (GB/T 2260); without it, this one
        #[arg(long, value_name = "REGION", default_value = "")]
        origin: String,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Tells the national platform once more what it took on some days, and has lost (重新上报)
    ResendNational {
        /// The first day on which it took what is lost
        #[arg(long, value_name = "DAY")]
        from: Date,
        /// The last one
        #[arg(long, value_name = "DAY")]
        to: Date,
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Shows what waits for the national platform, and what is held back and why (暂缓上报)
    Held {
        #[command(flatten)]
        config: ConfigFile,
    },
}

/// Does it.
pub(crate) async fn run(asked: ExchangeCommand, out: &mut impl Write) -> Outcome {
    match asked {
        ExchangeCommand::Resend { producer, origin, config } => {
            let settings = looked_after(config.load()?, Path::new(demo::DATA));
            resend(&location(&settings)?, &origin, producer, out).await
        }
        ExchangeCommand::ResendNational { from, to, config } => {
            let settings = looked_after(config.load()?, Path::new(demo::DATA));
            resend_national(&location(&settings)?, (from, to), out).await
        }
        ExchangeCommand::Held { config } => {
            let settings = looked_after(config.load()?, Path::new(demo::DATA));
            held(&location(&settings)?, out).await
        }
    }
}

/// Lets a day that waits for a person be reported once more.
async fn resend(
    location: &Location,
    origin: &str,
    producer: Role,
    out: &mut impl Write,
) -> Outcome {
    let store = Role::Publication.open(location).await?;
    let now = Clock::System.now();
    let day = publication::resend(&store, origin, producer.name(), now).await?;
    store.close().await;
    match day {
        Some(day) => writeln!(out, "{day} of {producer} is compared and reported once more")?,
        None => writeln!(out, "no day of {producer} waits for that")?,
    }
    Ok(())
}

/// Has what the platform of the national interface took on some days be told once more.
async fn resend_national(location: &Location, days: (Date, Date), out: &mut impl Write) -> Outcome {
    let (from, to) = days;
    if to < from {
        return Err(format!("--to {to} is before --from {from}").into());
    }
    let store = Role::Publication.open(location).await?;
    let told = publication::resend_national(&store, days, Clock::System.now()).await?;
    store.close().await;
    match told {
        0 => writeln!(out, "no receipt from {from} to {to} is left to take back")?,
        told => writeln!(out, "{told} records are told to the platform once more")?,
    }
    Ok(())
}

/// Says how much waits for the platform of the national interface, and what is held back and why: the same as
/// `GetExchangeState`, for whoever runs the store.
async fn held(location: &Location, out: &mut impl Write) -> Outcome {
    let store = Role::Publication.open(location).await?;
    let state = publication::national_state(&store, Clock::System.now()).await?;
    store.close().await;
    let lag = state.behind_seconds;
    writeln!(out, "{} records wait; the platform lags {lag} s behind", state.waiting)?;
    for level in &state.levels {
        let name = level.level().as_str_name();
        let (kept, receipted, lag) = (level.kept, level.receipted, level.behind_seconds);
        let (waiting, held) = (level.waiting, level.held);
        writeln!(
            out,
            "{name}: {receipted} of {kept} receipted, {waiting} wait ({held} held back), {lag} s behind"
        )?;
    }
    for one in &state.held {
        writeln!(
            out,
            "held back: {} {}, the first for {} s",
            one.reason, one.count, one.behind_seconds
        )?;
        for example in &one.examples {
            writeln!(
                out,
                "  act {} rating {}: {}",
                example.act_id, example.rating_id, example.words
            )?;
        }
    }
    if state.withdrawn > 0 {
        writeln!(out, "{} records there are in no history any more", state.withdrawn)?;
        for example in &state.withdrawn_examples {
            let (act, rating, name) = (&example.act_id, &example.rating_id, &example.words);
            writeln!(out, "  act {act} rating {rating}, there {name}")?;
        }
    }
    if !state.last_error.is_empty() {
        writeln!(out, "the last try failed: {}", state.last_error)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use platform::testing::TestPlace;
    use sea_orm::{ConnectionTrait as _, DbBackend};
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn p10_where_no_day_waits_nothing_is_reported_once_more() {
        let place = TestPlace::new().await;
        Role::Publication.migrate(&place.location).await.unwrap();
        let mut out = Vec::new();
        resend(&place.location, "", Role::Intake, &mut out).await.unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "no day of intake waits for that\n");
    }

    #[tokio::test]
    async fn p10_where_the_platform_took_nothing_nothing_is_told_once_more() {
        let place = TestPlace::new().await;
        Role::Publication.migrate(&place.location).await.unwrap();
        let (first, last) = ("2026-11-02".parse().unwrap(), "2026-11-03".parse().unwrap());
        let mut out = Vec::new();
        resend_national(&place.location, (first, last), &mut out).await.unwrap();
        let told = "no receipt from 2026-11-02 to 2026-11-03 is left to take back\n";
        assert_eq!(String::from_utf8(out).unwrap(), told);
        let refused = resend_national(&place.location, (last, first), &mut Vec::new()).await;
        let why = "--to 2026-11-02 is before --from 2026-11-03";
        assert_eq!(refused.unwrap_err().to_string(), why);
    }

    #[tokio::test]
    async fn p10_an_operator_sees_what_waits_for_the_national_platform_and_what_is_held_back() {
        let place = TestPlace::new().await;
        Role::Publication.migrate(&place.location).await.unwrap();
        let store = Role::Publication.open(&place.location).await.unwrap();
        let nil = match store.backend() {
            DbBackend::Postgres => format!("'{}'", Uuid::nil()),
            _ => "zeroblob(16)".to_owned(),
        };
        // A paper rating that no dialect has a code for.
        let held = format!(
            "INSERT INTO national_record (id, kind, producer, position, recorded_at, rating_id, service, \
             rating, level, fact, state, due_at, reason, words) \
             VALUES ({nil}, 2, 'intake', 1, 0, {nil}, 1, 1, 5, '', 1, 0, 'NO_EXACT_CODE', \
             'pf: there is no code for Paper')"
        );
        store.write().execute_unprepared(&held).await.unwrap();
        let mut out = Vec::new();
        super::held(&place.location, &mut out).await.unwrap();
        let out = String::from_utf8(out).unwrap();
        assert!(out.starts_with("1 records wait; the platform lags 0 s behind"), "{out}");
        assert!(out.contains("LEVEL_VERY_SATISFIED: 0 of 0 receipted"), "{out}");
        assert!(out.contains("held back: NO_EXACT_CODE 1, the first for"), "{out}");
        assert!(out.contains("pf: there is no code for Paper"), "{out}");
    }
}
