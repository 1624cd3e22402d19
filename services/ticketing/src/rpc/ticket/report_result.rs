//! Reports the result to the Authority (T15).

use platform::auth::Officer;
use proto::ticketing::v1::{ReportResultRequest, ReportResultResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: ReportResultRequest,
) -> Result<ReportResultResponse, Error> {
    let asked = StepRequest {
        rpc: "ReportResult",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        seen: request.seen_step_count,
        field: "report",
        step: request.report.clone().map(Act::Report),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(ReportResultResponse { ticket: Some(ticket) })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION};
    use proto::{
        ticketing::v1::Report,
        r#type::v1::{Finding, TicketState},
    };

    use super::*;
    use crate::rpc::testing::{
        Asked, Fixture, OTHER_AGENCY, assign, authority, contact, feed_back, handler, once,
        rectify, request_id, verify,
    };

    #[tokio::test]
    async fn t15_the_agency_reports_the_result_where_the_authority_reviews_it() {
        for (profile, reviewed) in [("changji-2020", true), ("county-2020", false)] {
            let fixture = Fixture::under(profile).await;
            let ticket_id = fixture.ticket().await;
            let told = vec![assign(), contact(), verify(Finding::Clear), rectify(), feed_back()];
            fixture.steps(&ticket_id, told).await;
            let report = Some(Report { summary: "已整改".to_owned() });
            let request = ReportResultRequest {
                request_id: request_id(),
                ticket_id,
                report,
                seen_step_count: None,
            };
            if !reviewed {
                let refused = run(&fixture.ticketing, handler(AGENCY), request).await.unwrap_err();
                assert!(refused.to_string().contains("asks for no review"), "{refused}");
                continue;
            }
            let blank = Some(Report { summary: "\n".to_owned() });
            let asked = Asked {
                by: handler(AGENCY),
                never: vec![
                    (authority(REGION), "ANOTHER_OFFICES_STEP"),
                    (handler(OTHER_AGENCY), "TICKET_NOT_FOUND"),
                ],
                wrong: vec![
                    (
                        ReportResultRequest::default(),
                        &["request_id:", "ticket_id:", "report: is missing"][..],
                    ),
                    (
                        ReportResultRequest { report: blank, ..request.clone() },
                        &["report.summary: must be filled in"],
                    ),
                ],
                request: request.clone(),
            };
            let call =
                async |by, request| Ok(run(&fixture.ticketing, by, request).await?.ticket.unwrap());
            let ticket = once(call, asked).await;
            assert_eq!((ticket.state(), ticket.due_at), (TicketState::Reported, None));
            let (stepped, _) = fixture.last_step().await;
            assert_eq!(
                (stepped.state(), stepped.finding()),
                (TicketState::Reported, Finding::Clear)
            );
        }
    }
}
