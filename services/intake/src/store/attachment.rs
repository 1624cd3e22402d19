//! What attachments belong to; their rows are as those of every service.

use platform::{database::Txn, documents::Of};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait as _, QuerySelect as _, Select};
use uuid::Uuid;

use crate::{
    convert::attachment::Subject,
    entity::{assessment, rating, survey},
};

/// How many scans a paper form has at most.
pub(crate) const MAX_OF_A_FORM: u64 = 10;
/// How many attachments a survey or an assessment has at most.
const MAX_OF_A_SURVEY: u64 = 50;

/// Whose documents are a subject's.
pub(crate) const fn of_subject(subject: Subject) -> Of {
    let limit = match subject {
        Subject::PaperForm(_) => MAX_OF_A_FORM,
        Subject::Survey(_) | Subject::Assessment(_) => MAX_OF_A_SURVEY,
    };
    Of { column: "subject_id", id: subject.id(), limit }
}

/// Locks what is there until this transaction ends: those who add to it come one after another.
pub(crate) async fn lock(txn: &Txn, subject: Subject) -> Result<(), DbErr> {
    async fn row<E: sea_orm::EntityTrait>(
        txn: &Txn,
        rows: Select<E>,
        id: E::Column,
    ) -> Result<(), DbErr> {
        let rows = rows.select_only().column(id).lock_exclusive();
        let _: Option<Uuid> = rows.into_tuple().one(txn).await?;
        Ok(())
    }
    match subject {
        Subject::PaperForm(id) => {
            row(txn, rating::Entity::find_by_id(id), rating::Column::Id).await
        }
        Subject::Survey(id) => row(txn, survey::Entity::find_by_id(id), survey::Column::Id).await,
        Subject::Assessment(id) => {
            row(txn, assessment::Entity::find_by_id(id), assessment::Column::Id).await
        }
    }
}

/// The region of an assessment.
pub(crate) async fn region_of_assessment(
    connection: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<String>, DbErr> {
    let rows = assessment::Entity::find_by_id(id).select_only();
    rows.column(assessment::Column::RegionCode).into_tuple().one(connection).await
}

#[cfg(test)]
mod tests {
    use platform::{
        documents::rows,
        testing::{TestPlace, plan},
    };
    use sea_orm::QueryTrait as _;

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn the_attachments_of_a_subject_are_found_by_an_index() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let of = of_subject(Subject::Survey(Uuid::nil()));
        let page = rows::page(of, Some((7, Uuid::nil())), 51);
        let found = plan(&store, page.build(store.backend())).await;
        assert!(found.contains("document_subject"), "{found}");
    }
}
