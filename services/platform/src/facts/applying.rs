//! The span of an applied fact: a child of the request that the fact comes from, in whatever
//! process. Only a fact whose trace is sent has one, and only while the fact is new: a consumer
//! that catches up on years of facts would otherwise flood the collector with traces long closed.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proto::fact::v1::Fact;
use tracing::Span;

use crate::{
    facts::recorded_at,
    telemetry::{TARGET, trace},
};

/// How long a fact is new.
const NEWS: SignedDuration = SignedDuration::from_mins(10);

/// The spans of the facts applied in one transaction, by their positions.
#[derive(Default)]
pub(super) struct Applying(BTreeMap<u64, Span>);

impl Applying {
    /// The spans of facts that are applied now.
    pub(super) fn begin(facts: &[Fact], now: Timestamp) -> Self {
        let spans = facts.iter().filter_map(|fact| Some((fact.position, span(fact, now)?)));
        Self(spans.collect())
    }

    /// The trace of the facts written because of a fact.
    pub(super) fn traceparent(&self, position: u64) -> String {
        self.0.get(&position).map(trace::traceparent_of).unwrap_or_default()
    }

    /// Not applied: ends every span as failed.
    pub(super) fn end_as(&self, how: &'static str) {
        for span in self.0.values() {
            trace::fail(span, how);
        }
    }

    /// Ends the span of one fact as failed.
    pub(super) fn end_one_as(&self, position: u64, how: &'static str) {
        if let Some(span) = self.0.get(&position) {
            trace::fail(span, how);
        }
    }
}

fn span(fact: &Fact, now: Timestamp) -> Option<Span> {
    if fact.traceparent.is_empty() || now.duration_since(recorded_at(fact)) > NEWS {
        return None;
    }
    let parent = trace::read(&fact.traceparent).filter(|parent| parent.is_sampled())?;
    let kind = fact.body.as_ref().map(trace::variant).unwrap_or_default();
    let span = tracing::info_span!(
        target: TARGET,
        parent: None,
        "apply",
        otel.name = format!("apply {kind}"),
        otel.kind = "consumer",
        fact.producer = fact.producer,
        fact.position = fact.position.cast_signed()
    );
    trace::set_parent(&span, parent);
    Some(span)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::to_wire;

    #[test]
    fn only_news_of_a_trace_that_is_sent_has_a_span() {
        let now: Timestamp = "2026-03-02T01:00:00Z".parse().unwrap();
        let sent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let unsent = sent.replace("-01", "-00");
        let traced = |traceparent: &str, age: SignedDuration| {
            let recorded_at = Some(to_wire(now - age));
            let traceparent = traceparent.to_owned();
            let fact = Fact { traceparent, recorded_at, ..Fact::default() };
            Applying::begin(&[fact], now).0.len() == 1
        };
        assert!(traced(sent, SignedDuration::ZERO) && traced(sent, NEWS));
        assert!(!traced(sent, NEWS + SignedDuration::from_millis(1)), "a backfill");
        for nothing in ["", "00-x", &unsent] {
            assert!(!traced(nothing, SignedDuration::ZERO), "{nothing}");
        }
    }
}
