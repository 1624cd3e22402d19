//! Reads a ticket with every step and what it led to.

use domain::violation::Violations;
use platform::auth::Officer;
use proto::ticketing::v1::{GetTicketRequest, GetTicketResponse};
use uuid::Uuid;

use crate::{Ticketing, convert::ticket_to_wire, error::Error, store};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: GetTicketRequest,
) -> Result<GetTicketResponse, Error> {
    let mut wrong = Violations::default();
    let id = wrong.take("ticket_id", request.ticket_id.parse::<Uuid>().map_err(|_| "is no UUID"));
    let id = wrong.finish(id)?.unwrap_or_default();
    let read = ticketing.store.read();
    let row = store::ticket(read, &caller, id).await?.ok_or(Error::TicketNotFound)?;
    let rating_ids = store::rating_ids(read, id).await?;
    let steps = store::steps(read, &ticketing.shell.sealer, id).await?;
    let effects = store::effects(read, id).await?;
    Ok(GetTicketResponse { ticket: Some(ticket_to_wire(&row, rating_ids, steps, effects)?) })
}

#[cfg(test)]
mod tests {
    use proto::r#type::v1::MatterKind;
    use tonic::{Code, Status};

    use super::*;
    use crate::rpc::testing::{Fixture, authority, handler};

    #[tokio::test]
    async fn an_officer_sees_only_what_is_theirs() {
        let fixture = Fixture::new().await;
        let ticket_id = fixture.ticket().await;
        let get = |caller| {
            run(&fixture.ticketing, caller, GetTicketRequest { ticket_id: ticket_id.clone() })
        };
        assert!(get(handler("652301-a03")).await.is_ok());
        assert!(get(authority("652301")).await.is_ok());
        for stranger in [handler("652301-a04"), authority("650000")] {
            let status = Status::from(get(stranger).await.unwrap_err());
            assert_eq!(
                (status.code(), status.message()),
                (Code::NotFound, "there is no such ticket")
            );
        }
        let unknown = GetTicketRequest { ticket_id: Uuid::nil().to_string() };
        let status = run(&fixture.ticketing, authority("652301"), unknown).await.unwrap_err();
        assert_eq!(Status::from(status).message(), "there is no such ticket");
    }

    #[tokio::test]
    async fn i25_the_ticket_of_a_complaint_shows_its_source_and_original_number() {
        let fixture = Fixture::new().await;
        let matter = fixture.matter();
        let ticket_id = fixture.ticket_of(&matter).await;
        let get = |ticket_id| {
            let request = GetTicketRequest { ticket_id };
            run(&fixture.ticketing, handler("652301-a03"), request)
        };
        let ticket = get(ticket_id).await.unwrap().ticket.unwrap();
        assert_eq!(ticket.matter_id, matter.matter_id);
        assert_eq!(ticket.matter_kind(), MatterKind::Complaint);
        assert_eq!(ticket.matter_source, matter.source);
        assert_eq!(ticket.original_number, matter.original_number);
        assert!(ticket.rating_ids.is_empty() && ticket.level == 0, "{ticket:?}");
        let act = ticket.act.unwrap();
        assert_eq!((act.agency_id, act.item_code), (matter.agency_id, matter.item_code));
        let rated = get(fixture.ticket().await).await.unwrap().ticket.unwrap();
        assert!(rated.matter_id.is_empty() && rated.matter_kind == 0, "{rated:?}");
    }
}
