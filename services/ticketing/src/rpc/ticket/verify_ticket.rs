//! Records the finding (T03).

use platform::auth::Officer;
use proto::ticketing::v1::{VerifyTicketRequest, VerifyTicketResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: VerifyTicketRequest,
) -> Result<VerifyTicketResponse, Error> {
    let asked = StepRequest {
        rpc: "VerifyTicket",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        seen: request.seen_step_count,
        field: "verification",
        step: request.verification.clone().map(Act::Verification),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(VerifyTicketResponse { ticket: Some(ticket) })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION};
    use proto::{
        ticketing::v1::Verification,
        r#type::v1::{Finding, TicketState},
    };
    use tonic::Code;

    use super::*;
    use crate::rpc::testing::{
        Fixture, assign, authority, contact, handler, refusal, request_id, verify,
    };

    #[tokio::test]
    async fn t04_cj_a_complex_finding_moves_the_deadline_and_both_stay_on_record() {
        let fixture = Fixture::new().await;
        let id = fixture.ticket().await;
        let before = fixture.steps(&id, vec![assign(), contact()]).await;
        let due: Vec<(&str, &str)> =
            before.deadlines.iter().map(|d| (d.act.as_str(), d.due_on.as_str())).collect();
        let ordinary = [
            ("start_handling", "2026-03-02"),
            ("fix_clear", "2026-03-02"),
            ("feed_back_clear", "2026-03-09"),
        ];
        assert_eq!(due, ordinary);
        fixture.at("2026-03-04T02:00:00Z");
        let after = fixture.step(&id, verify(Finding::Complex)).await.unwrap();
        assert_eq!(after.state(), TicketState::Verified);
        let last = after.deadlines.last().unwrap();
        assert_eq!((last.act.as_str(), last.due_on.as_str()), ("feed_back_complex", "2026-03-23"));
        assert_eq!(last.derivation.iter().filter(|day| day.counted_as > 0).count(), 15);
        assert_eq!(after.deadlines[3].act, "carry_out_plan");
        assert_eq!(after.deadlines.len(), 5);
        assert_eq!(after.due_at, last.due_at);
    }

    #[tokio::test]
    async fn a_complex_finding_needs_a_plan_and_a_date_to_come() {
        let fixture = Fixture::new().await;
        let id = fixture.ticket().await;
        fixture.steps(&id, vec![assign(), contact()]).await;
        let verification = |plan: &str, by: &str| {
            Act::Verification(Verification {
                finding: Finding::Complex.into(),
                reason: "示例".to_owned(),
                plan: plan.to_owned(),
                carry_out_by: by.to_owned(),
                ..Verification::default()
            })
        };
        for (plan, by) in [("", ""), ("计划", "2026-02-01"), ("计划", "soon"), ("", "2026-04-01")]
        {
            let refused = fixture.step(&id, verification(plan, by)).await.unwrap_err();
            assert_eq!(refused.code(), Code::InvalidArgument, "{plan} {by}");
        }
        let nothing = Act::Verification(Verification::default());
        assert_eq!(fixture.step(&id, nothing).await.unwrap_err().code(), Code::InvalidArgument);
    }

    #[tokio::test]
    async fn t03_each_finding_is_recorded_with_its_reason_by_the_handling_agency_and_once() {
        let fixture = Fixture::new().await;
        let call = |caller, request| run(&fixture.ticketing, caller, request);
        for finding in [Finding::Clear, Finding::Complex, Finding::NoLegalBasis] {
            let ticket_id = fixture.ticket().await;
            fixture.steps(&ticket_id, vec![assign(), contact()]).await;
            let Act::Verification(verified) = verify(finding) else { panic!("a finding") };
            let verification = Some(verified.clone());
            let request = VerifyTicketRequest {
                request_id: request_id(),
                ticket_id,
                verification,
                seen_step_count: None,
            };
            let authority = call(authority(REGION), request.clone()).await;
            let another = (Code::PermissionDenied, "ANOTHER_OFFICES_STEP".to_owned());
            assert_eq!(refusal(authority), another);
            for (verification, field) in [
                (None, "verification: is missing"),
                (Some(Verification { finding: 0, ..verified.clone() }), "verification.finding:"),
                (
                    Some(Verification { reason: String::new(), ..verified.clone() }),
                    "verification.reason:",
                ),
            ] {
                let wrong = VerifyTicketRequest { verification, ..request.clone() };
                let told = call(handler(AGENCY), wrong).await.unwrap_err().to_string();
                assert!(told.contains(field), "{field} {told}");
            }
            let recorded = call(handler(AGENCY), request.clone()).await.unwrap();
            assert_eq!(call(handler(AGENCY), request.clone()).await.unwrap(), recorded);
            let ticket = recorded.ticket.unwrap();
            assert_eq!((ticket.state(), ticket.finding()), (TicketState::Verified, finding));
            let [step] = ticket.steps.as_slice() else { panic!("{ticket:?}") };
            assert_eq!((step.sequence, &step.act), (3, &Some(Act::Verification(verified))));
            let twice = VerifyTicketRequest { request_id: request_id(), ..request };
            let twice = call(handler(AGENCY), twice).await;
            let state = (Code::FailedPrecondition, "TICKET_STATE_REFUSES".to_owned());
            assert_eq!(refusal(twice), state);
        }
    }
}
