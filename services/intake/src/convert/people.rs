//! Persons, for sealing.

use platform::{
    crypto::{Sealer, Unopenable},
    status::Failure,
};
use prost::Message;
use uuid::Uuid;

use super::{open, seal};

/// The applicant, as sealed in `case_file.applicant`; empty texts were not given.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Applicant {
    /// Name of the person or organisation.
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    /// Identity number or unified social credit code.
    #[prost(string, tag = "2")]
    pub(crate) number: String,
    /// Phone.
    #[prost(string, tag = "3")]
    pub(crate) phone: String,
    /// The language they read best (BCP 47).
    #[prost(string, tag = "4")]
    pub(crate) language: String,
}

impl Applicant {
    /// Seals it for its case.
    pub(crate) fn seal(&self, sealer: &Sealer, case_id: Uuid) -> Result<Vec<u8>, Unopenable> {
        sealer.seal(&self.encode_to_vec(), &Self::place(case_id))
    }

    /// Opens what was sealed for a case.
    pub(crate) fn open(sealer: &Sealer, sealed: &[u8], case_id: Uuid) -> Result<Self, Failure> {
        let bytes = sealer.open(sealed, &Self::place(case_id))?;
        Self::decode(bytes.as_slice()).map_err(|error| Failure::Internal(error.to_string()))
    }

    fn place(case_id: Uuid) -> Vec<u8> {
        [b"case_file.applicant/".as_slice(), case_id.as_bytes()].concat()
    }

    /// Seals it as the former data of a case, for its row.
    pub(crate) fn seal_former(&self, sealer: &Sealer, id: Uuid) -> Result<Vec<u8>, Unopenable> {
        seal(sealer, "former_applicant.applicant", id, self)
    }

    /// Opens such a value.
    pub(crate) fn open_former(sealer: &Sealer, sealed: &[u8], id: Uuid) -> Result<Self, Failure> {
        open(sealer, "former_applicant.applicant", id, sealed)
    }
}

/// The place that an officer's reason for a look is sealed for.
pub(crate) fn note_place(record_id: Uuid) -> Vec<u8> {
    [b"look.note/".as_slice(), record_id.as_bytes()].concat()
}
