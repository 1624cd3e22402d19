//! A terminal while the services are away, or do not admit it.

use domain::level::Level;
use e2e::{
    citizens::{ON_THE_SPOT, signed},
    deployment::Deployment,
    process::{Process, free_port},
    until,
};
use pingyi::{
    demo::tokens::{REGION, Tokens},
    roles::Role,
};
use platform::{auth::Signer, clock::Clock, keys::Keys, testing::TestPlace};
use proto::ticketing::v1::{ListTicketsRequest, ticket_service_client::TicketServiceClient};
use tonic::transport::{Channel, Endpoint};
use visit::{
    adapter::{token::Token, tonic::Gateway},
    content::opinion::Reasons,
    controller::Controller,
    flow::Event,
    ports::{Failure, Services as _},
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

#[tokio::test(flavor = "multi_thread")]
async fn i23_items_and_guides_last_seen_stay_readable_while_the_services_are_away() {
    let deployment = Deployment::embedded().await;
    let folder = tempfile::tempdir().unwrap();
    let token = deployment.tokens.kiosk().unwrap();
    let terminal = |channel: Channel| {
        let gateway = Gateway::new(channel, &token, REGION).unwrap();
        gateway.keeping_items(folder.path())
    };
    let here = terminal(deployment.channel(Role::Catalog));
    let mut seen = Vec::new();
    until("the services offer items", async || {
        seen = here.items().await.unwrap_or_default();
        !seen.is_empty()
    })
    .await;
    assert!(seen.iter().all(|item| item.seen_at.is_empty() && !item.guide.procedure.is_empty()));
    deployment.end().await;
    // Another start of the program, which has never reached anybody.
    let nobody = Endpoint::from_shared(format!("http://127.0.0.1:{}", free_port())).unwrap();
    for terminal in [here, terminal(nobody.connect_lazy())] {
        let mut kept = terminal.items().await.unwrap();
        assert!(kept.iter().all(|item| item.seen_at.starts_with("20")), "it says since when");
        kept.iter_mut().for_each(|item| item.seen_at.clear());
        assert_eq!(kept, seen, "with all that stood in the guides");
    }
    let elsewhere = Gateway::new(nobody.connect_lazy(), &token, "650000").unwrap();
    let elsewhere = elsewhere.keeping_items(folder.path()).items().await;
    assert_eq!(elsewhere.unwrap_err(), Failure::Away, "another region's are not shown");
}
