//! Signals, their evidence, and their judgements.

use platform::{
    auth::Officer,
    database::{Store, Txn, below},
    page::Page,
};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr,
    EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    QueryTrait as _, Select,
};
use uuid::Uuid;

use crate::entity::{rating, service_act, signal, signal::Column, signal_judgement};

/// Whether there is a signal of this kind, subject and period.
pub(crate) async fn is_known(
    connection: &impl ConnectionTrait,
    row: &signal::Model,
) -> Result<bool, DbErr> {
    let known: Option<Uuid> = signal::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Kind.eq(row.kind))
        .filter(Column::SubjectKind.eq(row.subject_kind))
        .filter(Column::SubjectId.eq(&row.subject_id))
        .filter(Column::Period.eq(&row.period))
        .into_tuple()
        .one(connection)
        .await?;
    Ok(known.is_some())
}

/// Keeps a new signal.
pub(crate) async fn insert(txn: &Txn, row: signal::Model) -> Result<(), DbErr> {
    let row = row.into_active_model().reset_all();
    signal::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// A signal.
pub(crate) async fn signal(
    connection: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<signal::Model>, DbErr> {
    signal::Entity::find_by_id(id).one(connection).await
}

/// Which signals to read.
#[derive(Clone, Debug, Default)]
pub(crate) struct SignalQuery {
    pub(crate) kind: Option<i16>,
    pub(crate) state: Option<i16>,
    pub(crate) subject_id: Option<String>,
}

/// The statement for the signals within an officer's reach, without those about the officer.
pub(crate) fn list_of(officer: &Officer, query: &SignalQuery) -> Select<signal::Entity> {
    signal::Entity::find()
        .filter(below(Column::RegionCode, officer.region_code().as_str()))
        .filter(Column::SubjectId.ne(officer.id()))
        .apply_if(query.kind, |rows, kind| rows.filter(Column::Kind.eq(kind)))
        .apply_if(query.state, |rows, state| rows.filter(Column::State.eq(state)))
        .apply_if(query.subject_id.as_ref(), |rows, id| rows.filter(Column::SubjectId.eq(id)))
}

/// A page of them, the newest first, and one more.
pub(crate) async fn list(
    store: &Store,
    officer: &Officer,
    query: &SignalQuery,
    page: &Page<Uuid>,
) -> Result<Vec<signal::Model>, DbErr> {
    list_of(officer, query)
        .apply_if(page.after, |rows, after| rows.filter(Column::Id.lt(after)))
        .order_by_desc(Column::Id)
        .limit(page.read_size())
        .all(store.read())
        .await
}

/// Some ratings, in order of their identities, each with its act.
pub(crate) async fn evidence(
    connection: &impl ConnectionTrait,
    ids: Vec<Uuid>,
) -> Result<Vec<(rating::Model, Option<service_act::Model>)>, DbErr> {
    let ratings = rating::Entity::find()
        .filter(rating::Column::Id.is_in(ids))
        .order_by_asc(rating::Column::Id)
        .all(connection)
        .await?;
    let acts = ratings.iter().map(|row| row.act_id);
    let acts = service_act::Entity::find().filter(service_act::Column::Id.is_in(acts));
    let acts = acts.all(connection).await?;
    let act = |row: &rating::Model| acts.iter().find(|act| act.id == row.act_id).cloned();
    Ok(ratings.into_iter().map(|row| (act(&row), row)).map(|(act, row)| (row, act)).collect())
}

/// The judgements of a signal, the first first.
pub(crate) async fn judgements(
    store: &Store,
    signal_id: Uuid,
) -> Result<Vec<signal_judgement::Model>, DbErr> {
    signal_judgement::Entity::find()
        .filter(signal_judgement::Column::SignalId.eq(signal_id))
        .order_by_asc(signal_judgement::Column::Sequence)
        .all(store.read())
        .await
}

/// Keeps a judgement, which the signal then stands at.
///
/// # Errors
/// A unique violation if another one was recorded meanwhile.
pub(crate) async fn judge(txn: &Txn, row: signal_judgement::Model) -> Result<(), DbErr> {
    let now = signal::ActiveModel {
        id: Set(row.signal_id),
        state: Set(row.verdict),
        judgements: Set(row.sequence),
        ..Default::default()
    };
    let row = row.into_active_model().reset_all();
    signal_judgement::Entity::insert(row).exec_without_returning(txn).await?;
    signal::Entity::update(now).exec(txn).await?;
    Ok(())
}
