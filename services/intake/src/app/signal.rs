//! A signal within the caller's reach, and its evidence.

use platform::auth::Officer;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{
    entity::{rating, service_act, signal},
    error::{Error, signal::SignalError},
    store::signal::signals,
};

/// A signal's evidence: ratings, each with its act.
pub(crate) type Evidence = Vec<(rating::Model, Option<service_act::Model>)>;

/// A signal of the caller's region and its evidence.
///
/// # Errors
/// [`SignalError`] if there is none, or if it is about the caller's own services.
pub(crate) async fn own(
    connection: &impl ConnectionTrait,
    id: Uuid,
    officer: &Officer,
) -> Result<(signal::Model, Evidence), Error> {
    let row = signals::signal(connection, id).await?;
    let row = row.filter(|row| officer.reaches(&row.region_code)).ok_or(SignalError::NotFound)?;
    let ids = row.ratings.as_chunks().0.iter().map(|id| Uuid::from_bytes(*id)).collect();
    let evidence = signals::evidence(connection, ids).await?;
    let served = |act: &service_act::Model| act.staff_id.as_deref() == Some(officer.id());
    let mut acts = evidence.iter().filter_map(|(_, act)| act.as_ref());
    if row.subject_id == officer.id() || acts.any(served) {
        return Err(SignalError::RatedStaffMember.into());
    }
    Ok((row, evidence))
}
