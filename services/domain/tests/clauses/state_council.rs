//! 国办发〔2019〕51号.

use domain::{
    level::{LabelSet, Level},
    profile::{FollowUpWhom, Office, Profile, RealName},
    reply::{NotUnderstood, labels_understood, parse},
};
use jiff::civil::date;

use crate::{
    FIRST_DAY_OFF, THURSDAY, due_on, fields_of,
    profiles::{CHANGJI, STATE_COUNCIL, profile},
    says, silent,
};

fn state_council() -> Profile {
    profile(&[STATE_COUNCIL])
}

const AT_ONCE: &str = "立即，当个工作日内（自收到评价起）";

#[test]
fn c13_sc_the_document_is_the_nation_s_and_has_no_day_it_begins() {
    let profile = state_council();
    assert_eq!(profile.policy(), "state-council-2019@3");
    assert_eq!(profile.document, "国办发〔2019〕51号");
    assert_eq!(profile.region_code.as_deref(), Some("000000"));
    assert_eq!((profile.in_force_from, profile.in_force_until), (None, None));
    assert!(!profile.trial);
}

#[test]
fn c13_sc_sets_these_and_no_other() {
    let expected = [
        "rated_directly",
        "questionnaire",
        "real_name",
        "on_site_unit",
        "on_site_rated_on",
        "online_unit",
        "once_on_completion",
        "dispatch_by",
        "start_handling",
        "fix_clear",
        "complex_ledger",
        "feedback_channels",
        "exclusion",
        "follow_up",
        "follow_up_percent",
        "rectified_percent",
        "appeal_from",
        "appeal_to",
        "concentrated_problem",
        "surveys",
        "bulletins",
    ];
    assert_eq!(fields_of(&state_council(), "state-council-2019"), expected);
}

#[test]
fn c06_sc_1_2_agencies_platforms_and_people_are_all_rated() {
    let objects = "政务服务机构、政务服务平台、窗口工作人员";
    says(&state_council(), "rated_directly", objects, "一（二）");
}

#[test]
fn t07_sc_2_1_the_city_or_county_government_takes_and_reviews_appeals() {
    says(&state_council(), "appeal_to", "市县级人民政府", "二（一）");
}

#[test]
fn i08_sc_3_1_a_reply_in_either_label_set_is_understood_until_a_document_chooses_one() {
    let read = |profile: &Profile| parse("好", labels_understood(profile)).map(|reply| reply.level);
    assert_eq!(read(&state_council()), Ok(Level::Satisfied));
    let chosen = profile(&[STATE_COUNCIL, CHANGJI]);
    assert_eq!(chosen.label_set.value, LabelSet::Satisfaction);
    assert_eq!(read(&chosen), Err(NotUnderstood::Unclear));
}

#[test]
fn i04_sc_3_1_either_label_set_is_allowed_and_the_last_two_levels_are_negative() {
    let profile = state_council();
    assert!(silent(&profile).contains(&"label_set"));
    let words = |set: LabelSet| Level::ALL.map(|level| level.label(set));
    assert_eq!(
        words(profile.label_set.value),
        ["非常满意", "满意", "基本满意", "不满意", "非常不满意"]
    );
    assert_eq!(words(LabelSet::Quality), ["很好", "好", "一般", "差", "很差"]);
    assert_eq!(Level::ALL.map(Level::is_negative), [false, false, false, true, true]);
}

#[test]
fn i03_sc_3_1_one_service_on_site_brings_one_rating() {
    says(&state_council(), "on_site_unit", "一次一评", "三（一）");
    says(&state_council(), "on_site_rated_on", "受理、办结", "三（一）");
}

#[test]
fn i06_sc_3_1_a_certain_period_is_no_number() {
    assert_eq!(state_council().rating_window, None);
}

#[test]
fn i03_sc_3_2_one_matter_online_brings_one_rating() {
    says(&state_council(), "online_unit", "一事一评", "三（二）");
    let kiosk = "自助服务终端办理";
    says(&state_council(), "once_on_completion", kiosk, "一（二）、三（二）");
}

#[test]
fn c07_sc_3_2_five_voluntary_questions() {
    let questions = "服务指引是否清晰、办事程序是否便利、材料手续是否精简、操作界面是否友好、\
                     有何改进意见";
    says(&state_council(), "questionnaire", questions, "三（二）");
}

#[test]
fn i18_sc_3_4_raters_are_sampled_and_third_parties_asked() {
    says(&state_council(), "surveys", "随机抽取回访、第三方评估", "三（四）");
}

#[test]
fn t01_sc_4_1_the_handling_unit_starts_the_procedure_at_once() {
    let profile = state_council();
    says(&profile, "dispatch_by", "业务办理单位", "四（一）");
    says(&profile, "start_handling", AT_ONCE, "四（一）");
    assert_eq!(profile.dispatch_by.value, Office::HandlingAgency);
    assert_eq!(due_on(&profile, "start_handling", THURSDAY), date(2026, 2, 12));
}

#[test]
fn t04_sc_4_1_a_clear_claim_is_fixed_at_once() {
    let profile = state_council();
    says(&profile, "fix_clear", AT_ONCE, "四（一）");
    assert_eq!(due_on(&profile, "fix_clear", THURSDAY), date(2026, 2, 12));
    assert_eq!(due_on(&profile, "fix_clear", FIRST_DAY_OFF), date(2026, 2, 24));
}

#[test]
fn t03_sc_4_1_a_complex_claim_enters_a_ledger_with_a_deadline() {
    says(&state_council(), "complex_ledger", "是", "四（一）");
}

#[test]
fn t04_sc_4_1_gives_no_number_for_a_complex_claim_nor_for_feedback() {
    let profile = state_council();
    for act in ["feed_back_clear", "fix_complex", "feed_back_complex", "first_contact"] {
        assert_eq!(profile.deadline(act), None, "{act}");
    }
    assert_eq!(profile.extension, None);
}

#[test]
fn t03_sc_4_1_mistaken_and_malicious_ratings_are_excluded_and_the_authority_told() {
    let rule = "误评、恶意差评：调查核实、通报政务服务管理机构；由业务办理单位不予采纳或撤销";
    says(&state_council(), "exclusion", rule, "四（一）");
}

#[test]
fn t05_sc_4_1_the_rater_is_told_in_a_suitable_way() {
    says(&state_council(), "feedback_channels", "适当方式", "四（一）");
}

#[test]
fn t06_sc_4_1_every_real_name_negative_is_followed_up_by_the_handling_unit() {
    let profile = state_council();
    says(&profile, "follow_up", "实名差评由业务办理单位回访", "四（一）");
    says(&profile, "follow_up_percent", "100%", "四（一）");
    assert_eq!(profile.follow_up.value.whom, FollowUpWhom::RealNameNegative);
    assert_eq!(profile.follow_up_percent.value.get(), 100);
}

#[test]
fn p03_sc_4_1_every_real_name_negative_is_rectified() {
    says(&state_council(), "rectified_percent", "100%", "四（一）");
}

#[test]
fn t13_sc_4_2_a_concentrated_problem_is_fixed_by_a_deadline() {
    says(&state_council(), "concentrated_problem", "限期整改", "四（二）");
}

#[test]
fn p06_sc_4_3_reports_go_back_periodically() {
    says(&state_council(), "bulletins", "定期", "四（三）");
}

#[test]
fn i13_sc_5_2_real_names_are_encouraged() {
    let profile = state_council();
    says(&profile, "real_name", "鼓励实名", "五（二）");
    assert_eq!(profile.real_name.value, RealName::Encouraged);
}

#[test]
fn t07_sc_5_2_the_rated_party_appeals_without_a_limit() {
    let profile = state_council();
    says(&profile, "appeal_from", "被评价人", "五（二）");
    assert_eq!((profile.deadline("appeal"), profile.deadline("decide_appeal")), (None, None));
}
