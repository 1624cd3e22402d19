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
