//! Cause and effect (C14) over the facts: a ticket causes a new version of an item, the version
//! names the ticket, the ticket names the version, and the next applicant gets that version.

use e2e::{
    citizens::{Citizens, ON_THE_SPOT, rating, signed},
    deployment::Deployment,
    until,
};
use pingyi::roles::Role;
use platform::{
    auth::{Caller, Signer},
    clock::Clock,
};
use proto::{
    catalog::v1::{
        AdvanceChangeRequest, Cause, CauseKind, Change, DraftChangeRequest, GetItemRequest,
        catalog_service_client::CatalogServiceClient, change::Subject,
        change_service_client::ChangeServiceClient, change_step::Step,
    },
    ticketing::v1::{
        GetTicketRequest, ListTicketsRequest, ticket_service_client::TicketServiceClient,
    },
    r#type::v1::Level,
};

const AGENCY: &str = "652301-a03";

fn new_id() -> String {
    Clock::System.new_id().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn c14_a_ticket_names_the_guide_it_led_to_and_the_guide_the_ticket() {
    let deployment = Deployment::embedded().await;
    let citizens = Citizens::of(&deployment).await;
    let token = citizens.invitation().await;
    citizens.rate(rating(&token, Level::Dissatisfied)).await.unwrap();
    let handler = deployment.tokens.handler(AGENCY).unwrap();
    let tickets = TicketServiceClient::new(deployment.channel(Role::Ticketing));
    let list = async || {
        let request = signed(ListTicketsRequest::default(), &handler);
        tickets.clone().list_tickets(request).await.unwrap().into_inner().tickets
    };
    until("the ticket is open", async || !list().await.is_empty()).await;
    let ticket_id = list().await.remove(0).ticket_id;

    // The agency mends its guide because of the ticket; the Authority approves and publishes.
    let mut items = CatalogServiceClient::new(deployment.channel(Role::Catalog));
    let asked = GetItemRequest { code: ON_THE_SPOT.to_owned(), ..GetItemRequest::default() };
    let mut item = items.get_item(asked.clone()).await.unwrap().into_inner().item.unwrap();
    item.guide.as_mut().unwrap().procedure.push("示例：一次性告知需要补正的材料".to_owned());
    let mut changes = ChangeServiceClient::new(deployment.channel(Role::Catalog));
    let drafted = DraftChangeRequest {
        request_id: new_id(),
        change: Some(Change {
            subject: Some(Subject::Item(Box::new(item))),
            causes: vec![Cause { kind: CauseKind::Ticket.into(), id: ticket_id.clone() }],
            ..Change::default()
        }),
    };
    let change = changes.draft_change(signed(drafted, &handler)).await.unwrap().into_inner();
    let change_id = change.change.unwrap().change_id;
    let signer = Signer::new(&deployment.keys, Clock::System).unwrap();
    let authority = Caller::Authority { region: "652301".to_owned() };
    let authority = signer.token("second-officer", authority, 60).unwrap();
    for (step, who) in
        [(Step::Submit, &handler), (Step::Approve, &authority), (Step::Publish, &authority)]
    {
        let request = AdvanceChangeRequest {
            request_id: new_id(),
            change_id: change_id.clone(),
            step: step.into(),
            note: String::new(),
        };
        changes.advance_change(signed(request, who)).await.unwrap();
    }

    let published = items.get_item(asked).await.unwrap().into_inner().item.unwrap();
    assert_eq!((published.version, &published.change_id), (2, &change_id));
    assert_eq!(published.causes[0].id, ticket_id);
    let effects = async || {
        let request =
            signed(GetTicketRequest { ticket_id: ticket_id.clone(), before_step: 0 }, &handler);
        tickets.clone().get_ticket(request).await.unwrap().into_inner().ticket.unwrap().effects
    };
    until("the ticket names what it led to", async || !effects().await.is_empty()).await;
    let effect = effects().await.remove(0);
    assert_eq!((effect.item_code.as_str(), effect.version), (ON_THE_SPOT, 2));
    // Intake follows by the same facts: whoever applies next is bound to the new version.
    let versions = "SELECT CAST(item_version AS TEXT) FROM case_file ORDER BY accepted_at";
    until("the next case is of the new version", async || {
        citizens.apply().await.unwrap();
        deployment.column(Role::Intake, versions).await.last().is_some_and(|version| version == "2")
    })
    .await;
    deployment.end().await;
}
