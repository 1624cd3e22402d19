//! Which lane a lower installation names.

use domain::{codes::RegionCode, violation::Violations};
use platform::auth::Deployment;

use crate::{error::exchange::ExchangeError, facts::FOLDED, store::exchange::key::LaneKey};

/// A lane as a request names it.
pub(crate) struct Named {
    origin: Option<RegionCode>,
    producer: String,
}

/// Reads which lane a request names.
pub(crate) fn named(wrong: &mut Violations, origin: &str, producer: String) -> Named {
    let origin = wrong.take("origin", RegionCode::parse(origin));
    let known = FOLDED.contains(&producer.as_str());
    wrong.require(known, "producer", "is no service whose facts go up");
    Named { origin, producer }
}

impl Named {
    /// The lane and its region, if the caller reports for it.
    ///
    /// # Errors
    /// [`ExchangeError::OriginNotFound`].
    pub(crate) fn of(self, caller: &Deployment) -> Result<(LaneKey, RegionCode), ExchangeError> {
        let origin = self.origin.filter(|origin| caller.reports_for(origin));
        let origin = origin.ok_or(ExchangeError::OriginNotFound)?;
        Ok((LaneKey { origin: origin.as_str().to_owned(), producer: self.producer }, origin))
    }
}
