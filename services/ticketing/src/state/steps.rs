//! Where steps of tickets wait for the transaction that takes them: see `app::ticket::together`.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use domain::ticket::TicketStep;
use platform::{auth::Officer, request::RequestKey};
use proto::ticketing::v1::{Ticket, step};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::error::{Error, TicketError};

/// How many steps may wait; more are refused at once.
const QUEUE: usize = 4_096;
/// How many steps one transaction takes at most.
const TOGETHER: usize = 64;

/// A step that an officer asks for.
#[derive(Clone, Debug)]
pub(crate) struct AskedStep {
    pub(crate) key: RequestKey,
    pub(crate) by: Officer,
    pub(crate) ticket_id: Uuid,
    /// How many steps the officer saw.
    pub(crate) seen: Option<u32>,
    pub(crate) step: TicketStep,
    /// The same, as it is kept.
    pub(crate) act: step::Act,
    /// The trace that its facts carry.
    pub(crate) traceparent: String,
}

/// The ticket after the step, or why not.
pub(crate) type Answer = Result<Ticket, Error>;

/// A step, and the caller that waits for it.
pub(crate) struct WaitingStep {
    pub(crate) asked: AskedStep,
    pub(crate) answer: oneshot::Sender<Answer>,
}

/// The steps that wait, in the order of their arrival.
#[derive(Clone, Default)]
pub(crate) struct Steps(Arc<Mutex<Queue>>);

#[derive(Default)]
struct Queue {
    waiting: VecDeque<WaitingStep>,
    /// Whether somebody takes them out.
    taken_care_of: bool,
}

impl Steps {
    /// Puts a step in; with the turn to take them out, if nobody has it.
    ///
    /// # Errors
    /// If too many wait.
    pub(crate) fn put(&self, step: WaitingStep) -> Result<Option<Turn>, Error> {
        let mut queue = self.lock();
        // One ticket does not keep the others' steps out.
        let of_ticket = |one: &&WaitingStep| one.asked.ticket_id == step.asked.ticket_id;
        let many = queue.waiting.iter().filter(of_ticket).count() >= TOGETHER;
        if many || queue.waiting.len() >= QUEUE {
            return Err(TicketError::QueueFull.into());
        }
        queue.waiting.push_back(step);
        if std::mem::replace(&mut queue.taken_care_of, true) {
            return Ok(None);
        }
        Ok(Some(Turn { steps: self.clone(), over: false }))
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The turn to take steps out, until none waits. If it is lost before, the steps that wait are given
/// up, and the next one begins a new turn.
pub(crate) struct Turn {
    steps: Steps,
    over: bool,
}

impl Turn {
    /// The next steps that can be taken together: of each ticket the first that waits. None: the
    /// turn is over.
    pub(crate) fn next(&mut self) -> Option<Vec<WaitingStep>> {
        let mut queue = self.steps.lock();
        let (mut tickets, mut next) = (HashSet::new(), Vec::new());
        let mut later = VecDeque::new();
        for step in std::mem::take(&mut queue.waiting) {
            let room = next.len() < TOGETHER;
            match room && tickets.insert(step.asked.ticket_id) {
                true => next.push(step),
                false => later.push_back(step),
            }
        }
        queue.waiting = later;
        if next.is_empty() {
            queue.taken_care_of = false;
            self.over = true;
            return None;
        }
        Some(next)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.over {
            let mut queue = self.steps.lock();
            queue.taken_care_of = false;
            queue.waiting.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{AGENCY, REGION, principal},
    };

    use super::*;

    fn waiting(ticket: u128) -> (WaitingStep, oneshot::Receiver<Answer>) {
        let of_agency = Caller::Handler { region: REGION.to_owned(), agency: AGENCY.to_owned() };
        let asked = AskedStep {
            key: RequestKey { key: [0; 16], body: [0; 16] },
            by: principal("handler", of_agency),
            ticket_id: Uuid::from_u128(ticket),
            seen: None,
            step: TicketStep::Close,
            act: step::Act::Closing(proto::ticketing::v1::Closing {}),
            traceparent: String::new(),
        };
        let (answer, taken) = oneshot::channel();
        (WaitingStep { asked, answer }, taken)
    }

    fn tickets(turn: &mut Turn) -> Option<Vec<u128>> {
        let next = turn.next()?;
        Some(next.iter().map(|step| step.asked.ticket_id.as_u128()).collect())
    }

    #[test]
    fn t02_steps_of_one_ticket_come_one_after_the_other_and_a_bound_number_together() {
        let steps = Steps::default();
        let mut turn = steps.put(waiting(1).0).unwrap().unwrap();
        for ticket in [2, 1, 1] {
            assert!(steps.put(waiting(ticket).0).unwrap().is_none(), "there is one turn");
        }
        assert_eq!(tickets(&mut turn), Some(vec![1, 2]));
        assert_eq!(tickets(&mut turn), Some(vec![1]));
        assert_eq!(tickets(&mut turn), Some(vec![1]));
        for ticket in 0..=TOGETHER as u128 {
            assert!(steps.put(waiting(ticket).0).unwrap().is_none());
        }
        assert_eq!(tickets(&mut turn).unwrap().len(), TOGETHER);
        assert_eq!(tickets(&mut turn).unwrap().len(), 1);
        assert_eq!(tickets(&mut turn), None);
        assert!(steps.put(waiting(1).0).unwrap().is_some(), "the next one has a new turn");
    }

    #[test]
    fn t02_a_turn_that_is_lost_gives_up_who_waits_and_the_next_begins_another() {
        let steps = Steps::default();
        let turn = steps.put(waiting(1).0).unwrap().unwrap();
        let (step, mut taken) = waiting(2);
        assert!(steps.put(step).unwrap().is_none());
        drop(turn);
        assert!(matches!(taken.try_recv(), Err(oneshot::error::TryRecvError::Closed)));
        // A turn that is over takes nothing of the next one's.
        let mut over = steps.put(waiting(3).0).unwrap().unwrap();
        assert_eq!(tickets(&mut over), Some(vec![3]));
        assert_eq!(tickets(&mut over), None);
        let mut next = steps.put(waiting(4).0).unwrap().unwrap();
        drop(over);
        assert!(steps.put(waiting(5).0).unwrap().is_none());
        assert_eq!(tickets(&mut next), Some(vec![4, 5]));
    }

    #[test]
    fn t02_more_steps_than_can_be_taken_soon_are_refused_at_once() {
        let steps = Steps::default();
        let _turn = steps.put(waiting(0).0).unwrap();
        for ticket in 1..QUEUE {
            steps.put(waiting(ticket as u128).0).unwrap();
        }
        let refused = steps.put(waiting(0).0).err().unwrap().to_string();
        assert_eq!(refused, "too many steps are waiting to be taken");
        // Those of one ticket leave room for the others'.
        let steps = Steps::default();
        let _turn = steps.put(waiting(1).0).unwrap();
        for _ in 1..TOGETHER {
            steps.put(waiting(1).0).unwrap();
        }
        assert!(steps.put(waiting(1).0).is_err());
        assert!(steps.put(waiting(2).0).is_ok());
    }
}
