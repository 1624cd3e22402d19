//! What an operator runs when facts cannot be applied: after a failover to a standby that was
//! behind, after a restored backup, and where facts were set aside. Works on the stores, whether
//! the services run or not; running ones notice it within a second.

use std::io::Write;

use clap::Subcommand;
use intake::Intake;
use platform::{
    clock::{Clock, instant},
    database::{Location, Store},
    facts::{
        aside,
        consume::Consumer,
        reconcile::{Plan, reconcile as bring_back},
    },
    reference::Reference,
    shell::Shell,
};
use publication::Publication;
use ticketing::Ticketing;

use crate::roles::Role;

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// What is asked about facts that were set aside.
#[derive(Subcommand)]
pub(crate) enum ParkedCommand {
    /// Lists them: consumer, producer, position, kind, since when, and why
    List,
    /// Has them applied again, by the process that runs or is started next
    Retry {
        /// The service that set them aside: intake, ticketing or publication
        consumer: Role,
        /// The service that wrote them
        producer: Role,
        /// Which; all, if none is given
        position: Option<i64>,
    },
    /// Drops one for good; a fact records which, and why it could not be applied
    Drop {
        /// The service that set them aside: intake, ticketing or publication
        consumer: Role,
        /// The service that wrote them
        producer: Role,
        /// Which
        position: i64,
    },
}

/// Brings a consumer back to the histories of those it follows, or says what that would be.
pub(crate) async fn reconcile(
    location: &Location,
    shell: &Shell,
    consumer: Role,
    yes: bool,
    out: &mut impl Write,
) -> Outcome {
    let plans = plans(location, shell, consumer, yes).await?;
    for plan in &plans {
        say(plan, yes, out)?;
    }
    match (plans.is_empty(), yes) {
        (true, _) => {
            writeln!(out, "all that {consumer} has applied is in its producers' histories")?
        }
        (false, true) => writeln!(out, "done; {consumer} goes on within a second if it runs")?,
        (false, false) => writeln!(out, "nothing was changed; --yes does it")?,
    }
    Ok(())
}

/// The same without words: one plan for each producer whose history it had left.
///
/// # Errors
/// If a store fails, or the consumer follows nobody.
pub async fn plans(
    location: &Location,
    shell: &Shell,
    consumer: Role,
    really: bool,
) -> Result<Vec<Plan>, Box<dyn std::error::Error>> {
    let store = consumer.open(location).await?;
    let plans = match consumer {
        Role::Catalog => return Err("catalog applies no other service's facts".into()),
        Role::Intake => {
            let reference = Reference::load(store.clone()).await?;
            let (intake, _commits) = Intake::new(store.clone(), shell.clone(), reference);
            all(location, &*intake.consumer(), &store, shell, really).await?
        }
        Role::Ticketing => {
            let reference = Reference::load(store.clone()).await?;
            let ticketing = Ticketing::new(store.clone(), shell.clone(), reference);
            all(location, &*ticketing.consumer(), &store, shell, really).await?
        }
        Role::Publication => {
            let reference = Reference::load(store.clone()).await?;
            let publication = Publication::new(store.clone(), shell.clone(), reference);
            all(location, &*publication.consumer(), &store, shell, really).await?
        }
    };
    store.close().await;
    Ok(plans)
}

async fn all<C: Consumer>(
    location: &Location,
    consumer: &C,
    store: &Store,
    shell: &Shell,
    yes: bool,
) -> Result<Vec<Plan>, Box<dyn std::error::Error>> {
    let mut plans = Vec::new();
    for name in consumer.producers() {
        let producer: Role = name.parse()?;
        let producer = producer.open(location).await?;
        plans.extend(bring_back(consumer, store, &producer, &shell.clock, !yes).await?);
        producer.close().await;
    }
    Ok(plans)
}

fn say(plan: &Plan, done: bool, out: &mut impl Write) -> Outcome {
    let Plan { consumer, producer, applied, common, head, undone, undone_count } = plan;
    writeln!(out, "{consumer} has applied {producer} up to {applied};")?;
    writeln!(out, "{producer} is at {head}; they agree up to {common}")?;
    for words in undone {
        writeln!(out, "  {words}")?;
    }
    let (undo, apply) = match done {
        true => ("taken back", "applied next"),
        false => ("to take back", "to apply"),
    };
    writeln!(out, "{undo}: {undone_count}; {apply}: {} facts", plan.to_apply())?;
    Ok(())
}

/// Shows facts that were set aside, has them tried again, or gives one up.
pub(crate) async fn parked(
    location: &Location,
    asked: &ParkedCommand,
    out: &mut impl Write,
) -> Outcome {
    match asked {
        ParkedCommand::List => {
            let mut found = 0;
            for role in [Role::Intake, Role::Ticketing, Role::Publication] {
                let store = role.open(location).await?;
                for row in aside::list(&store).await? {
                    found += 1;
                    let (kind, since) = (aside::Kind::name(row.kind), instant(row.parked_at));
                    let (producer, position) = (row.producer, row.position);
                    writeln!(out, "{role} {producer} {position} {kind} {since} {}", row.reason)?;
                }
                store.close().await;
            }
            if found == 0 {
                writeln!(out, "no facts are set aside")?;
            }
            Ok(())
        }
        ParkedCommand::Retry { consumer, producer, position } => {
            let store = consumer.open(location).await?;
            let asked = aside::retry(&store, producer.name(), *position).await?;
            writeln!(out, "{asked} facts of {producer} are tried again by {consumer}")?;
            store.close().await;
            Ok(())
        }
        ParkedCommand::Drop { consumer, producer, position } => {
            let store = consumer.open(location).await?;
            let gone = aside::drop(&store, &Clock::System, producer.name(), *position).await?;
            store.close().await;
            if !gone {
                return Err(
                    format!("{consumer} has set aside no fact {position} of {producer}").into()
                );
            }
            writeln!(out, "fact {position} of {producer} is dropped, and a fact records it")?;
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use platform::{
        bus::Bus,
        facts::{self, entity::fact_parked},
        keys::Keys,
        testing::TestPlace,
    };
    use proto::fact::v1::fact::Body;
    use sea_orm::{EntityTrait as _, IntoActiveModel as _};

    use super::*;

    async fn told(place: &TestPlace, asked: &ParkedCommand) -> Result<String, String> {
        let mut out = Vec::new();
        let done = parked(&place.location, asked, &mut out).await;
        done.map_err(|error| error.to_string()).map(|()| String::from_utf8(out).unwrap())
    }

    #[tokio::test]
    async fn facts_that_are_set_aside_are_listed_tried_again_and_given_up_on_record() {
        let place = TestPlace::new().await;
        for role in Role::ALL {
            role.migrate(&place.location).await.unwrap();
        }
        assert_eq!(told(&place, &ParkedCommand::List).await.unwrap(), "no facts are set aside\n");
        let store = Role::Ticketing.open(&place.location).await.unwrap();
        let row = fact_parked::Model {
            producer: "intake".to_owned(),
            position: 7,
            body: Vec::new(),
            reason: "the act is missing".to_owned(),
            parked_at: 0,
            kind: aside::Kind::Broken as i16,
            asked: false,
        };
        let row = fact_parked::Entity::insert(row.into_active_model());
        row.exec_without_returning(store.write()).await.unwrap();
        let listed = told(&place, &ParkedCommand::List).await.unwrap();
        assert_eq!(listed, "ticketing intake 7 broken 1970-01-01T00:00:00Z the act is missing\n");
        let (consumer, producer) = (Role::Ticketing, Role::Intake);
        let retry = ParkedCommand::Retry { consumer, producer, position: None };
        assert!(told(&place, &retry).await.unwrap().starts_with("1 facts of intake"));
        assert!(aside::list(&store).await.unwrap()[0].asked);
        let drop = ParkedCommand::Drop { consumer, producer, position: 7 };
        told(&place, &drop).await.unwrap();
        assert!(told(&place, &drop).await.unwrap_err().contains("no fact 7 of intake"), "once");
        let told = facts::list(&store, 0, 10).await.unwrap();
        let Some(Body::FactDropped(dropped)) = &told[0].body else { panic!("{told:?}") };
        assert_eq!((dropped.position, dropped.reason.as_str()), (7, "the act is missing"));
    }

    #[tokio::test]
    async fn who_has_applied_nothing_that_never_was_has_nothing_to_reconcile() {
        let place = TestPlace::new().await;
        for role in Role::ALL {
            role.migrate(&place.location).await.unwrap();
        }
        let shell = Shell::new(&Keys::make(), Clock::System, Bus::embedded()).unwrap();
        for consumer in [Role::Intake, Role::Ticketing, Role::Publication] {
            let mut out = Vec::new();
            reconcile(&place.location, &shell, consumer, true, &mut out).await.unwrap();
            let told = String::from_utf8(out).unwrap();
            assert!(told.starts_with("all that"), "{told}");
        }
        let nobody = reconcile(&place.location, &shell, Role::Catalog, true, &mut Vec::new()).await;
        assert!(nobody.unwrap_err().to_string().contains("no other service"));
    }
}
