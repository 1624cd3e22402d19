//! Takes a bulletin's release back (P06).

use domain::violation::Violations;
use platform::{auth::Publisher, once::Recognised};
use proto::publication::v1::{WithdrawBulletinRequest, WithdrawBulletinResponse};

use crate::{
    app::bulletin::{seen, whole},
    convert::bulletin::{audience, fault, id},
    entity::{bulletin_release, column::column},
    error::{Error, bulletin::BulletinError},
    state::Publication,
    store::bulletin as store,
};

pub(crate) async fn run(
    publication: &Publication,
    caller: Publisher,
    request: WithdrawBulletinRequest,
) -> Result<WithdrawBulletinResponse, Error> {
    let mut wrong = Violations::default();
    let request_id = id(&mut wrong, "request_id", &request.request_id);
    let bulletin_id = id(&mut wrong, "bulletin_id", &request.bulletin_id);
    let audience = audience(&mut wrong, request.audience);
    let fault = fault(&mut wrong, request.fault);
    let stated = wrong.finish((request_id, bulletin_id, audience, fault))?;
    let (Some(request_id), Some(bulletin_id), Some(audience), Some(fault)) = stated else {
        return Err(Violations::default().into());
    };
    let (shell, officer) = (&publication.shell, caller.officer());
    let key = shell.requests.key(officer.id().as_bytes(), "WithdrawBulletin", request_id, &request);
    let asked = shell.once(&publication.store, key).await?;
    let header = seen(&*asked, bulletin_id, officer).await?;
    let txn = match asked.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let row = bulletin_release::Model {
        bulletin_id,
        audience: column(audience.into()),
        released_by: String::new(),
        released_at: 0,
        withdrawn_by: officer.id().to_owned(),
        withdrawn_at: shell.clock.now().as_microsecond(),
        fault: column(fault.into()),
    };
    if !store::withdraw(&*txn, &row).await? {
        return Err(BulletinError::NotReleased.into());
    }
    let answer = WithdrawBulletinResponse { bulletin: Some(whole(&*txn, &header).await?) };
    Ok(txn.finish(answer, Vec::new()).await?)
}

#[cfg(test)]
mod tests {
    use platform::testing::REGION;
    use proto::publication::v1::{BulletinAudience, BulletinFault, GetPublicBulletinRequest};
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        bulletin::{
            get_public_bulletin,
            testing::{Released, publisher, refusal},
        },
        testing::anyone,
    };

    #[tokio::test]
    async fn p06_a_withdrawn_bulletin_is_read_by_nobody_else_and_says_since_when() {
        let released = Released::new().await;
        let publication = &released.fixture.publication;
        let drafted = released.draft("2026-02").await;
        let request = |released: &Released| WithdrawBulletinRequest {
            request_id: released.id(),
            bulletin_id: drafted.bulletin_id.clone(),
            audience: BulletinAudience::Public.into(),
            fault: BulletinFault::Figures.into(),
        };
        let state = |reason: &str| (Code::FailedPrecondition, reason.to_owned());
        let early = run(publication, publisher(REGION), request(&released)).await;
        assert_eq!(refusal(early), state("BULLETIN_NOT_RELEASED"));
        released.release(&drafted.bulletin_id, BulletinAudience::Public).await;
        let asked = request(&released);
        let done = run(publication, publisher(REGION), asked.clone()).await.unwrap();
        let bulletin = done.bulletin.clone().unwrap();
        let release = &bulletin.releases[0];
        assert_eq!(
            (release.withdrawn_by.as_str(), release.fault()),
            ("publisher", BulletinFault::Figures)
        );
        let public = GetPublicBulletinRequest {
            bulletin_id: drafted.bulletin_id.clone(),
            ..GetPublicBulletinRequest::default()
        };
        let read = get_public_bulletin::run(publication, anyone(), public).await;
        assert_eq!(refusal(read), state("BULLETIN_WITHDRAWN"));
        let again = run(publication, publisher(REGION), asked).await.unwrap();
        assert_eq!(again, done);
        let twice = run(publication, publisher(REGION), request(&released)).await;
        assert_eq!(refusal(twice), state("BULLETIN_NOT_RELEASED"));
        let unspecified = WithdrawBulletinRequest::default();
        let told = run(publication, publisher(REGION), unspecified).await.unwrap_err().to_string();
        for field in ["request_id", "bulletin_id", "audience", "fault"] {
            assert!(told.contains(&format!("{field}:")), "{told}");
        }
    }
}
