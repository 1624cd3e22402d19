//! Answers the part of a participating agency (T20).

use platform::auth::Officer;
use proto::ticketing::v1::{AnswerPartRequest, AnswerPartResponse, step::Act};

use crate::{
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::Ticketing,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: AnswerPartRequest,
) -> Result<AnswerPartResponse, Error> {
    let asked = StepRequest {
        rpc: "AnswerPart",
        request_id: &request.request_id,
        ticket_id: &request.ticket_id,
        seen: request.seen_step_count,
        field: "part",
        step: request.part.clone().map(Act::Part),
        request: &request,
    };
    let ticket = take_step(ticketing, &caller, asked).await?;
    Ok(AnswerPartResponse { ticket: Some(ticket) })
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION};
    use proto::{
        fact::v1::fact::Body,
        ticketing::v1::{Dispatch, Part},
        r#type::v1::{Finding, Involved, Level, TicketState},
    };

    use super::*;
    use crate::rpc::testing::{
        Asked, Fixture, OTHER_AGENCY, assign, authority, contact, feed_back, handler, once,
        rectify, request_id, verify,
    };

    #[tokio::test]
    async fn t20_a_participant_answers_its_part_and_until_then_nothing_is_fed_back() {
        let fixture = Fixture::new().await;
        let ticket_id = fixture.ticket().await;
        let dispatch = Act::Dispatch(Dispatch {
            agency_id: AGENCY.to_owned(),
            participant_ids: vec![OTHER_AGENCY.to_owned()],
            note: String::new(),
        });
        let clear = verify(Finding::Clear);
        let steps = vec![dispatch, assign(), contact(), clear, rectify()];
        fixture.steps(&ticket_id, steps).await;
        let early = fixture.step(&ticket_id, feed_back()).await.unwrap_err();
        assert!(early.message().contains("has not answered yet"), "{early}");
        let part = Part { answer: "本单位已更正".to_owned(), document_ids: Vec::new() };
        let request = AnswerPartRequest {
            request_id: request_id(),
            ticket_id: ticket_id.clone(),
            part: Some(part.clone()),
            seen_step_count: None,
        };
        let of = |part| AnswerPartRequest { part: Some(part), ..request.clone() };
        let blank = Part { answer: String::new(), ..part.clone() };
        let strange = Part { document_ids: vec!["x".to_owned()], ..part.clone() };
        let asked = Asked {
            by: handler(OTHER_AGENCY),
            never: vec![
                (authority(REGION), "ANOTHER_OFFICES_STEP"),
                (handler(AGENCY), "TICKET_STATE_REFUSES"),
                (handler("652301-a05"), "TICKET_NOT_FOUND"),
            ],
            wrong: vec![
                (
                    AnswerPartRequest::default(),
                    &["request_id:", "ticket_id:", "part: is missing"][..],
                ),
                (of(blank), &["part.answer: must be filled in"]),
                (of(strange), &["part.document_ids[0]: is no UUID"]),
            ],
            request: request.clone(),
        };
        let call =
            async |by, request| Ok(run(&fixture.ticketing, by, request).await?.ticket.unwrap());
        let ticket = once(call, asked).await;
        assert_eq!(ticket.state(), TicketState::Rectified);
        let [answered] = ticket.participants.as_slice() else { panic!("{ticket:?}") };
        assert_eq!((answered.agency_id.as_str(), answered.answered), (OTHER_AGENCY, true));
        assert_eq!(fixture.last_step().await.0.state(), TicketState::Rectified);
        let fed_back = fixture.step(&ticket_id, feed_back()).await.unwrap();
        assert_eq!(fed_back.state(), TicketState::FedBack);
    }

    #[tokio::test]
    async fn t20_whom_the_case_names_has_a_part_from_the_beginning_and_after_a_dispatch() {
        let fixture = Fixture::new().await;
        let named =
            |id: &str| Involved { agency_id: id.to_owned(), region_code: REGION.to_owned() };
        let all = vec![named(AGENCY), named(OTHER_AGENCY)];
        // Facts of older versions name them for a composite rating only.
        for older in [false, true] {
            let act_id = fixture.ticketing.shell.clock.new_id();
            let mut rating = fixture.rating(act_id, Level::VeryDissatisfied);
            let act = rating.act.as_mut().unwrap();
            match older {
                false => act.participants.clone_from(&all),
                true => act.involved.clone_from(&all),
            }
            let told = fixture.apply(&rating).await;
            let [Body::TicketOpened(opened)] = told.as_slice() else { panic!("{told:?}") };
            let ticket_id = opened.ticket_id.clone();
            // It is read by whom it asks, and led by the case's own agency.
            let read = async || fixture.read(handler(OTHER_AGENCY), &ticket_id).await.unwrap();
            let parts = async || {
                let of = |part: proto::ticketing::v1::Participant| part.agency_id;
                read().await.participants.into_iter().map(of).collect::<Vec<_>>()
            };
            assert_eq!(read().await.agency_id, AGENCY);
            assert_eq!(parts().await, [OTHER_AGENCY]);
            // Passed on to another lead, the former one has its part.
            let to_other = Dispatch { agency_id: OTHER_AGENCY.to_owned(), ..Dispatch::default() };
            let step = Act::Dispatch(to_other);
            fixture.step_by(&authority(REGION), &ticket_id, step).await.unwrap();
            assert_eq!(
                (read().await.agency_id.as_str(), parts().await),
                (OTHER_AGENCY, vec![AGENCY.to_owned()])
            );
            let back = Dispatch { agency_id: AGENCY.to_owned(), ..Dispatch::default() };
            fixture.step_by(&authority(REGION), &ticket_id, Act::Dispatch(back)).await.unwrap();
            let clear = verify(Finding::Clear);
            fixture.steps(&ticket_id, vec![assign(), contact(), clear, rectify()]).await;
            let early = fixture.step(&ticket_id, feed_back()).await.unwrap_err();
            assert!(early.message().contains("has not answered yet"), "{early}");
            let part = Part { answer: "本单位已更正".to_owned(), document_ids: Vec::new() };
            let other = handler(OTHER_AGENCY);
            fixture.step_by(&other, &ticket_id, Act::Part(part)).await.unwrap();
            fixture.step(&ticket_id, feed_back()).await.unwrap();
        }
    }
}
