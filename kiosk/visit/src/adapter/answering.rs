//! What raters are asked beyond the level, and what they are told of what becomes of it, over gRPC.

use domain::{deadline::day_of, item::QuestionKind, rating::MAX_ANSWERS};
use jiff::Timestamp;
use proto::{
    catalog::v1::{
        self as catalog, ExplainDeadlineRequest, calendar_service_client::CalendarServiceClient,
    },
    intake::v1::{LookUpReceiptRequest, rating_service_client::RatingServiceClient},
    r#type::v1::{self as shared, TicketState},
};

use super::{
    tonic::{Gateway, PATIENCE, level},
    wire::{micros, timestamp},
};
use crate::{
    content::{
        opinion::{DayCounted, Due, Feedback, Question},
        receipt::{Became, LookedUp, Progress},
    },
    ports::Failure,
};

/// What a profile's deadlines for feedback run from, if a rater can be told their day at once.
const FROM_THE_RATING: &str = "rating_received";
/// What profiles call them: for a clear or simple matter, and for a complex one.
const CLEAR: [&str; 2] = ["feed_back_clear", "feed_back_simple"];
const COMPLEX: [&str; 1] = ["feed_back_complex"];

/// As many questions as one rating can answer; one of a kind that this terminal does not know yet is
/// answered in words.
pub(super) fn questions(asked: Vec<catalog::Question>) -> Vec<Question> {
    let question = |question: catalog::Question| Question {
        kind: match question.kind() {
            catalog::QuestionKind::YesNo => QuestionKind::YesNo,
            catalog::QuestionKind::Text | catalog::QuestionKind::Unspecified => QuestionKind::Text,
        },
        id: question.question_id,
        text: question.text,
    };
    asked.into_iter().take(MAX_ANSWERS).map(question).collect()
}

/// Until when a rating is answered that was received at this time, by the rules of the region; a
/// rule that the region does not have is none.
pub(super) async fn feedback(gateway: &Gateway, received_at: i64) -> Result<Feedback, Failure> {
    let clear = first(gateway, &CLEAR, received_at).await?;
    let complex = first(gateway, &COMPLEX, received_at).await?;
    Ok(Feedback { clear, complex })
}

/// The first of some deadlines that the region has.
async fn first(gateway: &Gateway, acts: &[&str], at: i64) -> Result<Option<Due>, Failure> {
    for act in acts {
        if let Some(due) = due(gateway, act, at).await? {
            return Ok(Some(due));
        }
    }
    Ok(None)
}

async fn due(gateway: &Gateway, act: &str, received_at: i64) -> Result<Option<Due>, Failure> {
    let message = ExplainDeadlineRequest {
        region_code: gateway.region_code(),
        act: act.to_owned(),
        event_at: Some(timestamp(received_at)),
    };
    let explained = gateway.ask(message, Some(PATIENCE), |request| {
        let mut client = CalendarServiceClient::new(gateway.channel());
        async move { client.explain_deadline(request).await }
    });
    match explained.await {
        Ok(explained) => {
            let deadline = explained.deadline.unwrap_or_default();
            Ok((deadline.event == FROM_THE_RATING).then(|| of(deadline)))
        }
        // The region has no such rule, or its calendar does not reach that far.
        Err(Failure::Refused { .. }) => Ok(None),
        Err(failure) => Err(failure),
    }
}

fn of(deadline: shared::Deadline) -> Due {
    let working = deadline.unit() == shared::DayUnit::Working;
    let counted = deadline.derivation.into_iter().map(|day| DayCounted {
        date: day.date,
        number: (day.counted_as > 0).then_some(day.counted_as),
        reason: day.reason,
    });
    Due {
        on: deadline.due_on,
        provisional: deadline.provisional,
        days: deadline.days,
        working,
        clause: deadline.clause,
        counted: counted.collect(),
    }
}

/// What became of the rating with a receipt's code.
pub(super) async fn look_up(gateway: &Gateway, code: String) -> Result<LookedUp, Failure> {
    let message = LookUpReceiptRequest { receipt_code: code };
    let shown = gateway.ask(message, Some(PATIENCE), |request| {
        let mut client = RatingServiceClient::new(gateway.channel());
        async move { client.look_up_receipt(request).await }
    });
    let shown = shown.await?;
    // A level of a later version says nothing here.
    let level = level(shown.level()).ok_or(Failure::Away)?;
    let at = shown.given_at.map(micros).and_then(|at| Timestamp::from_microsecond(at).ok());
    Ok(LookedUp {
        level,
        given_on: at.map(|at| day_of(at).to_string()).unwrap_or_default(),
        stands: shown.effective,
        became: shown.outcome.map(|outcome| Became {
            progress: progress(outcome.state()),
            agency_name: outcome.agency_name,
            next_due_on: outcome.next_due_on,
        }),
    })
}

/// How far a ticket is, in the few steps that a rater is shown. Of what lies between two of them the
/// earlier one is said: nobody shall be told of a feedback that they did not get.
fn progress(state: TicketState) -> Progress {
    match state {
        TicketState::Unspecified | TicketState::Opened => Progress::Opened,
        TicketState::Assigned
        | TicketState::Contacted
        | TicketState::Verified
        | TicketState::Rectified
        | TicketState::Received
        | TicketState::Reported
        | TicketState::Accepted
        | TicketState::Linked
        | TicketState::ExclusionProposed => Progress::Handled,
        TicketState::FedBack | TicketState::SolutionFedBack => Progress::FedBack,
        TicketState::Closed | TicketState::Confirmed => Progress::Closed,
        TicketState::Annulled | TicketState::Excluded => Progress::Annulled,
    }
}
