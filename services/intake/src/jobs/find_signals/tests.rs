use std::collections::BTreeSet;

use domain::id::ActId;
use jiff::SignedDuration;
use platform::{
    auth::Caller,
    convert::to_wire,
    testing::{
        EVALUATOR, REGION, STAFF, TERMINALS, WINDOW_ITEM, WINDOWS, principal, unit_published,
    },
};
use prost::Message as _;
use proto::{
    catalog::v1::{OpeningSpan, Unit, UnitKind},
    fact::v1::SignalFound,
    intake::v1::{GetSignalRequest, Signal, SubmitRatingRequest},
    r#type::v1::{Channel, Level, Origin, SignalKind, SignalSubject, Stage},
};
use sea_orm::EntityTrait as _;

use super::{
    testing::{Planting, china, listed},
    *,
};
use crate::{
    convert::to_column,
    entity::{rating, signal_day},
    rpc::{
        rating::submit_rating,
        signal::get_signal,
        testing::{Fixture, authority, holds, rating_request},
    },
};

const WORDS: &str = "工作人员 服务热情，办事效率高！";

fn is_of(signal: &Signal, kind: SignalKind, subject: SignalSubject, id: &str) -> bool {
    signal.kind() == kind && signal.subject() == subject && signal.subject_id == id
}

async fn told(fixture: &Fixture) -> Vec<SignalFound> {
    let told = fixture.told().await.into_iter().filter_map(|body| match body {
        Body::SignalFound(found) => Some(found),
        _ => None,
    });
    told.collect()
}

async fn evidence(fixture: &Fixture, signal: &Signal) -> BTreeSet<String> {
    let request = GetSignalRequest { signal_id: signal.signal_id.clone() };
    let got = get_signal::run(&fixture.intake, authority(REGION), request).await.unwrap();
    got.ratings.into_iter().map(|rating| rating.rating_id).collect()
}

async fn found_by(intake: &Intake) -> usize {
    find(intake, intake.shell.clock.new_id()).await.unwrap()
}

/// Two dozen visits at a window, all through the RPCs: each applicant's phone is replaced by another one, and
/// two seconds later somebody rates on the window's evaluator with the same words.
async fn visits(fixture: &Fixture) -> BTreeSet<String> {
    let clock = &fixture.intake.shell.clock;
    let mut rated = BTreeSet::new();
    for n in 0..24 {
        let mut report = fixture.report(&format!("P-{n}"), WINDOW_ITEM, &[Stage::Acceptance]);
        let applicant = report.applicant.as_mut().unwrap();
        applicant.number = String::new();
        for phone in [format!("138000010{n:02}"), format!("139000010{n:02}")] {
            report.applicant.as_mut().unwrap().phone = phone;
            fixture.push(report.clone()).await.unwrap();
        }
        let act = fixture.offered().await.pop().unwrap();
        clock.set(clock.now() + SignedDuration::from_secs(2));
        let token = fixture.intake.shell.invitations.token(ActId(act.act_id.parse().unwrap()));
        let request = SubmitRatingRequest {
            channel: Channel::Evaluator.into(),
            text: WORDS.to_owned(),
            reported_at: Some(to_wire(clock.now())),
            shown_ms: 1_500 + n,
            ..rating_request(&token, Level::VerySatisfied)
        };
        let device = principal(EVALUATOR, Caller::Terminal);
        let answer = submit_rating::run(&fixture.intake, device, None, request).await.unwrap();
        rated.insert(answer.rating_id);
    }
    rated
}

#[tokio::test]
async fn s03_what_was_faked_at_a_window_is_found_the_next_day_with_its_ratings_and_nobodys_data() {
    let fixture = Fixture::new().await;
    let rated = visits(&fixture).await;
    assert_eq!(found_by(&fixture.intake).await, 0, "the day is not over");
    fixture.intake.shell.clock.set(china("2026-03-03", "00:59:59"));
    assert_eq!(found_by(&fixture.intake).await, 0, "nor settled");
    fixture.intake.shell.clock.set(china("2026-03-03", "01:00:00"));
    let count = found_by(&fixture.intake).await;
    let signals = listed(&fixture).await;
    assert_eq!((count, signals.len()), (8, 8));
    for (subject, id) in [(SignalSubject::Window, WINDOWS[0]), (SignalSubject::Staff, STAFF)] {
        for (kind, spared) in [
            // The median itself says nothing, nor does the first in a row.
            (SignalKind::ConstantDwell, 1),
            (SignalKind::FasterThanAHand, 1),
            (SignalKind::RepeatedPhrase, 0),
            (SignalKind::ContactsChanged, 0),
        ] {
            let signal = signals.iter().find(|signal| is_of(signal, kind, subject, id)).unwrap();
            let cited = evidence(&fixture, signal).await;
            assert!(cited.is_subset(&rated) && cited.len() + spared == 24, "{signal:?}");
            assert_eq!(signal.rating_count + u64::try_from(spared).unwrap(), 24);
            assert_eq!(
                (signal.first_day.as_str(), signal.last_day.as_str()),
                ("2026-03-02", "2026-03-02")
            );
            assert_eq!(signal.region_code, REGION);
            assert!(signal.probability <= signal.threshold, "{signal:?}");
        }
    }
    let told = told(&fixture).await;
    assert_eq!(told.len(), 8);
    for found in told {
        let bytes = found.encode_to_vec();
        assert!(signals.iter().any(|signal| signal.signal_id == found.signal_id));
        assert!(!holds(&bytes, "1380000") && !holds(&bytes, "热情"), "{found:?}");
    }
    assert_eq!(found_by(&fixture.intake).await, 0, "a day is looked at once");
    let ratings = rating::Entity::find().all(fixture.intake.store.read()).await.unwrap();
    assert_eq!(ratings.len(), 24, "nothing is deleted");
}

#[tokio::test]
async fn s03_two_replicas_at_once_make_one_signal_and_one_that_dies_leaves_the_day_to_the_other() {
    let fixture = Fixture::new().await;
    let mut planting = Planting::new(&fixture).await;
    for n in 0..24 {
        let at = china("2026-03-02", "10:00:00") + SignedDuration::from_secs(3 * n);
        planting.add(at, |_, _| ());
    }
    planting.keep().await;
    fixture.intake.shell.clock.set(china("2026-03-03", "01:00:00"));
    // Both believe that they hold the lease, as after one of them was frozen.
    let (other, _) = fixture.restarted().await;
    let day = next(&fixture.intake).await.unwrap().unwrap();
    let holder = fixture.intake.shell.clock.new_id();
    let mut results = Vec::new();
    for intake in [&fixture.intake, &other] {
        let mut gathered = gather(intake, holder, day).await.unwrap().unwrap();
        results.push(examine::examine(intake, day, &mut gathered).await.unwrap());
    }
    let [first, second] = results.try_into().ok().unwrap();
    assert_eq!(first.signals.len(), 2);
    let (one, two) = tokio::join!(write(&fixture.intake, day, first), write(&other, day, second));
    // Whichever was second finds the day done; it may have to begin again.
    let done: usize = [one, two].into_iter().flatten().sum();
    assert_eq!((done, listed(&fixture).await.len(), told(&fixture).await.len()), (2, 2, 2));
    assert_eq!(found_by(&other).await, 0);
}

#[tokio::test]
async fn s03_another_replica_waits_while_the_lease_is_held() {
    let fixture = Fixture::new().await;
    let clock = &fixture.intake.shell.clock;
    let mut planting = Planting::new(&fixture).await;
    planting.add(china("2026-03-02", "10:00:00"), |_, _| ());
    planting.keep().await;
    clock.set(china("2026-03-03", "01:00:00"));
    let (first, second) = (clock.new_id(), clock.new_id());
    let day = next(&fixture.intake).await.unwrap().unwrap();
    assert!(gather(&fixture.intake, first, day).await.unwrap().is_some());
    assert!(gather(&fixture.intake, second, day).await.unwrap().is_none());
    clock.set(china("2026-03-03", "01:02:00"));
    assert!(gather(&fixture.intake, second, day).await.unwrap().is_some(), "it has run out");
}

/// Eight ordinary working weeks at a window: five ratings a day, and a default one.
fn ordinary(planting: &mut Planting<'_>) {
    let mut day: jiff::civil::Date = "2026-03-02".parse().unwrap();
    for n in 0..40 {
        while day.weekday().to_monday_one_offset() > 5 {
            day = day.tomorrow().unwrap();
        }
        for hour in 0..8 {
            let at = china(&day.to_string(), &format!("{:02}:{:02}:00", 9 + hour, (n * 7) % 60));
            planting.add(at, |rating, _| {
                rating.shown_ms = Some(1_500 + 977 * ((n * 5 + hour * 3) % 11));
                if (n + hour) % 3 == 0 {
                    rating.level = to_column(Level::VerySatisfied);
                }
            });
        }
        planting.add(china(&day.to_string(), "00:00:02"), |rating, _| default(rating));
        day = day.tomorrow().unwrap();
    }
}

fn default(rating: &mut rating::Model) {
    rating.origin = to_column(Origin::Default);
    rating.channel = to_column(Channel::System);
    rating.reported_at = None;
}

#[tokio::test]
async fn s03_weeks_of_ordinary_days_raise_no_signal_and_then_each_fraud_raises_its_own() {
    let fixture = Fixture::new().await;
    let mut planting = Planting::new(&fixture).await;
    ordinary(&mut planting);
    planting.keep().await;
    fixture.intake.shell.clock.set(china("2026-04-27", "01:00:00"));
    assert_eq!(found_by(&fixture.intake).await, 0, "{:?}", listed(&fixture).await);

    let day = |second: i64| china("2026-04-27", "14:00:00") + SignedDuration::from_secs(second);
    // A burst of praise within an hour at the window.
    let praise = |n: i64| {
        planting.add(day(50 * n), |rating, _| rating.level = to_column(Level::VerySatisfied))
    };
    let praise: BTreeSet<String> = (0..60).map(praise).map(|id| id.to_string()).collect();
    // On the evaluator of the other window, at night, by a clock that says: before the services.
    let night = |n: i64| {
        let at = china("2026-04-27", "02:00:00") + SignedDuration::from_secs(60 * n);
        planting.add(at, |_, act| {
            (act.window_id, act.staff_id) = (Some(WINDOWS[1].to_owned()), None);
            act.reported_at = Some((at + SignedDuration::from_mins(10)).as_microsecond());
        })
    };
    let night: BTreeSet<String> = (0..30).map(night).map(|id| id.to_string()).collect();
    // From one address, by one rater, at four agencies.
    let bad = |n: i64| {
        planting.add(day(3_600 + 60 * n), |rating, act| {
            rating.level = to_column(Level::VeryDissatisfied);
            rating.channel = to_column(Channel::Portal);
            rating.network = Some(vec![7; 16]);
            act.number_index = Some(vec![9; 16]);
            (act.window_id, act.staff_id) = (None, None);
            act.agency_id = format!("652301-a1{}", n % 4);
        })
    };
    let bad: BTreeSet<String> = (0..40).map(bad).map(|id| id.to_string()).collect();
    // Nobody rates at a third one any more, which had its ratings.
    planting.keep().await;
    fixture.intake.shell.clock.set(china("2026-04-28", "01:00:00"));
    found_by(&fixture.intake).await;
    let signals = listed(&fixture).await;
    for (kind, subject, id, expected) in [
        (SignalKind::Burst, SignalSubject::Window, WINDOWS[0], &praise),
        (SignalKind::Burst, SignalSubject::Staff, STAFF, &praise),
        (SignalKind::PraiseShare, SignalSubject::Window, WINDOWS[0], &praise),
        (SignalKind::Night, SignalSubject::Window, WINDOWS[1], &night),
        (SignalKind::BeforeTheCaseCouldEnd, SignalSubject::Window, WINDOWS[1], &night),
    ] {
        let signal = signals.iter().find(|signal| is_of(signal, kind, subject, id));
        let cited = evidence(&fixture, signal.unwrap_or_else(|| panic!("{kind:?} {id}"))).await;
        assert_eq!(&cited, expected, "{kind:?} {id}");
    }
    for subject in [SignalSubject::Rater, SignalSubject::Network] {
        let mine = signals.iter().find(|signal| {
            signal.kind() == SignalKind::MaliciousNegatives && signal.subject() == subject
        });
        let signal = mine.unwrap_or_else(|| panic!("{subject:?}: {signals:?}"));
        assert_eq!(evidence(&fixture, signal).await, bad, "{subject:?}");
        assert_eq!((signal.agency_id.as_str(), signal.region_code.as_str()), ("", REGION));
        // Its name is made up, and stays here.
        assert!(!signal.subject_id.contains("0707") && !signal.subject_id.contains("0909"));
        let told = told(&fixture).await;
        let told = told.iter().find(|found| found.signal_id == signal.signal_id).unwrap();
        assert_eq!(told.subject_id, "");
    }
    let kept = signal_day::Entity::find().all(fixture.intake.store.read()).await.unwrap();
    assert!(kept.iter().all(|row| row.day.as_str() >= "2026-03-02"));
    let found = told(&fixture).await.len();
    // The month goes on, and the rater with it: that is the same signal.
    planting.add(china("2026-04-28", "10:00:00"), |rating, act| {
        rating.level = to_column(Level::VeryDissatisfied);
        act.number_index = Some(vec![9; 16]);
    });
    planting.keep().await;
    fixture.intake.shell.clock.set(china("2026-04-29", "01:00:00"));
    assert_eq!((found_by(&fixture.intake).await, told(&fixture).await.len()), (0, found));
    fixture.intake.shell.clock.set(china("2026-08-29", "01:00:00"));
    found_by(&fixture.intake).await;
    let kept = signal_day::Entity::find().all(fixture.intake.store.read()).await.unwrap();
    assert!(kept.iter().all(|row| row.day.as_str() >= "2026-07-03"), "the past is forgotten");
    assert!(listed(&fixture).await.len() == signals.len(), "and no signal is");
}

#[tokio::test]
async fn s03_a_window_whose_raters_fall_silent_while_defaults_go_on_is_found_once_a_week() {
    let fixture = Fixture::new().await;
    let mut planting = Planting::new(&fixture).await;
    ordinary(&mut planting);
    for day in ["2026-04-27", "2026-04-28", "2026-04-29"] {
        for n in 0..15 {
            let at = china(day, "00:00:02") + SignedDuration::from_millis(n);
            planting.add(at, |rating, _| default(rating));
        }
    }
    planting.keep().await;
    for (today, expected) in [("2026-04-28", 0), ("2026-04-29", 1), ("2026-04-30", 0)] {
        fixture.intake.shell.clock.set(china(today, "01:00:00"));
        assert_eq!(found_by(&fixture.intake).await, expected, "{today}");
    }
    let [signal] = &listed(&fixture).await[..] else { panic!() };
    assert!(is_of(signal, SignalKind::HiddenDefaults, SignalSubject::Window, WINDOWS[0]));
    assert_eq!((signal.first_day.as_str(), signal.last_day.as_str()), ("2026-04-22", "2026-04-28"));
}

#[tokio::test]
async fn s03_i10_a_batch_rated_with_one_touch_is_one_rating_and_no_fraud() {
    let fixture = Fixture::new().await;
    let mut planting = Planting::new(&fixture).await;
    let batch = fixture.intake.shell.clock.new_id();
    for _ in 0..200 {
        planting.add(china("2026-03-02", "10:00:00"), |rating, _| {
            rating.batch_id = Some(batch);
            rating.shown_ms = Some(2_000);
        });
    }
    planting.keep().await;
    fixture.intake.shell.clock.set(china("2026-03-03", "01:00:00"));
    assert_eq!(found_by(&fixture.intake).await, 0);
    let days = signal_day::Entity::find().all(fixture.intake.store.read()).await.unwrap();
    let window = days.iter().find(|row| row.subject_id == WINDOWS[0]).unwrap();
    assert!(window.counts.contains("\"night\":{\"seen\":0,\"of\":1}"), "{}", window.counts);
}

#[tokio::test]
async fn s03_networks_of_households_leave_no_trace_of_their_days() {
    let fixture = Fixture::new().await;
    let mut planting = Planting::new(&fixture).await;
    for n in 0..9 {
        planting.add(
            china("2026-03-02", "10:00:00") + SignedDuration::from_mins(n),
            |rating, _| {
                rating.channel = to_column(Channel::Wechat);
                // Four from one address, five from another.
                rating.network = Some(vec![if n < 4 { 4 } else { 5 }; 16]);
            },
        );
    }
    planting.keep().await;
    fixture.intake.shell.clock.set(china("2026-03-03", "01:00:00"));
    found_by(&fixture.intake).await;
    let days = signal_day::Entity::find().all(fixture.intake.store.read()).await.unwrap();
    let network = i16::try_from(i32::from(SignalSubject::Network)).unwrap();
    assert_eq!(days.iter().filter(|row| row.subject_kind == network).count(), 1);
}

#[tokio::test]
async fn s03_a_store_full_of_old_ratings_is_looked_at_no_further_back_than_the_past_reaches() {
    let fixture = Fixture::new().await;
    let mut planting = Planting::new(&fixture).await;
    for day in ["2025-06-02", "2026-01-05", "2026-03-02"] {
        planting.add(china(day, "10:00:00"), |_, _| ());
    }
    planting.keep().await;
    fixture.intake.shell.clock.set(china("2026-03-03", "01:00:00"));
    found_by(&fixture.intake).await;
    let days = signal_day::Entity::find().all(fixture.intake.store.read()).await.unwrap();
    assert!(!days.is_empty() && days.iter().all(|row| row.day == "2026-03-02"), "{days:?}");
}

/// A hall with two spans on working days, a window of it that stays open until midnight, and a kiosk in its
/// 24-hour self-service area.
fn with_hours() -> Vec<Body> {
    let clock = |days: std::ops::RangeInclusive<i32>, opens: &str, closes: &str| OpeningSpan {
        days: days.collect(),
        opens: opens.to_owned(),
        closes: closes.to_owned(),
    };
    let unit = |id: &str, kind: UnitKind, opening_hours| Unit {
        unit_id: id.to_owned(),
        kind: kind.into(),
        region_code: REGION.to_owned(),
        hall_id: if kind == UnitKind::Hall { "" } else { "652301-h01" }.to_owned(),
        opening_hours,
        ..Unit::default()
    };
    let of_hall = vec![clock(1..=5, "10:00", "14:00"), clock(1..=5, "15:30", "19:30")];
    [
        unit("652301-h01", UnitKind::Hall, of_hall),
        unit(WINDOWS[1], UnitKind::Window, vec![clock(1..=7, "10:00", "24:00")]),
        unit("652301-w03", UnitKind::Window, Vec::new()),
        unit(TERMINALS[0], UnitKind::Terminal, vec![clock(1..=8, "00:00", "24:00")]),
    ]
    .map(|unit| unit_published(&[unit]))
    .into()
}

#[tokio::test]
async fn s03_c06_night_is_when_the_place_is_closed_and_a_fixed_one_only_where_nobody_knows() {
    for known in [true, false] {
        let fixture = Fixture::new().await;
        if known {
            fixture.tell(with_hours()).await;
        }
        let mut planting = Planting::new(&fixture).await;
        for (window, kiosk, first) in [
            // The hall has been closed for more than two hours; one window of it is open.
            (WINDOWS[0], None, "21:31:00"),
            (WINDOWS[1], None, "21:31:00"),
            ("", Some(TERMINALS[0]), "03:00:00"),
            ("", Some(TERMINALS[1]), "03:00:00"),
            // Whoever waited when it closed is still served.
            ("652301-w03", None, "20:30:00"),
        ] {
            for n in 0..24 {
                let at = china("2026-03-02", first) + SignedDuration::from_secs(60 * n);
                planting.add(at, |rating, act| {
                    act.window_id = Some(window.to_owned()).filter(|id| !id.is_empty());
                    act.staff_id = None;
                    if let Some(kiosk) = kiosk {
                        rating.channel = to_column(Channel::Kiosk);
                        act.terminal_id = Some(kiosk.to_owned());
                    }
                });
            }
        }
        planting.keep().await;
        fixture.intake.shell.clock.set(china("2026-03-03", "01:00:00"));
        found_by(&fixture.intake).await;
        let signals = listed(&fixture).await;
        let night = signals.iter().filter(|signal| signal.kind() == SignalKind::Night);
        let found: BTreeSet<&str> = night.clone().map(|signal| &*signal.subject_id).collect();
        let (expected, said) = match known {
            true => ([WINDOWS[0], TERMINALS[1]].into(), "在登记的开放时间之外作出"),
            false => ([TERMINALS[0], TERMINALS[1]].into(), "在22时至次日6时之间作出"),
        };
        assert_eq!(found, expected, "{signals:?}");
        for signal in night {
            assert!(signal.explanation.contains(said), "{}", signal.explanation);
            assert_eq!(signal.rating_count, 24);
        }
    }
}

#[tokio::test]
async fn s03_contacts_replaced_days_after_their_ratings_are_found_on_that_day_and_once() {
    let fixture = Fixture::new().await;
    let clock = &fixture.intake.shell.clock;
    let (mut rated, mut reports) = (BTreeSet::new(), Vec::new());
    for n in 0..16 {
        clock.set(china("2026-03-02", "10:00:00") + SignedDuration::from_mins(5 * n));
        let mut report = fixture.report(&format!("P-{n}"), WINDOW_ITEM, &[Stage::Acceptance]);
        let applicant = report.applicant.as_mut().unwrap();
        (applicant.number, applicant.phone) = (String::new(), format!("1380000{n:04}"));
        fixture.push(report.clone()).await.unwrap();
        reports.push(report);
        let act = fixture.offered().await.pop().unwrap();
        let token = fixture.intake.shell.invitations.token(ActId(act.act_id.parse().unwrap()));
        let request = SubmitRatingRequest {
            channel: Channel::Evaluator.into(),
            reported_at: Some(to_wire(clock.now())),
            ..rating_request(&token, Level::VerySatisfied)
        };
        let device = principal(EVALUATOR, Caller::Terminal);
        let answer = submit_rating::run(&fixture.intake, device, None, request).await.unwrap();
        rated.insert(answer.rating_id);
    }
    clock.set(china("2026-03-05", "01:00:00"));
    assert_eq!(found_by(&fixture.intake).await, 0, "{:?}", listed(&fixture).await);
    // Whoever calls these raters back from now on reaches somebody else.
    clock.set(china("2026-03-05", "16:00:00"));
    for mut report in reports {
        let applicant = report.applicant.as_mut().unwrap();
        applicant.phone.replace_range(..3, "139");
        fixture.push(report).await.unwrap();
    }
    for (day, expected) in [("2026-03-06", 2), ("2026-03-08", 0)] {
        clock.set(china(day, "01:00:00"));
        assert_eq!(found_by(&fixture.intake).await, expected, "{day}");
    }
    let signals = listed(&fixture).await;
    for (subject, id) in [(SignalSubject::Window, WINDOWS[0]), (SignalSubject::Staff, STAFF)] {
        let of = |signal: &&Signal| is_of(signal, SignalKind::ContactsChanged, subject, id);
        let signal = signals.iter().find(of).unwrap();
        assert_eq!(signal.last_day, "2026-03-05");
        assert_eq!(evidence(&fixture, signal).await, rated);
    }
}
