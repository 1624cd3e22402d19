//! A simulated business system for every agency of the sample region. It watches for accepted cases
//! and completes them, each as its own caller over gRPC, as long as the demonstration is up.

use std::time::Duration;

use platform::{database::Store, facts, stop::Stop};
use proto::{
    fact::v1::fact::Body,
    intake::v1::{CompleteCaseRequest, case_service_client::CaseServiceClient},
};
use tokio::sync::watch;
use tonic::{
    Code, Request,
    transport::{Channel, Endpoint},
};

use super::tokens::Tokens;
use crate::serve::Running;

/// How long it waits when there is nothing to do, or something did not work.
const PAUSE: Duration = Duration::from_millis(500);
/// How many facts it reads at once.
const BATCH: u64 = 500;
/// What it says of a case that outlived its promised limit while the demonstration was down.
const LATE_REASON: &str = "（演示）业务系统停机，恢复后办结。";

/// Starts it beside a running process that runs intake.
pub(super) fn spawn(running: &Running, tokens: Tokens) -> Result<(), Box<dyn std::error::Error>> {
    let store = running.stores.iter().find(|store| store.service() == intake::NAME).cloned();
    let store = store.ok_or("the demonstration runs intake")?;
    let channel = Endpoint::from_shared(format!("http://{}", running.address))?.connect_lazy();
    let wakes = running.shell.bus.wakes(intake::NAME);
    let stop = running.stop.clone();
    tokio::spawn(async move { run(store, channel, tokens, wakes, stop).await });
    Ok(())
}

async fn run(
    store: Store,
    channel: Channel,
    tokens: Tokens,
    mut wakes: watch::Receiver<u64>,
    stop: Stop,
) {
    let mut position = 0;
    while !stop.is_stopped() {
        wakes.borrow_and_update();
        match complete_cases(&store, &channel, &tokens, position).await {
            Ok(read) if read > position => {
                position = read;
                continue;
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(error, "the business system's call failed; tried again"),
        }
        tokio::select! {
            _ = wakes.changed() => {}
            () = tokio::time::sleep(PAUSE) => {}
            () = stop.stopped() => {}
        }
    }
}

/// Completes the cases accepted after `position`; returns how far it read.
async fn complete_cases(
    store: &Store,
    channel: &Channel,
    tokens: &Tokens,
    position: i64,
) -> Result<i64, String> {
    let facts = facts::list(store, position, BATCH).await.map_err(|error| error.to_string())?;
    let mut open = Vec::new();
    for fact in &facts {
        match &fact.body {
            Some(Body::CaseSubmitted(case)) => open.push(case),
            Some(Body::CaseCompleted(done)) => open.retain(|case| case.case_id != done.case_id),
            _ => {}
        }
    }
    for case in open {
        let token = tokens.system(&case.agency_id).map_err(|error| error.to_string())?;
        // A late case is completed with a reason, any other without.
        for late_reason in ["", LATE_REASON] {
            let mut request = Request::new(CompleteCaseRequest {
                // One case is completed once, by one request, however often this is started.
                request_id: case.case_id.clone(),
                project_number: case.project_number.clone(),
                late_reason: late_reason.to_owned(),
            });
            let bearer =
                format!("Bearer {token}").parse().map_err(|_| "the access token cannot be sent")?;
            request.metadata_mut().insert("authorization", bearer);
            match CaseServiceClient::new(channel.clone()).complete_case(request).await {
                Ok(_) => break,
                Err(status) if status.code() == Code::FailedPrecondition => {}
                Err(status) => return Err(status.message().to_owned()),
            }
        }
    }
    let read = facts.last().map(|fact| i64::try_from(fact.position).unwrap_or(i64::MAX));
    Ok(read.unwrap_or(position))
}
