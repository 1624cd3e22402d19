//! A terminal that stands at a window (I19).

use domain::case::Stage;

use super::*;
use crate::{
    content::opinion::Reasons,
    flow::evaluator::Link,
    window::{Lost, Matter, Place},
};

fn matter(token: &str) -> Matter {
    Matter {
        token: token.into(),
        item_name: "示例事项".into(),
        stage: Stage::Completion,
        served_at: 1_795_313_040_000_000,
    }
}

fn shows(token: &str) -> Event {
    Event::Window(News::Shows(Some(matter(token))))
}

fn nothing() -> Event {
    Event::Window(News::Shows(None))
}

fn lost(why: Lost) -> Event {
    Event::Window(News::Lost(why))
}

/// An evaluator's events, and what they asked for.
fn plays(mut shown: Shown, events: Vec<Event>) -> (Shown, Vec<Effect>) {
    let mut asked = Vec::new();
    for event in events {
        let (next, effect) = turn(shown, event);
        asked.extend(effect);
        shown = next;
    }
    (shown, asked)
}

fn at_the_faces(token: &str, negative_needs_reason: bool) -> Shown {
    let came = Event::ChoicesCame(choices(negative_needs_reason));
    let (shown, asked) = plays(Shown::at_a_window(), vec![nothing(), shows(token), came]);
    assert_eq!(asked, [Effect::FetchChoices(token.into())]);
    assert!(matches!(shown.screen, Screen::Faces { .. }), "{shown:?}");
    shown
}

fn touched(level: Level) -> Event {
    Event::LevelChosen(level, "r".into())
}

#[test]
fn i19_an_evaluator_sleeps_until_something_can_be_rated_and_sleeps_again_when_it_is_gone() {
    let (asleep, asked) = plays(Shown::at_a_window(), vec![nothing()]);
    assert_eq!((&asleep.screen, asked.len()), (&Screen::Attract, 0));
    assert_eq!(asleep.patience(), None, "for as long as it takes");
    // Nothing begins here but a rating.
    let scanned = Event::Scanned("K7QM-2XHD".into());
    for event in [Event::Started, Event::LookUpTouched, scanned, Event::TimedOut, Event::Left] {
        assert_eq!(plays(asleep.clone(), vec![event]), (asleep.clone(), Vec::new()));
    }
    let faces = at_the_faces("t", false);
    assert_eq!(faces.screen.project_number(), Some(""), "nobody says it");
    // The next citizen, two minutes, or the rater's own telephone.
    let (gone, asked) = plays(faces, vec![nothing()]);
    assert_eq!((&gone.screen, asked), (&Screen::Attract, Vec::new()));
    assert_eq!(gone.patience(), None);
    // Also while the faces are still on their way, or do not come.
    for before in [vec![shows("t")], vec![shows("t"), Event::WentAway]] {
        let (gone, _) = plays(Shown::at_a_window(), [before, vec![nothing()]].concat());
        assert_eq!(gone.screen, Screen::Attract);
    }
}

#[test]
fn i19_the_next_citizens_faces_come_after_a_rest_and_in_nobody_elses_language() {
    let spoken = vec![Event::LanguageChosen(Language::Uyghur), Event::PrivateToggled];
    let (uyghur, _) = plays(at_the_faces("a", false), spoken);
    let (rests, asked) = plays(uyghur, vec![shows("b")]);
    assert_eq!(
        (&rests.screen, asked, rests.comfort),
        (&Screen::Attract, vec![], Comfort::default())
    );
    let rest = rests.patience().unwrap();
    assert!(rest.quiet >= Duration::from_secs(1) && rest.asking.is_zero(), "{rest:?}");
    let came = Event::ChoicesCame(choices(false));
    let (next, asked) = plays(rests, vec![Event::TimedOut, came]);
    assert_eq!(asked, [Effect::FetchChoices("b".into())]);
    let Screen::Faces { invitation, private, .. } = next.screen else { panic!("{next:?}") };
    assert_eq!((invitation.token.as_str(), private), ("b", false), "nothing is preselected");
}

#[test]
fn i19_whoever_chose_a_language_before_is_asked_in_it() {
    let before = vec![nothing(), Event::LanguageChosen(Language::Uyghur), shows("t")];
    let (woken, _) = plays(Shown::at_a_window(), before);
    assert_eq!(woken.comfort.language, Language::Uyghur);
}

#[test]
fn i04_a_level_that_was_touched_outlives_the_citizens_turn_at_the_window() {
    let reasons = Reasons::from(vec!["01".to_owned()]);
    for goes in [nothing(), shows("next")] {
        let said = vec![touched(Level::VeryDissatisfied), goes.clone()];
        let (overtaken, asked) = plays(at_the_faces("t", false), said);
        assert!(matches!(asked.as_slice(), [Effect::Keep(_)]), "{asked:?}");
        assert!(matches!(overtaken.screen, Screen::Reasons(_)), "they may be writing");
        // They are asked sooner, and what they wrote goes along.
        let usual = overtaken.screen.patience().unwrap();
        let short = overtaken.patience().unwrap();
        assert!(
            short.quiet < usual.quiet && short.asking < usual.asking && !short.asking.is_zero()
        );
        let (left, asked) = plays(overtaken, vec![Event::ReasonsLeft(reasons.clone())]);
        let [Effect::Deliver(rating)] = asked.as_slice() else { panic!("{asked:?}") };
        assert_eq!((rating.token.as_str(), &rating.tag_codes), ("t", &reasons.tag_codes));
        assert_eq!(left.screen, Screen::Attract);
        // The next one has waited long enough.
        assert_eq!(left.patience().is_some(), goes == shows("next"));
    }
    // While it is still their turn, nobody hurries them.
    let (alone, _) = plays(at_the_faces("t", false), vec![touched(Level::Dissatisfied)]);
    assert_eq!(alone.patience(), alone.screen.patience());
}

#[test]
fn i04_a_level_without_its_reason_is_asked_for_once_more_and_dropped_only_where_the_profile_says_so()
 {
    let said = vec![touched(Level::Dissatisfied), nothing()];
    let (overtaken, _) = plays(at_the_faces("t", true), said);
    assert!(!overtaken.patience().unwrap().asking.is_zero(), "asked before anything is lost");
    let (left, asked) = plays(overtaken, vec![Event::TimedOut]);
    assert_eq!((left.screen, asked), (Screen::Attract, Vec::new()));
}

#[test]
fn i19_what_was_rated_is_not_asked_for_again_though_the_services_do_not_know_it_yet() {
    let kept = vec![
        touched(Level::VeryDissatisfied),
        Event::ReasonsGiven(Reasons::default()),
        Event::Kept,
    ];
    let (thanks, asked) = plays(at_the_faces("t", false), kept);
    assert!(matches!(asked.as_slice(), [Effect::Keep(_), Effect::Rate(_)]), "{asked:?}");
    assert!(matches!(thanks.screen, Screen::Thanks { .. }));
    let back = vec![lost(Lost::Away), Event::TimedOut, shows("t")];
    let (asleep, asked) = plays(thanks.clone(), back);
    assert_eq!((&asleep.screen, asked, asleep.patience()), (&Screen::Attract, Vec::new(), None));
    assert_eq!(asleep.post.unwrap().matter, None, "nor may it be asked for");
    // Nothing to rate is what follows a rating: who rated reads the code in peace.
    let (told, _) = plays(thanks.clone(), vec![nothing()]);
    assert_eq!((&told.screen, told.patience()), (&thanks.screen, thanks.screen.patience()));
    // Until somebody else is served.
    let (overtaken, asked) = plays(thanks, vec![shows("next")]);
    assert_eq!(asked, Vec::new());
    assert!(overtaken.patience().unwrap().quiet < Duration::from_secs(30));
    let (rests, _) = plays(overtaken, vec![Event::TimedOut]);
    let (_, asked) = plays(rests, vec![Event::TimedOut]);
    assert_eq!(asked, [Effect::FetchChoices("next".into())]);
}

#[test]
fn i19_who_did_not_want_to_rate_may_still_change_their_mind_as_long_as_it_is_their_turn() {
    for leaves in [Event::Left, Event::TimedOut] {
        let (asleep, asked) = plays(at_the_faces("t", false), vec![leaves, shows("t")]);
        assert_eq!(
            (&asleep.screen, asked),
            (&Screen::Attract, Vec::new()),
            "they are not pestered"
        );
        assert_eq!(asleep.patience(), None);
        let (again, asked) = plays(asleep.clone(), vec![Event::Started]);
        assert_eq!(asked, [Effect::FetchChoices("t".into())]);
        assert!(matches!(again.screen, Screen::Inviting { .. }));
        for ends in [nothing(), lost(Lost::Away)] {
            let (_, asked) = plays(asleep.clone(), vec![ends, Event::Started]);
            assert_eq!(asked, Vec::new(), "the next citizen may stand there");
        }
    }
}

#[test]
fn i19_an_evaluator_says_why_it_watches_no_window_and_goes_on_when_it_does() {
    for why in [Lost::Away, Lost::Elsewhere, Lost::NoWindow, Lost::NotAdmitted] {
        let (asleep, _) = plays(Shown::at_a_window(), vec![lost(why)]);
        assert_eq!(asleep.post.as_ref().unwrap().link, Link::Lost(why));
        let (woken, asked) = plays(asleep, vec![shows("t")]);
        assert_eq!(asked, [Effect::FetchChoices("t".into())]);
        assert_eq!(woken.post.unwrap().link, Link::Watching);
    }
    // A cut changes nothing for whoever is rating, and nothing when it is over.
    let faces = at_the_faces("t", false);
    let (cut, asked) = plays(faces.clone(), vec![lost(Lost::Away), shows("t")]);
    assert_eq!((cut, asked), (faces, Vec::new()));
}

#[test]
fn i19_an_evaluator_out_of_use_asks_for_no_items_and_serves_again_by_itself() {
    let (closed, _) = plays(Shown::at_a_window(), vec![shows("t"), Event::NotAdmitted]);
    assert!(matches!(closed.screen, Screen::Closed { .. }));
    for event in [Event::TimedOut, Event::RetryTouched] {
        let (asleep, asked) = plays(closed.clone(), vec![event]);
        assert_eq!((asleep.screen, asked), (Screen::Attract, Vec::new()));
    }
}

#[test]
fn i19_where_it_stands_is_known_and_wakes_nobody() {
    let place = Place { window: "3号窗口".into(), code: "w".into() };
    let stands = || Event::Window(News::Stands(place.clone()));
    let (asleep, asked) = plays(Shown::at_a_window(), vec![nothing(), stands()]);
    assert_eq!((&asleep.screen, asked), (&Screen::Attract, Vec::new()));
    assert_eq!(asleep.post.unwrap().place, place);
    for (lost, known) in [(Lost::Away, true), (Lost::NoWindow, false), (Lost::NotAdmitted, false)] {
        let events = vec![stands(), Event::Window(News::Lost(lost))];
        let post = plays(Shown::at_a_window(), events).0.post.unwrap();
        assert_eq!(post.place == place, known, "{lost:?}");
    }
    let before = at_the_faces("t", false).screen;
    assert_eq!(plays(at_the_faces("t", false), vec![stands()]).0.screen, before);
}

#[test]
fn a_kiosk_hears_of_no_window() {
    for screen in [Screen::Attract, faces(false)] {
        let before = Shown { screen, ..Shown::new() };
        for event in [shows("t"), nothing(), lost(Lost::NoWindow)] {
            assert_eq!(turn(before.clone(), event), (before.clone(), None));
        }
    }
}
