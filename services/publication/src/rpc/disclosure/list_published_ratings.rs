//! Lists ratings one by one, the newest day first.

use domain::{
    codes::RegionCode,
    violation::{Violations, identifier},
};
use platform::{auth::Anyone, page::Page};
use proto::publication::v1::{ListPublishedRatingsRequest, ListPublishedRatingsResponse};

use crate::{
    app::disclosure::withheld, convert::disclosure::published_to_wire, error::Error,
    state::Publication, store::disclosure::listings,
};

pub(crate) async fn run(
    publication: &Publication,
    _: Anyone,
    request: ListPublishedRatingsRequest,
) -> Result<ListPublishedRatingsResponse, Error> {
    let mut wrong = Violations::default();
    let region = wrong.take("region_code", RegionCode::parse(&request.region_code));
    wrong.take("agency_id", identifier(&request.agency_id));
    let page =
        Page::read(&mut wrong, "ListPublishedRatings", request.page_size, &request.page_token);
    let Some(region) = wrong.finish(region)? else {
        return Err(Violations::default().into());
    };
    let read = publication.store.read();
    let of = (region.as_str(), request.agency_id.as_str());
    let (before, size) = (page.after, page.read_size());
    let mut rows = listings::page(read, of, before, size).await?;
    let next_page_token = page.cut(&mut rows, |row| (row.day, row.shown_as));
    let excluded = listings::exclusions(read, &rows).await?;
    let ratings = rows.iter().map(|row| published_to_wire(row, excluded.get(&row.rating_id)));
    Ok(ListPublishedRatingsResponse {
        ratings: ratings.collect(),
        next_page_token,
        withheld: withheld::of_lists(publication, &region, true),
    })
}

#[cfg(test)]
mod tests;
