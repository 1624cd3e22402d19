//! XX县推进政务服务“好差评”制度的实施意见, whose paragraphs have no numbers: a test names the
//! chapter of the requirements it shows, and the clause is the paragraph's own words.

use domain::{
    level::Level,
    profile::{Profile, RatedObject},
};
use jiff::civil::date;

use crate::{
    FIRST_DAY_OFF, THURSDAY, due_on, fields_of,
    profiles::{COUNTY, STATE_COUNCIL, profile},
    says,
};

fn county() -> Profile {
    profile(&[STATE_COUNCIL, COUNTY])
}

const LEVELS: &str = "“评价分为”段";
const HANDLING: &str = "“县行政服务中心收到差评和投诉后”段";
const PLATFORMS: &str = "“建立完善政务服务平台评价功能模块”段";
const AT_ONCE: &str = "立即，当个工作日内（自收到评价起）";

#[test]
fn c13_xc_a_template_without_region_or_date() {
    let profile = county();
    assert_eq!(profile.policy(), "county-2020@2");
    assert_eq!(profile.document, "XX县推进政务服务“好差评”制度的实施意见");
    assert_eq!((profile.region_code, profile.in_force_from), (None, None));
    assert!(!profile.trial);
}

#[test]
fn c13_xc_sets_these_and_inherits_the_nation_s_others() {
    let profile = county();
    let expected = [
        "label_set",
        "rated_directly",
        "rated_content",
        "questionnaire",
        "rating_window",
        "default_rating",
        "sms_invitation",
        "private_allowed",
        "on_site_unit",
        "on_site_rated_on",
        "online_unit",
        "online_rated_on",
        "dispatch_by",
        "start_handling",
        "authority_verifies",
        "authority_for_townships",
        "fix_clear",
        "fix_complex",
        "complex_ledger",
        "extension",
        "exclusion",
        "follow_up",
        "follow_up_percent",
        "rectified_percent",
        "appeal_from",
        "key_target",
        "concentrated_problem",
        "surveys",
        "bulletins",
    ];
    assert_eq!(fields_of(&profile, "county-2020"), expected);
    let inherited = ["real_name", "once_on_completion", "feedback_channels", "appeal_to"];
    assert_eq!(fields_of(&profile, "state-council-2019"), inherited);
}

#[test]
fn c06_xc_agencies_platforms_and_staff_at_five_levels_are_rated() {
    let objects = "政务服务机构、政务服务平台、窗口工作人员";
    says(&county(), "rated_directly", objects, "“评价对象为”段");
}

#[test]
fn c12_xc_each_kind_of_object_is_rated_on_its_own_aspects() {
    let content = "政务服务机构：办事流程、办事材料、服务机制、服务效率、跑动次数、\
                   “一门”服务、“一窗”服务、“一链”服务、服务收费；\
                   政务服务平台：便捷性、稳定性、高效性、安全性；窗口工作人员：服务态度、服务水平";
    let profile = county();
    says(&profile, "rated_content", content, "“政务服务‘好差评’内容主要包括”段");
    let content = profile.rated_content.unwrap().value;
    let counts: Vec<_> = content.iter().map(|of| (of.object, of.aspects.len())).collect();
    let expected = [(RatedObject::Agency, 9), (RatedObject::Platform, 4), (RatedObject::Staff, 2)];
    assert_eq!(counts, expected);
}

#[test]
fn c07_xc_three_voluntary_questions() {
    let questions = "服务指引是否清晰、办事程序是否便利、材料手续是否精简";
    says(&county(), "questionnaire", questions, PLATFORMS);
}

#[test]
fn i03_xc_one_service_on_site_and_one_matter_online_bring_one_rating() {
    let counters = "“政务服务机构按要求在服务窗口设置评价器”段";
    says(&county(), "on_site_unit", "一次一评", counters);
    says(&county(), "on_site_rated_on", "受理、办结", counters);
    says(&county(), "online_unit", "一事一评", PLATFORMS);
}

#[test]
fn i11_xc_online_matters_are_rated_on_completion() {
    says(&county(), "online_rated_on", "办结", PLATFORMS);
}

#[test]
fn i18_xc_third_parties_are_asked() {
    says(&county(), "surveys", "第三方评估", "“政府有关部门要持续推进政务服务督查”段");
}

#[test]
fn i04_xc_the_levels_go_by_satisfaction() {
    says(&county(), "label_set", "非常满意、满意、基本满意、不满意、非常不满意", LEVELS);
}

#[test]
fn i08_xc_an_sms_invites_on_completion() {
    says(&county(), "sms_invitation", "是", LEVELS);
    assert!(county().sms_invitation.value);
}

#[test]
fn i06_xc_a_service_can_be_rated_within_five_working_days_of_receiving_it() {
    let profile = county();
    says(&profile, "rating_window", "5个工作日（自接受服务起）", LEVELS);
    assert_eq!(due_on(&profile, "rating_window", THURSDAY), date(2026, 2, 26));
}

#[test]
fn i07_xc_silence_is_basically_satisfied() {
    says(&county(), "default_rating", "基本满意", LEVELS);
    assert_eq!(county().default_rating.unwrap().value, Level::BasicallySatisfied);
}

#[test]
fn i14_xc_a_rater_can_keep_the_rating_from_the_public() {
    says(&county(), "private_allowed", "是", LEVELS);
    assert!(county().private_allowed.value);
}

#[test]
fn p06_xc_results_are_made_known_periodically() {
    let bulletins = "“县行政服务中心要建立‘好差评’情况通报制度”段";
    says(&county(), "bulletins", "定期", bulletins);
}

#[test]
fn t01_xc_the_authority_verifies_and_the_handling_unit_starts_at_once() {
    let profile = county();
    says(&profile, "authority_verifies", "是", HANDLING);
    says(&profile, "dispatch_by", "业务办理单位", HANDLING);
    says(&profile, "start_handling", AT_ONCE, HANDLING);
    assert_eq!(due_on(&profile, "start_handling", THURSDAY), date(2026, 2, 12));
}

#[test]
fn t11_xc_the_county_authority_stands_in_for_townships_and_villages() {
    says(&county(), "authority_for_townships", "是", HANDLING);
}

#[test]
fn t04_xc_a_clear_claim_is_fixed_at_once() {
    says(&county(), "fix_clear", AT_ONCE, HANDLING);
    assert_eq!(due_on(&county(), "fix_clear", FIRST_DAY_OFF), date(2026, 2, 24));
}

#[test]
fn t04_xc_a_complex_claim_is_in_principle_fixed_within_ten_working_days() {
    let profile = county();
    says(&profile, "fix_complex", "10个工作日（自收到评价起）", HANDLING);
    assert_eq!(due_on(&profile, "fix_complex", THURSDAY), date(2026, 3, 4));
    assert_eq!(profile.feed_back_complex, None);
}

#[test]
fn t03_xc_a_complex_claim_enters_a_ledger() {
    says(&county(), "complex_ledger", "是", HANDLING);
}

#[test]
fn t04_xc_an_unmet_deadline_takes_a_written_reason_a_new_date_and_both_are_told() {
    let duties = "说明理由、书面、明确整改期限、向评价人反馈、向政务服务管理机构报备";
    says(&county(), "extension", duties, HANDLING);
}

#[test]
fn t03_xc_mistaken_and_malicious_ratings_are_excluded_and_the_authority_told() {
    let rule = "误评、恶意差评：调查核实、通报政务服务管理机构；由业务办理单位不予采纳或撤销";
    says(&county(), "exclusion", rule, HANDLING);
}

#[test]
fn t06_xc_every_real_name_negative_is_followed_up() {
    says(&county(), "follow_up", "实名差评由业务办理单位回访", HANDLING);
    says(&county(), "follow_up_percent", "100%", HANDLING);
}

#[test]
fn p03_xc_every_real_name_negative_is_rectified() {
    says(&county(), "rectified_percent", "100%", HANDLING);
}

#[test]
fn t13_xc_a_concentrated_problem_is_fixed_by_a_deadline() {
    let analysis = "“加强对‘好差评’数据的综合分析和应用”段";
    says(&county(), "concentrated_problem", "限期整改", analysis);
}

#[test]
fn t07_xc_agencies_and_staff_can_appeal() {
    let profile = county();
    let protection = "“政务服务‘好差评’情况将纳入绩效评价”段";
    says(&profile, "appeal_from", "业务办理单位、工作人员", protection);
    assert_eq!(profile.appeal_to.layer, "state-council-2019");
}

#[test]
fn t12_xc_departments_and_staff_with_many_negative_ratings_are_key_targets() {
    let rule = "“不满意”及以下评价较集中的政务服务机构、窗口工作人员：强化监督";
    says(&county(), "key_target", rule, "“各有关部门对‘差评’集中的问题”段");
}
