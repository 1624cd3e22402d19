//! Reads what the terminal that calls should show.

use platform::auth::Terminal;
use proto::catalog::v1::{GetTerminalConfigurationRequest, GetTerminalConfigurationResponse};

use crate::{
    app::terminal::place,
    convert::terminal::shown,
    error::Error,
    state::Catalog,
    store::{self, terminal::unknown},
};

pub(crate) async fn run(
    catalog: &Catalog,
    caller: Terminal,
    _: GetTerminalConfigurationRequest,
) -> Result<GetTerminalConfigurationResponse, Error> {
    let place = place(catalog, caller.id()).await?;
    let row = store::terminal::terminal(catalog.store.read(), caller.id()).await?;
    let row = row.unwrap_or_else(|| unknown(caller.id(), &place.unit.region_code));
    Ok(GetTerminalConfigurationResponse { configuration: Some(shown(&row, &place)?) })
}

#[cfg(test)]
mod tests {
    use tonic::{Code, Status};

    use super::*;
    use crate::rpc::terminal::testing::{TERMINAL, by_token, fleet};

    #[tokio::test]
    async fn s04_a_terminal_reads_its_own_configuration_and_where_it_stands() {
        let (catalog, _place) = fleet().await;
        let asked = GetTerminalConfigurationRequest {};
        let read = run(&catalog, by_token(TERMINAL), asked).await.unwrap().configuration.unwrap();
        assert_eq!((read.region_code.as_str(), read.hall_id.as_str()), ("652301", "652301-h01"));
        assert!(!read.hall_name.is_empty() && read.version.len() == 16);
        let refused = run(&catalog, by_token("652301-h01"), asked).await.unwrap_err();
        assert_eq!(Status::from(refused).code(), Code::NotFound);
    }
}
