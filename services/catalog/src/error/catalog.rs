//! Refusals about items.

use platform::status::Refusal;
use tonic::Code;

/// What can go wrong with an item.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// No such item, or not in that version.
    #[error("there is no such item")]
    ItemNotFound,
}

impl CatalogError {
    pub(super) fn refusal(&self) -> Refusal {
        let message = self.to_string();
        match self {
            Self::ItemNotFound => {
                Refusal::new(Code::NotFound, "ITEM_NOT_FOUND", message, "没有该事项。")
            }
        }
    }
}
