//! Looks at a restricted matter; each look goes on record before it shows anything (S06).

use domain::{
    ticket::MAX_NOTE_CHARS,
    violation::{Violations, plain_text},
};
use platform::{auth::Authority, convert::to_wire};
use proto::ticketing::v1::{
    GetRestrictedMatterRequest, GetRestrictedMatterResponse, RestrictedLook,
};
use uuid::Uuid;

use crate::{app::restricted::seen, error::Error, state::Ticketing, store};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Authority,
    request: GetRestrictedMatterRequest,
) -> Result<GetRestrictedMatterResponse, Error> {
    let officer = caller.officer();
    let mut wrong = Violations::default();
    let id = request.matter_id.parse::<Uuid>().map_err(|_| "is no UUID");
    let id = wrong.take("matter_id", id);
    wrong.take("purpose", plain_text(&request.purpose, MAX_NOTE_CHARS));
    wrong.require(!request.purpose.trim().is_empty(), "purpose", "must be filled in");
    let id = wrong.finish(id)?.unwrap_or_default();
    let shell = &ticketing.shell;
    let txn = ticketing.store.begin().await?;
    let (_, mut matter) = seen(ticketing, &txn, officer, id).await?;
    let look = RestrictedLook {
        at: Some(to_wire(shell.clock.now())),
        by: officer.id().to_owned(),
        purpose: request.purpose,
    };
    let look_id = shell.clock.new_id();
    store::restricted::insert_look(&txn, &shell.sealer, (look_id, id), &look).await?;
    matter.steps = store::restricted::steps(&txn, &shell.sealer, id).await?;
    matter.looks = store::restricted::looks(&txn, &shell.sealer, id).await?;
    txn.commit().await?;
    Ok(GetRestrictedMatterResponse { matter: Some(matter) })
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{REGION, principal},
    };
    use proto::ticketing::v1::{OpenRestrictedMatterRequest, restricted_step::Act};
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        focus::testing::the_authority,
        restricted::{
            open_restricted_matter,
            testing::{REPORT, REPORTER, report, text},
        },
        testing::{Fixture, refusal},
    };

    fn asked(id: &str, purpose: &str) -> GetRestrictedMatterRequest {
        GetRestrictedMatterRequest { matter_id: id.to_owned(), purpose: purpose.to_owned() }
    }

    #[tokio::test]
    async fn s06_each_look_is_on_record_with_its_purpose_and_shows_what_was_reported() {
        let fixture = Fixture::new().await;
        let id = fixture.restricted().await;
        fixture.restricted_step(&id, Act::Investigation(text())).await.unwrap();
        for (n, purpose) in [(1, "示例调查"), (2, "示例复核")] {
            fixture.at(&format!("2026-03-02T0{n}:30:00Z"));
            let looked = run(&fixture.ticketing, the_authority(REGION), asked(&id, purpose)).await;
            let matter = looked.unwrap().matter.unwrap();
            assert_eq!((matter.report.as_str(), matter.reporter.as_str()), (REPORT, REPORTER));
            assert_eq!((matter.steps.len(), matter.looks.len()), (1, n));
            let look = &matter.looks[0];
            assert_eq!((look.by.as_str(), look.purpose.as_str()), ("authority", purpose));
        }
        let silent = run(&fixture.ticketing, the_authority(REGION), asked(&id, " ")).await;
        assert!(silent.unwrap_err().to_string().contains("purpose"));
    }

    #[tokio::test]
    async fn s06_nobody_sees_what_they_or_their_authority_are_accused_of() {
        let fixture = Fixture::new().await;
        let open = async |request| {
            let opened =
                open_restricted_matter::run(&fixture.ticketing, the_authority(REGION), request);
            opened.await.unwrap().matter_id
        };
        let look = |caller, id: &str| run(&fixture.ticketing, caller, asked(id, "示例"));
        let unseen = (Code::NotFound, "RESTRICTED_NOT_FOUND".to_owned());
        let staff = " Authority".to_owned();
        let own = open(OpenRestrictedMatterRequest {
            accused_staff_id: staff.trim().to_owned(),
            ..report()
        })
        .await;
        assert_eq!(refusal(look(the_authority(REGION), &own).await), unseen, "they are accused");
        let colleague: Authority =
            principal("colleague", Caller::Authority { region: REGION.to_owned() });
        assert!(look(colleague, &own).await.is_ok());
        let authority = platform::testing::AUTHORITY.to_owned();
        let theirs =
            open(OpenRestrictedMatterRequest { accused_unit_id: authority, ..report() }).await;
        assert_eq!(refusal(look(the_authority(REGION), &theirs).await), unseen);
        assert!(look(the_authority("652300"), &theirs).await.is_ok());
        let nothing = fixture.ticketing.shell.clock.new_id().to_string();
        assert_eq!(refusal(look(the_authority(REGION), &nothing).await), unseen);
    }
}
