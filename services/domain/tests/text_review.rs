//! The review of what negative ratings say, by the shipped profiles.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "shipped/calendars.rs"]
mod calendars;
#[path = "shipped/profiles.rs"]
mod profiles;

use domain::text_review::{TextGround, TextRefusal, TextReview, TextStanding, Verdict};
use jiff::Timestamp;

use profiles::{CHANGJI, GUANGXI, HAIYANG, STATE_COUNCIL, profile};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn opened() -> TextReview {
    let rated_at = at("2026-04-03T02:00:00Z");
    let guangxi = profile(&[GUANGXI]);
    TextReview::open(rated_at, &guangxi, &calendars::calendar()).unwrap().unwrap()
}

#[test]
fn t08_gx8_a_text_is_reviewed_within_fifteen_calendar_days_and_silence_accepts() {
    let review = opened();
    assert_eq!(review.deadline.due_on.to_string(), "2026-04-18");
    let (last, after) = (at("2026-04-18T15:59:59.999999Z"), at("2026-04-18T16:00:00Z"));
    assert_eq!(review.standing(last), TextStanding::Pending);
    let silent = TextStanding::AcceptedBySilence { at: after };
    assert_eq!(review.standing(after), silent);
    assert_eq!(
        review.standing(at("2027-01-01T00:00:00Z")),
        silent,
        "since then, whenever it is read"
    );
    let refused = Verdict::Refused(TextGround::Abusive);
    assert_eq!(review.clone().review(refused, after), Err(TextRefusal::Lapsed));
    let decided = review.review(refused, last).unwrap();
    let standing = TextStanding::Refused { ground: TextGround::Abusive, at: last };
    assert_eq!(decided.standing(after), standing, "what was decided in time stands");
    assert_eq!(decided.review(Verdict::Accepted, last), Err(TextRefusal::Reviewed));
}

#[test]
fn t08_where_silence_says_nothing_a_late_review_is_overdue_and_still_possible() {
    let review = TextReview { silence_accepts: false, ..opened() };
    let late = at("2026-05-01T00:00:00Z");
    assert_eq!(review.standing(late), TextStanding::Overdue);
    let decided = review.review(Verdict::Accepted, late).unwrap();
    assert_eq!(decided.standing(late), TextStanding::Accepted { at: late });
}

#[test]
fn t08_where_no_document_asks_for_it_nobody_judges_a_raters_words() {
    for layers in [&[STATE_COUNCIL][..], &[STATE_COUNCIL, CHANGJI], &[STATE_COUNCIL, HAIYANG]] {
        let open =
            TextReview::open(at("2026-04-03T02:00:00Z"), &profile(layers), &calendars::calendar());
        assert_eq!(open.unwrap(), None);
    }
}
