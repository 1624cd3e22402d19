//! Documents of tickets (佐证材料).

pub(crate) mod download_document;
pub(crate) mod list_documents;
pub(crate) mod upload_document;

#[cfg(test)]
pub(crate) mod testing;

#[cfg(test)]
mod tests;
