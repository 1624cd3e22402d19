//! What is said of a caller, in a token or by the certificate of a connection.

use std::fmt;

use domain::rating::RaterKind;
use serde::{Deserialize, Serialize};

/// The claims of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Audience.
    pub aud: String,
    /// The caller's identity.
    pub sub: String,
    /// Valid until, in seconds since 1970.
    pub exp: i64,
    /// When it was signed, likewise; tokens of before 2026-11-30 do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// The token's own id, by which it can be revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// The serial number of the certificate that says all this, in hexadecimal digits; none in a
    /// token, whatever it says.
    #[serde(skip)]
    pub certificate: Option<String>,
    /// What the caller is.
    #[serde(flatten)]
    pub caller: Caller,
}

/// Claims whose token was verified: what principals are made of. Only the gate makes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedClaims(pub(super) Claims);

#[cfg(any(test, feature = "testing"))]
impl VerifiedClaims {
    /// For the tests of handlers; `platform::testing` hands it out.
    pub(crate) fn for_test(sub: &str, caller: Caller) -> Self {
        let (aud, sub) = (String::new(), sub.to_owned());
        Self(Claims { aud, sub, exp: 0, iat: None, jti: None, certificate: None, caller })
    }

    /// The same, by a certificate with this serial number.
    pub(crate) fn with_certificate(self, serial: &str) -> Self {
        Self(Claims { certificate: Some(serial.to_owned()), ..self.0 })
    }
}

/// What a caller is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Caller {
    /// A registered terminal.
    Terminal,
    /// A government system, acting for one agency.
    System {
        /// The agency.
        agency: String,
    },
    /// An officer of a handling agency.
    Handler {
        /// Region.
        region: String,
        /// The agency.
        agency: String,
    },
    /// An officer of a region's Authority.
    Authority {
        /// Region.
        region: String,
    },
    /// Who releases what a region's Authority publishes (发布员).
    Publisher {
        /// Region.
        region: String,
    },
    /// Who reads the audit of a region, and nothing else (安全审计员).
    Auditor {
        /// Region.
        region: String,
    },
    /// Who runs the installation and its terminals for a region (系统管理员).
    SystemAdministrator {
        /// Region.
        region: String,
    },
    /// Who stops what must not act any more in a region (安全管理员).
    SecurityAdministrator {
        /// Region.
        region: String,
    },
    /// A citizen or an organisation, known to the region's identity platform (统一身份认证).
    Citizen {
        /// What they are.
        rater: RaterKind,
        /// Their identity number or unified social credit code.
        number: PersonDatum,
    },
    /// A gateway that hands over citizens' answers: of SMS, or of the hotline's voice menu.
    Messenger,
    /// A peer service.
    Peer,
    /// The installation of a lower region, which reports here (下级平台).
    Deployment {
        /// The region.
        region: String,
    },
}

/// A person's datum in transit: no log and no message shows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonDatum(pub String);

impl fmt::Debug for PersonDatum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
