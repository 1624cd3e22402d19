//! Each rule of a profile in Chinese words, for people to read beside its clause.

use super::{
    ContactChannel, ExclusionDuty, ExclusionGround, ExclusionRule, ExtensionDuty, FollowUpRule,
    HotlineDuty, KeyTargetDuty, KeyTargetRule, List, Office, OnceRatedCase, PackageRating, Party,
    Percent, Period, ProblemDuty, RatedContent, RatedObject, RatingUnit, RealName, Reminder,
    RepeatedRating, Scores, SurveyMethod, ThirdParty, terms::Event,
};
use crate::{
    case::Stage,
    deadline::{DayUnit, DeadlineRule},
    level::{LabelSet, Level},
};

/// One rule in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleWords {
    /// The field, for example `rating_window`.
    pub field: &'static str,
    /// Its value.
    pub value: String,
    /// Document and clause.
    pub clause: String,
    /// The layer that set it.
    pub layer: String,
}

/// A value that has words in Chinese.
pub(super) trait InWords {
    /// The separator between several.
    const BETWEEN: &str = "、";

    fn words(&self) -> String;
}

macro_rules! by_phrase {
    ($($name:ty),+) => {$(
        impl InWords for $name {
            fn words(&self) -> String {
                self.phrase().to_owned()
            }
        }
    )+};
}

by_phrase!(
    OnceRatedCase,
    ExclusionDuty,
    ExclusionGround,
    ExtensionDuty,
    Office,
    HotlineDuty,
    KeyTargetDuty,
    Party,
    Period,
    ProblemDuty,
    RatedObject,
    RatingUnit,
    ContactChannel,
    RealName,
    RepeatedRating,
    Stage,
    SurveyMethod,
    ThirdParty
);

impl InWords for bool {
    fn words(&self) -> String {
        if *self { "是" } else { "否" }.to_owned()
    }
}

impl InWords for u32 {
    fn words(&self) -> String {
        self.to_string()
    }
}

impl InWords for String {
    fn words(&self) -> String {
        self.clone()
    }
}

impl<T: InWords> InWords for List<T> {
    fn words(&self) -> String {
        let words: Vec<_> = self.iter().map(InWords::words).collect();
        words.join(T::BETWEEN)
    }
}

impl InWords for Percent {
    fn words(&self) -> String {
        format!("{}%", self.get())
    }
}

impl InWords for Level {
    fn words(&self) -> String {
        self.label(LabelSet::Satisfaction).to_owned()
    }
}

impl InWords for LabelSet {
    fn words(&self) -> String {
        Level::ALL.map(|level| level.label(*self)).join("、")
    }
}

impl InWords for Scores {
    fn words(&self) -> String {
        self.all().map(|score| format!("{score}分")).join("、")
    }
}

/// A deadline in Chinese.
pub(super) fn deadline_in_words(rule: &DeadlineRule) -> String {
    let event = Event::ALL.iter().find(|event| event.starts(rule));
    let event = event.map_or(rule.event.as_str(), |event| event.phrase());
    match (rule.days, rule.unit) {
        (0, DayUnit::Working) => format!("立即，当个工作日内（自{event}起）"),
        (0, DayUnit::Calendar) => format!("当日（自{event}起）"),
        (days, DayUnit::Working) => format!("{days}个工作日（自{event}起）"),
        (days, DayUnit::Calendar) => format!("{days}个自然日（自{event}起）"),
    }
}

impl InWords for Reminder {
    fn words(&self) -> String {
        format!("自{}起{}小时内未评价的，短信提醒", self.event.phrase(), self.hours)
    }
}

impl InWords for RatedContent {
    const BETWEEN: &str = "；";

    fn words(&self) -> String {
        format!("{}：{}", self.object.phrase(), self.aspects.words())
    }
}

impl InWords for PackageRating {
    fn words(&self) -> String {
        let whole = if self.composite { "，并评价一个综合分数" } else { "" };
        format!("{}分别评价{whole}", self.stages.words())
    }
}

impl InWords for ExclusionRule {
    fn words(&self) -> String {
        let Self { grounds, by, duties } = self;
        format!("{}：{}；由{}不予采纳或撤销", grounds.words(), duties.words(), by.phrase())
    }
}

impl InWords for FollowUpRule {
    fn words(&self) -> String {
        format!("{}由{}回访", self.whom.phrase(), self.by.phrase())
    }
}

impl InWords for KeyTargetRule {
    fn words(&self) -> String {
        let Self { trigger, level, objects, duties } = self;
        let (objects, duties) = (objects.words(), duties.words());
        format!("“{}”及以下评价{}的{objects}：{duties}", level.words(), trigger.phrase())
    }
}
