//! Every screen: its words are drawn, and it looks as it did.
//!
//! A picture that differs is left in the target folder's `screens/`. Look at it, and if it is
//! right, copy it to `tests/golden/`.

use std::{fs, io::BufWriter, path::Path};

use i_slint_backend_testing::ElementHandle;
use slint::{ComponentHandle as _, Rgba8Pixel, SharedPixelBuffer};
use visit::{content::Case, screen::Screen};

use crate::{
    sample,
    terminal::{PORTRAIT, Terminal},
};

/// The least ink of a character at the smallest size, in pixels: 一 is thin.
const INK: usize = 12;
/// How much a colour may differ from the kept picture's, of 255, and how many pixels more.
const TOLERANCE: (u8, usize) = (24, 200);

/// Every screen by name, with the words that must be readable on it.
fn screens() -> Vec<(&'static str, Screen, Vec<&'static str>)> {
    let item = sample::item();
    let invited = sample::invitation();
    let problems = vec![("applicant_phone".to_owned(), "应为11位手机号码".to_owned())];
    let mut faces = vec![
        "请您评价",
        "您对这次办理满意吗？",
        "食品经营许可（示例）",
        "办件编号 65230120261122A1B2C3D4E5F6",
        "查询：https://example.gov.cn/my",
        "不向社会公开我的评价",
        "不评价，退出",
    ];
    faces.extend(sample::LABELS);
    vec![
        (
            "attract",
            Screen::Attract,
            vec!["政务服务自助终端", "办事指南 · 自助申请 · 办完即评", "点击屏幕，开始办理"],
        ),
        ("waiting", sample::sending(), vec!["请稍候", "正在保存您的评价……"]),
        (
            "items",
            Screen::Items { items: sample::items() },
            vec![
                "请选择要办理的事项",
                "食品经营许可（示例）",
                "社会保险参保缴费记录查询打印（示例）",
                "还有更多，往下看",
                "退出",
            ],
        ),
        (
            "guide",
            Screen::Guide { item: item.clone(), entries: Vec::new() },
            vec![
                "办事指南",
                "食品经营许可（示例）",
                "昌吉市示例市场监督管理局",
                "程序：申请→受理→审查→现场核查→决定→送达",
                "开始填写",
                "重选事项",
                "退出",
            ],
        ),
        (
            "form",
            Screen::Form { item: item.clone(), entries: sample::entries(), problems },
            vec![
                "填写申请",
                "有内容需要更正，请看红色提示。",
                "应为11位手机号码",
                "餐饮服务",
                "填好了",
                "看指南",
                "退出",
                "删除",
                "9",
            ],
        ),
        (
            "confirm",
            Screen::Confirm { item, entries: sample::entries() },
            vec!["请核对", "联系电话", sample::NAME, sample::PHONE, "确认提交", "返回修改", "退出"],
        ),
        (
            "result",
            Screen::Result { case: Case { invitation: None, ..sample::case() } },
            vec!["申请已受理", "办件编号", sample::NUMBER, "退出"],
        ),
        (
            "faces",
            Screen::Faces { invitation: invited, choices: sample::choices(true), private: false },
            faces,
        ),
        (
            "reasons",
            Screen::Reasons(sample::given(true)),
            vec![
                "哪里让您不满意？",
                "不满意",
                "请至少选一项，可以多选。",
                "按规定，差评选了原因才能提交；没有选就离开，这次评价不会计入。",
                "业务不熟练",
                "在办事指南之外增加新的审批条件",
                "提交评价",
                "改选等级",
            ],
        ),
        (
            "thanks",
            sample::thanks(),
            vec![
                "谢谢您的评价",
                "您的评价已保存。",
                "评价凭证码",
                "K7QM-2XHD",
                "查询办件、评价和处理结果：\nhttps://example.gov.cn/my",
                "完成",
            ],
        ),
        (
            "refused",
            Screen::Refused {
                words: "该事项本机暂不受理，请到窗口办理。".into(),
                project_number: None,
            },
            vec!["未能完成", "该事项本机暂不受理，请到窗口办理。", "返回首页"],
        ),
        (
            "offline",
            sample::offline(),
            vec![
                "网络暂时不通",
                "您的评价还没有得到确认，终端会自动重试。\n现在退出也会继续提交，不会重复计数。",
                "再试一次",
                "退出",
            ],
        ),
        (
            "closed",
            Screen::Closed { project_number: None, rated: false },
            vec!["终端停用", "本终端停用，请到窗口办理。", "再试一次"],
        ),
    ]
}

#[test]
fn every_screen_shows_its_words_and_looks_as_it_did() {
    let terminal = Terminal::new(PORTRAIT);
    let mut changed = Vec::new();
    for (name, screen, words) in screens() {
        terminal.show(screen);
        let picture = terminal.picture();
        readable(&terminal, &picture, name, &words);
        if let Err(why) = as_kept(name, &picture) {
            changed.push(format!("{name}: {why}"));
        }
    }
    assert!(changed.is_empty(), "{changed:#?}");
}

/// A number broken over two lines is copied wrongly.
#[test]
fn a_case_number_of_full_length_stands_on_one_line() {
    let terminal = Terminal::new(PORTRAIT);
    let number = format!("办件编号 {}", sample::NUMBER);
    let (case, labels) = (sample::case(), [number.as_str(), sample::NUMBER]);
    let (invitation, choices) = (sample::invitation(), sample::choices(false));
    let faces = Screen::Faces { invitation, choices, private: false };
    for screen in [Screen::Result { case }, faces, sample::thanks()] {
        terminal.show(screen);
        let found = labels.iter().flat_map(|label| terminal.labelled(label));
        let heights: Vec<f32> = found.map(|element| element.size().height).collect();
        assert!(!heights.is_empty() && heights.iter().all(|height| *height < 80.0), "{heights:?}");
    }
}

/// Terminals are not all alike: whatever the screen, everything to touch is on it, and readable.
#[test]
fn every_screen_fits_wide_and_small_displays() {
    let terminal = Terminal::new(PORTRAIT);
    for (width, height) in [(1920.0, 1080.0), (1280.0, 800.0), (768.0, 1024.0)] {
        terminal.app.window().set_size(slint::LogicalSize::new(width, height));
        for (name, screen, words) in screens() {
            terminal.show(screen);
            let picture = terminal.picture();
            let place = format!("{name} at {width} × {height}");
            // Long lists and forms may need pushing; titles and buttons may not.
            let fixed: Vec<&str> = words
                .into_iter()
                .filter(|word| {
                    let long = matches!(name, "items" | "guide" | "form" | "confirm" | "reasons");
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
    let verdict = match read(&kept) {
        None => Err(format!("{} is not there", kept.display())),
        Some((size, _)) if size != (picture.width(), picture.height()) => {
            Err(format!("the kept one has {size:?}"))
        }
        Some((_, pixels)) => {
            let channels = picture.as_slice().iter().flat_map(|p| [p.r, p.g, p.b]);
            let far = |(new, old): &(u8, u8)| new.abs_diff(*old) > TOLERANCE.0;
            match channels.zip(pixels).filter(far).count() {
                few if few <= TOLERANCE.1 => Ok(()),
                many => Err(format!("{many} values differ")),
            }
        }
    };
    if verdict.is_err() {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("screens");
        fs::create_dir_all(&folder).unwrap();
        write(&folder.join(format!("{name}.png")), picture);
    }
    verdict
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

fn write(path: &Path, picture: &SharedPixelBuffer<Rgba8Pixel>) {
    let file = BufWriter::new(fs::File::create(path).unwrap());
    let mut encoder = png::Encoder::new(file, picture.width(), picture.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    let colours: Vec<u8> = picture.as_slice().iter().flat_map(|p| [p.r, p.g, p.b]).collect();
    encoder.write_header().unwrap().write_image_data(&colours).unwrap();
}
