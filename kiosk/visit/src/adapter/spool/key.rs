//! The device's own key: what it seals opens on no other device, and not without this file.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use aes_gcm::{
    Aes256Gcm, Nonce,
    aead::{Aead as _, KeyInit as _, Payload},
};

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 12;
const FILE: &str = "spool.key";

/// Seals and opens what the spool keeps.
pub(super) struct Sealer(Aes256Gcm);

/// What was sealed does not open: damaged, or sealed by another device's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unopenable;

impl Sealer {
    /// The key in `folder`; the first time it is made there, readable by its owner alone. A file
    /// that is no key is an error: another key would open nothing of what waits.
    pub(super) fn of(folder: &Path) -> io::Result<Self> {
        let file = folder.join(FILE);
        let mut key = [0; KEY_BYTES];
        match File::open(&file) {
            Ok(mut found) => {
                let wrong = || io::Error::new(io::ErrorKind::InvalidData, "spool.key is no key");
                found.read_exact(&mut key).map_err(|_| wrong())?;
                if found.read(&mut [0])? != 0 {
                    return Err(wrong());
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                getrandom::fill(&mut key).map_err(io::Error::other)?;
                // Under its name there is a whole key or none, also after a power cut.
                let new = folder.join("spool.key.new");
                let mut options = OpenOptions::new();
                let mut written =
                    options.write(true).create(true).truncate(true).mode(0o600).open(&new)?;
                written.write_all(&key)?;
                written.sync_all()?;
                fs::rename(&new, &file)?;
                File::open(folder)?.sync_all()?;
            }
            Err(error) => return Err(error),
        }
        Ok(Self(Aes256Gcm::new(&key.into())))
    }

    /// Seals `plain`; it opens only as what belongs to `place`.
    pub(super) fn seal(&self, plain: &[u8], place: &str) -> Result<Vec<u8>, Unopenable> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|_| Unopenable)?;
        let payload = Payload { msg: plain, aad: place.as_bytes() };
        let sealed = self.0.encrypt(&Nonce::from(nonce), payload).map_err(|_| Unopenable)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what was sealed for `place`.
    pub(super) fn open(&self, sealed: &[u8], place: &str) -> Result<Vec<u8>, Unopenable> {
        let (nonce, msg) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(Unopenable)?;
        let payload = Payload { msg, aad: place.as_bytes() };
        self.0.decrypt(&Nonce::from(*nonce), payload).map_err(|_| Unopenable)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_key_is_made_once_for_its_owner_alone_and_a_broken_one_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let sealed = Sealer::of(folder.path()).unwrap().seal(b"words", "r1").unwrap();
        assert!(!sealed.windows(5).any(|part| part == b"words"));
        let again = Sealer::of(folder.path()).unwrap();
        assert_eq!(again.open(&sealed, "r1").unwrap(), b"words");
        assert_eq!(again.open(&sealed, "r2"), Err(Unopenable), "bound to its row");
        let file = folder.path().join(FILE);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        for wrong in [b"short".to_vec(), vec![7; 33]] {
            fs::write(&file, &wrong).unwrap();
            assert!(Sealer::of(folder.path()).is_err());
            assert_eq!(fs::read(&file).unwrap(), wrong, "left for whoever has to look at it");
        }
        fs::remove_file(&file).unwrap();
        assert_eq!(Sealer::of(folder.path()).unwrap().open(&sealed, "r1"), Err(Unopenable));
    }
}
