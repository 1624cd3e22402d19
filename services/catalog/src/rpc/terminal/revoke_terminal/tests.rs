//! A stopped terminal is refused everywhere, and can be invited again.

use platform::{
    auth::{Caller, Terminal},
    testing::wait::until,
};
use proto::{
    catalog::v1::{TerminalHealth, TerminalState},
    r#type::v1::TerminalStopReason,
};
use tonic::{Code, Status};

use super::*;
use crate::rpc::{
    terminal::testing::{
        Device, TERMINAL, beat, by_token, fleet, invite, officer, reason, registered, told,
    },
    testing::{REGION, request_id},
};

fn request(reason: TerminalStopReason) -> RevokeTerminalRequest {
    RevokeTerminalRequest {
        request_id: request_id(),
        terminal_id: TERMINAL.to_owned(),
        reason: reason.into(),
    }
}

#[tokio::test]
async fn s04_a_stopped_terminal_is_refused_within_seconds_told_and_registered_again_in_the_same_second()
 {
    let (catalog, _place) = fleet().await;
    let (_, terminal) = registered(&catalog, TERMINAL).await;
    let open = invite(&catalog, TERMINAL).await;
    let token = catalog.shell.signer.token(TERMINAL, Caller::Terminal, 3_600).unwrap();
    let mut shown = tonic::metadata::MetadataMap::new();
    shown.insert("authorization", format!("Bearer {token}").parse().unwrap());
    let gate = catalog.shell.gate.clone();
    gate.admit::<Terminal>(&shown).unwrap();
    let looking =
        revocation::keep_looking(catalog.store.clone(), gate.clone(), catalog.shell.stop.clone());
    let looking = tokio::spawn(looking.await.unwrap());
    let asked = request(TerminalStopReason::Lost);
    let first = run(&catalog, officer(REGION), asked.clone()).await.unwrap();
    let again = run(&catalog, officer(REGION), asked).await.unwrap();
    assert_eq!(first, again);
    let stopped = first.terminal.unwrap();
    assert_eq!(stopped.state(), TerminalState::Stopped);
    assert_eq!(stopped.stop_reason(), TerminalStopReason::Lost);
    assert!(stopped.conditions.is_empty() && stopped.invited_until.is_none());
    until("it is refused", async || gate.admit::<Terminal>(&shown).is_err()).await;
    let refused = Status::from(gate.admit::<Terminal>(&shown).unwrap_err());
    assert!(String::from_utf8_lossy(refused.details()).contains("TERMINAL_STOPPED"));
    // Until then it is told by its word.
    assert!(beat(&catalog, &terminal, TerminalHealth::default()).await.stopped);
    let told = told(&catalog).await;
    let Some(Body::TerminalStopped(last)) = told.last() else { panic!("{told:?}") };
    assert_eq!((told.len(), last.reason()), (2, TerminalStopReason::Lost));
    let code = reason(Device::new().register(&catalog, &open).await.unwrap_err());
    assert_eq!(code, (Code::NotFound, "REGISTRATION_CODE_UNKNOWN".to_owned()));
    // Repaired within the same second, by the manual clock.
    let code = invite(&catalog, TERMINAL).await;
    let answer = Device::new().register(&catalog, &code).await.unwrap();
    let begin = answer.certificate.unwrap().not_before.unwrap().seconds;
    assert_eq!(begin, catalog.shell.clock.now().as_second() + 1, "after what is refused");
    assert!(!beat(&catalog, &by_token(TERMINAL), TerminalHealth::default()).await.stopped);
    catalog.shell.stop.stop();
    looking.await.unwrap();
}

#[tokio::test]
async fn s04_only_the_regions_authority_stops_a_terminal_and_says_why() {
    let (catalog, _place) = fleet().await;
    let lost = || request(TerminalStopReason::Lost);
    let outside = run(&catalog, officer("652302"), lost()).await.unwrap_err();
    assert_eq!(reason(outside), (Code::NotFound, "TERMINAL_NOT_FOUND".to_owned()));
    for silent in
        [TerminalStopReason::Unspecified, TerminalStopReason::Replaced, TerminalStopReason::Expired]
    {
        let refused = run(&catalog, officer(REGION), request(silent)).await.unwrap_err();
        assert_eq!(reason(refused).0, Code::InvalidArgument, "{silent:?}");
    }
    // One that never registered may have a token.
    let stopped = run(&catalog, officer("650000"), lost()).await.unwrap().terminal.unwrap();
    assert_eq!(stopped.state(), TerminalState::Stopped);
}
