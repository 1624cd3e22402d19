//! The public log: its tree, its leaves, its signed heads.

pub(crate) mod heads;
pub(crate) mod leaves;
pub(crate) mod looks;
pub(crate) mod tiles;

use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, ExprTrait as _, QueryFilter as _,
    sea_query::Expr,
};

use crate::entity::{tree, tree_head};

/// The one row of the tree.
const TREE: i16 = 1;

/// The tree as it is.
pub(crate) async fn tree(connection: &impl ConnectionTrait) -> Result<tree::Model, DbErr> {
    let row = tree::Entity::find_by_id(TREE).one(connection).await?;
    row.ok_or_else(|| DbErr::RecordNotFound("tree has no row".to_owned()))
}

/// Lets it grow; nobody else changes it until the transaction ends. Returns it as it is then.
pub(crate) async fn grow(txn: &impl ConnectionTrait, leaves: usize) -> Result<tree::Model, DbErr> {
    let more = i64::try_from(leaves).unwrap_or(i64::MAX);
    tree::Entity::update_many()
        .col_expr(tree::Column::Size, Expr::col(tree::Column::Size).add(more))
        .filter(tree::Column::Id.eq(TREE))
        .exec(txn)
        .await?;
    tree(txn).await
}

/// Keeps it as it is, for the transaction: nobody else changes it meanwhile.
pub(crate) async fn hold(txn: &impl ConnectionTrait) -> Result<tree::Model, DbErr> {
    grow(txn, 0).await
}

/// Sets its size and its epoch.
pub(crate) async fn set(txn: &impl ConnectionTrait, size: i64, epoch: i32) -> Result<(), DbErr> {
    tree::Entity::update_many()
        .col_expr(tree::Column::Size, Expr::value(size))
        .col_expr(tree::Column::Epoch, Expr::value(epoch))
        .filter(tree::Column::Id.eq(TREE))
        .exec(txn)
        .await
        .map(drop)
}

/// Whether the tree begins with a head; with none it does.
pub(crate) async fn begins_with(
    connection: &impl ConnectionTrait,
    tree: &tree::Model,
    head: Option<&tree_head::Model>,
) -> Result<bool, DbErr> {
    let Some(head) = head else { return Ok(true) };
    let root = match head.size <= tree.size {
        true => tiles::root(connection, head.size).await?,
        false => None,
    };
    Ok(root.is_some_and(|root| root.as_slice() == head.root))
}
