//! Finding a person's rows without storing their number in the clear: a blind index is a keyed hash
//! of the number in its usual form.

use domain::codes;

use crate::{crypto::Hasher, keys::Keys};

/// Makes blind indexes; a number and a phone of the same digits have different ones.
#[derive(Clone)]
pub struct BlindIndex {
    number: Hasher,
    phone: Hasher,
}

impl BlindIndex {
    /// With the deployment's key.
    #[must_use]
    pub fn new(keys: &Keys) -> Self {
        Self {
            number: Hasher::new(&keys.hashing, "blind index of a number"),
            phone: Hasher::new(&keys.hashing, "blind index of a phone"),
        }
    }

    /// Of an identity number or a unified social credit code, however it is written.
    #[must_use]
    pub fn number(&self, number: &str) -> [u8; 16] {
        self.number.hash(&[codes::normal(number).as_bytes()])
    }

    /// Of a mainland phone number, however it is written.
    #[must_use]
    pub fn phone(&self, phone: &str) -> [u8; 16] {
        let phone = codes::normal_phone(phone);
        let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
        self.phone.hash(&[digits.as_bytes()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_however_it_is_written_and_by_no_other() {
        let index = BlindIndex::new(&Keys::make());
        for phone in ["+86 138 0000 0000", "0086-138-0000-0000", " 13800000000"] {
            assert_eq!(index.phone(phone), index.phone("13800000000"), "{phone}");
        }
        for number in ["11010519491231002x", "'１１０１０５ 19491231 002X\u{200B}"] {
            assert_eq!(index.number(number), index.number("11010519491231002X"), "{number}");
        }
        assert_ne!(index.phone("13800000000"), index.phone("13800000001"));
        assert_ne!(index.phone("13800000000"), index.number("13800000000"));
        assert_ne!(index.number("1"), BlindIndex::new(&Keys::make()).number("1"));
    }
}
