//! Invitation tokens: the right to rate one service act, in the request itself.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::id::ActId;

use crate::{crypto::Hasher, keys::Keys};

/// Makes and opens invitation tokens: the act's id and a MAC, nothing else. No expiry inside: the
/// window's end is looked up, since it can move.
#[derive(Clone)]
pub struct Invitations {
    hasher: Hasher,
}

/// The token is none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the invitation is forged or mangled")]
pub struct Forged;

impl Invitations {
    /// With the deployment's key.
    #[must_use]
    pub fn new(keys: &Keys) -> Self {
        Self { hasher: Hasher::new(&keys.hashing, "invitation") }
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
}
