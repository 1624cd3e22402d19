//! Offices of their own at a region's Authority: who holds one may do what belongs to it, and nothing
//! that an officer of the Authority may. The three administrators are apart (三员分立): who runs the
//! system cannot read who looked at whom, and who reads that can change nothing.

use super::{Caller, Claims, Officer, Principal, VerifiedClaims, claims_of, own_region};
use crate::status::Failure;

/// Who releases what a region's Authority publishes (发布员): another person than who drafts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publisher(Officer);

/// Who reads the audit of a region, and nothing else (安全审计员).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Auditor(Officer);

/// Who runs the installation and its terminals for a region (系统管理员), or an officer of the Authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator(Officer);

/// Who stops what must not act any more in a region (安全管理员), or an officer of the Authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guardian(Officer);

/// Who sees how terminals are: an [`Operator`] or a [`Guardian`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch(Officer);

/// The person who holds an office for a region, if it is one of these.
fn holder(
    claims: Option<VerifiedClaims>,
    region_of: impl Fn(Caller) -> Option<String>,
    lacks: &'static str,
) -> Result<Officer, Failure> {
    let Claims { caller, sub, .. } = claims_of(claims)?;
    let region = region_of(caller).ok_or(Failure::Denied(lacks))?;
    Ok(Officer { id: sub, region: own_region(&region)?, agency: None })
}

macro_rules! office {
    ($principal:ident: $($kind:ident)|+, $lacks:literal) => {
        impl $principal {
            /// Who it is, and for which region.
            #[must_use]
            pub fn officer(&self) -> &Officer {
                &self.0
            }
        }

        impl Principal for $principal {
            fn admit(claims: Option<VerifiedClaims>) -> Result<Self, Failure> {
                let region_of = |caller| match caller {
                    $(Caller::$kind { region })|+ => Some(region),
                    _ => None,
                };
                holder(claims, region_of, $lacks).map(Self)
            }
        }
    };
}

office!(Publisher: Publisher, "publisher");
office!(Auditor: Auditor, "auditor");
office!(Operator: SystemAdministrator | Authority, "system administrator, or officer of the Authority");
office!(Guardian: SecurityAdministrator | Authority, "security administrator, or officer of the Authority");
office!(
    Watch: SystemAdministrator | SecurityAdministrator | Authority,
    "system or security administrator, or officer of the Authority"
);

/// Who sees bulletins before everybody does: an officer, or who releases them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insider(Officer);

impl Insider {
    /// Who it is; a publisher sees what the Authority sees.
    #[must_use]
    pub fn officer(&self) -> &Officer {
        &self.0
    }
}

impl Principal for Insider {
    fn admit(claims: Option<VerifiedClaims>) -> Result<Self, Failure> {
        if let Some(VerifiedClaims(Claims { caller: Caller::Publisher { .. }, .. })) = claims {
            return Publisher::admit(claims).map(|publisher| Self(publisher.0));
        }
        Officer::admit(claims).map(Self)
    }
}
