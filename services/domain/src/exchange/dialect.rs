//! A dialect of the national interface, as data: which fields a record has and in which order, the codes, how
//! it is sealed, and what the platform is known to refuse.

use jiff::{Timestamp, fmt::strtime};
use serde::Deserialize;
use toml::{Table, Value};

use super::{
    codes::CodeSet,
    terms::{Action, ApplicantKind, CaseStatus, CertificateKind, Medium, ReviewStatus},
};
use crate::{
    case::Stage,
    channel::Channel,
    deadline::{DayUnit, clock_time},
    item::{CaseKind, ItemType},
    level::Level,
    source::{Source, SourceError},
};

/// The dialects that ship, each with the one it inherits.
const SHIPPED: [(&str, &str); 6] = [
    ("national", include_str!("../../dialects/national.toml")),
    ("gb-39046", include_str!("../../dialects/gb-39046.toml")),
    ("shandong", include_str!("../../dialects/shandong.toml")),
    ("beijing", include_str!("../../dialects/beijing.toml")),
    ("zhejiang", include_str!("../../dialects/zhejiang.toml")),
    ("fujian", include_str!("../../dialects/fujian.toml")),
];

/// A dialect (省级方言).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dialect {
    /// Its name.
    pub name: String,
    /// Where it was found.
    pub source: String,
    /// What records are written in.
    pub encoding: Encoding,
    /// The outermost element, of XML.
    #[serde(default)]
    pub root: String,
    /// How times are written (strftime), in Asia/Shanghai.
    pub time: String,
    /// What stands before a project number; empty for nothing.
    #[serde(default)]
    pub project_prefix: String,
    /// The code of the province that sends (dataSource); empty for none.
    #[serde(default)]
    pub data_source: String,
    /// How a record is sealed.
    pub envelope: Envelope,
    /// Words of an answer that mean that it has the record already, which is a success.
    pub already: Vec<String>,
    /// Where records go.
    pub paths: Paths,
    /// What the platform is known to refuse.
    pub rules: Rules,
    /// The codes.
    pub codes: Codes,
    /// The fields of a service; none if it is not told.
    #[serde(default)]
    pub case: Vec<Field>,
    /// The fields of a rating.
    pub rating: Vec<Field>,
    /// The fields of a correction; none if it is not told.
    #[serde(default)]
    pub correction: Vec<Field>,
}

/// What records are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// JSON.
    Json,
    /// XML.
    Xml,
}

/// How a record is sealed and sent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Envelope {
    /// JSON `{txnCommCom, txnBodyCom: {appMark, time, sign, params: {evaluate: [cipher]}}}` with the tenant in a
    /// header; `sign` is SM2 of time, mark and word, the cipher is SM2 of a JSON array.
    Tenant {
        /// The tenant.
        tenant: String,
        /// How SM2 orders its parts there.
        order: CipherOrder,
    },
    /// A form with appMark, time, sign and params `{"data": cipher}`.
    Form {
        /// How SM2 orders its parts there.
        order: CipherOrder,
    },
    /// SM4 in ECB mode with PKCS#7 padding, under the first 16 bytes that MD5 makes of the word: it hides what is
    /// sent from nobody who knows the word, and proves nothing.
    Block {
        /// How the cipher is written.
        text: CipherText,
    },
}

/// The order of the parts of an SM2 ciphertext.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CipherOrder {
    /// GM/T 0003.4-2012 and later.
    C1c3c2,
    /// The draft before it, which old libraries write.
    C1c2c3,
}

/// How a cipher is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CipherText {
    /// Hexadecimal, small letters.
    Hex,
    /// Base64 with padding.
    Base64,
}

/// Where records go, below the platform's address.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paths {
    /// Services of cases.
    pub case: String,
    /// Ratings.
    pub rating: String,
    /// Corrections.
    pub correction: String,
}

/// What a platform is known to refuse.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// A negative rating has a tag or words.
    pub negative_needs_tag: bool,
    /// How many ratings a service can have.
    pub most_ratings: u32,
    /// What an item code has that is self-made and not told; empty for nothing.
    pub self_made: String,
    /// The platform numbers the services of a case itself: its answer to a service says the number, and
    /// ratings and corrections name that one.
    #[serde(default)]
    pub numbers_services: bool,
}

/// The code sets.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Codes {
    /// 满意度.
    pub level: CodeSet<Level>,
    /// 评价渠道 (pf).
    pub channel: CodeSet<Channel>,
    /// The channel of a default rating; none has no code.
    pub default_channel: Option<String>,
    /// 申请人类型 (userProp).
    pub applicant: CodeSet<ApplicantKind>,
    /// 证件类型 (GA/T 2000.156).
    pub certificate: CodeSet<CertificateKind>,
    /// 办件状态 (proStatus).
    pub status: CodeSet<CaseStatus>,
    /// 办件类型 (projectType, promisetime).
    pub case_kind: CodeSet<CaseKind>,
    /// 审核状态 (appStatus).
    pub review: CodeSet<ReviewStatus>,
    /// 时限单位 (promiseType, anticipateType).
    pub day_unit: CodeSet<DayUnit>,
    /// 线上、线下 (proChannel).
    pub medium: CodeSet<Medium>,
    /// 服务名称 (serviceName).
    pub stage: CodeSet<Stage>,
    /// 事项类型 (taskType).
    pub item_type: CodeSet<ItemType>,
    /// 标志 (flag).
    pub action: CodeSet<Action>,
    /// 是否默认评价 (isdefault).
    pub default: Flags,
    /// 是否有效评价 (effectivEvalua).
    pub counts: Flags,
}

/// The codes of yes and no.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flags {
    /// 是.
    pub yes: String,
    /// 否.
    pub no: String,
}

impl Flags {
    /// The code of one of them.
    #[must_use]
    pub fn code(&self, flag: bool) -> &str {
        if flag { &self.yes } else { &self.no }
    }
}

/// One field of a record.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its name there.
    pub name: String,
    /// What stands in it.
    pub of: Datum,
    /// When the dialect demands it; none if it can be empty.
    pub needed: Option<Need>,
}

/// When a field is demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// Always.
    Always,
    /// Once the case is accepted.
    Accepted,
    /// Once it is completed.
    Completed,
}

/// What can stand in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Datum {
    /// 实施编码: the first 31 characters of the item's code.
    ItemCode,
    /// 业务办理项编码, 33 characters; empty where there is none.
    HandlingItem,
    /// 事项名称.
    ItemName,
    /// 事项类型.
    ItemType,
    /// 办件编号.
    ProjectNumber,
    /// 办件状态.
    Status,
    /// 办件类型.
    CaseKind,
    /// 受理部门编码.
    AgencyId,
    /// 受理部门名称.
    AgencyName,
    /// 统一社会信用代码.
    AgencyUscc,
    /// 行政区划, 12 digits.
    RegionCode,
    /// 受理时间.
    AcceptedAt,
    /// 办结时间.
    CompletedAt,
    /// 服务时间.
    ServedAt,
    /// 服务日期: the day alone, ISO 8601.
    ServedOn,
    /// 服务名称, 环节.
    Stage,
    /// 服务次数.
    ServiceNumber,
    /// 办理渠道.
    Medium,
    /// 承诺时限.
    PromisedDays,
    /// 承诺时限单位.
    PromisedUnit,
    /// 法定时限.
    StatutoryDays,
    /// 法定时限单位.
    StatutoryUnit,
    /// 数据来源.
    DataSource,
    /// 满意度.
    Level,
    /// 评价渠道.
    Channel,
    /// 评价详情.
    Tags,
    /// 评价时间.
    RatedAt,
    /// 评价次数.
    RatingNumber,
    /// 审核状态.
    Review,
    /// 是否默认评价.
    IsDefault,
    /// 是否有效评价.
    Counts,
    /// 新增、更新.
    Action,
    /// 整改反馈.
    Rectification,
    /// 文字评价: what the rater wrote stays in intake.
    Words,
    /// 申请人类型.
    ApplicantKind,
    /// 申请人名称.
    ApplicantName,
    /// 申请人证件类型.
    CertificateKind,
    /// 申请人证件号码.
    CertificateNumber,
    /// 代理人姓名.
    AgentName,
    /// 代理人证件类型.
    AgentCertificateKind,
    /// 代理人证件号码.
    AgentCertificateNumber,
    /// 手机.
    Phone,
}

impl Datum {
    /// Whether it is about a person, and so in no fact (S01).
    #[must_use]
    pub fn is_personal(self) -> bool {
        matches!(
            self,
            Self::Words
                | Self::ApplicantKind
                | Self::ApplicantName
                | Self::CertificateKind
                | Self::CertificateNumber
                | Self::AgentName
                | Self::AgentCertificateKind
                | Self::AgentCertificateNumber
                | Self::Phone
        )
    }
}

/// What a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A service of a case (办件服务).
    Case,
    /// A rating (评价).
    Rating,
    /// A correction of a rating (整改、审核、有效).
    Correction,
}

impl Dialect {
    /// The names of those that ship.
    pub fn shipped() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(name, _)| *name)
    }

    /// One that ships, by its name.
    ///
    /// # Errors
    /// If none has this name.
    pub fn named(name: &str) -> Result<Self, SourceError> {
        let found = SHIPPED.iter().find(|(own, _)| *own == name);
        let (file, text) = found.ok_or_else(|| {
            let names: Vec<_> = Self::shipped().collect();
            let reason = format!("no dialect has this name; there are {}", names.join(", "));
            SourceError { file: name.to_owned(), line: 1, reason }
        })?;
        Self::parse(Source { file, text })
    }

    /// Reads a dialect over the shipped one that it inherits, if any: a key replaces that key, and a code set
    /// that code set as a whole.
    ///
    /// # Errors
    /// The first thing wrong.
    pub fn parse(source: Source<'_>) -> Result<Self, SourceError> {
        let table = layered(source)?;
        let dialect = Self::deserialize(Value::Table(table));
        let dialect = dialect.map_err(|error| source.error(0, error.message()))?;
        if dialect.encoding == Encoding::Xml && dialect.root.is_empty() {
            return Err(source.error(0, "XML needs the name of its outermost element: root"));
        }
        if strtime::format(&dialect.time, clock_time(Timestamp::UNIX_EPOCH)).is_err() {
            return Err(source.error(0, "time is no form of a time (strftime)"));
        }
        Ok(dialect)
    }

    /// Where a kind of record goes.
    #[must_use]
    pub fn path(&self, kind: Kind) -> &str {
        match kind {
            Kind::Case => &self.paths.case,
            Kind::Rating => &self.paths.rating,
            Kind::Correction => &self.paths.correction,
        }
    }

    /// The fields of a kind of record; empty if it is not told.
    #[must_use]
    pub fn fields(&self, kind: Kind) -> &[Field] {
        match kind {
            Kind::Case => &self.case,
            Kind::Rating => &self.rating,
            Kind::Correction => &self.correction,
        }
    }
}

/// A dialect's keys over those of what it inherits. Those that ship inherit in no circle.
fn layered(source: Source<'_>) -> Result<Table, SourceError> {
    let mut table: Table = source.parse()?;
    let Some(above) = table.remove("inherits") else { return Ok(table) };
    let above = above.as_str().unwrap_or_default();
    let found = SHIPPED.iter().find(|(name, _)| *name == above);
    let (file, text) = found.ok_or_else(|| source.error(0, "inherits no shipped dialect"))?;
    let mut base = layered(Source { file, text })?;
    lay(&mut base, table);
    Ok(base)
}

/// Lays a layer over another one.
fn lay(base: &mut Table, layer: Table) {
    for (key, value) in layer {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(own)) if key == "codes" || key == "rules" => {
                below.extend(own);
            }
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}
