//! Reads a terminal and how its device is.

use domain::violation::{Violations, identifier};
use platform::auth::Watch;
use proto::catalog::v1::{GetTerminalRequest, GetTerminalResponse};

use crate::{
    app::terminal::place_for,
    convert::terminal::terminal_to_wire,
    error::Error,
    state::Catalog,
    store::{self, terminal::unknown},
};

pub(crate) async fn run(
    catalog: &Catalog,
    caller: Watch,
    request: GetTerminalRequest,
) -> Result<GetTerminalResponse, Error> {
    let mut wrong = Violations::default();
    wrong.take("terminal_id", identifier(&request.terminal_id));
    wrong.finish(())?;
    let place = place_for(catalog, caller.officer(), &request.terminal_id).await?;
    let row = store::terminal::terminal(catalog.store.read(), &request.terminal_id).await?;
    let row = row.unwrap_or_else(|| unknown(&request.terminal_id, &place.unit.region_code));
    let (now, patience) = (catalog.shell.clock.now(), catalog.terminals.silent_after);
    Ok(GetTerminalResponse { terminal: Some(terminal_to_wire(&row, &place, now, patience)?) })
}

#[cfg(test)]
mod tests {
    use proto::catalog::v1::{TerminalCondition, TerminalState};
    use tonic::{Code, Status};

    use super::*;
    use crate::rpc::{
        terminal::testing::{TERMINAL, fleet, invite, officer},
        testing::REGION,
    };

    #[tokio::test]
    async fn p13_a_terminal_is_read_before_anything_was_heard_of_it_and_within_the_region_only() {
        let (catalog, _place) = fleet().await;
        let asked = GetTerminalRequest { terminal_id: TERMINAL.to_owned() };
        let read = run(&catalog, officer(REGION), asked.clone()).await.unwrap().terminal.unwrap();
        assert_eq!(read.state(), TerminalState::Unregistered);
        assert_eq!(read.conditions, [i32::from(TerminalCondition::Silent)]);
        assert!(!read.name.is_empty() && read.health.is_none() && read.heard_at.is_none());
        invite(&catalog, TERMINAL).await;
        let read = run(&catalog, officer(REGION), asked.clone()).await.unwrap().terminal.unwrap();
        assert_eq!(read.state(), TerminalState::Invited);
        assert!(read.invited_until.is_some());
        let outside = run(&catalog, officer("652302"), asked).await.unwrap_err();
        assert_eq!(Status::from(outside).code(), Code::NotFound);
    }
}
