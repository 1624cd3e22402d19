//! Lists appeals, the nearest deadline first.

use domain::violation::Violations;
use platform::{auth::Officer, page::Page};
use proto::ticketing::v1::{AppealState, ListAppealsRequest, ListAppealsResponse};

use crate::{
    app::appeal::words::show_appeal,
    convert::appeal::AppealWords,
    error::Error,
    state::Ticketing,
    store::{
        self,
        appeal::{AppealQuery, duties},
    },
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: ListAppealsRequest,
) -> Result<ListAppealsResponse, Error> {
    let mut wrong = Violations::default();
    let state = AppealState::try_from(request.state);
    let state = wrong.take("state", state.map_err(|_| "is no state"));
    let page = Page::read(&mut wrong, "ListAppeals", request.page_size, &request.page_token);
    let state = wrong.finish(state)?;
    let read = ticketing.store.read();
    let wanted = AppealQuery {
        state: state.filter(|state| *state != AppealState::Unspecified),
        due_by: request.overdue.then(|| ticketing.shell.clock.now().as_microsecond()),
        after: page.after,
        limit: page.read_size(),
    };
    let rows = store::appeal::appeals(read, &caller, wanted).await?;
    let mut records = duties::of(read, rows.iter().map(|row| row.id)).await?;
    let mut appeals = Vec::with_capacity(rows.len());
    for row in rows {
        let records = records.remove(&row.id).unwrap_or_default();
        let appeal = show_appeal(ticketing, &row, &records, AppealWords::default())?;
        appeals.push(((row.due_at, row.id), appeal));
    }
    let (appeals, next_page_token) = page.cut_to_answer(appeals);
    Ok(ListAppealsResponse { appeals, next_page_token })
}

#[cfg(test)]
mod tests {
    use proto::r#type::v1::{ExclusionDuty, ExclusionGround};

    use super::*;
    use crate::rpc::appeal::testing::{lodge, of_authority, officer};
    use crate::rpc::{
        appeal::lodge_appeal,
        testing::{Fixture, authority, handler},
    };

    #[tokio::test]
    async fn t07_pages_hold_every_appeal_once_soonest_due_first_and_overdue_ones_are_found() {
        let fixture = Fixture::under("haiyang-2021").await;
        let mut lodged = Vec::new();
        for day in [4, 2, 3] {
            fixture.at(&format!("2026-03-0{day}T01:00:00Z"));
            let request = lodge(&fixture.rated().await, "");
            let appeal = lodge_appeal::run(&fixture.ticketing, officer("lodger"), request).await;
            lodged.push((day, appeal.unwrap().appeal.unwrap().appeal_id));
        }
        lodged.sort();
        let mut ids: Vec<String> = lodged.into_iter().map(|(_, id)| id).collect();
        let list = async |caller: Officer, asked: ListAppealsRequest| {
            let mut request = ListAppealsRequest { page_size: 2, ..asked };
            let mut listed = Vec::new();
            loop {
                let page = run(&fixture.ticketing, caller.clone(), request.clone()).await.unwrap();
                assert!(page.appeals.iter().all(|appeal| appeal.statement.is_empty()));
                listed.extend(page.appeals.into_iter().map(|a| (a.appeal_id, a.overdue)));
                request.page_token = page.next_page_token;
                if request.page_token.is_empty() {
                    return listed;
                }
            }
        };
        let all = ListAppealsRequest::default();
        let listed = list(officer("reader"), all.clone()).await;
        assert_eq!(listed, ids.iter().map(|id| (id.clone(), false)).collect::<Vec<_>>());
        // Three working days of 2 March are over.
        fixture.at("2026-03-05T16:00:00Z");
        let overdue = ListAppealsRequest { overdue: true, ..all.clone() };
        let late = list(of_authority("a-1"), overdue.clone()).await;
        assert_eq!(late, [(ids[0].clone(), true)]);
        fixture.record(of_authority("a-1"), &ids[0], ExclusionDuty::Verified).await;
        fixture.decided(of_authority("a-1"), &ids[0], ExclusionGround::Unspecified).await;
        assert_eq!(list(of_authority("a-1"), overdue).await, [], "decided");
        ids.rotate_left(1);
        let listed = list(of_authority("a-1"), all.clone()).await;
        assert_eq!(
            listed.iter().map(|(id, _)| id).collect::<Vec<_>>(),
            ids.iter().collect::<Vec<_>>()
        );
        let rejected = ListAppealsRequest { state: AppealState::Rejected.into(), ..all.clone() };
        assert_eq!(list(of_authority("a-1"), rejected).await.len(), 1);
        for stranger in [handler("652301-a04"), authority("650000")] {
            assert_eq!(list(stranger, all.clone()).await, []);
        }
        let wrong = ListAppealsRequest { state: 99, page_token: "eA".to_owned(), ..all };
        let said = run(&fixture.ticketing, officer("reader"), wrong).await.unwrap_err().to_string();
        assert!(said.contains("state:") && said.contains("page_token:"), "{said}");
    }
}
