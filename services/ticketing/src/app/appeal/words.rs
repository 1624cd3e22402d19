//! Appeals and exclusions for their readers: with their words where one is read, without them in lists.

use domain::{
    appeal::MAX_WORDS_CHARS,
    violation::{Violations, identifier, plain_text},
};
use platform::crypto::Sealer;
use proto::ticketing::v1 as wire;

use crate::{
    convert::appeal::{AppealWords, appeal_to_wire, exclusion_to_wire},
    entity::{appeal, exclusion, exclusion_duty},
    error::{Error, TicketError},
    state::Ticketing,
    store::appeal::{duties, open},
};

/// The columns that hold sealed words, as their places name them.
pub(crate) const STATEMENT: &str = "appeal.statement";
pub(crate) const REASON: &str = "appeal.reason";
pub(crate) const REINSTATE_REASON: &str = "exclusion.reinstate_reason";

/// An appeal with its words.
pub(crate) fn read_appeal(
    ticketing: &Ticketing,
    row: &appeal::Model,
    records: &[exclusion_duty::Model],
) -> Result<wire::Appeal, Error> {
    let sealer = &ticketing.shell.sealer;
    let words = AppealWords {
        statement: open(sealer, STATEMENT, row.id, &row.statement)?,
        reason: open(sealer, REASON, row.id, &row.reason)?,
        notes: duties::notes(sealer, records)?,
    };
    show_appeal(ticketing, row, records, words)
}

/// An appeal with these words.
pub(crate) fn show_appeal(
    ticketing: &Ticketing,
    row: &appeal::Model,
    records: &[exclusion_duty::Model],
    words: AppealWords,
) -> Result<wire::Appeal, Error> {
    let known = ticketing.reference.now();
    let profile = known.policy(&row.policy);
    let profile = profile.ok_or(TicketError::NotKnownYet("the policy profile"))?;
    Ok(appeal_to_wire(row, records, words, profile, ticketing.shell.clock.now())?)
}

/// An exclusion with its words.
pub(crate) fn read_exclusion(
    sealer: &Sealer,
    row: &exclusion::Model,
) -> Result<wire::Exclusion, Error> {
    let reason = open(sealer, REINSTATE_REASON, row.id, &row.reinstate_reason)?;
    Ok(exclusion_to_wire(row, reason)?)
}

/// Notes what is wrong with an officer's words.
pub(crate) fn check_words(wrong: &mut Violations, field: &str, words: &str, required: bool) {
    wrong.take(field, plain_text(words, MAX_WORDS_CHARS));
    wrong.require(!required || !words.trim().is_empty(), field, "must be filled in");
}

/// Notes what is wrong with a document's number.
pub(crate) fn check_number(wrong: &mut Violations, number: &str, required: bool) {
    wrong.take("document_number", identifier(number));
    wrong.require(!required || !number.is_empty(), "document_number", "must be filled in");
}
