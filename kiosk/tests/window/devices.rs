//! What stands beside the screen, as its visitor sees it.

use std::time::Duration;

use domain::{item::FieldKind, level::Level};
use kiosk::view::fill;
use visit::{
    devices::{
        card::{Card, fills},
        printer::{Outcome, Printing},
        slip::Slip,
        voice::Volume,
    },
    flow::{Effect, Event},
    screen::Screen,
};

use crate::{
    sample,
    terminal::{PORTRAIT, Terminal},
};

#[test]
fn a_slip_is_printed_at_a_touch_and_its_page_says_what_became_of_it() {
    let terminal = Terminal::new(PORTRAIT);
    for screen in [Screen::Result { case: sample::case() }, sample::thanks(Level::Satisfied)] {
        let slip = Slip::of(&screen).unwrap();
        terminal.show(screen);
        terminal.beside(None);
        assert!(terminal.labelled("打印凭条").is_empty(), "there is no printer");
        terminal.beside(Some(Printing::Untouched));
        terminal.tap("打印凭条");
        assert_eq!(terminal.asked(), [Effect::Print(slip.clone())]);
        assert_eq!(terminal.find("正在打印……").accessible_enabled(), Some(false));
        terminal.answer(Event::SlipCame(slip.clone(), Outcome::NoPaper));
        terminal.tap("打印机缺纸，再试");
        assert_eq!(terminal.asked(), [Effect::Print(slip.clone())]);
        terminal.answer(Event::SlipCame(slip.clone(), Outcome::Away));
        terminal.tap("打印机不可用，再试");
        assert_eq!(terminal.asked(), [Effect::Print(slip.clone())]);
        terminal.answer(Event::SlipCame(slip, Outcome::Printed));
        assert_eq!(terminal.find("已打印，请取走").accessible_enabled(), Some(false));
        terminal.tap(if terminal.labelled("完成").is_empty() { "退出" } else { "完成" });
        assert_eq!(terminal.screen(), Screen::Attract, "and nobody had to wait");
    }
}

#[test]
fn a_voice_is_turned_and_asked_again_at_the_pages_foot_and_hears_of_every_time_out() {
    let terminal = Terminal::new(PORTRAIT);
    terminal.show(sample::form(sample::entries(), Vec::new()));
    assert!(terminal.labelled("再听").is_empty(), "there is none");
    terminal.equipped();
    terminal.pass(Duration::from_millis(100));
    for (label, volume) in [
        ("声音：中", Volume::High),
        ("声音：大", Volume::Off),
        ("打开声音", Volume::Low),
        ("声音：小", Volume::Medium),
    ] {
        terminal.tap(label);
        assert_eq!(terminal.comfort().volume, volume);
    }
    terminal.tap("再听");
    let events = terminal.events();
    assert_eq!(events.last(), Some(&Event::RepeatTouched));
    let quiet = terminal.screen().patience().unwrap().quiet;
    terminal.pass(quiet + Duration::from_secs(1));
    assert_eq!(terminal.events().last(), Some(&Event::AskedStillThere { rates: false }));
    terminal.tap("继续办理");
    terminal.show(sample::question(0));
    let quiet = terminal.screen().patience().unwrap().quiet;
    terminal.pass(quiet + Duration::from_secs(1));
    assert_eq!(terminal.events().last(), Some(&Event::AskedStillThere { rates: true }));
}

/// Keys as a scanner types them: nothing passes between two.
fn scan(terminal: &Terminal, keys: &str) {
    for key in keys.chars() {
        terminal.key(key);
    }
    terminal.key('\n');
    terminal.pass(Duration::from_millis(100));
}

#[test]
fn i20_a_scanned_receipt_is_looked_up_wherever_it_is_asked_for() {
    const RECEIPT: &str = "https://example.gov.cn/my#K7QM-2XHD";
    let looked_up = [Effect::LookUp("K7QM-2XHD".into())];
    let terminal = Terminal::new(PORTRAIT);
    let empty = Screen::LookUp { code: String::new(), problem: String::new() };
    terminal.equipped();
    for screen in [Screen::Attract, empty.clone()] {
        terminal.show(screen);
        scan(&terminal, RECEIPT);
        assert_eq!(terminal.asked(), looked_up);
    }
    // A finger on the same keys.
    terminal.show(empty);
    for key in "K7QM2XHD".chars() {
        terminal.type_text(&key.to_string());
    }
    terminal.tap("查询");
    assert_eq!(terminal.asked(), [Effect::LookUp("K7QM2XHD".into())]);
    // Nobody asks for one in a form, and nothing of it stays there.
    terminal.show(sample::form(Vec::new(), Vec::new()));
    scan(&terminal, RECEIPT);
    let names = terminal.find("申请人（经办人）姓名");
    assert_eq!(names.accessible_value().unwrap(), "");
    terminal.type_text("示");
    let names = terminal.find("申请人（经办人）姓名");
    assert_eq!(names.accessible_value().unwrap(), "示", "fingers are heard as before");
}

#[test]
fn a_card_fills_the_form_and_leaves_with_it() {
    let terminal = Terminal::new(PORTRAIT);
    let Screen::Form { mut item, .. } = sample::form(Vec::new(), Vec::new()) else {
        panic!("a form");
    };
    item.form[1].kind = FieldKind::IdNumber;
    let (entries, problems) = (Vec::new(), Vec::new());
    let form = Screen::Form { item, entries, problems, at: None };
    terminal.equipped();
    terminal.show(form.clone());
    terminal.find("可以把身份证放在读卡区，自动填写姓名和号码。");
    // The standard's own sample, of nobody.
    let card = Card { name: sample::NAME.into(), number: "11010519491231002X".into() };
    let filled = fills(&form, &card);
    fill(&terminal.app, &filled);
    terminal.pass(Duration::from_millis(100));
    terminal.tap("餐饮服务");
    terminal.tap("填好了");
    let Screen::Confirm { entries, .. } = terminal.screen() else { panic!("not yet whole") };
    assert_eq!(entries[..2], filled);
    terminal.tap("退出");
    assert!(!kiosk::view::remembers(&terminal.app));
    fill(&terminal.app, &filled);
    assert!(!kiosk::view::remembers(&terminal.app), "there is no form to fill");
}
