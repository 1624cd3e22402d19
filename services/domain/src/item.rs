//! Service items (政务服务事项) and their guides (C03–C05).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    codes::{ItemCode, RegionCode},
    deadline::DayUnit,
    rating::InvolvedAgency,
    violation::{Violations, identifier, plain_text},
};

/// A service item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Implementation code (实施编码), 31 characters.
    pub code: String,
    /// Version, from 1.
    pub version: u32,
    /// Region, GB/T 2260.
    pub region_code: String,
    /// When this version was published.
    pub published_at: Timestamp,
    /// Its state.
    pub state: ItemState,
    /// The version of the base item that gives its name, type and legal basis.
    pub base_version: u32,
    /// What led to this version (C14).
    pub causes: Vec<Cause>,
    /// The change that published it; none if a file did.
    pub change_id: Option<String>,
    /// Its content.
    pub content: Content,
}

/// The state of a published item; before that it is a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemState {
    /// 已发布.
    Published,
    /// 已取消: takes no new cases, keeps its history.
    Cancelled,
}

/// What led to a change (起因, C14).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Its kind.
    pub kind: CauseKind,
    /// Its identity among that kind.
    pub id: String,
}

/// What can lead to a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CauseKind {
    /// 差评工单.
    Ticket,
    /// 堵点难点.
    Problem,
    /// 监督查评.
    Survey,
}

/// The longest name of an item, in characters (GB/T 39046: an..200).
pub const MAX_NAME_CHARS: usize = 200;
/// The longest other text of an item, in characters.
pub const MAX_TEXT_CHARS: usize = 4_000;
/// The most entries of any list of an item.
pub const MAX_ENTRIES: usize = 200;

/// The content of an item; a change of it makes a new version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Name.
    pub name: String,
    /// Type.
    pub item_type: ItemType,
    /// Handling agency.
    pub agency_id: String,
    /// Business line, if any.
    pub line_id: Option<String>,
    /// How it is handled.
    pub handling: Handling,
    /// What kind of case it makes.
    pub case_kind: CaseKind,
    /// The laws that are its basis.
    pub legal_basis: Vec<String>,
    /// The limit the law sets.
    pub statutory_limit: Limit,
    /// The limit the agency promises.
    pub promised_limit: Limit,
    /// The guide.
    pub guide: Guide,
    /// What the applicant fills in.
    pub form: Vec<FormField>,
    /// Questions beyond the five levels (C07).
    pub questionnaire: Vec<Question>,
    /// 业务办理项名称, of a code of 33 characters only.
    pub handling_item: Option<String>,
    /// Which steps each channel offers (C15).
    pub steps: Vec<ChannelSteps>,
    /// Who else has a part in it (联办机构, I12), each with the region it works in: only they can
    /// be involved in a case of it, whatever a caller claims.
    pub participants: Vec<InvolvedAgency>,
}

/// The steps that a channel offers between appointment and result (C15).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ChannelSteps {
    /// The channel, by its name in the guide.
    pub channel: String,
    /// Its steps, in their order.
    pub steps: Vec<ServiceStep>,
}

/// A step between appointment and result (C15), in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceStep {
    /// 咨询.
    Consultation,
    /// 预约.
    Appointment,
    /// 申报.
    Application,
    /// 办理 (审批).
    Approval,
    /// 结果.
    Result,
}

/// The "6+1" types (C04).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum ItemType {
    /// 行政许可.
    #[serde(rename = "01")]
    Licensing,
    /// 行政给付.
    #[serde(rename = "05")]
    Payment,
    /// 行政确认.
    #[serde(rename = "07")]
    Confirmation,
    /// 行政奖励.
    #[serde(rename = "08")]
    Reward,
    /// 行政裁决.
    #[serde(rename = "09")]
    Adjudication,
    /// 其他行政权力.
    #[serde(rename = "10")]
    OtherPower,
    /// 公共服务.
    #[serde(rename = "20")]
    PublicService,
}

impl ItemType {
    /// The GB/T 39046 A.1 code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Licensing => "01",
            Self::Payment => "05",
            Self::Confirmation => "07",
            Self::Reward => "08",
            Self::Adjudication => "09",
            Self::OtherPower => "10",
            Self::PublicService => "20",
        }
    }
}

/// How an item is handled (C05).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Handling {
    /// 当场办结.
    OnTheSpot,
    /// 一次办结.
    SingleVisit,
    /// 限时办结.
    TimeLimited,
}

/// What kind of case an item makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseKind {
    /// 即办件.
    Immediate,
    /// 承诺件.
    Committed,
}

/// A time limit; 0 days means on the spot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// How many days.
    pub days: u32,
    /// Which days count.
    pub unit: DayUnit,
}

/// The public how-to of an item (办事指南, C03).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guide {
    /// 受理单位.
    pub accepting_unit: String,
    /// 办理渠道.
    pub channels: Vec<String>,
    /// 申请条件.
    pub conditions: Vec<String>,
    /// 申请材料.
    pub materials: Vec<Material>,
    /// 办理程序.
    pub procedure: Vec<String>,
    /// 收费依据.
    pub fee_basis: String,
    /// 收费标准.
    pub fee_standard: String,
    /// 评价渠道.
    pub rating_channels: Vec<String>,
}

/// One material to hand in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Material {
    /// Name.
    pub name: String,
    /// Copies.
    pub copies: u32,
    /// A filled-in example.
    pub sample: String,
}

/// One field of a form.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FormField {
    /// Identity within the form.
    pub id: String,
    /// Label.
    pub label: String,
    /// What kind of answer.
    pub kind: FieldKind,
    /// Whether it must be filled in.
    pub required: bool,
    /// Longest answer, in characters.
    pub max_length: u32,
    /// The answers to choose from.
    #[serde(default)]
    pub choices: Vec<String>,
}

/// The kind of answer a field needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Any text.
    Text,
    /// One of the choices.
    Choice,
    /// ISO 8601.
    Date,
    /// Digits.
    Number,
    /// A person's name.
    PersonName,
    /// 11 digits.
    Phone,
    /// GB 11643.
    IdNumber,
}

/// One question of a questionnaire.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Identity within the questionnaire.
    pub id: String,
    /// The question.
    pub text: String,
    /// The kind of its answer.
    pub kind: QuestionKind,
}

/// The kind of answer to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// Yes or no.
    YesNo,
    /// Text.
    Text,
}

impl Item {
    /// All reasons why the item may not be published.
    #[must_use]
    pub fn violations(&self) -> Violations {
        let mut wrong = Violations::default();
        let content = &self.content;
        match ItemCode::parse(&self.code) {
            Err(why) => wrong.add("code", why.to_string()),
            Ok(code) => {
                let same = code.item_type() == content.item_type.code();
                wrong.require(same, "type", "is not the type that the code names");
                let named = content.handling_item.is_some() == code.handling_item.is_some();
                let why = "belongs to a code of 33 characters, and only there";
                wrong.require(named, "handling_item", why);
                let blank = content.handling_item.as_ref().is_some_and(|n| n.trim().is_empty());
                wrong.require(!blank, "handling_item", "is empty");
            }
        }
        wrong.require(!content.name.trim().is_empty(), "name", "is empty");
        wrong.require(filled(&content.legal_basis), "legal_basis", "is missing");
        let (promised, statutory) = (content.promised_limit, content.statutory_limit);
        wrong.require(promised.unit == statutory.unit, "promised_limit", "counts other days");
        let longer = promised.days > statutory.days;
        wrong.require(!longer, "promised_limit", "is longer than the statutory one");
        let spot = content.handling == Handling::OnTheSpot;
        let immediate = content.case_kind == CaseKind::Immediate;
        wrong.require(!spot || immediate, "case_kind", "on the spot makes an immediate case");
        content.guide.check(&mut wrong);
        content.check_steps(&mut wrong);
        content.check_participants(&mut wrong);
        content.check_texts(&mut wrong);
        let mut ids: Vec<&str> = content.form.iter().map(|field| field.id.as_str()).collect();
        ids.sort_unstable();
        wrong.require(ids.windows(2).all(|w| w[0] != w[1]), "form", "names a field twice");
        for field in &content.form {
            let choice = field.kind == FieldKind::Choice;
            if choice == field.choices.is_empty() {
                wrong.add(
                    format!("form.{}", field.id),
                    "choices belong to a choice, and only there",
                );
            }
        }
        wrong
    }
}

impl Content {
    /// Whether an agency has a part in the item in that region by the published item: as its
    /// handling agency in its own region, or as a participant.
    fn involves(&self, own_region: &str, part: &InvolvedAgency) -> bool {
        let own = part.agency_id == self.agency_id && part.region_code == own_region;
        own || self.participants.contains(part)
    }

    /// Splits the agencies that a business system claims had a part in a case: those that the
    /// published item confirms, and the others. The claim of the others stays on record but has no
    /// effect: nobody is rated by a caller's word.
    #[must_use]
    pub fn confirm(
        &self,
        own_region: &str,
        claimed: Vec<InvolvedAgency>,
    ) -> (Vec<InvolvedAgency>, Vec<InvolvedAgency>) {
        claimed.into_iter().partition(|part| self.involves(own_region, part))
    }

    /// I12: every participant is named once, with the region it takes part in.
    fn check_participants(&self, wrong: &mut Violations) {
        let parts = &self.participants;
        wrong.require(parts.len() <= MAX_ENTRIES, "participants", "has more than 200 entries");
        for (n, part) in parts.iter().enumerate().take(MAX_ENTRIES) {
            let field = format!("participants[{n}]");
            wrong.take(&field, identifier(&part.agency_id));
            wrong.require(!part.agency_id.is_empty(), &field, "names no agency");
            let region = RegionCode::parse(&part.region_code).is_ok();
            wrong.require(region, &field, "names no region");
            wrong.require(!parts[..n].contains(part), &field, "is named twice");
        }
    }

    /// C15: steps are those of a channel the guide names, each once and in their order.
    fn check_steps(&self, wrong: &mut Violations) {
        for (n, offered) in self.steps.iter().enumerate() {
            let field = format!("steps.{}", offered.channel);
            let known = self.guide.channels.contains(&offered.channel);
            wrong.require(known, &field, "is no channel of the guide");
            let twice = self.steps[..n].iter().any(|other| other.channel == offered.channel);
            wrong.require(!twice, &field, "is given twice");
            let ordered = offered.steps.windows(2).all(|pair| pair[0] < pair[1]);
            wrong.require(ordered && !offered.steps.is_empty(), &field, "are not steps in order");
        }
    }

    /// No hidden characters, and no text too long.
    fn check_texts(&self, wrong: &mut Violations) {
        let guide = &self.guide;
        wrong.take("name", plain_text(&self.name, MAX_NAME_CHARS));
        let handling_item = self.handling_item.as_deref().unwrap_or_default();
        wrong.take("handling_item", plain_text(handling_item, MAX_NAME_CHARS));
        for (field, list) in [
            ("legal_basis", &self.legal_basis),
            ("guide.channels", &guide.channels),
            ("guide.conditions", &guide.conditions),
            ("guide.procedure", &guide.procedure),
            ("guide.rating_channels", &guide.rating_channels),
        ] {
            check_list(wrong, field, list);
        }
        let word = |channel: &&String| !is_channel(channel) && !channel.trim().is_empty();
        for channel in guide.channels.iter().filter(word) {
            wrong.add("guide.channels", format!("\"{channel}\" is no channel (a to z and _)"));
        }
        wrong.take("guide.accepting_unit", plain_text(&guide.accepting_unit, MAX_TEXT_CHARS));
        wrong.take("guide.fee_basis", plain_text(&guide.fee_basis, MAX_TEXT_CHARS));
        wrong.take("guide.fee_standard", plain_text(&guide.fee_standard, MAX_TEXT_CHARS));
        for material in guide.materials.iter().take(MAX_ENTRIES) {
            wrong.take("guide.material", plain_text(&material.name, MAX_TEXT_CHARS));
            wrong.take("guide.material", plain_text(&material.sample, MAX_TEXT_CHARS));
        }
        for asked in self.form.iter().take(MAX_ENTRIES) {
            wrong.take("form", identifier(&asked.id));
            wrong.take("form", plain_text(&asked.label, MAX_TEXT_CHARS));
            check_list(wrong, "form", &asked.choices);
        }
        for question in self.questionnaire.iter().take(MAX_ENTRIES) {
            wrong.take("questionnaire", identifier(&question.id));
            wrong.take("questionnaire", plain_text(&question.text, MAX_TEXT_CHARS));
        }
        for (field, count) in [
            ("guide.material", guide.materials.len()),
            ("form", self.form.len()),
            ("questionnaire", self.questionnaire.len()),
        ] {
            wrong.require(count <= MAX_ENTRIES, field, "has more than 200 entries");
        }
    }
}

impl Guide {
    /// C03: a guide has every element, or it is no guide.
    fn check(&self, wrong: &mut Violations) {
        for (field, holds) in [
            ("guide.accepting_unit", !self.accepting_unit.trim().is_empty()),
            ("guide.channels", filled(&self.channels)),
            ("guide.conditions", filled(&self.conditions)),
            ("guide.material", !self.materials.is_empty()),
            ("guide.procedure", filled(&self.procedure)),
            ("guide.fee_basis", !self.fee_basis.trim().is_empty()),
            ("guide.fee_standard", !self.fee_standard.trim().is_empty()),
            ("guide.rating_channels", filled(&self.rating_channels)),
        ] {
            wrong.require(holds, field, "is missing");
        }
        for (n, material) in self.materials.iter().enumerate() {
            let complete = !material.name.trim().is_empty() && !material.sample.trim().is_empty();
            wrong.require(complete, &format!("guide.material[{n}]"), "lacks its name or sample");
        }
    }
}

/// Whether `name` can be the name of a channel: 1 to 32 of a to z and `_`.
#[must_use]
pub fn is_channel(name: &str) -> bool {
    let word = name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    word && (1..=32).contains(&name.len())
}

/// A list of plain lines, within the limit.
pub(crate) fn check_list(wrong: &mut Violations, field: &str, list: &[String]) {
    wrong.require(list.len() <= MAX_ENTRIES, field, "has more than 200 entries");
    for text in list.iter().take(MAX_ENTRIES) {
        wrong.take(field, plain_text(text, MAX_TEXT_CHARS));
        // An entry is one line of a cell when lists are exchanged as tables.
        wrong.require(!text.contains('\n'), field, "holds a line break");
    }
}

/// Whether a list has entries and no blank ones.
pub(crate) fn filled(list: &[String]) -> bool {
    !list.is_empty() && list.iter().all(|entry| !entry.trim().is_empty())
}
