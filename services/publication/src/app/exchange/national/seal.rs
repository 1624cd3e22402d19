//! Records in the envelope of a dialect (信封): SM2 and SM4 as the platforms use them. The "sign" of two of the
//! envelopes is an encryption under the platform's public key, which anyone can make who knows mark and word: it
//! is no signature, and the way there needs TLS all the same.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{
    deadline::clock_time,
    exchange::{CipherOrder, CipherText, Envelope},
};
use jiff::Timestamp;
use md5::{Digest as _, Md5};
use platform::database::many::hex;
use reqwest::Url;
use serde_json::json;
use sm2::{
    PublicKey,
    elliptic_curve::common::getrandom::SysRng,
    pke::{EncryptingKey, Mode},
};
use sm4::{
    Sm4,
    cipher::{Array, BlockCipherEncrypt as _, KeyInit as _},
};

/// The length of a block of SM4, in bytes.
pub(crate) const BLOCK: usize = 16;

/// What the platform gave this installation.
#[derive(Clone)]
pub(crate) struct Secrets {
    mark: String,
    word: String,
    key: Option<PublicKey>,
}

/// A request's body in its envelope.
pub(crate) struct Sealed {
    pub(crate) body: String,
    pub(crate) content_type: &'static str,
    /// For the header C-Tenancy-Id.
    pub(crate) tenant: Option<String>,
}

impl Secrets {
    /// The mark (appMark), the word (appWord, appCode), and the platform's SM2 key: 04 and two coordinates in
    /// hexadecimal, needed where the envelope is of SM2.
    ///
    /// # Errors
    /// In words that repeat nothing of them.
    pub(crate) fn new(
        envelope: &Envelope,
        mark: String,
        word: String,
        key: Option<&str>,
    ) -> Result<Self, &'static str> {
        if word.is_empty() {
            return Err("the word is empty");
        }
        let key = match (envelope, key) {
            (Envelope::Block { .. }, _) => None,
            (_, None) => return Err("the envelope needs the platform's SM2 key"),
            (_, Some(key)) => {
                let bytes = unhex(key.trim()).ok_or("the key is not hexadecimal")?;
                let key = PublicKey::from_sec1_bytes(&bytes);
                Some(key.map_err(|_| "the key is no point of the curve of SM2")?)
            }
        };
        Ok(Self { mark, word, key })
    }

    /// What the sign of a time holds.
    pub(crate) fn signed(&self, time: &str) -> String {
        format!("{time}{}{}", self.mark, self.word)
    }

    pub(crate) fn word(&self) -> &str {
        &self.word
    }

    fn encrypt(&self, order: CipherOrder, text: &str) -> Result<String, String> {
        let key = self.key.ok_or("there is no SM2 key")?;
        let key = EncryptingKey::new_with_mode(key, mode(order));
        let cipher = key.encrypt(&mut SysRng, text.as_bytes());
        Ok(hex(&cipher.map_err(|error| error.to_string())?))
    }

    /// Seals a record's text.
    ///
    /// # Errors
    /// In words, if the system has no randomness.
    pub(crate) fn seal(
        &self,
        envelope: &Envelope,
        text: &str,
        now: Timestamp,
    ) -> Result<Sealed, String> {
        let time = clock_time(now).strftime("%Y%m%d%H%M%S").to_string();
        match envelope {
            Envelope::Tenant { tenant, order } => {
                let sign = self.encrypt(*order, &self.signed(&time))?;
                let cipher = self.encrypt(*order, &format!("[{text}]"))?;
                let body = json!({
                    "txnCommCom": {},
                    "txnBodyCom": {
                        "appMark": self.mark,
                        "time": time,
                        "sign": sign,
                        "params": { "evaluate": [cipher] },
                    },
                });
                let tenant = Some(tenant.clone());
                Ok(Sealed { body: body.to_string(), content_type: "application/json", tenant })
            }
            Envelope::Form { order } => {
                let sign = self.encrypt(*order, &self.signed(&time))?;
                let params = json!({ "data": self.encrypt(*order, text)? }).to_string();
                let pairs = [
                    ("appMark", &self.mark),
                    ("time", &time),
                    ("sign", &sign),
                    ("params", &params),
                ];
                let content_type = "application/x-www-form-urlencoded";
                Ok(Sealed { body: form(&pairs), content_type, tenant: None })
            }
            Envelope::Block { text: written } => {
                let cipher = blocks(&key_of(&self.word), text.as_bytes());
                let body = match written {
                    CipherText::Hex => hex(&cipher),
                    CipherText::Base64 => STANDARD.encode(cipher),
                };
                Ok(Sealed { body, content_type: "text/plain", tenant: None })
            }
        }
    }
}

/// The order of an SM2 ciphertext as the crate names it.
pub(crate) fn mode(order: CipherOrder) -> Mode {
    match order {
        CipherOrder::C1c3c2 => Mode::C1C3C2,
        CipherOrder::C1c2c3 => Mode::C1C2C3,
    }
}

/// The key that a word makes: all 16 bytes of its MD5. It protects no more than the word does.
pub(crate) fn key_of(word: &str) -> [u8; BLOCK] {
    Md5::digest(word.as_bytes()).into()
}

/// SM4 in ECB mode with PKCS#7 padding.
fn blocks(key: &[u8; BLOCK], text: &[u8]) -> Vec<u8> {
    let cipher = Sm4::new(&(*key).into());
    let pads = BLOCK - text.len() % BLOCK;
    let mut bytes = text.to_vec();
    bytes.extend(std::iter::repeat_n(u8::try_from(pads).unwrap_or_default(), pads));
    for block in bytes.as_chunks_mut::<BLOCK>().0 {
        let mut sealed = Array::from(*block);
        cipher.encrypt_block(&mut sealed);
        *block = sealed.into();
    }
    bytes
}

/// Pairs as a form's body.
fn form(pairs: &[(&str, &String)]) -> String {
    // Only the part behind the question mark is used.
    let Ok(mut url) = Url::parse("http://form/") else { return String::new() };
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap_or_default().to_owned()
}

/// Hexadecimal digits as bytes.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.chars().map(|c| c.to_digit(16)).collect::<Option<Vec<u32>>>()?;
    let pairs = digits.as_chunks::<2>();
    let bytes = pairs.0.iter().map(|[high, low]| u8::try_from(high * 16 + low).ok());
    bytes.collect::<Option<_>>().filter(|_| pairs.1.is_empty())
}

#[cfg(test)]
mod tests;
