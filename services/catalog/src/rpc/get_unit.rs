//! Reads one unit of the organisation as it was on a day (C06).

use domain::{
    codes::RegionCode,
    deadline::{day_of, iso_date},
    violation::{Violations, identifier},
};
use platform::auth::Reader;
use proto::catalog::v1::{GetUnitRequest, GetUnitResponse};

use crate::{Catalog, convert::unit_for, error::Error};

pub(crate) async fn run(
    catalog: &Catalog,
    caller: Reader,
    request: GetUnitRequest,
) -> Result<GetUnitResponse, Error> {
    let today = day_of(catalog.shell.clock.now());
    let mut wrong = Violations::default();
    wrong.take("unit_id", identifier(&request.unit_id));
    let day = if request.on.is_empty() { Ok(today) } else { iso_date(&request.on) };
    let day = wrong.take("on", day);
    let day = wrong.finish(day)?.unwrap_or(today);
    let known = catalog.memory.known().await?;
    let unit = known.organization.on(&request.unit_id, day).or_else(|| {
        // A region also goes by the longer form that platforms write.
        let code = RegionCode::parse(&request.unit_id).ok()?;
        known.organization.on(code.as_str(), day)
    });
    let unit = unit.ok_or(Error::UnitNotFound)?;
    Ok(GetUnitResponse { unit: Some(unit_for(&caller, unit)) })
}
