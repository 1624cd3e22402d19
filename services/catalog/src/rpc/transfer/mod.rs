//! Files in and out (导入导出).

pub(crate) mod export;
pub(crate) mod import;
