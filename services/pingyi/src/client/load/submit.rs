//! Ratings and nothing else: the invitations are there before the clock starts. A service act can
//! be rated again, and the latest rating counts: when all are rated, it begins again with the
//! first.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use platform::stop::Stop;

use super::{
    pace::{Pace, PaceResult, drive},
    ratings::Raters,
    tally::Calls,
};

/// Rates until the time is over.
pub(super) async fn run(
    raters: &Arc<Raters>,
    tokens: Vec<Arc<str>>,
    pace: Pace,
    span: Duration,
    stop: &Stop,
) -> (PaceResult, Vec<Calls>) {
    let shared = Arc::new((Arc::clone(raters), tokens, AtomicUsize::new(0)));
    let call = move |caller, intended| {
        let shared = Arc::clone(&shared);
        async move {
            let (raters, tokens, next) = shared.as_ref();
            let number = next.fetch_add(1, Ordering::Relaxed);
            let token = &tokens[number % tokens.len()];
            let rated = raters.rate(caller, token, number, intended).await;
            !rated.is_err_and(|why| why.perhaps)
        }
    };
    let driven = drive(pace, span, stop, call).await;
    (driven, vec![raters.submitted.figures(driven.began, driven.span)])
}
