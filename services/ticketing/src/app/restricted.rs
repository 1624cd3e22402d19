//! Restricted matters: who sees them, and where they are handled.

use domain::codes::RegionCode;
use platform::{auth::Officer, status::Failure};
use proto::ticketing::v1::RestrictedMatter;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{
    convert::restricted::state,
    entity::restricted_matter,
    error::{Error, RestrictedError},
    state::Ticketing,
    store,
};

/// A matter that the caller may see: one that their Authority handles, unless they are accused.
pub(crate) async fn seen(
    ticketing: &Ticketing,
    connection: &impl ConnectionTrait,
    officer: &Officer,
    id: Uuid,
) -> Result<(restricted_matter::Model, RestrictedMatter), Error> {
    let row = store::restricted::matter(connection, officer, id).await?;
    let row = row.ok_or(RestrictedError::NotFound)?;
    let matter = store::restricted::open(&ticketing.shell.sealer, &row)?;
    match is_for(&matter, officer) {
        true => Ok((row, matter)),
        false => Err(RestrictedError::NotFound.into()),
    }
}

/// Whether a matter of the officer's Authority is for this officer: nobody sees what they are
/// accused of, nor what somebody whom they served reports.
pub(crate) fn is_for(matter: &RestrictedMatter, officer: &Officer) -> bool {
    let away = [&matter.accused_staff_id, &matter.served_staff_id];
    !away.iter().any(|staff| staff.trim().eq_ignore_ascii_case(officer.id().trim()))
}

/// The region whose Authority handles a report about a unit. One about an Authority goes to the
/// next higher region; the nation's has none above it.
pub(crate) fn handled_in(officer: &Officer, unit_region: &str, is_authority: bool) -> String {
    let own = officer.region().to_owned();
    let unit = RegionCode::parse(unit_region).ok().filter(|_| is_authority);
    match unit.filter(|unit| unit.as_str() == own) {
        Some(unit) => unit.parent().map_or(own, |above| above.as_str().to_owned()),
        None => own,
    }
}

/// A matter as it is shown in lists and in the answer to a step: without what was reported.
pub(crate) fn in_short(mut matter: RestrictedMatter) -> RestrictedMatter {
    matter.report.clear();
    matter.reporter.clear();
    matter
}

/// The state of stored content.
pub(crate) fn state_of(
    matter: &RestrictedMatter,
) -> Result<domain::restricted::RestrictedState, Failure> {
    let broken = |why| Failure::Internal(format!("matter {}: {why}", matter.matter_id));
    state(matter).map_err(broken)
}
