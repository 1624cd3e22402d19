//! Why a rating is what it is: reasons, own words, questions.

use std::time::Duration;

use domain::level::Level;
use i_slint_core::input::TouchPhase;
use visit::{
    content::{RatingToSend, receipt::Progress},
    flow::{Effect, Event},
    screen::Screen,
};

use crate::{
    sample,
    terminal::{PORTRAIT, Terminal},
};

/// A terminal at the faces of an item that asks questions.
fn at_the_faces(negative_needs_reason: bool) -> Terminal {
    let terminal = Terminal::new(PORTRAIT);
    let (invitation, choices) = (sample::invitation(), sample::asking(negative_needs_reason));
    terminal.show(Screen::Faces { invitation, choices, private: false });
    terminal
}

/// What was kept so far, and what was sent or left to be delivered.
fn asked(terminal: &Terminal) -> (Vec<RatingToSend>, Vec<RatingToSend>) {
    let (mut kept, mut sent) = (Vec::new(), Vec::new());
    for effect in terminal.asked() {
        match effect {
            Effect::Keep(rating) => kept.push(rating),
            Effect::Rate(rating) | Effect::Deliver(rating) => sent.push(rating),
            other => panic!("{other:?}"),
        }
    }
    (kept, sent)
}

#[test]
fn i05_own_words_are_typed_or_touched_and_are_a_reason() {
    let terminal = at_the_faces(true);
    terminal.tap("不满意");
    assert_eq!(terminal.find("提交评价").accessible_enabled(), Some(false));
    terminal.tap("其他，我来写");
    // The keys wait at once, and what others say takes one touch.
    terminal.type_text("窗口的字太小");
    terminal.tap("等候时间太长");
    terminal.type_text("了");
    let written = "窗口的字太小，等候时间太长了";
    let left = 500 - written.chars().count();
    terminal.find(&format!("还可以写 {left} 个字"));
    terminal.tap("写好了");
    terminal.find("其他：已写好");
    // They can be changed, and blanks are no reason.
    terminal.tap("其他：已写好");
    terminal.tap("删除");
    terminal.tap("写好了");
    terminal.tap("提交评价");
    let (kept, sent) = asked(&terminal);
    assert!(kept.is_empty(), "as it was touched it could not be sent");
    assert_eq!(sent[0].words, "窗口的字太小，等候时间太长");
    assert!(sent[0].tag_codes.is_empty() && sent.len() == 1);

    let terminal = terminal_again(&terminal);
    terminal.tap("不满意");
    terminal.tap("其他，我来写");
    terminal.type_text("  ");
    terminal.tap("写好了");
    assert_eq!(terminal.find("提交评价").accessible_enabled(), Some(false));
}

/// The same terminal, at the faces once more.
fn terminal_again(terminal: &Terminal) -> &Terminal {
    let (invitation, choices) = (sample::invitation(), sample::asking(true));
    terminal.show(Screen::Faces { invitation, choices, private: false });
    terminal
}

#[test]
fn i05_words_are_no_longer_than_the_services_take() {
    let terminal = at_the_faces(false);
    terminal.tap("非常不满意");
    terminal.tap("其他，我来写");
    terminal.type_text(&"长".repeat(600));
    terminal.find("还可以写 0 个字");
    terminal.type_text("了");
    terminal.tap("写好了");
    terminal.tap("提交评价");
    let (_, sent) = asked(&terminal);
    assert_eq!(sent[0].words, "长".repeat(500));
}

#[test]
fn i04_words_half_written_go_along_when_their_writer_walks_away() {
    let terminal = at_the_faces(true);
    terminal.tap("不满意");
    terminal.tap("其他，我来写");
    terminal.type_text("等了三个小时");
    let patience = terminal.screen().patience().unwrap();
    terminal.pass(patience.quiet + Duration::from_millis(200));
    terminal.find(&format!("{} 秒后将退出，您的评价照常提交。", patience.asking.as_secs()));
    terminal.pass(patience.asking + Duration::from_secs(1));
    assert_eq!(terminal.screen(), Screen::Attract);
    let (_, sent) = asked(&terminal);
    assert_eq!((sent.len(), sent[0].words.as_str()), (1, "等了三个小时"));
    assert!(!kiosk::view::remembers(&terminal.app), "and none of it stays in the window");
}

#[test]
fn i23_questions_come_one_at_a_time_and_can_be_skipped() {
    let terminal = at_the_faces(false);
    terminal.tap("基本满意");
    terminal.find("您为什么这样评？");
    terminal.tap("可以就近办理");
    terminal.tap("回答 3 个小问题");
    terminal.find("第 1 题，共 3 题。不想答，可以跳过。");
    // The second of two quick taps answers no other question.
    let yes = terminal.find("是");
    let (at, size) = (yes.absolute_position(), yes.size());
    let (x, y) = (at.x + size.width / 2.0, at.y + size.height / 2.0);
    for _ in 0..2 {
        terminal.finger(x, y, TouchPhase::Started);
        terminal.finger(x, y, TouchPhase::Ended);
        terminal.pass(Duration::from_millis(150));
    }
    terminal.pass(Duration::from_secs(1));
    terminal.find("第 2 题，共 3 题。不想答，可以跳过。");
    terminal.tap("上一题");
    terminal.tap("否");
    terminal.tap("跳过");
    terminal.find("第 3 题，共 3 题。不想答，可以跳过。");
    terminal.type_text("增加窗口");
    terminal.tap("提交评价");
    let (kept, sent) = asked(&terminal);
    let answers = [("q1", "no"), ("q3", "增加窗口")].map(|(id, v)| (id.to_owned(), v.to_owned()));
    assert_eq!((sent.len(), &sent[0].answers), (1, &answers.to_vec()));
    assert_eq!(
        (sent[0].level, &sent[0].tag_codes),
        (Level::BasicallySatisfied, &vec!["p3".to_owned()])
    );
    assert!(kept.len() >= 3, "each step is kept, should the terminal stop: {kept:?}");
    assert!(kept.iter().all(|rating| rating.request_id == sent[0].request_id));
}

#[test]
fn i23_whoever_has_enough_of_questions_submits_at_once() {
    let terminal = at_the_faces(false);
    for label in ["不答了，直接提交“不满意”", "退出，照常提交"] {
        let terminal = terminal_again(&terminal);
        terminal.tap("不满意");
        terminal.tap("业务不熟练");
        terminal.tap("回答 3 个小问题");
        terminal.tap("是");
        terminal.tap(label);
        let (_, sent) = asked(terminal);
        assert_eq!(sent[0].answers, [("q1".to_owned(), "yes".to_owned())], "{label}");
    }
    assert_eq!(terminal.screen(), Screen::Attract);
}

#[test]
fn i20_the_day_and_the_ticket_come_while_the_thanks_are_read() {
    let terminal = Terminal::new(PORTRAIT);
    terminal.show(sample::thanks(Level::Dissatisfied));
    let rule = "昌吉市示例市场监督管理局会核实，并在规定的期限内向您反馈。";
    terminal.find(rule);
    let Screen::Thanks { answering, .. } = sample::answered(Level::Dissatisfied) else { panic!() };
    terminal.answer(Event::FeedbackCame(answering.feedback.unwrap()));
    assert!(matches!(terminal.asked().as_slice(), [Effect::AwaitTicket(_)]));
    terminal.find("最晚 11月27日 星期五 向您反馈");
    assert!(terminal.labelled(rule).is_empty());
    // How it was counted, for whoever counts along, and for whoever hears it.
    terminal.find("从次日起数 5 个工作日，到 11月27日 星期五");
    terminal.find("正在立案……");
    terminal.answer(Event::TicketCame(answering.ticket.unwrap()));
    terminal.find("已经立案，下一步最晚11月23日。");
    terminal.find("K7QM-2XHD");
}

#[test]
fn i20_what_became_of_a_rating_is_looked_up_by_its_code_from_the_attract_screen() {
    let terminal = Terminal::new(PORTRAIT);
    terminal.tap("查评价处理结果");
    assert_eq!(terminal.find("查询").accessible_enabled(), Some(false));
    for key in ["K", "7", "Q", "L", "删除", "M", "2", "X", "H", "D", "D"] {
        terminal.tap(key);
    }
    terminal.tap("查询");
    assert_eq!(terminal.asked(), [Effect::LookUp("K7QM2XHD".into())]);
    // A slip is said where it was made.
    terminal.answer(Event::Refused("没有这个凭证码，请核对。".into(), Vec::new()));
    terminal.find("没有这个凭证码，请核对。");
    // A scanner types like a keyboard, with the dash.
    for _ in 0..8 {
        terminal.tap("删除");
    }
    assert!(terminal.labelled("没有这个凭证码，请核对。").is_empty(), "it is being mended");
    for key in ["k", "7", "q", "m", "-", "2", "x", "h", "d", "\n"] {
        terminal.type_text(key);
    }
    assert_eq!(terminal.asked(), [Effect::LookUp("K7QM2XHD".into())]);
    terminal.answer(Event::LookedUp(sample::found()));
    terminal.find("第 2 步，共 4 步：核实整改");
    terminal.find("11月27日 星期五");
    let mut ended = sample::found();
    ended.became.as_mut().unwrap().progress = Progress::Closed;
    terminal.show(Screen::LookedUp { found: ended });
    terminal.find("全部完成");
    terminal.tap("退出");
    assert_eq!(terminal.screen(), Screen::Attract);
    assert!(!kiosk::view::remembers(&terminal.app));
}

#[test]
fn i05_no_more_reasons_are_chosen_than_the_services_take() {
    let terminal = Terminal::new((1_080.0, 3_000.0));
    let mut choices = sample::choices(false);
    let tag = |n: usize| (format!("t{n}"), format!("示例原因{n}"));
    choices.levels[3].tags = (0..10).map(tag).collect();
    terminal.show(Screen::Reasons(sample::touched(choices, Level::Dissatisfied)));
    for n in 0..9 {
        terminal.tap(&format!("示例原因{n}"));
    }
    assert_eq!(terminal.find("示例原因8").accessible_checked(), Some(false), "one too many");
    terminal.tap("示例原因0");
    terminal.tap("示例原因9");
    terminal.tap("提交评价");
    let (_, sent) = asked(&terminal);
    assert_eq!(sent[0].tag_codes, ["t1", "t2", "t3", "t4", "t5", "t6", "t7", "t9"]);
}
