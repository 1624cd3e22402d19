//! The documents of tickets: their rows. Their objects are in the store of documents.

use std::collections::{BTreeSet, HashSet};

use platform::database::Txn;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, DbErr,
    EntityTrait as _, IntoActiveModel as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _, Select,
};
use uuid::Uuid;

use crate::entity::document;

/// Where the name and the uploader of a document stand.
pub(crate) fn about_place(id: Uuid) -> Vec<u8> {
    [b"document.about/".as_slice(), id.as_bytes()].concat()
}

/// Where the key of a document's object stands.
pub(crate) fn key_place(id: Uuid) -> Vec<u8> {
    [b"document.data_key/".as_slice(), id.as_bytes()].concat()
}

/// Keeps a new document.
pub(crate) async fn insert_document(txn: &Txn, row: document::Model) -> Result<(), DbErr> {
    let row = row.into_active_model().reset_all();
    document::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// How many documents a ticket has, erased ones too.
pub(crate) async fn count(
    connection: &impl ConnectionTrait,
    ticket_id: Uuid,
) -> Result<u64, DbErr> {
    of_ticket(ticket_id).count(connection).await
}

/// A document of a ticket.
pub(crate) async fn document(
    connection: &impl ConnectionTrait,
    ticket_id: Uuid,
    id: Uuid,
) -> Result<Option<document::Model>, DbErr> {
    of_ticket(ticket_id).filter(document::Column::Id.eq(id)).one(connection).await
}

/// The documents of a ticket, the oldest first.
pub(crate) async fn documents(
    connection: &impl ConnectionTrait,
    ticket_id: Uuid,
    after: Option<(i64, Uuid)>,
    limit: u64,
) -> Result<Vec<document::Model>, DbErr> {
    page(ticket_id, after, limit).all(connection).await
}

fn of_ticket(ticket_id: Uuid) -> Select<document::Entity> {
    document::Entity::find().filter(document::Column::TicketId.eq(ticket_id))
}

fn page(ticket_id: Uuid, after: Option<(i64, Uuid)>, limit: u64) -> Select<document::Entity> {
    let later = |(at, id)| {
        let same = Condition::all()
            .add(document::Column::UploadedAt.eq(at))
            .add(document::Column::Id.gt(id));
        Condition::any().add(document::Column::UploadedAt.gt(at)).add(same)
    };
    of_ticket(ticket_id)
        .apply_if(after.map(later), |documents, later| documents.filter(later))
        .order_by_asc(document::Column::UploadedAt)
        .order_by_asc(document::Column::Id)
        .limit(limit)
}

/// Which of some ids are no documents of a ticket, or are erased ones.
pub(crate) async fn missing_of(
    txn: &Txn,
    ticket_id: Uuid,
    ids: &[Uuid],
) -> Result<Vec<Uuid>, DbErr> {
    let there: Vec<Uuid> = of_ticket(ticket_id)
        .select_only()
        .column(document::Column::Id)
        .filter(document::Column::Id.is_in(ids.iter().copied()))
        .filter(document::Column::DataKey.ne(Vec::<u8>::new()))
        .into_tuple()
        .all(txn)
        .await?;
    let there: HashSet<Uuid> = there.into_iter().collect();
    Ok(ids.iter().copied().filter(|id| !there.contains(id)).collect())
}

/// Which of some objects have a row that can open them.
pub(crate) async fn kept(
    connection: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<BTreeSet<Uuid>, DbErr> {
    let kept: Vec<Uuid> = document::Entity::find()
        .select_only()
        .column(document::Column::Id)
        .filter(document::Column::Id.is_in(ids.iter().copied()))
        .filter(document::Column::DataKey.ne(Vec::<u8>::new()))
        .into_tuple()
        .all(connection)
        .await?;
    Ok(kept.into_iter().collect())
}

/// Erases what is sealed of a document: its name, its uploader, and the key of its object. False if
/// there is no such document.
pub(crate) async fn erase(connection: &impl ConnectionTrait, id: Uuid) -> Result<bool, DbErr> {
    let nothing = document::ActiveModel {
        about: Set(Vec::new()),
        data_key: Set(Vec::new()),
        ..Default::default()
    };
    let done = document::Entity::update_many()
        .set(nothing)
        .filter(document::Column::Id.eq(id))
        .exec(connection)
        .await?;
    Ok(done.rows_affected == 1)
}

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn the_documents_of_a_ticket_are_found_by_an_index() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let page = page(Uuid::nil(), Some((7, Uuid::nil())), 51).build(store.backend());
        let found = plan(&store, page).await;
        assert!(found.contains("document_ticket"), "{found}");
    }
}
