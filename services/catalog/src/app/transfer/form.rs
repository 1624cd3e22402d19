//! The form of a file: its kind of rows, format and encoding.

use proto::catalog::v1::{TransferFormat, TransferKind};

/// The format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Csv,
    JsonLines,
}

/// The encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    /// GBK and GB 2312 are part of it.
    Gb18030,
}

/// The form of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileForm {
    pub(crate) kind: TransferKind,
    pub(crate) format: Format,
    pub(crate) encoding: Encoding,
}

/// A format from the wire.
pub(crate) fn format(format: i32) -> Result<Format, &'static str> {
    match TransferFormat::try_from(format) {
        Ok(TransferFormat::Csv) => Ok(Format::Csv),
        Ok(TransferFormat::JsonLines) => Ok(Format::JsonLines),
        Ok(TransferFormat::Unspecified) | Err(_) => Err("is missing"),
    }
}
