//! Restricted matters (打击报复等举报), and transfers of signs of misconduct.

pub(crate) mod advance_restricted_matter;
pub(crate) mod get_restricted_matter;
pub(crate) mod list_misconduct_transfers;
pub(crate) mod list_restricted_matters;
pub(crate) mod open_restricted_matter;
pub(crate) mod transfer_misconduct;

#[cfg(test)]
pub(crate) mod testing;
