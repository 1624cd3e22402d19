//! Receives what a business system knows of many cases, in one call.

use domain::report::MAX_PROJECT_NUMBER;
use platform::auth::System;
use prost::Message;
use proto::intake::v1::{
    CaseReport, PushCasesRequest, PushCasesResponse, RefusedCase, RemarkedCase,
};
use tokio_stream::{Stream, StreamExt as _};
use tonic::Status;

use crate::{
    Intake,
    app::case::take_in::{self, history::ReportOutcome},
    convert::{BATCH_BYTES, still_fits},
    error::{Error, refusal},
};

/// How many reports share a transaction.
const BATCH: usize = 200;
/// How many cases with refusals or remarks an answer lists, if they fit; the rest are counted.
const REFUSALS: usize = 1_000;

pub(crate) async fn run(
    intake: &Intake,
    caller: System,
    reports: impl Stream<Item = Result<PushCasesRequest, Status>> + Unpin,
) -> Result<PushCasesResponse, Status> {
    let mut reports = reports;
    let mut answer = PushCasesResponse::default();
    let (mut batch, mut bytes) = (Vec::new(), 0);
    loop {
        let next = reports.next().await.transpose()?;
        let ended = next.is_none();
        bytes += next.as_ref().map_or(0, PushCasesRequest::encoded_len);
        batch.extend(next.map(|request| request.report.unwrap_or_default()));
        if batch.len() >= BATCH || bytes >= BATCH_BYTES || ended {
            take_in(intake, &caller, &batch, &mut answer).await?;
            (batch, bytes) = (Vec::new(), 0);
        }
        if ended {
            return Ok(answer);
        }
    }
}

async fn take_in(
    intake: &Intake,
    caller: &System,
    batch: &[CaseReport],
    answer: &mut PushCasesResponse,
) -> Result<(), Error> {
    for (report, result) in batch.iter().zip(take_in::run(intake, caller, batch).await?) {
        answer.received += 1;
        let claims = result.as_ref().is_ok_and(|taken| !taken.unconfirmed.is_empty());
        answer.unconfirmed += u64::from(claims);
        if let Ok(ReportOutcome { remarks, .. }) = &result
            && !remarks.is_empty()
            && answer.remarked.len() < REFUSALS
        {
            let (row, remarks) = (answer.received, remarks.clone());
            let project_number = report.project_number.clone();
            let remarked = RemarkedCase { row, project_number, remarks };
            if still_fits(answer, &remarked) {
                answer.remarked.push(remarked);
            }
        }
        match result {
            Ok(ReportOutcome { created: true, .. }) => answer.created += 1,
            Ok(ReportOutcome { changed: true, .. }) => answer.changed += 1,
            Ok(ReportOutcome { .. }) => answer.unchanged += 1,
            Err(error) => {
                answer.refused += 1;
                let refused = refused(answer.received, report, error);
                if answer.refusals.len() < REFUSALS && still_fits(answer, &refused) {
                    answer.refusals.push(refused);
                }
            }
        }
    }
    Ok(())
}

fn refused(row: u64, report: &CaseReport, error: Error) -> RefusedCase {
    let (reason, details) = refusal(error);
    let project_number = report.project_number.chars().take(MAX_PROJECT_NUMBER).collect();
    RefusedCase { row, project_number, reason, details }
}

#[cfg(test)]
mod tests {
    use platform::testing::{ON_THE_SPOT_ITEM, WINDOW_ITEM};
    use proto::r#type::v1::Stage;

    use super::*;
    use crate::rpc::testing::{Fixture, PERSON};

    async fn push(fixture: &Fixture, reports: Vec<CaseReport>) -> PushCasesResponse {
        let request = |report| Ok(PushCasesRequest { report: Some(report) });
        let reports = tokio_stream::iter(reports.into_iter().map(request));
        run(&fixture.intake, fixture.business_system(), reports).await.unwrap()
    }

    #[tokio::test]
    async fn i21_ten_thousand_cases_come_in_one_call_and_again_change_nothing() {
        let fixture = Fixture::new().await;
        let case = fixture.report("", ON_THE_SPOT_ITEM, &[Stage::Acceptance, Stage::Completion]);
        let numbered = |n| CaseReport { project_number: format!("P-{n:05}"), ..case.clone() };
        let mut reports: Vec<CaseReport> = (0..10_000).map(numbered).collect();
        let first = push(&fixture, reports.clone()).await;
        assert_eq!((first.received, first.created), (10_000, 10_000));
        assert_eq!((first.changed, first.unchanged, first.refused), (0, 0, 0));
        let head = platform::facts::head(&fixture.intake.store).await.unwrap();
        reports.reverse();
        let again = push(&fixture, reports).await;
        assert_eq!((again.received, again.unchanged), (10_000, 10_000));
        assert_eq!(platform::facts::head(&fixture.intake.store).await.unwrap(), head);
    }

    #[tokio::test]
    async fn i21_what_is_wrong_is_refused_for_itself_with_its_row_and_the_rest_is_taken_in() {
        let fixture = Fixture::new().await;
        let both = [Stage::Acceptance, Stage::Completion];
        let good = fixture.report("P-1", WINDOW_ITEM, &both);
        let twice = CaseReport { batch_number: "B-1".to_owned(), ..good.clone() };
        let mut nameless = fixture.report(&"9".repeat(60), WINDOW_ITEM, &both);
        nameless.steps.clear();
        let unknown = fixture.report("P-2", "11652301PY6523035C4000114909000", &both);
        let more = fixture.report("P-3", WINDOW_ITEM, &both);
        let again = more.clone();
        let told = push(&fixture, vec![good, twice, nameless, unknown, more, again]).await;
        assert_eq!((told.received, told.created, told.unchanged), (6, 2, 1));
        let refused: Vec<_> = told
            .refusals
            .iter()
            .map(|refused| (refused.row, refused.reason.as_str(), refused.details.len()))
            .collect();
        let expected = [(2, "CASE_DIFFERS", 1), (3, "MALFORMED", 2), (4, "ITEM_NOT_KNOWN_YET", 1)];
        assert_eq!(refused, expected);
        assert_eq!(told.refusals[1].project_number.len(), 50);
        assert_eq!(fixture.my_cases(PERSON).await.len(), 2);
    }

    #[tokio::test]
    async fn i21_of_endless_refusals_a_thousand_are_told_and_the_rest_counted() {
        let fixture = Fixture::new().await;
        let told = push(&fixture, vec![CaseReport::default(); 1_200]).await;
        assert_eq!((told.received, told.refused, told.refusals.len()), (1_200, 1_200, 1_000));
        let nothing = push(&fixture, Vec::new()).await;
        assert_eq!(nothing, PushCasesResponse::default());
    }

    #[tokio::test]
    async fn i21_a_call_that_breaks_off_leaves_what_was_taken_in() {
        let fixture = Fixture::new().await;
        let case = fixture.report("", ON_THE_SPOT_ITEM, &[Stage::Acceptance, Stage::Completion]);
        let numbered = |n| CaseReport { project_number: format!("P-{n:05}"), ..case.clone() };
        let request = |n| Ok(PushCasesRequest { report: Some(numbered(n)) });
        let broken = std::iter::once(Err(Status::cancelled("the line is cut")));
        let reports = tokio_stream::iter((0..250).map(request).chain(broken));
        run(&fixture.intake, fixture.business_system(), reports).await.unwrap_err();
        assert_eq!(fixture.offered().await.len(), 400, "each can be rated on both stages");
        let again = push(&fixture, (0..250).map(numbered).collect()).await;
        assert_eq!((again.created, again.unchanged), (50, 200));
    }
}
