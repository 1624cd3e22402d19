//! Lists the outcomes of negative ratings, newest ticket first.

use domain::{
    codes::RegionCode,
    violation::{Violations, identifier},
};
use platform::{auth::Anyone, page::Page};
use proto::publication::v1::{ListOutcomesRequest, ListOutcomesResponse};

use crate::{
    app::disclosure::withheld, convert::disclosure::outcome_to_wire, error::Error,
    state::Publication, store,
};

pub(crate) async fn run(
    publication: &Publication,
    _: Anyone,
    request: ListOutcomesRequest,
) -> Result<ListOutcomesResponse, Error> {
    let mut wrong = Violations::default();
    let region = wrong.take("region_code", RegionCode::parse(&request.region_code));
    wrong.take("agency_id", identifier(&request.agency_id));
    let page = Page::read(&mut wrong, "ListOutcomes", request.page_size, &request.page_token);
    let Some(region) = wrong.finish(region)? else {
        return Err(Violations::default().into());
    };
    let (code, agency) = (region.as_str(), &request.agency_id);
    let read = publication.store.read();
    let (before, size) = (page.after, page.read_size());
    let mut rows = store::disclosure::outcomes(read, code, agency, before, size).await?;
    let next_page_token = page.cut(&mut rows, |row| (row.opened_at, row.id));
    Ok(ListOutcomesResponse {
        outcomes: rows.iter().map(outcome_to_wire).collect(),
        next_page_token,
        withheld: withheld::of_lists(publication, &region, false),
    })
}

#[cfg(test)]
mod tests {
    use platform::{convert::to_wire, facts::consume::Obstacle};
    use proto::{
        fact::v1::{TicketOpened, fact::Body},
        r#type::v1::TicketState,
    };
    use uuid::Uuid;

    use super::*;
    use crate::rpc::testing::{Fixture, anyone};

    #[tokio::test]
    async fn p05_outcomes_are_open_newest_first_and_a_private_one_is_never_shown_singly() {
        let fixture = Fixture::new().await;
        let mut shown = Vec::new();
        for n in 0..5 {
            let ticket = fixture.open_ticket(&fixture.act(), n == 2).await;
            if n != 2 {
                shown.insert(0, ticket);
            }
        }
        fixture.step_ticket(&shown[0], TicketState::Closed).await;
        fixture.join_privately(&shown[3]).await;
        shown.remove(3);
        let mut request = ListOutcomesRequest {
            region_code: "652301".to_owned(),
            page_size: 2,
            ..ListOutcomesRequest::default()
        };
        let mut outcomes = Vec::new();
        loop {
            let page = run(&fixture.publication, anyone(), request.clone()).await.unwrap();
            outcomes.extend(page.outcomes);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                break;
            }
        }
        let ids: Vec<_> = outcomes.iter().map(|outcome| outcome.ticket_id.clone()).collect();
        assert_eq!(ids, shown);
        assert_eq!(outcomes[0].state(), TicketState::Closed);
        let other = ListOutcomesRequest {
            agency_id: "652301-a99".to_owned(),
            page_token: String::new(),
            ..request
        };
        assert!(run(&fixture.publication, anyone(), other).await.unwrap().outcomes.is_empty());
    }

    #[tokio::test]
    async fn p05_t02_a_ticket_that_waits_for_the_authority_is_shown_so_from_its_beginning() {
        let fixture = Fixture::new().await;
        let opened = TicketOpened {
            ticket_id: Uuid::from_u128(1).to_string(),
            act: Some(fixture.act()),
            opened_at: Some(to_wire(fixture.publication.shell.clock.now())),
            ..TicketOpened::default()
        };
        let told = async |state: i32| {
            let opened = TicketOpened { state, ..opened.clone() };
            fixture.try_apply(Body::TicketOpened(opened)).await
        };
        assert!(matches!(told(99).await, Err(Obstacle::Unknown(_))));
        told(TicketState::Received.into()).await.unwrap();
        let request = ListOutcomesRequest {
            region_code: "652301".to_owned(),
            ..ListOutcomesRequest::default()
        };
        let page = run(&fixture.publication, anyone(), request).await.unwrap();
        let states: Vec<TicketState> = page.outcomes.iter().map(|one| one.state()).collect();
        assert_eq!(states, [TicketState::Received]);
    }

    #[tokio::test]
    async fn everything_wrong_is_named_at_once() {
        let fixture = Fixture::new().await;
        let request =
            ListOutcomesRequest { page_token: "eA".to_owned(), ..ListOutcomesRequest::default() };
        let told = run(&fixture.publication, anyone(), request).await.unwrap_err().to_string();
        assert!(told.contains("region_code:") && told.contains("page_token:"), "{told}");
    }
}
