//! Signed heads, their co-signatures, and the breaks between them.

use std::collections::HashMap;

use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
    Select, sea_query::OnConflict,
};

use crate::entity::{cosignature, log_break, tree, tree_head};

/// A head with its co-signatures.
pub(crate) type Cosigned = (tree_head::Model, Vec<cosignature::Model>);

fn newest_first() -> Select<tree_head::Entity> {
    tree_head::Entity::find()
        .order_by_desc(tree_head::Column::Epoch)
        .order_by_desc(tree_head::Column::Size)
}

/// The newest head of an epoch.
pub(crate) async fn newest_of(
    connection: &impl ConnectionTrait,
    epoch: i32,
) -> Result<Option<tree_head::Model>, DbErr> {
    newest_first().filter(tree_head::Column::Epoch.eq(epoch)).limit(1).one(connection).await
}

/// A head.
pub(crate) async fn head(
    connection: &impl ConnectionTrait,
    epoch: i32,
    size: i64,
) -> Result<Option<tree_head::Model>, DbErr> {
    tree_head::Entity::find_by_id((epoch, size)).one(connection).await
}

/// Heads before one, the newest first.
pub(crate) async fn page(
    connection: &impl ConnectionTrait,
    before: Option<(i32, i64)>,
    limit: u64,
) -> Result<Vec<tree_head::Model>, DbErr> {
    newest_first()
        .apply_if(before, |query, (epoch, size)| {
            let same = Condition::all()
                .add(tree_head::Column::Epoch.eq(epoch))
                .add(tree_head::Column::Size.lt(size));
            query.filter(Condition::any().add(tree_head::Column::Epoch.lt(epoch)).add(same))
        })
        .limit(limit)
        .all(connection)
        .await
}

/// Heads with their co-signatures.
pub(crate) async fn cosigned(
    connection: &impl ConnectionTrait,
    heads: Vec<tree_head::Model>,
) -> Result<Vec<Cosigned>, DbErr> {
    let mut signed: HashMap<(i32, i64), Vec<cosignature::Model>> = HashMap::new();
    if !heads.is_empty() {
        let one = |head: &tree_head::Model| {
            let epoch = cosignature::Column::Epoch.eq(head.epoch);
            Condition::all().add(epoch).add(cosignature::Column::Size.eq(head.size))
        };
        let these = heads.iter().map(one).fold(Condition::any(), Condition::add);
        let rows = cosignature::Entity::find()
            .filter(these)
            .order_by_asc(cosignature::Column::Witness)
            .all(connection)
            .await?;
        for row in rows {
            signed.entry((row.epoch, row.size)).or_default().push(row);
        }
    }
    let with = |head: tree_head::Model| {
        let signed = signed.remove(&(head.epoch, head.size)).unwrap_or_default();
        (head, signed)
    };
    Ok(heads.into_iter().map(with).collect())
}

/// Keeps a head; one that is there stays.
pub(crate) async fn insert(
    txn: &impl ConnectionTrait,
    head: tree_head::Model,
) -> Result<(), DbErr> {
    let there = [tree_head::Column::Epoch, tree_head::Column::Size];
    tree_head::Entity::insert(head.into_active_model().reset_all())
        .on_conflict(OnConflict::columns(there).do_nothing().to_owned())
        .exec_without_returning(txn)
        .await
        .map(drop)
}

/// The size of the largest head of an epoch that a witness has signed.
pub(crate) async fn signed_up_to(
    connection: &impl ConnectionTrait,
    witness: &str,
    epoch: i32,
) -> Result<Option<i64>, DbErr> {
    let last = cosignature::Entity::find()
        .filter(cosignature::Column::Witness.eq(witness))
        .filter(cosignature::Column::Epoch.eq(epoch))
        .order_by_desc(cosignature::Column::Size)
        .limit(1);
    Ok(last.one(connection).await?.map(|row| row.size))
}

/// A witness's co-signature of a head, as it is kept.
pub(crate) async fn cosignature_of(
    connection: &impl ConnectionTrait,
    head: &tree_head::Model,
    witness: &str,
) -> Result<Option<cosignature::Model>, DbErr> {
    let key = (head.epoch, head.size, witness.to_owned());
    cosignature::Entity::find_by_id(key).one(connection).await
}

/// Keeps a co-signature; the witness's first one of a head stays.
pub(crate) async fn cosign(
    txn: &impl ConnectionTrait,
    row: cosignature::Model,
) -> Result<(), DbErr> {
    use cosignature::Column::{Epoch, Size, Witness};
    cosignature::Entity::insert(row.into_active_model().reset_all())
        .on_conflict(OnConflict::columns([Epoch, Size, Witness]).do_nothing().to_owned())
        .exec_without_returning(txn)
        .await
        .map(drop)
}

/// Breaks before one, the newest first.
pub(crate) async fn breaks(
    connection: &impl ConnectionTrait,
    before: Option<i32>,
    limit: u64,
) -> Result<Vec<log_break::Model>, DbErr> {
    log_break::Entity::find()
        .apply_if(before, |query, epoch| query.filter(log_break::Column::Epoch.lt(epoch)))
        .order_by_desc(log_break::Column::Epoch)
        .limit(limit)
        .all(connection)
        .await
}

/// The break that left a head: the first one after its epoch that kept less; none if all kept it.
pub(crate) async fn break_after(
    connection: &impl ConnectionTrait,
    head: &tree_head::Model,
) -> Result<Option<log_break::Model>, DbErr> {
    log_break::Entity::find()
        .filter(log_break::Column::Epoch.gt(head.epoch))
        .filter(log_break::Column::KeptSize.lt(head.size))
        .order_by_asc(log_break::Column::Epoch)
        .limit(1)
        .one(connection)
        .await
}

/// The largest head of more than so many leaves that the tree still begins with: of its epoch, or of an
/// earlier one and kept by all breaks since.
pub(crate) async fn largest_kept(
    connection: &impl ConnectionTrait,
    tree: &tree::Model,
    beyond: i64,
) -> Result<Option<tree_head::Model>, DbErr> {
    let breaks = breaks(connection, None, u64::MAX >> 1).await?;
    let mut kept = i64::MAX;
    // Whatever an epoch signed is at least as large as what its break kept: the first is the largest.
    for epoch in (0..=tree.epoch).rev() {
        for broken in breaks.iter().filter(|broken| broken.epoch == epoch + 1) {
            kept = kept.min(broken.kept_size);
        }
        if kept <= beyond {
            break;
        }
        let found = newest_first()
            .filter(tree_head::Column::Epoch.eq(epoch))
            .filter(tree_head::Column::Size.gt(beyond))
            .filter(tree_head::Column::Size.lte(kept))
            .limit(1)
            .one(connection)
            .await?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// Puts a break on record.
pub(crate) async fn put_break(
    txn: &impl ConnectionTrait,
    row: log_break::Model,
) -> Result<(), DbErr> {
    let row = row.into_active_model().reset_all();
    log_break::Entity::insert(row).exec_without_returning(txn).await.map(drop)
}
