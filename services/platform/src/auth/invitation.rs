//! Invitation tokens: the right to rate one service act, in the request itself. Also window codes,
//! which look similar but give no right.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::id::ActId;

use crate::{crypto::Hasher, keys::Keys};

/// Makes and opens invitation tokens: the act's id and a MAC, nothing else. They hold no expiry:
/// the end of the window is looked up, since it can move.
#[derive(Clone)]
pub struct Invitations {
    hasher: Hasher,
}

/// This deployment did not make the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the invitation's token is forged or damaged")]
pub struct Forged;

impl Invitations {
    /// With the deployment's key.
    #[must_use]
    pub fn new(keys: &Keys) -> Self {
        Self { hasher: Hasher::new(&keys.hashing, "invitation") }
    }

    /// The same for receipts of reports (举报回执): a report's id in place of an act's. Made for another
    /// purpose, so that neither opens the other.
    #[must_use]
    pub fn receipts(keys: &Keys) -> Self {
        Self { hasher: Hasher::new(&keys.hashing, "report receipt") }
    }

    /// The token of an act.
    #[must_use]
    pub fn token(&self, act: ActId) -> String {
        let id = act.0.as_bytes();
        URL_SAFE_NO_PAD.encode([id.as_slice(), &self.hasher.hash(&[id])].concat())
    }

    /// The act a token invites to rate.
    ///
    /// # Errors
    /// [`Forged`].
    pub fn open(&self, token: &str) -> Result<ActId, Forged> {
        let mut bytes = [0; 32];
        match URL_SAFE_NO_PAD.decode_slice(token, &mut bytes) {
            Ok(32) => {}
            _ => return Err(Forged),
        }
        let (id, mac) = bytes.split_at(16);
        if !self.hasher.verify(&[id], mac) {
            return Err(Forged);
        }
        uuid::Uuid::from_slice(id).map(ActId).map_err(|_| Forged)
    }
}

/// The longest identity of a window, in bytes: 64 characters of four bytes.
const MAX_WINDOW: usize = 256;

/// Makes and reads the static codes of windows (窗口静态二维码): the window's identity and a MAC,
/// so that nobody can make up a code. The code is printed and anyone can photograph it: it shows
/// nobody anything but their own cases.
#[derive(Clone)]
pub struct WindowCodes {
    hasher: Hasher,
}

impl WindowCodes {
    /// With the deployment's key.
    #[must_use]
    pub fn new(keys: &Keys) -> Self {
        Self { hasher: Hasher::new(&keys.hashing, "window code") }
    }

    /// The code of a window: always the same.
    #[must_use]
    pub fn code(&self, window_id: &str) -> String {
        let id = window_id.as_bytes();
        URL_SAFE_NO_PAD.encode([id, &self.hasher.hash(&[id])].concat())
    }

    /// The window of a code.
    ///
    /// # Errors
    /// [`Forged`].
    pub fn open(&self, code: &str) -> Result<String, Forged> {
        // Four characters hold three bytes.
        if code.len() > (MAX_WINDOW + 16).div_ceil(3) * 4 {
            return Err(Forged);
        }
        let bytes = URL_SAFE_NO_PAD.decode(code).map_err(|_| Forged)?;
        let (id, mac) = bytes.split_last_chunk::<16>().ok_or(Forged)?;
        if !self.hasher.verify(&[id], mac) {
            return Err(Forged);
        }
        String::from_utf8(id.to_vec()).map_err(|_| Forged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    #[test]
    fn i15_an_invitation_opens_only_as_it_was_made() {
        let invitations = Invitations::new(&Keys::make());
        let act = ActId(Clock::System.new_id());
        let token = invitations.token(act);
        assert_eq!(invitations.open(&token), Ok(act));
        for n in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[n] = if changed[n] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(invitations.open(&changed), Err(Forged), "{n}");
            assert_eq!(invitations.open(&token[..n]), Err(Forged), "{n}");
        }
        assert_eq!(Invitations::new(&Keys::make()).open(&token), Err(Forged));
        assert_eq!(invitations.open(&"A".repeat(10_000)), Err(Forged));
    }

    #[test]
    fn i24_a_window_code_names_its_window_only_as_it_was_made_and_is_no_invitation() {
        let keys = Keys::make();
        let codes = WindowCodes::new(&keys);
        for window in ["w", "652301-w01", &"窗".repeat(64)] {
            let code = codes.code(window);
            assert_eq!(codes.open(&code).as_deref(), Ok(window));
            for n in 0..code.len() {
                let mut changed = code.clone().into_bytes();
                changed[n] = if changed[n] == b'A' { b'B' } else { b'A' };
                let changed = String::from_utf8(changed).unwrap();
                assert_eq!(codes.open(&changed), Err(Forged), "{n}");
                assert_eq!(codes.open(&code[..n]), Err(Forged), "{n}");
            }
            assert_eq!(WindowCodes::new(&Keys::make()).open(&code), Err(Forged));
        }
        assert_eq!(codes.open(&"A".repeat(10_000)), Err(Forged));
        // One key, two purposes: a token of one purpose is not valid for the other.
        let invitations = Invitations::new(&keys);
        let act = ActId(Clock::System.new_id());
        assert_eq!(codes.open(&invitations.token(act)), Err(Forged));
        assert_eq!(invitations.open(&codes.code("sixteen-bytes-id")), Err(Forged));
    }
}
