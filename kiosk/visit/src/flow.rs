//! The visit as a pure state machine: screen × event → screen + effects. Every screen is a state,
//! failures included; a timeout is an event like any other. Going back to the attract screen drops
//! everything the visitor entered, except a level once touched: one touch is enough for a good one,
//! and a bad one must not be lost more easily. Ids come in with the events; this file makes none.

use std::{ops::ControlFlow, time::Duration};

use domain::level::Level;

use crate::{
    content::{
        Application, Case, Choices, Field, Invitation, ItemCard, RatingToSend, Receipt,
        opinion::{Feedback, Reasons, Ticket},
        receipt::LookedUp,
    },
    devices::{
        printer::{Outcome, Printing},
        slip::Slip,
    },
    fleet::Admission,
    form,
    language::Language,
    screen::{Comfort, Patience, Screen, Usual},
    service::{self, Touch, Work},
    window::News,
};

mod away;
pub mod evaluator;
mod fleet;
mod look_up;
mod rating;
mod slip;

use away::{offline, pending, retries_by_itself};
use evaluator::Post;

/// An event of a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Someone touched the attract screen.
    Started,
    /// The visitor wants to know what became of a rating.
    LookUpTouched,
    /// The code of a receipt was typed.
    CodeGiven(String),
    /// What became of the rating.
    LookedUp(LookedUp),
    /// The items have arrived.
    ItemsCame(Vec<ItemCard>),
    /// An item was chosen, by its code.
    ItemChosen(String),
    /// The visitor wants to apply.
    ApplyTouched,
    /// The form was filled in.
    FormFilled(Vec<(String, String)>),
    /// The visitor wants to see the guide again; the form as it is.
    FormPutAside(Vec<(String, String)>),
    /// The visitor wants to change one entry, by its field.
    EntryTouched(String),
    /// The visitor confirmed; the id is the request's.
    Confirmed(String),
    /// The application was accepted.
    Accepted(Case),
    /// The case was completed; the token is its invitation's.
    Completed(String),
    /// The visitor wants to rate what was done on the spot.
    RateTouched,
    /// The choices have arrived.
    ChoicesCame(Choices),
    /// The rating shall be kept from the public, or no longer.
    PrivateToggled,
    /// A face was touched; the id is the request's.
    LevelChosen(Level, String),
    /// The reasons were given, and the rating shall be sent.
    ReasonsGiven(Reasons),
    /// The visitor left the reasons, or touched nothing for the screen's time; the reasons so far.
    ReasonsLeft(Reasons),
    /// The visitor is willing to answer the item's questions; the reasons so far.
    QuestionsTouched(Reasons),
    /// The question on the screen was answered; empty: it is left open.
    Answered(String),
    /// The visitor answers no more, and the rating shall be sent; what stands at the question on the
    /// screen.
    AnswersGiven(String),
    /// The visitor left the questions, or touched nothing for the screen's time; the same.
    AnswersLeft(String),
    /// The rating is durable.
    Rated(Receipt),
    /// Until when a negative rating is answered.
    FeedbackCame(Feedback),
    /// The ticket of a negative rating is open.
    TicketCame(Ticket),
    /// The rating is durable on this terminal, which delivers it when the services can be reached.
    Kept,
    /// The services cannot be reached, and the terminal cannot keep the rating either: what its
    /// rater is told. It is tried again as long as the program runs.
    NotKept(String),
    /// The services refused: their words, and what is wrong with which field.
    Refused(String, Vec<(String, String)>),
    /// The services cannot be reached.
    WentAway,
    /// The services do not admit this terminal.
    NotAdmitted,
    /// The visitor wants the screen's slip.
    PrintTouched,
    /// A scanner read something.
    Scanned(String),
    /// What became of a slip.
    SlipCame(Slip, Outcome),
    /// The visitor wants to try again.
    RetryTouched,
    /// It is time for an automatic retry.
    RetryDue,
    /// One step back.
    BackTouched,
    /// The visitor leaves.
    Left,
    /// The visitor wants someone to come and help, or does not any more.
    HelpToggled,
    /// Larger, or as it was (长辈版).
    ElderToggled,
    /// High contrast, or as it was.
    ContrastToggled,
    /// Everything to touch lower on the screen, or as it was (屏幕下移).
    LoweredToggled,
    /// The page shall be read out again.
    RepeatTouched,
    /// It shall be read out more loudly, or less, or not at all.
    VolumeTouched,
    /// The screen asks whether someone is still there.
    AskedStillThere {
        /// Whether leaving sends a rating.
        rates: bool,
    },
    /// The visitor chose a language.
    LanguageChosen(Language),
    /// Something on a page of staff.
    Staff(Touch),
    /// Whether the terminal serves, as far as it knows now.
    Stands(Admission),
    /// How the terminal is from now on when nobody is there.
    Configured(Usual),
    /// Nobody touched anything for the screen's time.
    TimedOut,
    /// What an evaluator hears of its window.
    Window(News),
}

/// What a screen asks to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Fetch the items.
    FetchItems,
    /// Submit the application.
    Submit(Application),
    /// Wait for the case's completion.
    AwaitCompletion(String),
    /// Fetch the choices.
    FetchChoices(String),
    /// Keep the rating as it is so far, and send nothing of it yet: its rater may say more.
    Keep(RatingToSend),
    /// Forget what was kept under this request: its rater takes the level back.
    Withdraw(String),
    /// Submit the rating, whose rater waits for the receipt.
    Rate(RatingToSend),
    /// Submit the rating in the background, while other visitors come, until it is kept or refused
    /// for good: its rater has left.
    Deliver(RatingToSend),
    /// Ask until when a negative rating is answered that was received at this time, in microseconds
    /// since 1970.
    AskFeedback(i64),
    /// Wait for the ticket of the rating with this receipt code.
    AwaitTicket(String),
    /// Look up what became of the rating with this receipt code.
    LookUp(String),
    /// Do what a page of staff asks for.
    Staff(Work),
    /// Print a slip.
    Print(Slip),
    /// Send [`Event::RetryDue`] after a while.
    RetryLater,
}

/// What the terminal shows, and how it suits its visitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// What.
    pub screen: Screen,
    /// How.
    pub comfort: Comfort,
    /// How it is when nobody is there.
    pub usual: Usual,
    /// What it knows of its window, if it is an evaluator.
    pub post: Option<Post>,
    /// What became of the screen's slip.
    pub printing: Printing,
}

impl Shown {
    /// A terminal that waits for a visitor.
    #[must_use]
    pub fn new() -> Self {
        let (comfort, usual) = (Comfort::default(), Usual::default());
        let printing = Printing::default();
        Self { screen: Screen::Attract, comfort, usual, post: None, printing }
    }

    /// An evaluator that has not heard of its window yet.
    #[must_use]
    pub fn at_a_window() -> Self {
        Self { post: Some(Post::default()), ..Self::new() }
    }

    /// How long it waits for a touch; none: for ever.
    #[must_use]
    pub fn patience(&self) -> Option<Patience> {
        // Somebody chose how it should look, or called for help, and went away.
        let changed = self.screen == Screen::Attract && self.comfort != self.usual.comfort;
        let tried = changed.then_some(Patience { quiet: TRIED, asking: Duration::ZERO });
        let here = self.post.as_ref().and_then(|post| post.patience(&self.screen));
        let elsewhere =
            || self.screen.patience().map(|patience| self.usual.suits(&self.screen, patience));
        let patience = here.or_else(elsewhere).or(tried);
        if self.comfort.helping {
            // Someone has to come through the hall.
            return patience
                .map(|patience| Patience { quiet: HELP.max(patience.quiet), ..patience });
        }
        patience
    }
}

impl Default for Shown {
    fn default() -> Self {
        Self::new()
    }
}

/// How long a visitor waits for help before a screen asks whether they are still there.
const HELP: Duration = Duration::from_secs(300);
/// How long the attract screen looks as somebody chose who did not begin.
const TRIED: Duration = Duration::from_secs(30);

/// Handles one event of a terminal. How it suits a visitor lasts as long as the visit: the next one
/// finds it as it was.
#[must_use]
pub fn turn(mut shown: Shown, event: Event) -> (Shown, Option<Effect>) {
    match shown.post.take() {
        Some(post) => evaluator::turn(shown, post, event),
        None => visitor(shown, event),
    }
}

fn visitor(shown: Shown, event: Event) -> (Shown, Option<Effect>) {
    let Shown { screen, mut comfort, mut usual, post, printing } = shown;
    if let Some((printing, effect)) = slip::step(&screen, printing, &event) {
        return (Shown { screen, comfort, usual, post, printing }, effect);
    }
    match event {
        Event::ElderToggled => comfort.elder = !comfort.elder,
        Event::ContrastToggled => comfort.contrast = !comfort.contrast,
        Event::LoweredToggled => comfort.lowered = !comfort.lowered,
        Event::VolumeTouched => comfort.volume = comfort.volume.next(),
        Event::HelpToggled => comfort.helping = !comfort.helping,
        Event::LanguageChosen(language) => comfort.language = language,
        Event::Configured(now) => {
            // Whoever is choosing how it should look goes on.
            if comfort == usual.comfort {
                comfort = now.comfort;
            }
            usual = now;
        }
        event => {
            let confirmed = matches!(event, Event::Confirmed(_));
            let leaves = matches!(event, Event::Left | Event::TimedOut);
            let began = screen != Screen::Attract;
            let was_closed = matches!(screen, Screen::Closed { .. });
            let slip = Slip::of(&screen);
            let (mut screen, mut effect) = step(screen, event);
            // Once for all: whatever is sent again says the same.
            if confirmed
                && comfort.language != Language::default()
                && let Screen::Submitting { application, .. } = &mut screen
                && let Some(Effect::Submit(sent)) = &mut effect
            {
                comfort.language.tag().clone_into(&mut application.language);
                application.language.clone_into(&mut sent.language);
            }
            // Staff read Chinese, whatever visitors are offered first.
            if matches!(screen, Screen::Staff(_)) {
                comfort.language = Language::Chinese;
            }
            if screen == Screen::Attract && (began || leaves) || was_closed && leaves {
                comfort = usual.comfort;
            }
            let same = Slip::of(&screen) == slip;
            let printing = if same { printing } else { Printing::default() };
            return (Shown { screen, comfort, usual, post, printing }, effect);
        }
    }
    (Shown { screen, comfort, usual, post, printing }, None)
}

/// Handles one event on a screen; an event without meaning on a screen leaves it as it is.
#[must_use]
pub fn step(screen: Screen, event: Event) -> (Screen, Option<Effect>) {
    let (screen, event) = match rating::step(screen, event) {
        ControlFlow::Break(handled) => return handled,
        ControlFlow::Continue(other) => other,
    };
    let (screen, event) = match look_up::step(screen, event) {
        ControlFlow::Break(handled) => return handled,
        ControlFlow::Continue(other) => other,
    };
    let (screen, event) = match service::step(screen, event) {
        ControlFlow::Break(handled) => return handled,
        ControlFlow::Continue(other) => other,
    };
    let (screen, event) = match fleet::step(screen, event) {
        ControlFlow::Break(handled) => return handled,
        ControlFlow::Continue(other) => other,
    };
    match (screen, event) {
        (Screen::Attract, Event::Started) => (Screen::Loading, Some(Effect::FetchItems)),
        (Screen::Loading, Event::ItemsCame(items)) => (Screen::Items { items }, None),
        (Screen::Items { items }, Event::ItemChosen(code)) => {
            match items.iter().find(|item| item.code == code) {
                Some(item) => (Screen::Guide { item: item.clone(), entries: Vec::new() }, None),
                None => (Screen::Items { items }, None),
            }
        }
        (Screen::Guide { item, entries }, Event::ApplyTouched) => {
            (Screen::Form { item, entries, problems: Vec::new(), at: None }, None)
        }
        (Screen::Guide { .. }, Event::BackTouched) => (Screen::Loading, Some(Effect::FetchItems)),
        (Screen::Form { item, .. }, Event::FormFilled(entries)) => {
            let problems = form::problems(&item.form, &entries);
            if problems.is_empty() {
                (Screen::Confirm { item, entries }, None)
            } else {
                (Screen::Form { item, entries, problems, at: None }, None)
            }
        }
        (Screen::Form { item, .. }, Event::FormPutAside(entries)) => {
            (Screen::Guide { item, entries }, None)
        }
        (Screen::Confirm { item, entries }, Event::BackTouched) => {
            (Screen::Form { item, entries, problems: Vec::new(), at: None }, None)
        }
        (Screen::Confirm { item, entries }, Event::EntryTouched(field)) => {
            (Screen::Form { item, entries, problems: Vec::new(), at: Some(field) }, None)
        }
        (Screen::Confirm { item, entries }, Event::Confirmed(request_id)) => {
            let item_code = item.code.clone();
            let language = String::new();
            let application = Application { request_id, item_code, entries, language };
            let effect = Effect::Submit(application.clone());
            (Screen::Submitting { item, application }, Some(effect))
        }
        (Screen::Submitting { .. }, Event::Accepted(case)) => accepted(case),
        (Screen::Submitting { item, application }, Event::Refused(words, wrong)) => {
            let problems = hints(&item, &wrong);
            if problems.is_empty() {
                (Screen::Refused { words, project_number: None }, None)
            } else {
                let entries = application.entries;
                (Screen::Form { item, entries, problems, at: None }, None)
            }
        }
        // The rating screen opens by itself: nobody has to ask for it, and nobody can prevent it
        // (I19).
        (Screen::Result { case }, Event::Completed(token)) => {
            invited(Invitation { project_number: case.project_number, token })
        }
        // What was done on the spot is seen first.
        (Screen::Result { case }, Event::RateTouched | Event::TimedOut)
            if case.invitation.is_some() =>
        {
            let Case { project_number, invitation, .. } = case;
            invited(Invitation { project_number, token: invitation.unwrap_or_default() })
        }
        (Screen::Inviting { invitation }, Event::ChoicesCame(choices)) => {
            (Screen::Faces { invitation, choices, private: false }, None)
        }
        (Screen::Sending { rating, rated }, Event::NotKept(words)) => {
            let project_number = Some(rated.project_number);
            (Screen::Refused { words, project_number }, Some(Effect::Deliver(rating)))
        }
        (Screen::Sending { rating, .. }, Event::Left) => deliver(rating),
        (Screen::Offline { again, from }, event) => offline(again, *from, event),
        (screen, Event::WentAway) => match pending(&screen) {
            Some(again) => {
                let later = retries_by_itself(&screen).then_some(Effect::RetryLater);
                (Screen::Offline { again, from: Box::new(screen) }, later)
            }
            None => (screen, None),
        },
        (Screen::Sending { rating, rated }, Event::NotAdmitted) => {
            let project_number = Some(rated.project_number);
            (Screen::Closed { project_number, rated: true }, Some(Effect::Deliver(rating)))
        }
        (screen, Event::NotAdmitted) if pending(&screen).is_some() => {
            let project_number = screen.project_number().map(str::to_owned);
            (Screen::Closed { project_number, rated: false }, None)
        }
        // The number was on the screen long enough for its visitor.
        (Screen::Closed { .. }, Event::TimedOut | Event::RetryTouched) => {
            (Screen::Closed { project_number: None, rated: false }, Some(Effect::FetchItems))
        }
        // Items that were seen before say nothing about whether it is admitted now.
        (Screen::Closed { .. }, Event::ItemsCame(items))
            if items.iter().all(|item| item.seen_at.is_empty()) =>
        {
            (Screen::Attract, None)
        }
        (screen, Event::Refused(words, _)) if pending(&screen).is_some() => {
            let project_number = screen.project_number().map(str::to_owned);
            (Screen::Refused { words, project_number }, None)
        }
        // A timeout does not drop a running submission; only the visitor or the answer does.
        (screen @ (Screen::Submitting { .. } | Screen::Sending { .. }), Event::TimedOut) => {
            (screen, None)
        }
        (_, Event::Left | Event::TimedOut) => (Screen::Attract, None),
        (screen, _) => (screen, None),
    }
}

/// The next visitor's screen, while the rating of the one before is on its way.
fn deliver(rating: RatingToSend) -> (Screen, Option<Effect>) {
    (Screen::Attract, Some(Effect::Deliver(rating)))
}

fn accepted(case: Case) -> (Screen, Option<Effect>) {
    let waits = case.invitation.is_none().then(|| Effect::AwaitCompletion(case.id.clone()));
    (Screen::Result { case }, waits)
}

fn invited(invitation: Invitation) -> (Screen, Option<Effect>) {
    let effect = Effect::FetchChoices(invitation.token.clone());
    (Screen::Inviting { invitation }, Some(effect))
}

/// The text for the visitor about each field that the services refuse.
fn hints(item: &ItemCard, wrong: &[(String, String)]) -> Vec<(String, String)> {
    let refused = |field: &&Field| wrong.iter().any(|(id, _)| *id == field.id);
    let hint = |field: &Field| (field.id.clone(), form::hint(field.kind).to_owned());
    item.form.iter().filter(refused).map(hint).collect()
}

#[cfg(test)]
mod tests;
