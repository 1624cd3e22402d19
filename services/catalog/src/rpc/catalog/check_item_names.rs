//! Compares the item names of a connected system with the catalogue (C09).

use domain::{
    codes::ItemCode,
    item::{Item, ItemState},
    violation::Violations,
};
use platform::auth::Colleague;
use proto::catalog::v1::{
    CheckItemNamesRequest, CheckItemNamesResponse, NameMismatch, NamedItem, name_mismatch::Kind,
};

use crate::{error::Error, state::Catalog, store};

/// How many items one call has at most.
const MAX_ITEMS: usize = 1_000;
/// How many are looked up at once.
const BATCH: usize = 200;

pub(crate) async fn run(
    catalog: &Catalog,
    _: Colleague,
    request: CheckItemNamesRequest,
) -> Result<CheckItemNamesResponse, Error> {
    let mut wrong = Violations::default();
    wrong.require(request.items.len() <= MAX_ITEMS, "items", "are more than 1,000");
    wrong.finish(())?;
    let mut mismatches = Vec::new();
    for batch in request.items.chunks(BATCH) {
        // A malformed code is not looked up: it may be of any length, or not storable.
        let is_code = |item: &&NamedItem| ItemCode::parse(&item.code).is_ok();
        let codes = batch.iter().filter(is_code).map(|item| item.code.as_str());
        let known = store::catalog::currents(catalog.store.read(), codes).await?;
        mismatches.extend(batch.iter().filter_map(|item| mismatch(item, known.get(&item.code))));
    }
    Ok(CheckItemNamesResponse { mismatches })
}

fn mismatch(named: &NamedItem, known: Option<&Item>) -> Option<NameMismatch> {
    let content = known.map(|item| &item.content);
    // A handling item may have its own name, or its item's.
    let own_name = content.and_then(|content| content.handling_item.as_deref());
    let same = content.is_some_and(|c| c.name == named.name) || own_name == Some(&named.name);
    let kind = match known {
        None if ItemCode::parse(&named.code).is_err() => Kind::MalformedCode,
        None => Kind::UnknownCode,
        Some(item) if item.state == ItemState::Cancelled => Kind::Cancelled,
        Some(_) if same => return None,
        Some(_) => Kind::OtherName,
    };
    Some(NameMismatch {
        item: Some(named.clone()),
        kind: kind.into(),
        catalog_name: content.map(|content| content.name.clone()).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use platform::{auth::Caller, testing::principal};
    use proto::catalog::v1::{Cancellation, change::Subject};
    use tonic::{Code, Status};

    use super::*;
    use crate::{
        jobs::load_region::tests::{FIRST_ITEM, loaded},
        rpc::testing::{REGION, change, item, publish},
    };

    const CANCELLED: &str = "11652301PY6523035C4000114901000";
    const UNKNOWN: &str = "11652301PY6523035C4000114977000";

    fn named(code: &str, name: &str) -> NamedItem {
        NamedItem { code: code.to_owned(), name: name.to_owned() }
    }

    async fn check(catalog: &Catalog, items: Vec<NamedItem>) -> Result<Vec<NameMismatch>, Status> {
        let system = principal("system", Caller::System { agency: "652301-a03".to_owned() });
        let request = CheckItemNamesRequest { items };
        Ok(run(catalog, system, request).await.map(|answer| answer.mismatches)?)
    }

    #[tokio::test]
    async fn c09_every_kind_of_mismatch_is_listed_in_the_order_of_the_request() {
        let (catalog, _place) = loaded().await;
        let name = item(&catalog, FIRST_ITEM).await.unwrap().name;
        let other = item(&catalog, CANCELLED).await.unwrap().name;
        let (code, reason) = (CANCELLED.to_owned(), "示例依据".to_owned());
        let cancellation = change(Subject::Cancellation(Cancellation { code, reason }));
        publish(&catalog, REGION, cancellation).await.unwrap();
        let malformed = FIRST_ITEM.replace("35C4", "35D4");
        let asked = vec![
            named(FIRST_ITEM, &name),
            named(&malformed, &name),
            named(UNKNOWN, &name),
            named(FIRST_ITEM, &format!("{name} ")),
            named(CANCELLED, &other),
            named("a\u{0}b", "a\u{0}b"),
            named("", ""),
            named(&"1".repeat(10_000), &name),
            named(FIRST_ITEM, &name),
        ];
        let told = check(&catalog, asked.clone()).await.unwrap();
        let expected = [
            (1, Kind::MalformedCode, ""),
            (2, Kind::UnknownCode, ""),
            (3, Kind::OtherName, name.as_str()),
            (4, Kind::Cancelled, other.as_str()),
            (5, Kind::MalformedCode, ""),
            (6, Kind::MalformedCode, ""),
            (7, Kind::MalformedCode, ""),
        ];
        let expected = expected.map(|(n, kind, catalog_name)| NameMismatch {
            item: Some(asked[n].clone()),
            kind: kind.into(),
            catalog_name: catalog_name.to_owned(),
        });
        assert_eq!(told, expected);
    }

    #[tokio::test]
    async fn c09_a_thousand_items_are_checked_at_once_and_no_more() {
        let (catalog, _place) = loaded().await;
        let many = |count: usize| vec![named(UNKNOWN, "示例"); count];
        assert_eq!(check(&catalog, many(MAX_ITEMS)).await.unwrap().len(), MAX_ITEMS);
        let refused = check(&catalog, many(MAX_ITEMS + 1)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert_eq!(check(&catalog, Vec::new()).await.unwrap(), []);
    }
}
