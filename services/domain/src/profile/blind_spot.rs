//! What the facts on record cannot show of a rule, and so no report of [`crate::simulate`].

/// Why a rule changes nothing in a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BlindSpot {
    /// Screens opening and staff asking leave no fact.
    Prompts,
    /// Messages sent leave no fact.
    Messages,
    /// The words on a screen and the answers to its questions are in no fact.
    Words,
    /// A rating is of a service act, and facts name its staff, window, hall and terminal, but not
    /// which of them it is of.
    Objects,
    /// A service nobody was invited to rate leaves no fact.
    Invitations,
    /// Reviews of texts leave no fact.
    Reviews,
    /// Facts know no class but clear, complex and without legal basis, and no plan or new date.
    Classes,
    /// Facts do not tell who acted, nor by which way.
    Offices,
    /// Exclusions leave no fact.
    Exclusions,
    /// Appeals leave no fact.
    Appeals,
    /// It binds the organisation and no single rating or ticket.
    Organisation,
}
