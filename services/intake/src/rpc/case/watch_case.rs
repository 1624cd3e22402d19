//! Watches a case from the terminal that submitted it.

use std::pin::Pin;

use domain::violation::Violations;
use platform::{auth::Terminal, convert::deadline_to_wire, telemetry::trace};
use proto::intake::v1::{Invitation, WatchCaseRequest, WatchCaseResponse};
use tokio::sync::mpsc;
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::Status;
use uuid::Uuid;

use crate::{
    Intake,
    app::case::watch,
    convert::case::{case_to_wire, window_of},
    error::{Error, case::CaseError, rating::device::DeviceError},
    store::case::{acts, cases, watched::WatchTarget},
};

/// The case's changes.
pub(crate) type Changes = Pin<Box<dyn Stream<Item = Result<WatchCaseResponse, Status>> + Send>>;

pub(crate) async fn run(
    intake: &Intake,
    caller: Terminal,
    request: WatchCaseRequest,
) -> Result<Changes, Error> {
    let mut wrong = Violations::default();
    let id = wrong.take("case_id", request.case_id.parse::<Uuid>().map_err(|_| "is no UUID"));
    let id = wrong.finish(id)?.unwrap_or_default();
    let mut watch = watch::watch(intake, caller.id(), WatchTarget::Case(id));
    let first = watch.first(look(intake, &caller, id)).await;
    let first = first.ok_or(DeviceError::WatchedElsewhere)??;
    let (sender, receiver) = mpsc::channel(1);
    let intake = intake.clone();
    tokio::spawn(trace::carried(async move {
        let mut seen = first;
        let mut next = Ok(seen.clone());
        loop {
            let completed = next.as_ref().map_or(true, is_completed);
            if sender.send(next.map_err(Status::from)).await.is_err() || completed {
                return;
            }
            next = loop {
                tokio::select! {
                    more = watch.changed() => if !more {
                        break Err(DeviceError::WatchedElsewhere.into());
                    },
                    () = sender.closed() => return,
                    () = intake.shell.stop.stopped() => return,
                }
                match look(&intake, &caller, id).await {
                    Ok(now) if now == seen => {}
                    Ok(now) => {
                        seen = now.clone();
                        break Ok(now);
                    }
                    Err(error) => break Err(error),
                }
            };
        }
    }));
    Ok(Box::pin(ReceiverStream::new(receiver)))
}

fn is_completed(response: &WatchCaseResponse) -> bool {
    response.case.as_ref().is_some_and(|case| case.invitation.is_some())
}

async fn look(intake: &Intake, caller: &Terminal, id: Uuid) -> Result<WatchCaseResponse, Error> {
    let case = cases::case(&intake.store, id).await?;
    let case = case.filter(|case| case.terminal_id == caller.id()).ok_or(CaseError::NotFound)?;
    let act = match case.completed_at {
        Some(_) => acts::act_of_case(&intake.store, id).await?,
        None => None,
    };
    let invitation = match act {
        None => None,
        Some(act) => Some(Invitation {
            token: intake.shell.invitations.token(domain::id::ActId(act.id)),
            window: window_of(&act)?.as_ref().map(deadline_to_wire),
        }),
    };
    Ok(WatchCaseResponse { case: Some(case_to_wire(&case, invitation)?) })
}

#[cfg(test)]
mod tests {
    use proto::intake::v1::{CaseState, CompleteCaseRequest};
    use tokio_stream::StreamExt as _;
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        case::complete_case,
        testing::{COMMITTED_ITEM, Fixture},
    };

    #[tokio::test]
    async fn i19_the_terminal_is_woken_with_the_invitation_when_its_case_completes() {
        let fixture = Fixture::new().await;
        let case = fixture.submit(COMMITTED_ITEM).await;
        let request = WatchCaseRequest { case_id: case.case_id.clone() };
        let mut changes = run(&fixture.intake, fixture.terminal(), request).await.unwrap();
        let first = changes.next().await.unwrap().unwrap().case.unwrap();
        assert_eq!((first.state(), first.invitation), (CaseState::Accepted, None));
        let complete = CompleteCaseRequest {
            request_id: fixture.intake.shell.clock.new_id().to_string(),
            project_number: case.project_number,
            late_reason: String::new(),
        };
        let system = fixture.system(&fixture.agency_of(COMMITTED_ITEM));
        complete_case::run(&fixture.intake, system, complete).await.unwrap();
        let second = changes.next().await.unwrap().unwrap().case.unwrap();
        assert_eq!(second.state(), CaseState::Completed);
        let token = second.invitation.unwrap().token;
        assert!(fixture.intake.shell.invitations.open(&token).is_ok());
        assert!(changes.next().await.is_none(), "the stream ends with the completed case");
    }

    #[tokio::test]
    async fn another_terminal_and_an_unknown_case_find_nothing() {
        let fixture = Fixture::new().await;
        let case = fixture.submit(COMMITTED_ITEM).await;
        let stranger = fixture.other_terminal();
        let request = WatchCaseRequest { case_id: case.case_id };
        let refused = run(&fixture.intake, stranger, request).await.err().unwrap();
        assert_eq!(Status::from(refused).code(), Code::NotFound);
        let malformed = WatchCaseRequest { case_id: "x".to_owned() };
        let refused = run(&fixture.intake, fixture.terminal(), malformed).await.err().unwrap();
        assert_eq!(Status::from(refused).code(), Code::InvalidArgument);
    }

    #[tokio::test]
    async fn the_stream_ends_when_the_process_stops() {
        let fixture = Fixture::new().await;
        let case = fixture.submit(COMMITTED_ITEM).await;
        let request = WatchCaseRequest { case_id: case.case_id };
        let mut changes = run(&fixture.intake, fixture.terminal(), request).await.unwrap();
        changes.next().await.unwrap().unwrap();
        fixture.intake.shell.stop.stop();
        assert!(changes.next().await.is_none());
    }
}
