//! Reads one change.

use domain::violation::Violations;
use platform::auth::Officer;
use proto::catalog::v1::{GetChangeRequest, GetChangeResponse};
use uuid::Uuid;

use crate::{Catalog, convert::change_to_wire, error::Error, store};

pub(crate) async fn run(
    catalog: &Catalog,
    caller: Officer,
    request: GetChangeRequest,
) -> Result<GetChangeResponse, Error> {
    let mut wrong = Violations::default();
    let id = request.change_id.parse::<Uuid>().map_err(|_| "is no UUID");
    let id = wrong.take("change_id", id);
    let id = wrong.finish(id)?.unwrap_or_default();
    let kept = store::change(catalog.store.read(), &caller, id).await?;
    let kept = kept.ok_or(Error::ChangeNotFound)?;
    Ok(GetChangeResponse { change: Some(change_to_wire(id, kept.change, &kept.course)) })
}
