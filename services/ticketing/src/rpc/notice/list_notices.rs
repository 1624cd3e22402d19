//! Lists what officers were told of deadlines, the newest first.

use domain::violation::Violations;
use platform::{auth::Officer, page::Page};
use proto::ticketing::v1::{ListNoticesRequest, ListNoticesResponse};

use crate::{
    convert::notice::{Addressee, notice_to_wire},
    error::Error,
    state::Ticketing,
    store,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: ListNoticesRequest,
) -> Result<ListNoticesResponse, Error> {
    let mut wrong = Violations::default();
    let page = Page::read(&mut wrong, "ListNotices", request.page_size, &request.page_token);
    wrong.finish(())?;
    let (read, to) = (ticketing.store.read(), Addressee::of(&caller));
    let rows = store::notice::list(read, &to, page.after, page.read_size()).await?;
    let mut notices = Vec::with_capacity(rows.len());
    for row in &rows {
        notices.push((row.number, notice_to_wire(row)?));
    }
    let (notices, next_page_token) = page.cut_to_answer(notices);
    Ok(ListNoticesResponse { notices, next_page_token })
}

#[cfg(test)]
mod tests {
    use proto::ticketing::v1::NoticeKind;

    use super::*;
    use crate::{
        jobs::watch_deadlines,
        rpc::testing::{Fixture, authority, handler},
    };
    use platform::testing::{AGENCY, REGION};

    async fn list(fixture: &Fixture, caller: Officer, token: &str) -> ListNoticesResponse {
        let request = ListNoticesRequest { page_size: 1, page_token: token.to_owned() };
        run(&fixture.ticketing, caller, request).await.unwrap()
    }

    #[tokio::test]
    async fn t09_an_agency_reads_its_own_notices_and_an_authority_its_regions_newest_first() {
        let fixture = Fixture::new().await;
        for at in ["2026-03-02T01:00:00Z", "2026-03-02T16:00:00Z"] {
            fixture.at(at);
            if at.ends_with("01:00:00Z") {
                fixture.ticket().await;
            }
            let holder = fixture.ticketing.shell.clock.new_id();
            watch_deadlines::round(&fixture.ticketing, holder).await.unwrap();
            fixture.at("2026-03-02T02:00:00Z");
        }
        for (caller, agency, region) in
            [(handler(AGENCY), AGENCY, ""), (authority(REGION), "", REGION)]
        {
            let first = list(&fixture, caller.clone(), "").await;
            let second = list(&fixture, caller, &first.next_page_token).await;
            assert_eq!(second.next_page_token, "");
            let both = [&first.notices[0], &second.notices[0]];
            assert_eq!(
                both.map(|notice| notice.kind()),
                [NoticeKind::Overdue, NoticeKind::DueToday]
            );
            assert!(both[0].number > both[1].number);
            for notice in both {
                let to = (notice.agency_id.as_str(), notice.region_code.as_str());
                assert_eq!(to, (agency, region));
            }
        }
        for stranger in [handler("652301-a99"), authority("652302"), authority("652300")] {
            assert_eq!(list(&fixture, stranger, "").await.notices, []);
        }
    }
}
