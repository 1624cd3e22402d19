//! What a layer keeps, what it replaces, and where the system's own defaults stand.

use std::collections::BTreeSet;

use domain::{
    deadline::DayUnit,
    level::{LabelSet, Level},
    profile::{FollowUpWhom, Office, Profile, RealName, SYSTEM_LAYER, TERMS},
    source::Source,
};
use jiff::civil::date;

use crate::{
    profiles::{
        CHANGJI, CITY, COUNTY, DISTRICT, GUANGXI, HAIYANG, SHANGHAI, STATE_COUNCIL, profile,
    },
    says, silent,
};

/// The eight profiles as they ship.
pub fn shipped() -> [Profile; 8] {
    [
        profile(&[STATE_COUNCIL]),
        profile(&[GUANGXI]),
        profile(&[STATE_COUNCIL, HAIYANG]),
        profile(&[STATE_COUNCIL, CHANGJI]),
        profile(&[STATE_COUNCIL, COUNTY]),
        profile(&[STATE_COUNCIL, DISTRICT]),
        profile(&[STATE_COUNCIL, CITY]),
        profile(&[SHANGHAI]),
    ]
}

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
        in_force_until: None,
        trial: true,
        ..profile(&[STATE_COUNCIL, CHANGJI])
    };
    assert_eq!(silent, expected);
}

#[test]
fn c13_a_lower_layer_replaces_only_what_it_says() {
    let text = "id = \"lower\"\nversion = 1\ninherits = \"state-council-2019\"\n\
                document = \"试〔2026〕1号\"\ntrial = true\n\
                [label_set]\nvalue = \"quality\"\nclause = \"一\"\n\
                [real_name]\nvalue = \"required\"\nclause = \"三\"\n\
                [private_allowed]\nvalue = false\nclause = \"四\"\n\
                [rating_window]\nclause = \"五\"\n\
                value = { days = 7, unit = \"calendar\", event = \"case_completed\" }\n\
                [follow_up]\nclause = \"六\"\n\
                value = { whom = \"all_negative\", by = \"authority\" }\n";
    let lower = profile(&[STATE_COUNCIL, Source { file: "lower.toml", text }]);
    says(&lower, "label_set", "很好、好、一般、差、很差", "一");
    says(&lower, "private_allowed", "否", "四");
    assert_eq!(
        (lower.label_set.value, lower.real_name.value),
        (LabelSet::Quality, RealName::Required)
    );
    let window = lower.deadline("rating_window").unwrap();
    assert_eq!((window.days, window.unit), (7, DayUnit::Calendar));
    assert_eq!(window.event, "case_completed");
    assert_eq!(window.clause, "试〔2026〕1号 五");
    let rule = lower.follow_up.value;
    assert_eq!((rule.whom, rule.by), (FollowUpWhom::AllNegative, Office::Authority));
    assert_eq!(lower.fix_clear, profile(&[STATE_COUNCIL]).fix_clear);
}

#[test]
fn c13_where_every_document_is_silent_the_system_default_stands() {
    let text = "id = \"bare\"\nversion = 1\ndocument = \"试\"\ntrial = false\n";
    let bare = profile(&[Source { file: "bare.toml", text }]);
    assert_eq!(SYSTEM_LAYER, "system");
    assert_eq!(silent(&bare).len(), bare.rules().len());
    assert!(bare.rules().iter().all(|rule| rule.clause == "系统默认"));
    assert_eq!(bare.deadlines().count(), 0);
    assert_eq!(bare.default_rating, None);
    assert!(!bare.negative_needs_reason.value && bare.private_allowed.value);
    assert!(!bare.appeal_stops_clock.value && !bare.default_rating_counts.value);
    assert_eq!(bare.real_name.value, RealName::Encouraged);
    assert_eq!(bare.follow_up.value.whom, FollowUpWhom::RealNameNegative);
    assert_eq!(bare.follow_up_percent.value.get(), 100);
    let words = |field| bare.rules().into_iter().find(|rule| rule.field == field).unwrap().value;
    for (field, value) in [
        ("label_set", "非常满意、满意、基本满意、不满意、非常不满意"),
        ("rated_directly", "窗口工作人员、政务服务机构、政务服务平台"),
        ("evaluator_opens_on", "办结"),
        ("kiosk_opens_on", "办结"),
        ("repeated_rating", "以最新评价为准"),
        ("on_site_unit", "一次一评"),
        ("on_site_rated_on", "办结"),
        ("online_unit", "一事一评"),
        ("online_rated_on", "办结"),
        ("dispatch_by", "业务办理单位"),
        ("complex_ledger", "是"),
        ("feedback_channels", "适当方式"),
        ("exclusion", "误评、恶意差评：调查核实；由政务服务管理机构不予采纳或撤销"),
        ("follow_up", "实名差评由业务办理单位回访"),
        ("follow_up_channels", "适当方式"),
        ("appeal_from", "被评价人"),
        ("appeal_to", "政务服务管理机构"),
        ("rater_data_to_third_party", "经当事人允许"),
        ("bulletins", "定期"),
        ("rating_window", "不限"),
    ] {
        assert_eq!(words(field), value, "{field}");
    }
}

#[test]
fn c13_every_field_is_told_once_in_words_with_its_clause() {
    for profile in shipped() {
        let rules = profile.rules();
        let fields: BTreeSet<_> = rules.iter().map(|rule| rule.field).collect();
        assert_eq!((fields.len(), rules.len()), (72, 72), "{}", profile.id);
        for rule in rules {
            assert!(!rule.value.is_empty() && !rule.clause.is_empty(), "{}", rule.field);
            assert!(!rule.layer.is_empty(), "{}", rule.field);
        }
    }
}

#[test]
fn c13_a_field_that_has_no_row_in_the_table_fails() {
    // What belongs to a document and not to its rules.
    let head =
        ["id", "version", "region_code", "document", "in_force_from", "in_force_until", "trial"];
    for profile in shipped() {
        // What the compiler knows of: a field beside the table would be among these, told by none.
        let shown = format!("{profile:#?}");
        let fields = shown.lines().filter_map(|line| {
            let field = line.strip_prefix("    ").filter(|field| !field.starts_with([' ', '}']))?;
            field.split_once(": ").map(|(name, _)| name)
        });
        let told = profile.rules().into_iter().map(|rule| rule.field);
        let rows: Vec<_> = head.into_iter().chain(told).collect();
        assert_eq!(fields.collect::<Vec<_>>(), rows, "{}", profile.id);
    }
}

#[test]
fn c13_every_document_has_its_value_in_every_field_that_any_of_them_rules() {
    let mut ruled = BTreeSet::new();
    for profile in shipped() {
        ruled.extend(
            profile
                .rules()
                .into_iter()
                .filter(|rule| rule.layer != "system")
                .map(|rule| rule.field),
        );
    }
    let all: BTreeSet<_> =
        profile(&[STATE_COUNCIL]).rules().iter().map(|rule| rule.field).collect();
    // Ours, decided where the documents are silent.
    let ours: Vec<_> = all.difference(&ruled).copied().collect();
    assert_eq!(
        ours,
        ["appeal_stops_clock", "default_rating_counts", "satisfaction_sample_percent"]
    );
}

#[test]
fn t04_every_deadline_names_its_act_its_event_and_its_clause_and_no_act_has_two() {
    let subjects: BTreeSet<_> = TERMS.iter().map(|term| term.subject).collect();
    assert_eq!(subjects.len(), TERMS.len());
    for profile in shipped() {
        let mut seen = BTreeSet::new();
        for ruled in profile.deadlines() {
            let rule = &ruled.value;
            assert!(seen.insert(rule.subject.clone()), "{} {}", profile.id, rule.subject);
            assert_eq!(profile.deadline(&rule.subject), Some(rule));
            assert_eq!(rule.clause, ruled.clause);
            let term = TERMS.iter().find(|term| term.subject == rule.subject).unwrap();
            assert!(term.events.iter().any(|event| event.starts(rule)), "{}", rule.event);
        }
    }
    assert_eq!(profile(&[STATE_COUNCIL]).deadline("close"), None);
}

#[test]
fn t04_every_field_that_is_a_deadline_is_among_the_terms() {
    let mut all = BTreeSet::new();
    for profile in shipped() {
        all.extend(profile.deadlines().map(|ruled| ruled.value.subject.clone()));
    }
    let terms: BTreeSet<_> = TERMS.iter().map(|term| term.subject.to_owned()).collect();
    assert_eq!(all, terms);
}

#[test]
fn i07_no_shipped_default_is_a_negative_rating() {
    let defaults = shipped().map(|profile| profile.default_rating.map(|ruled| ruled.value));
    let named: Vec<Level> = defaults.into_iter().flatten().collect();
    assert_eq!(named, [Level::VerySatisfied, Level::BasicallySatisfied]);
}

#[test]
fn c13_a_trial_ends_on_its_last_day() {
    let text = format!("in_force_until = \"2021-12-31\"\n{}", HAIYANG.text);
    let trial = profile(&[STATE_COUNCIL, Source { text: &text, ..HAIYANG }]);
    assert_eq!(trial.in_force_until, Some(date(2021, 12, 31)));
    assert!(trial.in_force_on(date(2021, 12, 31)) && !trial.in_force_on(date(2022, 1, 1)));
}

#[test]
fn c13_a_case_is_bound_to_id_and_version() {
    // Whatever version ships.
    let shipped = profile(&[STATE_COUNCIL, CHANGJI]).version;
    let (old, new) =
        (format!("\nversion = {shipped}\n"), format!("\nversion = {}\n", shipped + 10));
    let text = CHANGJI.text.replacen(&old, &new, 1);
    for (text, version) in [(CHANGJI.text, shipped), (&text, shipped + 10)] {
        let bound = profile(&[STATE_COUNCIL, Source { text, ..CHANGJI }]);
        assert_eq!(bound.policy(), format!("changji-2020@{version}"));
    }
}
