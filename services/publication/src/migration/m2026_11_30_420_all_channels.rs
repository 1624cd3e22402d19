//! What all channels come to together, from what stands by channel: figures need no rebuild for it. A
//! replica of the version before reads what it read, and folds nothing until it is replaced.

use sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::prelude::*;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_30_420_all_channels"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add(manager.get_connection()).await?;
        read_from_index(manager.get_connection()).await
    }
}

async fn add(connection: &impl ConnectionTrait) -> Result<(), DbErr> {
    if connection.get_database_backend() == DbBackend::Postgres {
        // Whoever folds holds its cursor first: it has ended before, or sees the version afterwards.
        connection.execute_unprepared("LOCK TABLE fact_cursor IN EXCLUSIVE MODE").await?;
    }
    connection.execute_unprepared("UPDATE fold SET version = 6 WHERE version = 5").await?;
    // 18 is what robots rated.
    let add = "INSERT INTO figure (day, dimension, key, measure, channel, level, origin, n) \
               SELECT day, dimension + 300, key, measure, 0, level, origin, CAST(SUM(n) AS bigint) \
               FROM figure WHERE dimension < 100 AND measure <> 18 \
               GROUP BY day, dimension, key, measure, level, origin";
    connection.execute_unprepared(add).await.map(drop)
}

/// A count is read from the index alone, where PostgreSQL knows its page as seen by all: so pages are
/// looked after earlier than one in five of all rows has changed.
async fn read_from_index(connection: &impl ConnectionTrait) -> Result<(), DbErr> {
    if connection.get_database_backend() != DbBackend::Postgres {
        return Ok(());
    }
    let index = "CREATE INDEX figure_sums ON figure (dimension, key, day, measure, level, origin) \
                 INCLUDE (n) WHERE dimension >= 300";
    connection.execute_unprepared(index).await?;
    let seen = "ALTER TABLE figure SET (autovacuum_vacuum_scale_factor = 0.01, \
                autovacuum_vacuum_insert_scale_factor = 0.01)";
    connection.execute_unprepared(seen).await.map(drop)
}

#[cfg(test)]
mod tests {
    use sea_orm::{EntityTrait as _, QueryOrder as _};

    use super::*;
    use crate::{
        app::statistics::testing::{History, Town},
        entity::figure,
        store::statistics::fold,
    };

    #[tokio::test]
    async fn p02_all_channels_together_are_what_they_are_by_channel_and_counted_once_for_the_past()
    {
        let town = Town::new().await;
        let mut history = History::new(41, town.fixture.act());
        town.live(&mut history, 400).await;
        let store = &town.fixture.publication.store;
        let figures = async || {
            let all = figure::Entity::find().order_by_asc(figure::Column::Dimension);
            let all = all
                .order_by_asc(figure::Column::Key)
                .order_by_asc(figure::Column::Day)
                .order_by_asc(figure::Column::Measure)
                .order_by_asc(figure::Column::Channel)
                .order_by_asc(figure::Column::Level)
                .order_by_asc(figure::Column::Origin);
            let mut rows = all.all(store.read()).await.unwrap();
            rows.retain(|row| row.n != 0);
            rows
        };
        let folded = figures().await;
        assert!(folded.iter().filter(|row| row.dimension > 300).count() > 100);
        let before = "DELETE FROM figure WHERE dimension > 300";
        store.write().execute_unprepared(before).await.unwrap();
        for (version, then) in [(4, 4), (5, 6)] {
            let set = format!("UPDATE fold SET version = {version}");
            store.write().execute_unprepared(&set).await.unwrap();
            store.write().execute_unprepared(before).await.unwrap();
            let txn = store.begin().await.unwrap();
            add(&txn).await.unwrap();
            txn.commit().await.unwrap();
            assert_eq!(fold::version(store.read()).await.unwrap(), Some(then));
            assert_eq!(figures().await, folded);
        }
    }
}
