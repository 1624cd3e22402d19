//! A robot proves every few minutes that all five levels of every channel are counted (S07).

use std::{fs, path::Path, process::Output, time::Duration};

use e2e::{
    citizens::ON_THE_SPOT,
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
use sea_orm::ConnectionTrait as _;

use crate::binary::{PINGYI, url};

const LEVELS: [&str; 5] =
    ["VERY_SATISFIED", "SATISFIED", "BASICALLY_SATISFIED", "DISSATISFIED", "VERY_DISSATISFIED"];
const ROBOT: &str = "652301-robot";
const ITEM: &str = "Y1000000PY6523035T4002014901000";

/// The sample region with a robot's agency, which has one item.
fn region(folder: &Path) -> String {
    let sample =
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../services/pingyi/sample/652301"));
    let own = folder.join("region");
    fs::create_dir(&own).unwrap();
    for file in fs::read_dir(sample).unwrap().map(Result::unwrap) {
        fs::copy(file.path(), own.join(file.file_name())).unwrap();
    }
    let more = |file: &str, text: &str| {
        let all = fs::read_to_string(own.join(file)).unwrap();
        fs::write(own.join(file), format!("{all}\n{text}")).unwrap();
    };
    let agency = format!(
        "[[agency]]\nid = \"{ROBOT}\"\nname = \"评价链路自检（示例）\"\nuscc = \"{}\"\n\
         authority = false\nleader = \"示例负责人\"\ncontact = \"示例联络员\"\n",
        &ITEM[..18]
    );
    more("organization.toml", &agency);
    let items = fs::read_to_string(own.join("items.toml")).unwrap();
    let first = items.split("[[item]]").nth(1).unwrap().replace(ON_THE_SPOT, ITEM);
    let first = first.replace("agency = \"652301-a03\"", &format!("agency = \"{ROBOT}\""));
    more("items.toml", &format!("[[item]]{first}"));
    own.display().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn s07_a_robot_proves_every_level_of_every_channel_and_names_what_is_not_counted() {
    let place = TestPlace::new().await;
    let (database, region) = (url(&place.location), region(place.folder()));
    let variables = [
        ("PINGYI__DATABASE__URL", database.as_str()),
        ("PINGYI__CATALOG__REGION", region.as_str()),
    ];
    let served = Process::serve(PINGYI, place.folder(), &["all", "--dev"], &variables).await;
    let keys = Keys::read(&place.folder().join(".pingyi/keys")).unwrap();
    let tokens = Tokens::new(Signer::new(&keys, Clock::System).unwrap());
    let signer = Signer::new(&keys, Clock::System).unwrap();
    let system = Caller::System { agency: ROBOT.to_owned() };
    let files = [
        ("robot.token", signer.token("robot", system, 600).unwrap()),
        ("kiosk.token", tokens.kiosk().unwrap()),
    ];
    for (file, token) in files {
        fs::write(place.folder().join(file), token).unwrap();
    }
    let endpoint = format!("http://{}", served.address);
    let by = |token: &str, more: &[&str]| -> Output {
        let all = ["robot", "--item", ITEM, "--endpoint", &endpoint, "--token", token];
        run(PINGYI, place.folder(), &[&all[..], more].concat(), &[])
    };
    let robot = |more: &[&str]| by("robot.token", more);
    let told = |output: &Output| {
        let text = [output.stdout.as_slice(), &output.stderr].concat();
        String::from_utf8_lossy(&text).into_owned()
    };
    let mut first = String::new();
    until("the services know the robot's item, and every level is counted", async || {
        let output = robot(&["--terminal-token", "kiosk.token"]);
        first = told(&output);
        output.status.success()
    })
    .await;
    assert!(
        first.contains("5 channels, five levels each: all counted, the slowest after"),
        "{first}"
    );

    // Publication cannot write: what is acknowledged is not counted, and the robot says which.
    let publication = Role::Publication.open(&place.location).await.unwrap();
    let held = publication.begin().await.unwrap();
    held.take_time(Duration::from_secs(30), Duration::from_secs(3)).await.unwrap();
    held.execute_unprepared("UPDATE fold SET version = version").await.unwrap();
    let output = robot(&["--channels", "app", "--within", "2"]);
    assert!(!output.status.success());
    let missing = told(&output);
    let worst = "not counted within 2 s: APP VERY_SATISFIED, APP SATISFIED, APP BASICALLY_SATISFIED, \
                 APP DISSATISFIED, APP VERY_DISSATISFIED";
    assert!(missing.contains(worst), "{missing}");
    held.rollback().await.unwrap();
    publication.close().await;
    until("it is counted after all", async || robot(&["--channels", "app"]).status.success()).await;

    // One channel that does not go keeps no other from being proved.
    fs::write(place.folder().join("wrong.token"), "none").unwrap();
    let partly = robot(&["--channels", "app", "--terminal-token", "wrong.token"]);
    let told_partly = told(&partly);
    let refused = LEVELS.map(|level| format!("KIOSK {level}: "));
    assert!(!partly.status.success());
    assert!(refused.iter().all(|one| told_partly.contains(one)), "{told_partly}");
    assert!(!told_partly.contains("APP"), "{told_partly}");

    let other = by("kiosk.token", &["--channels", "app"]);
    assert!(!other.status.success() && told(&other).contains("ROLE_MISSING"), "{}", told(&other));
    assert!(served.stop().await, "an orderly end");
}
