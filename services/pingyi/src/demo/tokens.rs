//! Access tokens for the demonstration, signed with the development key: a kiosk, a business
//! system and an officer of each agency, and an officer of the Authority.

use std::{fs, io::Write as _, path::Path};

use platform::{
    auth::{Caller, Signer},
    private,
};

/// The sample region.
pub const REGION: &str = "652301";
/// The kiosk of the sample region's hall.
pub const KIOSK: &str = "652301-t01";
/// The agency of the story's item, whose officer's token is written down.
const AGENCY: &str = "652301-a04";
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

    fn sign(&self, sub: &str, caller: Caller) -> Result<String, Unsignable> {
        self.signer.token(sub, caller, SECONDS).map_err(|_| Unsignable)
    }

    /// Writes the tokens of the kiosk, of the Authority's officer and of an agency's into files only
    /// their owner reads.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
        fs::create_dir_all(folder)?;
        let tokens = [
            ("kiosk", self.kiosk()?),
            ("authority", self.authority()?),
            ("agency", self.handler(AGENCY)?),
        ];
        for (name, token) in tokens {
            let path = folder.join(format!("{name}.token"));
            private::create(&path)?.write_all(token.as_bytes())?;
        }
        Ok(())
    }
}
