//! Wire and rows to domain and back, where `platform::convert` does not already do it: by noun, and
//! here the shared parts.

pub(crate) mod attachment;
pub(crate) mod case;
pub(crate) mod message;
pub(crate) mod people;
pub(crate) mod rating;
pub(crate) mod report;
pub(crate) mod review;
pub(crate) mod signal;
pub(crate) mod survey;

use domain::{
    deadline::{Deadline, iso_date},
    review::DayRange,
    violation::Violations,
};
use platform::{
    convert::{self, Meaningless},
    crypto::{Sealer, Unopenable},
    page::MAX_BYTES,
    status::Failure,
};
use prost::Message;
use proto::{intake::v1 as wire, r#type::v1 as shared};
use uuid::Uuid;

use crate::error::Error;

/// How many bytes of a stream's rows are gathered for one transaction.
pub(crate) const BATCH_BYTES: usize = 512 << 10;

/// Seals a message for its row and column.
pub(crate) fn seal(
    sealer: &Sealer,
    column: &str,
    id: Uuid,
    message: &impl Message,
) -> Result<Vec<u8>, Unopenable> {
    sealer.seal(&message.encode_to_vec(), &sealed_place(column, id))
}

/// Opens a value sealed for a row and column.
pub(crate) fn open<T: Message + Default>(
    sealer: &Sealer,
    column: &str,
    id: Uuid,
    sealed: &[u8],
) -> Result<T, Failure> {
    kept(&sealer.open(sealed, &sealed_place(column, id))?)
}

/// A message as kept in a row.
pub(crate) fn kept<T: Message + Default>(bytes: &[u8]) -> Result<T, Failure> {
    T::decode(bytes).map_err(|error| Failure::Internal(error.to_string()))
}

fn sealed_place(column: &str, id: Uuid) -> Vec<u8> {
    [column.as_bytes(), b"/", id.as_bytes()].concat()
}

/// The meaning of a wire number, by one of the tables of a noun.
pub(crate) fn meaning<W: Copy + Into<i32>, D: Copy>(
    table: &[(W, D)],
    number: i32,
) -> Result<D, &'static str> {
    let found = table.iter().find(|(wire, _)| (*wire).into() == number);
    found.map(|(_, meant)| *meant).ok_or("is missing or unknown")
}

/// The wire number for a meaning.
pub(crate) fn number<W: Copy + Into<i32>, D: Copy + PartialEq>(table: &[(W, D)], meant: D) -> i32 {
    let found = table.iter().find(|(_, known)| *known == meant);
    found.map(|(wire, _)| (*wire).into()).unwrap_or_default()
}

/// Days from the wire, or what is wrong with them.
pub(crate) fn days(
    wrong: &mut Violations,
    field: &str,
    range: Option<&wire::DayRange>,
) -> Option<DayRange> {
    let Some(range) = range else {
        wrong.add(field, "is missing");
        return None;
    };
    let from = wrong.take(&format!("{field}.from"), iso_date(&range.from));
    let to = wrong.take(&format!("{field}.to"), iso_date(&range.to));
    wrong.take(&format!("{field}.to"), DayRange::new(from?, to?))
}

/// A given text; an empty one counts as not given.
pub(crate) fn given(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

/// A wire number in the form of a column.
pub(crate) fn to_column(number: impl Into<i32>) -> i16 {
    i16::try_from(number.into()).unwrap_or_default()
}

/// A deadline as kept in a row.
pub(crate) fn deadline(bytes: &[u8]) -> Result<Deadline, Failure> {
    let wire = shared::Deadline::decode(bytes).map_err(|e| Failure::Internal(e.to_string()))?;
    convert::deadline(wire).map_err(|why| broken("deadline", why))
}

fn broken(what: &str, why: Meaningless) -> Failure {
    Failure::Internal(format!("{what}: {why}"))
}

/// A request id is a UUID the caller made.
pub(crate) fn request_id(text: &str) -> Result<Uuid, Error> {
    let mut wrong = Violations::default();
    let id = wrong.take("request_id", text.parse::<Uuid>().map_err(|_| "is no UUID"));
    Ok(wrong.finish(id)?.unwrap_or_default())
}

/// Whether an answer that lists refusals stays small enough for a client with one more.
pub(crate) fn still_fits(answer: &impl Message, more: &impl Message) -> bool {
    answer.encoded_len() + more.encoded_len() <= MAX_BYTES
}
