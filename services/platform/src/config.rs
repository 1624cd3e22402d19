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
/// The text shown in place of a refused value.
const STAND_IN: &str = "…";

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
        // Parsed alone first, so that a wrong key or value is reported with its line.
        source.parse::<T>()?;
        table = source.parse()?;
    }
    for (name, value) in environment {
        table = overlaid::<T>(&table, name, value)?;
    }
    T::deserialize(table).map_err(|error| ConfigError::Environment {
        names: "configuration".to_owned(),
        reason: error.message().to_owned(),
    })
}

/// The table with a variable laid over it; the value becomes the number, boolean or text that fits.
fn overlaid<T: DeserializeOwned>(
    table: &toml::Table,
    name: &str,
    value: &str,
) -> Result<toml::Table, ConfigError> {
    let text = || toml::Value::String(value.to_owned());
    for meant in scalar(value).into_iter().chain([text()]) {
        let table = lay_over(table.clone(), name, meant)?;
        if T::deserialize(table.clone()).is_ok() {
            return Ok(table);
        }
    }
    // The value may be a secret: the reason is given for another value in its place.
    let probe = lay_over(table.clone(), name, toml::Value::String(STAND_IN.to_owned()))?;
    let reason = match T::deserialize(probe) {
        Err(error) => error.message().to_owned(),
        Ok(_) => "its value is refused".to_owned(),
    };
    Err(ConfigError::Environment { names: name.to_owned(), reason })
}

fn lay_over(
    mut table: toml::Table,
    name: &str,
    value: toml::Value,
) -> Result<toml::Table, ConfigError> {
    let path = name.trim_start_matches(PREFIX).to_lowercase();
    let mut keys: Vec<&str> = path.split("__").collect();
    let Some(last) = keys.pop() else {
        return Ok(table);
    };
    let mut at = &mut table;
    for key in keys {
        let entry = at.entry(key).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        at = entry.as_table_mut().ok_or_else(|| ConfigError::Environment {
            names: name.to_owned(),
            reason: format!("\"{key}\" is a value, not a section"),
        })?;
    }
    at.insert(last.to_owned(), value);
    Ok(table)
}

/// The number or boolean that a value looks like.
fn scalar(value: &str) -> Option<toml::Value> {
    let number = value.parse::<i64>().ok().map(toml::Value::Integer);
    let boolean = value.parse::<bool>().ok().map(toml::Value::Boolean);
    let digits = value.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let fraction = value.parse::<f64>().ok().filter(|_| digits).map(toml::Value::Float);
    number.or(boolean).or(fraction)
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
        ratio: Option<f64>,
        strict: Option<bool>,
        word: Option<Word>,
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(try_from = "String")]
    struct Word(String);

    impl TryFrom<String> for Word {
        type Error = String;

        fn try_from(text: String) -> Result<Self, String> {
            match text.bytes().all(|byte| byte.is_ascii_digit()) {
                true => Err(format!("{text} is no word")),
                false => Ok(Self(text)),
            }
        }
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
        let limits = Limits { queue: Some(7), ..Limits::default() };
        assert_eq!(sample, Sample { listen: "a".into(), limits });
    }

    #[test]
    fn a_variable_is_what_is_wanted_there_and_a_text_of_digits_stays_as_it_was_written() {
        let numbers = [
            ("PINGYI__LIMITS__QUEUE", "7"),
            ("PINGYI__LIMITS__RATIO", "0.5"),
            ("PINGYI__LIMITS__STRICT", "true"),
        ];
        for text in ["12345", "007", "+8613800000000", "0.10", "1.", "true", "99999999999999999999"]
        {
            let variables = [numbers.as_slice(), &[("PINGYI__LISTEN", text)]].concat();
            let sample = load_text("listen = \"a\"", &variables).unwrap();
            let limits =
                Limits { queue: Some(7), ratio: Some(0.5), strict: Some(true), word: None };
            assert_eq!(sample, Sample { listen: text.into(), limits });
        }
        let whole = load_text("listen = \"a\"", &[("PINGYI__LIMITS__RATIO", "1")]).unwrap();
        assert_eq!(whole.limits.ratio, Some(1.0));
    }

    #[test]
    fn s01_a_refused_variable_is_named_and_its_value_never_repeated() {
        let at = |name: &str, value: &str| {
            let refused = load_text("listen = \"a\"", &[(name, value)]).unwrap_err();
            assert!(refused.starts_with(&format!("{name}: ")), "{refused}");
            assert!(!refused.contains(value), "{refused}");
            refused
        };
        for secret in ["8642097531", "-8642097531", "864.209", "hunter2\", expected b", "true"] {
            let refused = at("PINGYI__LIMITS__QUEUE", secret);
            assert!(refused.ends_with("expected u32"), "and what is wanted is: {refused}");
            at("PINGYI__LISTEN__PASSWORD", secret);
            at("PINGYI__LIMITS__SECRET", secret);
        }
        let refused = at("PINGYI__LIMITS__WORD", "8642097531");
        assert!(refused.ends_with("its value is refused"), "{refused}");
        let unknown = at("PINGYI__LIMITS__QEUE", "8642097531");
        assert!(unknown.contains("unknown field `qeue`"), "{unknown}");
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
