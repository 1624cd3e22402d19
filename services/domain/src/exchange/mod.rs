//! What an upper platform of another make is told (上报国家、省级平台): cases, ratings and rectifications in the
//! fields and codes of the national interface, which each province writes in its own way. Such a way is a
//! dialect, and a dialect is data (`dialects/`): code names a province in the list of these files alone. A code
//! that does not say exactly what is meant is refused, never guessed, and so is a record that lacks what the
//! dialect demands.

mod codes;
mod dialect;
mod hold;
mod record;
mod terms;
mod text;
mod write;

pub use codes::{CodeSet, Lossy};
pub use dialect::{
    CipherOrder, CipherText, Codes, Datum, Dialect, Encoding, Envelope, Field, Flags, Kind, Need,
    Rules,
};
pub use hold::Hold;
pub use record::{Correction, Known, Rating, Record, Service};
pub use terms::{Action, ApplicantKind, CaseStatus, CertificateKind, Medium, ReviewStatus};
pub use text::{json, xml};
