//! What another profile would have made of what is on record.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "shipped/calendars.rs"]
mod calendars;
#[path = "shipped/profiles.rs"]
mod profiles;
#[path = "simulate/records.rs"]
mod records;

use std::sync::LazyLock;

use domain::{
    calendar::Calendar,
    codes::RegionCode,
    level::Level,
    profile::Profile,
    rating::Origin,
    simulate::{
        BlindSpot, Change, Figures, Gap, Mean, Object, Objection, Record, RecordedRating, Records,
        Report, Under, blind_spot, simulate,
    },
    source::Source,
    statistics::Rate,
    ticket::Finding,
};
use jiff::{Timestamp, civil::date};
use proptest::prelude::*;

use profiles::{
    CHANGJI, CITY, COUNTY, DISTRICT, GUANGXI, HAIYANG, SHANGHAI, STATE_COUNCIL, profile,
};
use records::{act, at, opened, rating, stepped};

static CALENDAR: LazyLock<Calendar> = LazyLock::new(calendars::calendar);
static ALL: LazyLock<[Profile; 8]> = LazyLock::new(|| {
    let nation = |own: Source<'static>| profile(&[STATE_COUNCIL, own]);
    [
        profile(&[STATE_COUNCIL]),
        profile(&[GUANGXI]),
        nation(HAIYANG),
        nation(CHANGJI),
        nation(COUNTY),
        nation(DISTRICT),
        nation(CITY),
        profile(&[SHANGHAI]),
    ]
});

fn shipped(id: &str) -> &'static Profile {
    ALL.iter().find(|profile| profile.id == id).unwrap()
}

/// The profile of a policy, in whichever version ships.
fn bound(policy: &str) -> Option<&'static Profile> {
    ALL.iter().find(|profile| policy.split('@').next() == Some(&profile.id))
}

fn under(records: &[Record], new: &str, until: &str) -> Report {
    let mut recorded = Records::default();
    records.iter().cloned().for_each(|record| recorded.learn(record));
    simulate(&recorded, bound, shipped(new), &CALENDAR, at(until))
}

/// Served under Changji on Monday 2026-03-02 at 10:00 in Shanghai, rateable until Monday the 9th.
fn served(n: u128) -> Record {
    Record::Invited { act: act(n, "changji-2020@1"), closes_on: Some(date(2026, 3, 9)) }
}

fn rated(n: u128, rating: RecordedRating) -> Record {
    Record::Rated { act: act(n, "changji-2020@1"), rating }
}

#[test]
fn c13_simulate_i06_a_window_ends_on_another_day_and_a_rating_comes_too_late() {
    // Seven calendar days from Monday the 2nd end on the 9th as well; served on a Friday they do
    // not.
    let mut friday = act(1, "changji-2020@1");
    friday.served_at = at("2026-03-06T02:00:00Z");
    let records = [
        Record::Invited { act: friday.clone(), closes_on: Some(date(2026, 3, 13)) },
        served(2),
        rated(2, rating(7, Level::Satisfied, "2026-03-09T15:00:00Z")),
        Record::Rated { act: friday, rating: rating(8, Level::Satisfied, "2026-03-13T15:59:59Z") },
    ];
    let report = under(&records, "guangxi-2019", "2026-04-01T00:00:00Z");
    assert_eq!(report.counts.windows_moved, 0, "{:?}", report.changes);
    let stricter = Source {
        file: "three.toml",
        text: "id = \"three\"\nversion = 1\ndocument = \"试\"\ntrial = true\n\
               [rating_window]\nclause = \"一\"\n\
               value = { days = 3, unit = \"working\", event = \"service_received\" }\n",
    };
    let mut recorded = Records::default();
    records.into_iter().for_each(|record| recorded.learn(record));
    let until = at("2026-04-01T00:00:00Z");
    let report = simulate(&recorded, bound, &profile(&[stricter]), &CALENDAR, until);
    let windows: Vec<_> = report
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::Window { last_day, closed, .. } => Some((*last_day, *closed)),
            _ => None,
        })
        .collect();
    let closed = Under { old: true, new: true };
    let day = |old, new| Under { old: Some(date(2026, 3, old)), new: Some(date(2026, 3, new)) };
    assert_eq!(windows, [(day(13, 11), closed), (day(9, 5), closed)]);
    assert_eq!(report.counts.objections[&Objection::TooLate], Under { old: 0, new: 2 });
    assert_eq!(report.counts.effective_moved, 2);
}

#[test]
fn c13_simulate_i07_an_unrated_act_gets_the_others_default_once_the_window_closes() {
    let records =
        [served(1), served(2), rated(2, rating(7, Level::Satisfied, "2026-03-09T15:00:00Z"))];
    let before = under(&records, "guangxi-2019", "2026-03-09T15:59:59Z");
    assert_eq!(before.counts.defaults, Under { old: 0, new: 0 });
    let after = under(&records, "guangxi-2019", "2026-03-09T16:00:00Z");
    assert_eq!(after.counts.defaults, Under { old: 0, new: 1 });
    let level = Under { old: None, new: Some(Level::VerySatisfied) };
    assert!(after.changes.contains(&Change::Default { act: records::act_id(1), level }));
    let county = under(&records, "county-2020", "2026-03-09T16:00:00Z");
    let level = Under { old: None, new: Some(Level::BasicallySatisfied) };
    assert!(county.changes.contains(&Change::Default { act: records::act_id(1), level }));
}

#[test]
fn c13_simulate_i09_i16_a_form_goes_behind_the_raters_own_word_and_is_in_time_on_its_desk() {
    // Typed long after the window, which is when facts say it came.
    let form = |id| RecordedRating {
        origin: Origin::Paper,
        ..rating(id, Level::VeryDissatisfied, "2026-03-20T02:00:00Z")
    };
    let given = rated(1, rating(7, Level::Satisfied, "2026-03-03T02:00:00Z"));
    let records = [served(1), given, rated(1, form(8)), served(2), rated(2, form(9))];
    let report = under(&records, "guangxi-2019", "2026-04-01T00:00:00Z");
    assert_eq!(report.counts.objections[&Objection::TooLate], Under { old: 0, new: 0 });
    let figures = &report.figures[&Object::Region("652301".to_owned())];
    let count = |level| Level::ALL.iter().position(|known| *known == level).unwrap();
    for under in [&figures.old, &figures.new] {
        assert_eq!(under.active[count(Level::Satisfied)], 1, "what the rater gave");
        assert_eq!(under.active[count(Level::VeryDissatisfied)], 1, "and the form alone");
        assert_eq!(under.active.iter().sum::<u64>() + under.defaults.iter().sum::<u64>(), 2);
    }
}

#[test]
fn c13_simulate_p02_scores_are_whole_numbers_with_and_without_defaults() {
    let records = [
        served(1),
        served(2),
        rated(2, rating(7, Level::Satisfied, "2026-03-03T02:00:00Z")),
        served(3),
        rated(3, rating(9, Level::VerySatisfied, "2026-03-03T02:00:00Z")),
        rated(3, rating(8, Level::Dissatisfied, "2026-03-03T02:00:01Z")),
    ];
    let report = under(&records, "guangxi-2019", "2026-04-01T00:00:00Z");
    for object in [Object::Region("652301".to_owned()), Object::Agency("agency-0".to_owned())] {
        let figures = &report.figures[&object];
        assert!(figures.old.scores.is_empty(), "Changji scores nothing");
        let score = figures.new.scores[&[10, 8, 6, 3, 0]];
        assert_eq!(score.active, Mean { sum: 8 + 3, count: 2 });
        assert_eq!(score.with_defaults, Mean { sum: 8 + 3 + 10, count: 3 });
        assert_eq!(figures.old.satisfaction(), Rate { numerator: 1, denominator: 2 });
        assert_eq!(figures.new.satisfaction(), Rate { numerator: 1, denominator: 2 });
        let with_defaults = figures.new.satisfaction_with_defaults();
        assert_eq!(with_defaults, Rate { numerator: 2, denominator: 3 });
        assert_eq!(figures.new.defaults_counted, 0, "the system's default is that they do not");
    }
    let stars = under(&records, "shanghai-2019", "2026-04-01T00:00:00Z");
    let score = stars.figures[&Object::Region("652301".to_owned())].new.scores[&[5, 4, 3, 2, 1]];
    assert_eq!((score.active, score.with_defaults), (Mean { sum: 6, count: 2 }, score.active));
}

#[test]
fn c13_simulate_p01_who_served_at_which_window_in_which_hall_has_figures_of_their_own() {
    let mut at_window = act(1, "changji-2020@1");
    at_window.staff_id = Some("staff-1".to_owned());
    at_window.window_id = Some("window-1".to_owned());
    at_window.hall_id = Some("hall-1".to_owned());
    let records = [
        Record::Invited { act: at_window.clone(), closes_on: Some(date(2026, 3, 9)) },
        Record::Rated {
            act: at_window,
            rating: rating(7, Level::Satisfied, "2026-03-03T02:00:00Z"),
        },
        served(2),
    ];
    let report = under(&records, "guangxi-2019", "2026-04-01T00:00:00Z");
    for object in [
        Object::Staff("staff-1".to_owned()),
        Object::Window("window-1".to_owned()),
        Object::Hall("hall-1".to_owned()),
    ] {
        let score = report.figures[&object].new.scores[&[10, 8, 6, 3, 0]];
        assert_eq!(score.with_defaults, Mean { sum: 8, count: 1 }, "{object:?}");
    }
    assert_eq!(report.figures.len(), 5, "the act that names none is the region's and the agency's");
}

#[test]
fn c13_simulate_i05_i13_i14_a_reason_a_name_or_openness_is_missed_only_where_it_is_asked_for() {
    let bare = rating(1, Level::Dissatisfied, "2026-03-03T02:00:00Z");
    let tagged =
        RecordedRating { tags: 1, ..rating(2, Level::Dissatisfied, "2026-03-03T02:00:00Z") };
    let worded =
        RecordedRating { has_text: true, ..rating(3, Level::Dissatisfied, "2026-03-03T02:00:00Z") };
    let content = rating(4, Level::BasicallySatisfied, "2026-03-03T02:00:00Z");
    let named = RecordedRating { real_name: true, private: true, ..content.clone() };
    let records: Vec<Record> = [bare, tagged, worded, content, named]
        .into_iter()
        .zip(1..)
        .map(|(rating, n)| Record::Rated { act: act(n, "changji-2020@1"), rating })
        .collect();
    let until = "2026-04-01T00:00:00Z";
    let haiyang = under(&records, "haiyang-2021", until);
    let met = |objection, report: &Report| report.counts.objections[&objection].new;
    assert_eq!(met(Objection::NoReason, &haiyang), 1);
    assert_eq!(met(Objection::NoName, &haiyang), 4);
    assert_eq!(met(Objection::Private, &haiyang), 0);
    assert_eq!(haiyang.counts.effective_moved, 0, "what a rater would have done, nobody knows");
    let district = under(&records, "district-2-5-15", until);
    assert!(Objection::ALL.iter().all(|objection| met(*objection, &district) == 0));
    let open = Source {
        file: "open.toml",
        text: "id = \"open\"\nversion = 1\ndocument = \"试\"\ntrial = true\n\
               [private_allowed]\nvalue = false\nclause = \"一\"\n",
    };
    let mut recorded = Records::default();
    records.into_iter().for_each(|record| recorded.learn(record));
    let report = simulate(&recorded, bound, &profile(&[open]), &CALENDAR, at(until));
    assert_eq!(report.counts.objections[&Objection::Private], Under { old: 0, new: 1 });
}

/// A negative rating of Thursday 2026-03-05 and its ticket, handled a day a step from the 6th.
fn handled(finding: Finding, steps: &[&str]) -> Vec<Record> {
    let mut negative = rating(7, Level::VeryDissatisfied, "2026-03-05T02:00:00Z");
    negative.real_name = true;
    let mut records = vec![served(1), rated(1, negative), opened(1, 7, 1, true)];
    for (n, step) in (1..).zip(steps) {
        let day = format!("2026-03-{:02}T02:00:00Z", 5 + n);
        records.push(stepped(1, n, step, finding, &day));
    }
    records
}

/// The deadlines that differ, as `act: old → new`.
fn deadlines(report: &Report) -> Vec<String> {
    let words = |due: Option<domain::simulate::DeadlineEnd>| match due {
        None => "–".to_owned(),
        Some(due) => format!("{} {:?}", due.due_on, due.outcome),
    };
    let told = report.changes.iter().filter_map(|change| match change {
        Change::Deadline { opening, subject, due, .. } => {
            Some(format!("{opening} {subject}: {} → {}", words(due.old), words(due.new)))
        }
        _ => None,
    });
    told.collect()
}

const HANDLED: [&str; 7] =
    ["assigned", "contacted", "verified", "rectified", "fed back", "accepted", "closed"];

#[test]
fn c13_simulate_t04_deadlines_run_from_the_others_events_and_are_kept_or_not() {
    let until = "2026-06-01T00:00:00Z";
    let clear = handled(Finding::Clear, &HANDLED);
    // Guangxi: fifteen calendar days from finding it true on the 8th; rectified on the 9th.
    assert_eq!(
        deadlines(&under(&clear, "guangxi-2019", until)),
        [
            "1 start_handling: 2026-03-05 NotTold → –",
            "1 fix_clear: 2026-03-05 Missed → 2026-03-23 Met",
            "1 feed_back_clear: 2026-03-12 Met → –",
        ]
    );
    let complex = handled(Finding::Complex, &HANDLED[..3]);
    // District: contact in 2, fixed and fed back in 15 working days from the rating; 20 March is
    // off in Xinjiang.
    assert_eq!(
        deadlines(&under(&complex, "district-2-5-15", until)),
        [
            "1 dispatch: – → 2026-03-05 NotTold",
            "1 first_contact: – → 2026-03-09 Met",
            "1 fix_complex: – → 2026-03-27 Missed",
        ]
    );
    let running = under(&complex, "district-2-5-15", "2026-03-27T15:59:59Z");
    assert!(deadlines(&running)[2].ends_with("Running"), "{:?}", deadlines(&running));
    let explained = ["assigned", "contacted", "verified", "fed back", "closed"];
    let explained = handled(Finding::NoLegalBasis, &explained);
    let told = deadlines(&under(&explained, "guangxi-2019", until));
    assert_eq!(told[1..], ["1 feed_back_clear: 2026-03-12 Met → –"]);
    let class = under(&clear, "district-2-5-15", until).gaps[&Gap::ClassNotTold];
    assert_eq!(class, 1, "whether it was simple, no fact tells");
}

#[test]
fn c13_simulate_t06_follow_ups_are_due_by_whom_the_profile_names_and_reopening_starts_anew() {
    let until = "2026-06-01T00:00:00Z";
    let mut records = handled(Finding::Clear, &HANDLED);
    let district = under(&records, "district-2-5-15", until);
    assert!(deadlines(&district).contains(&"1 follow_up_within: – → 2026-03-19 Missed".to_owned()));
    assert_eq!((district.counts.follow_ups.old.due, district.counts.follow_ups.new.done), (1, 0));
    records.push(stepped(1, 8, "upset", Finding::Clear, "2026-03-13T02:00:00Z"));
    let reopened = under(&records, "district-2-5-15", until);
    assert!(deadlines(&reopened).contains(&"1 follow_up_within: – → 2026-03-19 Met".to_owned()));
    assert!(deadlines(&reopened).contains(&"2 feed_back_clear: 2026-03-23 Missed → –".to_owned()));
    assert_eq!(reopened.counts.follow_ups.new.done, 1);
    // Of a rater nobody knows by name the nation asks for no follow-up, the district does.
    records[2] = opened(1, 7, 1, false);
    let anonymous = under(&records, "district-2-5-15", until);
    let due = Under { old: false, new: true };
    let (ticket, opening, done) = (records::ticket_id(1), 1, true);
    assert!(anonymous.changes.contains(&Change::FollowUp { ticket, opening, due, done }));
}

#[test]
fn c13_simulate_t15_a_closing_without_the_authority_is_against_a_profile_that_asks_for_it() {
    let mut records = handled(Finding::Clear, &["assigned", "contacted", "verified", "rectified"]);
    records.push(stepped(1, 5, "fed back", Finding::Clear, "2026-03-10T02:00:00Z"));
    records.push(stepped(1, 6, "closed", Finding::Clear, "2026-03-11T02:00:00Z"));
    let report = under(&records, "guangxi-2019", "2026-06-01T00:00:00Z");
    assert_eq!(report.counts.closed_unreviewed, Under { old: 1, new: 0 });
}

#[test]
fn c13_simulate_what_facts_do_not_tell_is_left_out_and_said() {
    let until = "2026-06-01T00:00:00Z";
    let gaps = |records: &[Record], new: &str| under(records, new, until).gaps;
    let unknown = Record::Invited { act: act(1, "nowhere-1999@1"), closes_on: None };
    assert_eq!(gaps(&[unknown], "city"), [(Gap::PolicyNotKnown, 1)].into());
    let uninvited = rated(1, rating(7, Level::Satisfied, "2026-03-03T02:00:00Z"));
    assert_eq!(gaps(&[uninvited], "city"), [(Gap::InvitationNotTold, 1)].into());
    let lone = stepped(1, 1, "assigned", Finding::Clear, "2026-03-03T02:00:00Z");
    assert_eq!(gaps(&[lone], "city"), [(Gap::OpeningNotTold, 1)].into());
    let mut records = handled(Finding::Clear, &HANDLED);
    records.remove(4);
    let report = under(&records, "city", until);
    assert_eq!((report.gaps, report.counts.tickets), ([(Gap::StepNotTold, 1)].into(), 0));
    let moved =
        Record::Invited { act: act(1, "changji-2020@1"), closes_on: Some(date(2026, 3, 8)) };
    assert_eq!(gaps(&[moved], "changji-2020"), [(Gap::GivenByOtherCalendar, 1)].into());
    let mut late = act(1, "changji-2020@1");
    late.served_at = at("2090-01-01T00:00:00Z");
    let late = Record::Invited { act: late, closes_on: None };
    let report = under(&[late], "changji-2020", "2091-01-01T00:00:00Z");
    assert_eq!(report.gaps, [(Gap::CalendarNotKnown, 1)].into());
    let mut approval = act(1, "changji-2020@1");
    approval.stage = domain::case::Stage::Approval;
    let approval = Record::Invited { act: approval, closes_on: Some(date(2026, 3, 9)) };
    assert_eq!(gaps(&[approval], "guangxi-2019"), [(Gap::EventNotTold, 1)].into());
}

#[test]
fn c13_simulate_every_rule_that_differs_is_said_with_what_the_facts_cannot_show_of_it() {
    let report = under(&[served(1)], "haiyang-2021", "2026-03-03T00:00:00Z");
    let rule = |field: &str| report.rules.iter().find(|rule| rule.field == field).unwrap();
    assert_eq!(rule("negative_needs_reason").blind_spot, None);
    assert_eq!(rule("negative_needs_reason").new, "是");
    assert_eq!(rule("decide_appeal").blind_spot, Some(BlindSpot::Appeals));
    assert_eq!(rule("sms_reminder").blind_spot, Some(BlindSpot::Messages));
    assert_eq!(rule("follow_up").blind_spot, None);
    let guangxi = under(&[served(1)], "guangxi-2019", "2026-03-03T00:00:00Z");
    let by = guangxi.rules.iter().find(|rule| rule.field == "follow_up").unwrap();
    assert_eq!(by.blind_spot, Some(BlindSpot::Offices), "the same ratings, by another office");
    assert!(report.blind_spots().contains(&BlindSpot::Prompts) && !report.changed());
    assert!(report.rules.iter().all(|rule| rule.old != rule.new && !rule.clause.is_empty()));
    let fields = shipped("city").rules();
    let known =
        fields.iter().filter(|rule| blind_spot(rule.field) != Some(BlindSpot::Organisation));
    assert_eq!((fields.len(), known.count()), (72, 59), "a new rule is told of or said not to be");
}

#[test]
fn c13_simulate_a_region_is_taken_with_everything_below_it() {
    let mut elsewhere = act(2, "changji-2020@1");
    elsewhere.region_code = "370687".to_owned();
    let mut recorded = Records::default();
    for record in handled(Finding::Clear, &HANDLED) {
        recorded.learn(record);
    }
    recorded.learn(Record::Invited { act: elsewhere, closes_on: None });
    for (region, acts, tickets) in
        [("000000", 2, 1), ("650000", 1, 1), ("652301", 1, 1), ("370600", 1, 0), ("652302", 0, 0)]
    {
        let mut kept = recorded.clone();
        kept.keep_region(&RegionCode::parse(region).unwrap());
        let report = simulate(&kept, bound, shipped("city"), &CALENDAR, at("2026-06-01T00:00:00Z"));
        assert_eq!((report.counts.acts, report.counts.tickets), (acts, tickets), "{region}");
    }
}

fn simulated(records: &[Record], new: &Profile, until: Timestamp) -> Report {
    let mut recorded = Records::default();
    records.iter().cloned().for_each(|record| recorded.learn(record));
    simulate(&recorded, bound, new, &CALENDAR, until)
}

proptest! {
    #[test]
    fn c13_simulate_the_order_of_facts_does_not_matter_nor_telling_them_twice(
        world in records::world(&*ALL, &CALENDAR),
        shuffle in any::<u64>(),
        new in 0..8_usize,
        hours in 0..2_000_i64,
    ) {
        let until = records::after(hours);
        let told = simulated(&world, &ALL[new], until);
        let mut shuffled: Vec<Record> = [world.clone(), world].concat();
        records::shuffle(&mut shuffled, shuffle);
        prop_assert_eq!(simulated(&shuffled, &ALL[new], until), told);
    }

    #[test]
    fn c13_simulate_under_the_profile_that_was_in_force_nothing_changes(
        world in records::world_of(&*ALL, &CALENDAR),
        hours in 0..2_000_i64,
    ) {
        let (own, world) = world;
        let report = simulated(&world, &ALL[own], records::after(hours));
        prop_assert!(!report.changed(), "{:?}", report.changes);
        prop_assert!(report.rules.is_empty());
        prop_assert_eq!(report.counts.windows_moved + report.counts.effective_moved, 0);
        let counts = &report.counts;
        prop_assert!(!counts.defaults.differs() && !counts.follow_ups.differs());
        prop_assert!(counts.objections.values().all(|under| !under.differs()));
        prop_assert!(counts.deadlines.values().all(|under| !under.differs()));
    }

    #[test]
    fn c13_simulate_regions_and_agencies_count_the_same_acts_each_once(
        world in records::world(&*ALL, &CALENDAR),
        new in 0..8_usize,
    ) {
        let report = simulated(&world, &ALL[new], records::after(10_000));
        let count = |figures: &Figures| figures.active.iter().chain(&figures.defaults).sum::<u64>();
        let (mut regions, mut agencies) = (Under::default(), Under::default());
        for (object, figures) in &report.figures {
            let of_kind: &mut Under<u64> = match object {
                Object::Region(_) => &mut regions,
                Object::Agency(_) => &mut agencies,
                // Not every act names them.
                Object::Hall(_) | Object::Window(_) | Object::Staff(_) => continue,
            };
            of_kind.old += count(&figures.old);
            of_kind.new += count(&figures.new);
        }
        prop_assert_eq!(regions, agencies);
        prop_assert!(regions.new <= report.counts.acts);
        if ALL[new].default_rating.is_some() && !report.gaps.contains_key(&Gap::EventNotTold) {
            prop_assert_eq!(regions.new, report.counts.acts, "all windows are closed");
        }
        let outcomes = report.counts.deadlines.values().flat_map(|both| [both.old, both.new]);
        prop_assert_eq!(outcomes.map(|one| one.running).sum::<u64>(), 0, "all days are over");
    }
}
