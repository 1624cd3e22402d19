//! Measures about staff.

use domain::{
    focus::{MeasureCommand, MeasureOutcome, MeasureState, StaffMeasure},
    violation::Violations,
};
use platform::convert::Meaningless;
use proto::{
    ticketing::v1::{self as wire, staff_measure_step::Act},
    r#type::v1::{StaffMeasureOutcome, StaffMeasureState},
};

use super::{day, kept, whole, written};

/// The measures of their content.
pub(crate) fn measure(content: &wire::StaffMeasure) -> Result<StaffMeasure, Meaningless> {
    let state = match content.state() {
        StaffMeasureState::Verified => MeasureState::Verified,
        StaffMeasureState::Taught => MeasureState::Taught,
        StaffMeasureState::Rectifying => MeasureState::Rectifying,
        StaffMeasureState::Improved => MeasureState::Rectified { improved: true },
        StaffMeasureState::NotImproved => MeasureState::Rectified { improved: false },
        StaffMeasureState::ReplacementNotified => MeasureState::ReplacementNotified,
        StaffMeasureState::Concluded => MeasureState::Concluded,
        StaffMeasureState::Unspecified => return Err(Meaningless("is no state")),
    };
    Ok(StaffMeasure { state, sequence: content.step_count, until: kept(&content.until) })
}

/// Puts where measures stand into their content.
pub(crate) fn measure_into(measure: &StaffMeasure, content: &mut wire::StaffMeasure) {
    content.set_state(match measure.state {
        MeasureState::Verified => StaffMeasureState::Verified,
        MeasureState::Taught => StaffMeasureState::Taught,
        MeasureState::Rectifying => StaffMeasureState::Rectifying,
        MeasureState::Rectified { improved: true } => StaffMeasureState::Improved,
        MeasureState::Rectified { improved: false } => StaffMeasureState::NotImproved,
        MeasureState::ReplacementNotified => StaffMeasureState::ReplacementNotified,
        MeasureState::Concluded => StaffMeasureState::Concluded,
    });
    content.step_count = measure.sequence;
    content.until = written(measure.until);
}

/// How measures end, on the wire.
pub(crate) fn outcome_to_wire(outcome: MeasureOutcome) -> StaffMeasureOutcome {
    match outcome {
        MeasureOutcome::Improved => StaffMeasureOutcome::Improved,
        MeasureOutcome::Replaced => StaffMeasureOutcome::Replaced,
        MeasureOutcome::HeldAccountable => StaffMeasureOutcome::HeldAccountable,
    }
}

fn outcome(outcome: i32) -> Result<MeasureOutcome, Meaningless> {
    match StaffMeasureOutcome::try_from(outcome) {
        Ok(StaffMeasureOutcome::Improved) => Ok(MeasureOutcome::Improved),
        Ok(StaffMeasureOutcome::Replaced) => Ok(MeasureOutcome::Replaced),
        Ok(StaffMeasureOutcome::HeldAccountable) => Ok(MeasureOutcome::HeldAccountable),
        Ok(StaffMeasureOutcome::Unspecified) | Err(_) => Err(Meaningless("is missing or unknown")),
    }
}

/// A command from the wire.
pub(crate) fn measure_command(act: Option<Act>) -> Result<MeasureCommand, Violations> {
    let mut wrong = Violations::default();
    let command = match act {
        None => {
            wrong.add("step", "says nothing");
            None
        }
        Some(Act::Supervision(told)) => {
            Some(MeasureCommand::Supervise { what: told.what, result: told.result })
        }
        Some(Act::Education(told)) => {
            Some(MeasureCommand::Educate { what: told.what, result: told.result })
        }
        Some(Act::Rectification(told)) => day(&mut wrong, "rectification.until", &told.until)
            .map(|until| MeasureCommand::SetRectification { what: told.text, until }),
        Some(Act::Outcome(told)) => Some(MeasureCommand::RecordRectification {
            improved: told.improved,
            result: told.result,
        }),
        Some(Act::Replacement(told)) => {
            let document_number = told.document_number;
            day(&mut wrong, "replacement.replace_by", &told.replace_by)
                .map(|until| MeasureCommand::NotifyReplacement { document_number, until })
        }
        Some(Act::Conclusion(told)) => wrong
            .take("conclusion.outcome", outcome(told.outcome))
            .map(|outcome| MeasureCommand::Conclude { outcome, result: told.result }),
    };
    whole(wrong, command)
}
