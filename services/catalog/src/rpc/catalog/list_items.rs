//! Lists a region's items.

use domain::{codes::RegionCode, violation::Violations};
use platform::{auth::Anyone, convert::item::to_wire_item, page::Page};
use proto::catalog::v1::{ListItemsRequest, ListItemsResponse};

use crate::{error::Error, state::Catalog, store};

pub(crate) async fn run(
    catalog: &Catalog,
    _: Anyone,
    request: ListItemsRequest,
) -> Result<ListItemsResponse, Error> {
    let mut wrong = Violations::default();
    let region = wrong.take("region_code", RegionCode::parse(&request.region_code));
    let word = request.channel.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    wrong.require(word && request.channel.len() <= 32, "channel", "is no channel");
    let page = wrong.take("page_token", Page::parse(request.page_size, &request.page_token));
    let (Some(region), Some(page)) = wrong.finish((region, page))? else {
        return Err(Violations::default().into());
    };
    let items =
        store::catalog::list_items(&catalog.store, &region, &request.channel, &page).await?;
    let items = items.iter().map(|item| (item.code.clone(), to_wire_item(item)));
    let (items, next_page_token) = page.cut_to_answer(items.collect());
    Ok(ListItemsResponse { items, next_page_token })
}

#[cfg(test)]
mod tests {
    use platform::testing::nobody;
    use proto::catalog::v1::{Cancellation, ItemState, change::Subject};

    use super::*;
    use crate::{
        jobs::load_region::tests::{FIRST_ITEM, loaded},
        rpc::testing::{REGION, change, editable, item, item_change, publish},
    };

    #[tokio::test]
    async fn pages_hold_every_item_of_the_channel_once() {
        let (catalog, _place) = loaded().await;
        let mut request = ListItemsRequest {
            region_code: "652301".to_owned(),
            page_size: 4,
            ..ListItemsRequest::default()
        };
        let mut codes = Vec::new();
        loop {
            let page = run(&catalog, nobody(), request.clone()).await.unwrap();
            assert!(page.items.len() <= 4);
            codes.extend(page.items.into_iter().map(|item| item.code));
            if page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
        }
        assert!(codes.len() >= 12 && codes.windows(2).all(|w| w[0] < w[1]), "{codes:?}");
        let kiosk = ListItemsRequest {
            region_code: "652301000000".to_owned(),
            channel: "kiosk".to_owned(),
            ..ListItemsRequest::default()
        };
        let kiosk = run(&catalog, nobody(), kiosk).await.unwrap().items;
        assert!(!kiosk.is_empty() && kiosk.len() < codes.len());
        let offered = |item: &proto::catalog::v1::Item| {
            item.guide.as_ref().is_some_and(|guide| guide.channels.iter().any(|c| c == "kiosk"))
        };
        assert!(kiosk.iter().all(offered));
    }

    #[tokio::test]
    async fn every_wrong_field_is_named_at_once() {
        let (catalog, _place) = loaded().await;
        let request = ListItemsRequest {
            channel: "k%".to_owned(),
            page_token: "%%%".to_owned(),
            ..ListItemsRequest::default()
        };
        let refused = run(&catalog, nobody(), request).await.unwrap_err().to_string();
        for field in ["region_code", "channel", "page_token"] {
            assert!(refused.contains(field), "{refused}");
        }
    }

    #[tokio::test]
    async fn c02_a_cancelled_item_is_not_listed_but_read_and_can_be_published_again() {
        let (catalog, _place) = loaded().await;
        let listed = || async {
            let request = ListItemsRequest {
                region_code: REGION.to_owned(),
                page_size: 200,
                ..ListItemsRequest::default()
            };
            let items = run(&catalog, nobody(), request).await.unwrap().items;
            items.iter().any(|item| item.code == FIRST_ITEM)
        };
        assert!(listed().await);
        let (code, reason) = (FIRST_ITEM.to_owned(), "示例依据".to_owned());
        let cancellation = change(Subject::Cancellation(Cancellation { code, reason }));
        publish(&catalog, REGION, cancellation.clone()).await.unwrap();
        assert!(!listed().await);
        let cancelled = item(&catalog, FIRST_ITEM).await.unwrap();
        assert_eq!((cancelled.version, cancelled.state()), (2, ItemState::Cancelled));
        assert!(cancelled.guide.is_some() && !cancelled.name.is_empty());
        let twice = publish(&catalog, REGION, cancellation).await.unwrap_err();
        assert!(twice.message().contains("is no item in force"), "{twice}");
        let again = item_change(editable(&catalog, FIRST_ITEM).await);
        publish(&catalog, REGION, again).await.unwrap();
        assert!(listed().await);
        let again = item(&catalog, FIRST_ITEM).await.unwrap();
        assert_eq!((again.version, again.state()), (3, ItemState::Published));
    }
}
