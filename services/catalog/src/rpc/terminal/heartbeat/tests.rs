//! What a terminal says of itself, and what it hears.

use proto::catalog::v1::{
    GetTerminalRequest, Terminal as Read, TerminalCondition, TerminalHealth, TerminalState,
};
use tonic::{Code, Status};

use super::*;
use crate::rpc::{
    terminal::{
        get_terminal,
        testing::{TERMINAL, beat, by_token, fleet, later, officer, registered, watch},
    },
    testing::REGION,
};

async fn read(catalog: &Catalog) -> Read {
    let request = GetTerminalRequest { terminal_id: TERMINAL.to_owned() };
    get_terminal::run(catalog, officer(REGION), request).await.unwrap().terminal.unwrap()
}

#[tokio::test]
async fn p13_what_a_terminal_says_of_itself_is_read_by_the_authority() {
    let (catalog, _place) = fleet().await;
    let health = TerminalHealth {
        software_version: "1.4.0".to_owned(),
        waiting_ratings: 95,
        waiting_room: 100,
        oldest_waiting_seconds: 3_600,
        last_screen_error: "RENDERER_LOST".to_owned(),
        configuration_version: "00".to_owned(),
    };
    let ahead = catalog.shell.clock.now() + jiff::SignedDuration::from_secs(90);
    let request = HeartbeatRequest { health: Some(health.clone()), clock: Some(to_wire(ahead)) };
    // With a token, before the organisation was looked at; twice does no harm.
    for _ in 0..2 {
        let answer = run(&catalog, by_token(TERMINAL), request.clone()).await.unwrap();
        assert!(!answer.stopped && answer.stop_reason.is_empty() && !answer.renew_certificate);
        assert_eq!(answer.server_time, Some(to_wire(catalog.shell.clock.now())));
        assert_eq!(answer.next_heartbeat_seconds, EVERY);
    }
    let known = read(&catalog).await;
    assert_eq!(known.configuration.as_ref().unwrap().version.len(), 16);
    assert_eq!((known.health, known.clock_ahead_milliseconds), (Some(health), 90_000));
    let conditions = [
        TerminalCondition::ClockWrong,
        TerminalCondition::SpoolFull,
        TerminalCondition::ScreenFailed,
    ];
    assert_eq!(known.conditions, conditions.map(i32::from));
    later(&catalog, jiff::SignedDuration::from_mins(16));
    assert!(read(&catalog).await.conditions.contains(&TerminalCondition::Silent.into()));
}

#[tokio::test]
async fn s04_nothing_of_a_person_and_nobody_elses_word_is_taken() {
    let (catalog, _place) = fleet().await;
    let health = TerminalHealth {
        last_screen_error: "张三 110105".to_owned(),
        software_version: "一".to_owned(),
        configuration_version: "x".to_owned(),
        ..TerminalHealth::default()
    };
    let request = HeartbeatRequest { health: Some(health), clock: None };
    let refused = Status::from(run(&catalog, by_token(TERMINAL), request).await.unwrap_err());
    assert!(refused.message().contains("one of 4"), "{refused}");
    let clock = Some(to_wire(catalog.shell.clock.now()));
    let request = HeartbeatRequest { health: None, clock };
    for id in ["652301-h01", "nothing"] {
        let refused = run(&catalog, by_token(id), request.clone()).await.unwrap_err();
        assert_eq!(Status::from(refused).code(), Code::NotFound, "{id}");
    }
}

#[tokio::test]
async fn s04_a_terminal_whose_certificate_has_ended_is_told_to_serve_nobody_and_why() {
    let (catalog, _place) = fleet().await;
    let (_, terminal) = registered(&catalog, TERMINAL).await;
    assert!(!beat(&catalog, &terminal, TerminalHealth::default()).await.stopped);
    later(&catalog, jiff::SignedDuration::from_hours(90 * 24));
    assert_eq!(watch(&catalog).await.ended, 1);
    assert_eq!(read(&catalog).await.state(), TerminalState::Stopped);
    // It still has a token.
    let answer = beat(&catalog, &by_token(TERMINAL), TerminalHealth::default()).await;
    assert!(answer.stopped);
    assert_eq!(answer.stop_reason, "终端停用，请到窗口。");
    assert_eq!(why(4), answer.stop_reason);
    assert_eq!(why(3), "终端检修中，请到窗口。");
}

#[tokio::test]
async fn s04_a_stopped_terminal_is_sent_to_a_window_and_never_to_a_login() {
    use platform::auth::{Caller, Terminal};
    let (catalog, _place) = fleet().await;
    let clock = &catalog.shell.clock;
    let token = catalog.shell.signer.token(TERMINAL, Caller::Terminal, 60).unwrap();
    let mut metadata = tonic::metadata::MetadataMap::new();
    metadata.insert("authorization", format!("Bearer {token}").parse().unwrap());
    let gate = &catalog.shell.gate;
    gate.admit::<Terminal>(&metadata).unwrap();
    clock.set(clock.now() + jiff::SignedDuration::from_secs(60));
    let status = Status::from(gate.admit::<Terminal>(&metadata).unwrap_err());
    let words = String::from_utf8_lossy(status.details()).into_owned();
    assert_eq!(status.code(), Code::Unauthenticated);
    assert!(words.contains("TERMINAL_STOPPED") && words.contains("终端停用，请到窗口"), "{words}");
    assert!(!words.contains("请先登录"), "{words}");
}
