//! The part of a visit that rates: from the faces to the thanks. What was touched is kept at once
//! and grows with what is said about it; it is sent when its rater is done, or gone.

use std::ops::ControlFlow::{self, Break, Continue};

use super::{Effect, Event, deliver};
use crate::{
    content::{Receipt, TouchedLevel, opinion::Answering},
    screen::Screen,
};

/// What an event does on a screen of this part; the two again if it is none.
pub(super) fn step(
    screen: Screen,
    event: Event,
) -> ControlFlow<(Screen, Option<Effect>), (Screen, Event)> {
    Break(match (screen, event) {
        (Screen::Faces { invitation, choices, private }, Event::PrivateToggled) => {
            let private = choices.private_allowed && !private;
            (Screen::Faces { invitation, choices, private }, None)
        }
        (Screen::Faces { invitation, choices, private }, Event::LevelChosen(level, request_id)) => {
            let given = TouchedLevel::new(invitation, choices, level, private, request_id);
            if given.asks() { keep(given, Screen::Reasons) } else { rate(given) }
        }
        (Screen::Reasons(given), Event::ReasonsGiven(reasons)) => match given.may_be_sent(&reasons)
        {
            true => rate(TouchedLevel { reasons, ..given }),
            false => (Screen::Reasons(given), None),
        },
        (Screen::Reasons(given), Event::QuestionsTouched(reasons)) => {
            if given.choices.questions.is_empty() || !given.may_be_sent(&reasons) {
                return Break((Screen::Reasons(given), None));
            }
            keep(TouchedLevel { reasons, ..given }, |given| Screen::Question { given, at: 0 })
        }
        // A visitor who walks away has still rated. Only if a reason is required and none was
        // given, the services would refuse the rating, and the screen has said so.
        (Screen::Reasons(given), Event::ReasonsLeft(reasons)) => {
            leave(TouchedLevel { reasons, ..given })
        }
        (Screen::Reasons(given), Event::Left | Event::TimedOut) => leave(given),
        (Screen::Reasons(given), Event::BackTouched) => {
            let taken_back = withdraw(&given);
            let TouchedLevel { invitation, choices, private, .. } = given;
            (Screen::Faces { invitation, choices, private }, taken_back)
        }
        (Screen::Question { mut given, at }, Event::Answered(value)) => {
            given.answer(at, &value);
            match at + 1 < given.choices.questions.len() {
                true => keep(given, |given| Screen::Question { given, at: at + 1 }),
                false => rate(given),
            }
        }
        (Screen::Question { mut given, at }, Event::AnswersGiven(value)) => {
            given.answer(at, &value);
            rate(given)
        }
        (Screen::Question { mut given, at }, Event::AnswersLeft(value)) => {
            given.answer(at, &value);
            leave(given)
        }
        (Screen::Question { given, .. }, Event::Left | Event::TimedOut) => leave(given),
        (Screen::Question { given, at }, Event::BackTouched) => match at.checked_sub(1) {
            Some(at) => (Screen::Question { given, at }, None),
            None => (Screen::Reasons(given), None),
        },
        (Screen::Sending { rated, .. }, Event::Rated(receipt)) => {
            let asks = receipt.received_at.filter(|_| rated.level.is_negative());
            let answering = Answering::default();
            (Screen::Thanks { receipt, rated, answering }, asks.map(Effect::AskFeedback))
        }
        // Its code comes with the services' answer, which nobody waits for.
        (Screen::Sending { rated, .. }, Event::Kept) => {
            let (receipt, answering) = (Receipt::default(), Answering::default());
            (Screen::Thanks { receipt, rated, answering }, None)
        }
        (Screen::Thanks { receipt, rated, answering }, Event::FeedbackCame(feedback)) => {
            let waits = Effect::AwaitTicket(receipt.code.clone());
            let answering = Answering { feedback: Some(feedback), ..answering };
            (Screen::Thanks { receipt, rated, answering }, Some(waits))
        }
        (Screen::Thanks { receipt, rated, answering }, Event::TicketCame(ticket)) => {
            let answering = Answering { ticket: Some(ticket), ..answering };
            (Screen::Thanks { receipt, rated, answering }, None)
        }
        other => return Continue(other),
    })
}

/// Goes on with a level that is kept as it is by now, if it could be sent so.
fn keep(
    mut given: TouchedLevel,
    on: impl FnOnce(TouchedLevel) -> Screen,
) -> (Screen, Option<Effect>) {
    if !given.may_be_sent(&given.reasons) {
        return (on(given), None);
    }
    given.kept = true;
    let (rating, _) = given.clone().into_rating();
    (on(given), Some(Effect::Keep(rating)))
}

fn rate(given: TouchedLevel) -> (Screen, Option<Effect>) {
    let (rating, rated) = given.into_rating();
    let effect = Effect::Rate(rating.clone());
    (Screen::Sending { rating, rated }, Some(effect))
}

fn leave(given: TouchedLevel) -> (Screen, Option<Effect>) {
    match given.may_be_sent(&given.reasons) {
        true => deliver(given.into_rating().0),
        false => (Screen::Attract, withdraw(&given)),
    }
}

fn withdraw(given: &TouchedLevel) -> Option<Effect> {
    given.kept.then(|| Effect::Withdraw(given.request_id.clone()))
}
