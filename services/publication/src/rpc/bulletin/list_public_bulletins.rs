//! Lists a region's bulletins that are open to everyone, the latest period first (P06).

use domain::{codes::RegionCode, violation::Violations};
use platform::{auth::Anyone, page::Page};
use proto::publication::v1::{
    BulletinAudience, ListPublicBulletinsRequest, ListPublicBulletinsResponse,
};
use uuid::Uuid;

use crate::{
    app::bulletin::listed,
    convert::bulletin::kind,
    error::Error,
    state::Publication,
    store::bulletin::{self as store, BulletinQuery, Which},
};

pub(crate) async fn run(
    publication: &Publication,
    _: Anyone,
    request: ListPublicBulletinsRequest,
) -> Result<ListPublicBulletinsResponse, Error> {
    let mut wrong = Violations::default();
    let region = wrong.take("region_code", RegionCode::parse(&request.region_code));
    let kind = kind(&mut wrong, request.kind);
    let page: Page<(i32, Uuid)> =
        Page::read(&mut wrong, "ListPublicBulletins", request.page_size, &request.page_token);
    let Some(region) = wrong.finish(region)? else {
        return Err(Violations::default().into());
    };
    let query = BulletinQuery {
        region_code: region.to_string(),
        kind,
        which: Which::Public,
        before: page.after,
        limit: page.read_size(),
    };
    let read = publication.store.read();
    let mut rows = store::list(read, &query).await?;
    let next_page_token = page.cut(&mut rows, |row| (row.last_day, row.id));
    let bulletins = listed(read, &rows, false, Some(BulletinAudience::Public)).await?;
    Ok(ListPublicBulletinsResponse { bulletins, next_page_token })
}

#[cfg(test)]
mod tests {
    use platform::testing::REGION;

    use super::*;
    use crate::rpc::{bulletin::testing::Released, testing::anyone};

    #[tokio::test]
    async fn p06_everyone_sees_what_was_released_to_everyone_and_nothing_else() {
        let released = Released::new().await;
        for (period, audience) in [
            ("2025-12", Some(BulletinAudience::Internal)),
            ("2026-01", Some(BulletinAudience::Public)),
            ("2026-02", None),
        ] {
            let drafted = released.draft(period).await;
            if let Some(audience) = audience {
                released.release(&drafted.bulletin_id, audience).await;
            }
        }
        let id = released.newest("2026-01").await;
        released.release(&id, BulletinAudience::Internal).await;
        let request = ListPublicBulletinsRequest {
            region_code: REGION.to_owned(),
            ..ListPublicBulletinsRequest::default()
        };
        let publication = &released.fixture.publication;
        let told = run(publication, anyone(), request).await.unwrap().bulletins;
        let [bulletin] = &told[..] else { panic!("{told:?}") };
        assert_eq!(bulletin.period, "2026-01");
        let [release] = &bulletin.releases[..] else { panic!("{bulletin:?}") };
        assert_eq!(
            (release.audience(), release.released_by.as_str()),
            (BulletinAudience::Public, "")
        );
        let empty = ListPublicBulletinsRequest::default();
        let wrong = run(publication, anyone(), empty).await.unwrap_err().to_string();
        assert!(wrong.contains("region_code:"), "{wrong}");
    }
}
