//! The rows of a file, flat: one JSON object, or one line of a CSV.

use domain::{
    base_item::{BaseContent, BaseItem},
    deadline::DayUnit,
    item::{
        CaseKind, ChannelSteps, Content, FormField, Guide, Handling, Item, ItemState, ItemType,
        Limit, Material, Question,
    },
    level::Level,
    organization::{Nature, OpeningSpan, SupportService, Unit, UnitKind},
    rating::InvolvedAgency,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A base item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BaseRow {
    pub(crate) base_code: String,
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) item_type: ItemType,
    pub(crate) legal_basis: Vec<String>,
}

/// An implementation item. Name, type and legal basis are the base item's; if given, they must
/// agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ItemRow {
    pub(crate) code: String,
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default, rename = "type")]
    pub(crate) item_type: Option<ItemType>,
    #[serde(default)]
    pub(crate) legal_basis: Vec<String>,
    #[serde(default)]
    handling_item: Option<String>,
    pub(crate) region_code: String,
    agency_id: String,
    #[serde(default)]
    line_id: Option<String>,
    handling: Handling,
    case_kind: CaseKind,
    statutory_days: u32,
    statutory_unit: DayUnit,
    promised_days: u32,
    promised_unit: DayUnit,
    accepting_unit: String,
    channels: Vec<String>,
    conditions: Vec<String>,
    materials: Vec<Material>,
    procedure: Vec<String>,
    fee_basis: String,
    fee_standard: String,
    rating_channels: Vec<String>,
    #[serde(default)]
    form: Vec<FormField>,
    #[serde(default)]
    questionnaire: Vec<Question>,
    #[serde(default)]
    steps: Vec<ChannelSteps>,
    #[serde(default)]
    participants: Vec<InvolvedAgency>,
}

/// A unit of the organisation; a staff file has no kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnitRow {
    #[serde(default = "staff")]
    pub(crate) kind: UnitKind,
    unit_id: String,
    name: String,
    #[serde(default)]
    region_code: String,
    #[serde(default)]
    superior_id: String,
    #[serde(default)]
    agency_id: String,
    #[serde(default)]
    hall_id: String,
    #[serde(default)]
    window_id: String,
    #[serde(default)]
    valid_from: String,
    #[serde(default)]
    valid_to: String,
    #[serde(default)]
    successor_id: String,
    #[serde(default)]
    nature: Option<Nature>,
    #[serde(default)]
    uscc: String,
    #[serde(default)]
    leader: String,
    #[serde(default)]
    contact: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    support_services: Vec<SupportService>,
    #[serde(default)]
    opening_hours: Vec<OpeningSpan>,
    #[serde(default)]
    authority: bool,
}

/// A tag of a list; every row names the list's version, and the inherited one if there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TagRow {
    pub(crate) list_version: String,
    #[serde(default)]
    pub(crate) inherits: String,
    pub(crate) code: String,
    pub(crate) level: Level,
    #[serde(default)]
    pub(crate) text: String,
    #[serde(default)]
    pub(crate) core: bool,
    #[serde(default)]
    pub(crate) retired: bool,
}

fn staff() -> UnitKind {
    UnitKind::Staff
}

impl BaseRow {
    pub(crate) fn into_base(self, at: Timestamp) -> BaseItem {
        BaseItem {
            code: self.base_code,
            version: 1,
            state: ItemState::Published,
            published_at: at,
            change_id: None,
            content: BaseContent {
                name: self.name,
                item_type: self.item_type,
                legal_basis: self.legal_basis,
            },
        }
    }

    pub(crate) fn of(base: &BaseItem) -> Self {
        Self {
            base_code: base.code.clone(),
            name: base.content.name.clone(),
            item_type: base.content.item_type,
            legal_basis: base.content.legal_basis.clone(),
        }
    }
}

impl ItemRow {
    /// The item; the base item's content is filled in later.
    pub(crate) fn into_item(self, at: Timestamp) -> Item {
        Item {
            version: 1,
            region_code: self.region_code,
            published_at: at,
            state: ItemState::Published,
            base_version: 0,
            causes: Vec::new(),
            change_id: None,
            content: Content {
                name: self.name,
                item_type: self.item_type.unwrap_or(ItemType::OtherPower),
                agency_id: self.agency_id,
                line_id: self.line_id,
                handling: self.handling,
                case_kind: self.case_kind,
                legal_basis: self.legal_basis,
                statutory_limit: Limit { days: self.statutory_days, unit: self.statutory_unit },
                promised_limit: Limit { days: self.promised_days, unit: self.promised_unit },
                guide: Guide {
                    accepting_unit: self.accepting_unit,
                    channels: self.channels,
                    conditions: self.conditions,
                    materials: self.materials,
                    procedure: self.procedure,
                    fee_basis: self.fee_basis,
                    fee_standard: self.fee_standard,
                    rating_channels: self.rating_channels,
                },
                form: self.form,
                questionnaire: self.questionnaire,
                handling_item: self.handling_item,
                steps: self.steps,
                participants: self.participants,
            },
            code: self.code,
        }
    }

    pub(crate) fn of(item: Item) -> Self {
        let content = item.content;
        let guide = content.guide;
        Self {
            code: item.code,
            name: content.name,
            item_type: Some(content.item_type),
            legal_basis: content.legal_basis,
            handling_item: content.handling_item,
            region_code: item.region_code,
            agency_id: content.agency_id,
            line_id: content.line_id,
            handling: content.handling,
            case_kind: content.case_kind,
            statutory_days: content.statutory_limit.days,
            statutory_unit: content.statutory_limit.unit,
            promised_days: content.promised_limit.days,
            promised_unit: content.promised_limit.unit,
            accepting_unit: guide.accepting_unit,
            channels: guide.channels,
            conditions: guide.conditions,
            materials: guide.materials,
            procedure: guide.procedure,
            fee_basis: guide.fee_basis,
            fee_standard: guide.fee_standard,
            rating_channels: guide.rating_channels,
            form: content.form,
            questionnaire: content.questionnaire,
            steps: content.steps,
            participants: content.participants,
        }
    }
}

/// The name of an item's field in a file, by its name in the domain.
pub(crate) fn item_column(field: &str) -> &str {
    let field = field.strip_prefix("guide.").unwrap_or(field);
    let field = field.split(['.', '[']).next().unwrap_or(field);
    match field {
        "material" => "materials",
        "promised_limit" => "promised_days",
        "statutory_limit" => "statutory_days",
        other => other,
    }
}

impl UnitRow {
    /// The unit in wire form, where its days and codes are read.
    pub(crate) fn into_wire(self) -> proto::catalog::v1::Unit {
        let bare = Unit::new(&self.unit_id, self.kind, &self.name, &self.region_code);
        let bare = Unit {
            nature: self.nature,
            support_services: self.support_services,
            opening_hours: self.opening_hours,
            authority: self.authority,
            ..bare
        };
        proto::catalog::v1::Unit {
            superior_id: self.superior_id,
            agency_id: self.agency_id,
            hall_id: self.hall_id,
            window_id: self.window_id,
            valid_from: self.valid_from,
            valid_to: self.valid_to,
            successor_id: self.successor_id,
            uscc: self.uscc,
            leader: self.leader,
            contact: self.contact,
            address: self.address,
            ..platform::convert::unit::to_wire_unit(&bare)
        }
    }

    pub(crate) fn of(unit: &Unit, wire: proto::catalog::v1::Unit) -> Self {
        Self {
            kind: unit.kind,
            unit_id: wire.unit_id,
            name: wire.name,
            region_code: wire.region_code,
            superior_id: wire.superior_id,
            agency_id: wire.agency_id,
            hall_id: wire.hall_id,
            window_id: wire.window_id,
            valid_from: wire.valid_from,
            valid_to: wire.valid_to,
            successor_id: wire.successor_id,
            nature: unit.nature,
            uscc: wire.uscc,
            leader: wire.leader,
            contact: wire.contact,
            address: wire.address,
            support_services: unit.support_services.clone(),
            opening_hours: unit.opening_hours.clone(),
            authority: wire.authority,
        }
    }
}
