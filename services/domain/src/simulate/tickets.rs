//! Tickets under two profiles: deadlines and whether they were met, follow-ups, reviews.
//! [`crate::ticket`] starts the same deadlines when a ticket opens and when it takes a step.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{
    Change, DeadlineEnd, Fold, Gap, Outcome, Under,
    acts::Window,
    recorded::{Opening, RecordedState, RecordedStep, RecordedTicket},
};
use crate::{
    calendar::{Calendar, OutOfRange},
    id::{ActId, TicketId},
    profile::{Event, Percent, Profile},
    ticket::Finding,
};

/// One opening of a ticket: from its rating, or from an unsatisfied follow-up, to the next one.
#[derive(Clone, Copy, Debug)]
struct Round {
    /// Which, from 1.
    number: u32,
    started_at: Timestamp,
    assigned_at: Option<Timestamp>,
    contacted_at: Option<Timestamp>,
    verified: Option<(Timestamp, Finding)>,
    solution_fed_back_at: Option<Timestamp>,
    rectified_at: Option<Timestamp>,
    fed_back_at: Option<Timestamp>,
    accepted: bool,
    closed_at: Option<Timestamp>,
    followed_up_at: Option<Timestamp>,
}

/// What shows that a deadline was kept.
#[derive(Clone, Copy)]
enum Proof {
    /// The act itself; without it, it was not done.
    Act(Option<Timestamp>),
    /// A later act that needs it.
    LaterAct(Option<Timestamp>),
}

/// The deadlines that cannot be checked, since no fact holds their class.
const UNCLASSED: [&str; 2] = ["fix_simple", "feed_back_simple"];

impl Fold<'_> {
    /// Folds one ticket.
    pub(super) fn ticket<'p>(
        &mut self,
        id: TicketId,
        ticket: &RecordedTicket,
        windows: &BTreeMap<ActId, Under<Window>>,
        old: &impl Fn(&str) -> Option<&'p Profile>,
        calendars: &BTreeMap<&str, Calendar>,
    ) {
        let Some((act, opening)) = ticket.opened else {
            let began = ticket.steps.values().any(|step| step.at < self.until);
            if began {
                self.report.gap(Gap::OpeningNotTold);
            }
            return;
        };
        if opening.at >= self.until {
            return;
        }
        let recorded = self.recorded;
        let rating = recorded.ratings.get(&(act, opening.rating));
        let (Some(known), Some(rating)) = (recorded.acts.get(&act), rating) else {
            self.report.gap(Gap::OpeningNotTold);
            return;
        };
        // Without windows the act itself was left out, which the report already shows.
        let Some(windows) = windows.get(&act) else { return };
        let region = known.act.region_code.as_str();
        let (Some(old), Some(calendar)) = (old(&known.act.policy), calendars.get(region)) else {
            return;
        };
        if (1..).zip(ticket.steps.keys()).any(|(n, sequence)| n != *sequence) {
            self.report.gap(Gap::StepNotTold);
            return;
        }
        self.report.counts.tickets += 1;
        let received_at = rating.received_at;
        let late =
            Under { old: windows.old.is_past(received_at), new: windows.new.is_past(received_at) };
        self.report.counts.tickets_too_late.add(late);
        let unclassed = [old, self.new].iter().any(|profile| {
            let classed = |act: &&str| profile.deadline(act).is_some();
            UNCLASSED.iter().any(classed) || profile.first_contact.is_some()
        });
        if unclassed {
            self.report.gap(Gap::ClassNotTold);
        }
        let steps = ticket.steps.values().filter(|step| step.at < self.until);
        for round in rounds(received_at, steps) {
            self.deadlines(id, &opening, &round, Under { old, new: self.new }, calendar);
            self.closing(id, &opening, &round, Under { old, new: self.new });
        }
    }

    fn deadlines(
        &mut self,
        ticket: TicketId,
        opening: &Opening,
        round: &Round,
        profiles: Under<&Profile>,
        calendar: &Calendar,
    ) {
        for (subject, proof) in round.proofs() {
            let mut due = |profile| {
                let due = round.due(subject, proof, profile, opening, calendar, self.until);
                self.known(due).flatten()
            };
            let due = Under { old: due(profiles.old), new: due(profiles.new) };
            for (due, new) in [(due.old, false), (due.new, true)] {
                let Some(due) = due else { continue };
                let counts = self.report.counts.deadlines.entry(subject).or_default();
                if new { counts.new.add(due.outcome) } else { counts.old.add(due.outcome) }
            }
            if due.differs() {
                let opening = round.number;
                self.report.changes.push(Change::Deadline { ticket, opening, subject, due });
            }
        }
    }

    /// What closing needs: the Authority's acceptance before, a follow-up after.
    fn closing(
        &mut self,
        ticket: TicketId,
        opening: &Opening,
        round: &Round,
        profiles: Under<&Profile>,
    ) {
        if round.closed_at.is_none() {
            return;
        }
        let done = round.followed_up_at.is_some();
        let share = |profile: &Profile| profile.follow_up_percent.value != Percent::ALL;
        if share(profiles.old) || share(profiles.new) {
            self.report.gap(Gap::ShareNotTold);
        }
        let due = Under {
            old: follow_up_due(opening, profiles.old),
            new: follow_up_due(opening, profiles.new),
        };
        let counts = &mut self.report.counts;
        for (due, count) in
            [(due.old, &mut counts.follow_ups.old), (due.new, &mut counts.follow_ups.new)]
        {
            count.due += u64::from(due);
            count.done += u64::from(due && done);
        }
        let opening = round.number;
        if due.differs() {
            self.report.changes.push(Change::FollowUp { ticket, opening, due, done });
        }
        let unreviewed =
            |profile: &Profile| profile.result_reviewed_by_authority.value && !round.accepted;
        let against = Under { old: unreviewed(profiles.old), new: unreviewed(profiles.new) };
        self.report.counts.closed_unreviewed.add(against);
        if against.differs() {
            self.report.changes.push(Change::Unreviewed { ticket, opening, against });
        }
    }
}

/// Whether a closed ticket must be followed up, unless chance decides it.
fn follow_up_due(opening: &Opening, profile: &Profile) -> bool {
    profile.follow_up_percent.value == Percent::ALL
        && profile.follow_up.value.whom.covers(opening.real_name)
}

impl Round {
    fn begin(number: u32, started_at: Timestamp) -> Self {
        Self {
            number,
            started_at,
            assigned_at: None,
            contacted_at: None,
            verified: None,
            solution_fed_back_at: None,
            rectified_at: None,
            fed_back_at: None,
            accepted: false,
            closed_at: None,
            followed_up_at: None,
        }
    }

    /// The acts that have a deadline in this opening, and what shows that they were done.
    fn proofs(&self) -> Vec<(&'static str, Proof)> {
        let mut proofs = Vec::new();
        if self.number == 1 {
            // Somebody was assigned, so it had been passed on and the procedure had started.
            let started = Proof::LaterAct(self.assigned_at);
            proofs.extend([("dispatch", started), ("start_handling", started)]);
        }
        let (rectified, fed_back) = (Proof::Act(self.rectified_at), Proof::Act(self.fed_back_at));
        match self.verified {
            None | Some((_, Finding::Clear)) => {
                proofs.extend([("fix_clear", rectified), ("feed_back_clear", fed_back)]);
            }
            Some((_, finding @ (Finding::Simple | Finding::Complex))) => {
                if self.number == 1 {
                    proofs.push(("first_contact", Proof::Act(self.contacted_at)));
                }
                proofs.extend(match finding {
                    Finding::Simple => [("fix_simple", rectified), ("feed_back_simple", fed_back)],
                    _ => [("fix_complex", rectified), ("feed_back_complex", fed_back)],
                });
            }
            Some((_, Finding::NoLegalBasis)) => proofs.push(("feed_back_clear", fed_back)),
        }
        if self.closed_at.is_some() {
            proofs.push(("follow_up_within", Proof::Act(self.followed_up_at)));
        }
        proofs
    }

    /// A deadline under one profile; none if the profile sets none or the event did not happen.
    fn due(
        &self,
        subject: &str,
        proof: Proof,
        profile: &Profile,
        opening: &Opening,
        calendar: &Calendar,
        until: Timestamp,
    ) -> Result<Option<DeadlineEnd>, OutOfRange> {
        let Some(rule) = profile.deadline(subject) else { return Ok(None) };
        if subject == "follow_up_within" && !follow_up_due(opening, profile) {
            return Ok(None);
        }
        let found_true = self.verified.filter(|(_, finding)| *finding != Finding::NoLegalBasis);
        let events = [
            (Event::RatingReceived, Some(self.started_at)),
            (Event::FoundTrue, found_true.map(|(at, _)| at)),
            (Event::TicketClosed, self.closed_at),
        ];
        let from = events.into_iter().find(|(event, _)| event.starts(rule)).and_then(|(_, at)| at);
        let Some(from) = from else { return Ok(None) };
        let due = rule.due(from, calendar)?;
        // Where the document limits no rectification, the solution is what is fed back in time.
        let solution = self
            .solution_fed_back_at
            .filter(|_| subject == "feed_back_complex" && profile.fix_complex.is_none());
        let proof = match (proof, solution) {
            (Proof::Act(_), Some(at)) => Proof::Act(Some(at)),
            (proof, _) => proof,
        };
        let (done_at, conclusive) = match proof {
            Proof::Act(done_at) => (done_at, true),
            Proof::LaterAct(done_at) => (done_at, false),
        };
        let outcome = match done_at {
            Some(done_at) if !due.is_past(done_at) => Outcome::Met,
            _ if !due.is_past(until) => Outcome::Running,
            _ if conclusive => Outcome::Missed,
            _ => Outcome::NotTold,
        };
        Ok(Some(DeadlineEnd { due_on: due.due_on, provisional: due.provisional, outcome }))
    }
}

/// A ticket's openings, from its steps in order.
fn rounds<'s>(received_at: Timestamp, steps: impl Iterator<Item = &'s RecordedStep>) -> Vec<Round> {
    let mut rounds = Vec::new();
    let mut round = Round::begin(1, received_at);
    for step in steps {
        let first = |at: &mut Option<Timestamp>| _ = at.get_or_insert(step.at);
        if step.followed_up {
            first(&mut round.followed_up_at);
        }
        match step.state {
            RecordedState::Opened => {
                let next = Round::begin(round.number + 1, step.at);
                rounds.push(std::mem::replace(&mut round, next));
            }
            RecordedState::Assigned => first(&mut round.assigned_at),
            RecordedState::Contacted => first(&mut round.contacted_at),
            RecordedState::Verified => {
                if let Some(finding) = step.finding {
                    round.verified.get_or_insert((step.at, finding));
                }
            }
            RecordedState::SolutionFedBack => first(&mut round.solution_fed_back_at),
            RecordedState::Rectified => first(&mut round.rectified_at),
            RecordedState::FedBack => first(&mut round.fed_back_at),
            RecordedState::Accepted => round.accepted = true,
            RecordedState::Closed => first(&mut round.closed_at),
            RecordedState::Confirmed | RecordedState::Beside => {}
        }
    }
    rounds.push(round);
    rounds
}
