//! Loads the documents that ship and a region's files, in one transaction. Only what changed in
//! them since they were loaded last is published. So loading twice changes nothing, and a restart
//! does not undo what an approved act or an import has changed.

mod documents;
mod files;
mod region_file;

use std::{collections::HashMap, time::Duration};

use domain::{
    base_item::BaseItem,
    deadline::day_of,
    item::Item,
    organization::{MergeOutcome, Organization, Unit},
};
use jiff::Timestamp;
use platform::{
    convert::{
        item::{to_wire_base_item, to_wire_item},
        unit::to_wire_unit,
    },
    facts,
};
use prost::Message as _;

pub use files::{LoadError, Sources};
pub use region_file::RegionSource;

use self::{
    documents::{publish_document, read_documents},
    files::Files,
    region_file::RegionFile,
};
use crate::{
    app::catalog::publish::{Publishing, complete},
    error::Error,
    facts::commit,
    state::Catalog,
    store,
};

/// How long loading may pause between two of its statements: it reads and compares meanwhile.
const SILENCE: Duration = Duration::from_secs(60);

/// Loads the shipped documents and a region; returns how many facts it wrote.
///
/// # Errors
/// [`LoadError`]: a wrong file is named with line and reason, and nothing is loaded.
pub async fn run(catalog: &Catalog, sources: Sources<'_>) -> Result<usize, LoadError> {
    let at = catalog.shell.clock.now();
    let region = sources.region.map(|region| RegionFile::read(region, at)).transpose()?;
    let documents = read_documents(region.as_ref(), &sources)?;
    let txn = catalog.store.begin().await.map_err(Error::from)?;
    // Two replicas that start at once load the same files: the second finds what the first
    // published.
    let turn = facts::take_long_turn(&txn, SILENCE).await.map_err(Error::from)?;
    let mut publishing = Publishing::new(&txn, turn, &catalog.shell.clock);
    let mut files = Files { loaded: store::policy::loaded(&txn).await?, news: Vec::new() };
    for document in documents {
        publish_document(&mut publishing, &mut files, document).await?;
    }
    if let (Some(region), Some(source)) = (region, sources.region) {
        let units = &region.units;
        let organization = publish_units(&mut publishing, &mut files, units, source).await?;
        publish_items(&mut publishing, &mut files, region, &organization, source).await?;
    }
    store::policy::put_loaded(&txn, files.news).await?;
    let count = publishing.finish().await?;
    commit(catalog, txn).await?;
    Ok(count)
}

/// The kinds of file content besides the kinds of document.
const UNIT: i16 = 11;
const BASE_ITEM: i16 = 12;
const ITEM: i16 = 13;

async fn publish_units(
    publishing: &mut Publishing<'_>,
    files: &mut Files,
    units: &[(usize, Unit)],
    source: RegionSource<'_>,
) -> Result<Organization, LoadError> {
    let source = source.organization;
    let mut organization = store::organization::organization(publishing.txn).await?;
    let today = day_of(publishing.at);
    let mut changed = Vec::new();
    for (at, unit) in units {
        let body = to_wire_unit(unit).encode_to_vec();
        if !files.is_news(UNIT, unit.id.clone(), &body) {
            continue;
        }
        match organization.merge(unit.clone(), today) {
            Ok(MergeOutcome::Known) => {}
            Ok(MergeOutcome::New) => changed.push(unit.id.as_str()),
            Err((field, why)) => {
                let why = format!("{}: {field} {why}", unit.id);
                return Err(source.error(*at, why).into());
            }
        }
    }
    if let Some((id, field, why)) = organization.contradictions().first() {
        let at = units.iter().find(|(_, unit)| unit.id == *id).map_or(0, |(at, _)| *at);
        return Err(source.error(at, format!("{id}: {field} {why}")).into());
    }
    publishing.units(&organization, &changed).await?;
    Ok(organization)
}

async fn publish_items(
    publishing: &mut Publishing<'_>,
    files: &mut Files,
    region: RegionFile,
    organization: &Organization,
    source: RegionSource<'_>,
) -> Result<(), LoadError> {
    let mut bases = Vec::new();
    for base in region.base_items.values() {
        let timeless = BaseItem { published_at: Timestamp::UNIX_EPOCH, ..base.clone() };
        let body = to_wire_base_item(&timeless).encode_to_vec();
        if files.is_news(BASE_ITEM, base.code.clone(), &body) {
            bases.push(base.clone());
        }
    }
    publishing.base_items(bases).await?;
    let codes: Vec<&str> = region.base_items.keys().map(String::as_str).collect();
    let mut bases = HashMap::new();
    for codes in codes.chunks(500) {
        let page =
            store::catalog::bases(publishing.txn, Some(codes.to_vec()), "", u64::MAX >> 1).await?;
        bases.extend(page.into_iter().map(|base| (base.code.clone(), base)));
    }
    let today = day_of(publishing.at);
    let mut items = Vec::with_capacity(region.items.len());
    for (at, mut item) in region.items {
        let timeless = Item { published_at: Timestamp::UNIX_EPOCH, ..item.clone() };
        let body = to_wire_item(&timeless).encode_to_vec();
        if !files.is_news(ITEM, item.code.clone(), &body) {
            continue;
        }
        let base = item.code.get(19..31).and_then(|code| bases.get(code));
        let violations = complete(&mut item, base, organization, today);
        if !violations.0.is_empty() {
            let why = format!("{}: {violations}", item.content.name);
            return Err(source.items.error(at, why).into());
        }
        items.push(item);
    }
    publishing.items(items).await?;
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests {
    use domain::source::Source;
    use platform::{bus::Bus, clock::Clock, keys::Keys, shell::Shell, testing::TestPlace};

    use proto::catalog::v1::{
        CalendarDocument, Cancellation, ProfileDocument, TransferFormat, TransferKind,
        change::Subject,
    };

    use super::*;
    use crate::{
        Migrator, NAME,
        rpc::testing::{FIRST_BASE, REGION as CODE, change, import, publish},
    };

    pub(crate) const FIRST_ITEM: &str = "11652301PY6523035C4002014901000";

    macro_rules! file {
        ($path:literal) => {
            Source { file: $path, text: include_str!(concat!("../../../../", $path)) }
        };
    }

    pub(crate) const REGION: RegionSource<'static> = RegionSource {
        organization: file!("pingyi/sample/652301/organization.toml"),
        items: file!("pingyi/sample/652301/items.toml"),
        questionnaires: file!("pingyi/sample/652301/questionnaires.toml"),
    };

    pub(crate) const SOURCES: Sources<'static> = Sources {
        region: Some(REGION),
        profiles: &[
            file!("domain/profiles/state-council-2019.toml"),
            file!("domain/profiles/changji-2020.toml"),
        ],
        calendar_years: &[file!("domain/calendars/2026.toml")],
        statutory: file!("domain/calendars/statutory.toml"),
        calendar_overlays: &[],
        tags: &[file!("domain/tags/national-2020-05.toml"), file!("domain/tags/haiyang-2021.toml")],
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
        let changed = Sources { region: Some(RegionSource { items, ..REGION }), ..SOURCES };
        assert!(run(&catalog, changed).await.unwrap() >= 12);
        let item =
            store::catalog::item(catalog.store.read(), FIRST_ITEM, None).await.unwrap().unwrap();
        assert_eq!(item.version, 2);
        assert!(item.content.name.contains("示例二"));
        let first =
            store::catalog::item(catalog.store.read(), FIRST_ITEM, Some(1)).await.unwrap().unwrap();
        assert!(!first.content.name.contains("示例二"));
    }

    #[tokio::test]
    async fn c13_a_changed_profile_needs_a_new_version() {
        let (catalog, _place) = loaded().await;
        let changji = SOURCES.profiles[1];
        // What is published stays, and the service still starts.
        for (version, told) in [("version = 1", 0), ("version = 3", 0), ("version = 4", 1)] {
            let text = changji.text.replace("days = 15", "days = 14");
            assert_ne!(text, changji.text);
            let text = text.replace("version = 3", version);
            let profiles = [SOURCES.profiles[0], Source { text: &text, ..changji }];
            let changed = run(&catalog, Sources { profiles: &profiles, ..SOURCES }).await;
            assert_eq!(changed.unwrap(), told, "{version}");
        }
    }

    #[tokio::test]
    async fn c13_a_template_is_in_force_where_a_region_names_it_even_later() {
        let (catalog, _place) = empty().await;
        let profiles = [SOURCES.profiles[0], file!("domain/profiles/county-2020.toml")];
        let sources = Sources { profiles: &profiles, ..SOURCES };
        run(&catalog, Sources { region: None, ..sources }).await.unwrap();
        let organization = REGION.organization.text.replace("changji-2020", "county-2020");
        let organization = Source { file: "organization.toml", text: &organization };
        let region = Some(RegionSource { organization, ..REGION });
        run(&catalog, Sources { region, ..sources }).await.unwrap();
        let known = catalog.memory.view().await.unwrap();
        let policy = |region| {
            let day = "2026-03-02".parse().unwrap();
            known.documents.profile_on(region, day).unwrap().policy()
        };
        assert_eq!(
            (policy(CODE).as_str(), policy("652302").as_str()),
            ("county-2020@2", "state-council-2019@3")
        );
        // A region may not name another region's profile as its own.
        let elsewhere = REGION.organization.text.replace("code = \"652301\"", "code = \"652302\"");
        let organization = Source { file: "organization.toml", text: &elsewhere };
        let region = Some(RegionSource { organization, ..REGION });
        let refused = run(&catalog, Sources { region, ..SOURCES }).await.unwrap_err();
        assert!(refused.to_string().contains("is for 652301"), "{refused}");
        let profiles = [SOURCES.profiles[0], file!("domain/profiles/haiyang-2021.toml")];
        let elsewhere = REGION.organization.text.replace("changji-2020", "haiyang-2021");
        let organization = Source { file: "organization.toml", text: &elsewhere };
        let region = Some(RegionSource { organization, ..REGION });
        let refused = run(&catalog, Sources { region, profiles: &profiles, ..SOURCES }).await;
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("is for 370687, and 652301 is not there"), "{refused}");
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
            ("code = \"1", "code = \"2", line("[[item]]"), "credit code"),
            ("C4002014901000", "C4992014901000", line("[[item]]"), "a province's two digits"),
            ("type = \"20\"", "type = \"10\"", line("[[item]]"), "the type that the code names"),
            ("fee_standard = \"", "fee_standard = \"\" #", line("[[item]]"), "fee_standard"),
        ];
        for (old, new, line, reason) in cases {
            let text = REGION.items.text.replacen(old, new, 1);
            assert_ne!(text, REGION.items.text, "{old}");
            let items = Source { file: "items.toml", text: &text };
            let wrong = Sources { region: Some(RegionSource { items, ..REGION }), ..SOURCES };
            let told = run(&catalog, wrong).await.unwrap_err().to_string();
            let place = told.starts_with(&format!("items.toml:{line}:"));
            assert!(place && told.contains(reason), "{old}: {told} (line {line})");
        }
        assert_eq!(facts::head(&catalog.store).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn c02_a_file_that_is_put_back_as_it_was_is_taken_in_again() {
        let (catalog, _place) = loaded().await;
        let items = REGION.items.text.replacen("fee_standard = \"", "fee_standard = \"示例", 1);
        let items = Source { file: "items.toml", text: &items };
        let other = Sources { region: Some(RegionSource { items, ..REGION }), ..SOURCES };
        for (sources, version, told) in [(other, 2, 1), (SOURCES, 3, 1), (SOURCES, 3, 0)] {
            assert_eq!(run(&catalog, sources).await.unwrap(), told);
            let item = store::catalog::item(catalog.store.read(), FIRST_ITEM, None)
                .await
                .unwrap()
                .unwrap();
            assert_eq!(item.version, version);
            assert_eq!(item.content.guide.fee_standard.starts_with("示例"), version == 2);
        }
    }

    #[tokio::test]
    async fn c13_without_a_region_what_ships_is_published_all_the_same() {
        let (catalog, _place) = empty().await;
        let told = run(&catalog, Sources { region: None, ..SOURCES }).await.unwrap();
        assert_eq!(told, SOURCES.profiles.len() + SOURCES.tags.len() + 1);
        assert_eq!(run(&catalog, Sources { region: None, ..SOURCES }).await.unwrap(), 0);
        let known = catalog.memory.view().await.unwrap();
        assert!(known.documents.calendar().is_some() && known.organization.all().next().is_none());
    }

    #[tokio::test]
    async fn t04_a_published_notice_outlives_a_file_that_only_says_there_is_none() {
        let (catalog, _place) = loaded().await;
        let notice = "region = \"650000\"\nyear = 2026\nnotice = \"通知\"\ndocument = \"号\"\n\
                      holiday = []\n";
        let subject = Subject::Calendar(CalendarDocument { document: notice.to_owned() });
        publish(&catalog, "650000", change(subject)).await.unwrap();
        let overlays = [file!("domain/calendars/650000/2026.toml")];
        let sources = Sources { calendar_overlays: &overlays, ..SOURCES };
        for _ in 0..2 {
            assert_eq!(run(&catalog, sources).await.unwrap(), 0);
            let known = catalog.memory.view().await.unwrap();
            let calendar = known.documents.calendar().unwrap().of("652301");
            let day = calendar.day("2026-05-27".parse().unwrap()).unwrap();
            assert!(day.working && !day.provisional, "{day:?}");
        }
    }

    #[tokio::test]
    async fn c13_what_was_published_since_outlives_loading_the_same_files_again() {
        let (catalog, _place) = loaded().await;
        let calendar = "year = 2027\nnotice = \"示例通知\"\ndocument = \"示例号\"\nholiday = []\n";
        let profile = SOURCES.profiles[1].text.replace("version = 3", "version = 4");
        let base =
            store::catalog::base_item(&catalog.store, FIRST_BASE, None).await.unwrap().unwrap();
        let mut base = platform::convert::item::to_wire_base_item(&base);
        base.name = "新名称（示例）".to_owned();
        let cancelled = "11652301PY652304374000131901000";
        for (region, subject) in [
            ("000000", Subject::Calendar(CalendarDocument { document: calendar.to_owned() })),
            (CODE, Subject::Profile(ProfileDocument { document: profile, ..Default::default() })),
            ("000000", Subject::BaseItem(base)),
            (
                CODE,
                Subject::Cancellation(Cancellation {
                    code: cancelled.to_owned(),
                    reason: "示例依据".to_owned(),
                }),
            ),
            (
                "000000",
                Subject::Cancellation(Cancellation {
                    code: "000114901000".to_owned(),
                    reason: "示例依据".to_owned(),
                }),
            ),
        ] {
            publish(&catalog, region, change(subject)).await.unwrap();
        }
        let renamed =
            r#"{"kind":"line","unit_id":"line-social","name":"新名","region_code":"652301"}"#;
        let (kind, format) = (TransferKind::Organization, TransferFormat::JsonLines);
        import(&catalog, kind, format, renamed).await.done();
        let head = facts::head(&catalog.store).await.unwrap();
        assert_eq!(run(&catalog, SOURCES).await.unwrap(), 0);
        assert_eq!(facts::head(&catalog.store).await.unwrap(), head);
        // New content of files is loaded, and content they do not mention stays.
        let years = [SOURCES.calendar_years[0], file!("domain/calendars/2025.toml")];
        run(&catalog, Sources { calendar_years: &years, ..SOURCES }).await.unwrap();
        assert_eq!(facts::head(&catalog.store).await.unwrap(), head + 1);
        assert_eq!(run(&catalog, Sources { calendar_years: &years, ..SOURCES }).await.unwrap(), 0);
        let known = catalog.memory.view().await.unwrap();
        let calendar = known.documents.calendar().unwrap();
        for day in ["2025-03-03", "2027-03-03"] {
            assert!(!calendar.day(day.parse().unwrap()).unwrap().provisional, "{day}");
        }
    }
}
