//! Decides about what the figures proposed (T12, T13, T19).

use platform::auth::Authority;
use proto::ticketing::v1::{DecideFocusProposalRequest, DecideFocusProposalResponse};

use crate::{app::focus::proposal, error::Error, state::Ticketing};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Authority,
    request: DecideFocusProposalRequest,
) -> Result<DecideFocusProposalResponse, Error> {
    let proposal = proposal::decide(ticketing, &caller, request).await?;
    Ok(DecideFocusProposalResponse { proposal: Some(proposal) })
}

#[cfg(test)]
mod tests;
