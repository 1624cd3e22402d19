//! Signs the public log's head, once a minute at most and only if it has grown, and keeps it. Two replicas that do it at once
//! leave one head.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use platform::{
    clock::instant,
    lease::{LEASE, hold},
    status::{Failure, causes},
    trouble::Kind,
};
use uuid::Uuid;

use crate::{
    entity::{tree, tree_head},
    state::Publication,
    store::transparency::{self, heads, tiles},
};

/// How much time is between two heads at least.
pub(crate) const EVERY: SignedDuration = SignedDuration::from_secs(60);
/// How often it looks.
const LOOK: Duration = Duration::from_secs(1);
/// The lease's name.
const JOB: &str = "sign_heads";
/// The trouble of a head that is not signed.
const WAIT: Kind = Kind::Job("the public log's head to be signed");

/// Keeps signing until the process stops.
pub async fn run(publication: Publication) {
    let holder = publication.shell.clock.new_id();
    let troubles = publication.store.troubles();
    while !publication.shell.stop.is_stopped() {
        match round(&publication, holder).await {
            Ok(()) => troubles.end(WAIT),
            Err(error) => troubles.meet(WAIT, causes(&error)),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = publication.shell.stop.stopped() => {}
        }
    }
}

/// Signs the head as it is, unless it was signed before. A tree that does not begin with the last head
/// is signed no more, and is told of even if nothing is new.
pub(crate) async fn round(publication: &Publication, holder: Uuid) -> Result<(), Failure> {
    let Some(key) = &publication.log else { return Ok(()) };
    let (store, now) = (&publication.store, publication.shell.clock.now());
    let tree = transparency::tree(store.read()).await?;
    let last = heads::newest_of(store.read(), tree.epoch).await?;
    // Read one after the other these need not be of one moment: whatever is wrong is looked at again.
    let is_well = transparency::begins_with(store.read(), &tree, last.as_ref()).await?;
    let is_calm = is_well && !is_due(&tree, last.as_ref(), now);
    if is_calm || !hold(store, JOB, holder, now, LEASE).await? {
        return Ok(());
    }
    let txn = store.begin().await?;
    // Whoever adds leaves waits meanwhile, so that size and root are of one moment.
    let tree = transparency::hold(&txn).await?;
    let last = heads::newest_of(&txn, tree.epoch).await?;
    if !transparency::begins_with(&txn, &tree, last.as_ref()).await? {
        txn.rollback().await?;
        let what = "the public log does not begin with its last signed head: run pingyi verify-log";
        return Err(Failure::Internal(what.to_owned()));
    }
    if !is_due(&tree, last.as_ref(), now) {
        return Ok(txn.rollback().await?);
    }
    let damaged = || Failure::Internal("the public log's tiles are not whole".to_owned());
    let root = tiles::root(&txn, tree.size).await?.ok_or_else(damaged)?;
    let signed = key.sign(tree.epoch.unsigned_abs(), (tree.size.unsigned_abs(), root), now);
    let note = signed.map_err(|error| Failure::Internal(error.to_string()))?;
    let head = tree_head::Model {
        epoch: tree.epoch,
        size: tree.size,
        root: root.to_vec(),
        signed_at: now.as_microsecond(),
        note,
    };
    heads::insert(&txn, head).await?;
    Ok(txn.commit().await?)
}

/// Whether the tree has grown since its last head, and that is long enough ago.
fn is_due(tree: &tree::Model, last: Option<&tree_head::Model>, now: Timestamp) -> bool {
    let rested = |last: &tree_head::Model| now.duration_since(instant(last.signed_at)) >= EVERY;
    tree.size > 0 && last.is_none_or(|last| last.size < tree.size && rested(last))
}
