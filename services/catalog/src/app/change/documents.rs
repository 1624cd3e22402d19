//! Changes of documents: profiles, tag lists, the calendar.

use domain::{
    calendar::Calendar,
    codes::RegionCode,
    profile::Profile,
    source::Source,
    tags::TagList,
    violation::{Violations, identifier, plain_text},
};
use platform::status::Failure;
use prost::Message as _;
use proto::fact::v1::{CalendarPublished, Fact, ProfilePublished, TagListPublished, fact::Body};
use serde::Deserialize;

use super::subject::{ReadSubject, Subject};
use crate::{
    app::catalog::publish::{Document, Publishing},
    error::Error,
    store::{self, policy::kind},
};

/// The nation's code.
const NATION: &str = "000000";
/// The longest document of a change, in characters.
const MAX_DOCUMENT: usize = 200_000;

/// What a layered document states about itself.
#[derive(Deserialize)]
struct Head {
    inherits: Option<String>,
}

pub(super) async fn read_profile(
    publishing: &Publishing<'_>,
    document: &str,
    region_code: &str,
    wrong: &mut Violations,
) -> Result<ReadSubject, Error> {
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
        superior = store::policy::profile_for(publishing.txn, above.as_str()).await?;
        if superior.is_some() {
            break;
        }
    }
    // C13: nobody can leave out the superior's rules by naming another superior, or none.
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
) -> Result<ReadSubject, Error> {
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
    let known = store::policy::newest_document(publishing.txn, kind::TAGS, &list.version).await?;
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

/// A tag list in the version under which it is published, and its last layer.
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

/// The subject of a calendar document.
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

/// The subject of a published calendar document.
pub(crate) fn year_of(text: &str) -> Option<Year> {
    Source { file: "calendar", text }.parse().ok()
}

pub(super) async fn read_calendar(
    publishing: &Publishing<'_>,
    document: &str,
    wrong: &mut Violations,
) -> Result<ReadSubject, Error> {
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
    let newest = store::policy::newest_document(publishing.txn, kind, key).await?;
    Ok(newest.and_then(|(_, body)| Fact::decode(body.as_slice()).ok()).and_then(|fact| fact.body))
}
