//! Gives a code with which one device can register as a terminal.

use domain::{
    terminal::RegistrationCode,
    violation::{Violations, identifier},
};
use jiff::SignedDuration;
use platform::{auth::Operator, convert::to_wire, once::Recognised};
use proto::catalog::v1::{InviteTerminalRequest, InviteTerminalResponse};
use sea_orm::ActiveValue::Set;
use uuid::Uuid;

use crate::{
    app::terminal::{code_hash, place_for},
    entity::terminal,
    error::{Error, TerminalError},
    state::Catalog,
    store,
};

/// For how long a code is good: a device is installed on another day than it is ordered. It is short,
/// for a restored backup may know a used one as unused.
const CODE_FOR: SignedDuration = SignedDuration::from_hours(72);

pub(crate) async fn run(
    catalog: &Catalog,
    caller: Operator,
    request: InviteTerminalRequest,
) -> Result<InviteTerminalResponse, Error> {
    let mut wrong = Violations::default();
    let request_id = request.request_id.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("request_id", request_id);
    wrong.take("terminal_id", identifier(&request.terminal_id));
    let named = request.terminal_id.is_ascii();
    wrong.require(named, "terminal_id", "is not ASCII, and no certificate can name it");
    let Some(request_id) = wrong.finish(request_id)? else {
        return Err(Violations::default().into());
    };
    let place = place_for(catalog, caller.officer(), &request.terminal_id).await?;
    if catalog.terminals.authority.is_none() {
        return Err(TerminalError::NotOffered.into());
    }
    let (shell, by) = (&catalog.shell, caller.officer().id().as_bytes());
    // The same request again makes the same code, so that it need not be kept.
    let (id, terminal_id) = (request_id.as_bytes(), request.terminal_id.as_bytes());
    let secret = shell.requests.content(&[b"new registration code", by, id, terminal_id]);
    let code = RegistrationCode::of(secret);
    let key = shell.requests.key(by, "InviteTerminal", request_id, &request);
    let asked = shell.once(&catalog.store, key).await?;
    let answer = match asked.recognise::<InviteTerminalResponse>().await? {
        Recognised::Before(answer) => answer,
        Recognised::New(txn) => {
            store::terminal::lock(&*txn, &request.terminal_id, &place.unit.region_code).await?;
            let ends_at = shell.clock.now().saturating_add(CODE_FOR).unwrap_or_default();
            let set = terminal::ActiveModel {
                code_hash: Set(Some(code_hash(&shell.requests, &code))),
                code_ends_at: Set(Some(ends_at.as_microsecond())),
                code_key: Set(None),
                ..Default::default()
            };
            store::terminal::change(&*txn, &request.terminal_id, set).await?;
            let ends_at = Some(to_wire(ends_at));
            let answer = InviteTerminalResponse { code: String::new(), ends_at };
            txn.finish(answer, Vec::new()).await?
        }
    };
    Ok(InviteTerminalResponse { code: code.to_string(), ..answer })
}

#[cfg(test)]
mod tests {
    use tonic::{Code, Status};

    use super::*;
    use crate::rpc::{
        terminal::testing::{Device, TERMINAL, fleet, invite, officer, reason},
        testing::{REGION, request_id},
    };

    #[tokio::test]
    async fn s04_an_invitation_is_for_the_regions_authority_and_its_code_is_kept_as_a_hash_only() {
        let (catalog, _place) = fleet().await;
        let request =
            InviteTerminalRequest { request_id: request_id(), terminal_id: TERMINAL.to_owned() };
        let first = run(&catalog, officer(REGION), request.clone()).await.unwrap();
        let again = run(&catalog, officer(REGION), request.clone()).await.unwrap();
        assert_eq!(first, again, "the answer may have been lost");
        let row = store::terminal::terminal(catalog.store.read(), TERMINAL).await.unwrap().unwrap();
        assert_eq!(row.code_hash.unwrap().len(), 16);
        let other = run(&catalog, officer("650000"), request.clone()).await.unwrap();
        assert_ne!(other.code, first.code, "an answer is given to its asker only");
        let outside = run(&catalog, officer("652302"), request.clone()).await.unwrap_err();
        assert_eq!(reason(outside), (Code::NotFound, "TERMINAL_NOT_FOUND".to_owned()));
        for id in ["652301-h01", "nothing"] {
            let request = InviteTerminalRequest { terminal_id: id.to_owned(), ..request.clone() };
            let refused = run(&catalog, officer(REGION), request).await.unwrap_err();
            assert_eq!(Status::from(refused).code(), Code::NotFound, "{id}");
        }
    }

    #[tokio::test]
    async fn s04_a_new_code_ends_the_one_before() {
        let (catalog, _place) = fleet().await;
        let (first, second) = (invite(&catalog, TERMINAL).await, invite(&catalog, TERMINAL).await);
        let refused = Device::new().register(&catalog, &first).await.unwrap_err();
        assert_eq!(reason(refused), (Code::NotFound, "REGISTRATION_CODE_UNKNOWN".to_owned()));
        Device::new().register(&catalog, &second).await.unwrap();
    }

    #[tokio::test]
    async fn s04_without_an_authority_nobody_is_invited() {
        let (catalog, _place) = fleet().await;
        let catalog = catalog.with_terminals(crate::config::Terminals::default());
        let request =
            InviteTerminalRequest { request_id: request_id(), terminal_id: TERMINAL.to_owned() };
        let refused = run(&catalog, officer(REGION), request).await.unwrap_err();
        let expected = (Code::FailedPrecondition, "REGISTRATION_NOT_OFFERED".to_owned());
        assert_eq!(reason(refused), expected);
    }
}
