//! The only file, with those below it, that knows the toolkit's names: a screen becomes the window's
//! state, a touch becomes an event. Nothing is decided here.

use domain::level::Level;
use jiff::civil::DateTime;
use slint::{ComponentHandle as _, Model as _, ModelRc, SharedString, VecModel};
use uuid::Uuid;
use visit::{
    content::{Choices, Guide, ItemCard, Limit, Rated, TouchedLevel},
    flow::{Event, Shown},
    language::spoken,
    screen::Screen,
};

mod board;
mod choosing;
mod devices;
mod evaluator;
mod fleet;
mod form;
mod look_up;
mod opinion;
mod service;

pub use self::{
    devices::{fill, offer},
    fleet::furnish,
};
pub use crate::ui::App;
use crate::{
    code, language,
    ui::{Action, Asked, Face, Item, Limit as Days, Material, Page, State, Theme},
};

/// Whose terminal it is.
#[derive(Clone, Debug, Default)]
pub struct Hall {
    /// Its name; none: 政务服务中心.
    pub name: Option<String>,
    /// Its mark.
    pub logo: Option<slint::Image>,
    /// Its colour, on which white can be read.
    pub colour: Option<slint::Color>,
    /// Its still pictures for whoever passes by; none: what the terminal itself has.
    pub slides: Vec<slint::Image>,
}

/// Says whose terminal it is.
pub fn belong(app: &App, hall: Hall) {
    let (state, theme) = (app.global::<State>(), app.global::<Theme>());
    if let Some(name) = hall.name {
        state.set_hall(name.into());
    }
    if let Some(logo) = hall.logo {
        state.set_logo(logo);
    }
    if let Some(colour) = hall.colour {
        theme.set_brand(colour);
    }
    state.set_slides(model(hall.slides.into_iter()));
}

/// Shows the time of day.
pub fn tell_time(app: &App, at: DateTime) {
    let state = app.global::<State>();
    state.set_time(slint::format!("{:02}:{:02}", at.hour(), at.minute()));
    state.set_month(at.month().into());
    state.set_day(at.day().into());
    state.set_weekday(at.weekday().to_monday_zero_offset().into());
}

/// Makes the window as it suits its visitor, and says how long it waits for a touch. Nothing that is
/// being typed is touched by it.
pub fn suit(app: &App, shown: &Shown) {
    language::speak(app, shown.comfort.language, &shown.screen);
    let (state, theme) = (app.global::<State>(), app.global::<Theme>());
    theme.set_elder(shown.comfort.elder);
    theme.set_contrast(shown.comfort.contrast);
    theme.set_lowered(shown.comfort.lowered);
    state.set_helping(shown.comfort.helping);
    devices::suit(app, shown);
    evaluator::show(app, shown.post.as_ref());
    let patience = shown.patience();
    let milliseconds = patience.map_or(0, |patience| patience.quiet.as_millis());
    state.set_quiet(i64::try_from(milliseconds).unwrap_or(i64::MAX));
    let seconds = patience.map_or(0, |patience| patience.asking.as_secs());
    state.set_asking(i32::try_from(seconds).unwrap_or(i32::MAX));
}

/// Draws a screen, in the language of its visitor. What an earlier one showed and this one does not
/// is forgotten.
pub fn show(app: &App, screen: &Screen) {
    let screen = spoken(screen, language::spoken(app));
    let screen = &*screen;
    let state = app.global::<State>();
    forget(&state);
    board::forget(app);
    choosing::forget(app);
    opinion::forget(app);
    look_up::forget(app);
    service::forget(app);
    state.set_page(page(screen));
    state.set_project_number(screen.project_number().unwrap_or_default().into());
    match screen {
        Screen::Attract => {}
        Screen::Result { case } => {
            state.set_item(named(&case.item_name));
            state.set_done(case.invitation.is_some());
            let (promised, provisional) = case.promised.clone().unwrap_or_default();
            state.set_promised(promised.into());
            state.set_provisional(provisional);
        }
        Screen::Loading
        | Screen::Submitting { .. }
        | Screen::Inviting { .. }
        | Screen::LookingUp { .. }
        | Screen::Sending { .. } => state.set_asked(asked(screen)),
        Screen::LookUp { code, problem } => look_up::show_code(app, code, problem),
        Screen::LookedUp { found } => look_up::show_found(app, found),
        Screen::Staff(page) => service::show(app, page),
        Screen::Items { items } => choosing::show_items(app, items),
        Screen::Guide { item, .. } => {
            state.set_item(row(item));
            explain(&state, &item.guide);
        }
        Screen::Form { item, entries, problems, at } => {
            state.set_item(row(item));
            let entries = form::rows(item, entries, problems);
            state.set_first_entry(form::first(&entries, at.as_deref()));
            state.set_entries(model(entries.into_iter()));
            state.set_to_correct(!problems.is_empty());
        }
        Screen::Confirm { item, entries } => {
            state.set_item(row(item));
            state.set_entries(model(form::rows(item, entries, &[]).into_iter()));
        }
        Screen::Faces { choices, private, .. } => {
            state.set_item(named(&choices.item_name));
            state.set_private_allowed(choices.private_allowed);
            state.set_private(*private);
            state.set_faces(model(faces(choices)));
        }
        Screen::Reasons(given) => {
            state.set_face(touched(given));
            opinion::show_reasons(app, given);
        }
        Screen::Question { given, at } => {
            state.set_face(touched(given));
            opinion::show_question(app, given, *at);
        }
        Screen::Thanks { receipt, rated: Rated { level, label, agency_name, .. }, answering } => {
            opinion::show_answering(app, answering);
            state.set_face(face(label, *level));
            state.set_answered_by(agency_name.into());
            state.set_look_up_code(code::picture(&receipt.look_up).unwrap_or_default());
            state.set_receipt((&receipt.code).into());
            state.set_look_up((&receipt.look_up).into());
        }
        Screen::Refused { words, .. } | Screen::Stopped { words } => {
            state.set_refusal(words.into());
        }
        Screen::Closed { rated, .. } => state.set_rated(*rated),
        Screen::Offline { from, .. } => state.set_asked(asked(from)),
    }
}

/// Tells what is touched. The identity of a request is made at the touch that asks for it.
pub fn listen(app: &App, tell: impl Fn(Event) + Clone + 'static) {
    language::offer(app, tell.clone());
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
        to(Event::FormFilled(form::filled(&app.global::<State>())));
    });
    let to = tell.clone();
    action.on_confirm(move || to(Event::Confirmed(request_id())));
    let to = tell.clone();
    action.on_change_entry(move |id| to(Event::EntryTouched(id.into())));
    let to = tell.clone();
    action.on_rate(move || to(Event::RateTouched));
    let to = tell.clone();
    action.on_toggle_help(move || to(Event::HelpToggled));
    let to = tell.clone();
    action.on_toggle_elder(move || to(Event::ElderToggled));
    let to = tell.clone();
    action.on_toggle_contrast(move || to(Event::ContrastToggled));
    let to = tell.clone();
    action.on_toggle_lowered(move || to(Event::LoweredToggled));
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
        to(Event::ReasonsGiven(opinion::reasons(&app)));
    });
    let to = tell.clone();
    action.on_retry(move || to(Event::RetryTouched));
    let to = tell.clone();
    let weak = app.as_weak();
    action.on_back(move || {
        let Some(app) = weak.upgrade() else { return };
        board::settle(&app);
        let state = app.global::<State>();
        to(match state.get_page() {
            Page::Form => Event::FormPutAside(form::filled(&state)),
            _ => Event::BackTouched,
        });
    });
    let (to, weak) = (tell.clone(), app.as_weak());
    action.on_leave(move || {
        let Some(app) = weak.upgrade() else { return };
        board::settle(&app);
        to(opinion::left(&app, Event::Left));
    });
    let (to, weak) = (tell.clone(), app.as_weak());
    action.on_time_out(move || {
        let Some(app) = weak.upgrade() else { return };
        board::settle(&app);
        to(opinion::left(&app, Event::TimedOut));
    });
    board::listen(app);
    choosing::listen(app);
    form::listen(app);
    opinion::listen(app, tell.clone());
    look_up::listen(app, tell.clone());
    devices::listen(app, tell.clone());
    service::listen(app, tell);
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
    explain(state, &Guide::default());
    state.set_done(false);
    state.set_promised(SharedString::default());
    state.set_provisional(false);
    state.set_answered_by(SharedString::default());
    state.set_look_up_code(slint::Image::default());
    state.set_entries(ModelRc::default());
}

/// Whether anything of a visitor's is left in the window; for tests, which must not find any.
#[must_use]
pub fn remembers(app: &App) -> bool {
    let state = app.global::<State>();
    let texts = [
        state.get_refusal(),
        state.get_project_number(),
        state.get_receipt(),
        state.get_look_up(),
        state.get_promised(),
        state.get_answered_by(),
        state.get_fee(),
        state.get_procedure(),
    ];
    let things = [state.get_item().name, state.get_face().label];
    let models = [
        state.get_items().row_count(),
        state.get_conditions().row_count(),
        state.get_materials().row_count(),
        state.get_entries().row_count(),
        state.get_faces().row_count(),
        state.get_tags().row_count(),
    ];
    let said = texts.iter().chain(&things).any(|text| !text.is_empty());
    said || board::remembers(app)
        || choosing::remembers(app)
        || opinion::remembers(app)
        || look_up::remembers(app)
        || service::remembers(app)
        || state.get_private()
        || models.iter().any(|rows| *rows > 0)
}

fn page(screen: &Screen) -> Page {
    match screen {
        Screen::Attract => Page::Attract,
        Screen::Loading
        | Screen::Submitting { .. }
        | Screen::Inviting { .. }
        | Screen::LookingUp { .. }
        | Screen::Sending { .. } => Page::Waiting,
        Screen::LookUp { .. } => Page::LookUp,
        Screen::LookedUp { .. } => Page::LookedUp,
        Screen::Items { .. } => Page::Items,
        Screen::Guide { .. } => Page::Guide,
        Screen::Form { .. } => Page::Form,
        Screen::Confirm { .. } => Page::Confirm,
        Screen::Result { .. } => Page::Result,
        Screen::Faces { .. } => Page::Faces,
        Screen::Reasons(_) => Page::Reasons,
        Screen::Question { .. } => Page::Question,
        Screen::Thanks { .. } => Page::Thanks,
        Screen::Refused { .. } => Page::Refused,
        Screen::Closed { .. } | Screen::Stopped { .. } => Page::Closed,
        Screen::Offline { .. } => Page::Offline,
        Screen::Staff(_) => Page::Staff,
    }
}

/// What a screen asks the services for.
fn asked(screen: &Screen) -> Asked {
    match screen {
        Screen::Submitting { .. } => Asked::Application,
        Screen::Inviting { .. } => Asked::Choices,
        Screen::Sending { .. } => Asked::Rating,
        Screen::LookingUp { .. } => Asked::Receipt,
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
        theme: (&item.theme).into(),
        seen_at: (&item.seen_at).into(),
    }
}

fn named(name: &str) -> Item {
    Item { name: name.into(), ..Item::default() }
}

/// Shows a guide.
fn explain(state: &State<'_>, guide: &Guide) {
    let days = |limit: Option<Limit>| match limit {
        Some(Limit { days, working }) => {
            Days { known: true, days: i32::try_from(days).unwrap_or(i32::MAX), working }
        }
        None => Days::default(),
    };
    let material = |material: &visit::content::Material| Material {
        name: (&material.name).into(),
        copies: i32::try_from(material.copies).unwrap_or(i32::MAX),
        sample: (&material.sample).into(),
    };
    state.set_promised_limit(days(guide.promised));
    state.set_statutory_limit(days(guide.statutory));
    state.set_conditions(model(guide.conditions.iter().map(SharedString::from)));
    state.set_materials(model(guide.materials.iter().map(material)));
    state.set_procedure(guide.procedure.join(" → ").into());
    state.set_fee((&guide.fee).into());
    state.set_fee_basis((&guide.fee_basis).into());
}

fn faces(choices: &Choices) -> impl Iterator<Item = Face> {
    choices.levels.iter().map(|choice| face(&choice.label, choice.level))
}

fn touched(given: &TouchedLevel) -> Face {
    face(given.choice().map(|choice| choice.label.as_str()).unwrap_or_default(), given.level)
}

fn face(label: &str, level: Level) -> Face {
    Face { label: label.into(), broken: broken(label).into(), rank: rank(level) }
}

/// A label of four hanzi or more in two lines, as it is spoken: 非常/不满意, not 非常不/满意.
fn broken(label: &str) -> String {
    let hanzi = label.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    if !hanzi || label.chars().count() < 4 {
        return label.to_owned();
    }
    let (first, rest) = label.split_at(label.chars().take(2).map(char::len_utf8).sum());
    format!("{first}\n{rest}")
}

/// The level's place among all, from 0, the best.
fn rank(level: Level) -> i32 {
    let place = Level::ALL.iter().position(|other| *other == level);
    place.and_then(|place| i32::try_from(place).ok()).unwrap_or_default()
}

/// Random, as identities of requests are; the server's clock orders them, not this one.
fn request_id() -> String {
    Uuid::new_v4().to_string()
}
