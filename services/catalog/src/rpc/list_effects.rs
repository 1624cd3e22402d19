//! Lists the item versions that a ticket, problem or survey led to (C14).

use domain::violation::{Violations, identifier};
use platform::{auth::Anyone, convert::item::cause, page::Page};
use proto::catalog::v1::{ItemVersion, ListEffectsRequest, ListEffectsResponse};

use crate::{Catalog, error::Error, store};

pub(crate) async fn run(
    catalog: &Catalog,
    _: Anyone,
    request: ListEffectsRequest,
) -> Result<ListEffectsResponse, Error> {
    let mut wrong = Violations::default();
    let asked = request.cause.unwrap_or_default();
    let cause = wrong.take("cause.kind", cause(&asked));
    wrong.require(!asked.id.is_empty(), "cause.id", "is missing");
    wrong.take("cause.id", identifier(&asked.id));
    let page = wrong.take("page_token", Page::parse(request.page_size, &request.page_token));
    let after = page.as_ref().and_then(|page| page.after.as_deref());
    let after = after.map(|key| sort_key(key).ok_or("is no page token of this service"));
    let after = after.and_then(|after| wrong.take("page_token", after));
    let (Some(cause), Some(page)) = wrong.finish((cause, page))? else {
        return Err(Violations::default().into());
    };
    let mut rows = store::effects(&catalog.store, &cause, after, page.read_size()).await?;
    let key = |row: &crate::entity::effect::Model| {
        format!("{} {} {}", row.published_at, row.code, row.version)
    };
    let next_page_token = page.cut(&mut rows, key);
    let versions = rows
        .into_iter()
        .map(|row| ItemVersion { code: row.code, version: row.version.unsigned_abs() });
    Ok(ListEffectsResponse { versions: versions.collect(), next_page_token })
}

fn sort_key(key: &str) -> Option<(i64, String, i32)> {
    let mut parts = key.split(' ');
    let (at, code, version) = (parts.next()?, parts.next()?, parts.next()?);
    Some((at.parse().ok()?, code.to_owned(), version.parse().ok()?))
}
