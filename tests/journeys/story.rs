//! The story of the demonstration, on the store that the run tests.

use domain::level::Level;
use e2e::{citizens::signed, deployment::Deployment, until};
use intake::config::RatingLimits;
use pingyi::{
    demo::{
        self,
        story::{figure_lines, play},
        tokens::REGION,
    },
    roles::Role,
};
use platform::{bus::Bus, clock::Clock, keys::Keys, testing::TestPlace};
use proto::{
    publication::v1::{
        Dimension, Figures, GetFiguresRequest, statistics_service_client::StatisticsServiceClient,
    },
    ticketing::v1::{ListTicketsRequest, ticket_service_client::TicketServiceClient},
    r#type::v1::TicketState,
};
use tokio::net::TcpListener;
use tonic::transport::Endpoint;
use visit::{
    adapter::tonic::Gateway, content::opinion::Reasons, controller::Controller, flow::Event,
    screen::Screen,
};

use crate::trace::{id, shown, to_the_faces};

/// The agency of the story's item.
const AGENCY: &str = "652301-a04";

async fn figures(address: &str) -> Figures {
    let today = domain::deadline::day_of(Clock::System.now());
    let request = GetFiguresRequest {
        dimension: Dimension::Agency.into(),
        key: AGENCY.to_owned(),
        from: today.yesterday().unwrap().to_string(),
        to: today.to_string(),
        ..GetFiguresRequest::default()
    };
    let channel = Endpoint::from_shared(address.to_owned()).unwrap().connect_lazy();
    let mut client = StatisticsServiceClient::new(channel);
    client.get_figures(request).await.unwrap().into_inner().rows.pop().unwrap()
}

/// Plays the visits and checks that the figures it prints are those GetFigures answers.
async fn tell(visits: &[Level]) -> (String, Figures) {
    let place = TestPlace::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (location, keys) = (place.location.clone(), Keys::make());
    let limits = RatingLimits::default();
    let started = demo::start(location, keys, listener, Bus::embedded(), None, limits).await;
    let (running, tokens) = started.unwrap();
    let address = format!("http://{}", running.address);
    let before = figures(&address).await;
    let mut told = Vec::new();
    play(&address, &tokens, visits, &mut told).await.unwrap();
    let told = String::from_utf8(told).unwrap();
    let after = figures(&address).await;
    for line in figure_lines(&before, &after) {
        assert!(told.contains(&line), "{line}\n{told}");
    }
    running.stop.stop();
    running.ended().await.unwrap();
    (told, after)
}

fn rates(figures: &Figures) -> [(u64, u64); 3] {
    [figures.satisfaction, figures.participation, figures.rectification].map(|rate| {
        let rate = rate.unwrap();
        (rate.numerator, rate.denominator)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn i19_t05_t06_p03_one_dissatisfied_visit_runs_through_the_whole_loop() {
    let (told, figures) = tell(&[Level::VeryDissatisfied]).await;
    assert_eq!(rates(&figures), [(0, 1), (1, 1), (1, 1)]);
    let order = [
        "自动跳到五级评价",
        "点击“非常不满意”，原因：",
        "已生成，承办单位",
        "反馈（情况清楚的） 截止",
        "部门　　回访核实：示例：已致电核实 → 已回访核实",
        "部门　　核实结论：示例：情况清楚、诉求合理 → 已核实",
        "部门　　整改：示例：删去办事指南之外的审批条件（佐证：示例：新版办事指南） → 已整改",
        "部门　　向评价人反馈：示例：已告知整改情况 → 已反馈",
        "主管　　审核结果：示例：同意 → 审核通过",
        "部门　　办结工单",
        "显示“已办结”，还不算群众满意",
        "主管　　回访：示例：评价人对处理满意 → 已确认",
        "显示“已确认”",
    ];
    let at: Vec<_> = order.iter().map(|part| told.find(part)).collect();
    assert!(at.iter().all(Option::is_some) && at.windows(2).all(|w| w[0] < w[1]), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn t01_p03_a_satisfied_visit_opens_no_ticket() {
    let (told, figures) = tell(&[Level::Satisfied]).await;
    assert_eq!(rates(&figures), [(1, 1), (1, 1), (0, 0)]);
    assert!(!told.contains("工单") && !told.contains("原因"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn p03_two_visits_are_counted_once_each() {
    let (told, figures) = tell(&[Level::VeryDissatisfied, Level::Satisfied]).await;
    assert_eq!(rates(&figures), [(1, 2), (2, 2), (1, 1)]);
    assert!(told.contains("第 2 次办事，共 2 次"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_follows_its_own_rating_and_leaves_a_strangers_ticket_alone() {
    let place = TestPlace::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (location, keys) = (place.location.clone(), Keys::make());
    let limits = RatingLimits::default();
    let started = demo::start(location, keys, listener, Bus::embedded(), None, limits).await;
    let (running, tokens) = started.unwrap();
    let address = format!("http://{}", running.address);
    // A visitor rates at the same kiosk, before the story and, as listed, behind and ahead of it.
    let channel = Endpoint::from_shared(address.clone()).unwrap().connect_lazy();
    let gateway = Gateway::new(channel.clone(), &tokens.kiosk().unwrap(), REGION).unwrap();
    let mut strangers = Vec::new();
    for _ in 0..2 {
        let mut kiosk = Controller::new(gateway.clone());
        to_the_faces(&mut kiosk, "食品经营许可").await;
        kiosk.touch(Event::LevelChosen(Level::Dissatisfied, id()));
        kiosk.touch(Event::ReasonsGiven(Reasons::default()));
        let thanks = shown(&mut kiosk, |screen| matches!(screen, Screen::Thanks { .. })).await;
        let Screen::Thanks { receipt, .. } = thanks else { panic!("{thanks:?}") };
        strangers.push(receipt.rating_id);
        if strangers.len() == 1 {
            play(&address, &tokens, &[Level::VeryDissatisfied], &mut Vec::new()).await.unwrap();
        }
    }
    play(&address, &tokens, &[Level::VeryDissatisfied], &mut Vec::new()).await.unwrap();
    let mut client = TicketServiceClient::new(channel);
    let mut tickets = Vec::new();
    until("every rating has its ticket", async || {
        let asked = signed(ListTicketsRequest::default(), &tokens.authority().unwrap());
        tickets = client.list_tickets(asked).await.unwrap().into_inner().tickets;
        tickets.len() == 4
    })
    .await;
    for ticket in &tickets {
        let a_strangers = strangers.iter().any(|rating| ticket.rating_ids.contains(rating));
        let state = if a_strangers { TicketState::Opened } else { TicketState::Confirmed };
        assert_eq!(ticket.state(), state, "a stranger's: {a_strangers}");
    }
    running.stop.stop();
    running.ended().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_on_the_same_store_loads_nothing_twice() {
    let place = TestPlace::new().await;
    let keys = Keys::make();
    let mut heads = Vec::new();
    for _ in 0..2 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let location = place.location.clone();
        let (keys, limits) = (keys.clone(), RatingLimits::default());
        let started = demo::start(location, keys, listener, Bus::embedded(), None, limits).await;
        let (running, _) = started.unwrap();
        let store = running.stores.iter().find(|store| store.service() == "catalog").unwrap();
        heads.push(platform::facts::head(store).await.unwrap());
        running.stop.stop();
        running.ended().await.unwrap();
    }
    assert!(heads[0] > 20 && heads[0] == heads[1], "{heads:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_ends_orderly_while_it_is_used() {
    let deployment = Deployment::embedded().await;
    let citizens = e2e::citizens::Citizens::of(&deployment).await;
    citizens.invitation().await;
    assert!(deployment.store(Role::Intake).durability().await.unwrap().crash);
    deployment.end().await;
}
