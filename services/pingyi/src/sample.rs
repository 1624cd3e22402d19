//! The data that ships inside the binary: profiles, calendars, tags and the sample region.

use std::path::Path;

use catalog::jobs::{load_region::Sources, region_file::RegionSource};
use domain::source::Source;
use include_dir::{Dir, include_dir};

static DOMAIN_PROFILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../domain/profiles");
static DOMAIN_CALENDARS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../domain/calendars");
static SAMPLE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/sample/652301");
static DOMAIN_TAGS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../domain/tags");
const STATUTORY: &str = "statutory.toml";

/// A region's three files as text, and the calendar overlays beside them.
#[derive(Clone, Debug)]
pub struct RegionText {
    organization: (String, String),
    items: (String, String),
    questionnaires: (String, String),
    calendar_overlays: Vec<(String, String)>,
}

/// A region's file cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {source}")]
pub struct Unreadable {
    file: String,
    source: std::io::Error,
}

impl RegionText {
    /// The sample region that ships with the binary.
    #[must_use]
    pub fn sample() -> Self {
        let read = |name: &str| {
            let text = SAMPLE.get_file(name).and_then(include_dir::File::contents_utf8);
            (format!("sample/652301/{name}"), text.unwrap_or_default().to_owned())
        };
        Self {
            organization: read("organization.toml"),
            items: read("items.toml"),
            questionnaires: read("questionnaires.toml"),
            calendar_overlays: Vec::new(),
        }
    }

    /// An operator's own region; what it adds to the calendar for itself, beyond what ships, is in
    /// files `calendar-*.toml` of the folder ([`domain::calendar::Calendar::with_overlays`]).
    ///
    /// # Errors
    /// [`Unreadable`] naming the file.
    pub fn read(folder: &Path) -> Result<Self, Unreadable> {
        let read = |name: &str| {
            let path = folder.join(name);
            let file = path.display().to_string();
            match std::fs::read_to_string(&path) {
                Ok(text) => Ok((file, text)),
                Err(source) => Err(Unreadable { file, source }),
            }
        };
        Ok(Self {
            organization: read("organization.toml")?,
            items: read("items.toml")?,
            questionnaires: read("questionnaires.toml")?,
            calendar_overlays: overlay_names(folder)?
                .iter()
                .map(|name| read(name))
                .collect::<Result<_, _>>()?,
        })
    }

    fn source(&self) -> RegionSource<'_> {
        RegionSource {
            organization: Source { file: &self.organization.0, text: &self.organization.1 },
            items: Source { file: &self.items.0, text: &self.items.1 },
            questionnaires: Source { file: &self.questionnaires.0, text: &self.questionnaires.1 },
        }
    }
}

/// Loads the profiles, calendars and tags that ship with the binary, and a region if there is one,
/// into the catalog; returns how many facts that told.
///
/// # Errors
/// A wrong file is named with line and reason, and nothing is loaded.
pub async fn load(
    catalog: &catalog::Catalog,
    region: Option<&RegionText>,
) -> Result<usize, catalog::jobs::load_region::LoadError> {
    let profiles = profiles();
    let mut calendar_years = texts(&DOMAIN_CALENDARS);
    let statutory = calendar_years.iter().position(|source| source.file == STATUTORY);
    let statutory = statutory.map(|n| calendar_years.remove(n));
    let mut calendar_overlays: Vec<Source<'_>> = DOMAIN_CALENDARS.dirs().flat_map(texts).collect();
    calendar_overlays.extend(
        region
            .iter()
            .flat_map(|region| &region.calendar_overlays)
            .map(|(file, text)| Source { file, text }),
    );
    let sources = Sources {
        region: region.map(RegionText::source),
        profiles: &profiles,
        calendar_years: &calendar_years,
        statutory: statutory.unwrap_or(Source { file: STATUTORY, text: "" }),
        calendar_overlays: &calendar_overlays,
        tags: &texts(&DOMAIN_TAGS),
    };
    catalog::jobs::load_region::run(catalog, sources).await
}

/// The profiles that ship, one document each.
pub(crate) fn profiles() -> Vec<Source<'static>> {
    texts(&DOMAIN_PROFILES)
}

/// The names of the calendar overlays in an operator's folder, in order.
fn overlay_names(folder: &Path) -> Result<Vec<String>, Unreadable> {
    let unreadable = |source| Unreadable { file: folder.display().to_string(), source };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned();
        if name.starts_with("calendar-") && name.ends_with(".toml") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// The TOML files of a folder, in the order of their names.
fn texts(folder: &'static Dir<'static>) -> Vec<Source<'static>> {
    let mut texts: Vec<Source<'static>> = folder
        .files()
        .filter(|file| file.path().extension().is_some_and(|extension| extension == "toml"))
        .filter_map(|file| {
            Some(Source { file: file.path().to_str()?, text: file.contents_utf8()? })
        })
        .collect();
    texts.sort_by_key(|source| source.file);
    texts
}
