//! Inside a service: nouns are the second level, arrows run down, and no files use each other in a circle.
//!
//! Paths of product code that begin with `crate`, `super`, `self`, a module below or one that is imported
//! are followed, through re-exports, to the file that an item is written in.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;
use prost_types::FileDescriptorSet;

use crate::{
    files, read,
    requirements::{home_of, snake},
    said::{Said, said},
};

/// The services that these rules apply to.
pub(crate) const NOUNED: [&str; 4] = ["catalog", "intake", "ticketing", "publication"];
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
    ("facts", &["convert", "entity", "facts", "state", "store"]),
    ("store", &["config", "convert", "entity", "store"]),
    ("convert", &["convert", "entity", "error"]),
    ("entity", &["entity"]),
    ("error", &["error"]),
    // One that moves rows into another table writes them as the program reads them.
    ("migration", &["migration", "store"]),
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
    let of = |package: &str| package.split('.').nth(1).map(|name| home_of(name) == service);
    let own = contracts.file.iter().filter(|file| of(file.package()) == Some(true));
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

/// A crate's modules, and what they offer of each other's.
struct Modules {
    files: BTreeMap<Module, String>,
    offered: BTreeMap<(Module, String), Vec<String>>,
}

impl Modules {
    /// Whether there is such a module: a file's own, or one above it.
    fn is(&self, module: &[String]) -> bool {
        let from = self.files.range(module.to_vec()..).next();
        from.is_some_and(|(first, _)| first.starts_with(module))
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
            _ if !self.is(&[from, std::slice::from_ref(first)].concat()) => return None,
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
            let below = [&module[..], std::slice::from_ref(next)].concat();
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
    let path = path.strip_suffix("/mod").unwrap_or(path);
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

/// All files that arrows lead to from one.
fn reached<'a>(arrows: &'a Arrows, from: &'a str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut next = vec![from];
    while let Some(file) = next.pop() {
        for to in arrows.get(file).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(to.as_str()) {
                next.push(to);
            }
        }
    }
    reached
}

/// The arrows that are part of a circle.
fn circles(arrows: &Arrows) -> Vec<String> {
    let mut circles = Vec::new();
    for (from, uses) in arrows {
        for (to, items) in uses.iter().filter(|(to, _)| reached(arrows, to).contains(from.as_str()))
        {
            circles.push(format!("{from} → {to} ({items:?})"));
        }
    }
    circles
}

#[test]
fn arrows_run_down_inside_a_service() {
    for service in NOUNED {
        let arrows = arrows(&texts(service));
        assert!(arrows.len() > 10, "{service}: hardly anything was read");
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
        "use crate::{convert::Given, store::{self, rows::rows as given}};",
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
