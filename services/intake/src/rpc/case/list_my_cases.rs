//! Lists the caller's cases (I20): what can be rated, what was rated, and the outcome.

use std::collections::HashMap;

use domain::{codes::read_number, deadline::day_of, violation::Violations};
use platform::{auth::Applicant, page::Page};
use proto::intake::v1::{ListMyCasesRequest, ListMyCasesResponse, MyCase};
use uuid::Uuid;

use crate::{
    Intake,
    app::{case::my_acts, rating::devices},
    convert::case::case_to_wire,
    entity::case_file,
    error::Error,
    store::case::cases,
};

pub(crate) async fn run(
    intake: &Intake,
    caller: Applicant,
    request: ListMyCasesRequest,
) -> Result<ListMyCasesResponse, Error> {
    let mut wrong = Violations::default();
    let today = day_of(intake.shell.clock.now());
    let named = wrong.take("number", read_number(&request.number, today)).unwrap_or_default();
    let number = match caller.citizen() {
        Some(citizen) => {
            let own = request.number.is_empty();
            wrong.require(own, "number", "is the terminal's to name; yours is in your token");
            citizen.number()
        }
        None => {
            wrong.require(!request.number.is_empty(), "number", "is missing");
            named.text.as_str()
        }
    };
    let page = Page::read(&mut wrong, "ListMyCases", request.page_size, &request.page_token);
    wrong.finish(())?;
    // A terminal that reads cards shows the cases of its region; elsewhere the caller's own token
    // does.
    let region = caller.terminal().map(|id| devices::kiosk_region(intake, id)).transpose()?;
    let index = intake.shell.blind.number(number);
    let connection = intake.store.read();
    let region = region.as_deref();
    let found = cases::of_number(connection, &index, region, page.after, page.read_size()).await?;
    let ids: Vec<Uuid> = found.iter().map(|case| case.id).collect();
    let mut rows = cases::acts_of(connection, &ids).await?;
    // A report may make a case theirs after acts of it were opened for somebody else, or for
    // nobody.
    rows.retain(|act| act.number_index.as_deref() == Some(index.as_slice()));
    let names: HashMap<Uuid, &case_file::Model> = found.iter().map(|c| (c.id, c)).collect();
    let mut acts: HashMap<Uuid, Vec<_>> = HashMap::new();
    for (case_id, act) in my_acts::shown(intake, &rows, &names).await? {
        acts.entry(case_id).or_default().push(act);
    }
    let mut listed = Vec::with_capacity(found.len());
    for case in &found {
        let acts = acts.remove(&case.id).unwrap_or_default();
        let key = (case.accepted_at, case.id);
        listed.push((key, MyCase { case: Some(case_to_wire(case, None)?), acts }));
    }
    let (listed, next_page_token) = page.cut_to_answer(listed);
    Ok(ListMyCasesResponse { cases: listed, next_page_token })
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{EVALUATOR, TERMINALS, WINDOW_ITEM, principal, unit_published},
    };
    use proto::{
        catalog::v1::{Unit, UnitKind},
        r#type::v1::{Level, Origin, Stage},
    };
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        rating::submit_rating,
        testing::{Fixture, PERSON, rater, rating_request},
    };

    const OTHER: &str = "440524188001010014";

    #[tokio::test]
    async fn i20_the_applicant_sees_own_cases_what_can_be_rated_and_what_was() {
        let fixture = Fixture::new().await;
        for n in 0..3 {
            let both = [Stage::Acceptance, Stage::Completion];
            let mut report = fixture.report(&format!("P-{n}"), WINDOW_ITEM, &both);
            report.steps[0].happened_at.as_mut().unwrap().seconds -= 60 * (3 - n);
            fixture.push(report).await.unwrap();
        }
        let mut foreign = fixture.report("P-9", WINDOW_ITEM, &[Stage::Acceptance]);
        foreign.applicant.as_mut().unwrap().number = OTHER.to_owned();
        fixture.push(foreign).await.unwrap();
        let mine = fixture.my_cases(PERSON).await;
        let numbers: Vec<_> =
            mine.iter().map(|my| my.case.as_ref().unwrap().project_number.as_str()).collect();
        assert_eq!(numbers, ["P-2", "P-1", "P-0"], "newest first, nobody else's");
        let token = mine[0].acts[0].invitation.as_ref().unwrap().token.clone();
        let request = rating_request(&token, Level::Dissatisfied);
        submit_rating::run(&fixture.intake, rater(), None, request).await.unwrap();
        let mine = fixture.my_cases(PERSON).await;
        let rated = &mine[0].acts[0];
        assert_eq!((rated.level(), rated.origin()), (Level::Dissatisfied, Origin::Active));
        assert!(!rated.closed && rated.rated_at.is_some());
        assert_eq!(mine[0].acts[1].level(), Level::Unspecified);
        fixture.intake.shell.clock.set("2026-03-09T16:00:00Z".parse().unwrap());
        let mine = fixture.my_cases(PERSON).await;
        assert!(mine[0].acts.iter().all(|act| act.closed));
        assert!(mine[0].acts.iter().all(|act| act.invitation.as_ref().unwrap().token.is_empty()));
    }

    #[tokio::test]
    async fn i20_a_terminal_names_the_number_of_the_card_and_a_citizen_names_none() {
        let fixture = Fixture::new().await;
        fixture.push(fixture.report("P-1", WINDOW_ITEM, &[Stage::Acceptance])).await.unwrap();
        let terminal = || principal(TERMINALS[0], Caller::Terminal);
        let named = |number: &str| ListMyCasesRequest {
            number: number.to_owned(),
            ..ListMyCasesRequest::default()
        };
        let found = run(&fixture.intake, terminal(), named("11010519491231002x")).await.unwrap();
        assert_eq!(found.cases.len(), 1);
        for (caller, request) in [(terminal(), named("")), (fixture.citizen(OTHER), named(PERSON))]
        {
            let refused = run(&fixture.intake, caller, request).await.unwrap_err();
            assert_eq!(tonic::Status::from(refused).code(), Code::InvalidArgument);
        }
    }

    #[tokio::test]
    async fn i15_an_evaluator_leads_nobody_to_anyones_cases_and_a_kiosk_to_its_regions_only() {
        let fixture = Fixture::new().await;
        fixture.push(fixture.report("P-1", WINDOW_ITEM, &[Stage::Acceptance])).await.unwrap();
        let request = || ListMyCasesRequest { number: PERSON.to_owned(), ..Default::default() };
        let evaluator = principal(EVALUATOR, Caller::Terminal);
        let refused = run(&fixture.intake, evaluator, request()).await.unwrap_err();
        assert_eq!(tonic::Status::from(refused).code(), Code::FailedPrecondition);
        let elsewhere = Unit {
            unit_id: "652302-t01".to_owned(),
            kind: UnitKind::Terminal.into(),
            region_code: "652302".to_owned(),
            ..Unit::default()
        };
        fixture.tell(vec![unit_published(&[elsewhere])]).await;
        let kiosk = principal("652302-t01", Caller::Terminal);
        assert!(run(&fixture.intake, kiosk, request()).await.unwrap().cases.is_empty());
        let stranger = principal("652301-t77", Caller::Terminal);
        let refused = run(&fixture.intake, stranger, request()).await.unwrap_err();
        assert_eq!(tonic::Status::from(refused).code(), Code::Unavailable);
    }

    #[tokio::test]
    async fn i20_pages_lead_through_all_cases_once() {
        let fixture = Fixture::new().await;
        for n in 0..7 {
            let report = fixture.report(&format!("P-{n}"), WINDOW_ITEM, &[Stage::Acceptance]);
            fixture.push(report).await.unwrap();
        }
        let (mut seen, mut token) = (Vec::new(), String::new());
        loop {
            let request = ListMyCasesRequest {
                page_size: 3,
                page_token: token.clone(),
                ..ListMyCasesRequest::default()
            };
            let page = run(&fixture.intake, fixture.citizen(PERSON), request).await.unwrap();
            seen.extend(page.cases.into_iter().map(|my| my.case.unwrap().project_number));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        seen.sort();
        assert_eq!(seen, (0..7).map(|n| format!("P-{n}")).collect::<Vec<_>>());
        let wrong = ListMyCasesRequest {
            page_token: "bm9uc2Vuc2U".to_owned(),
            ..ListMyCasesRequest::default()
        };
        let refused = run(&fixture.intake, fixture.citizen(PERSON), wrong).await.unwrap_err();
        assert_eq!(tonic::Status::from(refused).code(), Code::InvalidArgument);
    }
}
