//! The only file that knows the toolkit's names: a screen becomes the window's state, a touch
//! becomes an event. Nothing is decided here.

use domain::{item::FieldKind, level::Level};
use slint::{
    ComponentHandle as _, Model as _, ModelRc, SharedString, VecModel, platform::WindowEvent,
};
use uuid::Uuid;
use visit::{
    content::{Choices, Field, ItemCard, TouchedLevel},
    flow::Event,
    screen::Screen,
};

pub use crate::ui::App;
use crate::ui::{Action, Asked, Entry, Face, Item, Keys, Page, State, Tag};

/// Draws a screen. What an earlier one showed and this one does not is forgotten.
pub fn show(app: &App, screen: &Screen) {
    let state = app.global::<State>();
    forget(&state);
    state.set_page(page(screen));
    let patience = screen.patience();
    let milliseconds = patience.map_or(0, |patience| patience.quiet.as_millis());
    state.set_quiet(i64::try_from(milliseconds).unwrap_or(i64::MAX));
    let seconds = patience.map_or(0, |patience| patience.asking.as_secs());
    state.set_asking(i32::try_from(seconds).unwrap_or(i32::MAX));
    state.set_project_number(screen.project_number().unwrap_or_default().into());
    match screen {
        // Its number is all there is to say.
        Screen::Attract | Screen::Result { .. } => {}
        Screen::Loading
        | Screen::Submitting { .. }
        | Screen::Inviting { .. }
        | Screen::Sending { .. } => state.set_asked(asked(screen)),
        Screen::Items { items } => state.set_items(model(items.iter().map(row))),
        Screen::Guide { item, .. } => {
            state.set_item(row(item));
            state.set_guide(model(item.guide.iter().map(SharedString::from)));
        }
        Screen::Form { item, entries, problems } => {
            state.set_item(row(item));
            let entries: Vec<Entry> = form(item, entries, problems).collect();
            state.set_first_entry(first(&entries));
            state.set_entries(model(entries.into_iter()));
            state.set_to_correct(!problems.is_empty());
        }
        Screen::Confirm { item, entries } => {
            state.set_item(row(item));
            state.set_entries(model(form(item, entries, &[])));
        }
        Screen::Faces { choices, private, .. } => {
            state.set_item(rated(choices));
            state.set_private_allowed(choices.private_allowed);
            state.set_private(*private);
            state.set_look_up((&choices.look_up).into());
            state.set_faces(model(faces(choices)));
        }
        Screen::Reasons(TouchedLevel { choices, level, .. }) => {
            let chosen = faces(choices).find(|face| face.rank == rank(*level));
            state.set_face(chosen.unwrap_or_default());
            state.set_reason_needed(choices.negative_needs_reason);
            let tags = choices.levels.iter().find(|choice| choice.level == *level);
            let tag = |(code, text): &(String, String)| Tag {
                code: code.into(),
                text: text.into(),
                chosen: false,
            };
            state.set_tags(model(tags.into_iter().flat_map(|choice| choice.tags.iter().map(tag))));
        }
        Screen::Thanks { receipt, .. } => {
            state.set_receipt((&receipt.code).into());
            state.set_look_up((&receipt.look_up).into());
        }
        Screen::Refused { words, .. } => state.set_refusal(words.into()),
        Screen::Closed { rated, .. } => state.set_rated(*rated),
        Screen::Offline { from, .. } => state.set_asked(asked(from)),
    }
}

/// Tells what is touched. The identity of a request is made at the touch that asks for it.
pub fn listen(app: &App, tell: impl Fn(Event) + Clone + 'static) {
    let action = app.global::<Action>();
    let to = tell.clone();
    action.on_start(move || to(Event::Started));
    let to = tell.clone();
    action.on_choose_item(move |code| to(Event::ItemChosen(code.into())));
    let to = tell.clone();
    action.on_apply(move || to(Event::ApplyTouched));
    let (to, weak) = (tell.clone(), app.as_weak());
    action.on_fill_in(move || {
        // Gone only while the window is being closed, when nothing is touched; so everywhere here.
        let Some(app) = weak.upgrade() else { return };
        to(Event::FormFilled(filled(&app.global::<State>())));
    });
    let to = tell.clone();
    action.on_confirm(move || to(Event::Confirmed(request_id())));
    let to = tell.clone();
    action.on_toggle_private(move || to(Event::PrivateToggled));
    let to = tell.clone();
    action.on_choose_level(move |rank| {
        let level = usize::try_from(rank).ok().and_then(|rank| Level::ALL.get(rank));
        if let Some(level) = level {
            to(Event::LevelChosen(*level, request_id()));
        }
    });
    let (to, weak) = (tell.clone(), app.as_weak());
    action.on_give_reasons(move || {
        let Some(app) = weak.upgrade() else { return };
        to(Event::ReasonsGiven(chosen(&app.global::<State>())));
    });
    let to = tell.clone();
    action.on_retry(move || to(Event::RetryTouched));
    let to = tell.clone();
    let weak = app.as_weak();
    action.on_back(move || {
        let Some(app) = weak.upgrade() else { return };
        let state = app.global::<State>();
        to(match state.get_page() {
            Page::Form => Event::FormPutAside(filled(&state)),
            _ => Event::BackTouched,
        });
    });
    let (to, weak) = (tell.clone(), app.as_weak());
    action.on_leave(move || {
        let Some(app) = weak.upgrade() else { return };
        to(left(&app.global::<State>(), Event::Left));
    });
    let weak = app.as_weak();
    action.on_time_out(move || {
        let Some(app) = weak.upgrade() else { return };
        tell(left(&app.global::<State>(), Event::TimedOut));
    });

    let weak = app.as_weak();
    action.on_enter(move |index, value| {
        let Some(app) = weak.upgrade() else { return };
        change(&app.global::<State>().get_entries(), index, |entry: &mut Entry| {
            entry.value = value.clone();
            entry.problem = SharedString::default();
        });
    });
    let weak = app.as_weak();
    action.on_toggle_tag(move |index| {
        let Some(app) = weak.upgrade() else { return };
        let state = app.global::<State>();
        let tags = state.get_tags();
        change(&tags, index, |tag: &mut Tag| tag.chosen = !tag.chosen);
        let chosen = tags.iter().filter(|tag| tag.chosen).count();
        state.set_tags_chosen(i32::try_from(chosen).unwrap_or(i32::MAX));
    });
    let weak = app.as_weak();
    action.on_key(move |text| {
        let Some(app) = weak.upgrade() else { return };
        app.window().dispatch_event(WindowEvent::KeyPressed { text: text.clone() });
        app.window().dispatch_event(WindowEvent::KeyReleased { text });
    });
}

/// How a screen was left: the reasons with what was chosen on them.
fn left(state: &State<'_>, otherwise: Event) -> Event {
    match state.get_page() {
        Page::Reasons => Event::ReasonsLeft(chosen(state)),
        _ => otherwise,
    }
}

/// The reasons chosen.
fn chosen(state: &State<'_>) -> Vec<String> {
    let tags = state.get_tags();
    tags.iter().filter(|tag| tag.chosen).map(|tag| tag.code.into()).collect()
}

/// A visitor's data leave the window with the screen that showed them.
fn forget(state: &State<'_>) {
    state.set_refusal(SharedString::default());
    state.set_to_correct(false);
    state.set_tags_chosen(0);
    state.set_tags(ModelRc::default());
    state.set_face(Face::default());
    state.set_faces(ModelRc::default());
    state.set_private_allowed(false);
    state.set_private(false);
    state.set_rated(false);
    state.set_receipt(SharedString::default());
    state.set_look_up(SharedString::default());
    state.set_items(ModelRc::default());
    state.set_item(Item::default());
    state.set_guide(ModelRc::default());
    state.set_entries(ModelRc::default());
}

/// Whether anything of a visitor's is left in the window; for tests, which must not find any.
#[must_use]
pub fn remembers(app: &App) -> bool {
    let state = app.global::<State>();
    let texts =
        [state.get_refusal(), state.get_project_number(), state.get_receipt(), state.get_look_up()];
    let things = [state.get_item().name, state.get_face().label];
    let models = [
        state.get_items().row_count(),
        state.get_guide().row_count(),
        state.get_entries().row_count(),
        state.get_faces().row_count(),
        state.get_tags().row_count(),
    ];
    let said = texts.iter().chain(&things).any(|text| !text.is_empty());
    said || state.get_private() || models.iter().any(|rows| *rows > 0)
}

fn page(screen: &Screen) -> Page {
    match screen {
        Screen::Attract => Page::Attract,
        Screen::Loading
        | Screen::Submitting { .. }
        | Screen::Inviting { .. }
        | Screen::Sending { .. } => Page::Waiting,
        Screen::Items { .. } => Page::Items,
        Screen::Guide { .. } => Page::Guide,
        Screen::Form { .. } => Page::Form,
        Screen::Confirm { .. } => Page::Confirm,
        Screen::Result { .. } => Page::Result,
        Screen::Faces { .. } => Page::Faces,
        Screen::Reasons(_) => Page::Reasons,
        Screen::Thanks { .. } => Page::Thanks,
        Screen::Refused { .. } => Page::Refused,
        Screen::Closed { .. } => Page::Closed,
        Screen::Offline { .. } => Page::Offline,
    }
}

/// What a screen asks the services for.
fn asked(screen: &Screen) -> Asked {
    match screen {
        Screen::Submitting { .. } => Asked::Application,
        Screen::Inviting { .. } => Asked::Choices,
        Screen::Sending { .. } => Asked::Rating,
        _ => Asked::Items,
    }
}

fn model<T: Clone + 'static>(rows: impl Iterator<Item = T>) -> ModelRc<T> {
    ModelRc::new(VecModel::from_iter(rows))
}

fn change<T>(rows: &ModelRc<T>, index: i32, with: impl Fn(&mut T)) {
    let Ok(index) = usize::try_from(index) else { return };
    if let Some(mut row) = rows.row_data(index) {
        with(&mut row);
        rows.set_row_data(index, row);
    }
}

fn row(item: &ItemCard) -> Item {
    Item {
        code: (&item.code).into(),
        name: (&item.name).into(),
        unit: (&item.accepting_unit).into(),
    }
}

fn rated(choices: &Choices) -> Item {
    Item { name: (&choices.item_name).into(), ..Item::default() }
}

fn faces(choices: &Choices) -> impl Iterator<Item = Face> {
    choices
        .levels
        .iter()
        .map(|choice| Face { label: (&choice.label).into(), rank: rank(choice.level) })
}

/// The level's place among all, from 0, the best.
fn rank(level: Level) -> i32 {
    let place = Level::ALL.iter().position(|other| *other == level);
    place.and_then(|place| i32::try_from(place).ok()).unwrap_or_default()
}

fn form<'a>(
    item: &'a ItemCard,
    entries: &'a [(String, String)],
    problems: &'a [(String, String)],
) -> impl Iterator<Item = Entry> + 'a {
    let of = |list: &[(String, String)], field: &Field| {
        let found = list.iter().find(|(id, _)| *id == field.id);
        found.map(|(_, text)| SharedString::from(text)).unwrap_or_default()
    };
    item.form.iter().map(move |field| Entry {
        id: (&field.id).into(),
        label: (&field.label).into(),
        required: field.required,
        choices: model(field.choices.iter().map(SharedString::from)),
        keys: match field.kind {
            FieldKind::Choice => Keys::None,
            FieldKind::Text | FieldKind::PersonName => Keys::Letters,
            FieldKind::Number | FieldKind::Phone => Keys::Digits,
            FieldKind::IdNumber => Keys::Identity,
            FieldKind::Date => Keys::Date,
        },
        value: of(entries, field),
        problem: of(problems, field),
    })
}

/// The field to go on with: the first that is wrong, or else empty; below zero if there is none.
fn first(entries: &[Entry]) -> i32 {
    let wrong = entries.iter().position(|entry| !entry.problem.is_empty());
    let asked = wrong.or_else(|| entries.iter().position(|entry| entry.value.is_empty()));
    asked.and_then(|place| i32::try_from(place).ok()).unwrap_or(-1)
}

/// What stands in the form; a field left empty is not an answer.
fn filled(state: &State<'_>) -> Vec<(String, String)> {
    let entries = state.get_entries();
    let given = entries.iter().filter(|entry| !entry.value.trim().is_empty());
    given.map(|entry| (entry.id.into(), entry.value.trim().to_owned())).collect()
}

/// Random, as identities of requests are; the server's clock orders them, not this one.
fn request_id() -> String {
    Uuid::new_v4().to_string()
}
