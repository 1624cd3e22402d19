//! Keeps facts of a lower installation, in order; the last place kept is the receipt.

use domain::violation::Violations;
use platform::{auth::Deployment, facts::history::Place};
use proto::exchange::v1::{PushFactsRequest, PushFactsResponse};
use uuid::Uuid;

use crate::{
    app::exchange::{
        keep::{Batch, keep},
        lane::named,
    },
    convert::exchange::brought,
    error::Error,
    state::Publication,
};

/// How many facts a request has at most.
pub(crate) const MAX_FACTS: usize = 500;

pub(crate) async fn run(
    publication: &Publication,
    caller: Deployment,
    request: PushFactsRequest,
) -> Result<PushFactsResponse, Error> {
    let mut wrong = Violations::default();
    let lane = named(&mut wrong, &request.origin, request.producer.clone());
    let position = i64::try_from(request.after).map_err(|_| "is too large");
    let position = wrong.take("after", position).unwrap_or_default();
    let id = |text: &str| match text {
        "" => Ok(None),
        text => text.parse::<Uuid>().map(Some).map_err(|_| "is no UUID"),
    };
    let fact_id = wrong.take("after_id", id(&request.after_id)).flatten();
    wrong.require(fact_id.is_some() == (position > 0), "after_id", "belongs to a position");
    let withdraws = wrong.take("withdraws", id(&request.withdraws)).flatten();
    wrong.require(request.facts.len() <= MAX_FACTS, "facts", "are more than 500");
    // Each is read only if there are not too many.
    wrong.finish(())?;
    let mut wrong = Violations::default();
    let facts = brought(&mut wrong, &request.producer, position, request.facts);
    wrong.finish(())?;
    let (key, region) = lane.of(&caller, publication.region.as_ref())?;
    let after = Place { position, fact_id: fact_id.unwrap_or_default() };
    let batch = Batch { after, facts, withdraws, region: Some(region) };
    let now = publication.shell.clock.now();
    let kept = keep(&publication.store, &key, batch, now).await?;
    let fact_id = if kept.position == 0 { String::new() } else { kept.fact_id.to_string() };
    Ok(PushFactsResponse { position: kept.position.unsigned_abs(), fact_id })
}

#[cfg(test)]
mod tests;
