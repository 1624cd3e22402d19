//! The window against the real services: one visit by finger, over real gRPC, on a real store.
#![allow(clippy::unwrap_used)]

use std::{
    cell::Cell,
    rc::Rc,
    time::{Duration, Instant},
};

use i_slint_backend_testing::{ElementHandle, ElementQuery, TestingBackend, TestingBackendOptions};
use i_slint_core::{
    input::TouchPhase,
    lengths::LogicalPoint,
    platform::{InternalEvent, WindowEvent},
};
use kiosk::{run::connect, view::App};
use pingyi::{demo, demo::tokens::REGION};
use platform::{
    bus::Bus,
    keys::Keys,
    testing::{
        TestPlace,
        wait::{PATIENCE, stretched},
    },
};
use proto::ticketing::v1::{ListTicketsRequest, ticket_service_client::TicketServiceClient};
use slint::{ComponentHandle as _, LogicalSize, Timer, TimerMode, platform::Key};
use tokio::{net::TcpListener, runtime::Builder};
use tonic::{Request, transport::Endpoint};
use visit::{
    adapter::{
        spool::{Limits, Spool},
        tonic::Gateway,
    },
    devices::Devices,
};

/// How long a visitor looks before the next step; a new screen takes no touch at once.
const SETTLED: Duration = Duration::from_millis(600);

/// What the visitor does next, as soon as it can be done.
enum Step {
    /// Touches what bears this label.
    Tap(&'static str),
    /// Types, and goes on to the next field.
    Type(&'static str),
    /// Reads this.
    Read(&'static str),
    /// Reads what begins so.
    ReadOn(&'static str),
}

/// Up to the faces.
const VISIT: [Step; 15] = [
    Step::Tap("点击屏幕，开始办理"),
    Step::Tap("食品经营许可（示例）"),
    Step::Tap("开始填写"),
    Step::Read("填写申请"),
    Step::Type("示例申请人"),
    Step::Type("1"),
    Step::Type("示例小吃店"),
    Step::Tap("餐饮服务经营者"),
    Step::Tap("经营场所面积（平方米）"),
    Step::Type("20"),
    // The phone number is no whole one, and the keys wait where it stands.
    Step::Tap("填好了"),
    Step::Read("应为11位手机号码"),
    Step::Type("3800000000"),
    Step::Tap("填好了"),
    Step::Tap("确认提交"),
];

#[test]
fn i19_a_bad_rating_by_finger_becomes_a_ticket_of_the_real_services() {
    becomes_a_ticket(&[
        // Here the business system completes the case, and the screen jumps by itself.
        Step::Tap("非常不满意"),
        Step::Tap("多头跑窗口和部门"),
        Step::Tap("其他，我来写"),
        Step::Type("示例：等了很久"),
        Step::Tap("写好了"),
        Step::Tap("回答 5 个小问题"),
        Step::Tap("否"),
        Step::Tap("不答了，直接提交“非常不满意”"),
        Step::Read("您的评价已保存。"),
        // The catalogue counts the days, and intake knows the ticket.
        Step::ReadOn("最晚 "),
        Step::ReadOn("已经立案，下一步最晚"),
    ]);
}

#[test]
fn i04_a_bad_face_whose_reasons_nobody_gives_becomes_a_ticket_all_the_same() {
    becomes_a_ticket(&[
        Step::Tap("非常不满意"),
        Step::Tap("退出，照常提交"),
        Step::Read("点击屏幕，开始办理"),
    ]);
}

fn becomes_a_ticket(rates: &'static [Step]) {
    let runtime = Builder::new_multi_thread().enable_all().build().unwrap();
    let place = runtime.block_on(TestPlace::new());
    let (running, tokens) = runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let started = demo::start(
            place.location.clone(),
            Keys::make(),
            listener,
            Bus::embedded(),
            None,
            Default::default(),
        );
        started.await.unwrap()
    });
    let endpoint = Endpoint::from_shared(format!("http://{}", running.address)).unwrap();

    let options = TestingBackendOptions { mock_time: false, threading: true, renderer_name: None };
    slint::platform::set_platform(Box::new(TestingBackend::new(options))).unwrap();
    let app = App::new().unwrap();
    app.show().unwrap();
    // Long enough that nothing has to be pushed.
    app.window().set_size(LogicalSize::new(1080.0, 4_000.0));
    let visit = Builder::new_current_thread().enable_all().build().unwrap();
    let channel = visit.block_on(async { endpoint.connect_lazy() });
    let gateway = Gateway::new(channel, &tokens.kiosk().unwrap(), REGION).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let spool = visit.block_on(Spool::open(folder.path(), Limits::default())).unwrap();
    let _touches = connect(&app, visit, gateway, spool, None, Devices::default()).unwrap();

    let (done, began) = (Rc::new(Cell::new(0)), Instant::now());
    let (timer, count, weak) = (Timer::default(), Rc::clone(&done), app.as_weak());
    let seen = Cell::new(None);
    timer.start(TimerMode::Repeated, Duration::from_millis(20), move || {
        let app = weak.unwrap();
        match VISIT.iter().chain(rates).nth(count.get()) {
            Some(step) if began.elapsed() < stretched(PATIENCE) => {
                if !can_take(&app, step) {
                    return;
                }
                let since: Instant = seen.get().unwrap_or_else(Instant::now);
                seen.set(Some(since));
                if since.elapsed() > SETTLED {
                    take(&app, step);
                    seen.set(None);
                    count.set(count.get() + 1);
                }
            }
            _ => slint::quit_event_loop().unwrap(),
        }
    });
    slint::run_event_loop_until_quit().unwrap();
    let all = ElementQuery::from_root(&app).match_descendants().find_all();
    let shown: Vec<_> = all.iter().filter_map(ElementHandle::accessible_label).collect();
    assert_eq!(done.get(), VISIT.len() + rates.len(), "the visit stopped at this step: {shown:?}");

    let opened = runtime.block_on(async {
        let mut client = TicketServiceClient::new(endpoint.connect_lazy());
        loop {
            let mut request = Request::new(ListTicketsRequest::default());
            let bearer = format!("Bearer {}", tokens.authority().unwrap()).parse().unwrap();
            request.metadata_mut().insert("authorization", bearer);
            let tickets = client.list_tickets(request).await.unwrap().into_inner().tickets;
            if !tickets.is_empty() || began.elapsed() > stretched(PATIENCE) {
                break tickets.len();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    assert_eq!(opened, 1, "one rating, one ticket");
    running.stop.stop();
    runtime.block_on(running.ended()).unwrap();
}

fn find(app: &App, label: &str) -> Option<ElementHandle> {
    ElementHandle::find_by_accessible_label(app, label).next()
}

fn can_take(app: &App, step: &Step) -> bool {
    match step {
        Step::Read(words) => find(app, words).is_some(),
        Step::Tap(label) => {
            find(app, label).is_some_and(|element| element.accessible_enabled() != Some(false))
        }
        Step::ReadOn(words) => {
            let words: &'static str = words;
            let begins = move |element: &ElementHandle| {
                element.accessible_label().is_some_and(|label| label.starts_with(words))
            };
            let all = ElementQuery::from_root(app).match_descendants();
            !all.match_predicate(begins).find_all().is_empty()
        }
        Step::Type(_) => true,
    }
}

fn take(app: &App, step: &Step) {
    match step {
        Step::Read(_) | Step::ReadOn(_) => {}
        Step::Tap(label) => {
            let element = find(app, label).unwrap();
            let (at, size) = (element.absolute_position(), element.size());
            let position = LogicalPoint::new(at.x + size.width / 2.0, at.y + size.height / 2.0);
            for phase in [TouchPhase::Started, TouchPhase::Ended] {
                let touch = InternalEvent::Touch { id: 0, position, phase };
                app.window().dispatch_event(WindowEvent::internal(touch));
            }
        }
        Step::Type(text) => {
            for text in [(*text).into(), char::from(Key::Tab).into()] {
                app.window().dispatch_event(WindowEvent::KeyPressed { text });
            }
        }
    }
}
