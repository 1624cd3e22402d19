//! The organisation (C06): everything that serves and so can be rated. A unit keeps its identity
//! when it is renamed or moved; its name and place at a past time stay as they were.

mod check;
mod hours;
mod receiving;
mod timeline;
mod unit;

pub use hours::{Clock, OpeningDay, OpeningSpan, hours_on, is_open};
pub use receiving::Windows;
pub use timeline::{MergeOutcome, Organization};
pub use unit::{Nature, SupportService, Unit, UnitKind};
