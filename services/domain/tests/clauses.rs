//! Every value of the two shipped profiles with its clause, what they inherit, and what a profile
//! must not contain.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "shipped/calendars.rs"]
mod calendars;
#[path = "shipped/profiles.rs"]
mod profiles;

use std::fmt::Debug;

use domain::{
    deadline::{DayUnit, DeadlineRule},
    level::{LabelSet, Level},
    profile::{FollowUpBy, FollowUpRule, FollowUpWhom, Profile, RealName, Ruled, SYSTEM_LAYER},
    source::Source,
};
use jiff::{
    Timestamp,
    civil::{Date, date},
};

use calendars::calendar;
use profiles::{CHANGJI, STATE_COUNCIL, profile};

fn state_council() -> Profile {
    profile(&[STATE_COUNCIL])
}

fn changji() -> Profile {
    profile(&[STATE_COUNCIL, CHANGJI])
}

fn assert_ruled<T: PartialEq + Debug>(ruled: &Ruled<T>, value: T, clause: &str, layer: &str) {
    let expected = Ruled { value, clause: clause.to_owned(), layer: layer.to_owned() };
    assert_eq!(*ruled, expected);
}

/// What a deadline says: act, days, event.
type Says<'a> = (&'a str, u32, &'a str);

fn assert_deadline(
    ruled: &Option<Ruled<DeadlineRule>>,
    (act, days, event): Says<'_>,
    clause: &str,
    layer: &str,
) {
    let rule = DeadlineRule {
        act: act.to_owned(),
        event: event.to_owned(),
        days,
        unit: DayUnit::Working,
        clause: clause.to_owned(),
    };
    assert_ruled(ruled.as_ref().unwrap(), rule, clause, layer);
}

/// The day by which an act is due under a profile.
fn due_on(profile: &Profile, act: &str, event_at: &str) -> Date {
    let event_at: Timestamp = event_at.parse().unwrap();
    profile.deadline(act).unwrap().due(event_at, &calendar()).unwrap().due_on
}

fn refusal(layers: &[Source<'_>]) -> String {
    Profile::parse(layers).unwrap_err().to_string()
}

/// What parsing says about a Changji layer in which `from` reads `to`.
fn refusal_of_changji(from: &str, to: &str) -> String {
    assert_eq!(CHANGJI.text.matches(from).count(), 1, "{from}");
    let text = CHANGJI.text.replace(from, to);
    refusal(&[STATE_COUNCIL, Source { text: &text, ..CHANGJI }])
}

// ── 国办发〔2019〕51号 ─────────────────────────────────────────────────────────────────────────────

#[test]
fn c13_sc_the_document_is_named_and_without_a_region() {
    let profile = state_council();
    assert_eq!(profile.id, "state-council-2019");
    assert_eq!(profile.document, "国办发〔2019〕51号");
    assert_eq!((profile.region_code, profile.in_force_from), (None, None));
    assert!(!profile.trial);
}

#[test]
fn i13_sc_5_2_real_names_are_encouraged() {
    let (clause, layer) = ("国办发〔2019〕51号 五（二）", "state-council-2019");
    assert_ruled(&state_council().real_name, RealName::Encouraged, clause, layer);
}

#[test]
fn t04_sc_4_1_a_clear_claim_is_fixed_at_once() {
    let (clause, layer) = ("国办发〔2019〕51号 四（一）", "state-council-2019");
    let profile = state_council();
    assert_deadline(&profile.fix_clear, ("fix_clear", 0, "rating_received"), clause, layer);
    // Received on a workday, and on the first of nine days off.
    assert_eq!(due_on(&profile, "fix_clear", "2026-02-12T02:00:00Z"), date(2026, 2, 12));
    assert_eq!(due_on(&profile, "fix_clear", "2026-02-15T02:00:00Z"), date(2026, 2, 24));
}

#[test]
fn t06_sc_4_1_real_name_negatives_are_followed_up_by_the_handling_agency() {
    let rule =
        FollowUpRule { whom: FollowUpWhom::RealNameNegative, by: FollowUpBy::HandlingAgency };
    let (clause, layer) = ("国办发〔2019〕51号 四（一）", "state-council-2019");
    assert_ruled(&state_council().follow_up, rule, clause, layer);
}

#[test]
fn t04_sc_gives_no_number_where_the_document_gives_none() {
    let profile = state_council();
    assert_eq!(profile.rating_window, None);
    assert_eq!(profile.feed_back_clear, None);
    assert_eq!(profile.feed_back_complex, None);
}

// ── 昌市政办发〔2020〕10号 ──────────────────────────────────────────────────────────────────────────

#[test]
fn c13_cj_the_document_is_in_force_in_changji_from_its_day_of_issue() {
    let profile = changji();
    assert_eq!(profile.id, "changji-2020");
    assert_eq!(profile.document, "昌市政办发〔2020〕10号");
    assert_eq!(profile.region_code.as_deref(), Some("652301"));
    assert_eq!(profile.in_force_from, Some(date(2020, 5, 22)));
    assert!(!profile.trial);
}

#[test]
fn i04_cj_2_4_1_the_levels_go_by_satisfaction() {
    let (clause, layer) = ("昌市政办发〔2020〕10号 二（四）1", "changji-2020");
    assert_ruled(&changji().label_set, LabelSet::Satisfaction, clause, layer);
    assert_eq!(Level::VeryDissatisfied.label(changji().label_set.value), "非常不满意");
}

#[test]
fn i06_cj_3_1_a_service_can_be_rated_within_five_working_days() {
    let (clause, layer) = ("昌市政办发〔2020〕10号 三（一）", "changji-2020");
    let profile = changji();
    let says = ("rating_window", 5, "service_received");
    assert_deadline(&profile.rating_window, says, clause, layer);
    assert_eq!(due_on(&profile, "rating_window", "2026-02-12T02:00:00Z"), date(2026, 2, 26));
}

#[test]
fn i13_cj_5_2_real_names_are_encouraged() {
    let (clause, layer) = ("昌市政办发〔2020〕10号 五（二）", "changji-2020");
    assert_ruled(&changji().real_name, RealName::Encouraged, clause, layer);
}

#[test]
fn t04_cj_4_1_a_clear_claim_is_fixed_at_once() {
    let (clause, layer) = ("昌市政办发〔2020〕10号 四（一）", "changji-2020");
    let says = ("fix_clear", 0, "rating_received");
    assert_deadline(&changji().fix_clear, says, clause, layer);
}

#[test]
fn t04_cj_4_1_a_clear_claim_is_fed_back_within_five_working_days() {
    let (clause, layer) = ("昌市政办发〔2020〕10号 四（一）", "changji-2020");
    let profile = changji();
    let says = ("feed_back_clear", 5, "rating_received");
    assert_deadline(&profile.feed_back_clear, says, clause, layer);
    // 13 and 14 (make-up), nine days off, 24, 25, 26.
    assert_eq!(due_on(&profile, "feed_back_clear", "2026-02-12T02:00:00Z"), date(2026, 2, 26));
}

#[test]
fn t04_cj_4_1_a_complex_claim_is_fed_back_within_fifteen_working_days() {
    let (clause, layer) = ("昌市政办发〔2020〕10号 四（一）", "changji-2020");
    let profile = changji();
    let says = ("feed_back_complex", 15, "rating_received");
    assert_deadline(&profile.feed_back_complex, says, clause, layer);
    assert_eq!(due_on(&profile, "feed_back_complex", "2026-02-12T02:00:00Z"), date(2026, 3, 11));
}

#[test]
fn t15_cj_4_1_the_authority_reviews_results() {
    let (clause, layer) = ("昌市政办发〔2020〕10号 四（一）", "changji-2020");
    assert_ruled(&changji().result_reviewed_by_authority, true, clause, layer);
}

#[test]
fn t06_cj_4_1_the_authority_follows_up_real_name_negatives() {
    let rule = FollowUpRule { whom: FollowUpWhom::RealNameNegative, by: FollowUpBy::Authority };
    let (clause, layer) = ("昌市政办发〔2020〕10号 四（一）", "changji-2020");
    assert_ruled(&changji().follow_up, rule, clause, layer);
}

// ── Inheritance ───────────────────────────────────────────────────────────────────────────────────

#[test]
fn c13_a_layer_that_is_silent_inherits_every_value_with_its_clause_and_layer() {
    let text = "id = \"silent\"\nversion = 3\ninherits = \"changji-2020\"\n\
                document = \"试〔2026〕1号\"\ntrial = true\n";
    let silent = profile(&[STATE_COUNCIL, CHANGJI, Source { file: "silent.toml", text }]);
    let expected = Profile {
        id: "silent".to_owned(),
        version: 3,
        document: "试〔2026〕1号".to_owned(),
        // These belong to a document and not to its rules.
        region_code: None,
        in_force_from: None,
        trial: true,
        ..changji()
    };
    assert_eq!(silent, expected);
}

#[test]
fn c13_a_lower_layer_replaces_only_what_it_says() {
    let text = "id = \"lower\"\nversion = 1\ninherits = \"state-council-2019\"\n\
                document = \"试〔2026〕1号\"\ntrial = true\n\
                [label_set]\nvalue = \"quality\"\nclause = \"一\"\n\
                [negative_needs_reason]\nvalue = true\nclause = \"二\"\n\
                [real_name]\nvalue = \"required\"\nclause = \"三\"\n\
                [private_allowed]\nvalue = false\nclause = \"四\"\n\
                [rating_window]\ndays = 7\nunit = \"calendar\"\n\
                event = \"case_completed\"\nclause = \"五\"\n\
                [follow_up]\nwhom = \"all_negative\"\nby = \"authority\"\nclause = \"六\"\n";
    let lower = profile(&[STATE_COUNCIL, Source { file: "lower.toml", text }]);
    assert_ruled(&lower.label_set, LabelSet::Quality, "试〔2026〕1号 一", "lower");
    assert_ruled(&lower.negative_needs_reason, true, "试〔2026〕1号 二", "lower");
    assert_ruled(&lower.real_name, RealName::Required, "试〔2026〕1号 三", "lower");
    assert_ruled(&lower.private_allowed, false, "试〔2026〕1号 四", "lower");
    let window = lower.deadline("rating_window").unwrap();
    assert_eq!((window.days, window.unit), (7, DayUnit::Calendar));
    assert_eq!(
        (window.event.as_str(), window.clause.as_str()),
        ("case_completed", "试〔2026〕1号 五")
    );
    let rule = FollowUpRule { whom: FollowUpWhom::AllNegative, by: FollowUpBy::Authority };
    assert_ruled(&lower.follow_up, rule, "试〔2026〕1号 六", "lower");
    assert_eq!(lower.fix_clear, state_council().fix_clear);
}

#[test]
fn c13_where_every_document_is_silent_the_system_default_stands() {
    assert_eq!(SYSTEM_LAYER, "system");
    let (sc, cj) = (state_council(), changji());
    assert_ruled(&sc.label_set, LabelSet::Satisfaction, "系统默认", "system");
    assert_ruled(&sc.result_reviewed_by_authority, false, "系统默认", "system");
    for profile in [&sc, &cj] {
        assert_ruled(&profile.negative_needs_reason, false, "系统默认", "system");
        assert_ruled(&profile.private_allowed, true, "系统默认", "system");
    }
    let text = "id = \"bare\"\nversion = 1\ndocument = \"试\"\ntrial = false\n";
    let bare = profile(&[Source { file: "bare.toml", text }]);
    assert_ruled(&bare.real_name, RealName::Encouraged, "系统默认", "system");
    let rule =
        FollowUpRule { whom: FollowUpWhom::RealNameNegative, by: FollowUpBy::HandlingAgency };
    assert_ruled(&bare.follow_up, rule, "系统默认", "system");
    assert_eq!(bare.fix_clear, None);
}

#[test]
fn t04_a_deadline_is_found_by_the_act_it_limits() {
    let profile = changji();
    for (act, days) in
        [("rating_window", 5), ("fix_clear", 0), ("feed_back_clear", 5), ("feed_back_complex", 15)]
    {
        let rule = profile.deadline(act).unwrap();
        assert_eq!((rule.act.as_str(), rule.days), (act, days));
    }
    assert_eq!(profile.deadline("close"), None);
    assert_eq!(state_council().deadline("rating_window"), None);
    assert_eq!(state_council().deadline("feed_back_complex"), None);
}

#[test]
fn c13_a_case_is_bound_to_id_and_version() {
    assert_eq!(state_council().policy(), "state-council-2019@1");
    let text = CHANGJI.text.replace("version = 1", "version = 12");
    let second = profile(&[STATE_COUNCIL, Source { text: &text, ..CHANGJI }]);
    assert_eq!(second.policy(), "changji-2020@12");
}

// ── What a profile must not contain ───────────────────────────────────────────────────────────────

#[test]
fn c13_an_unknown_key_or_value_is_refused_with_file_and_line() {
    let lines = CHANGJI.text.lines().collect::<Vec<_>>();
    let line_of = |text: &str| lines.iter().position(|line| *line == text).unwrap() + 1;
    for (from, to, line, said) in [
        ("trial = false", "trail = false", 9, "unknown field `trail`"),
        ("value = \"satisfaction\"", "value = \"stars\"", 12, "unknown variant `stars`"),
        ("days = 15", "weeks = 3", line_of("days = 15"), "unknown field `weeks`"),
        ("value = true", "value = \"yes\"", line_of("value = true"), "invalid type"),
        ("by = \"authority\"", "by = \"mayor\"", line_of("by = \"authority\""), "unknown variant"),
    ] {
        let refusal = refusal_of_changji(from, to);
        assert!(refusal.starts_with(&format!("changji-2020.toml:{line}: {said}")), "{refusal}");
    }
}

#[test]
fn c13_a_layer_inherits_the_one_above_and_no_other() {
    assert_eq!(
        refusal_of_changji("inherits = \"state-council-2019\"", "inherits = \"guangxi-2019\""),
        "changji-2020.toml:5: inherits \"guangxi-2019\", which is not the layer above"
    );
    assert_eq!(
        refusal(&[CHANGJI]),
        "changji-2020.toml:5: inherits \"state-council-2019\", which is not the layer above"
    );
    assert_eq!(
        refusal(&[STATE_COUNCIL, STATE_COUNCIL]),
        "state-council-2019.toml:1: must inherit the layer above"
    );
    assert_eq!(refusal(&[]), "profile:1: has no layer");
}

#[test]
fn c13_a_bad_date_is_refused_with_file_and_line() {
    assert_eq!(
        refusal_of_changji("2020-05-22", "2020-22-05"),
        "changji-2020.toml:8: \"2020-22-05\" is not a date (YYYY-MM-DD)"
    );
}

#[test]
fn c13_a_value_without_its_clause_is_refused() {
    let said = refusal_of_changji("clause = \"二（四）1\"\n", "");
    assert!(said.starts_with("changji-2020.toml:11: missing field `clause`"), "{said}");
}
