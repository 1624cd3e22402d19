//! One RPC, one file: decode → load → decide in `domain` → store → encode; tests at the end.

pub(crate) mod accept_result;
pub(crate) mod assign_ticket;
pub(crate) mod close_ticket;
pub(crate) mod feed_back_ticket;
pub(crate) mod get_ticket;
pub(crate) mod list_tickets;
pub(crate) mod record_contact;
pub(crate) mod record_follow_up;
pub(crate) mod rectify_ticket;
pub(crate) mod take_step;
pub(crate) mod verify_ticket;

#[cfg(test)]
pub(crate) mod testing;
