//! What facts say, as far as it can be read.

use domain::deadline::day_of;
use jiff::civil::Date;
use platform::{
    convert::{self, Meaningless},
    facts::consume::Obstacle,
};
use proto::r#type::v1::ServiceAct;
use uuid::Uuid;

pub(super) fn broken(why: Meaningless) -> Obstacle {
    Obstacle::Broken(why.to_string())
}

pub(super) fn uuid(text: &str) -> Result<Uuid, Obstacle> {
    text.parse().map_err(|_| broken(Meaningless("is no UUID")))
}

pub(super) fn known_act(act: Option<&ServiceAct>) -> Result<&ServiceAct, Obstacle> {
    act.ok_or(broken(Meaningless("the act is missing")))
}

/// The day an act counts as offered on.
pub(super) fn served_on(act: &ServiceAct) -> Result<Date, Obstacle> {
    convert::instant_of(act.served_at.as_ref()).map(day_of).map_err(broken)
}
