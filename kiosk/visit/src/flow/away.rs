//! While the services cannot be reached: what is waited for, and what goes on.

use super::{Effect, Event, deliver, step};
use crate::screen::Screen;

/// Events while the services are away: a late answer is handled as if they had never been away.
pub(super) fn offline(again: Effect, from: Screen, event: Event) -> (Screen, Option<Effect>) {
    match (from, event) {
        (from, Event::RetryTouched) => (from, Some(again)),
        (from, Event::RetryDue) => {
            let effect = Some(again.clone());
            (Screen::Offline { again, from: Box::new(from) }, effect)
        }
        (from, Event::WentAway) => {
            let later = retries_by_itself(&from).then_some(Effect::RetryLater);
            (Screen::Offline { again, from: Box::new(from) }, later)
        }
        (Screen::Sending { rating, .. }, Event::Left | Event::TimedOut) => deliver(rating),
        (_, Event::Left | Event::TimedOut) => (Screen::Attract, None),
        (
            from,
            event @ (Event::ItemsCame(_)
            | Event::LookedUp(_)
            | Event::Accepted(_)
            | Event::Completed(_)
            | Event::ChoicesCame(_)
            | Event::Rated(_)
            | Event::Kept
            | Event::NotKept(_)
            | Event::Refused(..)
            | Event::NotAdmitted),
        ) => step(from, event),
        (from, _) => (Screen::Offline { again, from: Box::new(from) }, None),
    }
}

/// Whether a screen's request is repeated without a touch. An application is not: it must not be
/// accepted, and rated by someone else, after its applicant has left.
pub(super) fn retries_by_itself(screen: &Screen) -> bool {
    !matches!(screen, Screen::Submitting { .. })
}

/// What a screen is waiting for.
pub(super) fn pending(screen: &Screen) -> Option<Effect> {
    match screen {
        Screen::Loading => Some(Effect::FetchItems),
        Screen::Submitting { application, .. } => Some(Effect::Submit(application.clone())),
        Screen::Result { case } if case.invitation.is_some() => None,
        Screen::Result { case } => Some(Effect::AwaitCompletion(case.id.clone())),
        Screen::Inviting { invitation } => Some(Effect::FetchChoices(invitation.token.clone())),
        Screen::Sending { rating, .. } => Some(Effect::Rate(rating.clone())),
        Screen::LookingUp { code } => Some(Effect::LookUp(code.clone())),
        Screen::Attract
        | Screen::LookUp { .. }
        | Screen::LookedUp { .. }
        | Screen::Items { .. }
        | Screen::Guide { .. }
        | Screen::Form { .. }
        | Screen::Confirm { .. }
        | Screen::Faces { .. }
        | Screen::Reasons(_)
        | Screen::Question { .. }
        | Screen::Thanks { .. }
        | Screen::Refused { .. }
        | Screen::Closed { .. }
        | Screen::Stopped { .. }
        | Screen::Staff(_)
        | Screen::Offline { .. } => None,
    }
}
