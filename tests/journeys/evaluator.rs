//! The evaluator of a window against real services: from what a business system completes there to
//! the rating that counts once.

use domain::level::Level;
use e2e::until;
use pingyi::{demo::tokens::REGION, roles::Role};
use platform::auth::Caller;
use proto::{
    intake::v1::{ListRatingsRequest, Rating},
    r#type::v1::{self as shared, Channel, Stage},
};
use tokio::{select, sync::mpsc, task::JoinHandle};
use visit::{
    adapter::{
        spool::{Limits, Spool},
        tonic::Gateway,
    },
    controller::Controller,
    flow::{
        Event, Shown,
        evaluator::{Link, Post},
    },
    screen::Screen,
    window::{Lost, follow},
};

use crate::{
    channels::{Callers, EVALUATOR, WINDOW},
    trace::id,
};

struct Evaluator {
    controller: Controller<Gateway>,
    news: mpsc::Receiver<Event>,
    following: JoinHandle<()>,
    _folder: tempfile::TempDir,
}

impl Evaluator {
    /// A terminal of this name that begins to watch its window.
    async fn at(callers: &Callers, terminal: &str) -> Self {
        let token = callers.signer.token(terminal, Caller::Terminal, 600).unwrap();
        let channel = callers.deployment.channel(Role::Intake);
        let gateway = Gateway::new(channel, &token, REGION).unwrap().at_a_window();
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::open(folder.path(), Limits::default()).await.unwrap();
        let (sender, news) = mpsc::channel(1);
        let following = tokio::spawn(follow(gateway.clone(), sender));
        let controller = Controller::spooling(gateway, spool).at_a_window();
        Self { controller, news, following, _folder: folder }
    }

    /// Waits until it shows something; if the services are away, it asks again by itself.
    async fn shows(&mut self, what: &str, wanted: impl Fn(&Screen, &Post) -> bool) {
        until(what, async || {
            let Shown { screen, post, .. } = self.controller.shown();
            if wanted(&screen, &post.unwrap()) {
                return true;
            }
            select! {
                _ = self.controller.answer() => {}
                Some(event) = self.news.recv() => {
                    self.controller.touch(event);
                }
            }
            false
        })
        .await;
    }

    async fn sleeps(&mut self) {
        self.shows("it sleeps, and watches", |screen, post| {
            *screen == Screen::Attract && post.link == Link::Watching && post.matter.is_none()
        })
        .await;
    }

    /// Waits for the faces of another matter than this one; the token of its invitation.
    async fn asks(&mut self, other: &str) -> String {
        self.shows("the faces", |screen, _| {
            matches!(screen, Screen::Faces { invitation, .. } if invitation.token != other)
        })
        .await;
        match self.controller.screen() {
            Screen::Faces { invitation, .. } => invitation.token.clone(),
            other => panic!("{other:?}"),
        }
    }
}

/// Tells of a service at the window.
async fn served(callers: &Callers, number: &str, stages: &[Stage]) {
    let mut report = callers.report(number, stages);
    for step in &mut report.steps {
        step.window_id = WINDOW.to_owned();
    }
    callers.push(&report).await.unwrap();
}

/// All ratings by an invitation.
async fn ratings(callers: &Callers, token: &str) -> Vec<Rating> {
    let token = token.to_owned();
    let request = ListRatingsRequest { token, ..ListRatingsRequest::default() };
    callers.ratings().list_ratings(request).await.unwrap().into_inner().ratings
}

#[tokio::test(flavor = "multi_thread")]
async fn i19_an_evaluator_wakes_for_what_is_completed_at_its_window_is_rated_once_and_sleeps() {
    let callers = Callers::new().await;
    let mut evaluator = Evaluator::at(&callers, EVALUATOR).await;
    evaluator.sleeps().await;
    evaluator
        .shows("the window's name", |_, post| {
            post.place.window.contains("窗口") && !post.place.code.is_empty()
        })
        .await;
    served(&callers, "P-1", &[Stage::Completion]).await;
    let first = evaluator.asks("").await;
    evaluator.controller.touch(Event::LevelChosen(Level::Dissatisfied, id()));
    let Screen::Reasons(given) = evaluator.controller.screen().clone() else { panic!("reasons") };
    let tag = given.choice().unwrap().tags[0].0.clone();
    evaluator.controller.touch(Event::ReasonsGiven(vec![tag].into()));
    evaluator
        .shows("thanks with a code", |screen, _| {
            matches!(screen, Screen::Thanks { receipt, .. } if !receipt.code.is_empty())
        })
        .await;
    // It is gone from the window, and the thanks stay for whoever reads them.
    evaluator.shows("nothing to rate", |_, post| post.matter.is_none()).await;
    assert!(matches!(evaluator.controller.screen(), Screen::Thanks { .. }));
    evaluator.controller.touch(Event::TimedOut);
    evaluator.sleeps().await;
    let given = ratings(&callers, &first).await;
    let shown: Vec<_> = given.iter().map(|r| (r.level(), r.channel(), r.effective)).collect();
    assert_eq!(shown, [(shared::Level::Dissatisfied, Channel::Evaluator, true)]);

    // The next one touches a face, and somebody else is served before they say why.
    served(&callers, "P-2", &[Stage::Completion]).await;
    let second = evaluator.asks(&first).await;
    evaluator.controller.touch(Event::LevelChosen(Level::VeryDissatisfied, id()));
    served(&callers, "P-3", &[Stage::Completion]).await;
    evaluator
        .shows("the next matter", |_, post| {
            post.matter.as_ref().is_some_and(|matter| matter.token != second)
        })
        .await;
    assert!(matches!(evaluator.controller.screen(), Screen::Reasons(_)), "nobody interrupts them");
    evaluator.controller.touch(Event::TimedOut);
    assert_eq!(*evaluator.controller.screen(), Screen::Attract);
    until("it is rated all the same", async || {
        let given = ratings(&callers, &second).await;
        given.iter().any(|rating| rating.level() == shared::Level::VeryDissatisfied)
    })
    .await;
    evaluator.controller.touch(Event::TimedOut);
    let third = evaluator.asks(&second).await;
    assert!(ratings(&callers, &third).await.is_empty(), "and nothing is preselected for the next");

    // A program that is started again goes on where the window stands.
    evaluator.following.abort();
    let mut again = Evaluator::at(&callers, EVALUATOR).await;
    assert_eq!(again.asks("").await, third);
    again.following.abort();
    drop((again, evaluator));
    callers.deployment.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i19_a_terminal_that_stands_at_no_window_says_so_and_so_does_one_that_is_not_admitted() {
    let callers = Callers::new().await;
    let mut kiosk = Evaluator::at(&callers, pingyi::demo::tokens::KIOSK).await;
    let lost = |why| move |_: &Screen, post: &Post| post.link == Link::Lost(why);
    kiosk.shows("no window", lost(Lost::NoWindow)).await;
    let channel = callers.deployment.channel(Role::Intake);
    let gateway = Gateway::new(channel, "none", REGION).unwrap().at_a_window();
    let (sender, mut news) = mpsc::channel(1);
    let following = tokio::spawn(follow(gateway, sender));
    let told = e2e::within("why", e2e::PATIENCE, news.recv()).await;
    assert_eq!(told, Some(Event::Window(visit::window::News::Lost(Lost::NotAdmitted))));
    following.abort();
    kiosk.following.abort();
    drop(kiosk);
    callers.deployment.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i19_a_device_whose_place_others_took_is_told_so() {
    let callers = Callers::new().await;
    let mut first = Evaluator::at(&callers, EVALUATOR).await;
    first.sleeps().await;
    let mut others = Vec::new();
    for _ in 0..4 {
        let mut other = Evaluator::at(&callers, EVALUATOR).await;
        other.sleeps().await;
        others.push(other);
    }
    let taken = |_: &Screen, post: &Post| post.link == Link::Lost(Lost::Elsewhere);
    first.shows("its place is taken", taken).await;
    for evaluator in others.iter().chain([&first]) {
        evaluator.following.abort();
    }
    drop((others, first));
    callers.deployment.end().await;
}
