//! 桂数发〔2019〕21号.

use domain::{
    case::Stage,
    level::Level,
    profile::{Profile, RealName},
};
use jiff::civil::date;

use crate::{
    THURSDAY, due_on, fields_of,
    profiles::{GUANGXI, profile},
    says, silent,
};

fn guangxi() -> Profile {
    profile(&[GUANGXI])
}

const FOUND_TRUE: &str = "15个自然日（自查实起）";

#[test]
fn c13_gx_17_a_trial_of_the_autonomous_region_older_than_the_nation_s() {
    let profile = guangxi();
    assert_eq!(profile.policy(), "guangxi-2019@1");
    assert_eq!(profile.document, "桂数发〔2019〕21号");
    assert_eq!(profile.region_code.as_deref(), Some("450000"));
    // In force on issue, and the day of issue is not in the document.
    assert_eq!((profile.in_force_from, profile.trial), (None, true));
}

#[test]
fn c13_gx_sets_these_and_the_rest_is_the_system_s() {
    let profile = guangxi();
    let expected = [
        "label_set",
        "scores",
        "rated_directly",
        "mean_scores",
        "rated_content",
        "rating_window",
        "default_rating",
        "negative_needs_reason",
        "real_name",
        "on_site_rated_on",
        "online_rated_on",
        "immediate_case_ratings",
        "committed_case_ratings_min",
        "package_rating",
        "text_review",
        "unreviewed_text_accepted",
        "fix_clear",
        "fix_simple",
        "fix_complex",
        "extension",
        "feedback_channels",
        "exclusion",
        "key_target",
        "rater_data_to_third_party",
        "bulletins",
    ];
    assert_eq!(fields_of(&profile, "guangxi-2019"), expected);
    assert_eq!(silent(&profile).len() + expected.len(), profile.rules().len());
}

#[test]
fn c06_gx_4_only_window_staff_are_rated_directly() {
    says(&guangxi(), "rated_directly", "窗口工作人员", "第四条");
}

#[test]
fn p01_gx_4_agency_line_and_region_have_the_mean_of_their_staff() {
    says(&guangxi(), "mean_scores", "政务服务机构、业务条线、地区", "第四条");
}

#[test]
fn c12_gx_5_staff_are_rated_on_attitude_quality_and_efficiency() {
    let profile = guangxi();
    let content = "窗口工作人员：服务态度、服务质量、办事效率";
    says(&profile, "rated_content", content, "第五条");
    assert_eq!(profile.rated_content.unwrap().value[0].aspects.len(), 3);
}

#[test]
fn i04_gx_8_the_levels_go_by_satisfaction() {
    let profile = guangxi();
    says(&profile, "label_set", "非常满意、满意、基本满意、不满意、非常不满意", "第八条");
    assert_eq!(Level::VeryDissatisfied.label(profile.label_set.value), "非常不满意");
}

#[test]
fn p02_gx_8_the_levels_score_ten_eight_six_three_and_nothing() {
    let profile = guangxi();
    says(&profile, "scores", "10分、8分、6分、3分、0分", "第八条");
    let scores = profile.scores.unwrap().value;
    assert_eq!(Level::ALL.map(|level| scores.of(level)), [10, 8, 6, 3, 0]);
}

#[test]
fn i06_gx_8_a_service_can_be_rated_for_seven_calendar_days() {
    let profile = guangxi();
    says(&profile, "rating_window", "7个自然日（自受理或办结起）", "第八条");
    assert_eq!(profile.deadline("rating_window").unwrap().event, "accepted_or_completed");
    // Holidays count.
    assert_eq!(due_on(&profile, "rating_window", THURSDAY), date(2026, 2, 19));
}

#[test]
fn i07_gx_8_silence_is_the_best_level() {
    let profile = guangxi();
    says(&profile, "default_rating", "非常满意", "第八条");
    assert_eq!(profile.default_rating.unwrap().value, Level::VerySatisfied);
    assert!(!profile.default_rating_counts.value);
    assert_eq!(profile.default_rating_counts.layer, "system");
}

#[test]
fn i11_gx_8_rated_after_acceptance_or_completion() {
    let profile = guangxi();
    says(&profile, "on_site_rated_on", "受理、办结", "第八条");
    says(&profile, "online_rated_on", "受理、办结", "第八条");
    assert_eq!(profile.on_site_rated_on.value[..], [Stage::Acceptance, Stage::Completion]);
}

#[test]
fn i05_gx_8_a_negative_rating_needs_no_reason() {
    says(&guangxi(), "negative_needs_reason", "否", "第八条");
}

#[test]
fn t08_gx_8_text_is_reviewed_within_fifteen_calendar_days_or_accepted() {
    let profile = guangxi();
    says(&profile, "text_review", "15个自然日（自收到评价起）", "第八条");
    says(&profile, "unreviewed_text_accepted", "是", "第八条");
    assert_eq!(due_on(&profile, "text_review", THURSDAY), date(2026, 2, 27));
}

#[test]
fn i11_gx_9_an_immediate_case_brings_one_rating_and_a_committed_one_at_least_two() {
    says(&guangxi(), "immediate_case_ratings", "1", "第九条");
    says(&guangxi(), "committed_case_ratings_min", "2", "第九条");
}

#[test]
fn i12_gx_10_a_package_is_rated_by_stage_and_as_a_whole() {
    let profile = guangxi();
    let rule = "受理、审批、出件分别评价，并评价一个综合分数";
    says(&profile, "package_rating", rule, "第十条");
    let package = profile.package_rating.unwrap().value;
    assert_eq!(package.stages[..], [Stage::Acceptance, Stage::Approval, Stage::Issuance]);
    assert!(package.composite);
}

#[test]
fn i13_gx_11_real_names_are_required() {
    says(&guangxi(), "real_name", "实名", "第十一条");
    assert_eq!(guangxi().real_name.value, RealName::Required);
}

#[test]
fn s05_gx_11_rater_data_leave_only_with_permission() {
    says(&guangxi(), "rater_data_to_third_party", "经当事人允许", "第十一条");
}

#[test]
fn t12_gx_13_basically_satisfied_and_below_makes_key_targets() {
    let profile = guangxi();
    let rule = "“基本满意”及以下评价较集中的窗口工作人员、政务服务机构、业务条线、地区：\
                通过回访找准问题根源、测评对象提出整改措施、限期整改";
    says(&profile, "key_target", rule, "第十三条");
    let level = profile.key_target.unwrap().value.level;
    assert_eq!(level, Level::BasicallySatisfied);
    assert!(!level.is_negative());
}

#[test]
fn t03_gx_13_a_system_fault_or_another_objective_cause_withdraws_a_rating() {
    let rule = "政务服务信息系统原因、其他非窗口工作质量的客观原因：调查核实；\
                由政务服务管理机构不予采纳或撤销";
    says(&guangxi(), "exclusion", rule, "第十三条");
}

#[test]
fn t04_gx_14_what_is_found_true_is_fixed_within_fifteen_calendar_days_whatever_its_class() {
    let profile = guangxi();
    for act in ["fix_clear", "fix_simple", "fix_complex"] {
        says(&profile, act, FOUND_TRUE, "第十四条");
        assert_eq!(profile.deadline(act).unwrap().event, "found_true");
        assert_eq!(due_on(&profile, act, THURSDAY), date(2026, 2, 27));
    }
    assert_eq!((profile.feed_back_clear, profile.feed_back_complex), (None, None));
}

#[test]
fn t04_gx_14_an_unmet_deadline_takes_a_reason_and_a_new_date() {
    says(&guangxi(), "extension", "说明理由、明确整改期限", "第十四条");
}

#[test]
fn t05_gx_14_the_rater_is_told_by_portal_app_or_sms() {
    let channels = "政务服务网、移动端用户中心、短信";
    says(&guangxi(), "feedback_channels", channels, "第十四条");
}

#[test]
fn p06_gx_16_results_are_made_known_periodically() {
    says(&guangxi(), "bulletins", "定期", "第十六条");
}
