//! Amendments: what remains of ratings that were told, told once more.

use platform::database::{Txn, many};
use sea_orm::DbErr;
use uuid::Uuid;

use super::{
    record::insert,
    state::{AMENDMENT, BLOCKED, RATING, READY},
};
use crate::entity::national_record;

/// What makes the id of an amendment of that of its rating.
const AMENDS: u128 = u128::from_be_bytes(*b"pingyi-amendment");

/// Has what remains of ratings that were sent be told again; returns how many these are.
pub(super) async fn amend(txn: &Txn, ratings: Vec<Uuid>, now: i64) -> Result<u64, DbErr> {
    let ratings = many::by_id::<national_record::Entity>(txn, ratings).await?.into_iter();
    let sent = ratings.filter(|row| row.kind == RATING && row.sent_at.is_some());
    let amendments: Vec<_> = sent
        .map(|rating| national_record::Model {
            id: Uuid::from_u128(rating.id.as_u128() ^ AMENDS),
            kind: AMENDMENT,
            // It comes of no service's fact.
            producer: String::new(),
            position: 0,
            recorded_at: now,
            case_id: None,
            act_id: None,
            rating_id: Some(rating.id),
            service: 0,
            rating: 0,
            level: 0,
            needs: Some(rating.id),
            fact: Vec::new(),
            // One that is told still, or again, goes before.
            state: if rating.state == READY { BLOCKED } else { READY },
            due_at: now,
            tries: 0,
            reason: String::new(),
            words: String::new(),
            receipt: String::new(),
            receipted_at: None,
            sent_at: None,
            number: 0,
        })
        .collect();
    let many = amendments.len() as u64;
    // One that was told before is told anew; its answer on the way is that of the one before.
    let anew = "ON CONFLICT (id) DO UPDATE SET state = excluded.state, needs = excluded.needs, due_at = excluded.due_at, \
                recorded_at = excluded.recorded_at, sent_at = NULL, tries = 0, reason = '', words = ''";
    insert(txn, amendments, anew).await?;
    Ok(many)
}

/// Ratings, or corrections of them, are in the history again: what was amended of them is amended anew.
pub(super) async fn amend_again(txn: &Txn, ratings: Vec<Uuid>, now: i64) -> Result<(), DbErr> {
    if ratings.is_empty() {
        return Ok(());
    }
    let amended = many::by::<national_record::Entity>(txn, "rating_id", ratings).await?;
    let amended = amended.into_iter().filter(|row| row.kind == AMENDMENT);
    amend(txn, amended.filter_map(|row| row.rating_id).collect(), now).await.map(drop)
}
