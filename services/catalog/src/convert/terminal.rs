//! Terminals on the wire: what they say, what they should show, how they are.

use std::collections::BTreeSet;

use domain::{
    codes::ItemCode,
    organization::Unit,
    terminal::{Condition, Heard, screen_error, software_version},
    violation::Violations,
};
use jiff::{SignedDuration, Timestamp};
use platform::{clock::instant, convert::to_wire, status::Failure};
use prost::Message as _;
use proto::{
    catalog::v1::{
        Terminal, TerminalCondition, TerminalConfiguration, TerminalHealth, TerminalMode,
        TerminalState, TerminalTheme,
    },
    r#type::v1::TerminalStopReason,
};
use sha2::{Digest as _, Sha256};

use crate::entity::terminal::{self, ACTIVE, STOPPED};

/// The most languages and items of a configuration.
const MAX_LANGUAGES: usize = 16;
const MAX_ITEMS: usize = 200;
/// The longest tag of a language (BCP 47 knows no limit; ours have ten characters).
const MAX_LANGUAGE: usize = 35;

/// Where a terminal stands today: its unit, and the name of its hall.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) unit: Unit,
    pub(crate) hall_name: String,
}

/// Checks a configuration and takes out what the organisation says.
pub(crate) fn configuration(
    wrong: &mut Violations,
    asked: TerminalConfiguration,
) -> TerminalConfiguration {
    let mode = TerminalMode::try_from(asked.mode).map_err(|_| "is no mode");
    wrong.take("configuration.mode", mode);
    let theme = TerminalTheme::try_from(asked.theme).map_err(|_| "is no theme");
    wrong.take("configuration.theme", theme);
    for (field, seconds, (least, most)) in [
        ("idle_seconds", asked.idle_seconds, (10, 600)),
        ("warning_seconds", asked.warning_seconds, (5, 120)),
        ("thanks_seconds", asked.thanks_seconds, (5, 120)),
    ] {
        let within = seconds == 0 || (least..=most).contains(&seconds);
        let description = format!("is neither 0 nor {least} to {most}");
        wrong.require(within, &format!("configuration.{field}"), &description);
    }
    let few = asked.languages.len() <= MAX_LANGUAGES;
    wrong.require(few, "configuration.languages", "are more than 16");
    let mut known = BTreeSet::new();
    for (n, language) in asked.languages.iter().enumerate().take(MAX_LANGUAGES) {
        let is_new = known.insert(language.as_str());
        let field = format!("configuration.languages[{n}]");
        wrong.require(is_language(language) && is_new, &field, "is no language tag, or one twice");
    }
    let few = asked.item_codes.len() <= MAX_ITEMS;
    wrong.require(few, "configuration.item_codes", "are more than 200");
    let mut known = BTreeSet::new();
    for (n, code) in asked.item_codes.iter().enumerate().take(MAX_ITEMS) {
        let is_new = known.insert(code.as_str());
        let field = format!("configuration.item_codes[{n}]");
        wrong.require(
            ItemCode::parse(code).is_ok() && is_new,
            &field,
            "is no item code, or one twice",
        );
    }
    TerminalConfiguration {
        version: String::new(),
        region_code: String::new(),
        hall_id: String::new(),
        hall_name: String::new(),
        window_id: String::new(),
        ..asked
    }
}

/// Whether a text has the form of a language tag (BCP 47).
fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let first = parts.next().unwrap_or_default();
    let is_first = (2..=3).contains(&first.len()) && first.bytes().all(|c| c.is_ascii_lowercase());
    let is_part = |part: &str| {
        (2..=8).contains(&part.len()) && part.bytes().all(|c| c.is_ascii_alphanumeric())
    };
    is_first && tag.len() <= MAX_LANGUAGE && parts.all(is_part)
}

/// What a terminal should show: what is kept of it, and what the organisation says.
pub(crate) fn shown(
    row: &terminal::Model,
    place: &Place,
) -> Result<TerminalConfiguration, Failure> {
    let wrong =
        |why: prost::DecodeError| Failure::Internal(format!("terminal {}: {why}", row.terminal_id));
    let kept = row.configuration.as_deref().unwrap_or_default();
    let kept = TerminalConfiguration::decode(kept).map_err(wrong)?;
    let Place { unit, hall_name } = place;
    let mut shown = TerminalConfiguration {
        region_code: unit.region_code.clone(),
        hall_id: unit.hall_id.clone().unwrap_or_default(),
        hall_name: hall_name.clone(),
        window_id: unit.window_id.clone().unwrap_or_default(),
        ..kept
    };
    let digest = Sha256::digest(shown.encode_to_vec());
    shown.version = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    Ok(shown)
}

/// Checks what a terminal says of itself.
pub(crate) fn check_health(wrong: &mut Violations, health: &TerminalHealth) {
    wrong.take("health.software_version", software_version(&health.software_version));
    wrong.take("health.last_screen_error", screen_error(&health.last_screen_error));
    let version = &health.configuration_version;
    let is_version = version.len() <= 16 && version.bytes().all(|c| c.is_ascii_hexdigit());
    wrong.require(is_version, "health.configuration_version", "is no version of a configuration");
}

/// Why a terminal was stopped, if a person can choose that.
pub(crate) fn chosen_reason(reason: i32) -> Result<TerminalStopReason, &'static str> {
    match TerminalStopReason::try_from(reason) {
        Ok(
            reason @ (TerminalStopReason::Lost
            | TerminalStopReason::Compromised
            | TerminalStopReason::Repair
            | TerminalStopReason::Retired),
        ) => Ok(reason),
        _ => Err("is no reason that a person can choose"),
    }
}

/// A state to filter by; none for all.
pub(crate) fn state_asked(state: i32) -> Result<Option<TerminalState>, &'static str> {
    let state = TerminalState::try_from(state).map_err(|_| "is no state")?;
    Ok(Some(state).filter(|state| *state != TerminalState::Unspecified))
}

/// A condition to filter by; none for all.
pub(crate) fn condition_asked(condition: i32) -> Result<Option<TerminalCondition>, &'static str> {
    let condition = TerminalCondition::try_from(condition).map_err(|_| "is no condition")?;
    Ok(Some(condition).filter(|condition| *condition != TerminalCondition::Unspecified))
}

/// Where a terminal stands in its life.
pub(crate) fn state(row: &terminal::Model, now: Timestamp) -> TerminalState {
    match row.state {
        ACTIVE => TerminalState::Active,
        STOPPED => TerminalState::Stopped,
        _ if open_until(row, now).is_some() => TerminalState::Invited,
        _ => TerminalState::Unregistered,
    }
}

/// When the open code ends, if there is one.
fn open_until(row: &terminal::Model, now: Timestamp) -> Option<Timestamp> {
    let is_open = row.code_hash.is_some() && row.code_key.is_none();
    row.code_ends_at.filter(|_| is_open).map(instant).filter(|end| *end > now)
}

/// What somebody should look at.
pub(crate) fn conditions(
    row: &terminal::Model,
    now: Timestamp,
    silent_after: SignedDuration,
) -> Vec<TerminalCondition> {
    if row.state == STOPPED {
        return Vec::new();
    }
    let number = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
    let heard = Heard {
        at: row.heard_at.map(instant),
        clock_ahead: SignedDuration::from_millis(row.clock_ahead),
        waiting: number(row.waiting),
        room: number(row.room),
        screen_failed: !row.screen_error.is_empty(),
    };
    let to_wire = |condition| match condition {
        Condition::Silent => TerminalCondition::Silent,
        Condition::ClockWrong => TerminalCondition::ClockWrong,
        Condition::SpoolFull => TerminalCondition::SpoolFull,
        Condition::ScreenFailed => TerminalCondition::ScreenFailed,
    };
    heard.conditions(now, silent_after).into_iter().map(to_wire).collect()
}

/// A terminal on the wire.
pub(crate) fn terminal_to_wire(
    row: &terminal::Model,
    place: &Place,
    now: Timestamp,
    silent_after: SignedDuration,
) -> Result<Terminal, Failure> {
    let at = |micros: Option<i64>| micros.map(instant).map(to_wire);
    let number = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
    let health = row.heard_at.map(|_| TerminalHealth {
        software_version: row.software_version.clone(),
        waiting_ratings: number(row.waiting),
        waiting_room: number(row.room),
        oldest_waiting_seconds: u64::try_from(row.oldest_waiting_seconds).unwrap_or_default(),
        last_screen_error: row.screen_error.clone(),
        configuration_version: row.shown_version.clone(),
    });
    Ok(Terminal {
        terminal_id: row.terminal_id.clone(),
        region_code: place.unit.region_code.clone(),
        name: place.unit.name.clone(),
        state: state(row, now).into(),
        invited_until: open_until(row, now).map(to_wire),
        registered_at: at(row.registered_at),
        certificate_ends_at: at(row.certificate_ends_at),
        stopped_at: at(row.stopped_at),
        stop_reason: row.stop_reason.into(),
        heard_at: at(row.heard_at),
        health,
        clock_ahead_milliseconds: row.clock_ahead,
        conditions: conditions(row, now, silent_after).into_iter().map(Into::into).collect(),
        configuration: Some(shown(row, place)?),
    })
}
