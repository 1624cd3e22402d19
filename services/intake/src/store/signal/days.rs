//! What days came to, by subject.

use platform::database::{Store, Txn};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, DbErr, DeleteMany, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
    sea_query::OnConflict,
};

use crate::{
    entity::signal_day::{self, Column},
    store::chunks,
};

/// The subject kind of all subjects together.
pub(crate) const ALL: i16 = 0;

/// The subject kind of all ratings of one region, by the hour.
pub(crate) const REGION: i16 = -1;

/// The last day that was looked at.
pub(crate) async fn last(store: &Store) -> Result<Option<String>, DbErr> {
    signal_day::Entity::find()
        .select_only()
        .column(Column::Day)
        .filter(Column::SubjectKind.eq(ALL))
        .filter(Column::SubjectId.eq(""))
        .order_by_desc(Column::Day)
        .limit(1)
        .into_tuple()
        .one(store.read())
        .await
}

/// The statement for the days of some subjects from one to before another.
pub(crate) fn rows_of(
    subject_kind: i16,
    ids: &[&str],
    (from, before): (&str, &str),
) -> Select<signal_day::Entity> {
    signal_day::Entity::find()
        .filter(Column::SubjectKind.eq(subject_kind))
        .filter(Column::SubjectId.is_in(ids.iter().copied()))
        .filter(Column::Day.gte(from))
        .filter(Column::Day.lt(before))
}

/// The days of some subjects from one to before another.
pub(crate) async fn of(
    store: &Store,
    subject_kind: i16,
    ids: &[&str],
    days: (&str, &str),
) -> Result<Vec<signal_day::Model>, DbErr> {
    rows_of(subject_kind, ids, days).all(store.read()).await
}

/// Keeps the days of subjects, some in each transaction; one that is kept already stays.
pub(crate) async fn keep(store: &Store, rows: Vec<signal_day::Model>) -> Result<(), DbErr> {
    let same = [Column::SubjectKind, Column::SubjectId, Column::Day];
    for rows in chunks(rows) {
        let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
        signal_day::Entity::insert_many(rows)
            .on_conflict(OnConflict::columns(same).do_nothing().to_owned())
            .exec_without_returning(store.write())
            .await?;
    }
    Ok(())
}

/// Notes that a day was looked at, with what all subjects came to.
///
/// # Errors
/// A unique violation if another process noted it.
pub(crate) async fn note(txn: &Txn, row: signal_day::Model) -> Result<(), DbErr> {
    let row = row.into_active_model().reset_all();
    signal_day::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// The statement that forgets the days before one.
pub(crate) fn rows_before(before: &str) -> DeleteMany<signal_day::Entity> {
    signal_day::Entity::delete_many().filter(Column::Day.lt(before))
}

/// Forgets what days before one came to.
pub(crate) async fn forget(txn: &Txn, before: &str) -> Result<(), DbErr> {
    rows_before(before).exec(txn).await?;
    Ok(())
}
