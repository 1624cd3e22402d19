//! The shipped profile documents.

use domain::{profile::Profile, source::Source};

macro_rules! shipped {
    ($($name:ident = $id:literal),+ $(,)?) => {$(
        #[allow(dead_code, reason = "not every test needs every document")]
        pub const $name: Source<'static> = Source {
            file: concat!($id, ".toml"),
            text: include_str!(concat!("../../profiles/", $id, ".toml")),
        };
    )+};
}

shipped! {
    STATE_COUNCIL = "state-council-2019",
    GUANGXI = "guangxi-2019",
    HAIYANG = "haiyang-2021",
    CHANGJI = "changji-2020",
    COUNTY = "county-2020",
    DISTRICT = "district-2-5-15",
    CITY = "city",
    SHANGHAI = "shanghai-2019",
}

/// The profile of some layers, the nation's first.
pub fn profile(layers: &[Source<'_>]) -> Profile {
    Profile::parse(layers).unwrap()
}
