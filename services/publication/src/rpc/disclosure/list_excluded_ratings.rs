//! Lists the ratings that count nowhere and why, the newest exclusion first.

use domain::{
    codes::RegionCode,
    violation::{Violations, identifier},
};
use platform::{auth::Anyone, page::Page};
use proto::publication::v1::{ListExcludedRatingsRequest, ListExcludedRatingsResponse};

use crate::{
    app::disclosure::withheld,
    convert::disclosure::excluded_to_wire,
    error::Error,
    state::Publication,
    store::{self, disclosure::ledger},
};

pub(crate) async fn run(
    publication: &Publication,
    _: Anyone,
    request: ListExcludedRatingsRequest,
) -> Result<ListExcludedRatingsResponse, Error> {
    let mut wrong = Violations::default();
    let region = wrong.take("region_code", RegionCode::parse(&request.region_code));
    wrong.take("agency_id", identifier(&request.agency_id));
    let page =
        Page::read(&mut wrong, "ListExcludedRatings", request.page_size, &request.page_token);
    let Some(region) = wrong.finish(region)? else {
        return Err(Violations::default().into());
    };
    let (code, agency) = (region.as_str(), &request.agency_id);
    let read = publication.store.read();
    let (before, size) = (page.after, page.read_size());
    let mut rows = ledger::shown(read, code, agency, before, size).await?;
    let next_page_token = page.cut(&mut rows, |(row, _)| (row.since, row.id));
    let levels = ledger::levels(read, rows.iter().map(|(row, _)| row.rating_id)).await?;
    let ratings = rows.iter().filter_map(|(row, ticket)| {
        let level = levels.get(&row.rating_id).copied().unwrap_or_default();
        Some(excluded_to_wire(row, ticket.as_ref()?, level))
    });
    Ok(ListExcludedRatingsResponse {
        ratings: ratings.collect(),
        next_page_token,
        private_count: store::disclosure::ledger::hidden(read, code, agency).await?,
        withheld: withheld::of_lists(publication, &region, false),
    })
}

#[cfg(test)]
mod tests;
