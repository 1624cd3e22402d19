//! The words of published texts, which are kept with their ratings.

use platform::database::Txn;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _,
    QuerySelect as _, Select, sea_query::Expr,
};
use uuid::Uuid;

use crate::entity::rating;

/// Keeps the words of a rating.
pub(crate) async fn put(txn: &Txn, row: &rating::Model) -> Result<(), DbErr> {
    let told = rating::ActiveModel {
        words: Set(row.words.clone()),
        words_position: Set(row.words_position),
        ..Default::default()
    };
    let it = rating::Column::Id.eq(row.id);
    rating::Entity::update_many().set(told).filter(it).exec(txn).await.map(drop)
}

/// The acts of the ratings whose words were told after a position.
pub(crate) async fn acts_after(txn: &Txn, after: i64) -> Result<Vec<Uuid>, DbErr> {
    told_after(after).into_tuple().all(txn).await
}

fn told_after(after: i64) -> Select<rating::Entity> {
    rating::Entity::find()
        .select_only()
        .column(rating::Column::ActId)
        .filter(rating::Column::WordsPosition.gt(after))
        // In the index's own words; otherwise SQLite does not use it.
        .filter(Expr::cust("words_position > 0"))
}

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};
    use sea_orm::QueryTrait as _;

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn p09_words_of_another_history_are_found_by_an_index() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let found = plan(&store, told_after(7).build(store.backend())).await;
        assert!(found.contains("rating_words"), "{found}");
    }
}
