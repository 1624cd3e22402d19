//! Every integer is recounted; a single wrong one is found and named.

use std::{path::Path, process::Command};

use prost::Message as _;
use sea_orm::ConnectionTrait as _;

use super::*;
use crate::app::statistics::{
    rebuild::tests::facts_of_a_history,
    testing::{History, Town, falsify},
};

async fn found(town: &Town) -> Vec<Difference> {
    let published = published(&town.fixture.publication.store).await.unwrap();
    let recounted = recount(&published, &town.producers()).await.unwrap();
    differences(&published.counts, &recounted)
}

#[tokio::test]
async fn p03_p04_after_any_history_the_recount_has_every_integer_and_names_a_wrong_one() {
    let town = Town::new().await;
    let mut history = History::new(23, town.fixture.act());
    town.live(&mut history, facts_of_a_history()).await;
    // What is told and not applied yet is no difference.
    town.tell(&mut history, 30).await;
    assert_eq!(found(&town).await, []);
    let store = &town.fixture.publication.store;
    let mut is_first = true;
    let offered = |key: &Key| (key.dimension, key.measure) == (2, 2);
    falsify(store, |key| offered(key) && std::mem::take(&mut is_first)).await;
    let differences = found(&town).await;
    let [one] = differences.as_slice() else { panic!("{differences:?}") };
    assert_eq!(one.published, one.recounted + 1);
    let told = one.to_string();
    assert!(told.starts_with("DIMENSION_AGENCY 652301-a00 on 2026-03-"), "{told}");
    assert!(told.contains("Offered: published "), "{told}");
    let gone = "DELETE FROM tally WHERE dimension = 8";
    store.write().execute_unprepared(gone).await.unwrap();
    assert!(found(&town).await.iter().any(|one| one.of.dimension == 8 && one.published == 0));
}

#[tokio::test]
async fn p03_an_export_says_the_same_without_any_store() {
    let town = Town::new().await;
    let mut history = History::new(29, town.fixture.act());
    town.live(&mut history, 400).await;
    let published = published(&town.fixture.publication.store).await.unwrap();
    let mut again = Published::default();
    for line in published.lines() {
        again.read_line(&line).unwrap();
    }
    assert_eq!(again, published);
    let mut all = facts::list(&town.intake, 0, 10_000).await.unwrap();
    all.extend(facts::list(&town.ticketing, 0, 10_000).await.unwrap());
    for parts in [1, 3] {
        let mut recounting = Recounting::in_parts(&again, parts).unwrap();
        all.iter().for_each(|fact| recounting.learn(fact).unwrap());
        let counts = recounting.count().unwrap();
        assert_eq!(differences(&again.counts, &counts), [], "in {parts} parts");
    }
    for foreign in ["", "figure", "figure,1,2", "act,x,00", "place,intake,one,two", "ticket,1,2,3"]
    {
        assert_eq!(again.read_line(foreign), Err(NoLine), "{foreign}");
    }
}

/// Runs the script for auditors on an export.
fn script(folder: &Path) -> Result<String, String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/recount/figures.py");
    let done = Command::new("python3").arg(script).arg(folder).output().unwrap();
    let told = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    if done.status.success() { Ok(told(done.stdout)) } else { Err(told(done.stderr)) }
}

#[tokio::test]
async fn p03_a_script_that_shares_nothing_with_the_program_counts_the_same() {
    let town = Town::new().await;
    let mut history = History::new(37, town.fixture.act());
    town.live(&mut history, facts_of_a_history()).await;
    let published = published(&town.fixture.publication.store).await.unwrap();
    let mut bytes = Vec::new();
    for store in [&town.intake, &town.ticketing] {
        for fact in facts::list(store, 0, 10_000).await.unwrap() {
            fact.encode_length_delimited(&mut bytes).unwrap();
        }
    }
    let folder = town.fixture.place.folder().join("export");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("facts.bin"), bytes).unwrap();
    let lines: Vec<String> = published.lines().collect();
    let write = |lines: &[String]| {
        std::fs::write(folder.join("figures.csv"), lines.join("\n")).unwrap();
    };
    write(&lines);
    let told = script(&folder).unwrap();
    let counted: usize = told.split(' ').nth(1).unwrap().parse().unwrap();
    assert!(counted > 100 && told.ends_with("figures are what this script gives\n"), "{told}");
    let gone = lines.iter().position(|line| line.starts_with("figure,2,")).unwrap();
    write(&[&lines[..gone], &lines[gone + 1..]].concat());
    assert!(script(&folder).unwrap_err().starts_with("1 of "), "one is missing");
}

#[tokio::test]
async fn p03_another_history_is_not_compared() {
    let town = Town::new().await;
    let mut history = History::new(31, town.fixture.act());
    town.live(&mut history, 100).await;
    let published = published(&town.fixture.publication.store).await.unwrap();
    let delete = "DELETE FROM fact WHERE position > 10";
    town.intake.write().execute_unprepared(delete).await.unwrap();
    let refused = recount(&published, &town.producers()).await;
    assert!(matches!(refused, Err(VerifyError::OtherHistory { .. })), "{refused:?}");
    let missing = recount(&published, std::slice::from_ref(&town.ticketing)).await;
    assert!(matches!(missing, Err(VerifyError::NoProducer(_))), "{missing:?}");
}
