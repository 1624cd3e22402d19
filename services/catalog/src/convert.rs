//! Wire to domain and back, where `platform::convert` does not already say it: profiles.

use domain::{
    deadline::{DayUnit, DeadlineRule},
    level::LabelSet,
    profile::{FollowUpBy, FollowUpWhom, Profile, RealName, Ruled, SYSTEM_LAYER},
};
use proto::catalog::v1 as wire;

/// A profile on the wire: every rule, those on which all layers are silent included.
pub(crate) fn profile_to_wire(profile: &Profile) -> wire::Profile {
    let rules = vec![
        rule("label_set", &profile.label_set, |set| {
            match set {
                LabelSet::Satisfaction => "非常满意、满意、基本满意、不满意、非常不满意",
                LabelSet::Quality => "很好、好、一般、差、很差",
            }
            .to_owned()
        }),
        span("rating_window", profile.rating_window.as_ref()),
        rule("negative_needs_reason", &profile.negative_needs_reason, yes_no),
        rule("real_name", &profile.real_name, |real_name| {
            match real_name {
                RealName::Encouraged => "鼓励实名",
                RealName::Required => "实名",
            }
            .to_owned()
        }),
        rule("private_allowed", &profile.private_allowed, yes_no),
        span("fix_clear", profile.fix_clear.as_ref()),
        span("feed_back_clear", profile.feed_back_clear.as_ref()),
        span("feed_back_complex", profile.feed_back_complex.as_ref()),
        rule("result_reviewed_by_authority", &profile.result_reviewed_by_authority, yes_no),
        rule("follow_up", &profile.follow_up, |follow_up| {
            let whom = match follow_up.whom {
                FollowUpWhom::RealNameNegative => "实名差评",
                FollowUpWhom::AllNegative => "全部差评",
            };
            let by = match follow_up.by {
                FollowUpBy::HandlingAgency => "业务办理单位",
                FollowUpBy::Authority => "政务服务管理机构",
            };
            format!("{whom}由{by}全部回访")
        }),
    ];
    wire::Profile {
        profile_id: profile.id.clone(),
        version: profile.version,
        document: profile.document.clone(),
        in_force_from: profile.in_force_from.map(|day| day.to_string()).unwrap_or_default(),
        trial: profile.trial,
        rules,
    }
}

fn rule<T>(field: &str, ruled: &Ruled<T>, value: impl Fn(&T) -> String) -> wire::Rule {
    wire::Rule {
        field: field.to_owned(),
        value: value(&ruled.value),
        clause: ruled.clause.clone(),
        layer: ruled.layer.clone(),
    }
}

fn span(field: &str, ruled: Option<&Ruled<DeadlineRule>>) -> wire::Rule {
    let days = |rule: &DeadlineRule| match (rule.days, rule.unit) {
        (0, _) => "立行立改（当个工作日内）".to_owned(),
        (n, DayUnit::Working) => format!("{n}个工作日（自{}起）", rule.event),
        (n, DayUnit::Calendar) => format!("{n}个自然日（自{}起）", rule.event),
    };
    match ruled {
        Some(ruled) => rule(field, ruled, days),
        None => wire::Rule {
            field: field.to_owned(),
            value: "不限".to_owned(),
            clause: "系统默认".to_owned(),
            layer: SYSTEM_LAYER.to_owned(),
        },
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "a rule's value is read by reference")]
fn yes_no(value: &bool) -> String {
    if *value { "是" } else { "否" }.to_owned()
}
