//! The screen's own keys: hanzi by pinyin, letters, signs, and numbers.

use i_slint_backend_testing::{AccessibleRole, ElementHandle, ElementQuery};
use slint::{ComponentHandle as _, LogicalSize};
use visit::{flow::Effect, language::Language, screen::Comfort, screen::Screen};

use crate::{
    sample,
    terminal::{LANDSCAPE, PORTRAIT, Terminal},
};

fn writing(terminal: &Terminal) {
    terminal.show(Screen::Reasons(sample::given(true)));
    terminal.tap("其他，我来写");
}

fn type_on(terminal: &Terminal, keys: &str) {
    for key in keys.chars() {
        terminal.tap(&key.to_string());
    }
}

/// What the rater's words are by now.
fn written(terminal: &Terminal) -> String {
    terminal.tap("写好了");
    terminal.tap("提交评价");
    let asked = terminal.asked();
    let words = asked.iter().find_map(|effect| match effect {
        Effect::Rate(rating) => Some(rating.words.clone()),
        _ => None,
    });
    words.unwrap_or_else(|| panic!("{asked:?}"))
}

fn value(terminal: &Terminal, label: &str) -> String {
    let fields = terminal.labelled(label);
    let values: Vec<_> = fields.iter().filter_map(|field| field.accessible_value()).collect();
    values.into_iter().find(|value| value != label).map(String::from).unwrap_or_default()
}

#[test]
fn m27_hanzi_are_written_by_pinyin_on_the_screen_alone() {
    let terminal = Terminal::new(PORTRAIT);
    writing(&terminal);
    type_on(&terminal, "paiduitaichang");
    assert_eq!(terminal.labelled("提交评价").len(), 0);
    terminal.tap("排队太长");
    // A letter too many is taken back; what most likely was meant takes one touch.
    type_on(&terminal, "lea");
    terminal.tap("删除");
    terminal.tap("删除");
    terminal.tap("e");
    terminal.tap("空格");
    terminal.tap("，");
    // Then signs, digits and letters, and the rest of the pinyin is written when one is done.
    terminal.tap("3");
    terminal.tap("符号");
    terminal.tap("！");
    terminal.tap("字母");
    type_on(&terminal, "nihao");
    let words = written(&terminal);
    assert!(words.starts_with("排队太长") && words.ends_with("，3！你好"), "{words}");
    assert_eq!(words.chars().count(), "排队太长了，3！你好".chars().count());
}

#[test]
fn every_character_of_a_syllable_is_found_by_turning_pages() {
    let terminal = Terminal::new(PORTRAIT);
    for (width, height) in [PORTRAIT, LANDSCAPE] {
        terminal.app.window().set_size(LogicalSize::new(width, height));
        writing(&terminal);
        type_on(&terminal, "yi");
        terminal.tap("更多");
        assert!(terminal.labelled("q").is_empty(), "candidates stand where the keys did");
        let first = terminal.find("上一页");
        assert_eq!(first.accessible_enabled(), Some(false));
        let mut pages = 1;
        while terminal.labelled("弋").is_empty() {
            terminal.tap("下一页");
            pages += 1;
            assert!(pages < 40);
        }
        assert!(pages > 1);
        terminal.tap("上一页");
        terminal.tap("下一页");
        terminal.tap("弋");
        terminal.find("q");
        assert_eq!(written(&terminal), "弋");
    }
}

#[test]
fn a_hanzi_that_nobody_can_read_is_found_by_its_radical() {
    let terminal = Terminal::new(PORTRAIT);
    terminal.show(sample::form(Vec::new(), Vec::new()));
    type_on(&terminal, "zhang");
    terminal.tap("部首");
    terminal.tap("3画");
    while terminal.labelled("氵").is_empty() {
        terminal.tap("下一页");
    }
    terminal.tap("氵");
    terminal.tap("8画");
    while terminal.labelled("淼").is_empty() {
        terminal.tap("下一页");
    }
    terminal.tap("淼");
    // The letters wait where they were.
    terminal.tap("张");
    assert_eq!(value(&terminal, "申请人（经办人）姓名"), "淼张");
    terminal.tap("部首");
    terminal.tap("键盘");
    terminal.find("q");
}

#[test]
fn only_what_can_be_drawn_is_offered() {
    let terminal = Terminal::new(PORTRAIT);
    writing(&terminal);
    type_on(&terminal, "yi");
    terminal.tap("更多");
    let mut offered = 0;
    loop {
        let picture = terminal.picture();
        for key in candidates(&terminal) {
            let (at, size) = (key.absolute_position(), key.size());
            let inside = |n: f32, of: f32| (n + 10.0, n + of - 10.0);
            let ((left, right), (top, bottom)) =
                (inside(at.x, size.width), inside(at.y, size.height));
            let line = picture.width() as usize;
            let ground = picture.as_slice()[top as usize * line + left as usize];
            let ink = (top as usize..bottom as usize)
                .flat_map(|y| {
                    &picture.as_slice()[y * line + left as usize..y * line + right as usize]
                })
                .filter(|pixel| **pixel != ground)
                .count();
            assert!(ink > 30, "{:?} is a gap", key.accessible_label());
            offered += 1;
        }
        if terminal.find("下一页").accessible_enabled() == Some(false) {
            break;
        }
        terminal.tap("下一页");
    }
    assert!(offered > 60, "{offered}");
}

/// The hanzi that are offered instead of the keys.
fn candidates(terminal: &Terminal) -> Vec<ElementHandle> {
    let hanzi = |element: &ElementHandle| {
        let label = element.accessible_label().unwrap_or_default();
        let own = ["键盘", "部首", "上一页", "下一页", "写好了"].contains(&label.as_str());
        !own && label.chars().count() == 1
    };
    let roots = ElementQuery::from_root(&terminal.app).match_descendants();
    let found = roots.match_accessible_role(AccessibleRole::Button).find_all();
    found.into_iter().filter(hanzi).collect()
}

#[test]
fn a_name_begins_with_its_surname() {
    let terminal = Terminal::new(PORTRAIT);
    terminal.show(sample::form(Vec::new(), Vec::new()));
    type_on(&terminal, "zeng");
    terminal.tap("曾");
    type_on(&terminal, "shili");
    terminal.tap("空格");
    let name = value(&terminal, "申请人（经办人）姓名");
    assert!(name.starts_with('曾') && name.chars().count() == 3, "{name}");
    // What still waits is written when one goes on, and nothing of it comes to the next field.
    type_on(&terminal, "hao");
    terminal.tap("下一项");
    terminal.tap("1");
    let name = value(&terminal, "申请人（经办人）姓名");
    assert!(name.starts_with('曾') && name.chars().count() == 4, "{name}");
    assert_eq!(value(&terminal, "联系电话"), "1");
}

#[test]
fn what_waits_is_written_when_the_page_is_left_and_forgotten_after() {
    let terminal = Terminal::new(PORTRAIT);
    terminal.show(sample::form(Vec::new(), Vec::new()));
    type_on(&terminal, "li");
    terminal.tap("看指南");
    let Screen::Guide { entries, .. } = terminal.screen() else {
        panic!("{:?}", terminal.screen())
    };
    assert_eq!(entries.len(), 1);
    assert!(entries[0].1.starts_with('李'), "{entries:?}");
    terminal.tap("开始填写");
    terminal.tap("申请人（经办人）姓名");
    type_on(&terminal, "li");
    assert!(kiosk::view::remembers(&terminal.app));
    terminal.tap("退出");
    assert_eq!(terminal.screen(), Screen::Attract);
    assert!(!kiosk::view::remembers(&terminal.app));
}

#[test]
fn a_question_with_letters_waiting_is_answered_and_not_skipped() {
    let terminal = Terminal::new(PORTRAIT);
    terminal.show(sample::question(2));
    terminal.find("跳过");
    type_on(&terminal, "jiandan");
    assert!(terminal.labelled("跳过").is_empty());
    terminal.tap("提交评价");
    let asked = terminal.asked();
    let [Effect::Rate(rating)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(rating.answers, [("q3".to_owned(), "简单".to_owned())]);
}

#[test]
fn i23_each_language_begins_with_its_own_letters_and_keys_are_not_mirrored() {
    let terminal = Terminal::new(PORTRAIT);
    for (language, letter) in
        [(Language::Uyghur, "ې"), (Language::Zhuang, "q"), (Language::English, "q")]
    {
        terminal.show(sample::question(2));
        terminal.suits(Comfort { language, ..Comfort::default() });
        terminal.tap(letter);
        let (left, right) = match language {
            Language::Uyghur => ("ۋ", "پ"),
            _ => ("w", "p"),
        };
        let x = |key: &str| terminal.find(key).absolute_position().x;
        assert!(x(left) < x(right), "{language:?}");
        terminal.tap(&language.say("提交评价"));
        let asked = terminal.asked();
        let [Effect::Rate(rating)] = asked.as_slice() else { panic!("{asked:?}") };
        assert_eq!(rating.answers, [("q3".to_owned(), letter.to_owned())]);
    }
    // Every language can write every other's.
    terminal.show(sample::question(2));
    terminal.suits(Comfort { language: Language::Uyghur, ..Comfort::default() });
    let switch = Language::Uyghur.say("中/英");
    terminal.tap(&switch);
    type_on(&terminal, "nihao");
    terminal.tap("你好");
    terminal.tap(&switch);
    terminal.tap("q");
    terminal.tap(&switch);
    terminal.tap("ې");
    terminal.tap(&Language::Uyghur.say("提交评价"));
    let asked = terminal.asked();
    let [Effect::Rate(rating)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(rating.answers[0].1, "你好qې");
}
