//! The keys of a deployment: read from a folder, or made there at first start for development.

use std::{fs, io::Write as _, path::Path};

use ed25519_dalek::{
    SigningKey,
    pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, spki::der::pem::LineEnding},
};

use crate::crypto::KEY_BYTES;

/// The keys of a deployment; every replica of every service has the same.
#[derive(Clone)]
pub struct Keys {
    /// Signs access tokens: Ed25519, PKCS#8 PEM. Only the development key and peers use it.
    pub signing_pem: String,
    /// Verifies access tokens: Ed25519, SPKI PEM.
    pub verifying_pem: String,
    /// Makes invitation tokens and request keys.
    pub hashing: [u8; KEY_BYTES],
    /// Seals persons' data and free text.
    pub sealing: [u8; KEY_BYTES],
}

/// Why keys cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A file is missing or unreadable, or cannot be written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A file does not hold what it should.
    #[error("{path}: {reason}")]
    Content {
        /// The file.
        path: String,
        /// What is wrong.
        reason: &'static str,
    },
}

const SIGNING: &str = "signing.pem";
const VERIFYING: &str = "verifying.pem";
const HASHING: &str = "hashing.key";
const SEALING: &str = "sealing.key";

impl Keys {
    /// Reads the keys of `folder`.
    ///
    /// # Errors
    /// [`KeyError`] naming the file.
    pub fn read(folder: &Path) -> Result<Self, KeyError> {
        Ok(Self {
            signing_pem: read(folder, SIGNING)?,
            verifying_pem: read(folder, VERIFYING)?,
            hashing: read_key(folder, HASHING)?,
            sealing: read_key(folder, SEALING)?,
        })
    }

    /// Reads the development keys of `folder`, making them (mode 0600) if there are none.
    ///
    /// # Errors
    /// [`KeyError`] naming the file.
    pub fn read_or_make(folder: &Path) -> Result<Self, KeyError> {
        // The sealing key is written last: a start cut short is made up for by the next one.
        if !folder.join(SEALING).exists() {
            fs::create_dir_all(folder).map_err(|source| file_error(folder, "", source))?;
            let keys = Self::make();
            write(folder, SIGNING, &keys.signing_pem)?;
            write(folder, VERIFYING, &keys.verifying_pem)?;
            write(folder, HASHING, &hex(&keys.hashing))?;
            write(folder, SEALING, &hex(&keys.sealing))?;
        }
        Self::read(folder)
    }

    /// Fresh random keys.
    ///
    /// # Panics
    /// If the system has no randomness; nothing can be kept safe then.
    #[must_use]
    #[expect(clippy::expect_used, reason = "without randomness no key may be made")]
    pub fn make() -> Self {
        let random = || {
            let mut key = [0; KEY_BYTES];
            getrandom::fill(&mut key).expect("the system has randomness");
            key
        };
        let signing = SigningKey::from_bytes(&random());
        let signing_pem = signing.to_pkcs8_pem(LineEnding::LF).expect("an Ed25519 key encodes");
        let verifying_pem =
            signing.verifying_key().to_public_key_pem(LineEnding::LF).expect("a key encodes");
        let signing_pem = signing_pem.to_string();
        Self { signing_pem, verifying_pem, hashing: random(), sealing: random() }
    }
}

fn read(folder: &Path, name: &str) -> Result<String, KeyError> {
    fs::read_to_string(folder.join(name)).map_err(|source| file_error(folder, name, source))
}

fn read_key(folder: &Path, name: &str) -> Result<[u8; KEY_BYTES], KeyError> {
    let text = read(folder, name)?;
    let digit = |c: u8| char::from(c).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let byte = |pair: &[u8]| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    };
    let bytes: Option<Vec<u8>> = text.trim().as_bytes().chunks(2).map(byte).collect();
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| KeyError::Content {
        path: folder.join(name).display().to_string(),
        reason: "is not 64 hexadecimal digits",
    })
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), KeyError> {
    let path = folder.join(name);
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&path).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|source| file_error(folder, name, source))
}

fn file_error(folder: &Path, name: &str, source: std::io::Error) -> KeyError {
    KeyError::File { path: folder.join(name).display().to_string(), source }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn development_keys_are_made_once_and_only_their_owner_reads_them() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let made = Keys::read_or_make(folder.path()).unwrap();
        let found = Keys::read_or_make(folder.path()).unwrap();
        assert_eq!((made.signing_pem, made.sealing), (found.signing_pem, found.sealing));
        for name in [SIGNING, VERIFYING, HASHING, SEALING] {
            let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }

    #[test]
    fn a_missing_or_broken_key_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let missing = Keys::read(folder.path()).map(|_| ()).unwrap_err().to_string();
        assert!(missing.contains("signing.pem"), "{missing}");
        Keys::read_or_make(folder.path()).unwrap();
        fs::write(folder.path().join(HASHING), "abc").unwrap();
        let broken = Keys::read(folder.path()).map(|_| ()).unwrap_err().to_string();
        assert!(broken.contains("hashing.key: is not 64"), "{broken}");
    }
}
