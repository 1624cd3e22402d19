//! The facts this service writes, and those it follows: intake's ratings and matters, and the
//! catalog's, whose items name the tickets that caused a change.

pub(crate) mod focus;
mod follow_up;
mod follower;
mod forget;
mod opening;
mod restricted;
mod text_review;

use std::collections::BTreeSet;

use platform::{
    convert,
    database::{Store, Txn},
    facts::{
        consume::{ApplyOutcome, Consumer, Obstacle, Retraction},
        history::Place,
    },
    reference::{CATALOG, Reference},
};
use prost::Message as _;
use proto::{
    catalog::v1::{CauseKind, Item},
    fact::v1::{Fact, ItemPublished, fact::Body},
};
use sea_orm::DbErr;
use uuid::Uuid;

pub use follower::Facts;

use crate::{entity::ticket_effect, store};

impl Consumer for Facts {
    fn producers(&self) -> &'static [&'static str] {
        &[CATALOG, "intake"]
    }

    async fn apply(&self, txn: &Txn, facts: &[Fact]) -> Result<ApplyOutcome, DbErr> {
        let Some(first) = facts.first() else { return Ok(ApplyOutcome::default()) };
        if first.producer == CATALOG {
            let left = catalog_said(txn, facts).await?;
            return Ok(ApplyOutcome { told: Vec::new(), left });
        }
        let (clock, sealer) = (&self.clock, &self.sealer);
        let mut applied = opening::apply(clock, &self.reference, sealer, txn, facts).await?;
        text_review::apply(&self.reference, txn, facts, &applied.left).await?;
        let answered = follow_up::apply(clock, &self.reference, sealer, txn, facts).await?;
        applied.told.extend(answered.told);
        applied.left.extend(answered.left);
        let left = applied.left.iter().map(|(position, _)| *position).collect();
        applied.left.extend(focus::apply(txn, facts, &left).await?);
        applied.left.extend(focus::complaints::apply(txn, facts, &left).await?);
        applied.left.extend(restricted::apply(sealer, txn, facts).await?);
        Ok(applied)
    }

    async fn applied(&self, producer: &str) {
        if producer == CATALOG {
            self.reference.refresh_or_say().await;
        }
    }

    async fn last_trace(
        &self,
        store: &Store,
        producer: &str,
        up_to: i64,
    ) -> Result<Option<Place>, DbErr> {
        match producer {
            CATALOG => Reference::last_trace(store, up_to).await,
            _ => {
                let ticketed = store::ticket::last_trace(store.read(), up_to).await?;
                let counted = store::focus::ratings::last_trace(store.read(), up_to).await?;
                let complained = store::focus::complaints::last_trace(store.read(), up_to).await?;
                let reported = store::restricted::last_trace(store.read(), up_to).await?;
                let answered = store::ticket::last_answer(store.read(), up_to).await?;
                let all = [ticketed, counted, complained, reported, answered].into_iter().flatten();
                Ok(all.max_by_key(|place| place.position))
            }
        }
    }

    async fn forget(&self, txn: &Txn, producer: &str, after: i64) -> Result<Retraction, DbErr> {
        match producer {
            CATALOG => forget::catalog(txn, after).await,
            _ => {
                let mut forgotten = forget::intake(txn, self, after).await?;
                let reference = &self.reference;
                follow_up::forget(txn, &self.clock, reference, after, &mut forgotten).await?;
                text_review::forget(txn, after, &mut forgotten).await?;
                forget::appeals(txn, self, &mut forgotten).await?;
                Ok(forgotten)
            }
        }
    }

    fn concerns(&self, _: &Fact, _: &BTreeSet<Uuid>) -> bool {
        // Each rating and each matter is independent: taking back one needs no other one to be
        // applied again.
        false
    }
}

async fn catalog_said(txn: &Txn, facts: &[Fact]) -> Result<Vec<(u64, Obstacle)>, DbErr> {
    let left = Reference::apply(txn, facts).await?;
    for fact in facts {
        let is_left = left.iter().any(|(position, _)| *position == fact.position);
        if let Some(Body::ItemPublished(published)) = &fact.body
            && !is_left
        {
            item_published(txn, published).await?;
        }
    }
    Ok(left)
}

/// A version of an item names the tickets that led to it, and each ticket names the version (C14).
/// A ticket that is not here was named by mistake: the item stays.
async fn item_published(txn: &Txn, published: &ItemPublished) -> Result<(), DbErr> {
    // Reference data could read it, so it is readable.
    let item = Item::decode(published.item.as_slice()).unwrap_or_default();
    focus::item_published(txn, published, &item).await?;
    let published_at = convert::instant_of(item.published_at.as_ref());
    let tickets = item.causes.iter().filter(|cause| cause.kind() == CauseKind::Ticket);
    for cause in tickets {
        let id = cause.id.parse::<Uuid>().ok();
        let (ticket_id, published_at) = match (id, published_at) {
            (Some(id), Ok(at)) if store::ticket::is_ticket(txn, id).await? => (id, at),
            _ => {
                let (code, version) = (&published.item_code, published.version);
                tracing::warn!(item.code = code, version, ticket = cause.id, "no such ticket");
                continue;
            }
        };
        let effect = ticket_effect::Model {
            ticket_id,
            item_code: published.item_code.clone(),
            version: published.version.into(),
            published_at: published_at.as_microsecond(),
        };
        store::ticket::put_effect(txn, effect).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
