//! The keys of a deployment: read from a folder, or created there at the first start for
//! development.

use std::{collections::BTreeMap, fs, io::Write as _, path::Path};

use ed25519_dalek::{
    SigningKey,
    pkcs8::{
        EncodePrivateKey as _, EncodePublicKey as _, KeypairBytes, spki::der::pem::LineEnding,
    },
};

use crate::{
    crypto::{HashingKey, KEY_BYTES, MAX_KEY_NUMBER, SealingKeys, Suite},
    private,
};

/// The keys of a deployment; every replica of every service has the same.
///
/// Sealing keys can be changed: `sealing.key` is number 1, `sealing-2.key`, `sealing-3.key` … are
/// newer. The newest seals and all open; when everything is sealed with it, the oldest can be
/// removed. The hashing key cannot change: invitations, answered requests and blind indexes are
/// found only by their hash, so it is kept for good.
#[derive(Clone)]
pub struct Keys {
    /// Signs access tokens: Ed25519, PKCS#8 PEM. No service needs it: it belongs where tokens are
    /// issued, and lies here for development only.
    pub signing_pem: Option<String>,
    /// Verifies access tokens: Ed25519, SPKI PEM.
    pub verifying_pem: String,
    /// Signs and verifies what peers show each other, and vouches for nobody else: Ed25519, PKCS#8
    /// PEM. In a folder from before there was one, the key of all tokens.
    pub peer_pem: String,
    /// Makes invitation tokens, request keys and blind indexes.
    pub hashing: HashingKey,
    /// Seals persons' data and free text.
    pub sealing: SealingKeys,
    /// Signs the heads of the public log: Ed25519, PKCS#8 PEM. Only publication uses it; without it the
    /// log grows unsigned.
    pub log_pem: Option<String>,
}

/// Why keys cannot be read or created.
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
const PEER: &str = "peer.pem";
const VERIFYING: &str = "verifying.pem";
const HASHING: &str = "hashing.key";
const SEALING: &str = "sealing.key";
const LOG: &str = "log.pem";

impl Keys {
    /// Reads the keys of `folder`; the suite is the default one, see [`Keys::of_suite`].
    ///
    /// # Errors
    /// [`KeyError`] naming the file.
    pub fn read(folder: &Path) -> Result<Self, KeyError> {
        let suite = Suite::default();
        let signing_pem = read_if_there(folder, SIGNING)?;
        let peer_pem = match (read_if_there(folder, PEER)?, &signing_pem) {
            (Some(own), _) => own,
            (None, Some(of_all)) => of_all.clone(),
            (None, None) => read(folder, PEER)?,
        };
        Ok(Self {
            signing_pem,
            verifying_pem: read(folder, VERIFYING)?,
            peer_pem,
            hashing: HashingKey { suite, key: read_key(folder, HASHING)? },
            sealing: SealingKeys { suite, keys: read_sealing(folder)? },
            log_pem: read_if_there(folder, LOG)?,
        })
    }

    /// The same keys, sealing and hashing in another suite.
    #[must_use]
    pub fn of_suite(mut self, suite: Suite) -> Self {
        self.hashing.suite = suite;
        self.sealing.suite = suite;
        self
    }

    /// Reads the development keys of `folder`; creates them (mode 0600) if there are none.
    ///
    /// # Errors
    /// [`KeyError`] naming the file.
    pub fn read_or_make(folder: &Path) -> Result<Self, KeyError> {
        // The sealing key is written last: the next start completes one that was cut short. It need
        // not be the first any more.
        if !folder.exists() || sealing_files(folder)?.is_empty() {
            fs::create_dir_all(folder).map_err(|source| file_error(folder, "", source))?;
            let keys = Self::make();
            write(folder, SIGNING, keys.signing_pem.as_deref().unwrap_or_default())?;
            write(folder, VERIFYING, &keys.verifying_pem)?;
            write(folder, HASHING, &hex(&keys.hashing.key))?;
            for (number, key) in &keys.sealing.keys {
                write(folder, &sealing_name(*number), &hex(key))?;
            }
        }
        for later in [LOG, PEER] {
            if !folder.join(later).exists() {
                write(folder, later, &signing_pem(&signing_key()))?;
            }
        }
        Self::read(folder)
    }

    /// Fresh random keys.
    ///
    /// # Panics
    /// If the system has no randomness; then nothing can be kept safe.
    #[must_use]
    #[expect(clippy::expect_used, reason = "without randomness no key may be made")]
    pub fn make() -> Self {
        let signing = signing_key();
        let verifying_pem =
            signing.verifying_key().to_public_key_pem(LineEnding::LF).expect("a key encodes");
        let suite = Suite::default();
        let hashing = HashingKey { suite, key: random() };
        let sealing = SealingKeys { suite, keys: vec![(1, random())] };
        let log_pem = Some(signing_pem(&signing_key()));
        let (own, peer_pem) = (signing_pem(&signing), signing_pem(&signing_key()));
        Self { signing_pem: Some(own), verifying_pem, peer_pem, hashing, sealing, log_pem }
    }
}

#[expect(clippy::expect_used, reason = "without randomness no key may be made")]
fn random() -> [u8; KEY_BYTES] {
    let mut key = [0; KEY_BYTES];
    getrandom::fill(&mut key).expect("the system has randomness");
    key
}

fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&random())
}

#[expect(clippy::expect_used, reason = "an Ed25519 key always encodes")]
fn signing_pem(key: &SigningKey) -> String {
    // Without the public key: OpenSSL 3.0, and programs built on it, read no other form.
    let private = KeypairBytes { secret_key: key.to_bytes(), public_key: None };
    private.to_pkcs8_pem(LineEnding::LF).expect("an Ed25519 key encodes").to_string()
}

fn sealing_name(number: u8) -> String {
    match number {
        1 => SEALING.to_owned(),
        number => format!("sealing-{number}.key"),
    }
}

/// The names of the sealing keys in a folder, by number.
fn sealing_files(folder: &Path) -> Result<BTreeMap<u8, String>, KeyError> {
    let error = |source| file_error(folder, "", source);
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(error)? {
        let name = entry.map_err(error)?.file_name().to_string_lossy().into_owned();
        if !name.starts_with("sealing") || !name.ends_with(".key") {
            continue;
        }
        let number = (1..=MAX_KEY_NUMBER).find(|number| sealing_name(*number) == name);
        let number = number.ok_or_else(|| KeyError::Content {
            path: folder.join(&name).display().to_string(),
            reason: "is no sealing key's name: sealing.key, or sealing-N.key with N from 2 to 127",
        })?;
        found.insert(number, name);
    }
    Ok(found)
}

/// Every sealing key, the oldest first. The oldest ones may be removed, but none between two
/// others: values sealed with it could not be opened any more.
fn read_sealing(folder: &Path) -> Result<Vec<(u8, [u8; KEY_BYTES])>, KeyError> {
    let found = sealing_files(folder)?;
    let (Some(oldest), Some(newest)) = (found.keys().next(), found.keys().next_back()) else {
        return read_key(folder, SEALING).map(|key| vec![(1, key)]);
    };
    (*oldest..=*newest)
        .map(|number| Ok((number, read_key(folder, &sealing_name(number))?)))
        .collect()
}

fn read(folder: &Path, name: &str) -> Result<String, KeyError> {
    fs::read_to_string(folder.join(name)).map_err(|source| file_error(folder, name, source))
}

fn read_if_there(folder: &Path, name: &str) -> Result<Option<String>, KeyError> {
    folder.join(name).exists().then(|| read(folder, name)).transpose()
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
    let written = private::create(&path).and_then(|mut file| {
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
        let secrets = |keys: Keys| {
            (keys.signing_pem, keys.peer_pem, keys.hashing.key, keys.sealing.keys, keys.log_pem)
        };
        assert_eq!(secrets(made), secrets(found));
        for name in [SIGNING, VERIFYING, PEER, HASHING, SEALING, LOG] {
            let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }

    #[test]
    fn i22_the_key_of_the_public_log_is_made_later_too_and_can_be_absent() {
        let folder = tempfile::tempdir().unwrap();
        let made = Keys::read_or_make(folder.path()).unwrap();
        fs::remove_file(folder.path().join(LOG)).unwrap();
        assert!(Keys::read(folder.path()).unwrap().log_pem.is_none());
        let again = Keys::read_or_make(folder.path()).unwrap();
        assert_eq!(again.signing_pem, made.signing_pem, "an older folder keeps its keys");
        assert!(again.log_pem.is_some() && again.log_pem != made.signing_pem);
    }

    #[test]
    fn a_made_key_is_written_as_openssl_writes_one_and_reads_everywhere() {
        let pem = Keys::make().peer_pem;
        // PKCS#8 version 1, the algorithm Ed25519, and the private key alone.
        let begins =
            pem.lines().nth(1).is_some_and(|line| line.starts_with("MC4CAQAwBQYDK2VwBCIEI"));
        assert!(begins && pem.lines().count() == 3);
    }

    #[test]
    fn s04_services_need_no_key_that_vouches_for_callers_and_an_older_folder_serves_on() {
        let folder = tempfile::tempdir().unwrap();
        let made = Keys::read_or_make(folder.path()).unwrap();
        let signing = made.signing_pem.unwrap();
        assert_ne!(signing, made.peer_pem);
        fs::remove_file(folder.path().join(PEER)).unwrap();
        assert_eq!(Keys::read(folder.path()).unwrap().peer_pem, signing);
        let later = Keys::read_or_make(folder.path()).unwrap();
        assert_ne!(later.peer_pem, signing);
        fs::remove_file(folder.path().join(SIGNING)).unwrap();
        let without = Keys::read(folder.path()).unwrap();
        assert_eq!((without.signing_pem, without.peer_pem), (None, later.peer_pem));
    }

    #[test]
    fn a_missing_or_broken_key_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let missing = Keys::read(folder.path()).map(|_| ()).unwrap_err().to_string();
        assert!(missing.contains("peer.pem"), "{missing}");
        Keys::read_or_make(folder.path()).unwrap();
        fs::write(folder.path().join(HASHING), "abc").unwrap();
        let broken = Keys::read(folder.path()).map(|_| ()).unwrap_err().to_string();
        assert!(broken.contains("hashing.key: is not 64"), "{broken}");
    }

    #[test]
    fn s01_a_deployment_seals_and_hashes_in_one_suite() {
        let keys = Keys::make();
        assert_eq!((keys.hashing.suite, keys.sealing.suite), (Suite::Aes256Gcm, Suite::Aes256Gcm));
        let keys = keys.of_suite(Suite::Sm4Gcm);
        assert_eq!((keys.hashing.suite, keys.sealing.suite), (Suite::Sm4Gcm, Suite::Sm4Gcm));
    }

    #[test]
    fn s01_newer_sealing_keys_are_found_and_the_oldest_can_go() {
        let folder = tempfile::tempdir().unwrap();
        let made = Keys::read_or_make(folder.path()).unwrap();
        for number in [2, 3] {
            let name = folder.path().join(format!("sealing-{number}.key"));
            fs::write(name, hex(&[number; KEY_BYTES])).unwrap();
        }
        let numbers = |keys: Keys| keys.sealing.keys.iter().map(|key| key.0).collect::<Vec<_>>();
        assert_eq!(numbers(Keys::read(folder.path()).unwrap()), [1, 2, 3]);
        fs::remove_file(folder.path().join(SEALING)).unwrap();
        let left = Keys::read_or_make(folder.path()).unwrap();
        assert_eq!(left.hashing.key, made.hashing.key, "nothing is made anew");
        assert_eq!(left.sealing.keys, [(2, [2; KEY_BYTES]), (3, [3; KEY_BYTES])]);
    }

    #[test]
    fn s01_a_sealing_key_that_is_missing_broken_or_misnamed_is_named() {
        let folder = tempfile::tempdir().unwrap();
        Keys::read_or_make(folder.path()).unwrap();
        let told = || Keys::read(folder.path()).map(|_| ()).unwrap_err().to_string();
        let file = |name: &str| folder.path().join(name);
        fs::write(file("sealing-3.key"), hex(&[3; KEY_BYTES])).unwrap();
        assert!(told().contains("sealing-2.key: No such file"), "{}", told());
        fs::write(file("sealing-2.key"), "abc").unwrap();
        assert!(told().contains("sealing-2.key: is not 64"), "{}", told());
        fs::write(file("sealing-2.key"), hex(&[2; KEY_BYTES])).unwrap();
        for wrong in ["sealing-1.key", "sealing-02.key", "sealing-128.key", "sealing-new.key"] {
            fs::write(file(wrong), hex(&[9; KEY_BYTES])).unwrap();
            assert!(told().contains(&format!("{wrong}: is no sealing key's name")), "{}", told());
            fs::remove_file(file(wrong)).unwrap();
        }
        for name in [SEALING, "sealing-2.key", "sealing-3.key"] {
            fs::remove_file(file(name)).unwrap();
        }
        assert!(told().contains("sealing.key: No such file"), "{}", told());
    }
}
