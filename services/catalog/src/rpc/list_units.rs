//! Lists a region's units as they were on a day (C06).

use domain::{
    deadline::{day_of, iso_date},
    violation::{Violations, identifier},
};
use platform::{auth::Reader, convert::unit::unit_kind, page::Page};
use proto::catalog::v1::{ListUnitsRequest, ListUnitsResponse};

use crate::{Catalog, convert::unit_for, error::Error};

pub(crate) async fn run(
    catalog: &Catalog,
    caller: Reader,
    request: ListUnitsRequest,
) -> Result<ListUnitsResponse, Error> {
    let today = day_of(catalog.shell.clock.now());
    let mut wrong = Violations::default();
    wrong.require(!request.region_code.is_empty(), "region_code", "is missing");
    wrong.take("region_code", identifier(&request.region_code));
    let kind = (request.kind != 0).then(|| unit_kind(request.kind)).transpose();
    let kind = wrong.take("kind", kind).flatten();
    let day = if request.on.is_empty() { Ok(today) } else { iso_date(&request.on) };
    let day = wrong.take("on", day);
    let page = wrong.take("page_token", Page::parse(request.page_size, &request.page_token));
    let (Some(day), Some(page)) = wrong.finish((day, page))? else {
        return Err(Violations::default().into());
    };
    let known = catalog.memory.known().await?;
    let after = page.after.clone().unwrap_or_default();
    let mut units: Vec<_> = known
        .organization
        .in_region(&request.region_code, kind, day)
        .filter(|unit| unit.id > after)
        .take(usize::try_from(page.read_size()).unwrap_or(usize::MAX))
        .collect();
    let next_page_token = page.cut(&mut units, |unit| unit.id.clone());
    let units = units.into_iter().map(|unit| unit_for(&caller, unit)).collect();
    Ok(ListUnitsResponse { units, next_page_token })
}
