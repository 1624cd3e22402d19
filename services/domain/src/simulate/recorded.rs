//! The input of a simulation: the facts of running services, in any order.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};

use crate::{
    codes::RegionCode,
    id::{ActId, CaseId, RatingId, TicketId},
    level::Level,
    rating::{Origin, ServiceAct},
    ticket::Finding,
};

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// A case was accepted.
    CaseAccepted {
        /// The case.
        case: CaseId,
        /// When.
        at: Timestamp,
    },
    /// A case was completed.
    CaseCompleted {
        /// The case.
        case: CaseId,
        /// When.
        at: Timestamp,
    },
    /// A service act can be rated.
    Invited {
        /// The act.
        act: ServiceAct,
        /// The last day on which it can be; none without a window.
        closes_on: Option<Date>,
    },
    /// An active rating was received.
    Rated {
        /// The act rated.
        act: ServiceAct,
        /// The rating.
        rating: RecordedRating,
    },
    /// A ticket was opened.
    Opened {
        /// The act rated.
        act: ServiceAct,
        /// The ticket.
        ticket: TicketId,
        /// How.
        opening: Opening,
    },
    /// A ticket took a step.
    Stepped {
        /// The ticket.
        ticket: TicketId,
        /// Which step of it, from 1.
        sequence: u32,
        /// The step.
        step: RecordedStep,
    },
}

/// A rating that its rater gave, here or on paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedRating {
    /// Identity.
    pub id: RatingId,
    /// Where it comes from.
    pub origin: Origin,
    /// The level.
    pub level: Level,
    /// When it was received.
    pub received_at: Timestamp,
    /// When it was given ([`Origin::given_at`]): this orders it among others.
    pub given_at: Timestamp,
    /// How many reason tags it carries.
    pub tags: usize,
    /// Whether it carries a text.
    pub has_text: bool,
    /// Whether it is kept from the public.
    pub private: bool,
    /// Whether the rater is known by name.
    pub real_name: bool,
}

/// How a ticket was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The rating that opened it.
    pub rating: RatingId,
    /// When.
    pub at: Timestamp,
    /// Whether the rater is known by name.
    pub real_name: bool,
}

/// A step of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordedStep {
    /// The state it led to.
    pub state: RecordedState,
    /// The finding, once there is one.
    pub finding: Option<Finding>,
    /// When.
    pub at: Timestamp,
    /// Whether it is a follow-up.
    pub followed_up: bool,
}

/// The states of a ticket, without their data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordedState {
    /// 待指派: it began again, after an unsatisfied follow-up or a negative rating after the answer.
    Opened,
    /// 已指派.
    Assigned,
    /// 已回访核实.
    Contacted,
    /// 已核实.
    Verified,
    /// 已反馈解决办法.
    SolutionFedBack,
    /// 已整改.
    Rectified,
    /// 已反馈.
    FedBack,
    /// 审核通过.
    Accepted,
    /// 已办结.
    Closed,
    /// 已确认.
    Confirmed,
    /// Another state, which no deadline of a profile knows.
    Beside,
}

/// All records. Adding a record twice changes nothing; nor does the order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    pub(super) acts: BTreeMap<ActId, RecordedAct>,
    pub(super) cases: BTreeMap<CaseId, RecordedCase>,
    pub(super) ratings: BTreeMap<(ActId, RatingId), RecordedRating>,
    pub(super) tickets: BTreeMap<TicketId, RecordedTicket>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RecordedAct {
    pub(super) act: ServiceAct,
    pub(super) given: RecordedWindow,
}

/// The window that was given; the greater holds more information.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RecordedWindow {
    /// The invitation is not on record.
    NotTold,
    /// It never closes.
    Unlimited,
    /// Until the end of a day.
    Until(Date),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RecordedCase {
    pub(super) accepted_at: Option<Timestamp>,
    pub(super) completed_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RecordedTicket {
    /// The act and how it was opened, once that is known.
    pub(super) opened: Option<(ActId, Opening)>,
    pub(super) steps: BTreeMap<u32, RecordedStep>,
}

impl Records {
    /// Adds a record.
    pub fn learn(&mut self, record: Record) {
        match record {
            Record::CaseAccepted { case, at } => {
                self.cases.entry(case).or_default().accepted_at = Some(at);
            }
            Record::CaseCompleted { case, at } => {
                self.cases.entry(case).or_default().completed_at = Some(at);
            }
            Record::Invited { act, closes_on } => {
                self.meet(act, closes_on.map_or(RecordedWindow::Unlimited, RecordedWindow::Until));
            }
            Record::Rated { act, rating } => {
                self.ratings.insert((act.id, rating.id), rating);
                self.meet(act, RecordedWindow::NotTold);
            }
            Record::Opened { act, ticket, opening } => {
                self.tickets.entry(ticket).or_default().opened = Some((act.id, opening));
                self.meet(act, RecordedWindow::NotTold);
            }
            Record::Stepped { ticket, sequence, step } => {
                self.tickets.entry(ticket).or_default().steps.insert(sequence, step);
            }
        }
    }

    /// Keeps the records of a region and below it.
    pub fn keep_region(&mut self, region: &RegionCode) {
        self.acts.retain(|_, known| {
            RegionCode::parse(&known.act.region_code)
                .is_ok_and(|code| code == *region || code.ancestors().any(|above| above == *region))
        });
        let acts = &self.acts;
        self.ratings.retain(|(act, _), _| acts.contains_key(act));
        self.tickets.retain(|_, ticket| {
            ticket.opened.as_ref().is_some_and(|(act, _)| acts.contains_key(act))
        });
    }

    /// The profiles its acts are bound to, each once, as `id@version`.
    pub fn policies(&self) -> impl Iterator<Item = &str> {
        let named: std::collections::BTreeSet<&str> =
            self.acts.values().map(|known| known.act.policy.as_str()).collect();
        named.into_iter()
    }

    fn meet(&mut self, act: ServiceAct, given: RecordedWindow) {
        let known = self.acts.entry(act.id).or_insert(RecordedAct { act, given });
        known.given = known.given.max(given);
    }
}
