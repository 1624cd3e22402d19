//! What a terminal can show, and how long it waits on each screen.

use std::time::Duration;

use crate::{
    content::{
        Application, Case, Choices, Invitation, ItemCard, Rated, RatingToSend, Receipt,
        TouchedLevel, opinion::Answering, receipt::LookedUp,
    },
    devices::voice::Volume,
    flow::Effect,
    language::Language,
    service::Page,
};

/// What the terminal shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Screen {
    /// Waiting for a visitor.
    Attract,
    /// Fetching the items.
    Loading,
    /// The items to choose from.
    Items {
        /// The items.
        items: Vec<ItemCard>,
    },
    /// One item's guide.
    Guide {
        /// The item.
        item: ItemCard,
        /// What was filled in before, if the visitor comes from the form.
        entries: Vec<(String, String)>,
    },
    /// The form, with what was filled in before and what is wrong with it, if it was refused.
    Form {
        /// The item.
        item: ItemCard,
        /// What was filled in.
        entries: Vec<(String, String)>,
        /// What is wrong with which field.
        problems: Vec<(String, String)>,
        /// The field to go on with, if the visitor came to change that one.
        at: Option<String>,
    },
    /// All entries once more before they are sent.
    Confirm {
        /// The item.
        item: ItemCard,
        /// What was filled in.
        entries: Vec<(String, String)>,
    },
    /// The application is being sent.
    Submitting {
        /// The item.
        item: ItemCard,
        /// What is being sent.
        application: Application,
    },
    /// What became of the application: accepted, or done on the spot.
    Result {
        /// The case.
        case: Case,
    },
    /// The case is completed: the five faces are being fetched.
    Inviting {
        /// The invitation.
        invitation: Invitation,
    },
    /// Five faces, nothing preselected.
    Faces {
        /// The invitation.
        invitation: Invitation,
        /// The choices.
        choices: Choices,
        /// Whether the rating shall be kept from the public.
        private: bool,
    },
    /// Why; the level is touched and will be sent.
    Reasons(TouchedLevel),
    /// One of the item's questions.
    Question {
        /// The level touched, with what was said so far.
        given: TouchedLevel,
        /// Which question, from 0.
        at: usize,
    },
    /// The rating is being sent.
    Sending {
        /// What is being sent.
        rating: RatingToSend,
        /// What its rater is told.
        rated: Rated,
    },
    /// Done, with the receipt.
    Thanks {
        /// The receipt.
        receipt: Receipt,
        /// What was rated, and how.
        rated: Rated,
        /// What becomes of it, if it is negative.
        answering: Answering,
    },
    /// The code of a receipt is being typed, to look up what became of its rating.
    LookUp {
        /// What was typed.
        code: String,
        /// What is wrong with it; empty: nothing.
        problem: String,
    },
    /// What became of the rating is being fetched.
    LookingUp {
        /// The receipt's code.
        code: String,
    },
    /// What became of the rating.
    LookedUp {
        /// It.
        found: LookedUp,
    },
    /// The services refused, in their words.
    Refused {
        /// Why.
        words: String,
        /// 办件编号 of the case, which remains, if only its rating was refused.
        project_number: Option<String>,
    },
    /// The services do not admit this terminal; it tries again by itself.
    Closed {
        /// 办件编号 of the visitor's case, if there is one: the case remains.
        project_number: Option<String>,
        /// Whether the visitor's rating waits to be delivered.
        rated: bool,
    },
    /// The terminal was told that it serves nobody; it hears by itself when it does again.
    Stopped {
        /// Why, in Chinese.
        words: String,
    },
    /// A page of staff.
    Staff(Page),
    /// The services cannot be reached. A request is kept until it is sent or dropped; a rating is
    /// never dropped.
    Offline {
        /// What to repeat when the visitor asks for it.
        again: Effect,
        /// The screen it continues from.
        from: Box<Screen>,
    },
}

/// How the terminal suits its visitor, whatever it shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Comfort {
    /// Larger words and things to touch, fewer at a time (长辈版).
    pub elder: bool,
    /// High contrast.
    pub contrast: bool,
    /// Everything to touch lies low, for whoever sits (屏幕下移).
    pub lowered: bool,
    /// The screen asks for staff, so that they see it from afar.
    pub helping: bool,
    /// The language it speaks.
    pub language: Language,
    /// How loud it reads its pages out, if it has a voice.
    pub volume: Volume,
}

/// How a terminal is before anybody touches it, and how long it waits; as it was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usual {
    /// How it suits whoever comes.
    pub comfort: Comfort,
    /// How long it waits before it asks whether someone is still there; none: as long as each screen
    /// does by itself. So the next two.
    pub idle: Option<Duration>,
    /// How long it asks.
    pub warning: Option<Duration>,
    /// How long thanks stay.
    pub thanks: Option<Duration>,
}

/// How long a screen waits for a touch before [`Event::TimedOut`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How long it waits without a question.
    pub quiet: Duration,
    /// How long it then asks whether someone is still there; zero: it does not ask.
    pub asking: Duration,
}

impl Usual {
    /// How long a screen waits for a touch, where it was told.
    pub(crate) fn suits(&self, screen: &Screen, patience: Patience) -> Patience {
        let Patience { quiet, asking } = patience;
        if matches!(screen, Screen::Thanks { .. }) {
            return Patience { quiet: self.thanks.unwrap_or(quiet), asking };
        }
        // What ends without a question ends as soon as it does.
        match asking.is_zero() {
            true => patience,
            false => Patience {
                quiet: self.idle.unwrap_or(quiet),
                asking: self.warning.unwrap_or(asking),
            },
        }
    }
}

impl Screen {
    /// Whether nobody is being served.
    #[must_use]
    pub fn at_rest(&self) -> bool {
        matches!(self, Self::Attract | Self::Stopped { .. } | Self::Staff(Page::Register { .. }))
    }

    /// 办件编号 of the visitor's case, once there is one.
    #[must_use]
    pub fn project_number(&self) -> Option<&str> {
        match self {
            Self::Result { case } => Some(&case.project_number),
            Self::Inviting { invitation }
            | Self::Faces { invitation, .. }
            | Self::Reasons(TouchedLevel { invitation, .. })
            | Self::Question { given: TouchedLevel { invitation, .. }, .. } => {
                Some(&invitation.project_number)
            }
            Self::Sending { rated, .. } | Self::Thanks { rated, .. } => Some(&rated.project_number),
            Self::Refused { project_number, .. } | Self::Closed { project_number, .. } => {
                project_number.as_deref()
            }
            Self::Offline { from, .. } => from.project_number(),
            _ => None,
        }
    }

    /// How long this screen waits; none if it waits for the services, which answer in limited time,
    /// or for nobody.
    #[must_use]
    pub fn patience(&self) -> Option<Patience> {
        let (quiet, asking) = match self {
            // Long enough to see that it is done; then the faces come by themselves.
            Self::Result { case } if case.invitation.is_some() => (6, 0),
            // People read and type here, some slowly: the screen asks before anything is dropped.
            Self::Items { .. } | Self::Guide { .. } | Self::Confirm { .. } => (90, 30),
            Self::Form { .. } | Self::Result { .. } => (120, 30),
            // A good level is said with one touch: whoever gave it may have gone.
            Self::Reasons(given) if !given.level.is_negative() => (30, 0),
            Self::Faces { .. } | Self::Reasons(_) | Self::Question { .. } => (60, 30),
            // Long enough to write the code down.
            Self::Thanks { .. } => (60, 0),
            Self::Staff(Page::Pin { .. } | Page::Report { .. }) => (60, 0),
            Self::Refused { .. } | Self::LookUp { .. } | Self::LookedUp { .. } => (60, 0),
            Self::Offline { .. } => (60, 30),
            // After this time it asks again whether it is admitted.
            Self::Closed { .. } => (30, 0),
            Self::Attract
            | Self::Stopped { .. }
            | Self::Staff(Page::Register { .. })
            | Self::Loading
            | Self::Submitting { .. }
            | Self::Inviting { .. }
            | Self::LookingUp { .. }
            | Self::Sending { .. } => return None,
        };
        Some(Patience { quiet: Duration::from_secs(quiet), asking: Duration::from_secs(asking) })
    }
}
