//! Cases and the services given in them.

pub(crate) mod my_acts;
pub(crate) mod offer;
pub(crate) mod take_in;
pub(crate) mod watch;
