//! What was signed: a line for each token, beside the key. It holds no token, so who reads it can be
//! nobody.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use platform::{
    auth::{Caller, Claims},
    private,
};
use serde::{Deserialize, Serialize};

use super::TokenError;
use crate::columns::write_rows;

/// A token that was signed.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Entry {
    id: String,
    sub: String,
    kind: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    region: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    agency: String,
    signed: String,
    expires: String,
}

impl Entry {
    pub(super) fn of(claims: &Claims) -> Self {
        let (kind, region, agency) = match &claims.caller {
            Caller::Terminal => ("terminal", "", ""),
            Caller::System { agency } => ("system", "", agency.as_str()),
            Caller::Handler { region, agency } => ("handler", region.as_str(), agency.as_str()),
            Caller::Authority { region } => ("authority", region.as_str(), ""),
            // A citizen's number is not for any list.
            Caller::Citizen { .. } => ("citizen", "", ""),
            Caller::Messenger => ("messenger", "", ""),
            Caller::Peer => ("peer", "", ""),
            Caller::Publisher { region } => ("publisher", region.as_str(), ""),
            Caller::Auditor { region } => ("auditor", region.as_str(), ""),
            Caller::SystemAdministrator { region } => ("system_administrator", region.as_str(), ""),
            Caller::SecurityAdministrator { region } => {
                ("security_administrator", region.as_str(), "")
            }
            Caller::Deployment { region } => ("deployment", region.as_str(), ""),
        };
        let at = |seconds| Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX).to_string();
        Self {
            id: claims.jti.clone().unwrap_or_default(),
            sub: claims.sub.clone(),
            kind: kind.to_owned(),
            region: region.to_owned(),
            agency: agency.to_owned(),
            signed: at(claims.iat.unwrap_or_default()),
            expires: at(claims.exp),
        }
    }
}

/// Where it is: beside the key.
pub(super) fn beside(signing_key: &Path) -> PathBuf {
    signing_key.with_file_name("tokens.jsonl")
}

/// Adds a token.
pub(super) fn add(register: &Path, entry: &Entry) -> Result<(), TokenError> {
    let failed = |source| TokenError::File { path: register.to_owned(), source };
    let line = serde_json::to_string(entry).map_err(|error| failed(error.into()))?;
    private::keep(register).map_err(failed)?;
    let mut file = OpenOptions::new().append(true).open(register).map_err(failed)?;
    file.write_all(format!("{line}\n").as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}

/// Writes those that have not expired, in the order in which they were signed.
pub(super) fn list(
    register: &Path,
    now: Timestamp,
    out: &mut impl Write,
) -> Result<(), TokenError> {
    let failed = |source| TokenError::File { path: register.to_owned(), source };
    let text = fs::read_to_string(register).map_err(failed)?;
    let heads = ["id", "kind", "who", "region", "agency", "signed", "expires"];
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    for line in text.lines() {
        let entry: Entry = serde_json::from_str(line).map_err(|error| failed(error.into()))?;
        // What cannot be read is shown rather than hidden.
        if entry.expires.parse::<Timestamp>().is_ok_and(|expires| expires <= now) {
            continue;
        }
        let Entry { id, kind, sub, region, agency, signed, expires } = entry;
        rows.push(vec![id, kind, sub, region, agency, signed, expires]);
    }
    Ok(write_rows(&rows, out)?)
}
