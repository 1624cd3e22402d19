//! C15: which steps, from consultation to result, each channel of an item offers.

use domain::item::{ChannelSteps, ServiceStep};

use crate::{item, wrong};

use ServiceStep::{Application, Appointment, Approval, Consultation, Result};

/// What is wrong with an item of window, portal and kiosk that offers these steps.
fn offers(offered: &[(&str, &[ServiceStep])]) -> String {
    let steps = offered.iter().map(|(channel, steps)| ChannelSteps {
        channel: (*channel).to_owned(),
        steps: steps.to_vec(),
    });
    wrong(|item| {
        item.content.guide.channels = ["window", "portal", "kiosk"].map(str::to_owned).to_vec();
        item.content.steps = steps.collect();
    })
}

#[test]
fn c15_a_channel_offers_the_whole_way_or_a_part_of_it_in_its_order() {
    let whole = [Consultation, Appointment, Application, Approval, Result];
    assert_eq!(offers(&[("window", &whole), ("portal", &whole), ("kiosk", &whole)]), "");
    assert_eq!(offers(&[("kiosk", &[Application, Result]), ("window", &[Consultation])]), "");
    assert_eq!(offers(&[]), "");
}

#[test]
fn c15_steps_are_those_of_a_channel_of_the_guide() {
    let why = "steps.app: is no channel of the guide";
    assert_eq!(offers(&[("window", &[Application]), ("app", &[Application])]), why);
    let said = wrong(|item| {
        let steps = vec![Application];
        item.content.steps = vec![ChannelSteps { channel: "portal".to_owned(), steps }];
    });
    assert_eq!(said, "steps.portal: is no channel of the guide");
}

#[test]
fn c15_a_channels_steps_are_given_once() {
    let twice = [("kiosk", &[Application][..]), ("window", &[Approval]), ("kiosk", &[Result])];
    assert_eq!(offers(&twice), "steps.kiosk: is given twice");
}

#[test]
fn c15_steps_are_some_each_once_and_in_their_order() {
    let why = "steps.kiosk: are not steps in order";
    let all = [Consultation, Appointment, Application, Approval, Result];
    assert_eq!(offers(&[("kiosk", &[])]), why);
    for (n, earlier) in all.iter().enumerate() {
        for (m, later) in all.iter().enumerate() {
            let expected = if n < m { "" } else { why };
            let said = offers(&[("kiosk", &[*earlier, *later])]);
            assert_eq!(said, expected, "{earlier:?} {later:?}");
        }
    }
    assert_eq!(offers(&[("kiosk", &[Consultation, Approval, Application])]), why);
}

// ── Handling items ────────────────────────────────────────────────────────────────────────────────

#[test]
fn c15_a_handling_item_has_a_name_and_a_code_of_33_characters_and_no_other_has() {
    let said = |digits: &str, name: Option<&str>| {
        wrong(|item| {
            item.code.push_str(digits);
            item.content.handling_item = name.map(str::to_owned);
        })
    };
    let alone = "handling_item: belongs to a code of 33 characters, and only there";
    assert_eq!(said("", None), "");
    assert_eq!(said("01", Some("补领")), "");
    assert_eq!(said("", Some("补领")), alone);
    assert_eq!(said("01", None), alone);
    for blank in ["", " \u{3000}"] {
        assert_eq!(said("01", Some(blank)), "handling_item: is empty");
    }
    assert_eq!(item().code.len(), 31);
    let malformed = "code: an implementation code has 31 characters, a handling item's 33";
    assert_eq!(said("1", Some("补领")), malformed);
    assert_eq!(
        said("0A", Some("补领")),
        "code: characters 32 and 33, the handling item, are not digits"
    );
}

#[test]
fn c04_a_handling_items_type_is_the_one_its_code_names() {
    let said = wrong(|item| {
        item.code = "11310000MB2F30661Y231010356400001".to_owned();
        item.content.handling_item = Some("补领".to_owned());
    });
    assert_eq!(said, "type: is not the type that the code names");
}
