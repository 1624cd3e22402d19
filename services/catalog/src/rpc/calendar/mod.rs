//! The calendar (工作日历).

pub(crate) mod explain_deadline;
