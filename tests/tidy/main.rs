//! The rules of the house, checked: top level, rooms, arrows, sizes, dependencies, that every RPC and
//! every requirement has its test, and that the manuals name what is there.

#![allow(clippy::unwrap_used, reason = "a rule that cannot be checked is broken")]

mod arrows;
mod manuals;
mod once;
mod requirements;
mod rooms;
mod said;
mod units;
mod words;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The root of the checkout.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// What a program prints, run in the root; none if it fails.
fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).current_dir(root()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Every file git tracks or would, by its path from the root.
fn files() -> Vec<String> {
    let listed = output("git", &["ls-files", "--cached", "--others", "--exclude-standard"]);
    let mut files: Vec<String> = listed.unwrap().lines().map(str::to_owned).collect();
    files.retain(|file| root().join(file).exists());
    files.sort();
    files.dedup();
    files
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap()
}

/// Every Rust source file.
fn sources() -> Vec<String> {
    files().into_iter().filter(|file| file.ends_with(".rs")).collect()
}
