//! Lists staff measures, the newest first (T19).

use domain::violation::Violations;
use platform::{auth::Officer, page::Page};
use proto::ticketing::v1::{ListStaffMeasuresRequest, ListStaffMeasuresResponse, StaffMeasure};
use uuid::Uuid;

use crate::{
    entity::focus_record,
    error::Error,
    state::Ticketing,
    store::focus::records::{self, Kind},
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: ListStaffMeasuresRequest,
) -> Result<ListStaffMeasuresResponse, Error> {
    let mut wrong = Violations::default();
    let page: Page<Uuid> =
        Page::read(&mut wrong, "ListStaffMeasures", request.page_size, &request.page_token);
    wrong.finish(())?;
    let read = ticketing.store.read();
    let rows = records::records(read, &caller, Kind::StaffMeasure, page.after, page.read_size());
    let open = |row: focus_record::Model| -> Result<(Uuid, StaffMeasure), Error> {
        Ok((row.id, records::open(&ticketing.shell.sealer, &row)?))
    };
    let measures = rows.await?.into_iter().map(open).collect::<Result<_, Error>>()?;
    let (measures, next_page_token) = page.cut_to_answer(measures);
    Ok(ListStaffMeasuresResponse { measures, next_page_token })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION};

    use super::*;
    use crate::rpc::testing::{Fixture, authority, handler};

    #[tokio::test]
    async fn t19_measures_are_listed_for_their_region_and_the_persons_agency() {
        let fixture = Fixture::under("district-2-5-15").await;
        let opened = fixture.measures().await;
        for (caller, seen) in [
            (authority(REGION), 1),
            (handler(AGENCY), 1),
            (handler("652301-a04"), 0),
            (authority("652302"), 0),
        ] {
            let request = ListStaffMeasuresRequest::default();
            let listed = run(&fixture.ticketing, caller, request).await.unwrap();
            assert_eq!(listed.measures, vec![opened.clone(); seen]);
            assert_eq!(listed.next_page_token, "");
        }
        let wrong = ListStaffMeasuresRequest { page_size: 0, page_token: "x".to_owned() };
        assert!(run(&fixture.ticketing, authority(REGION), wrong).await.is_err());
    }
}
