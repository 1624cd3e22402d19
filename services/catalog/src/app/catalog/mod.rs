//! The catalogue (事项清单) as a whole.

pub(crate) mod publish;
