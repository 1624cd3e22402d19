//! A rating by its receipt code (回执码). Whoever has the code has the right to it: it is looked up only
//! so often, and a slip, a guess and an unknown code are told the same.

use std::net::IpAddr;

use domain::rating::read_receipt_code;
use platform::auth::Rater;

use crate::{
    Intake,
    entity::rating,
    error::{Error, rating::follow_up::FollowUpError},
    store::rating::ratings,
};

/// The rating of a receipt code.
pub(crate) async fn rating_of(
    intake: &Intake,
    caller: &Rater,
    network: Option<IpAddr>,
    code: &str,
) -> Result<rating::Model, Error> {
    let requests = &intake.shell.requests;
    let whom = match caller.citizen() {
        Some(citizen) => requests.content(&[b"citizen", citizen.number().as_bytes()]),
        None => unknown(intake, caller, network),
    };
    // Apart from what the same caller writes.
    let whom = requests.content(&[b"receipt", &whom]);
    let taken = intake.limits.take(whom, intake.shell.clock.now());
    taken.map_err(|again_in| FollowUpError::TooMany { again_in })?;
    let end = read_receipt_code(code).ok_or(FollowUpError::ReceiptNotFound)?;
    let mut found = ratings::of_receipt(intake.store.read(), &end).await?;
    match (found.pop(), found.is_empty()) {
        (Some(row), true) => Ok(row),
        // Of two ratings with the same code neither is shown: the invitation says which.
        _ => Err(FollowUpError::ReceiptNotFound.into()),
    }
}

/// The key of an unknown caller: a terminal's id, for anyone else the network.
pub(crate) fn unknown(intake: &Intake, caller: &Rater, network: Option<IpAddr>) -> [u8; 16] {
    let requests = &intake.shell.requests;
    if let Some(terminal) = caller.terminal() {
        return requests.content(&[b"terminal", terminal.as_bytes()]);
    }
    requests.nameless(network)
}
