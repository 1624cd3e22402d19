//! Access tokens for the demonstration, signed with the development key: for every kind of caller.

use std::{fs, io::Write as _, path::Path};

use domain::rating::RaterKind;
use platform::{
    auth::{Caller, PersonDatum, Signer},
    private,
};

/// The sample region.
pub const REGION: &str = "652301";
/// The kiosk of the sample region's hall.
pub const KIOSK: &str = "652301-t01";
/// The agency of the story's item, whose officer's token is written down.
const AGENCY: &str = "652301-a04";
/// The sample's identity number; its check digit is valid, and nobody has it.
const CITIZEN: &str = "11010519491231002X";
/// How long a token is good for: a week.
const SECONDS: i64 = 7 * 24 * 3_600;

/// Signs tokens for the callers of the demonstration.
#[derive(Clone)]
pub struct Tokens {
    signer: Signer,
}

/// A token cannot be signed.
#[derive(Debug, thiserror::Error)]
#[error("cannot sign an access token")]
pub struct Unsignable;

impl Tokens {
    /// With the deployment's signer.
    #[must_use]
    pub fn new(signer: Signer) -> Self {
        Self { signer }
    }

    /// The kiosk's.
    ///
    /// # Errors
    /// [`Unsignable`].
    pub fn kiosk(&self) -> Result<String, Unsignable> {
        self.sign(KIOSK, Caller::Terminal)
    }

    /// The business system's of an agency.
    ///
    /// # Errors
    /// [`Unsignable`].
    pub fn system(&self, agency: &str) -> Result<String, Unsignable> {
        self.sign(&format!("system-of-{agency}"), Caller::System { agency: agency.to_owned() })
    }

    /// An officer's of a handling agency.
    ///
    /// # Errors
    /// [`Unsignable`].
    pub fn handler(&self, agency: &str) -> Result<String, Unsignable> {
        let (region, sub) = (REGION.to_owned(), format!("officer-of-{agency}"));
        self.sign(&sub, Caller::Handler { region, agency: agency.to_owned() })
    }

    /// An officer's of the Authority.
    ///
    /// # Errors
    /// [`Unsignable`].
    pub fn authority(&self) -> Result<String, Unsignable> {
        self.sign("officer-of-the-authority", Caller::Authority { region: REGION.to_owned() })
    }

    /// Of every kind of caller one, each with the name of its file.
    fn of_every_kind(&self) -> Result<Vec<(&'static str, String)>, Unsignable> {
        let citizen = Caller::Citizen {
            rater: RaterKind::NaturalPerson,
            number: PersonDatum(CITIZEN.to_owned()),
        };
        let region = || REGION.to_owned();
        let county = Caller::Deployment { region: REGION.to_owned() };
        Ok(vec![
            ("kiosk", self.kiosk()?),
            ("system", self.system(AGENCY)?),
            ("agency", self.handler(AGENCY)?),
            ("authority", self.authority()?),
            ("publisher", self.sign("publisher", Caller::Publisher { region: region() })?),
            ("auditor", self.sign("auditor", Caller::Auditor { region: region() })?),
            (
                "system-administrator",
                self.sign(
                    "system-administrator",
                    Caller::SystemAdministrator { region: region() },
                )?,
            ),
            (
                "security-administrator",
                self.sign(
                    "security-administrator",
                    Caller::SecurityAdministrator { region: region() },
                )?,
            ),
            ("citizen", self.sign("citizen", citizen)?),
            ("messenger", self.sign("sms-gateway", Caller::Messenger)?),
            ("deployment", self.sign("lower-platform", county)?),
            ("peer", self.sign("peer", Caller::Peer)?),
        ])
    }

    fn sign(&self, sub: &str, caller: Caller) -> Result<String, Unsignable> {
        self.signer.token(sub, caller, SECONDS).map_err(|_| Unsignable)
    }

    /// Writes a token of every kind of caller into a file that only its owner reads.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
        fs::create_dir_all(folder)?;
        let tokens = self.of_every_kind()?;
        for (name, token) in tokens {
            let path = folder.join(format!("{name}.token"));
            private::create(&path)?.write_all(token.as_bytes())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::{
            Auditor, Authority, Citizen, Deployment, Gate, Guardian, Messenger, Officer, Operator,
            Peer, Principal, Publisher, System, Terminal,
        },
        clock::Clock,
        keys::Keys,
    };
    use tonic::metadata::MetadataMap;

    use super::*;

    #[test]
    fn s04_the_demonstration_writes_a_token_of_every_kind_of_caller() {
        let (folder, keys) = (tempfile::tempdir().unwrap(), Keys::make());
        let gate = Gate::new(&keys, Clock::System).unwrap();
        Tokens::new(Signer::new(&keys, Clock::System).unwrap()).write(folder.path()).unwrap();
        let shown = |name: &str| {
            let file = folder.path().join(format!("{name}.token"));
            let bearer = format!("Bearer {}", fs::read_to_string(file).unwrap());
            let mut metadata = MetadataMap::new();
            metadata.insert("authorization", bearer.parse().unwrap());
            metadata
        };
        fn is<P: Principal>(gate: &Gate, shown: &MetadataMap) -> bool {
            gate.admit::<P>(shown).is_ok()
        }
        assert!(is::<Terminal>(&gate, &shown("kiosk")));
        assert!(is::<System>(&gate, &shown("system")));
        assert!(is::<Officer>(&gate, &shown("agency")));
        assert!(!is::<Authority>(&gate, &shown("agency")));
        assert!(is::<Authority>(&gate, &shown("authority")));
        assert!(is::<Publisher>(&gate, &shown("publisher")));
        assert!(is::<Auditor>(&gate, &shown("auditor")));
        assert!(is::<Operator>(&gate, &shown("system-administrator")));
        assert!(is::<Guardian>(&gate, &shown("security-administrator")));
        assert!(is::<Citizen>(&gate, &shown("citizen")));
        assert!(is::<Messenger>(&gate, &shown("messenger")));
        assert!(is::<Deployment>(&gate, &shown("deployment")));
        assert!(is::<Peer>(&gate, &shown("peer")));
    }
}
