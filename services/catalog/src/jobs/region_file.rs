//! A region's files: organisation, items, questionnaires. Read whole, checked whole: the first
//! thing wrong is told with file, line and reason, and nothing is loaded.

use std::collections::HashMap;

use domain::{
    codes::{ItemCode, is_uscc},
    item::{
        CaseKind, Content, FormField, Guide, Handling, Item, ItemType, Limit, Material, Question,
    },
    source::{Source, SourceError},
};
use jiff::Timestamp;
use proto::fact::v1::{AgencyPublished, TerminalPublished};
use serde::Deserialize;
use toml::Spanned;

use crate::entity::unit;

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
    /// Its agencies and terminals as peers need them, each beside its unit.
    pub(crate) agencies: Vec<AgencyPublished>,
    pub(crate) terminals: Vec<TerminalPublished>,
    /// Every unit.
    pub(crate) units: Vec<unit::Model>,
    /// Its items, in their first version.
    pub(crate) items: Vec<Item>,
}

/// The kinds of unit, as kept.
pub(crate) mod kind {
    pub(crate) const AGENCY: i16 = 1;
    pub(crate) const HALL: i16 = 2;
    pub(crate) const WINDOW: i16 = 3;
    pub(crate) const STAFF: i16 = 4;
    pub(crate) const TERMINAL: i16 = 5;
    pub(crate) const LINE: i16 = 6;
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrganizationToml {
    region: RegionToml,
    agency: Vec<Spanned<AgencyToml>>,
    hall: Vec<Spanned<HallToml>>,
    window: Vec<Spanned<WindowToml>>,
    staff: Vec<Spanned<StaffToml>>,
    terminal: Vec<Spanned<TerminalToml>>,
    line: Vec<Spanned<LineToml>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegionToml {
    code: String,
    #[expect(dead_code, reason = "read by people in the file")]
    name: String,
    profile: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AgencyToml {
    id: String,
    name: String,
    uscc: Spanned<String>,
    authority: bool,
    leader: String,
    contact: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HallToml {
    id: String,
    name: String,
    address: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum WindowKind {
    Comprehensive,
    Departmental,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WindowToml {
    id: String,
    name: String,
    kind: WindowKind,
    hall: Spanned<String>,
    agency: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StaffToml {
    id: String,
    name: String,
    window: Spanned<String>,
    agency: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum TerminalKind {
    Kiosk,
    Evaluator,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TerminalToml {
    id: String,
    name: String,
    kind: TerminalKind,
    hall: Spanned<String>,
    window: Option<Spanned<String>>,
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
        let mut region = Self {
            code: organization.region.code.clone(),
            profile: organization.region.profile.clone(),
            agencies: Vec::new(),
            terminals: Vec::new(),
            units: Vec::new(),
            items: Vec::new(),
        };
        let credit_codes = region.read_organization(source.organization, organization)?;
        region.read_items(source, &credit_codes, at)?;
        Ok(region)
    }

    /// Takes in the organisation and returns the agencies' credit codes.
    fn read_organization(
        &mut self,
        source: Source<'_>,
        organization: OrganizationToml,
    ) -> Result<HashMap<String, String>, SourceError> {
        let mut credit_codes = HashMap::new();
        for agency in organization.agency {
            let at = agency.span().start;
            let agency = agency.into_inner();
            if !is_uscc(agency.uscc.get_ref()) {
                let why = format!("\"{}\" is no valid credit code", agency.uscc.get_ref());
                return Err(source.error(agency.uscc.span().start, why));
            }
            let detail = [
                ("uscc", agency.uscc.get_ref().as_str()),
                ("leader", &agency.leader),
                ("contact", &agency.contact),
            ];
            let unit = self.unit(kind::AGENCY, &agency.id, &agency.name, &detail);
            self.add(source, at, unit)?;
            credit_codes.insert(agency.id.clone(), agency.uscc.into_inner());
            self.agencies.push(AgencyPublished {
                agency_id: agency.id,
                region_code: self.code.clone(),
                name: agency.name,
                authority: agency.authority,
            });
        }
        if self.agencies.iter().filter(|agency| agency.authority).count() != 1 {
            return Err(source.error(0, "a region has exactly one Authority"));
        }
        for hall in organization.hall {
            let (at, hall) = (hall.span().start, hall.into_inner());
            let unit = self.unit(kind::HALL, &hall.id, &hall.name, &[("address", &hall.address)]);
            self.add(source, at, unit)?;
        }
        for window in organization.window {
            let (at, window) = (window.span().start, window.into_inner());
            let kind_name = match window.kind {
                WindowKind::Comprehensive => "comprehensive",
                WindowKind::Departmental => "departmental",
            };
            let mut unit =
                self.unit(kind::WINDOW, &window.id, &window.name, &[("kind", kind_name)]);
            unit.hall_id = Some(self.known(source, kind::HALL, &window.hall)?);
            unit.agency_id = Some(self.known(source, kind::AGENCY, &window.agency)?);
            self.add(source, at, unit)?;
        }
        for staff in organization.staff {
            let (at, staff) = (staff.span().start, staff.into_inner());
            let mut unit = self.unit(kind::STAFF, &staff.id, &staff.name, &[]);
            unit.window_id = Some(self.known(source, kind::WINDOW, &staff.window)?);
            unit.agency_id = Some(self.known(source, kind::AGENCY, &staff.agency)?);
            self.add(source, at, unit)?;
        }
        for terminal in organization.terminal {
            let (at, terminal) = (terminal.span().start, terminal.into_inner());
            let kind_name = match terminal.kind {
                TerminalKind::Kiosk => "kiosk",
                TerminalKind::Evaluator => "evaluator",
            };
            let mut unit =
                self.unit(kind::TERMINAL, &terminal.id, &terminal.name, &[("kind", kind_name)]);
            let hall_id = self.known(source, kind::HALL, &terminal.hall)?;
            if let Some(window) = &terminal.window {
                unit.window_id = Some(self.known(source, kind::WINDOW, window)?);
            }
            unit.hall_id = Some(hall_id.clone());
            self.add(source, at, unit)?;
            self.terminals.push(TerminalPublished {
                terminal_id: terminal.id,
                region_code: self.code.clone(),
                hall_id,
            });
        }
        for line in organization.line {
            let (at, line) = (line.span().start, line.into_inner());
            let unit = self.unit(kind::LINE, &line.id, &line.name, &[]);
            self.add(source, at, unit)?;
        }
        Ok(credit_codes)
    }

    fn read_items(
        &mut self,
        source: RegionSource<'_>,
        credit_codes: &HashMap<String, String>,
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
            let agency_id = self.known(source, kind::AGENCY, &entry.agency)?;
            let line = entry.line.as_ref();
            let line_id = line.map(|line| self.known(source, kind::LINE, line)).transpose()?;
            let named = entry.questionnaire.get_ref();
            let questionnaire = questionnaires.get(named).cloned().ok_or_else(|| {
                let why = format!("\"{named}\" is no known questionnaire");
                source.error(entry.questionnaire.span().start, why)
            })?;
            let code_at = entry.code.span().start;
            let code = entry.code.into_inner();
            let credit_code = credit_codes.get(&agency_id).map(String::as_str);
            if ItemCode::parse(&code).ok().map(|parts| parts.uscc) != credit_code {
                let why = format!("\"{code}\" does not begin with its agency's credit code");
                return Err(source.error(code_at, why));
            }
            let guide = entry.guide;
            let item = Item {
                code,
                version: 1,
                region_code: self.code.clone(),
                published_at,
                content: Content {
                    name: entry.name,
                    item_type: entry.item_type,
                    agency_id,
                    line_id,
                    handling: entry.handling,
                    case_kind: entry.case_kind,
                    legal_basis: entry.legal_basis,
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
                },
            };
            let violations = item.violations();
            if !violations.0.is_empty() {
                return Err(source.error(at, format!("{}: {violations}", item.content.name)));
            }
            if self.items.iter().any(|known| known.code == item.code) {
                return Err(source.error(code_at, format!("\"{}\" is given twice", item.code)));
            }
            self.items.push(item);
        }
        Ok(())
    }

    fn unit(&self, kind: i16, id: &str, name: &str, detail: &[(&str, &str)]) -> unit::Model {
        let detail: toml::Table =
            detail.iter().map(|(k, v)| ((*k).to_owned(), (*v).into())).collect();
        unit::Model {
            kind,
            id: id.to_owned(),
            region_code: self.code.clone(),
            name: name.to_owned(),
            hall_id: None,
            window_id: None,
            agency_id: None,
            detail: detail.to_string(),
        }
    }

    fn add(&mut self, source: Source<'_>, at: usize, unit: unit::Model) -> Result<(), SourceError> {
        if unit.id.is_empty() || unit.id.len() > 64 || unit.name.trim().is_empty() {
            return Err(source.error(at, "needs an id of 1 to 64 bytes and a name"));
        }
        if self.units.iter().any(|known| known.id == unit.id) {
            return Err(source.error(at, format!("the id \"{}\" is given twice", unit.id)));
        }
        self.units.push(unit);
        Ok(())
    }

    fn known(
        &self,
        source: Source<'_>,
        kind: i16,
        id: &Spanned<String>,
    ) -> Result<String, SourceError> {
        if self.units.iter().any(|unit| unit.kind == kind && unit.id == *id.get_ref()) {
            return Ok(id.get_ref().clone());
        }
        let why = format!("\"{}\" is not in the organisation", id.get_ref());
        Err(source.error(id.span().start, why))
    }
}
