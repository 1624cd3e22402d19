//! The terminals of a region, all of them or those to look at (P13).

use platform::testing::plan;
use proto::catalog::v1::{TerminalCondition, TerminalHealth, TerminalState};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QueryTrait as _,
};

use super::*;
use crate::{
    entity::terminal,
    rpc::{
        terminal::testing::{TERMINAL, beat, by_token, fleet, invite, officer, watch},
        testing::REGION,
    },
    store::terminal::unknown,
};

async fn ids(catalog: &Catalog, request: ListTerminalsRequest) -> Vec<String> {
    let answer = run(catalog, officer(REGION), request).await.unwrap();
    assert!(answer.next_page_token.is_empty());
    answer.terminals.into_iter().map(|terminal| terminal.terminal_id).collect()
}

#[tokio::test]
async fn p13_silent_terminals_are_listed_and_those_that_never_registered() {
    let (catalog, _place) = fleet().await;
    assert_eq!(watch(&catalog).await.placed, 3, "the organisation's");
    assert_eq!(watch(&catalog).await.placed, 0);
    let all = || ListTerminalsRequest::default();
    let of = |condition: TerminalCondition| ListTerminalsRequest {
        condition: condition.into(),
        ..all()
    };
    assert_eq!(ids(&catalog, all()).await, [TERMINAL, "652301-t02", "652301-t03"]);
    beat(&catalog, &by_token(TERMINAL), TerminalHealth::default()).await;
    let silent = ids(&catalog, of(TerminalCondition::Silent)).await;
    assert_eq!(silent, ["652301-t02", "652301-t03"]);
    let full = TerminalHealth { waiting_ratings: 9, waiting_room: 10, ..TerminalHealth::default() };
    beat(&catalog, &by_token("652301-t02"), full).await;
    assert_eq!(ids(&catalog, of(TerminalCondition::SpoolFull)).await, ["652301-t02"]);
    assert!(ids(&catalog, of(TerminalCondition::ClockWrong)).await.is_empty());
    invite(&catalog, "652301-t03").await;
    let state = |state: TerminalState| ListTerminalsRequest { state: state.into(), ..all() };
    assert_eq!(ids(&catalog, state(TerminalState::Invited)).await, ["652301-t03"]);
    let unregistered = ids(&catalog, state(TerminalState::Unregistered)).await;
    assert_eq!(unregistered, [TERMINAL, "652301-t02"]);
    // Another region's Authority sees none of them, whatever region it asks for.
    for region_code in ["", REGION, "650000"] {
        let request = ListTerminalsRequest { region_code: region_code.to_owned(), ..all() };
        let seen = run(&catalog, officer("652302"), request.clone()).await.unwrap().terminals;
        assert!(seen.is_empty(), "{region_code}");
        let above = run(&catalog, officer("650000"), request).await.unwrap().terminals;
        assert_eq!(above.len(), 3, "{region_code}");
    }
}

#[tokio::test]
async fn p13_a_fleet_is_read_page_by_page_however_few_are_wanted() {
    let (catalog, _place) = fleet().await;
    watch(&catalog).await;
    beat(&catalog, &by_token("652301-t02"), TerminalHealth::default()).await;
    let (mut token, mut seen) = (String::new(), Vec::new());
    loop {
        let request = ListTerminalsRequest {
            condition: TerminalCondition::Silent.into(),
            page_size: 1,
            page_token: token,
            ..ListTerminalsRequest::default()
        };
        let answer = run(&catalog, officer(REGION), request).await.unwrap();
        seen.extend(answer.terminals.into_iter().map(|terminal| terminal.terminal_id));
        token = answer.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, [TERMINAL, "652301-t03"]);
}

#[tokio::test]
async fn p13_a_regions_terminals_silent_ones_and_a_code_are_found_by_an_index() {
    let (catalog, _place) = fleet().await;
    let rows = (0..2_000).map(|n| unknown(&format!("x{n:05}"), "652302"));
    store::terminal::add(catalog.store.write(), rows).await.unwrap();
    let backend = catalog.store.backend();
    let region = terminal::Entity::find()
        .filter(platform::database::below(terminal::Column::RegionCode, REGION))
        .order_by_asc(terminal::Column::TerminalId);
    let silent = terminal::Entity::find()
        .filter(terminal::Column::SilenceTold.eq(false))
        .filter(terminal::Column::HeardAt.lt(7));
    let code = terminal::Entity::find().filter(terminal::Column::CodeHash.eq(vec![7_u8; 16]));
    for (statement, index) in [
        (region.build(backend), "terminal_region"),
        (silent.build(backend), "terminal_silence"),
        (code.build(backend), "terminal_code"),
    ] {
        let found = plan(&catalog.store, statement).await;
        assert!(found.contains(index), "{found}");
    }
}
