//! A screen in its visitor's language.

use std::borrow::Cow;

use super::Language;
use crate::{
    content::{Choices, Guide, ItemCard, TouchedLevel},
    screen::Screen,
};

/// A screen as it is read in a language. What is sent stays as it was: codes, levels, and the
/// choices of a form, which are shown in the language and sent in Chinese.
#[must_use]
pub fn spoken(screen: &Screen, language: Language) -> Cow<'_, Screen> {
    if language == Language::Chinese {
        return Cow::Borrowed(screen);
    }
    let mut screen = screen.clone();
    let say = |words: &mut String| *words = language.say(words);
    match &mut screen {
        Screen::Items { items } => items.iter_mut().for_each(|card| item(card, say)),
        Screen::Guide { item: card, .. } | Screen::Confirm { item: card, .. } => item(card, say),
        Screen::Form { item: card, problems, .. } => {
            item(card, say);
            problems.iter_mut().for_each(|(_, words)| say(words));
        }
        Screen::Result { case } => say(&mut case.item_name),
        Screen::Faces { choices: shown, .. } => choices(shown, say),
        Screen::Reasons(TouchedLevel { choices: shown, .. })
        | Screen::Question { given: TouchedLevel { choices: shown, .. }, .. } => {
            choices(shown, say);
        }
        Screen::Thanks { rated, answering, .. } => {
            say(&mut rated.label);
            say(&mut rated.agency_name);
            if let Some(ticket) = &mut answering.ticket {
                say(&mut ticket.agency_name);
            }
        }
        Screen::LookUp { problem, .. } => say(problem),
        Screen::LookedUp { found } => {
            if let Some(became) = &mut found.became {
                say(&mut became.agency_name);
            }
        }
        Screen::Refused { words, .. } | Screen::Stopped { words } => say(words),
        Screen::Attract
        | Screen::Loading
        | Screen::Submitting { .. }
        | Screen::Inviting { .. }
        | Screen::Sending { .. }
        | Screen::LookingUp { .. }
        | Screen::Closed { .. }
        | Screen::Staff(_)
        | Screen::Offline { .. } => {}
    }
    Cow::Owned(screen)
}

fn item(card: &mut ItemCard, say: impl Fn(&mut String)) {
    let ItemCard { name, accepting_unit, theme, guide, form, .. } = card;
    say(name);
    say(accepting_unit);
    say(theme);
    let Guide { conditions, materials, procedure, fee, fee_basis, .. } = guide;
    conditions.iter_mut().chain(procedure).for_each(&say);
    for material in materials {
        say(&mut material.name);
        say(&mut material.sample);
    }
    say(fee);
    say(fee_basis);
    form.iter_mut().for_each(|field| say(&mut field.label));
}

fn choices(shown: &mut Choices, say: impl Fn(&mut String)) {
    say(&mut shown.item_name);
    say(&mut shown.agency_name);
    shown.questions.iter_mut().for_each(|question| say(&mut question.text));
    for level in &mut shown.levels {
        say(&mut level.label);
        level.tags.iter_mut().for_each(|(_, text)| say(text));
    }
}
