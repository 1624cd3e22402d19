//! What a terminal was told to show, in the window.

use slint::ComponentHandle as _;
use visit::{fleet::Configuration, language::Language};

use super::model;
use crate::ui::{self, App, State};

/// Shows what the terminal was told: the hall's name, and the languages to choose from.
pub fn furnish(app: &App, told: &Configuration) {
    if !told.hall_name.is_empty() {
        app.global::<State>().set_hall((&told.hall_name).into());
    }
    let place = |language: &Language| Language::ALL.iter().position(|other| other == language);
    let places = told.languages();
    let places = places.iter().filter_map(place).filter_map(|place| i32::try_from(place).ok());
    app.global::<ui::Language>().set_order(model(places));
}
