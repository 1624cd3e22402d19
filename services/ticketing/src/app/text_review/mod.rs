//! The review of what negative ratings say (文字评价审核).

pub(crate) mod tell;
