//! What a machine can see of every page, as every visitor and every hall may want it. The pages are
//! left in the target folder's `layout/`, to be looked at.

use std::{collections::HashMap, time::Duration};

use i_slint_backend_testing::{AccessibleRole, ElementHandle, ElementQuery};
use i_slint_core::input::TouchPhase;
use slint::{ComponentHandle as _, LogicalSize, Rgba8Pixel, SharedPixelBuffer};
use visit::{devices::voice::Volume, language::Language, screen::Comfort};

use crate::{
    pages::{Page, open, pages},
    sample,
    screens::leave,
    terminal::{LANDSCAPE, PORTRAIT, Terminal},
};

/// 20 mm on a screen of 21.5 inches and 1080 × 1920, which has 4.03 pixels a millimetre.
const TARGET: f32 = 81.0;
/// 3 mm there: what parts two keys.
const GAP: f32 = 12.0;
/// 8 mm on a screen of 32 inches, which has 2.71 pixels a millimetre: what parts two faces.
const FACES_GAP: f32 = 22.0;
/// The highest that somebody who sits can touch, on such a screen 850 mm above the floor.
const REACH: f32 = 917.0;
/// The least contrast of words, and of the edge of what can be touched (WCAG 1.4.3 and 1.4.11).
const CONTRAST: (f64, f64) = (4.5, 3.0);
/// How much of a high page may be empty in one piece.
const EMPTY: f32 = 0.3;

const AS_IT_IS: Comfort = Comfort {
    elder: false,
    contrast: false,
    lowered: false,
    helping: false,
    language: Language::Chinese,
    volume: Volume::Medium,
};
const ELDER: Comfort = Comfort { elder: true, ..AS_IT_IS };
const HIGH_CONTRAST: Comfort = Comfort { contrast: true, ..AS_IT_IS };
const LOWERED: Comfort = Comfort { lowered: true, ..AS_IT_IS };

type Picture = SharedPixelBuffer<Rgba8Pixel>;

/// A place on the screen: left, top, right, bottom.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Place([f32; 4]);

impl Place {
    fn of(element: &ElementHandle) -> Self {
        let (at, size) = (element.absolute_position(), element.size());
        Self([at.x, at.y, at.x + size.width, at.y + size.height])
    }

    fn size(&self) -> (f32, f32) {
        (self.0[2] - self.0[0], self.0[3] - self.0[1])
    }

    fn within(&self, other: &Self) -> bool {
        let ([l, t, r, b], [ol, ot, or, ob]) = (self.0, other.0);
        l >= ol - 1.0 && t >= ot - 1.0 && r <= or + 1.0 && b <= ob + 1.0
    }

    /// How far apart two places are; below zero: how far they lie over one another.
    fn apart(&self, other: &Self) -> f32 {
        let ([l, t, r, b], [ol, ot, or, ob]) = (self.0, other.0);
        f32::max(f32::max(ol - r, l - or), f32::max(ot - b, t - ob))
    }
}

/// Something on a page.
struct Thing {
    name: String,
    place: Place,
    enabled: bool,
    /// Within the window.
    inside: bool,
}

/// What lies in a window or a list, without what has been pushed out of it.
fn things(terminal: &Terminal, of: impl Fn(ElementQuery) -> Vec<ElementHandle>) -> Vec<Thing> {
    let size = terminal.app.window().size();
    let window = Place([0.0, 0.0, size.width as f32, size.height as f32]);
    let scrolls = ElementHandle::find_by_element_id(&terminal.app, "Scroll::flick");
    let mut pushed: Vec<(Place, Place)> = Vec::new();
    for scroll in scrolls {
        let view = Place::of(&scroll);
        let inside = of(scroll.query_descendants());
        pushed.extend(inside.iter().map(|element| (Place::of(element), view)));
    }
    let mut found: Vec<Thing> = Vec::new();
    for element in of(ElementQuery::from_root(&terminal.app).match_descendants()) {
        let place = Place::of(&element);
        let hidden = pushed.iter().any(|(inside, view)| *inside == place && !place.within(view));
        let (width, height) = place.size();
        if hidden || width < 1.0 || height < 1.0 || found.iter().any(|one| one.place == place) {
            continue;
        }
        let name = element.accessible_label().unwrap_or_default().to_string();
        let enabled = element.accessible_enabled() != Some(false);
        found.push(Thing { name, place, enabled, inside: place.within(&window) });
    }
    found
}

fn controls(terminal: &Terminal) -> Vec<Thing> {
    const ROLES: [AccessibleRole; 4] = [
        AccessibleRole::Button,
        AccessibleRole::Checkbox,
        AccessibleRole::RadioButton,
        AccessibleRole::TextInput,
    ];
    things(terminal, |query| {
        let is = |element: &ElementHandle| {
            element.accessible_role().is_some_and(|role| ROLES.contains(&role))
        };
        query.match_predicate(is).find_all()
    })
}

fn texts(terminal: &Terminal) -> Vec<Thing> {
    things(terminal, |query| query.match_inherits("Text").find_all())
}

#[test]
fn every_page_is_sound() {
    sound(&Terminal::new(PORTRAIT), "standard", PORTRAIT, AS_IT_IS);
}

#[test]
fn every_page_is_sound_for_elders() {
    sound(&Terminal::new(PORTRAIT), "elder", PORTRAIT, ELDER);
}

#[test]
fn every_page_is_sound_in_high_contrast() {
    sound(&Terminal::new(PORTRAIT), "contrast", PORTRAIT, HIGH_CONTRAST);
}

#[test]
fn every_page_is_sound_and_within_reach_of_whoever_sits() {
    let terminal = Terminal::new(PORTRAIT);
    sound(&terminal, "lowered", PORTRAIT, LOWERED);
    sound(&terminal, "elder-lowered", PORTRAIT, Comfort { elder: true, ..LOWERED });
}

#[test]
fn every_page_is_sound_on_a_wide_screen() {
    sound(&Terminal::new(PORTRAIT), "wide", LANDSCAPE, AS_IT_IS);
}

#[test]
fn every_page_is_sound_on_a_wide_screen_for_elders_in_high_contrast() {
    sound(
        &Terminal::new(PORTRAIT),
        "wide-elder-contrast",
        LANDSCAPE,
        Comfort { elder: true, ..HIGH_CONTRAST },
    );
}

/// Beside all devices that ask for room on a page.
fn equipped(mode: &str, size: (f32, f32), comfort: Comfort) {
    let terminal = Terminal::new(PORTRAIT);
    terminal.equipped();
    sound(&terminal, mode, size, comfort);
}

#[test]
fn every_page_is_sound_with_a_voice_and_a_card_reader() {
    equipped("voice", PORTRAIT, AS_IT_IS);
}

#[test]
fn every_page_is_sound_with_a_voice_for_elders_who_sit() {
    equipped("voice-elder-lowered", PORTRAIT, Comfort { elder: true, ..LOWERED });
}

#[test]
fn every_page_is_sound_with_a_voice_on_a_wide_screen() {
    equipped("voice-wide", LANDSCAPE, AS_IT_IS);
}

#[test]
fn i23_every_page_is_sound_with_a_voice_in_uyghur() {
    equipped("voice-ug", PORTRAIT, Comfort { language: Language::Uyghur, ..AS_IT_IS });
}

/// Looks at every page, and says all that is wrong at once.
fn sound(terminal: &Terminal, mode: &str, size: (f32, f32), comfort: Comfort) {
    all_sound(terminal, mode, size, comfort, pages());
}

pub fn all_sound(
    terminal: &Terminal,
    mode: &str,
    (width, height): (f32, f32),
    comfort: Comfort,
    pages: Vec<Page>,
) {
    let mut wrong = Vec::new();
    terminal.app.window().set_size(LogicalSize::new(width, height));
    for (page, screen, _) in pages {
        terminal.show(screen);
        terminal.suits(comfort);
        open(terminal, page);
        let picture = terminal.picture();
        leave(&format!("layout/{mode}/{page}"), &picture);
        let place = format!("{page}, {mode}");
        let (controls, texts) = (controls(terminal), texts(terminal));
        assert!(!controls.is_empty() && !texts.is_empty(), "{place}");
        let mut say = |what: String| wrong.push(format!("{place}: {what}"));
        for Thing { name, place, .. } in controls.iter().chain(&texts).filter(|it| !it.inside) {
            say(format!("{name} is off the screen: {place:?}"));
        }
        targets(&controls, [TARGET, GAP, FACES_GAP], &mut say);
        words(&texts, &controls, &picture, &mut say);
        edges(&controls, &picture, &mut say);
        cards(terminal, &controls, &mut say);
        for Thing { name, place, .. } in controls.iter().filter(|_| comfort.lowered) {
            if place.0[1] < REACH {
                say(format!("{name} is out of reach: {}", place.0[1]));
            }
        }
        let empty = emptiest(&picture);
        if height > width && !comfort.lowered && empty > EMPTY {
            say(format!("{:.0} % of it is empty in one piece", empty * 100.0));
        }
    }
    assert!(wrong.is_empty(), "{} faults: {wrong:#?}", wrong.len());
}

/// What is wrong with the words of a page that is shown.
pub fn faults(terminal: &Terminal) -> Vec<String> {
    let mut wrong = Vec::new();
    let (controls, texts) = (controls(terminal), texts(terminal));
    for Thing { name, place, .. } in controls.iter().chain(&texts).filter(|it| !it.inside) {
        wrong.push(format!("{name} is off the screen: {place:?}"));
    }
    words(&texts, &controls, &terminal.picture(), &mut |fault| wrong.push(fault));
    wrong
}

/// What is too small to touch on a page that is shown, or too near to something else: the least size,
/// and what parts two keys, and two faces.
pub fn cramped(terminal: &Terminal, least: [f32; 3]) -> Vec<String> {
    let mut wrong = Vec::new();
    targets(&controls(terminal), least, &mut |fault| wrong.push(fault));
    wrong
}

/// Large enough, apart, and not over one another.
fn targets(controls: &[Thing], [target, gap, faces_gap]: [f32; 3], say: &mut impl FnMut(String)) {
    let labels: Vec<String> =
        Language::ALL.iter().flat_map(|one| sample::LABELS.map(|label| one.say(label))).collect();
    for (n, one) in controls.iter().enumerate() {
        let (width, height) = one.place.size();
        if width < target || height < target {
            say(format!("{} is only {width} × {height}", one.name));
        }
        for other in &controls[n + 1..] {
            let apart = one.place.apart(&other.place);
            let face = |thing: &Thing| labels.contains(&thing.name);
            let least = if face(one) && face(other) { faces_gap } else { gap };
            if apart < least - 0.5 {
                say(format!("{} and {} are {apart} apart", one.name, other.name));
            }
        }
    }
}

/// Drawn, readable, not over one another, and not at the edge of what they stand on.
fn words(texts: &[Thing], controls: &[Thing], picture: &Picture, say: &mut impl FnMut(String)) {
    for (n, one) in texts.iter().enumerate() {
        let off = controls.iter().any(|it| !it.enabled && one.place.within(&it.place));
        let least = if off { CONTRAST.1 } else { CONTRAST.0 };
        let contrast = words_contrast(picture, one.place);
        if contrast < least {
            say(format!("“{}” at {:?} has {contrast:.1} : 1", one.name, one.place));
        }
        for other in &texts[n + 1..] {
            let apart = one.place.apart(&other.place);
            if apart < -2.0 {
                say(format!("“{}” and “{}” overlap: {apart}", one.name, other.name));
            }
        }
        for control in controls {
            let over = one.place.apart(&control.place) < -2.0;
            if over && !one.place.within(&control.place) {
                say(format!("“{}” runs over {}", one.name, control.name));
            }
        }
    }
    for Thing { name, place, .. } in controls {
        let [left, top, right, bottom] = place.0;
        // Between the corners, inside the border.
        let (inset, corner) = (9.0, (bottom - top) / 2.0);
        let rows = [top + inset, bottom - inset];
        let ink = rows.iter().any(|y| {
            let line = (0..).map(|n| left + corner + n as f32).take_while(|x| *x < right - corner);
            let colours: Vec<_> = line.map(|x| colour(picture, x, *y)).collect();
            colours.iter().any(|one| contrast(*one, colours[0]) > 1.6)
        });
        if ink {
            say(format!("something touches the edge of {name}"));
        }
    }
}

/// What belongs together keeps its distance from what is touched, and from other such things: what is
/// too high for its place pushes into what follows.
fn cards(terminal: &Terminal, controls: &[Thing], say: &mut impl FnMut(String)) {
    let cards = things(terminal, |query| query.match_inherits("Card").find_all());
    for (n, Thing { place, inside, .. }) in cards.iter().enumerate() {
        if !inside {
            say(format!("a card is off the screen: {place:?}"));
        }
        for other in controls.iter().filter(|control| !control.place.within(place)) {
            let apart = place.apart(&other.place);
            if apart < GAP - 0.5 {
                say(format!("a card and {} are {apart} apart", other.name));
            }
        }
        for other in &cards[n + 1..] {
            let apart = place.apart(&other.place);
            if apart < GAP - 0.5 {
                say(format!("two cards are {apart} apart: {place:?}"));
            }
        }
    }
}

/// Words that end in dots instead of being read are seen by nobody who checks places: there are none.
#[test]
fn no_words_are_cut_to_fit() {
    fn look(folder: &std::path::Path) -> usize {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let read = |path: std::path::PathBuf| {
            if path.is_dir() {
                return look(&path);
            }
            let is_screen = path.extension().is_some_and(|extension| extension == "slint");
            let source =
                if is_screen { std::fs::read_to_string(&path).unwrap() } else { String::new() };
            assert!(!source.contains("elide"), "{}", path.display());
            usize::from(is_screen)
        };
        entries.map(read).sum()
    }
    assert!(look(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("ui")) > 40);
}

/// Parted from what is around by more than a hint, by its edge or its ground.
fn edges(controls: &[Thing], picture: &Picture, say: &mut impl FnMut(String)) {
    for Thing { name, place, enabled, .. } in controls {
        let [left, top, _, bottom] = place.0;
        let middle = (top + bottom) / 2.0;
        let outside = colour(picture, left - 4.0, middle);
        let inside = (0..10).map(|n| colour(picture, left + n as f32, middle));
        let most = inside.map(|one| contrast(one, outside)).fold(0.0, f64::max);
        if *enabled && most < CONTRAST.1 {
            say(format!("the edge of {name} has {most:.1} : 1"));
        }
    }
}

fn colour(picture: &Picture, x: f32, y: f32) -> Rgba8Pixel {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let (x, y) = ((x.max(0.0) as usize).min(width - 1), (y.max(0.0) as usize).min(height - 1));
    picture.as_slice()[y * width + x]
}

/// How two colours differ (WCAG 2: relative luminance).
fn contrast(one: Rgba8Pixel, other: Rgba8Pixel) -> f64 {
    let linear = |channel: u8| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    };
    let light = |p: Rgba8Pixel| 0.2126 * linear(p.r) + 0.7152 * linear(p.g) + 0.0722 * linear(p.b);
    let (one, other) = (light(one) + 0.05, light(other) + 0.05);
    f64::max(one / other, other / one)
}

/// The commonest colour of a place against the strongest that is there more than by chance.
fn words_contrast(picture: &Picture, place: Place) -> f64 {
    let [left, top, right, bottom] = place.0.map(|edge| edge.max(0.0) as usize);
    let width = picture.width() as usize;
    let mut counts: HashMap<(u8, u8, u8), usize> = HashMap::new();
    for row in top..bottom.min(picture.height() as usize) {
        for pixel in &picture.as_slice()[row * width + left..row * width + right.min(width)] {
            *counts.entry((pixel.r, pixel.g, pixel.b)).or_default() += 1;
        }
    }
    let pixel = |(r, g, b): (u8, u8, u8)| Rgba8Pixel { r, g, b, a: 255 };
    let Some((ground, _)) = counts.iter().max_by_key(|(_, count)| **count) else { return 0.0 };
    // A full stop on a small screen is hardly more than one pixel.
    counts.keys().map(|ink| contrast(pixel(*ink), pixel(*ground))).fold(0.0, f64::max)
}

/// The share of the highest piece of a picture in which nothing is.
fn emptiest(picture: &Picture) -> f32 {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let (mut longest, mut now) = (0, 0);
    for row in picture.as_slice().chunks_exact(width) {
        now = if row.iter().all(|pixel| *pixel == row[0]) { now + 1 } else { 0 };
        longest = longest.max(now);
    }
    longest as f32 / height as f32
}

#[test]
fn the_question_is_the_largest_thing_to_read_on_the_faces() {
    let terminal = Terminal::new(PORTRAIT);
    let modes = [(PORTRAIT, AS_IT_IS), (PORTRAIT, ELDER), (PORTRAIT, LOWERED), (LANDSCAPE, ELDER)];
    for ((width, height), comfort) in modes {
        terminal.app.window().set_size(LogicalSize::new(width, height));
        terminal.show(sample::faces());
        terminal.suits(comfort);
        let texts = texts(&terminal);
        // A long question runs over several lines of its size.
        let (question, others): (Vec<&Thing>, Vec<&Thing>) =
            texts.iter().partition(|text| text.name == "您对这次办理满意吗？");
        let lines = if width > height { 2.0 } else { 1.0 };
        let size = question[0].place.size().1 / lines;
        for other in others.iter().filter(|other| !other.name.contains('。')) {
            // Two lines at most, for what is not a whole sentence.
            let half = other.place.size().1 / 2.0;
            assert!(half < size, "{} is {half} high, the question {size}", other.name);
        }
    }
}

#[test]
fn a_touch_is_answered_within_100_ms_and_looks_the_other_way_round() {
    let terminal = Terminal::new(PORTRAIT);
    let confirm = visit::screen::Screen::Confirm { item: sample::item(), entries: Vec::new() };
    let touched = [
        (sample::faces(), "满意"),
        (sample::faces(), "不向社会公开我的评价"),
        (sample::faces(), "呼叫工作人员"),
        (visit::screen::Screen::Items { items: sample::items() }, "公共场所卫生许可（示例）"),
        (confirm, "返回修改"),
        (sample::form(Vec::new(), Vec::new()), "7"),
    ];
    for (screen, label) in touched {
        terminal.show(screen);
        let place = Place::of(&terminal.find(label));
        let [left, top, right, bottom] = place.0;
        let (x, y) = ((left + right) / 2.0, (top + bottom) / 2.0);
        let ground = |picture: &Picture| colour(picture, left + 14.0, y);
        let before = ground(&terminal.picture());
        terminal.finger(x, y, TouchPhase::Started);
        terminal.pass(Duration::from_millis(100));
        let under = ground(&terminal.picture());
        assert!(contrast(before, under) > 7.0, "{label}: {before:?} → {under:?}");
        // A finger that slides away touches nothing.
        terminal.finger(x, y + 900.0, TouchPhase::Cancelled);
        terminal.pass(Duration::from_millis(400));
    }
}

#[test]
fn i04_the_faces_differ_at_a_glance_without_any_colour() {
    let terminal = Terminal::new(PORTRAIT);
    terminal.show(sample::faces());
    let picture = terminal.picture();
    // The face alone, without words and stars.
    let faces = sample::LABELS.map(|label| {
        let [left, top, right, bottom] = Place::of(&terminal.find(label)).0;
        let (width, height) = ((right - left) as usize, ((bottom - top) * 0.5) as usize);
        let pixel =
            |n: usize| colour(&picture, left + (n % width) as f32, top + (n / width) as f32);
        // Features are white on whatever the level's colour is.
        (0..width * height).map(|n| pixel(n).r > 200 && pixel(n).b > 200).collect::<Vec<bool>>()
    });
    for (n, pair) in faces.windows(2).enumerate() {
        let differ = pair[0].iter().zip(&pair[1]).filter(|(one, other)| one != other).count();
        let drawn = pair[0].iter().filter(|white| !**white).count();
        assert!(differ * 20 > drawn, "faces {n} and {}: {differ} of {drawn}", n + 1);
    }
}
