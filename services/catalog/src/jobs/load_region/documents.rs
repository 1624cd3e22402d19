//! The documents that ship, and an operator's own: profiles, tag lists, the calendar.

use std::iter::successors;

use domain::{
    calendar::Calendar,
    codes::RegionCode,
    profile::Profile,
    source::{Source, SourceError},
    tags::TagList,
};
use proto::fact::v1::{CalendarPublished, ProfilePublished, TagListPublished, fact::Body};

use super::{
    files::{Files, LoadError, Sources},
    region_file::RegionFile,
};
use crate::{
    app::{
        catalog::publish::{Document, Publishing},
        change::documents::{newest, year_of},
    },
    error::{Error, PolicyError},
    store::policy::kind,
};

/// Parses every document and packs it for publishing.
pub(super) fn read_documents(
    region: Option<&RegionFile>,
    sources: &Sources<'_>,
) -> Result<Vec<Document>, SourceError> {
    let text = |source: &Source<'_>| source.text.to_owned();
    let mut documents = Vec::new();
    let profiles = heads(sources.profiles)?;
    if let (Some(region), Some(source)) = (region, sources.region)
        && !profiles.iter().any(|head| head.id == region.profile)
    {
        let why = format!("the profile \"{}\" is not among the profiles", region.profile);
        return Err(source.organization.error(0, why));
    }
    for head in &profiles {
        let layers = layers_of(head, &profiles)?;
        let profile = Profile::parse(&layers)?;
        // A template names no region: it is in force where a region's file names it.
        let here = region.filter(|region| profile.id == region.profile);
        let here = here.map(|region| region.code.clone());
        if let (Some(here), Some(own), Some(source)) = (&here, &profile.region_code, sources.region)
            && !lies_in(here, own)
        {
            let why =
                format!("the profile \"{}\" is for {own}, and {here} is not there", profile.id);
            return Err(source.organization.error(0, why));
        }
        // Each region that names a template has its own publication of it.
        let key = match (&here, &profile.region_code) {
            (Some(here), None) => format!("{}@{here}", profile.id),
            _ => profile.id.clone(),
        };
        let region_code = profile.region_code.or(here).unwrap_or_default();
        documents.push(Document {
            kind: kind::PROFILE,
            key,
            version: Some(profile.version.into()),
            body: Body::ProfilePublished(ProfilePublished {
                profile_id: profile.id,
                version: profile.version,
                region_code,
                layers: layers.iter().map(text).collect(),
            }),
        });
    }
    let lists = heads(sources.tags)?;
    for head in &lists {
        let mut layers = layers_of(head, &lists)?;
        let list = TagList::parse(&layers)?;
        let own = layers.pop().unwrap_or(head.source);
        documents.push(Document {
            kind: kind::TAGS,
            key: list.version.clone(),
            version: Some(1),
            body: Body::TagListPublished(TagListPublished {
                version: list.version,
                document: text(&own),
                superiors: layers.iter().map(text).collect(),
            }),
        });
    }
    Calendar::parse(sources.calendar_years, sources.statutory)?
        .with_overlays(sources.calendar_overlays)?;
    documents.push(Document {
        kind: kind::CALENDAR,
        key: String::new(),
        version: None,
        body: Body::CalendarPublished(CalendarPublished {
            years: sources.calendar_years.iter().map(text).collect(),
            statutory: text(&sources.statutory),
            overlays: sources.calendar_overlays.iter().map(text).collect(),
        }),
    });
    Ok(documents)
}

/// Whether a region is the other or below it.
fn lies_in(region: &str, above: &str) -> bool {
    let own = RegionCode::parse(region).ok();
    successors(own, RegionCode::parent).any(|code| code.as_str() == above)
}

/// The key of a layered document, profile or tag list.
struct Head<'a> {
    source: Source<'a>,
    id: String,
    inherits: Option<String>,
}

fn heads<'a>(sources: &[Source<'a>]) -> Result<Vec<Head<'a>>, SourceError> {
    #[derive(serde::Deserialize)]
    struct DocumentHead {
        id: Option<String>,
        version: toml::Value,
        inherits: Option<String>,
    }
    let head = |source: &Source<'a>| {
        let DocumentHead { id, version, inherits } = source.parse()?;
        // A tag list's version is its identity, a profile's is a number beside it.
        let id = id.or_else(|| version.as_str().map(str::to_owned));
        let id = id.ok_or_else(|| source.error(0, "has no id"))?;
        Ok(Head { source: *source, id, inherits })
    };
    sources.iter().map(head).collect()
}

/// A document's layers, the nation's first.
fn layers_of<'a>(head: &Head<'a>, heads: &[Head<'a>]) -> Result<Vec<Source<'a>>, SourceError> {
    let mut layers = vec![head.source];
    let mut above = head.inherits.as_deref();
    while let Some(id) = above {
        let found = heads.iter().find(|head| head.id == id);
        let Some(found) = found.filter(|_| layers.len() <= heads.len()) else {
            let why = format!("inherits \"{id}\", which is not among these, or itself");
            return Err(head.source.error(0, why));
        };
        layers.insert(0, found.source);
        above = found.inherits.as_deref();
    }
    Ok(layers)
}

/// Publishes a document if the files hold something new for it.
pub(super) async fn publish_document(
    publishing: &mut Publishing<'_>,
    files: &mut Files,
    mut document: Document,
) -> Result<(), LoadError> {
    if let Body::CalendarPublished(calendar) = &mut document.body {
        let known = match newest(publishing, kind::CALENDAR, "").await? {
            Some(Body::CalendarPublished(known)) => known,
            _ => CalendarPublished::default(),
        };
        keep_years(files, &mut calendar.years, known.years);
        keep_years(files, &mut calendar.overlays, known.overlays);
        publishing.document(document).await?;
        return Ok(());
    }
    let bytes = document.body_bytes();
    if files.is_news(document.kind, document.key.clone(), &bytes) {
        match publishing.document(document).await {
            // An approved act was faster: what it published stays, and the service still starts.
            Err(Error::Policy(PolicyError::VersionReused { id, version })) => {
                tracing::warn!(
                    id,
                    version,
                    "not published: this version, or a newer one, is published already"
                );
            }
            done => drop(done?),
        }
    }
    Ok(())
}

/// Each year and overlay of the calendar is independent. Those without news in the files stay as
/// they were published. So does a published notice that the files only list as unknown, and all
/// that the files do not mention.
fn keep_years(files: &mut Files, own: &mut Vec<String>, known: Vec<String>) {
    let years: Vec<_> = own.iter().map(|text| year_of(text)).collect();
    for (text, year) in own.iter_mut().zip(&years) {
        let key = year.as_ref().map(ToString::to_string).unwrap_or_default();
        let news = files.is_news(kind::CALENDAR, key, text.as_bytes());
        if let Some(published) = known.iter().find(|known| year_of(known) == *year)
            && (!news || announces(published) && !announces(text))
        {
            text.clone_from(published);
        }
    }
    own.extend(known.into_iter().filter(|text| !years.contains(&year_of(text))));
}

/// Whether a document of the calendar holds a notice.
fn announces(text: &str) -> bool {
    #[derive(serde::Deserialize)]
    struct Head {
        document: Option<String>,
    }
    let head = Source { file: "calendar", text }.parse::<Head>();
    head.is_ok_and(|head| head.document.is_some())
}
