//! What an item must hold to be published, what an applicant may fill in, and when a case is done.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod participants;
mod steps;
mod texts;

use domain::{
    case::{AlreadyCompleted, CaseState, check_entries, is_real_name, promise},
    deadline::{DayUnit, DeadlineRule},
    item::{
        CaseKind, Content, FieldKind, FormField, Guide, Handling, Item, ItemState, ItemType, Limit,
        Material,
    },
};
use jiff::Timestamp;

fn field(id: &str, kind: FieldKind) -> FormField {
    let choices = match kind {
        FieldKind::Choice => vec!["本人".to_owned(), "代办".to_owned()],
        _ => Vec::new(),
    };
    FormField {
        id: id.to_owned(),
        label: id.to_owned(),
        kind,
        required: false,
        max_length: 20,
        choices,
    }
}

fn required(id: &str, kind: FieldKind) -> FormField {
    FormField { required: true, ..field(id, kind) }
}

/// An item that may be published.
fn item() -> Item {
    let some = |text: &str| vec![text.to_owned()];
    let guide = Guide {
        accepting_unit: "市人力资源和社会保障局".to_owned(),
        channels: some("window"),
        conditions: some("本市户籍"),
        materials: vec![Material {
            name: "申请表".to_owned(),
            copies: 1,
            sample: "样表.pdf".to_owned(),
        }],
        procedure: some("受理—审核—办结"),
        fee_basis: "不收费".to_owned(),
        fee_standard: "0元".to_owned(),
        rating_channels: some("评价器"),
    };
    let limit = |days| Limit { days, unit: DayUnit::Working };
    Item {
        code: "11310000MB2F30661Y2312003564000".to_owned(),
        version: 1,
        region_code: "652301".to_owned(),
        published_at: at("2026-01-05T02:00:00Z"),
        state: ItemState::Published,
        base_version: 1,
        causes: Vec::new(),
        change_id: None,
        content: Content {
            name: "社会保障卡申领".to_owned(),
            item_type: ItemType::PublicService,
            agency_id: "11310000MB2F30661Y".to_owned(),
            line_id: None,
            handling: Handling::TimeLimited,
            case_kind: CaseKind::Committed,
            legal_basis: some("社会保险法"),
            statutory_limit: limit(20),
            promised_limit: limit(5),
            guide,
            form: vec![field("name", FieldKind::PersonName), field("way", FieldKind::Choice)],
            questionnaire: Vec::new(),
            handling_item: None,
            steps: Vec::new(),
            participants: Vec::new(),
        },
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// What is wrong with the item after a change.
fn wrong(change: impl FnOnce(&mut Item)) -> String {
    let mut item = item();
    change(&mut item);
    item.violations().to_string()
}

#[test]
fn c03_an_item_with_every_element_may_be_published() {
    assert_eq!(wrong(|_| {}), "");
}

#[test]
fn c03_a_guide_that_lacks_an_element_is_no_guide() {
    type Change = fn(&mut Guide, &str);
    let texts: [(&str, Change); 3] = [
        ("guide.accepting_unit", |guide, text| text.clone_into(&mut guide.accepting_unit)),
        ("guide.fee_basis", |guide, text| text.clone_into(&mut guide.fee_basis)),
        ("guide.fee_standard", |guide, text| text.clone_into(&mut guide.fee_standard)),
    ];
    for (element, change) in texts {
        for blank in ["", " \u{3000}"] {
            let said = wrong(|item| change(&mut item.content.guide, blank));
            assert_eq!(said, format!("{element}: is missing"));
        }
    }
    type List = fn(&mut Guide) -> &mut Vec<String>;
    let lists: [(&str, List); 4] = [
        ("guide.channels", |guide| &mut guide.channels),
        ("guide.conditions", |guide| &mut guide.conditions),
        ("guide.procedure", |guide| &mut guide.procedure),
        ("guide.rating_channels", |guide| &mut guide.rating_channels),
    ];
    for (element, list) in lists {
        let empty = wrong(|item| list(&mut item.content.guide).clear());
        assert_eq!(empty, format!("{element}: is missing"));
        let blank = wrong(|item| list(&mut item.content.guide).push(" ".to_owned()));
        assert_eq!(blank, format!("{element}: is missing"));
    }
    let said = wrong(|item| item.content.guide.materials.clear());
    assert_eq!(said, "guide.material: is missing");
}

#[test]
fn c03_every_material_has_a_name_and_a_sample() {
    let material = |name: &str, sample: &str| Material {
        name: name.to_owned(),
        copies: 1,
        sample: sample.to_owned(),
    };
    for incomplete in [material("", "样表.pdf"), material("身份证", "")] {
        let said = wrong(|item| item.content.guide.materials.push(incomplete));
        assert_eq!(said, "guide.material[1]: lacks its name or sample");
    }
}

#[test]
fn c03_an_item_has_a_name_and_a_legal_basis() {
    assert_eq!(wrong(|item| " ".clone_into(&mut item.content.name)), "name: is empty");
    let said = wrong(|item| item.content.legal_basis.clear());
    assert_eq!(said, "legal_basis: is missing");
}

#[test]
fn c04_the_type_is_the_one_the_code_names() {
    let types = [
        (ItemType::Licensing, "01"),
        (ItemType::Payment, "05"),
        (ItemType::Confirmation, "07"),
        (ItemType::Reward, "08"),
        (ItemType::Adjudication, "09"),
        (ItemType::OtherPower, "10"),
        (ItemType::PublicService, "20"),
    ];
    for (item_type, _) in types {
        for (named, digits) in types {
            let said = wrong(|item| {
                item.content.item_type = item_type;
                item.code = format!("11310000MB2F30661Y231{digits}03564000");
            });
            let expected =
                if item_type == named { "" } else { "type: is not the type that the code names" };
            assert_eq!(said, expected, "{item_type:?} {digits}");
        }
    }
}

#[test]
fn c04_a_malformed_code_is_refused_with_the_reason() {
    assert_eq!(
        wrong(|item| "2312003564000".clone_into(&mut item.code)),
        "code: an implementation code has 31 characters, a handling item's 33"
    );
    for level in '1'..='7' {
        let code = format!("11310000MB2F30661Y{level}312003564000");
        assert_eq!(wrong(|item| item.code = code), "", "{level}");
    }
    for level in ['0', '8', 'A'] {
        let code = format!("11310000MB2F30661Y{level}312003564000");
        let expected = "code: character 19, the level, is none of 1 to 7";
        assert_eq!(wrong(|item| item.code = code), expected);
    }
}

#[test]
fn c05_the_promised_limit_never_exceeds_the_statutory_one() {
    let promised = |days| wrong(|item| item.content.promised_limit.days = days);
    assert_eq!(promised(0), "");
    assert_eq!(promised(20), "");
    assert_eq!(promised(21), "promised_limit: is longer than the statutory one");
    let said = wrong(|item| item.content.promised_limit.unit = DayUnit::Calendar);
    assert_eq!(said, "promised_limit: counts other days");
}

#[test]
fn c05_what_is_settled_on_the_spot_makes_an_immediate_case() {
    for (handling, case_kind, said) in [
        (Handling::OnTheSpot, CaseKind::Immediate, ""),
        (
            Handling::OnTheSpot,
            CaseKind::Committed,
            "case_kind: on the spot makes an immediate case",
        ),
        (Handling::SingleVisit, CaseKind::Committed, ""),
        (Handling::TimeLimited, CaseKind::Immediate, ""),
    ] {
        let found = wrong(|item| {
            item.content.handling = handling;
            item.content.case_kind = case_kind;
        });
        assert_eq!(found, said, "{handling:?} {case_kind:?}");
    }
}

#[test]
fn c03_choices_belong_to_a_choice_and_only_there() {
    let said = wrong(|item| item.content.form[0].choices.push("甲".to_owned()));
    assert_eq!(said, "form.name: choices belong to a choice, and only there");
    let said = wrong(|item| item.content.form[1].choices.clear());
    assert_eq!(said, "form.way: choices belong to a choice, and only there");
}

#[test]
fn c03_a_form_names_a_field_once() {
    let said = wrong(|item| item.content.form.push(field("name", FieldKind::Text)));
    assert_eq!(said, "form: names a field twice");
    assert_eq!(wrong(|item| item.content.form.push(field("name2", FieldKind::Text))), "");
}

#[test]
fn c03_everything_wrong_with_an_item_is_said_at_once() {
    let said = wrong(|item| {
        item.content.name.clear();
        item.content.promised_limit.days = 30;
        item.content.guide.fee_basis.clear();
    });
    let expected = "name: is empty; promised_limit: is longer than the statutory one; \
                    guide.fee_basis: is missing";
    assert_eq!(said, expected);
}

// ── Entries ───────────────────────────────────────────────────────────────────────────────────────

const TODAY: jiff::civil::Date = jiff::civil::date(2026, 3, 2);

/// What is wrong with some entries.
fn refused(form: &[FormField], entries: &[(&str, &str)]) -> String {
    let owned = |(id, value): &(&str, &str)| ((*id).to_owned(), (*value).to_owned());
    let entries: Vec<(String, String)> = entries.iter().map(owned).collect();
    check_entries(form, &entries, TODAY).err().map_or(String::new(), |wrong| wrong.to_string())
}

#[test]
fn an_entry_belongs_to_a_field_and_a_field_is_filled_in_once() {
    let form = [field("name", FieldKind::Text), field("street", FieldKind::Text)];
    assert_eq!(refused(&form, &[]), "");
    assert_eq!(refused(&form, &[("street", "北京路"), ("name", "王")]), "");
    let unknown = "entries[1].field_id: is no field of this form";
    assert_eq!(refused(&form, &[("name", "王"), ("age", "41")]), unknown);
    let twice = "entries[1].field_id: is filled in twice";
    assert_eq!(refused(&form, &[("name", "王"), ("name", "王")]), twice);
}

#[test]
fn a_required_field_is_filled_in() {
    let form = [required("name", FieldKind::Text), field("street", FieldKind::Text)];
    let missing = "entries.name: must be filled in";
    assert_eq!(refused(&form, &[]), missing);
    assert_eq!(refused(&form, &[("name", " \u{3000}")]), missing);
    assert_eq!(refused(&form, &[("street", "北京路")]), missing);
    assert_eq!(refused(&form, &[("name", "王")]), "");
}

#[test]
fn an_entry_is_as_long_as_its_field_allows_in_characters_and_hides_nothing() {
    let form = [field("name", FieldKind::Text)];
    assert_eq!(refused(&form, &[("name", &"王".repeat(20))]), "");
    let long = "entries[0].value: has 21 characters; at most 20 are allowed";
    assert_eq!(refused(&form, &[("name", &"王".repeat(21))]), long);
    let hidden = "entries[0].value: holds the hidden character U+2066";
    assert_eq!(refused(&form, &[("name", "王\u{2066}")]), hidden);
}

#[test]
fn an_application_holds_at_most_64_entries() {
    let ids: Vec<String> = (0..65).map(|n| format!("f{n}")).collect();
    let form: Vec<FormField> = ids.iter().map(|id| field(id, FieldKind::Text)).collect();
    let entries: Vec<(&str, &str)> = ids.iter().map(|id| (id.as_str(), "是")).collect();
    assert_eq!(refused(&form, &entries[..64]), "");
    assert_eq!(refused(&form, &entries), "entries: are more than 64");
}

#[test]
fn an_entry_is_of_its_fields_kind() {
    for (kind, good, bad, what) in [
        (FieldKind::Text, &["甲 1"][..], &[][..], ""),
        (FieldKind::PersonName, &["买买提·艾力"], &[], ""),
        (FieldKind::Choice, &["本人", "代办"], &["邻居", "本"], "one of the choices"),
        (
            FieldKind::Date,
            &["2026-02-28", "2024-02-29"],
            &["2026-02-29", "28/02/2026", "今天"],
            "a date (YYYY-MM-DD)",
        ),
        (FieldKind::Number, &["0", "007"], &["-1", "1.5", "十", "１"], "digits"),
        (
            FieldKind::Phone,
            &["13800138000", "+86 138-0013-8000"],
            &["1380013800", "138001380000", "1380013800x"],
            "a phone number of 11 digits",
        ),
        (
            FieldKind::IdNumber,
            &["11010519491231002X", "11010519491231002x", "'１１０１０５ 19491231 002X"],
            &["110105194912310021", "1.10105E+17"],
            "an identity number with a valid check character",
        ),
    ] {
        let form = [field("it", kind)];
        for value in good {
            assert_eq!(refused(&form, &[("it", value)]), "", "{kind:?} {value}");
        }
        for value in bad {
            let expected = format!("entries[0].value: is not {what}");
            assert_eq!(refused(&form, &[("it", value)]), expected, "{kind:?} {value}");
        }
        assert_eq!(refused(&form, &[("it", " ")]), "", "{kind:?} left blank");
    }
}

// ── Cases ─────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn c05_a_case_settled_on_the_spot_is_completed_when_accepted() {
    let now = at("2026-03-05T02:00:00Z");
    let accepted = |handling| CaseState::accept(&Content { handling, ..item().content }, now);
    assert_eq!(accepted(Handling::OnTheSpot), CaseState::Completed { at: now });
    assert_eq!(accepted(Handling::SingleVisit), CaseState::Accepted);
    assert_eq!(accepted(Handling::TimeLimited), CaseState::Accepted);
}

#[test]
fn c05_a_case_is_completed_once() {
    let (first, second) = (at("2026-03-05T02:00:00Z"), at("2026-03-06T02:00:00Z"));
    let completed = CaseState::Accepted.complete(first).unwrap();
    assert_eq!(completed, CaseState::Completed { at: first });
    let refused = completed.complete(second).unwrap_err();
    assert_eq!(refused, AlreadyCompleted { at: first });
    assert_eq!(refused.to_string(), "the case was completed at 2026-03-05T02:00:00Z");
}

#[test]
fn c05_a_promise_counts_from_acceptance_in_the_promised_days() {
    let expected = DeadlineRule {
        subject: "complete_case".to_owned(),
        event: "case_accepted".to_owned(),
        days: 5,
        unit: DayUnit::Working,
        clause: "社会保障卡申领 承诺办结时限".to_owned(),
    };
    assert_eq!(promise(&item()), expected);
    let mut by_calendar = item();
    by_calendar.content.promised_limit = Limit { days: 7, unit: DayUnit::Calendar };
    let rule = promise(&by_calendar);
    assert_eq!((rule.days, rule.unit), (7, DayUnit::Calendar));
}

#[test]
fn a_date_field_takes_only_yyyy_mm_dd() {
    let f = FormField {
        id: "d".into(),
        label: "d".into(),
        kind: FieldKind::Date,
        required: true,
        max_length: 60,
        choices: vec![],
    };
    for v in ["20260501", "2026-05-01T10:00", "+002026-05-01", "-009999-01-01"] {
        assert!(
            check_entries(std::slice::from_ref(&f), &[("d".into(), v.into())], TODAY).is_err(),
            "{v}"
        );
    }
}

#[test]
fn i13_an_application_with_the_number_of_its_applicant_is_by_real_name_and_a_name_alone_is_not() {
    let field = |id: &str, kind| FormField {
        id: id.into(),
        label: id.into(),
        kind,
        required: false,
        max_length: 50,
        choices: vec![],
    };
    let form = [field("name", FieldKind::PersonName), field("number", FieldKind::IdNumber)];
    let filled = |id: &str, value: &str| vec![(id.to_owned(), value.to_owned())];
    assert!(is_real_name(&form, &filled("number", "11010519491231002X")));
    for entries in [vec![], filled("number", " "), filled("name", "示例办事人")] {
        assert!(!is_real_name(&form, &entries), "{entries:?}");
    }
}
