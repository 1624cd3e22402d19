//! Shows a rater whether their data may go to a third party (S05).

use platform::auth::Rater;
use proto::intake::v1::{GetPermissionRequest, GetPermissionResponse};

use crate::{
    Intake,
    error::{Error, rating::invitation::InvitationError},
    store::{case::acts, people::permissions},
};

pub(crate) async fn run(
    intake: &Intake,
    _: Rater,
    request: GetPermissionRequest,
) -> Result<GetPermissionResponse, Error> {
    let act_id = intake.shell.invitations.open(&request.token)?;
    let (act, _) = acts::act(&intake.store, act_id).await?.ok_or(InvitationError::NotFound)?;
    let case_id = act.case_id.0;
    let granted = permissions::granted(intake.store.read(), &[case_id]).await?;
    Ok(GetPermissionResponse { granted: granted.contains(&case_id) })
}

#[cfg(test)]
mod tests {
    use proto::intake::v1::RecordPermissionRequest;
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        people::record_permission,
        testing::{Fixture, rater},
    };

    #[tokio::test]
    async fn s05_a_rater_permits_nothing_until_they_say_so_and_can_take_it_back() {
        let fixture = Fixture::new().await;
        let (token, other) = (fixture.invitation().await, fixture.invitation().await);
        let permits = async |token: &str| {
            let request = GetPermissionRequest { token: token.to_owned() };
            run(&fixture.intake, rater(), request).await.map(|answer| answer.granted)
        };
        assert!(!permits(&token).await.unwrap());
        for granted in [true, false, true] {
            let said = RecordPermissionRequest {
                request_id: fixture.intake.shell.clock.new_id().to_string(),
                token: token.clone(),
                granted,
            };
            record_permission::run(&fixture.intake, rater(), said).await.unwrap();
            assert_eq!(permits(&token).await.unwrap(), granted);
        }
        assert!(!permits(&other).await.unwrap());
        let refused = tonic::Status::from(permits("x").await.unwrap_err());
        assert_eq!(refused.code(), Code::Unauthenticated);
    }
}
