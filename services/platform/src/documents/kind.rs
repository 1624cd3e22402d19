//! What a document is, by its content and never by its name. Only kinds that show or sound and do
//! nothing are taken: no web pages, no drawings with scripts, no programs, no archives, no macros.

use std::ops::Range;

use super::zip::{self, Office};

/// How many bytes of the beginning are looked at.
const HEAD: usize = 8 << 10;
/// How many bytes of the end are kept of an office file, for its list of parts.
const TAIL: usize = 512 << 10;

/// A kind of document that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// JPEG photo.
    Jpeg,
    /// PNG picture.
    Png,
    /// WebP picture.
    Webp,
    /// HEIC photo.
    Heic,
    /// PDF.
    Pdf,
    /// Word document (OOXML) without macros.
    Docx,
    /// Excel workbook (OOXML) without macros.
    Xlsx,
    /// MP3 recording.
    Mp3,
    /// M4A recording (AAC).
    M4a,
    /// WAV recording.
    Wav,
    /// AMR recording.
    Amr,
    /// Ogg recording (Opus, Vorbis, FLAC, Speex).
    Ogg,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::Jpeg,
        Self::Png,
        Self::Webp,
        Self::Heic,
        Self::Pdf,
        Self::Docx,
        Self::Xlsx,
        Self::Mp3,
        Self::M4a,
        Self::Wav,
        Self::Amr,
        Self::Ogg,
    ];

    /// Its media type (IANA).
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Heic => "image/heic",
            Self::Pdf => "application/pdf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Mp3 => "audio/mpeg",
            Self::M4a => "audio/mp4",
            Self::Wav => "audio/wav",
            Self::Amr => "audio/amr",
            Self::Ogg => "audio/ogg",
        }
    }

    /// The ends of names that promise this kind or one shown by the same programs; its own first.
    const fn name_ends(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["jpg", "jpeg", "png", "webp", "heic", "heif"],
            Self::Png => &["png", "jpg", "jpeg", "webp", "heic", "heif"],
            Self::Webp => &["webp", "png", "jpg", "jpeg", "heic", "heif"],
            Self::Heic => &["heic", "heif", "jpg", "jpeg", "png", "webp"],
            Self::Pdf => &["pdf"],
            Self::Docx => &["docx"],
            Self::Xlsx => &["xlsx"],
            Self::Mp3 => &["mp3", "m4a", "wav", "amr", "ogg", "oga", "opus"],
            Self::M4a => &["m4a", "mp3", "wav", "amr", "ogg", "oga", "opus"],
            Self::Wav => &["wav", "mp3", "m4a", "amr", "ogg", "oga", "opus"],
            Self::Amr => &["amr", "mp3", "m4a", "wav", "ogg", "oga", "opus"],
            Self::Ogg => &["ogg", "oga", "opus", "mp3", "m4a", "wav", "amr"],
        }
    }

    /// A name as it is kept. Its end promises this kind: if it promises nothing known, such as none
    /// at all or a program's, this kind's is added.
    ///
    /// # Errors
    /// [`Refused::OtherName`] if it promises another kind.
    pub fn named(self, name: &str) -> Result<String, Refused> {
        let end = name.rsplit_once('.').map(|(_, end)| end.to_lowercase()).unwrap_or_default();
        let ends = self.name_ends();
        if ends.contains(&end.as_str()) {
            return Ok(name.to_owned());
        }
        match Self::ALL.iter().any(|other| other.name_ends().contains(&end.as_str())) {
            true => Err(Refused::OtherName),
            false => Ok(format!("{name}.{}", ends[0])),
        }
    }

    /// By the beginning; none if it is an office file or no kind that is taken.
    fn of_head(head: &[u8]) -> Option<Self> {
        match infer::get(head)?.mime_type() {
            "image/jpeg" => Some(Self::Jpeg),
            "image/png" => Some(Self::Png),
            "image/webp" => Some(Self::Webp),
            "image/heif" | "image/heic" => Some(Self::Heic),
            "application/pdf" => Some(Self::Pdf),
            "audio/mpeg" => Some(Self::Mp3),
            "audio/m4a" => Some(Self::M4a),
            "audio/x-wav" => Some(Self::Wav),
            "audio/amr" => Some(Self::Amr),
            "audio/opus" => Some(Self::Ogg),
            // The container holds films too: the first packet says what it is.
            "audio/ogg" => sounds(head.get(28..)?).then_some(Self::Ogg),
            _ => None,
        }
    }
}

/// Whether the first packet of an Ogg stream is that of a recording.
fn sounds(packet: &[u8]) -> bool {
    let begins: [&[u8]; 4] = [b"\x01vorbis", b"OpusHead", b"\x7FFLAC", b"Speex   "];
    begins.iter().any(|begin| packet.starts_with(begin))
}

/// Why a document is refused for what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It has no bytes.
    #[error("the document is empty")]
    Empty,
    /// It is of no kind that is taken.
    #[error("documents of this kind are not taken")]
    Kind,
    /// It is an archive and no office file.
    #[error("archives are not taken")]
    Archive,
    /// It is an office file of the old binary form, or an encrypted one: whether it holds macros
    /// cannot be seen.
    #[error("old or encrypted office files are not taken")]
    OldOffice,
    /// It is an office file with macros.
    #[error("office files with macros are not taken")]
    Macros,
    /// Its name promises another kind.
    #[error("the name promises another kind of document")]
    OtherName,
}

impl Refused {
    /// For people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Empty => "文件是空的，请检查后重新上传。",
            Self::Kind => {
                "不接受此类文件。可上传照片（JPEG、PNG、WebP、HEIC）、PDF、Word（docx）、\
                 Excel（xlsx）和录音（MP3、M4A、WAV、AMR、OGG）。"
            }
            Self::Archive => "不接受压缩包，请解压后上传其中的照片、PDF、docx、xlsx或录音。",
            Self::OldOffice => {
                "不接受旧版（doc、xls）或加密的Office文件，请另存为docx、xlsx或PDF。"
            }
            Self::Macros => "不接受带宏的Office文件，请另存为不带宏的docx、xlsx或PDF。",
            Self::OtherName => "文件内容与其扩展名不符，请核对文件。",
        }
    }
}

/// Sees what a document is while its bytes pass.
#[derive(Default)]
pub(super) struct Sniffer {
    head: Vec<u8>,
    tail: Vec<u8>,
    total: u64,
    found: Option<Found>,
}

#[derive(Clone, Copy)]
enum Found {
    Kind(Kind),
    /// A ZIP archive: its list of parts at the end says whether it is an office file.
    Zip,
}

impl Sniffer {
    /// The next bytes.
    ///
    /// # Errors
    /// [`Refused`] as soon as it is certain.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<(), Refused> {
        self.total += bytes.len() as u64;
        if self.found.is_none() {
            let room = HEAD - self.head.len();
            self.head.extend_from_slice(&bytes[..bytes.len().min(room)]);
            if self.head.len() == HEAD {
                self.found = Some(found(&self.head)?);
            }
        }
        if matches!(self.found, None | Some(Found::Zip)) {
            self.tail.extend_from_slice(bytes);
            if self.tail.len() > 2 * TAIL {
                self.tail.drain(..self.tail.len() - TAIL);
            }
        }
        Ok(())
    }

    /// What it is, at its end.
    ///
    /// # Errors
    /// [`Refused`].
    pub(super) fn finish(&self) -> Result<Kind, Refused> {
        if self.total == 0 {
            return Err(Refused::Empty);
        }
        let found = match self.found {
            Some(found) => found,
            None => found(&self.head)?,
        };
        match found {
            Found::Kind(kind) => Ok(kind),
            Found::Zip => match zip::office(&self.tail, self.total) {
                Office::Docx => Ok(Kind::Docx),
                Office::Xlsx => Ok(Kind::Xlsx),
                Office::Macros => Err(Refused::Macros),
                Office::None => Err(Refused::Archive),
            },
        }
    }
}

/// The mark of a ZIP archive, and of the old office files' container.
const ZIP: &[u8] = b"PK\x03\x04";
const OLD_OFFICE: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
/// Where a tape archive says what it is.
const TAR: Range<usize> = 257..262;

fn found(head: &[u8]) -> Result<Found, Refused> {
    if head.starts_with(ZIP) {
        return Ok(Found::Zip);
    }
    if head.starts_with(OLD_OFFICE) {
        return Err(Refused::OldOffice);
    }
    let archives: [&[u8]; 5] = [b"Rar!", b"7z\xBC\xAF", b"\x1F\x8B", b"PK\x05\x06", b"\xFD7zXZ"];
    if archives.iter().any(|mark| head.starts_with(mark)) || head.get(TAR) == Some(b"ustar") {
        return Err(Refused::Archive);
    }
    Kind::of_head(head).map(Found::Kind).ok_or(Refused::Kind)
}

#[cfg(test)]
mod tests;
