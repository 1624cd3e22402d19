//! Appeals (差评申诉复核) and exclusions.

pub(crate) mod decide_appeal;
pub(crate) mod get_appeal;
pub(crate) mod list_appeals;
pub(crate) mod list_exclusions;
pub(crate) mod lodge_appeal;
pub(crate) mod reinstate_rating;
pub(crate) mod review_appeal;
pub(crate) mod withdraw_appeal;

#[cfg(test)]
pub(crate) mod testing;
