//! The row of a rating that its rater gives now, by whatever channel.

use domain::{channel::Channel, rating::Submission};
use jiff::Timestamp;
use platform::{
    convert::{channel_to_wire, level_to_wire},
    request::RequestKey,
};
use proto::{intake::v1::Answer as QuestionAnswer, r#type::v1::Origin};
use uuid::Uuid;

use crate::{
    Intake,
    convert::{rating::Words, to_column},
    entity::rating,
    error::Error,
};

/// The row of a rating that its rater gives now.
pub(crate) fn row(
    intake: &Intake,
    submission: &Submission,
    act_id: Uuid,
    channel: Channel,
    key: RequestKey,
    received_at: Timestamp,
    reported_at: Option<Timestamp>,
) -> Result<rating::Model, Error> {
    let id = intake.shell.clock.new_id();
    let words = |text: &str| !text.trim().is_empty();
    let chosen = |answer: &str| matches!(answer, "yes" | "no");
    let own = |value: &String| words(value) && !chosen(value);
    let answer = |(question_id, value): &(String, String)| QuestionAnswer {
        question_id: question_id.clone(),
        value: value.clone(),
    };
    let sealed = Words {
        text: submission.text.clone(),
        answers: submission.answers.iter().map(answer).collect(),
    };
    Ok(rating::Model {
        id,
        request_key: key.key.to_vec(),
        body_hash: key.body.to_vec(),
        act_id,
        level: to_column(level_to_wire(submission.level)),
        tag_codes: submission.tag_codes.join(","),
        tag_list_version: submission.tag_list_version.clone(),
        words: sealed.seal(&intake.shell.sealer, id)?,
        has_text: words(&submission.text) || submission.answers.iter().any(|(_, v)| own(v)),
        channel: to_column(channel_to_wire(channel)),
        origin: to_column(Origin::Active),
        private: submission.private,
        received_at: received_at.as_microsecond(),
        reported_at: reported_at.map(Timestamp::as_microsecond),
        batch_id: None,
        entered_by: None,
        reference: None,
        network: None,
        shown_ms: None,
    })
}

/// What a rating's fact says of its rater's words (I22).
pub(crate) fn words_hash(intake: &Intake, row: &rating::Model) -> Result<Vec<u8>, Error> {
    let words = Words::open(&intake.shell.sealer, &row.words, row.id)?;
    Ok(words.hash(&intake.shell.salts, row.id))
}
