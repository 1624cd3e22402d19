//! Records that signs of misconduct were transferred to the competent authority (T10).

use domain::{
    deadline::iso_date,
    restricted::transfer_document,
    ticket::{MAX_NOTE_CHARS, Refusal},
    violation::{Violations, plain_text},
};
use platform::{auth::Officer, convert::to_wire, once::Recognised};
use proto::{
    fact::v1::{MisconductTransferred, fact::Body},
    ticketing::v1::{MisconductTransfer, TransferMisconductRequest, TransferMisconductResponse},
};
use uuid::Uuid;

use crate::{
    convert::ticket::rated_by_opening,
    error::{Error, TicketError},
    state::Ticketing,
    store,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: TransferMisconductRequest,
) -> Result<TransferMisconductResponse, Error> {
    let shell = &ticketing.shell;
    let at = shell.clock.now();
    let mut wrong = Violations::default();
    let no_uuid = |text: &str| text.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("request_id", no_uuid(&request.request_id));
    let ticket_id = wrong.take("ticket_id", no_uuid(&request.ticket_id));
    let transfer = request.transfer.clone().unwrap_or_default();
    wrong.take("transfer.body", plain_text(&transfer.body, MAX_NOTE_CHARS));
    wrong.require(!transfer.body.trim().is_empty(), "transfer.body", "must be filled in");
    if let Some(on) = wrong.take("transfer.on", iso_date(&transfer.on)) {
        transfer_document(&mut wrong, &transfer.document_number, on, at);
    }
    wrong.take("reason", plain_text(&request.reason, MAX_NOTE_CHARS));
    wrong.require(!request.reason.trim().is_empty(), "reason", "must be filled in");
    let (Some(request_id), Some(ticket_id)) = wrong.finish((request_id, ticket_id))? else {
        return Err(Violations::default().into());
    };
    let key =
        shell.requests.key(caller.id().as_bytes(), "TransferMisconduct", request_id, &request);
    let txn = shell.once(&ticketing.store, key).await?;
    let row = store::ticket::ticket(&txn, &caller, ticket_id).await?;
    let row = row.ok_or(TicketError::NotFound)?;
    let txn = match txn.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let mut rated = rated_by_opening(&row)?;
    rated.extend(store::ticket::rated(&txn, ticket_id).await?);
    if rated.iter().any(|rated| rated.eq_ignore_ascii_case(caller.id().trim())) {
        return Err(Refusal::Rated { step: "transfer misconduct" }.into());
    }
    let id = shell.clock.new_id();
    let record = MisconductTransfer {
        transfer_id: id.to_string(),
        ticket_id: ticket_id.to_string(),
        transfer: Some(transfer),
        at: Some(to_wire(at)),
        by: caller.id().to_owned(),
    };
    let ids = (id, ticket_id);
    store::restricted::insert_transfer(&txn, &shell.sealer, ids, &record, &request.reason).await?;
    let told = Body::MisconductTransferred(MisconductTransferred {
        ticket_id: record.ticket_id.clone(),
        transfer_id: record.transfer_id.clone(),
        at: record.at,
    });
    Ok(txn.finish(TransferMisconductResponse { transfer: Some(record) }, vec![told]).await?)
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{AGENCY, REGION, STAFF, principal},
    };
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        focus::testing::{BAD, Ratings},
        restricted::testing::misconduct,
        testing::{Fixture, authority, handler, refusal},
    };

    #[tokio::test]
    async fn t10_either_office_transfers_once_and_only_the_record_is_answered() {
        let fixture = Fixture::new().await;
        let ticket = fixture.ticket().await;
        for caller in [handler(AGENCY), authority(REGION)] {
            let request = misconduct(&ticket);
            let call = || run(&fixture.ticketing, caller.clone(), request.clone());
            let (first, second) = tokio::join!(call(), call());
            let first = first.unwrap();
            assert_eq!(second.unwrap(), first, "a repeat");
            let record = first.transfer.unwrap();
            assert_eq!((record.by.as_str(), &record.transfer), (caller.id(), &request.transfer));
            assert!(!format!("{record:?}").contains(&request.reason));
        }
        let unseen = (Code::NotFound, "TICKET_NOT_FOUND".to_owned());
        for stranger in [handler("652301-a04"), authority("652302")] {
            let refused = run(&fixture.ticketing, stranger, misconduct(&ticket)).await;
            assert_eq!(refusal(refused), unseen);
        }
        let empty = TransferMisconductRequest::default();
        let told = run(&fixture.ticketing, handler(AGENCY), empty).await.unwrap_err().to_string();
        for field in ["request_id", "ticket_id", "transfer.body", "transfer.on", "reason"] {
            assert!(told.contains(field), "{field}: {told}");
        }
        let mut tomorrow = misconduct(&ticket);
        tomorrow.transfer.as_mut().unwrap().on = "2026-03-03".to_owned();
        let told = run(&fixture.ticketing, handler(AGENCY), tomorrow).await.unwrap_err();
        assert!(told.to_string().contains("transfer.on: lies in the future"), "{told}");
    }

    #[tokio::test]
    async fn t10_whoever_is_rated_transfers_nothing_about_themselves() {
        let fixture = Fixture::new().await;
        let ticket = fixture.rate(Ratings { n: 1, ..BAD }).await.remove(0);
        let own = Caller::Handler { region: REGION.to_owned(), agency: AGENCY.to_owned() };
        let own = run(&fixture.ticketing, principal(STAFF, own), misconduct(&ticket)).await;
        assert_eq!(refusal(own), (Code::PermissionDenied, "RATED_STAFF_MEMBER".to_owned()));
    }
}
