//! The RPCs of `PeopleService`.

pub(crate) mod get_permission;
pub(crate) mod get_person;
pub(crate) mod list_audit;
pub(crate) mod record_permission;
pub(crate) mod reveal_person;
