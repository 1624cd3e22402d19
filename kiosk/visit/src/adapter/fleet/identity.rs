//! Who this terminal is: its key, which never leaves the device, and the certificate that it got for
//! it. What is asked for is on disk before it is asked: if the answer is lost, or the power fails, the
//! same is asked again, by the same request and for the same key, and the same certificate comes.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use domain::terminal::RegistrationCode;
use prost::Message;
use proto::catalog::v1::TerminalCertificate;
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use uuid::Uuid;

use super::{read, remove, write};
use crate::adapter::wire::micros;

const HELD: &str = "identity";
const ASKED: &str = "identity.asked";
/// What is no identity any more; whoever looks into it finds it here.
const DAMAGED: &str = "identity.damaged";

/// The identity in a terminal's folder.
#[derive(Clone)]
pub struct Identity(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    held: Mutex<Option<Held>>,
}

/// A key and its certificate.
#[derive(Clone, PartialEq, Message)]
pub struct Held {
    /// The terminal it is.
    #[prost(string, tag = "1")]
    pub terminal_id: String,
    /// PKCS#8, DER.
    #[prost(bytes = "vec", tag = "2")]
    key: Vec<u8>,
    /// The certificate, then those between it and an authority that the services know; DER each.
    #[prost(bytes = "vec", repeated, tag = "3")]
    chain: Vec<Vec<u8>>,
    /// When it ends, in microseconds since 1970.
    #[prost(int64, tag = "4")]
    pub not_after: i64,
}

impl Held {
    pub(in crate::adapter) fn chain(&self) -> Vec<CertificateDer<'static>> {
        self.chain.iter().map(|der| CertificateDer::from(der.clone())).collect()
    }

    pub(in crate::adapter) fn key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.clone()))
    }

    fn is_whole(&self) -> bool {
        let key = KeyPair::try_from(self.key.as_slice());
        !self.chain.is_empty() && !self.terminal_id.is_empty() && key.is_ok()
    }
}

/// A certificate that is asked for.
#[derive(Clone, PartialEq, Message)]
pub struct Asked {
    /// The code it is asked for with; empty for a renewal.
    #[prost(string, tag = "1")]
    pub code: String,
    /// The request's id (UUID).
    #[prost(string, tag = "2")]
    pub request_id: String,
    /// PKCS#8, DER.
    #[prost(bytes = "vec", tag = "3")]
    key: Vec<u8>,
    /// The certificate request (PKCS#10, DER). It is kept as it is: signed anew it would be another
    /// request.
    #[prost(bytes = "vec", tag = "4")]
    pub request: Vec<u8>,
}

impl Identity {
    /// The identity in `folder`, which is made if there is none. What is damaged counts as none: the
    /// terminal can be registered again by whoever stands before it.
    ///
    /// # Errors
    /// If the folder cannot be read or written.
    pub fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let held = match read(folder, HELD)? {
            None => None,
            Some(bytes) => match Held::decode(bytes.as_slice()) {
                Ok(held) if held.is_whole() => Some(held),
                _ => {
                    fs::rename(folder.join(HELD), folder.join(DAMAGED))?;
                    None
                }
            },
        };
        Ok(Self(Arc::new(Inner { folder: folder.to_owned(), held: Mutex::new(held) })))
    }

    /// What the terminal holds now; nothing before it is registered.
    #[must_use]
    pub fn held(&self) -> Option<Held> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What to ask for with a registration's code: what was asked with it before, or a new key.
    ///
    /// # Errors
    /// If it cannot be kept.
    pub fn ask(&self, code: &RegistrationCode) -> io::Result<Asked> {
        self.asked(&code.to_string())
    }

    /// What to ask a renewal for: what was asked before, or a new key.
    ///
    /// # Errors
    /// If it cannot be kept.
    pub fn ask_again(&self) -> io::Result<Asked> {
        self.asked("")
    }

    fn asked(&self, code: &str) -> io::Result<Asked> {
        let before = read(&self.0.folder, ASKED)?;
        let before = before.and_then(|bytes| Asked::decode(bytes.as_slice()).ok());
        if let Some(before) = before
            && before.code == code
            && KeyPair::try_from(before.key.as_slice()).is_ok()
        {
            return Ok(before);
        }
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let request = CertificateParams::default().serialize_request(&key);
        let asked = Asked {
            code: code.to_owned(),
            request_id: Uuid::new_v4().to_string(),
            key: key.serialize_der(),
            request: request.map_err(io::Error::other)?.der().to_vec(),
        };
        write(&self.0.folder, ASKED, &asked.encode_to_vec())?;
        Ok(asked)
    }

    /// Keeps the certificate that was asked for; it counts from now on.
    ///
    /// # Errors
    /// If it cannot be kept: then the same is asked for once more.
    pub fn keep(
        &self,
        asked: &Asked,
        terminal_id: &str,
        certificate: TerminalCertificate,
    ) -> io::Result<()> {
        let held = Held {
            terminal_id: terminal_id.to_owned(),
            key: asked.key.clone(),
            chain: certificate.chain,
            not_after: certificate.not_after.map(micros).unwrap_or_default(),
        };
        if !held.is_whole() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the answer has no certificate",
            ));
        }
        write(&self.0.folder, HELD, &held.encode_to_vec())?;
        *self.0.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
        self.forget_asked()
    }

    /// Forgets what was asked for: it was refused for good.
    ///
    /// # Errors
    /// If it stays.
    pub fn forget_asked(&self) -> io::Result<()> {
        remove(&self.0.folder.join(ASKED))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn code(letter: char) -> RegistrationCode {
        RegistrationCode::parse(&letter.to_string().repeat(16)).unwrap()
    }

    fn certificate() -> TerminalCertificate {
        let not_after = Some(prost_types::Timestamp { seconds: 1_900_000_000, nanos: 0 });
        TerminalCertificate { chain: vec![vec![48, 0]], not_after, ..Default::default() }
    }

    #[test]
    fn s04_what_is_asked_for_is_the_same_after_a_power_cut_until_it_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Identity::open(folder.path()).unwrap();
        let asked = open().ask(&code('A')).unwrap();
        assert_eq!(open().ask(&code('A')).unwrap(), asked, "the same key by the same request");
        let other = open().ask(&code('B')).unwrap();
        assert!(other.key != asked.key && other.request_id != asked.request_id);
        let asked = open().ask(&code('B')).unwrap();
        open().keep(&asked, "652301-t01", certificate()).unwrap();
        let held = open().held().unwrap();
        assert_eq!(
            (held.terminal_id.as_str(), held.not_after),
            ("652301-t01", 1_900_000_000_000_000)
        );
        assert_eq!(held.key, asked.key);
        // A renewal has a new key, and the old pair counts until it is there.
        let renewal = open().ask_again().unwrap();
        assert!(renewal.key != held.key && renewal.code.is_empty());
        assert_eq!(open().held(), Some(held));
        open().keep(&renewal, "652301-t01", certificate()).unwrap();
        assert_eq!(open().held().unwrap().key, renewal.key);
        assert_ne!(open().ask_again().unwrap().request_id, renewal.request_id);
    }

    #[test]
    fn s04_the_key_is_for_its_owner_alone_and_what_is_damaged_counts_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let identity = Identity::open(folder.path()).unwrap();
        let asked = identity.ask(&code('A')).unwrap();
        let mode = |name: &str| {
            let about = fs::metadata(folder.path().join(name)).unwrap();
            about.permissions().mode() & 0o777
        };
        assert_eq!(mode(ASKED), 0o600);
        let empty = TerminalCertificate::default();
        assert!(identity.keep(&asked, "652301-t01", empty).is_err(), "an answer without it");
        identity.keep(&asked, "652301-t01", certificate()).unwrap();
        assert_eq!(mode(HELD), 0o600);
        for garbage in [&b""[..], b"garbage", &[0x0a, 0xff]] {
            fs::write(folder.path().join(HELD), garbage).unwrap();
            assert_eq!(Identity::open(folder.path()).unwrap().held(), None);
            assert_eq!(fs::read(folder.path().join(DAMAGED)).unwrap(), garbage);
        }
        fs::write(folder.path().join(ASKED), b"garbage").unwrap();
        assert!(Identity::open(folder.path()).unwrap().ask(&code('A')).is_ok());
    }
}
