//! Refusals about rankings.

use platform::status::Refusal;
use tonic::{Code, Status};

/// What can go wrong with a ranking.
#[derive(Debug, thiserror::Error)]
pub enum RankingError {
    /// It would have more values than one answer is computed from.
    #[error("there are more than {limit} to rank")]
    TooMany {
        /// How many are ranked at most.
        limit: usize,
    },
}

impl RankingError {
    pub(super) fn status(self) -> Status {
        let message = self.to_string();
        let Self::TooMany { limit } = self;
        let zh = format!("参加排名的对象超过{limit}个，请按地区、机构或业务条线分别查询。");
        Refusal::new(Code::FailedPrecondition, "TOO_MANY_TO_RANK", message, zh)
            .with("limit", limit)
            .into()
    }
}
