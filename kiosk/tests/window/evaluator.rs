//! A terminal that stands at a window: it sleeps, wakes, asks, and sleeps again, on the small screens
//! that stand on counters.

use std::time::Duration;

use domain::{case::Stage, level::Level};
use slint::{ComponentHandle as _, LogicalSize};
use visit::{
    content::Choices,
    flow::{Effect, Event},
    language::Language,
    screen::{Comfort, Screen},
    window::{Lost, Matter, News},
};

use crate::{
    layout::{cramped, faults},
    pages::{open, pages},
    sample,
    screens::leave,
    terminal::Terminal,
};

const WINDOW: &str = "3号窗口（示例）";
/// With a voice beside it.
const VOICE: &str = "voice";

/// Screens of evaluators: how many pixels, and how many of them a millimetre has.
const COUNTER: [((f32, f32), f32); 3] = [
    // 7 inches.
    ((1024.0, 600.0), 6.67),
    // 10.1 inches.
    ((1280.0, 800.0), 5.88),
    // 8 inches, upright.
    ((800.0, 1280.0), 7.43),
];
/// What a finger needs on a screen that is near, in mm: to hit something, between two keys, and
/// between two faces. A face is as wide as a thumb.
const NEAR: [f32; 3] = [7.0, 1.0, 1.5];
const FACE: f32 = 15.0;

fn shows(token: &str) -> News {
    let item_name = sample::item().name;
    // 10:04 in Shanghai.
    let served_at = 1_795_313_040_000_000;
    let (token, stage) = (token.to_owned(), Stage::Completion);
    News::Shows(Some(Matter { token, item_name, stage, served_at }))
}

fn attending() -> Terminal {
    let terminal = Terminal::new(COUNTER[0].0);
    terminal.attends(WINDOW);
    terminal
}

fn at_the_faces(choices: Choices) -> Terminal {
    let terminal = attending();
    wakes(&terminal, choices);
    terminal
}

fn wakes(terminal: &Terminal, choices: Choices) {
    terminal.hears(shows("t"));
    assert_eq!(terminal.asked(), [Effect::FetchChoices("t".into())]);
    terminal.answer(Event::ChoicesCame(choices));
}

#[test]
fn i19_the_evaluator_wakes_by_itself_shows_the_matter_takes_the_rating_and_sleeps() {
    let terminal = attending();
    for words in
        [WINDOW, "政务服务中心", "10:24", "11月22日 星期日", "办完了，请您评一评", "窗口二维码"]
    {
        terminal.find(words);
    }
    let absent = |label: &str| assert!(terminal.labelled(label).is_empty(), "{label}");
    ["点击屏幕，开始办理", "查评价处理结果", "呼叫工作人员"].iter().for_each(|label| absent(label));
    // A touch anywhere begins nothing.
    terminal.tap_at(512.0, 200.0);
    assert_eq!((terminal.screen(), terminal.asked()), (Screen::Attract, Vec::new()));

    wakes(&terminal, sample::choices(false));
    for words in ["您对这次办理满意吗？", "食品经营许可（示例）", "10:04 办结"]
    {
        terminal.find(words);
    }
    ["呼叫工作人员", "办件编号"].iter().for_each(|label| absent(label));
    terminal.tap("不向社会公开我的评价");
    terminal.tap("满意");
    let asked = terminal.asked();
    let [Effect::Rate(rating)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(
        (rating.level, rating.private, rating.token.as_str()),
        (Level::Satisfied, true, "t")
    );
    terminal.answer(Event::Rated(sample::receipt()));
    terminal.hears(News::Shows(None));
    for words in ["谢谢您的评价", "K7QM-2XHD"] {
        terminal.find(words);
    }
    ["办件编号", "办件编号 "].iter().for_each(|label| absent(label));
    terminal.pass(terminal.screen().patience().unwrap().quiet + Duration::from_secs(1));
    terminal.find(WINDOW);
    assert!(!kiosk::view::remembers(&terminal.app));
}

#[test]
fn i04_what_is_being_written_when_the_next_citizen_comes_goes_along() {
    let terminal = at_the_faces(sample::choices(true));
    terminal.tap("不满意");
    terminal.tap("其他，我来写");
    terminal.type_text("等了三个小时");
    terminal.hears(shows("next"));
    assert!(!terminal.labelled("请说说原因").is_empty(), "nobody interrupts them");
    terminal.pass(Duration::from_secs(11));
    terminal.find("您还在吗？");
    // Still there, and asked again.
    terminal.tap("继续办理");
    terminal.pass(Duration::from_secs(11));
    terminal.find("您还在吗？");
    terminal.pass(Duration::from_secs(9));
    let asked = terminal.asked();
    let [Effect::Deliver(rating)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!((rating.words.as_str(), rating.token.as_str()), ("等了三个小时", "t"));
    // The next one's faces, after the window's own page.
    terminal.find(WINDOW);
    assert!(!kiosk::view::remembers(&terminal.app));
    terminal.pass(Duration::from_secs(3));
    assert_eq!(terminal.asked(), [Effect::FetchChoices("next".into())]);
}

#[test]
fn i19_faces_nobody_touched_go_with_their_citizen_and_come_back_while_it_is_their_turn() {
    let terminal = at_the_faces(sample::choices(false));
    terminal.tap("不评价，退出");
    terminal.find(&sample::item().name);
    terminal.tap("评价刚才办的事");
    assert_eq!(terminal.asked(), [Effect::FetchChoices("t".into())]);
    terminal.answer(Event::ChoicesCame(sample::choices(false)));
    terminal.find("非常满意");
    terminal.hears(News::Shows(None));
    terminal.find(WINDOW);
    for label in ["非常满意", "评价刚才办的事", "食品经营许可（示例）"] {
        assert!(terminal.labelled(label).is_empty(), "{label}");
    }
    assert!(!kiosk::view::remembers(&terminal.app));
}

#[test]
fn i19_the_evaluator_says_what_keeps_it_from_its_window() {
    let terminal = attending();
    let why = [
        (Lost::Away, "网络暂时不通，恢复后自动继续。"),
        (Lost::Elsewhere, "另一台评价器正在使用本窗口。"),
        (Lost::NoWindow, "本评价器还没有设到窗口，请告诉工作人员。"),
        (Lost::NotAdmitted, "本评价器停用，请告诉工作人员。"),
    ];
    for (lost, words) in why {
        terminal.hears(News::Lost(lost));
        terminal.find(words);
        terminal.hears(News::Shows(None));
        assert!(terminal.labelled(words).is_empty(), "{words}");
    }
}

#[test]
fn i19_whoever_chooses_a_language_while_it_sleeps_is_asked_in_it() {
    let terminal = attending();
    terminal.tap("English");
    terminal.hears(shows("t"));
    terminal.answer(Event::ChoicesCame(sample::choices(false)));
    terminal.find(&Language::English.say("您对这次办理满意吗？"));
    terminal.find("Done at 10:04");
}

/// Pages of an evaluator: how each comes about.
fn stations(terminal: &Terminal) -> Vec<(String, Screen, News)> {
    let kept = ["faces", "faces-long", "reasons", "praise", "words", "question", "question-words"];
    let told = ["thanks", "thanks-rule", "kept", "refused", "offline", "closed", "waiting"];
    let wanted = |name: &str| kept.contains(&name) || told.contains(&name);
    let mut all: Vec<_> = pages()
        .into_iter()
        .filter(|(name, ..)| wanted(name))
        .map(|(name, screen, _)| (name.to_owned(), unnumbered(screen), shows("token")))
        .collect();
    let asleep = |name: &str, event| (name.to_owned(), Screen::Attract, event);
    all.push(asleep("asleep", News::Shows(None)));
    all.push(asleep("asleep-again", shows("declined")));
    for lost in [Lost::Away, Lost::Elsewhere, Lost::NoWindow, Lost::NotAdmitted] {
        all.push(asleep(&format!("asleep-{lost:?}"), News::Lost(lost)));
    }
    terminal.show(Screen::Attract);
    all
}

/// A screen without 办件编号, which an evaluator does not know.
fn unnumbered(mut screen: Screen) -> Screen {
    let none = String::new;
    match &mut screen {
        Screen::Faces { invitation, .. } => invitation.project_number = none(),
        Screen::Reasons(given) | Screen::Question { given, .. } => {
            given.invitation.project_number = none();
        }
        Screen::Thanks { rated, .. } | Screen::Sending { rated, .. } => {
            rated.project_number = none();
        }
        Screen::Offline { from, .. } => **from = unnumbered((**from).clone()),
        _ => {}
    }
    screen
}

/// Every page of an evaluator, as one may want it.
fn sound(mode: &str, comfort: Comfort) {
    let terminal = attending();
    if mode == VOICE {
        terminal.equipped();
    }
    let mut wrong = Vec::new();
    for ((width, height), mm) in COUNTER {
        terminal.app.window().set_size(LogicalSize::new(width, height));
        for (name, screen, news) in stations(&terminal) {
            let place = format!("{name}, {width} × {height}, {mode}");
            terminal.show(screen);
            terminal.hears(news);
            if name == "asleep-again" {
                terminal.answer(Event::Left);
            }
            terminal.suits(comfort);
            open(&terminal, &name);
            leave(&format!("layout/evaluator-{width}-{mode}/{name}"), &terminal.picture());
            let mut faults = faults(&terminal);
            // What a machine measures there is in pixels of the large screens.
            faults.retain(|fault| !fault.starts_with("something touches"));
            faults.extend(cramped(&terminal, NEAR.map(|least| least * mm)));
            wrong.extend(faults.into_iter().map(|fault| format!("{place}: {fault}")));
            if name.starts_with("faces") {
                for label in sample::LABELS.map(|label| comfort.language.say(label)) {
                    let size = terminal.find(&label).size();
                    let least = FACE * mm;
                    if size.width < least || size.height < least {
                        wrong.push(format!("{place}: {label} is only {size:?}, not {least}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} faults: {wrong:#?}", wrong.len());
}

#[test]
fn i19_every_page_of_an_evaluator_is_sound_on_the_screens_of_counters() {
    sound("standard", Comfort::default());
}

#[test]
fn i19_every_page_of_an_evaluator_is_sound_for_elders_in_high_contrast() {
    sound("elder", Comfort { elder: true, contrast: true, ..Comfort::default() });
}

#[test]
fn i19_every_page_of_an_evaluator_is_sound_with_a_voice() {
    sound(VOICE, Comfort::default());
}

#[test]
fn i19_every_page_of_an_evaluator_is_sound_in_uyghur() {
    sound("ug", Comfort { language: Language::Uyghur, ..Comfort::default() });
}
