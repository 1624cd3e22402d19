use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use domain::{item::QuestionKind, level::Level};
use tempfile::TempDir;

use super::*;
use crate::{
    adapter::spool::Limits,
    content::{
        Application, Case, Choices, Invitation, ItemCard, Receipt,
        opinion::{Feedback, Question, Reasons},
        receipt::LookedUp,
    },
    controller::Controller,
    screen::Screen,
};

/// As short as a test can wait.
const SOON: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(5));

/// Services that keep ratings, answer when they are told to, and refuse what they are told to.
#[derive(Clone, Default)]
struct Fake {
    away: Arc<AtomicBool>,
    silent: Arc<AtomicBool>,
    rated: Arc<Mutex<Vec<RatingToSend>>>,
    failing: Arc<Mutex<Vec<(&'static str, Failure)>>>,
    asked: Arc<Notify>,
}

impl Services for Fake {
    async fn items(&self) -> Result<Vec<ItemCard>, Failure> {
        Err(Failure::Away)
    }

    async fn submit(&self, _: Application) -> Result<Case, Failure> {
        Err(Failure::Away)
    }

    async fn completed(&self, _: String) -> Result<String, Failure> {
        Err(Failure::Away)
    }

    async fn choices(&self, _: String) -> Result<Choices, Failure> {
        Err(Failure::Away)
    }

    async fn rate(&self, rating: RatingToSend) -> Result<Receipt, Failure> {
        self.asked.notify_one();
        if self.silent.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if self.away.load(Ordering::SeqCst) {
            return Err(Failure::Away);
        }
        let failing = self.failing.lock().unwrap().clone();
        if let Some((_, failure)) = failing.into_iter().find(|(id, _)| *id == rating.request_id) {
            return Err(failure);
        }
        self.rated.lock().unwrap().push(rating);
        Ok(Receipt { code: "K7".into(), ..Receipt::default() })
    }

    async fn feedback(&self, _: i64) -> Result<Feedback, Failure> {
        Err(Failure::Away)
    }

    async fn look_up(&self, _: String) -> Result<LookedUp, Failure> {
        Err(Failure::Away)
    }
}

impl Fake {
    fn rated(&self) -> Vec<String> {
        self.rated.lock().unwrap().iter().map(|rating| rating.request_id.clone()).collect()
    }
}

pub(super) fn rating(request_id: &str) -> RatingToSend {
    RatingToSend {
        request_id: request_id.into(),
        token: "token".into(),
        level: Level::VeryDissatisfied,
        tag_codes: Vec::new(),
        tag_list_version: String::new(),
        words: String::new(),
        answers: Vec::new(),
        private: false,
        touched_at: Some(7),
    }
}

async fn outbox(services: &Fake, folder: &Path, rows: u32) -> Outbox<Fake> {
    let limits = Limits { rows, ..Limits::default() };
    Outbox::spooling(services.clone(), Spool::open(folder, limits).await.unwrap(), SOON)
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

async fn until(outbox: &Outbox<Fake>, is: impl FnMut(&State) -> bool) {
    let mut state = outbox.state();
    // A machine under load only needs longer to get here.
    let comes = timeout(Duration::from_secs(60), state.wait_for(is)).await;
    assert!(comes.is_ok(), "{:?}", outbox.state().borrow());
}

#[tokio::test]
async fn m20_a_rating_is_on_disk_before_it_is_sent() {
    let (services, folder) = (Fake::default(), folder());
    services.silent.store(true, Ordering::SeqCst);
    let outbox = outbox(&services, folder.path(), 9).await;
    let given = outbox.clone();
    let given = tokio::spawn(async move { given.rate(rating("a")).await });
    services.asked.notified().await;
    let held = outbox.shared.spool.as_ref().unwrap().held(0).await.unwrap();
    assert_eq!(held.waiting, 1);
    // The power goes; the next process delivers it.
    given.abort();
    assert!(given.await.unwrap_err().is_cancelled());
    drop(outbox);
    services.silent.store(false, Ordering::SeqCst);
    let outbox = self::outbox(&services, folder.path(), 9).await;
    until(&outbox, |state| state.delivered == 1 && state.held == Held::default()).await;
    assert_eq!(*services.rated.lock().unwrap(), [rating("a")], "as it was given");
}

#[tokio::test]
async fn m20_the_rater_gets_the_code_and_the_spool_is_empty() {
    let (services, folder) = (Fake::default(), folder());
    let outbox = outbox(&services, folder.path(), 9).await;
    let event = outbox.rate(rating("a")).await;
    assert!(matches!(event, Event::Rated(receipt) if receipt.code == "K7"));
    let state = outbox.state().borrow().clone();
    assert_eq!((state.delivered, state.held), (1, Held::default()));
    assert_eq!(services.rated(), ["a"], "and it was sent once");
}

#[tokio::test]
async fn m20_without_network_it_is_kept_and_delivered_when_the_services_are_back() {
    let (services, folder) = (Fake::default(), folder());
    services.away.store(true, Ordering::SeqCst);
    let outbox = outbox(&services, folder.path(), 9).await;
    for id in ["a", "b", "c"] {
        assert_eq!(outbox.rate(rating(id)).await, Event::Kept);
    }
    // Whoever left before the answer has rated as well.
    outbox.deliver(rating("d")).await;
    until(&outbox, |state| state.held.waiting == 4 && !state.last_error.is_empty()).await;
    services.away.store(false, Ordering::SeqCst);
    until(&outbox, |state| state.held.waiting == 0 && state.last_error.is_empty()).await;
    let mut rated = services.rated();
    rated.sort();
    rated.dedup();
    assert_eq!(rated, ["a", "b", "c", "d"]);
}

#[tokio::test]
async fn m20_one_that_never_gets_through_dams_up_no_other() {
    let (services, folder) = (Fake::default(), folder());
    services.failing.lock().unwrap().push(("a", Failure::Away));
    let outbox = outbox(&services, folder.path(), 9).await;
    for id in ["a", "b", "c", "d"] {
        outbox.deliver(rating(id)).await;
    }
    until(&outbox, |state| state.delivered == 3 && state.held.waiting == 1).await;
    let mut rated = services.rated();
    rated.sort();
    assert_eq!(rated, ["b", "c", "d"]);
    services.failing.lock().unwrap().clear();
    until(&outbox, |state| state.held.waiting == 0).await;
}

#[tokio::test]
async fn m20_what_is_refused_for_good_is_set_aside_and_counted() {
    let (services, folder) = (Fake::default(), folder());
    let refused = || Failure::Refused { words: "已过评价期".into(), fields: Vec::new() };
    services.failing.lock().unwrap().extend([("a", refused()), ("b", refused())]);
    let outbox = outbox(&services, folder.path(), 9).await;
    // Told to the rater who waits, and to staff of those who have left.
    let told = outbox.rate(rating("a")).await;
    assert_eq!(told, Event::Refused("已过评价期".into(), Vec::new()));
    outbox.deliver(rating("b")).await;
    outbox.deliver(rating("c")).await;
    until(&outbox, |state| state.held.aside == 2 && state.delivered == 1).await;
    let spool = outbox.shared.spool.as_ref().unwrap();
    assert_eq!(spool.reasons().await.unwrap(), [("已过评价期".to_owned(), 2)]);
    assert_eq!(services.rated(), ["c"]);
}

#[tokio::test]
async fn m20_what_cannot_be_kept_is_sent_all_the_same_or_said_in_clear_words() {
    let (services, folder) = (Fake::default(), folder());
    let outbox = outbox(&services, folder.path(), 0).await;
    assert!(matches!(outbox.rate(rating("a")).await, Event::Rated(_)), "the services have it");
    services.away.store(true, Ordering::SeqCst);
    let Event::NotKept(words) = outbox.rate(rating("b")).await else { panic!("b is nowhere") };
    assert!(words.contains("还没有保存"), "{words}");
    let state = outbox.state().borrow().clone();
    assert_eq!(state.not_kept, 2);
    assert!(state.last_error.contains("takes no more"), "{}", state.last_error);
    // It is tried on from memory.
    let given = outbox.clone();
    let delivered = tokio::spawn(async move { given.deliver(rating("b")).await });
    services.away.store(false, Ordering::SeqCst);
    delivered.await.unwrap();
    assert_eq!(services.rated(), ["a", "b"]);
}

#[tokio::test]
async fn m20_a_terminal_not_admitted_says_so_and_keeps_the_rating() {
    let (services, folder) = (Fake::default(), folder());
    services.failing.lock().unwrap().push(("a", Failure::NotAdmitted));
    let outbox = outbox(&services, folder.path(), 9).await;
    assert_eq!(outbox.rate(rating("a")).await, Event::NotAdmitted);
    until(&outbox, |state| state.last_error == "terminal not admitted").await;
    services.failing.lock().unwrap().clear();
    until(&outbox, |state| state.delivered == 1).await;
}

fn faces() -> Screen {
    let invitation = Invitation { project_number: "n".into(), token: "t".into() };
    let choices = Choices {
        item_name: String::new(),
        agency_name: String::new(),
        levels: Vec::new(),
        tag_list_version: String::new(),
        negative_needs_reason: false,
        private_allowed: true,
        questions: Vec::new(),
        look_up: String::new(),
    };
    Screen::Faces { invitation, choices, private: false }
}

async fn all_delivered(controller: &Controller<Fake>, services: &Fake, count: usize) {
    let delivered = async {
        while services.rated().len() < count {
            services.asked.notified().await;
            tokio::task::yield_now().await;
        }
    };
    let came = timeout(Duration::from_secs(60), delivered).await;
    assert!(came.is_ok(), "{:?}", controller.outbox().borrow());
}

#[tokio::test]
async fn m20_a_visitor_without_network_is_thanked_and_the_terminal_is_free() {
    let (services, folder) = (Fake::default(), folder());
    services.away.store(true, Ordering::SeqCst);
    let spool = Spool::open(folder.path(), Limits::default()).await.unwrap();
    let mut controller = Controller::spooling(services.clone(), spool);
    controller.show(faces());
    controller.touch(Event::LevelChosen(Level::Satisfied, "a".into()));
    let Screen::Thanks { receipt, .. } = controller.answer().await else {
        panic!("{:?}", controller.screen())
    };
    assert_eq!(*receipt, Receipt::default(), "the code is the services' to give");
    controller.touch(Event::Left);
    // The next one touches a bad level and walks away.
    controller.show(faces());
    controller.touch(Event::LevelChosen(Level::VeryDissatisfied, "b".into()));
    controller.touch(Event::TimedOut);
    assert_eq!(*controller.screen(), Screen::Attract);
    services.away.store(false, Ordering::SeqCst);
    all_delivered(&controller, &services, 2).await;
    let rated = services.rated.lock().unwrap().clone();
    assert!(rated.iter().all(|rating| rating.touched_at.is_some()), "when it was touched");
}

#[tokio::test]
async fn m20_a_visitor_whose_rating_cannot_be_kept_is_not_thanked() {
    let (services, folder) = (Fake::default(), folder());
    services.away.store(true, Ordering::SeqCst);
    let full = Limits { rows: 0, ..Limits::default() };
    let spool = Spool::open(folder.path(), full).await.unwrap();
    let mut controller = Controller::spooling(services.clone(), spool);
    controller.show(faces());
    controller.touch(Event::LevelChosen(Level::Satisfied, "a".into()));
    let Screen::Refused { words, project_number } = controller.answer().await else {
        panic!("{:?}", controller.screen())
    };
    assert!(words.contains("还没有保存"), "{words}");
    assert_eq!(project_number.as_deref(), Some("n"), "the case remains");
    services.away.store(false, Ordering::SeqCst);
    controller.touch(Event::Left);
    all_delivered(&controller, &services, 1).await;
}

/// The spool, as soon as what was asked for is done: that holds the file.
async fn opened(folder: &Path) -> Spool {
    loop {
        match Spool::open(folder, Limits::default()).await {
            Ok(spool) => return spool,
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

/// What a terminal sends that was switched off at this moment, and on again.
async fn after_power_cut(controller: Controller<Fake>, folder: &Path) -> Vec<RatingToSend> {
    drop(controller);
    let services = Fake::default();
    let spool = opened(folder).await;
    let held = spool.held(0).await.unwrap().waiting;
    let outbox = Outbox::spooling(services.clone(), spool, SOON);
    until(&outbox, |state| state.delivered == held && state.held.waiting == 0).await;
    let rated = services.rated.lock().unwrap();
    rated.clone()
}

#[tokio::test]
async fn i04_m20_a_level_touched_survives_a_power_cut_with_what_was_said_about_it_by_then() {
    let reasons = |words: &str| Reasons { tag_codes: vec!["214".into()], words: words.into() };
    let touched = Event::LevelChosen(Level::VeryDissatisfied, "a".into());
    let question = Question { id: "q".into(), text: "？".into(), kind: QuestionKind::YesNo };
    let cases: [(Vec<Event>, usize, &str, usize); 4] = [
        (vec![touched.clone()], 1, "", 0),
        (vec![touched.clone(), Event::QuestionsTouched(reasons("慢"))], 1, "慢", 0),
        (
            vec![
                touched.clone(),
                Event::QuestionsTouched(reasons("慢")),
                Event::Answered("no".into()),
            ],
            1,
            "慢",
            1,
        ),
        (vec![touched, Event::BackTouched], 0, "", 0),
    ];
    for (events, count, words, answers) in cases {
        let folder = folder();
        let spool = Spool::open(folder.path(), Limits::default()).await.unwrap();
        let services = Fake::default();
        let mut controller = Controller::spooling(services.clone(), spool);
        let Screen::Faces { invitation, mut choices, private } = faces() else { panic!() };
        choices.questions = vec![question.clone(), Question { id: "r".into(), ..question.clone() }];
        controller.show(Screen::Faces { invitation, choices, private });
        for event in events.clone() {
            controller.touch(event);
            tokio::task::yield_now().await;
        }
        assert!(services.rated().is_empty(), "nothing is sent while its rater may say more");
        let rated = after_power_cut(controller, folder.path()).await;
        assert_eq!(rated.len(), count, "{events:?}");
        for rating in rated {
            assert_eq!((rating.words.as_str(), rating.answers.len()), (words, answers));
            assert_eq!(rating.level, Level::VeryDissatisfied);
        }
    }
}

#[tokio::test]
async fn i04_m20_what_was_touched_is_sent_once_and_with_everything_that_was_said() {
    let (services, folder) = (Fake::default(), folder());
    let outbox = outbox(&services, folder.path(), 9).await;
    for id in ["a", "b"] {
        outbox.hold(rating(id)).await;
    }
    let told = |id: &str| RatingToSend { words: "慢".into(), ..rating(id) };
    assert!(matches!(outbox.rate(told("a")).await, Event::Rated(_)));
    outbox.deliver(told("b")).await;
    until(&outbox, |state| state.delivered == 2 && state.held.waiting == 0).await;
    assert_eq!(*services.rated.lock().unwrap(), [told("a"), told("b")]);
    // And nothing is left for the next start.
    drop(outbox);
    let spool = opened(folder.path()).await;
    assert_eq!(spool.held(0).await.unwrap(), Held::default());
}
