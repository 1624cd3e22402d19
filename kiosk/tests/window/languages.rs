//! Every page in every language: sound, mirrored where it is read from the right, and honest about
//! what its words are worth.

use domain::level::Level;
use slint::fontique_011::{fontique::GenericFamily, shared_collection};
use visit::{
    language::Language,
    screen::{Comfort, Screen},
};

use crate::{
    layout::all_sound,
    pages::{Page, pages},
    sample::{self, PHONE},
    terminal::{PORTRAIT, Terminal},
};

/// The national list's tags of the worst level, and the longest of the others.
const TAGS: [&str; 8] = [
    "在办事指南之外增加新的审批条件",
    "需提供办事指南之外的申报材料",
    "无理由超过法定办理时间",
    "承诺在线收取申报材料实际无法收取",
    "多头跑窗口和部门",
    "服务态度差、效率低",
    "在线预约办理后到实体大厅重复取号排队",
    "同样内容的证明材料被要求多次提交",
];

/// All pages, with what the national list says on the reasons.
fn sound(terminal: &Terminal, mode: &str, size: (f32, f32), comfort: Comfort) {
    let mut pages: Vec<Page> = pages();
    for (_, screen, _) in &mut pages {
        if let Screen::Reasons(given) = screen {
            for level in &mut given.choices.levels {
                let tags = level.tags.iter_mut().zip(TAGS);
                tags.for_each(|((_, text), tag)| tag.clone_into(text));
            }
        }
    }
    all_sound(terminal, mode, size, comfort, pages);
}

fn in_language(language: Language) -> Comfort {
    Comfort { language, ..Comfort::default() }
}

#[test]
fn i23_every_page_is_sound_in_english() {
    sound(&Terminal::new(PORTRAIT), "en", PORTRAIT, in_language(Language::English));
}

#[test]
fn i23_every_page_is_sound_in_zhuang() {
    sound(&Terminal::new(PORTRAIT), "za", PORTRAIT, in_language(Language::Zhuang));
}

#[test]
fn i23_every_page_is_sound_in_uyghur() {
    sound(&Terminal::new(PORTRAIT), "ug", PORTRAIT, in_language(Language::Uyghur));
}

#[test]
fn i23_every_page_is_sound_in_uyghur_for_elders() {
    let comfort = Comfort { elder: true, ..in_language(Language::Uyghur) };
    sound(&Terminal::new(PORTRAIT), "ug-elder", PORTRAIT, comfort);
}

#[test]
fn i23_each_language_is_offered_by_its_own_name_and_ends_with_the_visit() {
    let terminal = Terminal::new(PORTRAIT);
    for language in Language::ALL {
        terminal.tap(language.name());
        assert_eq!(terminal.comfort().language, language);
        terminal.find(&language.say("点击屏幕，开始办理"));
        assert_eq!(terminal.screen(), Screen::Attract, "and nothing has begun");
    }
    terminal.show(Screen::Items { items: sample::items() });
    terminal.tap("English");
    for other in [Language::Uyghur, Language::Zhuang, Language::Chinese, Language::English] {
        terminal.find(&Language::English.say("请选择语言"));
        terminal.tap_at(30.0, 700.0);
        assert!(terminal.labelled(&Language::English.say("请选择语言")).is_empty(), "put away");
        terminal.tap("English");
        // The header says which it is now; the offer says all.
        let offered = terminal.labelled(other.name());
        let (x, y) = place(offered.iter().max_by_key(|one| place(one).1 as i32).unwrap());
        terminal.tap_at(x, y);
        assert_eq!(terminal.comfort().language, other);
        terminal.find(&other.say("请选择要办理的事项"));
        if other != Language::English {
            terminal.tap(other.name());
            let english = terminal.find("English");
            let (x, y) = place(&english);
            terminal.tap_at(x, y);
            terminal.tap("English");
        }
    }
    terminal.answer(visit::flow::Event::Left);
    terminal.find("点击屏幕，开始办理");
}

fn place(element: &i_slint_backend_testing::ElementHandle) -> (f32, f32) {
    let (at, size) = (element.absolute_position(), element.size());
    (at.x + size.width / 2.0, at.y + size.height / 2.0)
}

#[test]
fn i23_what_was_typed_or_chosen_stays_when_the_language_changes() {
    let terminal = Terminal::new(PORTRAIT);
    let problems = vec![("kind".to_owned(), "请选一项".to_owned())];
    terminal.show(sample::form(Vec::new(), problems));
    terminal.tap("联系电话");
    terminal.type_text(PHONE);
    terminal.suits(in_language(Language::English));
    terminal.find(&Language::English.say("请选一项"));
    let typed = terminal.labelled("联系电话");
    assert!(typed.iter().any(|field| field.accessible_value().is_some_and(|text| text == PHONE)));
    terminal.show(Screen::Reasons(sample::given(true)));
    let tag = sample::given(true).choices.levels[4].tags[3].1.clone();
    let said = Language::English.say(&tag);
    assert_ne!(said, tag);
    terminal.tap(&said);
    terminal.suits(in_language(Language::Zhuang));
    let now = terminal.find(&Language::Zhuang.say(&tag));
    assert_eq!(now.accessible_checked(), Some(true));
    terminal.tap(&Language::Zhuang.say("提交评价"));
    let asked = terminal.asked();
    let [visit::flow::Effect::Rate(rating)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(rating.tag_codes, ["t3"], "whatever it was called");
}

#[test]
fn i23_uyghur_is_read_from_the_right() {
    let terminal = Terminal::new(PORTRAIT);
    terminal.show(Screen::Guide { item: sample::item(), entries: Vec::new() });
    let order = |language: Language| {
        terminal.suits(in_language(language));
        let x = |word: &str| place(&terminal.find(&language.say(word))).0;
        let row = ["退出", "重选事项", "开始填写"].map(x);
        (row.is_sorted(), row.iter().rev().is_sorted())
    };
    assert_eq!(order(Language::Chinese), (true, false));
    assert_eq!(order(Language::Zhuang), (true, false));
    assert_eq!(order(Language::Uyghur), (false, true));
    // The best face is where reading begins, and the words' edge is the right one.
    terminal.show(Screen::Items { items: sample::items() });
    let title = terminal.find(&Language::Uyghur.say("请选择要办理的事项"));
    let (at, size) = (title.absolute_position(), title.size());
    let picture = terminal.picture();
    let ground = picture.as_slice()[at.y as usize * picture.width() as usize + at.x as usize];
    let ink = |x: f32| {
        let rows = at.y as usize..(at.y + size.height) as usize;
        let columns = x as usize..(x + 100.0) as usize;
        let pixel = |y: usize, x: usize| picture.as_slice()[y * picture.width() as usize + x];
        rows.flat_map(|y| columns.clone().map(move |x| (y, x)))
            .filter(|(y, x)| pixel(*y, *x) != ground)
            .count()
    };
    let (left, right) = (ink(at.x), ink(at.x + size.width - 100.0));
    assert!(right > 100 && left == 0, "{left} at the left, {right} at the right");
}

#[test]
fn i23_other_languages_say_where_they_do_not_bind() {
    let terminal = Terminal::new(PORTRAIT);
    let note = "非正式译文，以中文为准。";
    for language in Language::ALL {
        for (name, screen, _) in pages() {
            terminal.show(screen);
            terminal.suits(in_language(language));
            let binding = matches!(
                name,
                "guide"
                    | "guide-away"
                    | "result"
                    | "done"
                    | "done-slip"
                    | "reasons"
                    | "praise"
                    | "words"
                    | "candidates"
                    | "hanzi"
                    | "signs"
                    | "radicals"
                    | "thanks"
                    | "thanks-slip"
                    | "thanks-rule"
                    | "kept"
            );
            let expected = binding && language != Language::Chinese;
            let said = !terminal.labelled(&language.say(note)).is_empty();
            assert_eq!(said, expected, "{name}, {language:?}");
        }
    }
}

#[test]
fn i23_the_letters_of_uyghur_come_from_the_terminal_itself() {
    let terminal = Terminal::new(PORTRAIT);
    terminal.show(sample::thanks(Level::Satisfied));
    let mut fonts = shared_collection();
    let first = fonts.generic_families(GenericFamily::SansSerif).next().unwrap();
    assert_eq!(fonts.family_name(first), Some("Noto Sans Arabic"));
    let family = fonts.family(first).unwrap();
    let weights: Vec<f32> = family.fonts().iter().map(|font| font.weight().value()).collect();
    assert!(weights.contains(&400.0) && weights.contains(&700.0), "{weights:?}");
}
