//! What may not be said in the code.

use crate::{read, sources};

#[test]
fn no_test_is_ignored_and_none_cannot_fail() {
    for file in sources().iter().filter(|file| !file.starts_with("tests/tidy/")) {
        let text = read(file);
        for word in ["#[ignore", "should_panic", "assert!(true)", "todo!(", "unimplemented!("] {
            assert!(!text.contains(word), "{file}: {word}");
        }
    }
}

#[test]
fn no_jurisdiction_stands_in_code() {
    // Tests, samples and the demonstration of the sample region speak of one; the law does not.
    for file in sources().iter().filter(|file| {
        file.starts_with("services/") && !file.contains("/tests/") && !file.contains("/demo/")
    }) {
        let text = read(file);
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        let code: String = product
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect::<Vec<_>>()
            .join("\n");
        let tests = ["/testing.rs", "/tests.rs"].iter().any(|end| file.ends_with(end));
        if tests || file.contains("/tests/") {
            continue;
        }
        for place in ["changji", "652301", "haiyang", "guangxi", "shanghai", "昌吉"] {
            let sample = file.ends_with("pingyi/src/sample.rs");
            assert!(sample || !code.to_lowercase().contains(place), "{file}: {place}");
        }
    }
}
