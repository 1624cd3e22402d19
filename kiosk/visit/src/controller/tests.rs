//! Effects and what comes of them.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use domain::level::Level;

use super::*;
use crate::{
    content::{
        Application, Case, Choices, ItemCard, Rated, RatingToSend, Receipt, opinion::Feedback,
        receipt::Progress,
    },
    devices::{
        printer::Simulator,
        voice::{self, Voice, Volume},
    },
    fleet::Admission,
    language::Language,
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

#[tokio::test]
async fn s04_news_of_the_fleet_waits_for_the_visitor_and_no_news_disturbs_nobody() {
    let mut controller = Controller::new(Flaky::default());
    let mut standing = Standing::default();
    assert!(controller.stand(&standing));
    let before = controller.visit;
    assert!(controller.stand(&standing));
    assert_eq!(controller.visit, before, "what was asked for goes on");
    controller.touch(Event::Started);
    standing.admission = Admission::Stopped("终端停用，请到窗口。".into());
    standing.configuration.elder = true;
    assert!(!controller.stand(&standing));
    assert!(!controller.shown().comfort.elder);
    controller.touch(Event::Left);
    assert!(controller.stand(&standing));
    assert!(matches!(controller.screen(), Screen::Stopped { .. }));
    assert!(controller.shown().comfort.elder);
    standing.admission = Admission::Serves;
    controller.stand(&standing);
    assert_eq!(*controller.screen(), Screen::Attract);
}

#[tokio::test]
async fn a_slip_is_printed_beside_whatever_the_screen_waits_for() {
    let (services, printer) = (Flaky::default(), Simulator::new(Outcome::Printed));
    let printing = Some(Printer::start(printer.clone(), ""));
    let devices = Devices { printer: printing, ..Devices::default() };
    let mut controller = Controller::new(services.clone()).beside(devices);
    controller.screen = Screen::Result { case: Case { id: "c".into(), ..Case::default() } };
    controller.ask(Effect::AwaitCompletion("c".into()), Span::none());
    until(&services.watching, 1).await;
    controller.touch(Event::PrintTouched);
    assert_eq!(controller.shown().printing, Printing::Busy);
    controller.answer().await;
    assert_eq!(controller.shown().printing, Printing::Done(Outcome::Printed));
    assert_eq!(printer.slips(), [Slip::of(controller.screen()).unwrap()]);
    assert_eq!(services.watching.load(Ordering::SeqCst), 1, "the case is still watched");
}

#[tokio::test]
async fn a_terminal_without_a_printer_says_so() {
    let mut controller = Controller::new(Flaky::default());
    controller.screen = Screen::Result { case: Case::default() };
    controller.touch(Event::PrintTouched);
    controller.answer().await;
    assert_eq!(controller.shown().printing, Printing::Done(Outcome::Away));
}

#[tokio::test]
async fn a_voice_says_each_page_once_and_again_when_it_is_asked() {
    let simulator = voice::Simulator::default();
    let voice = Some(Voice::start(simulator.clone()));
    let devices = Devices { voice, ..Devices::default() };
    let mut controller = Controller::new(Flaky::default()).beside(devices);
    let said = async |count: usize| {
        while simulator.said().len() < count {
            tokio::task::yield_now().await;
        }
        simulator.said().pop().unwrap().words
    };
    controller.show(Screen::Result { case: Case::default() });
    controller.touch(Event::ElderToggled);
    assert!(said(1).await.starts_with("申请已受理\n"));
    controller.touch(Event::ElderToggled);
    controller.touch(Event::RepeatTouched);
    assert!(said(2).await.starts_with("申请已受理\n"), "and not for how it looks");
    controller.touch(Event::AskedStillThere { rates: false });
    assert_eq!(said(3).await, "您还在吗？\n30 秒后将退出，已填写的内容会清除。");
    controller.touch(Event::LanguageChosen(Language::English));
    assert!(said(4).await.starts_with("Your application is accepted"));
    controller.touch(Event::VolumeTouched);
    said(5).await;
    assert_eq!(simulator.said().pop().unwrap().volume, Volume::High);
    // Silent, and then gone.
    controller.touch(Event::VolumeTouched);
    controller.touch(Event::RepeatTouched);
    controller.touch(Event::AskedStillThere { rates: false });
    controller.touch(Event::Left);
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(simulator.said().len(), 5);
}
