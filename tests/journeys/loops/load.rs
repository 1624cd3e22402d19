//! `pingyi load loop` on the real program: lifecycles in spikes, counted again at the end.

use std::fs;

use e2e::process::{Process, run};
use platform::testing::TestPlace;
use serde_json::Value;

use crate::binary::{PINGYI, url};

#[tokio::test(flavor = "multi_thread")]
async fn t01_t05_lifecycles_in_spikes_leave_one_gapless_ticket_each_and_the_figures_they_made() {
    let place = TestPlace::new().await;
    let database = url(&place.location);
    let region = concat!(env!("CARGO_MANIFEST_DIR"), "/../services/pingyi/sample/652301");
    let variables =
        [("PINGYI__DATABASE__URL", database.as_str()), ("PINGYI__CATALOG__REGION", region)];
    let process = Process::serve(PINGYI, place.folder(), &["all", "--dev"], &variables).await;
    let endpoint = format!("http://{}", process.address);
    let json = place.folder().join("load.json").display().to_string();
    let arguments = [
        "load",
        "loop",
        "--shape",
        "spike",
        "--rate",
        "10",
        "--seconds",
        "4",
        "--officers",
        "12",
        "--endpoint",
        &endpoint,
        "--keys",
        ".pingyi/keys",
        "--json",
        &json,
    ];
    let output = run(PINGYI, place.folder(), &arguments, &[]);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
    let calls = report["calls"].as_array().unwrap();
    let count = |rpc: &str| {
        let of = |calls: &&Value| calls["rpc"] == rpc;
        calls.iter().find(of).unwrap()["acknowledged"].as_u64().unwrap()
    };
    let begun = count("(lifecycle)");
    // 89 parts in seven phases, of which the highest has 35: a good third of the rate on average.
    assert!(begun >= 14, "{told}");
    for rpc in ["SubmitRating", "(ticket found)", "FeedBackTicket", "AcceptResult", "CloseTicket"] {
        assert_eq!(count(rpc), begun, "{rpc}: {told}");
    }
    // The item's own agency has one of nine turns; the others' are passed on.
    assert!(count("DispatchTicket") > begun / 2 && count("DispatchTicket") < begun, "{told}");
    let present = serde_json::json!({ "officers": 12, "agencies": 9 });
    assert_eq!(report["present"], present, "{told}");
    let check = &report["check"];
    for counted in ["acknowledged", "listed", "read_back"] {
        assert_eq!(check[counted].as_u64(), Some(begun), "{counted}: {told}");
    }
    assert_eq!(check["faults"], serde_json::json!({}), "{told}");
    assert!(process.stop().await, "an orderly end");
}
