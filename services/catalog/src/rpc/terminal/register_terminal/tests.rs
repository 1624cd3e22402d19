//! One code, one device, whatever is lost, repeated or guessed.

use platform::{
    auth::revocation::{self, Revoked},
    testing::nobody,
};
use proto::catalog::v1::{GetTerminalRequest, Terminal, TerminalState};
use tonic::Code;

use super::*;
use crate::rpc::{
    terminal::{
        get_terminal,
        testing::{Device, TERMINAL, fleet, invite, later, officer, reason, replica, told},
    },
    testing::{REGION, request_id},
};

async fn now(catalog: &Catalog) -> Terminal {
    let request = GetTerminalRequest { terminal_id: TERMINAL.to_owned() };
    get_terminal::run(catalog, officer(REGION), request).await.unwrap().terminal.unwrap()
}

#[tokio::test]
async fn s04_a_device_becomes_the_terminal_by_its_code() {
    let (catalog, _place) = fleet().await;
    let code = invite(&catalog, TERMINAL).await;
    let answer = Device::new().register(&catalog, &code.to_lowercase()).await.unwrap();
    assert_eq!(answer.terminal_id, TERMINAL);
    assert_eq!(answer.configuration.unwrap().hall_id, "652301-h01");
    let certificate = answer.certificate.unwrap();
    assert_eq!(certificate.chain.len(), 2, "its own, and the authority's");
    let at = catalog.shell.clock.now().as_second();
    assert_eq!(certificate.not_before.unwrap().seconds, at);
    assert_eq!(certificate.not_after.unwrap().seconds, at + 90 * 24 * 3_600);
    assert_eq!(certificate.renew_from.unwrap().seconds, at + 60 * 24 * 3_600);
    let known = now(&catalog).await;
    assert_eq!(known.state(), TerminalState::Active);
    assert!(known.registered_at.is_some() && known.invited_until.is_none());
    assert!(known.conditions.is_empty(), "a device that registers is heard");
}

#[tokio::test]
async fn s04_a_lost_answer_is_given_again_to_the_same_key_and_to_no_other() {
    let (catalog, _place) = fleet().await;
    let (code, device) = (invite(&catalog, TERMINAL).await, Device::new());
    let request = RegisterTerminalRequest {
        request_id: request_id(),
        code: code.clone(),
        certificate_request: device.request(),
    };
    let register = || run(&catalog, nobody(), None, request.clone());
    let (a, b) = tokio::join!(register(), register());
    let first = a.unwrap();
    assert_eq!(b.unwrap(), first);
    assert_eq!(register().await.unwrap(), first);
    // It was switched off and asks anew.
    assert_eq!(device.register(&catalog, &code).await.unwrap(), first);
    assert_eq!(told(&catalog).await.len(), 1);
    let other = Device::new().register(&catalog, &code).await.unwrap_err();
    let used = (Code::FailedPrecondition, "REGISTRATION_CODE_USED".to_owned());
    assert_eq!(reason(other), used);
}

#[tokio::test]
async fn s04_of_two_devices_with_one_code_at_two_replicas_one_is_registered() {
    let (catalog, _place) = fleet().await;
    let (code, other) = (invite(&catalog, TERMINAL).await, replica(&catalog));
    let (first, second) = (Device::new(), Device::new());
    let (a, b) = tokio::join!(first.register(&catalog, &code), second.register(&other, &code));
    let refused = match (a, b) {
        (Ok(_), Err(refused)) | (Err(refused), Ok(_)) => refused,
        both => panic!("{both:?}"),
    };
    let used = (Code::FailedPrecondition, "REGISTRATION_CODE_USED".to_owned());
    assert_eq!(reason(refused), used);
}

#[tokio::test]
async fn s04_a_code_that_is_wrong_or_has_ended_registers_nobody() {
    let (catalog, _place) = fleet().await;
    let code = invite(&catalog, TERMINAL).await;
    let guessed = Device::new().register(&catalog, "0000-0000-0000-0000").await.unwrap_err();
    assert_eq!(reason(guessed), (Code::NotFound, "REGISTRATION_CODE_UNKNOWN".to_owned()));
    let whole = RegisterTerminalRequest {
        request_id: "x".to_owned(),
        code: "code".to_owned(),
        certificate_request: vec![0x30; 5_000],
    };
    let status = tonic::Status::from(run(&catalog, nobody(), None, whole).await.unwrap_err());
    assert!(status.message().contains("one of 3"), "{status}");
    later(&catalog, SignedDuration::from_hours(72));
    let late = Device::new().register(&catalog, &code).await.unwrap_err();
    let ended = (Code::FailedPrecondition, "REGISTRATION_CODE_ENDED".to_owned());
    assert_eq!(reason(late), ended);
}

#[tokio::test]
async fn s04_who_guesses_codes_is_slowed_down_and_others_are_not() {
    let (catalog, _place) = fleet().await;
    let guess = async |n: u32, network: u8| {
        let request = RegisterTerminalRequest {
            request_id: request_id(),
            code: format!("{n:016}"),
            certificate_request: Vec::new(),
        };
        let network = IpAddr::from([10, 0, 0, network]);
        let refused = run(&catalog, nobody(), Some(network), request).await.unwrap_err();
        reason(refused).0
    };
    let mut refused = Vec::new();
    for n in 0..61 {
        refused.push(guess(n, 1).await);
    }
    assert_eq!(refused.pop(), Some(Code::ResourceExhausted));
    assert!(refused.iter().all(|code| *code == Code::InvalidArgument));
    assert_eq!(guess(0, 2).await, Code::InvalidArgument);
}

#[tokio::test]
async fn s04_a_new_device_replaces_the_one_before_also_one_that_a_restored_backup_forgot() {
    let (catalog, _place) = fleet().await;
    let code = invite(&catalog, TERMINAL).await;
    let first = Device::new().register(&catalog, &code).await.unwrap();
    let begin = |answer: &RegisterTerminalResponse| {
        answer.certificate.as_ref().unwrap().not_before.unwrap().seconds
    };
    // As in a copy of before it registered: the code is unused, and no device is known.
    later(&catalog, SignedDuration::from_secs(2));
    for table in ["terminal_certificate", "token_revocation"] {
        let store = catalog.store.write();
        store.execute_unprepared(&format!("DELETE FROM {table}")).await.unwrap();
    }
    let forgotten = terminal::ActiveModel {
        state: Set(terminal::UNREGISTERED),
        code_key: Set(None),
        serial: Set(None),
        ..Default::default()
    };
    store::terminal::change(catalog.store.write(), TERMINAL, forgotten).await.unwrap();
    let second = Device::new().register(&catalog, &code).await.unwrap();
    let what = Revoked::Caller(TERMINAL.to_owned());
    let refused = revocation::when(catalog.store.read(), &what).await.unwrap().unwrap();
    assert!(begin(&first) <= refused.as_second(), "the first is refused");
    assert!(begin(&second) > refused.as_second(), "the second is not");
    let told = told(&catalog).await;
    assert_eq!(told.len(), 2, "each registration is told: {told:?}");
    let Body::TerminalStopped(stopped) = &told[1] else { panic!("{told:?}") };
    assert_eq!(stopped.reason(), TerminalStopReason::Replaced);
    assert_eq!(stopped.stopped_at.unwrap().seconds, refused.as_second());
    // A third one in the same second, while the second is known.
    let code = invite(&catalog, TERMINAL).await;
    let third = Device::new().register(&catalog, &code).await.unwrap();
    let refused = revocation::when(catalog.store.read(), &what).await.unwrap().unwrap();
    assert!(begin(&second) <= refused.as_second() && begin(&third) > refused.as_second());
    assert_eq!(now(&catalog).await.stop_reason(), TerminalStopReason::Replaced);
}
