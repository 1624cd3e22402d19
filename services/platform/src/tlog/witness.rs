//! Co-signatures: a witness signs a head after it has seen that the log only grew since the last head
//! it signed, so that the log cannot show different trees to different people.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{
    Signature as Ed25519, Signer as _, SigningKey, Verifier as _, VerifyingKey,
    pkcs8::DecodePrivateKey as _,
};
use jiff::Timestamp;
use signed_note::{Signature, key_id};

use super::{TlogError, is_name, parse, vkey};

/// The kind of key that co-signs.
const KIND: u8 = 4;
/// How far a witness's clock may be ahead.
const AHEAD: Duration = Duration::from_secs(300);

/// What a witness signs: a head's text with the time.
fn message(time: i64, text: &[u8]) -> Vec<u8> {
    [format!("cosignature/v1\ntime {time}\n").as_bytes(), text].concat()
}

/// The key a witness is known by.
#[derive(Clone, Debug)]
pub struct WitnessKey {
    name: String,
    key: VerifyingKey,
}

impl WitnessKey {
    /// Reads "name+hash+key" of an Ed25519 key for co-signatures.
    ///
    /// # Errors
    /// [`TlogError::Malformed`].
    pub fn read(text: &str) -> Result<Self, TlogError> {
        let (name, key) = vkey(text.trim(), KIND).ok_or(TlogError::Malformed(
            "is no \"name+hash+key\" of a witness (Ed25519, kind 4)",
        ))?;
        Ok(Self { name, key })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    fn id(&self) -> u32 {
        key_id(&self.name, &[&[KIND], self.key.as_bytes().as_slice()].concat())
    }

    /// When this witness co-signed a head, if `signature` is its signature.
    #[must_use]
    pub fn verify(&self, note: &str, signature: &Signature) -> Option<Timestamp> {
        if signature.name() != self.name || signature.id() != self.id() {
            return None;
        }
        let (_, note) = parse(note).ok()?;
        let (time, signed) = signature.signature().split_first_chunk()?;
        let time = i64::try_from(u64::from_be_bytes(*time)).ok()?;
        let signed = Ed25519::from_bytes(signed.try_into().ok()?);
        self.key.verify(&message(time, note.text()), &signed).ok()?;
        Timestamp::from_second(time).ok()
    }

    /// When this witness co-signed a head, by the line of the note, if it is its own and its clock
    /// is not ahead.
    #[must_use]
    pub fn verify_line(&self, note: &str, line: &str, now: Timestamp) -> Option<Timestamp> {
        let signature = Signature::from_bytes(line.trim_end_matches('\n').as_bytes()).ok()?;
        let latest = now.saturating_add(AHEAD).unwrap_or(now);
        self.verify(note, &signature).filter(|at| *at <= latest)
    }
}

/// A witness that signs.
#[derive(Clone)]
pub struct WitnessSigner {
    name: String,
    key: SigningKey,
}

impl WitnessSigner {
    /// Reads an Ed25519 key (PKCS#8 PEM) of the witness with this name.
    ///
    /// # Errors
    /// [`TlogError::Malformed`].
    pub fn read(pem: &str, name: &str) -> Result<Self, TlogError> {
        if !is_name(name) {
            return Err(TlogError::Malformed("the witness's name is no schema-less URL"));
        }
        let key = SigningKey::from_pkcs8_pem(pem);
        let key = key.map_err(|_| TlogError::Malformed("is no Ed25519 private key in PEM"))?;
        Ok(Self { name: name.to_owned(), key })
    }

    fn public(&self) -> Vec<u8> {
        [&[KIND], self.key.verifying_key().as_bytes().as_slice()].concat()
    }

    /// Its public key, as "name+hash+key".
    #[must_use]
    pub fn verifier_key(&self) -> String {
        let public = self.public();
        let id = key_id(&self.name, &public);
        format!("{}+{id:08x}+{}", self.name, STANDARD.encode(public))
    }

    /// Co-signs a head; returns the line for the note.
    ///
    /// # Errors
    /// [`TlogError::Malformed`] if it is none.
    pub fn sign(&self, note: &str, at: Timestamp) -> Result<String, TlogError> {
        let (_, note) = parse(note)?;
        let time = at.as_second().max(0);
        let signed = self.key.sign(&message(time, note.text())).to_bytes();
        let bytes = [time.unsigned_abs().to_be_bytes().as_slice(), &signed].concat();
        let id = key_id(&self.name, &self.public());
        let line = Signature::new(self.name.clone(), id, bytes);
        let line = line.map_err(|_| TlogError::Malformed("the signature cannot be written"))?;
        let line = String::from_utf8(line.to_bytes()).unwrap_or_default();
        Ok(line.trim_end().to_owned())
    }
}
