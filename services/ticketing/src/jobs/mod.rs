//! What this service does by itself.

pub mod reseal;
pub mod settle_text_reviews;
