//! One RPC, one file: decode → load → decide in `domain` → store → encode; tests at the foot.

pub(crate) mod complete_case;
pub(crate) mod get_rating;
pub(crate) mod list_my_cases;
pub(crate) mod push_case;
pub(crate) mod push_cases;
pub(crate) mod resolve_invitation;
pub(crate) mod submit_application;
pub(crate) mod submit_rating;
pub(crate) mod watch_case;

#[cfg(test)]
pub(crate) mod testing;
