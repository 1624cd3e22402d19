//! What a hall makes its own: its name, mark and pictures.

use std::time::Duration;

use kiosk::view::{Hall, belong};
use slint::{ComponentHandle as _, Image, LogicalSize, Rgb8Pixel, SharedPixelBuffer};
use visit::screen::{Comfort, Screen};

use crate::{
    layout::faults,
    sample,
    screens::leave,
    terminal::{LANDSCAPE, PORTRAIT, Terminal},
};

/// Thirteen hanzi, as many as a county's has.
const LONG: &str = "示例县人民政府政务服务中心";

fn plain(red: u8, green: u8, blue: u8) -> Image {
    let mut pixels = SharedPixelBuffer::<Rgb8Pixel>::new(160, 90);
    pixels.make_mut_slice().fill(Rgb8Pixel::new(red, green, blue));
    Image::from_rgb8(pixels)
}

fn shows(terminal: &Terminal, colour: (u8, u8, u8)) -> bool {
    let picture = terminal.picture();
    let many = picture.as_slice().iter().filter(|p| (p.r, p.g, p.b) == colour).count();
    many > 10_000
}

#[test]
fn a_long_name_of_the_hall_is_whole_on_the_attract_screen_whatever_its_shape() {
    let terminal = Terminal::new(PORTRAIT);
    belong(&terminal.app, Hall { name: Some(LONG.into()), ..Hall::default() });
    for (width, height) in [PORTRAIT, LANDSCAPE, (1280.0, 800.0), (768.0, 1024.0), (800.0, 600.0)] {
        terminal.app.window().set_size(LogicalSize::new(width, height));
        for elder in [false, true] {
            terminal.show(Screen::Attract);
            terminal.suits(Comfort { elder, ..Comfort::default() });
            leave(&format!("layout/hall/{width}-{elder}"), &terminal.picture());
            let mut wrong = faults(&terminal);
            // What a machine measures there is in pixels of the large screens.
            wrong.retain(|fault| !fault.starts_with("something touches"));
            assert!(wrong.is_empty(), "{width} × {height}, {elder}: {wrong:#?}");
            let name = terminal.find(LONG).size();
            assert!(name.height < width.min(height) * 0.12, "on one line: {name:?}");
        }
    }
    // In the header beside the clock, too.
    terminal.app.window().set_size(LogicalSize::new(LANDSCAPE.0, LANDSCAPE.1));
    terminal.suits(Comfort::default());
    terminal.show(sample::faces());
    leave("layout/hall/header", &terminal.picture());
    assert!(terminal.find(LONG).size().width >= 13.0 * 32.0 - 1.0, "nothing of it is cut");
}

#[test]
fn a_hall_shows_its_own_pictures_one_after_the_other() {
    let terminal = Terminal::new(PORTRAIT);
    let (red, green) = ((200, 10, 10), (10, 200, 10));
    let slides = vec![plain(200, 10, 10), plain(10, 200, 10)];
    belong(&terminal.app, Hall { slides, ..Hall::default() });
    terminal.show(Screen::Attract);
    assert!(shows(&terminal, red) && !shows(&terminal, green));
    assert!(terminal.labelled("看指南、填申请、等结果").is_empty(), "in place of the drawn ones");
    assert!(faults(&terminal).is_empty(), "{:?}", faults(&terminal));
    leave("layout/hall/slides", &terminal.picture());
    terminal.pass(Duration::from_secs(13));
    assert!(shows(&terminal, green) && !shows(&terminal, red));
    terminal.pass(Duration::from_secs(12));
    assert!(shows(&terminal, red), "and over again");
    // They are pressed like the rest of the screen.
    terminal.tap_at(540.0, 900.0);
    assert_eq!(terminal.screen(), Screen::Loading);
}

#[test]
fn a_hall_has_its_own_mark_and_colour_on_every_page() {
    let terminal = Terminal::new(PORTRAIT);
    let colour = Some(slint::Color::from_rgb_u8(0x9a, 0x1f, 0x1f));
    belong(&terminal.app, Hall { logo: Some(plain(1, 2, 3)), colour, ..Hall::default() });
    for screen in [Screen::Attract, sample::faces()] {
        terminal.show(screen);
        let picture = terminal.picture();
        let count =
            |r, g, b| picture.as_slice().iter().filter(|p| (p.r, p.g, p.b) == (r, g, b)).count();
        assert!(count(1, 2, 3) > 1_000, "the mark");
        assert!(count(0x9a, 0x1f, 0x1f) > 10_000, "the colour");
    }
}
