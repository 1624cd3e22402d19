//! Reads a bulletin that is open to everyone (P06).

use domain::{deadline::day_of, violation::Violations};
use platform::{auth::Anyone, clock::instant};
use proto::publication::v1::{
    BulletinAudience, GetPublicBulletinRequest, GetPublicBulletinResponse,
};

use crate::{
    app::bulletin::{document, for_audience, told, view::as_read_by},
    convert::bulletin::{form, id},
    error::{Error, bulletin::BulletinError},
    state::Publication,
    store::bulletin as store,
};

pub(crate) async fn run(
    publication: &Publication,
    _: Anyone,
    request: GetPublicBulletinRequest,
) -> Result<GetPublicBulletinResponse, Error> {
    let mut wrong = Violations::default();
    let bulletin_id = id(&mut wrong, "bulletin_id", &request.bulletin_id);
    let form = form(&mut wrong, request.form);
    let bulletin_id = wrong.finish(bulletin_id)?.unwrap_or_default();
    let (read, everyone) = (publication.store.read(), BulletinAudience::Public);
    let releases = store::releases(read, [bulletin_id]).await?;
    let mut to_everyone =
        releases.into_iter().filter(|release| release.audience == store::audience(everyone));
    let release = to_everyone.next().ok_or(BulletinError::NotFound)?;
    if release.withdrawn_at != 0 {
        let since = day_of(instant(release.withdrawn_at));
        return Err(BulletinError::Withdrawn { since }.into());
    }
    let header = store::header(read, bulletin_id).await?.ok_or(BulletinError::NotFound)?;
    let bulletin = for_audience(read, &header, everyone).await?;
    let content = as_read_by(everyone, told(read, bulletin_id).await?);
    let document = document(publication, form, (&bulletin, &content), everyone, None).await?;
    Ok(GetPublicBulletinResponse { bulletin: Some(bulletin), content: Some(content), document })
}

#[cfg(test)]
mod tests {
    use proto::{
        publication::v1::{BulletinForm, CellMark},
        r#type::v1::Level,
    };
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        bulletin::testing::{Released, refusal},
        testing::anyone,
    };

    #[tokio::test]
    async fn p06_everyone_reads_a_released_bulletin_with_small_counts_hidden() {
        let released = Released::new().await;
        let publication = &released.fixture.publication;
        let drafted = released.draft("2026-02").await;
        let request = GetPublicBulletinRequest {
            bulletin_id: drafted.bulletin_id.clone(),
            form: BulletinForm::Html.into(),
        };
        let read = async || run(publication, anyone(), request.clone()).await;
        let unknown = (Code::NotFound, "BULLETIN_NOT_FOUND".to_owned());
        assert_eq!(refusal(read().await), unknown, "a draft");
        released.release(&drafted.bulletin_id, BulletinAudience::Internal).await;
        assert_eq!(refusal(read().await), unknown, "not to everyone");
        released.release(&drafted.bulletin_id, BulletinAudience::Public).await;
        let told = read().await.unwrap();
        let (bulletin, content) = (told.bulletin.unwrap(), told.content.unwrap());
        assert_eq!((bulletin.releases.len(), bulletin.releases[0].released_by.as_str()), (1, ""));
        let mark = content.agencies[0].ratings.unwrap().mark();
        assert_eq!((mark, content.agencies[0].satisfaction), (CellMark::BelowFive, None));
        let html = String::from_utf8(told.document).unwrap();
        assert!(html.starts_with("<!doctype html>") && html.contains("2026年2月"), "{html}");
        assert_eq!(bulletin.newest_bulletin_id, "");
        // A correction that is released is named by the one before.
        released.rate(Level::VeryDissatisfied, "2026-02-10T03:00:00Z").await;
        let newest = released.draft("2026-02").await;
        assert_eq!(read().await.unwrap().bulletin.unwrap().newest_bulletin_id, "");
        released.release(&newest.bulletin_id, BulletinAudience::Public).await;
        let corrected = read().await.unwrap().bulletin.unwrap();
        assert_eq!(corrected.newest_bulletin_id, newest.bulletin_id);
        let nothing = run(publication, anyone(), GetPublicBulletinRequest::default()).await;
        assert!(nothing.unwrap_err().to_string().contains("bulletin_id:"));
    }
}
