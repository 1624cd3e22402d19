//! Appeals by every shipped profile: every state against every command as one table, who may appeal,
//! by when, and that nobody decides about themselves.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "shipped/calendars.rs"]
mod calendars;
#[path = "shipped/profiles.rs"]
mod profiles;

use domain::{
    appeal::{
        Actor, Appeal, AppealCommand, AppealRefusal, AppealState, decided_by, decided_elsewhere,
        done_by_step, needs_number, next_duty,
    },
    profile::{ExclusionDuty, ExclusionGround, Office, Party, Profile},
};
use jiff::Timestamp;

use profiles::{
    CHANGJI, CITY, COUNTY, DISTRICT, GUANGXI, HAIYANG, SHANGHAI, STATE_COUNCIL, profile,
};

use AppealCommand::{Record, Reject, Uphold, Withdraw};
use ExclusionDuty::{
    CorrectedUpstream, FiledByAuthority, InWriting, NotifyAuthority, OnAppeal, ReviewedByAuthority,
    Verified,
};
use Office::{Authority, HandlingAgency};

/// Thursday, 5 March 2026, ten o'clock in Shanghai.
const RATED: &str = "2026-03-05T02:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn by(id: &str, office: Office) -> Actor<'_> {
    Actor { id, office }
}

fn rated() -> Vec<String> {
    vec!["s-rated".to_owned()]
}

/// Lodges as whoever may: the office for itself if it can.
fn lodged(profile: &Profile) -> Appeal {
    let tries = [(HandlingAgency, None), (HandlingAgency, Some("s-rated")), (Authority, None)];
    let appeal = tries.into_iter().find_map(|(office, staff)| {
        let times = (at(RATED), at(RATED));
        let by = by("lodger", office);
        Appeal::lodge(by, staff, &rated(), times, profile, &calendars::calendar()).ok()
    });
    appeal.unwrap().0
}

/// Gives a command as the office whose it is; in a state's refusal there is no other office.
fn take(
    appeal: &Appeal,
    command: AppealCommand,
    id: &str,
    profile: &Profile,
) -> Result<Appeal, AppealRefusal> {
    let give = |office| appeal.clone().take(command, by(id, office), &rated(), profile);
    match give(HandlingAgency) {
        Err(AppealRefusal::Office { .. } | AppealRefusal::NotTheirs) => give(Authority),
        other => other,
    }
}

const COMMANDS: [(&str, AppealCommand); 10] = [
    ("appeal", Record(OnAppeal)),
    ("verify", Record(Verified)),
    ("write", Record(InWriting)),
    ("review", Record(ReviewedByAuthority)),
    ("notify", Record(NotifyAuthority)),
    ("file", Record(FiledByAuthority)),
    ("upstream", Record(CorrectedUpstream)),
    ("uphold", Uphold(ExclusionGround::Malicious)),
    ("reject", Reject),
    ("withdraw", Withdraw),
];

/// The table of all states and commands: the next state, or `–` for a state's refusal. Under review
/// every duty before the decision is on record, upheld none after it.
fn table(profile: &Profile, ground: ExclusionGround) -> String {
    let states = [
        AppealState::Lodged,
        AppealState::UnderReview,
        AppealState::Upheld { ground },
        AppealState::Completed { ground },
        AppealState::Rejected,
        AppealState::Withdrawn,
        AppealState::Annulled,
    ];
    let lodged = lodged(profile);
    let duties = profile.exclusion.value.duties.to_vec();
    let after = [NotifyAuthority, FiledByAuthority, CorrectedUpstream];
    let line = |head: &str, cells: Vec<String>| {
        let cells: String = cells.iter().map(|cell| format!("{cell:<13}")).collect();
        format!("{head:<13}{cells}").trim_end().to_owned() + "\n"
    };
    let heads = COMMANDS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut text = line("state", heads);
    for state in states {
        let done = match state {
            AppealState::Lodged => lodged.done.clone(),
            AppealState::Completed { .. } => duties.clone(),
            _ => duties.iter().copied().filter(|duty| !after.contains(duty)).collect(),
        };
        let appeal = Appeal { state, done, ..lodged.clone() };
        let cells = COMMANDS.iter().map(|(_, command)| {
            let command = if matches!(command, Uphold(_)) { Uphold(ground) } else { *command };
            let id = if command == Withdraw { "lodger" } else { "other" };
            match take(&appeal, command, id, profile) {
                Ok(next) => next.state.name().to_owned(),
                Err(AppealRefusal::State { from, reason, .. }) => {
                    assert_eq!(from, state);
                    assert!(!reason.en.is_empty() && !reason.zh.is_empty());
                    "–".to_owned()
                }
                Err(other) => panic!("{} × {}: {other}", state.name(), command.name()),
            }
        });
        text += &line(state.name(), cells.collect());
    }
    text
}

const HAIYANG_TABLE: &str = "\
state        appeal       verify       write        review       notify       file         upstream     uphold       reject       withdraw
lodged       –            under review –            –            –            –            –            –            –            withdrawn
under review –            –            –            –            –            –            –            upheld       rejected     withdrawn
upheld       –            –            –            –            –            completed    –            –            –            –
completed    –            –            –            –            –            –            –            –            –            –
rejected     –            –            –            –            –            –            –            –            –            –
withdrawn    –            –            –            –            –            –            –            –            –            –
annulled     –            –            –            –            –            –            –            –            –            –
";

#[test]
fn t07_hy23_an_appeal_is_verified_decided_and_filed_in_that_order_and_once() {
    let haiyang = profile(&[STATE_COUNCIL, HAIYANG]);
    assert_eq!(table(&haiyang, ExclusionGround::Malicious), HAIYANG_TABLE);
}

#[test]
fn t07_each_profile_differs_from_haiyang_by_its_own_duties() {
    let upheld = HAIYANG_TABLE.lines().find(|line| line.starts_with("upheld")).unwrap();
    // What is left after the decision: nothing makes a table without a way out of that state.
    let expected = |left: Option<&str>, at_once: bool| {
        let cells = COMMANDS.map(|(name, _)| if left == Some(name) { "completed" } else { "–" });
        let row: String = cells.iter().map(|cell| format!("{cell:<13}")).collect();
        let table = HAIYANG_TABLE.replace(upheld, format!("upheld       {row}").trim_end());
        match at_once {
            true => table.replace("upheld       rejected", "completed    rejected"),
            false => table,
        }
    };
    let (malicious, fault) = (ExclusionGround::Malicious, ExclusionGround::SystemFault);
    for (layers, ground, expected) in [
        (&[STATE_COUNCIL, HAIYANG][..], malicious, HAIYANG_TABLE.to_owned()),
        // Where the agency decides, it notifies the Authority after that.
        (&[STATE_COUNCIL, CHANGJI][..], malicious, expected(Some("notify"), false)),
        // Where the Authority enters a government's decision, it knows by then.
        (&[STATE_COUNCIL][..], malicious, expected(Some("notify"), true)),
        (&[STATE_COUNCIL, COUNTY][..], malicious, expected(Some("notify"), true)),
        (&[STATE_COUNCIL, CITY][..], malicious, expected(Some("notify"), true)),
        (&[STATE_COUNCIL, DISTRICT][..], malicious, expected(Some("upstream"), false)),
        (&[GUANGXI][..], fault, expected(None, true)),
        (&[SHANGHAI][..], malicious, expected(None, true)),
    ] {
        let profile = profile(layers);
        assert_eq!(table(&profile, ground), expected, "{}", profile.id);
    }
}

#[test]
fn t07_dq_the_department_verifies_and_reports_in_writing_then_the_authority_reviews() {
    let district = profile(&[STATE_COUNCIL, DISTRICT]);
    let mut appeal = lodged(&district);
    assert_eq!(appeal.office, Authority);
    for (duty, office) in
        [(Verified, HandlingAgency), (InWriting, HandlingAgency), (ReviewedByAuthority, Authority)]
    {
        let early = take(&appeal, Uphold(ExclusionGround::MisTapped), "other", &district);
        assert!(matches!(early, Err(AppealRefusal::State { .. })), "before {duty:?}: {early:?}");
        let other = if office == Authority { HandlingAgency } else { Authority };
        let refused =
            appeal.clone().take(Record(duty), by("other", other), &rated(), &district).unwrap_err();
        assert_eq!(refused, AppealRefusal::Office { command: Record(duty), owner: office });
        appeal = appeal.take(Record(duty), by("other", office), &rated(), &district).unwrap();
    }
    // The first two done in the other order are refused.
    let written = take(&lodged(&district), Record(InWriting), "other", &district).unwrap_err();
    assert!(written.to_string().ends_with("an earlier duty is not on record"), "{written}");
    assert!(decided_elsewhere(&district) && needs_number(CorrectedUpstream));
    let upheld = take(&appeal, Uphold(ExclusionGround::MisTapped), "other", &district).unwrap();
    assert_eq!(upheld.state, AppealState::Upheld { ground: ExclusionGround::MisTapped });
}

#[test]
fn t07_s02_who_may_appeal_and_who_decides_is_the_profiles() {
    let agency = (HandlingAgency, None);
    let staff = (HandlingAgency, Some("s-rated"));
    let authority = (Authority, None);
    for (layers, allowed, decides, elsewhere) in [
        (&[STATE_COUNCIL][..], &[agency, staff][..], Authority, true),
        (&[GUANGXI][..], &[agency, staff][..], Authority, false),
        (&[STATE_COUNCIL, HAIYANG][..], &[agency][..], Authority, false),
        (&[STATE_COUNCIL, CHANGJI][..], &[staff][..], HandlingAgency, false),
        (&[STATE_COUNCIL, COUNTY][..], &[agency, staff][..], Authority, true),
        (&[STATE_COUNCIL, DISTRICT][..], &[authority][..], Authority, true),
    ] {
        let profile = profile(layers);
        for (office, staff_id) in [agency, staff, authority] {
            let lodge = Appeal::lodge(
                by("lodger", office),
                staff_id,
                &rated(),
                (at(RATED), at(RATED)),
                &profile,
                &calendars::calendar(),
            );
            let may = allowed.contains(&(office, staff_id));
            assert_eq!(lodge.is_ok(), may, "{} {office:?} {staff_id:?}", profile.id);
            if let Err(refused) = lodge {
                assert!(matches!(refused, AppealRefusal::Appellant { .. }), "{refused}");
            }
        }
        assert_eq!((decided_by(&profile), decided_elsewhere(&profile)), (decides, elsewhere));
    }
}

#[test]
fn t07_staff_appeal_only_if_the_rating_names_them_or_nobody() {
    let changji = profile(&[STATE_COUNCIL, CHANGJI]);
    let lodge = |staff, rated: &[String]| {
        let (by, times) = (by("lodger", HandlingAgency), (at(RATED), at(RATED)));
        Appeal::lodge(by, Some(staff), rated, times, &changji, &calendars::calendar())
    };
    assert_eq!(lodge("s-other", &rated()).unwrap_err(), AppealRefusal::NotRated);
    lodge(" S-Rated", &rated()).unwrap();
    lodge("s-other", &[]).unwrap();
}

#[test]
fn t07_hy23_three_working_days_to_appeal_and_three_to_decide() {
    let haiyang = profile(&[STATE_COUNCIL, HAIYANG]);
    let lodge = |now| {
        let (by, times) = (by("lodger", HandlingAgency), (at(RATED), at(now)));
        Appeal::lodge(by, None, &rated(), times, &haiyang, &calendars::calendar())
    };
    // Thursday; three working days are Friday, Monday, Tuesday.
    let (_, deadlines) = lodge("2026-03-10T15:59:59Z").unwrap();
    let due: Vec<_> =
        deadlines.iter().map(|d| (d.rule.subject.as_str(), d.due_on.to_string())).collect();
    let expected = [("appeal", "2026-03-10"), ("decide_appeal", "2026-03-13")];
    assert_eq!(due, expected.map(|(act, day)| (act, day.to_owned())));
    let refused = lodge("2026-03-10T16:00:00Z").unwrap_err();
    let clause = haiyang.appeal.as_ref().unwrap().clause.clone();
    assert_eq!(refused, AppealRefusal::TooLate { due_on: deadlines[0].due_on, clause });
}

#[test]
fn t07_without_a_limit_in_the_profile_there_is_none() {
    for layers in [&[STATE_COUNCIL][..], &[STATE_COUNCIL, CHANGJI], &[STATE_COUNCIL, DISTRICT]] {
        let profile = profile(layers);
        let staff = profile.appeal_from.value.contains(&Party::Staff).then_some("s-rated");
        let office = match profile.appeal_from.value.contains(&Party::Authority) {
            true => Authority,
            false => HandlingAgency,
        };
        let (by, times) = (by("lodger", office), (at(RATED), at("2026-11-30T02:00:00Z")));
        let lodged = Appeal::lodge(by, staff, &rated(), times, &profile, &calendars::calendar());
        assert_eq!(lodged.unwrap().1, [], "{}", profile.id);
    }
}

#[test]
fn s02_nobody_decides_their_own_appeal_and_the_rated_decide_nothing() {
    let changji = profile(&[STATE_COUNCIL, CHANGJI]);
    let open = lodged(&changji);
    assert_eq!(open.staff_id.as_deref(), Some("s-rated"));
    let reviewed = take(&open, Record(Verified), "other", &changji).unwrap();
    for (appeal, command) in [
        (&open, Record(Verified)),
        (&reviewed, Uphold(ExclusionGround::Mistaken)),
        (&reviewed, Reject),
    ] {
        let own = appeal.clone().take(command, by(" LODGER", HandlingAgency), &rated(), &changji);
        assert_eq!(own.unwrap_err(), AppealRefusal::Own { command });
        let theirs = appeal.clone().take(command, by("s-rated", HandlingAgency), &[], &changji);
        assert_eq!(theirs.unwrap_err(), AppealRefusal::Rated { command }, "whom it is for");
        let more = ["s-joined".to_owned()];
        let joined = appeal.clone().take(command, by("s-joined", HandlingAgency), &more, &changji);
        assert_eq!(joined.unwrap_err(), AppealRefusal::Rated { command }, "whom a rating names");
        take(appeal, command, "other", &changji).unwrap();
    }
    let upheld = take(&reviewed, Uphold(ExclusionGround::Mistaken), "other", &changji).unwrap();
    let notified = take(&upheld, Record(NotifyAuthority), "s-rated", &changji).unwrap_err();
    assert_eq!(notified, AppealRefusal::Rated { command: Record(NotifyAuthority) });
}

#[test]
fn t07_an_appeal_is_withdrawn_by_whom_it_belongs_to() {
    let changji = profile(&[STATE_COUNCIL, CHANGJI]);
    let open = lodged(&changji);
    let withdraw = |id, office| open.clone().take(Withdraw, by(id, office), &rated(), &changji);
    assert_eq!(withdraw("other", HandlingAgency).unwrap_err(), AppealRefusal::NotTheirs);
    assert_eq!(withdraw("lodger", Authority).unwrap_err(), AppealRefusal::NotTheirs);
    for theirs in ["lodger", "s-rated"] {
        assert_eq!(withdraw(theirs, HandlingAgency).unwrap().state, AppealState::Withdrawn);
    }
}

#[test]
fn t03_t07_a_ground_is_one_of_the_profiles() {
    for (layers, ground, has) in [
        (&[GUANGXI][..], ExclusionGround::SystemFault, true),
        (&[GUANGXI][..], ExclusionGround::Malicious, false),
        (&[STATE_COUNCIL, DISTRICT][..], ExclusionGround::MisTapped, true),
        (&[STATE_COUNCIL, CHANGJI][..], ExclusionGround::MisTapped, false),
        (&[STATE_COUNCIL, CHANGJI][..], ExclusionGround::ObjectiveCause, false),
    ] {
        let profile = profile(layers);
        let mut appeal = lodged(&profile);
        for duty in [Verified, InWriting, ReviewedByAuthority] {
            if profile.exclusion.value.duties.contains(&duty) {
                appeal = take(&appeal, Record(duty), "other", &profile).unwrap();
            }
        }
        let decided = take(&appeal, Uphold(ground), "other", &profile);
        assert_eq!(decided.is_ok(), has, "{} {ground:?}", profile.id);
        if let Err(refused) = decided {
            assert!(matches!(refused, AppealRefusal::Ground { .. }), "{refused}");
        }
    }
}

#[test]
fn t03_what_a_step_of_the_ticket_has_on_record_is_the_profiles() {
    for (layers, office, done) in [
        (&[STATE_COUNCIL, CHANGJI][..], HandlingAgency, &[Verified][..]),
        (&[STATE_COUNCIL, CHANGJI][..], Authority, &[Verified, NotifyAuthority][..]),
        (
            &[STATE_COUNCIL, DISTRICT][..],
            Authority,
            &[Verified, InWriting, ReviewedByAuthority][..],
        ),
        (&[GUANGXI][..], Authority, &[Verified][..]),
    ] {
        let profile = profile(layers);
        assert_eq!(done_by_step(office, &profile), done, "{}", profile.id);
    }
    // What follows is recorded then, in its turn and by whose it is.
    let changji = profile(&[STATE_COUNCIL, CHANGJI]);
    let owner = next_duty(NotifyAuthority, Authority, &[Verified], &changji).unwrap_err();
    assert!(matches!(owner, AppealRefusal::Office { owner: HandlingAgency, .. }), "{owner}");
    next_duty(NotifyAuthority, HandlingAgency, &[Verified], &changji).unwrap();
    let done = [Verified, NotifyAuthority];
    let twice = next_duty(NotifyAuthority, HandlingAgency, &done, &changji).unwrap_err();
    assert!(twice.to_string().contains("on record already"), "{twice}");
}

#[test]
fn t07_an_open_appeal_of_a_rating_of_no_history_is_annulled_and_a_decided_one_stands() {
    let changji = profile(&[STATE_COUNCIL, CHANGJI]);
    assert_eq!(lodged(&changji).annul().state, AppealState::Annulled);
    let decided = Appeal { state: AppealState::Rejected, ..lodged(&changji) };
    assert_eq!(decided.annul().state, AppealState::Rejected);
}
