//! What a terminal should show is replaced by who read it.

use platform::testing::terminal_with;
use proto::catalog::v1::{
    GetTerminalConfigurationRequest, TerminalConfiguration, TerminalHealth, TerminalMode,
    TerminalTheme,
};
use tonic::{Code, Status};

use super::*;
use crate::{
    jobs::load_region::tests::FIRST_ITEM,
    rpc::{
        terminal::{
            get_terminal_configuration,
            testing::{TERMINAL, beat, by_token, fleet, officer},
        },
        testing::{REGION, request_id},
    },
};

async fn shown_now(catalog: &Catalog) -> TerminalConfiguration {
    let asked = GetTerminalConfigurationRequest {};
    let answer = get_terminal_configuration::run(catalog, by_token(TERMINAL), asked).await;
    answer.unwrap().configuration.unwrap()
}

async fn update(
    catalog: &Catalog,
    region: &str,
    configuration: TerminalConfiguration,
) -> Result<TerminalConfiguration, Status> {
    let request = UpdateTerminalConfigurationRequest {
        request_id: request_id(),
        terminal_id: TERMINAL.to_owned(),
        configuration: Some(configuration),
    };
    Ok(run(catalog, officer(region), request).await?.configuration.unwrap())
}

#[tokio::test]
async fn s04_a_configuration_reaches_the_terminal_with_its_next_word() {
    let (catalog, _place) = fleet().await;
    let before = shown_now(&catalog).await;
    let new = TerminalConfiguration {
        mode: TerminalMode::Rating.into(),
        languages: vec!["zh-Hans".to_owned(), "ug-Arab".to_owned()],
        theme: TerminalTheme::Elder.into(),
        idle_seconds: 60,
        warning_seconds: 20,
        thanks_seconds: 10,
        item_codes: vec![FIRST_ITEM.to_owned()],
        // The organisation's to say: not taken.
        hall_id: "652301-h02".to_owned(),
        ..before.clone()
    };
    let now = update(&catalog, REGION, new.clone()).await.unwrap();
    assert_ne!(now.version, before.version);
    assert_eq!(
        now,
        TerminalConfiguration {
            version: now.version.clone(),
            hall_id: before.hall_id.clone(),
            ..new.clone()
        }
    );
    let heard = beat(&catalog, &terminal_with(TERMINAL, "07"), TerminalHealth::default()).await;
    assert_eq!(heard.configuration_version, now.version);
    assert_eq!(shown_now(&catalog).await, now);
    // Whoever read it before that does not undo it.
    let raced = update(&catalog, REGION, new).await.unwrap_err();
    assert_eq!(raced.code(), Code::Aborted);
    let outside = update(&catalog, "652302", now.clone()).await.unwrap_err();
    assert_eq!(outside.code(), Code::NotFound);
    assert_eq!(shown_now(&catalog).await, now);
}

#[tokio::test]
async fn s04_everything_wrong_with_a_configuration_is_named() {
    let (catalog, _place) = fleet().await;
    let wrong = TerminalConfiguration {
        mode: 9,
        theme: 9,
        languages: vec!["中文".to_owned(), "zh-Hans".to_owned(), "zh-Hans".to_owned()],
        idle_seconds: 5,
        warning_seconds: 121,
        thanks_seconds: 1,
        item_codes: vec!["x".to_owned()],
        ..shown_now(&catalog).await
    };
    let refused = update(&catalog, REGION, wrong).await.unwrap_err();
    // The item is no code, and none that is published.
    assert!(refused.message().contains("one of 9"), "{refused}");
    let many = TerminalConfiguration {
        languages: vec!["zh".to_owned(); 17],
        item_codes: vec![FIRST_ITEM.to_owned(); 201],
        ..shown_now(&catalog).await
    };
    let refused = update(&catalog, REGION, many).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(refused.message().contains("are more than 16"), "{refused}");
}
