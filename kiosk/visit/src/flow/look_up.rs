//! The part of a visit that asks what became of a rating (I20), by the code of its receipt.

use std::ops::ControlFlow::{self, Break, Continue};

use domain::rating::read_receipt_code;

use super::{Effect, Event};
use crate::screen::Screen;

/// What an event does on a screen of this part; the two again if it is none.
pub(super) fn step(
    screen: Screen,
    event: Event,
) -> ControlFlow<(Screen, Option<Effect>), (Screen, Event)> {
    Break(match (screen, event) {
        (Screen::Attract, Event::LookUpTouched) | (Screen::LookedUp { .. }, Event::BackTouched) => {
            (Screen::LookUp { code: String::new(), problem: String::new() }, None)
        }
        (Screen::LookUp { .. }, Event::CodeGiven(code)) => match read_receipt_code(&code) {
            Some(_) => (Screen::LookingUp { code: code.clone() }, Some(Effect::LookUp(code))),
            None => {
                let problem = "凭证码有8位字母和数字，请对照凭证再看一下。".to_owned();
                (Screen::LookUp { code, problem }, None)
            }
        },
        (Screen::LookingUp { .. }, Event::LookedUp(found)) => (Screen::LookedUp { found }, None),
        // A slip, as a rule: what was typed stays.
        (Screen::LookingUp { code }, Event::Refused(problem, _)) => {
            (Screen::LookUp { code, problem }, None)
        }
        other => return Continue(other),
    })
}
