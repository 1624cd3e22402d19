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
    flow::{Effect, Event, Shown, turn},
    outbox::{Outbox, PAUSES, State},
    ports::{Failure, Services},
    screen::{Comfort, Screen},
};

/// How many events may wait; a touch screen makes only a few a second.
const WAITING: usize = 64;

/// How long the services have to open a ticket before they are asked for it the first time.
const TICKET: Duration = Duration::from_secs(1);

/// The result of an effect: the visit that asked, the event, and the span of the request.
type Answer = (u64, Event, Span);

/// One terminal's visit.
pub struct Controller<S> {
    services: S,
    outbox: Outbox<S>,
    screen: Screen,
    comfort: Comfort,
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
        let Shown { screen, comfort } = Shown::new();
        let (touched, visit, asking) = (None, 0, None);
        Self { services, outbox, screen, comfort, touched, sender, receiver, visit, asking }
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
        Shown { screen: self.screen.clone(), comfort: self.comfort }
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
        let (shown, effect) = turn(Shown { screen, comfort: self.comfort }, event);
        Shown { screen: self.screen, comfort: self.comfort } = shown;
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
        let outbox = self.outbox.clone();
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
            if let Some(event) = run(&services, &outbox, effect).instrument(span.clone()).await {
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
async fn run<S: Services>(services: &S, outbox: &Outbox<S>, effect: Effect) -> Option<Event> {
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
mod tests {
    use std::{
        sync::{
            Arc, Mutex,
            atomic::{AtomicUsize, Ordering},
        },
        time::Duration,
    };

    use domain::level::Level;

    use super::*;
    use crate::content::{
        Application, Case, Choices, ItemCard, Rated, RatingToSend, Receipt, opinion::Feedback,
        receipt::Progress,
    };

    /// Services that lose the first answer, and complete no case.
    #[derive(Clone, Default)]
    struct Flaky {
        asked: Arc<AtomicUsize>,
        watching: Arc<AtomicUsize>,
        /// The results of the next ratings; after these, ratings are kept.
        ratings: Arc<Mutex<Vec<Failure>>>,
        /// The received ratings.
        rated: Arc<Mutex<Vec<RatingToSend>>>,
    }

    struct Watch<'a>(&'a AtomicUsize);

    impl Drop for Watch<'_> {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::SeqCst);
        }
    }

    impl Services for Flaky {
        async fn items(&self) -> Result<Vec<ItemCard>, Failure> {
            match self.asked.fetch_add(1, Ordering::SeqCst) {
                0 => Err(Failure::Away),
                _ => Ok(Vec::new()),
            }
        }

        async fn submit(&self, _: Application) -> Result<Case, Failure> {
            Err(Failure::Refused { words: "不能办理".into(), fields: Vec::new() })
        }

        async fn completed(&self, _: String) -> Result<String, Failure> {
            self.watching.fetch_add(1, Ordering::SeqCst);
            let _watch = Watch(&self.watching);
            std::future::pending().await
        }

        async fn choices(&self, _: String) -> Result<Choices, Failure> {
            Err(Failure::Away)
        }

        async fn rate(&self, rating: RatingToSend) -> Result<Receipt, Failure> {
            self.rated.lock().unwrap().push(rating);
            match self.ratings.lock().unwrap().pop() {
                Some(failure) => Err(failure),
                None => Ok(Receipt { code: "K7".into(), ..Receipt::default() }),
            }
        }

        async fn feedback(&self, _: i64) -> Result<Feedback, Failure> {
            Err(Failure::Away)
        }

        async fn look_up(&self, _: String) -> Result<LookedUp, Failure> {
            let became = match self.asked.fetch_add(1, Ordering::SeqCst) {
                0 => return Err(Failure::Away),
                1 => None,
                _ => Some(Became {
                    progress: Progress::Opened,
                    agency_name: String::new(),
                    next_due_on: String::new(),
                }),
            };
            let (level, given_on) = (Level::Dissatisfied, String::new());
            Ok(LookedUp { level, given_on, stands: true, became })
        }
    }

    fn rating() -> RatingToSend {
        RatingToSend {
            request_id: "r".into(),
            token: "token".into(),
            level: Level::VeryDissatisfied,
            tag_codes: Vec::new(),
            tag_list_version: "v".into(),
            words: String::new(),
            answers: Vec::new(),
            private: false,
            touched_at: None,
        }
    }

    fn sending() -> Screen {
        let rated = Rated {
            project_number: "n".into(),
            level: rating().level,
            label: "非常不满意".into(),
            agency_name: String::new(),
        };
        Screen::Sending { rating: rating(), rated }
    }

    #[tokio::test(start_paused = true)]
    async fn a_rating_whose_rater_left_is_delivered_behind_the_next_visitors() {
        let services = Flaky::default();
        *services.ratings.lock().unwrap() = vec![Failure::Away, Failure::NotAdmitted];
        let mut controller = Controller::new(services.clone());
        controller.screen = sending();
        controller.touch(Event::WentAway);
        controller.touch(Event::Left);
        // The next visitor comes and leaves while it is on its way.
        controller.touch(Event::Started);
        assert!(matches!(controller.answer().await, Screen::Offline { .. }));
        controller.touch(Event::Left);
        let came = || services.rated.lock().unwrap().clone();
        let delivered = async {
            while came().len() < 3 {
                sleep(PAUSES.1).await;
            }
        };
        tokio::time::timeout(PAUSES.1 * 100, delivered).await.unwrap();
        sleep(PAUSES.1 * 10).await;
        assert_eq!(came(), vec![rating(); 3], "the same, and no more once it was kept");
        assert_eq!(*controller.screen(), Screen::Attract, "and nobody was told");
    }

    #[tokio::test(start_paused = true)]
    async fn a_rating_that_is_refused_for_good_is_not_sent_again() {
        let services = Flaky::default();
        let refused = Failure::Refused { words: "已过评价期".into(), fields: Vec::new() };
        *services.ratings.lock().unwrap() = vec![refused];
        let mut controller = Controller::new(services.clone());
        controller.screen = sending();
        controller.touch(Event::Left);
        sleep(PAUSES.1 * 10).await;
        assert_eq!(*services.rated.lock().unwrap(), [rating()]);
    }

    #[tokio::test(start_paused = true)]
    async fn i20_the_thanks_wait_for_the_ticket_and_for_nothing_else() {
        let mut controller = Controller::new(Flaky::default());
        controller.screen = sending();
        let receipt = Receipt { received_at: Some(7), ..Receipt::default() };
        controller.touch(Event::Rated(receipt));
        // Without an answer the rule is said in words.
        let Screen::Thanks { answering, .. } = controller.answer().await else { panic!("gone") };
        assert_eq!((&answering.feedback, &answering.ticket), (&Some(Feedback::default()), &None));
        let Screen::Thanks { answering, .. } = controller.answer().await else { panic!("gone") };
        assert_eq!(answering.ticket, Some(Ticket::default()), "asked for until it is there");
        assert_eq!(controller.services.asked.load(Ordering::SeqCst), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn items_come_by_themselves_when_the_services_are_back() {
        let mut controller = Controller::new(Flaky::default());
        controller.touch(Event::Started);
        assert!(matches!(controller.answer().await, Screen::Offline { .. }));
        assert!(matches!(controller.answer().await, Screen::Offline { .. }), "asked again");
        assert_eq!(*controller.answer().await, Screen::Items { items: Vec::new() });
    }

    #[tokio::test]
    async fn services_away_are_asked_again_when_the_visitor_wants_it() {
        let mut controller = Controller::new(Flaky::default());
        controller.touch(Event::Started);
        assert!(matches!(controller.answer().await, Screen::Offline { .. }));
        controller.touch(Event::RetryTouched);
        assert_eq!(*controller.answer().await, Screen::Items { items: Vec::new() });
    }

    #[tokio::test]
    async fn an_answer_to_an_earlier_visitor_is_shown_to_nobody() {
        let services = Flaky::default();
        services.asked.store(1, Ordering::SeqCst);
        let mut controller = Controller::new(services);
        controller.touch(Event::Started);
        // The answer is there, and nobody has read it.
        until(&controller.services.asked, 2).await;
        controller.touch(Event::Left);
        controller.touch(Event::Started);
        // The first answer belongs to the visitor who left; only the second one counts.
        assert_eq!(*controller.answer().await, Screen::Items { items: Vec::new() });
        assert_eq!(controller.services.asked.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn whoever_leaves_waits_for_nothing_any_more() {
        let services = Flaky::default();
        let mut controller = Controller::new(services.clone());
        let application = Application {
            request_id: "r".into(),
            item_code: "1".into(),
            entries: Vec::new(),
            language: String::new(),
        };
        controller.screen = Screen::Submitting { item: ItemCard::default(), application };
        let case = Case { id: "c".into(), project_number: "n".into(), ..Case::default() };
        controller.touch(Event::Accepted(case));
        until(&services.watching, 1).await;
        controller.touch(Event::Left);
        until(&services.watching, 0).await;
    }

    async fn until(count: &AtomicUsize, is: usize) {
        let comes = async {
            while count.load(Ordering::SeqCst) != is {
                tokio::task::yield_now().await;
            }
        };
        // The visitor's own pauses are shorter; a machine under load only needs longer to get here.
        let comes = tokio::time::timeout(Duration::from_secs(60), comes).await;
        assert!(comes.is_ok(), "waited for {is}, and it is {}", count.load(Ordering::SeqCst));
    }
}
