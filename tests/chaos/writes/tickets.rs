//! The writes of tickets.

use std::sync::Arc;

use e2e::citizens::signed;
use proto::{
    ticketing::v1::{
        AcceptResultRequest, Acceptance, AnswerPartRequest, AssignTicketRequest, Assignment,
        CloseTicketRequest, Closing, Contact, CorrectStepRequest, Correction, Dispatch,
        DispatchTicketRequest, FeedBackSolutionRequest, FeedBackTicketRequest, Feedback, FollowUp,
        Link, LinkTicketRequest, ListTicketsRequest, Means, Part, RecordContactRequest,
        RecordFollowUpRequest, Rectification, RectifyTicketRequest, RegisterUpperNoticeRequest,
        Report, ReportResultRequest, Return, ReturnResultRequest, Solution, TakeOverTicketRequest,
        TakingOver, Ticket, Unlink, UnlinkTicketRequest, UrgeTicketRequest, Urging, Verification,
        VerifyTicketRequest, ticket_service_client::TicketServiceClient,
    },
    r#type::v1::{Finding, TicketState},
};

use super::{AGENCY, PATIENCE, Sent, Write, Writers, id, today};
use crate::findings::wait;

/// An agency that takes part in others' tickets.
const PARTICIPANT: &str = "652301-a02";

/// A step of a ticket, by somebody.
macro_rules! step {
    ($ticket:expr, $rpc:ident, $request:ident { $field:ident: $step:expr }, $by:expr) => {{
        let (request_id, ticket_id) = (id(), $ticket.to_owned());
        let seen_step_count = None;
        let request = $request { request_id, ticket_id, $field: Some($step), seen_step_count };
        call!(TicketServiceClient.$rpc(request), $by)
    }};
}

impl Writers {
    /// The steps of a ticket, in their order; of a complex claim with a plan.
    fn steps(&self, ticket: &str, finding: Finding) -> Vec<Write> {
        let (means, words) = (i32::from(Means::Phone), "示例".to_owned());
        let complex = finding == Finding::Complex;
        let planned = |text: String| if complex { text } else { String::new() };
        let verification = Verification {
            finding: finding.into(),
            reason: words.clone(),
            plan: planned(words.clone()),
            carry_out_by: planned((today() + jiff::Span::new().days(9)).to_string()),
            ..Verification::default()
        };
        let (measures, evidence) = (words.clone(), words.clone());
        let done = Rectification { measures, evidence, ..Rectification::default() };
        let contact = Contact { means, reached: true, note: words.clone() };
        let feedback = Feedback { means: Means::Online.into(), summary: words.clone() };
        let report = Report { summary: words.clone() };
        let acceptance = Acceptance { opinion: words.clone() };
        let asked = FollowUp { means, satisfied: true, note: words, not_reached: false };
        let assignment = Assignment { assignee: "652301-s11".to_owned() };
        let (by, authority) = (&self.handler, &self.authority);
        vec![
            step!(ticket, assign_ticket, AssignTicketRequest { assignment: assignment }, by),
            step!(ticket, record_contact, RecordContactRequest { contact: contact }, by),
            step!(ticket, verify_ticket, VerifyTicketRequest { verification: verification }, by),
            step!(ticket, rectify_ticket, RectifyTicketRequest { rectification: done }, by),
            step!(ticket, feed_back_ticket, FeedBackTicketRequest { feedback: feedback }, by),
            step!(ticket, report_result, ReportResultRequest { report: report }, by),
            step!(ticket, accept_result, AcceptResultRequest { acceptance: acceptance }, authority),
            step!(ticket, close_ticket, CloseTicketRequest { closing: Closing {} }, by),
            step!(ticket, record_follow_up, RecordFollowUpRequest { follow_up: asked }, authority),
        ]
    }

    /// The steps beside the way, each ready to be taken.
    async fn beside(&self) -> Vec<Write> {
        let words = "示例".to_owned();
        let (by, authority) = (&self.handler, &self.authority);
        let dispatch = |participants: &[&str]| Dispatch {
            agency_id: AGENCY.to_owned(),
            participant_ids: participants.iter().map(|id| (*id).to_owned()).collect(),
            ..Dispatch::default()
        };
        let fresh = async || self.ticket_of(&self.rated().await).await;
        let mut writes = Vec::new();
        let ticket = fresh().await;
        writes.push(step!(
            ticket,
            dispatch_ticket,
            DispatchTicketRequest { dispatch: dispatch(&[]) },
            authority
        ));
        let ticket = fresh().await;
        let taking_over = TakingOver {};
        writes.push(step!(
            ticket,
            take_over_ticket,
            TakeOverTicketRequest { taking_over: taking_over },
            by
        ));
        let urging = Urging { note: words.clone() };
        let ticket = fresh().await;
        writes.push(step!(ticket, urge_ticket, UrgeTicketRequest { urging: urging }, authority));
        let (ticket, main) = (fresh().await, fresh().await);
        let link = || Link { main_ticket_id: main.clone(), reason: words.clone() };
        writes.push(step!(ticket, link_ticket, LinkTicketRequest { link: link() }, by));
        let ticket = fresh().await;
        self.do_now(step!(ticket, link_ticket, LinkTicketRequest { link: link() }, by)).await;
        let unlink = Unlink { reason: words.clone() };
        writes.push(step!(ticket, unlink_ticket, UnlinkTicketRequest { unlink: unlink }, by));

        let ticket = self.after(1, Finding::Clear).await;
        let correction = Correction { sequence: 1, words: words.clone() };
        writes.push(step!(ticket, correct_step, CorrectStepRequest { correction: correction }, by));
        let ticket = self.after(3, Finding::Complex).await;
        let solution = Solution { means: Means::Online.into(), summary: words.clone() };
        writes.push(step!(
            ticket,
            feed_back_solution,
            FeedBackSolutionRequest { solution: solution },
            by
        ));
        let ticket = self.after(6, Finding::Clear).await;
        let returning = Return { reason: words.clone() };
        writes.push(step!(
            ticket,
            return_result,
            ReturnResultRequest { returning: returning },
            authority
        ));

        let ticket = fresh().await;
        let shared = DispatchTicketRequest {
            request_id: id(),
            ticket_id: ticket.clone(),
            dispatch: Some(dispatch(&[PARTICIPANT])),
            seen_step_count: None,
        };
        self.do_now(call!(TicketServiceClient.dispatch_ticket(shared), authority)).await;
        let part = Part { answer: words.clone(), document_ids: Vec::new() };
        writes.push(step!(
            ticket,
            answer_part,
            AnswerPartRequest { part: part },
            &self.participant
        ));
        let notice = RegisterUpperNoticeRequest {
            request_id: id(),
            number: id(),
            agency_id: AGENCY.to_owned(),
            summary: words,
            ..RegisterUpperNoticeRequest::default()
        };
        writes.push(call!(TicketServiceClient.register_upper_notice(notice), authority));
        writes
    }

    /// A ticket after the first steps.
    async fn after(&self, steps: usize, finding: Finding) -> String {
        let ticket = self.ticket_of(&self.rated().await).await;
        for step in self.steps(&ticket, finding).into_iter().take(steps) {
            self.do_now(step).await;
        }
        ticket
    }

    /// The ticket of a rating, once there is one.
    pub(super) async fn ticket_of(&self, rating_id: &str) -> String {
        let found = wait("the ticket of a rating", PATIENCE, async || {
            let mut asked = ListTicketsRequest {
                page_size: 200,
                state: TicketState::Opened.into(),
                ..ListTicketsRequest::default()
            };
            // The rounds before leave tickets open, all due sooner.
            loop {
                let mut tickets = TicketServiceClient::new(self.channel.clone());
                let listed = tickets.list_tickets(signed(asked.clone(), &self.handler)).await;
                let page = listed.map_err(|status| status.to_string())?.into_inner();
                let own = |t: &Ticket| t.rating_ids.iter().any(|id| id == rating_id);
                match page.tickets.into_iter().find(own) {
                    Some(ticket) => return Ok(ticket.ticket_id),
                    None if page.next_page_token.is_empty() => return Err("none".to_owned()),
                    None => asked.page_token = page.next_page_token,
                }
            }
        });
        found.await.unwrap().0
    }

    pub(super) async fn of_tickets(&self) -> Vec<Write> {
        let mut writes = Vec::new();
        for place in 0..self.steps("", Finding::Clear).len() {
            let ticket = self.after(place, Finding::Clear).await;
            writes.push(self.steps(&ticket, Finding::Clear).remove(place));
        }
        writes.extend(self.beside().await);
        writes
    }
}
