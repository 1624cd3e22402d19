//! Documents.

use domain::violation::plain_text;
use platform::{clock::instant, convert::to_wire, crypto::Sealer, status::Failure};
use prost::Message as _;
use proto::ticketing::v1::Document;

use crate::entity::document;

/// The longest name, in characters.
const MAX_NAME: usize = 200;

/// What people call a document, fit for every system that may save it: of a path the last part,
/// without characters that are hidden or have a meaning in paths.
///
/// # Errors
/// If nothing is left, or too much.
pub(crate) fn name(told: &str) -> Result<String, String> {
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

/// A document as officers see it.
pub(crate) fn document_to_wire(
    row: &document::Model,
    sealer: &Sealer,
    about_place: &[u8],
) -> Result<Document, Failure> {
    let erased = row.data_key.is_empty();
    let about = match erased {
        true => Document::default(),
        false => {
            let about = sealer.open(&row.about, about_place)?;
            let about = Document::decode(about.as_slice());
            about.map_err(|error| Failure::Internal(error.to_string()))?
        }
    };
    Ok(Document {
        document_id: row.id.to_string(),
        ticket_id: row.ticket_id.to_string(),
        name: about.name,
        media_type: row.media_type.clone(),
        size: u64::try_from(row.size).unwrap_or_default(),
        sha256: row.sha256.clone(),
        uploaded_at: Some(to_wire(instant(row.uploaded_at))),
        uploaded_by: about.uploaded_by,
        erased,
    })
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
