//! No word without its translation: the sources are read here, and every catalogue must have what a
//! visitor can be shown, whole and with the same gaps.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use domain::level::{LabelSet, Level};
use rspolib::{POEntry, POFile, TranslatedEntry as _};

use super::Language;

const OTHERS: [Language; 3] = [Language::Uyghur, Language::Zhuang, Language::English];
/// Sources whose words no visitor reads as they stand: the pinyin keys, this one, what is printed (in
/// Chinese), and the pages of staff, whose language is Chinese.
const NOT_SHOWN: [&str; 8] = [
    "src/pinyin/",
    "src/language/",
    "src/devices/slip.rs",
    "src/adapter/printer/",
    "src/service/",
    "src/fleet/",
    "src/adapter/fleet/",
    "pages/service.slint",
];
/// Words of staff, whose language is Chinese.
const FOR_STAFF: [&str; 1] = ["无法解密：数据已损坏，或密钥不是原来的"];
/// What is the same in every language: the mark of the seal, and the language's own name.
const AS_IT_IS: [&str; 2] = ["评", "中文"];

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn catalogue(language: Language) -> POFile {
    let path = here(&format!("../lang/{}/LC_MESSAGES/kiosk.po", language.tag()));
    rspolib::pofile(path.as_path()).unwrap()
}

fn files(folder: PathBuf, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(path, ending));
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
    found
}

fn hanzi(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// The literals of a source without its comments, and whether each is marked to be translated.
fn literals(source: &str) -> Vec<(String, bool)> {
    let (mut found, mut code) = (Vec::new(), String::new());
    let mut rest = source.chars();
    while let Some(c) = rest.next() {
        match c {
            '/' if code.ends_with('/') => {
                rest.by_ref().find(|c| *c == '\n');
                code = "\n".to_owned();
            }
            '"' if !code.ends_with('\'') => {
                let marked = code.trim_end().ends_with("@tr(");
                let mut text = String::new();
                while let Some(c) = rest.next().filter(|c| *c != '"') {
                    match c {
                        '\\' => match rest.next() {
                            Some('n') => text.push('\n'),
                            // A literal that goes on in the next line.
                            Some('\n') => rest = rest.as_str().trim_start().chars(),
                            other => text.extend(other),
                        },
                        c => text.push(c),
                    }
                }
                found.push((text, marked));
                code = "\"".to_owned();
            }
            c => code.push(c),
        }
    }
    found
}

/// Every word that a visitor can be shown, and where it comes from.
fn shown() -> BTreeMap<String, String> {
    let mut words = BTreeMap::new();
    for path in files(here("../ui"), "slint") {
        let place =
            path.strip_prefix(here("../ui")).unwrap_or(&path).to_string_lossy().into_owned();
        if NOT_SHOWN.iter().any(|other| place.contains(other)) {
            continue;
        }
        for (text, marked) in literals(&fs::read_to_string(&path).unwrap()) {
            let known = marked || !hanzi(&text) || AS_IT_IS.contains(&text.as_str());
            assert!(known, "{place}: “{text}” is not marked: @tr(\"…\")");
            if marked {
                words.insert(text, place.clone());
            }
        }
    }
    for path in files(here("src"), "rs") {
        let place = path.strip_prefix(here("")).unwrap_or(&path).to_string_lossy().into_owned();
        let is_test = place.ends_with("tests.rs") || place.contains("/tests/");
        if is_test || NOT_SHOWN.iter().any(|other| place.contains(other)) {
            continue;
        }
        let source = fs::read_to_string(&path).unwrap();
        let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for (text, _) in literals(source) {
            if hanzi(&text) && !FOR_STAFF.contains(&text.as_str()) {
                words.insert(nameless(&text), place.clone());
            }
        }
    }
    for set in [LabelSet::Satisfaction, LabelSet::Quality, LabelSet::Stars] {
        words.extend(Level::ALL.map(|level| (level.label(set).to_owned(), "a level".to_owned())));
    }
    for path in files(here("../../services/domain/tags"), "toml") {
        for line in fs::read_to_string(path).unwrap().lines() {
            let text = line.strip_prefix("text = \"").and_then(|rest| rest.strip_suffix('"'));
            words.extend(text.map(|text| (text.to_owned(), "a tag".to_owned())));
        }
    }
    words
}

/// A form whose gaps have no names.
fn nameless(form: &str) -> String {
    let mut parts = form.split('{');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str("{}");
        text.push_str(part.split_once('}').map_or("", |(_, after)| after));
    }
    text
}

/// The gaps of a form by their place: `{}` counts on from the last.
fn gaps(form: &str) -> Vec<usize> {
    let names = form.split('{').skip(1).map(|part| part.split('}').next().unwrap_or_default());
    let mut places: Vec<usize> =
        names.enumerate().map(|(n, name)| name.parse().unwrap_or(n)).collect();
    places.sort_unstable();
    places
}

/// What is wrong with a translation; nothing if it is right.
fn fault(language: Language, entry: Option<&POEntry>) -> Option<&'static str> {
    let Some(entry) = entry else { return Some("is missing") };
    let said = entry.msgstr.as_deref().unwrap_or_default();
    if entry.flags.iter().any(|flag| flag == "fuzzy") {
        return Some("is fuzzy: somebody has to look at it");
    }
    if !entry.translated() || said.trim().is_empty() {
        return Some("is empty");
    }
    if gaps(&entry.msgid) != gaps(said) {
        return Some("has other gaps");
    }
    if said == entry.msgid || hanzi(said) {
        return Some("is still Chinese");
    }
    // The screens' font draws these as wide as hanzi.
    if said.contains(['“', '”', '‘', '’', '…', '（', '）', '：', '，', '。']) {
        return Some("has Chinese punctuation");
    }
    // Whatever fills the gap, the sentence is read from the right: a mark that nobody sees says so.
    if language.mirrored() && said.starts_with('{') {
        return Some("begins with a gap, and has no right-to-left mark before it");
    }
    None
}

#[test]
fn i23_every_word_is_there_in_every_language_whole_and_with_the_same_gaps() {
    let (words, mut wrong) = (shown(), Vec::new());
    assert!(words.len() > 200, "the sources were not read");
    for language in OTHERS {
        let catalogue = catalogue(language);
        let entries: BTreeMap<&str, &POEntry> =
            catalogue.entries.iter().map(|entry| (entry.msgid.as_str(), entry)).collect();
        for (word, place) in &words {
            if let Some(fault) = fault(language, entries.get(word.as_str()).copied()) {
                wrong.push(format!("{}: “{word}” ({place}) {fault}", language.tag()));
            }
        }
        let twice = catalogue.entries.len() - entries.len();
        if twice > 0 {
            wrong.push(format!("{}: {twice} words stand there twice", language.tag()));
        }
    }
    assert!(wrong.is_empty(), "{} faults: {wrong:#?}", wrong.len());
}

#[test]
fn every_translation_says_that_it_is_not_official() {
    const NOTE: &str = "非正式译文，以中文为准。";
    for language in OTHERS {
        let catalogue = catalogue(language);
        let status = catalogue.metadata.get("X-Status").map(String::as_str);
        let name = catalogue.metadata.get("Language").map(String::as_str);
        assert_eq!((status, name), (Some("unofficial"), Some(language.tag())));
        let path = here(&format!("../lang/{}/LC_MESSAGES/kiosk.po", language.tag()));
        let head = fs::read_to_string(path).unwrap();
        assert!(head.starts_with('#') && head.contains("非正式译文"), "{language:?}");
        assert_ne!(language.say(NOTE), NOTE);
    }
}

#[test]
fn the_gate_sees_what_is_wrong() {
    let entry = |msgid: &str, msgstr: &str| POEntry {
        msgid: msgid.to_owned(),
        msgstr: Some(msgstr.to_owned()),
        ..POEntry::default()
    };
    let see = |language, msgid: &str, msgstr: &str| fault(language, Some(&entry(msgid, msgstr)));
    assert_eq!(see(Language::English, "共 {} 项", "{} services"), None);
    assert_eq!(see(Language::English, "{}月{}日", "{1}/{0}"), None);
    assert!(see(Language::English, "共 {} 项", "services").is_some());
    assert!(see(Language::English, "{}月{}日", "{1}/{1}").is_some());
    assert!(see(Language::English, "退出", "").is_some());
    assert!(see(Language::English, "退出", "退出").is_some());
    assert!(see(Language::English, "点“退出”", "Touch “Leave”").is_some());
    assert!(see(Language::Uyghur, "{} 天", "{} كۈن").is_some());
    assert_eq!(see(Language::Uyghur, "{} 天", "\u{200f}{} كۈن"), None);
    let fuzzy = POEntry { flags: vec!["fuzzy".into()], ..entry("退出", "Leave") };
    assert!(fault(Language::English, Some(&fuzzy)).is_some());
    assert!(fault(Language::English, None).is_some());
    let source = "// \"注\"\nText { text: @tr( \"甲\\\"乙\"); x: \"丙\"; y: '\"' }";
    let read: Vec<(String, bool)> = literals(source);
    assert_eq!(read, [("甲\"乙".to_owned(), true), ("丙".to_owned(), false)]);
}
