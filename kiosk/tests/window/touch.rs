//! What fingers do.

use std::time::Duration;

use domain::level::Level;
use i_slint_core::input::TouchPhase;
use slint::{ComponentHandle as _, LogicalSize, platform::Key};
use visit::{
    content::{Choices, RatingToSend},
    flow::{Effect, Event},
    screen::Screen,
};

use crate::{
    sample::{self, NAME, PHONE},
    terminal::{PORTRAIT, Terminal},
};

fn at_the_faces(negative_needs_reason: bool) -> Terminal {
    let terminal = Terminal::new(PORTRAIT);
    let (invitation, choices) = (sample::invitation(), sample::choices(negative_needs_reason));
    terminal.show(Screen::Faces { invitation, choices, private: false });
    terminal
}

/// The one rating that was sent, and with it that there was only one.
fn sent(terminal: &Terminal) -> RatingToSend {
    let asked = asked(terminal);
    let [Effect::Rate(rating)] = asked.as_slice() else { panic!("{asked:?}") };
    rating.clone()
}

/// What was asked of the services; what was touched is kept on the terminal besides.
fn asked(terminal: &Terminal) -> Vec<Effect> {
    let mut asked = terminal.asked();
    asked.retain(|effect| !matches!(effect, Effect::Keep(_) | Effect::Withdraw(_)));
    asked
}

#[test]
fn i19_a_whole_visit_by_finger_jumps_to_the_faces_and_ends_with_a_receipt() {
    let terminal = Terminal::new(PORTRAIT);
    // Anywhere on the attract screen will do; in the corner that is also for staff it takes a moment.
    terminal.tap_at(40.0, 400.0);
    assert_eq!(terminal.asked(), [Effect::FetchItems]);
    terminal.answer(Event::ItemsCame(sample::items()));
    terminal.tap("食品经营许可（示例）");
    terminal.tap("开始填写");
    terminal.type_text(NAME);
    terminal.tap("联系电话");
    for digit in PHONE.chars() {
        terminal.tap(&digit.to_string());
    }
    // A choice, which needs no keys.
    terminal.tap("下一项");
    assert!(terminal.labelled("删除").is_empty());
    terminal.tap("餐饮服务");
    terminal.tap("填好了");
    terminal.find(NAME);
    terminal.tap("确认提交");
    let asked = terminal.asked();
    let [Effect::Submit(application)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(application.entries, sample::entries());
    terminal.answer(Event::Accepted(sample::case()));
    terminal.find("申请已受理");
    terminal.asked();

    terminal.answer(Event::Completed("token".into()));
    assert_eq!(terminal.asked(), [Effect::FetchChoices("token".into())]);
    terminal.answer(Event::ChoicesCame(sample::choices(true)));
    terminal.tap("满意");
    let rating = sent(&terminal);
    assert_eq!((rating.level, rating.token.as_str()), (Level::Satisfied, "token"));
    let receipt = sample::receipt();
    terminal.answer(Event::Rated(receipt));
    terminal.find("K7QM-2XHD");
    terminal.tap("完成");
    assert_eq!(terminal.screen(), Screen::Attract);
}

#[test]
fn i04_five_faces_are_alike_and_each_is_one_touch_away() {
    let terminal = at_the_faces(false);
    for (level, label) in Level::ALL.into_iter().zip(sample::LABELS) {
        let (invitation, choices) = (sample::invitation(), sample::choices(false));
        terminal.show(Screen::Faces { invitation, choices, private: false });
        let sizes = sample::LABELS.map(|label| terminal.find(label).size());
        assert!(sizes.iter().all(|size| *size == sizes[0]), "{sizes:?}");
        let places = sample::LABELS.map(|label| terminal.find(label).absolute_position().y);
        assert!(places.iter().all(|y| (y - places[0]).abs() < 1.0), "{places:?}");
        terminal.tap(label);
        match terminal.screen() {
            Screen::Reasons(given) => {
                assert!(given.level == level && level.is_negative());
                terminal.tap("提交评价");
                assert_eq!(sent(&terminal).level, level);
            }
            _ => assert_eq!(sent(&terminal).level, level),
        }
    }
}

#[test]
fn i14_a_rating_is_kept_from_the_public_where_that_is_offered_and_touched() {
    const PRIVATE: &str = "不向社会公开我的评价";
    let terminal = at_the_faces(false);
    assert_eq!(terminal.find(PRIVATE).accessible_checked(), Some(false), "public unless touched");
    terminal.tap(PRIVATE);
    terminal.tap(PRIVATE);
    terminal.tap("满意");
    assert!(!sent(&terminal).private, "touched, and let go again");

    let (invitation, choices) = (sample::invitation(), sample::choices(false));
    let faces = |choices: &Choices| Screen::Faces {
        invitation: invitation.clone(),
        choices: choices.clone(),
        private: false,
    };
    terminal.show(faces(&choices));
    terminal.tap(PRIVATE);
    terminal.tap("不满意");
    terminal.tap("改选等级");
    assert_eq!(terminal.find(PRIVATE).accessible_checked(), Some(true), "kept on the way back");
    terminal.tap("不满意");
    terminal.tap("提交评价");
    assert!(sent(&terminal).private);

    terminal.show(faces(&Choices { private_allowed: false, ..choices }));
    assert!(terminal.labelled(PRIVATE).is_empty(), "not offered");
}

#[test]
fn i15_nothing_is_preselected_and_nobody_has_to_rate() {
    let terminal = at_the_faces(false);
    let faces = sample::LABELS.map(|label| terminal.find(label));
    assert!(faces.iter().all(|face| face.accessible_checked() != Some(true)));
    terminal.tap("不满意");
    let chosen = sample::choices(false).levels[3].tags.clone();
    assert!(chosen.iter().all(|(_, text)| terminal.find(text).accessible_checked() == Some(false)));
    // A level once touched is taken back where it was touched.
    terminal.tap("改选等级");
    terminal.tap("不评价，退出");
    assert_eq!((terminal.screen(), asked(&terminal)), (Screen::Attract, Vec::new()));
}

/// The one rating that is delivered behind the next visitor, and that nothing else was asked.
fn delivered(terminal: &Terminal) -> RatingToSend {
    assert_eq!(terminal.screen(), Screen::Attract);
    let asked = asked(terminal);
    let [Effect::Deliver(rating)] = asked.as_slice() else { panic!("{asked:?}") };
    rating.clone()
}

#[test]
fn i04_a_bad_face_touched_counts_however_its_reasons_are_left() {
    let terminal = at_the_faces(false);
    terminal.tap("非常不满意");
    terminal.find("已记下。不再操作，也会按“非常不满意”提交。");
    terminal.tap("退出，照常提交");
    let rating = delivered(&terminal);
    assert_eq!((rating.level, rating.tag_codes.len()), (Level::VeryDissatisfied, 0));

    // With what was chosen, by whoever walked away, and was asked whether they are there.
    let (invitation, choices) = (sample::invitation(), sample::choices(true));
    terminal.show(Screen::Faces { invitation, choices, private: false });
    terminal.tap("不满意");
    terminal.find("不评价，退出");
    terminal.tap("线上系统不好用");
    let patience = terminal.screen().patience().unwrap();
    terminal.pass(patience.quiet + Duration::from_millis(200));
    let left = patience.asking.as_secs();
    terminal.find(&format!("{left} 秒后将退出，您的评价照常提交。"));
    terminal.pass(patience.asking + Duration::from_secs(1));
    let rating = delivered(&terminal);
    assert_eq!((rating.level, rating.tag_codes), (Level::Dissatisfied, vec!["t6".to_owned()]));
}

#[test]
fn i05_hy7_where_a_reason_is_demanded_the_screen_says_what_leaving_without_one_does() {
    let terminal = at_the_faces(true);
    terminal.tap("不满意");
    terminal.find("按规定，差评说了原因才能提交；没有说就离开，这次评价不会计入。");
    terminal.tap("不评价，退出");
    assert_eq!((terminal.screen(), terminal.asked()), (Screen::Attract, Vec::new()));
}

#[test]
fn leaving_while_the_services_are_away_keeps_the_rating_and_says_so() {
    let terminal = Terminal::new(PORTRAIT);
    terminal.show(sample::offline());
    let Screen::Offline { again: Effect::Rate(rating), .. } = sample::offline() else {
        panic!("no rating")
    };
    terminal.tap("退出");
    assert_eq!(delivered(&terminal), rating);
}

#[test]
fn a_terminal_out_of_use_asks_by_itself_and_opens_again() {
    let terminal = Terminal::new(PORTRAIT);
    terminal.show(sample::sending());
    terminal.answer(Event::NotAdmitted);
    assert!(matches!(terminal.asked().as_slice(), [Effect::Deliver(_)]));
    terminal.find("本终端停用，请到窗口办理。");
    let number = sample::case().project_number;
    terminal.find("您的评价已记下，终端恢复后自动提交。");
    terminal.find(&number);
    let quiet = terminal.screen().patience().unwrap().quiet;
    for _ in 0..2 {
        terminal.pass(quiet + Duration::from_secs(1));
        assert_eq!(terminal.asked(), [Effect::FetchItems]);
        assert!(terminal.labelled(&number).is_empty(), "the next one does not read it");
        terminal.answer(Event::NotAdmitted);
    }
    terminal.find("本终端停用，请到窗口办理。");
    terminal.answer(Event::ItemsCame(sample::items()));
    assert_eq!(terminal.screen(), Screen::Attract);
}

#[test]
fn i05_reasons_are_chosen_by_touch_and_asked_for_only_where_the_profile_does() {
    let terminal = at_the_faces(true);
    terminal.tap("非常不满意");
    assert_eq!(terminal.find("提交评价").accessible_enabled(), Some(false));
    terminal.tap("提交评价");
    assert!(terminal.asked().is_empty(), "a reason is needed");
    terminal.tap("业务不熟练");
    terminal.tap("线上系统不好用");
    terminal.tap("业务不熟练");
    assert_eq!(terminal.find("业务不熟练").accessible_checked(), Some(false), "let go again");
    terminal.tap("提交评价");
    assert_eq!(sent(&terminal).tag_codes, ["t6"]);
}

/// Where a finger has to be for what bears a label.
fn place_of(terminal: &Terminal, label: &str) -> (f32, f32) {
    let element = terminal.find(label);
    let (at, size) = (element.absolute_position(), element.size());
    (at.x + size.width / 2.0, at.y + size.height / 2.0)
}

#[test]
fn a_finger_on_its_way_to_the_screen_before_rates_nothing() {
    let terminal = at_the_faces(false);
    let (x, y) = place_of(&terminal, "非常不满意");
    terminal.show(Screen::Inviting { invitation: sample::invitation() });
    // The faces come between the touch and its end.
    terminal.finger(x, y, TouchPhase::Started);
    terminal.answer_at_once(Event::ChoicesCame(sample::choices(false)));
    terminal.finger(x, y, TouchPhase::Ended);
    // Neither does one that comes down at once.
    terminal.finger(x, y, TouchPhase::Started);
    terminal.pass(Duration::from_millis(100));
    terminal.finger(x, y, TouchPhase::Ended);
    assert!(matches!(terminal.screen(), Screen::Faces { .. }), "{:?}", terminal.screen());
    assert_eq!(terminal.asked(), Vec::new());
    terminal.pass(Duration::from_secs(1));
    terminal.tap("非常不满意");
    assert!(matches!(terminal.screen(), Screen::Reasons(_)));
}

#[test]
fn the_second_of_two_quick_taps_touches_nothing_on_the_next_screen() {
    let terminal = Terminal::new(PORTRAIT);
    let (item, entries) = (sample::item(), sample::entries());
    let form = sample::form(entries.clone(), Vec::new());
    let confirm = Screen::Confirm { item: item.clone(), entries };
    let guide = Screen::Guide { item, entries: Vec::new() };
    let reasons = Screen::Reasons(sample::given(false));
    let receipt = sample::receipt();
    let mut case = sample::case();
    case.invitation = Some("token".into());
    let on_the_spot = vec![Event::Accepted(case)];
    let moves = [
        (guide, "开始填写", Vec::new(), "填写申请"),
        (form, "填好了", Vec::new(), "请核对"),
        (confirm, "确认提交", on_the_spot, "已为您办好"),
        (reasons, "提交评价", vec![Event::Rated(receipt)], "谢谢您的评价"),
    ];
    for (screen, label, answers, title) in moves {
        terminal.show(screen);
        let (x, y) = place_of(&terminal, label);
        for second in [false, true] {
            terminal.finger(x, y, TouchPhase::Started);
            terminal.finger(x, y, TouchPhase::Ended);
            if !second {
                answers.iter().cloned().for_each(|answer| terminal.answer_at_once(answer));
                terminal.pass(Duration::from_millis(150));
            }
        }
        terminal.pass(Duration::from_secs(1));
        terminal.find(title);
        assert!(terminal.labelled("有内容需要更正，请看红色提示。").is_empty());
    }
}

#[test]
fn a_hasty_finger_sends_one_request() {
    let terminal = at_the_faces(false);
    let (x, y) = place_of(&terminal, "非常满意");
    for _ in 0..3 {
        terminal.finger(x, y, TouchPhase::Started);
        terminal.finger(x, y, TouchPhase::Ended);
    }
    assert_eq!(sent(&terminal).level, Level::VerySatisfied);
}

#[test]
fn a_pushing_finger_scrolls_and_chooses_nothing() {
    let terminal = Terminal::new(PORTRAIT);
    terminal.show(Screen::Items { items: sample::items() });
    // What is pushed out of sight is not there.
    let first = || terminal.labelled("食品经营许可（示例）").len();
    assert_eq!(first(), 1);
    terminal.push(500.0, 1_300.0, 1_000.0);
    assert!(matches!(terminal.screen(), Screen::Items { .. }), "{:?}", terminal.screen());
    assert_eq!(first(), 0);
}

#[test]
fn whoever_does_not_push_finds_the_rest_by_a_button() {
    let terminal = Terminal::new(PORTRAIT);
    terminal.show(Screen::Items { items: sample::items() });
    while terminal.labelled("回到开头").is_empty() {
        terminal.tap("还有更多，往下看");
    }
    terminal.tap("个体工商户设立登记（示例）");
    let Screen::Guide { item, .. } = terminal.screen() else { panic!("{:?}", terminal.screen()) };
    assert_eq!(item.name, "个体工商户设立登记（示例）");
}

#[test]
fn keys_on_the_screen_write_and_correct() {
    let terminal = Terminal::new(PORTRAIT);
    terminal.show(sample::form(Vec::new(), Vec::new()));
    for key in
        ["中/英", "大写", "S", "H", "I", "X", "删除", "空格", "小写", "l", "i", "·", "大写", "A"]
    {
        terminal.tap(key);
    }
    assert_eq!(value(&terminal, "申请人（经办人）姓名"), "SHI li·A");
    terminal.tap("联系电话");
    terminal.tap("1");
    assert_eq!(value(&terminal, "联系电话"), "1");
    assert_eq!(value(&terminal, "申请人（经办人）姓名"), "SHI li·A");
}

fn value(terminal: &Terminal, label: &str) -> String {
    let fields = terminal.labelled(label);
    let values: Vec<_> = fields.iter().filter_map(|field| field.accessible_value()).collect();
    values.into_iter().find(|value| value != label).map(String::from).unwrap_or_default()
}

#[test]
fn looking_at_the_guide_once_more_costs_nothing_typed() {
    let terminal = Terminal::new(PORTRAIT);
    terminal.show(sample::form(Vec::new(), Vec::new()));
    terminal.type_text(NAME);
    terminal.tap("看指南");
    terminal.tap("开始填写");
    assert_eq!(value(&terminal, "申请人（经办人）姓名"), NAME);
}

#[test]
fn what_is_missing_is_shown_every_time_and_typed_above_the_keys() {
    let terminal = Terminal::new(PORTRAIT);
    let mut entries = sample::entries();
    entries.retain(|(id, _)| id != "kind");
    terminal.show(sample::form(entries, Vec::new()));
    // A choice was forgotten: no keys stand before it.
    for _ in 0..2 {
        terminal.tap("填好了");
        terminal.find("请填写");
        assert!(terminal.labelled("删除").is_empty());
        // Its word goes when it is made, and comes back when it is not.
        terminal.tap("联系电话");
        terminal.tap("1");
        terminal.tap("删除");
    }
    // The keys come from below: what is typed is not left behind them.
    terminal.tap("填好了");
    terminal.app.window().set_size(LogicalSize::new(1_080.0, 1_500.0));
    terminal.pass(Duration::from_secs(1));
    assert!(terminal.labelled("删除").is_empty());
    terminal.push(1_000.0, 700.0, 300.0);
    terminal.tap("成立日期");
    let field = terminal.find("成立日期");
    let keys = terminal.find("1").absolute_position().y;
    let bottom = field.absolute_position().y + field.size().height;
    assert!(bottom < keys, "{bottom} is below {keys}");
}

#[test]
fn nothing_is_copied_for_the_next_visitor() {
    let terminal = Terminal::new(PORTRAIT);
    terminal.show(sample::form(Vec::new(), Vec::new()));
    terminal.type_text(NAME);
    for shortcut in ["a", "c"] {
        terminal.shortcut(shortcut);
    }
    terminal.tap("联系电话");
    terminal.shortcut("v");
    assert_eq!(value(&terminal, "联系电话"), "");
}

#[test]
fn whoever_goes_back_or_is_refused_types_nothing_twice() {
    let terminal = Terminal::new(PORTRAIT);
    terminal.show(Screen::Confirm { item: sample::item(), entries: sample::entries() });
    terminal.tap("返回修改");
    assert_eq!(value(&terminal, "联系电话"), PHONE);
    terminal.show(sample::submitting());
    let problem = vec![("applicant_phone".to_owned(), "应为11位手机号码".to_owned())];
    terminal.answer(Event::Refused("填写的内容有误".into(), problem));
    terminal.find("应为11位手机号码");
    assert_eq!(value(&terminal, "联系电话"), PHONE);
    // The keys wait at what is wrong, and the word of it goes as soon as it is changed.
    terminal.tap("删除");
    assert_eq!(value(&terminal, "联系电话"), PHONE[..PHONE.len() - 1]);
    assert!(terminal.labelled("应为11位手机号码").is_empty());
}

#[test]
fn a_real_keyboard_moves_between_fields() {
    let terminal = Terminal::new(PORTRAIT);
    terminal.show(sample::form(Vec::new(), Vec::new()));
    terminal.type_text(NAME);
    terminal.type_text(&String::from(char::from(Key::Tab)));
    terminal.type_text("1");
    assert_eq!(value(&terminal, "联系电话"), "1");
    terminal.find("7");
}

#[test]
fn s01_nothing_of_a_visitor_is_left_for_the_next() {
    let terminal = Terminal::new(PORTRAIT);
    let fresh = terminal.picture();
    for leave in [Event::Left, Event::TimedOut] {
        terminal.show(sample::form(sample::entries(), Vec::new()));
        terminal.show(Screen::Confirm { item: sample::item(), entries: sample::entries() });
        terminal.find(NAME);
        terminal.answer(leave);
        assert_eq!(terminal.screen(), Screen::Attract);
        assert!(terminal.picture().as_slice() == fresh.as_slice(), "a trace on the screen");
        assert!(!kiosk::view::remembers(&terminal.app), "a trace in the window");
    }
}
