//! The screen's own keys: what they type goes where the cursor is, as from any keyboard.

use std::{cell::RefCell, rc::Rc};

use slint::{
    ComponentHandle as _, Model as _, ModelRc, SharedString,
    platform::{Key, WindowEvent},
};
use visit::{
    language::Language,
    pad,
    pinyin::{
        Purpose,
        board::{Board, Room},
    },
};

use super::model;
use crate::{
    glyphs, language,
    ui::{self, App, Keys, Offer, Plane},
};

/// How many rows of keys candidates take the place of.
const ROWS: usize = 4;

/// Tells what is typed.
pub(super) fn listen(app: &App) {
    let typing = Rc::new(RefCell::new(Board::new(glyphs::drawn)));
    let board = app.global::<ui::Board>();
    // What a touch does to what is being typed; what it writes is written when that is done, since
    // writing may move on.
    let on = |act: fn(&mut Board, &ui::Board<'_>, &str) -> String| {
        let (typing, weak) = (Rc::clone(&typing), app.as_weak());
        move |with: &str| {
            // Gone only while the window is being closed.
            let Some(app) = weak.upgrade() else { return };
            let written = {
                let mut typing = typing.borrow_mut();
                let board = app.global::<ui::Board>();
                let written = act(&mut typing, &board, with);
                show(&board, &typing);
                written
            };
            if !written.is_empty() {
                press(&app, &written.into());
            }
        }
    };
    let to = on(|typing, board, key| match board.get_plane() {
        Plane::Hanzi => typing.press(key, purpose(board)),
        _ => typing.settle() + key,
    });
    board.on_press(move |key| to(&key));
    let to = on(|typing, _, key| typing.settle() + key);
    board.on_write(move |key| to(&key));
    let to = on(|typing, board, _| match typing.erase(purpose(board)) {
        true => String::new(),
        false => char::from(Key::Backspace).into(),
    });
    board.on_erase(move || to(""));
    let to = on(|typing, _, place| typing.choose(place.parse().unwrap_or(usize::MAX)));
    board.on_choose(move |place| to(&place.to_string()));
    let to = on(|typing, _, _| typing.settle());
    board.on_settle(move || to(""));
    let to = on(|typing, _, _| {
        *typing = Board::new(glyphs::drawn);
        String::new()
    });
    board.on_drop(move || to(""));
    let to = on(|typing, board, by| {
        match by {
            "0" => typing.close(),
            "-1" => typing.backward(),
            _ if typing.is_open() => typing.forward(room(board)),
            _ => typing.open(),
        }
        String::new()
    });
    board.on_turn(move |by| to(&by.to_string()));
    let to = on(|typing, _, strokes| {
        match strokes.parse() {
            Ok(strokes) => typing.strokes(strokes),
            Err(_) => typing.by_radical(),
        }
        String::new()
    });
    board.on_strokes(move |strokes| to(&strokes.to_string()));
    let to = on(|_, _, _| String::new());
    board.on_refit(move || to(""));
    let (to, weak) = (on(|typing, _, _| typing.settle()), app.as_weak());
    board.on_switch(move || {
        to("");
        let Some(app) = weak.upgrade() else { return };
        let board = app.global::<ui::Board>();
        let own = language::spoken(&app) == Language::Uyghur;
        board.set_plane(match board.get_plane() {
            Plane::Hanzi => Plane::Latin,
            Plane::Latin if own => Plane::Uyghur,
            _ => Plane::Hanzi,
        });
    });
    board.on_may_follow(|keys, number, key| match (keys, key.chars().next()) {
        (Keys::Identity, Some(key)) => pad::may_follow(&number, key),
        _ => true,
    });
}

/// Presses a key where the cursor is; several characters are one key, as from an input method.
pub(super) fn press(app: &App, text: &SharedString) {
    app.window().dispatch_event(WindowEvent::KeyPressed { text: text.clone() });
    app.window().dispatch_event(WindowEvent::KeyReleased { text: text.clone() });
}

/// What is being typed is written where the cursor is: the page is being left.
pub(super) fn settle(app: &App) {
    app.global::<ui::Board>().invoke_settle();
}

/// What is being typed leaves the window with the screen it was typed on, and the next one begins
/// with the letters of its visitor's language.
pub(super) fn forget(app: &App) {
    let board = app.global::<ui::Board>();
    board.invoke_drop();
    board.set_plane(match language::spoken(app) {
        Language::Chinese => Plane::Hanzi,
        Language::Uyghur => Plane::Uyghur,
        Language::Zhuang | Language::English => Plane::Latin,
    });
}

/// Whether anything that was typed is left in the window.
pub(super) fn remembers(app: &App) -> bool {
    let board = app.global::<ui::Board>();
    !board.get_letters().is_empty() || board.get_rows().row_count() > 0
}

fn purpose(board: &ui::Board<'_>) -> Purpose {
    if board.get_name() { Purpose::Name } else { Purpose::Text }
}

fn room(board: &ui::Board<'_>) -> Room {
    Room { bar: board.get_bar(), row: board.get_row(), rows: ROWS, gap: board.get_gap() }
}

fn show(board: &ui::Board<'_>, typing: &Board) {
    let room = room(board);
    let tail = usize::try_from(board.get_tail()).unwrap_or_default();
    board.set_letters(typing.tail(tail).into());
    let offer = |offer: visit::pinyin::board::Offer| Offer {
        place: i32::try_from(offer.place).unwrap_or(i32::MAX),
        text: offer.text.into(),
    };
    let rows: Vec<ModelRc<Offer>> =
        typing.rows(room).into_iter().map(|row| model(row.into_iter().map(offer))).collect();
    board.set_rows(if rows.is_empty() { ModelRc::default() } else { model(rows.into_iter()) });
    board.set_open(typing.is_open());
    board.set_by_radical(typing.radical().is_some());
    board.set_radical(typing.radical().unwrap_or_default().into());
    board.set_earlier(typing.earlier());
    board.set_more(typing.more(room));
}
