//! 昌市政办发〔2020〕10号.

use domain::{
    level::{LabelSet, Level},
    profile::{FollowUpWhom, Office, Profile, RealName},
};
use jiff::civil::date;

use crate::{
    FIRST_DAY_OFF, THURSDAY, due_on, fields_of,
    profiles::{CHANGJI, STATE_COUNCIL, profile},
    says,
};

fn changji() -> Profile {
    profile(&[STATE_COUNCIL, CHANGJI])
}

const AT_ONCE: &str = "立即，当个工作日内（自收到评价起）";

#[test]
fn c13_cj_the_document_is_in_force_in_changji_from_its_day_of_issue() {
    let profile = changji();
    assert_eq!(profile.policy(), "changji-2020@3");
    assert_eq!(profile.document, "昌市政办发〔2020〕10号");
    assert_eq!(profile.region_code.as_deref(), Some("652301"));
    assert_eq!(profile.in_force_from, Some(date(2020, 5, 22)));
    assert!(!profile.trial);
    assert!(!profile.in_force_on(date(2020, 5, 21)) && profile.in_force_on(date(2020, 5, 22)));
}

#[test]
fn c13_cj_sets_these_and_inherits_nothing_but_the_system_s() {
    let profile = changji();
    let expected = [
        "label_set",
        "rated_directly",
        "questionnaire",
        "rating_window",
        "real_name",
        "on_site_unit",
        "on_site_rated_on",
        "online_unit",
        "every_stage_rateable",
        "once_on_completion",
        "dispatch_by",
        "start_handling",
        "fix_clear",
        "feed_back_clear",
        "feed_back_complex",
        "complex_ledger",
        "feedback_channels",
        "result_reviewed_by_authority",
        "exclusion",
        "follow_up",
        "follow_up_percent",
        "rectified_percent",
        "satisfaction_sample",
        "appeal_from",
        "appeal_to",
        "key_target",
        "concentrated_problem",
        "surveys",
        "bulletins",
    ];
    assert_eq!(fields_of(&profile, "changji-2020"), expected);
    assert!(fields_of(&profile, "state-council-2019").is_empty());
}

#[test]
fn c06_cj_1_2_agencies_and_platforms_are_rated() {
    says(&changji(), "rated_directly", "政务服务机构、政务服务平台", "一（二）");
}

#[test]
fn t07_cj_2_1_the_departments_take_and_review_appeals() {
    says(&changji(), "appeal_to", "业务办理单位", "二（一）");
}

#[test]
fn i04_cj_2_4_1_the_levels_go_by_satisfaction() {
    let profile = changji();
    says(&profile, "label_set", "非常满意、满意、基本满意、不满意、非常不满意", "二（四）1");
    assert_eq!(profile.label_set.value, LabelSet::Satisfaction);
    assert_eq!(Level::VeryDissatisfied.label(profile.label_set.value), "非常不满意");
}

#[test]
fn i11_cj_2_4_1_every_stage_can_be_rated() {
    says(&changji(), "every_stage_rateable", "是", "二（四）1");
    says(&changji(), "once_on_completion", "自助服务终端办理", "一（二）、三（一）");
    assert!(changji().every_stage_rateable.value);
}

#[test]
fn i03_cj_3_1_one_service_on_site_and_one_matter_online_bring_one_rating() {
    says(&changji(), "on_site_unit", "一次一评", "三（一）");
    says(&changji(), "on_site_rated_on", "受理、办结", "三（一）");
    says(&changji(), "online_unit", "一事一评", "三（一）");
}

#[test]
fn i06_cj_3_1_a_service_can_be_rated_within_five_working_days() {
    let profile = changji();
    says(&profile, "rating_window", "5个工作日（自接受服务起）", "三（一）");
    assert_eq!(profile.deadline("rating_window").unwrap().event, "service_received");
    // 13 and 14 (make-up), nine days off, 24, 25, 26.
    assert_eq!(due_on(&profile, "rating_window", THURSDAY), date(2026, 2, 26));
}

#[test]
fn c07_cj_3_1_five_voluntary_questions() {
    let questions = "服务指引是否清晰、办事程序是否便利、材料手续是否精简、操作界面是否友好、\
                     有何改进意见";
    says(&changji(), "questionnaire", questions, "三（一）");
}

#[test]
fn i18_cj_3_3_raters_are_sampled_by_hotline_and_third_parties_asked() {
    says(&changji(), "surveys", "随机抽取热线回访、第三方评估", "三（三）");
}

#[test]
fn t01_cj_4_1_the_handling_unit_starts_the_procedure_at_once() {
    let profile = changji();
    says(&profile, "dispatch_by", "业务办理单位", "四（一）");
    says(&profile, "start_handling", AT_ONCE, "四（一）");
    assert_eq!(due_on(&profile, "start_handling", THURSDAY), date(2026, 2, 12));
}

#[test]
fn t04_cj_4_1_a_clear_claim_is_fixed_at_once() {
    says(&changji(), "fix_clear", AT_ONCE, "四（一）");
    assert_eq!(due_on(&changji(), "fix_clear", FIRST_DAY_OFF), date(2026, 2, 24));
}

#[test]
fn t04_cj_4_1_a_clear_claim_is_fed_back_within_five_working_days() {
    let profile = changji();
    says(&profile, "feed_back_clear", "5个工作日（自收到评价起）", "四（一）");
    assert_eq!(profile.deadline("feed_back_clear").unwrap().event, "rating_received");
    assert_eq!(due_on(&profile, "feed_back_clear", THURSDAY), date(2026, 2, 26));
}

#[test]
fn t04_cj_4_1_a_complex_claim_is_fed_back_within_fifteen_working_days() {
    let profile = changji();
    says(&profile, "feed_back_complex", "15个工作日（自收到评价起）", "四（一）");
    assert_eq!(due_on(&profile, "feed_back_complex", THURSDAY), date(2026, 3, 11));
    assert_eq!(profile.fix_complex, None);
}

#[test]
fn t03_cj_4_1_a_complex_claim_enters_a_ledger() {
    says(&changji(), "complex_ledger", "是", "四（一）");
}

#[test]
fn t03_cj_4_1_mistaken_and_malicious_ratings_are_excluded_after_verification() {
    let rule = "误评、恶意差评：调查核实、通报政务服务管理机构；由业务办理单位不予采纳或撤销";
    says(&changji(), "exclusion", rule, "四（一）");
}

#[test]
fn t15_cj_4_1_the_authority_reviews_results() {
    says(&changji(), "result_reviewed_by_authority", "是", "四（一）");
}

#[test]
fn t06_cj_4_1_the_authority_follows_up_every_real_name_negative() {
    let profile = changji();
    says(&profile, "follow_up", "实名差评由政务服务管理机构回访", "四（一）");
    says(&profile, "follow_up_percent", "100%", "四（一）");
    let rule = profile.follow_up.value;
    assert_eq!((rule.whom, rule.by), (FollowUpWhom::RealNameNegative, Office::Authority));
}

#[test]
fn p03_cj_4_1_every_real_name_negative_is_rectified() {
    says(&changji(), "rectified_percent", "100%", "四（一）");
}

#[test]
fn t06_cj_4_1_satisfaction_with_the_handling_is_sampled_by_hotline_sms_and_online() {
    says(&changji(), "satisfaction_sample", "政务服务热线、短信、在线", "四（一）");
}

#[test]
fn t13_cj_4_2_a_concentrated_problem_is_reported_to_the_city_s_government() {
    says(&changji(), "concentrated_problem", "及时报本级人民政府、限期整改", "四（二）");
}

#[test]
fn t07_cj_4_3_staff_can_appeal_without_a_limit() {
    says(&changji(), "appeal_from", "工作人员", "四（三）");
    assert_eq!(changji().appeal, None);
}

#[test]
fn t12_cj_4_4_departments_and_staff_with_many_negative_ratings_are_key_targets() {
    let rule = "“不满意”及以下评价较集中的政务服务机构、窗口工作人员：强化监督";
    says(&changji(), "key_target", rule, "四（四）");
    assert!(changji().key_target.unwrap().value.level.is_negative());
}

#[test]
fn p06_cj_4_5_problems_and_cases_are_made_known_periodically() {
    says(&changji(), "bulletins", "定期", "四（五）");
}

#[test]
fn t05_cj_5_1_rectification_is_fed_back_online() {
    says(&changji(), "feedback_channels", "在线", "五（一）");
}

#[test]
fn i13_cj_5_2_real_names_are_encouraged() {
    says(&changji(), "real_name", "鼓励实名", "五（二）");
    assert_eq!(changji().real_name.value, RealName::Encouraged);
}
