//! Each query over data that grow without end uses an index, on both databases: the planner shows
//! it.

use platform::{
    database::below,
    testing::{TestPlace, plan},
};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _, QueryTrait as _,
};
use uuid::Uuid;

use super::{case::cases, message::invited, rating::ratings::newest_statement};
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
        (newest_statement(backend, &[id, Uuid::from_u128(8)]), "rating_act"),
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
