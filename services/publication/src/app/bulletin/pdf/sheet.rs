//! The pages of a PDF, filled from top to bottom. Lengths are points; a place is told from the page's upper left
//! corner.

use pdf_writer::{
    Content, Finish as _, Name, Pdf, Rect, Ref, Str, TextStr, types::TextRenderingMode,
};

use super::font::{Font, FontIds, PdfError};

/// A4.
const WIDTH: f32 = 595.28;
const HEIGHT: f32 = 841.89;
/// What stays white.
pub(super) const LEFT: f32 = 54.0;
const ABOVE: f32 = 54.0;
const BELOW: f32 = 60.0;
/// How wide a line is.
pub(super) const LINE: f32 = WIDTH - 2.0 * LEFT;
/// The font's name within the file.
const FONT: Name<'static> = Name(b"F");

/// A colour, as red, green and blue.
pub(super) type Ink = [f32; 3];
/// Text.
pub(super) const BLACK: Ink = [0.11, 0.12, 0.14];
/// Text that matters less.
pub(super) const GREY: Ink = [0.34, 0.38, 0.41];
/// Lines of tables and charts.
pub(super) const RULE: Ink = [0.75, 0.78, 0.81];
/// What is bad, and what heads a document of a government.
pub(super) const RED: Ink = [0.71, 0.14, 0.09];
/// What is not bad.
pub(super) const BLUE: Ink = [0.12, 0.44, 0.92];
/// Behind the heads of a table.
pub(super) const PALE: Ink = [0.96, 0.97, 0.98];

/// The pages so far.
pub(super) struct Sheets {
    font: Font,
    pages: Vec<Content>,
    /// How far the last one is filled.
    y: f32,
}

impl Sheets {
    /// # Errors
    /// If the font is damaged.
    pub(super) fn new() -> Result<Self, PdfError> {
        Ok(Self { font: Font::load()?, pages: vec![Content::new()], y: ABOVE })
    }

    /// How far the page is filled.
    pub(super) fn y(&self) -> f32 {
        self.y
    }

    /// Leaves so much white.
    pub(super) fn skip(&mut self, height: f32) {
        self.y += height;
    }

    /// Begins another page unless there is room for so much; true if it did.
    pub(super) fn need(&mut self, height: f32) -> bool {
        let full = self.y + height > HEIGHT - BELOW && self.y > ABOVE;
        if full {
            self.pages.push(Content::new());
            self.y = ABOVE;
        }
        full
    }

    /// How wide a text is.
    pub(super) fn width(&self, text: &str, size: f32) -> f32 {
        self.font.width(text, size)
    }

    fn draw(&mut self, with: impl FnOnce(&mut Content)) {
        if let Some(page) = self.pages.last_mut() {
            with(page);
        }
    }

    /// Writes a text whose lower edge is at `y`.
    pub(super) fn text(&mut self, (x, y): (f32, f32), size: f32, ink: Ink, bold: bool, text: &str) {
        let glyphs = self.font.glyphs(text);
        let [red, green, blue] = ink;
        self.draw(|page| {
            page.set_fill_rgb(red, green, blue).set_stroke_rgb(red, green, blue);
            page.begin_text();
            let (mode, line) = match bold {
                // There is one weight in the font.
                true => (TextRenderingMode::FillStroke, size * 0.025),
                false => (TextRenderingMode::Fill, 0.0),
            };
            page.set_text_rendering_mode(mode).set_line_width(line);
            page.set_font(FONT, size).next_line(x, HEIGHT - y).show(Str(&glyphs));
            page.end_text();
        });
    }

    /// Fills a rectangle.
    pub(super) fn fill(&mut self, (x, y): (f32, f32), width: f32, height: f32, ink: Ink) {
        let [red, green, blue] = ink;
        self.draw(|page| {
            page.set_fill_rgb(red, green, blue);
            page.rect(x, HEIGHT - y - height, width, height).fill_nonzero();
        });
    }

    /// Draws a line through some places.
    pub(super) fn rule(&mut self, through: &[(f32, f32)], thick: f32, ink: Ink) {
        let [red, green, blue] = ink;
        self.draw(|page| {
            page.set_stroke_rgb(red, green, blue).set_line_width(thick);
            for (n, (x, y)) in through.iter().enumerate() {
                match n {
                    0 => page.move_to(*x, HEIGHT - y),
                    _ => page.line_to(*x, HEIGHT - y),
                };
            }
            page.stroke();
        });
    }

    /// A text in lines that are no wider than `width`. Chinese breaks anywhere, but no line begins with a mark that
    /// closes something.
    pub(super) fn lines(&self, text: &str, size: f32, width: f32) -> Vec<String> {
        let (mut lines, mut line, mut long) = (Vec::new(), String::new(), 0.0);
        for c in text.chars().filter(|c| !c.is_control()) {
            let wide = self.font.width(c.encode_utf8(&mut [0; 4]), size);
            let hangs = "，。；：、！？）》”’%…".contains(c);
            if long + wide > width && !hangs && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                long = 0.0;
            }
            line.push(c);
            long += wide;
        }
        lines.push(line);
        lines
    }

    /// Writes a paragraph.
    pub(super) fn paragraph(&mut self, text: &str, size: f32, ink: Ink) {
        // A mark at the end of a line hangs into the margin by its own width.
        for line in self.lines(text, size, LINE - size) {
            self.need(size * 1.7);
            self.y += size * 1.7;
            self.text((LEFT, self.y - size * 0.4), size, ink, false, &line);
        }
    }

    /// Writes a line in the middle.
    pub(super) fn centred(&mut self, text: &str, size: f32, ink: Ink, bold: bool) {
        for line in self.lines(text, size, LINE) {
            self.y += size * 1.6;
            let x = LEFT + (LINE - self.width(&line, size)) / 2.0;
            self.text((x, self.y - size * 0.4), size, ink, bold, &line);
        }
    }

    /// The file.
    ///
    /// # Errors
    /// If the font is damaged.
    pub(super) fn finish(mut self, title: &str) -> Result<Vec<u8>, PdfError> {
        let all = self.pages.len();
        let written = std::mem::take(&mut self.pages);
        let mut pages = Vec::with_capacity(all);
        for (n, page) in written.into_iter().enumerate() {
            self.pages.push(page);
            let number = format!("第{}页，共{all}页", n + 1);
            let x = (WIDTH - self.width(&number, 9.0)) / 2.0;
            self.text((x, HEIGHT - 32.0), 9.0, GREY, false, &number);
            pages.extend(self.pages.pop());
        }
        let mut number = 0;
        let mut next = || {
            number += 1;
            Ref::new(number)
        };
        let (catalog, tree, info) = (next(), next(), next());
        let ids =
            FontIds { font: next(), cid: next(), descriptor: next(), cmap: next(), data: next() };
        let numbered: Vec<(Ref, Ref, Content)> =
            pages.into_iter().map(|page| (next(), next(), page)).collect();
        let mut pdf = Pdf::new();
        let mut root = pdf.catalog(catalog);
        root.pages(tree).lang(TextStr("zh-CN"));
        root.viewer_preferences().display_doc_title(true);
        root.finish();
        pdf.document_info(info).title(TextStr(title));
        let count = i32::try_from(all).unwrap_or(i32::MAX);
        pdf.pages(tree).kids(numbered.iter().map(|(page, _, _)| *page)).count(count);
        for (page, content, written) in numbered {
            let mut of = pdf.page(page);
            of.parent(tree).media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT)).contents(content);
            of.resources().fonts().pair(FONT, ids.font);
            of.finish();
            pdf.stream(content, written.finish().as_slice());
        }
        self.font.write(&mut pdf, &ids)?;
        Ok(pdf.finish())
    }
}
