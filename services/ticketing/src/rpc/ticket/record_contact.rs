//! Records a call-back to the rater (T02).

use platform::auth::Officer;
use proto::ticketing::v1::{RecordContactRequest, RecordContactResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: RecordContactRequest,
) -> Result<RecordContactResponse, Error> {
    let asked = StepRequest {
        rpc: "RecordContact",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        seen: request.seen_step_count,
        field: "contact",
        step: request.contact.clone().map(Act::Contact),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(RecordContactResponse { ticket: Some(ticket) })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION};
    use proto::{
        ticketing::v1::Contact,
        r#type::v1::{Finding, TicketState},
    };
    use tonic::Code;

    use super::*;
    use crate::rpc::testing::{
        Fixture, assign, authority, contact, handler, refusal, request_id, verify,
    };

    #[tokio::test]
    async fn t02_the_rater_is_called_back_by_someone_assigned_before_anything_is_verified() {
        let fixture = Fixture::new().await;
        let id = fixture.ticket().await;
        let early = fixture.step(&id, contact()).await.unwrap_err();
        assert_eq!(early.code(), Code::FailedPrecondition);
        fixture.step(&id, assign()).await.unwrap();
        let unasked = fixture.step(&id, verify(Finding::Clear)).await.unwrap_err();
        assert!(unasked.message().contains("called back"), "{unasked}");
        let ticket = fixture.steps(&id, vec![contact(), contact()]).await;
        assert_eq!((ticket.state(), ticket.step_count), (TicketState::Contacted, 3));
    }

    #[tokio::test]
    async fn t02_a_call_back_is_recorded_once_by_the_handling_agency_and_says_by_which_way() {
        let fixture = Fixture::new().await;
        let ticket_id = fixture.ticket().await;
        fixture.step(&ticket_id, assign()).await.unwrap();
        let Act::Contact(called) = contact() else { panic!("a call-back") };
        let contact = Some(called.clone());
        let request = RecordContactRequest {
            request_id: request_id(),
            ticket_id,
            contact,
            seen_step_count: None,
        };
        let call = |caller, request| run(&fixture.ticketing, caller, request);
        let elsewhere = call(handler("652301-a04"), request.clone()).await;
        assert_eq!(refusal(elsewhere), (Code::NotFound, "TICKET_NOT_FOUND".to_owned()));
        let authority = call(authority(REGION), request.clone()).await;
        let another = (Code::PermissionDenied, "ANOTHER_OFFICES_STEP".to_owned());
        assert_eq!(refusal(authority), another);
        for (contact, field) in [
            (None, "contact: is missing"),
            (Some(Contact { means: 0, ..called.clone() }), "contact.means:"),
            (Some(Contact { note: String::new(), ..called.clone() }), "contact.note:"),
        ] {
            let wrong = RecordContactRequest { contact, ..request.clone() };
            let told = call(handler(AGENCY), wrong).await.unwrap_err().to_string();
            assert!(told.contains(field), "{field} {told}");
        }
        let recorded = call(handler(AGENCY), request.clone()).await.unwrap();
        assert_eq!(call(handler(AGENCY), request).await.unwrap(), recorded);
        let ticket = recorded.ticket.unwrap();
        assert_eq!((ticket.state(), ticket.step_count), (TicketState::Contacted, 2));
        let [step] = ticket.steps.as_slice() else { panic!("{ticket:?}") };
        assert_eq!((step.by.as_str(), &step.act), ("handler", &Some(Act::Contact(called))));
    }
}
