//! Shanghai as a press report describes it: not law, and older than the nation's document.

use domain::{level::Level, profile::Profile};
use jiff::civil::date;

use crate::{
    fields_of,
    profiles::{SHANGHAI, profile},
    says, silent,
};

fn shanghai() -> Profile {
    profile(&[SHANGHAI])
}

const REPORT: &str = "第三篇【篇二】第三段";

#[test]
fn c13_sh_in_force_in_shanghai_from_august_2019_and_older_than_the_nation_s() {
    let profile = shanghai();
    assert_eq!(profile.policy(), "shanghai-2019@1");
    assert_eq!(profile.document, "上海市政务服务“好差评”制度（据报道）");
    assert_eq!(profile.region_code.as_deref(), Some("310000"));
    assert_eq!(profile.in_force_from, Some(date(2019, 8, 1)));
    assert!(!profile.trial);
}

#[test]
fn c13_sh_sets_three_rules_and_the_rest_is_the_system_s() {
    let profile = shanghai();
    let own = ["label_set", "scores", "rated_directly"];
    assert_eq!(fields_of(&profile, "shanghai-2019"), own);
    assert_eq!(silent(&profile).len() + own.len(), profile.rules().len());
}

#[test]
fn i04_sh_five_stars_of_which_one_and_two_are_negative() {
    let profile = shanghai();
    says(&profile, "label_set", "五星、四星、三星、二星、一星", REPORT);
    for (level, label) in Level::ALL.into_iter().zip(["五星", "四星", "三星", "二星", "一星"])
    {
        assert_eq!(level.label(profile.label_set.value), label);
        assert_eq!(level.is_negative(), level.stars() <= 2);
    }
}

#[test]
fn p02_sh_a_level_scores_its_stars() {
    let profile = shanghai();
    says(&profile, "scores", "5分、4分、3分、2分、1分", REPORT);
    let scores = profile.scores.unwrap().value;
    assert!(Level::ALL.into_iter().all(|level| scores.of(level) == u32::from(level.stars())));
}

#[test]
fn c06_sh_units_and_windows_are_rated() {
    says(&shanghai(), "rated_directly", "政务服务机构、政务服务窗口", REPORT);
}
