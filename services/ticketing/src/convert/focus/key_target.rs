//! Key targets.

use domain::{
    focus::{Improvement, KeyTarget, TargetCommand, TargetState},
    violation::Violations,
};
use platform::convert::Meaningless;
use proto::{
    ticketing::v1::{self as wire, key_target_step::Act},
    r#type::v1::KeyTargetState,
};

use super::{day, kept, whole, written};

/// The key target of its content.
pub(crate) fn target(content: &wire::KeyTarget) -> Result<KeyTarget, Meaningless> {
    let state = match content.state() {
        KeyTargetState::Proposed => TargetState::Proposed,
        KeyTargetState::Dismissed => TargetState::Dismissed,
        KeyTargetState::Named => TargetState::Named,
        KeyTargetState::CauseFound => TargetState::CauseFound,
        KeyTargetState::MeasuresProposed => TargetState::MeasuresProposed,
        KeyTargetState::InForce => TargetState::InForce,
        KeyTargetState::FollowedUp => {
            TargetState::FollowedUp { improvement: improvement(content.improvement())? }
        }
        KeyTargetState::Lifted => TargetState::Lifted,
        KeyTargetState::Unspecified => return Err(Meaningless("is no state")),
    };
    Ok(KeyTarget { state, sequence: content.step_count, until: kept(&content.until) })
}

/// Puts where a key target stands into its content.
pub(crate) fn target_into(target: &KeyTarget, content: &mut wire::KeyTarget) {
    let state = match target.state {
        TargetState::Proposed => KeyTargetState::Proposed,
        TargetState::Dismissed => KeyTargetState::Dismissed,
        TargetState::Named => KeyTargetState::Named,
        TargetState::CauseFound => KeyTargetState::CauseFound,
        TargetState::MeasuresProposed => KeyTargetState::MeasuresProposed,
        TargetState::InForce => KeyTargetState::InForce,
        TargetState::FollowedUp { .. } => KeyTargetState::FollowedUp,
        TargetState::Lifted => KeyTargetState::Lifted,
    };
    content.set_state(state);
    content.step_count = target.sequence;
    content.until = written(target.until);
}

fn improvement(improvement: wire::Improvement) -> Result<Improvement, Meaningless> {
    match improvement {
        wire::Improvement::Improved => Ok(Improvement::Improved),
        wire::Improvement::NotImproved => Ok(Improvement::NotImproved),
        wire::Improvement::TooFew => Ok(Improvement::TooFew),
        wire::Improvement::Unspecified => Err(Meaningless("the state lacks its improvement")),
    }
}

/// What the figures say, on the wire.
pub(crate) fn improvement_to_wire(improvement: Improvement) -> wire::Improvement {
    match improvement {
        Improvement::Improved => wire::Improvement::Improved,
        Improvement::NotImproved => wire::Improvement::NotImproved,
        Improvement::TooFew => wire::Improvement::TooFew,
    }
}

/// A command from the wire. What a follow-up's figures say is computed: `improvement`.
pub(crate) fn target_command(
    act: Option<Act>,
    improvement: Improvement,
) -> Result<TargetCommand, Violations> {
    let mut wrong = Violations::default();
    let command = match act {
        None => {
            wrong.add("step", "says nothing");
            None
        }
        Some(Act::Naming(told)) => Some(TargetCommand::Name { reason: told.text }),
        Some(Act::Dismissal(told)) => Some(TargetCommand::Dismiss { reason: told.text }),
        Some(Act::Cause(told)) => {
            Some(TargetCommand::FindCause { call_backs: told.call_backs, cause: told.cause })
        }
        Some(Act::Measures(told)) => Some(TargetCommand::ProposeMeasures { measures: told.text }),
        Some(Act::InForce(told)) => day(&mut wrong, "in_force.until", &told.until)
            .map(|until| TargetCommand::PutInForce { note: told.text, until }),
        Some(Act::FollowUp(told)) => Some(TargetCommand::FollowUp { improvement, note: told.text }),
        Some(Act::Extension(told)) => day(&mut wrong, "extension.until", &told.until)
            .map(|until| TargetCommand::Extend { reason: told.text, until }),
        Some(Act::Lifting(told)) => Some(TargetCommand::Lift { reason: told.text }),
    };
    whole(wrong, command)
}
