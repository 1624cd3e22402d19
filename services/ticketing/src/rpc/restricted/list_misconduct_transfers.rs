//! Lists the transfers of a ticket: of signs of misconduct only the record is visible (T10).

use domain::violation::Violations;
use platform::auth::Officer;
use proto::ticketing::v1::{ListMisconductTransfersRequest, ListMisconductTransfersResponse};
use uuid::Uuid;

use crate::{
    error::{Error, TicketError},
    state::Ticketing,
    store,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: ListMisconductTransfersRequest,
) -> Result<ListMisconductTransfersResponse, Error> {
    let mut wrong = Violations::default();
    let id = request.ticket_id.parse::<Uuid>().map_err(|_| "is no UUID");
    let id = wrong.take("ticket_id", id);
    let id = wrong.finish(id)?.unwrap_or_default();
    let read = ticketing.store.read();
    store::ticket::ticket(read, &caller, id).await?.ok_or(TicketError::NotFound)?;
    let transfers = store::restricted::transfers(read, &ticketing.shell.sealer, id).await?;
    Ok(ListMisconductTransfersResponse { transfers })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION};
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        restricted::{testing::misconduct, transfer_misconduct},
        testing::{Fixture, authority, handler, refusal},
    };

    #[tokio::test]
    async fn t10_the_records_of_a_tickets_transfers_are_visible_and_their_reasons_are_not() {
        let fixture = Fixture::new().await;
        let ticket_id = fixture.ticket().await;
        let mut transfers = Vec::new();
        for at in ["2026-03-02T02:00:00Z", "2026-03-02T03:00:00Z"] {
            fixture.at(at);
            let request = misconduct(&ticket_id);
            let done = transfer_misconduct::run(&fixture.ticketing, handler(AGENCY), request).await;
            transfers.extend(done.unwrap().transfer);
        }
        let list = |caller| {
            let request = ListMisconductTransfersRequest { ticket_id: ticket_id.clone() };
            run(&fixture.ticketing, caller, request)
        };
        for caller in [handler(AGENCY), authority(REGION)] {
            let listed = list(caller).await.unwrap().transfers;
            assert_eq!(listed, transfers);
            assert!(!format!("{listed:?}").contains("收受"));
        }
        let unseen = (Code::NotFound, "TICKET_NOT_FOUND".to_owned());
        assert_eq!(refusal(list(handler("652301-a04")).await), unseen);
    }
}
