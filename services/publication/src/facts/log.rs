//! The public log (I22): each rating's fact becomes a leaf of the tree, in the transaction that moves the
//! cursor, in the order of the facts' positions. A fact that was set aside becomes one when it is applied.

use std::collections::{BTreeSet, HashSet};

use domain::{id::RatingId, log::shown_bits};
use platform::{
    database::Txn,
    facts::consume::Obstacle,
    receipt::{ReceiptSalts, leaf_of},
    shell::Shell,
    tlog::{
        Hash, TlogError,
        tiles::{Tiles, WIDTH, edge},
    },
};
use proto::{
    fact::v1::{Fact, RatingSubmitted, fact::Body},
    r#type::v1::RatingReceipt,
};
use sea_orm::DbErr;
use uuid::Uuid;

use super::reading::broken;
use crate::{
    entity::{leaf, log_break},
    store::transparency::{self, heads, leaves, tiles},
};

/// Adds the leaves of ratings that were applied.
pub(super) async fn apply(
    txn: &Txn,
    shell: &Shell,
    facts: &[Fact],
    left: &mut Vec<(u64, Obstacle)>,
) -> Result<(), DbErr> {
    let aside: BTreeSet<u64> = left.iter().map(|(position, _)| *position).collect();
    let mut new = Vec::new();
    for fact in facts.iter().filter(|fact| !aside.contains(&fact.position)) {
        let Some(Body::RatingSubmitted(said)) = &fact.body else { continue };
        match read(&shell.salts, said, fact.position.cast_signed()) {
            Ok(one) => new.push(one),
            Err(why) => left.push((fact.position, why)),
        }
    }
    if new.is_empty() {
        return Ok(());
    }
    // Facts are applied again after others were taken back, and after a rebuild.
    let known = leaves::known(txn, new.iter().map(|(row, _)| row.id)).await?;
    let mut seen: HashSet<Uuid> = known.into_iter().collect();
    new.retain(|(row, _)| seen.insert(row.id));
    append(txn, new).await
}

/// The leaf that a fact gives; its number is not known yet.
pub(crate) fn read(
    salts: &ReceiptSalts,
    said: &RatingSubmitted,
    position: i64,
) -> Result<(leaf::Model, Hash), Obstacle> {
    let id = super::reading::uuid(&said.rating_id)?;
    let receipt = RatingReceipt {
        rating_id: said.rating_id.clone(),
        act: said.act.clone(),
        level: said.level,
        channel: said.channel,
        origin: said.origin,
        private: said.private,
        received_at: said.received_at,
        given_at: said.given_at,
        tag_codes: said.tag_codes.clone(),
        tag_list_version: said.tag_list_version.clone(),
        batch_id: said.batch_id.clone(),
        words_hash: said.words_hash.clone(),
        salt: salts.of(id).to_vec(),
    };
    let made = leaf_of(&receipt).map_err(broken)?;
    let row = leaf::Model {
        id,
        number: 0,
        code: shown_bits(RatingId(id)),
        remainder: made.remainder.to_vec(),
        fact_position: position,
    };
    Ok((row, made.hash))
}

/// Adds leaves at the end of the tree.
async fn append(txn: &Txn, new: Vec<(leaf::Model, Hash)>) -> Result<(), DbErr> {
    if new.is_empty() {
        return Ok(());
    }
    let after = transparency::grow(txn, new.len()).await?.size.unsigned_abs();
    let size = after - new.len() as u64;
    let (mut rows, hashes): (Vec<leaf::Model>, Vec<Hash>) = new.into_iter().unzip();
    let mut grown = tiles::load(txn, &edge(size)).await?;
    grown.append(size, hashes).map_err(damaged)?;
    tiles::put(txn, grown).await?;
    for (row, number) in rows.iter_mut().zip(size..) {
        row.number = number.cast_signed();
    }
    leaves::insert(txn, rows).await
}

/// Takes back the leaves of facts after a position; returns what an operator is told. A head that was
/// signed and has such a leaf is never hidden: the log admits a break and goes on in another epoch.
pub(super) async fn forget(txn: &Txn, shell: &Shell, after: i64) -> Result<Vec<String>, DbErr> {
    let tree = transparency::hold(txn).await?;
    let Some(first) = leaves::first_after(txn, after).await? else { return Ok(Vec::new()) };
    // Applied late, though their facts came before: they stay, at the end.
    let (mut late, mut held) = (Vec::new(), Tiles::default());
    for row in leaves::late(txn, first, after).await? {
        let number = row.number.unsigned_abs();
        let place = (0, number / WIDTH);
        if !held.0.contains_key(&place) {
            held = tiles::load(txn, &[place]).await?;
        }
        let at = usize::try_from(number % WIDTH).unwrap_or_default();
        let hash = held.hashes(place).get(at).copied();
        late.push((row, hash.ok_or_else(|| damaged(TlogError::Malformed("a tile is not whole")))?));
    }
    let gone = leaves::delete_from(txn, first).await? - late.len() as u64;
    tiles::shrink(txn, first.unsigned_abs()).await?;
    let mut words = vec![format!("{gone} ratings leave the public log, from its leaf {first} on")];
    let mut epoch = tree.epoch;
    // An earlier break may have kept it: of this epoch there need not be a head yet.
    if let Some(head) = heads::largest_kept(txn, &tree, first).await? {
        epoch += 1;
        words.push(format!(
            "the public log breaks: signed heads of more than {first} ratings are no longer its own, \
             and everybody is told so"
        ));
        let broken = log_break::Model {
            epoch,
            kept_size: first,
            head_size: head.size,
            head_root: head.root,
            at: shell.clock.now().as_microsecond(),
        };
        heads::put_break(txn, broken).await?;
    }
    transparency::set(txn, first, epoch).await?;
    append(txn, late).await?;
    Ok(words)
}

fn damaged(error: TlogError) -> DbErr {
    DbErr::Type(format!("the public log: {error}"))
}
