//! RPCs about notices.

pub(crate) mod list_notices;
pub(crate) mod watch_notices;
