//! A lower layer is never looser than its superior (国办发〔2019〕51号 二（一）, 二（四）): refused
//! with the line, the field, and the superior's clause and value.

use domain::{
    deadline::DayUnit,
    profile::{Event, Profile, TERMS, Time},
    source::Source,
};
use jiff::{Timestamp, ToSpan as _};
use proptest::prelude::*;

use crate::{
    CALENDAR,
    profiles::{CHANGJI, DISTRICT, GUANGXI, HAIYANG, STATE_COUNCIL},
};

/// A layer with one rule of its own, on line 6.
fn layer(inherits: &str, field: &str, value: &str) -> String {
    format!(
        "id = \"lower\"\nversion = 1\ninherits = \"{inherits}\"\ndocument = \"下\"\ntrial = false\n\
         {field} = {{ value = {value}, clause = \"一\" }}\n"
    )
}

fn under(layers: &[Source<'_>], field: &str, value: &str) -> Result<Profile, String> {
    let above = layers.last().unwrap().file.trim_end_matches(".toml");
    let text = layer(above, field, value);
    let lower = Source { file: "lower.toml", text: &text };
    Profile::parse(&[layers, &[lower]].concat()).map_err(|refused| refused.to_string())
}

#[track_caller]
fn refused(layers: &[Source<'_>], field: &str, value: &str, why: &str) {
    let said = under(layers, field, value).unwrap_err();
    assert_eq!(said, format!("lower.toml:6: {field}: {why}"));
}

const NATION: &[Source<'static>] = &[STATE_COUNCIL];
const DISTRICTS: &[Source<'static>] = &[STATE_COUNCIL, DISTRICT];
const CITY_OF_CHANGJI: &[Source<'static>] = &[STATE_COUNCIL, CHANGJI];
const CITY_OF_HAIYANG: &[Source<'static>] = &[STATE_COUNCIL, HAIYANG];
const PROVINCE: &[Source<'static>] = &[GUANGXI];

#[test]
fn c13_fewer_than_all_real_name_negatives_followed_up_is_looser() {
    let why = "\"99%\" is looser than 国办发〔2019〕51号 四（一）: \"100%\"";
    refused(NATION, "follow_up_percent", "99", why);
    refused(NATION, "rectified_percent", "99", why);
    // The system's own default is no superior's, but it is the same promise.
    let text = layer("x", "follow_up_percent", "99").replace("inherits = \"x\"\n", "");
    let said = Profile::parse(&[Source { file: "p.toml", text: &text }]).unwrap_err().to_string();
    let why = "follow_up_percent: \"99%\" is looser than 系统默认: \"100%\"";
    assert_eq!(said, format!("p.toml:5: {why}"));
}

#[test]
fn c13_real_name_negatives_only_where_the_superior_follows_up_all_is_looser() {
    let rule = "{ whom = \"real_name_negative\", by = \"authority\" }";
    let why = "\"实名差评由政务服务管理机构回访\" is looser than 海政管办〔2021〕2号 第十八条: \
               \"全部差评由业务办理单位回访\"";
    refused(CITY_OF_HAIYANG, "follow_up", rule, why);
    let all = "{ whom = \"all_negative\", by = \"authority\" }";
    for layers in [NATION, CITY_OF_HAIYANG, DISTRICTS] {
        under(layers, "follow_up", all).unwrap();
    }
}

#[test]
fn c13_more_days_for_a_duty_are_looser() {
    let why = "\"1个工作日（自收到评价起）\" is looser than 国办发〔2019〕51号 四（一）: \
               \"立即，当个工作日内（自收到评价起）\"";
    let one = "{ days = 1, unit = \"working\", event = \"rating_received\" }";
    refused(NATION, "fix_clear", one, why);
    refused(NATION, "start_handling", one, why);
    let why = "\"16个工作日（自收到评价起）\" is looser than 昌市政办发〔2020〕10号 四（一）: \
               \"15个工作日（自收到评价起）\"";
    let sixteen = one.replace('1', "16");
    refused(CITY_OF_CHANGJI, "feed_back_complex", &sixteen, why);
}

#[test]
fn c13_fewer_days_for_a_duty_are_stricter() {
    for days in ["0", "1", "15"] {
        let value = format!("{{ days = {days}, unit = \"working\", event = \"rating_received\" }}");
        let lower = under(CITY_OF_CHANGJI, "feed_back_complex", &value).unwrap();
        assert_eq!(lower.feed_back_complex.unwrap().value.days.to_string(), days);
    }
}

#[test]
fn c13_working_days_where_the_superior_counts_calendar_days_are_looser() {
    let value = "{ days = 15, unit = \"working\", event = \"found_true\" }";
    let why = "\"15个工作日（自查实起）\" is looser than 桂数发〔2019〕21号 第十四条: \
               \"15个自然日（自查实起）\"";
    refused(PROVINCE, "fix_clear", value, why);
    // Even few: over a long holiday two working days are more than nine calendar days.
    under(PROVINCE, "fix_clear", &value.replace("15", "1")).unwrap_err();
    let calendar = value.replace("working", "calendar");
    under(PROVINCE, "fix_clear", &calendar).unwrap();
    let days = "{ days = 15, unit = \"calendar\", event = \"rating_received\" }";
    under(CITY_OF_CHANGJI, "feed_back_complex", days).unwrap();
}

#[test]
fn c13_a_later_event_for_a_duty_is_looser_and_an_earlier_one_stricter() {
    let value = "{ days = 15, unit = \"working\", event = \"found_true\" }";
    let why = "\"15个工作日（自查实起）\" is looser than 昌市政办发〔2020〕10号 四（一）: \
               \"15个工作日（自收到评价起）\"";
    refused(CITY_OF_CHANGJI, "feed_back_complex", value, why);
    let earlier = "{ days = 15, unit = \"calendar\", event = \"rating_received\" }";
    under(PROVINCE, "fix_complex", earlier).unwrap();
}

#[test]
fn c13_less_time_for_a_right_is_looser() {
    let four = "{ days = 4, unit = \"working\", event = \"service_received\" }";
    let why = "\"4个工作日（自接受服务起）\" is looser than 昌市政办发〔2020〕10号 三（一）: \
               \"5个工作日（自接受服务起）\"";
    refused(CITY_OF_CHANGJI, "rating_window", four, why);
    let calendar = "{ days = 5, unit = \"calendar\", event = \"service_received\" }";
    under(CITY_OF_CHANGJI, "rating_window", calendar).unwrap_err();
    under(CITY_OF_CHANGJI, "rating_window", &four.replace('4', "6")).unwrap();
    let two = "{ days = 2, unit = \"working\", event = \"rating_received\" }";
    let why = "\"2个工作日（自收到评价起）\" is looser than 海政管办〔2021〕2号 第二十三条: \
               \"3个工作日（自收到评价起）\"";
    refused(CITY_OF_HAIYANG, "appeal", two, why);
    let earlier = "{ days = 7, unit = \"calendar\", event = \"case_accepted\" }";
    under(PROVINCE, "rating_window", earlier).unwrap_err();
    let later = earlier.replace("case_accepted", "case_completed");
    under(PROVINCE, "rating_window", &later).unwrap();
}

#[test]
fn c13_where_the_superior_names_no_number_any_is_stricter() {
    for term in TERMS {
        if Profile::parse(NATION).unwrap().deadline(term.subject).is_none() {
            let event = term.events[0].name();
            let value = format!("{{ days = 99, unit = \"working\", event = \"{event}\" }}");
            under(NATION, term.subject, &value).unwrap();
        }
    }
}

#[test]
fn c13_a_layer_below_a_layer_is_held_to_both() {
    // Silent on the fix, the middle layer passes the nation's rule on.
    let middle = layer("state-council-2019", "private_allowed", "false").replace("lower", "middle");
    let lower = layer(
        "middle",
        "fix_clear",
        "{ days = 3, unit = \"working\", event = \"rating_received\" }",
    );
    let layers = [
        STATE_COUNCIL,
        Source { file: "middle.toml", text: &middle },
        Source { file: "lower.toml", text: &lower },
    ];
    let said = Profile::parse(&layers).unwrap_err().to_string();
    assert!(said.starts_with("lower.toml:6: fix_clear: "), "{said}");
    assert!(said.contains("国办发〔2019〕51号 四（一）"), "{said}");
}

#[test]
fn c13_whether_an_event_is_never_after_another_is_an_order() {
    for a in Event::ALL.iter().copied() {
        assert!(a.never_after(a));
        for b in Event::ALL.iter().copied() {
            assert!(a == b || !(a.never_after(b) && b.never_after(a)), "{a:?} {b:?}");
            for c in Event::ALL.iter().copied() {
                let through = a.never_after(b) && b.never_after(c);
                assert!(!through || a.never_after(c), "{a:?} {b:?} {c:?}");
            }
        }
    }
}

// ── Random refinements ────────────────────────────────────────────────────────────────────────────

/// A limit: days, whether working days count, and which of the act's events it runs from.
type Limit = (u32, bool, prop::sample::Index);

fn limits() -> impl Strategy<Value = (usize, Limit, Limit)> {
    let limit = || (0_u32..25, any::<bool>(), any::<prop::sample::Index>());
    (0..TERMS.len(), limit(), limit())
}

fn rule(events: &[Event], (days, working, event): &Limit) -> String {
    let unit = if *working { "working" } else { "calendar" };
    let event = event.get(events).name();
    format!("{{ days = {days}, unit = \"{unit}\", event = \"{event}\" }}")
}

/// The order in which the events of a case happen, at the soonest all at once.
const STORY: [Event; 9] = [
    Event::CaseAccepted,
    Event::AcceptedOrCompleted,
    Event::CaseCompleted,
    Event::ServiceReceived,
    Event::RatingReceived,
    Event::ComplaintReceived,
    Event::AppealReceived,
    Event::FoundTrue,
    Event::TicketClosed,
];

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512, failure_persistence: None, ..ProptestConfig::default()
    })]

    /// Whatever a lower layer may say, no duty ends later and no right earlier, whenever the
    /// events happen.
    #[test]
    fn c13_a_legal_refinement_never_yields_a_looser_deadline(
        (term, above, below) in limits(),
        start_hours in 0_i64..(24 * 330),
        gaps in proptest::collection::vec(0_i64..200, 9),
    ) {
        let term = TERMS[term];
        let superior = layer("x", term.subject, &rule(term.events, &above))
            .replace("inherits = \"x\"\n", "").replace("lower", "superior");
        let lower = layer("superior", term.subject, &rule(term.events, &below));
        let superior = Source { file: "superior.toml", text: &superior };
        let Ok(strict) = Profile::parse(&[superior]) else { return Ok(()) };
        let lower = Source { file: "lower.toml", text: &lower };
        let Ok(refined) = Profile::parse(&[superior, lower]) else { return Ok(()) };
        let begin: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let at = |name: &str| {
            let n = STORY.iter().position(|event| event.name() == name).unwrap();
            let hours = start_hours + gaps[..=n].iter().sum::<i64>();
            begin.checked_add(hours.hours()).unwrap()
        };
        let due = |profile: &Profile| {
            let rule = profile.deadline(term.subject).unwrap();
            rule.due(at(&rule.event), &CALENDAR).unwrap().due_at
        };
        match term.time {
            Time::Duty => prop_assert!(due(&refined) <= due(&strict)),
            Time::Right => prop_assert!(due(&refined) >= due(&strict)),
        }
    }

    /// The check is no stricter than it must be: with the same event and the same unit, the number
    /// of days alone decides.
    #[test]
    fn c13_of_the_same_days_the_number_alone_decides(
        (term, above, below) in limits(), working in any::<bool>(),
    ) {
        let term = TERMS[term];
        let (above, below) = ((above.0 + 1, working, above.2), (below.0 + 1, working, above.2));
        let superior = layer("x", term.subject, &rule(term.events, &above))
            .replace("inherits = \"x\"\n", "").replace("lower", "superior");
        let lower = layer("superior", term.subject, &rule(term.events, &below));
        let layers = [
            Source { file: "superior.toml", text: &superior },
            Source { file: "lower.toml", text: &lower },
        ];
        let legal = match term.time {
            Time::Duty => below.0 <= above.0,
            Time::Right => below.0 >= above.0,
        };
        prop_assert_eq!(Profile::parse(&layers).is_ok(), legal);
        let unit = Profile::parse(&layers[..1]).unwrap().deadline(term.subject).unwrap().unit;
        prop_assert_eq!(unit == DayUnit::Working, working);
    }
}
