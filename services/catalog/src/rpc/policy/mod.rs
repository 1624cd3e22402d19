//! Policy profiles (实施细则).

pub(crate) mod get_profile;
