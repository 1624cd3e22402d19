//! Loads a region's files and the documents that rule it, in one transaction: what is new is
//! published with its facts, what is known stays as it is, so that loading twice changes nothing.

use domain::{
    calendar::Calendar,
    profile::Profile,
    source::{Source, SourceError},
    tags::TagList,
};
use platform::facts;
use prost::Message as _;
use proto::fact::v1::{CalendarPublished, Fact, ProfilePublished, TagListPublished, fact::Body};
use sea_orm::DatabaseTransaction;

use super::region_file::{RegionFile, RegionSource, kind};
use crate::{Catalog, error::Error, facts::item_published, store};

/// Everything a region needs.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// The region's own files.
    pub region: RegionSource<'a>,
    /// Every profile that ships with the system; a region names the one in force.
    pub profiles: &'a [Source<'a>],
    /// The calendar years with a notice.
    pub calendar_years: &'a [Source<'a>],
    /// The statutory days of the years without one.
    pub statutory: Source<'a>,
    /// What regions add to the calendar for themselves.
    pub calendar_overlays: &'a [Source<'a>],
    /// The tag list in force.
    pub tags: Source<'a>,
}

/// Why a region is not loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file is wrong.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A published profile says something else under the same version.
    #[error("the profile {id} was changed, or a layer of it, but is still version {version}")]
    VersionReused {
        /// The profile.
        id: String,
        /// Its version.
        version: i64,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] Error),
}

/// A document as it will be published.
struct Document {
    kind: i16,
    key: String,
    /// The version it says it is; none if it is numbered here.
    version: Option<i64>,
    body: Body,
}

/// The kinds of document, as kept.
mod document {
    pub(super) const PROFILE: i16 = 1;
    pub(super) const CALENDAR: i16 = 2;
    pub(super) const TAGS: i16 = 3;
}

/// Loads a region; returns how many facts that told.
///
/// # Errors
/// [`LoadError`]: a wrong file is named with line and reason, and nothing is loaded.
pub async fn run(catalog: &Catalog, sources: Sources<'_>) -> Result<usize, LoadError> {
    let clock = &catalog.shell.clock;
    let region = RegionFile::read(sources.region, clock.now())?;
    let documents = read_documents(&region, &sources)?;
    let txn = catalog.store.begin().await.map_err(Error::from)?;
    // Two replicas that start at once load the same: the second finds what the first has published.
    facts::take_turn(&txn).await.map_err(Error::from)?;
    let mut bodies = Vec::new();
    for document in documents {
        bodies.extend(publish_document(&txn, document).await?);
    }
    for unit in region.units {
        let (kind, id) = (unit.kind, unit.id.clone());
        if !store::put_unit(&txn, unit).await? {
            continue;
        }
        if kind == kind::AGENCY {
            let agency = region.agencies.iter().find(|agency| agency.agency_id == id);
            bodies.extend(agency.cloned().map(Body::AgencyPublished));
        } else if kind == kind::TERMINAL {
            let terminal = region.terminals.iter().find(|terminal| terminal.terminal_id == id);
            bodies.extend(terminal.cloned().map(Body::TerminalPublished));
        }
    }
    for item in region.items {
        let published = store::publish_item(&txn, item).await?;
        bodies.extend(published.as_ref().map(item_published));
    }
    let told = bodies.len();
    facts::append(&txn, clock, bodies).await.map_err(Error::from)?;
    txn.commit().await.map_err(Error::from)?;
    catalog.shell.bus.committed(crate::NAME);
    Ok(told)
}

/// Parses every document and packs it as it will be published.
fn read_documents(
    region: &RegionFile,
    sources: &Sources<'_>,
) -> Result<Vec<Document>, SourceError> {
    let layers = layers_of(&region.profile, sources)?;
    let profile = Profile::parse(&layers)?;
    Calendar::parse(sources.calendar_years, sources.statutory)?
        .with_overlays(sources.calendar_overlays)?;
    let tags = TagList::parse(&[sources.tags])?;
    let text = |source: &Source<'_>| source.text.to_owned();
    Ok(vec![
        Document {
            kind: document::PROFILE,
            key: profile.id.clone(),
            version: Some(profile.version.into()),
            body: Body::ProfilePublished(ProfilePublished {
                profile_id: profile.id,
                version: profile.version,
                region_code: region.code.clone(),
                layers: layers.iter().map(text).collect(),
            }),
        },
        Document {
            kind: document::CALENDAR,
            key: String::new(),
            version: None,
            body: Body::CalendarPublished(CalendarPublished {
                years: sources.calendar_years.iter().map(text).collect(),
                statutory: text(&sources.statutory),
                overlays: sources.calendar_overlays.iter().map(text).collect(),
            }),
        },
        Document {
            kind: document::TAGS,
            key: String::new(),
            version: None,
            body: Body::TagListPublished(TagListPublished {
                version: tags.version,
                document: text(&sources.tags),
            }),
        },
    ])
}

/// The layers of a profile, the nation's first.
fn layers_of<'a>(profile: &str, sources: &Sources<'a>) -> Result<Vec<Source<'a>>, SourceError> {
    #[derive(serde::Deserialize)]
    struct Head {
        id: String,
        inherits: Option<String>,
    }
    let mut layers = Vec::new();
    let mut wanted = Some(profile.to_owned());
    while let Some(id) = wanted {
        let mut found = None;
        for source in sources.profiles {
            let head: Head = source.parse()?;
            if head.id == id && layers.len() <= sources.profiles.len() {
                found = Some((*source, head.inherits));
            }
        }
        let Some((source, inherits)) = found else {
            let why = format!("the profile \"{id}\" is not among the profiles, or inherits itself");
            return Err(sources.region.organization.error(0, why));
        };
        layers.insert(0, source);
        wanted = inherits;
    }
    Ok(layers)
}

/// Publishes a document if it says anything new. A profile is known by its version everywhere, so
/// a changed one needs a new version.
async fn publish_document(
    txn: &DatabaseTransaction,
    document: Document,
) -> Result<Option<Body>, LoadError> {
    let Document { kind, key, version, body } = document;
    let newest = store::newest_document(txn, kind, &key).await?;
    // Kept without id and time, so that the same document is the same bytes.
    let encoded = Fact { body: Some(body.clone()), ..Fact::default() }.encode_to_vec();
    let version = match (newest, version) {
        (Some((_, known)), _) if known == encoded => return Ok(None),
        (Some((newest, _)), Some(version)) if version <= newest => {
            return Err(LoadError::VersionReused { id: key, version });
        }
        (_, Some(version)) => version,
        (Some((newest, _)), None) => newest + 1,
        (None, None) => 1,
    };
    store::put_document(txn, kind, &key, version, encoded).await?;
    Ok(Some(body))
}

#[cfg(test)]
pub(crate) mod tests {
    use platform::{bus::Bus, clock::Clock, keys::Keys, shell::Shell, testing::TestPlace};

    use super::*;
    use crate::{Migrator, NAME};

    pub(crate) const FIRST_ITEM: &str = "11652301PY6523035C4002014901000";

    macro_rules! file {
        ($path:literal) => {
            Source { file: $path, text: include_str!(concat!("../../../", $path)) }
        };
    }

    pub(crate) const REGION: RegionSource<'static> = RegionSource {
        organization: file!("pingyi/sample/652301/organization.toml"),
        items: file!("pingyi/sample/652301/items.toml"),
        questionnaires: file!("pingyi/sample/652301/questionnaires.toml"),
    };

    pub(crate) const SOURCES: Sources<'static> = Sources {
        region: REGION,
        profiles: &[
            file!("domain/profiles/state-council-2019.toml"),
            file!("domain/profiles/changji-2020.toml"),
        ],
        calendar_years: &[file!("domain/calendars/2026.toml")],
        statutory: file!("domain/calendars/statutory.toml"),
        calendar_overlays: &[],
        tags: file!("domain/tags/national-2020-05.toml"),
    };

    pub(crate) async fn empty() -> (Catalog, TestPlace) {
        let place = TestPlace::new().await;
        let clock = Clock::manual("2026-03-02T01:00:00Z".parse().unwrap());
        let shell = Shell::new(&Keys::make(), clock, Bus::embedded()).unwrap();
        (Catalog::new(place.store::<Migrator>(NAME).await, shell), place)
    }

    pub(crate) async fn loaded() -> (Catalog, TestPlace) {
        let (catalog, place) = empty().await;
        run(&catalog, SOURCES).await.unwrap();
        (catalog, place)
    }

    #[tokio::test]
    async fn two_replicas_that_start_at_once_load_once() {
        let (catalog, _place) = empty().await;
        let loads = (run(&catalog, SOURCES), run(&catalog, SOURCES), run(&catalog, SOURCES));
        let told = tokio::join!(loads.0, loads.1, loads.2);
        let told = [told.0, told.1, told.2].map(Result::unwrap);
        let head = facts::head(&catalog.store).await.unwrap();
        assert_eq!(i64::try_from(told.iter().sum::<usize>()).unwrap(), head);
        assert_eq!(told.iter().filter(|told| **told > 0).count(), 1, "{told:?}");
    }

    #[tokio::test]
    async fn loading_twice_tells_nothing_twice_and_a_change_makes_a_version() {
        let (catalog, _place) = loaded().await;
        let head = facts::head(&catalog.store).await.unwrap();
        assert!(head > 20, "{head}");
        assert_eq!(run(&catalog, SOURCES).await.unwrap(), 0);
        let items = REGION.items.text.replace("示例）", "示例二）");
        let items = Source { file: "items.toml", text: &items };
        let changed = Sources { region: RegionSource { items, ..REGION }, ..SOURCES };
        assert!(run(&catalog, changed).await.unwrap() >= 12);
        let item = store::item(&catalog.store, FIRST_ITEM, None).await.unwrap().unwrap();
        assert_eq!(item.version, 2);
        assert!(item.content.name.contains("示例二"));
        let first = store::item(&catalog.store, FIRST_ITEM, Some(1)).await.unwrap().unwrap();
        assert!(!first.content.name.contains("示例二"));
    }

    #[tokio::test]
    async fn c13_a_changed_profile_needs_a_new_version() {
        let (catalog, _place) = loaded().await;
        let changji = SOURCES.profiles[1];
        for (version, loads) in [("version = 1", false), ("version = 2", true)] {
            let text = changji.text.replace("days = 15", "days = 14");
            let text = text.replace("version = 1", version);
            let profiles = [SOURCES.profiles[0], Source { text: &text, ..changji }];
            let changed = run(&catalog, Sources { profiles: &profiles, ..SOURCES }).await;
            assert_eq!(changed.is_ok(), loads, "{changed:?}");
        }
    }

    #[tokio::test]
    async fn c03_a_wrong_sample_file_is_told_with_file_line_and_reason_and_loads_nothing() {
        let (catalog, _place) = empty().await;
        let line = |needle: &str| {
            let at = REGION.items.text.find(needle).unwrap();
            REGION.items.text[..at].lines().count() + 1
        };
        let cases = [
            ("fee_basis = ", "fee_basis_ = ", line("fee_basis = "), "unknown field"),
            ("handling = \"on_the_spot\"", "handling = \"soon\"", line("handling = "), "soon"),
            ("agency = \"", "agency = \"x", line("agency = "), "is not in the organisation"),
            ("code = \"1", "code = \"2", line("code = "), "credit code"),
            ("fee_standard = \"", "fee_standard = \"\" #", line("[[item]]"), "fee_standard"),
        ];
        for (old, new, line, reason) in cases {
            let text = REGION.items.text.replacen(old, new, 1);
            assert_ne!(text, REGION.items.text, "{old}");
            let items = Source { file: "items.toml", text: &text };
            let wrong = Sources { region: RegionSource { items, ..REGION }, ..SOURCES };
            let told = run(&catalog, wrong).await.unwrap_err().to_string();
            let place = told.starts_with(&format!("items.toml:{line}:"));
            assert!(place && told.contains(reason), "{old}: {told} (line {line})");
        }
        assert_eq!(facts::head(&catalog.store).await.unwrap(), 0);
    }
}
