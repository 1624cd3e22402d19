//! What a rater says beyond the level, and what they are told of the answer, in the window.

use domain::{
    item::QuestionKind,
    rating::{MAX_TAGS, MAX_TEXT_CHARS},
};
use jiff::civil::Date;
use slint::{ComponentHandle as _, Model as _, ModelRc, SharedString};
use visit::{
    content::{
        TouchedLevel,
        opinion::{Answering, DayCounted, Due, Feedback, Reasons},
    },
    flow::Event,
    quick,
};

use super::{change, model};
use crate::ui::{Action, App, Day, Due as Until, Opinion, Page, State, Tag};

/// Shows the reasons of a touched level, with what was chosen and written before.
pub(super) fn show_reasons(app: &App, given: &TouchedLevel) {
    let (state, opinion) = (app.global::<State>(), app.global::<Opinion>());
    let TouchedLevel { choices, level, reasons, .. } = given;
    state.set_reason_needed(given.needs_reason());
    let tag = |(code, text): &(String, String)| Tag {
        code: code.into(),
        text: text.into(),
        chosen: reasons.tag_codes.contains(code),
    };
    state
        .set_tags(model(given.choice().into_iter().flat_map(|choice| choice.tags.iter().map(tag))));
    count(&state);
    write(&opinion, &reasons.words);
    opinion.set_phrases(model(quick::phrases(*level).iter().map(|text| SharedString::from(*text))));
    opinion.set_questions(whole(choices.questions.len()));
}

/// Shows one of the item's questions.
pub(super) fn show_question(app: &App, given: &TouchedLevel, at: usize) {
    let opinion = app.global::<Opinion>();
    let Some(question) = given.choices.questions.get(at) else { return };
    opinion.set_questions(whole(given.choices.questions.len()));
    opinion.set_at(whole(at));
    opinion.set_question((&question.text).into());
    opinion.set_yes_no(question.kind == QuestionKind::YesNo);
    opinion.set_answer(given.answered(at).into());
}

/// Shows who answers a negative rating, and until when.
pub(super) fn show_answering(app: &App, answering: &Answering) {
    let opinion = app.global::<Opinion>();
    let Feedback { clear, complex } = answering.feedback.clone().unwrap_or_default();
    opinion.set_counted(model(clear.iter().flat_map(|due| due.counted.iter().filter_map(day))));
    opinion.set_clear(until(clear.as_ref()));
    opinion.set_complex(until(complex.as_ref()));
    let ticket = answering.ticket.as_ref();
    opinion.set_ticket(ticket.is_some());
    let ticket = ticket.cloned().unwrap_or_default();
    opinion.set_ticket_agency(ticket.agency_name.into());
    opinion.set_ticket_next(day_of(&ticket.next_due_on, Until::default()));
}

/// Tells what is touched and written.
pub(super) fn listen(app: &App, tell: impl Fn(Event) + Clone + 'static) {
    let action = app.global::<Opinion>();
    let weak = app.as_weak();
    action.on_write(move |text| {
        let Some(app) = weak.upgrade() else { return };
        write(&app.global::<Opinion>(), &text);
    });
    let (to, weak) = (tell.clone(), app.as_weak());
    action.on_ask(move || {
        let Some(app) = weak.upgrade() else { return };
        to(Event::QuestionsTouched(reasons(&app)));
    });
    let to = tell.clone();
    action.on_reply(move |value| to(Event::Answered(value.trim().into())));
    let weak = app.as_weak();
    action.on_finish(move || {
        let Some(app) = weak.upgrade() else { return };
        tell(Event::AnswersGiven(answer(&app)));
    });
    let weak = app.as_weak();
    app.global::<Action>().on_toggle_tag(move |index| {
        let Some(app) = weak.upgrade() else { return };
        let state = app.global::<State>();
        // No more than the services take; one that is let go makes room for another.
        let full = state.get_tags_chosen() >= whole(MAX_TAGS);
        change(&state.get_tags(), index, |tag: &mut Tag| tag.chosen = !tag.chosen && !full);
        count(&state);
    });
}

/// How a screen was left: with what was said on it.
pub(super) fn left(app: &App, otherwise: Event) -> Event {
    match app.global::<State>().get_page() {
        Page::Reasons => Event::ReasonsLeft(reasons(app)),
        Page::Question => Event::AnswersLeft(answer(app)),
        _ => otherwise,
    }
}

/// The reasons on the screen.
pub(super) fn reasons(app: &App) -> Reasons {
    let tags = app.global::<State>().get_tags();
    Reasons {
        tag_codes: tags.iter().filter(|tag| tag.chosen).map(|tag| tag.code.into()).collect(),
        words: app.global::<Opinion>().get_words().trim().to_owned(),
    }
}

/// What stands at the question on the screen.
fn answer(app: &App) -> String {
    app.global::<Opinion>().get_answer().trim().to_owned()
}

/// A rater's words leave the window with the screen that showed them.
pub(super) fn forget(app: &App) {
    let opinion = app.global::<Opinion>();
    write(&opinion, "");
    opinion.set_writing(false);
    opinion.set_phrases(ModelRc::default());
    opinion.set_questions(0);
    opinion.set_at(0);
    opinion.set_question(SharedString::default());
    opinion.set_yes_no(false);
    opinion.set_answer(SharedString::default());
    show_answering(app, &Answering::default());
}

/// Whether anything that a rater said is left in the window.
pub(super) fn remembers(app: &App) -> bool {
    let opinion = app.global::<Opinion>();
    let texts = [
        opinion.get_words(),
        opinion.get_answer(),
        opinion.get_question(),
        opinion.get_ticket_agency(),
    ];
    texts.iter().any(|text| !text.is_empty()) || opinion.get_counted().row_count() > 0
}

fn write(opinion: &Opinion<'_>, text: &str) {
    let written: String = text.chars().take(MAX_TEXT_CHARS).collect();
    opinion.set_left(whole(MAX_TEXT_CHARS.saturating_sub(written.chars().count())));
    opinion.set_worded(!written.trim().is_empty());
    opinion.set_words(written.into());
}

fn count(state: &State<'_>) {
    state.set_tags_chosen(whole(state.get_tags().iter().filter(|tag| tag.chosen).count()));
}

fn until(due: Option<&Due>) -> Until {
    let Some(due) = due else { return Until::default() };
    let rest = Until {
        days: i32::try_from(due.days).unwrap_or(i32::MAX),
        working: due.working,
        provisional: due.provisional,
        clause: (&due.clause).into(),
        ..Until::default()
    };
    day_of(&due.on, rest)
}

/// The rest with a day that is written in ISO 8601; nothing at all if it is not.
pub(super) fn day_of(on: &str, rest: Until) -> Until {
    match on.parse::<Date>() {
        Ok(on) => Until {
            month: on.month().into(),
            day: on.day().into(),
            weekday: on.weekday().to_monday_zero_offset().into(),
            ..rest
        },
        Err(_) => Until::default(),
    }
}

fn day(counted: &DayCounted) -> Option<Day> {
    /// What fits below a day.
    const CHARS: usize = 3;
    let date: Date = counted.date.parse().ok()?;
    Some(Day {
        month: date.month().into(),
        day: date.day().into(),
        weekday: date.weekday().to_monday_zero_offset().into(),
        number: counted.number.and_then(|number| i32::try_from(number).ok()).unwrap_or_default(),
        // 当日不计（周日） is the day of the rating itself.
        why: match counted.reason.starts_with("当日") {
            true => "当日".into(),
            false => counted.reason.chars().take(CHARS).collect::<String>().into(),
        },
    })
}

fn whole(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
