//! A certificate is renewed by the device that has it, in time, and by nobody else.

use platform::testing::terminal_with;
use proto::catalog::v1::{TerminalCertificate, TerminalHealth};
use tonic::Code;

use super::*;
use crate::rpc::{
    terminal::testing::{
        Device, TERMINAL, beat, by_token, fleet, invite, later, reason, registered, replica, serial,
    },
    testing::request_id,
};

async fn renew(
    catalog: &Catalog,
    caller: &Terminal,
    device: &Device,
) -> Result<TerminalCertificate, Error> {
    let request = RenewTerminalCertificateRequest {
        request_id: request_id(),
        certificate_request: device.request(),
    };
    Ok(run(catalog, caller.clone(), request).await?.certificate.unwrap())
}

const SIXTY_DAYS: SignedDuration = SignedDuration::from_hours(60 * 24);

#[tokio::test]
async fn s04_a_certificate_is_renewed_when_the_terminal_is_told_and_the_new_one_can_be_renewed_too()
{
    let (catalog, _place) = fleet().await;
    let (device, terminal) = registered(&catalog, TERMINAL).await;
    assert!(!beat(&catalog, &terminal, TerminalHealth::default()).await.renew_certificate);
    let early = renew(&catalog, &terminal, &device).await.unwrap_err();
    assert_eq!(reason(early), (Code::FailedPrecondition, "RENEWAL_NOT_DUE".to_owned()));
    later(&catalog, SIXTY_DAYS);
    assert!(beat(&catalog, &terminal, TerminalHealth::default()).await.renew_certificate);
    // With another key, as it should, at whichever replica.
    let next = Device::new();
    let renewed = renew(&replica(&catalog), &terminal, &next).await.unwrap();
    let end = catalog.shell.clock.now().as_second() + 90 * 24 * 3_600;
    assert_eq!(renewed.not_after.unwrap().seconds, end);
    let terminal = terminal_with(TERMINAL, &serial(&renewed.chain));
    assert!(!beat(&catalog, &terminal, TerminalHealth::default()).await.renew_certificate);
    later(&catalog, SIXTY_DAYS);
    renew(&catalog, &terminal, &next).await.unwrap();
}

#[tokio::test]
async fn s04_a_renewal_whose_answer_was_lost_is_the_same_and_adds_nothing() {
    let (catalog, _place) = fleet().await;
    let (_, terminal) = registered(&catalog, TERMINAL).await;
    later(&catalog, SIXTY_DAYS);
    let next = Device::new();
    let (a, b) = tokio::join!(renew(&catalog, &terminal, &next), renew(&catalog, &terminal, &next));
    assert_eq!(a.unwrap(), b.unwrap(), "asked twice, by the old certificate");
}

#[tokio::test]
async fn s04_nobody_renews_anothers_certificate_nor_one_that_was_not_given_here() {
    let (catalog, _place) = fleet().await;
    let (device, terminal) = registered(&catalog, TERMINAL).await;
    later(&catalog, SIXTY_DAYS);
    let serial = terminal.certificate().unwrap();
    for caller in
        [by_token(TERMINAL), terminal_with(TERMINAL, "07"), terminal_with("652301-t02", serial)]
    {
        let refused = renew(&catalog, &caller, &device).await.unwrap_err();
        let expected = (Code::FailedPrecondition, "CERTIFICATE_NOT_RENEWABLE".to_owned());
        assert_eq!(reason(refused), expected, "{caller:?}");
    }
}

#[tokio::test]
async fn s04_a_replaced_device_cannot_renew_itself_back_before_the_gate_knows() {
    let (catalog, _place) = fleet().await;
    let (device, terminal) = registered(&catalog, TERMINAL).await;
    later(&catalog, SIXTY_DAYS);
    let code = invite(&catalog, TERMINAL).await;
    Device::new().register(&catalog, &code).await.unwrap();
    let refused = renew(&catalog, &terminal, &device).await.unwrap_err();
    assert_eq!(reason(refused), (Code::Unauthenticated, "TERMINAL_STOPPED".to_owned()));
}
