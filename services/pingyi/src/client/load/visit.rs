//! Visits: apply, ask what can be rated, rate, read the rating back.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use platform::stop::Stop;
use proto::intake::v1::{
    GetRatingRequest, ResolveInvitationRequest, rating_service_client::RatingServiceClient,
};
use tonic::Response;

use super::{
    LoadError,
    pace::{Pace, PaceResult, drive},
    ratings::{Raters, apply, invitation},
    tally::{Calls, Tally, Unacknowledged},
};

/// What became of the other calls of a visit.
struct Visits {
    raters: Arc<Raters>,
    applied: Tally,
    resolved: Tally,
    read: Tally,
    next: AtomicUsize,
}

/// Visits until the time is over.
pub(super) async fn run(
    raters: &Arc<Raters>,
    pace: Pace,
    span: Duration,
    stop: &Stop,
) -> Result<(PaceResult, Vec<Calls>), LoadError> {
    let visits = Arc::new(Visits {
        raters: Arc::clone(raters),
        applied: Tally::new("SubmitApplication")?,
        resolved: Tally::new("ResolveInvitation")?,
        read: Tally::new("GetRating")?,
        next: AtomicUsize::new(0),
    });
    let shared = Arc::clone(&visits);
    let call = move |caller, intended| {
        let visits = Arc::clone(&shared);
        async move {
            let visited = visits.visit(caller, intended).await;
            !visited.is_err_and(|why| why.perhaps)
        }
    };
    let driven = drive(pace, span, stop, call).await;
    let tallies = [&visits.applied, &visits.resolved, &raters.submitted, &visits.read];
    let calls = tallies.map(|tally| tally.figures(driven.began, driven.span));
    Ok((driven, calls.into()))
}

impl Visits {
    /// One visit; it ends with the first call that is not acknowledged. The visitor's first call
    /// counts from its intended start.
    async fn visit(&self, caller: usize, intended: Instant) -> Result<(), Unacknowledged> {
        let Raters { target, item, .. } = self.raters.as_ref();
        let channel = target.channel(caller);
        let applied = apply(target, channel.clone(), item).await;
        let applied = self.applied.count(intended, applied)?;
        // Only items that are settled on the spot are applied for.
        let Some(token) = invitation(applied) else { return Ok(()) };

        let mut client = RatingServiceClient::new(channel);
        let since = Instant::now();
        let request = ResolveInvitationRequest { token: token.to_string() };
        let shown = client.resolve_invitation(target.signed(request)).await;
        self.resolved.count(since, shown.map(Response::into_inner))?;

        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let receipt = self.raters.rate(caller, &token, number, Instant::now()).await?;

        let since = Instant::now();
        let request = GetRatingRequest { token: token.to_string(), rating_id: receipt.rating_id };
        let read = client.get_rating(target.signed(request)).await;
        self.read.count(since, read.map(Response::into_inner))?;
        Ok(())
    }
}
