//! What facts say, as far as it can be read.

use platform::{convert::Meaningless, facts::consume::Obstacle};
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
