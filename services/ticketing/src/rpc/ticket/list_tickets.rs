//! Lists tickets, the nearest deadline first.

use domain::violation::Violations;
use platform::{auth::Officer, page::Page};
use proto::ticketing::v1::{ListTicketsRequest, ListTicketsResponse};

use crate::{
    app::ticket::{filter::read_filter, show::show_short},
    error::Error,
    state::Ticketing,
    store,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: ListTicketsRequest,
) -> Result<ListTicketsResponse, Error> {
    let mut wrong = Violations::default();
    let filter = read_filter(&request, &caller, ticketing.shell.clock.now(), &mut wrong);
    let page = Page::read(&mut wrong, "ListTickets", request.page_size, &request.page_token);
    let filter = wrong.finish(filter)?;
    let read = ticketing.store.read();
    let rows = store::ticket::tickets(read, &caller, &filter, page.after, page.read_size()).await?;
    let tickets = show_short(ticketing, rows).await?;
    let (tickets, next_page_token) = page.cut_to_answer(tickets);
    Ok(ListTicketsResponse { tickets, next_page_token })
}

#[cfg(test)]
mod tests {
    use proto::{
        ticketing::v1::Urgency,
        r#type::v1::{Level, TicketState},
    };

    use super::*;
    use crate::rpc::testing::{
        Fixture, OTHER_AGENCY, OTHER_STAFF, assign, authority, contact, handler, take_over,
    };

    #[tokio::test]
    async fn i10_each_negative_act_of_a_batch_has_its_own_ticket_and_they_are_seen_to_belong_together()
     {
        let fixture = Fixture::new().await;
        let clock = &fixture.ticketing.shell.clock;
        let batch_id = clock.new_id().to_string();
        for level in [Level::VeryDissatisfied, Level::Satisfied, Level::Dissatisfied] {
            let mut rating = fixture.rating(clock.new_id(), level);
            rating.batch_id.clone_from(&batch_id);
            fixture.apply(&rating).await;
        }
        fixture.ticket().await;
        let all = ListTicketsRequest::default();
        let tickets = run(&fixture.ticketing, authority("652301"), all).await.unwrap().tickets;
        let mut batches: Vec<&str> = tickets.iter().map(|t| t.batch_id.as_str()).collect();
        batches.sort_unstable();
        assert_eq!(batches, ["", &batch_id, &batch_id]);
    }

    #[tokio::test]
    async fn pages_hold_every_ticket_of_the_callers_once_soonest_due_first() {
        let fixture = Fixture::new().await;
        for day in [4, 2, 3] {
            fixture.at(&format!("2026-03-0{day}T01:00:00Z"));
            fixture.ticket().await;
        }
        let mut request = ListTicketsRequest { page_size: 2, ..ListTicketsRequest::default() };
        let mut due = Vec::new();
        loop {
            let page = run(&fixture.ticketing, authority("652301"), request.clone()).await.unwrap();
            due.extend(page.tickets.iter().map(|ticket| ticket.due_at.unwrap().seconds));
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                break;
            }
        }
        assert!(due.len() == 3 && due.windows(2).all(|w| w[0] < w[1]), "{due:?}");
        let all = ListTicketsRequest::default();
        let strangers = run(&fixture.ticketing, handler("652301-a04"), all.clone()).await.unwrap();
        assert!(strangers.tickets.is_empty());
        let closed = ListTicketsRequest { state: TicketState::Closed.into(), ..all };
        let closed = run(&fixture.ticketing, authority("652301"), closed).await.unwrap();
        assert!(closed.tickets.is_empty());
        let wrong = ListTicketsRequest {
            state: 99,
            page_token: "eA".to_owned(),
            ..ListTicketsRequest::default()
        };
        let told = run(&fixture.ticketing, authority("652301"), wrong).await.unwrap_err();
        let told = told.to_string();
        assert!(told.contains("state:") && told.contains("page_token:"), "{told}");
    }

    #[tokio::test]
    async fn t09_lists_find_what_is_late_due_today_or_soon_mine_nobodys_and_of_an_agency() {
        let fixture = Fixture::new().await;
        // Monday's: at once, and when rectified fed back by the 9th.
        let late = fixture.ticket().await;
        fixture.step(&late, assign()).await.unwrap();
        fixture.at("2026-03-06T01:00:00Z");
        let today = fixture.ticket().await;
        fixture.step(&today, take_over()).await.unwrap();
        let soon = fixture.ticket().await;
        let steps = vec![
            assign(),
            contact(),
            crate::rpc::testing::verify(proto::r#type::v1::Finding::NoLegalBasis),
        ];
        fixture.steps(&soon, steps).await;
        fixture.at("2026-03-10T01:00:00Z");
        let fresh = fixture.ticket().await;
        let list = async |request: ListTicketsRequest, caller| {
            let listed = run(&fixture.ticketing, caller, request).await.unwrap().tickets;
            listed.into_iter().map(|ticket| ticket.ticket_id).collect::<Vec<_>>()
        };
        let all = ListTicketsRequest::default();
        let urgent =
            |urgency: Urgency| ListTicketsRequest { urgency: urgency.into(), ..all.clone() };
        let by_authority = async |request| list(request, authority("652301")).await;
        assert_eq!(by_authority(urgent(Urgency::Overdue)).await, [late.clone(), today.clone()]);
        assert_eq!(by_authority(urgent(Urgency::Today)).await, [fresh.clone()]);
        assert_eq!(by_authority(urgent(Urgency::Soon)).await, [fresh.clone(), soon.clone()]);
        let nobodys = ListTicketsRequest { unassigned: true, ..all.clone() };
        assert_eq!(by_authority(nobodys).await, [fresh.clone()]);
        let of =
            |assignee: &str| ListTicketsRequest { assignee: assignee.to_owned(), ..all.clone() };
        assert_eq!(list(of("me"), handler("652301-a03")).await, [today.clone()]);
        assert_eq!(by_authority(of("652301-s01")).await, [late, soon]);
        assert_eq!(by_authority(of(OTHER_STAFF)).await, [""; 0]);
        for (agency, found) in [("652301-a03", 4), (OTHER_AGENCY, 0)] {
            let of_agency = ListTicketsRequest { agency_id: agency.to_owned(), ..all.clone() };
            assert_eq!(by_authority(of_agency).await.len(), found, "{agency}");
        }
        let wrong = ListTicketsRequest {
            urgency: 99,
            assignee: "a b".to_owned(),
            agency_id: "\u{200B}".to_owned(),
            ..all
        };
        let told = run(&fixture.ticketing, authority("652301"), wrong).await.unwrap_err();
        let told = told.to_string();
        for field in ["urgency:", "assignee:", "agency_id:"] {
            assert!(told.contains(field), "{field} {told}");
        }
    }
}
