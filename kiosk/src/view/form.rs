//! A form in the window: what is typed, what is wrong with it, and what of it is shown.

use domain::item::FieldKind;
use slint::{ComponentHandle as _, Model as _, ModelRc, SharedString};
use visit::{
    content::{Field, ItemCard},
    form::{masked, problem, tidy},
    pad::{Typed, identity},
};

use super::{change, model};
use crate::ui::{Action, App, Entry, Keys, Kind, State};

/// The fields of an item's form, with what stands in them and what is wrong with that.
pub(super) fn rows(
    item: &ItemCard,
    entries: &[(String, String)],
    problems: &[(String, String)],
) -> Vec<Entry> {
    let of = |list: &[(String, String)], field: &Field| {
        let found = list.iter().find(|(id, _)| *id == field.id);
        found.map(|(_, text)| SharedString::from(text)).unwrap_or_default()
    };
    let row = |field: &Field| {
        let value = of(entries, field);
        Entry {
            id: (&field.id).into(),
            kind: kind_to_window(field.kind),
            most: i32::try_from(field.max_length).unwrap_or(i32::MAX),
            label: (&field.label).into(),
            required: field.required,
            choices: model(field.choices.iter().map(SharedString::from)),
            keys: match field.kind {
                FieldKind::Choice => Keys::None,
                FieldKind::Text => Keys::Letters,
                FieldKind::PersonName => Keys::Name,
                FieldKind::Number | FieldKind::Phone => Keys::Digits,
                FieldKind::IdNumber => Keys::Identity,
                FieldKind::Date => Keys::Date,
            },
            masked: masked(field.kind, &value).unwrap_or_default().into(),
            value,
            problem: of(problems, field),
        }
    };
    item.form.iter().map(row).collect()
}

/// The field to go on with: the one the visitor came to change, the first that is wrong, or else
/// the first still wanted; below zero if there is none.
pub(super) fn first(entries: &[Entry], at: Option<&str>) -> i32 {
    let place = |is: &dyn Fn(&Entry) -> bool| entries.iter().position(is);
    let asked = at
        .and_then(|id| place(&|entry| entry.id == id))
        .or_else(|| place(&|entry| !entry.problem.is_empty()))
        .or_else(|| place(&|entry| entry.required && entry.value.is_empty()));
    asked.and_then(|place| i32::try_from(place).ok()).unwrap_or(-1)
}

/// What stands in the form; a field left empty is not an answer.
pub(super) fn filled(state: &State<'_>) -> Vec<(String, String)> {
    let entries = state.get_entries();
    let given = entries.iter().filter(|entry| !entry.value.trim().is_empty());
    given.map(|entry| (entry.id.into(), tidy(kind(entry.kind), &entry.value))).collect()
}

/// Takes what is typed, and says what is wrong with it when its field is left; of an identity number
/// at its last character.
pub(super) fn listen(app: &App) {
    let action = app.global::<Action>();
    let weak = app.as_weak();
    action.on_enter(move |index, value| {
        let Some(app) = weak.upgrade() else { return };
        on(&app, index, |entry| {
            let kind = kind(entry.kind);
            let slip = kind == FieldKind::IdNumber && identity(&value) == Typed::Wrong;
            entry.problem = if slip { said(&app, entry, &value) } else { SharedString::default() };
            entry.masked = masked(kind, &value).unwrap_or_default().into();
            entry.value = value.clone();
        });
    });
    let weak = app.as_weak();
    action.on_leave_entry(move |index| {
        let Some(app) = weak.upgrade() else { return };
        on(&app, index, |entry| leave(&app, entry));
    });
}

/// Fills fields, by their identity, as if it had been typed and the fields left.
pub(super) fn fill(app: &App, filled: &[(String, String)]) {
    let state = app.global::<State>();
    let mut entries: Vec<Entry> = state.get_entries().iter().collect();
    for entry in &mut entries {
        if let Some((_, value)) = filled.iter().find(|(id, _)| entry.id == *id) {
            entry.value = value.into();
            entry.problem = SharedString::default();
            leave(app, entry);
        }
    }
    state.set_first_entry(first(&entries, None));
    state.set_entries(model(entries.into_iter()));
}

fn leave(app: &App, entry: &mut Entry) {
    let value = tidy(kind(entry.kind), &entry.value);
    // What is still missing is said when the form is done, and stays said.
    if !value.is_empty() {
        entry.problem = said(app, entry, &value);
    }
    entry.masked = masked(kind(entry.kind), &value).unwrap_or_default().into();
    entry.value = value.into();
}

fn on(app: &App, index: i32, with: impl Fn(&mut Entry)) {
    change(&app.global::<State>().get_entries(), index, with);
}

/// What is wrong with a value, in the visitor's language.
fn said(app: &App, entry: &Entry, value: &str) -> SharedString {
    let wrong = problem(&field(entry), value);
    wrong.map(|words| crate::language::spoken(app).say(words).into()).unwrap_or_default()
}

/// The field that a row of the window shows.
fn field(entry: &Entry) -> Field {
    let choices: &ModelRc<SharedString> = &entry.choices;
    Field {
        id: entry.id.to_string(),
        label: entry.label.to_string(),
        kind: kind(entry.kind),
        required: entry.required,
        max_length: u32::try_from(entry.most).unwrap_or_default(),
        choices: choices.iter().map(String::from).collect(),
    }
}

const KINDS: [(FieldKind, Kind); 7] = [
    (FieldKind::Text, Kind::Text),
    (FieldKind::Choice, Kind::Choice),
    (FieldKind::Date, Kind::Date),
    (FieldKind::Number, Kind::Number),
    (FieldKind::PersonName, Kind::PersonName),
    (FieldKind::Phone, Kind::Phone),
    (FieldKind::IdNumber, Kind::IdNumber),
];

fn kind(shown: Kind) -> FieldKind {
    let found = KINDS.iter().find(|(_, one)| *one == shown);
    found.map_or(FieldKind::Text, |(kind, _)| *kind)
}

fn kind_to_window(kind: FieldKind) -> Kind {
    let found = KINDS.iter().find(|(one, _)| *one == kind);
    found.map_or(Kind::Text, |(_, shown)| *shown)
}
