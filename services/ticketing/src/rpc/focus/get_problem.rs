//! Reads a problem with its steps and what it led to (T13, C14).

use domain::violation::Violations;
use platform::{auth::Officer, clock::instant, convert::to_wire};
use proto::ticketing::v1::{GetProblemRequest, GetProblemResponse, Problem, ProblemEffect};
use uuid::Uuid;

use crate::{
    entity::focus_effect,
    error::{Error, FocusError},
    state::Ticketing,
    store::focus::records::{self, Kind},
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: GetProblemRequest,
) -> Result<GetProblemResponse, Error> {
    let mut wrong = Violations::default();
    let id = request.problem_id.parse::<Uuid>().map_err(|_| "is no UUID");
    let id = wrong.take("problem_id", id);
    let id = wrong.finish(id)?.unwrap_or_default();
    let (read, sealer) = (ticketing.store.read(), &ticketing.shell.sealer);
    let row = records::record(read, &caller, Kind::Problem, id).await?;
    let row = row.ok_or(FocusError::NotFound)?;
    let mut problem: Problem = records::open(sealer, &row)?;
    problem.steps = records::steps(read, sealer, id).await?;
    let effect = |effect: focus_effect::Model| ProblemEffect {
        item_code: effect.item_code,
        version: u32::try_from(effect.version).unwrap_or_default(),
        published_at: Some(to_wire(instant(effect.published_at))),
    };
    problem.effects = records::effects(read, id).await?.into_iter().map(effect).collect();
    Ok(GetProblemResponse { problem: Some(problem) })
}

#[cfg(test)]
mod tests {
    use platform::{
        facts::consume::Consumer as _,
        testing::{ON_THE_SPOT_ITEM, REGION, republished, wire_item},
    };
    use proto::{
        catalog::v1::{Cause, CauseKind},
        fact::v1::Fact,
        ticketing::v1::problem_step::Act,
    };
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        focus::{
            advance_problem,
            testing::{advance_problem as request, note},
        },
        testing::{Fixture, authority, handler, refusal},
    };

    async fn get(fixture: &Fixture, problem_id: &str) -> Problem {
        let request = GetProblemRequest { problem_id: problem_id.to_owned() };
        run(&fixture.ticketing, authority(REGION), request).await.unwrap().problem.unwrap()
    }

    #[tokio::test]
    async fn c14_t13_a_problem_names_its_tickets_and_the_item_versions_it_led_to() {
        let fixture = Fixture::new().await;
        let id = fixture.a_problem().await.problem_id;
        let cause = request(&id, Act::Cause(note()));
        advance_problem::run(&fixture.ticketing, authority(REGION), cause).await.unwrap();
        let mut item = wire_item(ON_THE_SPOT_ITEM);
        item.version = 2;
        item.published_at = Some(to_wire(fixture.ticketing.shell.clock.now()));
        let caused = |id: &str| Cause { kind: CauseKind::Problem.into(), id: id.to_owned() };
        item.causes = vec![caused(&id), caused("no UUID"), caused(&Uuid::nil().to_string())];
        let fact = Fact {
            position: 90,
            producer: "catalog".to_owned(),
            body: Some(republished(&item)),
            ..Fact::default()
        };
        for _ in 0..2 {
            let txn = fixture.ticketing.store.begin().await.unwrap();
            let consumer = fixture.ticketing.consumer();
            let applied = consumer.apply(&txn, std::slice::from_ref(&fact)).await.unwrap();
            assert!(applied.left.is_empty());
            txn.commit().await.unwrap();
        }
        let problem = get(&fixture, &id).await;
        let effect = ProblemEffect {
            item_code: ON_THE_SPOT_ITEM.to_owned(),
            version: 2,
            published_at: item.published_at,
        };
        assert_eq!((problem.effects, problem.ticket_ids.len()), (vec![effect], 12));
        assert_eq!(problem.steps.len(), 1);
        let txn = fixture.ticketing.store.begin().await.unwrap();
        fixture.ticketing.consumer().forget(&txn, "catalog", 89).await.unwrap();
        txn.commit().await.unwrap();
        assert!(get(&fixture, &id).await.effects.is_empty(), "in no history any more");
        let request = GetProblemRequest { problem_id: id };
        let other = run(&fixture.ticketing, handler("652301-a04"), request).await;
        assert_eq!(refusal(other), (Code::NotFound, "FOCUS_NOT_FOUND".to_owned()));
    }
}
