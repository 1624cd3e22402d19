//! Every screen that can be reached, and every event on it: no way leads nowhere, and no rating is
//! lost on any.

use std::collections::{HashSet, VecDeque};

use domain::case::Stage;

use super::*;
use crate::{
    content::opinion::Reasons,
    window::{Lost, Matter},
};

/// What can happen to a terminal; nothing here knows what is on the screen.
fn events() -> Vec<Event> {
    let matter = |token: &str| Matter {
        token: token.into(),
        item_name: "示例事项".into(),
        stage: Stage::Completion,
        served_at: 0,
    };
    let entries = vec![("applicant_name".to_owned(), "示例".to_owned())];
    let receipt = Receipt { code: "K7QM-2XHD".into(), received_at: Some(1), ..Receipt::default() };
    vec![
        Event::Started,
        Event::LookUpTouched,
        Event::CodeGiven("K7QM2XHD".into()),
        Event::ItemsCame(vec![item()]),
        Event::ItemChosen("1".into()),
        Event::ItemChosen("unknown".into()),
        Event::ApplyTouched,
        Event::FormFilled(entries.clone()),
        Event::FormFilled(Vec::new()),
        Event::FormPutAside(entries),
        Event::EntryTouched("applicant_name".into()),
        Event::Confirmed("r".into()),
        Event::Accepted(case()),
        Event::Accepted(at_once()),
        Event::Completed("token".into()),
        Event::RateTouched,
        Event::ChoicesCame(asks()),
        Event::PrivateToggled,
        Event::LevelChosen(Level::Satisfied, "good".into()),
        Event::LevelChosen(Level::VeryDissatisfied, "bad".into()),
        Event::ReasonsGiven(Reasons::default()),
        Event::ReasonsLeft(Reasons::from(vec!["01".to_owned()])),
        Event::QuestionsTouched(Reasons::default()),
        Event::Answered("yes".into()),
        Event::AnswersGiven(String::new()),
        Event::AnswersLeft("no".into()),
        Event::Rated(receipt),
        Event::FeedbackCame(Feedback::default()),
        Event::TicketCame(Ticket::default()),
        Event::Kept,
        Event::NotKept("未能保存".into()),
        Event::Refused("不能办理".into(), Vec::new()),
        Event::WentAway,
        Event::NotAdmitted,
        Event::RetryTouched,
        Event::RetryDue,
        Event::BackTouched,
        Event::Left,
        Event::TimedOut,
        Event::Window(News::Shows(None)),
        Event::Window(News::Shows(Some(matter("a")))),
        Event::Window(News::Shows(Some(matter("b")))),
        Event::Window(News::Lost(Lost::Away)),
    ]
}

fn asks() -> crate::content::Choices {
    let question = crate::content::opinion::Question {
        id: "q1".into(),
        text: "示例问题".into(),
        kind: domain::item::QuestionKind::YesNo,
    };
    Choices { questions: vec![question], ..choices(false) }
}

/// The request of the rating that a screen holds.
fn holds(screen: &Screen) -> Option<&str> {
    match screen {
        Screen::Reasons(given) | Screen::Question { given, .. } => Some(&given.request_id),
        Screen::Sending { rating, .. } => Some(&rating.request_id),
        Screen::Offline { from, .. } => holds(from),
        _ => None,
    }
}

/// Goes everywhere from a terminal; returns how many states there are.
fn everywhere(from: Shown) -> usize {
    let mut seen = HashSet::from([format!("{from:?}")]);
    let mut waiting = VecDeque::from([from]);
    while let Some(shown) = waiting.pop_front() {
        // Either somebody is waited for, or an answer, or nobody.
        let waits = shown.patience().is_some() || pending(&shown.screen).is_some();
        assert!(waits || shown.screen == Screen::Attract, "for nothing: {shown:?}");
        home(&shown);
        for event in events() {
            let (next, effect) = turn(shown.clone(), event.clone());
            keeps(&shown, &event, &next, effect.as_ref());
            if seen.insert(format!("{next:?}")) {
                waiting.push_back(next);
            }
        }
        assert!(seen.len() < 100_000, "there is no end of them");
    }
    seen.len()
}

/// Whoever leaves is out at once, unless the terminal is closed; nothing of theirs is left.
fn home(shown: &Shown) {
    let (left, _) = turn(shown.clone(), Event::Left);
    assert_eq!(left.screen, Screen::Attract, "{shown:?}");
    assert_eq!(left.comfort, Comfort::default());
}

/// A rating that was given goes on: it is on the screen, or on its way, or was taken back, or
/// answered.
fn keeps(before: &Shown, event: &Event, after: &Shown, effect: Option<&Effect>) {
    let Some(request_id) = holds(&before.screen) else { return };
    let on_its_way = match effect {
        Some(Effect::Rate(rating) | Effect::Deliver(rating)) => rating.request_id == request_id,
        Some(Effect::Withdraw(taken_back)) => taken_back == request_id,
        _ => false,
    };
    let answered = matches!(event, Event::Rated(_) | Event::Kept | Event::Refused(..));
    let held = holds(&after.screen) == Some(request_id);
    assert!(held || on_its_way || answered, "{event:?} on {before:?} loses it: {after:?}");
}

#[test]
fn i04_no_screen_of_a_kiosk_is_a_dead_end_and_none_loses_a_rating() {
    assert!(everywhere(Shown::new()) > 40);
}

#[test]
fn i04_i19_no_screen_of_an_evaluator_is_a_dead_end_and_none_loses_a_rating() {
    assert!(everywhere(Shown::at_a_window()) > 40);
}
