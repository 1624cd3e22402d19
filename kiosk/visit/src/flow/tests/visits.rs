//! Whole visits, event by event: what is on the screen after each, and what is asked for.

use domain::item::QuestionKind;

use super::*;
use crate::content::{
    opinion::{Question, Reasons},
    receipt::LookedUp,
};

/// An event, the screen after it, and what it asks for; empty: nothing.
type Step = (Event, &'static str, &'static str);

/// The name of a variant, without what it holds.
fn name(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    text.chars().take_while(|c| c.is_alphanumeric()).collect()
}

/// Goes through a visit from the attract screen, and returns all that was asked for. Whoever comes
/// next finds the terminal as it was.
fn go(visit: Vec<Step>) -> Vec<Effect> {
    let (mut shown, mut asked) = (Shown::new(), Vec::new());
    for (n, (event, screen, effect)) in visit.into_iter().enumerate() {
        let place = format!("{n}: {}", name(&event));
        let (next, wants) = turn(shown, event);
        assert_eq!(name(&next.screen), screen, "{place}");
        assert_eq!(wants.as_ref().map(name).unwrap_or_default(), effect, "{place}");
        shown = next;
        asked.extend(wants);
    }
    assert_eq!(shown, Shown::new(), "nothing of the visit is left");
    asked
}

fn entries() -> Vec<(String, String)> {
    vec![("applicant_name".into(), "示例".into())]
}

/// Up to the form that is filled in.
fn filled_in() -> Vec<Step> {
    vec![
        (Event::Started, "Loading", "FetchItems"),
        (Event::ItemsCame(vec![item()]), "Items", ""),
        (Event::ItemChosen("1".into()), "Guide", ""),
        (Event::ApplyTouched, "Form", ""),
        (Event::FormFilled(entries()), "Confirm", ""),
    ]
}

/// Up to the faces, of choices with reasons and questions.
fn rated() -> Vec<Step> {
    let mut choices = choices(false);
    for level in &mut choices.levels {
        level.tags = vec![("01".into(), "示例原因".into())];
    }
    let kinds = [("q1", QuestionKind::YesNo), ("q2", QuestionKind::Text)];
    let question = |(id, kind): (&str, QuestionKind)| {
        let (id, text) = (id.to_owned(), "示例问题".to_owned());
        Question { id, text, kind }
    };
    choices.questions = kinds.into_iter().map(question).collect();
    let on = vec![
        (Event::Confirmed("application".into()), "Submitting", "Submit"),
        (Event::Accepted(case()), "Result", "AwaitCompletion"),
        (Event::Completed("token".into()), "Inviting", "FetchChoices"),
        (Event::ChoicesCame(choices), "Faces", ""),
    ];
    [filled_in(), on].concat()
}

fn receipt() -> Receipt {
    Receipt { code: "K7QM-2XHD".into(), received_at: Some(1), ..Receipt::default() }
}

fn last(asked: &[Effect]) -> RatingToSend {
    let sent = asked.iter().rev().find_map(|effect| match effect {
        Effect::Rate(rating) | Effect::Deliver(rating) => Some(rating.clone()),
        _ => None,
    });
    sent.unwrap()
}

#[test]
fn i04_i05_i20_a_visit_that_ends_in_a_bad_rating_with_all_that_can_be_said() {
    let reasons = Reasons { tag_codes: vec!["01".into()], words: "等得太久".into() };
    let visit = vec![
        (Event::PrivateToggled, "Faces", ""),
        (Event::LevelChosen(Level::Dissatisfied, "first".into()), "Reasons", "Keep"),
        // Changed their mind: the first one is taken back, and another one kept.
        (Event::BackTouched, "Faces", "Withdraw"),
        (Event::LevelChosen(Level::VeryDissatisfied, "second".into()), "Reasons", "Keep"),
        (Event::HelpToggled, "Reasons", ""),
        (Event::HelpToggled, "Reasons", ""),
        (Event::QuestionsTouched(reasons.clone()), "Question", "Keep"),
        (Event::Answered("no".into()), "Question", "Keep"),
        (Event::BackTouched, "Question", ""),
        (Event::Answered("yes".into()), "Question", "Keep"),
        (Event::Answered("窗口太少".into()), "Sending", "Rate"),
        (Event::Rated(receipt()), "Thanks", "AskFeedback"),
        (Event::FeedbackCame(Feedback::default()), "Thanks", "AwaitTicket"),
        (Event::TicketCame(Ticket::default()), "Thanks", ""),
        (Event::TimedOut, "Attract", ""),
    ];
    let asked = go([rated(), visit].concat());
    let sent = last(&asked);
    let answers = [("q1", "yes"), ("q2", "窗口太少")];
    assert_eq!(sent.answers, answers.map(|(id, value)| (id.to_owned(), value.to_owned())));
    assert_eq!((sent.request_id.as_str(), sent.level), ("second", Level::VeryDissatisfied));
    assert!(sent.private && sent.words == reasons.words && sent.tag_codes == reasons.tag_codes);
    assert!(asked.contains(&Effect::Withdraw("first".into())));
}

#[test]
fn i04_a_visit_whose_visitor_touches_one_face_and_walks_away() {
    let visit = vec![
        (Event::LevelChosen(Level::VerySatisfied, "r".into()), "Reasons", "Keep"),
        (Event::ReasonsLeft(Reasons::default()), "Attract", "Deliver"),
    ];
    assert_eq!(last(&go([rated(), visit].concat())).level, Level::VerySatisfied);
}

#[test]
fn a_visit_in_which_the_network_goes_at_every_step_and_comes_back() {
    let form = [("applicant_name".to_owned(), "示例".to_owned())].to_vec();
    let visit = vec![
        (Event::Started, "Loading", "FetchItems"),
        (Event::WentAway, "Offline", "RetryLater"),
        (Event::RetryDue, "Offline", "FetchItems"),
        (Event::ItemsCame(vec![item()]), "Items", ""),
        (Event::ItemChosen("1".into()), "Guide", ""),
        (Event::ApplyTouched, "Form", ""),
        (Event::FormFilled(form), "Confirm", ""),
        (Event::Confirmed("application".into()), "Submitting", "Submit"),
        // It may be there already: only its applicant sends it again, and it is the same one.
        (Event::WentAway, "Offline", ""),
        (Event::RetryTouched, "Submitting", "Submit"),
        (Event::Accepted(case()), "Result", "AwaitCompletion"),
        (Event::WentAway, "Offline", "RetryLater"),
        (Event::RetryDue, "Offline", "AwaitCompletion"),
        (Event::Completed("token".into()), "Inviting", "FetchChoices"),
        (Event::WentAway, "Offline", "RetryLater"),
        (Event::RetryDue, "Offline", "FetchChoices"),
        (Event::ChoicesCame(choices(false)), "Faces", ""),
        (Event::LevelChosen(Level::VeryDissatisfied, "r".into()), "Reasons", "Keep"),
        (Event::ReasonsGiven(Reasons::default()), "Sending", "Rate"),
        (Event::WentAway, "Offline", "RetryLater"),
        (Event::RetryDue, "Offline", "Rate"),
        (Event::Kept, "Thanks", ""),
        (Event::Left, "Attract", ""),
    ];
    let asked = go(visit);
    let submitted: Vec<_> =
        asked.iter().filter(|effect| matches!(effect, Effect::Submit(_))).collect();
    assert!(submitted.len() == 2 && submitted[0] == submitted[1]);
    let rated: Vec<_> = asked.iter().filter(|effect| matches!(effect, Effect::Rate(_))).collect();
    assert!(rated.len() == 2 && rated[0] == rated[1]);
}

#[test]
fn a_visit_that_goes_back_and_forth_and_is_done_on_the_spot() {
    let wrong = vec![("applicant_name".to_owned(), "too long".to_owned())];
    let visit = vec![
        (Event::EntryTouched("applicant_name".into()), "Form", ""),
        (Event::FormPutAside(entries()), "Guide", ""),
        (Event::ApplyTouched, "Form", ""),
        (Event::FormFilled(Vec::new()), "Form", ""),
        (Event::FormFilled(entries()), "Confirm", ""),
        (Event::BackTouched, "Form", ""),
        (Event::FormFilled(entries()), "Confirm", ""),
        (Event::Confirmed("application".into()), "Submitting", "Submit"),
        (Event::Refused("姓名有误".into(), wrong), "Form", ""),
        (Event::FormFilled(entries()), "Confirm", ""),
        (Event::Confirmed("another".into()), "Submitting", "Submit"),
        (Event::Accepted(at_once()), "Result", ""),
        (Event::TimedOut, "Inviting", "FetchChoices"),
        (Event::ChoicesCame(choices(false)), "Faces", ""),
        // A good level of an item that asks nothing is sent at once.
        (Event::LevelChosen(Level::Satisfied, "r".into()), "Sending", "Rate"),
        (Event::Rated(receipt()), "Thanks", ""),
        (Event::Left, "Attract", ""),
    ];
    go([filled_in(), visit].concat());
}

#[test]
fn a_visit_after_which_the_case_is_completed_interrupts_nobody() {
    let on = vec![
        (Event::Confirmed("application".into()), "Submitting", "Submit"),
        (Event::Accepted(case()), "Result", "AwaitCompletion"),
        (Event::LanguageChosen(Language::English), "Result", ""),
        (Event::Left, "Attract", ""),
        (Event::Completed("token".into()), "Attract", ""),
    ];
    go([filled_in(), on].concat());
}

#[test]
fn a_visit_at_a_terminal_that_is_put_out_of_use_while_somebody_rates() {
    let visit = vec![
        (Event::LevelChosen(Level::Dissatisfied, "r".into()), "Reasons", "Keep"),
        (Event::ReasonsGiven(Reasons::default()), "Sending", "Rate"),
        (Event::NotAdmitted, "Closed", "Deliver"),
        (Event::TimedOut, "Closed", "FetchItems"),
        (Event::NotAdmitted, "Closed", ""),
        (Event::RetryTouched, "Closed", "FetchItems"),
        (Event::ItemsCame(vec![item()]), "Attract", ""),
    ];
    assert_eq!(last(&go([rated(), visit].concat())).level, Level::Dissatisfied);
}

#[test]
fn i20_a_visit_that_only_asks_what_became_of_a_rating() {
    let (given_on, level) = ("2026-11-22".to_owned(), Level::Dissatisfied);
    let found = LookedUp { level, given_on, stands: true, became: None };
    go(vec![
        (Event::ElderToggled, "Attract", ""),
        (Event::LookUpTouched, "LookUp", ""),
        (Event::CodeGiven("K7QM".into()), "LookUp", ""),
        (Event::CodeGiven("K7QM2XHD".into()), "LookingUp", "LookUp"),
        (Event::Refused("没有这个凭证码".into(), Vec::new()), "LookUp", ""),
        (Event::CodeGiven("K7QM2XHE".into()), "LookingUp", "LookUp"),
        (Event::LookedUp(found), "LookedUp", ""),
        (Event::BackTouched, "LookUp", ""),
        (Event::TimedOut, "Attract", ""),
    ]);
}
