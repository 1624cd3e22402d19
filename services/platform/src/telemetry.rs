//! What a process says about itself: structured logs, on standard error.

use tracing_subscriber::{EnvFilter, fmt};

/// How logs look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// One JSON object a line.
    #[default]
    Json,
    /// For people.
    Text,
}

/// Whether `level` is a level or filter that logging can start with.
#[must_use]
pub fn is_level(level: &str) -> bool {
    EnvFilter::try_new(level).is_ok()
}

/// Starts logging at `level` and above; a second call changes nothing.
pub fn init(format: LogFormat, level: &str) {
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    let logs = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Fails only if logging was started before, as in tests: then it already runs.
    let _ = match format {
        LogFormat::Json => logs.json().try_init(),
        LogFormat::Text => logs.try_init(),
    };
}
