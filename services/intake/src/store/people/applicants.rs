//! Who has the right to rate an act: its applicant as known when it was opened.

use platform::{crypto::Sealer, database::Txn, status::Failure};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
};
use uuid::Uuid;

use crate::{
    convert::people::Applicant,
    entity::{case_file, former_applicant, service_act},
    store,
};

/// The applicant of a case, sealed: the current or a former one.
#[derive(Clone, Debug)]
pub(crate) enum ApplicantVersion {
    /// The current one, from the case of this identity.
    Now(Uuid, Vec<u8>),
    /// A former one, kept under this identity.
    Before(Uuid, Vec<u8>),
    /// The applicant was unknown.
    Nobody,
}

impl ApplicantVersion {
    /// The current applicant of a case.
    pub(crate) fn now(case: &case_file::Model) -> Self {
        let applicant = case.applicant.clone();
        applicant.map_or(Self::Nobody, |sealed| Self::Now(case.id, sealed))
    }

    /// In the clear; nothing if unknown.
    pub(crate) fn open(&self, sealer: &Sealer) -> Result<Applicant, Failure> {
        match self {
            Self::Now(id, sealed) => Applicant::open(sealer, sealed, *id),
            Self::Before(id, sealed) => Applicant::open_former(sealer, sealed, *id),
            Self::Nobody => Ok(Applicant::default()),
        }
    }
}

/// Who has the right to rate an act of a case.
pub(crate) async fn holder(
    connection: &impl ConnectionTrait,
    case: &case_file::Model,
    act: &service_act::Model,
) -> Result<ApplicantVersion, DbErr> {
    if case.number_index == act.number_index && case.phone_index == act.phone_index {
        return Ok(ApplicantVersion::now(case));
    }
    let former = former_applicant::Entity::find()
        .filter(former_applicant::Column::CaseId.eq(case.id))
        .order_by_desc(former_applicant::Column::ReplacedAt)
        .order_by_desc(former_applicant::Column::Id)
        .all(connection)
        .await?;
    let theirs = |former: &former_applicant::Model| {
        former.number_index == act.number_index && former.phone_index == act.phone_index
    };
    let former = former.into_iter().find(theirs);
    let version =
        former.and_then(|former| Some(ApplicantVersion::Before(former.id, former.applicant?)));
    Ok(version.unwrap_or(ApplicantVersion::Nobody))
}

/// Keeps former applicants of cases.
pub(crate) async fn insert(txn: &Txn, rows: Vec<former_applicant::Model>) -> Result<(), DbErr> {
    for rows in store::chunks(rows) {
        let rows = rows.into_iter().map(|row| row.into_active_model().reset_all());
        former_applicant::Entity::insert_many(rows).exec_without_returning(txn).await?;
    }
    Ok(())
}
