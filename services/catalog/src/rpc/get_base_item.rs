//! Reads one base item (C01).

use domain::violation::{Violations, identifier};
use platform::{auth::Anyone, convert::item::to_wire_base_item};
use proto::catalog::v1::{GetBaseItemRequest, GetBaseItemResponse};

use crate::{Catalog, error::Error, store};

pub(crate) async fn run(
    catalog: &Catalog,
    _: Anyone,
    request: GetBaseItemRequest,
) -> Result<GetBaseItemResponse, Error> {
    let mut wrong = Violations::default();
    wrong.take("base_code", identifier(&request.base_code));
    wrong.finish(())?;
    let version = Some(request.version).filter(|version| *version > 0);
    let base = store::base_item(&catalog.store, &request.base_code, version).await?;
    let base = base.ok_or(Error::ItemNotFound)?;
    Ok(GetBaseItemResponse { base_item: Some(to_wire_base_item(&base)) })
}
