//! Who calls (design: Callers). A handler takes a typed principal. Only this file can make one, and
//! only from a verified token, so a handler can neither forge it nor forget it.

mod certificate;
mod claims;
mod gate;
mod invitation;
mod issuer;
mod office;
pub mod revocation;
mod signer;
mod streams;

use domain::{codes::RegionCode, profile::Office, rating::RaterKind};

pub use certificate::certificate_uri;
pub(crate) use certificate::mark;
pub use claims::{Caller, Claims, PersonDatum, VerifiedClaims};
pub use gate::Gate;
pub use invitation::{Forged, Invitations, WindowCodes};
pub use issuer::{About, ClaimNames, Issuer, IssuerError, KeySource, Kind};
pub use office::{Auditor, Guardian, Insider, Operator, Publisher, Watch};
pub use signer::{PeerToken, Signer};

use crate::status::Failure;

/// A registered terminal (自助服务终端).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terminal {
    id: String,
    certificate: Option<String>,
}

impl Terminal {
    /// Its identity in the catalog.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The serial number of the certificate it comes with, in hexadecimal digits; none if it comes
    /// with a token.
    #[must_use]
    pub fn certificate(&self) -> Option<&str> {
        self.certificate.as_deref()
    }
}

/// A government system acting for one agency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    id: String,
    agency: String,
}

impl System {
    /// Its identity.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The agency it acts for.
    #[must_use]
    pub fn agency(&self) -> &str {
        &self.agency
    }
}

/// An officer who works on tickets, with what they may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Officer {
    id: String,
    region: RegionCode,
    agency: Option<String>,
}

impl Officer {
    /// The officer's identity, never a rater's.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The region they work in, in its shortest form.
    #[must_use]
    pub fn region(&self) -> &str {
        self.region.as_str()
    }

    /// The same region, parsed.
    #[must_use]
    pub fn region_code(&self) -> &RegionCode {
        &self.region
    }

    /// The agency whose tickets they see; none for the Authority, which sees its region's.
    #[must_use]
    pub fn agency(&self) -> Option<&str> {
        self.agency.as_deref()
    }

    /// Whether a region is the one they work in, or below it.
    #[must_use]
    pub fn reaches(&self, region: &str) -> bool {
        let theirs = |code: RegionCode| {
            code == self.region || code.ancestors().any(|above| above == self.region)
        };
        RegionCode::parse(region).is_ok_and(theirs)
    }

    /// Whether they belong to a region: it is the one they work in, or above it.
    #[must_use]
    pub fn is_of(&self, region: &str) -> bool {
        let of = |code: RegionCode| {
            code == self.region || self.region.ancestors().any(|above| above == code)
        };
        RegionCode::parse(region).is_ok_and(of)
    }

    /// The office they act for.
    #[must_use]
    pub fn office(&self) -> Office {
        if self.agency.is_some() { Office::HandlingAgency } else { Office::Authority }
    }
}

/// An officer of a region's Authority (政务服务管理机构).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority(Officer);

impl Authority {
    /// The officer.
    #[must_use]
    pub fn officer(&self) -> &Officer {
        &self.0
    }
}

/// Who may have the code of a window: an officer, or a terminal, which stands at one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeHolder {
    /// An officer.
    Officer(Officer),
    /// A terminal.
    Terminal(Terminal),
}

/// Someone who works here: an officer, or a government system. For what is not public.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Colleague(());

/// Any caller, and which officer if they are one: for data that are public except the names of
/// persons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    officer: Option<Officer>,
}

impl Reader {
    /// Whether they may see the names of persons who serve in a region: only its officers.
    #[must_use]
    pub fn sees_persons_of(&self, region: &str) -> bool {
        self.officer.as_ref().is_some_and(|officer| officer.reaches(region))
    }
}

/// Someone who may rate if they hold an invitation: a visitor at a terminal or anyone at home.
/// Staff, an agency's system or a peer may not, even with a token (I15).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rater {
    terminal: Option<String>,
    citizen: Option<Citizen>,
}

impl Rater {
    /// The terminal they stand at, if any.
    #[must_use]
    pub fn terminal(&self) -> Option<&str> {
        self.terminal.as_deref()
    }

    /// Who they are, if known.
    #[must_use]
    pub fn citizen(&self) -> Option<&Citizen> {
        self.citizen.as_ref()
    }
}

/// A citizen or an organisation, identified by number at the region's identity platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citizen {
    kind: RaterKind,
    number: PersonDatum,
}

impl Citizen {
    /// What they are.
    #[must_use]
    pub fn kind(&self) -> RaterKind {
        self.kind
    }

    /// Their identity number or unified social credit code: only compared, never shown.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.number.0
    }
}

/// Someone who asks for their own data: identified by their access token, or standing at a terminal
/// that read their card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applicant {
    citizen: Option<Citizen>,
    terminal: Option<String>,
}

impl Applicant {
    /// Who they are, if their token states it; at a terminal their card states it.
    #[must_use]
    pub fn citizen(&self) -> Option<&Citizen> {
        self.citizen.as_ref()
    }

    /// The terminal they stand at, if any.
    #[must_use]
    pub fn terminal(&self) -> Option<&str> {
        self.terminal.as_deref()
    }
}

/// A gateway that hands over citizens' answers: of SMS, or of the hotline's voice menu. It cannot
/// rate: it passes on the answer and the number it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Messenger {
    id: String,
}

impl Messenger {
    /// Its identity.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

/// A peer service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer(());

/// The installation of a lower region, bound to that region and those below it (下级平台).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    id: String,
    region: RegionCode,
}

impl Deployment {
    /// Its identity.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether it may report about a region: its own, or one below it.
    #[must_use]
    pub fn reports_for(&self, region: &RegionCode) -> bool {
        *region == self.region || region.ancestors().any(|above| above == self.region)
    }
}

/// Any caller: for public data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anyone(());

/// A principal a handler can ask for.
pub trait Principal: Sized {
    /// Admits a caller, or states what it lacks.
    ///
    /// # Errors
    /// UNAUTHENTICATED without a valid caller, PERMISSION_DENIED for another one.
    fn admit(claims: Option<VerifiedClaims>) -> Result<Self, Failure>;
}

fn claims_of(claims: Option<VerifiedClaims>) -> Result<Claims, Failure> {
    claims.map(|VerifiedClaims(claims)| claims).ok_or(Failure::Unauthenticated("no access token"))
}

/// The region in the claims; an officer must have one.
fn own_region(code: &str) -> Result<RegionCode, Failure> {
    RegionCode::parse(code)
        .map_err(|_| Failure::Unauthenticated("the access token names no region"))
}

impl Principal for Terminal {
    fn admit(claims: Option<VerifiedClaims>) -> Result<Self, Failure> {
        match claims_of(claims)? {
            Claims { caller: Caller::Terminal, sub, certificate, .. } => {
                Ok(Self { id: sub, certificate })
            }
            _ => Err(Failure::Denied("registered terminal")),
        }
    }
}

impl Principal for System {
    fn admit(claims: Option<VerifiedClaims>) -> Result<Self, Failure> {
        match claims_of(claims)? {
            Claims { caller: Caller::System { agency }, sub, .. } => Ok(Self { id: sub, agency }),
            _ => Err(Failure::Denied("government system")),
        }
    }
}

impl Principal for Officer {
    fn admit(claims: Option<VerifiedClaims>) -> Result<Self, Failure> {
        match claims_of(claims)? {
            Claims { caller: Caller::Handler { region, agency }, sub, .. } => {
                Ok(Self { id: sub, region: own_region(&region)?, agency: Some(agency) })
            }
            Claims { caller: Caller::Authority { region }, sub, .. } => {
                Ok(Self { id: sub, region: own_region(&region)?, agency: None })
            }
            _ => Err(Failure::Denied("officer")),
        }
    }
}

impl Principal for CodeHolder {
    fn admit(claims: Option<VerifiedClaims>) -> Result<Self, Failure> {
        match Terminal::admit(claims.clone()) {
            Ok(terminal) => Ok(Self::Terminal(terminal)),
            Err(_) => Ok(Self::Officer(Officer::admit(claims)?)),
        }
    }
}

impl Principal for Authority {
    fn admit(claims: Option<VerifiedClaims>) -> Result<Self, Failure> {
        let officer = Officer::admit(claims)?;
        match officer.agency {
            None => Ok(Self(officer)),
            Some(_) => Err(Failure::Denied("officer of the Authority")),
        }
    }
}

impl Principal for Colleague {
    fn admit(claims: Option<VerifiedClaims>) -> Result<Self, Failure> {
        match claims_of(claims)?.caller {
            Caller::System { .. } | Caller::Handler { .. } | Caller::Authority { .. } => {
                Ok(Self(()))
            }
            _ => Err(Failure::Denied("officer or government system")),
        }
    }
}

impl Principal for Reader {
    fn admit(claims: Option<VerifiedClaims>) -> Result<Self, Failure> {
        Ok(Self { officer: Officer::admit(claims).ok() })
    }
}

impl Principal for Rater {
    fn admit(claims: Option<VerifiedClaims>) -> Result<Self, Failure> {
        match claims.map(|VerifiedClaims(claims)| (claims.caller, claims.sub)) {
            None => Ok(Self { terminal: None, citizen: None }),
            Some((Caller::Terminal, id)) => Ok(Self { terminal: Some(id), citizen: None }),
            Some((Caller::Citizen { rater, number }, _)) => {
                Ok(Self { terminal: None, citizen: Some(Citizen { kind: rater, number }) })
            }
            Some(_) => Err(Failure::Denied("rater: staff and agencies cannot rate for anyone")),
        }
    }
}

impl Principal for Citizen {
    fn admit(claims: Option<VerifiedClaims>) -> Result<Self, Failure> {
        match claims_of(claims)?.caller {
            Caller::Citizen { rater, number } => Ok(Self { kind: rater, number }),
            _ => Err(Failure::Denied("citizen or organisation")),
        }
    }
}

impl Principal for Applicant {
    fn admit(claims: Option<VerifiedClaims>) -> Result<Self, Failure> {
        let Claims { caller, sub, .. } = claims_of(claims)?;
        match caller {
            Caller::Citizen { rater, number } => {
                Ok(Self { citizen: Some(Citizen { kind: rater, number }), terminal: None })
            }
            Caller::Terminal => Ok(Self { citizen: None, terminal: Some(sub) }),
            _ => Err(Failure::Denied("citizen, or terminal that read a citizen's card")),
        }
    }
}

impl Principal for Messenger {
    fn admit(claims: Option<VerifiedClaims>) -> Result<Self, Failure> {
        match claims_of(claims)? {
            Claims { caller: Caller::Messenger, sub, .. } => Ok(Self { id: sub }),
            _ => Err(Failure::Denied("messenger")),
        }
    }
}

impl Principal for Peer {
    fn admit(claims: Option<VerifiedClaims>) -> Result<Self, Failure> {
        match claims_of(claims)?.caller {
            Caller::Peer => Ok(Self(())),
            _ => Err(Failure::Denied("peer service")),
        }
    }
}

impl Principal for Deployment {
    fn admit(claims: Option<VerifiedClaims>) -> Result<Self, Failure> {
        match claims_of(claims)? {
            Claims { caller: Caller::Deployment { region }, sub, .. } => {
                Ok(Self { id: sub, region: own_region(&region)? })
            }
            _ => Err(Failure::Denied("installation of a lower region")),
        }
    }
}

impl Principal for Anyone {
    fn admit(_: Option<VerifiedClaims>) -> Result<Self, Failure> {
        Ok(Self(()))
    }
}
