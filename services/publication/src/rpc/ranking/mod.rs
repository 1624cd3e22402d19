//! Rankings (排名).

pub(crate) mod list_rankings;
pub(crate) mod list_staff_rankings;

#[cfg(test)]
pub(crate) mod testing;
