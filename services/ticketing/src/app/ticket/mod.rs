//! Tickets (差评工单).

pub(crate) mod take_step;
