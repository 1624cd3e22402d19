//! The part of a visit that asks what became of a rating (I20), by the code of its receipt.

use std::ops::ControlFlow::{self, Break, Continue};

use domain::rating::read_receipt_code;

use super::{Effect, Event};
use crate::{devices::scanner, screen::Screen};

/// What is said of something that is no code.
const PROBLEM: &str = "凭证码有8位字母和数字，请对照凭证再看一下。";

/// What an event does on a screen of this part; the two again if it is none.
pub(super) fn step(
    screen: Screen,
    event: Event,
) -> ControlFlow<(Screen, Option<Effect>), (Screen, Event)> {
    Break(match (screen, event) {
        (Screen::Attract, Event::LookUpTouched) | (Screen::LookedUp { .. }, Event::BackTouched) => {
            (Screen::LookUp { code: String::new(), problem: String::new() }, None)
        }
        (
            screen @ (Screen::Attract | Screen::LookUp { .. } | Screen::LookedUp { .. }),
            Event::Scanned(read),
        ) => {
            let code = scanner::receipt_code(&read).to_owned();
            match read_receipt_code(&code) {
                Some(_) => (Screen::LookingUp { code: code.clone() }, Some(Effect::LookUp(code))),
                // Something else that was held before it.
                None if !matches!(screen, Screen::LookUp { .. }) => (screen, None),
                None => (Screen::LookUp { code: String::new(), problem: PROBLEM.to_owned() }, None),
            }
        }
        (Screen::LookUp { .. }, Event::CodeGiven(code)) => match read_receipt_code(&code) {
            Some(_) => (Screen::LookingUp { code: code.clone() }, Some(Effect::LookUp(code))),
            None => (Screen::LookUp { code, problem: PROBLEM.to_owned() }, None),
        },
        (Screen::LookingUp { .. }, Event::LookedUp(found)) => (Screen::LookedUp { found }, None),
        // A slip, as a rule: what was typed stays.
        (Screen::LookingUp { code }, Event::Refused(problem, _)) => {
            (Screen::LookUp { code, problem }, None)
        }
        other => return Continue(other),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow;

    #[test]
    fn i20_a_receipts_qr_code_leads_to_what_became_of_its_rating() {
        let read = "https://example.gov.cn/my#K7QM-2XHD";
        let at = Screen::LookUp { code: String::new(), problem: String::new() };
        for screen in [Screen::Attract, at.clone()] {
            let (screen, effect) = flow::step(screen, Event::Scanned(read.to_owned()));
            assert_eq!(screen, Screen::LookingUp { code: "K7QM-2XHD".into() });
            assert_eq!(effect, Some(Effect::LookUp("K7QM-2XHD".into())));
        }
        let other = Event::Scanned("https://example.gov.cn/menu".to_owned());
        assert_eq!(flow::step(Screen::Attract, other.clone()), (Screen::Attract, None));
        let (screen, effect) = flow::step(at, other);
        assert_eq!(screen, Screen::LookUp { code: String::new(), problem: PROBLEM.into() });
        assert_eq!(effect, None);
        let (screen, _) = flow::step(Screen::Loading, Event::Scanned(read.to_owned()));
        assert_eq!(screen, Screen::Loading, "no visit is broken off by a code");
    }
}
