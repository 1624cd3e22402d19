//! The own book, as it is compared with the service whose facts it holds: rows that somebody changed or deleted
//! in it must not go up.

use domain::violation::Violations;
use platform::{auth::PeerToken, database::Store};
use tonic::transport::Channel;

use super::source;
use crate::{
    convert::exchange::brought,
    store::exchange::{self, key::LaneKey},
};

/// How many facts are compared at once.
const PAGE: i64 = 500;

/// The first position after one, and up to another, at which the book has not what the service lists.
///
/// # Errors
/// In words, if the service cannot be asked or the book not be read.
pub(crate) async fn first_damaged(
    store: &Store,
    (peer, token): (&Channel, &PeerToken),
    producer: &str,
    (after, to): (i64, i64),
) -> Result<Option<i64>, String> {
    let (key, mut at) = (LaneKey::own(producer), after);
    while at < to {
        let limit = u32::try_from((to - at).min(PAGE)).unwrap_or_default();
        let page = source::list(peer, token, producer, at, limit).await;
        let page = page.map_err(|status| format!("{producer}: {}", status.message()))?;
        let mut wrong = Violations::default();
        let listed = brought(&mut wrong, producer, at, page.facts);
        wrong.finish(()).map_err(|wrong| format!("{producer}: {wrong}"))?;
        let many = listed.len() as u64;
        let kept = exchange::facts(store.read(), &key, at, many).await;
        let mut kept = kept.map_err(|error| error.to_string())?.into_iter();
        for fact in listed {
            at = fact.row.position;
            if kept.next() != Some(fact.row) {
                return Ok(Some(at));
            }
        }
        if many == 0 {
            return Ok(Some(at + 1));
        }
    }
    Ok(None)
}
