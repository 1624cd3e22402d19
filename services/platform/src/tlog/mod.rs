//! Public logs in the forms of C2SP (c2sp.org: signed-note, tlog-checkpoint, tlog-cosignature, tlog-proof),
//! with the hashes and proofs of RFC 6962: what a log signs, what a witness adds, and what anyone can check
//! with the public key alone.
//!
//! A log's first line is `NAME/EPOCH`. After a break (another history came back) the epoch is the next
//! number: for witnesses and clients it is another log, and nobody can pass the one off as the other.

mod proof;
pub mod tiles;
mod witness;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{
    SigningKey, VerifyingKey,
    pkcs8::{DecodePrivateKey as _, DecodePublicKey as _},
};
use jiff::Timestamp;
use signed_note::{
    Note, Signature, StandardSigner, StandardVerifier, VerifierList, is_key_name_valid, key_id,
    new_ed25519_verifier_key,
};
use tlog_tiles::Checkpoint;

pub use proof::ProofFile;
pub use witness::{WitnessKey, WitnessSigner};

/// A hash of a tree.
pub type Hash = [u8; 32];

/// The longest name of a log or witness, in bytes.
const MAX_NAME: usize = 100;
/// The extension line that says when a head was signed, in seconds since 1970.
const TIME: &str = "time ";

/// What is wrong with a key, a head or a proof.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlogError {
    /// It is none, or not of a kind that is known.
    #[error("{0}")]
    Malformed(&'static str),
    /// The log's signature does not fit.
    #[error("the head is not signed with the log's key")]
    NotSigned,
    /// The proof does not lead to the head.
    #[error("the proof does not lead to the signed head")]
    NotProved,
}

/// The hash of a leaf: SHA-256(0x00 ‖ entry).
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    tlog_tiles::record_hash(entry).0
}

/// Whether a leaf is in a tree.
///
/// # Errors
/// [`TlogError::NotProved`].
pub fn check_inclusion(
    path: &[Hash],
    (size, root): (u64, Hash),
    (index, leaf): (u64, Hash),
) -> Result<(), TlogError> {
    let path = path.iter().map(|hash| tlog_tiles::Hash(*hash)).collect();
    let (root, leaf) = (tlog_tiles::Hash(root), tlog_tiles::Hash(leaf));
    let checked = tlog_tiles::check_record(&path, size, root, index, leaf);
    checked.map_err(|_| TlogError::NotProved)
}

/// Whether a tree begins with an earlier one; an empty tree begins every other.
///
/// # Errors
/// [`TlogError::NotProved`].
pub fn check_consistency(
    path: &[Hash],
    (first, first_root): (u64, Hash),
    (second, second_root): (u64, Hash),
) -> Result<(), TlogError> {
    if first == 0 {
        let whole = path.is_empty() && first_root == tlog_tiles::EMPTY_HASH.0;
        return if whole { Ok(()) } else { Err(TlogError::NotProved) };
    }
    let path = path.iter().map(|hash| tlog_tiles::Hash(*hash)).collect();
    let (one, two) = (tlog_tiles::Hash(first_root), tlog_tiles::Hash(second_root));
    let checked = tlog_tiles::check_tree(&path, second, two, first, one);
    checked.map_err(|_| TlogError::NotProved)
}

/// Whether a text can be the name of a log or a witness: a schema-less URL, for example.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let plain = name.bytes().all(|byte| byte.is_ascii_graphic());
    plain && name.len() <= MAX_NAME && is_key_name_valid(name) && !name.ends_with('/')
}

/// A signed tree head, its signature checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The log's name.
    pub name: String,
    /// How often the log had broken.
    pub epoch: u32,
    /// How many leaves the tree has.
    pub size: u64,
    /// Its root.
    pub root: Hash,
    /// When it was signed, in whole seconds.
    pub signed_at: Timestamp,
}

/// The key a log signs with.
#[derive(Clone)]
pub struct LogKey {
    name: String,
    signer: StandardSigner,
    key: VerifyingKey,
}

impl LogKey {
    /// Reads an Ed25519 key (PKCS#8 PEM) of the log with this name.
    ///
    /// # Errors
    /// [`TlogError::Malformed`].
    pub fn read(pem: &str, name: &str) -> Result<Self, TlogError> {
        if !is_name(name) {
            return Err(TlogError::Malformed("the log's name is no schema-less URL"));
        }
        let wrong = TlogError::Malformed("log.pem is no Ed25519 private key");
        let signing = SigningKey::from_pkcs8_pem(pem).map_err(|_| wrong.clone())?;
        let key = signing.verifying_key();
        let public = [&[1], key.as_bytes().as_slice()].concat();
        let private = STANDARD.encode([&[1], signing.to_bytes().as_slice()].concat());
        let id = key_id(name, &public);
        let signer = StandardSigner::new(&format!("PRIVATE+KEY+{name}+{id:08x}+{private}"));
        Ok(Self { name: name.to_owned(), signer: signer.map_err(|_| wrong)?, key })
    }

    /// Its public key, as "name+hash+key".
    #[must_use]
    pub fn verifier_key(&self) -> String {
        new_ed25519_verifier_key(&self.name, &self.key)
    }

    /// Its public key.
    #[must_use]
    pub fn verifier(&self) -> LogVerifier {
        LogVerifier { name: Some(self.name.clone()), key: self.key }
    }

    /// Signs a head; returns the note.
    ///
    /// # Errors
    /// [`TlogError::Malformed`] if that cannot be.
    pub fn sign(
        &self,
        epoch: u32,
        (size, root): (u64, Hash),
        at: Timestamp,
    ) -> Result<String, TlogError> {
        let wrong = TlogError::Malformed("the head cannot be written");
        let (origin, time) = (format!("{}/{epoch}", self.name), at.as_second());
        let extension = format!("{TIME}{time}\n");
        let head = Checkpoint::new(&origin, size, tlog_tiles::Hash(root), &extension);
        let text = head.map_err(|_| wrong.clone())?.to_bytes();
        let mut note = Note::new(&text, &[]).map_err(|_| wrong.clone())?;
        note.add_sigs(&[&self.signer]).map_err(|_| wrong.clone())?;
        String::from_utf8(note.to_bytes()).map_err(|_| wrong)
    }
}

/// The key a log is checked with.
#[derive(Clone, Debug)]
pub struct LogVerifier {
    /// The log's name, if the key says it.
    name: Option<String>,
    key: VerifyingKey,
}

impl LogVerifier {
    /// Reads a public key: "name+hash+key" (C2SP signed-note), or SPKI PEM.
    ///
    /// # Errors
    /// [`TlogError::Malformed`].
    pub fn read(text: &str) -> Result<Self, TlogError> {
        let wrong = TlogError::Malformed("is neither \"name+hash+key\" nor an Ed25519 key in PEM");
        let text = text.trim();
        if text.starts_with("-----") {
            let key = VerifyingKey::from_public_key_pem(text).map_err(|_| wrong)?;
            return Ok(Self { name: None, key });
        }
        let (name, key) = vkey(text, 1).ok_or(wrong)?;
        Ok(Self { name: Some(name), key })
    }

    /// Opens a head: the signature is this key's, and the head is written as it must be. Returns the
    /// signatures of others, too.
    ///
    /// # Errors
    /// [`TlogError`].
    pub fn open(&self, note: &str) -> Result<(Head, Vec<Signature>), TlogError> {
        let (head, note) = parse(note)?;
        if self.name.as_ref().is_some_and(|name| *name != head.name) {
            return Err(TlogError::NotSigned);
        }
        let known = StandardVerifier::new(&new_ed25519_verifier_key(&head.name, &self.key));
        let known = known.map_err(|_| TlogError::NotSigned)?;
        let known = VerifierList::new(vec![Box::new(known)]);
        let (_, others) = note.verify(&known).map_err(|_| TlogError::NotSigned)?;
        Ok((head, others))
    }
}

/// Reads a note that should be a head; its signatures are not checked.
fn parse(note: &str) -> Result<(Head, Note), TlogError> {
    let wrong = TlogError::Malformed("is no signed tree head");
    let note = Note::from_bytes(note.as_bytes()).map_err(|_| wrong.clone())?;
    let text = Checkpoint::from_bytes(note.text()).map_err(|_| wrong.clone())?;
    let origin = text.origin().rsplit_once('/');
    let (name, epoch) = origin.ok_or_else(|| wrong.clone())?;
    let time = text.extension().lines().find_map(|line| line.strip_prefix(TIME));
    let time = time.and_then(|time| Timestamp::from_second(time.parse().ok()?).ok());
    let head = Head {
        name: name.to_owned(),
        epoch: epoch.parse().map_err(|_| wrong.clone())?,
        size: text.size(),
        root: text.hash().0,
        signed_at: time.ok_or(wrong)?,
    };
    Ok((head, note))
}

/// The name and the key of "name+hash+key", for keys of one kind.
fn vkey(text: &str, kind: u8) -> Option<(String, VerifyingKey)> {
    let mut parts = text.splitn(3, '+');
    let (name, id, key) = (parts.next()?, parts.next()?, parts.next()?);
    let key = STANDARD.decode(key).ok()?;
    let fits = is_name(name) && id == format!("{:08x}", key_id(name, &key));
    let bytes = key.strip_prefix(&[kind]).filter(|_| fits)?.try_into().ok()?;
    Some((name.to_owned(), VerifyingKey::from_bytes(bytes).ok()?))
}

#[cfg(test)]
mod tests;
