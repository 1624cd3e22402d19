//! The visitor's language in the window: the words of the screens, the direction they are read in,
//! and the font that has its letters.

use slint::{
    ComponentHandle as _, Model as _, ModelRc, SharedString, VecModel,
    fontique_011::{fontique::GenericFamily, shared_collection},
};
use visit::{flow::Event, language::Language, screen::Screen};

use crate::{
    ui::{self, Entry, State, Tag, Theme},
    view::{self, App},
};

/// The family of the letters that the screens' own font does not have.
const ARABIC: &str = "Noto Sans Arabic";

/// Offers the languages, and makes their letters known.
pub(crate) fn offer(app: &App, tell: impl Fn(Event) + 'static) {
    let languages = app.global::<ui::Language>();
    let names = Language::ALL.map(|language| SharedString::from(language.name()));
    languages.set_names(ModelRc::new(VecModel::from_iter(names)));
    let places = (0..).take(Language::ALL.len());
    languages.set_order(ModelRc::new(VecModel::from_iter(places)));
    languages.on_choose(move |place| tell(Event::LanguageChosen(at(place))));
    languages.on_say(|words, language| at(language).say(&words).into());
    // Whatever the system has for these letters comes after the terminal's own font.
    let mut fonts = shared_collection();
    if let Some(arabic) = fonts.family_id(ARABIC) {
        let system: Vec<_> = fonts.generic_families(GenericFamily::SansSerif).collect();
        let system = system.into_iter().filter(|family| *family != arabic);
        fonts.set_generic_families(GenericFamily::SansSerif, std::iter::once(arabic).chain(system));
    }
}

/// The language the window speaks.
pub(crate) fn spoken(app: &App) -> Language {
    at(app.global::<ui::Language>().get_chosen())
}

/// Speaks a language. What is on the screen follows, and what was typed or chosen on it stays.
pub(crate) fn speak(app: &App, language: Language, screen: &Screen) {
    // Always: the toolkit itself begins with the system's language. Every catalogue is built in.
    let name = if language == Language::Chinese { "" } else { language.tag() };
    let known = slint::select_bundled_translation(name);
    debug_assert!(known.is_ok(), "{name}: {known:?}");
    if spoken(app) == language {
        return;
    }
    let place = Language::ALL.iter().position(|other| *other == language);
    let place = place.and_then(|place| i32::try_from(place).ok());
    app.global::<ui::Language>().set_chosen(place.unwrap_or_default());
    let theme = app.global::<Theme>();
    theme.set_mirrored(language.mirrored());
    theme.set_lettered(language != Language::Chinese);
    let state = app.global::<State>();
    let (entries, tags) = (state.get_entries(), state.get_tags());
    let chosen = state.get_tags_chosen();
    view::show(app, screen);
    match screen {
        Screen::Form { .. } => keep(&entries, &state.get_entries(), |was: Entry, now| {
            now.value = was.value;
            now.masked = was.masked;
            if was.problem.is_empty() {
                now.problem = SharedString::default();
            }
        }),
        Screen::Reasons(_) => {
            keep(&tags, &state.get_tags(), |was: Tag, now| now.chosen = was.chosen);
            state.set_tags_chosen(chosen);
        }
        _ => {}
    }
}

/// The same rows in another language, with what a visitor did to them.
fn keep<T: 'static>(before: &ModelRc<T>, after: &ModelRc<T>, with: impl Fn(T, &mut T)) {
    for (place, was) in before.iter().enumerate() {
        if let Some(mut now) = after.row_data(place) {
            with(was, &mut now);
            after.set_row_data(place, now);
        }
    }
}

fn at(place: i32) -> Language {
    usize::try_from(place)
        .ok()
        .and_then(|place| Language::ALL.get(place).copied())
        .unwrap_or_default()
}
