//! Other issuers of access tokens: identity platforms.

use std::{collections::BTreeMap, path::PathBuf};

use domain::codes::RegionCode;
use platform::auth::{About, ClaimNames, Issuer, KeySource, Kind};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::Settings;

/// An issuer of access tokens, and what it may vouch for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerSettings {
    /// Its name, as its tokens say it (`iss`).
    pub issuer: String,
    /// What its tokens call this installation (`aud`).
    #[serde(default = "audience")]
    pub audience: String,
    /// Its public keys: `https://…` of a JWKS, or a file with one.
    pub jwks: String,
    /// The authorities to know its address by, in PEM; absent: the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<PathBuf>,
    /// The regions (GB/T 2260) whose officers and installations it may vouch for, with those below.
    #[serde(default, deserialize_with = "regions")]
    pub regions: Vec<String>,
    /// The agencies whose officers and systems it may vouch for, by id, or by how ids begin (`…*`).
    #[serde(default)]
    pub agencies: Vec<String>,
    /// The kinds of caller that it may vouch for, each with the word that its tokens have for it.
    pub kinds: BTreeMap<Kind, String>,
    /// What it calls its claims.
    #[serde(default)]
    pub claims: ClaimNames,
}

fn audience() -> String {
    "pingyi".to_owned()
}

fn regions<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let codes = Vec::<String>::deserialize(deserializer)?;
    for code in &codes {
        RegionCode::parse(code).map_err(D::Error::custom)?;
    }
    Ok(codes)
}

impl Settings {
    /// The issuers that are trusted beside the installation's own keys.
    ///
    /// # Errors
    /// Names the issuer, and what is wrong or cannot be read.
    pub fn trusted_issuers(&self) -> Result<Vec<Issuer>, String> {
        let mut issuers: Vec<Issuer> = Vec::new();
        for settings in &self.issuers {
            let name = &settings.issuer;
            let wrong = |why: String| format!("issuers, {name}: {why}");
            if issuers.iter().any(|known| known.name() == name) {
                return Err(wrong("is named twice".to_owned()));
            }
            let jwks = settings.jwks.clone();
            let source = match jwks.starts_with("https://") || jwks.starts_with("http://") {
                true => KeySource::Address { url: jwks, ca: settings.ca.clone() },
                false => KeySource::File(jwks.into()),
            };
            let regions = settings.regions.iter().map(|code| RegionCode::parse(code));
            let regions =
                regions.collect::<Result<_, _>>().map_err(|why| wrong(why.to_string()))?;
            let issuer = Issuer::new(About {
                name: name.clone(),
                audience: settings.audience.clone(),
                source,
                kinds: settings.kinds.clone(),
                regions,
                agencies: settings.agencies.clone(),
                claims: settings.claims.clone(),
            });
            issuers.push(issuer.map_err(|why| wrong(why.to_string()))?);
        }
        Ok(issuers)
    }
}

#[cfg(test)]
mod tests {
    use platform::config::load;

    use super::*;

    const ISSUER: &str = "[[issuers]]\nissuer = 'https://id'\njwks = 'https://id/jwks'\n";

    fn read(text: &str) -> Result<Settings, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pingyi.toml");
        std::fs::write(&file, text).unwrap();
        load::<Settings>(Some(&file), &[]).map_err(|error| error.to_string())
    }

    #[test]
    fn s04_an_issuer_is_read_with_its_words_and_a_wrong_one_is_named() {
        let kinds = "regions = ['652301']\nagencies = ['652301-*']\n[issuers.kinds]\n\
                     handler = 'OFFICER'\n";
        let whole = format!("{ISSUER}{kinds}[issuers.claims]\nagency = 'orgCode'\n");
        let settings = read(&whole).unwrap();
        assert_eq!(settings.issuers[0].claims.agency, "orgCode");
        assert_eq!(settings.issuers[0].claims.id, "sub");
        assert_eq!(settings.trusted_issuers().map(|issuers| issuers.len()), Ok(1));
        assert_eq!(toml::from_str::<Settings>(&settings.print().unwrap()).unwrap(), settings);
        let twice = read(&format!("{whole}{whole}")).unwrap().trusted_issuers();
        assert_eq!(twice.map(drop), Err("issuers, https://id: is named twice".to_owned()));
        let unsaid = format!("{ISSUER}[issuers.kinds]\nauthority = 'a'");
        let unsaid = read(&unsaid).unwrap().trusted_issuers().map(drop).unwrap_err();
        assert!(unsaid.contains("regions is missing"), "{unsaid}");
        let unsaid = whole.replace("agencies = ['652301-*']\n", "");
        let unsaid = read(&unsaid).unwrap().trusted_issuers().map(drop).unwrap_err();
        assert!(unsaid.contains("agencies is missing"), "{unsaid}");
        let lost = whole.replace("'https://id/jwks'", "'/nowhere.json'");
        let lost = read(&lost).unwrap().trusted_issuers().map(drop).unwrap_err();
        assert!(lost.contains("https://id: /nowhere.json: No such file"), "{lost}");
        for (text, said) in [
            (format!("{ISSUER}[issuers.kinds]\npeer = 'p'"), "unknown variant `peer`"),
            (format!("{ISSUER}regions = ['6523']\n[issuers.kinds]"), ":4: "),
            (format!("{ISSUER}kind = 'x'"), ":4: unknown field `kind`"),
            (ISSUER.to_owned(), "missing field `kinds`"),
        ] {
            let refused = read(&text).unwrap_err();
            assert!(refused.contains(said), "{refused}");
        }
    }
}
