//! The facts this service follows, applied in batches: what is known of their acts and tickets is
//! read once, each fact is applied in memory, and every act, ticket and count is written once. The
//! order of facts from different producers does not matter: figures depend on the facts alone.

mod acts;
mod canary;
pub(crate) mod entered;
mod exclusions;
mod findings;
mod known_acts;
mod listings;
pub(crate) mod log;
mod pain;
mod private;
mod reading;
pub(crate) mod recount;
pub(crate) mod standing;
mod ticket_counts;
mod tickets;
pub(crate) mod weight;
mod words;

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
};

use platform::{
    database::{Store, Txn},
    facts::{
        consume::{ApplyOutcome, Consumer, Retraction},
        history::Place,
    },
    reference::{CATALOG, Reference},
    shell::Shell,
};
use proto::fact::v1::{Fact, fact::Body};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::store::{self, statistics::sums::Sums};
use entered::Entering;

/// Applies others' facts here.
pub struct Facts {
    shell: Shell,
    reference: Reference,
    entering: Entering,
    /// Whether the store has the version of the fold that made its figures.
    begun: AtomicBool,
}

impl Facts {
    /// With what is known of the catalog.
    #[must_use]
    pub fn new(shell: Shell, reference: Reference) -> Self {
        Self { shell, reference, entering: Entering::Decided, begun: AtomicBool::new(false) }
    }

    /// To fold everything again, beside the store that serves.
    pub(crate) fn again(shell: Shell, reference: Reference, serving: Store) -> Self {
        Self { shell, reference, entering: Entering::AsIn(serving), begun: AtomicBool::new(false) }
    }
}

/// Whose facts figures are made of.
pub(crate) const FOLDED: [&str; 2] = [INTAKE, TICKETING];
/// The producer of acts and ratings.
const INTAKE: &str = "intake";
/// The producer of tickets and exclusions.
const TICKETING: &str = "ticketing";

impl Consumer for Facts {
    fn producers(&self) -> &'static [&'static str] {
        &[CATALOG, INTAKE, "ticketing"]
    }

    async fn apply(&self, txn: &Txn, facts: &[Fact]) -> Result<ApplyOutcome, DbErr> {
        if facts.first().is_some_and(|first| first.producer == CATALOG) {
            let left = Reference::apply(txn, facts).await?;
            store::statistics::items::follow(txn, facts).await?;
            return Ok(ApplyOutcome { told: Vec::new(), left });
        }
        if !self.begun.load(Ordering::Relaxed) {
            store::statistics::fold::begin(txn).await?;
        }
        // Each time: another replica may be of a later version, and rebuild them meanwhile.
        store::statistics::fold::admit(txn).await?;
        let (mut sums, mut left) = (Sums::default(), Vec::new());
        let entering = &self.entering;
        acts::apply(txn, facts, entering, &mut sums, &mut left).await?;
        exclusions::apply(txn, facts, entering, &mut sums, &mut left).await?;
        tickets::apply(txn, facts, entering, &mut sums, &mut left).await?;
        pain::apply(txn, facts, &mut sums, &mut left).await?;
        words::apply(txn, facts, &mut sums, &mut left).await?;
        listings::apply(txn, &self.shell, facts, &left).await?;
        // What is folded again are the figures; the log and the findings stay where they are.
        if let Entering::Decided = entering {
            log::apply(txn, &self.shell, facts, &mut left).await?;
            findings::apply(txn, facts, &mut left).await?;
            canary::apply(txn, &self.shell, facts, &left).await?;
        }
        sums.write(txn).await?;
        Ok(ApplyOutcome { told: Vec::new(), left })
    }

    async fn applied(&self, producer: &str) {
        if producer == CATALOG {
            self.reference.refresh_or_say().await;
        } else {
            self.begun.store(true, Ordering::Relaxed);
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
            INTAKE => store::statistics::acts::last_trace(store.read(), up_to).await,
            _ => store::disclosure::last_trace(store.read(), up_to).await,
        }
    }

    async fn forget(&self, txn: &Txn, producer: &str, after: i64) -> Result<Retraction, DbErr> {
        let mut sums = Sums::default();
        let mut forgotten = match producer {
            CATALOG => return forget_catalog(txn, after).await,
            INTAKE => {
                let mut forgotten = acts::forget(txn, after, &mut sums).await?;
                pain::forget(txn, after, &mut sums, &mut forgotten).await?;
                store::canary::forget(txn, after).await?;
                store::disclosure::listings::forget(txn, after).await?;
                forgotten.words.extend(log::forget(txn, &self.shell, after).await?);
                forgotten
            }
            _ => {
                let mut forgotten = tickets::forget(txn, after, &mut sums).await?;
                let entering = &self.entering;
                exclusions::forget(txn, after, entering, &mut sums, &mut forgotten).await?;
                forgotten
            }
        };
        findings::forget(txn, producer == INTAKE, after, &mut forgotten).await?;
        let lost = store::bulletin::lose_history(txn, producer == INTAKE, after).await?;
        let lost = lost.into_iter();
        forgotten.words.extend(
            lost.map(|(region, period)| format!("the bulletin of {region} about {period} is void")),
        );
        let now = self.shell.clock.now();
        let key = store::exchange::key::LaneKey::own(producer);
        let reported = store::exchange::take_back(txn, &key, after, now).await?;
        if reported > 0 {
            let words = "facts are withdrawn from what the upper platform is told";
            forgotten.words.push(format!("{reported} {words}"));
        }
        let at = now.as_microsecond();
        let undone = store::exchange::national::forget::forget(txn, producer, after, at).await?;
        if undone.untold > 0 {
            let words = "records are not told to the national platform";
            forgotten.words.push(format!("{} {words}", undone.untold));
        }
        if undone.told > 0 {
            let words = "records that the national platform has are in no history any more";
            let amended = "of their ratings it is told what remains; ask it to withdraw the others";
            let words = format!("{} {words}: {} {amended}", undone.told, undone.amended);
            forgotten.words.push(words);
        }
        sums.write(txn).await?;
        Ok(forgotten)
    }

    fn concerns(&self, fact: &Fact, subjects: &BTreeSet<Uuid>) -> bool {
        let about = match &fact.body {
            Some(Body::RatingInvited(invited)) => invited.act.as_ref().map(|act| &act.act_id),
            Some(Body::RatingSubmitted(rating)) => rating.act.as_ref().map(|act| &act.act_id),
            Some(Body::RatingWordsRead(read)) => Some(&read.act_id),
            _ => findings::source_of(fact),
        };
        let about = about.and_then(|id| id.parse::<Uuid>().ok());
        // Whatever a ticket is folded from.
        let about = about.or_else(|| tickets::ticket_of(fact).ok().flatten());
        about.is_some_and(|id| subjects.contains(&id))
    }
}

/// The catalog's facts after a position: no figure comes from them.
async fn forget_catalog(txn: &Txn, after: i64) -> Result<Retraction, DbErr> {
    let items = Reference::forget(txn, after).await?.into_iter();
    store::statistics::items::forget(txn, after).await?;
    let words = |(code, version)| format!("version {version} of item {code} is not known any more");
    Ok(Retraction { words: items.map(words).collect(), ..Retraction::default() })
}

#[cfg(test)]
mod tests;
