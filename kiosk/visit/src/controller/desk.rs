//! What staff ask for on their pages, done.

use std::time::Duration;

use tokio::{task::spawn_blocking, time::timeout};

use crate::{
    adapter::{
        clock::now,
        fleet::{
            office::Office,
            pin::{Pin, PinError},
        },
    },
    outbox::Outbox,
    ports::Services,
    service::{Report, Touch, Work, report},
};

/// How long the services have to answer somebody who waits for it.
const ANSWER: Duration = Duration::from_secs(10);

/// What the pages of staff work with.
#[derive(Clone)]
pub struct Desk {
    /// The terminal's office in the fleet.
    pub office: Office,
    /// The PIN of the service page.
    pub pin: Pin,
}

/// Does it; nothing if there is nothing to tell.
pub(super) async fn done<S: Services>(
    desk: &Desk,
    outbox: &Outbox<S>,
    work: Work,
) -> Option<Touch> {
    let refused = |words: String| Some(Touch::Refused(words));
    match work {
        // Without a PIN there is no such page: nobody who passes by shall make one.
        Work::Knock => desk.pin.is_set().ok()?.then_some(Touch::PinWanted),
        Work::Register(code) => match desk.office.register(&code).await {
            Ok(()) => None,
            Err(words) => refused(words),
        },
        Work::Open(typed) => {
            let pin = desk.pin.clone();
            let checked = spawn_blocking(move || pin.check(&typed, now())).await;
            match checked.unwrap_or(Err(PinError::Wrong)) {
                Ok(()) => reported(desk, outbox).await,
                Err(error) => refused(error.to_string()),
            }
        }
        Work::Hurry => {
            let mut standing = desk.office.standing();
            standing.mark_unchanged();
            desk.office.hurry();
            // Whatever came of it by then is told.
            let _ = timeout(ANSWER, standing.changed()).await;
            reported(desk, outbox).await
        }
        Work::TryAgain => {
            outbox.try_again().await;
            reported(desk, outbox).await
        }
        Work::Clear => {
            outbox.clear_aside().await;
            reported(desk, outbox).await
        }
    }
}

async fn reported<S: Services>(desk: &Desk, outbox: &Outbox<S>) -> Option<Touch> {
    let reasons = outbox.reasons().await;
    let standing = desk.office.standing().borrow().clone();
    let state = outbox.state().borrow().clone();
    let report: Report = report(&standing, &state, &reasons, now());
    Some(Touch::Reported(report))
}
