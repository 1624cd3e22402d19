//! The leaf of a rating in the public log (I22), from its receipt: what intake, publication and whoever
//! checks a receipt compute alike.

use domain::log::{
    HASH_BYTES, LoggedAct, LoggedRating, Remainder, SALT_BYTES, leaf_entry, remainder_hash,
};
use jiff::Timestamp;
use proto::r#type::v1::{Channel, Level, Origin, RatingReceipt, ServiceAct, Stage};
use uuid::Uuid;

use crate::{
    convert::{Meaningless, instant_of},
    crypto::Hasher,
    keys::Keys,
    tlog::leaf_hash,
};

/// Makes the salts of receipts: the same one for a rating each time, from the hashing key, which is
/// kept for good.
#[derive(Clone)]
pub struct ReceiptSalts(Hasher);

impl ReceiptSalts {
    /// With the deployment's keys.
    #[must_use]
    pub fn new(keys: &Keys) -> Self {
        Self(Hasher::new(&keys.hashing, "rating receipt"))
    }

    /// The salt of a rating.
    #[must_use]
    pub fn of(&self, rating_id: Uuid) -> [u8; SALT_BYTES] {
        self.0.hash(&[rating_id.as_bytes()])
    }

    /// What a rating is published as, where everybody may see it one by one: the same each time, and
    /// without the key nobody comes from one to the other. A rating's own id begins with the moment at
    /// which it was given.
    #[must_use]
    pub fn published_as(&self, rating_id: Uuid) -> Uuid {
        let hash = self.0.hash(&[b"published", rating_id.as_bytes()]);
        uuid::Builder::from_random_bytes(hash).into_uuid()
    }
}

/// What figures are counted from, with the numbers of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// A [`Level`].
    pub level: i32,
    /// A [`Channel`].
    pub channel: i32,
    /// An [`Origin`].
    pub origin: i32,
    /// Whether it is kept from the public.
    pub private: bool,
    /// When it was given.
    pub given_at: Timestamp,
}

/// A rating's leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The part of it that no figure is counted from.
    pub remainder: [u8; HASH_BYTES],
    /// Its hash in the tree.
    pub hash: [u8; HASH_BYTES],
}

/// The leaf that a receipt gives.
///
/// # Errors
/// [`Meaningless`] if the receipt lacks something, or has a value that this version does not know.
pub fn leaf_of(receipt: &RatingReceipt) -> Result<Leaf, Meaningless> {
    let salt = receipt.salt.as_slice().try_into();
    let salt: [u8; SALT_BYTES] = salt.map_err(|_| Meaningless("the salt is not 16 bytes"))?;
    if !matches!(receipt.words_hash.len(), 0 | HASH_BYTES) {
        return Err(Meaningless("the hash of the words is not 32 bytes"));
    }
    let act = receipt.act.as_ref().ok_or(Meaningless("the act is missing"))?;
    let received_at = instant_of(receipt.received_at.as_ref())?;
    let given_at = receipt.given_at.as_ref().map(|at| instant_of(Some(at))).transpose()?;
    let said = Remainder {
        received_at,
        tag_codes: &receipt.tag_codes,
        tag_list_version: &receipt.tag_list_version,
        batch_id: &receipt.batch_id,
        words_hash: &receipt.words_hash,
    };
    let remainder = remainder_hash(&salt, &said);
    let counted = Counted {
        level: receipt.level,
        channel: receipt.channel,
        origin: receipt.origin,
        private: receipt.private,
        given_at: given_at.unwrap_or(received_at),
    };
    let hash = leaf_of_parts(&salt, &receipt.rating_id, act, counted, &remainder)?;
    Ok(Leaf { remainder, hash })
}

/// The hash of the leaf of which these are the parts.
///
/// # Errors
/// [`Meaningless`] if this version does not know a value.
pub fn leaf_of_parts(
    salt: &[u8; SALT_BYTES],
    rating_id: &str,
    act: &ServiceAct,
    counted: Counted,
    remainder: &[u8; HASH_BYTES],
) -> Result<[u8; HASH_BYTES], Meaningless> {
    let known = |_| Meaningless("has a value that this version does not know");
    // Nothing else depends on the stage: a newer one is no reason to leave a rating out.
    let stage = Stage::try_from(act.stage).map(|stage| stage.as_str_name().to_owned());
    let stage = stage.unwrap_or_else(|_| act.stage.to_string());
    let served_at = act.served_at.as_ref().map(|at| instant_of(Some(at))).transpose()?;
    let involved = act.involved.iter();
    let involved: Vec<(&str, &str)> =
        involved.map(|part| (part.region_code.as_str(), part.agency_id.as_str())).collect();
    let rating = LoggedRating {
        rating_id,
        act: LoggedAct {
            act_id: &act.act_id,
            case_id: &act.case_id,
            stage: &stage,
            service_number: act.service_number,
            region_code: &act.region_code,
            agency_id: &act.agency_id,
            item_code: &act.item_code,
            window_id: &act.window_id,
            staff_id: &act.staff_id,
            line_id: &act.line_id,
            hall_id: &act.hall_id,
            terminal_id: &act.terminal_id,
            served_at,
            involved: &involved,
        },
        level: Level::try_from(counted.level).map_err(known)?.as_str_name(),
        channel: Channel::try_from(counted.channel).map_err(known)?.as_str_name(),
        origin: Origin::try_from(counted.origin).map_err(known)?.as_str_name(),
        private: counted.private,
        given_at: counted.given_at,
    };
    Ok(leaf_hash(&leaf_entry(salt, &rating, remainder)))
}

#[cfg(test)]
mod tests {
    use proto::r#type::v1::Involved;

    use super::*;
    use crate::convert::to_wire;

    fn receipt() -> RatingReceipt {
        RatingReceipt {
            rating_id: Uuid::from_u128(1).to_string(),
            act: Some(ServiceAct { stage: Stage::Completion.into(), ..ServiceAct::default() }),
            level: Level::Satisfied.into(),
            channel: Channel::Kiosk.into(),
            origin: Origin::Active.into(),
            received_at: Some(to_wire(Timestamp::UNIX_EPOCH)),
            salt: vec![1; SALT_BYTES],
            ..RatingReceipt::default()
        }
    }

    #[test]
    fn i22_a_receipt_that_lacks_something_gives_no_leaf() {
        assert!(leaf_of(&receipt()).is_ok());
        for (wrong, what) in [
            (RatingReceipt { salt: vec![1; 15], ..receipt() }, "salt"),
            (RatingReceipt { words_hash: vec![1], ..receipt() }, "words"),
            (RatingReceipt { act: None, ..receipt() }, "act"),
            (RatingReceipt { received_at: None, ..receipt() }, "missing"),
            (RatingReceipt { level: 99, ..receipt() }, "does not know"),
        ] {
            let told = leaf_of(&wrong).unwrap_err().to_string();
            assert!(told.contains(what), "{told}");
        }
    }

    #[test]
    fn i22_what_figures_are_counted_by_is_in_the_leaf() {
        let part = |agency: &str| Involved {
            region_code: "652301".to_owned(),
            agency_id: agency.to_owned(),
        };
        let x = || "x".to_owned();
        let acts = [
            ServiceAct::default(),
            ServiceAct { line_id: x(), ..ServiceAct::default() },
            ServiceAct { hall_id: x(), ..ServiceAct::default() },
            ServiceAct { terminal_id: x(), ..ServiceAct::default() },
            ServiceAct { served_at: Some(to_wire(Timestamp::UNIX_EPOCH)), ..ServiceAct::default() },
            ServiceAct { involved: vec![part("a")], ..ServiceAct::default() },
            ServiceAct { involved: vec![part("b")], ..ServiceAct::default() },
        ];
        let leaf = |act| leaf_of(&RatingReceipt { act: Some(act), ..receipt() }).unwrap().hash;
        let mut leaves = acts.map(leaf).to_vec();
        leaves.sort_unstable();
        leaves.dedup();
        assert_eq!(leaves.len(), 7);
    }

    #[test]
    fn i22_a_salt_is_the_same_each_time_and_another_for_each_rating_and_deployment() {
        let salts = ReceiptSalts::new(&Keys::make());
        let [one, two] = [1, 2].map(Uuid::from_u128);
        assert_eq!(salts.of(one), salts.of(one));
        assert_ne!(salts.of(one), salts.of(two));
        assert_ne!(salts.of(one), ReceiptSalts::new(&Keys::make()).of(one));
    }
}
