//! Whose data an officer asks for, and why they asked.

use std::collections::HashMap;

use platform::status::Failure;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, DbErr,
    EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QuerySelect as _,
};
use uuid::Uuid;

use crate::entity::{case_file, case_step, look, rating, service_act};

/// Whose data are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The applicant of a case.
    Case(Uuid),
    /// The rater of a rating.
    Rating(Uuid),
}

/// A person with all that says who may see them.
pub(crate) struct Person {
    /// The case they applied in.
    pub(crate) case: case_file::Model,
    /// What they rated, if it was asked for by that.
    pub(crate) rating: Option<rating::Model>,
    /// The region they were served in.
    pub(crate) region_code: String,
    /// The agency that served them.
    pub(crate) agency_id: String,
    /// Everyone who is known to have served them in this case.
    pub(crate) staff: Vec<String>,
}

/// The person behind a case or a rating.
pub(crate) async fn person(
    connection: &impl ConnectionTrait,
    subject: Subject,
) -> Result<Option<Person>, Failure> {
    let (case_id, rated) = match subject {
        Subject::Case(id) => (id, None),
        Subject::Rating(id) => {
            let Some(rating) = rating::Entity::find_by_id(id).one(connection).await? else {
                return Ok(None);
            };
            let act = service_act::Entity::find_by_id(rating.act_id).one(connection).await?;
            let act =
                act.ok_or_else(|| Failure::Internal("a rating without its act".to_owned()))?;
            (act.case_id, Some((rating, act)))
        }
    };
    let Some(case) = case_file::Entity::find_by_id(case_id).one(connection).await? else {
        return Ok(None);
    };
    let acts: Vec<Option<String>> = service_act::Entity::find()
        .filter(service_act::Column::CaseId.eq(case_id))
        .select_only()
        .column(service_act::Column::StaffId)
        .into_tuple()
        .all(connection)
        .await?;
    let steps: Vec<Option<String>> = case_step::Entity::find()
        .filter(case_step::Column::CaseId.eq(case_id))
        .select_only()
        .column(case_step::Column::StaffId)
        .into_tuple()
        .all(connection)
        .await?;
    let staff = acts.into_iter().chain(steps).flatten().collect();
    let (rating, region_code, agency_id) = match rated {
        Some((rating, act)) => (Some(rating), act.region_code, act.agency_id),
        None => (None, case.region_code.clone(), case.agency_id.clone()),
    };
    Ok(Some(Person { case, rating, region_code, agency_id, staff }))
}

/// Keeps why an officer looked.
pub(crate) async fn insert_look(txn: &DatabaseTransaction, look: look::Model) -> Result<(), DbErr> {
    let row = look.into_active_model().reset_all();
    look::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// Why officers looked, sealed, by the ids of their records.
pub(crate) async fn notes(
    connection: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Vec<u8>>, DbErr> {
    let rows = look::Entity::find()
        .filter(look::Column::Id.is_in(ids.iter().copied()))
        .all(connection)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.note)).collect())
}
