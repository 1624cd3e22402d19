//! Tickets (差评工单).

pub(crate) mod accept_result;
pub(crate) mod assign_ticket;
pub(crate) mod close_ticket;
pub(crate) mod feed_back_ticket;
pub(crate) mod get_ticket;
pub(crate) mod list_tickets;
pub(crate) mod record_contact;
pub(crate) mod record_follow_up;
pub(crate) mod rectify_ticket;
pub(crate) mod verify_ticket;
