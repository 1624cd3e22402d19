//! `pingyi serve`: from the settings to a running process.

use std::{path::Path, time::Duration};

use platform::{
    bus::Bus,
    clock::Clock,
    database::Location,
    server::listen,
    telemetry::{self, Export},
};

use super::{Plan, Reports, start};
use crate::{
    cli::{Outcome, asked_to_stop, keys, location, migrate},
    roles::Role,
    sample::RegionText,
    settings::{Access, Settings},
    upkeep,
};

/// Serves these roles until it is asked to stop.
///
/// # Errors
/// Says what is missing, or what failed.
pub(crate) async fn serve(roles: &[String], settings: Settings, dev: bool) -> Outcome {
    let roles = parse_roles(roles)?;
    let export = settings.telemetry.export(&roles, settings.tls.clients()?);
    let telemetry = telemetry::init(settings.log.format, &settings.log.level, export.clone());
    // Not before there is a log: it says that a certificate ends soon.
    let access = settings
        .tls
        .access(Clock::System)
        .and_then(|access| Ok(Access { issuers: settings.trusted_issuers()?, ..access }))
        .and_then(|access| match roles.contains(&Role::Catalog) {
            true => {
                Ok(Access { terminals: settings.terminals.read(Clock::System.now())?, ..access })
            }
            false => Ok(access),
        });
    let served = match access {
        Ok(access) => serve_roles(roles, settings, access, export, dev).await,
        Err(why) => Err(why.into()),
    };
    telemetry.end().await;
    served
}

async fn serve_roles(
    roles: Vec<Role>,
    settings: Settings,
    access: Access,
    export: Option<Export>,
    dev: bool,
) -> Outcome {
    settings.allow_plaintext(&roles)?;
    let location = location(&settings)?;
    let keys = keys(settings.keys.folder.as_deref(), dev)?.of_suite(settings.keys.suite);
    let bus = match settings.redis.bus(&keys)? {
        Some(bus) => bus,
        None if roles.len() == Role::ALL.len() => Bus::embedded(),
        None => {
            return Err("redis.url is not configured: a process that does not run every service \
                        needs it to receive facts"
                .into());
        }
    };
    let listener = listen(settings.listen.address).await?;
    let measuring = settings.metrics.measuring(&roles, export).await?;
    if dev || matches!(location, Location::Sqlite(_)) {
        migrate(&location).await?;
    }
    let messages = match (roles.contains(&Role::Intake), dev) {
        // One file configures every process; who is not concerned need not have the secret.
        (false, _) => None,
        (true, false) => settings.notifier.messages()?,
        (true, true) => settings.notifier.or_file(Path::new(".pingyi/sms.jsonl")).messages()?,
    };
    let peers = [
        (Role::Catalog, settings.peers.catalog),
        (Role::Intake, settings.peers.intake),
        (Role::Ticketing, settings.peers.ticketing),
    ];
    // As with the notifier: who keeps no documents need not have the secret.
    let documents = match roles.iter().any(|role| upkeep::KEEPERS.contains(role)) {
        true => settings.documents.place(&location)?,
        false => None,
    };
    let region = settings.catalog.region.as_deref().map(RegionText::read).transpose()?;
    let reports = roles.contains(&Role::Publication);
    let plan = Plan {
        roles,
        location,
        bus,
        keys,
        clock: Clock::System,
        listener,
        access,
        peers: peers.into_iter().filter_map(|(role, to)| Some((role, to?))).collect(),
        region,
        messages,
        ratings: settings.ratings.limits(),
        documents,
        transparency: settings.transparency.clone(),
        reporting: match reports {
            true => Reports {
                upper: settings.exchange.reporting()?,
                national: settings.national.telling()?,
            },
            false => Reports::default(),
        },
        measuring,
        drain: Duration::from_secs(settings.shutdown.drain_seconds),
    };
    let tls = plan.access.server.is_some();
    let running = start(plan).await?;
    tracing::info!(address = %running.address, tls, "serving");
    let stop = running.stop.clone();
    tokio::spawn(async move {
        asked_to_stop().await;
        stop.stop();
    });
    Ok(running.ended().await?)
}

fn parse_roles(names: &[String]) -> Result<Vec<Role>, String> {
    if names == ["all"] {
        return Ok(Role::ALL.to_vec());
    }
    let mut roles = names.iter().map(|name| name.parse()).collect::<Result<Vec<Role>, _>>()?;
    roles.sort_unstable();
    roles.dedup();
    Ok(roles)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_read_once_each_and_a_wrong_one_is_named() {
        let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        assert_eq!(parse_roles(&names(&["all"])), Ok(Role::ALL.to_vec()));
        let two = parse_roles(&names(&["ticketing", "intake", "intake"]));
        assert_eq!(two, Ok(vec![Role::Intake, Role::Ticketing]));
        assert!(parse_roles(&names(&["intak"])).unwrap_err().contains("\"intak\" is none of"));
    }
}
