//! Does what the flow asks for, and reports the result to the flow.

use std::{
    fmt::{self, Debug, Write as _},
    time::Duration,
};

use tokio::{
    sync::{mpsc, watch},
    task::AbortHandle,
    time::sleep,
};
use tracing::{Instrument as _, Span};

use crate::{
    TARGET,
    adapter::{clock::now, spool::Spool},
    content::{
        opinion::Ticket,
        receipt::{Became, LookedUp},
    },
    fleet::Standing,
    flow::{Effect, Event, Shown, evaluator::Post, step, turn},
    outbox::{Outbox, PAUSES, State},
    ports::{Failure, Services},
    screen::{Comfort, Screen, Usual},
};

/// How many events may wait; a touch screen makes only a few a second.
const WAITING: usize = 64;

/// How long the services have to open a ticket before they are asked for it the first time.
const TICKET: Duration = Duration::from_secs(1);

mod desk;

pub use desk::Desk;

/// The result of an effect: the visit that asked, the event, and the span of the request.
type Answer = (u64, Event, Span);

/// One terminal's visit.
pub struct Controller<S> {
    services: S,
    outbox: Outbox<S>,
    desk: Option<Desk>,
    screen: Screen,
    comfort: Comfort,
    usual: Usual,
    post: Option<Post>,
    /// The request id of the level touched last, and when.
    touched: Option<(String, i64)>,
    sender: mpsc::Sender<Answer>,
    receiver: mpsc::Receiver<Answer>,
    /// The number of the visit: an answer to an earlier one is dropped.
    visit: u64,
    /// The running request.
    asking: Option<AbortHandle>,
}

impl<S: Services> Controller<S> {
    /// A terminal showing its attract screen; a rating that it cannot deliver is lost when the
    /// program ends.
    #[must_use]
    pub fn new(services: S) -> Self {
        let outbox = Outbox::in_memory(services.clone());
        Self::with(services, outbox)
    }

    /// A terminal showing its attract screen, which keeps its ratings in a spool and delivers what
    /// waits there. Called inside the runtime it lives in.
    #[must_use]
    pub fn spooling(services: S, spool: Spool) -> Self {
        let outbox = Outbox::spooling(services.clone(), spool, PAUSES);
        Self::with(services, outbox)
    }

    fn with(services: S, outbox: Outbox<S>) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        let Shown { screen, comfort, usual, post } = Shown::new();
        let (touched, visit, asking) = (None, 0, None);
        let desk = None;
        Self {
            services,
            outbox,
            desk,
            screen,
            comfort,
            usual,
            post,
            touched,
            sender,
            receiver,
            visit,
            asking,
        }
    }

    /// The same with the pages of staff.
    #[must_use]
    pub fn with_desk(self, desk: Option<Desk>) -> Self {
        Self { desk, ..self }
    }

    /// The same terminal as the evaluator of a window, of which it is told by [`Event::Window`].
    #[must_use]
    pub fn at_a_window(self) -> Self {
        Self { post: Shown::at_a_window().post, ..self }
    }

    /// What is known of the ratings on their way, now and whenever it changes.
    #[must_use]
    pub fn outbox(&self) -> watch::Receiver<State> {
        self.outbox.state()
    }

    /// What the terminal shows.
    #[must_use]
    pub fn screen(&self) -> &Screen {
        &self.screen
    }

    /// What the terminal shows, and how.
    #[must_use]
    pub fn shown(&self) -> Shown {
        let (screen, post) = (self.screen.clone(), self.post.clone());
        Shown { screen, comfort: self.comfort, usual: self.usual, post }
    }

    /// Takes in what is known of the terminal, unless somebody is being served. Returns whether it
    /// took it in: what it shows was given to it then.
    pub fn stand(&mut self, standing: &Standing) -> bool {
        if !self.screen.at_rest() {
            return false;
        }
        // No news is no event: what staff asked for here goes on.
        let usual = standing.configuration.usual();
        if usual != self.usual {
            self.take(Event::Configured(usual), Span::none());
        }
        let stands = Event::Stands(standing.admission.clone());
        if step(self.screen.clone(), stands.clone()).0 != self.screen {
            self.take(stands, Span::none());
        }
        true
    }

    /// Handles one event of the visitor. A trace begins here; it has the names of screen and event,
    /// and nothing of their content.
    pub fn touch(&mut self, event: Event) -> &Screen {
        let span = tracing::info_span!(
            target: TARGET,
            parent: None,
            "touch",
            screen = name(&self.screen),
            event = name(&event)
        );
        self.take(event, span)
    }

    fn take(&mut self, event: Event, span: Span) -> &Screen {
        if let Event::LevelChosen(_, request_id) = &event {
            self.touched = Some((request_id.clone(), now()));
        }
        let screen = std::mem::replace(&mut self.screen, Screen::Attract);
        let (comfort, usual, post) = (self.comfort, self.usual, self.post.take());
        let (shown, effect) = turn(Shown { screen, comfort, usual, post }, event);
        Shown { screen: self.screen, comfort: self.comfort, usual: self.usual, post: self.post } =
            shown;
        if self.screen == Screen::Attract {
            self.visit += 1;
            // When the visitor leaves, nothing waits: a watched case may stay open for days.
            if let Some(asking) = self.asking.take() {
                asking.abort();
            }
        }
        if let Some(effect) = effect {
            self.ask(effect, span);
        }
        &self.screen
    }

    /// Does what a screen asks for; the request before it is dropped.
    fn ask(&mut self, effect: Effect, span: Span) {
        let (services, sender, visit) = (self.services.clone(), self.sender.clone(), self.visit);
        let (outbox, desk) = (self.outbox.clone(), self.desk.clone());
        let effect = self.timed(effect);
        // In the order they were asked for, and whatever is asked for next: the spool takes one after
        // the other.
        let lasts = matches!(effect, Effect::Deliver(_) | Effect::Keep(_) | Effect::Withdraw(_));
        // A case may stay open for days, until its agency completes it; a rating may still be on
        // its way when other visitors come.
        let span = match effect {
            Effect::AwaitCompletion(_) | Effect::AwaitTicket(_) | Effect::Deliver(_) => {
                Span::none()
            }
            _ => span,
        };
        let task = tokio::spawn(async move {
            let done = run(&services, &outbox, desk.as_ref(), effect);
            if let Some(event) = done.instrument(span.clone()).await {
                // Nobody listens any more: the terminal was switched off.
                let _ = sender.send((visit, event, span)).await;
            }
        });
        // What is kept or delivered belongs to no visit, so it continues when a visitor leaves.
        if !lasts && let Some(before) = self.asking.replace(task.abort_handle()) {
            before.abort();
        }
    }

    /// A rating with the time of its touch: whenever it is delivered, it says the same.
    fn timed(&self, mut effect: Effect) -> Effect {
        if let Effect::Keep(rating) | Effect::Rate(rating) | Effect::Deliver(rating) = &mut effect
            && let Some((request_id, at)) = &self.touched
            && *request_id == rating.request_id
        {
            rating.touched_at = Some(*at);
        }
        effect
    }

    #[cfg(test)]
    pub(crate) fn show(&mut self, screen: Screen) {
        self.screen = screen;
    }

    /// Waits for the next answer and handles it.
    pub async fn answer(&mut self) -> &Screen {
        // The sender lives as long as `self`, so there is always a next answer.
        while let Some((visit, event, asked)) = self.receiver.recv().await {
            if visit == self.visit {
                let span = tracing::info_span!(
                    target: TARGET,
                    parent: &asked,
                    "answer",
                    screen = name(&self.screen),
                    event = name(&event)
                );
                self.take(event, span);
                break;
            }
        }
        &self.screen
    }
}

/// The name of a variant without its content: the part after the name is not even formatted.
fn name(value: &impl Debug) -> String {
    struct Name(String);
    impl fmt::Write for Name {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            let end = text.find(|c: char| !c.is_alphanumeric());
            self.0.push_str(&text[..end.unwrap_or(text.len())]);
            if end.is_some() { Err(fmt::Error) } else { Ok(()) }
        }
    }
    let mut name = Name(String::new());
    // The error only stops the formatting.
    let _ = write!(name, "{value:?}");
    name.0
}

/// The result of an effect; nothing if nobody needs it any more.
async fn run<S: Services>(
    services: &S,
    outbox: &Outbox<S>,
    desk: Option<&Desk>,
    effect: Effect,
) -> Option<Event> {
    let outcome = match effect {
        Effect::FetchItems => services.items().await.map(Event::ItemsCame),
        Effect::Submit(application) => services.submit(application).await.map(Event::Accepted),
        Effect::AwaitCompletion(case) => services.completed(case).await.map(Event::Completed),
        Effect::FetchChoices(token) => services.choices(token).await.map(Event::ChoicesCame),
        Effect::Rate(rating) => Ok(outbox.rate(rating).await),
        // Who answers until when is worth knowing, and nothing depends on it: without an answer the
        // screen says the rule in words.
        Effect::AskFeedback(received_at) => {
            Ok(Event::FeedbackCame(services.feedback(received_at).await.unwrap_or_default()))
        }
        Effect::LookUp(receipt_code) => services.look_up(receipt_code).await.map(Event::LookedUp),
        Effect::AwaitTicket(receipt_code) => return ticket(services, receipt_code).await,
        Effect::Keep(rating) => {
            outbox.hold(rating).await;
            return None;
        }
        Effect::Withdraw(request_id) => {
            outbox.withdraw(&request_id).await;
            return None;
        }
        Effect::RetryLater => {
            sleep(PAUSES.0).await;
            Ok(Event::RetryDue)
        }
        Effect::Deliver(rating) => {
            outbox.deliver(rating).await;
            return None;
        }
        Effect::Staff(work) => return desk::done(desk?, outbox, work).await.map(Event::Staff),
    };
    Some(outcome.unwrap_or_else(Event::from))
}

/// Asks for a ticket, ever more rarely, until it is open; it is dropped with the screen that waits.
async fn ticket<S: Services>(services: &S, receipt_code: String) -> Option<Event> {
    let mut pause = TICKET;
    loop {
        sleep(pause).await;
        match services.look_up(receipt_code.clone()).await {
            Ok(LookedUp { became: Some(became), .. }) => {
                let Became { agency_name, next_due_on, .. } = became;
                return Some(Event::TicketCame(Ticket { agency_name, next_due_on }));
            }
            Ok(_) | Err(Failure::Away) => pause *= 2,
            Err(Failure::Refused { .. } | Failure::NotAdmitted) => return None,
        }
    }
}

impl From<Failure> for Event {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused { words, fields } => Self::Refused(words, fields),
            Failure::Away => Self::WentAway,
            Failure::NotAdmitted => Self::NotAdmitted,
        }
    }
}

#[cfg(test)]
mod tests;
