//! Lists restricted matters without what was reported, the newest first (S06).

use domain::violation::Violations;
use platform::{auth::Authority, page::Page};
use proto::ticketing::v1::{
    ListRestrictedMattersRequest, ListRestrictedMattersResponse, RestrictedMatter,
};
use uuid::Uuid;

use crate::{
    app::restricted::{in_short, is_for},
    error::Error,
    state::Ticketing,
    store,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Authority,
    request: ListRestrictedMattersRequest,
) -> Result<ListRestrictedMattersResponse, Error> {
    let officer = caller.officer();
    let mut wrong = Violations::default();
    let (size, token) = (request.page_size, &request.page_token);
    let page: Page<Uuid> = Page::read(&mut wrong, "ListRestrictedMatters", size, token);
    wrong.finish(())?;
    let read = ticketing.store.read();
    let mut rows = store::restricted::matters(read, officer, page.after, page.read_size()).await?;
    let next_page_token = page.cut(&mut rows, |row| row.id);
    let mut matters = Vec::with_capacity(rows.len());
    for row in rows {
        let matter: RestrictedMatter = store::restricted::open(&ticketing.shell.sealer, &row)?;
        // A page with a matter that is not for the caller has one less, and tells no more.
        if is_for(&matter, officer) {
            matters.push(in_short(matter));
        }
    }
    Ok(ListRestrictedMattersResponse { matters, next_page_token })
}

#[cfg(test)]
mod tests {
    use platform::testing::REGION;
    use proto::ticketing::v1::OpenRestrictedMatterRequest;

    use super::*;
    use crate::rpc::{
        focus::testing::the_authority,
        restricted::{open_restricted_matter, testing::report},
        testing::Fixture,
    };

    #[tokio::test]
    async fn s06_matters_are_listed_without_the_report_to_their_authority_alone() {
        let fixture = Fixture::new().await;
        let first = fixture.restricted().await;
        fixture.at("2026-03-02T02:00:00Z");
        let second = fixture.restricted().await;
        fixture.at("2026-03-02T03:00:00Z");
        let own = "authority".to_owned();
        let own = OpenRestrictedMatterRequest { accused_staff_id: own, ..report() };
        open_restricted_matter::run(&fixture.ticketing, the_authority(REGION), own).await.unwrap();
        let list = async |region, size, page_token| {
            let request = ListRestrictedMattersRequest { page_size: size, page_token };
            run(&fixture.ticketing, the_authority(region), request).await.unwrap()
        };
        let all = list(REGION, 0, String::new()).await;
        let ids: Vec<&str> = all.matters.iter().map(|m| m.matter_id.as_str()).collect();
        assert_eq!(ids, [second.as_str(), first.as_str()], "not the one they are accused in");
        assert!(all.matters.iter().all(|m| m.report.is_empty() && m.reporter.is_empty()));
        let page = list(REGION, 2, String::new()).await;
        assert_eq!(page.matters.len(), 1);
        assert_eq!(list(REGION, 2, page.next_page_token).await.matters[0].matter_id, first);
        assert!(list("652302", 0, String::new()).await.matters.is_empty());
        let wrong = ListRestrictedMattersRequest { page_size: 0, page_token: "x".to_owned() };
        assert!(run(&fixture.ticketing, the_authority(REGION), wrong).await.is_err());
    }
}
