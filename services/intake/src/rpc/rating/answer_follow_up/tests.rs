//! Who answers which follow-up, how often, and what ticketing is told.

use platform::{
    clock::Clock,
    facts::consume::Consumer as _,
    testing::{AGENCY, WINDOW_ITEM},
};
use proto::{
    fact::v1::{
        Fact, FollowUpOpened, MatterOpening, RatingOpening, TicketAnnulled, TicketLinked,
        TicketOpened, TicketStepped, ticket_opened::Opening,
    },
    intake::v1::{GetRatingRequest, RatingOutcome},
    r#type::v1::{Level, ServiceAct, Stage, TicketState},
};
use tonic::Code;

use super::*;
use crate::rpc::{
    rating::get_rating,
    testing::{Fixture, PERSON, named, rater, refusal},
};

const CLOSED: &str = "2026-03-02T02:00:00Z";

/// A rated act and its ticket.
struct Rated {
    token: String,
    ticket_id: String,
    opened: Body,
}

fn ticket_opened(ticket_id: &str, act_id: &str, opening: Opening) -> Body {
    Body::TicketOpened(TicketOpened {
        ticket_id: ticket_id.to_owned(),
        act: Some(ServiceAct {
            act_id: act_id.to_owned(),
            agency_id: AGENCY.to_owned(),
            ..ServiceAct::default()
        }),
        opened_at: Some(to_wire("2026-03-02T01:30:00Z".parse().unwrap())),
        opening: Some(opening),
        ..TicketOpened::default()
    })
}

fn stepped(ticket_id: &str, sequence: u32, state: TicketState) -> Body {
    Body::TicketStepped(TicketStepped {
        ticket_id: ticket_id.to_owned(),
        sequence,
        state: state.into(),
        at: Some(to_wire(CLOSED.parse().unwrap())),
        next_due_on: "2026-03-09".to_owned(),
        agency_id: AGENCY.to_owned(),
        ..TicketStepped::default()
    })
}

fn asked(ticket_id: &str, sequence: u32, closed_at: &str, sampled: bool) -> Body {
    Body::FollowUpOpened(FollowUpOpened {
        ticket_id: ticket_id.to_owned(),
        sequence,
        closed_at: Some(to_wire(closed_at.parse().unwrap())),
        sampled,
        ..FollowUpOpened::default()
    })
}

fn linked(ticket_id: &str, main: &str) -> Body {
    Body::TicketLinked(TicketLinked {
        ticket_id: ticket_id.to_owned(),
        main_ticket_id: main.to_owned(),
        ..TicketLinked::default()
    })
}

fn new_id() -> String {
    Clock::System.new_id().to_string()
}

impl Fixture {
    /// Ticketing tells this, from a position on.
    async fn ticketing(&self, from: u64, bodies: Vec<Body>) {
        let facts = bodies.into_iter().zip(from..).map(|(body, position)| Fact {
            position,
            fact_id: new_id(),
            producer: "ticketing".to_owned(),
            body: Some(body),
            ..Fact::default()
        });
        let facts: Vec<Fact> = facts.collect();
        let txn = self.intake.store.begin().await.unwrap();
        let applied = self.intake.consumer().apply(&txn, &facts).await.unwrap();
        txn.commit().await.unwrap();
        assert!(applied.left.is_empty());
    }

    async fn rated(&self, token: String) -> Rated {
        let rated = self.rate(&token, Level::VeryDissatisfied).await.unwrap();
        let act_id = self.intake.shell.invitations.open(&token).unwrap().to_string();
        let ticket_id = new_id();
        let by = Opening::Rating(RatingOpening { rating_id: rated.rating_id });
        let opened = ticket_opened(&ticket_id, &act_id, by);
        Rated { token, ticket_id, opened }
    }

    /// The same, closed, with its rater asked.
    async fn closed(&self) -> Rated {
        let rated = self.rated(self.invitation().await).await;
        let id = &rated.ticket_id;
        let closing = [asked(id, 8, CLOSED, true), stepped(id, 8, TicketState::Closed)];
        self.ticketing(1, [vec![rated.opened.clone()], closing.into()].concat()).await;
        rated
    }

    async fn says(&self, right: Right, satisfied: bool) -> Result<AnswerFollowUpResponse, Error> {
        self.answers(rater(), &asking(right, satisfied)).await
    }

    async fn answers(
        &self,
        caller: Rater,
        request: &AnswerFollowUpRequest,
    ) -> Result<AnswerFollowUpResponse, Error> {
        run(&self.intake, caller, request.clone()).await
    }

    async fn answered(&self) -> Vec<FollowUpAnswered> {
        let told = self.told().await.into_iter().filter_map(|body| match body {
            Body::FollowUpAnswered(answered) => Some(answered),
            _ => None,
        });
        told.collect()
    }

    async fn became(&self, token: &str) -> RatingOutcome {
        let request = GetRatingRequest { token: token.to_owned(), rating_id: String::new() };
        get_rating::run(&self.intake, rater(), request).await.unwrap().outcome.unwrap()
    }
}

fn asking(right: Right, satisfied: bool) -> AnswerFollowUpRequest {
    AnswerFollowUpRequest { request_id: new_id(), right: Some(right), satisfied: Some(satisfied) }
}

fn reason(refused: Result<AnswerFollowUpResponse, Error>) -> String {
    refusal(refused.unwrap_err()).1
}

#[tokio::test]
async fn t06_p08_the_rater_answers_by_invitation_once_and_ticketing_is_told_once() {
    let fixture = Fixture::new().await;
    let rated = fixture.closed().await;
    // The rating window is long over.
    fixture.on_march(25);
    let by_token = || Right::Token(rated.token.clone());
    let request = asking(by_token(), false);
    let first = fixture.answers(rater(), &request).await.unwrap();
    assert_eq!((first.ticket_id.as_str(), first.satisfied), (rated.ticket_id.as_str(), false));
    assert_eq!(fixture.answers(rater(), &request).await.unwrap(), first);
    assert_eq!(fixture.says(by_token(), false).await.unwrap(), first, "said again");
    assert_eq!(reason(fixture.says(by_token(), true).await), "FOLLOW_UP_ANSWERED");
    let told = FollowUpAnswered {
        ticket_id: rated.ticket_id.clone(),
        closed_at: Some(to_wire(CLOSED.parse().unwrap())),
        satisfied: false,
        at: first.answered_at,
    };
    assert_eq!(fixture.answered().await, [told]);
    let follow_up = fixture.became(&rated.token).await.follow_up.unwrap();
    assert!(follow_up.answered && !follow_up.satisfied);
    let other = AnswerFollowUpRequest { satisfied: Some(true), ..request };
    let reused = refusal(fixture.answers(rater(), &other).await.unwrap_err());
    assert_eq!(reused.0, Code::AlreadyExists);
}

#[tokio::test]
async fn t06_of_two_answers_at_the_same_time_one_counts() {
    let fixture = Fixture::new().await;
    let rated = fixture.closed().await;
    let by_token = || Right::Token(rated.token.clone());
    let says = |satisfied| fixture.says(by_token(), satisfied);
    let (one, other) = tokio::join!(says(true), says(false));
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1);
    assert_eq!(fixture.answered().await.len(), 1);
}

#[tokio::test]
async fn t06_only_the_follow_up_of_a_closed_ticket_whose_rater_is_asked_is_answered() {
    let fixture = Fixture::new().await;
    let rated = fixture.rated(fixture.invitation().await).await;
    let id = rated.ticket_id.as_str();
    let says = || fixture.says(Right::Token(rated.token.clone()), true);
    assert_eq!(reason(says().await), "FOLLOW_UP_NOT_DUE", "no ticket yet");
    fixture.ticketing(1, vec![rated.opened.clone()]).await;
    assert_eq!(reason(says().await), "FOLLOW_UP_NOT_DUE", "it is handled");
    let unasked = vec![asked(id, 8, CLOSED, false), stepped(id, 8, TicketState::Closed)];
    fixture.ticketing(2, unasked).await;
    assert_eq!(reason(says().await), "FOLLOW_UP_NOT_DUE", "nobody asks");
    assert_eq!(fixture.became(&rated.token).await.follow_up, None);
    // Followed up by an officer, closed again: another follow-up, told before its step.
    fixture.ticketing(4, vec![stepped(id, 9, TicketState::Opened)]).await;
    let later = "2026-03-12T02:00:00Z";
    fixture.ticketing(5, vec![asked(id, 17, later, true)]).await;
    assert_eq!(reason(says().await), "FOLLOW_UP_NOT_DUE", "it is not closed yet");
    fixture.ticketing(6, vec![stepped(id, 17, TicketState::Closed)]).await;
    // What comes late changes nothing.
    fixture.ticketing(7, vec![stepped(id, 9, TicketState::Opened)]).await;
    fixture.ticketing(8, vec![asked(id, 8, CLOSED, false)]).await;
    says().await.unwrap();
    let told = fixture.answered().await;
    assert_eq!(told[0].closed_at, Some(to_wire(later.parse().unwrap())));
    fixture.ticketing(9, vec![stepped(id, 18, TicketState::Confirmed)]).await;
    says().await.unwrap();
    let otherwise = fixture.says(Right::Token(rated.token.clone()), false).await;
    assert_eq!(reason(otherwise), "FOLLOW_UP_ANSWERED", "it is over");
    assert_eq!(fixture.answered().await.len(), 1);
}

#[tokio::test]
async fn t06_what_an_officer_recorded_does_not_take_the_raters_own_word_away() {
    let fixture = Fixture::new().await;
    let rated = fixture.closed().await;
    let confirmed = vec![stepped(&rated.ticket_id, 9, TicketState::Confirmed)];
    fixture.ticketing(4, confirmed).await;
    fixture.says(Right::Token(rated.token.clone()), false).await.unwrap();
    assert!(fixture.answered().await.iter().all(|told| !told.satisfied));
    assert_eq!(fixture.answered().await.len(), 1);
}

#[tokio::test]
async fn t06_i20_who_is_known_by_name_answers_for_themselves_and_for_nobody_else() {
    let fixture = Fixture::new().await;
    fixture.push(fixture.report("P-1", WINDOW_ITEM, &[Stage::Acceptance])).await.unwrap();
    let mine = fixture.my_cases(PERSON).await;
    let token = mine[0].acts[0].invitation.as_ref().unwrap().token.clone();
    let rated = fixture.rated(token).await;
    let id = &rated.ticket_id;
    let closing = [asked(id, 8, CLOSED, true), stepped(id, 8, TicketState::Closed)];
    fixture.ticketing(1, [vec![rated.opened.clone()], closing.into()].concat()).await;
    let by_login = asking(Right::TicketId(id.clone()), true);
    let by_token = asking(Right::Token(rated.token.clone()), true);
    let other = "440524188001010014";
    let no = |answer| refusal(fixture_error(answer));
    let foreign = fixture.answers(fixture.citizen(other), &by_login).await;
    assert_eq!(no(foreign), (Code::NotFound, "TICKET_NOT_FOUND".to_owned()));
    let unknown = asking(Right::TicketId(new_id()), true);
    let unknown = fixture.answers(fixture.citizen(PERSON), &unknown).await;
    assert_eq!(no(unknown), (Code::NotFound, "TICKET_NOT_FOUND".to_owned()));
    let foreign = fixture.answers(fixture.citizen(other), &by_token).await;
    assert_eq!(no(foreign).1, "INVITATION_OF_ANOTHER");
    let nobody = fixture.answers(rater(), &by_login).await.unwrap_err();
    assert_eq!(named(nobody), ["ticket_id"]);
    let nothing = AnswerFollowUpRequest { request_id: new_id(), right: None, satisfied: None };
    assert_eq!(
        named(fixture.answers(rater(), &nothing).await.unwrap_err()),
        ["satisfied", "right"]
    );
    fixture.answers(fixture.citizen(PERSON), &by_login).await.unwrap();
    let shown = &fixture.my_cases(PERSON).await[0].acts[0];
    assert!(shown.follow_up.as_ref().unwrap().answered);
}

fn fixture_error(answer: Result<AnswerFollowUpResponse, Error>) -> Error {
    answer.unwrap_err()
}

#[tokio::test]
async fn t17_the_rater_of_a_linked_ticket_sees_where_the_main_one_stands() {
    let fixture = Fixture::new().await;
    let rated = fixture.rated(fixture.invitation().await).await;
    let (id, main, next) = (rated.ticket_id.as_str(), new_id(), new_id());
    let matter = Opening::Matter(MatterOpening { matter_id: new_id() });
    let opened = ticket_opened(&main, &new_id(), matter);
    let told = vec![
        rated.opened.clone(),
        opened,
        stepped(&main, 1, TicketState::Assigned),
        stepped(id, 1, TicketState::Linked),
        linked(id, &main),
    ];
    fixture.ticketing(1, told).await;
    let seen = async || {
        let became = fixture.became(&rated.token).await;
        assert_eq!(became.ticket_id, id);
        (became.state(), became.main_ticket_id, became.next_due_on)
    };
    let due = || "2026-03-09".to_owned();
    assert_eq!(seen().await, (TicketState::Assigned, main.clone(), due()));
    fixture.ticketing(6, vec![stepped(&main, 2, TicketState::Closed)]).await;
    assert_eq!(seen().await.0, TicketState::Closed);
    // The main one's follow-up is its own rater's.
    fixture.ticketing(7, vec![asked(&main, 2, CLOSED, true)]).await;
    assert_eq!(fixture.became(&rated.token).await.follow_up, None);
    // Handed on; a late fact does not bring the old link back.
    fixture.ticketing(9, vec![linked(id, &next), stepped(&next, 3, TicketState::Verified)]).await;
    fixture.ticketing(8, vec![linked(id, &main)]).await;
    assert_eq!(seen().await, (TicketState::Verified, next.clone(), due()));
    let annulled = TicketAnnulled {
        ticket_id: next.clone(),
        sequence: 4,
        at: Some(to_wire(CLOSED.parse().unwrap())),
    };
    fixture.ticketing(11, vec![Body::TicketAnnulled(annulled)]).await;
    assert_eq!(seen().await.0, TicketState::Linked, "the other's end says nothing of this one");
    let taken_out = vec![stepped(id, 2, TicketState::Opened), linked(id, "")];
    fixture.ticketing(12, taken_out).await;
    assert_eq!(seen().await, (TicketState::Opened, String::new(), due()));
}

#[tokio::test]
async fn t06_a_closing_that_is_in_no_history_asks_nobody_and_a_link_is_forgotten() {
    let fixture = Fixture::new().await;
    let rated = fixture.closed().await;
    let txn = fixture.intake.store.begin().await.unwrap();
    let consumer = fixture.intake.consumer();
    let forgotten = consumer.forget(&txn, "ticketing", 1).await.unwrap();
    txn.commit().await.unwrap();
    assert!(forgotten.subjects.contains(&rated.ticket_id.parse().unwrap()));
    let says = || fixture.says(Right::Token(rated.token.clone()), true);
    assert_eq!(reason(says().await), "FOLLOW_UP_NOT_DUE");
    // What both histories have is told again.
    fixture.ticketing(1, vec![rated.opened.clone()]).await;
    assert_eq!(fixture.became(&rated.token).await.state(), TicketState::Opened);
    assert_eq!(reason(says().await), "FOLLOW_UP_NOT_DUE");
}
