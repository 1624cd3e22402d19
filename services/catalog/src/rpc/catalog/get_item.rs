//! Reads one item: the current version, a past version, or the one at an instant.

use std::sync::Arc;

use domain::{
    deadline::day_of,
    violation::{Violations, identifier},
};
use platform::{
    auth::Anyone,
    convert::{from_wire, item::to_wire_item},
};
use proto::catalog::v1::{GetItemRequest, GetItemResponse};

use crate::{
    convert::organization::receiving_place,
    error::{CatalogError, Error},
    state::Catalog,
    store,
};

/// The most places that an answer names: an item is taken in at a handful.
const PLACES: usize = 100;

pub(crate) async fn run(
    catalog: &Catalog,
    _: Anyone,
    request: GetItemRequest,
) -> Result<GetItemResponse, Error> {
    let mut wrong = Violations::default();
    wrong.take("code", identifier(&request.code));
    let at = request.at.as_ref().map(from_wire).transpose();
    let at = wrong.take("at", at).flatten();
    wrong.require(at.is_none() || request.version == 0, "at", "is given together with a version");
    wrong.finish(())?;
    let view = catalog.memory.view().await?;
    let code = request.code.as_str();
    let item = match (at, request.version) {
        (Some(at), _) => store::catalog::item_at(&catalog.store, code, at).await?.map(Arc::new),
        (None, 0) => catalog.memory.item(code).await?,
        (None, version) => {
            store::catalog::item(catalog.store.read(), code, Some(version)).await?.map(Arc::new)
        }
    };
    let item = item.ok_or(CatalogError::ItemNotFound)?;
    let day = day_of(at.unwrap_or_else(|| catalog.shell.clock.now()));
    let (agency, region) = (item.content.agency_id.as_str(), item.region_code.as_str());
    let places = view.organization.receiving(view.windows(), agency, region, day);
    let places = places.into_iter().take(PLACES).map(receiving_place).collect();
    Ok(GetItemResponse { item: Some(to_wire_item(&item)), places })
}

#[cfg(test)]
mod tests {
    use platform::{convert::to_wire, testing::nobody};
    use tonic::Code;

    use proto::catalog::v1::{ItemType, OpeningDay, ServiceStep, TransferFormat, TransferKind};

    use super::*;
    use crate::{
        jobs::load_region::tests::{FIRST_ITEM, loaded},
        rpc::testing::{REGION, at, editable, import, item, item_change, publish},
    };

    #[tokio::test]
    async fn c03_a_guide_holds_every_element_and_is_public() {
        let (catalog, _place) = loaded().await;
        let request = GetItemRequest { code: FIRST_ITEM.to_owned(), version: 0, at: None };
        let item = run(&catalog, nobody(), request).await.unwrap().item.unwrap();
        let guide = item.guide.unwrap();
        assert!(!guide.accepting_unit.is_empty() && !guide.fee_basis.is_empty());
        assert!(!guide.fee_standard.is_empty() && item.promised_limit.is_some());
        for list in [&guide.channels, &guide.conditions, &guide.procedure, &guide.rating_channels] {
            assert!(!list.is_empty() && list.iter().all(|entry| !entry.is_empty()));
        }
        assert!(guide.materials.iter().all(|m| !m.name.is_empty() && !m.sample.is_empty()));
        assert!(!guide.materials.is_empty() && !item.legal_basis.is_empty());
    }

    #[tokio::test]
    async fn c03_a_guide_says_where_and_when_it_is_taken_in_on_site() {
        let (catalog, _place) = loaded().await;
        let places = async |at: Option<&str>| {
            let at = at.map(|at| to_wire(at.parse().unwrap()));
            let request = GetItemRequest { code: FIRST_ITEM.to_owned(), version: 0, at };
            run(&catalog, nobody(), request).await.unwrap().places
        };
        let first = places(None).await.pop().unwrap();
        let hall = &first;
        assert!(!hall.name.is_empty() && !hall.address.is_empty());
        assert_eq!(hall.opening_hours.len(), 2, "morning and afternoon");
        at(&catalog, "2026-03-10T01:00:00Z");
        let hours = r#"[{"days":["monday","friday"],"opens":"10:00","closes":"14:00"}]"#;
        let hall = format!(
            r#"{{"kind":"hall","unit_id":"{}","name":"新名","region_code":"{REGION}","address":"示例路1号","opening_hours":{hours}}}"#,
            first.unit_id
        );
        let (kind, format) = (TransferKind::Organization, TransferFormat::JsonLines);
        import(&catalog, kind, format, &hall).await.done();
        let [told] = &places(None).await[..] else { panic!("one hall") };
        let [span] = &told.opening_hours[..] else { panic!("one span") };
        assert_eq!((told.name.as_str(), span.opens.as_str()), ("新名", "10:00"));
        assert_eq!(span.days, [OpeningDay::Monday as i32, OpeningDay::Friday as i32]);
        // It is what held then that is told of then.
        let then = places(Some("2026-03-05T01:00:00Z")).await;
        assert_eq!(then, [first]);
    }

    #[tokio::test]
    async fn c04_c07_c15_type_questions_and_the_steps_of_every_channel_are_read_back() {
        let (catalog, _place) = loaded().await;
        let read = item(&catalog, FIRST_ITEM).await.unwrap();
        assert_eq!((read.r#type(), &read.code[21..23]), (ItemType::PublicService, "20"));
        let questions: Vec<&str> =
            read.questionnaire.iter().map(|question| question.question_id.as_str()).collect();
        assert_eq!(questions.len(), 5);
        assert_eq!((questions[0], questions[4]), ("guidance_clear", "suggestions"));
        let channels: Vec<&str> = read.steps.iter().map(|steps| steps.channel.as_str()).collect();
        assert_eq!(channels, ["kiosk", "window", "portal", "app"]);
        // An approved act changes what a channel offers; steps it cannot offer are refused.
        at(&catalog, "2026-03-03T01:00:00Z");
        let mut fewer = editable(&catalog, FIRST_ITEM).await;
        fewer.steps.truncate(1);
        fewer.steps[0].steps = vec![ServiceStep::Application.into(), ServiceStep::Result.into()];
        publish(&catalog, REGION, item_change(fewer.clone())).await.unwrap();
        let read = item(&catalog, FIRST_ITEM).await.unwrap();
        assert_eq!((read.version, &read.steps), (2, &fewer.steps));
        fewer.steps[0].channel = "post".to_owned();
        let refused = publish(&catalog, REGION, item_change(fewer)).await.unwrap_err();
        assert!(refused.to_string().contains("is no channel of the guide"), "{refused}");
    }

    #[tokio::test]
    async fn an_unknown_item_or_version_is_not_found() {
        let (catalog, _place) = loaded().await;
        for (code, version) in [("", 0), ("nonsense", 0), (FIRST_ITEM, 2)] {
            let request = GetItemRequest { code: code.to_owned(), version, at: None };
            let status = tonic::Status::from(run(&catalog, nobody(), request).await.unwrap_err());
            assert_eq!(status.code(), Code::NotFound, "{code}@{version}");
        }
    }

    #[tokio::test]
    async fn c02_any_past_version_can_be_read_at_its_instant() {
        let (catalog, _place) = loaded().await;
        for day in 3..5 {
            at(&catalog, &format!("2026-03-0{day}T01:00:00Z"));
            let mut item = editable(&catalog, FIRST_ITEM).await;
            item.guide.as_mut().unwrap().fee_standard = format!("{day}元");
            publish(&catalog, REGION, item_change(item)).await.unwrap();
        }
        for (then, version) in [
            ("2001-01-01T00:00:00Z", None),
            ("2026-03-02T00:59:59.999999Z", None),
            ("2026-03-02T01:00:00Z", Some(1)),
            ("2026-03-03T00:59:59.999999Z", Some(1)),
            ("2026-03-03T01:00:00Z", Some(2)),
            ("2026-03-03T18:00:00Z", Some(2)),
            ("2026-03-04T01:00:00Z", Some(3)),
            ("2099-01-01T00:00:00Z", Some(3)),
        ] {
            let then_wire = Some(to_wire(then.parse().unwrap()));
            let request = GetItemRequest { code: FIRST_ITEM.to_owned(), version: 0, at: then_wire };
            let told = run(&catalog, nobody(), request).await;
            let told = match told {
                Ok(answer) => Some(answer.item.unwrap().version),
                Err(Error::Catalog(CatalogError::ItemNotFound)) => None,
                Err(other) => panic!("{other:?}"),
            };
            assert_eq!(told, version, "{then}");
        }
        let then = Some(to_wire("2026-03-04T01:00:00Z".parse().unwrap()));
        let both = GetItemRequest { code: FIRST_ITEM.to_owned(), version: 1, at: then };
        let refused = tonic::Status::from(run(&catalog, nobody(), both).await.unwrap_err());
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert_eq!(item(&catalog, FIRST_ITEM).await.unwrap().version, 3);
    }
}
