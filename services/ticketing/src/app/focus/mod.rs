//! Focus (重点对象与集中问题).

pub(crate) mod complaints;
pub(crate) mod figures;
pub(crate) mod key_target;
pub(crate) mod problem;
pub(crate) mod proposal;
pub(crate) mod staff_measure;
pub(crate) mod tickets;

use std::sync::Arc;

use domain::{deadline::day_of, profile::Profile};
use jiff::Timestamp;
use platform::{auth::Officer, convert::Meaningless, database::Txn, status::Failure};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::{error::FocusError, facts, state::Ticketing};

/// Takes a rating out of the counts: it was decided that it is counted nowhere. To be called in the
/// transaction of that decision.
///
/// # Errors
/// If the store fails.
pub(crate) async fn excluded(txn: &Txn, rating_id: Uuid) -> Result<(), DbErr> {
    facts::focus::exclude(txn, rating_id, true).await
}

/// Puts a rating back into the counts.
///
/// # Errors
/// If the store fails.
pub(crate) async fn reinstated(txn: &Txn, rating_id: Uuid) -> Result<(), DbErr> {
    facts::focus::exclude(txn, rating_id, false).await
}

/// The profile in force today where an officer works.
fn profile_of(ticketing: &Ticketing, officer: &Officer) -> Result<Arc<Profile>, FocusError> {
    let today = day_of(ticketing.shell.clock.now());
    let known = ticketing.reference.now();
    let profile = known.profile_on(officer.region(), today).cloned();
    profile.ok_or(FocusError::NotKnownYet("the policy profile"))
}

/// The profile that a record is bound to.
fn bound(ticketing: &Ticketing, policy: &str) -> Result<Arc<Profile>, FocusError> {
    let known = ticketing.reference.now();
    known.policy(policy).cloned().ok_or(FocusError::NotKnownYet("the policy profile"))
}

/// The first whole day of measures that are put in force now: what was rated earlier that day says
/// nothing about them.
fn first_day(at: Timestamp) -> String {
    day_of(at).tomorrow().unwrap_or(day_of(at)).to_string()
}

/// Stored content that has no meaning is a bug.
fn broken(id: Uuid) -> impl Fn(Meaningless) -> Failure {
    move |why| Failure::Internal(format!("record {id}: {why}"))
}
