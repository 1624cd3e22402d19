//! Says what became of a case's ratings, to the business system that has the case: no person, no
//! words.

use std::collections::HashMap;

use domain::violation::{Violations, identifier};
use platform::{auth::System, clock::instant, convert::to_wire};
use proto::intake::v1::{ActOutcome, GetCaseOutcomeRequest, GetCaseOutcomeResponse};
use uuid::Uuid;

use crate::{
    Intake,
    entity::{outcome, rating, service_act},
    error::{Error, case::CaseError},
    store::{
        case::cases,
        rating::{outcomes, ratings},
    },
};

pub(crate) async fn run(
    intake: &Intake,
    caller: System,
    request: GetCaseOutcomeRequest,
) -> Result<GetCaseOutcomeResponse, Error> {
    let mut wrong = Violations::default();
    let number = &request.project_number;
    wrong.require(!number.is_empty(), "project_number", "is missing");
    wrong.take("project_number", identifier(number));
    wrong.finish(())?;
    let read = intake.store.read();
    let case = cases::case_of_agency(read, caller.agency(), number).await?;
    let case = case.ok_or(CaseError::NotFound)?;
    let mut acts = cases::acts_of(read, &[case.id]).await?;
    acts.reverse();
    let ids: Vec<Uuid> = acts.iter().map(|act| act.id).collect();
    let mut given: HashMap<Uuid, Vec<rating::Model>> = HashMap::new();
    for rating in ratings::newest_of_acts(read, &ids).await? {
        given.entry(rating.act_id).or_default().push(rating);
    }
    let outcomes = outcomes::of(read, &ids).await?;
    let outcomes: HashMap<Uuid, outcome::Model> =
        outcomes.into_iter().map(|became| (became.act_id, became)).collect();
    let shown = acts.iter().map(|act| {
        let stands = given.get(&act.id).and_then(|ratings| ratings::effective(ratings));
        act_outcome(act, stands, outcomes.get(&act.id))
    });
    Ok(GetCaseOutcomeResponse { acts: shown.collect() })
}

fn act_outcome(
    act: &service_act::Model,
    stands: Option<&rating::Model>,
    became: Option<&outcome::Model>,
) -> ActOutcome {
    // What its rater keeps from the public is not sent to every system either.
    let shown = stands.filter(|rating| !rating.private);
    let none = ActOutcome {
        act_id: act.id.to_string(),
        stage: act.stage.into(),
        service_number: u32::try_from(act.service_number).unwrap_or_default(),
        level: shown.map_or(0, |rating| rating.level.into()),
        ..ActOutcome::default()
    };
    let Some(became) = became.filter(|_| stands.is_none_or(|rating| !rating.private)) else {
        return none;
    };
    ActOutcome {
        ticket_id: became.ticket_id.to_string(),
        ticket_state: became.state.into(),
        at: Some(to_wire(instant(became.at))),
        finding: became.finding.into(),
        next_due_on: became.next_due_on.clone(),
        agency_id: became.agency_id.clone(),
        ..none
    }
}
