//! All SQL of this service, and what of it is kept in memory.

mod changes;
mod documents;
mod items;
mod known;
mod units;

pub(crate) use changes::{change, changes, insert_change, update_change};
pub(crate) use documents::{
    documents, loaded, newest_document, profile_for, put_document, put_loaded,
};
pub(crate) use items::{
    base_item, base_item_at, bases, currents, effects, implementations, insert_bases,
    insert_effects, insert_items, item, item_at, items_of, list_items, versions,
};
pub(crate) use known::Memory;
pub(crate) use units::{organization, put_units, unit_versions, units_of};
