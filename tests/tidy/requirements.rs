//! Every RPC has a test, and every requirement has one or is named in `open.txt`.

use std::collections::BTreeSet;

use prost::Message as _;
use prost_types::FileDescriptorSet;

use crate::{arrows::NOUNED, output, read, root, sources};

/// The requirements, as many as each chapter has.
const CHAPTERS: [(&str, u32); 5] = [("C", 15), ("I", 25), ("T", 20), ("P", 13), ("S", 7)];
/// Requirements not yet shown, or shown for one profile only.
const OPEN: &str = "tests/tidy/open.txt";

pub(crate) fn snake(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

#[test]
fn every_rpc_has_its_file_and_its_test() {
    let contracts = FileDescriptorSet::decode(proto::DESCRIPTORS).unwrap();
    let mut rpcs = 0;
    for file in contracts.file {
        let Some(service) = file.package().split('.').nth(1) else { continue };
        let methods = file.service.iter().flat_map(|service| {
            let noun = snake(service.name().trim_end_matches("Service"));
            service.method.iter().map(move |method| (noun.clone(), method))
        });
        for (noun, method) in methods {
            let room = match service {
                "fact" => "services/platform/src/facts/service.rs".to_owned(),
                service => {
                    let noun =
                        if NOUNED.contains(&service) { format!("{noun}/") } else { String::new() };
                    format!("services/{service}/src/rpc/{noun}{}.rs", snake(method.name()))
                }
            };
            assert!(root().join(&room).exists(), "{} lacks {room}", method.name());
            // Many tests have a file of their own beside it.
            let beside = room.replace(".rs", "/tests.rs");
            let beside = if root().join(&beside).exists() { read(&beside) } else { String::new() };
            let tests = read(&room) + &beside;
            assert!(tests.contains("#[tokio::test]"), "{room} has no test");
            rpcs += 1;
        }
    }
    assert!(rpcs > 20, "{rpcs}");
}

/// The requirement numbers that tests are named after.
fn shown() -> BTreeSet<String> {
    let mut shown = BTreeSet::new();
    for file in sources() {
        for line in read(&file).lines() {
            let line = line.trim_start();
            let line = line.strip_prefix("async ").unwrap_or(line);
            let Some(name) = line.strip_prefix("fn ") else { continue };
            for word in name.split('_') {
                let (chapter, number) = word.split_at_checked(1).unwrap_or_default();
                let known = CHAPTERS.iter().any(|(c, _)| c.to_lowercase() == chapter);
                if known && number.len() == 2 && number.bytes().all(|b| b.is_ascii_digit()) {
                    shown.insert(word.to_uppercase());
                } else {
                    break;
                }
            }
        }
    }
    shown
}

/// The numbers in a version of `open.txt`: the first word of each line that is no comment.
fn numbers(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn every_requirement_has_a_test_or_is_named_as_open() {
    let (shown, open) = (shown(), numbers(&read(OPEN)));
    let all: BTreeSet<String> = CHAPTERS
        .iter()
        .flat_map(|(chapter, last)| (1..=*last).map(move |n| format!("{chapter}{n:02}")))
        .collect();
    let missing: Vec<_> =
        all.iter().filter(|n| !shown.contains(*n) && !open.contains(*n)).collect();
    assert!(missing.is_empty(), "neither shown nor open: {missing:?}");
    let unknown: Vec<_> = shown.union(&open).filter(|number| !all.contains(*number)).collect();
    assert!(unknown.is_empty(), "no such requirement: {unknown:?}");
    assert!(shown.len() > 10, "{shown:?}");
}

#[test]
fn what_is_open_only_shrinks() {
    let now = numbers(&read(OPEN));
    let landed = output("git", &["show", &format!("origin/main:{OPEN}")]);
    let Some(landed) = landed else { return };
    let grown: Vec<_> = now.difference(&numbers(&landed)).cloned().collect();
    assert!(grown.is_empty(), "{OPEN} has grown by {grown:?}");
}
