//! Inside a service: nouns are the second level, arrows run down, and no files use each other in a circle.
//!
//! Read is product code: of each file what stands before its tests. Paths that begin with `crate`,
//! `super`, `self`, a module below or one that is imported are followed, through re-exports, to the file
//! that an item is written in. Macros and methods are not followed.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;
use prost_types::FileDescriptorSet;

use crate::{files, read, requirements::snake};

/// The services that these rules apply to so far; all four in the end.
pub(crate) const NOUNED: [&str; 1] = ["intake"];
/// The rooms whose second level are the nouns of the service's own gRPC services.
const BY_NOUN: [&str; 6] = ["app", "convert", "error", "grpc", "rpc", "store"];
/// What else stands there: the room's own file, and what its tests share.
const BESIDE: [&str; 3] = ["mod", "testing", "tests"];

/// Which room may use which, from top to bottom; each also itself, but for `rpc`: what one RPC uses of
/// another belongs into `app`. `lib.rs` puts all of it together.
const ALLOWED: [(&str, &[&str]); 12] = [
    ("grpc", &["rpc", "state"]),
    ("rpc", &["app", "config", "convert", "entity", "error", "facts", "state", "store"]),
    ("jobs", &["app", "config", "convert", "entity", "error", "facts", "jobs", "state", "store"]),
    ("app", &["app", "config", "convert", "entity", "error", "facts", "state", "store"]),
    ("state", &["config", "entity", "error", "state", "store"]),
    ("facts", &["convert", "entity", "facts", "store"]),
    ("store", &["config", "convert", "entity", "store"]),
    ("convert", &["convert", "entity", "error"]),
    ("entity", &["entity"]),
    ("error", &["error"]),
    ("migration", &["migration"]),
    ("config", &[]),
];

/// The texts of a service's source files, by their paths from `src/`.
type Texts = BTreeMap<String, String>;
/// A module by its path from the crate's root.
type Module = Vec<String>;
/// From each file to the files it uses items of, with those items.
type Arrows = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

fn texts(service: &str) -> Texts {
    let src = format!("services/{service}/src/");
    let own = files().into_iter().filter(|file| file.ends_with(".rs"));
    own.filter_map(|file| Some((file.strip_prefix(&src)?.to_owned(), read(&file)))).collect()
}

/// What a service's own gRPC services are about: `case` for `CaseService`.
fn nouns(service: &str) -> BTreeSet<String> {
    let contracts = FileDescriptorSet::decode(proto::DESCRIPTORS).unwrap();
    let package = format!("pingyi.{service}.v1");
    let own = contracts.file.iter().filter(|file| file.package() == package);
    let services = own.flat_map(|file| &file.service);
    services.map(|service| snake(service.name().trim_end_matches("Service"))).collect()
}

/// What stands in a room by noun and is none.
fn misplaced(nouns: &BTreeSet<String>, files: impl Iterator<Item = String>) -> Vec<String> {
    let mut misplaced = Vec::new();
    for file in files {
        let (room, rest) = file.split_once('/').unwrap_or((file.trim_end_matches(".rs"), ""));
        if !BY_NOUN.contains(&room) {
            continue;
        }
        let second = rest.split('/').next().unwrap_or_default().trim_end_matches(".rs");
        // A room that is one file has no second level, and needs none if there is one noun.
        let whole = second.is_empty() && nouns.len() == 1;
        if !whole && !nouns.contains(second) && !BESIDE.contains(&second) {
            misplaced.push(file);
        }
    }
    misplaced
}

#[test]
fn nouns_are_the_second_level_everywhere() {
    for service in NOUNED {
        let nouns = nouns(service);
        assert!(!nouns.is_empty(), "{service} has no gRPC service");
        let misplaced = misplaced(&nouns, texts(service).into_keys());
        assert!(misplaced.is_empty(), "{service}, whose nouns are {nouns:?}: {misplaced:?}");
    }
}

#[test]
fn a_file_that_stands_under_no_noun_is_found() {
    let made_up = [
        "convert.rs",
        "error/case.rs",
        "error/mod.rs",
        "jobs/sweep.rs",
        "rpc/case/submit.rs",
        "rpc/submit.rs",
        "rpc/testing.rs",
        "store/cases.rs",
        "store/case/cases.rs",
    ];
    let found = |nouns: &[&str]| {
        let nouns = nouns.iter().map(|noun| (*noun).to_owned()).collect();
        misplaced(&nouns, made_up.iter().map(|file| (*file).to_owned()))
    };
    assert_eq!(found(&["case", "rating"]), ["convert.rs", "rpc/submit.rs", "store/cases.rs"]);
    assert_eq!(found(&["case"]), ["rpc/submit.rs", "store/cases.rs"]);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    /// `::`
    Into,
    Other(char),
}

/// The tokens of a text, without comments, strings and lifetimes.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    while let Some(c) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(length) = literal(rest) {
            length
        } else if is_word(c) {
            let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            tokens.push(Token::Word(&rest[..length]));
            length
        } else if rest.starts_with("::") {
            tokens.push(Token::Into);
            2
        } else {
            if !c.is_whitespace() {
                tokens.push(Token::Other(c));
            }
            c.len_utf8()
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    tokens
}

/// How long the string, character or lifetime is that a text begins with.
fn literal(text: &str) -> Option<usize> {
    let prefix = text.find(|c| !matches!(c, 'b' | 'r')).filter(|n| *n <= 2)?;
    let body = text.get(prefix..)?;
    let hashes = body.len() - body.trim_start_matches('#').len();
    if text[..prefix].contains('r') && body[hashes..].starts_with('"') {
        let end = format!("\"{}", "#".repeat(hashes));
        let from = prefix + hashes + 1;
        return Some(text.get(from..)?.find(&end).map_or(text.len(), |n| from + n + end.len()));
    }
    let quote = body.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let mut inside = body.char_indices().skip(1);
    let (_, first) = inside.clone().next()?;
    let closed = inside.clone().nth(1).is_some_and(|(_, c)| c == '\'');
    if quote == '\'' && first != '\\' && !closed {
        return Some(prefix + 1);
    }
    while let Some((n, c)) = inside.next() {
        match c {
            '\\' => drop(inside.next()),
            c if c == quote => return Some(prefix + n + 1),
            _ => {}
        }
    }
    Some(text.len())
}

/// An import: what, under which name, and whether it is offered to others.
struct Import {
    path: Vec<String>,
    name: String,
    offered: bool,
}

/// What a file says of others.
#[derive(Default)]
struct Said {
    imports: Vec<Import>,
    paths: Vec<Vec<String>>,
}

/// Reads a file's imports, and the paths it uses items by.
fn said(text: &str) -> Said {
    let product = text.split("#[cfg(test)]").next().unwrap_or_default();
    let tokens = tokens(product);
    let mut said = Said::default();
    let mut n = 0;
    while let Some(token) = tokens.get(n) {
        let before = n.checked_sub(1).and_then(|n| tokens.get(n));
        match token {
            Token::Word("use") => {
                let offered = matches!(before, Some(Token::Word("pub") | Token::Other(')')));
                n = tree(&tokens, n + 1, &[], offered, &mut said.imports);
            }
            Token::Word(first) if !matches!(before, Some(Token::Into)) => {
                let mut path = vec![(*first).to_owned()];
                while let (Some(Token::Into), Some(Token::Word(next))) =
                    (tokens.get(n + 1), tokens.get(n + 2))
                {
                    path.push((*next).to_owned());
                    n += 2;
                }
                if path.len() > 1 {
                    said.paths.push(path);
                }
            }
            _ => {}
        }
        n += 1;
    }
    said
}

/// Reads one branch of an import, and says where it ends.
fn tree(
    tokens: &[Token<'_>],
    from: usize,
    stem: &[String],
    offered: bool,
    imports: &mut Vec<Import>,
) -> usize {
    let mut path = stem.to_vec();
    let mut renamed = None;
    let mut n = from;
    let mut group = false;
    while let Some(token) = tokens.get(n) {
        match token {
            Token::Word("as") => {
                if let Some(Token::Word(name)) = tokens.get(n + 1) {
                    renamed = Some((*name).to_owned());
                }
                n += 1;
            }
            Token::Word(word) => path.push((*word).to_owned()),
            Token::Other('{') => {
                group = true;
                loop {
                    n = tree(tokens, n + 1, &path, offered, imports);
                    if !matches!(tokens.get(n), Some(Token::Other(','))) {
                        break;
                    }
                }
            }
            Token::Into => {}
            // What is imported by a star is used by the names of its items, which are not followed.
            Token::Other('*') => group = true,
            Token::Other(_) => break,
        }
        n += 1;
    }
    if !group && path.len() > stem.len() {
        // `{self, …}` is the stem itself; a path of `self` alone begins at its own module.
        if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let name = renamed.or_else(|| path.last().cloned()).unwrap_or_default();
        imports.push(Import { path, name, offered });
    }
    n
}

/// A crate's modules, and what they offer of each other's.
struct Modules {
    files: BTreeMap<Module, String>,
    offered: BTreeMap<(Module, String), Vec<String>>,
}

impl Modules {
    fn is(&self, module: &[String]) -> bool {
        self.files.contains_key(module)
    }

    /// A path from the crate's root, if it leads into the crate.
    fn absolute(&self, from: &[String], path: &[String]) -> Option<Vec<String>> {
        let first = path.first()?;
        let mut base = from.to_vec();
        let mut rest = path;
        match first.as_str() {
            "crate" => return Some(path[1..].to_vec()),
            "super" | "self" => {
                while let Some(word) =
                    rest.first().filter(|w| matches!(w.as_str(), "super" | "self"))
                {
                    if word == "super" {
                        base.pop();
                    }
                    rest = &rest[1..];
                }
            }
            _ if !self.is(&[from, &[first.clone()]].concat()) => return None,
            _ => {}
        }
        base.extend_from_slice(rest);
        Some(base)
    }

    /// The module that an item is written in, and the item; none is the module itself.
    fn home(&self, path: &[String]) -> (Module, Option<String>) {
        let mut module = Module::new();
        let mut rest = path;
        while let Some(next) = rest.first() {
            let below = [&module[..], &[next.clone()]].concat();
            if !self.is(&below) {
                break;
            }
            (module, rest) = (below, &rest[1..]);
        }
        let Some(item) = rest.first() else { return (module, None) };
        match self.offered.get(&(module.clone(), item.clone())) {
            Some(further) => self.home(&[&further[..], &rest[1..]].concat()),
            None => (module, Some(item.clone())),
        }
    }
}

fn module_of(file: &str) -> Module {
    let path = file.trim_end_matches(".rs");
    let path = path.strip_suffix("mod").map_or(path, |folder| folder.trim_end_matches('/'));
    path.split('/').filter(|part| *part != "lib").map(str::to_owned).collect()
}

fn is_of_tests(file: &str) -> bool {
    file.split('/').any(|part| matches!(part, "tests" | "tests.rs" | "testing.rs"))
}

/// Who uses whose items.
fn arrows(texts: &Texts) -> Arrows {
    let own = || texts.iter().filter(|(file, _)| !is_of_tests(file));
    let said: BTreeMap<&String, Said> = own().map(|(file, text)| (file, said(text))).collect();
    let files = texts.keys().map(|file| (module_of(file), file.clone())).collect();
    let mut modules = Modules { files, offered: BTreeMap::new() };
    for (file, said) in &said {
        for import in said.imports.iter().filter(|import| import.offered) {
            let module = module_of(file);
            if let Some(to) = modules.absolute(&module, &import.path) {
                modules.offered.insert((module, import.name.clone()), to);
            }
        }
    }
    let mut arrows = Arrows::new();
    for (file, said) in &said {
        let module = module_of(file);
        let imported: BTreeMap<&str, Vec<String>> = said
            .imports
            .iter()
            .filter_map(|i| Some((i.name.as_str(), modules.absolute(&module, &i.path)?)))
            .collect();
        let followed = said.paths.iter().filter_map(|path| match imported.get(path[0].as_str()) {
            Some(stem) => Some([&stem[..], &path[1..]].concat()),
            None => modules.absolute(&module, path),
        });
        // What a file only offers to others it does not use.
        let kept = said.imports.iter().filter(|import| !import.offered || module.is_empty());
        let kept = kept.filter_map(|import| modules.absolute(&module, &import.path));
        for path in followed.chain(kept) {
            let (home, Some(item)) = modules.home(&path) else { continue };
            let Some(to) = modules.files.get(&home).filter(|to| to != file) else { continue };
            let of = arrows.entry((*file).clone()).or_default().entry(to.clone()).or_default();
            of.insert(item);
        }
    }
    arrows
}

fn room(file: &str) -> &str {
    file.split('/').next().unwrap_or_default().trim_end_matches(".rs")
}

/// The arrows that are not allowed.
fn upward(arrows: &Arrows) -> Vec<String> {
    let mut upward = Vec::new();
    for (from, uses) in arrows.iter().filter(|(from, _)| *from != "lib.rs") {
        let allowed = ALLOWED.iter().find(|(name, _)| *name == room(from));
        let allowed = allowed.map(|(_, to)| *to).unwrap_or_default();
        for (to, items) in uses.iter().filter(|(to, _)| !allowed.contains(&room(to))) {
            let items: Vec<&str> = items.iter().map(String::as_str).collect();
            upward.push(format!("{from} → {to} ({})", items.join(", ")));
        }
    }
    upward
}

/// The files from which an arrow leads back to themselves, each with what it uses of the others.
fn circles(arrows: &Arrows) -> Vec<String> {
    let reached = |from: &str| {
        let mut reached = BTreeSet::new();
        let mut next = vec![from];
        while let Some(file) = next.pop() {
            let to = arrows.get(file).into_iter().flat_map(BTreeMap::keys);
            next.extend(to.filter(|to| reached.insert(to.as_str())).map(String::as_str));
        }
        reached
    };
    let reached: BTreeMap<&str, _> =
        arrows.keys().map(|file| (file.as_str(), reached(file))).collect();
    let leads =
        |from: &str, to: &str| reached.get(from).is_some_and(|reached| reached.contains(to));
    let mut circles = Vec::new();
    for (from, uses) in arrows {
        for (to, items) in uses.iter().filter(|(to, _)| leads(to, from)) {
            circles.push(format!("{from} → {to} ({items:?})"));
        }
    }
    circles
}

#[test]
fn arrows_run_down_inside_a_service() {
    for service in NOUNED {
        let arrows = arrows(&texts(service));
        assert!(arrows.len() > 20, "{service}: hardly anything was read");
        let upward = upward(&arrows);
        assert!(upward.is_empty(), "{service}:\n{}", upward.join("\n"));
    }
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    for service in NOUNED {
        let circles = circles(&arrows(&texts(service)));
        assert!(circles.is_empty(), "{service}:\n{}", circles.join("\n"));
    }
}

fn made_up(texts: &[(&str, &str)]) -> Arrows {
    arrows(&texts.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect())
}

#[test]
fn an_arrow_that_runs_up_is_found_however_it_is_written() {
    let rows = ("store/rows.rs", "pub fn rows() {}");
    let helper = ("rpc/case/submit.rs", "pub fn help() {}");
    let lib = ("lib.rs", "pub use state::NAME;\nmod rpc;\npub const OWN: u8 = 0;");
    let state = ("state/mod.rs", "use crate::store::rows::rows;\npub const NAME: &str = \"\";");
    let found = |file, text| upward(&made_up(&[rows, helper, lib, state, (file, text)]));
    let up = "convert/case.rs → store/rows.rs (rows)";
    for text in [
        "use crate::store::rows::rows;",
        "use crate::{error::Error, store::{self, rows::rows as given}};",
        "use crate::store;\nfn f() { store::rows::rows() }",
        "fn f<'a>(c: char) -> &'a str { crate::store::rows::rows(); \"\" }",
        "const Q: char = '\"';\nuse super::super::store::rows::rows;\nconst P: char = '\"';",
    ] {
        assert_eq!(found("convert/case.rs", text), [up], "{text}");
    }
    for text in [
        "// use crate::store::rows::rows;\n/// [`crate::store::rows::rows`]\nfn f() {}",
        "const S: &str = \"crate::store::rows::rows\";\nconst R: &str = r#\"\"use crate::rpc;\"#;",
        "fn f() {}\n#[cfg(test)]\nmod tests {\n    use crate::store::rows::rows;\n}",
        "use domain::store::rows;\nuse std::rows;",
    ] {
        assert_eq!(found("convert/case.rs", text), [""; 0], "{text}");
    }
    // A helper is not taken from another RPC's file, and a name not from the crate's root; what is only
    // offered there is used where it is written.
    let helped = "use super::submit::help;\nuse crate::{NAME, OWN};";
    let up =
        ["rpc/case/complete.rs → lib.rs (OWN)", "rpc/case/complete.rs → rpc/case/submit.rs (help)"];
    assert_eq!(found("rpc/case/complete.rs", helped), up);
    // A room that nobody has written down may use nothing.
    assert_eq!(found("attic/mod.rs", "use crate::NAME;"), ["attic/mod.rs → state/mod.rs (NAME)"]);
}

#[test]
fn a_circle_of_files_is_found_and_a_room_with_its_modules_is_none() {
    let (a, b) = ("use super::b::B;\npub struct A;", "use super::c::{self, D};\npub struct B;");
    let none = made_up(&[
        ("store/mod.rs", "mod a;\nmod b;\npub(crate) use a::A;\npub const ROWS: u8 = 1;"),
        ("store/a.rs", a),
        ("store/b.rs", "use super::ROWS;\npub struct B;"),
    ]);
    assert_eq!(circles(&none), [""; 0]);
    let three = made_up(&[
        ("store/a.rs", a),
        ("store/b.rs", b),
        ("store/c.rs", "use crate::store::a;\npub struct D(a::A);"),
        ("store/d.rs", "use super::a::A;"),
    ]);
    let found = [
        "store/a.rs → store/b.rs ({\"B\"})",
        "store/b.rs → store/c.rs ({\"D\"})",
        "store/c.rs → store/a.rs ({\"A\"})",
    ];
    assert_eq!(circles(&three), found);
    // A folder's own file that uses its modules, and they it.
    let own = made_up(&[
        ("jobs/commit/mod.rs", "use owed::LOOK;\npub struct Commits;"),
        ("jobs/commit/owed.rs", "use super::Commits;\npub const LOOK: u8 = 1;"),
    ]);
    assert_eq!(circles(&own).len(), 2);
}
