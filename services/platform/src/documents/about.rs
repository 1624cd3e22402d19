//! What is said of a document, and what is known of it: by name, sealed in its row.

use domain::violation::{Violations, plain_text};
use jiff::Timestamp;
use prost::Message;
use uuid::Uuid;

use super::{DocumentError, Kind, Row};
use crate::{clock::instant, crypto::Sealer, status::Failure};

/// The longest name, in characters.
const MAX_NAME: usize = 200;
/// The longest media type, in bytes.
const MAX_TYPE: usize = 100;

/// What a sender says of a document before its bytes.
pub struct Told {
    /// The request's own identity.
    pub request_id: Uuid,
    /// What people call it.
    pub(super) name: String,
    /// What the sender takes it for.
    pub(super) media_type: String,
}

impl Told {
    /// Reads it from the field `header` of a request; none if something of it is wrong, which is noted.
    pub fn read(
        wrong: &mut Violations,
        request_id: &str,
        told: &str,
        media_type: &str,
    ) -> Option<Self> {
        let request_id = request_id.parse::<Uuid>().map_err(|_| "is no UUID");
        let request_id = wrong.take("header.request_id", request_id);
        let name = wrong.take("header.name", name(told));
        let short = media_type.len() <= MAX_TYPE;
        wrong.require(short, "header.media_type", "has more than 100 bytes");
        let media_type = media_type.to_ascii_lowercase();
        Some(Self { request_id: request_id?, name: name?, media_type })
    }

    /// What the document is called, being of a kind.
    ///
    /// # Errors
    /// If its name or its media type promises another kind.
    pub(super) fn name_of(&self, kind: Kind) -> Result<String, DocumentError> {
        let name = kind.named(&self.name)?;
        match promises(&self.media_type, kind) {
            true => Ok(name),
            false => Err(DocumentError::OtherType(kind.media_type())),
        }
    }
}

/// What people call a document, fit for every system that may save it: of a path the last part,
/// without characters that are hidden or have a meaning in paths.
///
/// # Errors
/// If nothing is left, or too much.
fn name(told: &str) -> Result<String, String> {
    let last = told.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown = |c: &char| !c.is_control() && plain_text(c.encode_utf8(&mut [0; 4]), 1).is_ok();
    let safe = |c| if ":*?\"<>|".contains(c) { '_' } else { c };
    let name: String = last.chars().filter(shown).map(safe).collect();
    let name = name.trim().trim_start_matches('.').trim_end_matches(['.', ' ']);
    match name.chars().count() {
        0 => Err("is missing".to_owned()),
        MAX_NAME.. => Err(format!("has {MAX_NAME} characters or more")),
        _ => Ok(name.to_owned()),
    }
}

/// Whether what a sender takes a document for is what it is: some say no more than "a picture" or
/// "bytes", and there are several names for the same recording.
fn promises(media_type: &str, kind: Kind) -> bool {
    let found = kind.media_type();
    let group = |of: &str| of.split('/').next().unwrap_or_default().to_owned();
    ["", "application/octet-stream", found].contains(&media_type)
        || (!found.starts_with("application/") && group(media_type) == group(found))
}

/// What is known of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Which one.
    pub id: Uuid,
    /// What people call it; empty once it is erased.
    pub name: String,
    /// By its content.
    pub media_type: String,
    /// How many bytes it has.
    pub size: u64,
    /// The SHA-256 of its content.
    pub sha256: Vec<u8>,
    /// When it was added.
    pub uploaded_at: Timestamp,
    /// The officer who added it; empty once it is erased.
    pub uploaded_by: String,
    /// Whether it was erased.
    pub erased: bool,
}

/// What is sealed in a row. Rows from before this type have the numbers of
/// `pingyi.ticketing.v1.Document`, so these are the same.
#[derive(Clone, PartialEq, Message)]
pub(super) struct About {
    #[prost(string, tag = "3")]
    pub(super) name: String,
    #[prost(string, tag = "8")]
    pub(super) uploaded_by: String,
}

impl About {
    pub(super) fn seal(&self, sealer: &Sealer, id: Uuid) -> Result<Vec<u8>, Failure> {
        Ok(sealer.seal(&self.encode_to_vec(), &place("document.about/", id))?)
    }
}

/// Where the key of a document's object stands.
pub(super) fn key_place(id: Uuid) -> Vec<u8> {
    place("document.data_key/", id)
}

fn place(column: &str, id: Uuid) -> Vec<u8> {
    [column.as_bytes(), id.as_bytes()].concat()
}

impl Row {
    /// What is known of the document.
    ///
    /// # Errors
    /// If what is sealed cannot be opened.
    pub fn known(&self, sealer: &Sealer) -> Result<Known, Failure> {
        let erased = self.data_key.is_empty();
        let about = match erased {
            true => About::default(),
            false => {
                let about = sealer.open(&self.about, &place("document.about/", self.id))?;
                let about = About::decode(about.as_slice());
                about.map_err(|error| Failure::Internal(error.to_string()))?
            }
        };
        Ok(Known {
            id: self.id,
            name: about.name,
            media_type: self.media_type.clone(),
            size: u64::try_from(self.size).unwrap_or_default(),
            sha256: self.sha256.clone(),
            uploaded_at: instant(self.uploaded_at),
            uploaded_by: about.uploaded_by,
            erased,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t14_of_a_name_only_what_people_read_is_kept() {
        for (told, kept) in [
            ("现场照片.jpg", "现场照片.jpg"),
            ("/etc/passwd", "passwd"),
            ("..\\..\\windows\\win.ini", "win.ini"),
            ("C:报告.pdf", "C_报告.pdf"),
            ("a\u{202E}fdp.exe", "afdp.exe"),
            ("一\n二\t.pdf", "一二.pdf"),
            (" ..隐藏.pdf. ", "隐藏.pdf"),
            ("<img src=x>.png", "_img src=x_.png"),
            ("维吾尔\u{200D}语.pdf", "维吾尔\u{200D}语.pdf"),
        ] {
            assert_eq!(name(told).as_deref(), Ok(kept), "{told:?}");
        }
        for nothing in ["", "/", "..", "a/", "\0", " . "] {
            assert_eq!(name(nothing), Err("is missing".to_owned()), "{nothing:?}");
        }
        assert!(name(&"长".repeat(MAX_NAME - 1)).is_ok() && name(&"长".repeat(MAX_NAME)).is_err());
    }
}
