//! What a profile must not contain: each refusal names the file, the line and the reason.

use domain::{profile::Profile, source::Source};

use crate::profiles::{CHANGJI, COUNTY, GUANGXI, HAIYANG, STATE_COUNCIL};

fn refusal(layers: &[Source<'_>]) -> String {
    Profile::parse(layers).unwrap_err().to_string()
}

/// What parsing says about a document in which `from`, which stands there once, reads `to`, and
/// the line it should say it of.
fn refusal_of(document: Source<'_>, from: &str, to: &str) -> (String, usize) {
    assert_eq!(document.text.matches(from).count(), 1, "{from}");
    let text = document.text.replace(from, to);
    let line = document.text[..document.text.find(from).unwrap()].lines().count();
    let changed = Source { text: &text, ..document };
    let above = if document.text.contains("inherits") { &[STATE_COUNCIL][..] } else { &[] };
    (refusal(&[above, &[changed]].concat()), line)
}

/// Asserts that `field`, of which a document says `from`, cannot say `to`.
#[track_caller]
fn refused(document: Source<'_>, field: &str, (from, to): (&str, &str), why: &str) {
    let from = format!("[{field}]\nvalue = {from}\n");
    let (said, line) = refusal_of(document, &from, &format!("[{field}]\nvalue = {to}\n"));
    let expected = format!("{}:{}: {why}", document.file, line + 2);
    assert!(said.starts_with(&expected), "{said}\n{expected}");
}

#[test]
fn c13_an_unknown_key_is_refused_with_file_and_line() {
    let (said, line) = refusal_of(CHANGJI, "trial = false", "trail = false");
    let expected = format!("changji-2020.toml:{}: unknown field `trail`", line + 1);
    assert!(said.starts_with(&expected), "{said}");
    for (from, to, why) in [
        ("[private_allowed]", "[delete_after]", "unknown field `delete_after`"),
        ("[private_allowed]", "[levels]", "unknown field `levels`"),
    ] {
        let (said, line) = refusal_of(COUNTY, from, to);
        let expected = format!("county-2020.toml:{}: {why}", line + 1);
        assert!(said.starts_with(&expected), "{said}");
    }
}

#[test]
fn c13_an_unknown_value_is_refused_with_file_and_line() {
    for (field, from, to, why) in [
        ("label_set", "\"satisfaction\"", "\"smileys\"", "unknown variant `smileys`"),
        ("result_reviewed_by_authority", "true", "\"yes\"", "invalid type: string"),
        (
            "satisfaction_sample",
            "[\"hotline\", \"sms\", \"online\"]",
            "[\"fax\"]",
            "unknown variant",
        ),
        ("follow_up_percent", "100", "101", "is not 1 to 100 percent"),
        ("follow_up_percent", "100", "0", "is not 1 to 100 percent"),
    ] {
        refused(CHANGJI, field, (from, to), why);
    }
}

#[test]
fn c13_a_list_that_is_empty_or_repeats_itself_is_refused() {
    let objects = "[\"agency\", \"platform\"]";
    refused(CHANGJI, "rated_directly", (objects, "[]"), "is an empty list");
    let twice = "[\"agency\", \"agency\"]";
    refused(CHANGJI, "rated_directly", (objects, twice), "says the same twice");
}

#[test]
fn c13_a_value_without_its_clause_is_refused() {
    let (said, _) =
        refusal_of(CHANGJI, "clause = \"二（四）1\"\n\n[rated_directly]", "[rated_directly]");
    assert!(said.contains(": missing field `clause`"), "{said}");
    let (said, line) = refusal_of(CHANGJI, "clause = \"二（一）\"", "clause = \" \"");
    assert_eq!(said, format!("changji-2020.toml:{}: a value without its clause", line + 1));
}

#[test]
fn t04_two_deadlines_for_one_act_are_refused() {
    let again = "[feed_back_clear]\nvalue = { days = 4, unit = \"working\", event = \
                 \"rating_received\" }\nclause = \"四（一）\"\n";
    let text = format!("{}\n{again}", CHANGJI.text);
    let said = refusal(&[STATE_COUNCIL, Source { text: &text, ..CHANGJI }]);
    let line = CHANGJI.text.lines().count() + 2;
    assert!(said.starts_with(&format!("changji-2020.toml:{line}: duplicate key")), "{said}");
}

const WINDOW: &str = "{ days = 5, unit = \"working\", event = \"service_received\" }";

#[test]
fn t04_a_deadline_from_an_unknown_event_is_refused() {
    for (to, why) in [
        (WINDOW.replace("service_received", "full_moon"), "unknown variant `full_moon`"),
        (WINDOW.replace("working", "lunar"), "unknown variant `lunar`"),
        (WINDOW.replace("days", "weeks"), "unknown field `weeks`"),
        (WINDOW.replace("5", "-5"), "invalid value: integer `-5`"),
    ] {
        refused(CHANGJI, "rating_window", (WINDOW, &to), why);
    }
}

#[test]
fn t04_a_deadline_from_an_event_of_another_act_is_refused() {
    let to = WINDOW.replace("service_received", "found_true");
    let why = "rating_window: runs from one of service_received, case_accepted, case_completed, \
               accepted_or_completed, not from found_true";
    refused(CHANGJI, "rating_window", (WINDOW, &to), why);
    let from = "{ days = 15, unit = \"calendar\", event = \"rating_received\" }";
    let to = from.replace("rating_received", "ticket_closed");
    let why = "text_review: runs from one of rating_received, not from ticket_closed";
    refused(GUANGXI, "text_review", (from, &to), why);
}

#[test]
fn i06_a_right_of_no_days_is_refused() {
    let to = WINDOW.replace("5", "0");
    let why = "rating_window: a right cannot last 0 days";
    refused(CHANGJI, "rating_window", (WINDOW, &to), why);
    let appeal = "{ days = 3, unit = \"working\", event = \"rating_received\" }";
    let why = "appeal: a right cannot last 0 days";
    refused(HAIYANG, "appeal", (appeal, &appeal.replace("3", "0")), why);
}

#[test]
fn i07_a_default_that_is_negative_is_refused() {
    for level in ["\"dissatisfied\"", "\"very_dissatisfied\""] {
        let why = "default_rating: a default cannot be a negative rating";
        refused(COUNTY, "default_rating", ("\"basically_satisfied\"", level), why);
    }
}

#[test]
fn i07_a_default_without_a_window_is_refused() {
    let text = "id = \"p\"\nversion = 1\ndocument = \"试\"\ntrial = false\n\
                [default_rating]\nvalue = \"satisfied\"\nclause = \"一\"\n";
    let said = refusal(&[Source { file: "p.toml", text }]);
    assert_eq!(said, "p.toml:6: default_rating: needs a rating_window that closes");
}

#[test]
fn p02_scores_that_do_not_fall_are_refused() {
    let scores = "[10, 8, 6, 3, 0]";
    let why = "does not fall from the best level to the worst";
    for to in ["[10, 8, 6, 6, 0]", "[0, 3, 6, 8, 10]"] {
        refused(GUANGXI, "scores", (scores, to), why);
    }
    refused(GUANGXI, "scores", (scores, "[10, 8, 6, 3]"), "invalid length 4");
    refused(GUANGXI, "scores", (scores, "[10, 8, 6, 3, -1]"), "invalid value");
}

#[test]
fn t04_a_shortest_limit_above_the_longest_is_refused() {
    let why = "fix_complex_min_days: is more than fix_complex allows";
    refused(HAIYANG, "fix_complex_min_days", ("3", "11"), why);
}

#[test]
fn i08_a_reminder_after_no_time_is_refused() {
    let reminder = "{ hours = 24, event = \"case_completed\" }";
    let why = "sms_reminder: reminds after 0 hours";
    refused(HAIYANG, "sms_reminder", (reminder, &reminder.replace("24", "0")), why);
}

#[test]
fn i11_a_case_that_brings_no_rating_is_refused() {
    let why = "immediate_case_ratings: every case can be rated";
    refused(GUANGXI, "immediate_case_ratings", ("1", "0"), why);
    let why = "committed_case_ratings_min: every case can be rated";
    refused(GUANGXI, "committed_case_ratings_min", ("2", "0"), why);
}

#[test]
fn c13_a_layer_inherits_the_one_above_and_no_other() {
    let (said, line) =
        refusal_of(CHANGJI, "inherits = \"state-council-2019\"", "inherits = \"guangxi-2019\"");
    let why = "inherits \"guangxi-2019\", which is not the layer above";
    assert_eq!(said, format!("changji-2020.toml:{}: {why}", line + 1));
    let why = "inherits \"state-council-2019\", which is not the layer above";
    assert_eq!(refusal(&[CHANGJI]), format!("changji-2020.toml:{}: {why}", line + 1));
    let above = "must inherit the layer above";
    assert_eq!(refusal(&[STATE_COUNCIL, GUANGXI]), format!("guangxi-2019.toml:1: {above}"));
    assert_eq!(refusal(&[]), "profile:1: has no layer");
}

#[test]
fn c13_a_chain_of_layers_that_comes_back_to_itself_is_refused() {
    let text = |id: &str, inherits: &str| {
        format!("id = \"{id}\"\n{inherits}version = 1\ndocument = \"试\"\ntrial = false\n")
    };
    let (a, b) = (text("a", ""), text("b", "inherits = \"a\"\n"));
    let again = text("a", "inherits = \"b\"\n");
    let source = |file, text| Source { file, text };
    let said = refusal(&[source("a.toml", &a), source("b.toml", &b), source("again.toml", &again)]);
    assert_eq!(said, "again.toml:1: \"a\" is a layer of itself");
    let own = text("a", "inherits = \"a\"\n");
    let said = refusal(&[source("own.toml", &own)]);
    assert_eq!(said, "own.toml:2: inherits \"a\", which is not the layer above");
}

#[test]
fn c13_a_bad_date_or_region_is_refused_with_file_and_line() {
    let (said, line) = refusal_of(CHANGJI, "2020-05-22", "2020-22-05");
    let why = "\"2020-22-05\" is not a date (YYYY-MM-DD)";
    assert_eq!(said, format!("changji-2020.toml:{line}: {why}"));
    let (said, line) = refusal_of(CHANGJI, "region = \"652301\"", "region = \"昌吉\"");
    let why = "a division code has 6, 9 or 12 digits";
    assert_eq!(said, format!("changji-2020.toml:{}: {why}", line + 1));
    let until = "trial = false\nin_force_until = \"2020-05-21\"";
    let (said, line) = refusal_of(CHANGJI, "trial = false", until);
    assert_eq!(said, format!("changji-2020.toml:{}: ends before it begins", line + 2));
}

#[test]
fn c13_a_layer_outside_the_region_it_refines_is_refused() {
    let text = |region: &str| {
        format!(
            "id = \"lower\"\nregion = \"{region}\"\ninherits = \"guangxi-2019\"\nversion = 1\n\
             document = \"下\"\ntrial = false\n"
        )
    };
    let parsed = |region| {
        let text = text(region);
        Profile::parse(&[GUANGXI, Source { file: "lower.toml", text: &text }])
            .map_err(|refused| refused.to_string())
    };
    for region in ["450000", "450100", "450102"] {
        assert_eq!(parsed(region).unwrap().region_code.as_deref(), Some(region));
    }
    for region in ["310000", "460100", "000000"] {
        let why = format!("{region} does not lie in 450000, whose rules it refines");
        assert_eq!(parsed(region).unwrap_err(), format!("lower.toml:2: {why}"));
    }
}
