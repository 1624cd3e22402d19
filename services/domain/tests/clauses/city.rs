//! XX市政务服务“好差评”工作实施方案.

use domain::profile::Profile;
use jiff::civil::date;

use crate::{
    FIRST_DAY_OFF, THURSDAY, due_on, fields_of,
    profiles::{CITY, STATE_COUNCIL, profile},
    says,
};

fn city() -> Profile {
    profile(&[STATE_COUNCIL, CITY])
}

#[test]
fn c13_ct_a_template_without_region_or_date() {
    let profile = city();
    assert_eq!(profile.policy(), "city@2");
    assert_eq!(profile.document, "XX市政务服务“好差评”工作实施方案");
    assert_eq!((profile.region_code, profile.in_force_from), (None, None));
    assert!(!profile.trial);
}

#[test]
fn c13_ct_sets_these_and_inherits_the_nation_s_others() {
    let profile = city();
    let expected = [
        "rated_directly",
        "on_site_unit",
        "on_site_rated_on",
        "concentrated_problem",
        "surveys",
        "third_party_survey_every",
        "supervisors_meet_every",
        "bulletins",
        "hotline",
        "hotline_dispatch",
    ];
    assert_eq!(fields_of(&profile, "city"), expected);
    assert_eq!(fields_of(&profile, "state-council-2019").len(), 15);
}

#[test]
fn c06_ct_2_halls_are_rated() {
    says(&city(), "rated_directly", "政务服务大厅", "二");
}

#[test]
fn i03_ct_3_2_one_matter_at_a_window_brings_one_rating() {
    says(&city(), "on_site_unit", "一事一评", "三2");
    says(&city(), "on_site_rated_on", "办结", "三2");
}

#[test]
fn t18_ct_3_2_a_hotline_complaint_is_passed_on_at_once_by_the_list_of_duties() {
    let profile = city();
    let duties = "按照职责清单转送责任部门、按照热线处理时限处理回复";
    says(&profile, "hotline", duties, "三2");
    says(&profile, "hotline_dispatch", "立即，当个工作日内（自收到投诉起）", "三2");
    assert_eq!(due_on(&profile, "hotline_dispatch", THURSDAY), date(2026, 2, 12));
    assert_eq!(due_on(&profile, "hotline_dispatch", FIRST_DAY_OFF), date(2026, 2, 24));
}

#[test]
fn i18_ct_3_3_third_parties_visit_covertly_and_appraise_each_quarter() {
    says(&city(), "surveys", "第三方评估、暗访、群众满意度评议", "三3");
    says(&city(), "third_party_survey_every", "每季度", "三3");
}

#[test]
fn t13_ct_3_3_a_concentrated_problem_is_inspected_and_as_the_nation_says_fixed() {
    let clause = "三3、国办发〔2019〕51号 四（二）";
    says(&city(), "concentrated_problem", "第三方调查评价、限期整改", clause);
}

#[test]
fn i17_ct_3_4_the_supervisors_meet_each_quarter() {
    says(&city(), "supervisors_meet_every", "每季度", "三4");
}

#[test]
fn p06_ct_4_3_results_are_made_known_periodically() {
    says(&city(), "bulletins", "定期", "四（三）");
}
