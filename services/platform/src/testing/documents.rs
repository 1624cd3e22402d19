//! Small documents of every kind, made up for tests.

use std::io::Write as _;

/// A document that begins with these bytes and has this length.
fn of(begin: &[u8], length: usize) -> Vec<u8> {
    let mut bytes = begin.to_vec();
    let more = length.saturating_sub(bytes.len());
    bytes.extend((0..more).map(|n| u8::try_from(n % 251).unwrap_or_default()));
    bytes
}

/// A JPEG photo of so many bytes.
#[must_use]
pub fn jpeg(length: usize) -> Vec<u8> {
    of(b"\xFF\xD8\xFF\xE0\x00\x10JFIF\x00", length)
}

/// A PDF of so many bytes.
#[must_use]
pub fn pdf(length: usize) -> Vec<u8> {
    of(b"%PDF-1.7\n", length)
}

/// A ZIP archive with parts of these names.
///
/// # Panics
/// Never: it is written to memory.
#[must_use]
#[expect(clippy::expect_used, reason = "writing to memory does not fail")]
pub fn zip(names: &[&str]) -> Vec<u8> {
    let (mut file, mut list) = (Vec::new(), Vec::new());
    let number = |value: usize| u32::try_from(value).unwrap_or_default().to_le_bytes();
    for name in names {
        let content = b"<x/>";
        let offset = number(file.len());
        let length = u16::try_from(name.len()).unwrap_or_default().to_le_bytes();
        let sizes = [number(0), number(content.len()), number(content.len())].concat();
        let common =
            [&[20, 0, 0, 0, 0, 0, 0, 0, 0, 0], sizes.as_slice(), &length, &[0, 0]].concat();
        for part in [b"PK\x03\x04", common.as_slice(), name.as_bytes(), content] {
            file.write_all(part).expect("memory");
        }
        for part in [b"PK\x01\x02\x14\x00", common.as_slice(), &[0; 10], &offset, name.as_bytes()] {
            list.write_all(part).expect("memory");
        }
    }
    let count = u16::try_from(names.len()).unwrap_or_default().to_le_bytes();
    let (at, size) = (number(file.len()), number(list.len()));
    let end = [b"PK\x05\x06\0\0\0\0".as_slice(), &count, &count, &size, &at, &[0, 0]].concat();
    [file, list, end].concat()
}

/// A Word document.
#[must_use]
pub fn docx() -> Vec<u8> {
    zip(&["[Content_Types].xml", "_rels/.rels", "word/document.xml"])
}

/// An Excel workbook.
#[must_use]
pub fn xlsx() -> Vec<u8> {
    zip(&["[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"])
}
