//! The window of an evaluator over gRPC.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use domain::case::Stage;
use proto::{
    catalog::v1::{
        GetTerminalConfigurationRequest, GetUnitRequest,
        organization_service_client::OrganizationServiceClient,
        terminal_service_client::TerminalServiceClient,
    },
    intake::v1::{
        AtWindow, GetWindowCodeRequest, WatchWindowRequest, WatchWindowResponse,
        rating_service_client::RatingServiceClient,
    },
    r#type::v1 as shared,
};
use tokio_stream::Stream;
use tonic::{Status, Streaming};
use tonic_types::StatusExt as _;

use super::{
    tonic::{Gateway, PATIENCE, failure},
    wire::micros,
};
use crate::{
    ports::Failure,
    window::{Lost, Matter, Place, Window},
};

/// What the services say of a window.
#[derive(Debug)]
pub struct Matters(Streaming<WatchWindowResponse>);

impl Stream for Matters {
    type Item = Result<Option<Matter>, Lost>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = ready!(Pin::new(&mut self.0).poll_next(context));
        Poll::Ready(next.map(|said| match said {
            Ok(said) => Ok(said.to_rate.and_then(matter)),
            Err(status) => Err(lost(&status)),
        }))
    }
}

impl Window for Gateway {
    type Shown = Matters;

    async fn watch(&self) -> Result<Matters, Lost> {
        let watched = self.call(WatchWindowRequest {}, None, |request| {
            let mut client = RatingServiceClient::new(self.channel());
            async move { client.watch_window(request).await }
        });
        watched.await.map(Matters).map_err(|status| lost(&status))
    }

    async fn place(&self) -> Option<Place> {
        let message = GetTerminalConfigurationRequest {};
        let configured = self.ask(message, Some(PATIENCE), |request| {
            let mut client = TerminalServiceClient::new(self.channel());
            async move { client.get_terminal_configuration(request).await }
        });
        let unit_id = configured.await.ok()?.configuration?.window_id;
        let message = GetUnitRequest { unit_id, on: String::new() };
        let unit = self.ask(message, Some(PATIENCE), |request| {
            let mut client = OrganizationServiceClient::new(self.channel());
            async move { client.get_unit(request).await }
        });
        let window = unit.await.ok()?.unit?.name;
        let coded = self.ask(GetWindowCodeRequest::default(), Some(PATIENCE), |request| {
            let mut client = RatingServiceClient::new(self.channel());
            async move { client.get_window_code(request).await }
        });
        Some(Place { window, code: coded.await.ok()?.code })
    }
}

/// A matter that can be rated; none without its invitation.
fn matter(shown: AtWindow) -> Option<Matter> {
    let stage = match shown.stage() {
        shared::Stage::Acceptance => Stage::Acceptance,
        shared::Stage::Approval => Stage::Approval,
        shared::Stage::Issuance => Stage::Issuance,
        // One of a later version has been completed in some way.
        shared::Stage::Completion | shared::Stage::Unspecified => Stage::Completion,
    };
    Some(Matter {
        token: shown.invitation?.token,
        item_name: shown.item_name,
        stage,
        served_at: shown.served_at.map(micros).unwrap_or_default(),
    })
}

fn lost(status: &Status) -> Lost {
    let details = status.get_error_details();
    match (details.error_info().map(|info| info.reason.as_str()), failure(status)) {
        (Some("NO_WINDOW"), _) => Lost::NoWindow,
        (Some("WATCHED_ELSEWHERE"), _) => Lost::Elsewhere,
        (_, Failure::NotAdmitted) => Lost::NotAdmitted,
        // Services of another version, too: they may be replaced.
        (_, Failure::Away | Failure::Refused { .. }) => Lost::Away,
    }
}
