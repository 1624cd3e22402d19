//! The writes of tickets.

use std::sync::Arc;

use e2e::citizens::signed;
use proto::{
    ticketing::v1::{
        AcceptResultRequest, Acceptance, AssignTicketRequest, Assignment, CloseTicketRequest,
        Closing, Contact, FeedBackTicketRequest, Feedback, FollowUp, ListTicketsRequest, Means,
        RecordContactRequest, RecordFollowUpRequest, Rectification, RectifyTicketRequest,
        Verification, VerifyTicketRequest, ticket_service_client::TicketServiceClient,
    },
    r#type::v1::{Finding, TicketState},
};

use super::{PATIENCE, Sent, Write, Writers, id};
use crate::findings::wait;

impl Writers {
    /// The steps of a ticket, in their order.
    fn steps(&self, ticket: &str) -> Vec<Write> {
        macro_rules! step {
            ($rpc:ident, $request:ident { $field:ident: $step:expr }, $by:expr) => {{
                let (request_id, ticket_id) = (id(), ticket.to_owned());
                let request = $request { request_id, ticket_id, $field: Some($step) };
                call!(TicketServiceClient.$rpc(request), $by)
            }};
        }
        let means = i32::from(Means::Phone);
        let contact = Contact { means, reached: true, note: "示例：已致电核实".to_owned() };
        let verification = Verification {
            finding: Finding::Clear.into(),
            reason: "示例：情况清楚、诉求合理".to_owned(),
            ..Verification::default()
        };
        let rectification = Rectification {
            measures: "示例：删去多余条件".to_owned(),
            evidence: "示例：新版指南".to_owned(),
        };
        let feedback = Feedback { means, summary: "示例：已告知整改情况".to_owned() };
        let acceptance = Acceptance { opinion: "示例：同意".to_owned() };
        let follow_up = FollowUp { means, satisfied: true, note: "示例：满意".to_owned() };
        let assignment = Assignment { assignee: "652301-s04".to_owned() };
        vec![
            step!(assign_ticket, AssignTicketRequest { assignment: assignment }, &self.handler),
            step!(record_contact, RecordContactRequest { contact: contact }, &self.handler),
            step!(verify_ticket, VerifyTicketRequest { verification: verification }, &self.handler),
            step!(
                rectify_ticket,
                RectifyTicketRequest { rectification: rectification },
                &self.handler
            ),
            step!(feed_back_ticket, FeedBackTicketRequest { feedback: feedback }, &self.handler),
            step!(accept_result, AcceptResultRequest { acceptance: acceptance }, &self.authority),
            step!(close_ticket, CloseTicketRequest { closing: Closing {} }, &self.handler),
            step!(
                record_follow_up,
                RecordFollowUpRequest { follow_up: follow_up },
                &self.authority
            ),
        ]
    }

    /// The ticket of a rating, once there is one.
    pub(super) async fn ticket_of(&self, rating_id: &str) -> String {
        let found = wait("the ticket of a rating", PATIENCE, async || {
            let asked = ListTicketsRequest {
                page_size: 200,
                state: TicketState::Opened.into(),
                ..ListTicketsRequest::default()
            };
            let mut tickets = TicketServiceClient::new(self.channel.clone());
            let listed = tickets.list_tickets(signed(asked, &self.handler)).await;
            let listed = listed.map_err(|status| status.to_string())?.into_inner().tickets;
            let own = listed.into_iter().find(|t| t.rating_ids.iter().any(|id| id == rating_id));
            own.map(|ticket| ticket.ticket_id).ok_or_else(|| "none".to_owned())
        });
        found.await.unwrap().0
    }

    pub(super) async fn of_tickets(&self) -> Vec<Write> {
        let mut writes = Vec::new();
        let number = self.steps("").len();
        let mut ratings = Vec::new();
        for _ in 0..number {
            ratings.push(self.rated().await);
        }
        for (place, rating_id) in ratings.iter().enumerate() {
            let mut steps = self.steps(&self.ticket_of(rating_id).await);
            steps.truncate(place + 1);
            let last = steps.pop().unwrap();
            for before in steps {
                self.do_now(before).await;
            }
            writes.push(last);
        }
        writes
    }
}
