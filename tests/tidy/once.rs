//! The once-only write and page tokens are one thing each, in `platform`.

use std::collections::BTreeSet;

use crate::{read, sources};

/// The product's code of each service's file, without its tests and without white space.
fn services() -> impl Iterator<Item = (String, String)> {
    let tests = |file: &String| {
        ["/tests.rs", "/testing.rs"].iter().any(|end| file.ends_with(end))
            || file.contains("/tests/")
    };
    let own = |file: &String| file.starts_with("services/") && !file.contains("/platform/");
    sources().into_iter().filter(move |file| own(file) && !tests(file)).map(|file| {
        let text = read(&file);
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        let code = product.lines().filter(|line| !line.trim_start().starts_with("//"));
        let code = code.flat_map(str::split_whitespace).collect();
        (file, code)
    })
}

#[test]
fn no_service_keeps_or_replays_answers_itself() {
    let mut users = 0;
    for (file, code) in services() {
        for call in ["requests.keep", "requests.replay"] {
            assert!(!code.contains(call), "{file}: {call}; `platform::once` does it");
        }
        if code.contains("shell.once(") {
            users += 1;
            assert!(code.contains("txn.finish("), "{file} begins a request and never finishes it");
        }
    }
    assert!(
        users >= 10,
        "this rule finds {users} users of `Shell::once`: it looks for another word"
    );
}

#[test]
fn no_service_makes_or_reads_page_tokens_itself() {
    let mut lists = BTreeSet::new();
    for (file, code) in services() {
        // Envelopes of the national interface are written so.
        let may = file.contains("/exchange/national/");
        for word in ["isnopagetoken", "base64"].into_iter().filter(|word| !may || *word != "base64")
        {
            assert!(!code.contains(word), "{file}: {word}; `platform::page::Page` does it");
        }
        if code.contains("next_page_token") && file.contains("/rpc/") {
            let list = code
                .split("Page::read(&mutwrong,\"")
                .nth(1)
                .and_then(|rest| rest.split('"').next());
            let list = list.unwrap_or_else(|| panic!("{file} has a page token and no `Page`"));
            // By its list a token is told from another list's.
            assert!(code.contains(&format!("{list}Request")), "{file} pages as {list}");
            assert!(lists.insert(list.to_owned()), "{file} pages as {list}, as another does");
        }
    }
    assert!(lists.len() >= 10, "this rule finds {lists:?}: it looks for another word");
}
