//! Sends metrics to the collector (OTLP over gRPC), which takes spans too. Nobody waits for it: what it does not
//! take is in the next report, since everything is counted from the start.

use std::time::Duration;

use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, metrics_service_client::MetricsServiceClient,
};
use opentelemetry_sdk::metrics::{data::ResourceMetrics, reader::MetricReader as _};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tonic::transport::{Channel, Endpoint};

use super::{Export, Metrics};
use crate::{stop::Stop, telemetry::outbox::ANSWER};

/// How often they are sent.
const EVERY: Duration = Duration::from_secs(30);
/// How long sending the last may take when the process ends.
const LAST: Duration = Duration::from_secs(2);

impl Metrics {
    /// Sends until the process stops, and once more then.
    pub async fn send(self, to: Export, stop: Stop) {
        let to_collector = |to: Endpoint| to.timeout(ANSWER).connect_timeout(ANSWER);
        let collector = match to.clients.channel(&to.endpoint, to_collector) {
            Ok(collector) => collector,
            // Never in the clear, and never for an address that the configuration accepts.
            Err(error) => {
                tracing::error!(error = %error, "no metrics are sent");
                return;
            }
        };
        let mut client = MetricsServiceClient::new(collector);
        let mut tick = interval(EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // At once there is nothing to tell.
        tick.tick().await;
        let mut arrived = true;
        while !stop.is_stopped() {
            let within = tokio::select! {
                _ = tick.tick() => ANSWER,
                () = stop.stopped() => LAST,
            };
            let why = match timeout(within, self.send_once(&mut client)).await {
                Ok(Ok(())) => None,
                Ok(Err(why)) => Some(why),
                Err(_) => Some("the collector does not answer".to_owned()),
            };
            if let Some(reason) = why.as_deref().filter(|_| arrived) {
                tracing::warn!(reason, "metrics were not delivered");
            }
            arrived = why.is_none();
        }
    }

    async fn send_once(&self, client: &mut MetricsServiceClient<Channel>) -> Result<(), String> {
        self.refresh().await;
        let mut metrics = ResourceMetrics::default();
        self.0.sent.collect(&mut metrics).map_err(|error| error.to_string())?;
        let sent = client.export(ExportMetricsServiceRequest::from(&metrics)).await;
        let sent = sent.map_err(|status| format!("{:?}: {}", status.code(), status.message()))?;
        match sent.into_inner().partial_success {
            Some(partial) if partial.rejected_data_points > 0 => Err(partial.error_message),
            _ => Ok(()),
        }
    }
}
