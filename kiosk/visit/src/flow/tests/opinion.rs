//! Reasons, own words, questions, and what a rater is told of the answer.

use domain::item::QuestionKind;

use super::*;
use crate::content::{Rated, opinion::Question};

/// Faces of an item that asks two questions, with a tag for every level.
fn asking(negative_needs_reason: bool) -> Screen {
    let Screen::Faces { invitation, mut choices, private } = faces(negative_needs_reason) else {
        panic!("no faces")
    };
    for choice in &mut choices.levels {
        choice.tags = vec![("1".into(), "示例原因".into())];
    }
    let question = |id: &str, kind| Question { id: id.into(), text: "示例问题".into(), kind };
    choices.questions =
        vec![question("q1", QuestionKind::YesNo), question("q2", QuestionKind::Text)];
    Screen::Faces { invitation, choices, private }
}

fn words(words: &str) -> Reasons {
    Reasons { tag_codes: Vec::new(), words: words.into() }
}

fn chosen(level: Level) -> Event {
    Event::LevelChosen(level, "r".into())
}

fn sent(done: (Screen, Option<Effect>)) -> RatingToSend {
    match done {
        (Screen::Sending { rating, .. }, Some(Effect::Rate(same))) if rating == same => rating,
        (Screen::Attract, Some(Effect::Deliver(rating))) => rating,
        other => panic!("{other:?}"),
    }
}

#[test]
fn i04_a_good_level_with_reasons_to_choose_costs_as_many_touches_as_a_bad_one() {
    for level in Level::ALL {
        let (reasons, kept) = step(asking(false), chosen(level));
        let Screen::Reasons(given) = &reasons else { panic!("{reasons:?}") };
        let bare = given.clone().into_rating().0;
        assert_eq!(kept, Some(Effect::Keep(bare.clone())), "{level:?} is kept at the touch");
        let patience = reasons.patience().unwrap();
        assert_eq!(patience.asking.is_zero(), !level.is_negative());
        assert_eq!(sent(step(reasons.clone(), Event::ReasonsGiven(Reasons::default()))), bare);
        assert_eq!(sent(step(reasons, Event::TimedOut)), bare, "and counts if nobody is there");
    }
}

#[test]
fn i05_own_words_are_a_reason_and_are_no_longer_than_the_services_take() {
    let (reasons, kept) = step(asking(true), chosen(Level::VeryDissatisfied));
    assert_eq!(kept, None, "it would be refused as it is");
    for blank in ["", "  "] {
        let (still, none) = step(reasons.clone(), Event::ReasonsGiven(words(blank)));
        assert_eq!((&still, none), (&reasons, None));
        let left = step(reasons.clone(), Event::ReasonsLeft(words(blank)));
        assert_eq!(left, (Screen::Attract, None));
    }
    let told = sent(step(reasons.clone(), Event::ReasonsGiven(words(" 等了三个小时 "))));
    assert_eq!((told.words.as_str(), told.tag_codes.len()), ("等了三个小时", 0));
    let left = sent(step(reasons.clone(), Event::ReasonsLeft(words("等了三个小时"))));
    assert_eq!(left.words, "等了三个小时");
    let long = sent(step(reasons, Event::ReasonsGiven(words(&"长".repeat(600)))));
    assert_eq!(long.words.chars().count(), domain::rating::MAX_TEXT_CHARS);
}

#[test]
fn i23_questions_come_one_at_a_time_are_kept_as_they_are_answered_and_can_be_left_open() {
    let (reasons, _) = step(asking(false), chosen(Level::Dissatisfied));
    let tag: Reasons = vec!["1".to_owned()].into();
    let (first, kept) = step(reasons, Event::QuestionsTouched(tag));
    let Some(Effect::Keep(with_tag)) = kept else { panic!("{kept:?}") };
    assert_eq!((with_tag.tag_codes.len(), with_tag.answers.len()), (1, 0));
    assert!(matches!(first, Screen::Question { at: 0, .. }));
    assert!(first.patience().unwrap().asking.as_secs() > 0, "people think and write here");

    let (second, kept) = step(first.clone(), Event::Answered("yes".into()));
    let Some(Effect::Keep(grown)) = kept else { panic!("{kept:?}") };
    assert_eq!(grown.answers, [("q1".to_owned(), "yes".to_owned())]);
    let (changed, _) = play(second.clone(), vec![Event::BackTouched, Event::Answered("no".into())]);
    let all = sent(step(changed, Event::Answered("很方便".into())));
    let answers = [("q1".to_owned(), "no".to_owned()), ("q2".to_owned(), "很方便".to_owned())];
    assert_eq!(all.answers, answers, "the last answer to each");
    assert_eq!(all.request_id, "r");

    // Left open, broken off, and left.
    let none = play(first.clone(), vec![Event::Answered(String::new()); 2]);
    assert!(sent(none).answers.is_empty());
    assert_eq!(sent(step(second.clone(), Event::AnswersGiven("好".into()))).answers.len(), 2);
    assert_eq!(sent(step(second.clone(), Event::AnswersLeft("好".into()))).answers.len(), 2);
    for leaves in [Event::Left, Event::TimedOut] {
        assert_eq!(sent(step(second.clone(), leaves)).answers, answers_of(&second));
    }
    // Back to the reasons, where what was chosen still stands.
    let Screen::Reasons(given) = step(first, Event::BackTouched).0 else { panic!("elsewhere") };
    assert_eq!(given.reasons.tag_codes, ["1"]);
}

fn answers_of(screen: &Screen) -> Vec<(String, String)> {
    let Screen::Question { given, .. } = screen else { panic!("{screen:?}") };
    given.answers.clone()
}

#[test]
fn i05_no_question_comes_before_a_reason_that_is_demanded() {
    let (reasons, _) = step(asking(true), chosen(Level::Dissatisfied));
    let none = step(reasons.clone(), Event::QuestionsTouched(Reasons::default()));
    assert_eq!(none, (reasons.clone(), None));
    let given = Event::QuestionsTouched(words("慢"));
    let (back, _) = play(reasons, vec![given, Event::BackTouched]);
    // A reason that was kept and then taken back is not sent.
    let left = step(back, Event::ReasonsLeft(Reasons::default()));
    assert_eq!(left, (Screen::Attract, Some(Effect::Withdraw("r".into()))));
}

fn sending(level: Level) -> Screen {
    let (reasons, _) = step(faces(false), chosen(Level::Dissatisfied));
    let (sending, _) = step(reasons, Event::ReasonsGiven(Reasons::default()));
    let Screen::Sending { rating, rated } = sending else { panic!("{sending:?}") };
    Screen::Sending { rating, rated: Rated { level, ..rated } }
}

#[test]
fn i20_thanks_for_a_negative_rating_ask_until_when_it_is_answered_and_wait_for_its_ticket() {
    let receipt = Receipt { code: "K7".into(), received_at: Some(7), ..Receipt::default() };
    for level in Level::ALL {
        let (thanks, asks) = step(sending(level), Event::Rated(receipt.clone()));
        assert_eq!(asks, level.is_negative().then_some(Effect::AskFeedback(7)), "{level:?}");
        assert!(matches!(thanks, Screen::Thanks { .. }));
    }
    let (thanks, _) = step(sending(Level::Dissatisfied), Event::Rated(receipt));
    let (told, waits) = step(thanks, Event::FeedbackCame(Feedback::default()));
    assert_eq!(waits, Some(Effect::AwaitTicket("K7".into())));
    let ticket = Ticket { agency_name: "示例单位".into(), next_due_on: "2026-12-01".into() };
    let (told, none) = step(told, Event::TicketCame(ticket.clone()));
    let Screen::Thanks { answering, .. } = &told else { panic!("{told:?}") };
    assert_eq!((answering.ticket.as_ref(), answering.feedback.is_some()), (Some(&ticket), true));
    assert_eq!(none, None);
    // What is kept on the terminal has no receipt to ask by.
    assert_eq!(step(sending(Level::Dissatisfied), Event::Kept).1, None);
    // And a late answer shows nothing to the next visitor.
    let late = step(Screen::Attract, Event::TicketCame(ticket));
    assert_eq!(late, (Screen::Attract, None));
}
