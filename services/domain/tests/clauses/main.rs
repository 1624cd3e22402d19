//! Every clause of the shipped profiles, document by document, and how they are layered.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../shipped/profiles.rs"]
mod profiles;

use profiles::{
    CHANGJI, CITY, COUNTY, DISTRICT, GUANGXI, HAIYANG, SHANGHAI, STATE_COUNCIL, profile,
};

#[test]
fn c13_all_eight_profiles_ship() {
    for document in [STATE_COUNCIL, GUANGXI, SHANGHAI] {
        assert!(profile(&[document]).rules().len() > 60, "{}", document.file);
    }
    for document in [HAIYANG, CHANGJI, COUNTY, DISTRICT, CITY] {
        assert!(profile(&[STATE_COUNCIL, document]).rules().len() > 60, "{}", document.file);
    }
}
