//! Reads an appeal with its words and duties.

use domain::violation::Violations;
use platform::auth::Officer;
use proto::ticketing::v1::{GetAppealRequest, GetAppealResponse};
use uuid::Uuid;

use crate::{
    app::appeal::words::read_appeal,
    error::{AppealError, Error},
    state::Ticketing,
    store::{self, appeal::duties},
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: GetAppealRequest,
) -> Result<GetAppealResponse, Error> {
    let mut wrong = Violations::default();
    let id = wrong.take("appeal_id", request.appeal_id.parse::<Uuid>().map_err(|_| "is no UUID"));
    let id = wrong.finish(id)?.unwrap_or_default();
    let read = ticketing.store.read();
    let row = store::appeal::appeal(read, &caller, id).await?.ok_or(AppealError::NotFound)?;
    let records = duties::of(read, [id]).await?.remove(&id).unwrap_or_default();
    Ok(GetAppealResponse { appeal: Some(read_appeal(ticketing, &row, &records)?) })
}

#[cfg(test)]
mod tests {
    use proto::r#type::v1::ExclusionDuty;
    use tonic::Code;

    use super::*;
    use crate::rpc::appeal::testing::{of_authority, officer};
    use crate::rpc::testing::{Fixture, authority, handler, refusal};

    #[tokio::test]
    async fn t07_an_appeal_is_read_with_its_words_by_those_within_whose_reach_it_is() {
        let fixture = Fixture::under("changji-2020").await;
        let lodged = fixture.lodged(&fixture.rated().await).await;
        let id = lodged.appeal_id;
        fixture.record(officer("reviewer"), &id, ExclusionDuty::Verified).await;
        let get = |caller| {
            let request = GetAppealRequest { appeal_id: id.clone() };
            run(&fixture.ticketing, caller, request)
        };
        for reader in [officer("anyone"), of_authority("a-1")] {
            let read = get(reader).await.unwrap().appeal.unwrap();
            assert_eq!(read.statement, lodged.statement);
            assert_eq!(read.duties[0].note, "示例：与评价人核对属实");
            let left: Vec<ExclusionDuty> = read.duties_left().collect();
            assert_eq!(left, [ExclusionDuty::NotifyAuthority]);
        }
        let missing = (Code::NotFound, "APPEAL_NOT_FOUND".to_owned());
        for stranger in [handler("652301-a04"), authority("650000")] {
            assert_eq!(refusal(get(stranger).await), missing);
        }
    }
}
