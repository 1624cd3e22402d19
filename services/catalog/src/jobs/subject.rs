//! What a change is about: read from the wire, checked against what is published, and published.

use domain::{
    base_item::BaseItem,
    calendar::Calendar,
    codes::{BaseCode, ItemCode, RegionCode},
    deadline::day_of,
    item::{Cause, Item, ItemState},
    profile::Profile,
    source::Source,
    tags::TagList,
    violation::{Violations, identifier, plain_text},
};
use platform::{
    auth::Officer,
    convert::item::{base_item, cause, item, to_wire_item},
    status::Failure,
};
use prost::Message as _;
use proto::{
    catalog::v1::{Change, ItemType as WireType, change::Subject as Wire},
    fact::v1::{CalendarPublished, Fact, ProfilePublished, TagListPublished, fact::Body},
};
use serde::Deserialize;

use super::publish::{Document, Publishing, complete, kind, says_the_same};
use crate::{error::Error, store};

/// The nation's code.
const NATION: &str = "000000";
/// The most causes of one change.
const MAX_CAUSES: usize = 50;
/// The longest document of a change, in characters.
const MAX_DOCUMENT: usize = 200_000;
/// The longest reason for a cancellation, in characters.
const MAX_REASON: usize = 500;

/// What a change is about.
pub(crate) enum Subject {
    Base(BaseItem),
    Item(Box<Item>),
    /// The code of an item or a base item.
    Cancellation(String),
    Profile(Document),
    TagList(Document),
    Calendar(Document),
}

/// A change that may be published: what, where, and whose.
pub(crate) struct Checked {
    pub(crate) subject: Subject,
    pub(crate) causes: Vec<Cause>,
    /// The region whose Authority approves it.
    pub(crate) region_code: String,
    /// The agency whose item it is, if it is one.
    pub(crate) agency_id: Option<String>,
}

impl Checked {
    /// Reads a change of an officer and checks it against what is published now.
    ///
    /// # Errors
    /// Everything wrong with it.
    pub(crate) async fn read(
        publishing: &Publishing<'_>,
        officer: &Officer,
        change: &Change,
    ) -> Result<Self, Error> {
        let mut wrong = Violations::default();
        wrong.require(change.causes.len() <= MAX_CAUSES, "change.causes", "are more than 50");
        let mut causes = Vec::new();
        for (n, told) in change.causes.iter().enumerate().take(MAX_CAUSES) {
            let cause = wrong.take(&format!("change.causes[{n}].kind"), cause(told));
            // Named twice it is still one.
            causes.extend(cause.filter(|cause| !causes.contains(cause)));
            wrong.require(!told.id.is_empty(), &format!("change.causes[{n}].id"), "is missing");
            wrong.take(&format!("change.causes[{n}].id"), identifier(&told.id));
        }
        let read = match &change.subject {
            None => {
                wrong.add("change", "says not what is changed");
                None
            }
            Some(Wire::BaseItem(told)) => read_base(told.clone(), &mut wrong),
            Some(Wire::Item(told)) => {
                read_item(publishing, officer, (**told).clone(), &mut wrong).await?
            }
            Some(Wire::Cancellation(told)) => {
                wrong.require(
                    !told.reason.trim().is_empty(),
                    "change.cancellation.reason",
                    "is missing",
                );
                wrong.take("change.cancellation.reason", plain_text(&told.reason, MAX_REASON));
                read_cancellation(publishing, &told.code, &mut wrong).await?
            }
            Some(Wire::Profile(told)) => {
                read_profile(publishing, &told.document, &told.region_code, &mut wrong).await?
            }
            Some(Wire::TagList(told)) => {
                read_tags(publishing, officer.region(), &told.document, &mut wrong).await?
            }
            Some(Wire::Imported(_)) => {
                wrong.add("change.imported", "is told by an import, and by nobody else");
                None
            }
            Some(Wire::Calendar(told)) => {
                read_calendar(publishing, &told.document, &mut wrong).await?
            }
        };
        let read = wrong.finish(read)?;
        let (subject, region_code, agency_id) =
            read.ok_or_else(|| Error::from(Violations::default()))?;
        Ok(Self { subject, causes, region_code, agency_id })
    }

    /// Publishes it.
    pub(crate) async fn publish(self, publishing: &mut Publishing<'_>) -> Result<(), Error> {
        publishing.causes = self.causes;
        match self.subject {
            Subject::Base(base) => drop(publishing.base_items(vec![base]).await?),
            Subject::Item(item) => drop(publishing.items(vec![*item]).await?),
            Subject::Cancellation(code) if code.len() == 12 => {
                let known = store::bases(publishing.txn, Some(vec![&code]), "", 1).await?;
                let cancelled =
                    known.into_iter().map(|b| BaseItem { state: ItemState::Cancelled, ..b });
                publishing.base_items(cancelled.collect()).await?;
            }
            Subject::Cancellation(code) => {
                let known = store::currents(publishing.txn, [code.as_str()]).await?;
                let cancelled =
                    known.into_values().map(|i| Item { state: ItemState::Cancelled, ..i });
                publishing.items(cancelled.collect()).await?;
            }
            Subject::Profile(document)
            | Subject::TagList(document)
            | Subject::Calendar(document) => {
                publishing.document(document).await?;
            }
        }
        Ok(())
    }
}

/// What was read: the subject, the region whose it is, the agency if it is one's.
pub(crate) type Read = Option<(Subject, String, Option<String>)>;

fn read_base(told: proto::catalog::v1::BaseItem, wrong: &mut Violations) -> Read {
    let told = proto::catalog::v1::BaseItem { published_at: Some(Default::default()), ..told };
    let base = wrong.take("change.base_item.type", base_item(told))?;
    let base = BaseItem { state: ItemState::Published, ..base };
    below("change.base_item", base.violations(), wrong);
    let region = region_of_base(&base.code)?;
    Some((Subject::Base(base), region, None))
}

/// The region whose a base item is: the nation's, or a province's.
pub(crate) fn region_of_base(code: &str) -> Option<String> {
    BaseCode::parse(code).ok().map(|code| format!("{}0000", code.region()))
}

async fn read_item(
    publishing: &Publishing<'_>,
    officer: &Officer,
    told: proto::catalog::v1::Item,
    wrong: &mut Violations,
) -> Result<Read, Error> {
    let (mut base, mut known) = (None, None);
    if let Ok(code) = ItemCode::parse(&told.code) {
        base = store::bases(publishing.txn, Some(vec![code.base.as_str()]), "", 1).await?.pop();
        known = store::currents(publishing.txn, [told.code.as_str()]).await?.remove(&told.code);
    }
    if known.as_ref().is_some_and(|known| !owns(officer, known)) {
        return Err(Error::ChangeNotFound);
    }
    // What the base item says stays empty here, or says the same.
    if let Some(base) = &base {
        let own_type = platform::convert::item::item_type(told.r#type).ok();
        let diverging = base.content.divergence(&told.name, own_type, &told.legal_basis);
        below("change.item", diverging, wrong);
    }
    let mut told = told;
    // Without a base item that is what is wrong, not the type it would have given.
    told.r#type = base.as_ref().map_or(WireType::OtherPower.into(), to_type);
    told.published_at = Some(Default::default());
    told.causes = Vec::new();
    let Some(mut item) = wrong.take("change.item", item(told)) else { return Ok(None) };
    item.state = ItemState::Published;
    let content = &item.content;
    let named = [Some(&content.agency_id), content.line_id.as_ref(), Some(&item.region_code)];
    let named = named.into_iter().flatten().map(String::as_str);
    let organization = store::units_of(publishing.txn, named).await?;
    let violations = complete(&mut item, base.as_ref(), &organization, day_of(publishing.at));
    below("change.item", violations, wrong);
    if let Some(known) = known {
        wrong.require(!says_the_same(&known, &item), "change.item", "says nothing new");
        // Drafted on an older version it would undo what was changed since, but for what came with
        // the base item.
        if item.version > 0 && item.version != known.version {
            let drafted_on = store::item(publishing.txn, &item.code, Some(item.version)).await?;
            let mut drafted_on = drafted_on.unwrap_or_else(|| item.clone());
            drafted_on.content.name.clone_from(&known.content.name);
            drafted_on.content.item_type = known.content.item_type;
            drafted_on.content.legal_basis.clone_from(&known.content.legal_basis);
            let why =
                format!("was drafted on another version than {}, the current one", known.version);
            if !says_the_same(&drafted_on, &known) {
                wrong.add("change.item.version", why);
            }
        }
    }
    let (region, agency) = (item.region_code.clone(), item.content.agency_id.clone());
    Ok(Some((Subject::Item(Box::new(item)), region, Some(agency))))
}

/// Whether an item is an officer's: of their region, and of their agency if they act for one. What
/// moves elsewhere moves by the hand of whoever has both places.
pub(crate) fn owns(officer: &Officer, item: &Item) -> bool {
    officer.reaches(&item.region_code)
        && officer.agency().is_none_or(|agency| item.content.agency_id == agency)
}

fn to_type(base: &BaseItem) -> i32 {
    platform::convert::item::to_wire_base_item(base).r#type
}

async fn read_cancellation(
    publishing: &Publishing<'_>,
    code: &str,
    wrong: &mut Violations,
) -> Result<Read, Error> {
    let unknown = "is no item in force";
    if let Ok(base) = BaseCode::parse(code) {
        let known = store::bases(publishing.txn, Some(vec![base.as_str()]), "", 1).await?;
        let in_force = known.first().is_some_and(|base| base.state == ItemState::Published);
        wrong.require(in_force, "change.cancellation.code", unknown);
        let region = region_of_base(code);
        return Ok(region.map(|region| (Subject::Cancellation(code.to_owned()), region, None)));
    }
    if wrong.take("change.cancellation.code", ItemCode::parse(code)).is_none() {
        return Ok(None);
    }
    let known = store::currents(publishing.txn, [code]).await?;
    let item = known.get(code).filter(|item| item.state == ItemState::Published);
    wrong.require(item.is_some(), "change.cancellation.code", unknown);
    Ok(item.map(|item| {
        let (region, agency) = (item.region_code.clone(), item.content.agency_id.clone());
        (Subject::Cancellation(code.to_owned()), region, Some(agency))
    }))
}

/// What a layered document says of itself.
#[derive(Deserialize)]
struct Head {
    inherits: Option<String>,
}

async fn read_profile(
    publishing: &Publishing<'_>,
    document: &str,
    region_code: &str,
    wrong: &mut Violations,
) -> Result<Read, Error> {
    let field = "change.profile.document";
    let Some(head) = head(field, document, wrong) else { return Ok(None) };
    let mut layers = match &head.inherits {
        None => Vec::new(),
        Some(above) => match newest(publishing, kind::PROFILE, above).await? {
            Some(Body::ProfilePublished(above)) => above.layers,
            _ => {
                wrong.add(field, format!("inherits \"{above}\", which is not published"));
                return Ok(None);
            }
        },
    };
    layers.push(document.to_owned());
    let file = "profile";
    let sources: Vec<Source<'_>> = layers.iter().map(|text| Source { file, text }).collect();
    let Some(profile) = wrong.take(field, Profile::parse(&sources)) else { return Ok(None) };
    let region = profile.region_code.clone().unwrap_or_else(|| region_code.to_owned());
    let same = region_code.is_empty() || region == region_code;
    wrong.require(same, "change.profile.region_code", "is not the document's");
    let Some(region) = wrong.take("change.profile.region_code", RegionCode::parse(&region)) else {
        return Ok(None);
    };
    if wrong.take(field, identifier(&profile.id)).is_none() {
        return Ok(None);
    }
    if let Some(list) = profile.tag_list.as_ref().map(|list| list.value.as_str())
        && known_tags(publishing, list).await?.is_none()
    {
        wrong.add(field, format!("names the tag list \"{list}\", which is not published"));
    }
    if let Some(Body::ProfilePublished(known)) =
        newest(publishing, kind::PROFILE, &profile.id).await?
    {
        let newer = profile.version > known.version;
        wrong.require(newer, field, "is not a newer version than the published one");
        let own = known.region_code.is_empty() || known.region_code == region.as_str();
        wrong.require(own, field, "has the id of another region's profile");
    }
    let mut superior = None;
    for above in region.ancestors() {
        superior = store::profile_for(publishing.txn, above.as_str()).await?;
        if superior.is_some() {
            break;
        }
    }
    // C13: what the superior in force says cannot be left out by naming another, or none.
    if let Some(superior) = superior
        && head.inherits.as_ref() != Some(&superior)
    {
        wrong.add(field, format!("does not inherit \"{superior}\", its superior's profile"));
    }
    let document = Document {
        kind: kind::PROFILE,
        key: profile.id.clone(),
        version: Some(profile.version.into()),
        body: Body::ProfilePublished(ProfilePublished {
            profile_id: profile.id,
            version: profile.version,
            region_code: region.to_string(),
            layers,
        }),
    };
    Ok(Some((Subject::Profile(document), region.to_string(), None)))
}

/// A list without layers above it is the nation's and in force everywhere; any other only where a
/// profile names it.
pub(crate) async fn read_tags(
    publishing: &Publishing<'_>,
    region: &str,
    document: &str,
    wrong: &mut Violations,
) -> Result<Read, Error> {
    let field = "change.tag_list.document";
    let Some(head) = head(field, document, wrong) else { return Ok(None) };
    let superiors = match &head.inherits {
        None => Vec::new(),
        Some(above) => match newest(publishing, kind::TAGS, above).await? {
            Some(Body::TagListPublished(above)) => {
                let mut superiors = above.superiors;
                superiors.push(above.document);
                superiors
            }
            _ => {
                wrong.add(field, format!("inherits \"{above}\", which is not published"));
                return Ok(None);
            }
        },
    };
    let layers = superiors.iter().map(String::as_str).chain([document]);
    let layers: Vec<Source<'_>> = layers.map(|text| Source { file: "tags", text }).collect();
    let Some(list) = wrong.take(field, TagList::parse(&layers)) else { return Ok(None) };
    if wrong.take(field, identifier(&list.version)).is_none() {
        return Ok(None);
    }
    let known = store::newest_document(publishing.txn, kind::TAGS, &list.version).await?;
    wrong.require(known.is_none(), field, "has a version that is published already");
    let document = Document {
        kind: kind::TAGS,
        key: list.version.clone(),
        version: Some(1),
        body: Body::TagListPublished(TagListPublished {
            version: list.version,
            document: document.to_owned(),
            superiors,
        }),
    };
    let region = if head.inherits.is_some() { region } else { NATION };
    Ok(Some((Subject::TagList(document), region.to_owned(), None)))
}

/// A tag list that is published under a version, and the layer that was.
pub(crate) struct KnownTags {
    pub(crate) list: TagList,
    pub(crate) document: String,
}

pub(crate) async fn known_tags(
    publishing: &Publishing<'_>,
    version: &str,
) -> Result<Option<KnownTags>, Error> {
    if identifier(version).is_err() {
        return Ok(None);
    }
    let Some(Body::TagListPublished(known)) = newest(publishing, kind::TAGS, version).await? else {
        return Ok(None);
    };
    let layers = known.superiors.iter().chain([&known.document]);
    let layers: Vec<Source<'_>> = layers.map(|text| Source { file: "tags", text }).collect();
    let list = TagList::parse(&layers).map_err(|e| Failure::Internal(e.to_string()))?;
    Ok(Some(KnownTags { list, document: known.document }))
}

/// What a document of the calendar is of.
#[derive(PartialEq, Eq, Deserialize)]
pub(crate) struct Year {
    year: i16,
    region: Option<String>,
}

impl std::fmt::Display for Year {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.region.as_deref().unwrap_or_default(), self.year)
    }
}

/// What a published document of the calendar is of.
pub(crate) fn year_of(text: &str) -> Option<Year> {
    Source { file: "calendar", text }.parse().ok()
}

async fn read_calendar(
    publishing: &Publishing<'_>,
    document: &str,
    wrong: &mut Violations,
) -> Result<Read, Error> {
    let field = "change.calendar.document";
    wrong.take(field, plain_text(document, MAX_DOCUMENT));
    let source = Source { file: "calendar", text: document };
    let Some(own) = wrong.take(field, source.parse::<Year>()) else { return Ok(None) };
    let Some(Body::CalendarPublished(mut calendar)) =
        newest(publishing, kind::CALENDAR, "").await?
    else {
        wrong.add(field, "has no calendar to become a year of");
        return Ok(None);
    };
    let list = if own.region.is_some() { &mut calendar.overlays } else { &mut calendar.years };
    list.retain(|text| year_of(text).as_ref() != Some(&own));
    list.push(document.to_owned());
    if let Err(why) = parse_calendar(&calendar) {
        wrong.add(field, why);
        return Ok(None);
    }
    let document = Document {
        kind: kind::CALENDAR,
        key: String::new(),
        version: None,
        body: Body::CalendarPublished(calendar),
    };
    Ok(Some((Subject::Calendar(document), own.region.unwrap_or_else(|| NATION.to_owned()), None)))
}

fn parse_calendar(calendar: &CalendarPublished) -> Result<Calendar, String> {
    let file = "calendar";
    let years: Vec<_> = calendar.years.iter().map(|text| Source { file, text }).collect();
    let overlays: Vec<_> = calendar.overlays.iter().map(|text| Source { file, text }).collect();
    Calendar::parse(&years, Source { file, text: &calendar.statutory })
        .and_then(|parsed| parsed.with_overlays(&overlays))
        .map_err(|error| error.to_string())
}

fn head(field: &str, document: &str, wrong: &mut Violations) -> Option<Head> {
    wrong.take(field, plain_text(document, MAX_DOCUMENT))?;
    let source = Source { file: "document", text: document };
    let head = wrong.take(field, source.parse::<Head>())?;
    wrong.take(field, identifier(head.inherits.as_deref().unwrap_or_default()))?;
    Some(head)
}

/// The newest published document of a kind and key.
pub(crate) async fn newest(
    publishing: &Publishing<'_>,
    kind: i16,
    key: &str,
) -> Result<Option<Body>, Error> {
    let newest = store::newest_document(publishing.txn, kind, key).await?;
    Ok(newest.and_then(|(_, body)| Fact::decode(body.as_slice()).ok()).and_then(|fact| fact.body))
}

/// Takes over violations of a part, with the part's name before their fields.
fn below(part: &str, violations: Violations, wrong: &mut Violations) {
    for violation in violations.0 {
        wrong.add(format!("{part}.{}", violation.field), violation.description);
    }
}

/// A kept change as it is checked once more: what an item has from its base item may have become
/// something else since, and reaches the item anyway (C01).
pub(crate) fn as_drafted(change: &Change) -> Change {
    let mut change = change.clone();
    if let Some(Wire::Item(item)) = &mut change.subject {
        (item.name, item.r#type, item.legal_basis) = (String::new(), 0, Vec::new());
    }
    change
}

/// The change as it is kept: what the caller has no say in is not theirs to say.
pub(crate) fn as_kept(change: &Change, checked: &Checked) -> Change {
    let subject = match (&checked.subject, &change.subject) {
        (Subject::Item(item), _) => Some(Wire::Item(Box::new(to_wire_item(item)))),
        (_, subject) => subject.clone(),
    };
    Change { subject, causes: change.causes.clone(), ..Change::default() }
}
