//! Changes and their steps.

use domain::change::{ChangeEntry, ChangeState, ChangeStep, Course};
use platform::convert::to_wire;
use proto::catalog::v1 as wire;
use uuid::Uuid;

/// A change on the wire, with its course.
pub(crate) fn change_to_wire(id: Uuid, kept: wire::Change, course: &Course) -> wire::Change {
    let state = match course.state() {
        ChangeState::Draft => wire::ChangeState::Draft,
        ChangeState::Submitted => wire::ChangeState::Submitted,
        ChangeState::Approved => wire::ChangeState::Approved,
        ChangeState::Published => wire::ChangeState::Published,
    };
    let step = |taken: &ChangeEntry| wire::ChangeStep {
        step: step_to_wire(taken.step).into(),
        officer_id: taken.officer_id.clone(),
        at: Some(to_wire(taken.at)),
        note: taken.note.clone(),
    };
    wire::Change {
        change_id: id.to_string(),
        state: state.into(),
        steps: course.steps().iter().map(step).collect(),
        ..kept
    }
}

fn step_to_wire(step: ChangeStep) -> wire::change_step::Step {
    match step {
        ChangeStep::Draft => wire::change_step::Step::Draft,
        ChangeStep::Submit => wire::change_step::Step::Submit,
        ChangeStep::Approve => wire::change_step::Step::Approve,
        ChangeStep::Return => wire::change_step::Step::Return,
        ChangeStep::Publish => wire::change_step::Step::Publish,
        ChangeStep::Import => wire::change_step::Step::Import,
    }
}

/// A step from the wire; a draft is drafted by its own RPC.
pub(crate) fn step(step: i32) -> Result<ChangeStep, &'static str> {
    match wire::change_step::Step::try_from(step) {
        Ok(wire::change_step::Step::Submit) => Ok(ChangeStep::Submit),
        Ok(wire::change_step::Step::Approve) => Ok(ChangeStep::Approve),
        Ok(wire::change_step::Step::Return) => Ok(ChangeStep::Return),
        Ok(wire::change_step::Step::Publish) => Ok(ChangeStep::Publish),
        Ok(wire::change_step::Step::Draft) => Err("is taken by DraftChange"),
        Ok(wire::change_step::Step::Import) => Err("is taken by Import"),
        Ok(wire::change_step::Step::Unspecified) | Err(_) => Err("is no step"),
    }
}

/// A state to filter by; none for all.
pub(crate) fn change_state(state: i32) -> Result<Option<ChangeState>, &'static str> {
    Ok(Some(match wire::ChangeState::try_from(state).map_err(|_| "is no state")? {
        wire::ChangeState::Unspecified => return Ok(None),
        wire::ChangeState::Draft => ChangeState::Draft,
        wire::ChangeState::Submitted => ChangeState::Submitted,
        wire::ChangeState::Approved => ChangeState::Approved,
        wire::ChangeState::Published => ChangeState::Published,
    }))
}
