//! Log lines with the ids of the trace they belong to.

use std::fmt::Result;

use tracing::{Event, Subscriber};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormatFields,
        format::{Format, Full, Json as JsonFormat, Writer},
        time::SystemTime,
    },
    registry::LookupSpan,
};

use super::trace;

/// One JSON object a line; `trace_id` and `span_id` come first.
pub(super) struct Json(pub(super) Format<JsonFormat, SystemTime>);

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> Result {
        let Some(span) = trace::current() else {
            return self.0.format_event(context, writer, event);
        };
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        let (trace_id, span_id) = (span.trace_id(), span.span_id());
        let rest = line.strip_prefix('{').unwrap_or(&line);
        write!(writer, "{{\"trace_id\":\"{trace_id}\",\"span_id\":\"{span_id}\",{rest}")
    }
}

/// For people: the line begins with the first eight digits of the trace's id.
pub(super) struct Text(pub(super) Format<Full, SystemTime>);

impl<S, N> FormatEvent<S, N> for Text
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> Result {
        if let Some(span) = trace::current() {
            write!(writer, "[{}] ", trace::short(&span.trace_id().to_string()))?;
        }
        self.0.format_event(context, writer, event)
    }
}
