//! Personal data over the life of a deployment: its suite, its keys, and who looked.

use std::fs;

use e2e::{
    citizens::{Citizens, rating, signed},
    process::{Process, run},
    until,
};
use pingyi::{demo::tokens::Tokens, roles::Role};
use platform::{
    auth::{Caller, Signer},
    clock::Clock,
    keys::Keys,
    testing::TestPlace,
};
use proto::{
    intake::v1::{
        LookPurpose, PersonField, RevealPersonRequest, people_service_client::PeopleServiceClient,
        reveal_person_request::Subject,
    },
    r#type::v1::Level,
};
use sea_orm::{ConnectionTrait as _, Statement};
use tonic::transport::{Channel, Endpoint};

use crate::binary::{PINGYI, url};

/// Who calls a running process.
struct Callers {
    channel: Channel,
    citizens: Citizens,
    officer: String,
}

impl Callers {
    async fn of(process: &Process, keys: &Keys) -> Self {
        let signer = Signer::new(keys, Clock::System).unwrap();
        let authority = Caller::Authority { region: "652301".to_owned() };
        let officer = signer.token("officer-1", authority, 60).unwrap();
        let address = format!("http://{}", process.address);
        let channel = Endpoint::from_shared(address).unwrap().connect_lazy();
        let citizens = Citizens::at(channel.clone(), &Tokens::new(signer));
        until("intake knows the catalog", async || citizens.apply().await.is_ok()).await;
        Self { channel, citizens, officer }
    }

    async fn rate(&self, text: &str) -> String {
        let mut request = rating(&self.citizens.invitation().await, Level::VeryDissatisfied);
        request.text = text.to_owned();
        self.citizens.rate(request).await.unwrap().rating_id
    }

    /// The name and the words behind a rating, as an officer of the Authority is shown them.
    async fn reveal(&self, rating_id: &str) -> (String, String) {
        let request = RevealPersonRequest {
            request_id: Clock::System.new_id().to_string(),
            subject: Some(Subject::RatingId(rating_id.to_owned())),
            fields: vec![PersonField::Name.into(), PersonField::Text.into()],
            purpose: LookPurpose::CallBack.into(),
            purpose_note: "向评价人核实".to_owned(),
        };
        let mut client = PeopleServiceClient::new(self.channel.clone());
        let shown = client.reveal_person(signed(request, &self.officer)).await.unwrap();
        let shown = shown.into_inner();
        (shown.name, shown.text)
    }
}

/// What the words of every rating are sealed with: suite and number of the key.
async fn marks(place: &TestPlace) -> Vec<u8> {
    let store = Role::Intake.open(&place.location).await.unwrap();
    let sql = Statement::from_string(store.backend(), "SELECT words FROM rating");
    let rows = store.read().query_all_raw(sql).await.unwrap();
    let mark = |row: &sea_orm::QueryResult| row.try_get::<Vec<u8>>("", "words").unwrap()[0];
    let mut marks: Vec<u8> = rows.iter().map(mark).collect();
    marks.sort_unstable();
    store.close().await;
    marks
}

#[tokio::test(flavor = "multi_thread")]
async fn s01_a_deployment_seals_in_its_suite_changes_its_key_and_takes_the_old_one_away() {
    let place = TestPlace::new().await;
    let database = url(&place.location);
    let region = concat!(env!("CARGO_MANIFEST_DIR"), "/../services/pingyi/sample/652301");
    let variables = [
        ("PINGYI__DATABASE__URL", database.as_str()),
        ("PINGYI__CATALOG__REGION", region),
        ("PINGYI__KEYS__FOLDER", "keys"),
        ("PINGYI__KEYS__SUITE", "sm"),
    ];
    let folder = place.folder();
    let serve = async || Process::serve(PINGYI, folder, &["all", "--dev"], &variables).await;
    let operate = |command: &str| {
        let output = run(PINGYI, folder, &[command], &variables);
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
        told
    };

    let process = serve().await;
    let keys = Keys::read(&folder.join("keys")).unwrap();
    let callers = Callers::of(&process, &keys).await;
    let old = callers.rate("等了三个小时").await;
    assert_eq!(marks(&place).await, [0x81], "SM4, the first key");
    assert!(process.stop().await);

    fs::write(folder.join("keys/sealing-2.key"), "5a".repeat(32)).unwrap();
    let process = serve().await;
    let callers = Callers::of(&process, &keys).await;
    let new = callers.rate("窗口太少").await;
    assert_eq!(marks(&place).await, [0x81, 0x82]);
    assert_eq!(callers.reveal(&old).await, ("示例办事人".to_owned(), "等了三个小时".to_owned()));
    // While it serves.
    let told = operate("reseal");
    assert!(told.contains("intake rating.words: 1 encrypted again, 1 already"), "{told}");
    assert_eq!(marks(&place).await, [0x82, 0x82]);
    assert!(process.stop().await);

    fs::remove_file(folder.join("keys/sealing.key")).unwrap();
    let process = serve().await;
    let callers = Callers::of(&process, &keys).await;
    assert_eq!(callers.reveal(&old).await.1, "等了三个小时");
    assert_eq!(callers.reveal(&new).await.1, "窗口太少");
    let told = operate("verify-audit");
    assert!(told.starts_with("intake: the audit chain is whole: 3 entries in "), "{told}");
    assert!(process.stop().await);
}
