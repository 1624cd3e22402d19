//! What opens a ticket.

use jiff::civil::Date;

/// What opened a ticket: four things, and no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// A negative rating (差评).
    Rating {
        /// True if the rater is known by name (实名).
        real_name: bool,
    },
    /// A complaint or a public review (投诉建议、社会各界综合点评).
    Matter {
        /// True if who said it is known by name.
        real_name: bool,
        /// The last day that the hotline it came by allows for handling and reply (T18).
        hotline_due_on: Option<Date>,
    },
    /// A notice passed down by an upper platform (转办“差评”通报单, T16).
    UpperNotice {
        /// The last day that the notice names.
        due_on: Option<Date>,
    },
    /// A problem that a supervision survey found (监督查评, I18): nobody waits for an answer.
    Problem,
}

impl Opening {
    /// Whether who is to be answered is known by name.
    #[must_use]
    pub fn real_name(self) -> bool {
        match self {
            Self::Rating { real_name } | Self::Matter { real_name, .. } => real_name,
            // The upper platform knows its rater.
            Self::UpperNotice { .. } => true,
            Self::Problem => false,
        }
    }
}
