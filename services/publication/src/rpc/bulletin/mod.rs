//! Bulletins.

pub(crate) mod draft_bulletin;
pub(crate) mod get_bulletin;
pub(crate) mod get_public_bulletin;
pub(crate) mod list_bulletins;
pub(crate) mod list_public_bulletins;
pub(crate) mod record_media_release;
pub(crate) mod release_bulletin;
pub(crate) mod withdraw_bulletin;

#[cfg(test)]
pub(crate) mod testing;
