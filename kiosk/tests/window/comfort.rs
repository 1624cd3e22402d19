//! What suits one visitor and not another: help, size, contrast, height.

use domain::level::Level;
use visit::screen::{Comfort, Screen};

use crate::{
    pages::{open, pages},
    sample::{self, NAME, PHONE},
    terminal::{PORTRAIT, Terminal},
};

#[test]
fn every_page_says_how_far_the_visit_is_and_offers_help() {
    let terminal = Terminal::new(PORTRAIT);
    for (name, screen, _) in pages() {
        terminal.show(screen);
        // Nobody is at one, or nobody knows at which.
        let step = match name {
            "attract" | "closed" | "stopped" | "refused" | "look-up" | "slip" | "looked-up" => None,
            "items" | "items-away" | "search" | "not-found" | "themes" => Some(1),
            "guide" | "guide-away" => Some(2),
            "form" | "letters" => Some(3),
            "confirm" => Some(4),
            "result" | "done" | "done-slip" => Some(5),
            _ => Some(6),
        };
        open(&terminal, name);
        if let Some(step) = step {
            terminal.find(&format!("第 {step} 步，共 6 步"));
        }
        terminal.tap("呼叫工作人员");
        terminal.find("请工作人员来帮忙");
        assert!(terminal.comfort().helping, "{name}");
        terminal.tap("不用了，继续办理");
        assert!(terminal.labelled("请工作人员来帮忙").is_empty(), "{name}");
        assert_eq!(terminal.asked(), Vec::new(), "{name}: and nothing else happened");
    }
}

#[test]
fn a_screen_made_larger_keeps_what_was_typed_and_is_as_it_was_for_the_next() {
    let terminal = Terminal::new(PORTRAIT);
    terminal.show(sample::form(Vec::new(), Vec::new()));
    terminal.tap("联系电话");
    terminal.type_text(PHONE);
    let size = || terminal.find("填写申请").size().height;
    let before = size();
    terminal.tap("大字版");
    assert!(size() > before * 1.1);
    assert!(typed(&terminal, PHONE), "what was typed is gone");
    terminal.tap("呼叫工作人员");
    terminal.tap("不用了，继续办理");
    assert!(typed(&terminal, PHONE), "what was typed is gone");
    for (on, off) in [("高对比", "标准色"), ("屏幕下移", "屏幕复位")] {
        terminal.tap(on);
        terminal.find(off);
    }
    let all = Comfort { elder: true, contrast: true, lowered: true, ..Comfort::default() };
    assert_eq!(terminal.comfort(), all);
    terminal.tap("退出");
    assert_eq!((terminal.screen(), terminal.comfort()), (Screen::Attract, Comfort::default()));
    terminal.find("大字版");
}

/// Whether something on the page has this value.
fn typed(terminal: &Terminal, value: &str) -> bool {
    let fields = terminal.labelled("联系电话");
    fields.iter().any(|field| field.accessible_value().is_some_and(|text| text == value))
}

#[test]
fn an_entry_is_changed_where_it_stands() {
    let terminal = Terminal::new(PORTRAIT);
    terminal.show(Screen::Confirm { item: sample::item(), entries: sample::entries() });
    terminal.tap("修改联系电话");
    // The cursor waits in the right field, and its keys are there.
    terminal.tap("删除");
    assert!(typed(&terminal, &PHONE[..PHONE.len() - 1]));
    terminal.tap("0");
    terminal.tap("填好了");
    let Screen::Confirm { entries, .. } = terminal.screen() else { panic!("not there") };
    assert_eq!(entries, sample::entries(), "and the others stayed");
    terminal.find(NAME);
}

#[test]
fn keys_are_put_away_and_come_back_and_lead_on() {
    let terminal = Terminal::new(PORTRAIT);
    terminal.show(sample::form(Vec::new(), Vec::new()));
    terminal.tap("a");
    terminal.tap("下一项");
    terminal.tap("7");
    assert!(typed(&terminal, "7"));
    terminal.tap("收起");
    assert!(terminal.labelled("删除").is_empty());
    terminal.tap("联系电话");
    terminal.tap("删除");
    assert!(typed(&terminal, ""));
}

#[test]
fn i20_thanks_repeat_the_level_and_say_who_answers_a_bad_one() {
    let terminal = Terminal::new(PORTRAIT);
    for (level, label) in Level::ALL.into_iter().zip(sample::LABELS) {
        terminal.show(sample::thanks(level));
        terminal.find(label);
        terminal.find("查询用的二维码");
        let answers =
            terminal.labelled("昌吉市示例市场监督管理局会核实，并在规定的期限内向您反馈。");
        assert_eq!(answers.len(), usize::from(level.is_negative()), "{label}");
    }
}

#[test]
fn i14_whether_a_rating_stays_private_is_asked_above_the_faces() {
    let terminal = Terminal::new(PORTRAIT);
    terminal.show(sample::faces());
    let private = terminal.find("不向社会公开我的评价");
    let below = private.absolute_position().y + private.size().height;
    assert!(below <= terminal.find("满意").absolute_position().y);
}
