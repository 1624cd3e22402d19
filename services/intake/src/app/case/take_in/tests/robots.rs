//! S07: a robot rates its own cases by the real way, all five levels, and nobody else can be in one.

use domain::level::Level as DomainLevel;
use platform::convert::level_to_wire;
use proto::{
    intake::v1::{Applicant, PushCaseRequest, PushCaseResponse, ServiceMode},
    r#type::v1::RaterKind,
};
use tonic::Status;

use super::*;
use crate::rpc::{
    case::{push_case, submit_application},
    rating::submit_rating,
    testing::{ON_THE_SPOT_ITEM, named, rater, rating_request, republished, wire_item},
};

/// An item of a robot's agency, and the agency.
const ITEM: &str = "Y1000000PY6523035T4002014901000";
const ROBOT: &str = "652301-robot";

async fn with_robot() -> Fixture {
    let fixture = Fixture::new().await;
    let mut item = wire_item(ON_THE_SPOT_ITEM);
    (item.code, item.agency_id) = (ITEM.to_owned(), ROBOT.to_owned());
    fixture.tell(vec![republished(&item)]).await;
    fixture
}

fn report(fixture: &Fixture, number: &str) -> CaseReport {
    let mut report = fixture.report(number, ITEM, &BOTH);
    let kind = RaterKind::NaturalPerson.into();
    report.applicant = Some(Applicant { kind, ..Applicant::default() });
    report.mode = ServiceMode::Online.into();
    for step in &mut report.steps {
        step.window_id.clear();
        step.staff_id.clear();
    }
    report
}

async fn push(
    fixture: &Fixture,
    agency: &str,
    report: CaseReport,
) -> Result<PushCaseResponse, Status> {
    let request = PushCaseRequest { report: Some(report) };
    Ok(push_case::run(&fixture.intake, fixture.system(agency), request).await?)
}

#[tokio::test]
async fn s07_all_five_levels_go_the_way_of_every_rating_and_are_a_robots_by_their_item() {
    let fixture = with_robot().await;
    let levels = DomainLevel::ALL.map(level_to_wire);
    for (level, channel) in levels.into_iter().flat_map(|level| {
        [Channel::Portal, Channel::App, Channel::SmsLink].map(|channel| (level, channel))
    }) {
        let number = format!("R-{}-{}", level as i32, channel as i32);
        let pushed = push(&fixture, ROBOT, report(&fixture, &number)).await.unwrap();
        let token = pushed.case.unwrap().invitation.unwrap().token;
        let mut request = rating_request(&token, level);
        request.channel = channel.into();
        submit_rating::run(&fixture.intake, rater(), None, request).await.unwrap();
    }
    let told = fixture.told().await.into_iter().filter_map(|body| match body {
        Body::RatingSubmitted(said) => Some(said),
        _ => None,
    });
    let told: Vec<_> = told.collect();
    assert_eq!(told.len(), 15);
    assert!(told.iter().all(|said| said.act.as_ref().unwrap().item_code == ITEM));
    let negative = told.iter().filter(|said| said.level >= Level::Dissatisfied as i32);
    assert_eq!(negative.count(), 6, "the negative ones, too");
    // Told again, it is the same case with the same invitation.
    let first = push(&fixture, ROBOT, report(&fixture, "R-1-2")).await.unwrap();
    let again = push(&fixture, ROBOT, report(&fixture, "R-1-2")).await.unwrap();
    assert_eq!((first.changed, first.case), (false, again.case.clone()));
    // Whoever is shown it is told what it is.
    let token = again.case.unwrap().invitation.unwrap().token;
    assert!(fixture.resolve(&token).await.self_check);
    assert!(!fixture.resolve(&fixture.invitation().await).await.self_check);
}

#[tokio::test]
async fn s07_nobody_who_is_served_can_be_in_a_robots_case() {
    let fixture = with_robot().await;
    let mut real = fixture.report("P-1", ITEM, &BOTH);
    real.batch_number = "B-1".to_owned();
    let fields = ["applicant.name", "applicant.number", "applicant.phone", "steps[0]", "steps[1]"];
    let told = named(push(&fixture, ROBOT, real).await.unwrap_err());
    assert_eq!(told, [&fields[..], &["batch_number"]].concat());
    // Another agency's system is no robot.
    let foreign = named(push(&fixture, "652301-a03", report(&fixture, "P-1")).await.unwrap_err());
    assert_eq!(foreign, ["item_code"]);
    // And whoever stands at a kiosk is none.
    let at_kiosk = fixture.application(ITEM);
    let refused = submit_application::run(&fixture.intake, fixture.terminal(), at_kiosk).await;
    assert_eq!(refusal(refused.unwrap_err()).1, "ITEM_NOT_OFFERED_HERE");
    // A real case has its invitation for its applicant alone.
    let pushed = fixture.push(fixture.report("P-2", WINDOW_ITEM, &BOTH)).await.unwrap();
    assert_eq!(pushed.case.unwrap().invitation, None);
}
