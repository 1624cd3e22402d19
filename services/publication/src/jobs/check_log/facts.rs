//! Compares the facts that intake told of its ratings with their leaves (I22): publication's rows follow from
//! these, and so does what an upper platform has.

use std::collections::{BTreeSet, HashMap};

use platform::{
    database::Store,
    receipt::ReceiptSalts,
    tlog::tiles::{TileId, WIDTH},
};
use proto::fact::v1::{Fact, fact::Body};
use sea_orm::DbErr;
use uuid::Uuid;

use super::{Finding, LogReport};
use crate::{
    entity::leaf,
    facts::log::read,
    store::transparency::{leaves, tiles},
};

/// What they are called in findings.
const FACTS: &str = "the facts of intake";

fn tile_of(leaf: &leaf::Model) -> TileId {
    (0, leaf.number.unsigned_abs() / WIDTH)
}

/// Compares all that intake tells after one position and up to another with the leaves of these positions.
///
/// # Errors
/// If the store fails.
pub async fn compare(
    store: &Store,
    salts: &ReceiptSalts,
    (after, to): (i64, i64),
    facts: &[Fact],
    report: &mut LogReport,
) -> Result<(), DbErr> {
    let rows = leaves::of_facts(store.read(), (after, to)).await?;
    let wanted: BTreeSet<TileId> = rows.iter().map(tile_of).collect();
    let held = tiles::load(store.read(), &wanted.into_iter().collect::<Vec<_>>()).await?;
    let mut logged: HashMap<Uuid, leaf::Model> =
        rows.into_iter().map(|row| (row.id, row)).collect();
    for fact in facts.iter().filter(|fact| fact.position.cast_signed() <= to) {
        let Some(Body::RatingSubmitted(said)) = &fact.body else { continue };
        let Ok(id) = said.rating_id.parse::<Uuid>() else { continue };
        let Some(row) = logged.remove(&id) else {
            report.find(Finding::NotLogged(id, FACTS));
            continue;
        };
        let told = read(salts, said, fact.position.cast_signed()).map(|(_, hash)| hash);
        let at = usize::try_from(row.number.unsigned_abs() % WIDTH).unwrap_or_default();
        if told.ok().as_ref() != held.hashes(tile_of(&row)).get(at) {
            report.find(Finding::Changed(id, FACTS));
        }
    }
    let mut gone: Vec<leaf::Model> = logged.into_values().collect();
    gone.sort_by_key(|row| row.number);
    gone.into_iter().for_each(|row| report.find(Finding::Deleted(row.id, FACTS)));
    Ok(())
}

#[cfg(test)]
mod tests {
    use prost::Message as _;
    use proto::r#type::v1::Level;

    use super::*;
    use crate::rpc::transparency::testing::Logged;

    /// The facts of ratings as intake lists them.
    fn listed(ratings: &[proto::fact::v1::RatingSubmitted]) -> Vec<Fact> {
        let fact = |(said, position): (&proto::fact::v1::RatingSubmitted, u64)| Fact {
            position,
            body: Some(Body::RatingSubmitted(said.clone())),
            ..Fact::default()
        };
        ratings.iter().zip(1..).map(fact).collect()
    }

    #[tokio::test]
    async fn i22_a_fact_of_a_rating_that_was_changed_deleted_or_slipped_in_is_found() {
        let logged = Logged::new().await;
        let ratings = logged.rate(300).await;
        let whole = listed(&ratings);
        let (store, salts) = (&logged.publication.store, &logged.publication.shell.salts);
        let found = async |facts: &[Fact], range| {
            let mut report = LogReport::default();
            compare(store, salts, range, facts, &mut report).await.unwrap();
            report.findings
        };
        assert_eq!(found(&whole, (0, 300)).await, []);
        assert_eq!(found(&whole[..200], (0, 200)).await, [], "page by page");
        assert_eq!(found(&whole[200..], (200, 300)).await, []);
        let id = |n: usize| ratings[n].rating_id.parse::<Uuid>().unwrap();
        let change = |n: usize, change: &dyn Fn(&mut proto::fact::v1::RatingSubmitted)| {
            let mut facts = whole.clone();
            if let Some(Body::RatingSubmitted(said)) = &mut facts[n].body {
                change(said);
            }
            facts
        };
        let milder = change(7, &|said| said.level = Level::Satisfied.into());
        assert_eq!(found(&milder, (0, 300)).await, [Finding::Changed(id(7), FACTS)]);
        let tagged = change(299, &|said| said.tag_codes.push("x".to_owned()));
        assert_eq!(found(&tagged, (0, 300)).await, [Finding::Changed(id(299), FACTS)]);
        let mut cut = whole.clone();
        cut.remove(280);
        assert_eq!(found(&cut, (0, 300)).await, [Finding::Deleted(id(280), FACTS)]);
        let other = Uuid::from_u128(7);
        let slipped = change(3, &|said| said.rating_id = other.to_string());
        let expected = [Finding::NotLogged(other, FACTS), Finding::Deleted(id(3), FACTS)];
        assert_eq!(found(&slipped, (0, 300)).await, expected);
        assert!(!whole[0].encode_to_vec().is_empty());
    }
}
