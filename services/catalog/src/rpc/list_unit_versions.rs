//! Lists every version of a unit, the newest first (C06).

use domain::violation::{Violations, identifier};
use platform::auth::Reader;
use proto::catalog::v1::{ListUnitVersionsRequest, ListUnitVersionsResponse};

use crate::{Catalog, convert::unit_for, error::Error};

pub(crate) async fn run(
    catalog: &Catalog,
    caller: Reader,
    request: ListUnitVersionsRequest,
) -> Result<ListUnitVersionsResponse, Error> {
    let mut wrong = Violations::default();
    wrong.take("unit_id", identifier(&request.unit_id));
    wrong.finish(())?;
    let known = catalog.memory.known().await?;
    let versions = known.organization.versions(&request.unit_id);
    if versions.is_empty() {
        return Err(Error::UnitNotFound);
    }
    let versions = versions.iter().rev().map(|unit| unit_for(&caller, unit)).collect();
    Ok(ListUnitVersionsResponse { versions })
}
