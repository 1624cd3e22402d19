//! Refusals about files.

use platform::status::Refusal;
use tonic::Code;

/// What can go wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// Rows of an import are wrong.
    #[error("{errors} errors in {rows} rows; nothing was changed")]
    RowsRefused {
        /// Errors found.
        errors: u64,
        /// Rows read.
        rows: u64,
    },
    /// A file is larger than allowed.
    #[error("{0}")]
    FileTooLarge(String),
    /// Another import is running.
    #[error("another file is being imported; nothing was changed")]
    Importing,
}

impl TransferError {
    pub(super) fn refusal(&self) -> Refusal {
        let message = self.to_string();
        match self {
            Self::RowsRefused { errors, .. } => {
                let zh = format!("导入文件有{errors}处错误，未作任何更改。");
                Refusal::new(Code::InvalidArgument, "ROWS_REFUSED", message, zh)
            }
            Self::FileTooLarge(_) => {
                let zh = "导入文件过大，请分成几个文件。";
                Refusal::new(Code::ResourceExhausted, "FILE_TOO_LARGE", message, zh)
            }
            Self::Importing => {
                let zh = "另一份文件正在导入，请稍后再试。";
                Refusal::new(Code::Unavailable, "IMPORT_UNDER_WAY", message, zh).retry()
            }
        }
    }
}
