//! Lists a region's units as they were on a day (C06).

use domain::{
    codes::RegionCode,
    deadline::{day_of, iso_date},
    violation::Violations,
};
use platform::{auth::Reader, convert::unit::unit_kind, page::Page};
use proto::catalog::v1::{ListUnitsRequest, ListUnitsResponse};

use crate::{convert::organization::unit_for, error::Error, state::Catalog};

pub(crate) async fn run(
    catalog: &Catalog,
    caller: Reader,
    request: ListUnitsRequest,
) -> Result<ListUnitsResponse, Error> {
    let today = day_of(catalog.shell.clock.now());
    let mut wrong = Violations::default();
    let region = wrong.take("region_code", RegionCode::parse(&request.region_code));
    let kind = (request.kind != 0).then(|| unit_kind(request.kind)).transpose();
    let kind = wrong.take("kind", kind).flatten();
    let day = if request.on.is_empty() { Ok(today) } else { iso_date(&request.on) };
    let day = wrong.take("on", day);
    let page = Page::read(&mut wrong, "ListUnits", request.page_size, &request.page_token);
    let (Some(region), Some(day)) = wrong.finish((region, day))? else {
        return Err(Violations::default().into());
    };
    let view = catalog.memory.view().await?;
    let after = page.after.clone().unwrap_or_default();
    let units = view
        .organization
        .in_region(region.as_str(), kind, day)
        .filter(|unit| unit.id > after)
        .take(usize::try_from(page.read_size()).unwrap_or(usize::MAX))
        .map(|unit| (unit.id.clone(), unit_for(&caller, unit)));
    let (units, next_page_token) = page.cut_to_answer(units.collect());
    Ok(ListUnitsResponse { units, next_page_token })
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{nobody, principal},
    };
    use proto::catalog::v1::UnitKind;
    use tonic::{Code, Status};

    use super::*;
    use crate::{
        jobs::load_region::tests::loaded,
        rpc::testing::{REGION, officer},
    };

    fn request() -> ListUnitsRequest {
        ListUnitsRequest { region_code: REGION.to_owned(), ..ListUnitsRequest::default() }
    }

    #[tokio::test]
    async fn c06_pages_hold_every_unit_of_the_region_once_and_name_no_persons() {
        let (catalog, _place) = loaded().await;
        let all = catalog.memory.view().await.unwrap().organization.all().count();
        let mut request = ListUnitsRequest { page_size: 7, ..request() };
        let mut units = Vec::new();
        loop {
            let page = run(&catalog, nobody(), request.clone()).await.unwrap();
            assert!(page.units.len() <= 7);
            units.extend(page.units);
            if page.next_page_token.is_empty() {
                break;
            }
            request.page_token = page.next_page_token;
        }
        assert!(units.windows(2).all(|pair| pair[0].unit_id < pair[1].unit_id));
        assert_eq!(units.len(), all);
        for unit in &units {
            let staff = unit.kind() == UnitKind::Staff;
            assert!(unit.leader.is_empty() && unit.contact.is_empty(), "{unit:?}");
            assert_eq!(unit.name.is_empty(), staff, "{unit:?}");
        }
    }

    #[tokio::test]
    async fn c06_units_are_listed_by_kind_and_to_officers_with_names() {
        let (catalog, _place) = loaded().await;
        let staff = ListUnitsRequest { kind: UnitKind::Staff.into(), ..request() };
        let staff = run(&catalog, officer(), staff).await.unwrap().units;
        assert!(!staff.is_empty());
        assert!(staff.iter().all(|unit| unit.kind() == UnitKind::Staff && !unit.name.is_empty()));
        let long = ListUnitsRequest { region_code: "652301000000".to_owned(), ..request() };
        let long = run(&catalog, nobody(), long).await.unwrap().units;
        assert_eq!(long, run(&catalog, nobody(), request()).await.unwrap().units);
        let neighbour = Caller::Authority { region: "652302".to_owned() };
        let staff = ListUnitsRequest { kind: UnitKind::Staff.into(), ..request() };
        let seen = run(&catalog, principal("邻", neighbour), staff).await.unwrap().units;
        assert!(
            seen.iter().all(|unit| unit.name.is_empty()),
            "another region's officers see no names"
        );
        let elsewhere = ListUnitsRequest { region_code: "652302".to_owned(), ..request() };
        assert!(run(&catalog, officer(), elsewhere).await.unwrap().units.is_empty());
    }

    #[tokio::test]
    async fn every_wrong_field_is_named_at_once() {
        let (catalog, _place) = loaded().await;
        let wrong = ListUnitsRequest {
            region_code: String::new(),
            kind: 99,
            on: "soon".to_owned(),
            page_size: 0,
            page_token: "%".to_owned(),
        };
        let refused = run(&catalog, nobody(), wrong).await.unwrap_err();
        for field in ["region_code", "kind", "on", "page_token"] {
            assert!(refused.to_string().contains(&format!("{field}: ")), "{refused}");
        }
        assert_eq!(Status::from(refused).code(), Code::InvalidArgument);
    }
}
