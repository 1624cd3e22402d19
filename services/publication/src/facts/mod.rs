//! The facts this service follows, applied in batches: what is known of their acts and tickets is
//! read once, each fact is applied in memory, and every act, ticket and count is written once. The
//! order of facts from different producers does not matter: figures depend on the facts alone.

mod acts;
mod exclusions;
mod findings;
mod known_acts;
mod log;
mod private;
mod reading;
mod standing;
mod tickets;
mod weight;

use std::collections::BTreeSet;

use platform::{
    database::{Store, Txn},
    facts::{
        consume::{ApplyOutcome, Consumer, Retraction},
        history::Place,
    },
    shell::Shell,
};
use proto::fact::v1::{Fact, fact::Body};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::store::{self, statistics::sums::Sums};

/// Applies others' facts here.
pub struct Facts {
    pub(crate) shell: Shell,
}

/// The producer of acts and ratings.
const INTAKE: &str = "intake";

impl Consumer for Facts {
    fn producers(&self) -> &'static [&'static str] {
        &[INTAKE, "ticketing"]
    }

    async fn apply(&self, txn: &Txn, facts: &[Fact]) -> Result<ApplyOutcome, DbErr> {
        let (mut sums, mut left) = (Sums::default(), Vec::new());
        acts::apply(txn, facts, &mut sums, &mut left).await?;
        exclusions::apply(txn, facts, &mut sums, &mut left).await?;
        tickets::apply(txn, facts, &mut sums, &mut left).await?;
        log::apply(txn, &self.shell, facts, &mut left).await?;
        findings::apply(txn, facts, &mut left).await?;
        sums.write(txn).await?;
        Ok(ApplyOutcome { told: Vec::new(), left })
    }

    async fn applied(&self, _: &str) {}

    async fn last_trace(
        &self,
        store: &Store,
        producer: &str,
        up_to: i64,
    ) -> Result<Option<Place>, DbErr> {
        match producer {
            INTAKE => store::statistics::acts::last_trace(store.read(), up_to).await,
            _ => store::disclosure::last_trace(store.read(), up_to).await,
        }
    }

    async fn forget(&self, txn: &Txn, producer: &str, after: i64) -> Result<Retraction, DbErr> {
        let mut sums = Sums::default();
        let mut forgotten = match producer {
            INTAKE => {
                let mut forgotten = acts::forget(txn, after, &mut sums).await?;
                forgotten.words.extend(log::forget(txn, &self.shell, after).await?);
                forgotten
            }
            _ => {
                let forgotten = tickets::forget(txn, after, &mut sums).await?;
                let of = Some(&forgotten.subjects).filter(|_| after > 0);
                exclusions::forget(txn, of, &mut sums).await?;
                forgotten
            }
        };
        findings::forget(txn, producer == INTAKE, after, &mut forgotten).await?;
        sums.write(txn).await?;
        Ok(forgotten)
    }

    fn concerns(&self, fact: &Fact, subjects: &BTreeSet<Uuid>) -> bool {
        let about = match &fact.body {
            Some(Body::RatingInvited(invited)) => invited.act.as_ref().map(|act| &act.act_id),
            Some(Body::RatingSubmitted(rating)) => rating.act.as_ref().map(|act| &act.act_id),
            Some(Body::TicketOpened(opened)) => Some(&opened.ticket_id),
            Some(Body::RatingJoinedTicket(joined)) => Some(&joined.ticket_id),
            Some(Body::TicketStepped(stepped)) => Some(&stepped.ticket_id),
            Some(Body::TicketAnnulled(annulled)) => Some(&annulled.ticket_id),
            Some(Body::DeadlineWatched(watched)) => Some(&watched.ticket_id),
            Some(Body::RatingExcluded(excluded)) => Some(&excluded.ticket_id),
            Some(Body::RatingReinstated(reinstated)) => Some(&reinstated.ticket_id),
            _ => findings::source_of(fact),
        };
        let about = about.and_then(|id| id.parse::<Uuid>().ok());
        about.is_some_and(|id| subjects.contains(&id))
    }
}

#[cfg(test)]
mod tests;
