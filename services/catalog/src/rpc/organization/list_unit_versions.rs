//! Lists every version of a unit, the newest first (C06).

use domain::{
    codes::RegionCode,
    violation::{Violations, identifier},
};
use platform::{auth::Reader, page::Page};
use proto::catalog::v1::{ListUnitVersionsRequest, ListUnitVersionsResponse};

use crate::{
    convert::organization::unit_for,
    error::{Error, OrganizationError},
    state::Catalog,
};

pub(crate) async fn run(
    catalog: &Catalog,
    caller: Reader,
    request: ListUnitVersionsRequest,
) -> Result<ListUnitVersionsResponse, Error> {
    let mut wrong = Violations::default();
    wrong.take("unit_id", identifier(&request.unit_id));
    // Counted from the oldest, so that a new version moves nothing.
    let page = Page::read(&mut wrong, "ListUnitVersions", request.page_size, &request.page_token);
    wrong.finish(())?;
    let view = catalog.memory.view().await?;
    // A region can also have the longer form that platforms write.
    let region = RegionCode::parse(&request.unit_id);
    let id = region.as_ref().map_or(request.unit_id.as_str(), RegionCode::as_str);
    let versions = view.organization.versions(id);
    if versions.is_empty() {
        return Err(OrganizationError::UnitNotFound.into());
    }
    let versions = versions.iter().enumerate().take(page.after.unwrap_or(usize::MAX)).rev();
    let versions = versions.take(usize::try_from(page.read_size()).unwrap_or(usize::MAX));
    let versions = versions.map(|(n, unit)| (n, unit_for(&caller, unit)));
    let (versions, next_page_token) = page.cut_to_answer(versions.collect());
    Ok(ListUnitVersionsResponse { versions, next_page_token })
}

#[cfg(test)]
mod tests {
    use platform::testing::nobody;
    use proto::catalog::v1::{TransferFormat, TransferKind};
    use tonic::{Code, Status};

    use super::*;
    use crate::{
        jobs::load_region::tests::loaded,
        rpc::testing::{at, import, officer},
    };

    #[tokio::test]
    async fn c06_every_name_a_unit_had_stays_with_its_days() {
        let (catalog, _place) = loaded().await;
        for (day, name) in [("10", "二号名称"), ("20", "三号名称")] {
            at(&catalog, &format!("2026-03-{day}T01:00:00Z"));
            let row = format!(
                r#"{{"unit_id":"652301-s01","name":"{name}","window_id":"652301-w01","agency_id":"652301-a01"}}"#
            );
            let format = TransferFormat::JsonLines;
            import(&catalog, TransferKind::Staff, format, &row).await.done();
        }
        let request = ListUnitVersionsRequest {
            unit_id: "652301-s01".to_owned(),
            ..ListUnitVersionsRequest::default()
        };
        let versions = run(&catalog, officer(), request.clone()).await.unwrap().versions;
        let spans: Vec<_> =
            versions.iter().map(|v| (v.valid_from.as_str(), v.valid_to.as_str())).collect();
        let expected = [("2026-03-20", ""), ("2026-03-10", "2026-03-19"), ("", "2026-03-09")];
        assert_eq!(spans, expected);
        assert_eq!(versions[0].name, "三号名称");
        assert_eq!(versions[1].name, "二号名称");
        let public = run(&catalog, nobody(), request).await.unwrap().versions;
        assert!(public.len() == 3 && public.iter().all(|version| version.name.is_empty()));
        for (id, code) in [("nobody", Code::NotFound), ("a\nb", Code::InvalidArgument)] {
            let request = ListUnitVersionsRequest {
                unit_id: id.to_owned(),
                ..ListUnitVersionsRequest::default()
            };
            let refused = run(&catalog, officer(), request).await.unwrap_err();
            assert_eq!(Status::from(refused).code(), code, "{id}");
        }
    }
}
