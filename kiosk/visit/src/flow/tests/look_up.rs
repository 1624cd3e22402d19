//! What became of a rating, by the code of its receipt.

use super::*;
use crate::content::receipt::LookedUp;

const CODE: &str = "K7QM-2XHD";

fn asking() -> (Screen, Option<Effect>) {
    play(Screen::Attract, vec![Event::LookUpTouched, Event::CodeGiven(CODE.into())])
}

#[test]
fn i20_a_rater_looks_up_by_the_receipts_code_what_became_of_their_rating() {
    let (looking, asks) = asking();
    assert_eq!(asks, Some(Effect::LookUp(CODE.into())));
    assert_eq!(looking.patience(), None, "the services answer in limited time");
    let found = LookedUp {
        level: Level::Dissatisfied,
        given_on: "2026-11-22".into(),
        stands: true,
        became: None,
    };
    let (shown, none) = step(looking, Event::LookedUp(found.clone()));
    assert_eq!((&shown, none), (&Screen::LookedUp { found: found.clone() }, None));
    // Another one, and none of it for the next visitor.
    let (again, _) = step(shown.clone(), Event::BackTouched);
    assert!(matches!(again, Screen::LookUp { code, .. } if code.is_empty()));
    for leaves in [Event::Left, Event::TimedOut] {
        assert_eq!(step(shown.clone(), leaves), (Screen::Attract, None));
    }
    assert_eq!(step(Screen::Attract, Event::LookedUp(found)), (Screen::Attract, None));
}

#[test]
fn i20_a_slip_in_the_code_is_said_and_what_was_typed_stays() {
    let typing = step(Screen::Attract, Event::LookUpTouched).0;
    let (short, none) = step(typing, Event::CodeGiven("K7QM".into()));
    let Screen::LookUp { code, problem } = &short else { panic!("{short:?}") };
    assert!(code == "K7QM" && problem.contains("8位") && none.is_none(), "nobody is asked");
    let (unknown, none) = step(asking().0, Event::Refused("没有这个凭证码".into(), Vec::new()));
    let kept = Screen::LookUp { code: CODE.into(), problem: "没有这个凭证码".into() };
    assert_eq!((unknown, none), (kept, None));
}

#[test]
fn i20_a_look_up_goes_on_by_itself_when_the_services_are_back() {
    let (offline, later) = step(asking().0, Event::WentAway);
    assert_eq!(later, Some(Effect::RetryLater));
    let due = step(offline.clone(), Event::RetryDue);
    assert_eq!(due, (offline.clone(), Some(Effect::LookUp(CODE.into()))));
    let (slip, _) = step(offline, Event::Refused("没有这个凭证码".into(), Vec::new()));
    assert!(matches!(slip, Screen::LookUp { .. }));
}
