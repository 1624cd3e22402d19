//! All counts of a value and a day in one row, from what stands by count: figures need no rebuild for it. A
//! replica of the version before reads the table that it read, and folds nothing until it is replaced; a
//! later step removes that table.

use sea_orm::{DbBackend, FromQueryResult, Statement, Value};
use sea_orm_migration::{prelude::*, schema};

use crate::store::statistics::{
    counts::{Counts, Key},
    tallies,
};

/// How many counts are read at once.
const COUNTS: usize = 5_000;

pub(super) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m2026_11_30_430_tally"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tally = Table::create()
            .table("tally")
            .col(schema::small_integer("dimension"))
            .col(schema::string("key"))
            .col(schema::integer("day"))
            .col(schema::big_integer("marks"))
            .col(schema::binary("counts"))
            .primary_key(Index::create().col("dimension").col("key").col("day"))
            .to_owned();
        manager.create_table(tally).await?;
        let connection = manager.get_connection();
        if connection.get_database_backend() == DbBackend::Postgres {
            // Room on each page for what its rows become: then no index is written.
            connection.execute_unprepared("ALTER TABLE tally SET (fillfactor = 50)").await?;
            // Whoever folds holds its cursor first: it has ended before, or sees the version afterwards.
            connection.execute_unprepared("LOCK TABLE fact_cursor IN EXCLUSIVE MODE").await?;
        }
        connection.execute_unprepared("UPDATE fold SET version = 7 WHERE version = 6").await?;
        fill(connection).await
    }
}

/// A count as it stood.
#[derive(FromQueryResult)]
struct Count {
    dimension: i16,
    key: String,
    day: i32,
    measure: i16,
    channel: i16,
    level: i16,
    origin: i16,
    n: i64,
}

/// Takes over what is counted; of 300 on it is what all channels come to together.
async fn fill(connection: &impl ConnectionTrait) -> Result<(), DbErr> {
    let backend = connection.get_database_backend();
    let places = match backend {
        DbBackend::Postgres => "$1, $2, $3, $4, $5, $6, $7",
        _ => "?, ?, ?, ?, ?, ?, ?",
    };
    let sql = format!(
        "SELECT dimension, key, day, measure, channel, level, origin, n FROM figure \
         WHERE (dimension, key, day, measure, channel, level, origin) > ({places}) \
         AND dimension < 300 \
         ORDER BY dimension, key, day, measure, channel, level, origin LIMIT {COUNTS}"
    );
    let mut after: [Value; 7] =
        [0_i16.into(), "".into(), 0.into(), 0_i16.into(), 0_i16.into(), 0_i16.into(), 0_i16.into()];
    loop {
        let page = Statement::from_sql_and_values(backend, &sql, after);
        let page = Count::find_by_statement(page).all(connection).await?;
        let mut counts = Counts::new();
        for row in &page {
            let Count { dimension, day, measure, channel, level, origin, n, .. } = *row;
            let key = row.key.clone();
            counts.add_to(&Key { dimension, key, day, measure, origin, level, channel }, n);
        }
        tallies::add(connection, &counts).await?;
        let Some(Count { dimension, key, day, measure, channel, level, origin, .. }) =
            page.into_iter().next_back()
        else {
            return Ok(());
        };
        after = [
            dimension.into(),
            key.into(),
            day.into(),
            measure.into(),
            channel.into(),
            level.into(),
            origin.into(),
        ];
    }
}

#[cfg(test)]
mod tests {
    use platform::{
        database::{
            Store,
            many::{self, Column},
        },
        testing::TestPlace,
    };

    use super::*;
    use crate::{
        Migrator, NAME,
        app::statistics::{
            testing::{History, Town},
            verify::counted,
        },
        store::statistics::fold,
    };

    /// The schema of a version before.
    struct Before<const ALL_CHANNELS: bool>;

    #[async_trait::async_trait]
    impl<const ALL_CHANNELS: bool> MigratorTrait for Before<ALL_CHANNELS> {
        fn migrations() -> Vec<Box<dyn MigrationTrait>> {
            let mut all = Migrator::migrations();
            all.retain(|one| {
                let name = one.name();
                !name.ends_with("_430_tally") && (ALL_CHANNELS || !name.ends_with("_all_channels"))
            });
            all
        }
    }

    /// Writes counts as that version had them, and one that is none any more.
    async fn write(store: &Store, counts: &Counts, version: i32) {
        let mut all: Vec<(Key, i64)> = counts.iter().collect();
        let gone = Key { day: 1, ..all[0].0.clone() };
        all.push((gone, 0));
        let small =
            |of: fn(&Key) -> i16| Column::Small(all.iter().map(|(key, _)| of(key)).collect());
        let columns = vec![
            ("dimension", small(|key| key.dimension)),
            ("key", Column::Text(all.iter().map(|(key, _)| key.key.clone()).collect())),
            ("day", Column::Int(all.iter().map(|(key, _)| key.day).collect())),
            ("measure", small(|key| key.measure)),
            ("channel", small(|key| key.channel)),
            ("level", small(|key| key.level)),
            ("origin", small(|key| key.origin)),
            ("n", Column::Big(all.iter().map(|(_, n)| *n).collect())),
        ];
        many::insert(store.write(), "figure", columns, "").await.unwrap();
        let version = format!("INSERT INTO fold (id, version) VALUES (1, {version})");
        store.write().execute_unprepared(&version).await.unwrap();
    }

    #[tokio::test]
    async fn p02_what_was_counted_before_an_upgrade_is_there_after_it() {
        let town = Town::new().await;
        let mut history = History::new(41, town.fixture.act());
        town.live(&mut history, 400).await;
        let folded = counted(town.fixture.publication.store.read()).await.unwrap();
        let mut expected = Counts::new();
        for (key, n) in folded.iter() {
            for year in 0..10 {
                expected.add_to(&Key { day: key.day + 365 * year, ..key.clone() }, n);
            }
        }
        assert!(expected.len() > COUNTS, "more than are read at once");
        for (all_channels, version, then) in [(false, 4, 4), (false, 5, 7), (true, 6, 7)] {
            let place = TestPlace::new().await;
            let store = match all_channels {
                false => place.store::<Before<false>>(NAME).await,
                true => place.store::<Before<true>>(NAME).await,
            };
            write(&store, &expected, version).await;
            if all_channels {
                let all = "INSERT INTO figure (day, dimension, key, measure, channel, level, origin, n) \
                           SELECT day, dimension + 300, key, measure, 0, level, origin, \
                           CAST(SUM(n) AS bigint) FROM figure WHERE dimension < 100 \
                           GROUP BY day, dimension, key, measure, level, origin";
                store.write().execute_unprepared(all).await.unwrap();
            }
            Store::migrate::<Migrator>(&place.location, NAME).await.unwrap();
            assert_eq!(fold::version(store.read()).await.unwrap(), Some(then));
            assert_eq!(counted(store.read()).await.unwrap(), expected);
        }
    }
}
