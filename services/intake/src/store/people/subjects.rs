//! Whose data an officer asks for, and why they asked.

use std::collections::HashMap;

use platform::{database::Txn, status::Failure};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};
use uuid::Uuid;

use super::applicants::{ApplicantVersion, holder};
use crate::entity::{call_back, case_file, case_step, look, rating, report, review, service_act};

/// Whose data are requested.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The applicant of a case.
    Case(Uuid),
    /// The rater of a rating.
    Rating(Uuid),
    /// The person who can rate a service act, whether they did or not.
    Act(Uuid),
    /// The person whose words became a matter: by a review, a complaint, or a call-back's problem.
    Matter(Uuid),
    /// The citizen who reported retaliation, obstruction or a leak.
    Report(Uuid),
}

/// A person's words, sealed.
pub(crate) enum SealedWords {
    /// With a rating.
    Rating(rating::Model),
    /// In a review or a complaint.
    Review(review::Model),
    /// About a problem, in a call-back.
    CallBack(call_back::Model),
    /// In a report of retaliation, obstruction or a leak.
    Report(report::Model),
}

/// A person with all data that decide who may see them.
pub(crate) struct Person {
    /// The case they applied in; none if only their words are known.
    pub(crate) case: Option<case_file::Model>,
    /// Who they are: for an act or a rating the person with the right to it, even if the case now
    /// names another.
    pub(crate) applicant: ApplicantVersion,
    /// Their words, if the request is about those.
    pub(crate) spoken: Option<SealedWords>,
    /// The region they were served in, or wrote about.
    pub(crate) region_code: String,
    /// The agency that served them, or that they named.
    pub(crate) agency_id: Option<String>,
    /// All who are known to have served them in this case.
    pub(crate) staff: Vec<String>,
}

/// The person behind a case, a rating, a service act or a matter.
pub(crate) async fn person(
    connection: &impl ConnectionTrait,
    subject: Subject,
) -> Result<Option<Person>, Failure> {
    let (act_id, spoken) = match subject {
        Subject::Case(id) => return of_case(connection, id).await,
        Subject::Report(id) => return of_report(connection, id).await,
        Subject::Act(id) => (id, None),
        Subject::Rating(id) => match rating::Entity::find_by_id(id).one(connection).await? {
            Some(rating) => (rating.act_id, Some(SealedWords::Rating(rating))),
            None => return Ok(None),
        },
        Subject::Matter(id) => match told_of(connection, id).await? {
            Some(called) => (called.act_id, Some(SealedWords::CallBack(called))),
            None => return of_review(connection, id).await,
        },
    };
    let Some(act) = service_act::Entity::find_by_id(act_id).one(connection).await? else {
        return match spoken {
            Some(_) => Err(Failure::Internal("words without their act".to_owned())),
            None => Ok(None),
        };
    };
    let Some(person) = of_case(connection, act.case_id).await? else { return Ok(None) };
    let applicant = match &person.case {
        Some(case) => holder(connection, case, &act).await?,
        None => ApplicantVersion::Nobody,
    };
    // An act can have another region or agency than its case.
    Ok(Some(Person {
        spoken,
        applicant,
        region_code: act.region_code,
        agency_id: Some(act.agency_id),
        ..person
    }))
}

async fn of_case(
    connection: &impl ConnectionTrait,
    case_id: Uuid,
) -> Result<Option<Person>, Failure> {
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
    Ok(Some(Person {
        spoken: None,
        region_code: case.region_code.clone(),
        agency_id: Some(case.agency_id.clone()),
        staff: acts.into_iter().chain(steps).flatten().collect(),
        applicant: ApplicantVersion::now(&case),
        case: Some(case),
    }))
}

/// The last call-back that reported the problem of a matter.
async fn told_of(
    connection: &impl ConnectionTrait,
    matter_id: Uuid,
) -> Result<Option<call_back::Model>, DbErr> {
    call_back::Entity::find()
        .filter(call_back::Column::MatterId.eq(matter_id))
        .filter(call_back::Column::HasProblem.eq(true))
        .order_by_desc(call_back::Column::Sequence)
        .one(connection)
        .await
}

async fn of_review(connection: &impl ConnectionTrait, id: Uuid) -> Result<Option<Person>, Failure> {
    let review = review::Entity::find_by_id(id).one(connection).await?;
    Ok(review.map(|review| Person {
        case: None,
        applicant: ApplicantVersion::Nobody,
        region_code: review.region_code.clone(),
        agency_id: review.agency_id.clone(),
        staff: Vec::new(),
        spoken: Some(SealedWords::Review(review)),
    }))
}

async fn of_report(connection: &impl ConnectionTrait, id: Uuid) -> Result<Option<Person>, Failure> {
    let report = report::Entity::find_by_id(id).one(connection).await?;
    Ok(report.map(|report| Person {
        case: None,
        applicant: ApplicantVersion::Nobody,
        region_code: report.region_code.clone(),
        // No agency reads it, whichever is accused.
        agency_id: None,
        staff: report.served_staff_id.clone().into_iter().collect(),
        spoken: Some(SealedWords::Report(report)),
    }))
}

/// Keeps why an officer looked.
pub(crate) async fn insert_look(txn: &Txn, look: look::Model) -> Result<(), DbErr> {
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
