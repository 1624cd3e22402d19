//! Forms that say what is wrong where it was typed, and show no more than they must.

use slint::platform::Key;
use visit::screen::Screen;

use crate::{
    sample::{self, IDENTITY, NAME, PHONE},
    terminal::Terminal,
};

/// All fields are in sight, above the keys.
const TALL: (f32, f32) = (1_080.0, 3_000.0);
const NUMBER: &str = "身份证号码";

fn form(entries: &[(&str, &str)]) -> Screen {
    let entries = entries.iter().map(|(id, value)| ((*id).to_owned(), (*value).to_owned()));
    let (item, problems) = (sample::with_number(), Vec::new());
    Screen::Form { item, entries: entries.collect(), problems, at: None }
}

fn value(terminal: &Terminal, label: &str) -> String {
    let fields = terminal.labelled(label);
    let values: Vec<_> = fields.iter().filter_map(|field| field.accessible_value()).collect();
    values.into_iter().find(|value| value != label).map(String::from).unwrap_or_default()
}

fn says(terminal: &Terminal, words: &str) -> usize {
    terminal.labelled(words).len()
}

#[test]
fn a_field_is_checked_when_it_is_left_and_not_before() {
    let terminal = Terminal::new(TALL);
    terminal.show(form(&[("applicant_number", IDENTITY), ("applicant_name", NAME)]));
    let wrong = "应为11位手机号码";
    terminal.tap("1");
    assert_eq!(says(&terminal, wrong), 0, "there is more to come");
    terminal.tap("收起");
    assert_eq!(says(&terminal, wrong), 1);
    // It is mended where it stands.
    terminal.tap("联系电话");
    for key in PHONE[1..].chars() {
        terminal.tap(&key.to_string());
        assert_eq!(says(&terminal, wrong), 0);
    }
    terminal.tap("下一项");
    assert_eq!((says(&terminal, wrong), value(&terminal, "联系电话")), (0, PHONE.to_owned()));
    // What was not typed yet is not wrong.
    assert_eq!(says(&terminal, "请填写"), 0);
    // A real keyboard leaves a field, too; days come without dashes.
    terminal.tap("成立日期");
    terminal.type_text("20200230");
    terminal.type_text(&String::from(char::from(Key::Tab)));
    assert_eq!(says(&terminal, "请填日期，例如1960-01-31"), 1);
    terminal.tap("成立日期");
    for _ in 0..5 {
        terminal.tap("删除");
    }
    for key in ["2", "-", "2", "8"] {
        terminal.tap(key);
    }
    assert_eq!(value(&terminal, "成立日期"), "2020-2-28");
}

#[test]
fn a_day_is_typed_in_digits_alone() {
    let terminal = Terminal::new(TALL);
    terminal.show(form(&[("applicant_number", IDENTITY), ("applicant_name", NAME)]));
    terminal.tap("成立日期");
    for key in ["2", "0", "2", "0", "0", "2", "2", "8"] {
        terminal.tap(key);
    }
    terminal.tap("收起");
    assert_eq!(value(&terminal, "成立日期"), "2020-02-28");
}

#[test]
fn whatever_is_missing_is_said_all_at_once() {
    let terminal = Terminal::new(TALL);
    terminal.show(form(&[]));
    assert_eq!(says(&terminal, "请填写"), 0);
    terminal.tap("填好了");
    terminal.find("有内容需要更正，请看红色提示。");
    // All that are required, and the one at which one goes on waits with its keys.
    assert_eq!(says(&terminal, "请填写"), 4);
    terminal.tap("1");
    assert_eq!((says(&terminal, "请填写"), value(&terminal, NUMBER)), (3, "1".to_owned()));
}

#[test]
fn a_slip_in_an_identity_number_is_said_at_its_last_key() {
    const SLIP: &str = "身份证号码有误，请核对";
    let terminal = Terminal::new(TALL);
    terminal.show(form(&[]));
    for key in "11010519491231002".chars() {
        assert_eq!(terminal.find("X").accessible_enabled(), Some(false), "only the last is an X");
        terminal.tap(&key.to_string());
    }
    assert_eq!(says(&terminal, SLIP), 0);
    terminal.tap("1");
    assert_eq!(says(&terminal, SLIP), 1);
    assert_eq!(terminal.find("7").accessible_enabled(), Some(false), "it is whole");
    terminal.tap("删除");
    assert_eq!(says(&terminal, SLIP), 0);
    terminal.tap("X");
    terminal.tap("下一项");
    assert_eq!(says(&terminal, SLIP), 0);
}

#[test]
fn s01_an_identity_number_is_masked_once_it_is_typed() {
    const MASKED: &str = "110105********002X";
    let terminal = Terminal::new(TALL);
    terminal.show(form(&[
        ("applicant_name", NAME),
        ("applicant_phone", PHONE),
        ("kind", "餐饮服务"),
    ]));
    terminal.type_text(IDENTITY);
    assert_eq!(value(&terminal, NUMBER), IDENTITY, "whoever types it sees it");
    terminal.tap("下一项");
    assert_eq!(value(&terminal, NUMBER), MASKED);
    terminal.tap(NUMBER);
    assert_eq!(value(&terminal, NUMBER), IDENTITY, "and whoever changes it");
    terminal.tap("填好了");
    terminal.find(MASKED);
    assert_eq!(says(&terminal, IDENTITY), 0);
    terminal.find(PHONE);
    // It is sent as it is.
    let Screen::Confirm { entries, .. } = terminal.screen() else { panic!("not confirmed") };
    assert!(entries.contains(&("applicant_number".to_owned(), IDENTITY.to_owned())));
    terminal.tap("返回修改");
    assert_eq!(value(&terminal, NUMBER), MASKED);
}
