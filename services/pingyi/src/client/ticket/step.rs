//! The steps: from the command line to the contract, and each to its RPC.

use std::io::Read;

use proto::{
    ticketing::v1::{
        AcceptResultRequest, Acceptance, AnswerPartRequest, AssignTicketRequest, Assignment,
        CloseTicketRequest, Closing, Contact, CorrectStepRequest, Correction,
        DecideExclusionRequest, Decision, Dispatch, DispatchTicketRequest, ExtendTicketRequest,
        Extension, FeedBackSolutionRequest, FeedBackTicketRequest, Feedback, FollowUp, Grounds,
        Link, LinkTicketRequest, Means, Part, RecordContactRequest, RecordFollowUpRequest,
        Rectification, RectifyTicketRequest, Report, ReportResultRequest, Return,
        ReturnResultRequest, Solution, TakeOverTicketRequest, TakingOver, Ticket, Unlink,
        UnlinkTicketRequest, UrgeTicketRequest, Urging, Verification, VerifyTicketRequest,
        step::Act, ticket_service_client::TicketServiceClient,
    },
    r#type::v1::{ExclusionGround, Finding},
};
use tonic::transport::Channel;

use super::{
    TicketError,
    args::{By, FindingSaid, GroundSaid, Late, Of, StepAsked},
    words::Texts,
};
use crate::client::{ClientError, server::Server};

/// The step that is asked for, and of which ticket.
pub(super) fn act(
    asked: StepAsked,
    texts: &mut Texts<impl Read>,
) -> Result<(Of, Act), TicketError> {
    let mut take = |said: String| texts.take(said);
    Ok(match asked {
        StepAsked::Dispatch { of, agency, with, note } => {
            let note = take(note)?;
            (of, Act::Dispatch(Dispatch { agency_id: agency, participant_ids: with, note }))
        }
        StepAsked::Assign { of, staff } => (of, Act::Assignment(Assignment { assignee: staff })),
        StepAsked::TakeOver { of } => (of, Act::TakingOver(TakingOver {})),
        StepAsked::Contact { of, by, reached, not_reached: _, note } => {
            let (means, note) = (means(by), take(note)?);
            (of, Act::Contact(Contact { means, reached, note }))
        }
        StepAsked::Verify {
            of,
            finding,
            ground,
            reason,
            plan,
            carry_out_by,
            document_number,
            late,
            document,
        } => {
            let verification = Verification {
                finding: finding.map_or(Finding::Unspecified, finding_of).into(),
                reason: take(reason)?,
                plan: take(plan)?,
                carry_out_by,
                ground: ground.map_or(ExclusionGround::Unspecified, ground_of).into(),
                document_number,
                grounds: grounds(late, &mut take)?,
                document_ids: document,
            };
            (of, Act::Verification(verification))
        }
        StepAsked::FeedBackSolution { of, by, summary } => {
            (of, Act::Solution(Solution { means: means(by), summary: take(summary)? }))
        }
        StepAsked::Rectify { of, measures, evidence, document } => {
            let (measures, evidence) = (take(measures)?, take(evidence)?);
            let rectification = Rectification { measures, evidence, document_ids: document };
            (of, Act::Rectification(rectification))
        }
        StepAsked::Extend { of, new_day, late } => {
            (of, Act::Extension(Extension { new_day, grounds: grounds(late, &mut take)? }))
        }
        StepAsked::AnswerPart { of, answer, document } => {
            (of, Act::Part(Part { answer: take(answer)?, document_ids: document }))
        }
        StepAsked::FeedBack { of, by, summary } => {
            (of, Act::Feedback(Feedback { means: means(by), summary: take(summary)? }))
        }
        StepAsked::Report { of, summary } => (of, Act::Report(Report { summary: take(summary)? })),
        StepAsked::Accept { of, opinion } => {
            (of, Act::Acceptance(Acceptance { opinion: take(opinion)? }))
        }
        StepAsked::Return { of, reason } => (of, Act::Return(Return { reason: take(reason)? })),
        StepAsked::DecideExclusion { of, uphold, reject: _, opinion } => {
            (of, Act::Decision(Decision { upheld: uphold, opinion: take(opinion)? }))
        }
        StepAsked::Close { of } => (of, Act::Closing(Closing {})),
        StepAsked::FollowUp { of, by, satisfied, unsatisfied: _, not_reached, note } => {
            let (means, note) = (means(by), take(note)?);
            (of, Act::FollowUp(FollowUp { means, satisfied, note, not_reached }))
        }
        StepAsked::Urge { of, note } => (of, Act::Urging(Urging { note: take(note)? })),
        StepAsked::Correct { of, step, words } => {
            (of, Act::Correction(Correction { sequence: step, words: take(words)? }))
        }
        StepAsked::Link { of, main, reason } => {
            (of, Act::Link(Link { main_ticket_id: main, reason: take(reason)? }))
        }
        StepAsked::Unlink { of, reason } => (of, Act::Unlink(Unlink { reason: take(reason)? })),
    })
}

fn means(by: By) -> i32 {
    match by {
        By::Phone => Means::Phone,
        By::Sms => Means::Sms,
        By::Online => Means::Online,
        By::InPerson => Means::InPerson,
    }
    .into()
}

fn finding_of(said: FindingSaid) -> Finding {
    match said {
        FindingSaid::Clear => Finding::Clear,
        FindingSaid::Simple => Finding::Simple,
        FindingSaid::Complex => Finding::Complex,
        FindingSaid::NoLegalBasis => Finding::NoLegalBasis,
    }
}

fn ground_of(said: GroundSaid) -> ExclusionGround {
    match said {
        GroundSaid::Mistaken => ExclusionGround::Mistaken,
        GroundSaid::MisTapped => ExclusionGround::MisTapped,
        GroundSaid::Malicious => ExclusionGround::Malicious,
        GroundSaid::SystemFault => ExclusionGround::SystemFault,
        GroundSaid::ObjectiveCause => ExclusionGround::ObjectiveCause,
    }
}

/// What a later day takes; none if nothing of it was said.
fn grounds(
    late: Late,
    take: &mut impl FnMut(String) -> Result<String, TicketError>,
) -> Result<Option<Grounds>, TicketError> {
    let Late { late_reason, late_number, informed_by } = late;
    if late_reason.is_empty() && late_number.is_empty() && informed_by.is_none() {
        return Ok(None);
    }
    let informed_by = informed_by.map(means).unwrap_or_default();
    Ok(Some(Grounds { reason: take(late_reason)?, document_number: late_number, informed_by }))
}

/// Calls the RPC of a step; a step that only the system takes has none.
pub(super) async fn send(
    client: &mut TicketServiceClient<Channel>,
    server: &Server,
    request_id: String,
    ticket_id: String,
    act: Act,
) -> Result<Option<Ticket>, ClientError> {
    macro_rules! call {
        ($rpc:ident, $request:ident { $field:ident: $step:expr }) => {{
            let seen_step_count = None;
            let request = $request { request_id, ticket_id, $field: Some($step), seen_step_count };
            client.$rpc(server.signed(request)?).await?.into_inner().ticket
        }};
    }
    Ok(match act {
        Act::Dispatch(step) => call!(dispatch_ticket, DispatchTicketRequest { dispatch: step }),
        Act::Assignment(step) => call!(assign_ticket, AssignTicketRequest { assignment: step }),
        Act::TakingOver(step) => {
            call!(take_over_ticket, TakeOverTicketRequest { taking_over: step })
        }
        Act::Contact(step) => call!(record_contact, RecordContactRequest { contact: step }),
        Act::Verification(step) => {
            call!(verify_ticket, VerifyTicketRequest { verification: step })
        }
        Act::Solution(step) => {
            call!(feed_back_solution, FeedBackSolutionRequest { solution: step })
        }
        Act::Rectification(step) => {
            call!(rectify_ticket, RectifyTicketRequest { rectification: step })
        }
        Act::Extension(step) => call!(extend_ticket, ExtendTicketRequest { extension: step }),
        Act::Part(step) => call!(answer_part, AnswerPartRequest { part: step }),
        Act::Feedback(step) => call!(feed_back_ticket, FeedBackTicketRequest { feedback: step }),
        Act::Report(step) => call!(report_result, ReportResultRequest { report: step }),
        Act::Acceptance(step) => call!(accept_result, AcceptResultRequest { acceptance: step }),
        Act::Return(step) => call!(return_result, ReturnResultRequest { returning: step }),
        Act::Decision(step) => {
            call!(decide_exclusion, DecideExclusionRequest { decision: step })
        }
        Act::Closing(step) => call!(close_ticket, CloseTicketRequest { closing: step }),
        Act::FollowUp(step) => {
            call!(record_follow_up, RecordFollowUpRequest { follow_up: step })
        }
        Act::Urging(step) => call!(urge_ticket, UrgeTicketRequest { urging: step }),
        Act::Correction(step) => call!(correct_step, CorrectStepRequest { correction: step }),
        Act::Link(step) => call!(link_ticket, LinkTicketRequest { link: step }),
        Act::Unlink(step) => call!(unlink_ticket, UnlinkTicketRequest { unlink: step }),
        Act::NewBeginning(_)
        | Act::Registration(_)
        | Act::FollowUpAnswer(_)
        | Act::AppealEffect(_)
        | Act::Annulment(_) => None,
    })
}
