//! Lists a region's bulletins for its officers, the latest period first (P06).

use domain::{codes::RegionCode, violation::Violations};
use platform::{auth::Insider, page::Page};
use proto::publication::v1::{ListBulletinsRequest, ListBulletinsResponse};

use crate::{
    app::bulletin::listed,
    convert::bulletin::kind,
    error::{Error, StatisticsError},
    state::Publication,
    store::bulletin::{self as store, BulletinQuery, Which},
};

pub(crate) async fn run(
    publication: &Publication,
    caller: Insider,
    request: ListBulletinsRequest,
) -> Result<ListBulletinsResponse, Error> {
    let mut wrong = Violations::default();
    let region = wrong.take("region_code", RegionCode::parse(&request.region_code));
    let kind = kind(&mut wrong, request.kind);
    let page = Page::read(&mut wrong, "ListBulletins", request.page_size, &request.page_token);
    let Some(region) = wrong.finish(region)? else {
        return Err(Violations::default().into());
    };
    if !caller.officer().reaches(region.as_str()) {
        return Err(StatisticsError::RegionNotFound.into());
    }
    let is_authority = caller.officer().agency().is_none();
    let query = BulletinQuery {
        region_code: region.to_string(),
        kind,
        which: if is_authority { Which::All } else { Which::Released },
        before: page.after,
        limit: page.read_size(),
    };
    let read = publication.store.read();
    let mut rows = store::list(read, &query).await?;
    let next_page_token = page.cut(&mut rows, |row| (row.last_day, row.id));
    let bulletins = listed(read, &rows, is_authority, None).await?;
    Ok(ListBulletinsResponse { bulletins, next_page_token })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION};
    use proto::publication::v1::{BulletinAudience, BulletinKind};
    use tonic::Code;

    use super::*;
    use crate::rpc::bulletin::testing::{Released, handler, officer, refusal};

    fn asked(kind: BulletinKind) -> ListBulletinsRequest {
        ListBulletinsRequest {
            region_code: REGION.to_owned(),
            kind: kind.into(),
            page_size: 2,
            ..ListBulletinsRequest::default()
        }
    }

    #[tokio::test]
    async fn p06_the_authority_sees_drafts_and_an_agency_what_was_released_the_latest_first() {
        let released = Released::new().await;
        let publication = &released.fixture.publication;
        for period in ["2025-12", "2026-01", "2025", "2026-02"] {
            released.draft(period).await;
        }
        let list = async |caller: Insider, kind| {
            let (mut request, mut periods) = (asked(kind), Vec::new());
            loop {
                let page = run(publication, caller.clone(), request.clone()).await.unwrap();
                periods.extend(page.bulletins.into_iter().map(|bulletin| bulletin.period));
                request.page_token = page.next_page_token;
                if request.page_token.is_empty() {
                    return periods;
                }
            }
        };
        let all = list(officer(REGION), BulletinKind::Unspecified).await;
        assert_eq!(all, ["2026-02", "2026-01", "2025", "2025-12"]);
        assert_eq!(list(officer(REGION), BulletinKind::Annual).await, ["2025"]);
        assert_eq!(list(handler(AGENCY), BulletinKind::Unspecified).await, [] as [String; 0]);
        let id = released.newest("2026-01").await;
        released.release(&id, BulletinAudience::Internal).await;
        let request = ListBulletinsRequest { page_size: 0, ..asked(BulletinKind::Unspecified) };
        let told = run(publication, handler(AGENCY), request).await.unwrap().bulletins;
        assert_eq!((told.len(), told[0].period.as_str()), (1, "2026-01"));
        assert_eq!(told[0].releases[0].released_by, "", "who released it is the Authority's");
        let elsewhere = run(publication, officer("652302"), asked(BulletinKind::Annual)).await;
        assert_eq!(refusal(elsewhere), (Code::NotFound, "REGION_NOT_FOUND".to_owned()));
    }

    #[tokio::test]
    async fn everything_wrong_is_named_at_once() {
        let released = Released::new().await;
        let request = ListBulletinsRequest {
            kind: 99,
            page_token: "eA".to_owned(),
            ..ListBulletinsRequest::default()
        };
        let told = run(&released.fixture.publication, officer(REGION), request).await;
        let told = told.unwrap_err().to_string();
        for field in ["region_code", "kind", "page_token"] {
            assert!(told.contains(&format!("{field}:")), "{told}");
        }
    }
}
