//! Writing records.

use platform::database::{
    Txn,
    many::{self, Column},
};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::entity::national_record;

/// Writes records that were never sent.
pub(super) async fn insert(
    txn: &Txn,
    rows: Vec<national_record::Model>,
    conflict: &str,
) -> Result<(), DbErr> {
    let id = |of: fn(&national_record::Model) -> Option<Uuid>| {
        Column::Uuid(rows.iter().map(|row| of(row).unwrap_or_default()).collect())
    };
    let big = |of: fn(&national_record::Model) -> i64| Column::Big(rows.iter().map(of).collect());
    let int = |of: fn(&national_record::Model) -> i32| Column::Int(rows.iter().map(of).collect());
    let small =
        |of: fn(&national_record::Model) -> i16| Column::Small(rows.iter().map(of).collect());
    let columns = vec![
        ("id", Column::Id(rows.iter().map(|row| row.id).collect())),
        ("kind", small(|row| row.kind)),
        ("producer", Column::Text(rows.iter().map(|row| row.producer.clone()).collect())),
        ("position", big(|row| row.position)),
        ("recorded_at", big(|row| row.recorded_at)),
        ("case_id", id(|row| row.case_id)),
        ("act_id", id(|row| row.act_id)),
        ("rating_id", id(|row| row.rating_id)),
        ("service", int(|row| row.service)),
        ("rating", int(|row| row.rating)),
        ("level", small(|row| row.level)),
        ("needs", id(|row| row.needs)),
        ("state", small(|row| row.state)),
        ("due_at", big(|row| row.due_at)),
        ("fact", Column::Bytes(rows.iter().map(|row| row.fact.clone()).collect())),
    ];
    many::insert(txn, "national_record", columns, conflict).await
}
