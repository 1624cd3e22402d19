//! A terminal that waits for its case while the services come and go.

use domain::item::FieldKind;
use e2e::{
    PATIENCE,
    citizens::signed,
    process::{Process, free_port},
    until, within,
};
use pingyi::demo::tokens::{REGION, Tokens};
use platform::{auth::Signer, clock::Clock, keys::Keys, testing::TestPlace};
use proto::intake::v1::{CompleteCaseRequest, case_service_client::CaseServiceClient};
use tonic::transport::Endpoint;
use visit::{
    adapter::tonic::Gateway,
    content::{Application, Field},
    ports::Services as _,
};

use crate::binary::{PINGYI, url};

/// The agency whose business system completes the case.
const AGENCY: &str = "652301-a04";

fn filled(field: &Field) -> (String, String) {
    let value = match field.kind {
        FieldKind::Choice => field.choices[0].as_str(),
        FieldKind::Phone => "13800000000",
        FieldKind::Number => "1",
        _ => "示例",
    };
    (field.id.clone(), value.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn i19_a_restart_of_the_services_does_not_end_the_wait_for_completion() {
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
    let gateway = Gateway::new(channel.clone(), &tokens.kiosk().unwrap(), REGION).unwrap();

    let items = gateway.items().await.unwrap();
    let item = items.into_iter().find(|item| item.name.contains("食品经营许可")).unwrap();
    let application = Application {
        request_id: Clock::System.new_id().to_string(),
        item_code: item.code,
        entries: item.form.iter().map(filled).collect(),
        language: String::new(),
    };
    let mut case = None;
    until("intake knows the catalog", async || {
        case = gateway.submit(application.clone()).await.ok();
        case.is_some()
    })
    .await;
    let case = case.unwrap();
    assert_eq!(case.invitation, None, "it is not settled on the spot");

    let waiting = tokio::spawn({
        let (gateway, id) = (gateway.clone(), case.id.clone());
        async move { gateway.completed(id).await }
    });
    first.kill();
    let second = serve().await;
    let request = CompleteCaseRequest {
        request_id: Clock::System.new_id().to_string(),
        project_number: case.project_number,
        late_reason: String::new(),
    };
    let system = tokens.system(AGENCY).unwrap();
    let mut client = CaseServiceClient::new(channel);
    until("its business system completes the case", async || {
        client.complete_case(signed(request.clone(), &system)).await.is_ok()
    })
    .await;
    let token = within("the invitation", PATIENCE, waiting).await.unwrap();
    assert!(gateway.choices(token.unwrap()).await.is_ok());
    assert!(second.stop().await, "an orderly end");
}
