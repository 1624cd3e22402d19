//! Lists every version of an item, the newest first (C02).

use domain::violation::{Violations, identifier};
use platform::{auth::Anyone, convert::item::to_wire_item, page::Page};
use proto::catalog::v1::{ListItemVersionsRequest, ListItemVersionsResponse};

use crate::{
    error::{CatalogError, Error},
    state::Catalog,
    store,
};

pub(crate) async fn run(
    catalog: &Catalog,
    _: Anyone,
    request: ListItemVersionsRequest,
) -> Result<ListItemVersionsResponse, Error> {
    let mut wrong = Violations::default();
    wrong.take("code", identifier(&request.code));
    let page = wrong.take("page_token", Page::parse(request.page_size, &request.page_token));
    let after = page.as_ref().and_then(|page| page.after.as_deref());
    let version = after.map(|v| v.parse::<i32>().map_err(|_| "is no page token of this service"));
    wrong.take("page_token", version.transpose());
    let page = wrong.finish(page)?.unwrap_or(Page { size: 0, after: None });
    let versions = store::catalog::versions(&catalog.store, &request.code, &page).await?;
    if versions.is_empty() && page.after.is_none() {
        return Err(CatalogError::ItemNotFound.into());
    }
    let versions = versions.iter().map(|item| (item.version.to_string(), to_wire_item(item)));
    let (versions, next_page_token) = page.cut_to_answer(versions.collect());
    Ok(ListItemVersionsResponse { versions, next_page_token })
}

#[cfg(test)]
mod tests {
    use platform::testing::nobody;
    use tonic::{Code, Status};

    use super::*;
    use crate::{
        jobs::load_region::tests::{FIRST_ITEM, loaded},
        rpc::testing::{REGION, at, editable, item_change, publish},
    };

    #[tokio::test]
    async fn c02_every_version_is_listed_the_newest_first_with_what_published_it() {
        let (catalog, _place) = loaded().await;
        let mut changes = vec![String::new()];
        for day in 3..6 {
            at(&catalog, &format!("2026-03-0{day}T01:00:00Z"));
            let mut item = editable(&catalog, FIRST_ITEM).await;
            item.guide.as_mut().unwrap().fee_standard = format!("{day}元");
            let change = publish(&catalog, REGION, item_change(item)).await.unwrap();
            changes.push(change.change_id);
        }
        let mut request = ListItemVersionsRequest {
            code: FIRST_ITEM.to_owned(),
            page_size: 3,
            page_token: String::new(),
        };
        let first = run(&catalog, nobody(), request.clone()).await.unwrap();
        request.page_token = first.next_page_token;
        let second = run(&catalog, nobody(), request.clone()).await.unwrap();
        assert!(second.next_page_token.is_empty());
        let versions = [first.versions, second.versions].concat();
        let numbers: Vec<u32> = versions.iter().map(|item| item.version).collect();
        assert_eq!(numbers, [4, 3, 2, 1]);
        changes.reverse();
        let told: Vec<&str> = versions.iter().map(|item| item.change_id.as_str()).collect();
        assert_eq!(told, changes);
        let fee = |item: &proto::catalog::v1::Item| item.guide.clone().unwrap().fee_standard;
        let fees: Vec<String> = versions[..3].iter().map(fee).collect();
        assert_eq!(fees, ["5元", "4元", "3元"]);
        request.page_token = String::new();
        for (code, expected) in [("nonsense", Code::NotFound), ("a\u{0}b", Code::InvalidArgument)] {
            let request = ListItemVersionsRequest { code: code.to_owned(), ..request.clone() };
            let refused = run(&catalog, nobody(), request).await.unwrap_err();
            assert_eq!(Status::from(refused).code(), expected, "{code}");
        }
    }
}
