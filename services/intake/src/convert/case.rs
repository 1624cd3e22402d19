//! Cases.

/// A language's name as BCP 47 writes it, or nothing.
pub(crate) fn language(text: &str) -> Result<(), &'static str> {
    let parts = |c: u8| c.is_ascii_alphanumeric() || c == b'-';
    let name = text.len() <= 35 && text.bytes().all(parts);
    if name { Ok(()) } else { Err("is no language (BCP 47)") }
}
