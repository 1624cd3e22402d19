//! What a terminal was told to show. Whatever is not said is the terminal's own default.

use std::time::Duration;

use crate::{
    language::Language,
    screen::{Comfort, Usual},
};

/// What a terminal shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// Which one it is; empty: the terminal's own defaults.
    pub version: String,
    /// Region whose items it offers; empty: what it was started with.
    pub region_code: String,
    /// The hall's name; empty: what it was started with.
    pub hall_name: String,
    /// The window an evaluator stands at; empty: none.
    pub window_id: String,
    /// What it is for.
    pub mode: Mode,
    /// The languages it offers, in order, as they were named (BCP 47).
    pub languages: Vec<String>,
    /// Larger from the beginning (长辈版).
    pub elder: bool,
    /// In high contrast from the beginning.
    pub contrast: bool,
    /// How long it waits for a touch before it asks.
    pub idle: Option<Duration>,
    /// How long it asks.
    pub warning: Option<Duration>,
    /// How long thanks stay.
    pub thanks: Option<Duration>,
    /// The items it offers, in order, by code; empty: all of its region.
    pub item_codes: Vec<String>,
}

/// What a terminal is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Visitors apply, and rate (办事与评价).
    #[default]
    Service,
    /// Visitors of a window rate (仅评价).
    Rating,
}

impl Configuration {
    /// The languages it offers that this terminal knows, each once; all of them if it knows none.
    #[must_use]
    pub fn languages(&self) -> Vec<Language> {
        let mut known: Vec<Language> = Vec::new();
        for tag in &self.languages {
            let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_owned();
            let is = |one: &&Language| primary(one.tag()).eq_ignore_ascii_case(&primary(tag));
            match Language::ALL.iter().find(is) {
                Some(language) if !known.contains(language) => known.push(*language),
                _ => {}
            }
        }
        if known.is_empty() { Language::ALL.to_vec() } else { known }
    }

    /// How the terminal is before anybody touches it.
    #[must_use]
    pub fn usual(&self) -> Usual {
        let language = self.languages().first().copied().unwrap_or_default();
        let (elder, contrast) = (self.elder, self.contrast);
        Usual {
            comfort: Comfort { elder, contrast, language, ..Comfort::default() },
            idle: self.idle,
            warning: self.warning,
            thanks: self.thanks,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s04_a_terminal_begins_in_the_first_language_it_was_told_and_knows() {
        let told = |tags: &[&str]| Configuration {
            languages: tags.iter().map(|tag| (*tag).to_owned()).collect(),
            elder: true,
            ..Configuration::default()
        };
        let some = told(&["bo", "ug-Arab", "zh-Hans", "UG"]);
        assert_eq!(some.languages(), [Language::Uyghur, Language::Chinese]);
        let Usual { comfort, .. } = some.usual();
        assert!(comfort.elder && comfort.language == Language::Uyghur && !comfort.helping);
        assert_eq!(told(&["bo"]).languages(), Language::ALL);
        assert_eq!(Configuration::default().usual(), Usual::default());
    }
}
