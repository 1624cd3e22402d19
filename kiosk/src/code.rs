//! An address as a QR code, to be taken along by a telephone.

use qrcode::{Color, QrCode};
use slint::{Image, Rgb8Pixel, SharedPixelBuffer};

/// White modules around a code, as ISO/IEC 18004 asks for.
const QUIET: usize = 4;

/// The code of an address; nothing for words, which a telephone cannot open.
pub(crate) fn picture(address: &str) -> Option<Image> {
    let opens = address.starts_with("https://") || address.starts_with("http://");
    if opens { drawn(address) } else { None }
}

/// The code of a text, one pixel a module; nothing for one that is longer than a code can be.
pub(crate) fn drawn(text: &str) -> Option<Image> {
    let code = QrCode::new(text).ok()?;
    let (width, modules) = (code.width(), code.to_colors());
    let side = width + 2 * QUIET;
    let edge = u32::try_from(side).ok()?;
    let mut pixels = SharedPixelBuffer::<Rgb8Pixel>::new(edge, edge);
    for (place, pixel) in pixels.make_mut_slice().iter_mut().enumerate() {
        let (x, y) = ((place % side).wrapping_sub(QUIET), (place / side).wrapping_sub(QUIET));
        let dark = x < width && y < width && modules[y * width + x] == Color::Dark;
        let shade = if dark { 0 } else { u8::MAX };
        *pixel = Rgb8Pixel::new(shade, shade, shade);
    }
    Some(Image::from_rgb8(pixels))
}

#[cfg(test)]
mod tests {
    use super::picture;

    #[test]
    fn i20_an_address_has_a_code_with_its_margin_and_words_have_none() {
        let code = picture("https://example.gov.cn/my").unwrap();
        let pixels = code.to_rgb8().unwrap();
        let (side, all) = (pixels.width() as usize, pixels.as_slice());
        assert!(side >= 21 + 8 && pixels.height() == pixels.width());
        assert!(all[..side * 4].iter().all(|pixel| pixel.r == 255), "a white margin");
        // The finder pattern's corner.
        assert_eq!(all[side * 4 + 4].r, 0);
        assert!(picture("到一楼咨询台查询").is_none());
        assert!(picture(&format!("https://{}", "a".repeat(8_000))).is_none());
    }
}
