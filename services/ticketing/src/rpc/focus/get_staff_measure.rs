//! Reads measures about staff with their steps (T19).

use domain::violation::Violations;
use platform::auth::Officer;
use proto::ticketing::v1::{GetStaffMeasureRequest, GetStaffMeasureResponse, StaffMeasure};
use uuid::Uuid;

use crate::{
    error::{Error, FocusError},
    state::Ticketing,
    store::focus::records::{self, Kind},
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: GetStaffMeasureRequest,
) -> Result<GetStaffMeasureResponse, Error> {
    let mut wrong = Violations::default();
    let id = request.measure_id.parse::<Uuid>().map_err(|_| "is no UUID");
    let id = wrong.take("measure_id", id);
    let id = wrong.finish(id)?.unwrap_or_default();
    let (read, sealer) = (ticketing.store.read(), &ticketing.shell.sealer);
    let row = records::record(read, &caller, Kind::StaffMeasure, id).await?;
    let row = row.ok_or(FocusError::NotFound)?;
    let mut measure: StaffMeasure = records::open(sealer, &row)?;
    measure.steps = records::steps(read, sealer, id).await?;
    Ok(GetStaffMeasureResponse { measure: Some(measure) })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION};
    use proto::ticketing::v1::{StaffTeaching, staff_measure_step::Act};
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        focus::{advance_staff_measure, testing::advance_measure},
        testing::{Fixture, authority, handler, refusal},
    };

    #[tokio::test]
    async fn t19_measures_are_read_with_every_step_and_its_result() {
        let fixture = Fixture::under("district-2-5-15").await;
        let measure_id = fixture.measures().await.measure_id;
        let (what, result) = ("示例教育".to_owned(), "示例结果".to_owned());
        let education = Act::Education(StaffTeaching { what, result });
        let request = advance_measure(&measure_id, education.clone());
        advance_staff_measure::run(&fixture.ticketing, handler(AGENCY), request).await.unwrap();
        let get = |caller| {
            let request = GetStaffMeasureRequest { measure_id: measure_id.clone() };
            run(&fixture.ticketing, caller, request)
        };
        let read = get(authority(REGION)).await.unwrap().measure.unwrap();
        let [step] = read.steps.as_slice() else { panic!("{read:?}") };
        assert_eq!((step.by.as_str(), &step.act), ("handler", &Some(education)));
        assert_eq!(read.ticket_ids.len(), 3);
        let unseen = (Code::NotFound, "FOCUS_NOT_FOUND".to_owned());
        assert_eq!(refusal(get(authority("652302")).await), unseen);
    }
}
