//! Records a call-back to the rater (T02).

use platform::auth::Officer;
use proto::ticketing::v1::{RecordContactRequest, RecordContactResponse, step::Act};

use crate::{
    app::ticket::take_step::{Asked, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: RecordContactRequest,
) -> Result<RecordContactResponse, Error> {
    let asked = Asked {
        rpc: "RecordContact",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        field: "contact",
        act: request.contact.clone().map(Act::Contact),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(RecordContactResponse { ticket: Some(ticket) })
}

#[cfg(test)]
mod tests {
    use proto::r#type::v1::{Finding, TicketState};
    use tonic::Code;

    use crate::rpc::testing::{Fixture, assign, contact, verify};

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
}
