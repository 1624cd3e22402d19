//! Refusals about the public log.

use std::time::Duration;

use jiff::Timestamp;
use platform::status::Refusal;
use tonic::Code;

/// What the public log refuses.
#[derive(Debug, thiserror::Error)]
pub enum TransparencyError {
    /// Codes were asked about too often: each answer says whether a code is in use.
    #[error("receipt codes were asked about too often")]
    TooMany {
        /// When one is answered again.
        again_in: Duration,
    },
    /// No rating with this code is in the log.
    #[error("no rating with this receipt code is in the log")]
    NotLogged,
    /// No head is signed yet, or none that covers it.
    #[error("no signed head covers this yet")]
    NotSignedYet,
    /// No such head was ever signed.
    #[error("no such head was signed")]
    HeadNotFound,
    /// The log has left this head.
    #[error("the log broke: heads of more than {kept_size} ratings are no longer its own")]
    Broken {
        /// The epoch that began then.
        epoch: i32,
        /// What is still proved.
        kept_size: i64,
        /// When it was noticed.
        since: Timestamp,
    },
    /// The signature is of no admitted witness, or not of this head.
    #[error("the signature is no admitted witness's signature of this head")]
    WitnessNotAdmitted,
    /// The witness has signed a larger head.
    #[error("the witness has signed the head of {size} ratings already")]
    WitnessBehind {
        /// The size of that head.
        size: i64,
    },
    /// The log's own tables do not fit its signed heads.
    #[error("the log's tree does not fit its signed head")]
    Damaged,
}

impl TransparencyError {
    /// Its form for programs and for people.
    pub(crate) fn refusal(self) -> Refusal {
        let message = self.to_string();
        let refuse = |code, reason, zh: &str| Refusal::new(code, reason, message.clone(), zh);
        match self {
            Self::TooMany { again_in } => {
                let zh = "查询过于频繁，请稍后再试。";
                refuse(Code::ResourceExhausted, "ASKED_TOO_OFTEN", zh).retry_after(again_in)
            }
            Self::NotLogged => {
                let zh = "公开日志中没有此回执码对应的评价，请核对回执码。";
                refuse(Code::NotFound, "RATING_NOT_LOGGED", zh)
            }
            Self::NotSignedYet => {
                let zh = "公开日志即将签名，请一分钟后再试。";
                refuse(Code::Unavailable, "TREE_HEAD_NOT_SIGNED_YET", zh).retry()
            }
            Self::HeadNotFound => {
                refuse(Code::NotFound, "TREE_HEAD_NOT_FOUND", "公开日志没有签过这个树头。")
            }
            Self::Broken { epoch, kept_size, since } => {
                let zh = format!(
                    "公开日志曾经中断：数据库恢复到较早的副本，第{kept_size}条以后的签名树头不再有效。"
                );
                refuse(Code::FailedPrecondition, "LOG_BROKEN", &zh)
                    .with("epoch", epoch)
                    .with("kept_size", kept_size)
                    .with("since", since)
            }
            Self::WitnessNotAdmitted => {
                let zh = "签名不是已登记的见证方对该树头的签名。";
                refuse(Code::PermissionDenied, "WITNESS_NOT_ADMITTED", zh)
            }
            Self::WitnessBehind { size } => {
                let zh = format!("该见证方已为更大的树头（{size}条）签名，不再接受较小的。");
                refuse(Code::FailedPrecondition, "WITNESS_BEHIND", &zh).with("size", size)
            }
            Self::Damaged => {
                let zh = "公开日志与其签名不符，数据可能被改动，请联系系统管理员核查。";
                refuse(Code::DataLoss, "LOG_DAMAGED", zh)
            }
        }
    }
}
