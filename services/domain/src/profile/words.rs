//! Each rule of a profile in Chinese words, for people to read beside its clause.

use super::{
    CaseKind, ExclusionDuty, ExclusionRule, ExtensionDuty, FollowUpBy, FollowUpRule, HotlineDuty,
    KeyTargetDuty, KeyTargetRule, List, PackageRating, Party, Percent, Period, ProblemDuty,
    Profile, RatedContent, RatedObject, RatingUnit, Reach, RealName, Reminder, RepeatedRating,
    Ruled, SYSTEM_LAYER, Scores, Stage, SurveyMethod, ThirdParty, terms::Event,
};
use crate::{
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

impl Profile {
    /// Every rule, those on which all layers are silent included.
    #[must_use]
    pub fn rules(&self) -> Vec<RuleWords> {
        vec![
            rule("label_set", &self.label_set),
            option("scores", &self.scores, "不计分"),
            rule("rated_directly", &self.rated_directly),
            option("mean_scores", &self.mean_scores, "无"),
            option("rated_content", &self.rated_content, "服务整体"),
            option("questionnaire", &self.questionnaire, "无"),
            option("tag_list", &self.tag_list, "通行标签"),
            option("rating_window", &self.rating_window, "不限"),
            option("default_rating", &self.default_rating, "不默认评价"),
            rule("default_rating_counts", &self.default_rating_counts),
            rule("evaluator_opens_on", &self.evaluator_opens_on),
            rule("kiosk_opens_on", &self.kiosk_opens_on),
            rule("staff_prompt", &self.staff_prompt),
            rule("sms_invitation", &self.sms_invitation),
            option("sms_reminder", &self.sms_reminder, "不提醒"),
            rule("negative_needs_reason", &self.negative_needs_reason),
            rule("repeated_rating", &self.repeated_rating),
            rule("real_name", &self.real_name),
            rule("private_allowed", &self.private_allowed),
            rule("on_site_unit", &self.on_site_unit),
            rule("on_site_rated_on", &self.on_site_rated_on),
            rule("online_unit", &self.online_unit),
            rule("online_rated_on", &self.online_rated_on),
            option("immediate_case_ratings", &self.immediate_case_ratings, "不另作规定"),
            option("committed_case_ratings_min", &self.committed_case_ratings_min, "不另作规定"),
            rule("every_stage_rateable", &self.every_stage_rateable),
            option("once_on_completion", &self.once_on_completion, "无"),
            option("package_rating", &self.package_rating, "与其他办件相同"),
            rule("batch_rated_once", &self.batch_rated_once),
            option("text_review", &self.text_review, "不审核"),
            rule("unreviewed_text_accepted", &self.unreviewed_text_accepted),
            rule("dispatch_by", &self.dispatch_by),
            option("dispatch", &self.dispatch, "未规定天数"),
            option("start_handling", &self.start_handling, "未规定天数"),
            rule("authority_verifies", &self.authority_verifies),
            rule("authority_for_townships", &self.authority_for_townships),
            option("first_contact", &self.first_contact, "未规定天数"),
            option("fix_clear", &self.fix_clear, "未规定天数"),
            option("feed_back_clear", &self.feed_back_clear, "未规定天数"),
            option("fix_simple", &self.fix_simple, "未规定天数"),
            option("feed_back_simple", &self.feed_back_simple, "未规定天数"),
            option("fix_complex", &self.fix_complex, "未规定天数"),
            option("fix_complex_min_days", &self.fix_complex_min_days, "未规定"),
            option("feed_back_complex", &self.feed_back_complex, "未规定天数"),
            rule("complex_ledger", &self.complex_ledger),
            rule("complex_needs_reason", &self.complex_needs_reason),
            option("extension", &self.extension, "不予延期"),
            rule("feedback_channels", &self.feedback_channels),
            rule("result_reviewed_by_authority", &self.result_reviewed_by_authority),
            rule("exclusion", &self.exclusion),
            rule("follow_up", &self.follow_up),
            rule("follow_up_percent", &self.follow_up_percent),
            option("rectified_percent", &self.rectified_percent, "未规定"),
            option("follow_up_within", &self.follow_up_within, "未规定天数"),
            rule("follow_up_channels", &self.follow_up_channels),
            option("satisfaction_sample", &self.satisfaction_sample, "不抽样"),
            rule("appeal_from", &self.appeal_from),
            option("appeal", &self.appeal, "不限"),
            rule("appeal_to", &self.appeal_to),
            option("decide_appeal", &self.decide_appeal, "未规定天数"),
            rule("appeal_stops_clock", &self.appeal_stops_clock),
            option("key_target", &self.key_target, "无"),
            option("concentrated_problem", &self.concentrated_problem, "未规定"),
            rule("rater_data_to_third_party", &self.rater_data_to_third_party),
            option("retaliation_consequence", &self.retaliation_consequence, "未规定"),
            option("surveys", &self.surveys, "未规定"),
            option("third_party_survey_every", &self.third_party_survey_every, "未规定"),
            option("supervisors_meet_every", &self.supervisors_meet_every, "未规定"),
            rule("bulletins", &self.bulletins),
            option("hotline", &self.hotline, "未规定"),
            option("hotline_dispatch", &self.hotline_dispatch, "未规定天数"),
        ]
    }
}

fn rule<T: InWords>(field: &'static str, ruled: &Ruled<T>) -> RuleWords {
    let Ruled { value, clause, layer } = ruled;
    RuleWords { field, value: value.words(), clause: clause.clone(), layer: layer.clone() }
}

/// A rule that need not exist, and what it means that it does not.
fn option<T: InWords>(field: &'static str, ruled: &Option<Ruled<T>>, none: &str) -> RuleWords {
    let system = || RuleWords {
        field,
        value: none.to_owned(),
        clause: "系统默认".to_owned(),
        layer: SYSTEM_LAYER.to_owned(),
    };
    ruled.as_ref().map_or_else(system, |ruled| rule(field, ruled))
}

/// A value that can be told in Chinese.
pub(super) trait InWords {
    /// What stands between several.
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
    CaseKind,
    ExclusionDuty,
    super::ExclusionGround,
    ExtensionDuty,
    FollowUpBy,
    HotlineDuty,
    KeyTargetDuty,
    Party,
    Period,
    ProblemDuty,
    RatedObject,
    RatingUnit,
    Reach,
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

impl InWords for DeadlineRule {
    fn words(&self) -> String {
        let event = Event::ALL.iter().find(|event| event.starts(self));
        let event = event.map_or(self.event.as_str(), |event| event.phrase());
        match (self.days, self.unit) {
            (0, DayUnit::Working) => format!("立即，当个工作日内（自{event}起）"),
            (0, DayUnit::Calendar) => format!("当日（自{event}起）"),
            (days, DayUnit::Working) => format!("{days}个工作日（自{event}起）"),
            (days, DayUnit::Calendar) => format!("{days}个自然日（自{event}起）"),
        }
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
