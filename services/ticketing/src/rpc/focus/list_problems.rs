//! Lists problems, the newest first (T13).

use domain::violation::Violations;
use platform::{auth::Officer, page::Page};
use proto::ticketing::v1::{ListProblemsRequest, ListProblemsResponse, Problem};
use uuid::Uuid;

use crate::{
    entity::focus_record,
    error::Error,
    state::Ticketing,
    store::focus::records::{self, Kind},
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: ListProblemsRequest,
) -> Result<ListProblemsResponse, Error> {
    let mut wrong = Violations::default();
    let page: Page<Uuid> =
        Page::read(&mut wrong, "ListProblems", request.page_size, &request.page_token);
    wrong.finish(())?;
    let read = ticketing.store.read();
    let rows = records::records(read, &caller, Kind::Problem, page.after, page.read_size());
    let open = |row: focus_record::Model| -> Result<(Uuid, Problem), Error> {
        Ok((row.id, records::open(&ticketing.shell.sealer, &row)?))
    };
    let problems = rows.await?.into_iter().map(open).collect::<Result<_, Error>>()?;
    let (problems, next_page_token) = page.cut_to_answer(problems);
    Ok(ListProblemsResponse { problems, next_page_token })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION};

    use super::*;
    use crate::rpc::{
        focus::{
            record_problem,
            testing::{TAG, record, the_authority},
        },
        testing::{Fixture, authority, handler},
    };

    #[tokio::test]
    async fn t13_problems_are_listed_page_by_page_for_their_region_and_their_agency() {
        let fixture = Fixture::new().await;
        let tickets = fixture.a_bad_quarter().await;
        let mut recorded = Vec::new();
        for (tag, at) in [("", "2026-03-02T02:00:00Z"), (TAG, "2026-03-02T03:00:00Z")] {
            fixture.at(at);
            let request = record(tag, &tickets);
            let told = record_problem::run(&fixture.ticketing, the_authority(REGION), request);
            recorded.push(told.await.unwrap().problem.unwrap());
        }
        let list = async |caller, page_token| {
            let request = ListProblemsRequest { page_size: 1, page_token };
            let page = run(&fixture.ticketing, caller, request).await.unwrap();
            (page.problems, page.next_page_token)
        };
        let (first, next) = list(authority(REGION), String::new()).await;
        assert_eq!(first, recorded[1..]);
        assert_eq!(list(authority(REGION), next).await.0, recorded[..1]);
        assert_eq!(list(handler(AGENCY), String::new()).await.0, recorded[1..]);
        for other in [handler("652301-a04"), authority("652302")] {
            assert!(list(other, String::new()).await.0.is_empty());
        }
    }
}
