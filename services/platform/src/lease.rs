//! Which replica does a job that needs only one: for economy alone. Whatever must happen once is
//! decided by what a job writes, not by its lease.

use jiff::{SignedDuration, Timestamp};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, DbErr, EntityTrait as _, QueryFilter as _,
    sea_query::OnConflict,
};
use sea_orm_migration::{prelude::*, schema};
use uuid::Uuid;

use crate::database::Store;

/// How long a lease runs: longer than a transaction takes.
pub const LEASE: SignedDuration = SignedDuration::from_secs(30);

mod job {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "job")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub holder: Uuid,
        pub leased_until: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Takes or renews the lease of a job; false while another replica holds it. A lease that runs
/// longer than this one would was taken by a clock that was ahead, and does not count.
///
/// # Errors
/// If the store fails.
pub async fn hold(
    store: &Store,
    name: &str,
    holder: Uuid,
    now: Timestamp,
    lasts: SignedDuration,
) -> Result<bool, DbErr> {
    let until = now.saturating_add(lasts).unwrap_or(now).as_microsecond();
    let now = now.as_microsecond();
    let first =
        job::ActiveModel { name: Set(name.to_owned()), holder: Set(holder), leased_until: Set(0) };
    let there = OnConflict::column(job::Column::Name).do_nothing().to_owned();
    let first = job::Entity::insert(first).on_conflict(there);
    first.exec_without_returning(store.write()).await?;
    let free = Condition::any()
        .add(job::Column::Holder.eq(holder))
        .add(job::Column::LeasedUntil.lte(now))
        .add(job::Column::LeasedUntil.gt(until.saturating_add(until - now)));
    let held = job::Entity::update_many()
        .set(job::ActiveModel {
            holder: Set(holder),
            leased_until: Set(until),
            ..Default::default()
        })
        .filter(job::Column::Name.eq(name))
        .filter(free)
        .exec(store.write())
        .await?;
    Ok(held.rows_affected == 1)
}

/// The table of the leases, for a service that has none yet.
///
/// # Errors
/// If the store fails.
pub async fn create_table(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let job = Table::create()
        .table("job")
        .col(schema::string("name").primary_key())
        .col(schema::uuid("holder"))
        .col(schema::big_integer("leased_until"))
        .to_owned();
    manager.create_table(job).await
}
