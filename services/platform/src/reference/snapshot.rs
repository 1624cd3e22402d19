//! The catalog as known at one moment: the organisation, profiles, calendar and tag lists, all of
//! their versions; parts that did not change are shared between one moment and the next.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use domain::{
    calendar::Calendar, codes::RegionCode, profile::Profile, source::Source, tags::TagList,
};
use jiff::civil::Date;
use proto::{
    catalog::v1::Unit,
    fact::v1::{CalendarPublished, ProfilePublished, TagListPublished, fact::Body},
};

use super::organization::{self, Organization};

/// The catalog as known here, at one moment; its items are looked up one by one.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Up to where the catalog's facts are known.
    pub(super) position: i64,
    /// How often something was taken back before this reading.
    pub(super) reconciled: i64,
    /// The greatest position read.
    told: i64,
    organization: Organization,
    profiles: Arc<Profiles>,
    calendar: Option<(i64, Arc<Calendar>)>,
    tag_lists: Arc<HashMap<String, Arc<TagList>>>,
    tags: Option<(i64, Arc<TagList>)>,
    /// The versions of the nation's list.
    national: Arc<HashSet<String>>,
}

#[derive(Clone, Debug, Default)]
struct Profiles {
    by_policy: BTreeMap<(String, u32), Arc<Profile>>,
    by_region: HashMap<String, Vec<Arc<Profile>>>,
}

impl Snapshot {
    /// The position of the last fact of the catalog in here: another number, another catalog.
    #[must_use]
    pub fn position(&self) -> i64 {
        self.position
    }

    /// A unit of the organisation on a day; once it was merged, its successor.
    #[must_use]
    pub fn unit(&self, id: &str, day: Date) -> Option<&Unit> {
        self.organization.unit(id, day)
    }

    /// Every unit of the organisation in force on a day, in no order.
    pub fn units(&self, day: Date) -> impl Iterator<Item = &Unit> {
        self.organization.all(day)
    }

    /// A terminal in use on a day, with its region and hall on that day.
    #[must_use]
    pub fn terminal(&self, id: &str, day: Date) -> Option<&Unit> {
        self.organization.terminal(id, day)
    }

    /// Whether a unit of this identity ever existed, in force or not.
    #[must_use]
    pub fn knows_unit(&self, id: &str) -> bool {
        self.organization.knows(id)
    }

    /// The profile in force for a region on a day: its own, else that of its nearest superior with
    /// one; of several in force the latest.
    #[must_use]
    pub fn profile_on(&self, region_code: &str, day: Date) -> Option<&Arc<Profile>> {
        let in_force = |profile: &&Arc<Profile>| profile.in_force_on(day);
        let own = RegionCode::parse(region_code).ok();
        let mut lineage = std::iter::successors(own, RegionCode::parent);
        lineage.find_map(|region| {
            let profiles = self.profiles.by_region.get(region.as_str())?;
            let in_force = profiles.iter().filter(in_force);
            in_force.max_by_key(|profile| (profile.in_force_from, profile.version))
        })
    }

    /// The profile version of a binding, as `id@version`.
    #[must_use]
    pub fn policy(&self, policy: &str) -> Option<&Arc<Profile>> {
        let (id, version) = policy.rsplit_once('@')?;
        self.profiles.by_policy.get(&(id.to_owned(), version.parse().ok()?))
    }

    /// The work calendar.
    #[must_use]
    pub fn calendar(&self) -> Option<&Arc<Calendar>> {
        self.calendar.as_ref().map(|(_, calendar)| calendar)
    }

    /// The tag list in force under a profile: the one it names, else the nation's.
    #[must_use]
    pub fn tags(&self, profile: &Profile) -> Option<&Arc<TagList>> {
        match &profile.tag_list {
            Some(named) => self.tag_list(&named.value),
            None => self.national_tags(),
        }
    }

    /// The nation's tag list published last: the one that does not inherit.
    #[must_use]
    pub fn national_tags(&self) -> Option<&Arc<TagList>> {
        self.tags.as_ref().map(|(_, tags)| tags)
    }

    /// The list of a version, if a rating under a profile may name it: the one the profile names,
    /// or any that the nation has published, since the rater may have seen that one.
    #[must_use]
    pub fn tags_shown(&self, profile: &Profile, version: &str) -> Option<&Arc<TagList>> {
        let named = profile.tag_list.as_ref().is_some_and(|list| list.value == version);
        (named || self.national.contains(version)).then(|| self.tag_list(version)).flatten()
    }

    /// A published version of a tag list.
    #[must_use]
    pub fn tag_list(&self, version: &str) -> Option<&Arc<TagList>> {
        self.tag_lists.get(version)
    }

    /// Adds one fact of the catalog, which comes after all those before.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn learn(&mut self, body: Body) -> Result<(), String> {
        self.learn_at(self.told + 1, body)
    }

    /// Adds the fact at `position`, in any order; for things without versions the last fact wins.
    /// Items are not held here.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn learn_at(&mut self, position: i64, body: Body) -> Result<(), String> {
        let stands = |known: Option<i64>| known.is_none_or(|known| known <= position);
        match body {
            Body::UnitPublished(published) => {
                self.organization.learn(position, organization::history(&published)?);
            }
            Body::AgencyPublished(agency) => {
                self.organization.learn(position, vec![organization::agency(agency)]);
            }
            Body::TerminalPublished(terminal) => {
                self.organization.learn(position, vec![organization::terminal(terminal)]);
            }
            Body::ProfilePublished(published) => {
                Arc::make_mut(&mut self.profiles).put(Arc::new(profile(&published)?));
            }
            Body::CalendarPublished(published) => {
                let calendar = Arc::new(calendar(&published)?);
                if stands(self.calendar.as_ref().map(|known| known.0)) {
                    self.calendar = Some((position, calendar));
                }
            }
            Body::TagListPublished(published) => {
                let national = published.superiors.is_empty();
                let tags = Arc::new(tags(&published)?);
                let lists = Arc::make_mut(&mut self.tag_lists);
                lists.insert(tags.version.clone(), Arc::clone(&tags));
                if national {
                    Arc::make_mut(&mut self.national).insert(tags.version.clone());
                }
                if national && stands(self.tags.as_ref().map(|known| known.0)) {
                    self.tags = Some((position, tags));
                }
            }
            _ => {}
        }
        self.told = self.told.max(position);
        Ok(())
    }
}

impl Profiles {
    fn put(&mut self, profile: Arc<Profile>) {
        let key = (profile.id.clone(), profile.version);
        // A layer that is only inherited is in force nowhere by itself.
        if let Some(region) = &profile.region_code {
            let of_region = self.by_region.entry(region.clone()).or_default();
            of_region.retain(|known| (&known.id, known.version) != (&profile.id, profile.version));
            of_region.push(Arc::clone(&profile));
        }
        self.by_policy.insert(key, profile);
    }
}

fn profile(published: &ProfilePublished) -> Result<Profile, String> {
    let file = published.profile_id.as_str();
    let layers: Vec<String> = published.layers.iter().map(|text| in_present_form(text)).collect();
    let layers: Vec<_> = layers.iter().map(|text| Source { file, text }).collect();
    let mut profile = Profile::parse(&layers).map_err(|error| error.to_string())?;
    // A template has no region: it is in force where it was published for.
    if profile.region_code.is_none() {
        profile.region_code =
            Some(published.region_code.clone()).filter(|region| !region.is_empty());
    }
    Ok(profile)
}

/// A layer in today's form. The first facts had a deadline's parts, and the follow-up parties,
/// beside the clause and not below `value`; facts are for good, so they must stay readable.
fn in_present_form(text: &str) -> String {
    let Ok(mut layer) = text.parse::<toml::Table>() else { return text.to_owned() };
    let mut changed = false;
    for (_, rule) in &mut layer {
        let toml::Value::Table(rule) = rule else { continue };
        if rule.contains_key("value") {
            continue;
        }
        let clause = rule.remove("clause");
        let value = std::mem::take(rule);
        rule.insert("value".to_owned(), toml::Value::Table(value));
        rule.extend(clause.map(|clause| ("clause".to_owned(), clause)));
        changed = true;
    }
    if changed { layer.to_string() } else { text.to_owned() }
}

/// The work calendar in a fact.
///
/// # Errors
/// If it cannot be read.
pub fn calendar(published: &CalendarPublished) -> Result<Calendar, String> {
    let file = "calendar";
    let years: Vec<_> = published.years.iter().map(|text| Source { file, text }).collect();
    let statutory = Source { file, text: &published.statutory };
    let overlays: Vec<_> = published.overlays.iter().map(|text| Source { file, text }).collect();
    Calendar::parse(&years, statutory)
        .and_then(|calendar| calendar.with_overlays(&overlays))
        .map_err(|error| error.to_string())
}

fn tags(published: &TagListPublished) -> Result<TagList, String> {
    let file = published.version.as_str();
    let layers = published.superiors.iter().chain([&published.document]);
    let layers: Vec<_> = layers.map(|text| Source { file, text }).collect();
    TagList::parse(&layers).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A profile of its own: the layers of the shipped one, in force elsewhere or later.
    fn profile_of(id: &str, version: u32, region: &str, from: &str) -> Body {
        let nation = include_str!("../../../domain/profiles/state-council-2019.toml");
        let own = format!(
            "id = \"{id}\"\nversion = {version}\ninherits = \"state-council-2019\"\n\
             region = \"{region}\"\ndocument = \"示例\"\nin_force_from = \"{from}\"\n\
             trial = false\n"
        );
        Body::ProfilePublished(ProfilePublished {
            profile_id: id.to_owned(),
            version,
            region_code: region.to_owned(),
            layers: vec![nation.to_owned(), own],
        })
    }

    fn tag_list(version: &str) -> Body {
        let document = include_str!("../../../domain/tags/national-2020-05.toml");
        Body::TagListPublished(TagListPublished {
            version: version.to_owned(),
            document: document.replace("national-2020-05", version),
            superiors: Vec::new(),
        })
    }

    #[test]
    fn c13_a_region_without_a_profile_has_that_of_its_nearest_superior() {
        let mut known = Snapshot::default();
        let on = |known: &Snapshot, region: &str| {
            let day = "2026-03-02".parse().unwrap();
            known.profile_on(region, day).map(|profile| profile.policy())
        };
        for (id, region) in [("nation", "000000"), ("province", "650000"), ("city", "652300")] {
            assert_eq!(on(&known, region).as_deref(), superior(id), "{region}");
            known.learn(profile_of(id, 1, region, "2020-01-01")).unwrap();
            for below in [region, "652301", "652301105", "652301105200"] {
                assert_eq!(on(&known, below).unwrap(), format!("{id}@1"), "{below}");
            }
        }
        known.learn(profile_of("village", 1, "652301105200", "2020-01-01")).unwrap();
        known.learn(profile_of("county", 1, "652301", "2026-03-03")).unwrap();
        for (region, policy) in [
            ("652301105200", "village@1"),
            ("652301105201", "city@1"),
            ("652301", "city@1"),
            ("654000", "province@1"),
            ("110105", "nation@1"),
        ] {
            assert_eq!(on(&known, region).as_deref(), Some(policy), "{region}");
        }
        for no_region in ["", "65", "昌吉", "elsewhere"] {
            assert_eq!(on(&known, no_region), None, "{no_region}");
        }
        let later = known.profile_on("652301", "2026-03-03".parse().unwrap()).unwrap();
        assert_eq!(later.policy(), "county@1", "its own once that is in force");
        known.learn(profile_of("city", 2, "652300", "2020-01-01")).unwrap();
        known.learn(profile_of("city", 3, "652300", "2019-01-01")).unwrap();
        assert_eq!(on(&known, "652301").unwrap(), "city@2", "the latest in force, then version");
        assert!(known.policy("city@3").is_some());
    }

    /// The profile a region has before it gets `id`'s.
    fn superior(id: &str) -> Option<&'static str> {
        match id {
            "province" => Some("nation@1"),
            "city" => Some("province@1"),
            _ => None,
        }
    }

    #[test]
    fn c13_a_profile_told_in_its_first_form_is_read_as_it_was_meant() {
        let first = "id = \"first\"\nversion = 1\nregion = \"652301\"\ndocument = \"示例\"\n\
                     trial = false\n[real_name]\nvalue = \"required\"\nclause = \"一\"\n\
                     [fix_clear]\ndays = 3\nunit = \"working\"\nevent = \"rating_received\"\n\
                     clause = \"二\"\n[follow_up]\nwhom = \"all_negative\"\nby = \"authority\"\n\
                     clause = \"三\"\n";
        let mut known = Snapshot::default();
        let told = ProfilePublished {
            profile_id: "first".to_owned(),
            version: 1,
            region_code: "652301".to_owned(),
            layers: vec![first.to_owned()],
        };
        known.learn(Body::ProfilePublished(told)).unwrap();
        let profile = known.policy("first@1").unwrap();
        let fix_clear = profile.deadline("fix_clear").unwrap();
        assert_eq!((fix_clear.days, fix_clear.clause.as_str()), (3, "示例 二"));
        assert_eq!(profile.follow_up.clause, "示例 三");
        assert_eq!(profile.real_name.clause, "示例 一");
    }

    #[test]
    fn c08_a_rating_names_the_list_of_its_profile_or_one_of_the_nations() {
        let mut known = Snapshot::default();
        known.learn(profile_of("own", 1, "652301", "2020-01-01")).unwrap();
        known.learn(tag_list("national-2020-05")).unwrap();
        let document = "version = \"local\"\ninherits = \"national-2020-05\"\nsource = \"示例\"\n";
        let national = include_str!("../../../domain/tags/national-2020-05.toml");
        let local = TagListPublished {
            version: "local".to_owned(),
            document: document.to_owned(),
            superiors: vec![national.to_owned()],
        };
        known.learn(Body::TagListPublished(local)).unwrap();
        let profile = known.policy("own@1").unwrap();
        let may_name = |version| known.tags_shown(profile, version).is_some();
        assert!(may_name("national-2020-05") && !may_name("local") && !may_name("nobody's"));
        assert_eq!(known.tags(profile).unwrap().version, "national-2020-05");
    }

    #[test]
    fn c08_every_published_tag_list_is_known_and_the_last_one_told_is_shown() {
        let mut known = Snapshot::default();
        known.learn_at(5, tag_list("second")).unwrap();
        known.learn_at(2, tag_list("first")).unwrap();
        assert_eq!(known.national_tags().unwrap().version, "second");
        assert!(known.tag_list("first").is_some() && known.tag_list("third").is_none());
        known.learn(tag_list("third")).unwrap();
        assert_eq!(known.national_tags().unwrap().version, "third");
    }
}
