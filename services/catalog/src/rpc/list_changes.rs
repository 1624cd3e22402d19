//! Lists changes, the newest first.

use domain::violation::Violations;
use platform::{auth::Officer, page::Page};
use proto::catalog::v1::{ListChangesRequest, ListChangesResponse};

use crate::{
    Catalog,
    convert::{change_state, change_to_wire},
    error::Error,
    store,
};

pub(crate) async fn run(
    catalog: &Catalog,
    caller: Officer,
    request: ListChangesRequest,
) -> Result<ListChangesResponse, Error> {
    let mut wrong = Violations::default();
    let state = wrong.take("state", change_state(request.state)).flatten();
    let page = wrong.take("page_token", Page::parse(request.page_size, &request.page_token));
    let page = wrong.finish(page)?.unwrap_or(Page { size: 0, after: None });
    let mut changes = store::changes(catalog.store.read(), &caller, state, &page).await?;
    let next_page_token = page.cut(&mut changes, |kept| kept.row.id.to_string());
    let changes = changes.into_iter();
    let changes = changes.map(|kept| change_to_wire(kept.row.id, kept.change, &kept.course));
    Ok(ListChangesResponse { changes: changes.collect(), next_page_token })
}
