//! What a rater's own answer does to the ticket, whatever came first.

use platform::{facts::consume::Consumer as _, testing::AGENCY};
use proto::{
    fact::v1::{FollowUpEnded, FollowUpOpened},
    ticketing::v1::{Means, Ticket},
    r#type::v1::{Level, TicketState},
};

use super::*;
use crate::rpc::testing::{Fixture, follow_up, handler, running, to_closed};

/// The follow-up of a ticket that was just closed.
async fn opened(fixture: &Fixture) -> FollowUpOpened {
    let told = fixture.told().await.into_iter().rev();
    let mut opened = told.filter_map(|body| match body {
        Body::FollowUpOpened(opened) => Some(opened),
        _ => None,
    });
    opened.next().unwrap()
}

fn ended(told: &[Body]) -> Vec<FollowUpEnded> {
    let ended = told.iter().filter_map(|body| match body {
        Body::FollowUpEnded(ended) => Some(ended.clone()),
        _ => None,
    });
    ended.collect()
}

fn answers(opened: &FollowUpOpened, satisfied: bool) -> Body {
    Body::FollowUpAnswered(FollowUpAnswered {
        ticket_id: opened.ticket_id.clone(),
        closed_at: opened.closed_at,
        satisfied,
        at: Some(to_wire("2026-03-03T02:00:00Z".parse().unwrap())),
    })
}

impl Fixture {
    async fn closed(&self) -> (Ticket, FollowUpOpened) {
        let id = self.ticket().await;
        let ticket = self.steps(&id, to_closed()).await;
        (ticket, opened(self).await)
    }

    async fn say(&self, opened: &FollowUpOpened, satisfied: bool) -> Vec<Body> {
        self.try_apply(answers(opened, satisfied)).await.unwrap()
    }

    async fn seen(&self, ticket: &Ticket) -> Ticket {
        self.read(handler(AGENCY), &ticket.ticket_id).await.unwrap()
    }
}

#[tokio::test]
async fn t06_a_closed_ticket_says_what_is_asked_of_its_follow_up_and_so_does_its_fact() {
    let fixture = Fixture::new().await;
    let (ticket, opened) = fixture.closed().await;
    let due = ticket.follow_up_due.clone().unwrap();
    assert!(due.required && due.by_authority);
    assert!(due.means().any(|means| means == Means::Phone));
    assert_eq!((opened.required, opened.sampled), (due.required, due.sampled));
    assert_eq!(opened.ticket_id, ticket.ticket_id);
    assert_eq!((opened.sequence, opened.closed_at), (8, ticket.steps[0].at));
    let district = Fixture::under("district-2-5-15").await;
    let id = district.ticket().await;
    let dispatch =
        proto::ticketing::v1::Dispatch { agency_id: AGENCY.to_owned(), ..Default::default() };
    let mut steps = vec![Act::Dispatch(dispatch)];
    steps.extend(
        to_closed().into_iter().filter(|step| !matches!(step, Act::Report(_) | Act::Acceptance(_))),
    );
    let ticket = district.steps(&id, steps).await;
    assert_eq!(running(&ticket), ["follow_up_within 2026-03-09"]);
    assert_eq!(self::opened(&district).await.due_on, "2026-03-09");
}

#[tokio::test]
async fn t06_a_rater_who_says_so_confirms_or_reopens_the_ticket_once() {
    for (satisfied, state) in [(true, TicketState::Confirmed), (false, TicketState::Opened)] {
        let fixture = Fixture::new().await;
        let (ticket, opened) = fixture.closed().await;
        fixture.at("2026-03-03T03:00:00Z");
        let told = fixture.say(&opened, satisfied).await;
        let [Body::TicketStepped(stepped), Body::FollowUpEnded(ended)] = told.as_slice() else {
            panic!("{told:?}")
        };
        assert_eq!((stepped.state(), stepped.sequence), (state, 9));
        assert_eq!((stepped.followed_up, stepped.began_again), (true, !satisfied));
        let by_rater = (ended.by_rater, ended.satisfied, ended.required, ended.closed_at);
        assert_eq!(by_rater, (true, satisfied, true, opened.closed_at));
        let seen = fixture.seen(&ticket).await;
        assert_eq!((seen.state(), seen.step_count, seen.follow_up_due.clone()), (state, 9, None));
        let last = seen.steps.last().unwrap();
        let act = Act::FollowUpAnswer(FollowUpAnswer { satisfied });
        assert_eq!((last.by.as_str(), &last.act), ("", &Some(act)));
        // From the day on which the rater said so.
        let last = running(&seen).last().map(|due| due.ends_with("2026-03-10"));
        assert_eq!(last, (!satisfied).then_some(true), "{:?}", running(&seen));
        for again in [satisfied, true] {
            assert!(fixture.say(&opened, again).await.is_empty(), "told again, applied once");
        }
        assert_eq!(fixture.seen(&ticket).await, seen);
    }
}

#[tokio::test]
async fn t06_an_officer_who_was_quicker_does_not_silence_a_dissatisfied_rater() {
    let fixture = Fixture::new().await;
    let (ticket, opened) = fixture.closed().await;
    let id = &ticket.ticket_id;
    let recorded = fixture.step(id, follow_up(true)).await.unwrap();
    assert_eq!(recorded.state(), TicketState::Confirmed);
    let (stepped, more) = fixture.last_step().await;
    assert!(stepped.followed_up);
    let [ended]: [FollowUpEnded; 1] = ended(&more).try_into().unwrap();
    assert_eq!((ended.by_rater, ended.satisfied, ended.closed_at), (false, true, opened.closed_at));
    fixture.say(&opened, false).await;
    assert_eq!(fixture.seen(&ticket).await.state(), TicketState::Opened);
    // An officer's record of the opposite reopened it already: that stands.
    let (ticket, opened) = fixture.closed().await;
    let reopened = fixture.step(&ticket.ticket_id, follow_up(false)).await.unwrap();
    for satisfied in [true, false] {
        assert!(fixture.say(&opened, satisfied).await.is_empty());
    }
    assert_eq!(fixture.seen(&ticket).await.step_count, reopened.step_count);
    // So does the next closing: the old answer is not one to it.
    fixture.at("2026-03-04T02:00:00Z");
    fixture.steps(&ticket.ticket_id, to_closed()).await;
    assert!(fixture.say(&opened, false).await.is_empty());
    assert_eq!(fixture.seen(&ticket).await.state(), TicketState::Closed);
    let opened = self::opened(&fixture).await;
    assert_eq!(fixture.say(&opened, true).await.len(), 2);
}

#[tokio::test]
async fn t06_t17_a_dissatisfied_rater_whose_act_has_an_open_ticket_is_handled_there() {
    let fixture = Fixture::new().await;
    let act_id = fixture.ticketing.shell.clock.new_id();
    let first = fixture.rating(act_id, Level::VeryDissatisfied);
    let told = fixture.apply(&first).await;
    let [Body::TicketOpened(one)] = told.as_slice() else { panic!("{told:?}") };
    let closed = fixture.steps(&one.ticket_id, to_closed()).await;
    let opened = opened(&fixture).await;
    let told = fixture.apply(&fixture.rating(act_id, Level::Dissatisfied)).await;
    let [Body::TicketOpened(other)] = told.as_slice() else { panic!("{told:?}") };
    let told = fixture.say(&opened, false).await;
    let [Body::TicketStepped(stepped), _, Body::TicketLinked(linked)] = told.as_slice() else {
        panic!("{told:?}")
    };
    assert_eq!(stepped.state(), TicketState::Linked);
    let both = (linked.ticket_id.as_str(), linked.main_ticket_id.as_str());
    assert_eq!(both, (one.ticket_id.as_str(), other.ticket_id.as_str()));
    assert_eq!(fixture.seen(&closed).await.main_ticket_id, other.ticket_id);
}

#[tokio::test]
async fn t06_answers_to_what_is_not_here_are_passed_over_and_broken_ones_are_set_aside() {
    let fixture = Fixture::new().await;
    let nowhere = FollowUpOpened {
        ticket_id: Uuid::nil().to_string(),
        closed_at: Some(to_wire("2026-03-02T02:00:00Z".parse().unwrap())),
        ..FollowUpOpened::default()
    };
    assert!(fixture.say(&nowhere, false).await.is_empty());
    let broken = FollowUpOpened { closed_at: None, ..nowhere };
    assert!(fixture.try_apply(answers(&broken, false)).await.is_err());
}

#[tokio::test]
async fn t06_an_answer_of_another_history_is_taken_back_and_the_follow_up_is_due_again() {
    let fixture = Fixture::new().await;
    let (consumer, store) = (fixture.ticketing.consumer(), &fixture.ticketing.store);
    let apply = async |position: u64, body: Body| {
        let fact_id = fixture.ticketing.shell.clock.new_id().to_string();
        let (producer, body) = ("intake".to_owned(), Some(body));
        let fact = Fact { position, fact_id, producer, body, ..Fact::default() };
        let txn = store.begin().await.unwrap();
        let told = consumer.apply(&txn, &[fact]).await.unwrap().told;
        txn.commit().await.unwrap();
        told
    };
    let (content, first) = fixture.closed().await;
    let (upset, second) = fixture.closed().await;
    apply(7, answers(&first, true)).await;
    apply(8, answers(&second, false)).await;
    let trace = consumer.last_trace(store, "intake", 8).await.unwrap().unwrap();
    assert_eq!(trace.position, 8);
    let forget = async |after| {
        let txn = store.begin().await.unwrap();
        let forgotten = consumer.forget(&txn, "intake", after).await.unwrap();
        txn.commit().await.unwrap();
        forgotten
    };
    assert!(forget(8).await.told.is_empty(), "what both histories have stays");
    let forgotten = forget(6).await;
    let [Body::TicketStepped(stepped), Body::FollowUpOpened(again)] = forgotten.told.as_slice()
    else {
        panic!("{:?}", forgotten.told)
    };
    assert_eq!((stepped.state(), stepped.sequence), (TicketState::Closed, 10));
    assert_eq!((again.closed_at, again.sequence), (first.closed_at, 10));
    let due = |words: &String| words.ends_with("is to be followed up again");
    assert_eq!(forgotten.words.iter().filter(|words| due(words)).count(), 1);
    let seen = fixture.seen(&content).await;
    assert_eq!(seen.state(), TicketState::Closed);
    assert!(seen.follow_up_due.is_some());
    // Who was dissatisfied is being handled again already.
    assert_eq!(fixture.seen(&upset).await.state(), TicketState::Opened);
    assert_eq!(apply(7, answers(&first, true)).await.len(), 2, "and it can be answered again");
}

#[tokio::test]
async fn t06_cj_4_1_a_sampled_ticket_says_so_and_by_which_means_its_rater_is_asked() {
    let fixture = Fixture::new().await;
    let mut rating = fixture.rating(fixture.ticketing.shell.clock.new_id(), Level::Dissatisfied);
    rating.real_name = false;
    let policy = rating.act.as_ref().unwrap().policy.clone();
    let told = fixture.apply(&rating).await;
    let [Body::TicketOpened(opened)] = told.as_slice() else { panic!("{told:?}") };
    let id = TicketId(opened.ticket_id.parse().unwrap());
    let mut steps = to_closed();
    let closing = steps.pop().unwrap();
    fixture.steps(&opened.ticket_id, steps).await;
    // A moment of closing at which the lot falls on it.
    let first: Timestamp = "2026-03-02T02:00:00Z".parse().unwrap();
    let at = (0..10_000)
        .map(|n| first + jiff::SignedDuration::from_micros(n))
        .find(|at| {
            let tenth = domain::profile::Percent::TENTH;
            domain::ticket::drawn("satisfaction_sample", &policy, id, *at, tenth)
        })
        .unwrap();
    fixture.at(&at.to_string());
    let closed = fixture.step(&opened.ticket_id, closing).await.unwrap();
    let due = closed.follow_up_due.clone().unwrap();
    assert_eq!((due.required, due.sampled, due.by_authority), (false, true, true));
    assert_eq!(due.means().collect::<Vec<_>>(), [Means::Phone, Means::Sms, Means::Online]);
    assert_eq!(fixture.seen(&closed).await.follow_up_due, Some(due));
    let Act::FollowUp(mut asked) = follow_up(true) else { panic!("a follow-up") };
    asked.means = Means::InPerson.into();
    let refused = fixture.step(&opened.ticket_id, Act::FollowUp(asked)).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    fixture.step(&opened.ticket_id, follow_up(true)).await.unwrap();
    let (_, more) = fixture.last_step().await;
    let [ended]: [FollowUpEnded; 1] = ended(&more).try_into().unwrap();
    assert_eq!((ended.required, ended.sampled, ended.satisfied), (false, true, true));
}

#[tokio::test]
async fn p03_satisfaction_with_the_handling_is_counted_from_the_facts_alone() {
    let fixture = Fixture::new().await;
    for (by_rater, satisfied) in [(false, true), (true, true), (true, false)] {
        let (ticket, opened) = fixture.closed().await;
        match by_rater {
            true => drop(fixture.say(&opened, satisfied).await),
            false => {
                let step = follow_up(satisfied);
                fixture.step(&ticket.ticket_id, step).await.unwrap();
            }
        }
    }
    let silent = fixture.closed().await.0;
    let Act::FollowUp(mut asked) = follow_up(false) else { panic!("a follow-up") };
    asked.not_reached = true;
    fixture.step(&silent.ticket_id, Act::FollowUp(asked)).await.unwrap();
    let ended = ended(&fixture.told().await);
    let satisfied = ended.iter().filter(|ended| ended.satisfied).count();
    assert_eq!((satisfied, ended.len()), (2, 3), "whoever was not reached said nothing");
    assert!(ended.iter().all(|ended| ended.required && ended.closed_at.is_some()));
}
