//! What another service knows of the catalog: items, agencies, terminals, profiles, calendar and
//! tags, kept in its own store from the catalog's facts and held in memory. A replica that does
//! not apply facts itself looks every second whether the store has newer ones.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, PoisonError, RwLock},
};

use domain::{calendar::Calendar, item::Item, profile::Profile, source::Source, tags::TagList};
use jiff::civil::Date;
use prost::Message as _;
use proto::fact::v1::{
    CalendarPublished, Fact, ProfilePublished, TagListPublished, TerminalPublished, fact::Body,
};
use sea_orm::{
    ActiveValue::Set, DatabaseTransaction, DbErr, EntityTrait as _, QueryOrder as _,
    sea_query::OnConflict,
};

use crate::{
    convert,
    database::Store,
    facts::{
        consume::ApplyError,
        entity::{fact_cursor, reference},
    },
    stop::Stop,
};

/// The producer of reference data.
pub const CATALOG: &str = "catalog";
/// How often a replica looks for newer reference data: the bound of its staleness.
const LOOK: std::time::Duration = std::time::Duration::from_secs(1);

/// The catalog as known here, at one moment.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    position: i64,
    items: HashMap<String, Arc<Item>>,
    terminals: HashMap<String, TerminalPublished>,
    profiles: BTreeMap<(String, u32), Arc<Profile>>,
    calendar: Option<Arc<Calendar>>,
    tags: Option<Arc<TagList>>,
}

impl Snapshot {
    /// The current version of an item.
    #[must_use]
    pub fn item(&self, code: &str) -> Option<&Arc<Item>> {
        self.items.get(code)
    }

    /// A terminal.
    #[must_use]
    pub fn terminal(&self, id: &str) -> Option<&TerminalPublished> {
        self.terminals.get(id)
    }

    /// The profile in force in a region on a day: of those in force the latest.
    #[must_use]
    pub fn profile_on(&self, region_code: &str, day: Date) -> Option<&Arc<Profile>> {
        let region = |profile: &Arc<Profile>| profile.region_code.as_deref() == Some(region_code);
        let in_force =
            |profile: &Arc<Profile>| profile.in_force_from.is_none_or(|from| from <= day);
        self.profiles
            .values()
            .filter(|profile| region(profile) && in_force(profile))
            .max_by_key(|profile| (profile.in_force_from, profile.version))
    }

    /// The profile version something is bound to, as `id@version`.
    #[must_use]
    pub fn policy(&self, policy: &str) -> Option<&Arc<Profile>> {
        let (id, version) = policy.rsplit_once('@')?;
        self.profiles.get(&(id.to_owned(), version.parse().ok()?))
    }

    /// The work calendar.
    #[must_use]
    pub fn calendar(&self) -> Option<&Arc<Calendar>> {
        self.calendar.as_ref()
    }

    /// The tag list in force.
    #[must_use]
    pub fn tags(&self) -> Option<&Arc<TagList>> {
        self.tags.as_ref()
    }

    /// Takes in one fact of the catalog.
    ///
    /// # Errors
    /// Says why it cannot be read.
    pub fn learn(&mut self, body: Body) -> Result<(), String> {
        match body {
            Body::ItemPublished(published) => {
                let item = proto::catalog::v1::Item::decode(published.item.as_slice());
                let item = item.map_err(|error| error.to_string())?;
                let item = convert::item::item(item).map_err(|error| error.to_string())?;
                self.items.insert(published.item_code, Arc::new(item));
            }
            Body::TerminalPublished(terminal) => {
                self.terminals.insert(terminal.terminal_id.clone(), terminal);
            }
            Body::ProfilePublished(published) => {
                let profile = profile(&published)?;
                let key = (profile.id.clone(), profile.version);
                self.profiles.insert(key, Arc::new(profile));
            }
            Body::CalendarPublished(published) => {
                self.calendar = Some(Arc::new(calendar(&published)?));
            }
            Body::TagListPublished(published) => self.tags = Some(Arc::new(tags(&published)?)),
            _ => {}
        }
        Ok(())
    }
}

fn profile(published: &ProfilePublished) -> Result<Profile, String> {
    let file = published.profile_id.as_str();
    let layers: Vec<_> = published.layers.iter().map(|text| Source { file, text }).collect();
    Profile::parse(&layers).map_err(|error| error.to_string())
}

fn calendar(published: &CalendarPublished) -> Result<Calendar, String> {
    let file = "calendar";
    let years: Vec<_> = published.years.iter().map(|text| Source { file, text }).collect();
    let statutory = Source { file, text: &published.statutory };
    let overlays: Vec<_> = published.overlays.iter().map(|text| Source { file, text }).collect();
    Calendar::parse(&years, statutory)
        .and_then(|calendar| calendar.with_overlays(&overlays))
        .map_err(|error| error.to_string())
}

fn tags(published: &TagListPublished) -> Result<TagList, String> {
    let source = Source { file: &published.version, text: &published.document };
    TagList::parse(&[source]).map_err(|error| error.to_string())
}

/// The catalog as known to one process of a service.
#[derive(Clone)]
pub struct Reference {
    store: Store,
    snapshot: Arc<RwLock<Arc<Snapshot>>>,
}

impl Reference {
    /// Reads what the store knows.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn load(store: Store) -> Result<Self, DbErr> {
        let reference = Self { store, snapshot: Arc::default() };
        reference.refresh().await?;
        Ok(reference)
    }

    /// The catalog now.
    #[must_use]
    pub fn now(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the store again if it has applied newer facts.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn refresh(&self) -> Result<(), DbErr> {
        let cursor = fact_cursor::Entity::find_by_id(CATALOG).one(self.store.read()).await?;
        let position = cursor.map_or(0, |cursor| cursor.position);
        if position == self.now().position {
            return Ok(());
        }
        let rows = reference::Entity::find()
            .order_by_asc(reference::Column::Kind)
            .order_by_asc(reference::Column::Key)
            .order_by_asc(reference::Column::Version)
            .all(self.store.read())
            .await?;
        let mut snapshot = Snapshot { position, ..Snapshot::default() };
        for row in rows {
            let fact = Fact::decode(row.body.as_slice());
            let body = fact.map_err(|error| DbErr::Type(error.to_string()))?.body;
            let learnt = body.map_or(Ok(()), |body| snapshot.learn(body));
            learnt.map_err(|error| DbErr::Type(format!("reference {}: {error}", row.key)))?;
        }
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
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
        let (kind, key, version) = match &fact.body {
            Some(Body::ItemPublished(item)) => (1, item.item_code.clone(), item.version.into()),
            Some(Body::AgencyPublished(agency)) => (2, agency.agency_id.clone(), position),
            Some(Body::TerminalPublished(terminal)) => (3, terminal.terminal_id.clone(), position),
            Some(Body::ProfilePublished(profile)) => {
                (4, profile.profile_id.clone(), profile.version.into())
            }
            Some(Body::CalendarPublished(_)) => (5, String::new(), position),
            Some(Body::TagListPublished(_)) => (6, String::new(), position),
            _ => return Ok(()),
        };
        if let Some(body) = fact.body.clone() {
            Snapshot::default().learn(body).map_err(ApplyError::Park)?;
        }
        let row = reference::ActiveModel {
            kind: Set(kind),
            key: Set(key),
            version: Set(version),
            body: Set(fact.encode_to_vec()),
        };
        let key = [reference::Column::Kind, reference::Column::Key, reference::Column::Version];
        let once = OnConflict::columns(key).do_nothing().to_owned();
        reference::Entity::insert(row).on_conflict(once).exec_without_returning(txn).await?;
        Ok(())
    }
}
