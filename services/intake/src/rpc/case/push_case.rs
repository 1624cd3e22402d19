//! Receives what a business system knows of one case, as soon as it knows it.

use domain::{canary::is_robots, id::ActId};
use platform::{auth::System, convert::involved_to_wire, status::Failure};
use proto::intake::v1::{Invitation, PushCaseRequest, PushCaseResponse};

use crate::{
    Intake, app::case::take_in, convert::case::case_to_wire, entity::case_file, error::Error,
    store::case::acts,
};

pub(crate) async fn run(
    intake: &Intake,
    caller: System,
    request: PushCaseRequest,
) -> Result<PushCaseResponse, Error> {
    let report = request.report.unwrap_or_default();
    let mut results = take_in::run(intake, &caller, std::slice::from_ref(&report)).await?;
    let none = || Err(Failure::Internal("a report without result".to_owned()).into());
    let taken = results.pop().unwrap_or_else(none)?;
    let invitation = robots_invitation(intake, &taken.case).await?;
    let case = case_to_wire(&taken.case, invitation)?;
    let unconfirmed = taken.unconfirmed.iter().map(involved_to_wire).collect();
    let (changed, remarks) = (taken.changed, taken.remarks);
    Ok(PushCaseResponse { case: Some(case), changed, unconfirmed, remarks })
}

/// An invitation is the applicant's alone; in a robot's case (S07) there is none but the robot, whose system
/// reports it.
async fn robots_invitation(
    intake: &Intake,
    case: &case_file::Model,
) -> Result<Option<Invitation>, Error> {
    if !is_robots(&case.item_code) {
        return Ok(None);
    }
    let act = acts::act_of_case(&intake.store, case.id).await?.filter(|act| act.offered);
    let token = act.map(|act| intake.shell.invitations.token(ActId(act.id)));
    Ok(token.map(|token| Invitation { token, window: None }))
}

#[cfg(test)]
mod tests {
    use platform::{
        facts,
        testing::{
            COMMITTED_ITEM, ON_THE_SPOT_ITEM, STAFF, WINDOW_ITEM, WINDOWS, republished,
            unit_published, wire_item,
        },
    };
    use proto::{
        catalog::v1::{Unit, UnitKind, UnitNature},
        intake::v1::{CaseState, ServiceMode},
        r#type::v1::{Involved, RaterKind, Stage},
    };
    use tonic::{Code, Status};
    use tonic_types::StatusExt as _;

    use super::*;
    use crate::{
        rpc::testing::{Fixture, PERSON},
        store::case::cases,
    };

    fn reason(status: &Status) -> String {
        status.get_error_details().error_info().unwrap().reason.clone()
    }

    #[tokio::test]
    async fn i21_every_step_is_taken_in_once_however_often_and_in_whatever_order_it_comes() {
        let fixture = Fixture::new().await;
        let first = fixture.report("P-1", WINDOW_ITEM, &[Stage::Acceptance]);
        let pushed = fixture.push(first.clone()).await.unwrap();
        assert!(pushed.changed);
        assert_eq!(pushed.case.unwrap().state(), CaseState::Accepted);
        let mut whole = first.clone();
        for (stage, minutes) in
            [(Stage::Approval, 5), (Stage::Completion, 10), (Stage::Issuance, 12)]
        {
            let mut step = first.steps[0].clone();
            step.stage = stage.into();
            step.happened_at.as_mut().unwrap().seconds += minutes * 60;
            whole.steps.push(step);
        }
        fixture.intake.shell.clock.set("2026-03-02T01:12:00Z".parse().unwrap());
        let pushed = fixture.push(whole.clone()).await.unwrap();
        assert!(pushed.changed);
        assert_eq!(pushed.case.as_ref().unwrap().state(), CaseState::Completed);
        let head = facts::head(&fixture.intake.store).await.unwrap();
        let mut backwards = whole.clone();
        backwards.steps.reverse();
        for (again, what) in [(whole, "the same"), (first, "older, late"), (backwards, "reversed")]
        {
            let again = fixture.push(again).await.unwrap();
            assert!(!again.changed, "{what}");
            assert_eq!(again.case, pushed.case, "{what}");
        }
        assert_eq!(
            facts::head(&fixture.intake.store).await.unwrap(),
            head,
            "nothing is told twice"
        );
        let stages: Vec<Stage> = fixture.offered().await.iter().map(|act| act.stage()).collect();
        // Changji: every stage can be rated, and each service received on site is asked about.
        assert_eq!(
            stages,
            [Stage::Acceptance, Stage::Approval, Stage::Issuance, Stage::Completion]
        );
        let asked = fixture.told().await.into_iter().filter_map(|body| match body {
            proto::fact::v1::fact::Body::RatingInvited(invited) => invited.act,
            _ => None,
        });
        let asked: Vec<Stage> = asked.map(|act| act.stage()).collect();
        assert_eq!(asked, [Stage::Acceptance, Stage::Completion]);
    }

    #[tokio::test]
    async fn i11_cj_an_immediate_case_told_in_four_steps_can_be_rated_on_each_and_is_asked_once() {
        let fixture = Fixture::new().await;
        let all = [Stage::Acceptance, Stage::Approval, Stage::Issuance, Stage::Completion];
        fixture.push(fixture.report("P-1", ON_THE_SPOT_ITEM, &all)).await.unwrap();
        let stages: Vec<Stage> = fixture.offered().await.iter().map(|act| act.stage()).collect();
        assert_eq!(stages, all);
        let asked = fixture.told().await.into_iter().filter_map(|body| match body {
            proto::fact::v1::fact::Body::RatingInvited(invited) => invited.act,
            _ => None,
        });
        let asked: Vec<Stage> = asked.map(|act| act.stage()).collect();
        assert_eq!(asked, [Stage::Completion]);
    }

    #[tokio::test]
    async fn i11_hy10_a_committed_case_at_a_window_is_rated_at_acceptance_and_at_completion() {
        let both = [Stage::Acceptance, Stage::Completion];
        for (profile, mode, expected) in [
            ("haiyang-2021", ServiceMode::OnSite, &both[..]),
            ("state-council-2019", ServiceMode::OnSite, &both),
            ("county-2020", ServiceMode::OnSite, &both),
            ("haiyang-2021", ServiceMode::Online, &both[1..]),
            ("haiyang-2021", ServiceMode::Kiosk, &both[1..]),
            ("state-council-2019", ServiceMode::Kiosk, &both[1..]),
            ("county-2020", ServiceMode::Kiosk, &both[1..]),
            ("district-2-5-15", ServiceMode::Kiosk, &both[1..]),
            ("city", ServiceMode::OnSite, &both[1..]),
        ] {
            let fixture = Fixture::under(profile).await;
            let mut report = fixture.report("P-1", COMMITTED_ITEM, &both);
            report.mode = mode.into();
            fixture.push(report).await.unwrap();
            let offered = fixture.offered().await;
            let stages: Vec<Stage> = offered.iter().map(|act| act.stage()).collect();
            assert_eq!(stages, expected, "{profile} {mode:?}");
        }
    }

    #[tokio::test]
    async fn i21_the_act_names_window_staff_and_hall_and_keeps_the_reported_time_beside_the_servers()
     {
        let fixture = Fixture::new().await;
        let report = fixture.report("P-1", WINDOW_ITEM, &[Stage::Acceptance]);
        let told = report.steps[0].happened_at;
        fixture.intake.shell.clock.set("2026-03-02T03:00:00Z".parse().unwrap());
        fixture.push(report).await.unwrap();
        let acts = fixture.offered().await;
        let act = &acts[0];
        assert_eq!((act.window_id.as_str(), act.staff_id.as_str()), (WINDOWS[0], STAFF));
        assert_eq!(act.hall_id, "652301-h01");
        assert_eq!(act.reported_at, told);
        let served = act.served_at.unwrap().seconds - told.unwrap().seconds;
        assert_eq!(served, 2 * 60 * 60, "the server's clock decides");
    }

    #[tokio::test]
    async fn i02_a_case_has_one_rater_of_a_kind_found_by_blind_index_and_told_to_nobody() {
        let fixture = Fixture::new().await;
        let mut report = fixture.report("P-1", WINDOW_ITEM, &[Stage::Acceptance]);
        fixture.push(report.clone()).await.unwrap();
        let mine = fixture.my_cases(PERSON).await;
        assert_eq!(mine.len(), 1);
        assert_eq!(mine[0].acts.len(), 1);
        let applicant = report.applicant.as_mut().unwrap();
        applicant.number = "440524188001010014".to_owned();
        applicant.kind = RaterKind::OtherOrganization.into();
        applicant.number = "11652301PY6523035C".to_owned();
        let refused = fixture.push(report).await.unwrap_err();
        assert_eq!(
            (refused.code(), reason(&refused)),
            (Code::FailedPrecondition, "CASE_DIFFERS".to_owned())
        );
        let info = refused.get_error_details().error_info().unwrap().clone();
        assert_eq!(info.metadata["fields"], "applicant.kind,applicant.number");
        assert!(fixture.my_cases("11652301PY6523035C").await.is_empty());
    }

    #[tokio::test]
    async fn i02_a_legal_person_is_told_apart_and_sees_its_own_cases() {
        let fixture = Fixture::new().await;
        let mut report = fixture.report("P-1", WINDOW_ITEM, &[Stage::Acceptance]);
        let applicant = report.applicant.as_mut().unwrap();
        applicant.kind = RaterKind::LegalPerson.into();
        applicant.number = "11652301PY6523035C".to_owned();
        fixture.push(report).await.unwrap();
        assert_eq!(fixture.my_cases("11652301PY6523035C").await.len(), 1);
        assert!(fixture.my_cases(PERSON).await.is_empty());
    }

    #[tokio::test]
    async fn i21_everything_wrong_is_said_at_once_and_nothing_is_taken_in() {
        let fixture = Fixture::new().await;
        let mut report = fixture.report("P\u{202E}1", WINDOW_ITEM, &[Stage::Acceptance]);
        report.mode = 0;
        report.steps[0].happened_at.as_mut().unwrap().seconds += 3 * 60 * 60;
        report.applicant.as_mut().unwrap().number = "110105194912310020".to_owned();
        let refused = fixture.push(report).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        let details = refused.get_error_details();
        let wrong = &details.bad_request().unwrap().field_violations;
        let fields: Vec<_> = wrong.iter().map(|wrong| wrong.field.as_str()).collect();
        let expected = ["mode", "project_number", "applicant.number", "steps[0].happened_at"];
        assert_eq!(fields, expected);
        let empty = fixture.push(proto::intake::v1::CaseReport::default()).await.unwrap_err();
        assert_eq!(empty.code(), Code::InvalidArgument);
        assert!(fixture.told().await.is_empty());
    }

    #[tokio::test]
    async fn i21_a_time_is_told_once_and_windows_and_agencies_must_exist() {
        let fixture = Fixture::new().await;
        let report = fixture.report("P-1", WINDOW_ITEM, &[Stage::Acceptance]);
        fixture.push(report.clone()).await.unwrap();
        let mut moved = report.clone();
        moved.steps[0].happened_at.as_mut().unwrap().seconds -= 60;
        let refused = fixture.push(moved).await.unwrap_err();
        assert_eq!(reason(&refused), "CASE_DIFFERS");
        let mut nowhere = fixture.report("P-2", WINDOW_ITEM, &[Stage::Acceptance]);
        nowhere.steps[0].window_id = "652301-w99".to_owned();
        nowhere.steps[0].agency_id = "652301-a99".to_owned();
        let refused = fixture.push(nowhere).await.unwrap_err();
        let details = refused.get_error_details();
        assert_eq!(details.bad_request().unwrap().field_violations.len(), 2);
        assert!(fixture.my_cases(PERSON).await.len() == 1, "nothing of a refused case is kept");
    }

    #[tokio::test]
    async fn p03_the_platform_a_step_happened_on_is_frozen_and_a_business_system_is_none() {
        let fixture = Fixture::new().await;
        let platform = |id: &str, nature: UnitNature| Unit {
            unit_id: id.to_owned(),
            kind: UnitKind::Platform.into(),
            nature: nature.into(),
            name: id.to_owned(),
            region_code: "652301".to_owned(),
            ..Unit::default()
        };
        let known = [
            platform("652301-p01", UnitNature::Portal),
            platform("652301-p02", UnitNature::BusinessSystem),
        ];
        fixture.tell(known.map(|unit| unit_published(&[unit])).to_vec()).await;
        let mut report = fixture.report("P-1", WINDOW_ITEM, &[Stage::Acceptance]);
        for unknown in ["652301-p02", "652301-p99", WINDOWS[0]] {
            report.steps[0].platform_id = unknown.to_owned();
            let refused = fixture.push(report.clone()).await.unwrap_err();
            assert!(refused.message().contains("is no platform known here"), "{unknown}");
        }
        report.steps[0].platform_id = "652301-p01".to_owned();
        fixture.push(report).await.unwrap();
        let acts = fixture.offered().await;
        assert_eq!(acts[0].platform_id, "652301-p01");
    }

    #[tokio::test]
    async fn another_agencys_item_is_refused() {
        let fixture = Fixture::new().await;
        let report = fixture.report("P-1", WINDOW_ITEM, &[Stage::Acceptance]);
        let request = PushCaseRequest { report: Some(report) };
        let refused = run(&fixture.intake, fixture.system("652301-a01"), request).await;
        assert_eq!(Status::from(refused.unwrap_err()).code(), Code::InvalidArgument);
    }

    #[tokio::test]
    async fn i11_an_immediate_case_is_rated_once_and_a_committed_one_twice_in_guangxi() {
        let fixture = Fixture::under("guangxi-2019").await;
        let both = [Stage::Acceptance, Stage::Completion];
        fixture.push(fixture.report("P-1", ON_THE_SPOT_ITEM, &both)).await.unwrap();
        let stages = |acts: &[proto::r#type::v1::ServiceAct]| -> Vec<Stage> {
            acts.iter().map(proto::r#type::v1::ServiceAct::stage).collect()
        };
        assert_eq!(stages(&fixture.offered().await), [Stage::Completion]);
        fixture.intake.shell.clock.set("2026-03-02T02:00:00Z".parse().unwrap());
        fixture.push(fixture.report("P-2", COMMITTED_ITEM, &both)).await.unwrap();
        assert_eq!(stages(&fixture.offered().await[1..]), both);
    }

    #[tokio::test]
    async fn i12_a_package_is_rated_per_stage_and_as_a_whole_for_all_that_had_a_part() {
        let fixture = Fixture::under("guangxi-2019").await;
        let all = [Stage::Acceptance, Stage::Approval, Stage::Issuance, Stage::Completion];
        let mut report = fixture.report("P-1", COMMITTED_ITEM, &all);
        let part = |agency: &str, region: &str| Involved {
            agency_id: agency.to_owned(),
            region_code: region.to_owned(),
        };
        report.involved = vec![part("652301-a03", "652301"), part("652301-a01", "652300")];
        let refused = fixture.push(report.clone()).await.unwrap_err();
        assert!(refused.message().contains("is no region known here"), "{}", refused.message());
        fixture.tell(vec![unit_published(&[region("652300")])]).await;
        let mut package = wire_item(COMMITTED_ITEM);
        package.version = 2;
        package.participants = vec![part("652301-a01", "652300")];
        fixture.tell(vec![republished(&package)]).await;
        report.steps[1].agency_id = "652301-a01".to_owned();
        report.steps[1].window_id.clear();
        report.steps[1].staff_id.clear();
        let answer = fixture.push(report.clone()).await.unwrap();
        assert_eq!(answer.unconfirmed, []);
        let acts = fixture.offered().await;
        assert_eq!(acts.len(), 4);
        let approval = (acts[1].agency_id.as_str(), acts[1].region_code.as_str());
        assert_eq!(approval, ("652301-a01", "652300"), "whose step it was");
        assert!(acts[..3].iter().all(|act| act.involved.is_empty()));
        assert_eq!(acts[3].involved, report.involved);
        assert_eq!(acts[3].participants, report.involved);
    }

    #[tokio::test]
    async fn t20_the_leads_completion_names_all_who_have_a_part_whatever_the_profile() {
        let fixture = Fixture::under("changji-2020").await;
        let part = |agency: &str| Involved {
            agency_id: agency.to_owned(),
            region_code: "652301".to_owned(),
        };
        fixture.tell(vec![unit_published(&[region("652301")])]).await;
        let mut package = wire_item(COMMITTED_ITEM);
        package.version = 2;
        package.participants = vec![part("652301-a01")];
        fixture.tell(vec![republished(&package)]).await;
        let mut report =
            fixture.report("P-1", COMMITTED_ITEM, &[Stage::Acceptance, Stage::Completion]);
        report.involved = vec![part("652301-a03"), part("652301-a01")];
        fixture.push(report.clone()).await.unwrap();
        let acts = fixture.offered().await;
        let completion = acts.iter().find(|act| act.stage() == Stage::Completion).unwrap();
        assert_eq!(completion.participants, report.involved);
        assert!(completion.involved.is_empty(), "the rating is not a composite one");
        let others = acts.iter().filter(|act| act.stage() != Stage::Completion);
        assert!(others.clone().count() > 0);
        assert!(others.into_iter().all(|act| act.participants.is_empty()), "{acts:?}");
    }

    #[tokio::test]
    async fn i12_another_agency_is_not_charged_by_a_callers_word() {
        let fixture = Fixture::under("guangxi-2019").await;
        let both = [Stage::Acceptance, Stage::Completion];
        let mut report = fixture.report("P-1", COMMITTED_ITEM, &both);
        let claimed =
            Involved { agency_id: "652301-a01".to_owned(), region_code: "652301".to_owned() };
        report.involved = vec![claimed.clone()];
        let foreign = Unit {
            unit_id: "652301-w09".to_owned(),
            kind: UnitKind::Window.into(),
            nature: UnitNature::Departmental.into(),
            agency_id: "652301-a01".to_owned(),
            ..region("652301")
        };
        fixture.tell(vec![unit_published(&[foreign])]).await;
        report.steps[1].agency_id = "652301-a01".to_owned();
        report.steps[1].window_id = "652301-w09".to_owned();
        report.steps[1].staff_id.clear();
        let answer = fixture.push(report.clone()).await.unwrap();
        assert_eq!(answer.unconfirmed, std::slice::from_ref(&claimed), "the caller is told");
        let acts = fixture.offered().await;
        assert_eq!(acts.len(), 2, "rated like any other case of its own");
        for act in acts {
            assert_eq!(act.agency_id, "652301-a03");
            assert!(act.involved.is_empty() && act.window_id != "652301-w09", "{act:?}");
        }
        let again = fixture.push(report).await.unwrap();
        assert_eq!((again.changed, again.unconfirmed), (false, vec![claimed]));
    }

    fn region(code: &str) -> Unit {
        Unit {
            unit_id: code.to_owned(),
            kind: UnitKind::Region.into(),
            region_code: code.to_owned(),
            ..Unit::default()
        }
    }

    #[tokio::test]
    async fn i21_nothing_of_a_case_happened_before_it_was_accepted_whatever_is_told_later() {
        let fixture = Fixture::new().await;
        let own = fixture.submit(COMMITTED_ITEM).await;
        let both = [Stage::Acceptance, Stage::Completion];
        let mut report = fixture.report(&own.project_number, COMMITTED_ITEM, &both);
        for step in &mut report.steps {
            step.happened_at.as_mut().unwrap().seconds -= 24 * 60 * 60;
        }
        let refused = fixture.push(report).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().contains("before the case was accepted"));
    }

    #[tokio::test]
    async fn i02_who_applied_may_be_told_later_with_a_step_and_what_they_told_a_terminal_stays_theirs()
     {
        let fixture = Fixture::new().await;
        let mut first = fixture.report("P-1", WINDOW_ITEM, &[Stage::Acceptance]);
        let whole = fixture.report("P-1", WINDOW_ITEM, &[Stage::Acceptance, Stage::Completion]);
        let nobody = first.applicant.as_mut().unwrap();
        (nobody.name, nobody.number, nobody.phone) = Default::default();
        fixture.push(first).await.unwrap();
        assert!(fixture.my_cases(PERSON).await.is_empty());
        fixture.push(whole).await.unwrap();
        assert_eq!(fixture.my_cases(PERSON).await.len(), 1);

        let own = fixture.submit(COMMITTED_ITEM).await;
        let mut elsewhere =
            fixture.report(&own.project_number, COMMITTED_ITEM, &[Stage::Acceptance]);
        elsewhere.applicant.as_mut().unwrap().phone = "13900000000".to_owned();
        fixture.push(elsewhere).await.unwrap();
        let case = cases::case(&fixture.intake.store, own.case_id.parse().unwrap());
        let phone = case.await.unwrap().unwrap().phone_index.unwrap();
        assert_eq!(phone, fixture.intake.shell.blind.phone("13800000000"));
    }

    #[tokio::test]
    async fn i21_whoever_serves_is_named_where_they_serve_and_no_window_is_borrowed() {
        let fixture = Fixture::new().await;
        let mut report = fixture.report("P-1", WINDOW_ITEM, &[Stage::Acceptance]);
        report.steps[0].window_id = WINDOWS[1].to_owned();
        let taken = fixture.push(report.clone()).await.unwrap();
        assert_eq!(taken.remarks, ["steps.Acceptance.staff_id: does not serve there"]);
        report.steps[0].staff_id.clear();
        let foreign = Unit {
            unit_id: "652301-w09".to_owned(),
            kind: UnitKind::Window.into(),
            nature: UnitNature::Departmental.into(),
            agency_id: "652301-a01".to_owned(),
            ..region("652301")
        };
        fixture.tell(vec![unit_published(&[foreign])]).await;
        report.project_number = "P-2".to_owned();
        report.steps[0].window_id = "652301-w09".to_owned();
        let refused = fixture.push(report).await.unwrap_err();
        assert!(refused.message().contains("is another department's"));
    }

    #[tokio::test]
    async fn s01_of_another_agencys_case_nothing_is_told_not_even_who_it_is_not_about() {
        let fixture = Fixture::new().await;
        fixture.push(fixture.report("P-1", WINDOW_ITEM, &[Stage::Acceptance])).await.unwrap();
        let mut theirs = wire_item(WINDOW_ITEM);
        theirs.version = 2;
        theirs.agency_id = "652301-a01".to_owned();
        fixture.tell(vec![republished(&theirs)]).await;
        let mut guess = fixture.report("P-1", WINDOW_ITEM, &[Stage::Acceptance]);
        guess.applicant.as_mut().unwrap().number = "440524188001010014".to_owned();
        let request = PushCaseRequest { report: Some(guess) };
        let refused =
            run(&fixture.intake, fixture.system("652301-a01"), request).await.unwrap_err();
        let status = Status::from(refused);
        let info = status.get_error_details().error_info().unwrap().clone();
        assert_eq!(info.metadata["fields"], "project_number");
    }

    #[tokio::test]
    async fn c05_a_case_pushed_late_needs_its_public_reason() {
        let fixture = Fixture::new().await;
        let mut report = fixture.report("P-1", WINDOW_ITEM, &[Stage::Acceptance]);
        fixture.intake.shell.clock.set("2026-03-20T01:00:00Z".parse().unwrap());
        let late = fixture.report("P-1", WINDOW_ITEM, &[Stage::Completion]).steps[0].clone();
        report.steps.push(late);
        let refused = fixture.push(report.clone()).await.unwrap_err();
        assert_eq!(reason(&refused), "LATE_REASON_NEEDED");
        report.late_reason = "系统故障".to_owned();
        let case = fixture.push(report).await.unwrap().case.unwrap();
        assert_eq!(case.late_reason, "系统故障");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn i21_two_replicas_that_are_told_the_same_at_once_take_it_in_once() {
        let fixture = Fixture::new().await;
        let (other, commits) = fixture.restarted().await;
        tokio::spawn(commits.run(other.shell.stop.clone()));
        for n in 0..10 {
            let both = [Stage::Acceptance, Stage::Completion];
            let report = fixture.report(&format!("P-{n}"), WINDOW_ITEM, &both);
            let request = PushCaseRequest { report: Some(report) };
            let (one, two) = tokio::join!(
                run(&fixture.intake, fixture.business_system(), request.clone()),
                run(&other, fixture.business_system(), request.clone()),
            );
            assert!(one.unwrap().changed != two.unwrap().changed, "one of them was first");
        }
        assert_eq!(fixture.offered().await.len(), 20);
    }
}
