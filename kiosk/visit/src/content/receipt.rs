//! What a receipt code leads to: the rating, and what became of it; no person and no words.

use domain::level::Level;

/// A rating as whoever has its code may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookedUp {
    /// Its level.
    pub level: Level,
    /// The day it was given, ISO 8601, Asia/Shanghai.
    pub given_on: String,
    /// Whether it is the one that counts; false if a later one took its place.
    pub stands: bool,
    /// What became of it, if it opened a ticket.
    pub became: Option<Became>,
}

/// Where the ticket of a negative rating stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Became {
    /// How far it is.
    pub progress: Progress,
    /// Who handles it; empty if not known by name.
    pub agency_name: String,
    /// The last day of what is due next, ISO 8601; empty if nothing is.
    pub next_due_on: String,
}

/// How far a ticket is, as a rater sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Progress {
    /// Open, and not yet looked into (已立案).
    Opened,
    /// Being looked into and put right (核实整改).
    Handled,
    /// The rater was told the result (已反馈).
    FedBack,
    /// Ended (已办结).
    Closed,
    /// It counts nowhere, so nothing is to be done (不予计入).
    Annulled,
}
