//! Restricted matters with their steps and looks, and transfers of misconduct.

use platform::{
    auth::Officer, crypto::Sealer, database::Txn, facts::history::Place, status::Failure,
};
use prost::Message;
use proto::ticketing::v1::{MisconductTransfer, RestrictedLook, RestrictedMatter, RestrictedStep};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr,
    EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    QueryTrait as _, sea_query::OnConflict,
};
use uuid::Uuid;

use crate::entity::{misconduct_transfer, restricted_look, restricted_matter, restricted_step};

/// How many steps and looks of a matter, and transfers of a ticket, are sent.
const SENT: u64 = 100;

/// A matter that an officer's Authority handles.
pub(crate) async fn matter(
    connection: &impl ConnectionTrait,
    officer: &Officer,
    id: Uuid,
) -> Result<Option<restricted_matter::Model>, DbErr> {
    let own = restricted_matter::Column::RegionCode.eq(officer.region());
    restricted_matter::Entity::find_by_id(id).filter(own).one(connection).await
}

/// Matters that an officer's Authority handles, the newest first.
pub(crate) async fn matters(
    connection: &impl ConnectionTrait,
    officer: &Officer,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<restricted_matter::Model>, DbErr> {
    restricted_matter::Entity::find()
        .filter(restricted_matter::Column::RegionCode.eq(officer.region()))
        .apply_if(after, |query, after| query.filter(restricted_matter::Column::Id.lt(after)))
        .order_by_desc(restricted_matter::Column::Id)
        .limit(limit)
        .all(connection)
        .await
}

/// Keeps a new matter.
pub(crate) async fn insert(txn: &Txn, row: restricted_matter::Model) -> Result<(), DbErr> {
    let row = row.into_active_model().reset_all();
    restricted_matter::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// Keeps a reported matter; a repeat is kept once.
pub(crate) async fn insert_once(txn: &Txn, row: restricted_matter::Model) -> Result<(), DbErr> {
    let row = row.into_active_model().reset_all();
    let once = OnConflict::column(restricted_matter::Column::Id).do_nothing().to_owned();
    let kept = restricted_matter::Entity::insert(row).on_conflict(once);
    kept.exec_without_returning(txn).await?;
    Ok(())
}

/// Removes the matters with facts after a position on which nobody has worked.
pub(crate) async fn delete_after(txn: &Txn, after: i64) -> Result<u64, DbErr> {
    let gone = restricted_matter::Entity::delete_many()
        .filter(restricted_matter::Column::FactPosition.gt(after))
        .filter(restricted_matter::Column::Sequence.eq(0));
    Ok(gone.exec(txn).await?.rows_affected)
}

/// Of the others keeps no history: nothing brings them back, nor takes them.
pub(crate) async fn keep_after(txn: &Txn, after: i64) -> Result<u64, DbErr> {
    let ours = restricted_matter::ActiveModel {
        fact_position: Set(None),
        fact_id: Set(None),
        ..Default::default()
    };
    let newer = restricted_matter::Column::FactPosition.gt(after);
    let kept = restricted_matter::Entity::update_many().set(ours).filter(newer).exec(txn).await?;
    Ok(kept.rows_affected)
}

/// The last fact of intake, at this position or before, that reported a matter.
pub(crate) async fn last_trace(
    connection: &impl ConnectionTrait,
    up_to: i64,
) -> Result<Option<Place>, DbErr> {
    let last = restricted_matter::Entity::find()
        .filter(restricted_matter::Column::FactPosition.lte(up_to))
        .order_by_desc(restricted_matter::Column::FactPosition)
        .limit(1)
        .one(connection)
        .await?;
    Ok(last.and_then(|row| {
        Some(Place { position: row.fact_position?, fact_id: row.fact_id.unwrap_or_default() })
    }))
}

/// Writes where a matter stands now; false if it is no longer at step `before`.
pub(crate) async fn update(
    txn: &Txn,
    row: &restricted_matter::Model,
    before: i32,
) -> Result<bool, DbErr> {
    let changed = restricted_matter::ActiveModel {
        sequence: Set(row.sequence),
        content: Set(row.content.clone()),
        ..Default::default()
    };
    let done = restricted_matter::Entity::update_many()
        .set(changed)
        .filter(restricted_matter::Column::Id.eq(row.id))
        .filter(restricted_matter::Column::Sequence.eq(before))
        .exec(txn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Seals a matter's content.
pub(crate) fn seal(
    sealer: &Sealer,
    id: Uuid,
    matter: &RestrictedMatter,
) -> Result<Vec<u8>, Failure> {
    Ok(sealer.seal(&matter.encode_to_vec(), &place("restricted_matter.content/", &[id]))?)
}

/// Opens a matter's content.
pub(crate) fn open(
    sealer: &Sealer,
    row: &restricted_matter::Model,
) -> Result<RestrictedMatter, Failure> {
    decode(&sealer.open(&row.content, &place("restricted_matter.content/", &[row.id]))?)
}

/// Keeps a step, sealed.
pub(crate) async fn insert_step(
    txn: &Txn,
    sealer: &Sealer,
    matter_id: Uuid,
    step: &RestrictedStep,
) -> Result<(), Failure> {
    let sequence = i32::try_from(step.sequence).unwrap_or(i32::MAX);
    let row = restricted_step::ActiveModel {
        matter_id: Set(matter_id),
        sequence: Set(sequence),
        step: Set(sealer.seal(&step.encode_to_vec(), &step_place(matter_id, sequence))?),
    };
    restricted_step::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// The last steps of a matter, in order.
pub(crate) async fn steps(
    connection: &impl ConnectionTrait,
    sealer: &Sealer,
    matter_id: Uuid,
) -> Result<Vec<RestrictedStep>, Failure> {
    let rows = restricted_step::Entity::find()
        .filter(restricted_step::Column::MatterId.eq(matter_id))
        .order_by_desc(restricted_step::Column::Sequence)
        .limit(SENT)
        .all(connection)
        .await?;
    let open = |row: restricted_step::Model| {
        decode(&sealer.open(&row.step, &step_place(matter_id, row.sequence))?)
    };
    rows.into_iter().rev().map(open).collect()
}

/// Keeps a look, sealed.
pub(crate) async fn insert_look(
    txn: &Txn,
    sealer: &Sealer,
    (id, matter_id): (Uuid, Uuid),
    look: &RestrictedLook,
) -> Result<(), Failure> {
    let row = restricted_look::ActiveModel {
        id: Set(id),
        matter_id: Set(matter_id),
        look: Set(sealer.seal(&look.encode_to_vec(), &place("restricted_look.look/", &[id]))?),
    };
    restricted_look::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// The last looks at a matter, the newest first.
pub(crate) async fn looks(
    connection: &impl ConnectionTrait,
    sealer: &Sealer,
    matter_id: Uuid,
) -> Result<Vec<RestrictedLook>, Failure> {
    let rows = restricted_look::Entity::find()
        .filter(restricted_look::Column::MatterId.eq(matter_id))
        .order_by_desc(restricted_look::Column::Id)
        .limit(SENT)
        .all(connection)
        .await?;
    let open = |row: restricted_look::Model| {
        decode(&sealer.open(&row.look, &place("restricted_look.look/", &[row.id]))?)
    };
    rows.into_iter().map(open).collect()
}

/// Keeps a transfer of misconduct: its record and its reason, sealed each.
pub(crate) async fn insert_transfer(
    txn: &Txn,
    sealer: &Sealer,
    (id, ticket_id): (Uuid, Uuid),
    record: &MisconductTransfer,
    reason: &str,
) -> Result<(), Failure> {
    let [record_place, reason_place] =
        ["record", "reason"].map(|column| place(&format!("misconduct_transfer.{column}/"), &[id]));
    let row = misconduct_transfer::ActiveModel {
        id: Set(id),
        ticket_id: Set(ticket_id),
        record: Set(sealer.seal(&record.encode_to_vec(), &record_place)?),
        reason: Set(sealer.seal(reason.as_bytes(), &reason_place)?),
    };
    misconduct_transfer::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// The records of a ticket's transfers, the oldest first.
pub(crate) async fn transfers(
    connection: &impl ConnectionTrait,
    sealer: &Sealer,
    ticket_id: Uuid,
) -> Result<Vec<MisconductTransfer>, Failure> {
    let rows = misconduct_transfer::Entity::find()
        .filter(misconduct_transfer::Column::TicketId.eq(ticket_id))
        .order_by_asc(misconduct_transfer::Column::Id)
        .limit(SENT)
        .all(connection)
        .await?;
    let open = |row: misconduct_transfer::Model| {
        decode(&sealer.open(&row.record, &place("misconduct_transfer.record/", &[row.id]))?)
    };
    rows.into_iter().map(open).collect()
}

fn decode<M: Message + Default>(opened: &[u8]) -> Result<M, Failure> {
    M::decode(opened).map_err(|error| Failure::Internal(error.to_string()))
}

fn place(column: &str, ids: &[Uuid]) -> Vec<u8> {
    let ids = ids.iter().flat_map(|id| id.as_bytes());
    column.as_bytes().iter().chain(ids).copied().collect()
}

fn step_place(matter_id: Uuid, sequence: i32) -> Vec<u8> {
    let mut step = place("restricted_step.step/", &[matter_id]);
    step.extend(sequence.to_be_bytes());
    step
}
