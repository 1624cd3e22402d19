//! The trace something belongs to: read from the current span, written into a header or a fact (W3C
//! Trace Context), and read back. Only `traceparent` is passed on; `tracestate` and `baggage` carry
//! content of others, of any length, and nobody here needs them.

use std::{
    cell::Cell,
    fmt::{Debug, Write},
    sync::OnceLock,
};

use opentelemetry::{
    Context, KeyValue,
    trace::{
        FutureExt as _, Link, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _,
        TraceFlags, TraceId, TraceState,
    },
};
use opentelemetry_sdk::trace::{
    IdGenerator, RandomIdGenerator, Sampler, SamplingDecision, SamplingResult, ShouldSample,
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The name of the header and of a fact's field.
pub const TRACEPARENT: &str = "traceparent";
/// The length of a `traceparent` of version 00.
const LENGTH: usize = 55;

/// The context of the current span, sampled or not.
#[must_use]
pub fn current() -> Option<SpanContext> {
    let found = Context::map_current(|context| context.span().span_context().clone());
    found.is_valid().then_some(found)
}

/// Whether the current trace is sent: only then a span is worth its cost.
#[must_use]
pub fn is_sampled() -> bool {
    Context::map_current(|context| context.span().span_context().is_sampled())
}

/// The current trace as a fact carries it: empty unless it is sent.
#[must_use]
pub fn traceparent() -> String {
    if is_sampled() {
        current().map(|span| write(&span)).unwrap_or_default()
    } else {
        String::new()
    }
}

/// The trace of a span as a fact carries it: empty unless it is sent.
#[must_use]
pub fn traceparent_of(span: &Span) -> String {
    let sent = context_of(span).filter(SpanContext::is_sampled);
    sent.map(|span| write(&span)).unwrap_or_default()
}

fn write(span: &SpanContext) -> String {
    let flags = span.trace_flags() & TraceFlags::SAMPLED;
    format!("00-{}-{}-{flags:02x}", span.trace_id(), span.span_id())
}

/// Reads a `traceparent`; none if it is malformed.
#[must_use]
pub fn read(traceparent: &str) -> Option<SpanContext> {
    let hex = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'));
    let fixed = traceparent.get(..LENGTH)?;
    let mut parts = fixed.split('-');
    let (version, trace_id, span_id, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let lengths = [version, trace_id, span_id, flags].map(str::len) == [2, 32, 16, 2];
    let known = match (version, traceparent.as_bytes().get(LENGTH)) {
        ("ff", _) => false,
        (_, None) => true,
        // A later version's addition begins with a dash; version 00 adds nothing.
        (version, Some(next)) => version != "00" && *next == b'-',
    };
    if !(lengths && known && [version, trace_id, span_id, flags].into_iter().all(hex)) {
        return None;
    }
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?) & TraceFlags::SAMPLED;
    let (trace_id, span_id) = (TraceId::from_hex(trace_id).ok()?, SpanId::from_hex(span_id).ok()?);
    let span = SpanContext::new(trace_id, span_id, flags, true, TraceState::NONE);
    span.is_valid().then_some(span)
}

/// Makes a span the child of one elsewhere.
pub fn set_parent(span: &Span, parent: SpanContext) {
    // Fails only where nothing is traced.
    let _ = span.set_parent(Context::new().with_remote_span_context(parent));
}

/// The beginning of a request here, decided before there is a span: a span that is not sent costs
/// nearly as much as one that is.
pub(super) enum TraceStart {
    /// It is sent: below its parent, or as the root of the trace with this id.
    Sent(Result<SpanContext, TraceId>),
    /// It is not sent: these are its ids.
    Unsent(SpanContext),
}

/// How roots are sampled in this process; none if nothing is sent.
static ROOTS: OnceLock<Sampler> = OnceLock::new();

thread_local! {
    /// The id of the trace whose root comes next.
    static NEXT: Cell<Option<TraceId>> = const { Cell::new(None) };
}

impl TraceStart {
    pub(super) fn new(parent: Option<SpanContext>) -> Self {
        match (ROOTS.get(), parent) {
            (Some(_), Some(parent)) if parent.is_sampled() => Self::Sent(Ok(parent)),
            (None, parent) | (Some(_), parent @ Some(_)) => Self::unsent(parent),
            (Some(roots), None) => {
                let trace_id = RandomIdGenerator::default().new_trace_id();
                match samples(roots, trace_id) {
                    true => Self::Sent(Err(trace_id)),
                    false => Self::Unsent(unsent(trace_id)),
                }
            }
        }
    }

    pub(super) fn unsent(parent: Option<SpanContext>) -> Self {
        let fresh = || RandomIdGenerator::default().new_trace_id();
        Self::Unsent(unsent(parent.map_or_else(fresh, |parent| parent.trace_id())))
    }
}

fn unsent(trace_id: TraceId) -> SpanContext {
    let span_id = RandomIdGenerator::default().new_span_id();
    SpanContext::new(trace_id, span_id, TraceFlags::default(), false, TraceState::NONE)
}

fn samples(roots: &Sampler, trace_id: TraceId) -> bool {
    let result = roots.should_sample(None, trace_id, "", &SpanKind::Server, &[], &[]);
    result.decision == SamplingDecision::RecordAndSample
}

/// Begins the span of a request that is sent.
pub(super) fn begin(span: &Span, place: Result<SpanContext, TraceId>) {
    match place {
        Ok(parent) => set_parent(span, parent),
        Err(trace_id) => {
            NEXT.set(Some(trace_id));
            // Makes it, now.
            drop(span.context());
            NEXT.set(None);
        }
    }
}

/// Random ids, except for the trace that was decided before its root.
#[derive(Debug, Default)]
pub(super) struct Ids(RandomIdGenerator);

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        NEXT.take().unwrap_or_else(|| self.0.new_trace_id())
    }

    fn new_span_id(&self) -> SpanId {
        self.0.new_span_id()
    }
}

/// Does something as part of a trace whose span is elsewhere: its log lines carry the ids.
pub fn within<T>(traceparent: &str, act: impl FnOnce() -> T) -> T {
    let parent = read(traceparent).map(|span| Context::new().with_remote_span_context(span));
    let _attached = parent.map(Context::attach);
    act()
}

/// A future that continues after the call that began it was answered. It is part of the call's
/// trace, so that log lines and errors carry the id, but of no span, since that has ended.
pub fn carried<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let context = current().map(|span| Context::new().with_remote_span_context(span));
    future.with_context(context.unwrap_or_default())
}

/// Records in a span that it failed, and how.
pub fn fail(span: &Span, how: &'static str) {
    if !span.is_disabled() {
        span.set_status(Status::error(how));
    }
}

/// The context of a span; none if there is no tracing.
#[must_use]
pub fn context_of(span: &Span) -> Option<SpanContext> {
    if span.is_disabled() {
        return None;
    }
    Some(span.context().span().span_context().clone())
}

/// Links a span to another.
pub fn link(span: &Span, other: &SpanContext) {
    if !span.is_disabled() {
        span.add_link(other.clone());
    }
}

/// The beginning of a trace's id, enough to find it in a log.
#[must_use]
pub fn short(trace_id: &str) -> &str {
    trace_id.get(..8).unwrap_or(trace_id)
}

/// The name of a variant, and nothing of what it holds.
#[must_use]
pub fn variant(value: &impl Debug) -> String {
    struct Name(String);
    impl Write for Name {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            let end = text.find(|c: char| !c.is_alphanumeric());
            self.0.push_str(&text[..end.unwrap_or(text.len())]);
            // The part after the name is not even formatted.
            if end.is_some() { Err(std::fmt::Error) } else { Ok(()) }
        }
    }
    let mut name = Name(String::new());
    // The error only stops the formatting.
    let _ = write!(name, "{value:?}");
    name.0
}

/// Which traces are sent: those that began elsewhere if they are sent there, this share of those
/// that begin here (by the id alone), and those that begin here and link to one that is sent.
#[derive(Clone, Debug)]
pub(super) struct Sampling {
    roots: Sampler,
}

impl Sampling {
    pub(super) fn new(ratio: f64) -> Self {
        Self { roots: Sampler::TraceIdRatioBased(ratio) }
    }

    /// From now on traces begin in this process and are sent.
    pub(super) fn start(&self) {
        // Fails only if it was started before: then it already runs.
        let _ = ROOTS.set(self.roots.clone());
    }
}

impl ShouldSample for Sampling {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let parent_sampled = parent.and_then(|parent| {
            let span = parent.span();
            let span = span.span_context();
            span.is_valid().then(|| span.is_sampled())
        });
        let linked = || links.iter().any(|link| link.span_context.is_sampled());
        let sampler = match parent_sampled {
            Some(true) => &Sampler::AlwaysOn,
            Some(false) => &Sampler::AlwaysOff,
            None if linked() => &Sampler::AlwaysOn,
            None => &self.roots,
        };
        sampler.should_sample(parent, trace_id, name, kind, attributes, links)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_is_read_as_it_was_written_and_a_malformed_one_is_none() {
        let sent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let span = read(sent).unwrap();
        assert!(span.is_sampled() && span.is_remote());
        assert_eq!(write(&span), sent);
        let unsent = sent.replace("-01", "-00");
        assert_eq!(write(&read(&unsent).unwrap()), unsent);
        // Other flags than "sampled" have no meaning here, and a later version may add fields.
        assert_eq!(write(&read(&sent.replace("-01", "-ff")).unwrap()), sent);
        assert!(read(&format!("01{}-more", &sent[2..])).is_some());
        for wrong in [
            String::new(),
            "x".repeat(10_000),
            sent.to_uppercase(),
            sent[..54].to_owned(),
            format!("{sent}-more"),
            format!("{sent}0"),
            format!("ff{}", &sent[2..]),
            format!("01{}more", &sent[2..]),
            sent.replace("0af7", "+af7"),
            sent.replace('-', "_"),
            "评".repeat(19),
            "00-00000000000000000000000000000000-b7ad6b7169203331-01".to_owned(),
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01".to_owned(),
        ] {
            assert!(read(&wrong).is_none(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn what_goes_on_after_a_call_keeps_its_trace() {
        let sent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let task = within(sent, || tokio::spawn(carried(async { current() })));
        assert_eq!(task.await.unwrap(), read(sent));
        assert_eq!(tokio::spawn(carried(async { current() })).await.unwrap(), None);
    }

    #[test]
    fn a_variant_is_named_and_nothing_of_what_it_holds() {
        #[derive(Debug)]
        #[expect(dead_code, reason = "only its name is read")]
        enum Said {
            Nothing,
            Words(String),
            Field { name: &'static str },
        }
        assert_eq!(variant(&Said::Nothing), "Nothing");
        assert_eq!(variant(&Said::Words("示例姓名".to_owned())), "Words");
        assert_eq!(variant(&Said::Field { name: "13800000000" }), "Field");
    }

    #[test]
    fn roots_are_sampled_by_their_id_and_children_like_their_parents() {
        let sampled = |ratio: f64, parent: Option<&str>, trace_id: u128, linked: Option<&str>| {
            let parent = parent.and_then(read);
            let parent = parent.map(|span| Context::new().with_remote_span_context(span));
            let links: Vec<Link> =
                linked.and_then(read).map(Link::with_context).into_iter().collect();
            let kind = SpanKind::Internal;
            let id = TraceId::from(trace_id);
            let result =
                Sampling::new(ratio).should_sample(parent.as_ref(), id, "x", &kind, &[], &links);
            result.decision == SamplingDecision::RecordAndSample
        };
        let sent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let unsent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
        for trace_id in [1, u128::from(u64::MAX), u128::MAX, 1 << 100] {
            assert!(sampled(1.0, None, trace_id, None) && !sampled(0.0, None, trace_id, None));
            assert!(sampled(0.0, Some(sent), trace_id, None));
            assert!(!sampled(1.0, Some(unsent), trace_id, Some(sent)));
            assert!(sampled(0.0, None, trace_id, Some(sent)));
            assert!(!sampled(0.0, None, trace_id, Some(unsent)));
        }
        assert!(sampled(0.5, None, 1, None) && !sampled(0.5, None, u128::MAX, None));
    }
}
