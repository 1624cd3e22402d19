//! Signals of fraud: the ratings they are found in, the days that are compared, and the signals.

pub(crate) mod days;
pub(crate) mod scanned;
pub(crate) mod signals;
