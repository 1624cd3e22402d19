//! What another service knows of the catalog: items, organisation, profiles, calendar and tags, kept
//! in its own store from the catalog's facts. All but the items is held in memory; of items, of which
//! there can be any number, only those asked for lately. A replica that does not apply facts itself
//! looks every second whether the store has newer ones, and reads only those.

mod organization;
mod snapshot;

pub use snapshot::Snapshot;

use std::sync::{Arc, PoisonError, RwLock};

use domain::item::Item;
use prost::Message as _;
use proto::{
    catalog::v1::Item as WireItem,
    fact::v1::{Fact, ItemPublished, fact::Body},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, DbErr, EntityTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, sea_query::OnConflict,
};

use crate::{
    convert,
    database::Store,
    facts::{
        consume::ApplyError,
        entity::{fact_cursor, reference},
    },
    hot::Hot,
    stop::Stop,
};

/// The producer of reference data.
pub const CATALOG: &str = "catalog";
/// How often a replica looks for newer reference data: the bound of its staleness.
const LOOK: std::time::Duration = std::time::Duration::from_secs(1);
/// Of more items published at once than this, each is not forgotten by name: all are.
const NAMED: usize = 1_000;

/// The kind of an item's row; read one by one, when asked for.
const ITEM: i16 = 1;
const AGENCY: i16 = 2;
const TERMINAL: i16 = 3;
const PROFILE: i16 = 4;
const CALENDAR: i16 = 5;
const TAG_LIST: i16 = 6;
const UNIT: i16 = 7;
/// What a snapshot holds.
const HELD: [i16; 6] = [AGENCY, TERMINAL, PROFILE, CALENDAR, TAG_LIST, UNIT];

/// The catalog as known to one process of a service.
#[derive(Clone)]
pub struct Reference {
    store: Store,
    snapshot: Arc<RwLock<Arc<Snapshot>>>,
    items: Arc<Hot<Item>>,
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
        let key = match version {
            None => current(code),
            Some(version) => format!("{code}@{version}"),
        };
        if let Some(item) = self.items.get(&key) {
            return Ok(Some(item));
        }
        let generation = self.items.generation();
        let rows = reference::Entity::find()
            .filter(reference::Column::Kind.eq(ITEM))
            .filter(reference::Column::Key.eq(code));
        let rows = match version {
            None => rows.order_by_desc(reference::Column::Version).limit(1),
            Some(version) => rows.filter(reference::Column::Version.eq(i64::from(version))),
        };
        let Some(row) = rows.one(self.store.read()).await? else { return Ok(None) };
        let wrong = |why: String| DbErr::Type(format!("reference {code}: {why}"));
        let Some(Body::ItemPublished(published)) = read(&row)?.body else {
            return Err(wrong("is no item".to_owned()));
        };
        let item = Arc::new(item(&published).map_err(wrong)?);
        self.items.put(generation, key, Arc::clone(&item));
        Ok(Some(item))
    }

    /// Takes in what the store has applied since it was last read.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn refresh(&self) -> Result<(), DbErr> {
        let cursor = fact_cursor::Entity::find_by_id(CATALOG).one(self.store.read()).await?;
        let position = cursor.map_or(0, |cursor| cursor.position);
        let known = self.now();
        if position <= known.position {
            return Ok(());
        }
        self.forget_items_after(known.position).await?;
        let rows = reference::Entity::find()
            .filter(reference::Column::Kind.is_in(HELD))
            .filter(reference::Column::Position.gt(known.position))
            .all(self.store.read())
            .await?;
        let mut snapshot = Snapshot::clone(&known);
        for row in rows {
            let fact = read(&row)?;
            let told = i64::try_from(fact.position).unwrap_or(i64::MAX);
            let learnt = fact.body.map_or(Ok(()), |body| snapshot.learn_at(told, body));
            learnt.map_err(|error| DbErr::Type(format!("reference {}: {error}", row.key)))?;
        }
        snapshot.position = position;
        // Of two that refresh at the same time the one that read more stands.
        let mut now = self.snapshot.write().unwrap_or_else(PoisonError::into_inner);
        if now.position < position {
            *now = Arc::new(snapshot);
        }
        Ok(())
    }

    async fn forget_items_after(&self, position: i64) -> Result<(), DbErr> {
        let newer: Vec<String> = reference::Entity::find()
            .select_only()
            .column(reference::Column::Key)
            .filter(reference::Column::Kind.eq(ITEM))
            .filter(reference::Column::Position.gt(position))
            .limit(NAMED as u64 + 1)
            .into_tuple()
            .all(self.store.read())
            .await?;
        if newer.len() > NAMED {
            self.items.clear();
        } else {
            let newer: Vec<String> = newer.iter().map(|code| current(code)).collect();
            self.items.forget(newer.iter().map(String::as_str));
        }
        Ok(())
    }

    /// Keeps looking until stopped.
    pub async fn follow(self, stop: Stop) {
        loop {
            tokio::select! {
                () = stop.stopped() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
            if let Err(error) = self.refresh().await {
                tracing::warn!(error = %error, "reference data not refreshed");
            }
        }
    }

    /// Applies one fact of the catalog; a fact nobody could read later is set aside.
    ///
    /// # Errors
    /// [`ApplyError`].
    pub async fn apply(txn: &DatabaseTransaction, fact: &Fact) -> Result<(), ApplyError> {
        let position = i64::try_from(fact.position).unwrap_or(i64::MAX);
        let Some(body) = &fact.body else { return Ok(()) };
        let (kind, key, version) = match body {
            Body::ItemPublished(item) => (ITEM, item.item_code.clone(), item.version.into()),
            Body::AgencyPublished(agency) => (AGENCY, agency.agency_id.clone(), position),
            Body::TerminalPublished(terminal) => (TERMINAL, terminal.terminal_id.clone(), position),
            Body::ProfilePublished(profile) => {
                (PROFILE, profile.profile_id.clone(), profile.version.into())
            }
            Body::CalendarPublished(_) => (CALENDAR, String::new(), position),
            Body::TagListPublished(_) => (TAG_LIST, String::new(), position),
            Body::UnitPublished(unit) => (UNIT, unit.unit_id.clone(), position),
            _ => return Ok(()),
        };
        let readable = match body {
            Body::ItemPublished(published) => item(published).map(|_| ()),
            body => Snapshot::default().learn_at(position, body.clone()),
        };
        readable.map_err(ApplyError::Park)?;
        let row = reference::ActiveModel {
            kind: Set(kind),
            key: Set(key),
            version: Set(version),
            position: Set(position),
            body: Set(fact.encode_to_vec()),
        };
        let key = [reference::Column::Kind, reference::Column::Key, reference::Column::Version];
        let once = OnConflict::columns(key).do_nothing().to_owned();
        reference::Entity::insert(row).on_conflict(once).exec_without_returning(txn).await?;
        Ok(())
    }
}

/// What an item's current version is kept under; a past version's key ends in its number.
fn current(code: &str) -> String {
    format!("{code}@")
}

fn read(row: &reference::Model) -> Result<Fact, DbErr> {
    Fact::decode(row.body.as_slice()).map_err(|error| DbErr::Type(error.to_string()))
}

fn item(published: &ItemPublished) -> Result<Item, String> {
    let wire = WireItem::decode(published.item.as_slice()).map_err(|error| error.to_string())?;
    convert::item::item(wire).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
