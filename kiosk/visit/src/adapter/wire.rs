//! A rating as the services' message: what is sent, and what the spool seals. Both are the same
//! bytes, so a rating read back from the spool is the request it was when it was given.

use proto::intake::v1::{Answer, SubmitRatingRequest};

use super::tonic::{level, level_to_wire};
use crate::content::RatingToSend;

const MICROS: i64 = 1_000_000;

/// The message of a rating, without the channel: that is said when it is sent, by where the terminal
/// stands.
pub(super) fn request(rating: RatingToSend) -> SubmitRatingRequest {
    let answer = |(question_id, value)| Answer { question_id, value };
    SubmitRatingRequest {
        request_id: rating.request_id,
        token: rating.token,
        level: level_to_wire(rating.level).into(),
        tag_list_version: match rating.tag_codes.is_empty() {
            true => String::new(),
            false => rating.tag_list_version,
        },
        tag_codes: rating.tag_codes,
        text: rating.words,
        answers: rating.answers.into_iter().map(answer).collect(),
        private: rating.private,
        reported_at: rating.touched_at.map(timestamp),
        ..SubmitRatingRequest::default()
    }
}

/// The rating of a message; none if it has no level that this terminal knows.
pub(super) fn rating(request: SubmitRatingRequest) -> Option<RatingToSend> {
    let level = level(request.level())?;
    let touched_at = request.reported_at.map(micros);
    let answer = |answer: Answer| (answer.question_id, answer.value);
    Some(RatingToSend {
        request_id: request.request_id,
        token: request.token,
        level,
        tag_codes: request.tag_codes,
        tag_list_version: request.tag_list_version,
        words: request.text,
        answers: request.answers.into_iter().map(answer).collect(),
        private: request.private,
        touched_at,
    })
}

/// A time in microseconds since 1970.
pub(super) fn micros(at: prost_types::Timestamp) -> i64 {
    at.seconds.saturating_mul(MICROS).saturating_add(i64::from(at.nanos) / 1000)
}

pub(super) fn timestamp(micros: i64) -> prost_types::Timestamp {
    // Less than 1,000,000, and so less than 1,000,000,000 nanoseconds.
    let nanos = i32::try_from(micros.rem_euclid(MICROS) * 1000).unwrap_or_default();
    prost_types::Timestamp { seconds: micros.div_euclid(MICROS), nanos }
}

#[cfg(test)]
mod tests {
    use domain::level::Level;

    use super::*;

    #[test]
    fn a_rating_is_the_same_request_after_it_was_read_back() {
        let given = RatingToSend {
            request_id: "r".into(),
            token: "t".into(),
            level: Level::Dissatisfied,
            tag_codes: vec!["01".into(), "02".into()],
            tag_list_version: "2021".into(),
            words: "等得太久".into(),
            answers: vec![("q1".into(), "no".into()), ("q2".into(), "窗口太少".into())],
            private: true,
            touched_at: Some(1_794_873_600_123_456),
        };
        let sent = request(given.clone());
        let at = prost_types::Timestamp { seconds: 1_794_873_600, nanos: 123_456_000 };
        assert_eq!(sent.reported_at, Some(at));
        assert_eq!(rating(sent.clone()), Some(given), "nothing of it is lost");
        assert_eq!(request(rating(sent.clone()).unwrap()), sent);
        assert_eq!(rating(SubmitRatingRequest { level: 0, ..sent }), None);
    }
}
