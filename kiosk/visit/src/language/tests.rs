use domain::{item::FieldKind, level::Level};

use super::*;
use crate::{
    content::{Choices, Field, Invitation, ItemCard, LevelChoice, TouchedLevel},
    screen::Screen,
};

#[test]
fn a_sentence_is_known_by_what_stands_around_its_numbers_and_others_stay_chinese() {
    let english = Language::English;
    let full = "网络不通，本机已暂存20000件，存满了，您的评价还没有保存。";
    assert!(english.say(full).contains("it holds 20000 ratings"), "{}", english.say(full));
    // Two sentences, each known.
    let both = format!("{full}终端会再试着提交；为稳妥起见，请告知工作人员，或稍后到窗口评价。");
    assert!(!english.say(&both).chars().any(|c| ('一'..='龥').contains(&c)));
    // One of them is not: half a translation says less than none.
    let half = format!("{full}详见公告。");
    assert_eq!(english.say(&half), half);
    for chinese in ["", "示例事项", "5 天", "。", "a。b", "{}"] {
        assert_eq!(english.say(chinese), chinese);
        assert_eq!(Language::Chinese.say(chinese), chinese);
    }
    assert_eq!(fill("{1}, {0} {}", &["a", "b", "c"]), "b, a c", "gaps by place and in order");
}

#[test]
fn i23_a_screen_is_read_in_its_language_and_sent_as_it_is() {
    let field = Field {
        id: "kind".into(),
        label: "请选一项".into(),
        kind: FieldKind::Choice,
        required: true,
        max_length: 30,
        choices: vec!["满意".into()],
    };
    let item = ItemCard {
        code: "满意".into(),
        name: "示例事项".into(),
        accepting_unit: "政务服务中心".into(),
        form: vec![field],
        ..ItemCard::default()
    };
    let entries = vec![("kind".to_owned(), "满意".to_owned())];
    let problems = vec![("kind".to_owned(), "请填写".to_owned())];
    let form = Screen::Form { item, entries: entries.clone(), problems, at: None };
    let read = spoken(&form, Language::English).into_owned();
    let Screen::Form { item, entries: sent, problems, .. } = read else { panic!("another screen") };
    assert_eq!(item.name, "示例事项", "what nobody has translated stays Chinese");
    assert_eq!(item.accepting_unit, "Government Service Centre");
    assert_eq!(problems[0].1, "Please fill this in");
    assert_eq!(item.form[0].label, "Please choose one");
    assert_eq!(
        (item.code.as_str(), &item.form[0].choices[..], sent),
        ("满意", &["满意".to_owned()][..], entries)
    );
    assert_eq!(*spoken(&form, Language::Chinese), form);

    let level = LevelChoice {
        level: Level::Dissatisfied,
        label: "不满意".into(),
        tags: vec![("214".into(), "服务态度生硬".into())],
    };
    let invitation = Invitation { project_number: "n".into(), token: "满意".into() };
    let choices = Choices {
        item_name: "示例事项".into(),
        agency_name: "示例单位".into(),
        levels: vec![level],
        tag_list_version: "满意".into(),
        negative_needs_reason: false,
        private_allowed: true,
        look_up: String::new(),
        questions: Vec::new(),
    };
    let given = TouchedLevel::new(invitation, choices, Level::Dissatisfied, false, "r".to_owned());
    let read = spoken(&Screen::Reasons(given), Language::Uyghur).into_owned();
    let Screen::Reasons(TouchedLevel { choices, invitation, .. }) = read else {
        panic!("another screen")
    };
    assert_eq!(choices.levels[0].label, "رازى ئەمەس");
    let (code, text) = &choices.levels[0].tags[0];
    assert!(code == "214" && text.starts_with('م'), "{text}");
    assert_eq!((choices.tag_list_version.as_str(), invitation.token.as_str()), ("满意", "满意"));
}
