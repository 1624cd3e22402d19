//! Refusals about ledgers.

use std::time::Duration;

use platform::status::Refusal;
use tonic::{Code, Status};

/// How long a caller waits whose last export still runs.
const WAIT: Duration = Duration::from_secs(5);

/// What can go wrong with a ledger.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The caller's last export still runs.
    #[error("another export of this caller runs")]
    UnderWay,
    /// The workbook cannot be kept while it is made.
    #[error("there is no room for the workbook")]
    NoRoom,
}

impl LedgerError {
    pub(super) fn status(&self) -> Status {
        let message = self.to_string();
        let refuse = |code, reason, zh: &str| Refusal::new(code, reason, message.clone(), zh);
        match self {
            Self::UnderWay => {
                let zh = "您的上一次导出尚未结束，请稍后再试。";
                let refusal = refuse(Code::ResourceExhausted, "EXPORT_UNDER_WAY", zh);
                refusal.retry_after(WAIT).into()
            }
            Self::NoRoom => {
                let zh = "服务器没有空间生成表格文件，请稍后再试，或改为导出 CSV。";
                let refusal = refuse(Code::Unavailable, "NO_ROOM_FOR_FILE", zh);
                refusal.retry_after(WAIT).into()
            }
        }
    }
}
