//! Revokes in every service's store: no process can be asked to forget, and none needs another.

use std::io::Write;

use jiff::Timestamp;
use platform::{
    auth::revocation::{self, Revocation, Revoked},
    clock::Clock,
    database::Location,
};

use super::TokenError;
use crate::{
    cli::{ConfigFile, location},
    roles::Role,
};

/// What is revoked.
#[derive(clap::Args, Debug)]
#[group(id = "what", required = true, multiple = false, args = ["id", "caller"])]
pub(super) struct Revoke {
    /// A token, by its id (`jti`)
    #[arg(long)]
    id: Option<String>,
    /// Everything of a caller (`sub`) that was signed until now, and every certificate of theirs
    #[arg(long, value_name = "WHO")]
    caller: Option<String>,
    #[command(flatten)]
    config: ConfigFile,
}

pub(super) async fn run(
    asked: Revoke,
    clock: &Clock,
    out: &mut impl Write,
) -> Result<(), TokenError> {
    let Revoke { id, caller, config } = asked;
    let (field, what) = match (id, caller) {
        (Some(id), _) => ("id", Revoked::parse(true, &id)),
        (None, caller) => ("caller", Revoked::parse(false, &caller.unwrap_or_default())),
    };
    let what = what.map_err(|reason| TokenError::Name { field, reason })?;
    let at = clock.now();
    // How long certificates and others' tokens are good for is not known here.
    revoke(&at_stores(&config)?, &Revocation { what, at, until: Timestamp::MAX }).await?;
    Ok(writeln!(out, "revoked; every process knows it within a few seconds")?)
}

async fn revoke(stores: &Location, revocation: &Revocation) -> Result<(), TokenError> {
    for role in Role::ALL {
        let failed = |why: String| {
            TokenError::Stores(format!("{why}; run it again, what is revoked already stays so"))
        };
        let store = role.open(stores).await.map_err(|error| failed(error.to_string()))?;
        let done = revocation::revoke(&store, revocation).await;
        store.close().await;
        done.map_err(|error| failed(format!("{role}: {error}")))?;
    }
    Ok(())
}

/// Writes what is revoked, by the first service that says so.
pub(super) async fn list(config: &ConfigFile, out: &mut impl Write) -> Result<(), TokenError> {
    let stores = at_stores(config)?;
    let mut told = Vec::new();
    for role in Role::ALL {
        let failed = |why: String| TokenError::Stores(format!("{role}: {why}"));
        let store = role.open(&stores).await.map_err(|error| failed(error.to_string()))?;
        let listed = revocation::list(&store).await;
        store.close().await;
        for revocation in listed.map_err(|error| failed(error.to_string()))? {
            let line = match &revocation.what {
                Revoked::Token(id) => format!("{} token {id}", revocation.at),
                Revoked::Caller(who) => format!("{} caller {who}", revocation.at),
            };
            if !told.contains(&line) {
                writeln!(out, "{line}")?;
                told.push(line);
            }
        }
    }
    Ok(())
}

fn at_stores(config: &ConfigFile) -> Result<Location, TokenError> {
    let settings = config.load().map_err(|error| TokenError::Stores(error.to_string()))?;
    location(&settings).map_err(TokenError::Stores)
}

#[cfg(test)]
mod tests {
    use platform::testing::TestPlace;

    use super::*;

    #[tokio::test]
    async fn s04_what_is_revoked_stands_in_every_services_store_and_can_be_repeated() {
        let place = TestPlace::new().await;
        for role in Role::ALL {
            role.migrate(&place.location).await.unwrap();
        }
        let at = Clock::System.now();
        let of = |what: Revoked| Revocation { what, at, until: Timestamp::MAX };
        let token = of(Revoked::parse(true, "t1").unwrap());
        let caller = of(Revoked::parse(false, "652301-t01").unwrap());
        for revocation in [&token, &caller, &token] {
            revoke(&place.location, revocation).await.unwrap();
        }
        for role in Role::ALL {
            let store = role.open(&place.location).await.unwrap();
            let kept = revocation::list(&store).await.unwrap();
            assert!(kept.contains(&token) && kept.contains(&caller) && kept.len() == 2, "{role}");
            store.close().await;
        }
        assert!(Revoked::parse(true, "").is_err() && Revoked::parse(false, "a|b").is_err());
    }
}
