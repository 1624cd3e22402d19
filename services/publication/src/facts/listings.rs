//! Ratings that may be shown one by one (P05): every one that its rater does not keep from the public,
//! and that a rater gave. Whether it counts, or is excluded, is known where it is read.

use std::collections::BTreeSet;

use domain::{canary::is_robots, deadline::day_of, rating::Origin};
use platform::{clock::instant, database::Txn, facts::consume::Obstacle, shell::Shell};
use proto::fact::v1::{Fact, fact::Body};
use sea_orm::DbErr;

use super::acts;
use crate::{
    entity::{
        column::{day_to_column, origin},
        listing,
    },
    store::disclosure::listings,
};

/// Keeps those of some facts that were applied.
pub(super) async fn apply(
    txn: &Txn,
    shell: &Shell,
    facts: &[Fact],
    left: &[(u64, Obstacle)],
) -> Result<(), DbErr> {
    let aside: BTreeSet<u64> = left.iter().map(|(position, _)| *position).collect();
    let facts = facts.iter().filter(|fact| !aside.contains(&fact.position));
    listings::insert(txn, facts.filter_map(|fact| listed(shell, fact)).collect()).await
}

fn listed(shell: &Shell, fact: &Fact) -> Option<listing::Model> {
    let Some(Body::RatingSubmitted(said)) = &fact.body else { return None };
    let news = acts::read(fact).ok()??;
    // A robot's proves that a way is open; it is no rater's word.
    if is_robots(&news.act.item_code) {
        return None;
    }
    let rating = news.rating.filter(|rating| !rating.private)?;
    let given = origin(rating.origin.into()).is_ok_and(|origin| origin != Origin::Default);
    given.then(|| listing::Model {
        rating_id: rating.id,
        act_id: news.act_id,
        shown_as: shell.salts.published_as(rating.id),
        region_code: news.act.region_code.clone(),
        agency_id: news.act.agency_id.clone(),
        item_code: news.act.item_code.clone(),
        day: day_to_column(day_of(instant(rating.received_at))),
        level: rating.level,
        channel: rating.channel,
        origin: rating.origin,
        tag_codes: said.tag_codes.join(","),
        has_text: said.has_text,
        fact_position: news.at.position,
    })
}
