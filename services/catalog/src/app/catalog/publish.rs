//! Publishes: stores what is new in the caller's transaction, and collects the facts to write. What
//! is there already stays as it is, so publishing twice changes nothing.

use std::collections::HashMap;

use domain::{
    base_item::BaseItem,
    codes::ItemCode,
    item::{Cause, Item, ItemState},
    organization::{Organization, UnitKind},
    violation::Violations,
};
use jiff::{Timestamp, civil::Date};
use platform::{
    clock::Clock,
    convert::{
        item::to_wire_item,
        unit::{to_wire_unit, without_persons},
    },
    database::Txn,
    facts::Turn,
    status::Failure,
};
use prost::Message as _;
use proto::fact::v1::{Fact, ItemPublished, UnitPublished, fact::Body};

use crate::{
    error::{Error, PolicyError},
    store,
};

/// How many implementations of a base item are changed at once.
const BATCH: u64 = 500;
/// How many items, units or facts are written at once.
const MANY: usize = 500;

/// What is published in one transaction, and why.
pub(crate) struct Publishing<'a> {
    pub(crate) txn: &'a Txn,
    /// The turn to write facts; none while a draft is only checked.
    turn: Option<Turn<'a>>,
    pub(crate) clock: &'a Clock,
    pub(crate) at: Timestamp,
    /// The change that publishes, if one does.
    pub(crate) change_id: Option<String>,
    /// What led to it.
    pub(crate) causes: Vec<Cause>,
    /// Facts that are not written yet.
    facts: Vec<Body>,
    /// How many facts this wrote.
    count: usize,
}

impl<'a> Publishing<'a> {
    /// Publishing without a cause: an operator's file, an import.
    pub(crate) fn new(txn: &'a Txn, turn: Turn<'a>, clock: &'a Clock) -> Self {
        Self { turn: Some(turn), ..Self::only_checking(txn, clock) }
    }

    /// For checking a draft: no facts can be written.
    pub(crate) fn only_checking(txn: &'a Txn, clock: &'a Clock) -> Self {
        let at = clock.now();
        Self {
            txn,
            turn: None,
            clock,
            at,
            change_id: None,
            causes: Vec::new(),
            facts: Vec::new(),
            count: 0,
        }
    }

    /// Writes the remaining facts; returns how many there were in all.
    pub(crate) async fn finish(mut self) -> Result<usize, Error> {
        self.write_facts().await?;
        Ok(self.count)
    }

    /// Adds facts, and writes them when they are many: an import's facts are never all in memory.
    async fn add_facts(&mut self, bodies: impl IntoIterator<Item = Body>) -> Result<(), Error> {
        self.facts.extend(bodies);
        if self.facts.len() >= MANY { self.write_facts().await } else { Ok(()) }
    }

    async fn write_facts(&mut self) -> Result<(), Error> {
        self.count += self.facts.len();
        let facts = std::mem::take(&mut self.facts);
        match self.turn {
            Some(turn) => Ok(turn.append(self.clock, facts).await?),
            None if facts.is_empty() => Ok(()),
            None => Err(Failure::Internal("a fact was written without a turn".to_owned()).into()),
        }
    }

    /// Base items, and with each of them its implementations (C01); returns how many hold something
    /// new.
    pub(crate) async fn base_items(&mut self, items: Vec<BaseItem>) -> Result<usize, Error> {
        let mut changed = 0;
        for items in items.chunks(MANY) {
            changed += self.some_base_items(items.to_vec()).await?;
        }
        Ok(changed)
    }

    async fn some_base_items(&mut self, items: Vec<BaseItem>) -> Result<usize, Error> {
        let codes = items.iter().map(|item| item.code.as_str()).collect();
        let known = store::catalog::bases(self.txn, Some(codes), "", u64::MAX >> 1).await?;
        let known: HashMap<&str, &BaseItem> = known.iter().map(|i| (i.code.as_str(), i)).collect();
        let mut news = Vec::new();
        for mut item in items {
            item.published_at = self.at;
            item.change_id.clone_from(&self.change_id);
            item.version = match known.get(item.code.as_str()) {
                None => 1,
                Some(old) if old.content == item.content && old.state == item.state => continue,
                Some(old) => old.version + 1,
            };
            news.push(item);
        }
        store::catalog::insert_bases(self.txn, &news).await?;
        for base in &news {
            self.implementations(base).await?;
        }
        Ok(news.len())
    }

    /// A new version of every implementation of a base item.
    async fn implementations(&mut self, base: &BaseItem) -> Result<(), Error> {
        let mut after = String::new();
        loop {
            let page = store::catalog::implementations(self.txn, &base.code, &after, BATCH).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after.clone_from(&last.code);
            let news = page.into_iter().map(|mut item| {
                item.content.inherit(&base.content);
                item.base_version = base.version;
                item.state = base.state;
                item.version += 1;
                item
            });
            self.keep(news.collect()).await?;
        }
    }

    /// Items that [`complete`] found nothing wrong with; returns how many hold something new.
    pub(crate) async fn items(&mut self, items: Vec<Item>) -> Result<usize, Error> {
        let mut changed = 0;
        for items in items.chunks(MANY) {
            changed += self.some_items(items.to_vec()).await?;
        }
        Ok(changed)
    }

    async fn some_items(&mut self, items: Vec<Item>) -> Result<usize, Error> {
        let codes = items.iter().map(|item| item.code.as_str());
        let known = store::catalog::currents(self.txn, codes).await?;
        let mut news = Vec::new();
        for mut item in items {
            item.version = match known.get(&item.code) {
                None => 1,
                Some(old) if says_the_same(old, &item) => continue,
                Some(old) => old.version + 1,
            };
            news.push(item);
        }
        let count = news.len();
        self.keep(news).await?;
        Ok(count)
    }

    async fn keep(&mut self, mut news: Vec<Item>) -> Result<(), Error> {
        for item in &mut news {
            item.published_at = self.at;
            item.change_id.clone_from(&self.change_id);
            item.causes.clone_from(&self.causes);
            store::catalog::insert_effects(self.txn, item).await?;
        }
        store::catalog::insert_items(self.txn, &news).await?;
        self.add_facts(news.iter().map(item_published)).await
    }

    /// Units of an organisation that changed, with all their versions.
    pub(crate) async fn units(
        &mut self,
        organization: &Organization,
        ids: &[&str],
    ) -> Result<(), Error> {
        for ids in ids.chunks(MANY) {
            store::organization::put_units(self.txn, organization, ids).await?;
            let published = ids.iter().map(|id| {
                let public = |unit| without_persons(to_wire_unit(unit)).encode_to_vec();
                let versions = organization.versions(id).iter().map(public).collect();
                Body::UnitPublished(UnitPublished { unit_id: (*id).to_owned(), versions })
            });
            self.add_facts(published).await?;
        }
        Ok(())
    }

    /// A document of a kind and key, if it holds something new. If its version is its public name,
    /// new content needs a new version.
    pub(crate) async fn document(&mut self, document: Document) -> Result<Option<i64>, Error> {
        let encoded = document.body_bytes();
        let Document { kind, key, version, body } = document;
        let newest = store::policy::newest_document(self.txn, kind, &key).await?;
        let version = match (newest, version) {
            (Some((_, known)), _) if known == encoded => return Ok(None),
            (Some((newest, _)), Some(version)) if version <= newest => {
                return Err(PolicyError::VersionReused { id: key, version }.into());
            }
            (_, Some(version)) => version,
            (Some((newest, _)), None) => newest + 1,
            (None, None) => 1,
        };
        store::policy::put_document(self.txn, kind, &key, version, self.at, encoded).await?;
        self.add_facts([body]).await?;
        Ok(Some(version))
    }
}

/// A document as it will be published.
pub(crate) struct Document {
    pub(crate) kind: i16,
    pub(crate) key: String,
    /// Its own version; none if it is numbered here.
    pub(crate) version: Option<i64>,
    pub(crate) body: Body,
}

impl Document {
    /// Its stored form: without id and time, so that the same document is the same bytes.
    pub(crate) fn body_bytes(&self) -> Vec<u8> {
        Fact { body: Some(self.body.clone()), ..Fact::default() }.encode_to_vec()
    }
}

/// Fills an item's fields from its base item (C01), and finds everything wrong with it.
pub(crate) fn complete(
    item: &mut Item,
    base: Option<&BaseItem>,
    organization: &Organization,
    today: Date,
) -> Violations {
    let mut wrong = Violations::default();
    item.base_version = 0;
    if let Ok(code) = ItemCode::parse(&item.code) {
        match base {
            None => {
                let why =
                    format!("has the base code {}, which is no base item", code.base.as_str());
                wrong.add("code", why);
            }
            Some(base) if base.state == ItemState::Cancelled => {
                wrong.add("code", format!("has the base item {}, which is cancelled", base.code));
            }
            Some(base) => {
                item.content.inherit(&base.content);
                item.base_version = base.version;
            }
        }
        let agency = organization.on(&item.content.agency_id, today);
        match agency.filter(|agency| agency.kind == UnitKind::Agency) {
            None => wrong.add("agency_id", "is not in the organisation"),
            Some(agency) => {
                let own = agency.uscc.as_deref() == Some(code.uscc);
                wrong.require(own, "code", "does not begin with its agency's credit code");
            }
        }
    }
    for (n, part) in item.content.participants.iter().enumerate() {
        let agency = organization.on(&part.agency_id, today);
        let known = agency.is_some_and(|agency| agency.kind == UnitKind::Agency);
        wrong.require(known, &format!("participants[{n}]"), "is not in the organisation");
    }
    for (field, id, kind) in [
        ("line_id", item.content.line_id.as_deref(), UnitKind::Line),
        ("region_code", Some(item.region_code.as_str()), UnitKind::Region),
    ] {
        let unit = id.map(|id| organization.on(id, today).filter(|unit| unit.kind == kind));
        wrong.require(unit.is_none_or(|unit| unit.is_some()), field, "is not in the organisation");
    }
    let mut more = item.violations().0;
    if item.base_version == 0 {
        // Fields that the base item would have filled are not missing here.
        more.retain(|v| !matches!(v.field.as_str(), "name" | "type" | "legal_basis"));
    }
    wrong.0.extend(more);
    wrong
}

/// Whether two versions of an item look the same to a reader. The fields of its base item change
/// only with the base item's version.
pub(crate) fn says_the_same(old: &Item, new: &Item) -> bool {
    old.content == new.content && old.region_code == new.region_code && old.state == new.state
}

/// An item's version was published.
fn item_published(item: &Item) -> Body {
    Body::ItemPublished(ItemPublished {
        item_code: item.code.clone(),
        version: item.version,
        item: to_wire_item(item).encode_to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use proto::catalog::v1::{
        BaseItem as WireBase, Cancellation, TransferFormat, TransferKind, change::Subject,
        change_step::Step,
    };
    use serde_json::Value;

    use super::*;
    use crate::{
        Catalog,
        jobs::load_region::tests::{FIRST_ITEM, loaded},
        rpc::testing::{
            FIRST_BASE, REGION, advance, at, authority, change, draft, editable, export, import,
            item, item_change, publish,
        },
    };

    const ITEMS: TransferKind = TransferKind::Items;
    const LINES: TransferFormat = TransferFormat::JsonLines;
    /// More than two pages of [`BATCH`] and one more.
    const IMPLEMENTATIONS: usize = 603;

    /// Makes handling items of the sample's first item, at every level.
    async fn many(catalog: &Catalog) -> Vec<String> {
        let file = export(catalog, ITEMS, LINES).await;
        let first = file.lines().find(|line| line.contains(FIRST_ITEM)).unwrap();
        let mut row: Value = serde_json::from_str(first).unwrap();
        let (mut rows, mut codes) = (String::new(), Vec::new());
        for n in 0..IMPLEMENTATIONS - 1 {
            let code = format!("{}{}{FIRST_BASE}{:02}", &FIRST_ITEM[..18], 1 + n / 100, n % 100);
            row["handling_item"] = format!("办理项{n}").into();
            row["code"] = code.clone().into();
            rows += &format!("{row}\n");
            codes.push(code);
        }
        let summary = import(catalog, ITEMS, LINES, &rows).await.done();
        assert_eq!(summary.changed, codes.len() as u64);
        codes.push(FIRST_ITEM.to_owned());
        codes
    }

    async fn base(catalog: &Catalog) -> WireBase {
        let base =
            store::catalog::base_item(&catalog.store, FIRST_BASE, None).await.unwrap().unwrap();
        platform::convert::item::to_wire_base_item(&base)
    }

    fn cancellation(code: &str) -> proto::catalog::v1::Change {
        let (code, reason) = (code.to_owned(), "示例依据".to_owned());
        change(Subject::Cancellation(Cancellation { code, reason }))
    }

    #[tokio::test]
    async fn c01_a_change_of_the_base_reaches_every_implementation_in_one_act() {
        let (catalog, _place) = loaded().await;
        let codes = many(&catalog).await;
        publish(&catalog, REGION, cancellation(&codes[0])).await.unwrap();
        at(&catalog, "2026-03-10T01:00:00Z");
        let head = platform::facts::head(&catalog.store).await.unwrap();
        let legal_basis = vec!["新依据".to_owned()];
        let new =
            WireBase {
                name: "新名称（示例）".to_owned(), legal_basis, ..base(&catalog).await
            };
        let act = publish(&catalog, "000000", change(Subject::BaseItem(new))).await.unwrap();
        for code in &codes[1..] {
            let item =
                store::catalog::item(catalog.store.read(), code, None).await.unwrap().unwrap();
            assert_eq!((item.version, item.base_version), (2, 2), "{code}");
            assert_eq!(item.content.name, "新名称（示例）");
            assert_eq!(item.content.legal_basis, ["新依据"]);
            assert_eq!(item.change_id.as_deref(), Some(act.change_id.as_str()));
            assert_eq!(item.published_at.to_string(), "2026-03-10T01:00:00Z");
        }
        let told = platform::facts::head(&catalog.store).await.unwrap() - head;
        assert_eq!(told, i64::try_from(codes.len()).unwrap() - 1, "one fact each");
        let cancelled = item(&catalog, &codes[0]).await.unwrap();
        assert_eq!(
            (cancelled.version, cancelled.base_version),
            (2, 1),
            "it takes no part any more"
        );
    }

    #[tokio::test]
    async fn i12_an_items_participants_are_agencies_of_the_organisation() {
        let (catalog, _place) = loaded().await;
        let mut edited = editable(&catalog, FIRST_ITEM).await;
        let part = |agency_id: &str| proto::r#type::v1::Involved {
            agency_id: agency_id.to_owned(),
            region_code: REGION.to_owned(),
        };
        edited.participants = vec![part("652301-a99"), part(REGION)];
        let refused = publish(&catalog, REGION, item_change(edited.clone())).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::InvalidArgument);
        assert_eq!(refused.message().matches("of 2").count(), 1, "{}", refused.message());
        edited.participants = vec![part("652301-a01")];
        publish(&catalog, REGION, item_change(edited.clone())).await.unwrap();
        let published = item(&catalog, FIRST_ITEM).await.unwrap();
        assert_eq!(published.participants, edited.participants);
        let file = export(&catalog, ITEMS, LINES).await;
        assert!(file.contains(r#""participants":[{"agency_id":"652301-a01""#), "and in files");
    }

    #[tokio::test]
    async fn c01_with_its_base_item_every_implementation_is_cancelled_and_none_is_added() {
        let (catalog, _place) = loaded().await;
        let codes = many(&catalog).await;
        let by = authority("甲", REGION);
        let mut edited = editable(&catalog, FIRST_ITEM).await;
        edited.guide.as_mut().unwrap().fee_standard = "1元".to_owned();
        let waiting = draft(&catalog, &by, item_change(edited)).await.unwrap();
        publish(&catalog, "000000", cancellation(FIRST_BASE)).await.unwrap();
        for code in &codes {
            let item =
                store::catalog::item(catalog.store.read(), code, None).await.unwrap().unwrap();
            assert_eq!((item.version, item.state), (2, ItemState::Cancelled), "{code}");
        }
        let again = item_change(editable(&catalog, FIRST_ITEM).await);
        let refused = draft(&catalog, &by, again.clone()).await.unwrap_err();
        assert!(refused.message().contains("which is cancelled"), "{refused}");
        let late = advance(&catalog, &by, &waiting, Step::Submit, "").await;
        assert!(late.unwrap_err().message().contains("which is cancelled"));
        // In force again, it accepts implementations again; those it had came one by one.
        let base = base(&catalog).await;
        publish(&catalog, "000000", change(Subject::BaseItem(base))).await.unwrap();
        let state = |code: &str| {
            let (catalog, code) = (catalog.clone(), code.to_owned());
            async move { item(&catalog, &code).await.unwrap().state() }
        };
        assert_eq!(state(FIRST_ITEM).await, proto::catalog::v1::ItemState::Cancelled);
        publish(&catalog, REGION, again).await.unwrap();
        assert_eq!(state(FIRST_ITEM).await, proto::catalog::v1::ItemState::Published);
        assert_eq!(state(&codes[0]).await, proto::catalog::v1::ItemState::Cancelled);
    }

    #[tokio::test]
    async fn c01_what_waits_for_approval_takes_the_base_items_new_name() {
        let (catalog, _place) = loaded().await;
        let (writer, approver) = (authority("甲", REGION), authority("乙", REGION));
        let mut edited = item(&catalog, FIRST_ITEM).await.unwrap();
        edited.guide.as_mut().unwrap().fee_standard = "1元".to_owned();
        let drafted = draft(&catalog, &writer, item_change(edited)).await.unwrap();
        let new = WireBase { name: "新名称（示例）".to_owned(), ..base(&catalog).await };
        publish(&catalog, "000000", change(Subject::BaseItem(new))).await.unwrap();
        for (officer, step) in
            [(&writer, Step::Submit), (&approver, Step::Approve), (&approver, Step::Publish)]
        {
            advance(&catalog, officer, &drafted, step, "").await.unwrap();
        }
        let item = item(&catalog, FIRST_ITEM).await.unwrap();
        assert_eq!((item.version, item.name.as_str()), (3, "新名称（示例）"));
        assert_eq!(item.guide.unwrap().fee_standard, "1元");
    }
}
