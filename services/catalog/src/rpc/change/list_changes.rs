//! Lists changes, the newest first.

use domain::violation::Violations;
use platform::{auth::Officer, page::Page};
use proto::catalog::v1::{ListChangesRequest, ListChangesResponse};
use uuid::Uuid;

use crate::{
    convert::change::{change_state, change_to_wire},
    error::Error,
    state::Catalog,
    store,
};

pub(crate) async fn run(
    catalog: &Catalog,
    caller: Officer,
    request: ListChangesRequest,
) -> Result<ListChangesResponse, Error> {
    let mut wrong = Violations::default();
    let state = wrong.take("state", change_state(request.state)).flatten();
    let page = wrong.take("page_token", Page::parse(request.page_size, &request.page_token));
    let after = page.as_ref().and_then(|page| page.after.as_deref());
    let id = after.map(|id| id.parse::<Uuid>().map_err(|_| "is no page token of this service"));
    wrong.take("page_token", id.transpose());
    let page = wrong.finish(page)?.unwrap_or(Page { size: 0, after: None });
    let changes = store::change::changes(catalog.store.read(), &caller, state, &page).await?;
    let changes = changes.into_iter().map(|kept| {
        (kept.row.id.to_string(), change_to_wire(kept.row.id, kept.change, &kept.course))
    });
    let (changes, next_page_token) = page.cut_to_answer(changes.collect());
    Ok(ListChangesResponse { changes, next_page_token })
}

#[cfg(test)]
mod tests {
    use prost::Message as _;
    use proto::catalog::v1::{
        Cancellation, Change, ChangeState, change::Subject, change_step::Step,
    };
    use tonic::{Code, Status};

    use super::*;
    use crate::{
        jobs::load_region::tests::{FIRST_ITEM, loaded},
        rpc::testing::{
            AGENCY, REGION, advance, at, authority, change, draft, editable, handler, item_change,
            publish,
        },
    };

    const OTHER: &str = "11652301PY652304374000131901000";

    async fn list(catalog: &Catalog, officer: &Officer, state: ChangeState) -> Vec<String> {
        let state = state.into();
        let mut request = ListChangesRequest { state, page_size: 2, page_token: String::new() };
        let mut ids = Vec::new();
        loop {
            let page = run(catalog, officer.clone(), request.clone()).await.unwrap();
            ids.extend(page.changes.into_iter().map(|change| change.change_id));
            if page.next_page_token.is_empty() {
                return ids;
            }
            request.page_token = page.next_page_token;
        }
    }

    fn cancellation(code: &str) -> Change {
        let reason = "示例依据".to_owned();
        change(Subject::Cancellation(Cancellation { code: code.to_owned(), reason }))
    }

    #[tokio::test]
    async fn c02_changes_are_listed_by_state_the_newest_first_within_reach() {
        let (catalog, _place) = loaded().await;
        let (own, authority_of) = (handler(AGENCY), |region| authority("甲", region));
        let mut ids = Vec::new();
        for day in 3..6 {
            at(&catalog, &format!("2026-03-0{day}T01:00:00Z"));
            let draft = draft(&catalog, &own, cancellation(FIRST_ITEM)).await.unwrap();
            ids.push(draft.change_id.clone());
            advance(&catalog, &own, &draft, Step::Submit, "").await.unwrap();
        }
        at(&catalog, "2026-03-06T01:00:00Z");
        ids.push(publish(&catalog, REGION, cancellation(OTHER)).await.unwrap().change_id);
        ids.reverse();
        for region in [REGION, "652300", "650000", "000000"] {
            let all = list(&catalog, &authority_of(region), ChangeState::Unspecified).await;
            assert_eq!(all, ids, "{region}");
        }
        assert_eq!(list(&catalog, &own, ChangeState::Unspecified).await, ids[1..]);
        let of = authority_of(REGION);
        assert_eq!(list(&catalog, &of, ChangeState::Submitted).await, ids[1..]);
        assert_eq!(list(&catalog, &of, ChangeState::Published).await, ids[..1]);
        assert!(list(&catalog, &of, ChangeState::Draft).await.is_empty());
        for stranger in [authority_of("652302"), authority_of("110000"), handler("652301-a09")] {
            assert!(list(&catalog, &stranger, ChangeState::Unspecified).await.is_empty());
        }
    }

    #[tokio::test]
    async fn c02_however_large_the_changes_are_an_answer_is_no_larger_than_a_client_takes() {
        let (catalog, _place) = loaded().await;
        let own = handler(AGENCY);
        let mut ids = Vec::new();
        for n in 0..3 {
            let mut large = editable(&catalog, FIRST_ITEM).await;
            // About 1.6 MB of conditions.
            large.guide.as_mut().unwrap().conditions =
                (0..200).map(|m| format!("{n}-{m}").repeat(2_000)[..4_000].to_owned()).collect();
            large.legal_basis.clear();
            let guide = large.guide.as_mut().unwrap();
            guide.procedure.clone_from(&guide.conditions);
            at(&catalog, &format!("2026-03-0{}T01:00:00Z", 3 + n));
            ids.push(draft(&catalog, &own, item_change(large)).await.unwrap().change_id);
        }
        ids.reverse();
        let mut request = ListChangesRequest::default();
        let mut told = Vec::new();
        loop {
            let page = run(&catalog, own.clone(), request.clone()).await.unwrap();
            assert!(page.encoded_len() < 4 << 20, "{} bytes", page.encoded_len());
            told.extend(page.changes.into_iter().map(|change| change.change_id));
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                break;
            }
        }
        assert_eq!(told, ids, "each once");
    }

    #[tokio::test]
    async fn a_state_or_page_token_that_is_none_is_refused() {
        let (catalog, _place) = loaded().await;
        let foreign = Page { size: 1, after: None }.cut(&mut vec![(); 2], |()| "x".to_owned());
        for (state, page_token) in [(9, ""), (0, "%"), (0, foreign.as_str())] {
            let page_token = page_token.to_owned();
            let request = ListChangesRequest { state, page_size: 0, page_token };
            let refused = run(&catalog, authority("甲", REGION), request).await.unwrap_err();
            assert_eq!(Status::from(refused).code(), Code::InvalidArgument);
        }
    }
}
