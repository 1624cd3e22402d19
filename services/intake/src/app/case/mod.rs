//! Cases, and the services given in them. `take_in` is the work of `PushCase` and `PushCases`.
//! `offer` opens the act of a service, for everyone who accepts, completes or reports one.
//! `my_acts` shows acts to their applicant, in a list or at a window. `watch` serves both streams
//! that terminals watch.

pub(crate) mod my_acts;
pub(crate) mod offer;
pub(crate) mod take_in;
pub(crate) mod watch;
