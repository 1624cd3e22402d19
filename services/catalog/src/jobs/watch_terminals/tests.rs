//! A silent terminal is told once, while its hall is open; one that has ended is stopped once.

use proto::catalog::v1::{TerminalHealth, TransferFormat, TransferKind};

use super::*;
use crate::rpc::{
    terminal::testing::{TERMINAL, beat, by_token, fleet, registered, replica, told, watch},
    testing::{at, import},
};

#[tokio::test]
async fn p13_a_silent_terminal_is_told_once_until_it_is_heard_again() {
    let (catalog, _place) = fleet().await;
    watch(&catalog).await;
    assert_eq!(watch(&catalog).await.silent, 0, "one that was never heard is listed, not told");
    beat(&catalog, &by_token(TERMINAL), TerminalHealth::default()).await;
    let heard = catalog.shell.clock.now();
    at(&catalog, "2026-03-02T01:15:00Z");
    assert_eq!(watch(&catalog).await.silent, 0, "fifteen minutes are not over");
    at(&catalog, "2026-03-02T01:15:01Z");
    let other = replica(&catalog);
    let (here, there) = tokio::join!(watch(&catalog), watch(&other));
    assert_eq!(here.silent + there.silent, 1);
    assert_eq!(watch(&catalog).await.silent, 0);
    let silent =
        TerminalSilent { terminal_id: TERMINAL.to_owned(), heard_at: Some(to_wire(heard)) };
    assert_eq!(told(&catalog).await, [Body::TerminalSilent(silent)]);
    beat(&catalog, &by_token(TERMINAL), TerminalHealth::default()).await;
    assert_eq!(watch(&catalog).await.silent, 0);
    at(&catalog, "2026-03-02T02:00:00Z");
    assert_eq!(watch(&catalog).await.silent, 1);
    assert_eq!(told(&catalog).await.len(), 2);
}

#[tokio::test]
async fn p13_a_terminal_that_is_off_with_its_closed_hall_is_not_told() {
    let (catalog, _place) = fleet().await;
    watch(&catalog).await;
    // Its hall opens at ten.
    beat(&catalog, &by_token("652301-t02"), TerminalHealth::default()).await;
    for (time, silent) in
        [("2026-03-02T01:59:00Z", 0), ("2026-03-02T02:14:00Z", 0), ("2026-03-02T02:15:00Z", 1)]
    {
        at(&catalog, time);
        assert_eq!(watch(&catalog).await.silent, silent, "{time}");
    }
}

#[tokio::test]
async fn s04_a_terminal_whose_certificate_has_ended_is_stopped_and_told_once() {
    let (catalog, _place) = fleet().await;
    registered(&catalog, TERMINAL).await;
    let end = catalog.shell.clock.now() + SignedDuration::from_hours(90 * 24);
    catalog.shell.clock.set(end - SignedDuration::from_secs(1));
    assert_eq!(watch(&catalog).await.ended, 0);
    catalog.shell.clock.set(end);
    let other = replica(&catalog);
    let (here, there) = tokio::join!(watch(&catalog), watch(&other));
    assert_eq!(here.ended + there.ended, 1);
    assert_eq!(watch(&catalog).await.ended, 0);
    let told = told(&catalog).await;
    let Some(Body::TerminalStopped(stopped)) =
        told.iter().find(|told| matches!(told, Body::TerminalStopped(s) if s.reason() == TerminalStopReason::Expired))
    else {
        panic!("{told:?}")
    };
    assert_eq!(stopped.stopped_at, Some(to_wire(end)));
}

#[tokio::test]
async fn c06_a_terminal_moves_and_goes_with_the_organisation() {
    let (catalog, _place) = fleet().await;
    let mut looked = Looked::default();
    assert_eq!(round(&catalog, &mut looked).await.unwrap().placed, 3);
    let rows = "{\"kind\":\"terminal\",\"unit_id\":\"t-new\",\"name\":\"新\",\"region_code\":\"652301\",\"hall_id\":\"652301-h01\",\"nature\":\"kiosk\"}\n";
    let kind = TransferKind::Organization;
    import(&catalog, kind, TransferFormat::JsonLines, rows).await.done();
    assert_eq!(round(&catalog, &mut looked).await.unwrap().placed, 1);
    assert_eq!(round(&catalog, &mut looked).await.unwrap().placed, 0);
    let ended = rows.replace("\"nature\"", "\"valid_to\":\"2026-03-02\",\"nature\"");
    import(&catalog, kind, TransferFormat::JsonLines, &ended).await.done();
    round(&catalog, &mut looked).await.unwrap();
    at(&catalog, "2026-03-03T01:00:00Z");
    assert_eq!(round(&catalog, &mut looked).await.unwrap().placed, 1, "the day changed");
    let row = store::terminal::terminal(catalog.store.read(), "t-new").await.unwrap().unwrap();
    assert!(!row.stands);
}
