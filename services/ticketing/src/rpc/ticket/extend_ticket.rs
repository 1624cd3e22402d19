//! Names a new day for what cannot be put right in time (T04).

use platform::auth::Officer;
use proto::ticketing::v1::{ExtendTicketRequest, ExtendTicketResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: ExtendTicketRequest,
) -> Result<ExtendTicketResponse, Error> {
    let asked = StepRequest {
        rpc: "ExtendTicket",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        seen: request.seen_step_count,
        field: "extension",
        step: request.extension.clone().map(Act::Extension),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(ExtendTicketResponse { ticket: Some(ticket) })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION};
    use proto::{
        ticketing::v1::{Extension, Grounds, Means, Verification},
        r#type::v1::{DeadlineEnd, Finding, TicketState},
    };

    use super::*;
    use crate::rpc::testing::{
        Asked, Fixture, OTHER_AGENCY, assign, authority, contact, handler, once, refusal,
        request_id, running, verify,
    };

    fn extension(new_day: &str) -> Extension {
        let grounds = Grounds {
            reason: "系统改造未完成".to_owned(),
            document_number: "示例〔2026〕1号".to_owned(),
            informed_by: Means::Phone.into(),
        };
        Extension { new_day: new_day.to_owned(), grounds: Some(grounds) }
    }

    #[tokio::test]
    async fn t04_xc_a_new_day_takes_a_reason_in_writing_that_the_rater_knows_and_both_days_stay() {
        let fixture = Fixture::under("county-2020").await;
        let ticket_id = fixture.ticket().await;
        let Act::Verification(complex) = verify(Finding::Complex) else { panic!("a finding") };
        let planned = Verification { carry_out_by: "2026-03-16".to_owned(), ..complex };
        let verified = vec![assign(), contact(), Act::Verification(planned)];
        let verified = fixture.steps(&ticket_id, verified).await;
        assert_eq!(running(&verified), ["carry_out_plan 2026-03-16", "fix_complex 2026-03-16"]);
        let request = ExtendTicketRequest {
            request_id: request_id(),
            ticket_id,
            extension: Some(extension("2026-03-31")),
            seen_step_count: None,
        };
        let of = |extension| ExtendTicketRequest { extension: Some(extension), ..request.clone() };
        let without = Extension { grounds: None, ..extension("2026-03-31") };
        let unclear = Grounds { informed_by: 99, ..extension("").grounds.unwrap() };
        let unclear = Extension { new_day: "soon".to_owned(), grounds: Some(unclear) };
        let asked = Asked {
            by: handler(AGENCY),
            never: vec![
                (authority(REGION), "ANOTHER_OFFICES_STEP"),
                (handler(OTHER_AGENCY), "TICKET_NOT_FOUND"),
            ],
            wrong: vec![
                (
                    ExtendTicketRequest::default(),
                    &["request_id:", "ticket_id:", "extension: is missing"][..],
                ),
                (of(unclear), &["extension.new_day:", "extension.informed_by:"]),
                (
                    of(without),
                    &[
                        "extension.reason: must be filled in",
                        "extension.document_number: must be filled in",
                        "extension.informed_by: must be filled in",
                    ],
                ),
                (of(extension("2026-03-16")), &["extension.new_day: is not later"]),
            ],
            request: request.clone(),
        };
        let call =
            async |by, request| Ok(run(&fixture.ticketing, by, request).await?.ticket.unwrap());
        let ticket = once(call, asked).await;
        assert_eq!(ticket.state(), TicketState::Verified);
        assert_eq!(running(&ticket), ["carry_out_plan 2026-03-31", "fix_complex 2026-03-31"]);
        for old in ticket.deadlines.iter().filter(|due| due.due_on == "2026-03-16") {
            assert_eq!(old.end(), DeadlineEnd::Superseded);
            let new = ticket.deadlines.iter().find(|due| due.number == old.superseded_by).unwrap();
            assert_eq!((&new.act, new.due_on.as_str()), (&old.act, "2026-03-31"));
        }
        // On the day before the new one nobody is late, though the old one is over.
        fixture.at("2026-03-30T01:00:00Z");
        let read = fixture.read(handler(AGENCY), &ticket.ticket_id).await.unwrap();
        let missed: Vec<&str> =
            read.deadlines.iter().filter(|due| due.missed).map(|due| due.act.as_str()).collect();
        assert_eq!(missed, [""; 0]);
    }

    #[tokio::test]
    async fn t04_no_document_no_new_day() {
        let fixture = Fixture::new().await;
        let ticket_id = fixture.ticket().await;
        fixture.steps(&ticket_id, vec![assign(), contact(), verify(Finding::Complex)]).await;
        let extension = Some(extension("2026-05-29"));
        let request = ExtendTicketRequest {
            request_id: request_id(),
            ticket_id,
            extension,
            seen_step_count: None,
        };
        let refused = run(&fixture.ticketing, handler(AGENCY), request).await.unwrap_err();
        assert!(refused.to_string().contains("allows no new date"), "{refused}");
        assert_eq!(refusal::<()>(Err(refused)).1, "TICKET_STATE_REFUSES");
    }
}
