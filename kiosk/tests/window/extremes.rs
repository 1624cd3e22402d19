//! What nobody planned for: very small and very large screens, three hundred items, a guide of ten
//! thousand characters, names that few fonts have, and ten fingers.

use std::time::Duration;

use domain::level::Level;
use i_slint_core::{
    input::TouchPhase,
    lengths::LogicalPoint,
    platform::{InternalEvent, WindowEvent},
};
use slint::{ComponentHandle as _, LogicalSize};
use visit::{
    content::{Guide, Invitation, ItemCard},
    flow::{Effect, Event},
    screen::{Comfort, Screen},
};

use crate::{
    layout::faults,
    pages::{open, pages},
    sample,
    screens::leave,
    terminal::{LANDSCAPE, PORTRAIT, Terminal},
};

/// From the smallest that is sold to 4K, in either position.
const SMALL: [(f32, f32); 3] = [(800.0, 600.0), (1024.0, 768.0), (768.0, 1366.0)];
const LARGE: [(f32, f32); 2] = [(3840.0, 2160.0), (2160.0, 3840.0)];
/// What is looked at on the large ones, which are the usual ones scaled.
const SOME: [&str; 5] = ["items", "form", "faces", "words", "thanks"];

/// Pushes a long page to its end by the button that says there is more; how often it was touched.
fn to_the_end(terminal: &Terminal) -> usize {
    let mut touches = 0;
    while !terminal.labelled("还有更多，往下看").is_empty() {
        terminal.tap("还有更多，往下看");
        touches += 1;
        assert!(touches < 500, "there is no end");
    }
    touches
}

fn is_drawn(terminal: &Terminal, label: &str) -> bool {
    let size = terminal.app.window().size();
    let picture = terminal.picture();
    let element = terminal.find(label);
    let (at, extent) = (element.absolute_position(), element.size());
    let inside = at.y >= 0.0 && at.y + extent.height <= size.height as f32;
    let (left, right) = (at.x as u32, (at.x + extent.width) as u32);
    let rows = at.y as u32..(at.y + extent.height) as u32;
    let pixel = |x: u32, y: u32| picture.as_slice()[(y * picture.width() + x) as usize];
    let ground = pixel(left + 30, at.y as u32 + 6);
    inside
        && rows.flat_map(|y| (left..right).map(move |x| (x, y))).any(|(x, y)| {
            let ink = pixel(x, y);
            ink.r.abs_diff(ground.r) > 60
        })
}

#[test]
fn every_page_is_sound_from_800_by_600_on() {
    sound(&SMALL, |_| true);
}

#[test]
fn pages_are_sound_in_4k() {
    sound(&LARGE, |page| SOME.contains(&page));
}

fn sound(screens: &[(f32, f32)], of: impl Fn(&str) -> bool) {
    let terminal = Terminal::new(PORTRAIT);
    let mut wrong = Vec::new();
    for (width, height) in screens.iter().copied() {
        terminal.app.window().set_size(LogicalSize::new(width, height));
        for (page, screen, _) in pages().into_iter().filter(|(page, ..)| of(page)) {
            terminal.show(screen);
            open(&terminal, page);
            leave(&format!("layout/{width}x{height}/{page}"), &terminal.picture());
            let mut faults = faults(&terminal);
            // What a machine measures there is in pixels of the large screens.
            faults.retain(|fault| !fault.starts_with("something touches"));
            let place = format!("{page}, {width} × {height}");
            wrong.extend(faults.into_iter().map(|fault| format!("{place}: {fault}")));
        }
    }
    assert!(wrong.is_empty(), "{} faults: {wrong:#?}", wrong.len());
}

#[test]
fn the_last_of_three_hundred_items_is_found_and_chosen() {
    let terminal = Terminal::new(PORTRAIT);
    let item = |n: usize| ItemCard {
        code: format!("sample-{n}"),
        name: format!("示例事项第{n}项"),
        ..sample::item()
    };
    for (width, height) in [PORTRAIT, LANDSCAPE, (2160.0, 3840.0)] {
        terminal.app.window().set_size(LogicalSize::new(width, height));
        terminal.show(Screen::Items { items: (1..=300).map(item).collect() });
        to_the_end(&terminal);
        assert!(is_drawn(&terminal, "示例事项第300项"), "{width} × {height}");
        terminal.tap("示例事项第300项");
        let Screen::Guide { item, .. } = terminal.screen() else { panic!("no guide") };
        assert_eq!(item.code, "sample-300");
    }
}

#[test]
fn a_guide_of_ten_thousand_characters_is_read_to_its_end_and_gone_on_from() {
    let terminal = Terminal::new(PORTRAIT);
    let end = "到此为止（示例）";
    let long = "申请人应当如实提交有关材料并对其实质内容的真实性负责。".repeat(400);
    assert!(long.chars().count() >= 10_000);
    let guide = Guide { conditions: vec![long, end.into()], ..sample::item().guide };
    let item = ItemCard { guide, ..sample::item() };
    for (width, height) in [PORTRAIT, LANDSCAPE, (800.0, 600.0), (3840.0, 2160.0)] {
        terminal.app.window().set_size(LogicalSize::new(width, height));
        terminal.show(Screen::Guide { item: item.clone(), entries: Vec::new() });
        let place = format!("{width} × {height}");
        assert!(to_the_end(&terminal) > 3, "{place}");
        leave(&format!("layout/long/guide-{width}"), &terminal.picture());
        // What comes after it.
        assert!(is_drawn(&terminal, "依据：《中华人民共和国行政许可法》第五十八条"), "{place}");
        terminal.tap("开始填写");
        assert!(matches!(terminal.screen(), Screen::Form { .. }), "{place}");
    }
}

#[test]
fn a_name_that_few_fonts_have_is_kept_as_it_was_typed() {
    let terminal = Terminal::new(PORTRAIT);
    // Of planes 0, 2 and 3; one of them needs two code units.
    let name = "\u{4d18}\u{20bb7}\u{30000}龘";
    terminal.show(sample::form(Vec::new(), Vec::new()));
    terminal.type_text(name);
    terminal.tap("填好了");
    let entries = [("applicant_phone", sample::PHONE), ("kind", "餐饮服务")];
    let entries = entries.map(|(id, value)| (id.to_owned(), value.to_owned()));
    let typed = ("applicant_name".to_owned(), name.to_owned());
    let all: Vec<_> = std::iter::once(typed).chain(entries).collect();
    terminal.show(sample::form(all.clone(), Vec::new()));
    terminal.tap("填好了");
    terminal.find(name);
    terminal.tap("确认提交");
    let asked = terminal.asked();
    let [Effect::Submit(application)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(application.entries, all);
}

fn finger(terminal: &Terminal, id: i32, (x, y): (f32, f32), phase: TouchPhase) {
    let touch = InternalEvent::Touch { id, position: LogicalPoint::new(x, y), phase };
    terminal.app.window().dispatch_event(WindowEvent::internal(touch));
}

fn middle(terminal: &Terminal, label: &str) -> (f32, f32) {
    let element = terminal.find(label);
    let (at, size) = (element.absolute_position(), element.size());
    (at.x + size.width / 2.0, at.y + size.height / 2.0)
}

#[test]
fn i04_ten_fingers_at_once_rate_at_most_once_and_the_screen_goes_on() {
    let terminal = Terminal::new(PORTRAIT);
    // In any order of fingers that come down and go up.
    for last in 0..sample::LABELS.len() {
        terminal.show(sample::faces());
        let mut places: Vec<_> =
            sample::LABELS.iter().map(|label| middle(&terminal, label)).collect();
        places.push(middle(&terminal, "不评价，退出"));
        places.push(middle(&terminal, "不向社会公开我的评价"));
        places.extend((0_u8..3).map(|n| (100.0 + 300.0 * f32::from(n), 700.0)));
        places.rotate_left(last);
        let fingers = || (0_i32..).zip(places.iter().copied());
        fingers().for_each(|(id, place)| finger(&terminal, id, place, TouchPhase::Started));
        terminal.pass(Duration::from_millis(50));
        fingers().for_each(|(id, place)| finger(&terminal, id, place, TouchPhase::Ended));
        terminal.pass(Duration::from_millis(700));
        let asked = terminal.asked();
        let rated = asked.iter().filter(|effect| matches!(effect, Effect::Rate(_))).count();
        assert!(rated <= 1, "{asked:?}");
        // One finger alone is served as ever.
        terminal.show(sample::faces());
        terminal.tap("满意");
        let asked = terminal.asked();
        let [Effect::Rate(rating)] = asked.as_slice() else { panic!("{last}: {asked:?}") };
        assert_eq!(rating.level, Level::Satisfied);
    }
}

#[test]
fn a_case_number_of_full_length_is_whole_wherever_it_is_shown() {
    let terminal = Terminal::new(PORTRAIT);
    let invitation = Invitation { project_number: sample::NUMBER.into(), token: "token".into() };
    assert_eq!(sample::NUMBER.len(), 26);
    for (width, height) in SMALL.into_iter().chain(LARGE) {
        terminal.app.window().set_size(LogicalSize::new(width, height));
        for elder in [false, true] {
            let number = Some(sample::NUMBER.to_owned());
            let refused =
                Screen::Refused { words: "已过评价期".into(), project_number: number };
            let result = Screen::Result { case: sample::case() };
            let choices = sample::choices(false);
            let faces = Screen::Faces { invitation: invitation.clone(), choices, private: false };
            for screen in [result, faces, sample::kept(), refused] {
                terminal.show(screen);
                terminal.suits(Comfort { elder, ..Comfort::default() });
                let size = terminal.app.window().size();
                let labels = [sample::NUMBER.to_owned(), format!("办件编号 {}", sample::NUMBER)];
                let found: Vec<_> =
                    labels.iter().flat_map(|label| terminal.labelled(label)).collect();
                assert!(!found.is_empty(), "{width} × {height}");
                for element in found {
                    let (at, extent) = (element.absolute_position(), element.size());
                    let right = at.x + extent.width;
                    assert!(at.x >= 0.0 && right <= size.width as f32, "{width} × {height}");
                }
            }
        }
    }
}

#[test]
fn whatever_is_touched_twenty_times_a_second_the_screen_goes_on() {
    let terminal = Terminal::new(PORTRAIT);
    terminal.show(sample::faces());
    for n in 0_u8..60 {
        let (x, y) = (f32::from(n) * 17.0 % 1_000.0 + 40.0, f32::from(n) * 131.0 % 1_800.0 + 60.0);
        finger(&terminal, 0, (x, y), TouchPhase::Started);
        terminal.pass(Duration::from_millis(25));
        finger(&terminal, 0, (x, y), TouchPhase::Ended);
        terminal.pass(Duration::from_millis(25));
    }
    let ratings =
        terminal.asked().iter().filter(|effect| matches!(effect, Effect::Rate(_))).count();
    assert!(ratings <= 1);
    terminal.show(Screen::Attract);
    terminal.tap("点击屏幕，开始办理");
    terminal.answer(Event::ItemsCame(sample::items()));
    terminal.find("请选择要办理的事项");
}
