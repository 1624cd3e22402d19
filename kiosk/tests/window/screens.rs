//! Every screen: its words are drawn, and it looks as it did.
//!
//! Pictures are kept at half their size. One that differs is left in the target folder's `screens/`. Look
//! at it, and if it is right, copy it to `tests/golden/`.

use std::{fs, io::BufWriter, path::Path};

use domain::level::Level;
use i_slint_backend_testing::ElementHandle;
use slint::{ComponentHandle as _, Rgba8Pixel, SharedPixelBuffer};
use visit::screen::{Comfort, Screen};

use crate::{
    pages::{open, pages},
    sample,
    terminal::{LANDSCAPE, PORTRAIT, Terminal},
};

/// The least ink of a character at the smallest size, in pixels: 一 is thin.
const INK: usize = 12;
/// How much a colour may differ from the kept picture's, of 255, and how many pixels more.
const TOLERANCE: (u8, usize) = (24, 60);
/// Pages of which another one is kept that looks alike.
const VARIANTS: [&str; 11] = [
    "items-away",
    "not-found",
    "letters",
    "signs",
    "done-slip",
    "faces-long",
    "question-words",
    "slip",
    "thanks-rule",
    "thanks-slip",
    "stopped",
];
/// How coarse the colours of a kept picture are.
const STEP: u16 = 5;

#[test]
fn every_screen_shows_its_words_and_looks_as_it_did() {
    let terminal = Terminal::new(PORTRAIT);
    let mut changed = Vec::new();
    for (name, screen, words) in pages() {
        terminal.show(screen);
        open(&terminal, name);
        let picture = terminal.picture();
        if !VARIANTS.contains(&name)
            && let Err(why) = as_kept(name, &picture)
        {
            changed.push(format!("{name}: {why}"));
        }
        readable(&terminal, &picture, name, &words);
    }
    assert!(changed.is_empty(), "{changed:#?}");
}

/// The pages that say most, as they look when a visitor or a hall wants them otherwise.
#[test]
fn what_suits_a_visitor_looks_as_it_did() {
    const KEPT: [(&str, &[&str]); 4] = [
        ("wide", &["attract", "guide", "form", "faces", "thanks"]),
        ("elder", &["items", "faces"]),
        ("contrast", &["faces", "thanks"]),
        ("lowered", &["items", "faces"]),
    ];
    let terminal = Terminal::new(PORTRAIT);
    let mut changed = Vec::new();
    for (mode, names) in KEPT {
        let (width, height) = if mode == "wide" { LANDSCAPE } else { PORTRAIT };
        terminal.app.window().set_size(slint::LogicalSize::new(width, height));
        for (name, screen, _) in pages().into_iter().filter(|(name, ..)| names.contains(name)) {
            terminal.show(screen);
            terminal.suits(Comfort {
                elder: mode == "elder",
                contrast: mode == "contrast",
                lowered: mode == "lowered",
                ..Comfort::default()
            });
            let name = format!("{name}-{mode}");
            if let Err(why) = as_kept(&name, &terminal.picture()) {
                changed.push(format!("{name}: {why}"));
            }
        }
    }
    assert!(changed.is_empty(), "{changed:#?}");
}

/// A number broken over two lines is copied wrongly.
#[test]
fn a_case_number_of_full_length_stands_on_one_line() {
    let terminal = Terminal::new(PORTRAIT);
    let number = format!("办件编号 {}", sample::NUMBER);
    let labels = [number.as_str(), sample::NUMBER];
    for (width, height) in [PORTRAIT, LANDSCAPE] {
        terminal.app.window().set_size(slint::LogicalSize::new(width, height));
        let result = Screen::Result { case: sample::case() };
        for screen in [result, sample::faces(), sample::thanks(Level::Satisfied)] {
            terminal.show(screen);
            let found = labels.iter().flat_map(|label| terminal.labelled(label));
            let heights: Vec<f32> = found.map(|element| element.size().height).collect();
            assert!(!heights.is_empty() && heights.iter().all(|h| *h < 80.0), "{heights:?}");
        }
    }
}

/// Terminals are not all alike: whatever the screen, everything to touch is on it, and readable.
#[test]
fn every_screen_fits_wide_and_small_displays() {
    let terminal = Terminal::new(PORTRAIT);
    for (width, height) in [LANDSCAPE, (1280.0, 800.0), (768.0, 1024.0), (800.0, 600.0)] {
        terminal.app.window().set_size(slint::LogicalSize::new(width, height));
        for (name, screen, words) in pages() {
            terminal.show(screen);
            open(&terminal, name);
            let picture = terminal.picture();
            let place = format!("{name} at {width} × {height}");
            // Long lists and forms may need pushing; titles and buttons may not.
            let fixed: Vec<&str> = words
                .into_iter()
                .filter(|word| {
                    let long = matches!(
                        name,
                        "items"
                            | "items-away"
                            | "guide"
                            | "guide-away"
                            | "form"
                            | "confirm"
                            | "reasons"
                            | "praise"
                    );
                    let frame = ["退出", "看指南", "填好了", "确认提交", "返回修改", "开始填写"];
                    !long || frame.contains(word) || ["提交评价", "改选等级"].contains(word)
                })
                .collect();
            readable(&terminal, &picture, &place, &fixed);
        }
    }
}

/// Each of the words is there, within the screen, and drawn: hanzi without a font vanish silently.
fn readable(
    terminal: &Terminal,
    picture: &SharedPixelBuffer<Rgba8Pixel>,
    place: &str,
    words: &[&str],
) {
    let (width, height) = (picture.width(), picture.height());
    let ids = [
        "Button::words",
        "Choice::words",
        "FaceButton::words",
        "FaceButton::broken-words",
        "ItemRow::words",
        "AttractPage::words",
    ];
    let texts: Vec<ElementHandle> =
        ids.iter().flat_map(|id| ElementHandle::find_by_element_id(&terminal.app, id)).collect();
    for word in words {
        let found = terminal.labelled(word);
        assert!(!found.is_empty(), "{place} does not say {word}");
        for element in found {
            let element = words_of(&texts, element);
            let (at, size) = (element.absolute_position(), element.size());
            let (left, top, right, bottom) = (at.x, at.y, at.x + size.width, at.y + size.height);
            let inside = left >= 0.0
                && top >= 0.0
                && right <= width as f32
                && bottom <= height as f32
                && right > left;
            assert!(inside, "{place}: {word} is off the screen: {at:?} {size:?}");
            let ink = ink(picture, [left, top, right, bottom].map(|edge| edge as usize));
            let least = word.chars().filter(|c| !c.is_whitespace()).count() * INK;
            assert!(ink >= least, "{place}: {word} is not drawn: {ink} pixels of ink");
        }
    }
}

/// Where the words of something to touch stand, without its frame, its box or its face.
fn words_of(texts: &[ElementHandle], element: ElementHandle) -> ElementHandle {
    let (at, size) = (element.absolute_position(), element.size());
    let inside = |text: &&ElementHandle| {
        let (x, y) = (text.absolute_position().x, text.absolute_position().y);
        x >= at.x && y >= at.y && x < at.x + size.width && y < at.y + size.height
    };
    texts.iter().find(inside).cloned().unwrap_or(element)
}

/// How many pixels of a box differ from its commonest colour.
fn ink(picture: &SharedPixelBuffer<Rgba8Pixel>, [left, top, right, bottom]: [usize; 4]) -> usize {
    let (width, pixels) = (picture.width() as usize, picture.as_slice());
    let mut counts = std::collections::HashMap::new();
    for row in top..bottom {
        for pixel in &pixels[row * width + left..row * width + right] {
            *counts.entry((pixel.r, pixel.g, pixel.b)).or_insert(0) += 1;
        }
    }
    let all: usize = counts.values().sum();
    all - counts.values().max().copied().unwrap_or_default()
}

/// Compares with the kept picture; leaves the new one behind if they differ.
fn as_kept(name: &str, picture: &SharedPixelBuffer<Rgba8Pixel>) -> Result<(), String> {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.png"));
    let (size, channels) = half(picture);
    let verdict = match read(&kept) {
        None => Err(format!("{} is not there", kept.display())),
        Some((kept, _)) if kept != size => Err(format!("the kept one has {kept:?}")),
        Some((_, pixels)) => {
            let far = |(new, old): &(&u8, u8)| new.abs_diff(*old) > TOLERANCE.0;
            match channels.iter().zip(pixels).filter(far).count() {
                few if few <= TOLERANCE.1 => Ok(()),
                many => Err(format!("{many} values differ")),
            }
        }
    };
    if verdict.is_err() {
        leave(&format!("screens/{name}"), picture);
    }
    verdict
}

/// Leaves a picture in the target folder, to be looked at.
pub fn leave(name: &str, picture: &SharedPixelBuffer<Rgba8Pixel>) {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.png"));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let ((width, height), channels) = half(picture);
    let mut encoder =
        png::Encoder::new(BufWriter::new(fs::File::create(path).unwrap()), width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    encoder.write_header().unwrap().write_image_data(&channels).unwrap();
}

/// A picture at half its size: each pixel is the mean of four, in steps that nobody sees and that
/// make the file smaller.
fn half(picture: &SharedPixelBuffer<Rgba8Pixel>) -> ((u32, u32), Vec<u8>) {
    let (size, pixels) = ((picture.width() / 2, picture.height() / 2), picture.as_slice());
    let line = picture.width() as usize;
    let mut channels = Vec::new();
    for y in 0..size.1 as usize {
        for x in 0..size.0 as usize {
            let first = 2 * y * line + 2 * x;
            let four = [first, first + 1, first + line, first + line + 1].map(|at| pixels[at]);
            for of in [|p: Rgba8Pixel| p.r, |p: Rgba8Pixel| p.g, |p: Rgba8Pixel| p.b] {
                let sum: u16 = four.iter().map(|pixel| u16::from(of(*pixel))).sum();
                channels.push(((sum / 4 + STEP / 2) / STEP * STEP).min(255) as u8);
            }
        }
    }
    (size, channels)
}

/// Size and colours of a picture, without transparency.
fn read(path: &Path) -> Option<((u32, u32), Vec<u8>)> {
    let file = fs::File::open(path).ok()?;
    let mut reader = png::Decoder::new(std::io::BufReader::new(file)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!(info.color_type, png::ColorType::Rgb, "{}", path.display());
    Some(((info.width, info.height), pixels))
}
