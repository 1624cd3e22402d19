//! 海政管办〔2021〕2号.

use domain::profile::{FollowUpWhom, Office, OnceRatedCase, Profile, RealName, RepeatedRating};
use jiff::civil::date;

use crate::{
    THURSDAY, due_on, fields_of,
    profiles::{HAIYANG, STATE_COUNCIL, profile},
    says,
};

fn haiyang() -> Profile {
    profile(&[STATE_COUNCIL, HAIYANG])
}

#[test]
fn c13_hy_29_a_trial_in_force_in_haiyang_from_its_day_of_issue() {
    let profile = haiyang();
    assert_eq!(profile.policy(), "haiyang-2021@2");
    assert_eq!(profile.document, "海政管办〔2021〕2号");
    assert_eq!(profile.region_code.as_deref(), Some("370687"));
    assert_eq!(profile.in_force_from, Some(date(2021, 3, 24)));
    assert!(profile.trial);
    assert!(!profile.in_force_on(date(2021, 3, 23)) && profile.in_force_on(date(2021, 3, 24)));
}

#[test]
fn c13_hy_sets_these_and_inherits_the_nation_s_others() {
    let profile = haiyang();
    let expected = [
        "label_set",
        "rated_directly",
        "tag_list",
        "rating_window",
        "evaluator_opens_on",
        "kiosk_opens_on",
        "staff_prompt",
        "sms_reminder",
        "negative_needs_reason",
        "repeated_rating",
        "real_name",
        "on_site_unit",
        "on_site_rated_on",
        "once_on_completion",
        "batch_rated_once",
        "dispatch_by",
        "fix_clear",
        "fix_complex",
        "fix_complex_min_days",
        "complex_ledger",
        "complex_needs_reason",
        "feedback_channels",
        "result_reviewed_by_authority",
        "exclusion",
        "follow_up",
        "follow_up_percent",
        "appeal_from",
        "appeal",
        "appeal_to",
        "decide_appeal",
        "concentrated_problem",
        "rater_data_to_third_party",
        "retaliation_consequence",
        "bulletins",
    ];
    assert_eq!(fields_of(&profile, "haiyang-2021"), expected);
    let inherited =
        ["questionnaire", "online_unit", "start_handling", "rectified_percent", "surveys"];
    assert_eq!(fields_of(&profile, "state-council-2019"), inherited);
}

#[test]
fn c06_hy_2_agencies_and_their_staff_are_rated() {
    says(&haiyang(), "rated_directly", "政务服务机构、窗口工作人员", "第二条");
}

#[test]
fn t15_hy_5_the_authority_reviews_results() {
    says(&haiyang(), "result_reviewed_by_authority", "是", "第五条");
    assert!(haiyang().result_reviewed_by_authority.value);
}

#[test]
fn i04_hy_6_the_levels_go_by_satisfaction() {
    says(&haiyang(), "label_set", "非常满意、满意、基本满意、不满意、非常不满意", "第六条");
}

#[test]
fn c08_hy_6_names_its_own_five_lists_of_reasons() {
    says(&haiyang(), "tag_list", "haiyang-2021", "第六条");
    let list = include_str!("../../tags/haiyang-2021.toml");
    assert!(list.lines().any(|line| line == "version = \"haiyang-2021\""));
}

#[test]
fn i05_hy_7_a_negative_rating_needs_a_reason() {
    says(&haiyang(), "negative_needs_reason", "是", "第七条");
    assert!(haiyang().negative_needs_reason.value);
}

#[test]
fn i19_hy_9_1_the_evaluator_opens_by_itself_on_completion() {
    says(&haiyang(), "evaluator_opens_on", "办结", "第九条（一）");
}

#[test]
fn i19_hy_9_2_the_kiosk_jumps_to_the_rating_by_itself_on_completion() {
    says(&haiyang(), "kiosk_opens_on", "办结", "第九条（二）");
}

#[test]
fn i08_hy_9_3_an_sms_reminds_after_twenty_four_hours() {
    let profile = haiyang();
    says(&profile, "sms_reminder", "自办结起24小时内未评价的，短信提醒", "第九条（三）");
    assert_eq!(profile.sms_reminder.unwrap().value.hours, 24);
}

#[test]
fn i09_hy_10_the_latest_rating_counts() {
    says(&haiyang(), "repeated_rating", "以最新评价为准", "第十条");
    assert_eq!(haiyang().repeated_rating.value, RepeatedRating::LatestCounts);
}

#[test]
fn i03_hy_10_each_service_on_site_brings_one_rating() {
    says(&haiyang(), "on_site_unit", "一次一评", "第十条");
    says(&haiyang(), "on_site_rated_on", "受理、办结", "第十条");
}

#[test]
fn i11_hy_10_online_kiosk_and_on_the_spot_cases_are_rated_once_on_completion() {
    let profile = haiyang();
    let kinds = "全程网上办理、自助服务终端办理、当场办结的即办件";
    says(&profile, "once_on_completion", kinds, "第十条");
    let kinds = profile.once_on_completion.unwrap().value;
    assert_eq!(
        kinds[..],
        [OnceRatedCase::FullyOnline, OnceRatedCase::Kiosk, OnceRatedCase::OnTheSpot]
    );
}

#[test]
fn i10_hy_11_one_rating_applies_to_a_whole_batch() {
    says(&haiyang(), "batch_rated_once", "是", "第十一条");
}

#[test]
fn i06_hy_12_a_service_can_be_rated_within_five_working_days() {
    let profile = haiyang();
    says(&profile, "rating_window", "5个工作日（自接受服务起）", "第十二条");
    assert_eq!(due_on(&profile, "rating_window", THURSDAY), date(2026, 2, 26));
    assert_eq!(profile.default_rating, None);
}

#[test]
fn i15_hy_14_staff_ask_for_a_rating() {
    says(&haiyang(), "staff_prompt", "是", "第十四条");
}

#[test]
fn t01_hy_16_the_authority_passes_negative_ratings_on() {
    says(&haiyang(), "dispatch_by", "政务服务管理机构", "第十六条");
    assert_eq!(haiyang().dispatch_by.value, Office::Authority);
}

#[test]
fn t04_hy_17_a_clear_claim_is_fixed_at_once() {
    let profile = haiyang();
    says(&profile, "fix_clear", "立即，当个工作日内（自收到评价起）", "第十七条");
    assert_eq!(due_on(&profile, "fix_clear", THURSDAY), date(2026, 2, 12));
}

#[test]
fn t04_hy_17_a_complex_claim_is_fixed_within_three_to_ten_working_days() {
    let profile = haiyang();
    says(&profile, "fix_complex", "10个工作日（自收到评价起）", "第十七条");
    says(&profile, "fix_complex_min_days", "3", "第十七条");
    assert_eq!(due_on(&profile, "fix_complex", THURSDAY), date(2026, 3, 4));
}

#[test]
fn t03_hy_17_a_complex_claim_enters_a_ledger_with_its_reason() {
    says(&haiyang(), "complex_ledger", "是", "第十七条");
    says(&haiyang(), "complex_needs_reason", "是", "第十七条");
}

#[test]
fn t06_hy_18_every_negative_rating_is_followed_up_by_the_handling_agency() {
    let profile = haiyang();
    says(&profile, "follow_up", "全部差评由业务办理单位回访", "第十八条");
    says(&profile, "follow_up_percent", "100%", "第十八条");
    let rule = profile.follow_up.value;
    assert_eq!((rule.whom, rule.by), (FollowUpWhom::AllNegative, Office::HandlingAgency));
}

#[test]
fn t05_hy_19_the_rater_is_told_by_portal_sms_or_phone() {
    says(&haiyang(), "feedback_channels", "政务服务网、短信、电话", "第十九条");
}

#[test]
fn i13_hy_22_real_names_are_required() {
    says(&haiyang(), "real_name", "实名", "第二十二条");
    assert_eq!(haiyang().real_name.value, RealName::Required);
}

#[test]
fn s05_hy_22_rater_data_leave_only_with_permission() {
    says(&haiyang(), "rater_data_to_third_party", "经当事人允许", "第二十二条");
}

#[test]
fn s06_hy_22_retaliation_means_the_last_place() {
    let profile = haiyang();
    says(&profile, "retaliation_consequence", "绩效考核结果直接排名末位", "第二十二条");
}

#[test]
fn t07_hy_23_the_handling_agency_appeals_within_three_working_days() {
    let profile = haiyang();
    says(&profile, "appeal_from", "业务办理单位", "第二十三条");
    says(&profile, "appeal", "3个工作日（自收到评价起）", "第二十三条");
    assert_eq!(due_on(&profile, "appeal", THURSDAY), date(2026, 2, 24));
}

#[test]
fn t07_hy_23_the_authority_decides_within_three_working_days_of_the_appeal() {
    let profile = haiyang();
    says(&profile, "appeal_to", "政务服务管理机构", "第二十三条");
    says(&profile, "decide_appeal", "3个工作日（自收到申诉起）", "第二十三条");
    assert_eq!(due_on(&profile, "decide_appeal", THURSDAY), date(2026, 2, 24));
    assert!(!profile.appeal_stops_clock.value);
}

#[test]
fn t03_hy_23_an_exclusion_is_decided_on_appeal_and_filed() {
    let rule = "误评、恶意差评：经申诉、调查核实、政务服务管理机构备案并修正；\
                由政务服务管理机构不予采纳或撤销";
    says(&haiyang(), "exclusion", rule, "第二十三条");
}

#[test]
fn p06_hy_25_results_are_made_known_periodically() {
    says(&haiyang(), "bulletins", "定期", "第二十五条");
}

#[test]
fn t13_hy_26_a_concentrated_problem_is_fixed_by_a_deadline() {
    says(&haiyang(), "concentrated_problem", "限期整改", "第二十六条");
}
