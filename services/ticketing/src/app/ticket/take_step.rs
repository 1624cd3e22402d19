//! The shared part of all steps of a ticket: what the request asks for. It is then taken together
//! with the steps of other tickets that wait at this moment ([`super::together`]).

use domain::violation::Violations;
use platform::{auth::Officer, telemetry::trace};
use prost::Message;
use proto::ticketing::v1::{Ticket, step};
use uuid::Uuid;

use super::together;
use crate::{
    convert::ticket::step as step_from_wire,
    error::Error,
    state::{Ticketing, steps::AskedStep},
};

/// A step in one of the verbs' requests.
pub(crate) struct StepRequest<'a, R> {
    /// The RPC's name.
    pub(crate) rpc: &'static str,
    /// The request's own identity.
    pub(crate) request_id: &'a str,
    /// The ticket.
    pub(crate) ticket_id: &'a str,
    /// How many steps the caller saw.
    pub(crate) seen: Option<u32>,
    /// The request's field that holds the step.
    pub(crate) field: &'static str,
    /// The step.
    pub(crate) step: Option<step::Act>,
    /// The whole request, for recognising a repeat.
    pub(crate) request: &'a R,
}

/// Takes one step. If the caller goes away, it is still taken; a repeated request gets the same answer.
pub(crate) async fn take_step<R: Message>(
    ticketing: &Ticketing,
    caller: &Officer,
    asked: StepRequest<'_, R>,
) -> Result<Ticket, Error> {
    let StepRequest { rpc, request_id, ticket_id, seen, field, step: act, request } = asked;
    let mut wrong = Violations::default();
    let no_uuid = |text: &str| text.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("request_id", no_uuid(request_id));
    let ticket_id = wrong.take("ticket_id", no_uuid(ticket_id));
    let decoded = match act {
        None => {
            wrong.add(field, "is missing");
            None
        }
        Some(act) => match step_from_wire(act.clone()) {
            Ok(step) => Some((act, step)),
            Err(more) => {
                wrong.0.extend(more.0);
                None
            }
        },
    };
    let (Some(request_id), Some(ticket_id), Some((act, step))) =
        wrong.finish((request_id, ticket_id, decoded))?
    else {
        return Err(Violations::default().into());
    };
    let key = ticketing.shell.requests.key(caller.id().as_bytes(), rpc, request_id, request);
    let (by, traceparent) = (caller.clone(), trace::traceparent());
    let asked = AskedStep { key, by, ticket_id, seen, step, act, traceparent };
    together::take(ticketing, asked).await
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{AGENCY, REGION, principal},
    };
    use proto::{
        fact::v1::{MatterRaised, RatingSubmitted, fact::Body},
        r#type::v1::{Finding, Level},
    };
    use tonic::{Code, Status};
    use tonic_types::StatusExt as _;

    use super::*;
    use crate::rpc::testing::{
        Fixture, accept, assign, close, contact, feed_back, follow_up, handler, rectify, report,
        verify,
    };

    /// A staff member of the agency who is also its officer.
    fn clerk(id: &str) -> Officer {
        principal(id, Caller::Handler { region: REGION.to_owned(), agency: AGENCY.to_owned() })
    }

    fn assigned(assignee: &str) -> step::Act {
        step::Act::Assignment(proto::ticketing::v1::Assignment { assignee: assignee.to_owned() })
    }

    fn refused(answer: Result<Ticket, Status>) -> (Code, String) {
        let status = answer.unwrap_err();
        let details = status.get_error_details();
        (status.code(), details.error_info().unwrap().reason.clone())
    }

    fn served_by(rating: RatingSubmitted, staff: &str) -> RatingSubmitted {
        let mut rating = rating;
        rating.act.as_mut().unwrap().staff_id = staff.to_owned();
        rating
    }

    #[tokio::test]
    async fn t02_whoever_is_rated_takes_no_step_of_that_ticket_and_is_not_its_assignee() {
        let fixture = Fixture::new().await;
        let act_id = fixture.ticketing.shell.clock.new_id();
        let first = served_by(fixture.rating(act_id, Level::VeryDissatisfied), "652301-s07");
        let told = fixture.apply(&first).await;
        let [Body::TicketOpened(opened)] = told.as_slice() else { panic!("{told:?}") };
        let id = opened.ticket_id.as_str();
        // Another rating joins, and names someone else.
        let second = served_by(fixture.rating(act_id, Level::Dissatisfied), "652301-s08");
        fixture.apply(&second).await;
        let never = (Code::PermissionDenied, "RATED_STAFF_MEMBER".to_owned());
        let rated = [clerk("652301-s07"), clerk("652301-s08")];
        for assignee in ["652301-s07", "652301-s08", " 652301-s08 "] {
            assert_eq!(refused(fixture.step(id, assigned(assignee)).await), never, "{assignee}");
        }
        let finding = Finding::Clear;
        for step in [
            assign(),
            contact(),
            verify(finding),
            rectify(),
            feed_back(),
            report(),
            accept(),
            close(),
            follow_up(true),
        ] {
            for rated in &rated {
                assert_eq!(
                    refused(fixture.step_by(rated, id, step.clone()).await),
                    never,
                    "{step:?}"
                );
            }
            fixture.step(id, step).await.unwrap();
        }
        let other = fixture.ticket().await;
        fixture.step_by(&rated[0], &other, assign()).await.unwrap();
    }

    #[tokio::test]
    async fn t02_whom_a_matter_is_about_takes_no_step_of_its_ticket() {
        let fixture = Fixture::new().await;
        let staff = "652301-s07".to_owned();
        for matter in [
            MatterRaised { staff_id: staff.clone(), ..fixture.matter() },
            MatterRaised { unit_id: staff.clone(), ..fixture.matter() },
        ] {
            let id = fixture.ticket_of(&matter).await;
            let never = (Code::PermissionDenied, "RATED_STAFF_MEMBER".to_owned());
            assert_eq!(refused(fixture.step_by(&clerk(&staff), &id, assign()).await), never);
            assert_eq!(refused(fixture.step(&id, assigned(&staff)).await), never);
            fixture.step_by(&handler(AGENCY), &id, assign()).await.unwrap();
        }
    }
}
