//! The organisation (C06): everything that serves and so can be rated. One identity survives
//! renaming and moving; what it was called and where it stood at a time stays as it was.

mod check;
mod timeline;
mod unit;

pub use timeline::{Merged, Organization};
pub use unit::{Nature, SupportService, Unit, UnitKind};
