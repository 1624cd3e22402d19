//! Terminals as a fleet (终端管理).

pub(crate) mod get_terminal;
pub(crate) mod get_terminal_configuration;
pub(crate) mod heartbeat;
pub(crate) mod invite_terminal;
pub(crate) mod list_terminals;
pub(crate) mod register_terminal;
pub(crate) mod renew_terminal_certificate;
pub(crate) mod revoke_terminal;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod update_terminal_configuration;
