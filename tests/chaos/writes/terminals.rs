//! The writes about terminals.

use std::sync::Arc;

use e2e::citizens::signed;
use proto::catalog::v1::{
    GetTerminalRequest, TerminalConfiguration, UpdateTerminalConfigurationRequest,
    terminal_service_client::TerminalServiceClient,
};

use super::{Sent, Write, Writers, id};

/// A terminal of the sample that no other write stands at.
const TERMINAL: &str = "652301-t03";

impl Writers {
    pub(super) async fn of_terminals(&self) -> Vec<Write> {
        let mut terminals = TerminalServiceClient::new(self.channel.clone());
        let asked = GetTerminalRequest { terminal_id: TERMINAL.to_owned() };
        let read = terminals.get_terminal(signed(asked, &self.authority)).await.unwrap();
        let known = read.into_inner().terminal.unwrap().configuration.unwrap();
        // Another one in each round.
        let idle_seconds = known.idle_seconds % 500 + 11;
        let update = UpdateTerminalConfigurationRequest {
            request_id: id(),
            terminal_id: TERMINAL.to_owned(),
            configuration: Some(TerminalConfiguration { idle_seconds, ..known }),
        };
        vec![call!(TerminalServiceClient.update_terminal_configuration(update), &self.authority)]
    }
}
