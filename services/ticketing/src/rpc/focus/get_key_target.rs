//! Reads a key target with its steps (T12).

use domain::violation::Violations;
use platform::auth::Officer;
use proto::ticketing::v1::{GetKeyTargetRequest, GetKeyTargetResponse, KeyTarget};
use uuid::Uuid;

use crate::{
    error::{Error, FocusError},
    state::Ticketing,
    store::focus::records::{self, Kind},
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: GetKeyTargetRequest,
) -> Result<GetKeyTargetResponse, Error> {
    let mut wrong = Violations::default();
    let id = request.target_id.parse::<Uuid>().map_err(|_| "is no UUID");
    let id = wrong.take("target_id", id);
    let id = wrong.finish(id)?.unwrap_or_default();
    let (read, sealer) = (ticketing.store.read(), &ticketing.shell.sealer);
    let row = records::record(read, &caller, Kind::KeyTarget, id).await?;
    let row = row.ok_or(FocusError::NotFound)?;
    let mut target: KeyTarget = records::open(sealer, &row)?;
    target.steps = records::steps(read, sealer, id).await?;
    Ok(GetKeyTargetResponse { target: Some(target) })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION};
    use proto::ticketing::v1::key_target_step::Act;
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        focus::testing::{note, term},
        testing::{Fixture, authority, handler, refusal},
    };

    #[tokio::test]
    async fn t12_a_key_target_is_read_with_every_step_by_those_it_is_for() {
        let fixture = Fixture::new().await;
        fixture.a_bad_quarter().await;
        let target_id = fixture.proposed().await.target_id;
        let get = |caller| {
            let request = GetKeyTargetRequest { target_id: target_id.clone() };
            run(&fixture.ticketing, caller, request)
        };
        let unseen = (Code::NotFound, "FOCUS_NOT_FOUND".to_owned());
        assert_eq!(refusal(get(handler(AGENCY)).await), unseen, "nobody confirmed it");
        fixture.target_step(&target_id, Act::Naming(note())).await.unwrap();
        let term = term("2026-04-01");
        fixture.target_step(&target_id, Act::InForce(term.clone())).await.unwrap();
        let read = get(authority(REGION)).await.unwrap();
        assert_eq!(get(handler(AGENCY)).await.unwrap(), read);
        let target = read.target.unwrap();
        let acts: Vec<Act> = target.steps.into_iter().filter_map(|step| step.act).collect();
        assert_eq!(acts, [Act::Naming(note()), Act::InForce(term)]);
        assert_eq!((target.step_count, target.until.as_str()), (2, "2026-04-01"));
        assert_eq!(refusal(get(handler("652301-a04")).await), unseen);
        assert_eq!(refusal(get(authority("652302")).await), unseen);
    }
}
