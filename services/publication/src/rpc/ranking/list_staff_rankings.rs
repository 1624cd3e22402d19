//! Ranks window staff, for the officers of their agency and of its Authority.

use domain::{
    codes::RegionCode,
    report_period::ReportPeriod,
    violation::{Violations, identifier},
};
use platform::{auth::Officer, page::Page};
use proto::publication::v1::{Dimension, ListStaffRankingsRequest, ListStaffRankingsResponse};

use crate::{
    app::ranking::{Asked, table},
    error::{Error, StatisticsError},
    state::Publication,
};

pub(crate) async fn run(
    publication: &Publication,
    caller: Officer,
    request: ListStaffRankingsRequest,
) -> Result<ListStaffRankingsResponse, Error> {
    let mut wrong = Violations::default();
    let region = wrong.take("region_code", RegionCode::parse(&request.region_code));
    wrong.take("agency_id", identifier(&request.agency_id));
    let period = wrong.take("period", ReportPeriod::parse(&request.period));
    let page = Page::read(&mut wrong, "ListStaffRankings", request.page_size, &request.page_token);
    let Some((region, period)) = wrong.finish(region.zip(period))? else {
        return Err(Violations::default().into());
    };
    let agency = request.agency_id;
    let own = caller.agency().is_none_or(|own| own == agency);
    if !own || !caller.reaches(region.as_str()) {
        let outside = match agency.is_empty() {
            true => StatisticsError::RegionNotFound,
            false => StatisticsError::AgencyNotFound,
        };
        return Err(outside.into());
    }
    let asked = Asked {
        dimension: Dimension::Staff,
        region,
        agency,
        line: String::new(),
        within_region: true,
        period,
    };
    let table = table(publication, &asked).await?;
    let (rows, next_page_token) = table.page(&page, false);
    Ok(ListStaffRankingsResponse { basis: Some(table.basis()), rows, next_page_token })
}

#[cfg(test)]
mod tests;
