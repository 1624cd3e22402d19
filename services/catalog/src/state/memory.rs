//! What a process keeps in memory: profiles, calendar, tags, the organisation, and items read
//! lately. The organisation is kept whole: there are thousands of units, but any number of items.
//! Facts drop what is out of date: at once what this process publishes itself, within a second what
//! another replica does.

use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use domain::{
    item::Item,
    organization::{Organization, Windows},
};
use platform::{database::Store, facts, hot::Hot, reference::Snapshot, status::Failure};
use proto::fact::v1::fact::Body;
use tokio::sync::Mutex;

use crate::store;

/// More new facts than this are not read one by one: everything is read again.
const MANY: u64 = 2_000;

/// The catalog as known here, at one moment.
#[derive(Clone, Default)]
pub(crate) struct CatalogView {
    /// Profiles, calendar, tags.
    pub(crate) documents: Arc<Snapshot>,
    /// All units.
    pub(crate) organization: Arc<Organization>,
    /// Its windows, once somebody asked for them.
    windows: OnceLock<Windows>,
    /// The position of the last fact applied; none before the first reading.
    position: Option<i64>,
}

impl CatalogView {
    /// The windows of the organisation.
    pub(crate) fn windows(&self) -> &Windows {
        self.windows.get_or_init(|| Windows::of(&self.organization))
    }
}

/// What a process keeps.
pub(crate) struct Memory {
    store: Store,
    known: RwLock<Arc<CatalogView>>,
    items: Hot<String, Item>,
    /// Locked while new facts are applied.
    turn: Mutex<()>,
}

impl Memory {
    /// Empty.
    pub(crate) fn new(store: Store) -> Self {
        Self { store, known: RwLock::default(), items: Hot::new(), turn: Mutex::default() }
    }

    /// The catalog now.
    pub(crate) async fn view(&self) -> Result<Arc<CatalogView>, Failure> {
        let known = self.now();
        if known.position.is_none() {
            self.refresh().await?;
            return Ok(self.now());
        }
        Ok(known)
    }

    /// The current version of an item.
    pub(crate) async fn item(&self, code: &str) -> Result<Option<Arc<Item>>, Failure> {
        if let Some(item) = self.items.get(code) {
            return Ok(Some(item));
        }
        let generation = self.items.generation();
        let item = store::catalog::item(self.store.read(), code, None).await?.map(Arc::new);
        if let Some(item) = &item {
            self.items.put(generation, code, Arc::clone(item));
        }
        Ok(item)
    }

    /// Applies what was published since.
    pub(crate) async fn refresh(&self) -> Result<(), Failure> {
        let _turn = self.turn.lock().await;
        let known = self.now();
        let head = facts::head(&self.store).await?;
        let news = match known.position {
            Some(position) if position == head => return Ok(()),
            Some(position) if position < head => {
                let news = facts::list(&self.store, position, MANY).await?;
                let whole = news.last().is_some_and(|last| last.position >= head.cast_unsigned());
                whole.then_some(news)
            }
            // The first look, or a restored store with another history.
            _ => None,
        };
        let mut fresh = CatalogView {
            documents: Arc::clone(&known.documents),
            organization: Arc::clone(&known.organization),
            windows: OnceLock::new(),
            position: Some(head),
        };
        match news {
            None => {
                fresh.documents = Arc::new(store::policy::documents(&self.store).await?);
                fresh.organization =
                    Arc::new(store::organization::organization(self.store.read()).await?);
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
                        Some(Body::TerminalStopped(_) | Body::TerminalSilent(_)) => {}
                        _ => documented = true,
                    }
                }
                if documented {
                    fresh.documents = Arc::new(store::policy::documents(&self.store).await?);
                }
                if !units.is_empty() {
                    let mut changed = Organization::clone(&fresh.organization);
                    for id in &units {
                        changed.forget(id);
                    }
                    let units: Vec<&str> = units.into_iter().collect();
                    for ids in units.chunks(500) {
                        let versions = store::organization::unit_versions(
                            self.store.read(),
                            ids.iter().copied(),
                        );
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

    fn now(&self) -> Arc<CatalogView> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use platform::{bus::Bus, clock::Clock, keys::Keys, shell::Shell, testing::wait::until};
    use proto::catalog::v1::{TransferFormat, TransferKind, change::Subject};

    use crate::{
        Catalog,
        jobs::{
            follow,
            load_region::tests::{FIRST_ITEM, SOURCES, loaded},
        },
        rpc::testing::{REGION, change, editable, import, item, item_change, publish},
    };

    /// Another process on the same store.
    fn replica(catalog: &Catalog) -> Catalog {
        let clock = Clock::manual(catalog.shell.clock.now());
        let shell = Shell::new(&Keys::make(), clock, Bus::embedded()).unwrap();
        Catalog::new(catalog.store.clone(), shell)
    }

    async fn fee(catalog: &Catalog) -> String {
        item(catalog, FIRST_ITEM).await.unwrap().guide.unwrap().fee_standard
    }

    async fn set_fee(catalog: &Catalog, fee: &str) {
        let mut item = editable(catalog, FIRST_ITEM).await;
        item.guide.as_mut().unwrap().fee_standard = fee.to_owned();
        publish(catalog, REGION, item_change(item)).await.unwrap();
    }

    #[tokio::test]
    async fn c03_what_is_published_is_read_at_once_here_and_elsewhere_after_a_look() {
        let (catalog, _place) = loaded().await;
        let other = replica(&catalog);
        for n in 1..4 {
            let before = fee(&other).await;
            set_fee(&catalog, &format!("{n}元")).await;
            assert_eq!(fee(&catalog).await, format!("{n}元"));
            assert_eq!(fee(&other).await, before, "kept until it looks");
            other.memory.refresh().await.unwrap();
            assert_eq!(fee(&other).await, format!("{n}元"));
        }
        // Units and documents too, and what was never read before.
        let third = replica(&catalog);
        let known = third.memory.view().await.unwrap();
        let row = r#"{"kind":"line","unit_id":"line-new","name":"新","region_code":"652301"}"#;
        let kind = TransferKind::Organization;
        import(&catalog, kind, TransferFormat::JsonLines, row).await.done();
        let document = SOURCES.profiles[1].text.replace("version = 3", "version = 4");
        let document = proto::catalog::v1::ProfileDocument { document, ..Default::default() };
        publish(&catalog, REGION, change(Subject::Profile(document))).await.unwrap();
        assert!(known.organization.versions("line-new").is_empty());
        third.memory.refresh().await.unwrap();
        let known = third.memory.view().await.unwrap();
        assert_eq!(known.organization.versions("line-new").len(), 1);
        assert!(known.documents.policy("changji-2020@4").is_some());
        let here = catalog.memory.view().await.unwrap();
        assert_eq!(here.organization, known.organization);
    }

    #[tokio::test]
    async fn c03_more_news_than_are_looked_through_are_read_anew() {
        let (catalog, _place) = loaded().await;
        let other = replica(&catalog);
        let before = fee(&other).await;
        set_fee(&catalog, "9元").await;
        let rows: String = (0..=super::MANY)
            .map(|n| {
                format!("{{\"kind\":\"line\",\"unit_id\":\"l{n}\",\"name\":\"线\",\"region_code\":\"652301\"}}\n")
            })
            .collect();
        let kind = TransferKind::Organization;
        import(&catalog, kind, TransferFormat::JsonLines, &rows).await.done();
        assert_eq!(fee(&other).await, before);
        other.memory.refresh().await.unwrap();
        assert_eq!(fee(&other).await, "9元");
        let known = other.memory.view().await.unwrap();
        assert_eq!(known.organization.versions("l2000").len(), 1);
    }

    #[tokio::test]
    async fn c03_a_process_that_follows_learns_what_another_published() {
        let (catalog, _place) = loaded().await;
        let other = replica(&catalog);
        let before = fee(&other).await;
        let following = tokio::spawn(follow::run(other.clone()));
        set_fee(&catalog, "9元").await;
        until("the other learns it", async || fee(&other).await != before).await;
        assert_eq!(fee(&other).await, "9元");
        other.shell.stop.stop();
        following.await.unwrap();
    }
}
