//! The handling clock stands still while an appeal waits (申诉期间中止计时), where the profile says so
//! (`appeal_stops_clock`). What limits the handling is moved by the time that takes: the day of the
//! appeal does not count any more, the day on which the clock runs again does; working days where it
//! is counted in working days. What the Authority, a hotline or an upper platform waits for goes on.
//! What was missed before the appeal stays missed.
//!
//! A step taken meanwhile is taken on the deadlines of that day, and then the clock stands still
//! again.

use jiff::Timestamp;

use super::{CARRY_OUT_PLAN, Due, DueEnd, Dues, Group, Ticket, dues::EXTENSION};
use crate::{
    calendar::{Calendar, OutOfRange},
    deadline::{Deadline, Pause, day_of},
};

impl Ticket {
    /// Stops the clock of an open ticket. False if it stands still already, or if the ticket is over.
    pub fn stop_clock(&mut self, at: Timestamp) -> bool {
        if self.clock_stopped_at.is_some() || !self.state.is_open() {
            return false;
        }
        self.clock_stopped_at = Some(at);
        self.sequence += 1;
        true
    }

    /// Lets the clock run again. False if it runs.
    ///
    /// # Errors
    /// [`OutOfRange`] if a deadline now reaches a year without a known calendar; nothing is changed
    /// then.
    pub fn resume_clock(&mut self, at: Timestamp, calendar: &Calendar) -> Result<bool, OutOfRange> {
        if self.clock_stopped_at.is_none() {
            return Ok(false);
        }
        self.move_stopped(at, calendar)?;
        self.clock_stopped_at = None;
        self.sequence += 1;
        Ok(true)
    }

    /// Whether the clock of one of its deadlines stands still.
    #[must_use]
    pub fn stands_still(&self, due: &Due) -> bool {
        self.clock_stopped_at.is_some_and(|since| due.can_stop(since))
    }

    /// The next deadline of those whose clock runs; none if none is due.
    #[must_use]
    pub fn next_due(&self) -> Option<&Deadline> {
        let next = self.dues.running().filter(|due| !self.stands_still(due));
        next.map(|due| &due.deadline).min_by_key(|deadline| deadline.due_at)
    }

    /// When that is due.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        self.next_due().map(|deadline| deadline.due_at)
    }

    /// If the clock stands still, moves the deadlines by the time since then; it still stands still.
    pub(super) fn move_stopped(
        &mut self,
        at: Timestamp,
        calendar: &Calendar,
    ) -> Result<(), OutOfRange> {
        if let Some(since) = self.clock_stopped_at {
            self.dues.pause(since, at, calendar)?;
            self.clock_stopped_at = Some(at);
        }
        Ok(())
    }
}

impl Dues {
    fn pause(
        &mut self,
        since: Timestamp,
        at: Timestamp,
        calendar: &Calendar,
    ) -> Result<(), OutOfRange> {
        let pause = Pause { from: day_of(since), until: day_of(at) };
        let mut anew: Vec<(usize, Deadline)> = Vec::new();
        for (n, due) in self.0.iter().enumerate().filter(|(_, due)| due.can_stop(since)) {
            let rule = &due.deadline.rule;
            let named = rule.subject == CARRY_OUT_PLAN || rule.event == EXTENSION;
            anew.extend(due.deadline.paused(pause, named, calendar)?.map(|moved| (n, moved)));
        }
        for (n, deadline) in anew {
            let moved = DueEnd::Moved { to: self.0.len(), at };
            let end = std::mem::replace(&mut self.0[n].end, moved);
            self.0.push(Due { deadline, end });
        }
        Ok(())
    }
}

impl Due {
    /// Whether it limits the handling, runs, and was not missed when the clock was stopped.
    fn can_stop(&self, since: Timestamp) -> bool {
        let groups = [Group::Start, Group::Contact, Group::Fix, Group::CarryOut, Group::FeedBack];
        let handling = groups.into_iter().any(|group| self.is_of(group));
        handling && self.runs() && !self.is_missed(since)
    }
}
