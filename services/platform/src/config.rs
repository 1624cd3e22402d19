//! Configuration: one TOML file parsed with spans, unknown keys refused, the environment laid over
//! it as `PINGYI__SECTION__KEY`. The only file that reads the environment.

use std::{fs, path::Path};

use domain::source::{Source, SourceError};
use serde::de::DeserializeOwned;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {file}: {source}")]
    Unreadable {
        /// The file.
        file: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The file is wrong, here.
    #[error(transparent)]
    File(#[from] SourceError),
    /// An environment variable is wrong.
    #[error("{names}: {reason}")]
    Environment {
        /// The variables laid over the file.
        names: String,
        /// What is wrong.
        reason: String,
    },
}

/// The variables of this process's environment that configure it.
#[must_use]
pub fn environment() -> Vec<(String, String)> {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    let all = std::env::vars();
    all.filter(|(name, _)| name.starts_with(PREFIX)).collect()
}

const PREFIX: &str = "PINGYI__";

/// Reads a configuration from an optional file and variables laid over it.
///
/// # Errors
/// [`ConfigError`]: names the file with line and reason, or the variable with the reason.
pub fn load<T: DeserializeOwned>(
    file: Option<&Path>,
    environment: &[(String, String)],
) -> Result<T, ConfigError> {
    let mut table = toml::Table::new();
    if let Some(path) = file {
        let file = path.display().to_string();
        let text = fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { file: file.clone(), source })?;
        let source = Source { file: &file, text: &text };
        // Parsed on its own first: only so a wrong key or value is told with its line.
        source.parse::<T>()?;
        table = source.parse()?;
    }
    for (name, value) in environment {
        lay_over(&mut table, name, value)?;
        T::deserialize(table.clone()).map_err(|error| ConfigError::Environment {
            names: name.clone(),
            reason: error.message().to_owned(),
        })?;
    }
    T::deserialize(table).map_err(|error| ConfigError::Environment {
        names: "configuration".to_owned(),
        reason: error.message().to_owned(),
    })
}

fn lay_over(table: &mut toml::Table, name: &str, value: &str) -> Result<(), ConfigError> {
    let path = name.trim_start_matches(PREFIX).to_lowercase();
    let mut keys: Vec<&str> = path.split("__").collect();
    let Some(last) = keys.pop() else {
        return Ok(());
    };
    let mut at = table;
    for key in keys {
        let entry = at.entry(key).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        at = entry.as_table_mut().ok_or_else(|| ConfigError::Environment {
            names: name.to_owned(),
            reason: format!("\"{key}\" is a value, not a section"),
        })?;
    }
    at.insert(last.to_owned(), scalar(value));
    Ok(())
}

/// A number or boolean is taken as such, anything else as text.
fn scalar(value: &str) -> toml::Value {
    let number = value.parse::<i64>().ok().map(toml::Value::Integer);
    let boolean = value.parse::<bool>().ok().map(toml::Value::Boolean);
    let digits = value.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let fraction = value.parse::<f64>().ok().filter(|_| digits).map(toml::Value::Float);
    number.or(boolean).or(fraction).unwrap_or_else(|| toml::Value::String(value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        listen: String,
        #[serde(default)]
        limits: Limits,
    }

    #[derive(Debug, Default, PartialEq, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Limits {
        queue: Option<u32>,
    }

    fn load_text(text: &str, environment: &[(&str, &str)]) -> Result<Sample, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pingyi.toml");
        fs::write(&path, text).unwrap();
        let environment: Vec<_> =
            environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        load(Some(&path), &environment)
            .map_err(|e| e.to_string().replace(&folder.path().display().to_string(), "."))
    }

    #[test]
    fn the_environment_is_laid_over_the_file() {
        let text = "listen = \"a\"\n[limits]\nqueue = 1\n";
        let sample = load_text(text, &[("PINGYI__LIMITS__QUEUE", "7")]).unwrap();
        assert_eq!(sample, Sample { listen: "a".into(), limits: Limits { queue: Some(7) } });
    }

    #[test]
    fn a_wrong_key_or_value_is_named_with_file_line_and_reason() {
        let unknown = load_text("listen = \"a\"\n[limits]\nqeue = 1\n", &[]).unwrap_err();
        assert!(unknown.starts_with("./pingyi.toml:3: unknown field `qeue`"), "{unknown}");
        let value = load_text("listen = \"a\"\n\n[limits]\nqueue = \"x\"\n", &[]).unwrap_err();
        assert!(value.starts_with("./pingyi.toml:4: invalid type"), "{value}");
        let missing = load_text("", &[]).unwrap_err();
        assert!(missing.contains("missing field `listen`"), "{missing}");
        let variable = load_text("listen = \"a\"", &[("PINGYI__LIMITS__QUEUE", "x")]).unwrap_err();
        assert!(variable.starts_with("PINGYI__LIMITS__QUEUE: invalid type"), "{variable}");
    }
}
