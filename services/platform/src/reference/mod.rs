//! What another service knows of the catalog: items, organisation, profiles, calendar and tags,
//! kept in its own store from the catalog's facts. Everything but the items is in memory. Items can
//! be many, so only those asked for lately are. A replica that does not apply facts itself checks
//! every second whether the store has newer ones, and reads only those.

mod items;
mod kept;
mod organization;
mod passes;
mod snapshot;

pub use passes::Passes;
pub use snapshot::{Snapshot, calendar};

use std::{
    collections::HashSet,
    sync::{Arc, PoisonError, RwLock},
};

use domain::item::Item;
use prost::Message as _;
use proto::fact::v1::Fact;
use sea_orm::{ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _};
use tokio_stream::StreamExt as _;

use crate::{
    database::Store,
    facts::entity::{fact_cursor, reference},
    hot::Hot,
    stop::Stop,
    trouble::Kind,
};

/// The producer of reference data.
pub const CATALOG: &str = "catalog";
/// How often a replica looks for newer reference data: they are never older than this.
const LOOK: std::time::Duration = std::time::Duration::from_secs(1);

/// The kind of an item's row; read one by one, when asked for.
const ITEM: i16 = 1;
const AGENCY: i16 = 2;
const TERMINAL: i16 = 3;
const PROFILE: i16 = 4;
const CALENDAR: i16 = 5;
const TAG_LIST: i16 = 6;
const UNIT: i16 = 7;
/// A terminal that was stopped: nothing of it is looked up, it is kept to be taken back.
const STOP: i16 = 8;
/// What a snapshot holds.
const HELD: [i16; 6] = [AGENCY, TERMINAL, PROFILE, CALENDAR, TAG_LIST, UNIT];

/// The catalog as known to one process of a service.
#[derive(Clone)]
pub struct Reference {
    store: Store,
    snapshot: Arc<RwLock<Arc<Snapshot>>>,
    items: Arc<Hot<String, Item>>,
}

impl Reference {
    /// Reads what the store knows.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn load(store: Store) -> Result<Self, DbErr> {
        let reference = Self { store, snapshot: Arc::default(), items: Arc::default() };
        reference.refresh().await?;
        Ok(reference)
    }

    /// The catalog now, but for its items.
    #[must_use]
    pub fn now(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// An item: its current version, or a past one.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn item(&self, code: &str, version: Option<u32>) -> Result<Option<Arc<Item>>, DbErr> {
        items::known(&self.store, &self.items, code, version).await
    }

    /// Which of some codes are known items.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn items_among(&self, codes: Vec<String>) -> Result<HashSet<String>, DbErr> {
        items::among(&self.store, codes).await
    }

    /// Reads what the store has applied since the last reading; everything again if something was
    /// taken back since.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn refresh(&self) -> Result<(), DbErr> {
        let cursor = fact_cursor::Entity::find_by_id(CATALOG).one(self.store.read()).await?;
        let (position, reconciled) = cursor.map_or((0, 0), |row| (row.position, row.reconciled));
        let mut known = self.now();
        if reconciled != known.reconciled {
            known = Arc::default();
            self.items.clear();
        } else if position <= known.position {
            return Ok(());
        }
        items::forget_after(&self.store, &self.items, known.position).await?;
        let mut newer = reference::Entity::find()
            .filter(reference::Column::Kind.is_in(HELD))
            .filter(reference::Column::Position.gt(known.position))
            .stream(self.store.read())
            .await?;
        let mut snapshot = Snapshot::clone(&known);
        while let Some(row) = newer.next().await {
            let row = row?;
            let fact = read(&row)?;
            let at = i64::try_from(fact.position).unwrap_or(i64::MAX);
            let learnt = fact.body.map_or(Ok(()), |body| snapshot.learn_at(at, body));
            learnt.map_err(|error| DbErr::Type(format!("reference {}: {error}", row.key)))?;
        }
        drop(newer);
        (snapshot.position, snapshot.reconciled) = (position, reconciled);
        // If two refresh at the same time, the one that read more wins.
        let mut now = self.snapshot.write().unwrap_or_else(PoisonError::into_inner);
        if (now.reconciled, now.position) < (reconciled, position) {
            *now = Arc::new(snapshot);
        }
        Ok(())
    }

    /// The same; a failure is reported as a trouble of the service and tried again.
    pub async fn refresh_or_say(&self) {
        let waits = Kind::Job("changes of the catalog");
        match self.refresh().await {
            Ok(()) => self.store.troubles().end(waits),
            Err(error) => self.store.troubles().meet(waits, error),
        }
    }

    /// Keeps refreshing until stopped.
    pub async fn follow(self, stop: Stop) {
        loop {
            tokio::select! {
                () = stop.stopped() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
            self.refresh_or_say().await;
        }
    }
}

fn read(row: &reference::Model) -> Result<Fact, DbErr> {
    Fact::decode(row.body.as_slice()).map_err(|error| DbErr::Type(error.to_string()))
}

#[cfg(test)]
mod tests {
    use proto::{
        catalog::v1::{ItemState, Unit, UnitKind},
        fact::v1::{TerminalPublished, fact::Body},
    };
    use sea_orm::ActiveValue::{NotSet, Set};
    use sea_orm_migration::prelude::{MigrationTrait, MigratorTrait, async_trait};

    use super::{
        items::{NAMED, current, known},
        *,
    };
    use crate::{
        facts::{consume::Obstacle, identity, migration, reference_position},
        testing::{
            COMMITTED_ITEM, ON_THE_SPOT_ITEM, REGION, TERMINALS, TestPlace, republished,
            seed_reference, tag_list_published, tell, unit_published, wire_item,
        },
    };

    struct House;

    #[async_trait::async_trait]
    impl MigratorTrait for House {
        fn migrations() -> Vec<Box<dyn MigrationTrait>> {
            vec![
                Box::new(migration::Migration),
                Box::new(reference_position::Migration),
                Box::new(identity::Migration),
            ]
        }
    }

    /// A program of the version before.
    struct Older;

    #[async_trait::async_trait]
    impl MigratorTrait for Older {
        fn migrations() -> Vec<Box<dyn MigrationTrait>> {
            vec![Box::new(migration::Migration)]
        }
    }

    async fn seeded() -> (TestPlace, Store, Reference) {
        let place = TestPlace::new().await;
        let store = place.store::<House>("intake").await;
        let reference = seed_reference(&store).await;
        (place, store, reference)
    }

    fn day(text: &str) -> jiff::civil::Date {
        text.parse().unwrap()
    }

    /// A version of an item, by its name.
    fn version(code: &str, version: u32, name: &str) -> Body {
        let mut item = wire_item(code);
        item.version = version;
        item.name = name.to_owned();
        republished(&item)
    }

    async fn name(reference: &Reference, code: &str, version: Option<u32>) -> Option<String> {
        let item = reference.item(code, version).await.unwrap();
        item.map(|item| item.content.name.clone())
    }

    #[tokio::test]
    async fn an_item_is_the_newest_from_the_next_look_on_and_past_versions_stay() {
        let (_place, store, reference) = seeded().await;
        let code = ON_THE_SPOT_ITEM;
        assert!(name(&reference, code, None).await.unwrap().starts_with("示例事项"));
        assert_eq!(reference.item(code, Some(2)).await.unwrap(), None);
        tell(&store, vec![version(code, 2, "第二版")]).await;
        assert!(
            name(&reference, code, None).await.unwrap().starts_with("示例事项"),
            "not looked yet"
        );
        reference.refresh().await.unwrap();
        assert_eq!(name(&reference, code, None).await.unwrap(), "第二版");
        assert_eq!(name(&reference, code, Some(2)).await.unwrap(), "第二版");
        assert!(name(&reference, code, Some(1)).await.unwrap().starts_with("示例事项"));
        for nothing in ["", "11652301PY6523035C4002014901000@1", "@1", "@"] {
            assert_eq!(reference.item(nothing, None).await.unwrap(), None, "{nothing}");
        }
        assert_eq!(reference.item(code, Some(3)).await.unwrap(), None);
    }

    #[tokio::test]
    async fn what_nothing_newer_came_for_is_not_read_again() {
        let (_place, store, reference) = seeded().await;
        let first = reference.item(COMMITTED_ITEM, None).await.unwrap().unwrap();
        let before = reference.now();
        reference.refresh().await.unwrap();
        assert!(Arc::ptr_eq(&before, &reference.now()), "nothing came");
        tell(&store, vec![version(ON_THE_SPOT_ITEM, 2, "第二版")]).await;
        // The store is not asked for what the snapshot and the cache hold.
        let unreadable = reference::Entity::update_many()
            .set(reference::ActiveModel { body: Set(vec![0xff]), ..Default::default() })
            .filter(reference::Column::Position.lt(10))
            .exec(store.write());
        assert!(unreadable.await.unwrap().rows_affected > 5);
        reference.refresh().await.unwrap();
        let again = reference.item(COMMITTED_ITEM, None).await.unwrap().unwrap();
        assert!(Arc::ptr_eq(&first, &again), "another item's version does not touch it");
        let now = reference.now();
        assert!(now.policy("changji-2020@3").is_some() && now.calendar().is_some());
        assert!(now.terminal(TERMINALS[0], day("2026-03-02")).is_some());
        assert_eq!(name(&reference, ON_THE_SPOT_ITEM, None).await.unwrap(), "第二版");
    }

    #[tokio::test]
    async fn a_reader_overtaken_by_a_newer_version_does_not_bring_the_old_one_back() {
        let (_place, store, reference) = seeded().await;
        let code = ON_THE_SPOT_ITEM;
        let generation = reference.items.generation();
        let slow = known(&store, &reference.items, code, None).await.unwrap().unwrap();
        tell(&store, vec![version(code, 2, "第二版")]).await;
        reference.refresh().await.unwrap();
        reference.items.put(generation, current(code), slow);
        assert_eq!(name(&reference, code, None).await.unwrap(), "第二版");
    }

    #[tokio::test]
    async fn more_new_items_than_are_named_are_all_news() {
        let (_place, store, reference) = seeded().await;
        assert!(reference.item(COMMITTED_ITEM, None).await.unwrap().is_some());
        let more = (0..=NAMED).map(|n| {
            let mut item = wire_item(ON_THE_SPOT_ITEM);
            item.code = format!("item {n}");
            republished(&item)
        });
        let mut more: Vec<Body> = more.collect();
        more.push(version(COMMITTED_ITEM, 2, "第二版"));
        tell(&store, more).await;
        reference.refresh().await.unwrap();
        assert_eq!(name(&reference, COMMITTED_ITEM, None).await.unwrap(), "第二版");
    }

    #[tokio::test]
    async fn c01_an_item_is_cancelled_by_its_newest_version() {
        let (_place, store, reference) = seeded().await;
        let cancelled = |version, state: ItemState| {
            let mut item = wire_item(ON_THE_SPOT_ITEM);
            (item.version, item.state) = (version, state.into());
            republished(&item)
        };
        for (n, state) in [(2, ItemState::Cancelled), (3, ItemState::Published)] {
            let was = is_cancelled(&reference).await;
            tell(&store, vec![cancelled(n, state)]).await;
            reference.refresh().await.unwrap();
            let is = is_cancelled(&reference).await;
            assert_eq!((was, is), (n == 3, n == 2), "{state:?}");
        }
    }

    async fn is_cancelled(reference: &Reference) -> bool {
        let item = reference.item(ON_THE_SPOT_ITEM, None).await.unwrap().unwrap();
        item.state == domain::item::ItemState::Cancelled
    }

    #[tokio::test]
    async fn c06_terminals_and_units_are_known_from_facts_old_and_new() {
        let (_place, store, reference) = seeded().await;
        let today = day("2026-03-02");
        for id in TERMINALS {
            let known = reference.now();
            let terminal = known.terminal(id, today).unwrap();
            assert_eq!(
                (terminal.region_code.as_str(), terminal.hall_id.as_str()),
                (REGION, "652301-h01")
            );
        }
        let span = |hall: &str, from: &str, to: &str| Unit {
            unit_id: TERMINALS[1].to_owned(),
            kind: UnitKind::Terminal.into(),
            region_code: REGION.to_owned(),
            hall_id: hall.to_owned(),
            valid_from: from.to_owned(),
            valid_to: to.to_owned(),
            ..Unit::default()
        };
        let moved = [span("652301-h01", "", "2026-03-01"), span("652301-h02", "2026-03-02", "")];
        tell(&store, vec![unit_published(&moved)]).await;
        reference.refresh().await.unwrap();
        let known = reference.now();
        let hall = |day| known.terminal(TERMINALS[1], day).unwrap().hall_id.as_str();
        assert_eq!((hall(day("2026-03-01")), hall(today)), ("652301-h01", "652301-h02"));
        let started = Reference::load(store).await.unwrap().now();
        assert_eq!(started.terminal(TERMINALS[1], today).unwrap().hall_id, "652301-h02");
        assert_eq!(started.unit("652301-a01", today).map(|unit| unit.authority), Some(true));
    }

    #[tokio::test]
    async fn a_store_of_an_older_version_is_brought_up_and_an_older_process_can_still_write() {
        let place = TestPlace::new().await;
        let store = place.store::<Older>("intake").await;
        let fact = |position: u64, hall: &str| Fact {
            position,
            body: Some(Body::TerminalPublished(TerminalPublished {
                terminal_id: TERMINALS[0].to_owned(),
                region_code: REGION.to_owned(),
                hall_id: hall.to_owned(),
            })),
            ..Fact::default()
        };
        let row = |kind, key: &str, version, fact: &Fact| reference::ActiveModel {
            kind: Set(kind),
            key: Set(key.to_owned()),
            version: Set(version),
            position: NotSet,
            body: Set(fact.encode_to_vec()),
        };
        let write = async |row| {
            reference::Entity::insert(row).exec_without_returning(store.write()).await.unwrap();
        };
        let profile = crate::testing::catalog().into_iter().next();
        let profile = Fact { position: 6, body: profile, ..Fact::default() };
        write(row(PROFILE, "changji-2020", 1, &profile)).await;
        write(row(TERMINAL, TERMINALS[0], 7, &fact(7, "h7"))).await;
        write(row(TERMINAL, TERMINALS[0], 3, &fact(3, "h3"))).await;
        Store::migrate::<House>(&place.location, "intake").await.unwrap();
        let of = async |key: i64| {
            let id = (TERMINAL, TERMINALS[0].to_owned(), key);
            reference::Entity::find_by_id(id).one(store.read()).await.unwrap().unwrap().position
        };
        assert_eq!((of(3).await, of(7).await), (3, 7));
        tell(&store, (0..7).map(|n| tag_list_published(&format!("list {n}"), ("", ""))).collect())
            .await;
        let reference = Reference::load(store.clone()).await.unwrap();
        let today = day("2026-03-02");
        let hall = |reference: &Reference| {
            reference.now().terminal(TERMINALS[0], today).map(|unit| unit.hall_id.clone()).unwrap()
        };
        assert_eq!(hall(&reference), "h7", "the one told last");
        assert!(reference.now().policy("changji-2020@3").is_some());
        // During an upgrade: the old process applies a fact, then the new one does.
        write(row(TERMINAL, TERMINALS[0], 8, &fact(8, "h8"))).await;
        tell(&store, vec![tag_list_published("another", ("", ""))]).await;
        reference.refresh().await.unwrap();
        assert_eq!(hall(&reference), "h8");
        let newer = fact(9, "h9");
        let txn = store.begin().await.unwrap();
        assert!(Reference::apply(&txn, &[newer]).await.unwrap().is_empty());
        txn.commit().await.unwrap();
        tell(&store, vec![tag_list_published("third", ("", ""))]).await;
        reference.refresh().await.unwrap();
        assert_eq!(hall(&reference), "h9", "an old row read again does not take its place");
    }

    #[tokio::test]
    async fn a_fact_nobody_could_read_later_is_set_aside() {
        let (_place, store, _reference) = seeded().await;
        let txn = store.begin().await.unwrap();
        let mut item = wire_item(ON_THE_SPOT_ITEM);
        item.guide = None;
        let unit =
            Unit { unit_id: "u".to_owned(), valid_from: "soon".to_owned(), ..Unit::default() };
        for body in [republished(&item), unit_published(&[unit])] {
            let fact = Fact { position: 99, body: Some(body), ..Fact::default() };
            let left = Reference::apply(&txn, &[fact]).await.unwrap();
            assert!(matches!(left.as_slice(), [(99, Obstacle::Broken(_))]), "{left:?}");
        }
    }
}
