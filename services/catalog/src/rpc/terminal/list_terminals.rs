//! Lists the terminals of a region (P13): silent ones, those with a wrong clock, those that are full.

use domain::{codes::RegionCode, violation::Violations};
use platform::{auth::Watch, page::Page};
use proto::catalog::v1::{ListTerminalsRequest, ListTerminalsResponse};

use crate::{
    app::terminal::place_in,
    convert::terminal::{condition_asked, conditions, state, state_asked, terminal_to_wire},
    error::Error,
    state::Catalog,
    store,
};

/// How many rows are looked through at once.
const BATCH: u64 = 500;

pub(crate) async fn run(
    catalog: &Catalog,
    caller: Watch,
    request: ListTerminalsRequest,
) -> Result<ListTerminalsResponse, Error> {
    let mut wrong = Violations::default();
    let region = match request.region_code.as_str() {
        "" => Some(caller.officer().region_code().clone()),
        code => wrong.take("region_code", RegionCode::parse(code)),
    };
    let wanted = wrong.take("state", state_asked(request.state)).flatten();
    let condition = wrong.take("condition", condition_asked(request.condition)).flatten();
    let (size, token) = (request.page_size, request.page_token.as_str());
    let page: Page = Page::read(&mut wrong, "ListTerminals", size, token);
    let Some(region) = wrong.finish(region)? else { return Err(Violations::default().into()) };
    let (now, patience) = (catalog.shell.clock.now(), catalog.terminals.silent_after);
    let organization = &catalog.memory.view().await?.organization;
    let (read, officer) = (catalog.store.read(), caller.officer());
    let (mut found, mut after) = (Vec::new(), page.after.clone());
    let enough = usize::try_from(page.read_size()).unwrap_or(usize::MAX);
    // What is to be looked at is decided in one place, so it is not asked of the store. A region has
    // thousands of terminals at most.
    while found.len() < enough {
        let region = region.as_str();
        let rows =
            store::terminal::terminals(read, officer, region, after.as_deref(), BATCH).await?;
        let Some(last) = rows.last() else { break };
        after = Some(last.terminal_id.clone());
        for row in rows {
            let is_wanted = wanted.is_none_or(|wanted| state(&row, now) == wanted)
                && condition.is_none_or(|c| conditions(&row, now, patience).contains(&c));
            // It may have moved since the last look at the organisation.
            let place = place_in(organization, &row.terminal_id, now)
                .filter(|place| is_wanted && officer.reaches(&place.unit.region_code));
            if let Some(place) = place {
                let terminal = terminal_to_wire(&row, &place, now, patience)?;
                found.push((row.terminal_id, terminal));
            }
        }
    }
    found.truncate(enough);
    let (terminals, next_page_token) = page.cut_to_answer(found);
    Ok(ListTerminalsResponse { terminals, next_page_token })
}

#[cfg(test)]
mod tests;
