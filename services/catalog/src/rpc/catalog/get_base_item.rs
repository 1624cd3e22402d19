//! Reads one base item (C01).

use domain::violation::{Violations, identifier};
use platform::{
    auth::Anyone,
    convert::{from_wire, item::to_wire_base_item},
};
use proto::catalog::v1::{GetBaseItemRequest, GetBaseItemResponse};

use crate::{
    error::{CatalogError, Error},
    state::Catalog,
    store,
};

pub(crate) async fn run(
    catalog: &Catalog,
    _: Anyone,
    request: GetBaseItemRequest,
) -> Result<GetBaseItemResponse, Error> {
    let mut wrong = Violations::default();
    wrong.take("base_code", identifier(&request.base_code));
    let at = wrong.take("at", request.at.as_ref().map(from_wire).transpose()).flatten();
    wrong.require(at.is_none() || request.version == 0, "at", "is given together with a version");
    wrong.finish(())?;
    let base = match at {
        Some(at) => store::catalog::base_item_at(&catalog.store, &request.base_code, at).await?,
        None => {
            let version = Some(request.version).filter(|version| *version > 0);
            store::catalog::base_item(&catalog.store, &request.base_code, version).await?
        }
    };
    let base = base.ok_or(CatalogError::ItemNotFound)?;
    Ok(GetBaseItemResponse { base_item: Some(to_wire_base_item(&base)) })
}

#[cfg(test)]
mod tests {
    use platform::{convert::to_wire, testing::nobody};
    use proto::catalog::v1::{BaseItem, ItemState, ItemType, change::Subject};
    use tonic::{Code, Status};

    use super::*;
    use crate::{
        jobs::load_region::tests::loaded,
        rpc::testing::{FIRST_BASE, at, change, publish},
    };

    async fn base(catalog: &Catalog, code: &str, version: u32) -> Result<BaseItem, Status> {
        let request = GetBaseItemRequest { base_code: code.to_owned(), version, at: None };
        Ok(run(catalog, nobody(), request).await.map(|answer| answer.base_item.unwrap())?)
    }

    #[tokio::test]
    async fn c02_a_base_item_is_read_as_it_was_at_an_instant_and_names_its_change() {
        let (catalog, _place) = loaded().await;
        let first = base(&catalog, FIRST_BASE, 0).await.unwrap();
        at(&catalog, "2026-03-05T01:00:00Z");
        let second = BaseItem { name: "新名称（示例）".to_owned(), ..first };
        let act = publish(&catalog, "000000", change(Subject::BaseItem(second))).await.unwrap();
        for (then, version) in [
            ("2026-03-02T00:59:59Z", None),
            ("2026-03-02T01:00:00Z", Some(1)),
            ("2026-03-05T00:59:59Z", Some(1)),
            ("2026-03-05T01:00:00Z", Some(2)),
        ] {
            let then_wire = Some(to_wire(then.parse().unwrap()));
            let base_code = FIRST_BASE.to_owned();
            let request = GetBaseItemRequest { base_code, version: 0, at: then_wire };
            let told = run(&catalog, nobody(), request).await;
            let told = told.ok().map(|answer| answer.base_item.unwrap().version);
            assert_eq!(told, version, "{then}");
        }
        let changes = [1, 2].map(|version| base(&catalog, FIRST_BASE, version));
        let [first, second] = changes;
        assert_eq!(first.await.unwrap().change_id, "");
        assert_eq!(second.await.unwrap().change_id, act.change_id);
    }

    #[tokio::test]
    async fn c01_a_base_item_is_public_in_every_version() {
        let (catalog, _place) = loaded().await;
        let first = base(&catalog, FIRST_BASE, 0).await.unwrap();
        assert_eq!((first.version, first.state()), (1, ItemState::Published));
        assert_eq!(first.r#type(), ItemType::PublicService);
        let second = BaseItem { name: "新名称（示例）".to_owned(), ..first.clone() };
        publish(&catalog, "000000", change(Subject::BaseItem(second.clone()))).await.unwrap();
        let current = base(&catalog, FIRST_BASE, 0).await.unwrap();
        assert_eq!((current.version, &current.name), (2, &second.name));
        assert_eq!(base(&catalog, FIRST_BASE, 1).await.unwrap(), first);
        for (code, version) in [(FIRST_BASE, 3), ("002014999000", 0), ("", 0)] {
            let refused = base(&catalog, code, version).await.unwrap_err();
            assert_eq!(refused.code(), Code::NotFound, "{code}@{version}");
        }
        let long = base(&catalog, &"0".repeat(65), 0).await.unwrap_err();
        assert_eq!(long.code(), Code::InvalidArgument);
    }
}
