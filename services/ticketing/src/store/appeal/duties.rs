//! Duties on record, of an appeal or of an exclusion without one.

use std::collections::HashMap;

use platform::{crypto::Sealer, database::Txn, status::Failure};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _,
    QueryOrder as _,
};
use uuid::Uuid;

use super::{open_at, place};
use crate::entity::exclusion_duty;

/// A duty to record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewDuty<'a> {
    /// A `pingyi.type.v1.ExclusionDuty`.
    pub(crate) duty: i32,
    pub(crate) at: i64,
    pub(crate) by: &'a str,
    pub(crate) document_number: &'a str,
    pub(crate) note: &'a str,
}

/// The duties on record of some subjects, in their order.
pub(crate) async fn of(
    connection: &impl ConnectionTrait,
    subjects: impl IntoIterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Vec<exclusion_duty::Model>>, DbErr> {
    let rows = exclusion_duty::Entity::find()
        .filter(exclusion_duty::Column::SubjectId.is_in(subjects))
        .order_by_asc(exclusion_duty::Column::SubjectId)
        .order_by_asc(exclusion_duty::Column::Sequence)
        .all(connection)
        .await?;
    let mut of: HashMap<Uuid, Vec<exclusion_duty::Model>> = HashMap::new();
    for row in rows {
        of.entry(row.subject_id).or_default().push(row);
    }
    Ok(of)
}

/// Puts a duty on record as the subject's next; its note is sealed.
pub(crate) async fn insert(
    txn: &Txn,
    sealer: &Sealer,
    subject_id: Uuid,
    sequence: usize,
    new: NewDuty<'_>,
) -> Result<(), Failure> {
    let note = match new.note.is_empty() {
        true => Vec::new(),
        false => sealer.seal(new.note.as_bytes(), &place_of(subject_id, new.duty))?,
    };
    let row = exclusion_duty::ActiveModel {
        subject_id: Set(subject_id),
        duty: Set(new.duty),
        sequence: Set(i32::try_from(sequence).unwrap_or(i32::MAX)),
        at: Set(new.at),
        done_by: Set(new.by.to_owned()),
        document_number: Set(new.document_number.to_owned()),
        note: Set(note),
    };
    exclusion_duty::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// The notes of some records, opened, each in its place.
pub(crate) fn notes(
    sealer: &Sealer,
    records: &[exclusion_duty::Model],
) -> Result<Vec<String>, Failure> {
    let open = |record: &exclusion_duty::Model| {
        open_at(sealer, &record.note, &place_of(record.subject_id, record.duty))
    };
    records.iter().map(open).collect()
}

fn place_of(subject_id: Uuid, duty: i32) -> Vec<u8> {
    place("exclusion_duty.note", &[subject_id.as_bytes().as_slice(), &duty.to_be_bytes()].concat())
}
