//! No text of an item hides anything, and none and no list is endless.

use domain::{
    deadline::DayUnit,
    item::{
        ChannelSteps, Content, FieldKind, Limit, Material, Question, QuestionKind, ServiceStep,
    },
};

use crate::{field, item, wrong};

type Text = fn(&mut Content) -> &mut String;
type List = fn(&mut Content) -> &mut Vec<String>;
type Fill = fn(&mut Content, usize);

fn question() -> Question {
    let text = "指南是否清晰".to_owned();
    Question { id: "clear".to_owned(), text, kind: QuestionKind::YesNo }
}

/// What is wrong with an item, of which nothing is missing, after a change.
fn said(change: impl FnOnce(&mut Content)) -> String {
    wrong(|item| {
        item.code.push_str("01");
        item.content.handling_item = Some("补领".to_owned());
        item.content.questionnaire = vec![question()];
        change(&mut item.content);
    })
}

/// Every text with its field and the most characters it may have.
const TEXTS: [(&str, usize, Text); 15] = [
    ("name", 200, |content| &mut content.name),
    ("handling_item", 200, |content| content.handling_item.as_mut().unwrap()),
    ("legal_basis", 4_000, |content| &mut content.legal_basis[0]),
    ("guide.accepting_unit", 4_000, |content| &mut content.guide.accepting_unit),
    ("guide.conditions", 4_000, |content| &mut content.guide.conditions[0]),
    ("guide.material", 4_000, |content| &mut content.guide.materials[0].name),
    ("guide.material", 4_000, |content| &mut content.guide.materials[0].sample),
    ("guide.procedure", 4_000, |content| &mut content.guide.procedure[0]),
    ("guide.fee_basis", 4_000, |content| &mut content.guide.fee_basis),
    ("guide.fee_standard", 4_000, |content| &mut content.guide.fee_standard),
    ("guide.rating_channels", 4_000, |content| &mut content.guide.rating_channels[0]),
    ("form", 64, |content| &mut content.form[0].id),
    ("form", 4_000, |content| &mut content.form[0].label),
    ("form", 4_000, |content| &mut content.form[1].choices[0]),
    ("questionnaire", 4_000, |content| &mut content.questionnaire[0].text),
];

#[test]
fn c03_no_text_of_an_item_hides_anything() {
    assert_eq!(said(|_| {}), "");
    for (field, _, text) in TEXTS {
        for hidden in ['\u{202A}', '\u{202E}', '\u{2066}', '\u{2069}', '\u{FEFF}', '\u{0}', '\r'] {
            let why = format!("{field}: holds the hidden character U+{:04X}", u32::from(hidden));
            assert_eq!(said(|content| text(content).push(hidden)), why);
        }
    }
    let id = said(|content| content.questionnaire[0].id.push('\u{202E}'));
    assert_eq!(id, "questionnaire: holds the hidden character U+202E");
    // A channel is a word, of which such a character is no part either.
    let channel = said(|content| content.guide.channels[0].push('\u{202E}'));
    assert!(channel.starts_with("guide.channels: holds the hidden character U+202E"), "{channel}");
}

#[test]
fn c03_no_text_of_an_item_is_endless() {
    for (field, most, text) in TEXTS {
        assert_eq!(said(|content| *text(content) = "王".repeat(most)), "", "{field}");
        let why = format!("{field}: has {} characters; at most {most} are allowed", most + 1);
        assert_eq!(said(|content| *text(content) = "王".repeat(most + 1)), why);
    }
}

#[test]
fn c03_an_entry_of_a_list_is_one_line() {
    let lists: [(&str, Text); 5] = [
        ("legal_basis", |content| &mut content.legal_basis[0]),
        ("guide.conditions", |content| &mut content.guide.conditions[0]),
        ("guide.procedure", |content| &mut content.guide.procedure[0]),
        ("guide.rating_channels", |content| &mut content.guide.rating_channels[0]),
        ("form", |content| &mut content.form[1].choices[0]),
    ];
    for (field, text) in lists {
        let why = format!("{field}: holds a line break");
        assert_eq!(said(|content| text(content).push_str("\n二")), why);
    }
    assert_eq!(said(|content| content.guide.fee_standard.push_str("\n二")), "");
}

#[test]
fn c03_no_list_of_an_item_has_more_than_200_entries() {
    let lists: [(&str, List); 6] = [
        ("legal_basis", |content| &mut content.legal_basis),
        ("guide.channels", |content| &mut content.guide.channels),
        ("guide.conditions", |content| &mut content.guide.conditions),
        ("guide.procedure", |content| &mut content.guide.procedure),
        ("guide.rating_channels", |content| &mut content.guide.rating_channels),
        ("form", |content| &mut content.form[1].choices),
    ];
    for (field, list) in lists {
        let filled = |entries| said(|content| *list(content) = vec!["window".to_owned(); entries]);
        assert_eq!(filled(200), "");
        assert_eq!(filled(201), format!("{field}: has more than 200 entries"));
    }
    let others: [(&str, Fill); 3] = [
        ("guide.material", |content, entries| {
            let material = content.guide.materials[0].clone();
            content.guide.materials = vec![Material { ..material }; entries];
        }),
        ("form", |content, entries| {
            let fields = 0..entries;
            content.form = fields.map(|n| field(&format!("f{n}"), FieldKind::Text)).collect();
        }),
        ("questionnaire", |content, entries| content.questionnaire = vec![question(); entries]),
    ];
    for (field, fill) in others {
        assert_eq!(said(|content| fill(content, 200)), "", "{field}");
        let why = format!("{field}: has more than 200 entries");
        assert_eq!(said(|content| fill(content, 201)), why);
    }
}

#[test]
fn c15_a_channel_is_named_by_a_short_word() {
    let named = |name: &str| {
        wrong(|item| {
            item.content.guide.channels = vec![name.to_owned()];
            let steps = vec![ServiceStep::Application];
            item.content.steps = vec![ChannelSteps { channel: name.to_owned(), steps }];
        })
    };
    for word in ["window", "mini_program", "a", &"a".repeat(32)] {
        assert_eq!(named(word), "", "{word}");
    }
    for other in ["Window", "窗口", "we-chat", "app2", "mini program", &"a".repeat(33)] {
        let why = format!("guide.channels: \"{other}\" is no channel (a to z and _)");
        assert_eq!(named(other), why);
    }
    // A blank one is missing, which is said once.
    assert_eq!(named(" "), "guide.channels: is missing");
}

// ── Limits ────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn c05_a_promise_is_never_longer_than_the_law_whatever_both_are() {
    let units = [DayUnit::Working, DayUnit::Calendar];
    for (unit, other) in units.into_iter().flat_map(|unit| units.map(|other| (unit, other))) {
        for (promised, statutory) in [(0, 0), (0, 20), (20, 20), (21, 20), (1, 0), (u32::MAX, 0)] {
            let mut item = item();
            item.content.promised_limit = Limit { days: promised, unit };
            item.content.statutory_limit = Limit { days: statutory, unit: other };
            let mut why = Vec::new();
            if unit != other {
                why.push("promised_limit: counts other days");
            }
            if promised > statutory {
                why.push("promised_limit: is longer than the statutory one");
            }
            assert_eq!(item.violations().to_string(), why.join("; "), "{promised} {statutory}");
        }
    }
}
