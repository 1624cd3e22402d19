//! The values of a profile's rules. Most are one of a few phrases of the documents. A list is never
//! empty and has no duplicates, so that a layer cannot set a rule without content.

use std::ops::Deref;

use serde::Deserialize;

use super::terms::Event;
use crate::{case::Stage, level::Level};

/// Declares enums of which each value is one Chinese phrase: its documentation, and its words.
macro_rules! phrases {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident = $phrase:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $(#[doc = concat!($phrase, ".")] $variant),+ }

        impl $name {
            /// All values.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The phrase, in Chinese.
            #[must_use]
            pub fn phrase(self) -> &'static str {
                match self { $(Self::$variant => $phrase),+ }
            }
        }
    )+};
}
pub(super) use phrases;

phrases! {
    /// Whether the rater must be known by name (I13).
    RealName {
        Encouraged = "鼓励实名",
        Required = "实名",
    }

    /// What can be rated (C06, C12).
    RatedObject {
        Staff = "窗口工作人员",
        Agency = "政务服务机构",
        Platform = "政务服务平台",
        Hall = "政务服务大厅",
        Window = "政务服务窗口",
        BusinessLine = "业务条线",
        Region = "地区",
    }

    /// What brings one rating (I03).
    RatingUnit {
        Service = "一次一评",
        Matter = "一事一评",
    }

    /// Cases that a profile can have rated once only, by how they are handled (I11).
    OnceRatedCase {
        FullyOnline = "全程网上办理",
        Kiosk = "自助服务终端办理",
        OnTheSpot = "当场办结的即办件",
    }

    /// How several ratings of one service act count (I09). The latest counts and the earlier ones
    /// stay on record: the only rule in the documents.
    RepeatedRating {
        LatestCounts = "以最新评价为准",
    }

    /// The two offices that handle a ticket; every officer acts for one of them.
    Office {
        HandlingAgency = "业务办理单位",
        Authority = "政务服务管理机构",
    }

    /// Whose tickets must be followed up.
    FollowUpWhom {
        RealNameNegative = "实名差评",
        AllNegative = "全部差评",
    }

    /// Those who take part in the closed loop.
    Party {
        RatedParty = "被评价人",
        Staff = "工作人员",
        HandlingAgency = "业务办理单位",
        Authority = "政务服务管理机构",
        OwnGovernment = "本级人民政府",
        CityOrCountyGovernment = "市县级人民政府",
        UpperPlatform = "上级“好差评”系统",
    }

    /// A way to reach a rater, as documents name it (T05, T06). How a step reached its rater:
    /// [`crate::ticket::Means`].
    ContactChannel {
        Suitable = "适当方式",
        Portal = "政务服务网",
        AppUserCentre = "移动端用户中心",
        Sms = "短信",
        Phone = "电话",
        Online = "在线",
        Hotline = "政务服务热线",
    }

    /// What a new date for a missed deadline requires (T04).
    ExtensionDuty {
        Reason = "说明理由",
        NewDate = "明确整改期限",
        InWriting = "书面",
        TellRater = "向评价人反馈",
        FileWithAuthority = "向政务服务管理机构报备",
    }

    /// Why a rating is counted nowhere (T03).
    ExclusionGround {
        Mistaken = "误评",
        MisTapped = "误操作",
        Malicious = "恶意差评",
        SystemFault = "政务服务信息系统原因",
        ObjectiveCause = "其他非窗口工作质量的客观原因",
    }

    /// What an exclusion requires, in order (T03, T07).
    ExclusionDuty {
        Verified = "调查核实",
        OnAppeal = "经申诉",
        InWriting = "书面报告",
        NotifyAuthority = "通报政务服务管理机构",
        ReviewedByAuthority = "政务服务管理机构复核",
        FiledByAuthority = "政务服务管理机构备案并修正",
        CorrectedUpstream = "通过上级系统申诉、纠正",
    }

    /// What makes a key target (T12).
    KeyTargetTrigger {
        Concentrated = "较集中",
        Repeated = "多次",
    }

    /// What a key target leads to (T12, T19).
    KeyTargetDuty {
        CallBack = "通过回访找准问题根源",
        MeasuresByTarget = "测评对象提出整改措施",
        FixedByDeadline = "限期整改",
        Supervision = "强化监督",
        Education = "查核属实后教育",
        Replacement = "无明显改进的限期调整人员",
    }

    /// What becomes of a problem on which complaints concentrate (T13).
    ProblemDuty {
        FixedByDeadline = "限期整改",
        ReportedToOwnGovernment = "及时报本级人民政府",
        InspectedByThirdParty = "第三方调查评价",
    }

    /// Whether rater data go to a third party (S05).
    ThirdParty {
        Never = "不提供",
        WithPermission = "经当事人允许",
    }

    /// How government itself asks raters (I18).
    SurveyMethod {
        SampledCallBack = "随机抽取回访",
        SampledCallBackByHotline = "随机抽取热线回访",
        SampledThirdParty = "随机抽取、第三方评估",
        ThirdParty = "第三方评估",
        CovertVisit = "暗访",
        Appraisal = "群众满意度评议",
    }

    /// How often something happens.
    Period {
        Periodic = "定期",
        Monthly = "每月",
        Quarterly = "每季度",
    }

    /// What a complaint by hotline requires (T18).
    HotlineDuty {
        ByDutyList = "按照职责清单转送责任部门",
        OwnLimit = "按照热线处理时限处理回复",
    }
}

/// One or more things, none twice.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<T>", bound = "T: Deserialize<'de> + PartialEq")]
pub struct List<T>(Vec<T>);

impl<T: PartialEq> TryFrom<Vec<T>> for List<T> {
    type Error = &'static str;

    fn try_from(items: Vec<T>) -> Result<Self, Self::Error> {
        if items.is_empty() {
            return Err("is an empty list");
        }
        let twice = items.iter().enumerate().any(|(n, item)| items[..n].contains(item));
        if twice { Err("says the same twice") } else { Ok(Self(items)) }
    }
}

impl<T> List<T> {
    /// A list known to be valid.
    pub(super) fn of<const N: usize>(items: [T; N]) -> Self {
        Self(items.into())
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

/// A share in percent, from 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "u32")]
pub struct Percent(u32);

impl Percent {
    /// All of them.
    pub const ALL: Self = Self(100);
    /// Every tenth.
    pub const TENTH: Self = Self(10);

    /// As a number.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Percent {
    type Error = &'static str;

    fn try_from(percent: u32) -> Result<Self, Self::Error> {
        if (1..=100).contains(&percent) {
            Ok(Self(percent))
        } else {
            Err("is not 1 to 100 percent")
        }
    }
}

/// The score of each level (分值, P02), falling from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "[u32; 5]")]
pub struct Scores([u32; 5]);

impl Scores {
    /// The score of one level.
    #[must_use]
    pub fn of(self, level: Level) -> u32 {
        let scored = Level::ALL.into_iter().zip(self.0).find(|(scored, _)| *scored == level);
        scored.map_or(0, |(_, score)| score)
    }

    /// All five, best first.
    #[must_use]
    pub fn all(self) -> [u32; 5] {
        self.0
    }
}

impl TryFrom<[u32; 5]> for Scores {
    type Error = &'static str;

    fn try_from(scores: [u32; 5]) -> Result<Self, Self::Error> {
        let falling = scores.windows(2).all(|pair| pair[0] > pair[1]);
        if falling {
            Ok(Self(scores))
        } else {
            Err("does not fall from the best level to the worst")
        }
    }
}

/// Who follows up whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FollowUpRule {
    /// Whose tickets must be followed up.
    pub whom: FollowUpWhom,
    /// Who follows up.
    pub by: Office,
}

impl FollowUpWhom {
    /// Whether a negative rating must be followed up, from a rater known by name or not.
    #[must_use]
    pub fn covers(self, real_name: bool) -> bool {
        match self {
            Self::AllNegative => true,
            Self::RealNameNegative => real_name,
        }
    }
}

/// What is rated of one kind of object.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RatedContent {
    /// The kind of object.
    pub object: RatedObject,
    /// Its aspects, in the document's words.
    pub aspects: List<String>,
}

/// After how long without a rating the rater is reminded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reminder {
    /// How many hours.
    pub hours: u32,
    /// The event they run from.
    pub event: Event,
}

/// How a package (套餐式服务) is rated (I12).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackageRating {
    /// The stages that are rated each.
    pub stages: List<Stage>,
    /// Whether one rating of the whole counts for all agencies and regions involved.
    pub composite: bool,
}

/// When and by whom a rating is counted nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExclusionRule {
    /// The grounds.
    pub grounds: List<ExclusionGround>,
    /// Who decides.
    pub by: Party,
    /// What it requires.
    pub duties: List<ExclusionDuty>,
}

/// Who becomes a key target (重点测评对象), and the consequences.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyTargetRule {
    /// How the ratings come.
    pub trigger: KeyTargetTrigger,
    /// The level that, with those below it, makes a target.
    pub level: Level,
    /// What can become one.
    pub objects: List<RatedObject>,
    /// What follows.
    pub duties: List<KeyTargetDuty>,
}
