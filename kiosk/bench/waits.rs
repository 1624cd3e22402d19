//! M25 and M26: a terminal whose services are played, which goes through visit after visit by itself
//! and is touched, and how long each frame took that somebody waited for.

use std::{
    cell::{Cell, RefCell},
    path::Path,
    rc::Rc,
    time::Duration,
};

use domain::level::{LabelSet, Level};
use i_slint_core::{
    input::TouchPhase,
    lengths::LogicalPoint,
    platform::{InternalEvent, WindowEvent},
};
use kiosk::{
    frames::{self, Wait},
    run::connect,
    view::App,
};
use slint::{ComponentHandle as _, Timer, TimerMode};
use tokio::{runtime::Builder, time::sleep};
use visit::{
    adapter::spool::{Limits, Spool},
    content::{
        Application, Case, Choices, ItemCard, LevelChoice, RatingToSend, Receipt,
        opinion::Feedback, receipt::LookedUp,
    },
    devices::Devices,
    flow::Event,
    ports::{Failure, Services},
};

/// How often each is measured.
const ROUNDS: usize = 200;
/// Between two steps of a visit: long enough for whatever is drawn.
const STEP: Duration = Duration::from_millis(60);
/// 呼叫工作人员, whose answer covers the page.
const BELL: (f32, f32) = (120.0, 1_060.0);

/// Services that know one item, complete each case at once, and are never away.
#[derive(Clone)]
struct Played;

impl Services for Played {
    async fn items(&self) -> Result<Vec<ItemCard>, Failure> {
        let item = |n: usize| ItemCard {
            code: n.to_string(),
            name: format!("示例事项之{n}"),
            accepting_unit: "示例单位".into(),
            ..ItemCard::default()
        };
        Ok((0..12).map(item).collect())
    }

    async fn submit(&self, _: Application) -> Result<Case, Failure> {
        let number = "65230120261122A1B2C3D4E5F6".to_owned();
        Ok(Case { id: "1".into(), project_number: number, ..Case::default() })
    }

    async fn completed(&self, _: String) -> Result<String, Failure> {
        sleep(STEP / 2).await;
        Ok("token".into())
    }

    async fn choices(&self, _: String) -> Result<Choices, Failure> {
        let choice = |level: Level| LevelChoice {
            level,
            label: level.label(LabelSet::Satisfaction).into(),
            tags: Vec::new(),
        };
        Ok(Choices {
            item_name: "示例事项".into(),
            agency_name: "示例单位".into(),
            levels: Level::ALL.map(choice).to_vec(),
            tag_list_version: "1".into(),
            negative_needs_reason: false,
            private_allowed: true,
            questions: Vec::new(),
            look_up: String::new(),
        })
    }

    async fn rate(&self, _: RatingToSend) -> Result<Receipt, Failure> {
        Err(Failure::Away)
    }

    async fn feedback(&self, _: i64) -> Result<Feedback, Failure> {
        Err(Failure::Away)
    }

    async fn look_up(&self, _: String) -> Result<LookedUp, Failure> {
        Err(Failure::Away)
    }
}

/// Runs in a process of its own, on the display it is given.
pub fn play(folder: &Path) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let spool = runtime.block_on(Spool::open(folder, Limits::default())).unwrap();
    let app = App::new().unwrap();
    let touches = connect(&app, runtime, Played, spool, None, Devices::default()).unwrap();
    let waits = Rc::new(RefCell::new([Vec::new(), Vec::new()]));
    let takes = Rc::clone(&waits);
    frames::watch(&app, move |wait, took| {
        takes.borrow_mut()[usize::from(wait == Wait::Faces)].push(took);
    });
    let (step, weak, timer) = (Cell::new(0), app.as_weak(), Timer::default());
    timer.start(TimerMode::Repeated, STEP, move || {
        let app = weak.unwrap();
        let (round, at) = (step.get() / 10, step.get() % 10);
        step.set(step.get() + 1);
        if round == ROUNDS {
            slint::quit_event_loop().unwrap();
        }
        let event = match at {
            0 => Event::Started,
            1 => Event::ItemChosen("1".into()),
            2 => Event::ApplyTouched,
            3 => Event::FormFilled(Vec::new()),
            // Then it is completed, and the faces come.
            4 => Event::Confirmed(round.to_string()),
            5 | 6 => return,
            7 => return finger(&app, TouchPhase::Started),
            8 => return finger(&app, TouchPhase::Cancelled),
            _ => Event::Left,
        };
        touches.try_send(event).unwrap();
    });
    app.run().unwrap();
    let [touches, faces] = &mut *waits.borrow_mut();
    assert_eq!(faces.len(), ROUNDS, "a visit did not get to its faces");
    tell("M25 completion → faces drawn", faces);
    tell("M26 touch → frame", touches);
}

fn finger(app: &App, phase: TouchPhase) {
    let touch = InternalEvent::Touch { id: 0, position: LogicalPoint::new(BELL.0, BELL.1), phase };
    app.window().dispatch_event(WindowEvent::internal(touch));
}

fn tell(what: &str, took: &mut [Duration]) {
    took.sort();
    let at = |share: usize| took[(took.len() - 1) * share / 100];
    println!("{what}: p50 {:?}, p99 {:?}, max {:?} of {}", at(50), at(99), at(100), took.len());
}
