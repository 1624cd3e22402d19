//! Replaces what a terminal should show.

use domain::violation::{Violations, identifier};
use platform::{auth::Operator, once::Recognised, status::Failure};
use prost::Message as _;
use proto::catalog::v1::{UpdateTerminalConfigurationRequest, UpdateTerminalConfigurationResponse};
use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use crate::{
    app::terminal::place_for,
    convert::terminal::{configuration, shown},
    entity::terminal,
    error::Error,
    state::Catalog,
    store,
};

pub(crate) async fn run(
    catalog: &Catalog,
    caller: Operator,
    request: UpdateTerminalConfigurationRequest,
) -> Result<UpdateTerminalConfigurationResponse, Error> {
    let mut wrong = Violations::default();
    let request_id = request.request_id.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("request_id", request_id);
    wrong.take("terminal_id", identifier(&request.terminal_id));
    let asked = request.configuration.clone().ok_or("is missing");
    let asked = wrong.take("configuration", asked).unwrap_or_default();
    let replaced = asked.version.clone();
    let new = configuration(&mut wrong, asked);
    for (n, code) in new.item_codes.iter().enumerate() {
        if catalog.memory.item(code).await?.is_none() {
            wrong.add(format!("configuration.item_codes[{n}]"), "is not published");
        }
    }
    let Some(request_id) = wrong.finish(request_id)? else {
        return Err(Violations::default().into());
    };
    let place = place_for(catalog, caller.officer(), &request.terminal_id).await?;
    let (shell, by) = (&catalog.shell, caller.officer().id().as_bytes());
    let key = shell.requests.key(by, "UpdateTerminalConfiguration", request_id, &request);
    let asked = shell.once(&catalog.store, key).await?;
    let txn = match asked.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let region = &place.unit.region_code;
    let mut row = store::terminal::lock(&*txn, &request.terminal_id, region).await?;
    if shown(&row, &place)?.version != replaced {
        return Err(Failure::Raced("the configuration was changed since it was read").into());
    }
    row.configuration = Some(new.encode_to_vec());
    let set = terminal::ActiveModel {
        configuration: Set(row.configuration.clone()),
        revision: Set(row.revision.saturating_add(1)),
        ..Default::default()
    };
    store::terminal::change(&*txn, &request.terminal_id, set).await?;
    let configuration = Some(shown(&row, &place)?);
    Ok(txn.finish(UpdateTerminalConfigurationResponse { configuration }, Vec::new()).await?)
}

#[cfg(test)]
mod tests;
