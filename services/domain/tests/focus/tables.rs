//! Every state against every command, and why the rest is refused.

use domain::{
    focus::{
        Improvement, KeyTarget, MeasureCommand, MeasureOutcome, MeasureState, Problem,
        ProblemCommand, ProblemState, Refusal, StaffMeasure, TargetCommand, TargetState,
        VerifiedFindings, impartial,
    },
    level::Level,
    profile::{
        KeyTargetDuty, KeyTargetRule, KeyTargetTrigger, List, Office, ProblemDuty, RatedObject,
    },
    restricted::{RestrictedCommand, RestrictedRefusal, RestrictedState},
};
use jiff::{
    Timestamp,
    civil::{Date, date},
};

const LATER: Date = date(2026, 4, 30);
const TEXT: &str = "示例";

fn now() -> Timestamp {
    "2026-03-06T02:00:00Z".parse().unwrap()
}

fn text() -> String {
    TEXT.to_owned()
}

/// A line for each state, a column for each command: the next state, or –.
fn table<S>(
    states: &[S],
    columns: &[&str],
    next: impl Fn(&S, usize) -> String,
    name: impl Fn(&S) -> String,
) -> String {
    let line = |head: &str, cells: &[String]| {
        let cells: String = cells.iter().map(|cell| format!("{cell:<19}")).collect();
        format!("{head:<19}{cells}").trim_end().to_owned() + "\n"
    };
    let mut text = line("state", &columns.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>());
    for state in states {
        let cells: Vec<String> = (0..columns.len()).map(|n| next(state, n)).collect();
        text += &line(&name(state), &cells);
    }
    text
}

fn cell<T>(taken: Result<T, Refusal>, name: impl Fn(T) -> &'static str) -> String {
    match taken {
        Ok(next) => name(next).to_owned(),
        Err(Refusal::State { zh, .. }) => {
            assert!(zh.ends_with('。'), "{zh}");
            "–".to_owned()
        }
        Err(other) => panic!("{other}"),
    }
}

fn rule(duties: &[KeyTargetDuty]) -> KeyTargetRule {
    KeyTargetRule {
        trigger: KeyTargetTrigger::Concentrated,
        level: Level::Dissatisfied,
        objects: List::try_from(vec![RatedObject::Staff]).unwrap(),
        duties: List::try_from(duties.to_vec()).unwrap(),
    }
}

fn target_commands() -> [(TargetCommand, Office); 8] {
    let by = Office::Authority;
    [
        (TargetCommand::Name { reason: text() }, by),
        (TargetCommand::Dismiss { reason: text() }, by),
        (TargetCommand::FindCause { call_backs: 3, cause: text() }, by),
        (TargetCommand::ProposeMeasures { measures: text() }, Office::HandlingAgency),
        (TargetCommand::PutInForce { note: text(), until: LATER }, by),
        (TargetCommand::FollowUp { improvement: Improvement::Improved, note: text() }, by),
        (TargetCommand::Extend { reason: text(), until: LATER }, by),
        (TargetCommand::Lift { reason: text() }, by),
    ]
}

const TARGET_STATES: [TargetState; 10] = [
    TargetState::Proposed,
    TargetState::Dismissed,
    TargetState::Named,
    TargetState::CauseFound,
    TargetState::MeasuresProposed,
    TargetState::InForce,
    TargetState::FollowedUp { improvement: Improvement::Improved },
    TargetState::FollowedUp { improvement: Improvement::NotImproved },
    TargetState::FollowedUp { improvement: Improvement::TooFew },
    TargetState::Lifted,
];

fn targets(duties: &[KeyTargetDuty]) -> String {
    let commands = target_commands();
    let names: Vec<&str> = commands.iter().map(|(command, _)| command.name()).collect();
    let next = |state: &TargetState, n: usize| {
        let (command, office) = &commands[n];
        let target = KeyTarget { state: *state, sequence: 4, until: Some(date(2026, 4, 1)) };
        cell(target.step(command, *office, now(), &rule(duties)), |next| next.state.name())
    };
    table(&TARGET_STATES, &names, next, |state| state.name().to_owned())
}

#[test]
fn t12_gx_every_state_of_a_key_target_against_every_command() {
    let all =
        [KeyTargetDuty::CallBack, KeyTargetDuty::MeasuresByTarget, KeyTargetDuty::FixedByDeadline];
    let expected = "\
state              name               dismiss            find cause         propose measures   put in force       follow up          extend             lift
proposed           named              dismissed          –                  –                  –                  –                  –                  –
dismissed          –                  –                  –                  –                  –                  –                  –                  –
named              –                  –                  cause found        –                  –                  –                  –                  –
cause found        –                  –                  –                  measures proposed  –                  –                  –                  –
measures proposed  –                  –                  –                  measures proposed  in force           –                  –                  –
in force           –                  –                  –                  –                  –                  followed up        in force           –
followed up        –                  –                  –                  –                  –                  –                  in force           lifted
followed up        –                  –                  –                  –                  –                  –                  in force           –
followed up        –                  –                  –                  –                  –                  –                  in force           lifted
lifted             –                  –                  –                  –                  –                  –                  –                  –
";
    assert_eq!(targets(&all), expected);
}

#[test]
fn t12_cj_xc_where_the_profile_asks_for_supervision_only_neither_cause_nor_measures_must_come_first()
 {
    let lines = targets(&[KeyTargetDuty::Supervision]);
    let of = |state: &str| lines.lines().find(|line| line.starts_with(state)).unwrap().to_owned();
    assert!(of("named").contains("cause found        measures proposed  in force"), "{lines}");
    assert!(of("cause found").contains("in force"), "{lines}");
    assert!(!of("proposed").contains("in force"), "nothing is automatic: {lines}");
}

#[test]
fn t12_measures_are_the_targets_and_all_else_the_authoritys_and_each_says_something() {
    let rule = rule(&[KeyTargetDuty::CallBack, KeyTargetDuty::MeasuresByTarget]);
    for (command, office) in target_commands() {
        let other = match office {
            Office::Authority => Office::HandlingAgency,
            Office::HandlingAgency => Office::Authority,
        };
        let refused = KeyTarget::proposed().step(&command, other, now(), &rule);
        assert!(matches!(refused, Err(Refusal::Office { .. })), "{command:?}");
    }
    let until = date(2026, 3, 5);
    for empty in [
        TargetCommand::Name { reason: " ".to_owned() },
        TargetCommand::FindCause { call_backs: 0, cause: text() },
        TargetCommand::FindCause { call_backs: 1, cause: String::new() },
        TargetCommand::PutInForce { note: text(), until },
        TargetCommand::Extend { reason: String::new(), until: LATER },
        TargetCommand::Lift { reason: "字".repeat(1_001) },
    ] {
        let refused = KeyTarget::proposed().step(&empty, Office::Authority, now(), &rule);
        assert!(matches!(refused, Err(Refusal::Malformed(_))), "{empty:?}");
    }
    assert!(impartial("name", " 652301-S01", Some("652301-s01")).is_err());
    assert!(impartial("name", "652301-s01", Some("652301-s02")).is_ok());
    assert!(impartial("name", "652301-s01", None).is_ok());
}

#[test]
fn t12_a_new_date_is_later_than_the_one_before() {
    let rule = rule(&[KeyTargetDuty::Supervision]);
    let target = KeyTarget { state: TargetState::InForce, sequence: 2, until: Some(LATER) };
    let extend = |until| TargetCommand::Extend { reason: text(), until };
    let same = target.clone().step(&extend(LATER), Office::Authority, now(), &rule);
    assert!(matches!(same, Err(Refusal::State { zh: "新的期限须晚于原期限。", .. })));
    let next = target.step(&extend(date(2026, 5, 1)), Office::Authority, now(), &rule).unwrap();
    assert_eq!((next.until, next.sequence), (Some(date(2026, 5, 1)), 3));
}

fn problem_commands() -> [ProblemCommand; 6] {
    let fulfil = |duty| ProblemCommand::Fulfil {
        duty,
        body: text(),
        document_number: "示例〔2026〕1号".to_owned(),
        on: date(2026, 3, 6),
    };
    [
        ProblemCommand::FindCause { cause: text() },
        ProblemCommand::SetMeasures { measures: text(), owner: "a".to_owned(), until: LATER },
        fulfil(ProblemDuty::ReportedToOwnGovernment),
        fulfil(ProblemDuty::InspectedByThirdParty),
        ProblemCommand::Extend { reason: text(), until: date(2026, 5, 1) },
        ProblemCommand::Close { result: text() },
    ]
}

fn problems(duties: &[ProblemDuty], done: &[ProblemDuty]) -> String {
    let states = [
        ProblemState::Recorded,
        ProblemState::CauseFound,
        ProblemState::InForce,
        ProblemState::Closed,
    ];
    let commands = problem_commands();
    let next = |state: &ProblemState, n: usize| {
        let problem =
            Problem { state: *state, sequence: 1, until: Some(LATER), done: done.to_vec() };
        cell(problem.step(&commands[n], Office::Authority, now(), duties), |p| p.state.name())
    };
    let columns = ["find cause", "set measures", "report", "inspect", "extend", "close"];
    table(&states, &columns, next, |state| state.name().to_owned())
}

#[test]
fn t13_cj_every_state_of_a_problem_against_every_command() {
    let duties = [ProblemDuty::ReportedToOwnGovernment, ProblemDuty::FixedByDeadline];
    let expected = "\
state              find cause         set measures       report             inspect            extend             close
recorded           cause found        –                  recorded           –                  –                  –
cause found        –                  in force           cause found        –                  –                  –
in force           –                  –                  in force           –                  in force           –
closed             –                  –                  –                  –                  –                  –
";
    assert_eq!(problems(&duties, &[]), expected);
    // Reported once, and then it can close.
    let reported = problems(&duties, &duties[..1]);
    let in_force = reported.lines().nth(3).unwrap();
    assert!(in_force.ends_with("in force           closed"), "{reported}");
    assert_eq!(reported.matches("recorded").count(), 1, "{reported}");
}

#[test]
fn t13_ct_a_problem_is_inspected_by_a_third_party_where_the_profile_says_so() {
    let duties = [ProblemDuty::InspectedByThirdParty, ProblemDuty::FixedByDeadline];
    assert!(problems(&duties, &[]).lines().nth(3).unwrap().ends_with("–"));
    assert!(problems(&duties, &duties[..1]).lines().nth(3).unwrap().ends_with("closed"));
    for agencys in &problem_commands()[..2] {
        let state = match agencys {
            ProblemCommand::FindCause { .. } => ProblemState::Recorded,
            _ => ProblemState::CauseFound,
        };
        let problem = Problem { state, ..Problem::recorded() };
        assert!(problem.step(agencys, Office::HandlingAgency, now(), &duties).is_ok());
    }
    for authoritys in &problem_commands()[2..] {
        let refused = Problem::recorded().step(authoritys, Office::HandlingAgency, now(), &duties);
        assert!(matches!(refused, Err(Refusal::Office { .. })), "{authoritys:?}");
    }
}

fn measure_commands() -> [MeasureCommand; 9] {
    let conclude = |outcome| MeasureCommand::Conclude { outcome, result: text() };
    [
        MeasureCommand::Supervise { what: text(), result: text() },
        MeasureCommand::Educate { what: text(), result: text() },
        MeasureCommand::SetRectification { what: text(), until: LATER },
        MeasureCommand::RecordRectification { improved: true, result: text() },
        MeasureCommand::RecordRectification { improved: false, result: text() },
        MeasureCommand::NotifyReplacement { document_number: "1".to_owned(), until: LATER },
        conclude(MeasureOutcome::Improved),
        conclude(MeasureOutcome::Replaced),
        conclude(MeasureOutcome::HeldAccountable),
    ]
}

fn measures(duties: &[KeyTargetDuty]) -> String {
    let states = [
        MeasureState::Verified,
        MeasureState::Taught,
        MeasureState::Rectifying,
        MeasureState::Rectified { improved: true },
        MeasureState::Rectified { improved: false },
        MeasureState::ReplacementNotified,
        MeasureState::Concluded,
    ];
    let commands = measure_commands();
    let next = |state: &MeasureState, n: usize| {
        let measure = StaffMeasure { state: *state, sequence: 1, until: None };
        cell(measure.step(&commands[n], Office::Authority, now(), duties), |m| m.state.name())
    };
    let columns = [
        "supervise",
        "educate",
        "set",
        "better",
        "not better",
        "replace",
        "improved",
        "replaced",
        "accountable",
    ];
    table(&states, &columns, next, |state| state.name().to_owned())
}

#[test]
fn t19_dq_every_state_of_a_staff_measure_against_every_command() {
    let expected = "\
state              supervise          educate            set                better             not better         replace            improved           replaced           accountable
verified           –                  taught             –                  –                  –                  –                  –                  –                  –
taught             –                  taught             rectifying         –                  –                  –                  –                  –                  –
rectifying         –                  –                  –                  rectified          rectified          –                  –                  –                  –
rectified          –                  –                  –                  –                  –                  –                  concluded          –                  –
rectified          –                  –                  –                  –                  –                  replacement notified–                  –                  concluded
replacement notified–                  –                  –                  –                  –                  –                  –                  concluded          concluded
concluded          –                  –                  –                  –                  –                  –                  –                  –                  –
";
    assert_eq!(measures(&[KeyTargetDuty::Education, KeyTargetDuty::Replacement]), expected);
}

#[test]
fn t19_cj_nobody_is_replaced_where_the_profile_does_not_say_so() {
    let lines = measures(&[KeyTargetDuty::Supervision]);
    assert!(!lines.contains("replacement notified–                  –                  –                  –                  –                  replacement"));
    let not_better = lines.lines().nth(5).unwrap();
    assert!(!not_better.contains("replacement"), "{lines}");
    assert!(lines.lines().nth(1).unwrap().starts_with("verified           taught             –"));
    let refused = StaffMeasure::verified().step(
        &MeasureCommand::NotifyReplacement { document_number: "1".to_owned(), until: LATER },
        Office::Authority,
        now(),
        &[KeyTargetDuty::Supervision],
    );
    assert!(matches!(refused, Err(Refusal::State { zh: "本地区的规定未设此项措施。", .. })));
}

#[test]
fn t19_measures_begin_from_verified_findings_only() {
    let suffice = |tickets, key_target| VerifiedFindings { tickets, key_target }.suffice();
    assert!(!suffice(0, true) && !suffice(2, false));
    assert!(suffice(1, true) && suffice(3, false));
}

#[test]
fn s06_every_state_of_a_restricted_matter_against_every_command() {
    let states = [
        RestrictedState::Opened,
        RestrictedState::Investigated,
        RestrictedState::Upheld,
        RestrictedState::NotUpheld,
        RestrictedState::Transferred,
    ];
    let commands = [
        RestrictedCommand::Investigate { findings: text() },
        RestrictedCommand::Uphold { reason: text() },
        RestrictedCommand::Reject { reason: text() },
        RestrictedCommand::Transfer {
            body: text(),
            document_number: "1".to_owned(),
            on: date(2026, 3, 6),
        },
    ];
    let next = |state: &RestrictedState, n: usize| match state.step(&commands[n], now()) {
        Ok(next) => next.name().to_owned(),
        Err(RestrictedRefusal::State { .. }) => "–".to_owned(),
        Err(other) => panic!("{other}"),
    };
    let names: Vec<&str> = commands.iter().map(RestrictedCommand::name).collect();
    let expected = "\
state              investigate        uphold             reject             transfer
opened             investigated       –                  –                  –
investigated       investigated       upheld             not upheld         –
upheld             –                  –                  –                  transferred
not upheld         –                  –                  –                  –
transferred        –                  –                  –                  –
";
    assert_eq!(table(&states, &names, next, |state| state.name().to_owned()), expected);
    let empty = RestrictedCommand::Uphold { reason: String::new() };
    assert!(matches!(
        RestrictedState::Investigated.step(&empty, now()),
        Err(RestrictedRefusal::Malformed(_))
    ));
}
