//! The slip of a screen: asked for by a touch, and forgotten with what stands on it.

use super::{Effect, Event};
use crate::{
    devices::{
        printer::{Outcome, Printing},
        slip::Slip,
    },
    screen::Screen,
};

/// What an event does to the slip of this screen, which stays; nothing if it is no event of a slip.
pub(super) fn step(
    screen: &Screen,
    printing: Printing,
    event: &Event,
) -> Option<(Printing, Option<Effect>)> {
    Some(match event {
        Event::PrintTouched => {
            // Once is enough, and once more if it did not come.
            let open = !matches!(printing, Printing::Busy | Printing::Done(Outcome::Printed));
            match Slip::of(screen).filter(|_| open) {
                Some(slip) => (Printing::Busy, Some(Effect::Print(slip))),
                None => (printing, None),
            }
        }
        Event::SlipCame(slip, outcome) => {
            // The one of an earlier screen comes out all the same.
            let this = printing == Printing::Busy && Slip::of(screen).as_ref() == Some(slip);
            (if this { Printing::Done(*outcome) } else { printing }, None)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        content::Case,
        flow::{Shown, turn},
    };

    fn result(number: &str) -> Screen {
        let case = Case { project_number: number.into(), ..Case::default() };
        Screen::Result { case }
    }

    fn touched(number: &str) -> (Shown, Slip) {
        let shown = Shown { screen: result(number), ..Shown::new() };
        let (shown, effect) = turn(shown, Event::PrintTouched);
        assert_eq!(shown.printing, Printing::Busy);
        let Some(Effect::Print(slip)) = effect else { panic!("{effect:?}") };
        (shown, slip)
    }

    #[test]
    fn a_slip_is_printed_once_and_tried_again_where_it_did_not_come() {
        let (shown, slip) = touched("1");
        let (shown, effect) = turn(shown, Event::PrintTouched);
        assert_eq!((shown.printing, effect), (Printing::Busy, None), "a second touch");
        let (away, _) = turn(shown.clone(), Event::SlipCame(slip.clone(), Outcome::NoPaper));
        assert_eq!(away.printing, Printing::Done(Outcome::NoPaper));
        let (_, effect) = turn(away, Event::PrintTouched);
        assert_eq!(effect, Some(Effect::Print(slip.clone())), "there is paper now");
        let (came, _) = turn(shown, Event::SlipCame(slip, Outcome::Printed));
        let (came, effect) = turn(came, Event::PrintTouched);
        assert_eq!((came.printing, effect), (Printing::Done(Outcome::Printed), None));
        assert_eq!(came.screen, result("1"), "and the page stays");
    }

    #[test]
    fn what_became_of_a_slip_is_forgotten_with_its_screen() {
        let (shown, slip) = touched("1");
        let (left, _) = turn(shown, Event::Left);
        assert_eq!(left, Shown::new());
        let (left, _) = turn(left, Event::SlipCame(slip.clone(), Outcome::Away));
        assert_eq!(left, Shown::new());
        let (next, _) = touched("2");
        let (next, _) = turn(next, Event::SlipCame(slip, Outcome::Printed));
        assert_eq!(next.printing, Printing::Busy, "an earlier one's");
        let (faces, effect) = turn(Shown { screen: Screen::Loading, ..next }, Event::PrintTouched);
        assert_eq!((faces.screen, effect), (Screen::Loading, None), "there is nothing to print");
    }
}
