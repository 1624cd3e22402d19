//! What this service does by itself.

pub mod erase_document;
pub mod reseal;
pub mod settle_text_reviews;
pub mod sweep_documents;
