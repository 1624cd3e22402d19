//! `pingyi load`, as an operator runs it.

#![allow(dead_code, reason = "each measurement has its scenario")]
#![allow(clippy::expect_used, reason = "a measurement that cannot go on has failed")]

use std::{fs, path::Path};

use e2e::process::run;
use serde_json::Value;

use crate::{PINGYI, callers::SPAN};

/// What it measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Loaded {
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

/// Ratings for the span of a measurement.
pub(crate) fn submit(folder: &Path, address: &str, callers: usize) -> Loaded {
    let report = report(folder, address, "submit", callers);
    let calls = &report["calls"][0];
    Loaded {
        per_second: figure(&calls["per_second"]),
        p50_ms: figure(&calls["latency_ms"]["p50"]),
        p99_ms: figure(&calls["latency_ms"]["p99"]),
    }
}

/// Cases per second, over one stream after the other.
pub(crate) fn import(folder: &Path, address: &str) -> f64 {
    figure(&report(folder, address, "import", 1)["rows"]["per_second"])
}

fn figure(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

/// Puts a server under load for the span of a measurement. Fails if anything is refused, or
/// missing afterwards.
fn report(folder: &Path, address: &str, scenario: &str, callers: usize) -> Value {
    let file = folder.join("load.json");
    let (callers, span) = (callers.to_string(), SPAN.as_secs().to_string());
    let endpoint = format!("http://{address}");
    let (keys, json) = (folder.join(".pingyi/keys"), file.to_string_lossy());
    let keys = keys.to_string_lossy();
    let arguments = [
        "load",
        scenario,
        "--concurrency",
        &callers,
        "--duration",
        &span,
        "--endpoint",
        &endpoint,
        "--keys",
        &keys,
        "--json",
        &json,
    ];
    let output = run(PINGYI, folder, &arguments, &[]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}{told}", String::from_utf8_lossy(&output.stdout));
    let report: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(report["calls"][0]["refused"], serde_json::json!({}), "{report}");
    report
}
