//! XX区完善政务服务“好差评”工作制度实施方案 (2、5、15).

use domain::{
    case::Stage,
    profile::{FollowUpWhom, KeyTargetTrigger, Office, Profile},
};
use jiff::civil::date;

use crate::{
    FIRST_DAY_OFF, THURSDAY, due_on, fields_of,
    profiles::{DISTRICT, STATE_COUNCIL, profile},
    says,
};

fn district() -> Profile {
    profile(&[STATE_COUNCIL, DISTRICT])
}

#[test]
fn c13_dq_a_template_without_region_or_date() {
    let profile = district();
    assert_eq!(profile.policy(), "district-2-5-15@2");
    assert_eq!(profile.document, "XX区完善政务服务“好差评”工作制度实施方案");
    assert_eq!((profile.region_code, profile.in_force_from), (None, None));
    assert!(!profile.trial);
}

#[test]
fn c13_dq_sets_these_and_inherits_the_nation_s_others() {
    let profile = district();
    let expected = [
        "label_set",
        "evaluator_opens_on",
        "on_site_unit",
        "on_site_rated_on",
        "online_unit",
        "dispatch_by",
        "dispatch",
        "first_contact",
        "fix_clear",
        "fix_simple",
        "feed_back_simple",
        "fix_complex",
        "feed_back_complex",
        "complex_ledger",
        "exclusion",
        "follow_up",
        "follow_up_percent",
        "follow_up_within",
        "follow_up_channels",
        "appeal_from",
        "appeal_to",
        "key_target",
        "surveys",
        "bulletins",
    ];
    assert_eq!(fields_of(&profile, "district-2-5-15"), expected);
    let inherited = [
        "rated_directly",
        "questionnaire",
        "real_name",
        "once_on_completion",
        "start_handling",
        "feedback_channels",
        "rectified_percent",
        "concentrated_problem",
    ];
    assert_eq!(fields_of(&profile, "state-council-2019"), inherited);
}

#[test]
fn i19_dq_1_1_the_evaluator_opens_on_acceptance_or_completion() {
    let profile = district();
    says(&profile, "evaluator_opens_on", "受理、办结", "一（一）");
    assert_eq!(profile.evaluator_opens_on.value[..], [Stage::Acceptance, Stage::Completion]);
}

#[test]
fn i11_dq_1_1_on_site_service_is_rated_on_acceptance_or_completion() {
    says(&district(), "on_site_rated_on", "受理、办结", "一（一）");
}

#[test]
fn i03_dq_1_1_one_service_on_site_brings_one_rating() {
    says(&district(), "on_site_unit", "一次一评", "一（一）");
}

#[test]
fn i03_dq_1_2_one_matter_online_brings_one_rating() {
    says(&district(), "online_unit", "一事一评", "一（二）");
}

#[test]
fn i04_dq_1_2_the_levels_go_by_satisfaction() {
    says(&district(), "label_set", "非常满意、满意、基本满意、不满意、非常不满意", "一（二）");
}

#[test]
fn i18_dq_1_4_third_parties_ask_a_sample_of_raters() {
    says(&district(), "surveys", "随机抽取、第三方评估", "一（四）");
}

#[test]
fn t01_dq_2_1_the_authority_files_and_passes_on_the_same_day() {
    let profile = district();
    says(&profile, "dispatch_by", "政务服务管理机构", "二（一）");
    says(&profile, "dispatch", "当日（自收到评价起）", "二（一）");
    assert_eq!(due_on(&profile, "dispatch", THURSDAY), date(2026, 2, 12));
    // The same day, a day off or not.
    assert_eq!(due_on(&profile, "dispatch", FIRST_DAY_OFF), date(2026, 2, 15));
}

#[test]
fn t02_dq_2_2_the_rater_is_contacted_within_two_working_days() {
    let profile = district();
    says(&profile, "first_contact", "2个工作日（自收到评价起）", "二（二）");
    assert_eq!(due_on(&profile, "first_contact", THURSDAY), date(2026, 2, 14));
}

#[test]
fn t04_dq_2_2_a_clear_claim_is_fixed_at_once() {
    let profile = district();
    says(&profile, "fix_clear", "立即，当个工作日内（自收到评价起）", "二（二）");
    assert_eq!(due_on(&profile, "fix_clear", THURSDAY), date(2026, 2, 12));
}

#[test]
fn t04_dq_2_2_a_simple_matter_is_fixed_and_fed_back_within_five_working_days() {
    let profile = district();
    for act in ["fix_simple", "feed_back_simple"] {
        says(&profile, act, "5个工作日（自收到评价起）", "二（二）");
        assert_eq!(due_on(&profile, act, THURSDAY), date(2026, 2, 26));
    }
}

#[test]
fn t04_dq_2_2_a_complex_matter_is_fixed_and_fed_back_within_fifteen_working_days() {
    let profile = district();
    for act in ["fix_complex", "feed_back_complex"] {
        says(&profile, act, "15个工作日（自收到评价起）", "二（二）");
        assert_eq!(due_on(&profile, act, THURSDAY), date(2026, 3, 11));
    }
}

#[test]
fn t03_dq_2_2_a_complex_matter_enters_a_ledger() {
    says(&district(), "complex_ledger", "是", "二（二）");
}

#[test]
fn t06_dq_2_2_the_authority_follows_up_every_closed_one_within_five_working_days() {
    let profile = district();
    says(&profile, "follow_up", "全部差评由政务服务管理机构回访", "二（二）");
    says(&profile, "follow_up_percent", "100%", "二（二）");
    says(&profile, "follow_up_within", "5个工作日（自差评办结起）", "二（二）");
    let rule = profile.follow_up.value;
    assert_eq!((rule.whom, rule.by), (FollowUpWhom::AllNegative, Office::Authority));
    assert_eq!(profile.deadline("follow_up_within").unwrap().event, "ticket_closed");
    assert_eq!(due_on(&profile, "follow_up_within", THURSDAY), date(2026, 2, 26));
}

#[test]
fn t06_dq_2_2_it_is_followed_up_by_phone_or_sms() {
    says(&district(), "follow_up_channels", "电话、短信", "二（二）");
}

#[test]
fn t03_dq_2_3_an_exclusion_is_reported_in_writing_reviewed_and_corrected_above() {
    let rule = "恶意差评、误操作：调查核实、书面报告、政务服务管理机构复核、\
                通过上级系统申诉、纠正；由政务服务管理机构不予采纳或撤销";
    says(&district(), "exclusion", rule, "二（三）");
}

#[test]
fn t07_dq_2_3_the_authority_appeals_through_the_system_above() {
    says(&district(), "appeal_from", "政务服务管理机构", "二（三）");
    says(&district(), "appeal_to", "上级“好差评”系统", "二（三）");
}

#[test]
fn p06_dq_2_1_and_3_2_a_summary_each_month_and_a_bulletin_each_quarter() {
    says(&district(), "bulletins", "每月、每季度", "二（一）、三（二）");
}

#[test]
fn t12_dq_3_2_staff_rated_negative_again_and_again_are_educated_and_then_replaced() {
    let profile = district();
    let rule = "“不满意”及以下评价多次的窗口工作人员：查核属实后教育、无明显改进的限期调整人员";
    says(&profile, "key_target", rule, "三（二）");
    assert_eq!(profile.key_target.unwrap().value.trigger, KeyTargetTrigger::Repeated);
}
