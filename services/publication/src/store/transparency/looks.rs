//! How far the ratings are compared with the log.

use platform::database::Store;
use sea_orm::{
    ActiveModelTrait as _, DbErr, EntityTrait as _, IntoActiveModel as _, sea_query::OnConflict,
};

use crate::entity::log_look::{self, Column};

/// The one row's id.
const LOOK: i16 = 1;

/// How far they are; nowhere at first.
pub(crate) async fn get(store: &Store) -> Result<log_look::Model, DbErr> {
    let row = log_look::Entity::find_by_id(LOOK).one(store.read()).await?;
    Ok(row.unwrap_or_else(|| log_look::Model {
        id: LOOK,
        leaf: 0,
        rating: None,
        found: 0,
        first: String::new(),
        last_found: 0,
        last_first: String::new(),
        ended_at: None,
    }))
}

/// Keeps how far they are.
pub(crate) async fn put(store: &Store, look: log_look::Model) -> Result<(), DbErr> {
    let replaced = OnConflict::column(Column::Id)
        .update_columns([
            Column::Leaf,
            Column::Rating,
            Column::Found,
            Column::First,
            Column::LastFound,
            Column::LastFirst,
            Column::EndedAt,
        ])
        .to_owned();
    log_look::Entity::insert(look.into_active_model().reset_all())
        .on_conflict(replaced)
        .exec_without_returning(store.write())
        .await
        .map(drop)
}
