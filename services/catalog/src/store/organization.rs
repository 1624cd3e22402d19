//! Units of the organisation over time.

use std::collections::BTreeSet;

use domain::organization::{Organization, Unit};
use platform::{
    convert::unit::{to_wire_unit, unit as unit_from_wire},
    database::Txn,
    status::Failure,
};
use prost::Message as _;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QueryOrder as _,
};

use crate::entity::unit_version;

/// How many rows are written at once.
const ROWS: usize = 1_000;

/// The whole organisation with its history.
pub(crate) async fn organization(
    connection: &impl ConnectionTrait,
) -> Result<Organization, Failure> {
    let rows = unit_version::Entity::find()
        .order_by_asc(unit_version::Column::UnitId)
        .order_by_asc(unit_version::Column::Sequence)
        .all(connection)
        .await?;
    let mut organization = Organization::default();
    for row in &rows {
        organization.restore(decode(row)?);
    }
    Ok(organization)
}

/// Every version of some units, by identity, the oldest first.
pub(crate) async fn unit_versions(
    connection: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = &str>,
) -> Result<Vec<Unit>, Failure> {
    let rows = unit_version::Entity::find()
        .filter(unit_version::Column::UnitId.is_in(ids))
        .order_by_asc(unit_version::Column::UnitId)
        .order_by_asc(unit_version::Column::Sequence)
        .all(connection)
        .await?;
    rows.iter().map(decode).collect()
}

/// These units of the organisation and their successors.
pub(crate) async fn units_of(
    connection: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = &str>,
) -> Result<Organization, Failure> {
    let mut organization = Organization::default();
    let mut wanted: BTreeSet<String> = ids.into_iter().map(str::to_owned).collect();
    while !wanted.is_empty() {
        let units = unit_versions(connection, wanted.iter().map(String::as_str)).await?;
        wanted = units.iter().filter_map(|unit| unit.successor_id.clone()).collect();
        units.into_iter().for_each(|unit| organization.restore(unit));
        wanted.retain(|id| organization.versions(id).is_empty());
    }
    Ok(organization)
}

/// Replaces the known versions of some units.
pub(crate) async fn put_units(
    txn: &Txn,
    organization: &Organization,
    ids: &[&str],
) -> Result<(), Failure> {
    unit_version::Entity::delete_many()
        .filter(unit_version::Column::UnitId.is_in(ids.iter().copied()))
        .exec(txn)
        .await?;
    let rows = ids.iter().flat_map(|id| {
        (0_i32..).zip(organization.versions(id)).map(|(sequence, unit)| unit_version::ActiveModel {
            unit_id: Set(unit.id.clone()),
            sequence: Set(sequence),
            body: Set(to_wire_unit(unit).encode_to_vec()),
        })
    });
    let rows: Vec<_> = rows.collect();
    // However many versions a unit has, a statement has a limited number of parameters.
    for rows in rows.chunks(ROWS) {
        let insert = unit_version::Entity::insert_many(rows.to_vec());
        insert.exec_without_returning(txn).await?;
    }
    Ok(())
}

fn decode(row: &unit_version::Model) -> Result<Unit, Failure> {
    let wrong = |why: String| Failure::Internal(format!("unit {}: {why}", row.unit_id));
    let wire = proto::catalog::v1::Unit::decode(row.body.as_slice());
    unit_from_wire(wire.map_err(|e| wrong(e.to_string()))?).map_err(|e| wrong(e.to_string()))
}
