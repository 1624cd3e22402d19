//! What a process keeps in memory: profiles, calendar, tags, the organisation, and items read
//! lately. It is dropped by facts: at once for what this process publishes itself, and within a
//! second for what another replica does.

use std::{
    collections::BTreeSet,
    sync::{Arc, PoisonError, RwLock},
};

use domain::{item::Item, organization::Organization};
use platform::{database::Store, facts, hot::Hot, reference::Snapshot};
use proto::fact::v1::fact::Body;
use tokio::sync::Mutex;

use super::{documents, organization, unit_versions};
use crate::error::Error;

/// More news than this are not looked through: everything is read anew.
const MANY: u64 = 2_000;

/// The catalog as known here, at one moment.
#[derive(Clone, Default)]
pub(crate) struct Known {
    /// Profiles, calendar, tags.
    pub(crate) documents: Arc<Snapshot>,
    /// All units.
    pub(crate) organization: Arc<Organization>,
    /// The position of the last fact taken in; none before the first reading.
    position: Option<i64>,
}

/// What a process keeps.
pub(crate) struct Memory {
    store: Store,
    known: RwLock<Arc<Known>>,
    items: Hot<Item>,
    /// Held while news are taken in.
    turn: Mutex<()>,
}

impl Memory {
    /// Nothing yet.
    pub(crate) fn new(store: Store) -> Self {
        Self { store, known: RwLock::default(), items: Hot::new(), turn: Mutex::default() }
    }

    /// The catalog now.
    pub(crate) async fn known(&self) -> Result<Arc<Known>, Error> {
        let known = self.now();
        if known.position.is_none() {
            self.refresh().await?;
            return Ok(self.now());
        }
        Ok(known)
    }

    /// The current version of an item.
    pub(crate) async fn item(&self, code: &str) -> Result<Option<Arc<Item>>, Error> {
        if let Some(item) = self.items.get(code) {
            return Ok(Some(item));
        }
        let generation = self.items.generation();
        let item = super::item(self.store.read(), code, None).await?.map(Arc::new);
        if let Some(item) = &item {
            self.items.put(generation, code, Arc::clone(item));
        }
        Ok(item)
    }

    /// Takes in what was published since.
    pub(crate) async fn refresh(&self) -> Result<(), Error> {
        let _turn = self.turn.lock().await;
        let known = self.now();
        let head = facts::head(&self.store).await?;
        let news = match known.position {
            Some(position) if position == head => return Ok(()),
            // A store that was put back has another history.
            Some(position) if position < head => {
                let news = facts::list(&self.store, position, MANY).await?;
                let whole = news.last().is_some_and(|last| last.position >= head.cast_unsigned());
                whole.then_some(news)
            }
            _ => None,
        };
        let mut fresh = Known { position: Some(head), ..Known::clone(&known) };
        match news {
            None => {
                fresh.documents = Arc::new(documents(&self.store).await?);
                fresh.organization = Arc::new(organization(self.store.read()).await?);
                self.items.clear();
            }
            Some(news) => {
                let (mut units, mut items, mut documented) = (BTreeSet::new(), Vec::new(), false);
                for fact in &news {
                    match &fact.body {
                        Some(Body::ItemPublished(item)) => items.push(item.item_code.as_str()),
                        Some(Body::UnitPublished(unit)) => {
                            let _ = units.insert(unit.unit_id.as_str());
                        }
                        _ => documented = true,
                    }
                }
                if documented {
                    fresh.documents = Arc::new(documents(&self.store).await?);
                }
                if !units.is_empty() {
                    let mut changed = Organization::clone(&fresh.organization);
                    for id in &units {
                        changed.forget(id);
                    }
                    let units: Vec<&str> = units.into_iter().collect();
                    for ids in units.chunks(500) {
                        let versions = unit_versions(self.store.read(), ids.iter().copied());
                        versions.await?.into_iter().for_each(|unit| changed.restore(unit));
                    }
                    fresh.organization = Arc::new(changed);
                }
                self.items.forget(items);
            }
        }
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
        Ok(())
    }

    fn now(&self) -> Arc<Known> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }
}
