use std::time::Duration;

use super::*;
use crate::{
    adapter::spool::Held,
    fleet::{Admission, Standing},
    flow::{Shown, turn as whole},
    outbox::State,
};

fn staff(screen: Screen, touch: Touch) -> (Screen, Option<Work>) {
    match crate::flow::step(screen, Event::Staff(touch)) {
        (screen, Some(Effect::Staff(work))) => (screen, Some(work)),
        (screen, None) => (screen, None),
        other => panic!("{other:?}"),
    }
}

fn reported(aside: u64) -> Report {
    Report { lines: Vec::new(), aside }
}

#[test]
fn s04_a_device_is_registered_on_its_own_screen_and_a_refusal_keeps_what_was_typed() {
    let unregistered = Event::Stands(Admission::Unregistered);
    let (page, _) = crate::flow::step(Screen::Attract, unregistered.clone());
    assert_eq!(page, register());
    let code = "ABCD".repeat(4);
    let (asking, work) = staff(page, Touch::CodeGiven(code.clone()));
    assert_eq!(work, Some(Work::Register(code.clone())));
    assert_eq!(staff(asking.clone(), Touch::CodeGiven(code.clone())).1, None, "once at a time");
    assert_eq!(staff(asking.clone(), Touch::Knocked), (asking.clone(), None));
    assert_eq!(crate::flow::step(asking.clone(), unregistered).0, asking, "nothing is forgotten");
    let problem = "注册码已过期，请向管理机构重新索取。".to_owned();
    let (refused, _) = staff(asking.clone(), Touch::Refused(problem.clone()));
    assert_eq!(refused, Screen::Staff(Page::Register { code, problem, asking: false }));
    for leaves in [Event::Left, Event::TimedOut, Event::Started] {
        assert_eq!(crate::flow::step(refused.clone(), leaves).0, refused);
    }
    let serves = Event::Stands(Admission::Serves);
    assert_eq!(crate::flow::step(asking, serves).0, Screen::Attract);
}

#[test]
fn the_service_page_opens_by_corner_and_pin_alone_where_nobody_is_served() {
    let closed = Screen::Closed { project_number: None, rated: false };
    let stopped = Screen::Stopped { words: "终端停用，请到窗口。".into() };
    for rests in [Screen::Attract, closed, stopped, register()] {
        assert_eq!(staff(rests.clone(), Touch::Knocked), (rests.clone(), Some(Work::Knock)));
        let (pin, _) = staff(rests, Touch::PinWanted);
        let (pin, open) = staff(pin, Touch::PinGiven("1".into()));
        assert_eq!(open, Some(Work::Open("1".into())));
        let (pin, _) = staff(pin, Touch::Refused("不对".into()));
        assert_eq!(pin, Screen::Staff(Page::Pin { problem: "不对".into() }));
        assert!(matches!(
            staff(pin, Touch::Reported(reported(0))).0,
            Screen::Staff(Page::Report { .. })
        ));
    }
    for served in [Screen::Loading, Screen::Items { items: Vec::new() }] {
        for touch in [Touch::Knocked, Touch::PinWanted, Touch::Reported(reported(0))] {
            assert_eq!(staff(served.clone(), touch), (served.clone(), None));
        }
    }
}

#[test]
fn what_was_set_aside_is_cleared_by_the_second_touch_and_the_page_ends_by_itself() {
    let page = Screen::Staff(Page::Report { report: reported(2), sure: false });
    let (sure, none) = staff(page.clone(), Touch::ClearTouched);
    assert_eq!(none, None);
    assert_eq!(staff(sure.clone(), Touch::ClearTouched).1, Some(Work::Clear));
    let (again, work) = staff(sure, Touch::AgainTouched);
    assert_eq!((again, work), (page.clone(), Some(Work::TryAgain)), "and takes the first back");
    let shown = Shown { screen: page, ..Shown::new() };
    assert!(shown.patience().unwrap().asking.is_zero());
    for leaves in [Event::BackTouched, Event::Left, Event::TimedOut] {
        assert_eq!(whole(shown.clone(), leaves).0, Shown::new());
    }
}

#[test]
fn the_report_says_what_somebody_should_look_at() {
    const NOW: i64 = 1_795_313_040_000_000;
    let well = Standing {
        terminal_id: "652301-t01".into(),
        certificate_ends: Some(NOW + 60 * 24 * 3_600_000_000),
        heard_at: Some(NOW - 30_000_000),
        clock_ahead: 400,
        ..Standing::default()
    };
    let calm = report(&well, &State::default(), &[], NOW);
    assert!(calm.lines.iter().all(|line| !line.wrong), "{calm:?}");
    let ill = Standing {
        admission: Admission::Stopped("终端停用，请到窗口。".into()),
        certificate_ends: Some(NOW + 3_600_000_000),
        heard_at: Some(NOW - 3_600_000_000),
        clock_ahead: -90_000,
        trouble: "连不上政务服务系统".into(),
        ..well
    };
    let held = Held { waiting: 3, aside: 2, oldest: Duration::from_secs(7_300), damaged: 1 };
    let state = State { held, not_kept: 1, last_error: String::new(), delivered: 9 };
    let told = report(&ill, &state, &[("评价期已过。".into(), 2)], NOW);
    let values: Vec<&str> = told.lines.iter().map(|line| line.value.as_str()).collect();
    assert_eq!(
        values[..9],
        [
            "652301-t01，终端停用，请到窗口。",
            "2026-11-22 09:04",
            "慢 90 秒",
            "2026-11-22 11:04",
            "3 件，最早的等了 2 小时",
            "2 件：评价期已过。（2 件）",
            "1 件",
            "1 个",
            "连不上政务服务系统",
        ]
    );
    assert!(told.lines[..9].iter().all(|line| line.wrong) && told.aside == 2);
}
