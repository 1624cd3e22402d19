//! What a rater may say and until when, which rating counts, and the code to ask by.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "shipped/calendars.rs"]
mod calendars;
#[path = "shipped/profiles.rs"]
mod profiles;

use std::collections::BTreeSet;

use domain::{
    deadline::Deadline,
    id::RatingId,
    item::{Question, QuestionKind},
    level::Level,
    profile::Profile,
    rating::{Submission, in_window, read_receipt_code, receipt_code, supersedes},
    source::Source,
    tags::TagList,
};
use jiff::Timestamp;
use proptest::prelude::*;

use profiles::{CHANGJI, STATE_COUNCIL, profile};

const TAGS: Source<'static> =
    Source { file: "national-2020-05.toml", text: include_str!("../tags/national-2020-05.toml") };

/// A layer that wants a reason for a negative rating and publishes every rating.
const STRICT: Source<'static> = Source {
    file: "strict.toml",
    text: "id = \"strict\"\nversion = 1\ninherits = \"changji-2020\"\n\
           document = \"试\"\ntrial = true\n\
           [negative_needs_reason]\nvalue = true\nclause = \"一\"\n\
           [private_allowed]\nvalue = false\nclause = \"二\"\n",
};

fn changji() -> Profile {
    profile(&[STATE_COUNCIL, CHANGJI])
}

fn strict() -> Profile {
    profile(&[STATE_COUNCIL, CHANGJI, STRICT])
}

fn questionnaire() -> Vec<Question> {
    let mut questions: Vec<Question> = (0..40)
        .map(|n| Question {
            id: format!("q{n}"),
            text: "指引是否清楚".to_owned(),
            kind: QuestionKind::YesNo,
        })
        .collect();
    questions[1].kind = QuestionKind::Text;
    questions
}

fn rating(level: Level) -> Submission {
    Submission {
        level,
        tag_codes: Vec::new(),
        tag_list_version: "national-2020-05".to_owned(),
        text: String::new(),
        answers: Vec::new(),
        private: false,
    }
}

fn tagged(level: Level, codes: &[&str]) -> Submission {
    let tag_codes = codes.iter().map(|code| (*code).to_owned()).collect();
    Submission { tag_codes, ..rating(level) }
}

fn worded(level: Level, text: &str) -> Submission {
    Submission { text: text.to_owned(), ..rating(level) }
}

fn answering(answers: &[(&str, &str)]) -> Submission {
    let answers = answers.iter().map(|(id, value)| ((*id).to_owned(), (*value).to_owned()));
    Submission { answers: answers.collect(), ..rating(Level::Satisfied) }
}

/// Everything wrong with a submission, as it is shown; empty if nothing is.
fn wrong(submission: &Submission, profile: &Profile) -> String {
    let tags = TagList::parse(&[TAGS]).unwrap();
    submission
        .check(profile, Some(&tags), &questionnaire())
        .err()
        .map_or(String::new(), |violations| violations.to_string())
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn i04_every_level_alone_is_a_rating() {
    for level in Level::ALL {
        assert_eq!(wrong(&rating(level), &changji()), "", "{level:?}");
    }
}

// ── Reason tags ───────────────────────────────────────────────────────────────────────────────────

#[test]
fn i05_tags_are_of_the_list_of_the_level_and_each_given_once() {
    let profile = changji();
    let of = |codes: &[&str]| wrong(&tagged(Level::Dissatisfied, codes), &profile);
    assert_eq!(of(&["207", "214"]), "");
    assert_eq!(of(&["207", "108"]), "tag_codes[1]: is a tag of another level");
    assert_eq!(of(&["999", "207"]), "tag_codes[0]: is no tag of the list");
    assert_eq!(of(&["207", "208", "207"]), "tag_codes[2]: is given twice");
}

#[test]
fn i05_a_rating_carries_at_most_eight_tags() {
    let eight = ["207", "208", "209", "210", "211", "212", "213", "214"];
    assert_eq!(wrong(&tagged(Level::Dissatisfied, &eight), &changji()), "");
    let nine = [&eight[..], &["207"]].concat();
    assert_eq!(
        wrong(&tagged(Level::Dissatisfied, &nine), &changji()),
        "tag_codes: are more than 8"
    );
}

#[test]
fn c08_tags_are_of_the_published_list_they_name() {
    let other = |submission| Submission { tag_list_version: "2019".to_owned(), ..submission };
    let tagged = other(tagged(Level::Dissatisfied, &["207"]));
    let refused = "tag_list_version: is no published version of the tag list";
    assert_eq!(wrong(&tagged, &changji()), refused);
    let unknown = tagged.check(&changji(), None, &questionnaire()).unwrap_err();
    assert_eq!(unknown.to_string(), refused);
    assert_eq!(wrong(&other(rating(Level::Dissatisfied)), &changji()), "");
    assert_eq!(rating(Level::Dissatisfied).check(&changji(), None, &questionnaire()), Ok(()));
}

// ── Text ──────────────────────────────────────────────────────────────────────────────────────────

#[test]
fn i05_a_text_has_at_most_500_characters_however_many_bytes_they_take() {
    let of = |length: usize| wrong(&worded(Level::Satisfied, &"评".repeat(length)), &changji());
    assert_eq!(of(500), "");
    assert_eq!(of(501), "text: has 501 characters; at most 500 are allowed");
}

#[test]
fn i05_a_text_hides_nothing() {
    let of = |text: &str| wrong(&worded(Level::Satisfied, text), &changji());
    assert_eq!(of("两行，\n没有别的。🙂 \u{3000}"), "");
    let bidi = ('\u{202A}'..='\u{202E}').chain('\u{2066}'..='\u{2069}');
    let control = ['\0', '\u{7}', '\t', '\r', '\u{1B}', '\u{7F}', '\u{85}', '\u{FEFF}'];
    for hidden in bidi.chain(control) {
        let code = u32::from(hidden);
        let expected = format!("text: holds the hidden character U+{code:04X}");
        assert_eq!(of(&format!("好{hidden}评")), expected);
    }
    for neighbour in ['\u{2029}', '\u{202F}', '\u{2065}', '\u{206A}'] {
        assert_eq!(of(&neighbour.to_string()), "", "U+{:04X}", u32::from(neighbour));
    }
}

// ── Questionnaire ─────────────────────────────────────────────────────────────────────────────────

#[test]
fn c07_answers_answer_questions_of_the_item_each_once_and_by_their_kind() {
    let of = |answers: &[(&str, &str)]| wrong(&answering(answers), &changji());
    assert_eq!(of(&[("q0", "yes"), ("q1", "界面不友好"), ("q2", "no")]), "");
    assert_eq!(
        of(&[("q0", "yes"), ("q99", "yes")]),
        "answers[1]: answers no question of this item"
    );
    assert_eq!(of(&[("q2", "no"), ("q2", "yes")]), "answers[1]: answers a question twice");
    for value in ["", "Yes", "是", "true"] {
        assert_eq!(of(&[("q0", value)]), "answers[0]: is not yes or no", "{value}");
    }
    assert_eq!(of(&[("q1", &"评".repeat(500))]), "");
    let too_long = "answers[0]: has 501 characters; at most 500 are allowed";
    assert_eq!(of(&[("q1", &"评".repeat(501))]), too_long);
}

#[test]
fn c07_a_rating_carries_at_most_32_answers() {
    let ids: Vec<String> = (2..36).map(|n| format!("q{n}")).collect();
    let answers: Vec<(&str, &str)> = ids.iter().map(|id| (id.as_str(), "yes")).collect();
    assert_eq!(wrong(&answering(&answers[..32]), &changji()), "");
    assert_eq!(wrong(&answering(&answers[..33]), &changji()), "answers: are more than 32");
}

// ── What the profile says ─────────────────────────────────────────────────────────────────────────

#[test]
fn i05_a_negative_rating_needs_a_tag_or_a_text_where_the_profile_says_so() {
    let needed = "tag_codes: or text: a negative rating needs one";
    for level in Level::ALL {
        let expected = if level.is_negative() { needed } else { "" };
        assert_eq!(wrong(&rating(level), &strict()), expected, "{level:?}");
    }
    assert_eq!(wrong(&worded(Level::Dissatisfied, " \n\u{3000}"), &strict()), needed);
    assert_eq!(wrong(&worded(Level::Dissatisfied, "慢"), &strict()), "");
    assert_eq!(wrong(&tagged(Level::Dissatisfied, &["207"]), &strict()), "");
}

#[test]
fn i14_a_rating_can_be_kept_from_the_public_where_the_profile_says_so() {
    let private = Submission { private: true, ..rating(Level::Satisfied) };
    assert_eq!(wrong(&private, &changji()), "");
    assert_eq!(wrong(&private, &strict()), "private: is not offered here");
}

#[test]
fn i05_everything_wrong_is_said_at_once() {
    let submission = Submission {
        private: true,
        text: "\u{202E}".to_owned(),
        answers: vec![("q0".to_owned(), "perhaps".to_owned())],
        ..tagged(Level::VeryDissatisfied, &["207"])
    };
    assert_eq!(
        wrong(&submission, &strict()),
        "text: holds the hidden character U+202E; \
         tag_codes[0]: is a tag of another level; \
         answers[0]: is not yes or no; \
         private: is not offered here"
    );
}

// ── The window ────────────────────────────────────────────────────────────────────────────────────

fn window() -> Deadline {
    let rule = changji().rating_window.unwrap().value;
    rule.due(at("2026-03-05T02:00:00Z"), &calendars::calendar()).unwrap()
}

#[test]
fn i06_cj_a_rating_is_in_time_until_the_end_of_the_fifth_working_day() {
    let window = window();
    assert_eq!(in_window(Some(&window), at("2026-03-05T02:00:00Z")), Ok(()));
    assert_eq!(in_window(Some(&window), at("2026-03-12T15:59:59.999999Z")), Ok(()));
    let closed = in_window(Some(&window), at("2026-03-12T16:00:00Z")).unwrap_err();
    assert_eq!(closed.window, window);
    assert_eq!(closed.to_string(), "the rating window closed at the end of 2026-03-12");
    assert!(in_window(Some(&window), at("2029-01-01T00:00:00Z")).is_err());
}

#[test]
fn i06_without_a_window_a_rating_is_always_in_time() {
    assert_eq!(profile(&[STATE_COUNCIL]).rating_window, None);
    assert_eq!(in_window(None, at("2099-12-31T00:00:00Z")), Ok(()));
}

// ── Which rating counts ───────────────────────────────────────────────────────────────────────────

type Received = (Timestamp, RatingId);

fn received(at: i64, id: u128) -> Received {
    (Timestamp::from_microsecond(at).unwrap(), RatingId(uuid::Uuid::from_u128(id)))
}

/// Few instants and few ids, so that ties are common.
fn anyone() -> impl Strategy<Value = Received> {
    (-2_i64..3, 0_u128..5).prop_map(|(at, id)| received(at, id))
}

/// Some ratings, and the same in another order.
fn in_two_orders() -> impl Strategy<Value = (Vec<Received>, Vec<Received>)> {
    proptest::collection::vec(anyone(), 1..12)
        .prop_flat_map(|ratings| (Just(ratings.clone()), Just(ratings).prop_shuffle()))
}

/// The rating that counts when they arrive in this order.
fn counting(ratings: &[Received]) -> Received {
    let fold = |kept, next| if supersedes(next, kept) { next } else { kept };
    ratings.iter().copied().reduce(fold).unwrap()
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn i09_superseding_is_a_strict_total_order(a in anyone(), b in anyone(), c in anyone()) {
        prop_assert!(!supersedes(a, a));
        prop_assert_eq!(supersedes(a, b) || supersedes(b, a), a != b);
        prop_assert!(!(supersedes(a, b) && supersedes(b, a)));
        prop_assert!(!(supersedes(a, b) && supersedes(b, c)) || supersedes(a, c));
    }

    #[test]
    fn i09_which_rating_counts_does_not_depend_on_the_order_of_arrival(
        (ratings, shuffled) in in_two_orders(),
    ) {
        let latest = ratings.iter().map(|(at, id)| (at.as_microsecond(), id.0.as_u128())).max();
        let (at, id) = latest.unwrap();
        prop_assert_eq!(counting(&ratings), received(at, id));
        prop_assert_eq!(counting(&shuffled), received(at, id));
    }

    #[test]
    fn a_receipt_code_is_eight_characters_without_look_alikes(id in any::<u128>()) {
        let code = receipt_code(RatingId(uuid::Uuid::from_u128(id)));
        prop_assert_eq!(code.chars().count(), 9, "{}", code);
        for (n, c) in code.chars().enumerate() {
            let allowed = c.is_ascii_uppercase() || c.is_ascii_digit();
            prop_assert!(if n == 4 { c == '-' } else { allowed && !"IO01".contains(c) }, "{}", code);
        }
    }

    #[test]
    fn p08_a_receipt_code_is_read_as_it_is_typed_and_nothing_else_is_one(id in any::<u128>()) {
        let id = uuid::Uuid::from_u128(id);
        let code = receipt_code(RatingId(id));
        let wide: String =
            code.chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap()).collect();
        let typed = [code.to_lowercase(), code.replace('-', ""), format!(" {code}\n"), wide];
        for typed in typed {
            prop_assert_eq!(read_receipt_code(&typed), id.as_bytes()[11..].try_into().ok(), "{}", typed);
        }
        for wrong in [&code[1..], &format!("{code}A"), &format!("0{}", &code[1..]), "评价", ""] {
            prop_assert_eq!(read_receipt_code(wrong), None, "{}", wrong);
        }
    }

    #[test]
    fn ids_with_another_random_end_have_another_receipt_code(
        head in any::<u128>(), one in 0_u128..1 << 40, other in 0_u128..1 << 40,
    ) {
        let code = |end| receipt_code(RatingId(uuid::Uuid::from_u128((head << 40) | end)));
        prop_assert_eq!(code(one) == code(other), one == other);
    }
}

#[test]
fn each_of_the_last_forty_bits_of_an_id_shows_in_its_receipt_code() {
    let code = |bits| receipt_code(RatingId(uuid::Uuid::from_u128(bits)));
    let codes: BTreeSet<String> = (0..40).map(|bit| code(1 << bit)).chain([code(0)]).collect();
    assert_eq!(codes.len(), 41);
    let first: BTreeSet<char> = (0..32).map(|n| code(n).chars().next().unwrap()).collect();
    let alphabet: BTreeSet<char> = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ".chars().collect();
    assert_eq!(first, alphabet);
    // Written on a slip once, a code must be found again by every later release.
    assert_eq!(code(0x0123_4567_89AB), "MPCR-YCPE");
}
