//! Computes the public log again and compares it with the ratings of both services that keep them (I22).

use std::{collections::BTreeSet, io::Write};

use platform::{
    crypto::Sealer,
    database::{Location, Store},
    facts,
    keys::Keys,
    receipt::ReceiptSalts,
};
use proto::fact::v1::fact::Body;
use publication::jobs::check_log::{self, Finding, LogReport};

use crate::{roles::Role, settings::Transparency};

/// How many ratings are compared at once.
const PAGE: u64 = 1_000;
/// The name of intake in findings.
const INTAKE: &str = "intake";

/// Names everything that is not as it was signed; an error if there is anything.
pub(crate) async fn verify(
    location: &Location,
    keys: &Keys,
    transparency: &Transparency,
    out: &mut impl Write,
) -> Result<(), Box<dyn std::error::Error>> {
    let key = keys.log_pem.as_deref().map(|pem| transparency.key(pem)).transpose()?;
    let key = key.map(|key| key.verifier());
    let (salts, sealer) = (ReceiptSalts::new(keys), Sealer::new(&keys.sealing));
    let (own, other) =
        (Role::Publication.open(location).await?, Role::Intake.open(location).await?);
    let seen = check_log::last_position(&own).await?;
    let mut report = check_log::run(&own, &salts, key.as_ref(), async |leaves, report| {
        let ids: Vec<_> = leaves.iter().map(|(id, _)| *id).collect();
        let found = intake::jobs::check_log::leaves(&other, (&salts, &sealer), &ids).await?;
        for (id, hash) in leaves {
            match found.get(id) {
                None => report.find(Finding::Deleted(*id, INTAKE)),
                Some(leaf) if *leaf != Some(*hash) => report.find(Finding::Changed(*id, INTAKE)),
                Some(_) => {}
            }
        }
        Ok(())
    })
    .await?;
    told(&own, (&other, &salts), seen, &mut report).await?;
    slipped_in(&own, &other, seen, &mut report).await?;
    own.close().await;
    other.close().await;
    let LogReport { leaves, heads, findings, more } = report;
    for finding in &findings {
        writeln!(out, "{finding}")?;
    }
    match findings.len() as u64 + more {
        0 => Ok(writeln!(
            out,
            "the public log is whole 完整: {leaves} ratings, {heads} signed heads in {location}"
        )?),
        all => Err(format!("the public log: {all} findings in {leaves} ratings").into()),
    }
}

/// Compares the facts that intake told of its ratings with their leaves.
async fn told(
    own: &Store,
    (other, salts): (&Store, &ReceiptSalts),
    seen: i64,
    report: &mut LogReport,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut after = 0;
    while after < seen {
        let facts = facts::list(other, after, PAGE).await?;
        let last = facts.last().map_or(seen, |last| last.position.cast_signed()).min(seen);
        check_log::facts::compare(own, salts, (after, last), &facts, report).await?;
        after = last;
    }
    Ok(())
}

/// Finds ratings of intake that are in no leaf; those of facts behind a position may be on their way.
async fn slipped_in(
    own: &Store,
    other: &Store,
    seen: i64,
    report: &mut LogReport,
) -> Result<(), Box<dyn std::error::Error>> {
    let (mut after, mut missed) = (None, BTreeSet::new());
    loop {
        let page = intake::jobs::check_log::ratings_after(other, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(*last);
        missed.extend(check_log::not_logged(own, &page).await?);
    }
    let mut at = seen;
    while !missed.is_empty() {
        let facts = facts::list(other, at, PAGE).await?;
        let Some(last) = facts.last() else { break };
        at = last.position.cast_signed();
        for fact in facts {
            if let Some(Body::RatingSubmitted(rating)) = fact.body {
                missed.retain(|id| id.to_string() != rating.rating_id);
            }
        }
    }
    missed.into_iter().for_each(|id| report.find(Finding::NotLogged(id, INTAKE)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use domain::{id::ActId, level::Level};
    use intake::config::RatingLimits;
    use platform::{
        bus::Bus,
        server::listen,
        testing::{TestPlace, wait::until},
    };
    use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
    use uuid::Uuid;

    use super::*;
    use crate::{
        client::receipt::{self, ReceiptArgs, VerifyArgs},
        demo::{self, story},
    };

    #[derive(clap::Parser)]
    struct Fetch {
        #[command(flatten)]
        args: ReceiptArgs,
    }

    #[derive(clap::Parser)]
    struct Check {
        #[command(flatten)]
        args: VerifyArgs,
    }

    async fn by_hand(store: &Store, sql: &str) {
        let statement = Statement::from_string(store.backend(), sql.to_owned());
        store.write().execute_raw(statement).await.unwrap();
    }

    async fn verified(place: &TestPlace, keys: &Keys) -> Result<String, String> {
        let mut told = Vec::new();
        let outcome = verify(&place.location, keys, &Transparency::default(), &mut told).await;
        let told = String::from_utf8(told).unwrap();
        outcome.map(|()| told.clone()).map_err(|error| format!("{told}{error}"))
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn i22_from_the_touch_to_a_receipt_checked_offline_and_a_change_by_hand_is_named() {
        let (place, keys) = (TestPlace::new().await, Keys::make());
        let listener = listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let (running, tokens) = demo::start(
            place.location.clone(),
            keys.clone(),
            listener,
            Bus::embedded(),
            None,
            RatingLimits::NONE,
        )
        .await
        .unwrap();
        let endpoint = format!("http://{}", running.address);
        let levels = [Level::VeryDissatisfied];
        story::play(&endpoint, &tokens, &levels, &mut Vec::new()).await.unwrap();
        let own = Role::Publication.open(&place.location).await.unwrap();
        let other = Role::Intake.open(&place.location).await.unwrap();
        until("the rating has its leaf under a signed head", async || {
            let heads = "SELECT size FROM tree_head WHERE size = (SELECT count(*) FROM leaf)";
            let statement = Statement::from_string(own.backend(), heads.to_owned());
            own.read().query_one_raw(statement).await.unwrap().is_some()
        })
        .await;
        let whole = verified(&place, &keys).await.unwrap();
        assert!(whole.contains("the public log is whole"), "{whole}");
        let row =
            Statement::from_string(other.backend(), "SELECT id, act_id FROM rating".to_owned());
        let row = other.read().query_one_raw(row).await.unwrap().unwrap();
        let (id, act): (Uuid, Uuid) =
            (row.try_get("", "id").unwrap(), row.try_get("", "act_id").unwrap());
        receipt_of(&endpoint, &keys, running.shell.invitations.token(ActId(act)), id).await;
        let literal = match own.backend() {
            DbBackend::Postgres => format!("'{id}'"),
            _ => format!("x'{}'", id.simple()),
        };
        let found = async |sql: &str| {
            by_hand(&other, sql).await;
            verified(&place, &keys).await.unwrap_err()
        };
        // The fact of the rating is gone; the others stay where they are.
        let position = Statement::from_string(
            own.backend(),
            format!("SELECT fact_position FROM leaf WHERE id = {literal}"),
        );
        let position = own.read().query_one_raw(position).await.unwrap().unwrap();
        let position: i64 = position.try_get("", "fact_position").unwrap();
        let told = found(&format!("DELETE FROM fact WHERE position = {position}")).await;
        let gone = format!("rating {id} was deleted from the facts of intake");
        assert!(told.contains(&gone), "{told}");
        let told =
            found(&format!("UPDATE rating SET private = NOT private WHERE id = {literal}")).await;
        assert!(told.contains(&format!("rating {id} was changed in intake")), "{told}");
        let slipped = match own.backend() {
            DbBackend::Postgres => "'00000000-0000-0000-0000-000000000007'",
            _ => "x'00000000000000000000000000000007'",
        };
        let told = found(&format!("UPDATE rating SET id = {slipped} WHERE id = {literal}")).await;
        assert!(told.contains(&format!("rating {id} was deleted from intake")), "{told}");
        assert!(told.contains("0000-000000000007 of intake is in no leaf"), "{told}");
        by_hand(&own, &format!("UPDATE rating SET level = 3 WHERE id = {literal}")).await;
        let told = verified(&place, &keys).await.unwrap_err();
        assert!(told.contains(&format!("rating {id} was changed in publication")), "{told}");
        own.close().await;
        other.close().await;
        running.stop.stop();
        running.ended().await.unwrap();
    }

    /// Fetches a rating's receipt as its rater does, and checks it.
    async fn receipt_of(endpoint: &str, keys: &Keys, token: String, id: Uuid) {
        use clap::Parser as _;
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        std::fs::write(at("token"), token).unwrap();
        let key = Transparency::default().key(keys.log_pem.as_deref().unwrap()).unwrap();
        std::fs::write(at("log.pub"), key.verifier_key()).unwrap();
        let (asked, rating) = (at("token"), id.to_string());
        let line = ["receipt", "--endpoint", endpoint, "--invitation", &asked, "--rating", &rating];
        let fetch = Fetch::parse_from(line.into_iter().chain(["--out", &at("receipt")]));
        receipt::fetch(&fetch.args, &mut Vec::new()).await.unwrap();
        let line = ["verify", "--receipt", &at("receipt"), "--key", &at("log.pub")];
        let mut told = Vec::new();
        receipt::verify(&Check::parse_from(line).args, &mut told).unwrap();
        assert!(String::from_utf8(told).unwrap().contains(&rating));
    }
}
