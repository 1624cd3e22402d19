//! A terminal that stands at a window and does nothing but ask for ratings (窗口评价器, I19). It
//! sleeps until something there can be rated, and sleeps again when it is rated, or gone. While it
//! sleeps its screen is the attract screen's; from the faces on it is a visit like any other.

use std::time::Duration;

use super::{Effect, Event, Shown, invited, visitor};
use crate::{
    content::{Invitation, TouchedLevel},
    screen::{Patience, Screen},
    window::{Lost, Matter, News, Place},
};

/// How long the screen rests between two citizens, so that nobody takes the next one's faces for
/// their own.
const REST: Duration = Duration::from_secs(2);
/// How long whoever is done, or overtaken by the next citizen, may go on without a touch, and is
/// then asked.
const OVERTAKEN: Duration = Duration::from_secs(10);

/// Whether the window is being watched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Link {
    /// Not yet.
    #[default]
    Connecting,
    /// It is.
    Watching,
    /// It is not, and why.
    Lost(Lost),
}

/// What an evaluator knows of its window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Post {
    /// Whether it is being watched.
    pub link: Link,
    /// Where it is.
    pub place: Place,
    /// What can be rated there now.
    pub matter: Option<Matter>,
    /// The token that the screen woke for last: nobody is asked twice, though they may ask.
    offered: Option<String>,
    /// The token that was rated here last. The services may not know it yet.
    rated: Option<String>,
}

impl Post {
    /// Whether the screen has not woken yet for what can be rated.
    fn wakes(&self) -> bool {
        let offered = self.offered.as_deref();
        self.matter.as_ref().is_some_and(|matter| Some(matter.token.as_str()) != offered)
    }

    fn hears(&mut self, matter: Option<Matter>) {
        let rated = self.rated.as_deref();
        self.link = Link::Watching;
        self.matter = matter.filter(|matter| Some(matter.token.as_str()) != rated);
    }

    /// Whether the matter on a screen is the one at the window.
    fn is_at(&self, invitation: &Invitation) -> bool {
        self.matter.as_ref().is_some_and(|matter| matter.token == invitation.token)
    }

    /// How long a screen waits for a touch, if it waits for less than it would elsewhere.
    pub(super) fn patience(&self, screen: &Screen) -> Option<Patience> {
        let overtaken = match screen {
            Screen::Attract if self.wakes() => {
                return Some(Patience { quiet: REST, asking: Duration::ZERO });
            }
            // What they wrote goes along when they leave, so they are asked first.
            Screen::Reasons(TouchedLevel { invitation, .. })
            | Screen::Question { given: TouchedLevel { invitation, .. }, .. } => {
                !self.is_at(invitation)
            }
            Screen::Thanks { .. } | Screen::Refused { .. } | Screen::Offline { .. } => self.wakes(),
            _ => false,
        };
        let usual = screen.patience().filter(|_| overtaken)?;
        let quiet = usual.quiet.min(OVERTAKEN);
        Some(Patience { quiet, asking: usual.asking.min(OVERTAKEN) })
    }
}

/// What an event does at a window.
pub(super) fn turn(shown: Shown, mut post: Post, event: Event) -> (Shown, Option<Effect>) {
    let asleep = shown.screen == Screen::Attract;
    let (shown, effect) = match event {
        Event::Window(news) => {
            match news {
                News::Shows(matter) => post.hears(matter),
                News::Stands(place) => post.place = place,
                News::Lost(lost) => {
                    post.link = Link::Lost(lost);
                    if matches!(lost, Lost::NoWindow | Lost::NotAdmitted) {
                        post.place = Place::default();
                    }
                    // Nobody says any more when the next citizen comes. Faces that are shown have
                    // their own time.
                    if asleep {
                        post.matter = None;
                    }
                }
            }
            let watching = post.link == Link::Watching;
            match open(&shown.screen) {
                Some(invitation) if watching && !post.is_at(invitation) => {
                    visitor(shown, Event::Left)
                }
                None if asleep && post.wakes() => wake(shown, &mut post),
                _ => (shown, None),
            }
        }
        // Nobody else begins anything here.
        Event::Started if asleep => wake(shown, &mut post),
        Event::LookUpTouched | Event::Scanned(_) if asleep => (shown, None),
        Event::TimedOut if asleep && post.wakes() => {
            let comfort = shown.usual.comfort;
            wake(Shown { comfort, ..shown }, &mut post)
        }
        // There are no items to ask for; the window says whether the terminal is admitted again.
        Event::RetryTouched | Event::TimedOut if matches!(shown.screen, Screen::Closed { .. }) => {
            visitor(shown, Event::Left)
        }
        event => visitor(shown, event),
    };
    if let Some(Effect::Rate(rating) | Effect::Deliver(rating)) = &effect {
        post.rated = Some(rating.token.clone());
        let matter = post.matter.take();
        post.matter = matter.filter(|matter| matter.token != rating.token);
    }
    (Shown { post: Some(post), ..shown }, effect)
}

/// The invitation of a screen on which nothing is touched yet.
fn open(screen: &Screen) -> Option<&Invitation> {
    match screen {
        Screen::Inviting { invitation } | Screen::Faces { invitation, .. } => Some(invitation),
        Screen::Offline { from, .. } => open(from),
        _ => None,
    }
}

/// Wakes for what can be rated at the window; what it is called there (办件编号) nobody says.
fn wake(shown: Shown, post: &mut Post) -> (Shown, Option<Effect>) {
    let Some(Matter { token, .. }) = &post.matter else { return (shown, None) };
    post.offered = Some(token.clone());
    let (screen, effect) =
        invited(Invitation { project_number: String::new(), token: token.clone() });
    (Shown { screen, ..shown }, effect)
}
