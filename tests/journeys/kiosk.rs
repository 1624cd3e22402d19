//! A terminal while the services are away, or do not admit it.

use domain::level::Level;
use e2e::{
    citizens::{ON_THE_SPOT, signed},
    process::{Process, free_port},
    until,
};
use pingyi::demo::tokens::{REGION, Tokens};
use platform::{auth::Signer, clock::Clock, keys::Keys, testing::TestPlace};
use proto::ticketing::v1::{ListTicketsRequest, ticket_service_client::TicketServiceClient};
use tonic::transport::Endpoint;
use visit::{
    adapter::{token::Token, tonic::Gateway},
    content::opinion::Reasons,
    controller::Controller,
    flow::Event,
    screen::Screen,
};

use crate::{
    binary::{PINGYI, url},
    trace::{id, shown, to_the_faces},
};

#[tokio::test(flavor = "multi_thread")]
async fn i04_a_bad_rating_left_behind_at_a_terminal_that_is_cut_off_arrives_when_it_is_not() {
    let place = TestPlace::new().await;
    let database = url(&place.location);
    let region = concat!(env!("CARGO_MANIFEST_DIR"), "/../services/pingyi/sample/652301");
    let variables =
        [("PINGYI__DATABASE__URL", database.as_str()), ("PINGYI__CATALOG__REGION", region)];
    let port = free_port();
    let serve = async || {
        Process::serve_at(port, PINGYI, place.folder(), &["all", "--dev"], &variables).await
    };
    let first = serve().await;
    let keys = Keys::read(&place.folder().join(".pingyi/keys")).unwrap();
    let tokens = Tokens::new(Signer::new(&keys, Clock::System).unwrap());
    let endpoint = Endpoint::from_shared(format!("http://{}", first.address)).unwrap();
    let channel = endpoint.connect_lazy();
    let file = place.folder().join("kiosk.token");
    std::fs::write(&file, "not yet").unwrap();
    let gateway = Gateway::with(channel.clone(), Token::read(&file).unwrap(), REGION);
    let mut kiosk = Controller::new(gateway);

    // Its token does not hold, until another one stands in the file.
    kiosk.touch(Event::Started);
    shown(&mut kiosk, |screen| matches!(screen, Screen::Closed { .. })).await;
    std::fs::write(&file, tokens.kiosk().unwrap()).unwrap();
    kiosk.touch(Event::TimedOut);
    shown(&mut kiosk, |screen| *screen == Screen::Attract).await;

    to_the_faces(&mut kiosk, ON_THE_SPOT).await;
    first.kill();
    kiosk.touch(Event::LevelChosen(Level::VeryDissatisfied, id()));
    kiosk.touch(Event::ReasonsGiven(Reasons::default()));
    shown(&mut kiosk, |screen| matches!(screen, Screen::Offline { .. })).await;
    // Whoever rated leaves, and the next one finds the services away.
    kiosk.touch(Event::Left);
    kiosk.touch(Event::Started);
    shown(&mut kiosk, |screen| matches!(screen, Screen::Offline { .. })).await;
    let second = serve().await;
    until("the items come by themselves", async || {
        matches!(kiosk.answer().await, Screen::Items { .. })
    })
    .await;

    let mut tickets = TicketServiceClient::new(channel);
    let authority = tokens.authority().unwrap();
    until("the rating left behind has its ticket", async || {
        let listed = tickets.list_tickets(signed(ListTicketsRequest::default(), &authority)).await;
        listed.is_ok_and(|listed| listed.into_inner().tickets.len() == 1)
    })
    .await;
    assert!(second.stop().await, "an orderly end");
}
