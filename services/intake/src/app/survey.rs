//! Surveys, as several RPCs read them.

use domain::profile::ThirdParty;
use jiff::civil::Date;
use platform::{auth::Authority, reference::Snapshot, status::Failure};
use proto::intake::v1::Survey;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{
    convert::kept,
    error::{Error, survey::SurveyError},
    store::{self, survey::Public},
};

/// A survey of the caller's region.
pub(crate) async fn own(
    connection: &impl ConnectionTrait,
    id: Uuid,
    caller: &Authority,
) -> Result<Public, Error> {
    let row = store::survey::survey(connection, id).await?;
    row.filter(|row| caller.officer().reaches(&row.region_code)).ok_or(SurveyError::NotFound.into())
}

/// A survey as everyone sees it.
pub(crate) fn to_survey(row: &Public) -> Result<Survey, Failure> {
    let planned: Survey = kept(&row.plan)?;
    let draw = row.draw.as_deref().map(kept).transpose()?;
    Ok(Survey { draw, ..planned })
}

/// The clause by which a region gives raters' data to no third party, if there is one. Without a
/// profile for the region, it is forbidden: only what is allowed may be done.
pub(crate) fn never(known: &Snapshot, region: &str, today: Date) -> Option<String> {
    let profile = known.profile_on(region, today);
    match profile.map(|profile| &profile.rater_data_to_third_party) {
        Some(rule) if rule.value == ThirdParty::WithPermission => None,
        Some(rule) => Some(rule.clause.clone()),
        None => Some(String::new()),
    }
}
