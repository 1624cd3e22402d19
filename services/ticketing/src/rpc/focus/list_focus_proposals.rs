//! Lists what the figures proposed, the newest first (T12, T13, T19).

use domain::violation::Violations;
use platform::{auth::Authority, page::Page};
use proto::ticketing::v1::{FocusProposal, ListFocusProposalsRequest, ListFocusProposalsResponse};
use uuid::Uuid;

use crate::{
    app::focus::proposal::is_about, entity::focus_proposal, error::Error, state::Ticketing,
    store::focus::proposals,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Authority,
    request: ListFocusProposalsRequest,
) -> Result<ListFocusProposalsResponse, Error> {
    let officer = caller.officer();
    let mut wrong = Violations::default();
    let (size, token) = (request.page_size, &request.page_token);
    let page: Page<Uuid> = Page::read(&mut wrong, "ListFocusProposals", size, token);
    wrong.finish(())?;
    let read = ticketing.store.read();
    let (open_only, after) = (request.open_only, page.after);
    let rows = proposals::proposals(read, officer, open_only, after, page.read_size()).await?;
    let open = |row: focus_proposal::Model| -> Result<(Uuid, FocusProposal), Error> {
        Ok((row.id, proposals::open(&ticketing.shell.sealer, &row)?))
    };
    let all = rows.into_iter().map(open).collect::<Result<_, Error>>()?;
    let (mut proposals, next_page_token) = page.cut_to_answer(all);
    // A page with a proposal about the caller has one less, and tells no more.
    proposals.retain(|proposal| !is_about(proposal, officer.id()));
    Ok(ListFocusProposalsResponse { proposals, next_page_token })
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{REGION, STAFF, principal},
    };

    use super::*;
    use crate::rpc::{
        focus::testing::{decide, the_authority},
        testing::Fixture,
    };

    async fn list(
        fixture: &Fixture,
        caller: Authority,
        request: ListFocusProposalsRequest,
    ) -> (Vec<FocusProposal>, String) {
        let page = run(&fixture.ticketing, caller, request).await.unwrap();
        (page.proposals, page.next_page_token)
    }

    #[tokio::test]
    async fn t12_proposals_are_listed_page_by_page_for_their_authority_and_not_for_whom_they_are_about()
     {
        let fixture = Fixture::new().await;
        fixture.a_bad_quarter().await;
        assert_eq!(fixture.looked_at("2026-04-01T01:00:00Z").await, 4);
        let all = ListFocusProposalsRequest { page_size: 3, ..Default::default() };
        let (first, next) = list(&fixture, the_authority(REGION), all.clone()).await;
        assert_eq!((first.len(), next.is_empty()), (3, false));
        let rest = ListFocusProposalsRequest { page_token: next, ..all.clone() };
        let (rest, next) = list(&fixture, the_authority(REGION), rest).await;
        assert_eq!((rest.len(), next.is_empty()), (1, true));
        assert!(list(&fixture, the_authority("652302"), all).await.0.is_empty());
        // Whoever it is about does not see it, though they work for the Authority.
        let own = principal(STAFF, Caller::Authority { region: REGION.to_owned() });
        assert_eq!(list(&fixture, own, ListFocusProposalsRequest::default()).await.0.len(), 3);
        let open = ListFocusProposalsRequest { open_only: true, ..Default::default() };
        fixture.settled(decide(&first[0].proposal_id, false)).await.unwrap();
        assert_eq!(list(&fixture, the_authority(REGION), open).await.0.len(), 3);
    }
}
