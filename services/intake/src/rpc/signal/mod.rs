//! The RPCs of `SignalService`.

pub(crate) mod get_signal;
pub(crate) mod judge_signal;
pub(crate) mod list_signals;
