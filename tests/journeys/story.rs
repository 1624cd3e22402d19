//! The story of the demonstration, on whichever store the run tests.

use domain::level::Level;
use e2e::deployment::Deployment;
use pingyi::{
    demo::{
        self,
        story::{figure_lines, play},
    },
    roles::Role,
};
use platform::{bus::Bus, clock::Clock, keys::Keys, testing::TestPlace};
use proto::publication::v1::{
    Dimension, Figures, GetFiguresRequest, statistics_service_client::StatisticsServiceClient,
};
use tokio::net::TcpListener;
use tonic::transport::Endpoint;

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
    let started = demo::start(location, keys, listener, Bus::embedded(), None).await;
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
        "jumps to five faces by itself",
        "touches 非常不满意, because:",
        "opens ticket",
        "feed_back_clear by the end of",
        "calls the rater back",
        "finds it clear and reasonable",
        "puts it right",
        "tells the rater",
        "accepts the result",
        "closes the ticket",
        "reads it as closed, not as settled",
        "follows up: the rater is satisfied",
        "reads it as confirmed",
    ];
    let at: Vec<_> = order.iter().map(|part| told.find(part)).collect();
    assert!(at.iter().all(Option::is_some) && at.windows(2).all(|w| w[0] < w[1]), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn t01_p03_a_satisfied_visit_opens_no_ticket() {
    let (told, figures) = tell(&[Level::Satisfied]).await;
    assert_eq!(rates(&figures), [(1, 1), (1, 1), (0, 0)]);
    assert!(!told.contains("ticket") && !told.contains("because"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn p03_two_visits_are_counted_once_each() {
    let (told, figures) = tell(&[Level::VeryDissatisfied, Level::Satisfied]).await;
    assert_eq!(rates(&figures), [(1, 2), (2, 2), (1, 1)]);
    assert!(told.contains("Visit 2 of 2"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_on_the_same_store_loads_nothing_twice() {
    let place = TestPlace::new().await;
    let keys = Keys::make();
    let mut heads = Vec::new();
    for _ in 0..2 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let location = place.location.clone();
        let (running, _) =
            demo::start(location, keys.clone(), listener, Bus::embedded(), None).await.unwrap();
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
