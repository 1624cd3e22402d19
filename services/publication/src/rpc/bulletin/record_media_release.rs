//! Puts on record that a bulletin was given to a medium (媒体曝光, P06).

use domain::{
    deadline::{day_of, iso_date},
    violation::{Violations, identifier},
};
use platform::{auth::Publisher, clock::instant, once::Recognised};
use proto::publication::v1::{RecordMediaReleaseRequest, RecordMediaReleaseResponse};

use crate::{
    app::bulletin::{seen, whole},
    convert::bulletin::id,
    entity::{bulletin_media, column::day_to_column},
    error::{Error, bulletin::BulletinError},
    state::Publication,
    store::bulletin as store,
};

pub(crate) async fn run(
    publication: &Publication,
    caller: Publisher,
    request: RecordMediaReleaseRequest,
) -> Result<RecordMediaReleaseResponse, Error> {
    let now = publication.shell.clock.now();
    let mut wrong = Violations::default();
    let request_id = id(&mut wrong, "request_id", &request.request_id);
    let bulletin_id = id(&mut wrong, "bulletin_id", &request.bulletin_id);
    wrong.take("outlet", identifier(&request.outlet));
    wrong.require(!request.outlet.is_empty(), "outlet", "must be filled in");
    let released_on = wrong.take("released_on", iso_date(&request.released_on));
    let to_come = released_on.is_some_and(|day| day > day_of(now));
    wrong.require(!to_come, "released_on", "lies in the future");
    let stated = wrong.finish((request_id, bulletin_id, released_on))?;
    let (Some(request_id), Some(bulletin_id), Some(released_on)) = stated else {
        return Err(Violations::default().into());
    };
    let (shell, officer) = (&publication.shell, caller.officer());
    let rpc = "RecordMediaRelease";
    let key = shell.requests.key(officer.id().as_bytes(), rpc, request_id, &request);
    let asked = shell.once(&publication.store, key).await?;
    let header = seen(&*asked, bulletin_id, officer).await?;
    let txn = match asked.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let releases = store::releases(&*txn, [bulletin_id]).await?;
    if releases.iter().all(|release| release.withdrawn_at != 0) {
        return Err(BulletinError::NotReleased.into());
    }
    let first = releases.iter().map(|release| release.released_at).min().unwrap_or_default();
    let first = day_of(instant(first));
    if released_on < first {
        return Err(BulletinError::MediaTooEarly { released_on: first }.into());
    }
    let row = bulletin_media::Model {
        id: shell.clock.new_id(),
        bulletin_id,
        outlet: request.outlet,
        released_on: day_to_column(released_on),
        recorded_by: officer.id().to_owned(),
        recorded_at: now.as_microsecond(),
    };
    store::insert_media(&*txn, row).await?;
    let answer = RecordMediaReleaseResponse { bulletin: Some(whole(&*txn, &header).await?) };
    Ok(txn.finish(answer, Vec::new()).await?)
}

#[cfg(test)]
mod tests {
    use platform::testing::REGION;
    use proto::publication::v1::BulletinAudience;
    use tonic::Code;

    use super::*;
    use crate::rpc::bulletin::testing::{Released, publisher, refusal};

    #[tokio::test]
    async fn p06_a_release_to_media_is_on_record_with_outlet_day_and_officer() {
        let released = Released::new().await;
        let publication = &released.fixture.publication;
        let drafted = released.draft("2026-02").await;
        let request = |released: &Released, day: &str| RecordMediaReleaseRequest {
            request_id: released.id(),
            bulletin_id: drafted.bulletin_id.clone(),
            outlet: "示例日报".to_owned(),
            released_on: day.to_owned(),
        };
        let state = |reason: &str| (Code::FailedPrecondition, reason.to_owned());
        let early = run(publication, publisher(REGION), request(&released, "2026-03-02")).await;
        assert_eq!(refusal(early), state("BULLETIN_NOT_RELEASED"));
        released.release(&drafted.bulletin_id, BulletinAudience::Internal).await;
        let before = run(publication, publisher(REGION), request(&released, "2026-03-01")).await;
        assert_eq!(refusal(before), state("MEDIA_BEFORE_RELEASE"));
        let asked = request(&released, "2026-03-02");
        let done = run(publication, publisher(REGION), asked.clone()).await.unwrap();
        assert_eq!(run(publication, publisher(REGION), asked).await.unwrap(), done);
        let [media] = &done.bulletin.unwrap().media[..] else { panic!("one medium") };
        assert_eq!(
            (media.outlet.as_str(), media.released_on.as_str(), media.recorded_by.as_str()),
            ("示例日报", "2026-03-02", "publisher")
        );
    }

    #[tokio::test]
    async fn everything_wrong_is_named_at_once() {
        let released = Released::new().await;
        let request = RecordMediaReleaseRequest {
            released_on: "2026-03-03".to_owned(),
            ..RecordMediaReleaseRequest::default()
        };
        let told = run(&released.fixture.publication, publisher(REGION), request).await;
        let told = told.unwrap_err().to_string();
        for field in ["request_id", "bulletin_id", "outlet", "released_on"] {
            assert!(told.contains(&format!("{field}:")), "{told}");
        }
    }
}
