//! Refusals about pain points.

use platform::status::Refusal;
use tonic::Code;

/// What can go wrong with pain points.
#[derive(Debug, thiserror::Error)]
pub enum PainPointError {
    /// The region and the days hold more than is compared at once.
    #[error("the region and the days hold more different counts than are compared at once")]
    TooMany,
}

impl PainPointError {
    /// Its form for programs and for people.
    pub(super) fn refusal(self) -> Refusal {
        let message = self.to_string();
        match self {
            Self::TooMany => {
                let zh = "该地区和时段的数据过多，无法一次比较，请选择较小的地区或较短的时段。";
                Refusal::new(Code::ResourceExhausted, "PAIN_POINTS_TOO_MANY", message, zh)
            }
        }
    }
}
