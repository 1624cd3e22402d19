//! A backup taken while ratings come in, and what is restored from it: whole, verified, and in use again.

use std::{path::Path, process::Command};

use e2e::{
    citizens::{Citizens, rating},
    postgres_server,
    process::{Process, run},
    until,
};
use pingyi::demo::tokens::Tokens;
use platform::{auth::Signer, clock::Clock, database::Location, keys::Keys, testing::TestPlace};
use proto::{
    publication::v1::{
        Dimension, Figures, GetFiguresRequest, statistics_service_client::StatisticsServiceClient,
    },
    r#type::v1::Level,
};
use sea_orm::ConnectionTrait as _;
use tonic::transport::{Channel, Endpoint};

use crate::binary::{PINGYI, url};

const REGION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../services/pingyi/sample/652301");

/// A process with all services on a database.
struct Serving {
    process: Process,
    channel: Channel,
    citizens: Citizens,
}

fn variables(database: &str) -> [(&str, &str); 3] {
    [
        ("PINGYI__DATABASE__URL", database),
        ("PINGYI__CATALOG__REGION", REGION),
        ("PINGYI__KEYS__FOLDER", "keys"),
    ]
}

async fn serve(folder: &Path, database: &str) -> Serving {
    let process = Process::serve(PINGYI, folder, &["all", "--dev"], &variables(database)).await;
    let signer = Signer::new(&Keys::read(&folder.join("keys")).unwrap(), Clock::System).unwrap();
    let channel = Endpoint::from_shared(format!("http://{}", process.address)).unwrap();
    let channel = channel.connect_lazy();
    let citizens = Citizens::at(channel.clone(), &Tokens::new(signer));
    until("intake knows the catalog", async || citizens.apply().await.is_ok()).await;
    Serving { process, channel, citizens }
}

impl Serving {
    async fn rate(&self, levels: &[Level]) {
        for level in levels {
            self.citizens.rate(rating(&self.citizens.invitation().await, *level)).await.unwrap();
        }
    }

    /// Waits until so many ratings are in the published figures.
    async fn published(&self, count: u64) {
        let today = domain::deadline::day_of(Clock::System.now());
        let request = GetFiguresRequest {
            dimension: Dimension::Region.into(),
            key: "652301".to_owned(),
            from: today.yesterday().unwrap().to_string(),
            to: today.to_string(),
            ..GetFiguresRequest::default()
        };
        let mut client = StatisticsServiceClient::new(self.channel.clone());
        until("the ratings are published", async || {
            let rows = client.get_figures(request.clone()).await.unwrap().into_inner().rows;
            let counted = |row: &Figures| row.levels.iter().map(|level| level.count).sum::<u64>();
            rows.first().map(counted) == Some(count)
        })
        .await;
    }
}

fn operate(folder: &Path, database: &str, command: &str) -> String {
    let output = run(PINGYI, folder, &[command], &variables(database));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command}: {told}{wrong}");
    told
}

fn program(name: &str, arguments: &[&str]) {
    let output = Command::new(name).args(arguments).output().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A database of the same server, with nothing in it.
async fn beside(database: &str) -> String {
    let (server, name) = database.rsplit_once('/').unwrap();
    let restored = format!("{name}_restored");
    let connection = sea_orm::Database::connect(database).await.unwrap();
    connection.execute_unprepared(&format!("CREATE DATABASE {restored}")).await.unwrap();
    connection.close().await.unwrap();
    format!("{server}/{restored}")
}

#[tokio::test(flavor = "multi_thread")]
async fn s04_a_backup_is_restored_verified_to_the_last_figure_and_in_use_again() {
    let place = TestPlace::new().await;
    let (folder, database) = (place.folder(), url(&place.location));
    let mut serving = serve(folder, &database).await;
    serving.rate(&[Level::Satisfied, Level::VeryDissatisfied, Level::Dissatisfied]).await;
    serving.published(3).await;
    let dump = folder.join("backup");
    let restored = match &place.location {
        // While it serves: one snapshot of all services.
        Location::Postgres(_) => {
            let file = format!("--file={}", dump.display());
            let tool = |name: &str| postgres_server::programs().join(name).display().to_string();
            program(&tool("pg_dump"), &["--format=custom", &file, &database]);
            let restored = beside(&database).await;
            let into = format!("--dbname={restored}");
            program(&tool("pg_restore"), &["--exit-on-error", &into, dump.to_str().unwrap()]);
            restored
        }
        // A file of each service: they agree while nobody writes.
        Location::Sqlite(stores) => {
            assert!(serving.process.stop().await);
            program("cp", &["-a", stores.to_str().unwrap(), dump.to_str().unwrap()]);
            serving = serve(folder, &database).await;
            format!("sqlite:{}", dump.display())
        }
    };
    // What came after the backup is not in it.
    serving.rate(&[Level::VerySatisfied]).await;
    serving.published(4).await;
    serving.process.kill();

    let figures = operate(folder, &restored, "verify-figures");
    assert!(figures.contains("figures are what the recount gives"), "{figures}");
    let log = operate(folder, &restored, "verify-log");
    assert!(log.contains("is whole 完整: 3 ratings"), "{log}");
    assert!(operate(folder, &restored, "verify-audit").contains("is whole"));
    let serving = serve(folder, &restored).await;
    serving.published(3).await;
    serving.rate(&[Level::VeryDissatisfied]).await;
    serving.published(4).await;
    assert!(serving.process.stop().await);
    operate(folder, &restored, "verify-figures");
}
