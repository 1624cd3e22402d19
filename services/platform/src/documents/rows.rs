//! The rows of documents, in the table `document` of each service that has some.

use std::collections::{BTreeSet, HashSet};

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _, Select,
    sea_query::{Alias, Expr, ExprTrait as _, Query},
};
use uuid::Uuid;

use super::{
    DocumentError,
    entity::{ActiveModel, Column, Entity, Model},
};
use crate::status::Failure;

/// What documents belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Of {
    /// The column of the service's table `document` that says so.
    pub column: &'static str,
    /// Which one.
    pub id: Uuid,
    /// How many documents it has at most, erased ones too.
    pub limit: u64,
}

/// Keeps the row of a document whose object is there. What it belongs to is locked, so that those who
/// add to it are counted one after another.
///
/// # Errors
/// [`DocumentError::TooMany`], and if the store fails.
pub async fn add(txn: &impl ConnectionTrait, of: Of, row: Model) -> Result<(), DocumentError> {
    if count(txn, of).await.map_err(Failure::from)? >= of.limit {
        return Err(DocumentError::TooMany { limit: of.limit });
    }
    let Model { id, media_type, size, sha256, uploaded_at, about, data_key } = row;
    let mut insert = Query::insert();
    insert
        .into_table("document")
        .columns([
            Alias::new("id"),
            Alias::new(of.column),
            Alias::new("media_type"),
            Alias::new("size"),
            Alias::new("sha256"),
            Alias::new("uploaded_at"),
            Alias::new("about"),
            Alias::new("data_key"),
        ])
        .values_panic([
            id.into(),
            of.id.into(),
            media_type.into(),
            size.into(),
            sha256.into(),
            uploaded_at.into(),
            about.into(),
            data_key.into(),
        ]);
    txn.execute(&insert).await.map_err(Failure::from)?;
    Ok(())
}

/// How many documents it has, erased ones too.
///
/// # Errors
/// If the store fails.
pub async fn count(connection: &impl ConnectionTrait, of: Of) -> Result<u64, DbErr> {
    all(of).count(connection).await
}

/// One of its documents.
///
/// # Errors
/// If the store fails.
pub async fn find(
    connection: &impl ConnectionTrait,
    of: Of,
    id: Uuid,
) -> Result<Option<Model>, DbErr> {
    all(of).filter(Column::Id.eq(id)).one(connection).await
}

/// Its documents, the oldest first, after one of them.
///
/// # Errors
/// If the store fails.
pub async fn list(
    connection: &impl ConnectionTrait,
    of: Of,
    after: Option<(i64, Uuid)>,
    limit: u64,
) -> Result<Vec<Model>, DbErr> {
    page(of, after, limit).all(connection).await
}

/// The statement of [`list`].
pub fn page(of: Of, after: Option<(i64, Uuid)>, limit: u64) -> Select<Entity> {
    let later = |(at, id)| {
        let same = Condition::all().add(Column::UploadedAt.eq(at)).add(Column::Id.gt(id));
        Condition::any().add(Column::UploadedAt.gt(at)).add(same)
    };
    all(of)
        .apply_if(after.map(later), |documents, later| documents.filter(later))
        .order_by_asc(Column::UploadedAt)
        .order_by_asc(Column::Id)
        .limit(limit)
}

fn all(of: Of) -> Select<Entity> {
    Entity::find().filter(Expr::col(Alias::new(of.column)).eq(of.id))
}

/// Which of some ids are none of its documents, or are erased ones.
///
/// # Errors
/// If the store fails.
pub async fn missing(
    connection: &impl ConnectionTrait,
    of: Of,
    ids: &[Uuid],
) -> Result<Vec<Uuid>, DbErr> {
    let there: Vec<Uuid> = readable(all(of), ids).into_tuple().all(connection).await?;
    let there: HashSet<Uuid> = there.into_iter().collect();
    Ok(ids.iter().copied().filter(|id| !there.contains(id)).collect())
}

/// Which of some objects have a row that can open them.
///
/// # Errors
/// If the store fails.
pub async fn kept(
    connection: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<BTreeSet<Uuid>, DbErr> {
    let kept: Vec<Uuid> = readable(Entity::find(), ids).into_tuple().all(connection).await?;
    Ok(kept.into_iter().collect())
}

/// The ids of those that are not erased.
fn readable(documents: Select<Entity>, ids: &[Uuid]) -> Select<Entity> {
    documents
        .select_only()
        .column(Column::Id)
        .filter(Column::Id.is_in(ids.iter().copied()))
        .filter(Column::DataKey.ne(Vec::<u8>::new()))
}

/// Erases what is sealed of a document: its name, its uploader, and the key of its object. False if
/// there is no such document.
///
/// # Errors
/// If the store fails.
pub async fn erase(connection: &impl ConnectionTrait, id: Uuid) -> Result<bool, DbErr> {
    let nothing =
        ActiveModel { about: Set(Vec::new()), data_key: Set(Vec::new()), ..Default::default() };
    let done =
        Entity::update_many().set(nothing).filter(Column::Id.eq(id)).exec(connection).await?;
    Ok(done.rows_affected == 1)
}
