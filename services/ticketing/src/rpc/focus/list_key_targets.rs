//! Lists key targets, the newest first (T12).

use domain::violation::Violations;
use platform::{auth::Officer, page::Page};
use proto::ticketing::v1::{KeyTarget, ListKeyTargetsRequest, ListKeyTargetsResponse};
use uuid::Uuid;

use crate::{
    error::Error,
    state::Ticketing,
    store::focus::records::{self, Kind},
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: ListKeyTargetsRequest,
) -> Result<ListKeyTargetsResponse, Error> {
    let mut wrong = Violations::default();
    let page: Page<Uuid> =
        Page::read(&mut wrong, "ListKeyTargets", request.page_size, &request.page_token);
    wrong.finish(())?;
    let read = ticketing.store.read();
    let rows = records::records(read, &caller, Kind::KeyTarget, page.after, page.read_size());
    let open = |row: crate::entity::focus_record::Model| -> Result<(Uuid, KeyTarget), Error> {
        Ok((row.id, records::open(&ticketing.shell.sealer, &row)?))
    };
    let targets = rows.await?.into_iter().map(open).collect::<Result<_, Error>>()?;
    let (targets, next_page_token) = page.cut_to_answer(targets);
    Ok(ListKeyTargetsResponse { targets, next_page_token })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION};
    use proto::{ticketing::v1::key_target_step::Act, r#type::v1::FocusKind};

    use super::*;
    use crate::rpc::{
        focus::{
            propose_key_target,
            testing::{note, propose, the_authority},
        },
        testing::{Fixture, authority, handler},
    };

    #[tokio::test]
    async fn t12_key_targets_are_listed_page_by_page_each_officer_their_own() {
        let fixture = Fixture::new().await;
        fixture.a_bad_quarter().await;
        let staff = fixture.proposed().await.target_id;
        fixture.at("2026-03-02T01:00:01Z");
        let agency = propose(FocusKind::Agency, AGENCY);
        let agency = propose_key_target::run(&fixture.ticketing, the_authority(REGION), agency);
        let agency = agency.await.unwrap().target.unwrap().target_id;
        fixture.target_step(&staff, Act::Naming(note())).await.unwrap();
        let list = async |caller, page_token| {
            let request = ListKeyTargetsRequest { page_size: 1, page_token };
            let page = run(&fixture.ticketing, caller, request).await.unwrap();
            let ids: Vec<String> = page.targets.into_iter().map(|t| t.target_id).collect();
            (ids, page.next_page_token)
        };
        let (first, next) = list(authority(REGION), String::new()).await;
        assert_eq!(first, [agency]);
        assert_eq!(list(authority(REGION), next).await, (vec![staff.clone()], String::new()));
        // Its agency sees what is named.
        assert_eq!(list(handler(AGENCY), String::new()).await, (vec![staff], String::new()));
        assert!(list(authority("652302"), String::new()).await.0.is_empty());
        let wrong = ListKeyTargetsRequest { page_size: 0, page_token: "x".to_owned() };
        assert!(run(&fixture.ticketing, authority(REGION), wrong).await.is_err());
    }
}
