//! Which version of the fold made the figures.

use platform::database::Txn;
use sea_orm::{
    ActiveValue::Set, ConnectionTrait, DbErr, EntityTrait as _, QuerySelect as _,
    sea_query::OnConflict,
};

use crate::entity::fold;

/// The version of the fold in this program: it grows whenever facts count otherwise than before, or
/// rows keep more of them. Figures of an earlier version are complete only from the day of the
/// upgrade on, until they are rebuilt.
pub(crate) const FOLD: i32 = 7;
/// The key of the one row.
const ROW: i16 = 1;

/// The version that made the figures; none before the first fact.
pub(crate) async fn version(connection: &impl ConnectionTrait) -> Result<Option<i32>, DbErr> {
    let row = fold::Entity::find_by_id(ROW).one(connection).await?;
    Ok(row.map(|row| row.version))
}

/// Whether an earlier version made the figures: what this one counts in addition, or otherwise, is
/// right only once they are rebuilt.
pub(crate) async fn is_outdated(connection: &impl ConnectionTrait) -> Result<bool, DbErr> {
    Ok(version(connection).await?.is_some_and(|version| version < FOLD))
}

/// Refuses to fold figures that a later version made: each would count what the other does not.
pub(crate) async fn admit(txn: &Txn) -> Result<(), DbErr> {
    match version(txn).await?.filter(|version| *version > FOLD) {
        None => Ok(()),
        Some(later) => Err(DbErr::Custom(format!(
            "the figures were rebuilt by a later version ({later}); this one ({FOLD}) adds nothing to them"
        ))),
    }
}

/// Lets other transactions that change figures wait until this one ends.
pub(crate) async fn hold(txn: &Txn) -> Result<(), DbErr> {
    fold::Entity::find_by_id(ROW).lock_exclusive().one(txn).await.map(drop)
}

/// Notes that this program folded everything.
pub(crate) async fn done(txn: &Txn) -> Result<(), DbErr> {
    note(txn, OnConflict::column(fold::Column::Id).update_column(fold::Column::Version)).await
}

/// Notes that this program began to fold, unless an earlier one did.
pub(crate) async fn begin(txn: &Txn) -> Result<(), DbErr> {
    note(txn, OnConflict::column(fold::Column::Id).do_nothing()).await
}

async fn note(txn: &Txn, conflict: &OnConflict) -> Result<(), DbErr> {
    let row = fold::ActiveModel { id: Set(ROW), version: Set(FOLD) };
    let row = fold::Entity::insert(row).on_conflict(conflict.clone());
    row.exec_without_returning(txn).await.map(drop)
}
