//! Focus (重点对象与集中问题): key targets (T12), concentrated problems (T13) and measures about staff
//! (T19). A look of every month compares all of them. Statistics only propose; a person of the Authority decides, and each record is a state
//! machine whose refusals say why.

mod complaints;
mod concentration;
mod key_target;
mod look;
mod problem;
mod ranks;
mod staff_measure;

use jiff::{Timestamp, civil::Date};

use crate::{
    deadline::day_of,
    profile::Office,
    ticket::MAX_NOTE_CHARS,
    violation::{Violations, identifier, plain_text},
};

pub use complaints::{BEFORE_DAYS, ComplaintCount, Complaints};
pub use concentration::{
    Concentration, EXCESS_PERCENT, Improvement, MIN_RATINGS, REPEATED_TIMES, SIGNIFICANCE, Sample,
    Verdict, WINDOW_DAYS, Window, improvement, upper_tail,
};
pub use key_target::{KeyTarget, TargetCommand, TargetState};
pub use look::{LOOKS, Look};
pub use problem::{Problem, ProblemCommand, ProblemState};
pub use ranks::{BOTTOM_CHANCE, BottomRank, LastingBottom, RANKED_MONTHS, lasting_bottom, ranked};
pub use staff_measure::{
    MeasureCommand, MeasureOutcome, MeasureState, StaffMeasure, VerifiedFindings,
};

/// Why a record refuses a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The command is wrong in itself.
    #[error(transparent)]
    Malformed(#[from] Violations),
    /// The state, or the profile, does not allow it.
    #[error("what is {from} cannot {command}")]
    State {
        /// Its state.
        from: &'static str,
        /// The command.
        command: &'static str,
        /// Why, in Chinese.
        zh: &'static str,
    },
    /// This command belongs to the other office.
    #[error("to {command} is {owner}'s")]
    Office {
        /// The command.
        command: &'static str,
        /// The office it belongs to.
        owner: &'static str,
    },
    /// Nobody takes part in what is about themselves.
    #[error("to {command} is not for whom it is about")]
    Concerned {
        /// The command.
        command: &'static str,
    },
}

/// Nobody takes part in what is about themselves: `about` is whoever it concerns, none if it is no
/// person.
///
/// # Errors
/// [`Refusal::Concerned`].
pub fn impartial(command: &'static str, by: &str, about: Option<&str>) -> Result<(), Refusal> {
    // It is the same person with a further blank or in other letter case.
    let same = about.is_some_and(|about| about.trim().eq_ignore_ascii_case(by.trim()));
    if same { Err(Refusal::Concerned { command }) } else { Ok(()) }
}

fn only(owner: Office, office: Office, command: &'static str) -> Result<(), Refusal> {
    if owner == office {
        return Ok(());
    }
    let owner = match owner {
        Office::HandlingAgency => "the handling agency",
        Office::Authority => "the Authority",
    };
    Err(Refusal::Office { command, owner })
}

/// Collects what is wrong with a command's content.
struct Content {
    wrong: Violations,
    today: Date,
}

impl Content {
    fn at(at: Timestamp) -> Self {
        Self { wrong: Violations::default(), today: day_of(at) }
    }

    /// A text that must say something.
    fn text(&mut self, field: &str, text: &str) -> &mut Self {
        self.wrong.take(field, plain_text(text, MAX_NOTE_CHARS));
        self.wrong.require(!text.trim().is_empty(), field, "must be filled in");
        self
    }

    /// The number of a document, or the identity of somebody.
    fn name(&mut self, field: &str, name: &str) -> &mut Self {
        self.wrong.require(!name.trim().is_empty(), field, "must be filled in");
        self.wrong.take(field, identifier(name));
        self
    }

    /// A day to come.
    fn until(&mut self, field: &str, day: Date) -> &mut Self {
        self.wrong.require(day >= self.today, field, "lies in the past");
        self
    }

    /// A day that is over or running.
    fn on(&mut self, field: &str, day: Date) -> &mut Self {
        self.wrong.require(day <= self.today, field, "lies in the future");
        self
    }

    fn finish(&mut self) -> Result<(), Violations> {
        std::mem::take(&mut self.wrong).finish(())
    }
}
