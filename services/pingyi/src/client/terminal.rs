//! `pingyi terminal`: invites, lists and stops terminals (终端), as an officer of the Authority.

use std::io::{self, Write};

use clap::{Subcommand, ValueEnum};
use proto::{
    catalog::v1::{
        InviteTerminalRequest, ListTerminalsRequest, RevokeTerminalRequest, Terminal,
        TerminalCondition, TerminalState, terminal_service_client::TerminalServiceClient,
    },
    r#type::v1::TerminalStopReason,
};

use super::{ClientError, server::Server};
use crate::columns::write_rows;

/// What is asked for.
#[derive(Debug, clap::Args)]
pub struct TerminalCommand {
    #[command(subcommand)]
    asked: Asked,
    #[command(flatten)]
    server: Server,
}

#[derive(Debug, Subcommand)]
enum Asked {
    /// Gives a code with which one device can register as a terminal (注册码)
    Invite {
        /// The terminal's id in the catalogue
        id: String,
    },
    /// Lists the terminals of a region: where each stands, and what is to be looked at (P13)
    List {
        /// The region (GB/T 2260), with those below it; without it, the officer's
        #[arg(long, default_value = "")]
        region: String,
        /// Only those with this condition
        #[arg(long)]
        only: Option<Only>,
    },
    /// Stops a terminal, within seconds and everywhere (停用)
    Revoke {
        /// The terminal's id in the catalogue
        id: String,
        /// Why
        #[arg(long)]
        reason: Reason,
    },
}

/// What is to be looked at.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Only {
    /// Not heard for too long, or never (失联)
    Silent,
    /// Its clock is off (时钟不准)
    ClockWrong,
    /// Ratings wait, and there is little room for more (待传评价积压)
    SpoolFull,
    /// Its screen failed (界面故障)
    ScreenFailed,
}

/// Why a terminal is stopped.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Reason {
    /// 丢失或被盗
    Lost,
    /// 疑似被侵入或密钥泄露
    Compromised,
    /// 送修
    Repair,
    /// 报废或撤除
    Retired,
}

/// Why it is not done.
#[derive(Debug, thiserror::Error)]
pub enum TerminalError {
    /// The server cannot be asked, or refuses.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// What was answered cannot be written.
    #[error(transparent)]
    Write(#[from] io::Error),
}

/// Does what is asked.
///
/// # Errors
/// [`TerminalError`].
pub async fn run(command: TerminalCommand, out: &mut impl Write) -> Result<(), TerminalError> {
    let TerminalCommand { asked, server } = command;
    let mut terminals = TerminalServiceClient::new(server.connect().await?);
    let request_id = platform::clock::Clock::System.new_id().to_string();
    match asked {
        Asked::Invite { id } => {
            let request = InviteTerminalRequest { request_id, terminal_id: id };
            let answer = terminals.invite_terminal(server.signed(request)?).await;
            let answer = answer.map_err(ClientError::from)?.into_inner();
            let ends = instant(answer.ends_at.as_ref());
            Ok(writeln!(out, "{}  good for one device until {ends}", answer.code)?)
        }
        Asked::List { region, only } => {
            let mut rows = vec![HEADS.map(str::to_owned).to_vec()];
            let mut page_token = String::new();
            loop {
                let request = ListTerminalsRequest {
                    region_code: region.clone(),
                    condition: only.map_or(0, |only| only.condition().into()),
                    page_token,
                    ..ListTerminalsRequest::default()
                };
                let answer = terminals.list_terminals(server.signed(request)?).await;
                let answer = answer.map_err(ClientError::from)?.into_inner();
                rows.extend(answer.terminals.iter().map(row));
                page_token = answer.next_page_token;
                if page_token.is_empty() {
                    return Ok(write_rows(&rows, out)?);
                }
            }
        }
        Asked::Revoke { id, reason } => {
            let reason = reason.reason().into();
            let request = RevokeTerminalRequest { request_id, terminal_id: id, reason };
            let answer = terminals.revoke_terminal(server.signed(request)?).await;
            answer.map_err(ClientError::from)?;
            Ok(writeln!(out, "stopped; every service knows it within a few seconds")?)
        }
    }
}

impl Only {
    fn condition(self) -> TerminalCondition {
        match self {
            Self::Silent => TerminalCondition::Silent,
            Self::ClockWrong => TerminalCondition::ClockWrong,
            Self::SpoolFull => TerminalCondition::SpoolFull,
            Self::ScreenFailed => TerminalCondition::ScreenFailed,
        }
    }
}

impl Reason {
    fn reason(self) -> TerminalStopReason {
        match self {
            Self::Lost => TerminalStopReason::Lost,
            Self::Compromised => TerminalStopReason::Compromised,
            Self::Repair => TerminalStopReason::Repair,
            Self::Retired => TerminalStopReason::Retired,
        }
    }
}

const HEADS: [&str; 8] =
    ["终端", "名称", "状态", "最近心跳", "版本", "待传", "证书到期", "需要查看"];

fn row(terminal: &Terminal) -> Vec<String> {
    let state = match terminal.state() {
        TerminalState::Unspecified => "",
        TerminalState::Unregistered => "未注册",
        TerminalState::Invited => "待注册",
        TerminalState::Active => "在用",
        TerminalState::Stopped => "停用",
    };
    let conditions = terminal.conditions().map(|condition| match condition {
        TerminalCondition::Unspecified => "",
        TerminalCondition::Silent => "失联",
        TerminalCondition::ClockWrong => "时钟不准",
        TerminalCondition::SpoolFull => "待传评价积压",
        TerminalCondition::ScreenFailed => "界面故障",
    });
    let health = terminal.health.clone().unwrap_or_default();
    vec![
        terminal.terminal_id.clone(),
        terminal.name.clone(),
        state.to_owned(),
        instant(terminal.heard_at.as_ref()),
        health.software_version,
        health.waiting_ratings.to_string(),
        instant(terminal.certificate_ends_at.as_ref()),
        conditions.collect::<Vec<_>>().join("、"),
    ]
}

/// A time as China writes it; `-` if there is none.
fn instant(at: Option<&prost_types::Timestamp>) -> String {
    let at = at.and_then(|at| platform::convert::from_wire(at).ok());
    at.map_or_else(|| "-".to_owned(), platform::words::moment)
}

#[cfg(test)]
mod tests {
    use proto::catalog::v1::TerminalHealth;

    use super::*;

    #[test]
    fn p13_a_terminal_is_one_line_that_says_what_is_to_be_looked_at() {
        let terminal = Terminal {
            terminal_id: "t1".to_owned(),
            name: "示例".to_owned(),
            state: TerminalState::Active.into(),
            heard_at: Some(prost_types::Timestamp { seconds: 1_772_413_200, nanos: 0 }),
            health: Some(TerminalHealth { waiting_ratings: 7, ..TerminalHealth::default() }),
            conditions: vec![
                TerminalCondition::Silent.into(),
                TerminalCondition::ClockWrong.into(),
            ],
            ..Terminal::default()
        };
        let line = ["t1", "示例", "在用", "2026-03-02 09:00:00", "", "7", "-", "失联、时钟不准"];
        assert_eq!(row(&terminal), line);
    }
}
