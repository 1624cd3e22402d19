//! I12: who else has a part in an item is published, and so is confirmed or not.

use domain::rating::InvolvedAgency;

use crate::{item, wrong};

fn part(agency_id: &str, region_code: &str) -> InvolvedAgency {
    InvolvedAgency { agency_id: agency_id.to_owned(), region_code: region_code.to_owned() }
}

#[test]
fn i12_participants_are_agencies_of_regions_each_named_once() {
    let said = |parts: &[InvolvedAgency]| wrong(|item| item.content.participants = parts.to_vec());
    let other = part("652301-a09", "652301");
    assert_eq!(said(&[other.clone(), part("652301-a09", "652300")]), "");
    assert_eq!(said(&[other.clone(), other.clone()]), "participants[1]: is named twice");
    assert_eq!(said(&[part("", "652301")]), "participants[0]: names no agency");
    assert_eq!(said(&[part("652301-a09", "65")]), "participants[0]: names no region");
}

#[test]
fn i12_whom_the_published_item_does_not_name_is_only_claimed() {
    let mut item = item();
    let own = part(&item.content.agency_id, &item.region_code);
    let (joint, other) = (part("652301-a08", &item.region_code), part("652301-a09", "652301"));
    item.content.participants = vec![joint.clone()];
    let elsewhere = part("652301-a08", "110105");
    let claimed = vec![own.clone(), joint.clone(), other.clone(), elsewhere.clone()];
    let (confirmed, unconfirmed) = item.content.confirm(&item.region_code, claimed);
    assert_eq!(confirmed, [own, joint]);
    assert_eq!(unconfirmed, [other, elsewhere], "not even in another region");
}
