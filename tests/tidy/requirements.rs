//! Every RPC has a test, and every requirement has one or is named in `open.txt`.

use std::collections::BTreeSet;

use prost::Message as _;
use prost_types::FileDescriptorSet;

use crate::{output, read, root, sources};

/// What each requirement means, a line each.
const MEANINGS: &str = "services/domain/REQUIREMENTS.md";
/// The chapters: the letters that numbers begin with.
const CHAPTERS: [char; 5] = ['C', 'I', 'T', 'P', 'S'];
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

/// Which service answers a package: that of its name, but for what installations tell each other.
pub(crate) fn home_of(package: &str) -> &str {
    if package == "exchange" { "publication" } else { package }
}

/// An RPC's file: in the room of its noun, which is its service's name.
fn file_of(package: &str, service: &str, rpc: &str) -> String {
    let (noun, verb) = (snake(service.trim_end_matches("Service")), snake(rpc));
    format!("services/{}/src/rpc/{noun}/{verb}.rs", home_of(package))
}

/// The tests of an RPC: at the foot of its file, or many of them in a file of their own beside it.
fn tests_of(file: &str) -> String {
    let text = read(file);
    let foot = text.split_once("#[cfg(test)]").map(|(_, foot)| foot).unwrap_or_default();
    let beside = file.replace(".rs", "/tests.rs");
    let beside = if root().join(&beside).exists() { read(&beside) } else { String::new() };
    foot.to_owned() + &beside
}

/// Whether tests call the handler they stand with: `run(`, in code, and no other room's.
fn call_their_handler(tests: &str) -> bool {
    let code = tests.lines().map(|line| line.split("//").next().unwrap_or_default());
    code.flat_map(|line| line.match_indices("run(").map(move |(at, _)| &line[..at])).any(|before| {
        let own = before.strip_suffix("super::").unwrap_or(before);
        !own.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':')
            && !own.trim_end().ends_with("fn")
    })
}

#[test]
fn every_rpc_has_its_file_and_tests_that_call_it() {
    let contracts = FileDescriptorSet::decode(proto::DESCRIPTORS).unwrap();
    let (mut rpcs, mut wrong) = (0, Vec::new());
    for file in contracts.file {
        let Some(package) = file.package().split('.').nth(1) else { continue };
        for service in &file.service {
            for method in &service.method {
                rpcs += 1;
                if package == "fact" {
                    // It serves every service, as the trait that tonic makes.
                    assert!(tests_of("services/platform/src/facts/service.rs").contains("test]"));
                    continue;
                }
                let file = file_of(package, service.name(), method.name());
                if !root().join(&file).exists() {
                    wrong.push(format!("{} lacks {file}", method.name()));
                    continue;
                }
                let tests = tests_of(&file);
                if !tests.contains("#[tokio::test") || !call_their_handler(&tests) {
                    wrong.push(format!("no test in {file} calls its handler"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(rpcs > 20, "{rpcs}");
}

#[test]
fn a_test_calls_its_handler_by_its_name_and_no_other() {
    for calls in [
        "    let answer = run(&fixture.ticketing, caller, request).await;",
        "let call = |caller| run(&catalog, caller, request.clone());",
        "assert!(run(&catalog, nobody(), request).await.is_err());",
        "let answer = super::run(&catalog, nobody(), request).await;",
    ] {
        assert!(call_their_handler(calls), "{calls}");
    }
    for does_not in [
        "",
        "fixture.step(&id, rectify()).await.unwrap();",
        "let read = get_ticket::run(&fixture.ticketing, caller, request).await;",
        "crate::rpc::ticket::get_ticket::run(&ticketing, caller, request)",
        "// run(&ticketing, caller, request) is called elsewhere",
        "async fn run(ticketing: &Ticketing) {}",
        "dry_run(&ticketing); overrun();",
    ] {
        assert!(!call_their_handler(does_not), "{does_not}");
    }
}

/// Whether a word is a requirement's number, for example `T07`.
fn is_number(word: &str) -> bool {
    let digits = word.strip_prefix(CHAPTERS).unwrap_or_default();
    digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit())
}

/// The requirements: those whose meaning is written down, in the order of their numbers.
fn all() -> BTreeSet<String> {
    let text = read(MEANINGS);
    let mut all = BTreeSet::new();
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [number, meaning, clauses] = cells[..] else { continue };
        if !is_number(number) {
            continue;
        }
        assert!(!meaning.is_empty() && !clauses.is_empty(), "{line}");
        assert!(all.insert(number.to_owned()), "{MEANINGS} has {number} twice");
    }
    all
}

/// The requirement numbers that tests are named after.
fn shown() -> BTreeSet<String> {
    let mut shown = BTreeSet::new();
    for file in sources() {
        for line in read(&file).lines() {
            let line = line.trim_start();
            let line = line.strip_prefix("async ").unwrap_or(line);
            let Some(name) = line.strip_prefix("fn ") else { continue };
            let numbers = name.split('_').map(str::to_uppercase).take_while(|word| is_number(word));
            shown.extend(numbers);
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
    let all = all();
    assert_eq!(all.len(), 80, "a requirement is missing in {MEANINGS}, or is new");
    let missing: Vec<_> =
        all.iter().filter(|n| !shown.contains(*n) && !open.contains(*n)).collect();
    assert!(missing.is_empty(), "neither shown nor open: {missing:?}");
    let unknown: Vec<_> = shown.union(&open).filter(|number| !all.contains(*number)).collect();
    assert!(unknown.is_empty(), "not in {MEANINGS}: {unknown:?}");
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
