//! The shipped profile documents.

use domain::{profile::Profile, source::Source};

pub const STATE_COUNCIL: Source<'static> = Source {
    file: "state-council-2019.toml",
    text: include_str!("../../profiles/state-council-2019.toml"),
};

pub const CHANGJI: Source<'static> =
    Source { file: "changji-2020.toml", text: include_str!("../../profiles/changji-2020.toml") };

/// The profile of some layers, the nation's first.
pub fn profile(layers: &[Source<'_>]) -> Profile {
    Profile::parse(layers).unwrap()
}
