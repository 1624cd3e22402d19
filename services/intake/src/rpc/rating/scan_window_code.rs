//! Lists the caller's own service acts at the window whose code they scanned (I24).

use std::collections::HashMap;

use domain::{deadline::day_of, violation::Violations};
use platform::{auth::Citizen, page::Page};
use proto::intake::v1::{ScanWindowCodeRequest, ScanWindowCodeResponse};
use uuid::Uuid;

use crate::{
    Intake,
    app::case::my_acts,
    entity::case_file,
    error::{Error, rating::window::WindowError},
    state::snapshot_with,
    store::rating::at_window,
};

pub(crate) async fn run(
    intake: &Intake,
    caller: Citizen,
    request: ScanWindowCodeRequest,
) -> Result<ScanWindowCodeResponse, Error> {
    let window = intake.shell.window_codes.open(&request.code);
    let window = window.map_err(|_| WindowError::CodeForged)?;
    let mut wrong = Violations::default();
    let page = Page::read(&mut wrong, "ScanWindowCode", request.page_size, &request.page_token);
    wrong.finish(())?;
    let now = intake.shell.clock.now();
    let snapshot = snapshot_with(intake, &window).await?;
    // A code outlives its window, and leads nowhere once the window was merged into another.
    let unit = snapshot.unit(&window, day_of(now));
    let stands = unit.is_some_and(|unit| unit.unit_id == window);
    if !stands {
        let ended = snapshot.knows_unit(&window);
        return Err(if ended { WindowError::Ended.into() } else { WindowError::NotFound.into() });
    }
    let index = intake.shell.blind.number(caller.number());
    let connection = intake.store.read();
    let (own, size) = ((window.as_str(), index.as_slice()), page.read_size());
    let rows = at_window::rateable(connection, own, now.as_microsecond(), page.after, size).await?;
    let mut ids: Vec<Uuid> = rows.iter().map(|row| row.case_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let cases = at_window::cases(connection, &ids).await?;
    let cases: HashMap<Uuid, &case_file::Model> = cases.iter().map(|c| (c.id, c)).collect();
    let shown = my_acts::shown(intake, &rows, &cases).await?;
    let keys = rows.iter().map(|row| (row.served_at, row.id));
    let acts = keys.zip(shown.into_iter().map(|(_, act)| act));
    let (acts, next_page_token) = page.cut_to_answer(acts.collect());
    Ok(ScanWindowCodeResponse { acts, next_page_token })
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{REGION, TERMINALS, WINDOW_ITEM, WINDOWS, unit_published},
    };
    use proto::{
        catalog::v1::{Unit, UnitKind},
        intake::v1::{MyAct, SubmitRatingRequest, rating_service_server::RatingService as _},
        r#type::v1::{Channel, Level, Stage},
    };
    use tonic::{Code, Request, Status};
    use tonic_types::StatusExt as _;

    use super::*;
    use crate::rpc::{
        rating::submit_rating,
        testing::{Fixture, PERSON, rating_request},
    };

    const OTHER: &str = "440524188001010014";

    /// A case of someone's, accepted at a window.
    async fn accepted(fixture: &Fixture, number: &str, person: &str, window: &str) {
        let mut report = fixture.report(number, WINDOW_ITEM, &[Stage::Acceptance]);
        report.applicant.as_mut().unwrap().number = person.to_owned();
        report.steps[0].window_id = window.to_owned();
        report.steps[0].staff_id = String::new();
        fixture.push(report).await.unwrap();
    }

    async fn page(
        fixture: &Fixture,
        person: &str,
        request: ScanWindowCodeRequest,
    ) -> Result<ScanWindowCodeResponse, Status> {
        Ok(run(&fixture.intake, fixture.citizen(person), request).await?)
    }

    fn request(code: String) -> ScanWindowCodeRequest {
        ScanWindowCodeRequest { code, ..ScanWindowCodeRequest::default() }
    }

    async fn scan(fixture: &Fixture, person: &str, window: &str) -> Result<Vec<MyAct>, Status> {
        let code = fixture.intake.shell.window_codes.code(window);
        Ok(page(fixture, person, request(code)).await?.acts)
    }

    fn reason(status: &Status) -> (Code, String) {
        let details = status.get_error_details();
        (status.code(), details.error_info().unwrap().reason.clone())
    }

    #[tokio::test]
    async fn i24_i15_a_scan_leads_to_ones_own_services_at_this_window_and_to_nobody_elses() {
        let fixture = Fixture::new().await;
        accepted(&fixture, "P-1", PERSON, WINDOWS[0]).await;
        fixture.intake.shell.clock.set("2026-03-02T02:00:00Z".parse().unwrap());
        accepted(&fixture, "P-2", PERSON, WINDOWS[0]).await;
        accepted(&fixture, "P-3", PERSON, WINDOWS[1]).await;
        accepted(&fixture, "P-4", OTHER, WINDOWS[0]).await;
        let own = scan(&fixture, PERSON, WINDOWS[0]).await.unwrap();
        let hours: Vec<i64> =
            own.iter().map(|act| act.served_at.as_ref().unwrap().seconds / 3_600 % 24).collect();
        assert_eq!(hours, [2, 1], "newest first");
        assert_eq!(scan(&fixture, PERSON, WINDOWS[1]).await.unwrap().len(), 1);
        assert_eq!(scan(&fixture, OTHER, WINDOWS[0]).await.unwrap().len(), 1);
        assert_eq!(scan(&fixture, OTHER, WINDOWS[1]).await.unwrap(), []);
    }

    #[tokio::test]
    async fn i24_what_a_scan_shows_is_rated_by_its_invitation_and_shown_as_rated() {
        let fixture = Fixture::new().await;
        accepted(&fixture, "P-1", PERSON, WINDOWS[0]).await;
        let act = scan(&fixture, PERSON, WINDOWS[0]).await.unwrap().remove(0);
        assert!(act.item_name.starts_with("示例事项") && act.level() == Level::Unspecified);
        let rating = SubmitRatingRequest {
            channel: Channel::WindowCode.into(),
            ..rating_request(&act.invitation.unwrap().token, Level::Dissatisfied)
        };
        submit_rating::run(&fixture.intake, fixture.citizen(PERSON), None, rating).await.unwrap();
        let act = scan(&fixture, PERSON, WINDOWS[0]).await.unwrap().remove(0);
        assert_eq!(act.level(), Level::Dissatisfied, "and could be rated again");
    }

    #[tokio::test]
    async fn i24_what_can_no_longer_be_rated_is_not_shown() {
        let fixture = Fixture::new().await;
        accepted(&fixture, "P-1", PERSON, WINDOWS[0]).await;
        fixture.intake.shell.clock.set("2026-03-03T01:00:00Z".parse().unwrap());
        accepted(&fixture, "P-2", PERSON, WINDOWS[0]).await;
        let set = |at: &str| fixture.intake.shell.clock.set(at.parse().unwrap());
        set("2026-03-09T15:59:59.999999Z");
        assert_eq!(scan(&fixture, PERSON, WINDOWS[0]).await.unwrap().len(), 2);
        set("2026-03-09T16:00:00Z");
        let left = scan(&fixture, PERSON, WINDOWS[0]).await.unwrap();
        assert!(left.len() == 1 && !left[0].closed && left[0].served_at.unwrap().seconds > 0);
        set("2026-03-10T16:00:00Z");
        assert_eq!(scan(&fixture, PERSON, WINDOWS[0]).await.unwrap(), []);
    }

    #[tokio::test]
    async fn i24_pages_lead_through_all_own_services_once() {
        let fixture = Fixture::new().await;
        for n in 0..5 {
            accepted(&fixture, &format!("P-{n}"), PERSON, WINDOWS[0]).await;
        }
        let code = fixture.intake.shell.window_codes.code(WINDOWS[0]);
        let mut asked = ScanWindowCodeRequest { page_size: 2, ..request(code.clone()) };
        let mut tokens = Vec::new();
        for expected in [2, 2, 1] {
            let found = page(&fixture, PERSON, asked.clone()).await.unwrap();
            assert_eq!(found.acts.len(), expected);
            tokens.extend(found.acts.into_iter().map(|act| act.invitation.unwrap().token));
            asked.page_token = found.next_page_token;
        }
        assert!(asked.page_token.is_empty());
        tokens.sort();
        tokens.dedup();
        assert_eq!(tokens.len(), 5);
        let wrong = ScanWindowCodeRequest { page_token: "bm9uc2Vuc2U".to_owned(), ..request(code) };
        let refused = page(&fixture, PERSON, wrong).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
    }

    #[tokio::test]
    async fn i24_a_forged_code_and_a_window_that_is_none_any_more_are_told_so() {
        let fixture = Fixture::new().await;
        let code = fixture.intake.shell.window_codes.code(WINDOWS[0]);
        for forged in [String::new(), WINDOWS[0].to_owned(), code[1..].to_owned()] {
            let refused = page(&fixture, PERSON, request(forged)).await.unwrap_err();
            assert_eq!(reason(&refused), (Code::InvalidArgument, "WINDOW_CODE_FORGED".to_owned()));
        }
        let refused = scan(&fixture, PERSON, "652301-w99").await.unwrap_err();
        assert_eq!(reason(&refused), (Code::NotFound, "WINDOW_NOT_FOUND".to_owned()));
        // A case that another replica received this very second is known.
        let window = |valid_to: &str| {
            unit_published(&[Unit {
                unit_id: "652301-w03".to_owned(),
                kind: UnitKind::Window.into(),
                region_code: REGION.to_owned(),
                valid_to: valid_to.to_owned(),
                successor_id: WINDOWS[0].to_owned(),
                ..Unit::default()
            }])
        };
        platform::testing::tell(&fixture.intake.store, vec![window("")]).await;
        assert_eq!(scan(&fixture, PERSON, "652301-w03").await.unwrap(), []);
        fixture.tell(vec![window("2026-03-01")]).await;
        let refused = scan(&fixture, PERSON, "652301-w03").await.unwrap_err();
        assert_eq!(reason(&refused), (Code::FailedPrecondition, "WINDOW_ENDED".to_owned()));
    }

    #[tokio::test]
    async fn i24_i13_who_has_not_logged_in_is_asked_to_and_a_terminal_is_nobody_in_particular() {
        let fixture = Fixture::new().await;
        let shell = &fixture.intake.shell;
        let scanned = || Request::new(request(shell.window_codes.code(WINDOWS[0])));
        let nobody = fixture.intake.scan_window_code(scanned()).await.unwrap_err();
        assert_eq!(nobody.code(), Code::Unauthenticated);
        let details = nobody.get_error_details();
        assert!(details.localized_message().unwrap().message.contains("登录"));
        let token = shell.signer.token(TERMINALS[0], Caller::Terminal, 60).unwrap();
        let mut by_terminal = scanned();
        let bearer = format!("Bearer {token}").parse().unwrap();
        by_terminal.metadata_mut().insert("authorization", bearer);
        let refused = fixture.intake.scan_window_code(by_terminal).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
    }
}
