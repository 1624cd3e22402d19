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
    /// The lane and its region, if the caller reports for it. What an installation wrote itself comes from no
    /// other one, whatever a token admits: two that name each other as their upper platform, or a region that
    /// was mistyped, would else bring back a copy of its own facts as those of a lower one.
    ///
    /// # Errors
    /// [`ExchangeError::OriginNotFound`]; [`ExchangeError::OriginNotBelow`] if it is `own`, or above it.
    pub(crate) fn of(
        self,
        caller: &Deployment,
        own: Option<&RegionCode>,
    ) -> Result<(LaneKey, RegionCode), ExchangeError> {
        let origin = self.origin.filter(|origin| caller.reports_for(origin));
        let origin = origin.ok_or(ExchangeError::OriginNotFound)?;
        let holds = |own: &RegionCode| *own == origin || own.ancestors().any(|up| up == origin);
        if own.is_some_and(holds) {
            return Err(ExchangeError::OriginNotBelow(origin));
        }
        Ok((LaneKey { origin: origin.as_str().to_owned(), producer: self.producer }, origin))
    }
}
