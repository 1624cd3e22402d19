//! Lists every version of an item, the newest first (C02).

use domain::violation::{Violations, identifier};
use platform::{auth::Anyone, convert::item::to_wire_item, page::Page};
use proto::catalog::v1::{ListItemVersionsRequest, ListItemVersionsResponse};

use crate::{Catalog, error::Error, store};

pub(crate) async fn run(
    catalog: &Catalog,
    _: Anyone,
    request: ListItemVersionsRequest,
) -> Result<ListItemVersionsResponse, Error> {
    let mut wrong = Violations::default();
    wrong.take("code", identifier(&request.code));
    let page = wrong.take("page_token", Page::parse(request.page_size, &request.page_token));
    let page = wrong.finish(page)?.unwrap_or(Page { size: 0, after: None });
    let mut versions = store::versions(&catalog.store, &request.code, &page).await?;
    if versions.is_empty() && page.after.is_none() {
        return Err(Error::ItemNotFound);
    }
    let next_page_token = page.cut(&mut versions, |item| item.version.to_string());
    let versions = versions.iter().map(to_wire_item).collect();
    Ok(ListItemVersionsResponse { versions, next_page_token })
}
