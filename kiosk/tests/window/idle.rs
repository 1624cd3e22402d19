//! A terminal that nobody touches.

use std::time::Duration;

use domain::level::Level;
use i_slint_core::input::TouchPhase;
use visit::{
    flow::{Effect, Event},
    screen::Screen,
};

use crate::{
    sample,
    terminal::{PORTRAIT, Terminal},
};

fn at_the_form() -> (Terminal, Duration, Duration) {
    let terminal = Terminal::new(PORTRAIT);
    terminal.show(sample::form(sample::entries(), Vec::new()));
    let patience = terminal.screen().patience().unwrap();
    (terminal, patience.quiet, patience.asking)
}

const SECOND: Duration = Duration::from_secs(1);

fn asks(terminal: &Terminal) -> bool {
    !terminal.labelled("您还在吗？").is_empty()
}

#[test]
fn a_silent_visitor_is_asked_and_then_forgotten() {
    let (terminal, quiet, asking) = at_the_form();
    terminal.pass(quiet - 2 * SECOND);
    assert!(!asks(&terminal), "too early");
    terminal.pass(2 * SECOND);
    assert!(asks(&terminal));
    terminal.pass(asking - 2 * SECOND);
    assert!(asks(&terminal), "too early");
    terminal.pass(3 * SECOND);
    assert_eq!(terminal.screen(), Screen::Attract);
    assert!(!asks(&terminal) && !kiosk::view::remembers(&terminal.app));
}

#[test]
fn whoever_answers_goes_on_where_they_were() {
    let (terminal, quiet, asking) = at_the_form();
    terminal.pass(quiet + SECOND);
    let before = terminal.screen();
    terminal.tap("继续办理");
    assert!(!asks(&terminal));
    terminal.pass(asking + SECOND);
    assert_eq!(terminal.screen(), before);
    terminal.pass(quiet - asking);
    assert!(asks(&terminal), "and is asked again");
    terminal.tap("现在退出");
    assert_eq!(terminal.screen(), Screen::Attract);
}

#[test]
fn a_key_or_a_touch_anywhere_answers_too() {
    let (terminal, quiet, _) = at_the_form();
    terminal.pass(quiet + SECOND);
    assert!(asks(&terminal));
    terminal.type_text("1");
    assert!(!asks(&terminal), "a key");
    terminal.pass(quiet + SECOND);
    assert!(asks(&terminal));
    terminal.tap_at(500.0, 300.0);
    assert!(!asks(&terminal), "a touch");
    assert!(matches!(terminal.screen(), Screen::Form { .. }));
}

#[test]
fn touches_and_keys_show_that_someone_is_there() {
    let (terminal, quiet, _) = at_the_form();
    for n in 0..3_u8 {
        terminal.pass(quiet - 2 * SECOND);
        // On nothing in particular; another place each time, as fingers are.
        let x = 500.0 + f32::from(n);
        terminal.finger(x, 75.0, TouchPhase::Started);
        terminal.finger(x, 75.0, TouchPhase::Ended);
        assert!(!asks(&terminal), "touch {n}");
    }
    for n in 0..3 {
        terminal.pass(quiet - 2 * SECOND);
        terminal.type_text("1");
        assert!(!asks(&terminal), "key {n}");
    }
    terminal.pass(quiet + SECOND);
    assert!(asks(&terminal));
}

#[test]
fn thanks_are_said_for_a_while_and_nobody_is_asked() {
    let terminal = Terminal::new(PORTRAIT);
    terminal.show(sample::thanks(Level::Satisfied));
    let quiet = terminal.screen().patience().unwrap().quiet;
    terminal.pass(quiet - 2 * SECOND);
    assert_eq!(terminal.screen(), sample::thanks(Level::Satisfied));
    terminal.pass(3 * SECOND);
    assert_eq!(terminal.screen(), Screen::Attract);
}

#[test]
fn a_rating_that_did_not_arrive_is_sent_again_by_itself_as_it_was() {
    let terminal = Terminal::new(PORTRAIT);
    terminal.show(sample::offline());
    let Screen::Offline { again: Effect::Rate(rating), .. } = sample::offline() else {
        panic!("no rating")
    };
    terminal.answer(Event::RetryDue);
    assert_eq!(terminal.asked(), [Effect::Rate(rating.clone())]);
    assert_eq!(terminal.screen(), sample::offline(), "its rater waits for the receipt");
    let patience = terminal.screen().patience().unwrap();
    terminal.pass(patience.quiet + patience.asking + SECOND);
    assert_eq!(terminal.asked(), [Effect::Deliver(rating)]);
    assert_eq!(terminal.screen(), Screen::Attract, "and the terminal is free");
}
