//! Steps from the wire: a part that means nothing is named with its field.

use domain::{
    deadline::iso_date,
    ticket::{FollowUpOutcome, Grounds, Means, Outcome, Plan, TicketStep},
    violation::Violations,
};
use platform::convert::{self, Meaningless};
use proto::ticketing::v1 as wire;
use uuid::Uuid;

use wire::step::Act;

/// A step from the wire.
pub(crate) fn step(step: Act) -> Result<TicketStep, Violations> {
    let mut wrong = Violations::default();
    let step = read(step, &mut wrong);
    wrong.finish(()).and(step.ok_or_else(Violations::default))
}

fn read(step: Act, wrong: &mut Violations) -> Option<TicketStep> {
    Some(match step {
        Act::Dispatch(step) => TicketStep::Dispatch {
            agency: step.agency_id,
            participants: step.participant_ids,
            note: step.note,
        },
        Act::Assignment(step) => TicketStep::Assign { assignee: step.assignee },
        Act::TakingOver(_) => TicketStep::TakeOver,
        Act::Contact(step) => TicketStep::Contact {
            means: wrong.take("contact.means", means(step.means))?,
            reached: step.reached,
            note: step.note,
        },
        Act::Verification(step) => return verification(step, wrong),
        Act::Solution(step) => TicketStep::FeedBackSolution {
            means: wrong.take("solution.means", means(step.means))?,
            summary: step.summary,
        },
        Act::Rectification(step) => TicketStep::Rectify {
            measures: step.measures,
            evidence: step.evidence,
            documents: documents("rectification.document_ids", step.document_ids, wrong),
        },
        Act::Extension(step) => {
            let day = wrong.take("extension.new_day", iso_date(&step.new_day));
            let grounds = grounds("extension", step.grounds.unwrap_or_default(), wrong);
            TicketStep::Extend { new_day: day?, grounds: grounds? }
        }
        Act::Part(step) => TicketStep::AnswerPart {
            answer: step.answer,
            documents: documents("part.document_ids", step.document_ids, wrong),
        },
        Act::Feedback(step) => TicketStep::FeedBack {
            means: wrong.take("feedback.means", means(step.means))?,
            summary: step.summary,
        },
        Act::Report(step) => TicketStep::Report { summary: step.summary },
        Act::Acceptance(step) => TicketStep::Accept { opinion: step.opinion },
        Act::Return(step) => TicketStep::Return { reason: step.reason },
        Act::Decision(step) => {
            TicketStep::DecideExclusion { upheld: step.upheld, opinion: step.opinion }
        }
        Act::Closing(_) => TicketStep::Close,
        Act::FollowUp(step) => {
            let means = wrong.take("follow_up.means", means(step.means));
            let both = step.satisfied && step.not_reached;
            wrong.require(!both, "follow_up.not_reached", "cannot be satisfied as well");
            let outcome = match (step.not_reached, step.satisfied) {
                (true, _) => FollowUpOutcome::NotReached,
                (false, true) => FollowUpOutcome::Satisfied,
                (false, false) => FollowUpOutcome::Unsatisfied,
            };
            TicketStep::FollowUp { means: means?, outcome, note: step.note }
        }
        Act::Urging(step) => TicketStep::Urge { note: step.note },
        Act::Correction(step) => TicketStep::Correct { sequence: step.sequence, words: step.words },
        Act::Link(step) => {
            let main = step.main_ticket_id.parse::<Uuid>();
            wrong.take("link.main_ticket_id", main.map_err(|_| "is no UUID"));
            TicketStep::Link { reason: step.reason }
        }
        Act::Unlink(step) => TicketStep::Unlink { reason: step.reason },
        Act::NewBeginning(_)
        | Act::Registration(_)
        | Act::FollowUpAnswer(_)
        | Act::AppealEffect(_)
        | Act::Annulment(_) => {
            wrong.add("step", "is the system's own");
            return None;
        }
    })
}

fn verification(step: wire::Verification, wrong: &mut Violations) -> Option<TicketStep> {
    let outcome = match (step.finding, step.ground) {
        (finding, 0) => {
            wrong.take("verification.finding", convert::finding(finding)).map(Outcome::Found)
        }
        (0, ground) => {
            wrong.take("verification.ground", convert::ground(ground)).map(Outcome::NotToCount)
        }
        _ => {
            wrong.add("verification.ground", "cannot stand beside a finding");
            None
        }
    };
    let plan = match (step.plan.is_empty() && step.carry_out_by.is_empty(), step.grounds) {
        (true, None) => Some(None),
        (_, given) => {
            let day = wrong.take("verification.carry_out_by", iso_date(&step.carry_out_by));
            let given = match given {
                None => Some(None),
                Some(given) => grounds("verification.grounds", given, wrong).map(Some),
            };
            match (day, given) {
                (Some(carry_out_by), Some(grounds)) => {
                    Some(Some(Plan { text: step.plan, carry_out_by, grounds }))
                }
                _ => None,
            }
        }
    };
    Some(TicketStep::Verify {
        outcome: outcome?,
        reason: step.reason,
        plan: plan?,
        document_number: step.document_number,
        documents: documents("verification.document_ids", step.document_ids, wrong),
    })
}

fn grounds(field: &str, grounds: wire::Grounds, wrong: &mut Violations) -> Option<Grounds> {
    let informed_by = match grounds.informed_by {
        0 => Some(None),
        given => wrong.take(&format!("{field}.informed_by"), means(given)).map(Some),
    };
    let (reason, document_number) = (grounds.reason, grounds.document_number);
    Some(Grounds { reason, document_number, informed_by: informed_by? })
}

fn documents(field: &str, ids: Vec<String>, wrong: &mut Violations) -> Vec<String> {
    for (n, id) in ids.iter().enumerate() {
        let read = id.parse::<Uuid>().map_err(|_| "is no UUID");
        wrong.take(&format!("{field}[{n}]"), read);
    }
    ids
}

fn means(means: i32) -> Result<Means, Meaningless> {
    match wire::Means::try_from(means) {
        Ok(wire::Means::Phone) => Ok(Means::Phone),
        Ok(wire::Means::Sms) => Ok(Means::Sms),
        Ok(wire::Means::Online) => Ok(Means::Online),
        Ok(wire::Means::InPerson) => Ok(Means::InPerson),
        Ok(wire::Means::Unspecified) | Err(_) => Err(Meaningless("is missing or unknown")),
    }
}
