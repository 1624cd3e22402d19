//! Each query over data that grow without end uses an index, on both databases: the planner shows
//! it.

use platform::{
    auth::Caller,
    database::below,
    testing::{TestPlace, plan, principal},
};
use sea_orm::{
    ColumnTrait as _, DbBackend, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    QueryTrait as _,
};
use uuid::Uuid;

use super::{
    case::cases,
    message::invited,
    rating::ratings::{THAT_COUNTS, newest_statement},
    signal::{days, scanned, signals},
};
use crate::{
    Migrator, NAME,
    entity::{call_back, message, review, service_act},
};

#[tokio::test]
async fn what_grows_is_found_by_an_index_on_both_databases() {
    let place = TestPlace::new().await;
    let store = place.store::<Migrator>(NAME).await;
    let backend = store.backend();
    let (id, phone) = (Uuid::from_u128(7), [7; 16]);
    let acts_of_phone = invited::acts_of(&phone, 0).build(backend);
    let messages_of_acts = invited::messages_of(&[id, Uuid::from_u128(8)], 0).build(backend);
    let messages = message::Entity::find().select_only().column(message::Column::RegionCode);
    let reviews = review::Entity::find().select_only().column(review::Column::RegionCode);
    let acts = service_act::Entity::find().select_only().column(service_act::Column::RegionCode);
    let problem = call_back::Entity::find().filter(call_back::Column::MatterId.eq(id));
    for (statement, index) in [
        (acts_of_phone, "service_act_of_phone"),
        (messages_of_acts, "message_of_act"),
        (newest_statement(backend, &[id, Uuid::from_u128(8)], ""), "rating_act"),
        (newest_statement(backend, &[id, Uuid::from_u128(8)], THAT_COUNTS), "rating_act"),
        (cases::provisional_after(None).build(backend), "case_file_provisional"),
        (problem.build(backend), "call_back_matter"),
        (
            messages.filter(below(message::Column::RegionCode, "650000")).build(backend),
            "message_region",
        ),
        (
            reviews.filter(below(review::Column::RegionCode, "650000")).build(backend),
            "review_region",
        ),
        (
            acts.filter(below(service_act::Column::RegionCode, "650000")).build(backend),
            "service_act_served",
        ),
    ] {
        let found = plan(&store, statement.clone()).await;
        assert!(found.contains(index), "{index}: {statement}\n{found}");
        // SQLite also scans an index, and the rows of an inner query.
        let reads_all = |line: &str| {
            let scan = line.starts_with("SCAN ") && !line.contains("INDEX");
            line.contains("Seq Scan")
                || scan && line != "SCAN numbered" && !line.contains("(subquery")
        };
        assert!(!found.lines().any(reads_all), "{statement}\n{found}");
    }
}

#[tokio::test]
async fn s03_a_day_of_ratings_and_its_signals_are_found_by_indexes_that_were_there_before() {
    let place = TestPlace::new().await;
    let store = place.store::<Migrator>(NAME).await;
    let backend = store.backend();
    let china_day =
        ("2026-03-01T16:00:00Z".parse().unwrap(), "2026-03-02T16:00:00Z".parse().unwrap());
    let (from, before) = (scanned::from(china_day.0), scanned::from(china_day.1));
    let officer = principal("officer", Caller::Authority { region: "650000".to_owned() });
    let query = signals::SignalQuery::default();
    let key = |table: &str| match backend {
        DbBackend::Postgres => format!("{table}_pkey"),
        _ => format!("sqlite_autoindex_{table}_1"),
    };
    for (statement, indexes) in [
        (scanned::page_of(from, before, 2_000).build(backend), [key("rating"), key("service_act")]),
        (
            scanned::of_rater_since(&[7; 16], 0, 500).build(backend),
            ["service_act_of_number".to_owned(), "rating_act".to_owned()],
        ),
        (
            scanned::replaced_in(china_day.0, china_day.1).build(backend),
            [key("former_applicant"), key("case_file")],
        ),
        (
            scanned::of_cases_in(&[Uuid::from_u128(7)]).build(backend),
            ["service_act_key".to_owned(), "rating_act".to_owned()],
        ),
        (
            signals::list_of(&officer, &query).build(backend),
            ["signal_region".to_owned(), String::new()],
        ),
        (
            days::rows_of(1, &["w1"], ("2026-01-01", "2026-03-02")).build(backend),
            [key("signal_day"), String::new()],
        ),
        (
            days::rows_before("2026-01-01").build(backend),
            ["signal_day_day".to_owned(), String::new()],
        ),
    ] {
        let found = plan(&store, statement.clone()).await;
        for index in indexes {
            assert!(found.contains(&index), "{index}: {statement}\n{found}");
        }
        assert!(!found.contains("Seq Scan") && !found.contains("SCAN "), "{statement}\n{found}");
    }
}
