//! Profiles.

use domain::profile::{Profile, RuleWords};
use proto::catalog::v1 as wire;

/// A profile on the wire: every rule, defaults included.
pub(crate) fn profile_to_wire(profile: &Profile) -> wire::Profile {
    let rule = |RuleWords { field, value, clause, layer }| wire::Rule {
        field: String::from(field),
        value,
        clause,
        layer,
    };
    wire::Profile {
        profile_id: profile.id.clone(),
        version: profile.version,
        document: profile.document.clone(),
        in_force_from: profile.in_force_from.map(|day| day.to_string()).unwrap_or_default(),
        in_force_until: profile.in_force_until.map(|day| day.to_string()).unwrap_or_default(),
        trial: profile.trial,
        region_code: profile.region_code.clone().unwrap_or_default(),
        rules: profile.rules().into_iter().map(rule).collect(),
    }
}
