//! Citizens at the sample region's kiosk, over gRPC like anyone.

use domain::deadline::{day_of, end_of};
use pingyi::{demo::tokens::Tokens, roles::Role};
use platform::clock::Clock;
use proto::{
    intake::v1::{
        Case, FormEntry, SubmitApplicationRequest, SubmitRatingRequest, SubmitRatingResponse,
        case_service_client::CaseServiceClient, rating_service_client::RatingServiceClient,
    },
    r#type::v1::{Channel as RatingChannel, Level},
};
use tonic::{Code, Request, Status, transport::Channel};

use crate::{LOOK, PATIENCE, deployment::Deployment, until, within};

/// The sample item that is settled on the spot.
pub const ON_THE_SPOT: &str = "11652301PY6523035C4002014901000";

/// When a case that is served now may have been accepted: an hour ago, though not yesterday, because
/// what is settled on the spot is promised for the day it is accepted on.
///
/// # Panics
/// If the year 9999 is over.
pub fn accepted_before(now: jiff::Timestamp) -> jiff::Timestamp {
    let yesterday = day_of(now).yesterday().unwrap();
    let hour = jiff::SignedDuration::from_hours(1);
    (now - hour).max(end_of(yesterday).unwrap())
}

/// Puts a token into a request.
///
/// # Panics
/// If the token is no header.
pub fn signed<T>(message: T, token: &str) -> Request<T> {
    let mut request = Request::new(message);
    let bearer = format!("Bearer {token}").parse().expect("a token is a header");
    request.metadata_mut().insert("authorization", bearer);
    request
}

/// Someone who applies and rates.
#[derive(Clone)]
pub struct Citizens {
    channel: Channel,
    kiosk: String,
}

impl Citizens {
    /// Citizens of a deployment whose intake knows the catalog.
    ///
    /// # Panics
    /// If it never does.
    pub async fn of(deployment: &Deployment) -> Self {
        let citizens = Self::at(deployment.channel(Role::Intake), &deployment.tokens);
        until("intake knows the catalog", async || citizens.apply().await.is_ok()).await;
        citizens
    }

    /// Citizens at a kiosk connected to this intake.
    ///
    /// # Panics
    /// If no token can be signed.
    #[must_use]
    pub fn at(channel: Channel, tokens: &Tokens) -> Self {
        Self { channel, kiosk: tokens.kiosk().expect("a token") }
    }

    /// The same citizens over another connection.
    #[must_use]
    pub fn over(&self, channel: Channel) -> Self {
        Self { channel, kiosk: self.kiosk.clone() }
    }

    /// Applies for the item that is settled on the spot.
    ///
    /// # Errors
    /// What intake says.
    ///
    /// # Panics
    /// If the answer has no case.
    pub async fn apply(&self) -> Result<Case, Status> {
        self.apply_as(Clock::System.new_id().to_string()).await
    }

    /// The same under a request id of the caller's: however often it is sent, one case.
    ///
    /// # Errors
    /// What intake says.
    ///
    /// # Panics
    /// If the answer has no case.
    pub async fn apply_as(&self, request_id: String) -> Result<Case, Status> {
        let entry = |field_id: &str, value: &str| FormEntry {
            field_id: field_id.to_owned(),
            value: value.to_owned(),
        };
        let request = SubmitApplicationRequest {
            request_id,
            item_code: ON_THE_SPOT.to_owned(),
            entries: vec![
                entry("applicant_name", "示例办事人"),
                entry("applicant_phone", "13800000000"),
                entry("applicant_id", "11010519491231002X"),
                entry("insurance_kind", "全部险种"),
            ],
            ..SubmitApplicationRequest::default()
        };
        let mut client = CaseServiceClient::new(self.channel.clone());
        let answer = client.submit_application(signed(request, &self.kiosk)).await?;
        Ok(answer.into_inner().case.expect("an accepted case"))
    }

    /// The token of a fresh invitation.
    ///
    /// # Panics
    /// If there is none.
    pub async fn invitation(&self) -> String {
        let case = self.apply().await.expect("the application is accepted");
        case.invitation.expect("settled on the spot").token
    }

    /// Rates once, as the kiosk sends it.
    ///
    /// # Errors
    /// What intake says.
    pub async fn rate(&self, request: SubmitRatingRequest) -> Result<SubmitRatingResponse, Status> {
        let mut client = RatingServiceClient::new(self.channel.clone());
        client.submit_rating(signed(request, &self.kiosk)).await.map(tonic::Response::into_inner)
    }

    /// Rates until it is acknowledged, with the same request each time, as the kiosk does.
    ///
    /// # Panics
    /// If it is refused for good.
    pub async fn rate_until_acknowledged(&self, request: SubmitRatingRequest) -> String {
        let asking = async {
            loop {
                match self.rate(request.clone()).await {
                    Ok(receipt) => return receipt.rating_id,
                    Err(status) => {
                        let passing = [Code::Unavailable, Code::ResourceExhausted, Code::Unknown];
                        assert!(passing.contains(&status.code()), "{status:?}");
                        tokio::time::sleep(LOOK).await;
                    }
                }
            }
        };
        within("the rating is acknowledged", PATIENCE, asking).await
    }
}

/// A rating as the kiosk sends it.
#[must_use]
pub fn rating(token: &str, level: Level) -> SubmitRatingRequest {
    SubmitRatingRequest {
        request_id: Clock::System.new_id().to_string(),
        token: token.to_owned(),
        level: level.into(),
        channel: RatingChannel::Kiosk.into(),
        ..SubmitRatingRequest::default()
    }
}
