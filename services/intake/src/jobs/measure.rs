//! What an operator sees of intake: the ratings and the messages that wait.

use platform::{
    status::Failure,
    telemetry::metrics::{
        Reading,
        table::{MESSAGES_AGE, MESSAGES_DEAD, MESSAGES_WAITING, QUEUE, QUEUE_AGE, QUEUE_MOST},
    },
};

use crate::{state::Intake, store::message::messages};

/// Reads it.
///
/// # Errors
/// If the store fails.
pub async fn look(intake: Intake) -> Result<Vec<Reading>, Failure> {
    let (waiting, most, age) = intake.queue.waiting();
    let now = intake.shell.clock.now().as_microsecond();
    let messages = messages::counts(&intake.store, now).await?;
    let late = messages.oldest.map_or(0, |due| (now - due).max(0) / 1_000_000);
    Ok(vec![
        Reading::count(&QUEUE, waiting as u64),
        Reading::count(&QUEUE_MOST, most as u64),
        QUEUE_AGE.is(age),
        Reading::count(&MESSAGES_WAITING, messages.due),
        Reading::count(&MESSAGES_AGE, late.unsigned_abs()),
        Reading::count(&MESSAGES_DEAD, messages.dead),
    ])
}
