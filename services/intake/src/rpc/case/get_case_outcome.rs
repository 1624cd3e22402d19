//! Says what became of a case's ratings, to the business system that has the case: no person, no
//! words.

use std::collections::HashMap;

use domain::violation::{Violations, identifier};
use platform::{auth::System, clock::instant, convert::to_wire};
use proto::intake::v1::{ActOutcome, GetCaseOutcomeRequest, GetCaseOutcomeResponse};
use uuid::Uuid;

use crate::{
    Intake,
    entity::{handling::Became, rating, service_act},
    error::{Error, case::CaseError},
    store::{
        case::cases,
        rating::{handlings, ratings},
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
    let outcomes = handlings::became(read, &ids).await?;
    let outcomes: HashMap<Uuid, Became> =
        outcomes.into_iter().map(|became| (became.row.act_id, became)).collect();
    let shown = acts.iter().map(|act| {
        let stands = given.get(&act.id).and_then(|ratings| ratings::effective(ratings));
        act_outcome(act, stands, outcomes.get(&act.id))
    });
    Ok(GetCaseOutcomeResponse { acts: shown.collect() })
}

fn act_outcome(
    act: &service_act::Model,
    stands: Option<&rating::Model>,
    became: Option<&Became>,
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
    let main = became.main_ticket_id;
    let became = &became.row;
    ActOutcome {
        ticket_id: became.ticket_id.to_string(),
        ticket_state: became.state.into(),
        at: Some(to_wire(instant(became.at))),
        finding: became.finding.into(),
        next_due_on: became.next_due_on.clone(),
        agency_id: became.agency_id.clone(),
        main_ticket_id: main.map(|id| id.to_string()).unwrap_or_default(),
        ..none
    }
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{AGENCY, WINDOW_ITEM, principal},
    };
    use proto::r#type::v1::{Level, Stage, TicketState};
    use tonic::{Code, Status};

    use super::*;
    use crate::rpc::{
        rating::submit_rating,
        testing::{Fixture, PERSON, rater, rating_request},
    };

    fn system(agency: &str) -> System {
        principal("system", Caller::System { agency: agency.to_owned() })
    }

    #[tokio::test]
    async fn p08_the_cases_own_system_learns_state_next_date_and_outcome_and_no_person() {
        let fixture = Fixture::new().await;
        let both = [Stage::Acceptance, Stage::Completion];
        fixture.push(fixture.report("P-1", WINDOW_ITEM, &both)).await.unwrap();
        let ask = async |agency: &str, number: &str| {
            let request = GetCaseOutcomeRequest { project_number: number.to_owned() };
            run(&fixture.intake, system(agency), request).await
        };
        let acts = ask(AGENCY, "P-1").await.unwrap().acts;
        assert_eq!(acts.len(), 2);
        assert!(acts.iter().all(|act| act.level == 0 && act.ticket_id.is_empty()));
        let mine = fixture.my_cases(PERSON).await;
        for (act, private) in mine[0].acts.iter().zip([false, true]) {
            let token = &act.invitation.as_ref().unwrap().token;
            let mut request = rating_request(token, Level::Dissatisfied);
            request.private = private;
            let rated = submit_rating::run(&fixture.intake, rater(), None, request).await.unwrap();
            if !private {
                fixture.ticket_is(&rated.rating_id, TicketState::Assigned).await;
            }
        }
        let acts = ask(AGENCY, "P-1").await.unwrap().acts;
        let shown = acts.iter().find(|act| act.level() == Level::Dissatisfied).unwrap();
        assert_eq!(
            (shown.ticket_state(), shown.next_due_on.as_str(), shown.agency_id.as_str()),
            (TicketState::Assigned, "2026-03-09", AGENCY)
        );
        let private = acts.iter().find(|act| act.act_id != shown.act_id).unwrap();
        assert_eq!((private.level, private.ticket_id.as_str()), (0, ""));
        for (agency, number) in [("652301-a01", "P-1"), (AGENCY, "P-2")] {
            let refused = Status::from(ask(agency, number).await.unwrap_err());
            assert_eq!(refused.code(), Code::NotFound, "{agency} {number}");
        }
        let empty = Status::from(ask(AGENCY, "").await.unwrap_err());
        assert_eq!(empty.code(), Code::InvalidArgument);
        let mine = fixture.my_cases(PERSON).await;
        let seen = mine[0].acts.iter().find(|act| !act.ticket_id.is_empty()).unwrap();
        assert_eq!(seen.next_due_on, "2026-03-09");
        assert!(!seen.answering_agency_name.is_empty());
    }
}
