//! Releases a bulletin to the departments or to everyone (P06).

use domain::violation::Violations;
use platform::{auth::Publisher, facts::basis::Basis, once::Recognised};
use proto::publication::v1::{ReleaseBulletinRequest, ReleaseBulletinResponse};

use crate::{
    app::bulletin::{seen, whole},
    convert::bulletin::{audience, id},
    entity::{bulletin_release, column::column},
    error::{Error, bulletin::BulletinError},
    facts::FOLDED,
    state::Publication,
    store::bulletin as store,
};

pub(crate) async fn run(
    publication: &Publication,
    caller: Publisher,
    request: ReleaseBulletinRequest,
) -> Result<ReleaseBulletinResponse, Error> {
    let mut wrong = Violations::default();
    let request_id = id(&mut wrong, "request_id", &request.request_id);
    let bulletin_id = id(&mut wrong, "bulletin_id", &request.bulletin_id);
    let audience = audience(&mut wrong, request.audience);
    let (Some(request_id), Some(bulletin_id), Some(audience)) =
        wrong.finish((request_id, bulletin_id, audience))?
    else {
        return Err(Violations::default().into());
    };
    let (shell, officer) = (&publication.shell, caller.officer());
    let key = shell.requests.key(officer.id().as_bytes(), "ReleaseBulletin", request_id, &request);
    let asked = shell.once(&publication.store, key).await?;
    let header = seen(&*asked, bulletin_id, officer).await?;
    let txn = match asked.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    // Nobody takes facts back from now on; somebody may have since it was read.
    for producer in FOLDED {
        Basis::hold(&txn, producer).await?;
    }
    let lost = store::header(&*txn, bulletin_id).await?.is_none_or(|now| now.history_lost);
    if lost {
        return Err(BulletinError::HistoryLost.into());
    }
    let (region, period) = (&header.region_code, &header.period);
    let newest = store::newest(&*txn, region, period, None).await?;
    if let Some(newest) = newest.filter(|newest| newest.id != header.id) {
        return Err(BulletinError::NotNewest { newest: newest.id.to_string() }.into());
    }
    let row = bulletin_release::Model {
        bulletin_id,
        audience: column(audience.into()),
        released_by: officer.id().to_owned(),
        released_at: shell.clock.now().as_microsecond(),
        withdrawn_by: String::new(),
        withdrawn_at: 0,
        fault: 0,
    };
    if !store::release(&*txn, row).await? {
        return Err(BulletinError::Released.into());
    }
    let answer = ReleaseBulletinResponse { bulletin: Some(whole(&*txn, &header).await?) };
    Ok(txn.finish(answer, Vec::new()).await?)
}

#[cfg(test)]
mod tests {
    use platform::testing::REGION;
    use proto::{publication::v1::BulletinAudience, r#type::v1::Level};
    use tonic::Code;

    use super::*;
    use crate::rpc::bulletin::testing::{Released, publisher, refusal};

    #[tokio::test]
    async fn p06_a_person_releases_a_bulletin_once_to_each_audience() {
        let released = Released::new().await;
        let publication = &released.fixture.publication;
        let drafted = released.draft("2026-02").await;
        assert_eq!(drafted.releases, [], "nobody has seen it yet");
        let request = released.release_request(&drafted.bulletin_id, BulletinAudience::Internal);
        let call = || run(publication, publisher(REGION), request.clone());
        let (first, second) = tokio::join!(call(), call());
        let first = first.unwrap();
        assert_eq!(second.unwrap(), first, "one release");
        let [release] = &first.bulletin.unwrap().releases[..] else { panic!("one release") };
        assert_eq!(
            (release.audience(), release.released_by.as_str()),
            (BulletinAudience::Internal, "publisher")
        );
        let again = released.release_request(&drafted.bulletin_id, BulletinAudience::Internal);
        let again = run(publication, publisher(REGION), again).await;
        let state = |reason: &str| (Code::FailedPrecondition, reason.to_owned());
        assert_eq!(refusal(again), state("BULLETIN_RELEASED"));
        let bulletin = released.release(&drafted.bulletin_id, BulletinAudience::Public).await;
        assert_eq!(bulletin.releases.len(), 2);
        // Another region's Authority does not know it.
        let elsewhere = run(publication, publisher("652302"), request.clone()).await;
        assert_eq!(refusal(elsewhere), (Code::NotFound, "BULLETIN_NOT_FOUND".to_owned()));
        // Of a corrected one only the new edition is released.
        released.rate(Level::VeryDissatisfied, "2026-02-10T03:00:00Z").await;
        let newest = released.draft("2026-02").await;
        let old = released.draft("2026-01").await;
        released.rate(Level::VeryDissatisfied, "2026-01-10T03:00:00Z").await;
        released.draft("2026-01").await;
        let refused = released.release_request(&old.bulletin_id, BulletinAudience::Public);
        let refused = run(publication, publisher(REGION), refused).await;
        assert_eq!(refusal(refused), state("BULLETIN_HAS_NEWER_EDITION"));
        released.release(&newest.bulletin_id, BulletinAudience::Public).await;
    }

    #[tokio::test]
    async fn p06_a_bulletin_counted_from_facts_that_are_lost_is_released_no_more() {
        let released = Released::new().await;
        let publication = &released.fixture.publication;
        let drafted = released.draft("2026-02").await;
        released.follow("intake", 7).await;
        released.rate(Level::VeryDissatisfied, "2026-02-10T03:00:00Z").await;
        let newest = released.draft("2026-02").await;
        let words = released.forget("intake", 5).await;
        assert!(words.iter().any(|word| word.contains("2026-02")), "{words:?}");
        assert!(!released.bulletin(&drafted.bulletin_id).await.history_lost, "it was before");
        assert!(released.bulletin(&newest.bulletin_id).await.history_lost);
        let request = released.release_request(&newest.bulletin_id, BulletinAudience::Public);
        let refused = run(publication, publisher(REGION), request).await;
        let state = (Code::FailedPrecondition, "BULLETIN_HISTORY_LOST".to_owned());
        assert_eq!(refusal(refused), state);
        let next = released.draft("2026-02").await;
        assert_eq!((next.edition, next.history_lost), (3, false), "even if it says the same");
        released.release(&next.bulletin_id, BulletinAudience::Public).await;
    }

    #[tokio::test]
    async fn everything_wrong_is_named_at_once() {
        let released = Released::new().await;
        let request = ReleaseBulletinRequest::default();
        let told = run(&released.fixture.publication, publisher(REGION), request).await;
        let told = told.unwrap_err().to_string();
        for field in ["request_id", "bulletin_id", "audience"] {
            assert!(told.contains(&format!("{field}:")), "{told}");
        }
    }
}
