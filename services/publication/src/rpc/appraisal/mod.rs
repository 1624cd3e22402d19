//! What the appraisal rests on (考核).

pub(crate) mod list_findings;
