//! Every interleaving of the fact protocol's steps, within bounds: a producer that goes back to
//! states it had before, its relays, a Redis that loses what it likes, and a consumer whose
//! replicas begin, stop and lag, and whose own store goes back, too. What decides is the code that
//! services run, `facts::history`; around it stands a small copy of relay, stream and follower.
//!
//! The protocol without one of its precautions is checked as well, and must fail: otherwise the
//! precaution is not needed, or this test would not notice.
//!
//! Three facts, one return and one replica show all that was found with more of each, up to five
//! facts, two returns, two relays and two replicas, and up to four million states at a time.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod consumer;
mod model;
mod places;
mod relay;

use stateright::{Checker, HasDiscoveries, Model as _};

use model::{
    A_RELAY_RESTS, AN_ANSWER_SETTLES_IT, NO_STRAYING, NOT_PAST_A_FORK, ONE_HISTORY, Protocol,
    Setting,
};

/// A producer that goes back once, a relay and a replica.
const RELAYED: Setting = Setting {
    protocol: Protocol::Whole,
    facts: 3,
    returns: 1,
    row_returns: false,
    relays: 1,
    replicas: 1,
    replays: false,
    strict: false,
};

/// A stream that has whatever was ever told, in place of one that relays can make: with fewer steps
/// in between, a consumer meets all that relays could do to it, and more.
const REPLAYED: Setting = Setting { relays: 0, replays: true, ..RELAYED };

/// Tries all there is, and finds that every property holds.
fn holds(settings: &[Setting]) {
    for setting in settings {
        let checker = setting.checker().spawn_bfs().join();
        checker.assert_properties();
        let (states, steps) = (checker.unique_state_count(), checker.state_count());
        eprintln!("{states} states, {steps} steps between them: {setting:?}");
    }
}

/// Tries until this property is found not to hold.
fn fails(setting: Setting, property: &'static str) {
    let until = HasDiscoveries::AnyOf([property].into());
    let checker = setting.checker().finish_when(until).spawn_bfs().join();
    let Some(path) = checker.discovery(property) else { panic!("not noticed: {setting:?}") };
    eprintln!("{:?}: not so that {property}: {:?}", setting.protocol, path.into_actions());
}

#[test]
fn no_interleaving_mixes_two_histories() {
    holds(&[Setting { returns: 2, ..RELAYED }]);
}

#[test]
fn neither_do_two_relays_or_two_replicas() {
    let relays = Setting { facts: 2, relays: 2, ..RELAYED };
    holds(&[relays, Setting { facts: 2, replicas: 2, ..REPLAYED }]);
}

#[test]
fn whoever_can_write_old_entries_can_delay_facts_but_not_mix_them() {
    let row_returns = Setting { row_returns: true, ..REPLAYED };
    holds(&[row_returns, Setting { facts: 2, replays: true, ..RELAYED }]);
}

#[test]
fn without_restores_nobody_stops() {
    let row_returns = Setting { returns: 0, row_returns: true, ..RELAYED };
    holds(&[row_returns, Setting { facts: 4, returns: 0, ..RELAYED }]);
}

#[test]
fn facts_that_go_on_by_position_alone_mix_histories() {
    for property in [ONE_HISTORY, NOT_PAST_A_FORK] {
        fails(Setting { protocol: Protocol::PositionsOnly, ..RELAYED }, property);
    }
}

#[test]
fn a_cursor_without_an_id_mixes_histories() {
    let setting = Setting { protocol: Protocol::CursorHasNoId, ..RELAYED };
    fails(setting, ONE_HISTORY);
    fails(setting, AN_ANSWER_SETTLES_IT);
}

#[test]
fn a_relay_that_does_not_look_back_mixes_histories() {
    fails(Setting { protocol: Protocol::RelayTrustsItself, ..RELAYED }, ONE_HISTORY);
}

#[test]
fn a_cursor_that_is_not_compared_as_a_whole_mixes_histories() {
    let two = Setting { facts: 2, returns: 0, replicas: 2, ..RELAYED };
    fails(Setting { protocol: Protocol::CursorIsNotCompared, ..two }, ONE_HISTORY);
    let one = Setting { row_returns: true, ..RELAYED };
    fails(Setting { protocol: Protocol::CursorComparedByPosition, ..one }, ONE_HISTORY);
}

#[test]
fn a_relay_that_overlooks_a_deleted_entry_is_refused_for_ever() {
    let setting = Setting { protocol: Protocol::RelayLooksAtEntriesOnly, returns: 0, ..RELAYED };
    fails(setting, A_RELAY_RESTS);
}

#[test]
fn a_new_replica_that_asks_too_little_believes_a_stream_of_the_past() {
    let small = [Protocol::NobodyIsAsked, Protocol::OneAnswerIsEnough, Protocol::AwayIsEmpty];
    for protocol in small {
        fails(Setting { protocol, ..RELAYED }, NO_STRAYING);
    }
    for protocol in [Protocol::FullReadingIsAll, Protocol::PartOfReadingIsAll] {
        fails(Setting { protocol, facts: 4, ..REPLAYED }, NO_STRAYING);
    }
    let protocol = Protocol::AnswersHaveNoPlace;
    fails(Setting { protocol, row_returns: true, ..REPLAYED }, NO_STRAYING);
}

/// What a relay had read before the producer went back, and Redis got after a replica had begun, is
/// applied, and found out later like what was applied before. To ask about each batch would prevent
/// that, at the price of a call for each.
#[test]
fn a_new_replica_can_be_deceived_only_by_what_was_on_its_way() {
    let strict = Setting { strict: true, ..RELAYED };
    fails(strict, NO_STRAYING);
    holds(&[Setting { protocol: Protocol::EachBatchIsAsked, ..strict }]);
}
