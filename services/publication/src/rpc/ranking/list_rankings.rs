//! Ranks what serves, for everybody.

use domain::{
    codes::RegionCode,
    report_period::ReportPeriod,
    violation::{Violations, identifier},
};
use platform::{auth::Anyone, page::Page};
use proto::publication::v1::{Dimension, ListRankingsRequest, ListRankingsResponse};

use crate::{
    app::ranking::{Asked, table},
    error::Error,
    state::Publication,
};

pub(crate) async fn run(
    publication: &Publication,
    _: Anyone,
    request: ListRankingsRequest,
) -> Result<ListRankingsResponse, Error> {
    let mut wrong = Violations::default();
    let dimension = Dimension::try_from(request.dimension).unwrap_or(Dimension::Unspecified);
    wrong.require(dimension != Dimension::Unspecified, "dimension", "is missing or unknown");
    wrong.require(
        dimension != Dimension::Staff,
        "dimension",
        "is for officers: see ListStaffRankings",
    );
    wrong.require(
        !matches!(dimension, Dimension::Terminal | Dimension::Platform),
        "dimension",
        "is not ranked: a terminal or platform serves whatever people choose there",
    );
    let region = wrong.take("region_code", RegionCode::parse(&request.region_code));
    wrong.take("agency_id", identifier(&request.agency_id));
    wrong.take("line_id", identifier(&request.line_id));
    wrong.require(
        request.agency_id.is_empty() || matches!(dimension, Dimension::Window | Dimension::Item),
        "agency_id",
        "narrows a ranking of windows or items alone",
    );
    wrong.require(
        request.line_id.is_empty() || dimension == Dimension::Item,
        "line_id",
        "narrows a ranking of items alone",
    );
    let period = wrong.take("period", ReportPeriod::parse(&request.period));
    let page = Page::read(&mut wrong, "ListRankings", request.page_size, &request.page_token);
    let Some((region, period)) = wrong.finish(region.zip(period))? else {
        return Err(Violations::default().into());
    };
    let asked = Asked {
        dimension,
        region,
        agency: request.agency_id,
        line: request.line_id,
        within_region: request.within_region,
        period,
    };
    let table = table(publication, &asked).await?;
    let (rows, next_page_token) = table.page(&page, true);
    Ok(ListRankingsResponse { basis: Some(table.basis()), rows, next_page_token })
}

#[cfg(test)]
mod tests;
