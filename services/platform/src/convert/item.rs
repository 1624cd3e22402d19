//! Items of `pingyi.catalog.v1` and the domain's, both ways. It is here because the catalog sends
//! items to its peers in the form of its public contract, and every consumer reads them back.

use domain::{
    base_item::{BaseContent, BaseItem},
    item::{
        CaseKind, Cause, CauseKind, ChannelSteps, Content, FieldKind, FormField, Guide, Handling,
        Item, ItemState, ItemType, Limit, Material, Question, QuestionKind, ServiceStep,
    },
};
use proto::catalog::v1 as wire;

use super::{
    Meaningless, instant_of, involved, involved_to_wire, shortened, to_wire, unit, unit_to_wire,
};

/// An item on the wire.
#[must_use]
pub fn to_wire_item(item: &Item) -> wire::Item {
    let content = &item.content;
    wire::Item {
        code: item.code.clone(),
        version: item.version,
        name: content.name.clone(),
        r#type: type_to_wire(content.item_type).into(),
        region_code: item.region_code.clone(),
        agency_id: content.agency_id.clone(),
        line_id: content.line_id.clone().unwrap_or_default(),
        handling: handling_to_wire(content.handling).into(),
        case_kind: kind_to_wire(content.case_kind).into(),
        legal_basis: content.legal_basis.clone(),
        statutory_limit: Some(limit_to_wire(content.statutory_limit)),
        promised_limit: Some(limit_to_wire(content.promised_limit)),
        guide: Some(guide_to_wire(&content.guide)),
        form: content.form.iter().map(field_to_wire).collect(),
        questionnaire: content.questionnaire.iter().map(question_to_wire).collect(),
        published_at: Some(to_wire(item.published_at)),
        base_version: item.base_version,
        state: state_to_wire(item.state).into(),
        handling_item: content.handling_item.clone().unwrap_or_default(),
        steps: content.steps.iter().map(steps_to_wire).collect(),
        causes: item.causes.iter().map(cause_to_wire).collect(),
        change_id: item.change_id.clone().unwrap_or_default(),
        participants: content.participants.iter().map(involved_to_wire).collect(),
    }
}

/// An item from the wire.
///
/// # Errors
/// [`Meaningless`] if a part is missing or malformed.
pub fn item(item: wire::Item) -> Result<Item, Meaningless> {
    let limit = |limit: Option<wire::Limit>| match limit {
        None => Err(Meaningless("a limit is missing")),
        Some(limit) => Ok(Limit { days: limit.days, unit: unit(limit.unit)? }),
    };
    let form: Result<_, _> = item.form.into_iter().map(field).collect();
    let questionnaire: Result<_, _> = item.questionnaire.into_iter().map(question).collect();
    let steps: Result<_, _> = item.steps.into_iter().map(steps).collect();
    let causes: Result<_, _> = item.causes.iter().map(cause).collect();
    Ok(Item {
        code: item.code,
        version: item.version,
        region_code: shortened(item.region_code),
        published_at: instant_of(item.published_at.as_ref())?,
        state: state(item.state),
        base_version: item.base_version,
        causes: causes?,
        change_id: Some(item.change_id).filter(|id| !id.is_empty()),
        content: Content {
            name: item.name,
            item_type: item_type(item.r#type)?,
            agency_id: item.agency_id,
            line_id: Some(item.line_id).filter(|line| !line.is_empty()),
            handling: handling(item.handling)?,
            case_kind: case_kind(item.case_kind)?,
            legal_basis: item.legal_basis,
            statutory_limit: limit(item.statutory_limit)?,
            promised_limit: limit(item.promised_limit)?,
            guide: guide(item.guide.ok_or(Meaningless("the guide is missing"))?),
            form: form?,
            questionnaire: questionnaire?,
            handling_item: Some(item.handling_item).filter(|name| !name.is_empty()),
            steps: steps?,
            participants: item.participants.into_iter().map(involved).collect(),
        },
    })
}

/// A base item on the wire.
#[must_use]
pub fn to_wire_base_item(item: &BaseItem) -> wire::BaseItem {
    wire::BaseItem {
        base_code: item.code.clone(),
        version: item.version,
        name: item.content.name.clone(),
        r#type: type_to_wire(item.content.item_type).into(),
        legal_basis: item.content.legal_basis.clone(),
        published_at: Some(to_wire(item.published_at)),
        state: state_to_wire(item.state).into(),
        change_id: item.change_id.clone().unwrap_or_default(),
    }
}

/// A base item from the wire.
///
/// # Errors
/// [`Meaningless`] if a part is missing or malformed.
pub fn base_item(item: wire::BaseItem) -> Result<BaseItem, Meaningless> {
    Ok(BaseItem {
        code: item.base_code,
        version: item.version,
        state: state(item.state),
        published_at: instant_of(item.published_at.as_ref())?,
        change_id: Some(item.change_id).filter(|id| !id.is_empty()),
        content: BaseContent {
            name: item.name,
            item_type: item_type(item.r#type)?,
            legal_basis: item.legal_basis,
        },
    })
}

fn state_to_wire(state: ItemState) -> wire::ItemState {
    match state {
        ItemState::Published => wire::ItemState::Published,
        ItemState::Cancelled => wire::ItemState::Cancelled,
    }
}

/// Versions from before items could be cancelled do not state that they are published.
fn state(state: i32) -> ItemState {
    match wire::ItemState::try_from(state) {
        Ok(wire::ItemState::Cancelled) => ItemState::Cancelled,
        _ => ItemState::Published,
    }
}

/// What led to a change, on the wire.
#[must_use]
pub fn cause_to_wire(cause: &Cause) -> wire::Cause {
    let kind = match cause.kind {
        CauseKind::Ticket => wire::CauseKind::Ticket,
        CauseKind::Problem => wire::CauseKind::Problem,
        CauseKind::Survey => wire::CauseKind::Survey,
    };
    wire::Cause { kind: kind.into(), id: cause.id.clone() }
}

/// What led to a change, from the wire.
///
/// # Errors
/// [`Meaningless`] if it has no kind.
pub fn cause(cause: &wire::Cause) -> Result<Cause, Meaningless> {
    let kind = match wire::CauseKind::try_from(cause.kind) {
        Ok(wire::CauseKind::Ticket) => CauseKind::Ticket,
        Ok(wire::CauseKind::Problem) => CauseKind::Problem,
        Ok(wire::CauseKind::Survey) => CauseKind::Survey,
        Ok(wire::CauseKind::Unspecified) | Err(_) => {
            return Err(Meaningless("is no kind of cause"));
        }
    };
    Ok(Cause { kind, id: cause.id.clone() })
}

fn steps_to_wire(offered: &ChannelSteps) -> wire::ChannelSteps {
    let step = |step: &ServiceStep| match step {
        ServiceStep::Consultation => wire::ServiceStep::Consultation,
        ServiceStep::Appointment => wire::ServiceStep::Appointment,
        ServiceStep::Application => wire::ServiceStep::Application,
        ServiceStep::Approval => wire::ServiceStep::Approval,
        ServiceStep::Result => wire::ServiceStep::Result,
    };
    let steps = offered.steps.iter().map(|s| step(s).into()).collect();
    wire::ChannelSteps { channel: offered.channel.clone(), steps }
}

fn steps(offered: wire::ChannelSteps) -> Result<ChannelSteps, Meaningless> {
    let step = |step: i32| match wire::ServiceStep::try_from(step) {
        Ok(wire::ServiceStep::Consultation) => Ok(ServiceStep::Consultation),
        Ok(wire::ServiceStep::Appointment) => Ok(ServiceStep::Appointment),
        Ok(wire::ServiceStep::Application) => Ok(ServiceStep::Application),
        Ok(wire::ServiceStep::Approval) => Ok(ServiceStep::Approval),
        Ok(wire::ServiceStep::Result) => Ok(ServiceStep::Result),
        Ok(wire::ServiceStep::Unspecified) | Err(_) => Err(Meaningless("is no step")),
    };
    let steps: Result<_, _> = offered.steps.into_iter().map(step).collect();
    Ok(ChannelSteps { channel: offered.channel, steps: steps? })
}

fn type_to_wire(item_type: ItemType) -> wire::ItemType {
    match item_type {
        ItemType::Licensing => wire::ItemType::Licensing,
        ItemType::Payment => wire::ItemType::Payment,
        ItemType::Confirmation => wire::ItemType::Confirmation,
        ItemType::Reward => wire::ItemType::Reward,
        ItemType::Adjudication => wire::ItemType::Adjudication,
        ItemType::OtherPower => wire::ItemType::OtherPower,
        ItemType::PublicService => wire::ItemType::PublicService,
    }
}

/// A type from the wire.
///
/// # Errors
/// [`Meaningless`] for none and for an unknown one.
pub fn item_type(item_type: i32) -> Result<ItemType, Meaningless> {
    match wire::ItemType::try_from(item_type) {
        Ok(wire::ItemType::Licensing) => Ok(ItemType::Licensing),
        Ok(wire::ItemType::Payment) => Ok(ItemType::Payment),
        Ok(wire::ItemType::Confirmation) => Ok(ItemType::Confirmation),
        Ok(wire::ItemType::Reward) => Ok(ItemType::Reward),
        Ok(wire::ItemType::Adjudication) => Ok(ItemType::Adjudication),
        Ok(wire::ItemType::OtherPower) => Ok(ItemType::OtherPower),
        Ok(wire::ItemType::PublicService) => Ok(ItemType::PublicService),
        Ok(wire::ItemType::Unspecified) | Err(_) => Err(Meaningless("is no item type")),
    }
}

fn handling_to_wire(handling: Handling) -> wire::Handling {
    match handling {
        Handling::OnTheSpot => wire::Handling::OnTheSpot,
        Handling::SingleVisit => wire::Handling::SingleVisit,
        Handling::TimeLimited => wire::Handling::TimeLimited,
    }
}

fn handling(handling: i32) -> Result<Handling, Meaningless> {
    match wire::Handling::try_from(handling) {
        Ok(wire::Handling::OnTheSpot) => Ok(Handling::OnTheSpot),
        Ok(wire::Handling::SingleVisit) => Ok(Handling::SingleVisit),
        Ok(wire::Handling::TimeLimited) => Ok(Handling::TimeLimited),
        Ok(wire::Handling::Unspecified) | Err(_) => Err(Meaningless("is no way of handling")),
    }
}

fn kind_to_wire(kind: CaseKind) -> wire::CaseKind {
    match kind {
        CaseKind::Immediate => wire::CaseKind::Immediate,
        CaseKind::Committed => wire::CaseKind::Committed,
    }
}

fn case_kind(kind: i32) -> Result<CaseKind, Meaningless> {
    match wire::CaseKind::try_from(kind) {
        Ok(wire::CaseKind::Immediate) => Ok(CaseKind::Immediate),
        Ok(wire::CaseKind::Committed) => Ok(CaseKind::Committed),
        Ok(wire::CaseKind::Unspecified) | Err(_) => Err(Meaningless("is no kind of case")),
    }
}

fn limit_to_wire(limit: Limit) -> wire::Limit {
    wire::Limit { days: limit.days, unit: unit_to_wire(limit.unit).into() }
}

fn guide_to_wire(guide: &Guide) -> wire::Guide {
    let material = |material: &Material| wire::Material {
        name: material.name.clone(),
        copies: material.copies,
        sample: material.sample.clone(),
    };
    wire::Guide {
        accepting_unit: guide.accepting_unit.clone(),
        channels: guide.channels.clone(),
        conditions: guide.conditions.clone(),
        materials: guide.materials.iter().map(material).collect(),
        procedure: guide.procedure.clone(),
        fee_basis: guide.fee_basis.clone(),
        fee_standard: guide.fee_standard.clone(),
        rating_channels: guide.rating_channels.clone(),
    }
}

fn guide(guide: wire::Guide) -> Guide {
    let material = |material: wire::Material| Material {
        name: material.name,
        copies: material.copies,
        sample: material.sample,
    };
    Guide {
        accepting_unit: guide.accepting_unit,
        channels: guide.channels,
        conditions: guide.conditions,
        materials: guide.materials.into_iter().map(material).collect(),
        procedure: guide.procedure,
        fee_basis: guide.fee_basis,
        fee_standard: guide.fee_standard,
        rating_channels: guide.rating_channels,
    }
}

fn field_to_wire(field: &FormField) -> wire::FormField {
    let kind = match field.kind {
        FieldKind::Text => wire::FieldKind::Text,
        FieldKind::Choice => wire::FieldKind::Choice,
        FieldKind::Date => wire::FieldKind::Date,
        FieldKind::Number => wire::FieldKind::Number,
        FieldKind::PersonName => wire::FieldKind::PersonName,
        FieldKind::Phone => wire::FieldKind::Phone,
        FieldKind::IdNumber => wire::FieldKind::IdNumber,
    };
    wire::FormField {
        field_id: field.id.clone(),
        label: field.label.clone(),
        kind: kind.into(),
        required: field.required,
        max_length: field.max_length,
        choices: field.choices.clone(),
    }
}

fn field(field: wire::FormField) -> Result<FormField, Meaningless> {
    let kind = match wire::FieldKind::try_from(field.kind) {
        Ok(wire::FieldKind::Text) => FieldKind::Text,
        Ok(wire::FieldKind::Choice) => FieldKind::Choice,
        Ok(wire::FieldKind::Date) => FieldKind::Date,
        Ok(wire::FieldKind::Number) => FieldKind::Number,
        Ok(wire::FieldKind::PersonName) => FieldKind::PersonName,
        Ok(wire::FieldKind::Phone) => FieldKind::Phone,
        Ok(wire::FieldKind::IdNumber) => FieldKind::IdNumber,
        Ok(wire::FieldKind::Unspecified) | Err(_) => {
            return Err(Meaningless("is no kind of field"));
        }
    };
    Ok(FormField {
        id: field.field_id,
        label: field.label,
        kind,
        required: field.required,
        max_length: field.max_length,
        choices: field.choices,
    })
}

/// A question on the wire.
#[must_use]
pub fn question_to_wire(question: &Question) -> wire::Question {
    let kind = match question.kind {
        QuestionKind::YesNo => wire::QuestionKind::YesNo,
        QuestionKind::Text => wire::QuestionKind::Text,
    };
    wire::Question {
        question_id: question.id.clone(),
        text: question.text.clone(),
        kind: kind.into(),
    }
}

fn question(question: wire::Question) -> Result<Question, Meaningless> {
    let kind = match wire::QuestionKind::try_from(question.kind) {
        Ok(wire::QuestionKind::YesNo) => QuestionKind::YesNo,
        Ok(wire::QuestionKind::Text) => QuestionKind::Text,
        Ok(wire::QuestionKind::Unspecified) | Err(_) => {
            return Err(Meaningless("is no kind of question"));
        }
    };
    Ok(Question { id: question.question_id, text: question.text, kind })
}
