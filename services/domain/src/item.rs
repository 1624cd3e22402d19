//! Service items (政务服务事项) and their guides (C03–C05).

use jiff::Timestamp;
use serde::Deserialize;

use crate::{codes::ItemCode, deadline::DayUnit, violation::Violations};

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
    /// What it says.
    pub content: Content,
}

/// What an item says; a change of it makes a new version.
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
    /// Laws it rests on.
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
}

/// The "6+1" types (C04).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Material {
    /// Name.
    pub name: String,
    /// Copies.
    pub copies: u32,
    /// What a filled-in one looks like.
    pub sample: String,
}

/// One field of a form.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormField {
    /// Identity within the form.
    pub id: String,
    /// Label.
    pub label: String,
    /// What goes in.
    pub kind: FieldKind,
    /// Whether it must be filled in.
    pub required: bool,
    /// Longest answer, in characters.
    pub max_length: u32,
    /// The answers to choose from.
    #[serde(default)]
    pub choices: Vec<String>,
}

/// What goes into a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Identity within the questionnaire.
    pub id: String,
    /// The question.
    pub text: String,
    /// What answers it.
    pub kind: QuestionKind,
}

/// What answers a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// Yes or no.
    YesNo,
    /// Text.
    Text,
}

impl Item {
    /// Everything about the item that may not be published.
    #[must_use]
    pub fn violations(&self) -> Violations {
        let mut wrong = Violations::default();
        let content = &self.content;
        match ItemCode::parse(&self.code) {
            Err(why) => wrong.add("code", why),
            Ok(code) => wrong.require(
                code.item_type() == content.item_type.code(),
                "type",
                "is not the type that the code names",
            ),
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

impl Guide {
    /// C03: a guide holds every element, or it is no guide.
    fn check(&self, wrong: &mut Violations) {
        let filled =
            |list: &[String]| !list.is_empty() && list.iter().all(|s| !s.trim().is_empty());
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

fn filled(list: &[String]) -> bool {
    !list.is_empty() && list.iter().all(|entry| !entry.trim().is_empty())
}
