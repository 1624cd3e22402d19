//! Whether a ZIP archive is an office file: by the list of its parts (the central directory), which
//! stands at its end. Nothing is unpacked.

/// What an archive is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Office {
    /// A Word document.
    Docx,
    /// An Excel workbook.
    Xlsx,
    /// An office file with macros, or controls that run.
    Macros,
    /// No office file, or none whose parts can be read for certain.
    None,
}

/// The lengths of the fixed parts of the end record and of an entry (APPNOTE.TXT 4.3.16, 4.3.12).
const END: usize = 22;
const ENTRY: usize = 46;
/// The longest comment at an archive's end.
const COMMENT: usize = 0xFFFF;

/// What the archive is that ends with `tail` and has `total` bytes.
pub(super) fn office(tail: &[u8], total: u64) -> Office {
    names(tail, total).map_or(Office::None, |names| kind(&names))
}

fn kind(names: &[String]) -> Office {
    let has = |wanted: &str| names.iter().any(|name| name == wanted);
    let begins = |start: &str| names.iter().any(|name| name.starts_with(start));
    let word = begins("word/document") && !has("xl/workbook.xml");
    let sheet = has("xl/workbook.xml") && !begins("word/");
    if !has("[content_types].xml") || !(word || sheet) {
        return Office::None;
    }
    let runs = |name: &String| {
        let parts = ["vbaproject", "vbadata", "/activex/", "/macrosheets/", "/dialogsheets/"];
        parts.iter().any(|part| name.contains(part))
    };
    match names.iter().any(runs) {
        true => Office::Macros,
        false if word => Office::Docx,
        false => Office::Xlsx,
    }
}

/// The names of an archive's parts in lower case; none if its list is not exactly where it should
/// be: then another program could find other parts.
fn names(tail: &[u8], total: u64) -> Option<Vec<String>> {
    let earliest = tail.len().saturating_sub(END + COMMENT);
    let end = (earliest..=tail.len().checked_sub(END)?)
        .rev()
        .find(|at| tail[*at..].starts_with(b"PK\x05\x06"))?;
    let comment = usize::from(u16_at(tail, end + 20)?);
    let (entries, size) = (u16_at(tail, end + 10)?, u32_at(tail, end + 12)?);
    let offset = u64::from(u32_at(tail, end + 16)?);
    let begin = end.checked_sub(usize::try_from(size).ok()?)?;
    let before = total.checked_sub(tail.len() as u64)?;
    if end + END + comment != tail.len() || before + begin as u64 != offset {
        return None;
    }
    let (mut names, mut at) = (Vec::new(), begin);
    while at < end {
        let entry = tail.get(at..end)?;
        let encrypted = u16_at(entry, 8)? & 1 == 1;
        if !entry.starts_with(b"PK\x01\x02") || encrypted {
            return None;
        }
        let length = |at| u16_at(entry, at).map(usize::from);
        let name = length(28)?;
        names.push(String::from_utf8_lossy(entry.get(ENTRY..ENTRY + name)?).to_lowercase());
        at += ENTRY + name + length(30)? + length(32)?;
    }
    (at == end && names.len() == usize::from(entries)).then_some(names)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}
