//! What became of a rating, by the code of its receipt, in the window.

use domain::level::{LabelSet, Level};
use slint::{ComponentHandle as _, Model as _, ModelRc, SharedString};
use visit::{
    content::receipt::{LookedUp, Progress},
    flow::Event,
};

use super::{face, model, opinion::day_of};
use crate::ui::{App, Due, LookUp, State};

/// How many letters a code has.
const LETTERS: usize = 8;

/// Shows a code as it was typed, and what is wrong with it.
pub(super) fn show_code(app: &App, code: &str, problem: &str) {
    let look_up = app.global::<LookUp>();
    write(&look_up, code);
    look_up.set_problem(problem.into());
}

/// Shows what became of a rating.
pub(super) fn show_found(app: &App, found: &LookedUp) {
    let (state, look_up) = (app.global::<State>(), app.global::<LookUp>());
    state.set_face(face(label(found.level), found.level));
    look_up.set_given(day_of(&found.given_on, Due::default()));
    look_up.set_stands(found.stands);
    if let Some(became) = &found.became {
        look_up.set_progress(match became.progress {
            Progress::Opened => 0,
            Progress::Handled => 1,
            Progress::FedBack => 2,
            Progress::Closed => 3,
            Progress::Annulled => 4,
        });
        look_up.set_agency((&became.agency_name).into());
        look_up.set_next(day_of(&became.next_due_on, Due::default()));
    }
}

/// A receipt does not say in which words its level was offered.
fn label(level: Level) -> &'static str {
    level.label(LabelSet::Satisfaction)
}

/// Tells what is touched and typed.
pub(super) fn listen(app: &App, tell: impl Fn(Event) + Clone + 'static) {
    let action = app.global::<LookUp>();
    let to = tell.clone();
    action.on_begin(move || to(Event::LookUpTouched));
    let weak = app.as_weak();
    action.on_press(move |key| {
        let Some(app) = weak.upgrade() else { return };
        let look_up = app.global::<LookUp>();
        write(&look_up, &format!("{}{key}", look_up.get_code()));
        look_up.set_problem(SharedString::default());
    });
    let weak = app.as_weak();
    action.on_erase(move || {
        let Some(app) = weak.upgrade() else { return };
        let look_up = app.global::<LookUp>();
        let mut code = look_up.get_code().to_string();
        code.pop();
        write(&look_up, &code);
        look_up.set_problem(SharedString::default());
    });
    let weak = app.as_weak();
    action.on_ask(move || {
        let Some(app) = weak.upgrade() else { return };
        tell(Event::CodeGiven(app.global::<LookUp>().get_code().into()));
    });
}

/// A code leaves the window with the screen that showed it.
pub(super) fn forget(app: &App) {
    let look_up = app.global::<LookUp>();
    show_code(app, "", "");
    look_up.set_given(Due::default());
    look_up.set_stands(true);
    look_up.set_progress(-1);
    look_up.set_agency(SharedString::default());
    look_up.set_next(Due::default());
}

/// Whether anything of a receipt is left in the window.
pub(super) fn remembers(app: &App) -> bool {
    let look_up = app.global::<LookUp>();
    let texts = [look_up.get_code(), look_up.get_problem(), look_up.get_agency()];
    texts.iter().any(|text| !text.is_empty()) || look_up.get_letters().row_count() > 0
}

/// Writes a code as receipts have it: in capitals, without dash and blanks, and no longer.
fn write(look_up: &LookUp<'_>, code: &str) {
    let letters = code.chars().filter(char::is_ascii_alphanumeric).take(LETTERS);
    let code: String = letters.map(|letter| letter.to_ascii_uppercase()).collect();
    let letters = code.chars().map(|letter| slint::format!("{letter}"));
    look_up.set_letters(if code.is_empty() { ModelRc::default() } else { model(letters) });
    look_up.set_code(code.into());
}
