//! Units of the organisation (机构).

pub(crate) mod get_unit;
pub(crate) mod list_unit_versions;
pub(crate) mod list_units;
