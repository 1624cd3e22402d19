//! The leaves of the public log as this service's rows give them now (I22): whoever compares them with the
//! log finds every rating that was changed or deleted by hand, and every one that was slipped in.

use std::collections::HashMap;

use platform::{
    crypto::Sealer,
    database::{Store, many},
    receipt::{ReceiptSalts, leaf_of},
    status::Failure,
};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::{
    convert::rating::receipt_of,
    entity::{rating, service_act},
    store::rating::ratings,
};

/// A rating's leaf by its row; none if the row can no longer be what was told: its words do not open, or
/// its act is gone.
pub type LeafByRow = Option<[u8; 32]>;

/// The leaves of those of some ratings that are here.
///
/// # Errors
/// If the store fails.
pub async fn leaves(
    store: &Store,
    (salts, sealer): (&ReceiptSalts, &Sealer),
    ids: &[Uuid],
) -> Result<HashMap<Uuid, LeafByRow>, DbErr> {
    let rows = many::by_id::<rating::Entity>(store.read(), ids.iter().copied()).await?;
    let acts = rows.iter().map(|row| row.act_id);
    let acts = many::by_id::<service_act::Entity>(store.read(), acts).await?;
    let acts: HashMap<Uuid, service_act::Model> =
        acts.into_iter().map(|act| (act.id, act)).collect();
    let leaf = |row: &rating::Model| -> Result<LeafByRow, Failure> {
        let Some(act) = acts.get(&row.act_id) else { return Ok(None) };
        let receipt = receipt_of((salts, sealer), row, act)?;
        Ok(leaf_of(&receipt).ok().map(|leaf| leaf.hash))
    };
    Ok(rows.iter().map(|row| (row.id, leaf(row).ok().flatten())).collect())
}

/// The ratings after one, in the order of their ids.
///
/// # Errors
/// If the store fails.
pub async fn ratings_after(
    store: &Store,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Uuid>, DbErr> {
    ratings::ids_after(store.read(), after, limit).await
}

#[cfg(test)]
mod tests {
    use proto::{intake::v1::SubmitRatingRequest, r#type::v1::Level};
    use sea_orm::{ConnectionTrait as _, Statement};

    use super::*;
    use crate::rpc::{
        rating::submit_rating,
        testing::{Fixture, rater, rating_request},
    };

    #[tokio::test]
    async fn i22_whatever_is_changed_in_a_rating_s_row_its_leaf_is_another() {
        let fixture = Fixture::new().await;
        let token = fixture.invitation().await;
        let request = rating_request(&token, Level::Satisfied);
        let request = SubmitRatingRequest { text: "慢".to_owned(), ..request };
        let given = submit_rating::run(&fixture.intake, rater(), None, request).await.unwrap();
        let id: Uuid = given.rating_id.parse().unwrap();
        let (store, shell) = (&fixture.intake.store, &fixture.intake.shell);
        let leaf = async || {
            let found = leaves(store, (&shell.salts, &shell.sealer), &[id]).await.unwrap();
            found.get(&id).copied()
        };
        let told = leaf().await;
        assert!(told.flatten().is_some());
        assert_eq!(ratings_after(store, None, 10).await.unwrap().len(), 1);
        assert!(ratings_after(store, Some(id), 10).await.unwrap().is_empty());
        let by_hand = async |sql: &str| {
            let statement = Statement::from_string(store.backend(), sql.to_owned());
            store.write().execute_raw(statement).await.unwrap();
        };
        for (change, back) in [
            ("UPDATE rating SET level = 1", "UPDATE rating SET level = 2"),
            ("UPDATE rating SET channel = 1", "UPDATE rating SET channel = 2"),
            ("UPDATE rating SET origin = 3", "UPDATE rating SET origin = 1"),
            ("UPDATE rating SET private = true", "UPDATE rating SET private = false"),
            ("UPDATE rating SET tag_codes = 'x'", "UPDATE rating SET tag_codes = ''"),
            (
                "UPDATE rating SET received_at = received_at - 1",
                "UPDATE rating SET received_at = received_at + 1",
            ),
            (
                "UPDATE service_act SET agency_id = agency_id || 'x'",
                "UPDATE service_act SET agency_id = substr(agency_id, 1, length(agency_id) - 1)",
            ),
        ] {
            by_hand(change).await;
            assert_ne!(leaf().await, told, "{change}");
            by_hand(back).await;
            assert_eq!(leaf().await, told, "{back}");
        }
        // The words are of no use to anybody without their key, but they can be taken away.
        let none = match store.backend() {
            sea_orm::DbBackend::Postgres => "'\\x'",
            _ => "x''",
        };
        by_hand(&format!("UPDATE rating SET words = {none}")).await;
        assert!(leaf().await.is_some_and(|leaf| Some(leaf) != told));
        by_hand("DELETE FROM rating").await;
        assert_eq!(leaf().await, None, "deleted");
    }
}
