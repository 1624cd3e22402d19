//! C01, C04: the base catalogue says what an item is, and no implementation can say otherwise.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use domain::{
    base_item::{BaseContent, BaseItem},
    deadline::DayUnit,
    item::{CaseKind, Content, Guide, Handling, ItemState, ItemType, Limit, Material},
};

const TYPES: [(ItemType, &str); 7] = [
    (ItemType::Licensing, "01"),
    (ItemType::Payment, "05"),
    (ItemType::Confirmation, "07"),
    (ItemType::Reward, "08"),
    (ItemType::Adjudication, "09"),
    (ItemType::OtherPower, "10"),
    (ItemType::PublicService, "20"),
];

fn base() -> BaseContent {
    BaseContent {
        name: "社会保障卡申领".to_owned(),
        item_type: ItemType::PublicService,
        legal_basis: vec!["社会保险法".to_owned(), "社会保障卡管理办法".to_owned()],
    }
}

fn item() -> BaseItem {
    BaseItem {
        code: "002003564000".to_owned(),
        version: 1,
        state: ItemState::Published,
        published_at: "2026-01-05T02:00:00Z".parse().unwrap(),
        change_id: None,
        content: base(),
    }
}

/// What an implementation says of itself, all of it other than the base item.
fn implementation() -> Content {
    let limit = |days| Limit { days, unit: DayUnit::Working };
    Content {
        name: "本地叫法".to_owned(),
        item_type: ItemType::Licensing,
        agency_id: "agency".to_owned(),
        line_id: Some("line".to_owned()),
        handling: Handling::TimeLimited,
        case_kind: CaseKind::Committed,
        legal_basis: vec!["本地文件".to_owned()],
        statutory_limit: limit(20),
        promised_limit: limit(5),
        guide: Guide {
            accepting_unit: "示例局".to_owned(),
            channels: vec!["window".to_owned()],
            conditions: vec!["本市户籍".to_owned()],
            materials: vec![Material {
                name: "申请表".to_owned(),
                copies: 1,
                sample: "样表".to_owned(),
            }],
            procedure: vec!["受理".to_owned()],
            fee_basis: "不收费".to_owned(),
            fee_standard: "0元".to_owned(),
            rating_channels: vec!["评价器".to_owned()],
        },
        form: Vec::new(),
        questionnaire: Vec::new(),
        handling_item: Some("补领".to_owned()),
        steps: Vec::new(),
        participants: Vec::new(),
    }
}

/// What is wrong with a base item after a change.
fn wrong(change: impl FnOnce(&mut BaseItem)) -> String {
    let mut item = item();
    change(&mut item);
    item.violations().to_string()
}

#[test]
fn c01_an_implementation_has_name_type_and_legal_basis_from_its_base_and_keeps_the_rest() {
    let mut content = implementation();
    content.inherit(&base());
    let expected = Content {
        name: base().name,
        item_type: ItemType::PublicService,
        legal_basis: base().legal_basis,
        ..implementation()
    };
    assert_eq!(content, expected);
    let told = base().divergence(&content.name, Some(content.item_type), &content.legal_basis);
    assert_eq!(told.to_string(), "");
}

#[test]
fn c01_a_change_of_the_base_reaches_an_implementation_that_had_the_old() {
    let mut content = implementation();
    content.inherit(&base());
    let newer = BaseContent {
        name: "社保卡申领".to_owned(),
        item_type: ItemType::Confirmation,
        legal_basis: vec!["新法".to_owned()],
    };
    let diverges = newer.divergence(&content.name, Some(content.item_type), &content.legal_basis);
    assert_eq!(diverges.0.len(), 3);
    content.inherit(&newer);
    let again = newer.divergence(&content.name, Some(content.item_type), &content.legal_basis);
    assert_eq!(again.0, []);
}

#[test]
fn c01_an_implementation_that_says_otherwise_is_told_what_the_base_says() {
    let laws = |laws: &[&str]| laws.iter().map(|law| (*law).to_owned()).collect::<Vec<_>>();
    let said = |name: &str, item_type, legal_basis: &[&str]| {
        base().divergence(name, item_type, &laws(legal_basis)).to_string()
    };
    let name = "name: is not the base item's, which is 社会保障卡申领";
    for (other, why) in [
        ("社会保障卡申领", ""),
        ("", ""),
        ("社会保障卡", name),
        ("社会保障卡申领 ", name),
        (" ", name),
    ] {
        assert_eq!(said(other, None, &[]), why, "{other:?}");
    }
    for (item_type, digits) in TYPES {
        let same = item_type == ItemType::PublicService;
        let why = if same { "" } else { "type: is not the base item's" };
        assert_eq!(said("", Some(item_type), &[]), why, "{digits}");
    }
    let basis = "legal_basis: is not the base item's";
    for (other, why) in [
        (&["社会保险法", "社会保障卡管理办法"][..], ""),
        (&["社会保障卡管理办法", "社会保险法"], basis),
        (&["社会保险法"], basis),
        (&["社会保险法", "社会保障卡管理办法", "本地文件"], basis),
        (&[""], basis),
    ] {
        assert_eq!(said("", None, other), why, "{other:?}");
    }
    let all = said("本地", Some(ItemType::Reward), &["本地文件"]);
    assert_eq!(all, format!("{name}; type: is not the base item's; {basis}"));
}

#[test]
fn c04_a_base_item_is_of_the_type_of_gb_t_39046_that_its_code_names() {
    for (item_type, digits) in TYPES {
        assert_eq!(item_type.code(), digits);
        for (named, digits) in TYPES {
            let said = wrong(|item| {
                item.content.item_type = item_type;
                item.code = format!("00{digits}03564000");
            });
            let why =
                if item_type == named { "" } else { "type: is not the type that the code names" };
            assert_eq!(said, why, "{item_type:?} {digits}");
        }
        // 行政处罚, 行政强制, 行政征收, 行政检查 and what is none of the 6+1 types.
        for other in ["02", "03", "04", "06", "21", "99"] {
            let said = wrong(|item| {
                item.content.item_type = item_type;
                item.code = format!("00{other}03564000");
            });
            assert_eq!(said, "type: is not the type that the code names", "{other}");
        }
    }
}

#[test]
fn c01_a_base_item_has_a_code_a_name_and_a_legal_basis() {
    assert_eq!(wrong(|_| {}), "");
    assert_eq!(wrong(|item| item.code.push('1')), "base_code: a base code has 12 digits");
    for blank in ["", " \u{3000}"] {
        assert_eq!(wrong(|item| blank.clone_into(&mut item.content.name)), "name: is empty");
        let said = wrong(|item| blank.clone_into(&mut item.content.legal_basis[1]));
        assert_eq!(said, "legal_basis: is missing");
    }
    let said = wrong(|item| item.content.legal_basis.clear());
    assert_eq!(said, "legal_basis: is missing");
}

#[test]
fn c01_no_text_that_every_implementation_takes_over_hides_anything_or_is_endless() {
    let name = |text: &str| wrong(|item| text.clone_into(&mut item.content.name));
    assert_eq!(name("社\u{202E}保"), "name: holds the hidden character U+202E");
    assert_eq!(name(&"社".repeat(200)), "");
    assert_eq!(name(&"社".repeat(201)), "name: has 201 characters; at most 200 are allowed");
    let law = |text: &str| wrong(|item| text.clone_into(&mut item.content.legal_basis[1]));
    assert_eq!(law("社\u{202E}保"), "legal_basis: holds the hidden character U+202E");
    assert_eq!(law("法\n法"), "legal_basis: holds a line break");
    assert_eq!(law(&"法".repeat(4_000)), "");
    let long = "legal_basis: has 4001 characters; at most 4000 are allowed";
    assert_eq!(law(&"法".repeat(4_001)), long);
    let laws = |count| wrong(|item| item.content.legal_basis = vec!["法".to_owned(); count]);
    assert_eq!(laws(200), "");
    assert_eq!(laws(201), "legal_basis: has more than 200 entries");
}
