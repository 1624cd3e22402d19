//! Key targets, problems and measures about staff, with their steps.

use platform::{auth::Officer, crypto::Sealer, database::Txn, status::Failure};
use prost::Message;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, DbErr,
    EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    QueryTrait as _, Select, sea_query::OnConflict,
};
use uuid::Uuid;

use crate::entity::{focus_effect, focus_record, focus_step};

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i16)]
pub(crate) enum Kind {
    KeyTarget = 1,
    Problem = 2,
    StaffMeasure = 3,
}

/// How many steps of a record, and how many effects of a problem, are sent.
const SENT: u64 = 100;

/// What an officer may see: the Authority its region's, an agency those that are for it.
fn reach(officer: &Officer) -> Condition {
    match officer.agency() {
        None => Condition::all().add(focus_record::Column::RegionCode.eq(officer.region())),
        Some(agency) => Condition::all()
            .add(focus_record::Column::AgencyId.eq(agency))
            .add(focus_record::Column::ForAgency.eq(true)),
    }
}

/// A record within an officer's reach.
pub(crate) async fn record(
    connection: &impl ConnectionTrait,
    officer: &Officer,
    kind: Kind,
    id: Uuid,
) -> Result<Option<focus_record::Model>, DbErr> {
    let own = focus_record::Entity::find_by_id(id).filter(reach(officer));
    own.filter(focus_record::Column::Kind.eq(kind as i16)).one(connection).await
}

/// Records within an officer's reach, the newest first.
pub(crate) async fn records(
    connection: &impl ConnectionTrait,
    officer: &Officer,
    kind: Kind,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<focus_record::Model>, DbErr> {
    newest_first(officer, kind, after, limit).all(connection).await
}

fn newest_first(
    officer: &Officer,
    kind: Kind,
    after: Option<Uuid>,
    limit: u64,
) -> Select<focus_record::Entity> {
    focus_record::Entity::find()
        .filter(focus_record::Column::Kind.eq(kind as i16))
        .filter(reach(officer))
        .apply_if(after, |query, after| query.filter(focus_record::Column::Id.lt(after)))
        .order_by_desc(focus_record::Column::Id)
        .limit(limit)
}

/// Keeps a new record; false if there is an open one about the same.
pub(crate) async fn insert(txn: &Txn, row: focus_record::Model) -> Result<bool, DbErr> {
    let row = row.into_active_model().reset_all();
    let open = OnConflict::column(focus_record::Column::OpenObject).do_nothing().to_owned();
    let kept = focus_record::Entity::insert(row).on_conflict(open);
    Ok(kept.exec_without_returning(txn).await? == 1)
}

/// Writes where a record stands now; false if it is no longer at step `before`.
pub(crate) async fn update(
    txn: &Txn,
    row: &focus_record::Model,
    before: u32,
) -> Result<bool, DbErr> {
    let changed = focus_record::ActiveModel {
        for_agency: Set(row.for_agency),
        open_object: Set(row.open_object.clone()),
        sequence: Set(row.sequence),
        content: Set(row.content.clone()),
        ..Default::default()
    };
    let done = focus_record::Entity::update_many()
        .set(changed)
        .filter(focus_record::Column::Id.eq(row.id))
        .filter(focus_record::Column::Sequence.eq(before))
        .exec(txn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Seals a record's content.
pub(crate) fn seal(sealer: &Sealer, id: Uuid, content: &impl Message) -> Result<Vec<u8>, Failure> {
    Ok(sealer.seal(&content.encode_to_vec(), &content_place(id))?)
}

/// Opens a record's content.
pub(crate) fn open<M: Message + Default>(
    sealer: &Sealer,
    row: &focus_record::Model,
) -> Result<M, Failure> {
    let opened = sealer.open(&row.content, &content_place(row.id))?;
    M::decode(opened.as_slice()).map_err(|error| Failure::Internal(error.to_string()))
}

/// Keeps a step, sealed.
pub(crate) async fn insert_step(
    txn: &Txn,
    sealer: &Sealer,
    record_id: Uuid,
    sequence: u32,
    step: &impl Message,
) -> Result<(), Failure> {
    let sequence = i32::try_from(sequence).unwrap_or(i32::MAX);
    let row = focus_step::ActiveModel {
        record_id: Set(record_id),
        sequence: Set(sequence),
        step: Set(sealer.seal(&step.encode_to_vec(), &step_place(record_id, sequence))?),
    };
    focus_step::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// The last steps of a record, in order.
pub(crate) async fn steps<M: Message + Default>(
    connection: &impl ConnectionTrait,
    sealer: &Sealer,
    record_id: Uuid,
) -> Result<Vec<M>, Failure> {
    let rows = focus_step::Entity::find()
        .filter(focus_step::Column::RecordId.eq(record_id))
        .order_by_desc(focus_step::Column::Sequence)
        .limit(SENT)
        .all(connection)
        .await?;
    let open = |row: focus_step::Model| {
        let opened = sealer.open(&row.step, &step_place(record_id, row.sequence))?;
        M::decode(opened.as_slice()).map_err(|error| Failure::Internal(error.to_string()))
    };
    rows.into_iter().rev().map(open).collect()
}

/// Whether there is such a problem, within anyone's reach.
pub(crate) async fn is_problem(txn: &Txn, id: Uuid) -> Result<bool, DbErr> {
    let problem = focus_record::Column::Kind.eq(Kind::Problem as i16);
    Ok(focus_record::Entity::find_by_id(id).filter(problem).one(txn).await?.is_some())
}

/// Keeps what a problem led to; a repeat is kept once.
pub(crate) async fn put_effect(txn: &Txn, effect: focus_effect::Model) -> Result<(), DbErr> {
    let key = [
        focus_effect::Column::RecordId,
        focus_effect::Column::ItemCode,
        focus_effect::Column::Version,
    ];
    let once = OnConflict::columns(key).do_nothing().to_owned();
    let row = effect.into_active_model().reset_all();
    focus_effect::Entity::insert(row).on_conflict(once).exec_without_returning(txn).await?;
    Ok(())
}

/// What a problem led to, the oldest first.
pub(crate) async fn effects(
    connection: &impl ConnectionTrait,
    record_id: Uuid,
) -> Result<Vec<focus_effect::Model>, DbErr> {
    focus_effect::Entity::find()
        .filter(focus_effect::Column::RecordId.eq(record_id))
        .order_by_asc(focus_effect::Column::PublishedAt)
        .order_by_asc(focus_effect::Column::ItemCode)
        .order_by_asc(focus_effect::Column::Version)
        .limit(SENT)
        .all(connection)
        .await
}

/// Removes the record that problems led to a version of an item.
pub(crate) async fn forget_effects(txn: &Txn, item_code: &str, version: i64) -> Result<(), DbErr> {
    focus_effect::Entity::delete_many()
        .filter(focus_effect::Column::ItemCode.eq(item_code))
        .filter(focus_effect::Column::Version.eq(version))
        .exec(txn)
        .await?;
    Ok(())
}

fn content_place(id: Uuid) -> Vec<u8> {
    [b"focus_record.content/".as_slice(), id.as_bytes()].concat()
}

fn step_place(record_id: Uuid, sequence: i32) -> Vec<u8> {
    [b"focus_step.step/".as_slice(), record_id.as_bytes(), &sequence.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};

    use super::*;
    use crate::{
        Migrator, NAME,
        rpc::testing::{authority, handler},
    };

    #[tokio::test]
    async fn t12_a_page_of_records_is_found_by_an_index_for_either_office() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        for (officer, index) in [
            (authority("652301"), "focus_record_region"),
            (handler("652301-a03"), "focus_record_agency"),
        ] {
            let page = newest_first(&officer, Kind::KeyTarget, Some(Uuid::nil()), 50);
            let found = plan(&store, page.build(store.backend())).await;
            assert!(found.contains(index), "{found}");
        }
    }
}
