//! What ticketing says of tickets reaches their raters.

use platform::{clock::Clock, convert::to_wire, facts::consume::Obstacle};
use proto::{
    fact::v1::{FollowUpOpened, RatingOpening, TicketOpened, TicketStepped, ticket_opened},
    intake::v1::{GetRatingRequest, RatingOutcome},
    r#type::v1::{Level, ServiceAct, TicketState},
};

use super::*;
use crate::rpc::{
    rating::{get_rating, submit_rating},
    testing::{Fixture, rater, rating_request},
};

async fn try_apply(fixture: &Fixture, body: Body) -> Result<(), Obstacle> {
    let (producer, body) = ("ticketing".to_owned(), Some(body));
    let fact = Fact { position: 1, producer, body, ..Fact::default() };
    let txn = fixture.intake.store.begin().await.unwrap();
    let applied = fixture.intake.consumer().apply(&txn, &[fact]).await.unwrap();
    txn.commit().await.unwrap();
    match applied.left.into_iter().next() {
        Some((_, left)) => Err(left),
        None => Ok(()),
    }
}

async fn apply(fixture: &Fixture, body: Body) {
    try_apply(fixture, body).await.unwrap();
}

/// A rated act: its invitation's token and its identity.
async fn rated(fixture: &Fixture) -> (String, String) {
    let token = fixture.invitation().await;
    let request = rating_request(&token, Level::VeryDissatisfied);
    submit_rating::run(&fixture.intake, rater(), None, request).await.unwrap();
    let act_id = fixture.intake.shell.invitations.open(&token).unwrap();
    (token, act_id.to_string())
}

async fn became(fixture: &Fixture, token: &str) -> Option<RatingOutcome> {
    let request = GetRatingRequest { token: token.to_owned(), ..GetRatingRequest::default() };
    get_rating::run(&fixture.intake, rater(), request).await.unwrap().outcome
}

fn opened(ticket_id: &str, act_id: &str, at: &str) -> TicketOpened {
    TicketOpened {
        ticket_id: ticket_id.to_owned(),
        act: Some(ServiceAct { act_id: act_id.to_owned(), ..ServiceAct::default() }),
        opened_at: Some(to_wire(at.parse().unwrap())),
        ..TicketOpened::default()
    }
}

fn stepped(ticket_id: &str, state: TicketState, at: &str) -> Body {
    Body::TicketStepped(TicketStepped {
        ticket_id: ticket_id.to_owned(),
        // Here each state is reached once, in this order.
        sequence: i32::from(state).unsigned_abs(),
        state: state.into(),
        at: Some(to_wire(at.parse().unwrap())),
        ..TicketStepped::default()
    })
}

#[tokio::test]
async fn i20_a_rater_is_told_where_the_newest_ticket_of_their_rating_stands() {
    let fixture = Fixture::new().await;
    let ((mine, act_id), (other, _)) = (rated(&fixture).await, rated(&fixture).await);
    assert_eq!(became(&fixture, &mine).await, None);
    let [first, second] = [(); 2].map(|()| Clock::System.new_id().to_string());
    let (at, later) = ("2026-03-02T02:00:00Z", "2026-03-05T02:00:00Z");
    let expected = |ticket_id: &str, state: TicketState, at: &str| RatingOutcome {
        ticket_id: ticket_id.to_owned(),
        state: state.into(),
        at: Some(to_wire(at.parse().unwrap())),
        ..RatingOutcome::default()
    };
    apply(&fixture, Body::TicketOpened(opened(&first, &act_id, at))).await;
    assert_eq!(became(&fixture, &mine).await, Some(expected(&first, TicketState::Opened, at)));
    apply(&fixture, stepped(&first, TicketState::Closed, later)).await;
    let closed = expected(&first, TicketState::Closed, later);
    assert_eq!(became(&fixture, &mine).await, Some(closed));
    // A further negative rating after closing opened another; then the first is followed up.
    apply(&fixture, Body::TicketOpened(opened(&second, &act_id, later))).await;
    apply(&fixture, stepped(&first, TicketState::Confirmed, later)).await;
    let anew = expected(&second, TicketState::Opened, later);
    assert_eq!(became(&fixture, &mine).await, Some(anew));
    assert_eq!(became(&fixture, &other).await, None, "and of nobody else's");
}

#[tokio::test]
async fn i20_what_facts_of_another_history_said_is_taken_back_and_an_earlier_ticket_stands_again() {
    let fixture = Fixture::new().await;
    let (mine, act_id) = rated(&fixture).await;
    let [first, second] = [(); 2].map(|()| Clock::System.new_id().to_string());
    let (at, later) = ("2026-03-02T02:00:00Z", "2026-03-05T02:00:00Z");
    let told = |position, body| Fact {
        position,
        fact_id: Clock::System.new_id().to_string(),
        producer: "ticketing".to_owned(),
        body: Some(body),
        ..Fact::default()
    };
    let kept = [
        told(1, Body::TicketOpened(opened(&first, &act_id, at))),
        told(2, stepped(&first, TicketState::Closed, at)),
    ];
    let phantom = told(3, Body::TicketOpened(opened(&second, &act_id, later)));
    let (consumer, store) = (fixture.intake.consumer(), &fixture.intake.store);
    let apply = async |facts: &[Fact]| {
        let txn = store.begin().await.unwrap();
        assert!(consumer.apply(&txn, facts).await.unwrap().left.is_empty());
        txn.commit().await.unwrap();
    };
    apply(&kept).await;
    apply(&[phantom]).await;
    assert_eq!(became(&fixture, &mine).await.unwrap().ticket_id, second);
    let txn = store.begin().await.unwrap();
    let forgotten = consumer.forget(&txn, "ticketing", 2).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(forgotten.words.len(), 1);
    let anew: Vec<Fact> =
        kept.iter().filter(|fact| consumer.concerns(fact, &forgotten.subjects)).cloned().collect();
    apply(&anew).await;
    let outcome = became(&fixture, &mine).await.unwrap();
    assert_eq!((&outcome.ticket_id, outcome.state()), (&first, TicketState::Closed));
}

#[tokio::test]
async fn i20_facts_that_come_together_leave_what_they_leave_one_by_one() {
    let fixture = Fixture::new().await;
    let mut became_of = Vec::new();
    for together in [false, true] {
        let (token, act_id) = rated(&fixture).await;
        let [first, second] = [(); 2].map(|()| Clock::System.new_id().to_string());
        let [at, later] = ["2026-03-02T02:00:00Z", "2026-03-05T02:00:00Z"];
        let anew = TicketOpened {
            opening: Some(ticket_opened::Opening::Rating(RatingOpening::default())),
            ..opened(&second, &act_id, later)
        };
        let closed = FollowUpOpened {
            ticket_id: second.clone(),
            closed_at: Some(to_wire(later.parse().unwrap())),
            required: true,
            sequence: 9,
            ..FollowUpOpened::default()
        };
        let bodies = [
            Body::TicketOpened(TicketOpened {
                opening: anew.opening.clone(),
                ..opened(&first, &act_id, at)
            }),
            stepped(&first, TicketState::Closed, at),
            Body::TicketOpened(anew),
            stepped(&first, TicketState::Assigned, at),
            stepped(&second, TicketState::Closed, later),
            stepped(&second, TicketState::Assigned, later),
            Body::FollowUpOpened(closed),
        ];
        let facts = bodies.into_iter().zip(1..).map(|(body, position)| Fact {
            position,
            producer: "ticketing".to_owned(),
            body: Some(body),
            ..Fact::default()
        });
        let facts: Vec<Fact> = facts.collect();
        for some in facts.chunks(if together { facts.len() } else { 1 }) {
            let txn = fixture.intake.store.begin().await.unwrap();
            let applied = fixture.intake.consumer().apply(&txn, some).await.unwrap();
            assert!(applied.left.is_empty());
            txn.commit().await.unwrap();
        }
        let became = became(&fixture, &token).await.unwrap();
        assert_eq!((&became.ticket_id, became.state()), (&second, TicketState::Closed));
        became_of.push(RatingOutcome { ticket_id: String::new(), ..became });
    }
    assert_eq!(became_of[0], became_of[1]);
    assert!(became_of[0].follow_up.is_some(), "{became_of:?}");
}

#[tokio::test]
async fn i20_t02_a_ticket_that_waits_for_the_authority_is_shown_so_from_its_beginning() {
    let fixture = Fixture::new().await;
    let (token, act_id) = rated(&fixture).await;
    let (ticket_id, at) = (Clock::System.new_id().to_string(), "2026-03-02T02:00:00Z");
    let received = TicketOpened {
        state: TicketState::Received.into(),
        opening: Some(ticket_opened::Opening::Rating(RatingOpening::default())),
        ..opened(&ticket_id, &act_id, at)
    };
    let unknown = TicketOpened { state: 99, ..received.clone() };
    let refused = try_apply(&fixture, Body::TicketOpened(unknown)).await;
    assert!(matches!(refused, Err(Obstacle::Unknown(_))), "{refused:?}");
    apply(&fixture, Body::TicketOpened(received)).await;
    assert_eq!(became(&fixture, &token).await.unwrap().state(), TicketState::Received);
}

#[tokio::test]
async fn i20_the_ticket_of_a_matter_is_no_ratings_and_what_means_nothing_is_set_aside() {
    let fixture = Fixture::new().await;
    let (token, act_id) = rated(&fixture).await;
    let ticket_id = Clock::System.new_id().to_string();
    let at = "2026-03-02T02:00:00Z";
    let of_matter = TicketOpened { matter_id: act_id.clone(), ..opened(&ticket_id, &act_id, at) };
    apply(&fixture, Body::TicketOpened(of_matter)).await;
    apply(&fixture, stepped(&ticket_id, TicketState::Assigned, at)).await;
    assert_eq!(became(&fixture, &token).await, None);
    for nothing in [
        Body::TicketOpened(TicketOpened::default()),
        Body::TicketOpened(opened("x", &act_id, at)),
        Body::TicketStepped(TicketStepped::default()),
        stepped("x", TicketState::Closed, at),
    ] {
        let refused = try_apply(&fixture, nothing).await;
        assert!(matches!(refused, Err(Obstacle::Broken(_))), "{refused:?}");
    }
}
