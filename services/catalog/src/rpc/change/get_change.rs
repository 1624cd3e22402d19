//! Reads one change.

use domain::violation::Violations;
use platform::auth::Officer;
use proto::catalog::v1::{GetChangeRequest, GetChangeResponse};
use uuid::Uuid;

use crate::{
    convert::change::change_to_wire,
    error::{ChangeError, Error},
    state::Catalog,
    store,
};

pub(crate) async fn run(
    catalog: &Catalog,
    caller: Officer,
    request: GetChangeRequest,
) -> Result<GetChangeResponse, Error> {
    let mut wrong = Violations::default();
    let id = request.change_id.parse::<Uuid>().map_err(|_| "is no UUID");
    let id = wrong.take("change_id", id);
    let id = wrong.finish(id)?.unwrap_or_default();
    let kept = store::change::change(catalog.store.read(), &caller, id).await?;
    let kept = kept.ok_or(ChangeError::NotFound)?;
    Ok(GetChangeResponse { change: Some(change_to_wire(id, kept.change, &kept.course)) })
}

#[cfg(test)]
mod tests {
    use platform::convert::{from_wire, item::to_wire_base_item};
    use proto::catalog::v1::{Change, ChangeState, change::Subject, change_step::Step};
    use tonic::{Code, Status};

    use super::*;
    use crate::{
        jobs::load_region::tests::{FIRST_ITEM, loaded},
        rpc::testing::{
            AGENCY, FIRST_BASE, REGION, at, authority, change, draft, editable, handler, item,
            item_change, publish,
        },
    };

    async fn get(catalog: &Catalog, officer: Officer, id: &str) -> Result<Change, Status> {
        let request = GetChangeRequest { change_id: id.to_owned() };
        Ok(run(catalog, officer, request).await.map(|answer| answer.change.unwrap())?)
    }

    #[tokio::test]
    async fn c02_a_version_leads_to_who_changed_it_when_and_why() {
        let (catalog, _place) = loaded().await;
        at(&catalog, "2026-03-05T01:00:00Z");
        let mut edited = editable(&catalog, FIRST_ITEM).await;
        edited.guide.as_mut().unwrap().fee_standard = "2元".to_owned();
        publish(&catalog, REGION, item_change(edited)).await.unwrap();
        let version = item(&catalog, FIRST_ITEM).await.unwrap();
        let change = get(&catalog, handler(AGENCY), &version.change_id).await.unwrap();
        assert_eq!(change.state(), ChangeState::Published);
        let steps = change.steps.iter().map(|s| (s.step(), s.officer_id.as_str()));
        let expected = [
            (Step::Draft, "起草人"),
            (Step::Submit, "起草人"),
            (Step::Approve, "审核人"),
            (Step::Publish, "审核人"),
        ];
        assert_eq!(steps.collect::<Vec<_>>(), expected);
        for step in &change.steps {
            let at = from_wire(step.at.as_ref().unwrap()).unwrap();
            assert_eq!(at.to_string(), "2026-03-05T01:00:00Z");
        }
        assert!(matches!(change.subject, Some(Subject::Item(told)) if told.code == FIRST_ITEM));
    }

    #[tokio::test]
    async fn c02_what_a_base_item_changed_is_seen_by_all_below_once_it_is_published() {
        let (catalog, _place) = loaded().await;
        let nation = authority("甲", "000000");
        let mut base =
            store::catalog::base_item(&catalog.store, FIRST_BASE, None).await.unwrap().unwrap();
        base.content.name = "新名称（示例）".to_owned();
        let subject = change(Subject::BaseItem(to_wire_base_item(&base)));
        let waiting = draft(&catalog, &nation, subject.clone()).await.unwrap().change_id;
        publish(&catalog, "000000", subject).await.unwrap();
        let id = item(&catalog, FIRST_ITEM).await.unwrap().change_id;
        for officer in [authority("乙", REGION), handler(AGENCY)] {
            assert_eq!(get(&catalog, officer.clone(), &id).await.unwrap().change_id, id);
            let refused = get(&catalog, officer, &waiting).await.unwrap_err();
            assert_eq!(refused.code(), Code::NotFound, "a draft of the nation's");
        }
    }

    #[tokio::test]
    async fn c13_a_change_is_seen_within_reach_only() {
        let (catalog, _place) = loaded().await;
        let mut edited = editable(&catalog, FIRST_ITEM).await;
        edited.guide.as_mut().unwrap().fee_standard = "2元".to_owned();
        let id = publish(&catalog, REGION, item_change(edited)).await.unwrap().change_id;
        for officer in [authority("甲", REGION), authority("乙", "650000"), handler(AGENCY)] {
            assert_eq!(get(&catalog, officer, &id).await.unwrap().change_id, id);
        }
        for officer in [authority("丙", "652302"), handler("652301-a04")] {
            let refused = get(&catalog, officer, &id).await.unwrap_err();
            assert_eq!(refused.code(), Code::NotFound);
        }
        let unknown = "00000000-0000-7000-8000-000000000000";
        for (id, code) in [(unknown, Code::NotFound), ("1", Code::InvalidArgument)] {
            assert_eq!(get(&catalog, authority("甲", REGION), id).await.unwrap_err().code(), code);
        }
    }
}
