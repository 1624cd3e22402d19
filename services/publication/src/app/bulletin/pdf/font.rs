//! The one font of a PDF: only the characters that are used are embedded, so that it looks the same everywhere and
//! for ever.

use std::collections::BTreeMap;

use pdf_writer::{
    Finish as _, Name, Pdf, Rect, Ref, Str,
    types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap},
};
use subsetter::{GlyphRemapper, subset};
use ttf_parser::{Face, GlyphId, RawFace, Tag};

/// Noto Sans CJK SC with the characters of GB/T 2312, under the SIL Open Font License: the kiosk's. Other characters
/// are drawn as a box.
const DATA: &[u8] =
    include_bytes!("../../../../../../kiosk/ui/fonts/NotoSansCJKsc-Regular-GB2312.otf");
/// Its name in the file; the six letters say that it is a part of a font.
const NAME: Name<'static> = Name(b"PINGYI+NotoSansCJKsc-Regular");
/// Glyphs are known by their numbers.
const IDENTITY: SystemInfo<'static> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// The font within the program is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the font of PDFs cannot be read")]
pub(crate) struct PdfError;

/// The font, and which of its characters are used so far.
pub(super) struct Font {
    face: Face<'static>,
    glyphs: GlyphRemapper,
    /// By new number: the character, and its width in thousandths.
    used: BTreeMap<u16, (char, f32)>,
}

/// The objects of a font in a file.
pub(super) struct FontIds {
    pub(super) font: Ref,
    pub(super) cid: Ref,
    pub(super) descriptor: Ref,
    pub(super) cmap: Ref,
    pub(super) data: Ref,
}

impl Font {
    /// # Errors
    /// If the font is damaged.
    pub(super) fn load() -> Result<Self, PdfError> {
        let face = Face::parse(DATA, 0).map_err(|_| PdfError)?;
        Ok(Self { face, glyphs: GlyphRemapper::new(), used: BTreeMap::new() })
    }

    fn glyph(&self, c: char) -> GlyphId {
        self.face.glyph_index(c).unwrap_or_default()
    }

    /// How wide a glyph is, in thousandths of the font's size.
    fn advance(&self, glyph: GlyphId) -> f32 {
        let advance = self.face.glyph_hor_advance(glyph).unwrap_or_default();
        f32::from(advance) * 1_000.0 / f32::from(self.face.units_per_em())
    }

    /// How wide a text is at a size.
    pub(super) fn width(&self, text: &str, size: f32) -> f32 {
        text.chars().map(|c| self.advance(self.glyph(c))).sum::<f32>() * size / 1_000.0
    }

    /// A text as glyphs; from now on they are used.
    pub(super) fn glyphs(&mut self, text: &str) -> Vec<u8> {
        let mut glyphs = Vec::with_capacity(text.len());
        for c in text.chars() {
            let glyph = self.glyph(c);
            let number = self.glyphs.remap(glyph.0);
            let width = self.advance(glyph);
            self.used.entry(number).or_insert((c, width));
            glyphs.extend(number.to_be_bytes());
        }
        glyphs
    }

    /// Writes what is used of it.
    ///
    /// # Errors
    /// If the font is damaged.
    pub(super) fn write(self, pdf: &mut Pdf, ids: &FontIds) -> Result<(), PdfError> {
        let part = subset(DATA, 0, &self.glyphs).map_err(|_| PdfError)?;
        let part = RawFace::parse(&part, 0).map_err(|_| PdfError)?;
        let outlines = part.table(Tag::from_bytes(b"CFF ")).ok_or(PdfError)?;
        let em = f32::from(self.face.units_per_em());
        let scaled = |units: i16| f32::from(units) * 1_000.0 / em;
        pdf.type0_font(ids.font)
            .base_font(NAME)
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(ids.cid)
            .to_unicode(ids.cmap);
        let mut cid = pdf.cid_font(ids.cid);
        cid.subtype(CidFontType::Type0)
            .base_font(NAME)
            .system_info(IDENTITY)
            .font_descriptor(ids.descriptor)
            .default_width(1_000.0);
        let mut widths = cid.widths();
        for (number, (_, width)) in &self.used {
            widths.same(*number, *number, *width);
        }
        widths.finish();
        cid.finish();
        let bounds = self.face.global_bounding_box();
        let [left, below, right, above] =
            [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max].map(scaled);
        pdf.font_descriptor(ids.descriptor)
            .name(NAME)
            .flags(FontFlags::SYMBOLIC)
            .bbox(Rect::new(left, below, right, above))
            .italic_angle(0.0)
            .ascent(scaled(self.face.ascender()))
            .descent(scaled(self.face.descender()))
            .cap_height(scaled(self.face.capital_height().unwrap_or(733)))
            .stem_v(80.0)
            .font_file3(ids.data);
        let mut cmap = UnicodeCmap::<u16>::new(Name(b"PingyiUnicode"), IDENTITY);
        for (number, (c, _)) in &self.used {
            cmap.pair(*number, *c);
        }
        pdf.cmap(ids.cmap, cmap.finish().as_slice());
        pdf.stream(ids.data, outlines).pair(Name(b"Subtype"), Name(b"CIDFontType0C"));
        Ok(())
    }
}
