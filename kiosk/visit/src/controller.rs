//! Does what the flow asks for, and reports the result to the flow.

use std::time::Duration;

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
    devices::{
        Devices,
        printer::{Outcome, Printer, Printing},
        slip::Slip,
        voice::Utterance,
    },
    fleet::Standing,
    flow::{Effect, Event, Shown, evaluator::Post, step, turn},
    outbox::{Outbox, PAUSES, State},
    ports::{Failure, Services},
    prompts::{prompt, still_there},
    screen::{Comfort, Screen, Usual},
};

mod named;

use named::name;

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
    printing: Printing,
    devices: Devices,
    /// What was said last of the screen.
    said: Option<Utterance>,
    /// The request id of the level touched last, and when.
    touched: Option<(String, i64)>,
    sender: mpsc::Sender<Answer>,
    receiver: mpsc::Receiver<Answer>,
    /// The number of the visit: an answer to an earlier one is dropped.
    visit: u64,
    /// The running request.
    asking: Option<AbortHandle>,
    /// The slip on its way.
    slip: Option<AbortHandle>,
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
        let Shown { screen, comfort, usual, post, printing } = Shown::new();
        Self {
            services,
            outbox,
            desk: None,
            screen,
            comfort,
            usual,
            post,
            printing,
            devices: Devices::default(),
            said: None,
            touched: None,
            sender,
            receiver,
            visit: 0,
            asking: None,
            slip: None,
        }
    }

    /// The same with the pages of staff.
    #[must_use]
    pub fn with_desk(self, desk: Option<Desk>) -> Self {
        Self { desk, ..self }
    }

    /// The same terminal with these devices.
    #[must_use]
    pub fn beside(self, devices: Devices) -> Self {
        Self { devices, ..self }
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
        let Self { comfort, usual, printing, .. } = *self;
        Shown { screen, comfort, usual, post, printing }
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
        let asked = match event {
            Event::AskedStillThere { rates } => Some(rates),
            _ => None,
        };
        if event == Event::RepeatTouched {
            self.said = None;
        }
        let screen = std::mem::replace(&mut self.screen, Screen::Attract);
        let post = self.post.take();
        let Self { comfort, usual, printing, .. } = *self;
        let (shown, effect) = turn(Shown { screen, comfort, usual, post, printing }, event);
        let Shown { screen, comfort, usual, post, printing } = shown;
        (self.screen, self.post) = (screen, post);
        (self.comfort, self.usual, self.printing) = (comfort, usual, printing);
        if self.screen == Screen::Attract {
            self.visit += 1;
            // When the visitor leaves, nothing waits: a watched case may stay open for days.
            for running in [self.asking.take(), self.slip.take()].into_iter().flatten() {
                running.abort();
            }
        }
        if let Some(effect) = effect {
            self.ask(effect, span);
        }
        self.speak(asked);
        &self.screen
    }

    /// Says what is new on the screen, or whether someone is still there.
    fn speak(&mut self, asked: Option<bool>) {
        let Some(voice) = &self.devices.voice else { return };
        let shown = self.shown();
        if let Some(rates) = asked {
            let seconds = shown.patience().map_or(0, |patience| patience.asking.as_secs());
            if let Some(question) = still_there(&shown, seconds, rates) {
                voice.say(question);
            }
            return;
        }
        let prompt = prompt(&shown);
        if prompt == self.said {
            return;
        }
        match prompt.clone() {
            Some(prompt) => voice.say(prompt),
            None => voice.hush(),
        }
        self.said = prompt;
    }

    /// Does what a screen asks for; the request before it is dropped.
    fn ask(&mut self, effect: Effect, span: Span) {
        let (services, sender, visit) = (self.services.clone(), self.sender.clone(), self.visit);
        if let Effect::Print(slip) = effect {
            let printing = print(self.devices.printer.clone(), slip, sender, visit);
            self.slip = Some(tokio::spawn(printing).abort_handle());
            return;
        }
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
        // A device's, and none of the services'.
        Effect::Print(_) => return None,
    };
    Some(outcome.unwrap_or_else(Event::from))
}

/// Has a slip printed, beside whatever else is asked for.
async fn print(printer: Option<Printer>, slip: Slip, sender: mpsc::Sender<Answer>, visit: u64) {
    let outcome = match printer {
        Some(printer) => printer.print(slip.clone()).await,
        None => Outcome::Away,
    };
    // Nobody listens any more: the terminal was switched off.
    let _ = sender.send((visit, Event::SlipCame(slip, outcome), Span::none())).await;
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
