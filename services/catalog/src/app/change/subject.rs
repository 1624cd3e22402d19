//! What a change is about.

use domain::{base_item::BaseItem, item::Item, violation::Violations};

use crate::app::catalog::publish::Document;

/// What a change is about.
pub(crate) enum Subject {
    Base(BaseItem),
    Item(Box<Item>),
    /// The code of an item or a base item.
    Cancellation(String),
    Profile(Document),
    TagList(Document),
    Calendar(Document),
}

/// What was read: the subject, its region, and its agency if it has one.
pub(crate) type ReadSubject = Option<(Subject, String, Option<String>)>;

/// Adds violations of a part, with the part's name before their fields.
pub(super) fn below(part: &str, violations: Violations, wrong: &mut Violations) {
    for violation in violations.0 {
        wrong.add(format!("{part}.{}", violation.field), violation.description);
    }
}
