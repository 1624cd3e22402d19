//! Envelopes opened, as the platform does it: for the stand-in that operators and tests try out against.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::exchange::{CipherOrder, CipherText, Envelope};
use reqwest::Url;
use serde_json::Value;
use sm2::{SecretKey, pke::DecryptingKey};
use sm4::{
    Sm4,
    cipher::{Array, BlockCipherDecrypt as _, KeyInit as _},
};

use super::seal::{BLOCK, Secrets, key_of, mode, unhex};

/// What the platform opens envelopes with.
#[derive(Clone)]
pub(crate) struct Opener {
    secrets: Secrets,
    key: Option<SecretKey>,
}

impl Opener {
    /// With its SM2 key in hexadecimal, where the envelope is of SM2.
    pub(crate) fn new(
        envelope: &Envelope,
        mark: String,
        word: String,
        key: Option<&str>,
    ) -> Result<Self, &'static str> {
        let wrong = "the key is no private key of SM2, 64 hexadecimal digits";
        let key = key.map(|key| {
            let bytes = unhex(key.trim()).ok_or(wrong)?;
            SecretKey::from_slice(&bytes).map_err(|_| wrong)
        });
        let key = key.transpose()?;
        let public = key
            .as_ref()
            .map(|key| platform::database::many::hex(&key.public_key().to_sec1_bytes()));
        Ok(Self { secrets: Secrets::new(envelope, mark, word, public.as_deref())?, key })
    }

    /// The text of the records in an envelope; none if it cannot be opened, or its sign is not made of mark and
    /// word.
    pub(crate) fn open(&self, envelope: &Envelope, body: &str) -> Option<String> {
        match envelope {
            Envelope::Tenant { order, .. } => {
                let body: Value = serde_json::from_str(body).ok()?;
                let parts = &body["txnBodyCom"];
                self.admit(*order, parts["time"].as_str()?, parts["sign"].as_str()?)?;
                let list = self.decrypt(*order, parts["params"]["evaluate"][0].as_str()?)?;
                list.strip_prefix('[')?.strip_suffix(']').map(str::to_owned)
            }
            Envelope::Form { order } => {
                let mut url = Url::parse("http://form/").ok()?;
                url.set_query(Some(body));
                let value = |name: &str| {
                    url.query_pairs().find(|(own, _)| own == name).map(|(_, value)| value)
                };
                self.admit(*order, &value("time")?, &value("sign")?)?;
                let params: Value = serde_json::from_str(&value("params")?).ok()?;
                self.decrypt(*order, params["data"].as_str()?)
            }
            Envelope::Block { text } => {
                let cipher = match text {
                    CipherText::Hex => unhex(body)?,
                    CipherText::Base64 => STANDARD.decode(body).ok()?,
                };
                String::from_utf8(unblocked(&key_of(self.secrets.word()), cipher)?).ok()
            }
        }
    }

    fn admit(&self, order: CipherOrder, time: &str, sign: &str) -> Option<()> {
        (self.decrypt(order, sign)? == self.secrets.signed(time)).then_some(())
    }

    fn decrypt(&self, order: CipherOrder, cipher: &str) -> Option<String> {
        let key = DecryptingKey::new_with_mode(self.key.as_ref()?.to_nonzero_scalar(), mode(order));
        String::from_utf8(key.decrypt(&unhex(cipher)?).ok()?).ok()
    }
}

fn unblocked(key: &[u8; BLOCK], mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    let cipher = Sm4::new(&(*key).into());
    let (blocks, rest) = bytes.as_chunks_mut::<BLOCK>();
    if !rest.is_empty() {
        return None;
    }
    for block in blocks {
        let mut opened = Array::from(*block);
        cipher.decrypt_block(&mut opened);
        *block = opened.into();
    }
    let pads = usize::from(*bytes.last()?);
    let padded =
        (1..=BLOCK).contains(&pads) && bytes.ends_with(&vec![bytes[bytes.len() - 1]; pads]);
    padded.then(|| {
        bytes.truncate(bytes.len() - pads);
        bytes
    })
}
