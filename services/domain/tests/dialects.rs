//! The dialects that ship: every code both ways, and what records look like in each.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Debug;

use domain::{
    case::Stage,
    channel::Channel,
    deadline::DayUnit,
    exchange::{
        Action, ApplicantKind, CaseStatus, CertificateKind, CodeSet, Correction, Datum, Dialect,
        Hold, Known, Lossy, Medium, Rating, Record, ReviewStatus, Service,
    },
    item::{CaseKind, ItemType, Limit},
    level::Level,
    rating::RaterKind,
    source::Source,
    tags::TagList,
};

const CASE_KINDS: [CaseKind; 2] = [CaseKind::Immediate, CaseKind::Committed];
const DAY_UNITS: [DayUnit; 2] = [DayUnit::Working, DayUnit::Calendar];
const STAGES: [Stage; 4] = [Stage::Acceptance, Stage::Approval, Stage::Issuance, Stage::Completion];
const ITEM_TYPES: [ItemType; 7] = [
    ItemType::Licensing,
    ItemType::Payment,
    ItemType::Confirmation,
    ItemType::Reward,
    ItemType::Adjudication,
    ItemType::OtherPower,
    ItemType::PublicService,
];

fn dialect(name: &str) -> Dialect {
    Dialect::named(name).unwrap()
}

/// A dialect of an operator.
fn own(text: &str) -> Result<Dialect, String> {
    let source = Source { file: "own.toml", text };
    Dialect::parse(source).map_err(|error| error.to_string())
}

fn nation() -> TagList {
    let text = include_str!("../tags/national-2020-05.toml");
    TagList::parse(&[Source { file: "national-2020-05.toml", text }]).unwrap()
}

fn at(text: &str) -> jiff::Timestamp {
    text.parse().unwrap()
}

fn service() -> Service {
    Service {
        project_number: "652301202603020001".to_owned(),
        item_code: "11370800MB2855926Y400201490100001".to_owned(),
        known: Known {
            item_name: Some("公司设立登记".to_owned()),
            item_type: Some(ItemType::Licensing),
            case_kind: Some(CaseKind::Committed),
            promised: Some(Limit { days: 3, unit: DayUnit::Working }),
            statutory: Some(Limit { days: 15, unit: DayUnit::Calendar }),
            agency_name: Some("市场监督管理局".to_owned()),
            agency_uscc: Some("11370800MB2855926Y".to_owned()),
        },
        region_code: "370812".to_owned(),
        agency_id: "370812-a01".to_owned(),
        status: CaseStatus::Completed,
        accepted_at: Some(at("2026-03-02T01:00:00Z")),
        completed_at: Some(at("2026-03-04T02:30:00Z")),
        served_at: at("2026-03-04T02:30:00Z"),
        stage: Stage::Completion,
        number: 2,
        medium: Some(Medium::Offline),
    }
}

fn rating() -> Rating {
    Rating {
        level: Level::VeryDissatisfied,
        channel: Some(Channel::Evaluator),
        tags: vec!["108".to_owned(), "115".to_owned()],
        at: at("2026-03-04T02:31:07Z"),
        number: 1,
        review: Some(ReviewStatus::NotNeeded),
    }
}

fn correction() -> Correction {
    Correction {
        rectification: Some("情况清楚、诉求合理，已整改并向评价人反馈".to_owned()),
        review: None,
        counts: Some(true),
    }
}

/// Every term with a code is read back from it, or the refusal names all that it can be; every term without
/// one is refused.
fn both_ways<T: Copy + PartialEq + Debug>(name: &str, set: &CodeSet<T>, terms: &[T]) {
    for term in terms {
        let code = match set.code(*term) {
            Ok(code) => code,
            Err(lossy) => {
                assert_eq!(lossy, Lossy::NoCode(format!("{term:?}")), "{name}");
                continue;
            }
        };
        let same: Vec<_> = set.iter().filter(|(_, own)| *own == code).collect();
        match set.term(code) {
            Ok(back) => assert_eq!((back, same.len()), (*term, 1), "{name} {code}"),
            Err(Lossy::OneOf { terms, .. }) => {
                assert!(same.len() > 1 && terms.contains(&format!("{term:?}")), "{name} {code}");
            }
            Err(lossy) => panic!("{name} {code}: {lossy}"),
        }
    }
    assert_eq!(set.iter().filter(|(term, _)| !terms.contains(term)).count(), 0, "{name}");
    assert_eq!(set.term("?"), Err(Lossy::NoTerm("?".to_owned())), "{name}");
}

#[test]
fn p10_every_code_of_every_dialect_is_read_both_ways_or_refused() {
    assert_eq!(Dialect::shipped().count(), 6);
    for name in Dialect::shipped() {
        let codes = dialect(name).codes;
        both_ways(name, &codes.level, &Level::ALL);
        both_ways(name, &codes.channel, &Channel::ALL);
        both_ways(name, &codes.applicant, &ApplicantKind::ALL);
        both_ways(name, &codes.certificate, &CertificateKind::ALL);
        both_ways(name, &codes.status, &CaseStatus::ALL);
        both_ways(name, &codes.case_kind, &CASE_KINDS);
        both_ways(name, &codes.review, &ReviewStatus::ALL);
        both_ways(name, &codes.day_unit, &DAY_UNITS);
        both_ways(name, &codes.medium, &Medium::ALL);
        both_ways(name, &codes.stage, &STAGES);
        both_ways(name, &codes.item_type, &ITEM_TYPES);
        both_ways(name, &codes.action, &Action::ALL);
        // All five levels can be told and read back everywhere.
        for level in Level::ALL {
            assert_eq!(codes.level.term(codes.level.code(level).unwrap()), Ok(level), "{name}");
        }
        for flags in [&codes.default, &codes.counts] {
            assert_ne!(flags.code(true), flags.code(false), "{name}");
        }
    }
}

#[test]
fn p10_the_same_number_means_the_opposite_in_two_dialects() {
    let level = |name, level| dialect(name).codes.level.code(level).unwrap().to_owned();
    assert_eq!(level("national", Level::VerySatisfied), "5");
    assert_eq!(level("gb-39046", Level::VerySatisfied), "1");
    assert_eq!(dialect("national").codes.level.term("1"), Ok(Level::VeryDissatisfied));
    assert_eq!(dialect("gb-39046").codes.level.term("1"), Ok(Level::VerySatisfied));
    for (name, of_one) in [
        ("national", CaseKind::Immediate),
        ("shandong", CaseKind::Immediate),
        ("beijing", CaseKind::Immediate),
        ("zhejiang", CaseKind::Committed),
    ] {
        assert_eq!(dialect(name).codes.case_kind.term("1"), Ok(of_one), "{name}");
    }
    let channel = |name| dialect(name).codes.channel;
    assert_eq!(channel("national").term("6"), Ok(Channel::Hotline));
    assert_eq!(channel("zhejiang").code(Channel::SmsReply), Ok("6"));
    assert_eq!(dialect("zhejiang").codes.default_channel.as_deref(), Some("7"));
    let applicant = |name| dialect(name).codes.applicant;
    assert_eq!(applicant("national").term("5"), Ok(ApplicantKind::UnincorporatedEnterprise));
    assert_eq!(applicant("gb-39046").term("5"), Ok(ApplicantKind::AdministrativeOrgan));
}

#[test]
fn p10_a_code_that_would_lose_something_is_refused_and_not_guessed() {
    let zhejiang = dialect("zhejiang").codes;
    let Err(Lossy::OneOf { terms, .. }) = zhejiang.applicant.term("2") else { panic!() };
    assert_eq!(terms.len(), 4, "{terms:?}");
    // Only "a legal person" is known: enough where they share a code, and nowhere else.
    let legal = ApplicantKind::of(RaterKind::LegalPerson);
    assert_eq!(zhejiang.applicant.code_of_any(legal), Ok("2"));
    let national = dialect("national").codes;
    assert!(matches!(national.applicant.code_of_any(legal), Err(Lossy::Coarse(_))));
    let natural = ApplicantKind::of(RaterKind::NaturalPerson);
    assert_eq!(national.applicant.code_of_any(natural), Ok("1"));
    let others = ApplicantKind::of(RaterKind::OtherOrganization);
    assert!(matches!(zhejiang.applicant.code_of_any(others), Err(Lossy::NoCode(_))));
    assert_eq!(national.channel.code(Channel::Paper), Err(Lossy::NoCode("Paper".to_owned())));
    assert!(matches!(national.channel.term("2"), Err(Lossy::OneOf { .. })));
    assert_eq!(national.day_unit.term("2"), Err(Lossy::NoTerm("2".to_owned())), "months");
}

/// What a dialect makes of a record, or why it is held back.
fn told(name: &str, record: Record<'_>) -> Result<Option<String>, Vec<Hold>> {
    let dialect = dialect(name);
    let fields = dialect.write(record, &nation())?;
    Ok(fields.map(|fields| dialect.text(&fields)))
}

#[test]
fn p10_records_of_each_dialect_are_as_they_were() {
    let (service, rating, correction) = (service(), rating(), correction());
    let case = Record::Case(&service);
    let rated = Record::Rating(&service, &rating);
    let corrected = Record::Correction(&service, &rating, &correction);
    let mut golden = 0;
    for name in Dialect::shipped() {
        for (kind, record) in [("case", case), ("rating", rated), ("correction", corrected)] {
            let ending = if name == "fujian" { "xml" } else { "json" };
            let file =
                format!("{}/tests/dialects/{name}-{kind}.{ending}", env!("CARGO_MANIFEST_DIR"));
            let before = std::fs::read_to_string(&file).ok();
            golden += usize::from(before.is_some());
            assert_eq!(told(name, record).unwrap(), before, "{file}");
        }
    }
    assert_eq!(golden, 16, "all but Fujian's cases and corrections, which it does not take");
}

#[test]
fn p10_what_a_platform_is_known_to_refuse_is_held_back_with_all_reasons() {
    let (service, rating) = (service(), rating());
    let hold = |service: &Service, rating: &Rating| {
        told("national", Record::Rating(service, rating)).unwrap_err()
    };
    let reasons = |holds: Vec<Hold>| holds.iter().map(Hold::reason).collect::<Vec<_>>();
    let untagged = Rating { tags: vec![], ..rating.clone() };
    assert_eq!(hold(&service, &untagged), [Hold::NoReason]);
    assert!(
        told(
            "national",
            Record::Rating(
                &service,
                &Rating { level: Level::BasicallySatisfied, ..untagged.clone() }
            )
        )
        .is_ok()
    );
    let early = Rating { at: at("2026-03-04T02:29:59Z"), ..rating.clone() };
    assert_eq!(hold(&service, &early), [Hold::BeforeService], "it is never moved");
    let third = Rating { number: 3, ..rating.clone() };
    assert_eq!(hold(&service, &third), [Hold::TooMany { number: 3, most: 2 }]);
    let local = Rating { tags: vec!["108".to_owned(), "cj-1".to_owned()], ..rating.clone() };
    let tag = Hold::Tag { field: "evalDetail".to_owned(), code: "cj-1".to_owned() };
    assert_eq!(hold(&service, &local), [tag]);
    let by_system = Rating { channel: None, level: Level::VerySatisfied, ..rating.clone() };
    assert_eq!(reasons(hold(&service, &by_system)), ["NO_EXACT_CODE"]);
    let zhejiang = told("zhejiang", Record::Rating(&service, &by_system)).unwrap().unwrap();
    assert!(zhejiang.contains("\"pf\":\"7\"") && zhejiang.contains("\"isdefault\":\"1\""));
    let bare = Service {
        item_code: "11370800MB2855926Y40020000000000".to_owned(),
        known: Known::default(),
        ..service
    };
    let all = reasons(hold(&bare, &Rating { channel: Some(Channel::Paper), ..untagged }));
    let several = ["SELF_MADE_ITEM", "NEGATIVE_WITHOUT_TAG", "NO_EXACT_CODE", "NOT_KNOWN"];
    assert!(several.iter().all(|one| all.contains(one)), "{all:?}");
}

#[test]
fn s01_a_dialect_that_demands_a_persons_datum_gets_no_record_instead_of_an_invented_one() {
    let text = "inherits = 'fujian'\nname = 'own'\nsource = 'x'\n[[rating]]\nname = 'userName'\n\
                of = 'applicant_name'\nneeded = 'always'\n[[rating]]\nname = 'words'\nof = 'words'";
    let demands = own(text).unwrap();
    let (service, rating) = (service(), rating());
    let holds = demands.write(Record::Rating(&service, &rating), &nation()).unwrap_err();
    assert_eq!(holds, [Hold::Personal { field: "userName".to_owned() }]);
    assert_eq!(holds[0].reason(), "PERSONAL_DATUM_NEEDED");
    // Where it may be empty, it is empty in every dialect.
    for name in Dialect::shipped() {
        for record in [Record::Case(&service), Record::Rating(&service, &rating)] {
            let dialect = dialect(name);
            let fields = dialect.write(record, &nation()).unwrap().unwrap_or_default();
            let of = dialect.fields(record.kind()).iter().filter(|field| field.of.is_personal());
            for field in of {
                assert!(fields.contains(&(field.name.clone(), String::new())), "{name}");
            }
        }
    }
}

#[test]
fn p10_what_is_wrong_with_an_operators_dialect_is_named() {
    for (text, said) in [
        ("inherits = 'nowhere'", "inherits no shipped dialect"),
        ("name = 'x'", "missing field"),
        ("inherits = 'national'\nname2 = 'x'", "unknown field `name2`"),
        ("inherits = 'national'\n[codes]\nlevel = { best = '5' }", "unknown variant `best`"),
        ("inherits = 'national'\ntime = '%!'", "no form of a time"),
        ("inherits = 'national'\nencoding = 'xml'", "outermost element"),
    ] {
        let refused = own(text).unwrap_err();
        assert!(refused.contains(said) && refused.starts_with("own.toml:1: "), "{refused}");
    }
    assert!(Dialect::named("nowhere").unwrap_err().to_string().contains("national, gb-39046"));
    let own = own("inherits = 'shandong'\nname = 'own'\n[codes]\naction = { insert = 'A' }");
    let own = own.unwrap();
    assert_eq!((own.project_prefix.as_str(), own.name.as_str()), ("37", "own"));
    assert_eq!(own.codes.action.code(Action::Insert), Ok("A"));
    assert!(own.codes.action.code(Action::Update).is_err(), "a set is replaced as a whole");
}

#[test]
fn p10_a_level_is_read_back_out_of_what_was_told() {
    let service = service();
    for name in Dialect::shipped() {
        for level in Level::ALL {
            let (dialect, rating) = (dialect(name), Rating { level, ..rating() });
            let fields = dialect.write(Record::Rating(&service, &rating), &nation());
            let fields = fields.unwrap().unwrap();
            assert_eq!(dialect.level_of(&fields), Ok(Some(level)), "{name}");
        }
    }
}

#[test]
fn p10_a_rating_says_whether_its_text_is_to_be_reviewed_in_every_dialect() {
    let service = service();
    for name in Dialect::shipped() {
        let dialect = dialect(name);
        let Some(field) = dialect.rating.iter().find(|field| field.of == Datum::Review) else {
            continue;
        };
        let told = |record: Record<'_>| {
            let fields = dialect.write(record, &nation());
            fields.map(|fields| fields.unwrap().into_iter().find(|(own, _)| *own == field.name))
        };
        for review in ReviewStatus::ALL {
            let code =
                Some((field.name.clone(), dialect.codes.review.code(review).unwrap().into()));
            let rating = Rating { review: Some(review), ..rating() };
            assert_eq!(told(Record::Rating(&service, &rating)).unwrap(), code, "{name}");
            if !dialect.correction.is_empty() {
                let correction = Correction { review: Some(review), ..Correction::default() };
                let corrected = Record::Correction(&service, &rating, &correction);
                assert_eq!(told(corrected).unwrap(), code, "{name}");
            }
        }
        let unknown = Rating { review: None, ..rating() };
        let holds = told(Record::Rating(&service, &unknown)).unwrap_err();
        assert_eq!(
            holds,
            [Hold::Missing { field: field.name.clone() }],
            "{name}: it is not guessed"
        );
    }
}

#[test]
fn p10_beijing_numbers_services_itself_and_no_other_platform_does() {
    let by_itself: Vec<_> =
        Dialect::shipped().filter(|name| dialect(name).rules.numbers_services).collect();
    assert_eq!(by_itself, ["beijing"]);
    assert!(dialect("beijing").rules.negative_needs_tag, "what is inherited stays");
}
