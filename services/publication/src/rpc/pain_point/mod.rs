//! Where complaints gather (堵点难点).

pub(crate) mod get_pain_point;
pub(crate) mod list_pain_points;
pub(crate) mod list_public_pain_points;

#[cfg(test)]
pub(crate) mod testing;
