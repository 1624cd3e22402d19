//! The terminal as one of the fleet: whether it serves at all. Who is being served is not sent away by
//! it; what they ask for says the same soon enough.

use std::ops::ControlFlow::{self, Break, Continue};

use super::{Effect, Event};
use crate::{fleet::Admission, screen::Screen, service::register};

/// What an event does on a screen of this part; the two again if it is none.
pub(super) fn step(
    screen: Screen,
    event: Event,
) -> ControlFlow<(Screen, Option<Effect>), (Screen, Event)> {
    let Event::Stands(admission) = event else { return Continue((screen, event)) };
    if !screen.at_rest() {
        return Break((screen, None));
    }
    let screen = match admission {
        Admission::Stopped(words) => Screen::Stopped { words },
        Admission::Serves => Screen::Attract,
        // What was typed stays.
        Admission::Unregistered if matches!(screen, Screen::Staff(_)) => screen,
        Admission::Unregistered => register(),
    };
    Break((screen, None))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        content::Receipt,
        flow::{Shown, turn},
        language::Language,
        screen::{Comfort, Usual},
    };

    fn stopped() -> Event {
        Event::Stands(Admission::Stopped("终端检修中，请到窗口。".into()))
    }

    #[test]
    fn s04_a_stopped_terminal_says_so_at_rest_and_opens_by_itself() {
        let step = super::super::step;
        let (screen, none) = step(Screen::Attract, stopped());
        assert_eq!(none, None);
        assert_eq!(screen, Screen::Stopped { words: "终端检修中，请到窗口。".into() });
        for touched in [Event::Started, Event::LookUpTouched, Event::RetryTouched] {
            assert_eq!(step(screen.clone(), touched), (screen.clone(), None), "it serves nobody");
        }
        let (unregistered, _) = step(screen.clone(), Event::Stands(Admission::Unregistered));
        assert_eq!(unregistered, register());
        assert_eq!(step(screen, Event::Stands(Admission::Serves)), (Screen::Attract, None));
        // Who is being served is not sent away.
        let loading = (Screen::Loading, None);
        assert_eq!(step(Screen::Loading, stopped()), loading);
    }

    #[test]
    fn s04_a_visit_begins_and_waits_as_the_terminal_was_told() {
        let comfort = Comfort { elder: true, language: Language::Uyghur, ..Comfort::default() };
        let seconds = |n| Some(Duration::from_secs(n));
        let usual = Usual { comfort, idle: seconds(40), warning: seconds(7), thanks: seconds(9) };
        let (attract, _) = turn(Shown::new(), Event::Configured(usual));
        assert_eq!((attract.comfort, attract.patience()), (comfort, None), "nobody is there");
        let items = |shown| turn(shown, Event::ItemsCame(Vec::new())).0;
        let (begun, _) = turn(attract.clone(), Event::Started);
        let patience = items(begun.clone()).patience().unwrap();
        assert_eq!(
            (patience.quiet, patience.asking),
            (usual.idle.unwrap(), usual.warning.unwrap())
        );
        // A visitor's own choice ends with the visit, and what was told holds again.
        let (larger, _) = turn(begun.clone(), Event::ElderToggled);
        assert!(!larger.comfort.elder);
        assert_eq!(turn(larger, Event::Left).0, attract);
        let (choosing, _) = turn(attract.clone(), Event::ContrastToggled);
        let (later, _) = turn(choosing.clone(), Event::Configured(Usual::default()));
        assert_eq!(later.comfort, choosing.comfort, "whoever is choosing goes on");
        let rated = crate::content::Rated {
            project_number: String::new(),
            level: domain::level::Level::Satisfied,
            label: String::new(),
            agency_name: String::new(),
        };
        let (receipt, answering) = (Receipt::default(), Default::default());
        let thanks = Screen::Thanks { receipt, rated, answering };
        let patience = Shown { screen: thanks, ..begun }.patience().unwrap();
        assert_eq!(patience.quiet, usual.thanks.unwrap());
    }
}
