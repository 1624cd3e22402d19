//! What the manuals say is there: links, anchors, paths, commands and reasons of refusals.

use std::{collections::BTreeSet, path::Path, process::Command};

use crate::{files, read, sources};

/// What an operator makes, and git does not keep.
const MADE_LATER: [&str; 4] = ["deploy/documents", "deploy/keys", "deploy/region", "deploy/.env"];

fn manuals() -> Vec<String> {
    files().into_iter().filter(|file| file.ends_with(".md")).collect()
}

/// The lines of a manual, those within code fences apart.
fn split(text: &str) -> (Vec<&str>, Vec<&str>) {
    let (mut prose, mut code, mut inside) = (Vec::new(), Vec::new(), false);
    for line in text.lines() {
        if line.starts_with("```") {
            inside = !inside;
        } else if inside {
            code.push(line);
        } else {
            prose.push(line);
        }
    }
    (prose, code)
}

/// What stands between `open` and the next `close`, as often as it does.
fn between<'a>(text: &'a str, open: &str, close: char) -> impl Iterator<Item = &'a str> {
    text.split(open).skip(1).filter_map(move |rest| rest.split_once(close)).map(|(inner, _)| inner)
}

/// What is written as code within prose.
fn spans<'a>(prose: &'a [&'a str]) -> impl Iterator<Item = &'a str> {
    prose.iter().flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// The anchors of a manual's headings, as web pages of repositories make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for heading in split(text).0.into_iter().filter(|line| line.starts_with('#')) {
        let words = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = |c: &char| c.is_alphanumeric() || [' ', '-', '_'].contains(c);
        let anchor: String = words.chars().filter(kept).collect::<String>().replace(' ', "-");
        assert!(anchors.insert(anchor), "two headings \"{words}\"");
    }
    anchors
}

/// A relative path from a file's folder, as one from the root.
fn resolve(file: &str, path: &str) -> String {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            ".." => {
                assert!(parts.pop().is_some(), "{file}: {path} leads out of the checkout");
            }
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Whether a path names a file, or a folder that holds one.
fn exists(files: &[String], path: &str) -> bool {
    files.iter().any(|file| Path::new(file).starts_with(path))
}

#[test]
fn every_link_of_a_manual_leads_somewhere() {
    let files = files();
    let mut links = 0;
    for manual in manuals() {
        let text = read(&manual);
        let prose = split(&text).0.join("\n");
        for link in between(&prose, "](", ')').chain(between(&prose, "src=\"", '"')) {
            if link.contains("://") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let to = if path.is_empty() { manual.clone() } else { resolve(&manual, path) };
            assert!(exists(&files, &to), "{manual}: nothing at {link}");
            if !anchor.is_empty() {
                assert!(anchors(&read(&to)).contains(anchor), "{manual}: no heading for {link}");
            }
            links += 1;
        }
    }
    assert!(links > 50, "{links}");
}

#[test]
fn every_path_that_a_manual_names_is_there() {
    let files = files();
    let tops = ["proto/", "services/", "kiosk/", "deploy/", "tests/"];
    let mut paths = 0;
    for manual in manuals() {
        let text = read(&manual);
        let prose = split(&text).0;
        for span in spans(&prose) {
            let path = span.split(' ').next().unwrap_or_default().trim_end_matches('/');
            // A pattern, or one of several.
            let pattern = path.contains(['*', '<', '{', '…']);
            if !tops.iter().any(|top| path.starts_with(top)) || pattern {
                continue;
            }
            let made = MADE_LATER.iter().any(|made| Path::new(path).starts_with(made));
            let there = exists(&files, path) || exists(&files, &resolve(&manual, path));
            assert!(made || there, "{manual}: there is no {path}");
            paths += 1;
        }
    }
    assert!(paths > 20, "{paths}");
}

/// What the program says of a command's options; none if it has no such command.
fn help(command: &[&str]) -> Option<String> {
    let program = env!("CARGO_BIN_EXE_pingyi-under-test");
    let output = Command::new(program).args(command).arg("--help").output().unwrap();
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn every_command_of_a_manual_is_one_of_the_program() {
    let mut commands = 0;
    for manual in manuals() {
        let text = read(&manual).replace("\\\n", " ");
        let (prose, code) = split(&text);
        for said in spans(&prose).chain(code) {
            // What follows a comment or another command is neither.
            let said = said.split([';', '#', '|']).next().unwrap_or_default();
            let asked = ["cargo run --release -- ", "cargo run -- ", "pingyi "];
            let Some(words) = asked.iter().find_map(|start| said.strip_prefix(start)) else {
                continue;
            };
            let mut words = words.split_whitespace();
            let Some(command) = words.next().filter(|word| word.is_ascii()) else { continue };
            if ["help", "COMMAND"].contains(&command) {
                continue;
            }
            let asked = help(&[command]);
            let mut asked = asked.unwrap_or_else(|| panic!("{manual}: no such command: {said}"));
            let mut words = words.peekable();
            // A command of several has options of its own.
            let is_name = |word: &&&str| word.starts_with(|c: char| c.is_ascii_lowercase());
            if let Some(part) = words.peek().filter(is_name).filter(|_| asked.contains("<COMMAND>"))
            {
                let own = help(&[command, part]);
                asked = own.unwrap_or_else(|| panic!("{manual}: {command} has no {part}"));
            }
            let help = asked;
            for option in words.filter(|word| word.trim_start_matches('[').starts_with("--")) {
                let option = option.trim_matches(['[', ']']);
                assert!(help.contains(option), "{manual}: {command} has no {option}");
            }
            commands += 1;
        }
    }
    assert!(commands > 20, "{commands}");
}

/// The words of capitals in a text, each after `open` and before the next `close`.
fn capitals(text: &str, open: char, close: char) -> BTreeSet<&str> {
    let is_word = |word: &&str| {
        let letters = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        word.len() > 4
            && word.starts_with(|c: char| c.is_ascii_uppercase())
            && word.chars().all(letters)
    };
    let after = text.split(open).skip(1);
    after.filter_map(|rest| rest.split(close).next()).filter(is_word).collect()
}

#[test]
fn every_reason_of_a_refusal_is_in_the_integrators_table_and_no_other() {
    let manual = read("proto/README.md");
    let (_, table) = manual.split_once("All reasons;").unwrap();
    let (table, _) = table.split_once("Rows of `PushCases`").unwrap();
    let listed = capitals(table, '`', '`');
    let mut reasons = BTreeSet::new();
    for file in sources() {
        let product = file.starts_with("services/") && file.contains("/src/");
        let tests = file.contains("/tests") || file.contains("testing");
        if !product || tests || file.starts_with("services/pingyi/") {
            continue;
        }
        let text = read(&file);
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        if ["Refusal", "NotKnownYet", "set_error_info"].iter().any(|word| code.contains(word)) {
            reasons.extend(capitals(code, '"', '"').into_iter().map(str::to_owned));
        }
    }
    let unlisted: Vec<_> =
        reasons.iter().filter(|reason| !listed.contains(reason.as_str())).collect();
    let unused: Vec<_> = listed.iter().filter(|reason| !reasons.contains(**reason)).collect();
    assert!(
        unlisted.is_empty() && unused.is_empty(),
        "not listed: {unlisted:?}, not used: {unused:?}"
    );
    assert!(reasons.len() > 50, "{reasons:?}");
}

#[test]
fn t14_the_bare_image_has_the_folder_that_workbooks_are_made_in() {
    let image = read("deploy/Dockerfile");
    assert!(image.contains("install --directory --mode=1777 /image/tmp"), "{image}");
    assert!(image.contains("COPY --from=build /image/ /"), "{image}");
}

/// proto/README's table of callers is what the contract says; how each RPC admits them is a journey of its
/// own.
#[test]
fn s04_the_table_of_callers_is_the_contracts() {
    let (open, close) = ("<!-- callers -->\n", "<!-- /callers -->");
    let manual = read("proto/README.md");
    let shown = between(&manual, open, '<').next().unwrap();
    let table = e2e::callers::table();
    assert_eq!(shown, table, "between {open} and {close} in proto/README.md");
}
