//! Refusals about the exchange.

use domain::codes::RegionCode;
use platform::{facts::history::Place, status::Refusal};
use tonic::Code;

/// What the exchange refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExchangeError {
    /// The caller does not report for this installation.
    #[error("the caller does not report for this region")]
    OriginNotFound,
    /// The caller reports for this installation itself, or for one above it.
    #[error("{0} is not below this installation")]
    OriginNotBelow(RegionCode),
    /// Facts between what is kept and what was sent are missing.
    #[error("facts are missing: the last one kept is {0}")]
    Gap(Place),
    /// What was sent does not continue what is kept.
    #[error("another history is kept here: its last fact is {0}")]
    OtherHistory(Place),
}

impl ExchangeError {
    /// Its form for programs and for people.
    pub(crate) fn refusal(self) -> Refusal {
        let message = self.to_string();
        let refuse = |code, reason, zh: &str| Refusal::new(code, reason, message.clone(), zh);
        let last = |refusal: Refusal, place: Place| {
            refusal.with("position", place.position).with("fact_id", place.fact_id)
        };
        match self {
            Self::OriginNotFound => {
                let zh = "该行政区划不在本平台登记的上报范围内。";
                refuse(Code::NotFound, "ORIGIN_NOT_FOUND", zh)
            }
            Self::OriginNotBelow(origin) => {
                let zh = format!(
                    "{origin}是本平台所辖的行政区划本身或其上级，不能作为下级平台上报；请核对双方配置的\
                     行政区划代码。"
                );
                refuse(Code::FailedPrecondition, "ORIGIN_NOT_BELOW", &zh)
            }
            Self::Gap(place) => {
                let zh = format!("上报数据不连续：已收到第{}条，请从下一条补报。", place.position);
                last(refuse(Code::FailedPrecondition, "FACTS_GAP", &zh), place)
            }
            Self::OtherHistory(place) => {
                let zh = "上报数据与已收到的不一致，可能恢复过备份，请从双方一致之处重新上报。";
                last(refuse(Code::FailedPrecondition, "OTHER_HISTORY", zh), place)
            }
        }
    }
}
