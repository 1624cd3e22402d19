//! Top level, floor plan, arrows, sizes.

use std::collections::{BTreeMap, BTreeSet};

use crate::{files, output, read, root, sources};

/// A room this long is full.
const LINES: usize = 500;
const SERVICES: [&str; 4] = ["catalog", "intake", "ticketing", "publication"];

#[test]
fn the_visible_top_level_is_what_it_should_be() {
    let visible: BTreeSet<String> = files()
        .iter()
        .filter_map(|file| file.split('/').next())
        .filter(|name| !name.starts_with('.'))
        .map(str::to_owned)
        .collect();
    let expected =
        ["Cargo.lock", "Cargo.toml", "README.md", "deploy", "kiosk", "proto", "services", "tests"];
    assert_eq!(visible.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

#[test]
fn the_four_services_have_one_floor_plan() {
    let must = ["lib.rs", "rpc", "entity", "migration"];
    let may = ["config.rs", "jobs", "app", "state.rs", "state"];
    // A file, or a folder with a file for each noun.
    let either = [
        ["store.rs", "store"],
        ["facts.rs", "facts"],
        ["error.rs", "error"],
        ["convert.rs", "convert"],
        ["grpc.rs", "grpc"],
    ];
    for service in SERVICES {
        let folder = root().join("services").join(service).join("src");
        let rooms: BTreeSet<String> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        for room in must {
            assert!(rooms.contains(room), "{service} lacks {room}");
        }
        for room in either {
            assert!(room.iter().any(|name| rooms.contains(*name)), "{service} lacks {}", room[1]);
        }
        for room in &rooms {
            let known = must.contains(&room.as_str())
                || may.contains(&room.as_str())
                || either.iter().flatten().any(|name| name == room);
            assert!(known, "{service} has a room of its own: {room}");
        }
    }
}

/// Each crate's own dependencies within the workspace.
fn arrows() -> BTreeMap<String, BTreeSet<String>> {
    let manifests: Vec<String> =
        files().into_iter().filter(|file| file.ends_with("/Cargo.toml")).collect();
    let parsed: Vec<(String, toml::Table)> = manifests
        .iter()
        .map(|file| {
            let table: toml::Table = read(file).parse().unwrap();
            (table["package"]["name"].as_str().unwrap().to_owned(), table)
        })
        .collect();
    let own: BTreeSet<String> = parsed.iter().map(|(name, _)| name.clone()).collect();
    let arrows = |table: &toml::Table| {
        let dependencies = table.get("dependencies").and_then(toml::Value::as_table);
        let names = dependencies.into_iter().flat_map(|table| table.keys().cloned());
        names.filter(|name| own.contains(name)).collect()
    };
    parsed.iter().map(|(name, table)| (name.clone(), arrows(table))).collect()
}

#[test]
fn arrows_point_where_the_house_allows() {
    let allowed: [(&str, &[&str]); 10] = [
        ("proto", &[]),
        ("domain", &[]),
        ("platform", &["domain", "proto"]),
        ("catalog", &["domain", "platform", "proto"]),
        ("intake", &["domain", "platform", "proto"]),
        ("ticketing", &["domain", "platform", "proto"]),
        ("publication", &["domain", "platform", "proto"]),
        ("visit", &["domain", "proto"]),
        ("kiosk", &["domain", "visit"]),
        (
            "pingyi",
            &[
                "catalog",
                "domain",
                "intake",
                "platform",
                "proto",
                "publication",
                "ticketing",
                "visit",
            ],
        ),
    ];
    let arrows = arrows();
    for (name, to) in allowed {
        for arrow in &arrows[name] {
            assert!(to.contains(&arrow.as_str()), "{name} must not depend on {arrow}");
        }
    }
    let known: BTreeSet<&str> = allowed.iter().map(|(name, _)| *name).chain(["e2e"]).collect();
    let crates: BTreeSet<&str> = arrows.keys().map(String::as_str).collect();
    assert_eq!(crates, known, "a new crate's arrows must be written down here");
}

#[test]
fn no_room_is_overfull() {
    let full: Vec<(usize, String)> = files()
        .into_iter()
        .filter(|file| file.ends_with(".rs") || file.ends_with(".py"))
        .map(|file| (read(&file).lines().count(), file))
        .filter(|(lines, _)| *lines > LINES)
        .collect();
    assert!(full.is_empty(), "{full:?}");
}

#[test]
fn the_binary_pulls_in_no_toolkit_and_no_system_library() {
    let arguments = ["tree", "-p", "pingyi", "-e", "normal,build", "--prefix", "none", "--offline"];
    let tree = output(env!("CARGO"), &arguments).unwrap();
    assert!(tree.contains("tonic"), "{tree}");
    for banned in ["slint", "fontconfig", "aws-lc-sys", "openssl-sys", "native-tls"] {
        let found = tree.lines().find(|line| line.starts_with(banned));
        assert!(found.is_none(), "{found:?}");
    }
}

#[test]
fn what_tests_share_is_in_no_product() {
    for product in ["pingyi", "kiosk"] {
        let arguments =
            ["tree", "-p", product, "-e", "normal,features", "--prefix", "none", "--offline"];
        let tree = output(env!("CARGO"), &arguments).unwrap();
        assert!(tree.contains("domain v"), "{tree}");
        let banned = "platform feature \"testing\"";
        assert!(!tree.contains(banned), "{product} has {banned}");
    }
    // Whoever builds it for tests does have it.
    let arguments = ["tree", "-p", "pingyi", "-e", "features", "--prefix", "none", "--offline"];
    assert!(output(env!("CARGO"), &arguments).unwrap().contains("platform feature \"testing\""));
}

#[test]
fn sql_stands_in_stores_and_nowhere_else() {
    let rooms = ["store.rs", "/store/", "/migration/", "/entity/", "platform/src/"];
    for file in sources().iter().filter(|file| file.starts_with("services/")) {
        let service = SERVICES.iter().any(|s| file.starts_with(&format!("services/{s}/")));
        let only_tests = file.ends_with("/tests.rs") || file.contains("/tests/");
        if !service || only_tests || rooms.iter().any(|room| file.contains(room)) {
            continue;
        }
        let text = read(file);
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        for word in ["Entity::find", "Entity::insert", "Entity::update", "Statement::", "query_all"]
        {
            assert!(!product.contains(word), "{file} speaks SQL: {word}");
        }
    }
}
