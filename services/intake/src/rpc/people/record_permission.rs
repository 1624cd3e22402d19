//! Records whether a rater permits that their data go to a third party (S05).

use domain::profile::ThirdParty;
use platform::{auth::Rater, clock::instant, convert::to_wire, once::Recognised};
use proto::intake::v1::{RecordPermissionRequest, RecordPermissionResponse};

use crate::{
    Intake,
    convert::request_id,
    error::{Error, people::PeopleError, rating::invitation::InvitationError},
    store::{case::acts, people::permissions},
};

pub(crate) async fn run(
    intake: &Intake,
    _: Rater,
    request: RecordPermissionRequest,
) -> Result<RecordPermissionResponse, Error> {
    let shell = &intake.shell;
    let act_id = shell.invitations.open(&request.token)?;
    let request_id = request_id(&request.request_id)?;
    let scope = act_id.0.as_bytes();
    let key = shell.requests.key(scope, "RecordPermission", request_id, &request);
    let (act, _) = acts::act(&intake.store, act_id).await?.ok_or(InvitationError::NotFound)?;

    let asked = shell.once(&intake.store, key).await?;
    let txn = match asked.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    if request.granted {
        let snapshot = intake.reference.now();
        let (reason, what) = ("CATALOG_NOT_KNOWN_YET", "the policy profile");
        let profile = snapshot.policy(&act.policy).ok_or(Error::NotKnownYet { reason, what })?;
        let rule = &profile.rater_data_to_third_party;
        if rule.value == ThirdParty::Never {
            return Err(PeopleError::ThirdPartyNever { clause: rule.clause.clone() }.into());
        }
    }
    let at = shell.clock.now().as_microsecond();
    permissions::record(&txn, act.case_id.0, request.granted, at).await?;
    let recorded_at = Some(to_wire(instant(at)));
    let answer = RecordPermissionResponse { granted: request.granted, recorded_at };
    Ok(txn.finish(answer, Vec::new()).await?)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use platform::testing::REGION;
    use proto::fact::v1::{ProfilePublished, fact::Body};
    use tonic::{Code, Status};
    use tonic_types::StatusExt as _;
    use uuid::Uuid;

    use super::*;
    use crate::rpc::testing::{Fixture, ON_THE_SPOT_ITEM, rater};

    fn say(token: &str, granted: bool) -> RecordPermissionRequest {
        RecordPermissionRequest {
            request_id: platform::clock::Clock::System.new_id().to_string(),
            token: token.to_owned(),
            granted,
        }
    }

    /// A case and its invitation's token.
    async fn invited(fixture: &Fixture) -> (Uuid, String) {
        let case = fixture.submit(ON_THE_SPOT_ITEM).await;
        (case.case_id.parse().unwrap(), case.invitation.unwrap().token)
    }

    #[tokio::test]
    async fn s05_the_latest_word_of_each_rater_counts_and_silence_is_no() {
        let fixture = Fixture::new().await;
        let (yes, no) = (invited(&fixture).await, invited(&fixture).await);
        let (taken_back, silent) = (invited(&fixture).await, invited(&fixture).await);
        for (token, granted) in [
            (&yes.1, false),
            (&yes.1, true),
            (&no.1, false),
            (&taken_back.1, true),
            (&taken_back.1, false),
        ] {
            // All at one instant: the order of recording decides.
            let said = run(&fixture.intake, rater(), say(token, granted)).await.unwrap();
            assert_eq!(said.granted, granted);
            assert!(said.recorded_at.is_some());
        }
        let cases = [yes.0, no.0, taken_back.0, silent.0];
        let txn = fixture.intake.store.begin().await.unwrap();
        let granted = permissions::granted(&txn, &cases).await.unwrap();
        assert_eq!(granted, HashSet::from([yes.0]));
        let others = permissions::granted(&txn, &[no.0, silent.0]).await.unwrap();
        assert!(others.is_empty(), "only those that were asked about");
    }

    #[tokio::test]
    async fn s05_the_same_request_is_one_word_and_only_the_invitations_holder_has_it() {
        let fixture = Fixture::new().await;
        let (case, token) = invited(&fixture).await;
        let asked = say(&token, true);
        let first = run(&fixture.intake, rater(), asked.clone()).await.unwrap();
        run(&fixture.intake, rater(), say(&token, false)).await.unwrap();
        assert_eq!(run(&fixture.intake, rater(), asked.clone()).await.unwrap(), first);
        let granted = permissions::granted(fixture.intake.store.read(), &[case]).await;
        assert!(granted.unwrap().is_empty(), "said again, it does not count again");
        let other = RecordPermissionRequest { granted: false, ..asked };
        let refuse = async |request| {
            Status::from(run(&fixture.intake, rater(), request).await.unwrap_err()).code()
        };
        assert_eq!(refuse(other).await, Code::AlreadyExists);
        assert_eq!(refuse(say("x", true)).await, Code::Unauthenticated);
        let unknown = domain::id::ActId(fixture.intake.shell.clock.new_id());
        let unknown = fixture.intake.shell.invitations.token(unknown);
        assert_eq!(refuse(say(&unknown, true)).await, Code::NotFound);
    }

    #[tokio::test]
    async fn s05_where_the_profile_gives_no_third_party_anything_no_permission_is_taken() {
        let fixture = Fixture::new().await;
        let own = include_str!("../../../../domain/profiles/changji-2020.toml");
        let never = "[rater_data_to_third_party]\nvalue = \"never\"\nclause = \"示例条款\"\n";
        let layers = vec![
            include_str!("../../../../domain/profiles/state-council-2019.toml").to_owned(),
            format!("{own}\n{never}"),
        ];
        fixture
            .tell(vec![Body::ProfilePublished(ProfilePublished {
                profile_id: "changji-2020".to_owned(),
                version: 4,
                region_code: REGION.to_owned(),
                layers,
            })])
            .await;
        let (case, token) = invited(&fixture).await;
        let refused = run(&fixture.intake, rater(), say(&token, true)).await.unwrap_err();
        let status = Status::from(refused);
        let details = status.get_error_details();
        let info = details.error_info().unwrap();
        assert_eq!(status.code(), Code::FailedPrecondition);
        assert_eq!(info.reason, "THIRD_PARTY_NEVER");
        assert!(info.metadata["clause"].contains("示例条款"), "{info:?}");
        assert!(details.localized_message().unwrap().message.contains("示例条款"));
        run(&fixture.intake, rater(), say(&token, false)).await.unwrap();
        let granted = permissions::granted(fixture.intake.store.read(), &[case]).await;
        assert!(granted.unwrap().is_empty());
    }
}
