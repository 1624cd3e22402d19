//! The pages of staff: their words are Chinese alone, so they are not among the others.

use std::time::Duration;

use visit::{
    devices::{
        printer::{Outcome, Printing},
        slip::Slip,
    },
    flow::{Effect, Event},
    language::Language,
    screen::{Comfort, Screen},
    service::{Line, Page, Report, Touch, Work},
};

use crate::{
    layout::all_sound,
    pages,
    screens::leave,
    terminal::{LANDSCAPE, PORTRAIT, Terminal},
};

fn register(code: &str, problem: &str) -> Screen {
    let (code, problem) = (code.to_owned(), problem.to_owned());
    Screen::Staff(Page::Register { code, problem, asking: false })
}

fn report() -> Screen {
    let line = |(name, value, wrong): (&str, &str, bool)| Line {
        name: name.to_owned(),
        value: value.to_owned(),
        wrong,
    };
    let lines = [
        ("终端", "652301-t01", false),
        ("最近联系", "2026-11-22 10:24", false),
        ("时钟", "慢 90 秒", true),
        ("证书到期", "2027-02-20 08:00", false),
        ("待传评价", "12 件，最早的等了 40 分钟", false),
        ("搁置评价", "2 件：评价期已过，不能再评。（2 件）", true),
        ("最近的问题", "连不上政务服务系统", true),
        ("软件和配置版本", "0.1.0，5f0c2a7e91b3d864", false),
    ];
    let report = Report { lines: lines.into_iter().map(line).collect(), aside: 2 };
    Screen::Staff(Page::Report { report, sure: false })
}

fn staff() -> Vec<pages::Page> {
    let slip = "注册码已过期，请向管理机构重新索取。";
    let wrong = "错得太多，请 30 秒后再试。";
    vec![
        (
            "register",
            register("K7QM2X", ""),
            vec!["注册本终端", "K7QM-2X", "0", "Z", "删除", "注册"],
        ),
        ("register-slip", register("K7QM2XHDK7QM2XHD", slip), vec![slip, "注册"]),
        (
            "pin",
            Screen::Staff(Page::Pin { problem: wrong.into() }),
            vec!["服务页", wrong, "1", "打开", "返回"],
        ),
        (
            "report",
            report(),
            vec!["终端", "652301-t01", "慢 90 秒", "再试搁置的", "清除搁置的", "马上联系", "返回"],
        ),
        ("report-slip", report(), vec!["终端", "652301-t01", "马上联系", "返回"]),
    ]
}

#[test]
fn every_page_of_staff_is_sound_says_its_words_and_looks_as_it_did() {
    let terminal = Terminal::new(PORTRAIT);
    let mut missing = Vec::new();
    for (page, screen, words) in staff() {
        terminal.show(screen);
        leave(&format!("screens/{page}"), &terminal.picture());
        for word in words {
            if terminal.labelled(word).is_empty() {
                missing.push(format!("{page}: {word}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    let plain = Comfort::default();
    all_sound(&terminal, "standard", PORTRAIT, plain, staff());
    all_sound(&terminal, "elder", PORTRAIT, Comfort { elder: true, ..plain }, staff());
    all_sound(&terminal, "contrast", PORTRAIT, Comfort { contrast: true, ..plain }, staff());
    all_sound(&terminal, "lowered", PORTRAIT, Comfort { lowered: true, ..plain }, staff());
    all_sound(&terminal, "wide", LANDSCAPE, plain, staff());
}

#[test]
fn s04_a_device_is_registered_by_the_keys_of_its_screen() {
    let terminal = Terminal::new(PORTRAIT);
    terminal.show(register("", ""));
    for letter in "K7QM2XHDK7QM2XH".chars() {
        terminal.tap(&letter.to_string());
    }
    terminal.tap("注册");
    assert_eq!(terminal.asked(), [], "one is wanted yet");
    // Typed by a real keyboard, and one too many.
    terminal.type_text("o");
    terminal.type_text("9");
    terminal.tap("注册");
    let code = "K7QM2XHDK7QM2XHO".to_owned();
    assert_eq!(terminal.asked(), [Effect::Staff(Work::Register(code))]);
    assert_eq!(terminal.labelled("K7QM-2XHD-K7QM-2XHO").len(), 1, "what was typed stays");
    terminal.answer(Event::Staff(Touch::Refused("注册码不正确，请核对。".into())));
    assert_eq!(terminal.labelled("注册码不正确，请核对。").len(), 1);
    terminal.tap("删除");
    assert!(terminal.labelled("注册码不正确，请核对。").is_empty());
}

#[test]
fn five_touches_in_the_corner_ask_for_the_pin_and_one_begins_a_visit() {
    let terminal = Terminal::new(PORTRAIT);
    let touch = |times: usize| {
        for _ in 0..times {
            terminal.finger(30.0, 30.0, i_slint_core::input::TouchPhase::Started);
            terminal.pass(Duration::from_millis(60));
            terminal.finger(30.0, 30.0, i_slint_core::input::TouchPhase::Ended);
            terminal.pass(Duration::from_millis(200));
        }
    };
    touch(5);
    assert_eq!(terminal.asked(), [Effect::Staff(Work::Knock)]);
    terminal.answer(Event::Staff(Touch::PinWanted));
    for digit in ["2", "4", "6", "8", "0", "1"] {
        terminal.tap(digit);
    }
    assert!(terminal.labelled("246801").is_empty(), "nobody else reads it");
    terminal.tap("打开");
    assert_eq!(terminal.asked(), [Effect::Staff(Work::Open("246801".into()))]);
    terminal.show(report());
    terminal.beside(Some(Printing::Untouched));
    terminal.tap("打印凭条");
    let slip = Slip::of(&report()).unwrap();
    assert_eq!(terminal.asked(), [Effect::Print(slip.clone())]);
    terminal.answer(Event::SlipCame(slip, Outcome::Printed));
    terminal.find("已打印，请取走");
    terminal.tap("清除搁置的");
    terminal.tap("再点一次就清除");
    assert_eq!(terminal.asked(), [Effect::Staff(Work::Clear)]);
    terminal.tap("返回");
    assert_eq!(terminal.screen(), Screen::Attract);
    assert!(!kiosk::view::remembers(&terminal.app));
    touch(1);
    assert_eq!(terminal.screen(), Screen::Attract, "not at once");
    terminal.pass(Duration::from_secs(1));
    assert_eq!(terminal.screen(), Screen::Loading);
}

#[test]
fn s04_a_terminal_offers_the_languages_it_was_told_in_their_order() {
    let terminal = Terminal::new(PORTRAIT);
    let told = visit::fleet::Configuration {
        hall_name: "示例政务大厅".into(),
        languages: vec!["ug-Arab".into(), "zh-Hans".into()],
        ..visit::fleet::Configuration::default()
    };
    kiosk::view::furnish(&terminal.app, &told);
    terminal.answer(Event::Configured(told.usual()));
    assert_eq!(terminal.comfort().language, Language::Uyghur);
    assert_eq!(terminal.labelled("示例政务大厅").len(), 1);
    for (language, offered) in Language::ALL.iter().zip([true, true, false, false]) {
        assert_eq!(!terminal.labelled(language.name()).is_empty(), offered, "{language:?}");
    }
    terminal.tap("中文");
    assert_eq!(terminal.comfort().language, Language::Chinese);
}
