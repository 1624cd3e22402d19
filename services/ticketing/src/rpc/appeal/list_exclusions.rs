//! Lists exclusions, the newest first: the ledger for officers.

use domain::violation::Violations;
use platform::{auth::Officer, page::Page};
use proto::ticketing::v1::{ListExclusionsRequest, ListExclusionsResponse};

use crate::{
    convert::appeal::exclusion_to_wire, error::Error, state::Ticketing, store::appeal::exclusions,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: ListExclusionsRequest,
) -> Result<ListExclusionsResponse, Error> {
    let mut wrong = Violations::default();
    let page = Page::read(&mut wrong, "ListExclusions", request.page_size, &request.page_token);
    wrong.finish(())?;
    let read = ticketing.store.read();
    let (before, size) = (page.after, page.read_size());
    let mut rows = exclusions::exclusions(read, &caller, request.lasting, before, size).await?;
    let next_page_token = page.cut(&mut rows, |row| (row.since, row.id));
    let exclusions = rows.iter().map(|row| exclusion_to_wire(row, String::new()));
    let exclusions = exclusions.collect::<Result<Vec<_>, _>>()?;
    Ok(ListExclusionsResponse { exclusions, next_page_token })
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{REGION, principal},
    };
    use proto::{ticketing::v1::ReinstateRatingRequest, r#type::v1::ExclusionGround};

    use super::*;
    use crate::rpc::appeal::testing::{of_authority, officer};
    use crate::rpc::{
        appeal::reinstate_rating,
        testing::{Fixture, authority, handler, request_id},
    };

    #[tokio::test]
    async fn t07_the_ledger_holds_every_exclusion_newest_first_ended_ones_too() {
        let fixture = Fixture::under("changji-2020").await;
        let mut ids = Vec::new();
        for day in [3, 4, 5] {
            fixture.at(&format!("2026-03-0{day}T01:00:00Z"));
            ids.insert(0, fixture.excluded().await.1.exclusion_id);
        }
        let ended = ReinstateRatingRequest {
            request_id: request_id(),
            exclusion_id: ids[1].clone(),
            reason: "示例：复查为真实差评".to_owned(),
        };
        let caller = principal("a-1", Caller::Authority { region: REGION.to_owned() });
        reinstate_rating::run(&fixture.ticketing, caller, ended).await.unwrap();
        let list = async |caller: Officer, lasting| {
            let mut request = ListExclusionsRequest { lasting, page_size: 2, ..Default::default() };
            let mut listed = Vec::new();
            loop {
                let page = run(&fixture.ticketing, caller.clone(), request.clone()).await.unwrap();
                for exclusion in page.exclusions {
                    assert_eq!(exclusion.ground(), ExclusionGround::Mistaken);
                    assert_eq!(exclusion.reinstate_reason, "");
                    listed.push(exclusion.exclusion_id);
                }
                request.page_token = page.next_page_token;
                if request.page_token.is_empty() {
                    return listed;
                }
            }
        };
        assert_eq!(list(officer("reader"), false).await, ids);
        assert_eq!(list(of_authority("a-1"), true).await, [ids[0].clone(), ids[2].clone()]);
        for stranger in [handler("652301-a04"), authority("650000")] {
            assert!(list(stranger, false).await.is_empty());
        }
    }
}
