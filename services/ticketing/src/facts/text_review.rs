//! The review of what negative ratings say, where the profile has one (T08): it is there as soon as the
//! rating has its ticket.

use std::collections::{HashMap, HashSet};

use domain::text_review::{TextReview, is_reviewed};
use platform::{
    convert::{self, deadline_to_wire},
    database::Txn,
    facts::consume::{Obstacle, Retraction},
    reference::{Reference, Snapshot},
};
use prost::Message as _;
use proto::{
    fact::v1::{Fact, RatingSubmitted, fact::Body},
    r#type::v1::Origin,
};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::{convert::ticket::authority_region, entity::text_review, store};

/// Opens the reviews of ratings that were just applied; `left` are the facts that were not.
pub(super) async fn apply(
    reference: &Reference,
    txn: &Txn,
    told: &[Fact],
    left: &[(u64, Obstacle)],
) -> Result<(), DbErr> {
    let left: HashSet<u64> = left.iter().map(|(position, _)| *position).collect();
    let mut worded = HashMap::new();
    for fact in told.iter().filter(|fact| !left.contains(&fact.position)) {
        let Some(Body::RatingSubmitted(said)) = &fact.body else { continue };
        if let Some(id) = has_words(said) {
            worded.insert(id, (fact.position, said));
        }
    }
    if worded.is_empty() {
        return Ok(());
    }
    let known = reference.now();
    let mut rows = Vec::new();
    // Whatever has no ticket was not negative enough, or is of another history.
    for belongs in store::text_review::tickets_of(txn, worded.keys().copied().collect()).await? {
        let Some((position, said)) = worded.get(&belongs.rating_id) else { continue };
        rows.extend(review(&known, belongs.rating_id, belongs.ticket_id, *position, said));
    }
    rows.sort_by_key(|row| row.rating_id);
    store::text_review::insert(txn, rows).await
}

/// Takes back what facts after a position brought.
pub(super) async fn forget(txn: &Txn, after: i64, forgotten: &mut Retraction) -> Result<(), DbErr> {
    let gone = store::text_review::delete_after(txn, after).await?;
    if gone > 0 {
        forgotten.words.push(format!("{gone} reviews of texts are no more"));
    }
    Ok(())
}

/// The rating's id, if it is a rater's negative one with a text or tags.
fn has_words(said: &RatingSubmitted) -> Option<Uuid> {
    let given = matches!(Origin::try_from(said.origin), Ok(Origin::Active | Origin::Paper));
    let words = said.has_text || !said.tag_codes.is_empty();
    let is_reviewed = |level| is_reviewed(level, given, words);
    let is_reviewed = convert::level(said.level).is_ok_and(is_reviewed);
    said.rating_id.parse().ok().filter(|_| is_reviewed)
}

fn review(
    known: &Snapshot,
    rating_id: Uuid,
    ticket_id: Uuid,
    position: u64,
    said: &RatingSubmitted,
) -> Option<text_review::Model> {
    let act = said.act.as_ref()?;
    // Its ticket was opened under this profile, so it is known.
    let (profile, calendar) = (known.policy(&act.policy)?, known.calendar()?);
    let rated_at = convert::instant_of(said.received_at.as_ref()).ok()?;
    let review = TextReview::open(rated_at, profile, &calendar.of(&act.region_code));
    let review = match review {
        Ok(review) => review?,
        Err(error) => {
            tracing::error!(rating.id = %rating_id, %error, "no review of its text");
            return None;
        }
    };
    Some(text_review::Model {
        rating_id,
        ticket_id,
        region_code: authority_region(&act.region_code),
        agency_id: act.agency_id.clone(),
        has_text: said.has_text,
        tag_codes: said.tag_codes.join(","),
        silence_accepts: review.silence_accepts,
        due_at: review.deadline.due_at.as_microsecond(),
        deadline: deadline_to_wire(&review.deadline).encode_to_vec(),
        deadlines_before: None,
        provisional: review.deadline.provisional,
        verdict: 0,
        ground: 0,
        decided_at: None,
        decided_by: String::new(),
        accepted_at: None,
        accepted_by: String::new(),
        fact_position: i64::try_from(position).unwrap_or(i64::MAX),
    })
}

#[cfg(test)]
mod tests;
