//! A region's files: organisation, items, questionnaires. They are read and checked whole: the
//! first error is reported with file, line and reason, and nothing is loaded.

use std::collections::{BTreeMap, HashMap};

use domain::{
    base_item::{BaseContent, BaseItem},
    codes::RegionCode,
    item::{
        CaseKind, ChannelSteps, Content, FormField, Guide, Handling, Item, ItemState, ItemType,
        Limit, Material, Question,
    },
    organization::{Nature, OpeningSpan, SupportService, Unit, UnitKind},
    rating::InvolvedAgency,
    source::{Source, SourceError},
};
use jiff::Timestamp;
use serde::Deserialize;
use toml::Spanned;

/// A region's files.
#[derive(Clone, Copy, Debug)]
pub struct RegionSource<'a> {
    /// `organization.toml`.
    pub organization: Source<'a>,
    /// `items.toml`.
    pub items: Source<'a>,
    /// `questionnaires.toml`.
    pub questionnaires: Source<'a>,
}

/// A region as read.
pub(crate) struct RegionFile {
    /// Its code, GB/T 2260.
    pub(crate) code: String,
    /// The profile in force.
    pub(crate) profile: String,
    /// Every unit, the region first, with its place in the file.
    pub(crate) units: Vec<(usize, Unit)>,
    /// The content of its items from the base catalogue, by base code.
    pub(crate) base_items: BTreeMap<String, BaseItem>,
    /// Its items, in their first version, with their place in the file.
    pub(crate) items: Vec<(usize, Item)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrganizationToml {
    region: Spanned<RegionToml>,
    agency: Vec<Spanned<AgencyToml>>,
    hall: Vec<Spanned<HallToml>>,
    window: Vec<Spanned<WindowToml>>,
    staff: Vec<Spanned<StaffToml>>,
    terminal: Vec<Spanned<TerminalToml>>,
    line: Vec<Spanned<LineToml>>,
    #[serde(default)]
    platform: Vec<Spanned<PlatformToml>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegionToml {
    code: String,
    name: String,
    profile: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AgencyToml {
    id: String,
    name: String,
    #[serde(default = "department")]
    nature: Nature,
    uscc: String,
    authority: bool,
    leader: String,
    contact: String,
}

fn department() -> Nature {
    Nature::Department
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HallToml {
    id: String,
    name: String,
    address: String,
    main_hall: Option<String>,
    #[serde(default)]
    support_service: Vec<SupportService>,
    #[serde(default)]
    opening_hours: Vec<OpeningSpan>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WindowToml {
    id: String,
    name: String,
    kind: Nature,
    hall: String,
    agency: String,
    #[serde(default)]
    opening_hours: Vec<OpeningSpan>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StaffToml {
    id: String,
    name: String,
    window: String,
    agency: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlatformToml {
    id: String,
    name: String,
    kind: Nature,
    agency: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TerminalToml {
    id: String,
    name: String,
    kind: Nature,
    hall: String,
    window: Option<String>,
    #[serde(default)]
    opening_hours: Vec<OpeningSpan>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineToml {
    id: String,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemsToml {
    item: Vec<Spanned<ItemToml>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemToml {
    code: Spanned<String>,
    name: String,
    #[serde(rename = "type")]
    item_type: ItemType,
    agency: Spanned<String>,
    line: Option<Spanned<String>>,
    handling: Handling,
    case_kind: CaseKind,
    legal_basis: Vec<String>,
    statutory_limit: Limit,
    promised_limit: Limit,
    questionnaire: Spanned<String>,
    guide: GuideToml,
    #[serde(default)]
    form: Vec<FormField>,
    handling_item: Option<String>,
    #[serde(default)]
    steps: Vec<ChannelSteps>,
    #[serde(default)]
    participants: Vec<InvolvedAgency>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GuideToml {
    accepting_unit: String,
    channels: Vec<String>,
    conditions: Vec<String>,
    procedure: Vec<String>,
    fee_basis: String,
    fee_standard: String,
    rating_channels: Vec<String>,
    material: Vec<Material>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuestionnairesToml {
    questionnaire: Vec<QuestionnaireToml>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuestionnaireToml {
    id: String,
    #[expect(dead_code, reason = "read by people in the file")]
    source: String,
    question: Vec<Question>,
}

impl RegionFile {
    /// Reads a region's files.
    ///
    /// # Errors
    /// The first thing wrong, with file, line and reason.
    pub(crate) fn read(source: RegionSource<'_>, at: Timestamp) -> Result<Self, SourceError> {
        let organization: OrganizationToml = source.organization.parse()?;
        let (stands, region) = (organization.region.span().start, organization.region.get_ref());
        let code = RegionCode::parse(&region.code);
        let code = code.map_err(|why| source.organization.error(stands, why))?;
        let mut region = Self {
            code: code.to_string(),
            profile: region.profile.clone(),
            units: Vec::new(),
            base_items: BTreeMap::new(),
            items: Vec::new(),
        };
        region.read_organization(source.organization, organization)?;
        region.read_items(source, at)?;
        Ok(region)
    }

    fn read_organization(
        &mut self,
        source: Source<'_>,
        file: OrganizationToml,
    ) -> Result<(), SourceError> {
        let (at, region) = (file.region.span().start, file.region.into_inner());
        self.add(source, at, Unit::new(&self.code, UnitKind::Region, &region.name, &self.code))?;
        for line in file.line {
            let (at, line) = (line.span().start, line.into_inner());
            self.add(source, at, self.unit(UnitKind::Line, &line.id, &line.name))?;
        }
        for agency in file.agency {
            let (at, agency) = (agency.span().start, agency.into_inner());
            let unit = Unit {
                nature: Some(agency.nature),
                uscc: Some(agency.uscc),
                authority: agency.authority,
                leader: agency.leader,
                contact: agency.contact,
                ..self.unit(UnitKind::Agency, &agency.id, &agency.name)
            };
            self.add(source, at, unit)?;
        }
        if self.units.iter().filter(|(_, unit)| unit.authority).count() != 1 {
            return Err(source.error(0, "a region has exactly one Authority"));
        }
        for hall in file.hall {
            let (at, hall) = (hall.span().start, hall.into_inner());
            let unit = Unit {
                address: hall.address,
                superior_id: hall.main_hall,
                support_services: hall.support_service,
                opening_hours: hall.opening_hours,
                ..self.unit(UnitKind::Hall, &hall.id, &hall.name)
            };
            self.add(source, at, unit)?;
        }
        for window in file.window {
            let (at, window) = (window.span().start, window.into_inner());
            let unit = Unit {
                nature: Some(window.kind),
                hall_id: Some(window.hall),
                agency_id: Some(window.agency),
                opening_hours: window.opening_hours,
                ..self.unit(UnitKind::Window, &window.id, &window.name)
            };
            self.add(source, at, unit)?;
        }
        for staff in file.staff {
            let (at, staff) = (staff.span().start, staff.into_inner());
            let unit = Unit {
                window_id: Some(staff.window),
                agency_id: Some(staff.agency),
                ..self.unit(UnitKind::Staff, &staff.id, &staff.name)
            };
            self.add(source, at, unit)?;
        }
        for terminal in file.terminal {
            let (at, terminal) = (terminal.span().start, terminal.into_inner());
            let unit = Unit {
                nature: Some(terminal.kind),
                hall_id: Some(terminal.hall),
                window_id: terminal.window,
                opening_hours: terminal.opening_hours,
                ..self.unit(UnitKind::Terminal, &terminal.id, &terminal.name)
            };
            self.add(source, at, unit)?;
        }
        for platform in file.platform {
            let (at, platform) = (platform.span().start, platform.into_inner());
            let unit = Unit {
                nature: Some(platform.kind),
                agency_id: platform.agency,
                ..self.unit(UnitKind::Platform, &platform.id, &platform.name)
            };
            self.add(source, at, unit)?;
        }
        Ok(())
    }

    fn read_items(
        &mut self,
        source: RegionSource<'_>,
        published_at: Timestamp,
    ) -> Result<(), SourceError> {
        let questionnaires: QuestionnairesToml = source.questionnaires.parse()?;
        let questionnaires: HashMap<String, Vec<Question>> =
            questionnaires.questionnaire.into_iter().map(|q| (q.id, q.question)).collect();
        let file: ItemsToml = source.items.parse()?;
        let source = source.items;
        for entry in file.item {
            let at = entry.span().start;
            let entry = entry.into_inner();
            let agency_id = self.known(source, UnitKind::Agency, &entry.agency)?;
            let line = entry.line.as_ref();
            let line_id = line.map(|line| self.known(source, UnitKind::Line, line)).transpose()?;
            let named = entry.questionnaire.get_ref();
            let questionnaire = questionnaires.get(named).cloned().ok_or_else(|| {
                let why = format!("\"{named}\" is no known questionnaire");
                source.error(entry.questionnaire.span().start, why)
            })?;
            let code_at = entry.code.span().start;
            let code = entry.code.into_inner();
            if self.items.iter().any(|(_, known)| known.code == code) {
                return Err(source.error(code_at, format!("\"{code}\" is given twice")));
            }
            let base = BaseItem {
                code: code.get(19..31).unwrap_or_default().to_owned(),
                version: 1,
                state: ItemState::Published,
                published_at,
                change_id: None,
                content: BaseContent {
                    name: entry.name,
                    item_type: entry.item_type,
                    legal_basis: entry.legal_basis,
                },
            };
            let guide = entry.guide;
            let content = Content {
                name: base.content.name.clone(),
                item_type: base.content.item_type,
                legal_basis: base.content.legal_basis.clone(),
                agency_id,
                line_id,
                handling: entry.handling,
                case_kind: entry.case_kind,
                statutory_limit: entry.statutory_limit,
                promised_limit: entry.promised_limit,
                guide: Guide {
                    accepting_unit: guide.accepting_unit,
                    channels: guide.channels,
                    conditions: guide.conditions,
                    materials: guide.material,
                    procedure: guide.procedure,
                    fee_basis: guide.fee_basis,
                    fee_standard: guide.fee_standard,
                    rating_channels: guide.rating_channels,
                },
                form: entry.form,
                questionnaire,
                handling_item: entry.handling_item,
                steps: entry.steps,
                participants: entry.participants,
            };
            // C01: the same item has the same content wherever it is exercised.
            let known = self.base_items.entry(base.code.clone()).or_insert_with(|| base.clone());
            if known.content != base.content {
                let why = format!(
                    "{}: name, type or legal basis are others than above for the base item {}",
                    base.content.name, base.code
                );
                return Err(source.error(at, why));
            }
            let item = Item {
                code,
                version: 1,
                region_code: self.code.clone(),
                published_at,
                state: ItemState::Published,
                base_version: 1,
                causes: Vec::new(),
                change_id: None,
                content,
            };
            self.items.push((at, item));
        }
        Ok(())
    }

    fn unit(&self, kind: UnitKind, id: &str, name: &str) -> Unit {
        Unit::new(id, kind, name, &self.code)
    }

    fn add(&mut self, source: Source<'_>, at: usize, unit: Unit) -> Result<(), SourceError> {
        let violations = unit.violations();
        if !violations.0.is_empty() {
            return Err(source.error(at, format!("{}: {violations}", unit.id)));
        }
        if self.units.iter().any(|(_, known)| known.id == unit.id) {
            return Err(source.error(at, format!("the id \"{}\" is given twice", unit.id)));
        }
        self.units.push((at, unit));
        Ok(())
    }

    fn known(
        &self,
        source: Source<'_>,
        kind: UnitKind,
        id: &Spanned<String>,
    ) -> Result<String, SourceError> {
        let units = || self.units.iter().map(|(_, unit)| unit);
        if units().any(|unit| unit.kind == kind && unit.id == *id.get_ref()) {
            return Ok(id.get_ref().clone());
        }
        let why = format!("\"{}\" is not in the organisation", id.get_ref());
        Err(source.error(id.span().start, why))
    }
}
