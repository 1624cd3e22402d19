//! Concentrated problems.

use domain::{
    focus::{Problem, ProblemCommand, ProblemState},
    profile::ProblemDuty,
    violation::Violations,
};
use platform::convert::Meaningless;
use proto::{
    ticketing::v1::{self as wire, problem_step::Act},
    r#type::v1::ProblemState as WireState,
};

use super::{day, kept, whole, written};

/// The problem of its content.
pub(crate) fn problem(content: &wire::Problem) -> Result<Problem, Meaningless> {
    let state = match content.state() {
        WireState::Recorded => ProblemState::Recorded,
        WireState::CauseFound => ProblemState::CauseFound,
        WireState::InForce => ProblemState::InForce,
        WireState::Closed => ProblemState::Closed,
        WireState::Unspecified => return Err(Meaningless("is no state")),
    };
    let reported = content.reported_to_own_government.is_some();
    let reported = reported.then_some(ProblemDuty::ReportedToOwnGovernment);
    let inspected = content.inspected_by_third_party.is_some();
    let inspected = inspected.then_some(ProblemDuty::InspectedByThirdParty);
    let done = reported.into_iter().chain(inspected).collect();
    Ok(Problem { state, sequence: content.step_count, until: kept(&content.until), done })
}

/// Puts where a problem stands into its content.
pub(crate) fn problem_into(problem: &Problem, content: &mut wire::Problem) {
    content.set_state(match problem.state {
        ProblemState::Recorded => WireState::Recorded,
        ProblemState::CauseFound => WireState::CauseFound,
        ProblemState::InForce => WireState::InForce,
        ProblemState::Closed => WireState::Closed,
    });
    content.step_count = problem.sequence;
    content.until = written(problem.until);
}

/// A command from the wire.
pub(crate) fn problem_command(act: Option<Act>) -> Result<ProblemCommand, Violations> {
    let mut wrong = Violations::default();
    let command = match act {
        None => {
            wrong.add("step", "says nothing");
            None
        }
        Some(Act::Cause(told)) => Some(ProblemCommand::FindCause { cause: told.text }),
        Some(Act::Measures(told)) => day(&mut wrong, "measures.until", &told.until).map(|until| {
            ProblemCommand::SetMeasures { measures: told.measures, owner: told.owner, until }
        }),
        Some(Act::Report(told)) => fulfil(&mut wrong, ProblemDuty::ReportedToOwnGovernment, told),
        Some(Act::Inspection(told)) => fulfil(&mut wrong, ProblemDuty::InspectedByThirdParty, told),
        Some(Act::Extension(told)) => day(&mut wrong, "extension.until", &told.until)
            .map(|until| ProblemCommand::Extend { reason: told.text, until }),
        Some(Act::Closing(told)) => Some(ProblemCommand::Close { result: told.text }),
    };
    whole(wrong, command)
}

fn fulfil(
    wrong: &mut Violations,
    duty: ProblemDuty,
    told: wire::FocusDocument,
) -> Option<ProblemCommand> {
    let wire::FocusDocument { body, document_number, on } = told;
    let on = day(wrong, "document.on", &on)?;
    Some(ProblemCommand::Fulfil { duty, body, document_number, on })
}
