//! The agencies beside the lead that have a part in a ticket (协办, T20): those whom the case names,
//! and those whom a dispatch names.

use super::{MAX_PARTICIPANTS, Part};

impl Part {
    /// The parts of the agencies that a case names, the lead's aside; each once, and at most as many
    /// as a ticket takes.
    ///
    /// ```
    /// use domain::ticket::Part;
    /// let named = ["652301-a01", "652301-a08", "652301-a08"].map(str::to_owned);
    /// let parts = Part::of_case("652301-a01", named);
    /// assert_eq!(parts.len(), 1);
    /// assert!(parts[0].agency == "652301-a08" && !parts[0].answered);
    /// ```
    #[must_use]
    pub fn of_case(lead: &str, named: impl IntoIterator<Item = String>) -> Vec<Self> {
        let mut parts: Vec<Self> = Vec::new();
        for agency in named {
            if agency != lead && parts.iter().all(|part| part.agency != agency) {
                parts.push(Self { agency, answered: false });
            }
        }
        parts.truncate(MAX_PARTICIPANTS);
        parts
    }
}

/// Whom a dispatch to a lead gives a part: those it names, and those whom the case names: an officer
/// need not know a package by heart.
#[must_use]
pub fn dispatched_to(lead: &str, named: &[String], of_case: Vec<String>) -> Vec<String> {
    let mut all = named.to_vec();
    for part in Part::of_case(lead, of_case) {
        if all.len() < MAX_PARTICIPANTS && !all.contains(&part.agency) {
            all.push(part.agency);
        }
    }
    all
}
