//! The data that ships inside the binary: profiles, calendars, tags and the sample region.

use std::path::Path;

use catalog::jobs::load_region::{RegionSource, Sources};
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

    /// An operator's own region; what it adds to the calendar for itself, beyond what ships or in
    /// its place, is in files `calendar-*.toml` of the folder
    /// ([`domain::calendar::Calendar::with_overlays`]).
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
    let own = region.map_or(&[][..], |region| region.calendar_overlays.as_slice());
    let calendar_overlays = overlays(DOMAIN_CALENDARS.dirs().flat_map(texts).collect(), own);
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

/// The calendar overlays that ship and an operator's own: of a region's year their own stands alone,
/// so that a notice takes the place of what shipped without it.
fn overlays<'a>(shipped: Vec<Source<'a>>, own: &'a [(String, String)]) -> Vec<Source<'a>> {
    #[derive(serde::Deserialize, PartialEq)]
    struct Head {
        region: String,
        year: i16,
    }
    let own: Vec<Source<'a>> = own.iter().map(|(file, text)| Source { file, text }).collect();
    // What cannot be read is left to the calendar, which says where it is wrong.
    let head = |source: &Source<'_>| source.parse::<Head>().ok();
    let replaced: Vec<Head> = own.iter().filter_map(head).collect();
    let stays = |source: &Source<'_>| head(source).is_none_or(|head| !replaced.contains(&head));
    shipped.into_iter().filter(stays).chain(own.iter().copied()).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c13_an_operators_notice_takes_the_place_of_the_year_that_shipped_without_it() {
        let own = |year: i16| {
            let text = format!(
                "region = \"650000\"\nyear = {year}\nnotice = \"通知\"\ndocument = \"号\"\n\
                 holiday = []\n"
            );
            (format!("calendar-{year}.toml"), text)
        };
        let shipped = || DOMAIN_CALENDARS.dirs().flat_map(texts).collect::<Vec<_>>();
        let count = shipped().len();
        let files = [own(2026), own(2027)];
        let all = overlays(shipped(), &files);
        assert_eq!(all.len(), count + 1, "one in the place of another, and one more");
        let mut years = texts(&DOMAIN_CALENDARS);
        let statutory = years.iter().position(|source| source.file == STATUTORY).unwrap();
        let statutory = years.remove(statutory);
        let calendar = domain::calendar::Calendar::parse(&years, statutory).unwrap();
        let calendar = calendar.with_overlays(&all).unwrap().of("652301");
        let day = calendar.day("2026-05-27".parse().unwrap()).unwrap();
        assert!(day.working && !day.provisional, "{day:?}");
    }
}
