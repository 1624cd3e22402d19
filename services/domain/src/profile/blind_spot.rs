//! What facts cannot show about a rule, so that no report of [`crate::simulate`] shows it.

/// Why a rule changes nothing in a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BlindSpot {
    /// Screens opening and staff asking leave no fact.
    Prompts,
    /// Messages sent leave no fact.
    Messages,
    /// The words on a screen and the answers to its questions are not in facts.
    Words,
    /// A rating is of a service act. Facts name its staff, window, hall and terminal, but not which
    /// of them the rater meant.
    Objects,
    /// A service without an invitation leaves no fact.
    Invitations,
    /// Reviews of texts are not replayed: they change no rating.
    Reviews,
    /// Facts know no class but clear, complex and without legal basis, and no plan or new date.
    Classes,
    /// Facts do not show who acted, nor in which way.
    Offices,
    /// Exclusions are not replayed: under other rules the same people would decide otherwise.
    Exclusions,
    /// Appeals are not replayed: under other rules others would appeal.
    Appeals,
    /// It binds the organisation, not a single rating or ticket.
    Organisation,
}
