//! The visit as a pure state machine: screen × event → screen + effects. Every screen is a state,
//! failures included; a timeout is an event like any other. Leaving for the attract screen drops
//! everything the visitor said. Ids come in with the events, since this file makes none.

use domain::{item::FieldKind, level::Level};

use crate::{
    content::{Case, Choices, Field, Invitation, ItemCard, Receipt, ToRate, ToSubmit},
    screen::Screen,
};

/// What happens to a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Someone touched the attract screen.
    Started,
    /// The items are there.
    ItemsCame(Vec<ItemCard>),
    /// An item was chosen, by its code.
    ItemChosen(String),
    /// The visitor wants to apply.
    ApplyTouched,
    /// The form was filled in.
    FormFilled(Vec<(String, String)>),
    /// The guide is wanted once more; the form as it is.
    FormPutAside(Vec<(String, String)>),
    /// The visitor confirmed; the id is the request's.
    Confirmed(String),
    /// The application was accepted.
    Accepted(Case),
    /// The case was completed; the token is its invitation's.
    Completed(String),
    /// What can be chosen is there.
    ChoicesCame(Choices),
    /// The rating shall be kept from the public, or no longer.
    PrivateToggled,
    /// A face was touched; the id is the request's.
    LevelChosen(Level, String),
    /// The reasons were given; the id is the request's.
    ReasonsGiven(Vec<String>, String),
    /// The rating is durable.
    Rated(Receipt),
    /// The services said no: words, and what is wrong with which field.
    Refused(String, Vec<(String, String)>),
    /// The services cannot be reached.
    WentAway,
    /// The visitor wants to try again.
    RetryTouched,
    /// One step back.
    BackTouched,
    /// The visitor leaves.
    Left,
    /// Nobody touched anything for the screen's time.
    TimedOut,
}

/// What a screen asks to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Fetch the items.
    FetchItems,
    /// Submit the application.
    Submit(ToSubmit),
    /// Wait for the case's completion.
    AwaitCompletion(String),
    /// Fetch what can be chosen.
    FetchChoices(String),
    /// Submit the rating.
    Rate(ToRate),
}

/// Takes one event; an event that means nothing on a screen leaves it as it is.
#[must_use]
pub fn step(screen: Screen, event: Event) -> (Screen, Option<Effect>) {
    match (screen, event) {
        (Screen::Attract, Event::Started) => (Screen::Loading, Some(Effect::FetchItems)),
        (Screen::Loading, Event::ItemsCame(items)) => (Screen::Items { items }, None),
        (Screen::Items { items }, Event::ItemChosen(code)) => {
            match items.iter().find(|item| item.code == code) {
                Some(item) => (Screen::Guide { item: item.clone(), entries: Vec::new() }, None),
                None => (Screen::Items { items }, None),
            }
        }
        (Screen::Guide { item, entries }, Event::ApplyTouched) => {
            (Screen::Form { item, entries, problems: Vec::new() }, None)
        }
        (Screen::Guide { .. }, Event::BackTouched) => (Screen::Loading, Some(Effect::FetchItems)),
        (Screen::Form { item, .. }, Event::FormFilled(entries)) => {
            let empty = |field: &&Field| {
                let filled =
                    |(id, value): &(String, String)| *id == field.id && !value.trim().is_empty();
                field.required && !entries.iter().any(filled)
            };
            let problems: Vec<_> = item
                .form
                .iter()
                .filter(empty)
                .map(|field| (field.id.clone(), "请填写".to_owned()))
                .collect();
            if problems.is_empty() {
                (Screen::Confirm { item, entries }, None)
            } else {
                (Screen::Form { item, entries, problems }, None)
            }
        }
        (Screen::Form { item, .. }, Event::FormPutAside(entries)) => {
            (Screen::Guide { item, entries }, None)
        }
        (Screen::Confirm { item, entries }, Event::BackTouched) => {
            (Screen::Form { item, entries, problems: Vec::new() }, None)
        }
        (Screen::Confirm { item, entries }, Event::Confirmed(request_id)) => {
            let application = ToSubmit { request_id, item_code: item.code.clone(), entries };
            let effect = Effect::Submit(application.clone());
            (Screen::Submitting { item, application }, Some(effect))
        }
        (Screen::Submitting { .. }, Event::Accepted(case)) => accepted(case),
        (Screen::Submitting { item, application }, Event::Refused(words, wrong)) => {
            let problems = hints(&item, &wrong);
            if problems.is_empty() {
                (Screen::Refused { words, project_number: None }, None)
            } else {
                (Screen::Form { item, entries: application.entries, problems }, None)
            }
        }
        // The jump: nobody has to ask to rate, and nobody can be kept from it (I19).
        (Screen::Result { case }, Event::Completed(token)) => {
            invited(Invitation { project_number: case.project_number, token })
        }
        (Screen::Inviting { invitation }, Event::ChoicesCame(choices)) => {
            (Screen::Faces { invitation, choices, private: false }, None)
        }
        (Screen::Faces { invitation, choices, private }, Event::PrivateToggled) => {
            let private = choices.private_allowed && !private;
            (Screen::Faces { invitation, choices, private }, None)
        }
        (Screen::Faces { invitation, choices, private }, Event::LevelChosen(level, request_id)) => {
            if level.is_negative() {
                (Screen::Reasons { invitation, choices, level, private }, None)
            } else {
                rate(invitation, choices, (level, private), Vec::new(), request_id)
            }
        }
        (
            Screen::Reasons { invitation, choices, level, private },
            Event::ReasonsGiven(tags, request_id),
        ) => {
            if tags.is_empty() && choices.negative_needs_reason {
                (Screen::Reasons { invitation, choices, level, private }, None)
            } else {
                rate(invitation, choices, (level, private), tags, request_id)
            }
        }
        (Screen::Reasons { invitation, choices, private, .. }, Event::BackTouched) => {
            (Screen::Faces { invitation, choices, private }, None)
        }
        (Screen::Sending { project_number, .. }, Event::Rated(receipt)) => {
            (Screen::Thanks { receipt, project_number }, None)
        }
        (Screen::Offline { again, from }, Event::RetryTouched) => (*from, Some(again)),
        (screen, Event::WentAway) => match pending(&screen) {
            Some(again) => (Screen::Offline { again, from: Box::new(screen) }, None),
            None => (screen, None),
        },
        (screen, Event::Refused(words, _)) if pending(&screen).is_some() => {
            let project_number = screen.project_number().map(str::to_owned);
            (Screen::Refused { words, project_number }, None)
        }
        // What is being sent is not dropped by a timeout, only by the visitor or the answer.
        (screen @ (Screen::Submitting { .. } | Screen::Sending { .. }), Event::TimedOut) => {
            (screen, None)
        }
        (Screen::Offline { again, from }, Event::TimedOut)
            if matches!(*from, Screen::Sending { .. }) =>
        {
            (*from, Some(again))
        }
        (_, Event::Left | Event::TimedOut) => (Screen::Attract, None),
        (screen, _) => (screen, None),
    }
}

fn accepted(case: Case) -> (Screen, Option<Effect>) {
    match case.invitation.clone() {
        Some(token) => invited(Invitation { project_number: case.project_number, token }),
        None => {
            let effect = Effect::AwaitCompletion(case.id.clone());
            (Screen::Result { case }, Some(effect))
        }
    }
}

fn invited(invitation: Invitation) -> (Screen, Option<Effect>) {
    let effect = Effect::FetchChoices(invitation.token.clone());
    (Screen::Inviting { invitation }, Some(effect))
}

fn rate(
    invitation: Invitation,
    choices: Choices,
    (level, private): (Level, bool),
    tag_codes: Vec<String>,
    request_id: String,
) -> (Screen, Option<Effect>) {
    let tag_list_version = choices.tag_list_version;
    let Invitation { project_number, token } = invitation;
    let rating = ToRate { request_id, token, level, tag_codes, tag_list_version, private };
    let effect = Effect::Rate(rating.clone());
    (Screen::Sending { rating, project_number }, Some(effect))
}

/// What to tell the visitor about each field that the services refuse; their own words are for
/// developers.
fn hints(item: &ItemCard, wrong: &[(String, String)]) -> Vec<(String, String)> {
    let refused = |field: &&Field| wrong.iter().any(|(id, _)| *id == field.id);
    let hint = |field: &Field| {
        let hint = match field.kind {
            FieldKind::Phone => "应为11位手机号码",
            FieldKind::IdNumber => "身份证号码有误，请核对",
            FieldKind::Number => "只能填数字",
            FieldKind::Date => "请填日期，例如1960-01-31",
            FieldKind::Choice => "请选一项",
            FieldKind::Text | FieldKind::PersonName => "太长，或有不能使用的字符",
        };
        (field.id.clone(), hint.to_owned())
    };
    item.form.iter().filter(refused).map(hint).collect()
}

/// What a screen is waiting for.
fn pending(screen: &Screen) -> Option<Effect> {
    match screen {
        Screen::Loading => Some(Effect::FetchItems),
        Screen::Submitting { application, .. } => Some(Effect::Submit(application.clone())),
        Screen::Result { case } => Some(Effect::AwaitCompletion(case.id.clone())),
        Screen::Inviting { invitation } => Some(Effect::FetchChoices(invitation.token.clone())),
        Screen::Sending { rating, .. } => Some(Effect::Rate(rating.clone())),
        Screen::Attract
        | Screen::Items { .. }
        | Screen::Guide { .. }
        | Screen::Form { .. }
        | Screen::Confirm { .. }
        | Screen::Faces { .. }
        | Screen::Reasons { .. }
        | Screen::Thanks { .. }
        | Screen::Refused { .. }
        | Screen::Offline { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::LevelChoice;

    fn item() -> ItemCard {
        let name = Field {
            id: "applicant_name".into(),
            label: "姓名".into(),
            kind: FieldKind::PersonName,
            required: true,
            choices: Vec::new(),
        };
        ItemCard {
            code: "1".into(),
            name: "示例事项".into(),
            accepting_unit: "示例单位".into(),
            guide: Vec::new(),
            form: vec![name],
        }
    }

    fn choices(negative_needs_reason: bool) -> Choices {
        let level = |level| LevelChoice { level, label: String::new(), tags: Vec::new() };
        Choices {
            item_name: "示例事项".into(),
            levels: Level::ALL.map(level).to_vec(),
            tag_list_version: "v".into(),
            negative_needs_reason,
            private_allowed: true,
            look_up: String::new(),
        }
    }

    fn play(screen: Screen, events: Vec<Event>) -> (Screen, Option<Effect>) {
        events.into_iter().fold((screen, None), |(screen, _), event| step(screen, event))
    }

    fn faces(negative_needs_reason: bool) -> Screen {
        let case = Case { id: "c".into(), project_number: "n".into(), invitation: None };
        let completed = vec![
            Event::Started,
            Event::ItemsCame(vec![item()]),
            Event::ItemChosen("1".into()),
            Event::ApplyTouched,
            Event::FormFilled(vec![("applicant_name".into(), "示例".into())]),
            Event::Confirmed("r".into()),
            Event::Accepted(case),
            Event::Completed("token".into()),
            Event::ChoicesCame(choices(negative_needs_reason)),
        ];
        play(Screen::Attract, completed).0
    }

    #[test]
    fn i19_the_visit_jumps_to_the_faces_when_its_case_completes_with_nothing_preselected() {
        let Screen::Faces { invitation, .. } = faces(false) else { panic!("no faces") };
        assert_eq!(invitation, Invitation { project_number: "n".into(), token: "token".into() });
        let at_once =
            Case { id: "c".into(), project_number: "n".into(), invitation: Some("token".into()) };
        let application =
            ToSubmit { request_id: "r".into(), item_code: "1".into(), entries: Vec::new() };
        let submitting = Screen::Submitting { item: item(), application };
        let (screen, effect) = step(submitting, Event::Accepted(at_once));
        assert_eq!(
            screen,
            Screen::Inviting {
                invitation: Invitation { project_number: "n".into(), token: "token".into() }
            }
        );
        assert_eq!(effect, Some(Effect::FetchChoices("token".into())));
    }

    #[test]
    fn i04_a_negative_level_asks_for_reasons_and_any_other_is_sent_at_once() {
        for level in Level::ALL {
            let (screen, effect) = step(faces(false), Event::LevelChosen(level, "r".into()));
            match screen {
                Screen::Reasons { level: chosen, .. } => {
                    assert!(level.is_negative() && chosen == level && effect.is_none());
                }
                Screen::Sending { rating, .. } => {
                    assert!(!level.is_negative());
                    assert_eq!(effect, Some(Effect::Rate(rating)));
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn i05_a_reason_is_asked_for_where_the_profile_says_so_and_nowhere_else() {
        let chosen = Event::LevelChosen(Level::Dissatisfied, "r".into());
        let none = || Event::ReasonsGiven(Vec::new(), "r".into());
        let (free, _) = play(faces(false), vec![chosen.clone(), none()]);
        assert!(matches!(free, Screen::Sending { .. }));
        let (asked, _) = play(faces(true), vec![chosen, none()]);
        assert!(matches!(asked, Screen::Reasons { .. }));
        let tag = Event::ReasonsGiven(vec!["214".into()], "r".into());
        assert!(matches!(step(asked, tag).0, Screen::Sending { .. }));
    }

    #[test]
    fn what_is_being_sent_survives_the_network_and_is_sent_again_as_it_was() {
        let (sending, first) = step(faces(false), Event::LevelChosen(Level::Satisfied, "r".into()));
        let (offline, none) = step(sending.clone(), Event::WentAway);
        assert!(matches!(offline, Screen::Offline { .. }) && none.is_none());
        for retry in [Event::RetryTouched, Event::TimedOut] {
            let (again, effect) = step(offline.clone(), retry);
            assert_eq!((again, effect), (sending.clone(), first.clone()));
        }
        assert_eq!(step(sending.clone(), Event::TimedOut), (sending, None));
    }

    #[test]
    fn a_refused_form_comes_back_with_its_problems_and_any_other_refusal_in_words() {
        let filled = vec![("applicant_name".to_owned(), "示例".to_owned())];
        let confirm = Screen::Confirm { item: item(), entries: filled.clone() };
        let (submitting, _) = step(confirm, Event::Confirmed("r".into()));
        let problem = vec![("applicant_name".to_owned(), "太长".to_owned())];
        let refused = Event::Refused("填写有误".into(), problem.clone());
        let (form, _) = step(submitting.clone(), refused);
        let hint = vec![("applicant_name".to_owned(), "太长，或有不能使用的字符".to_owned())];
        assert_eq!(form, Screen::Form { item: item(), entries: filled, problems: hint });
        let elsewhere = vec![("request_id".to_owned(), "is no UUID".to_owned())];
        let (refused, _) = step(submitting.clone(), Event::Refused("有误".into(), elsewhere));
        assert_eq!(refused, Screen::Refused { words: "有误".into(), project_number: None });
        let (refused, _) = step(submitting, Event::Refused("不能办理".into(), Vec::new()));
        assert_eq!(refused, Screen::Refused { words: "不能办理".into(), project_number: None });
        let empty = Screen::Form { item: item(), entries: Vec::new(), problems: Vec::new() };
        let (form, _) = step(empty, Event::FormFilled(Vec::new()));
        assert!(matches!(form, Screen::Form { problems, .. } if problems.len() == 1));
    }

    #[test]
    fn an_application_that_did_not_get_through_is_not_sent_when_its_applicant_has_left() {
        let filled = vec![("applicant_name".to_owned(), "示例".to_owned())];
        let confirm = Screen::Confirm { item: item(), entries: filled };
        let offline = play(confirm, vec![Event::Confirmed("r".into()), Event::WentAway]).0;
        assert!(offline.patience().unwrap().asking.as_secs() > 0);
        assert_eq!(step(offline.clone(), Event::TimedOut), (Screen::Attract, None));
        let (_, again) = step(offline, Event::RetryTouched);
        assert!(matches!(again, Some(Effect::Submit(_))), "but when they are there");
    }

    #[test]
    fn a_refused_rating_leaves_its_case_standing_and_says_its_number() {
        let (sending, _) = step(faces(false), Event::LevelChosen(Level::Satisfied, "r".into()));
        let (refused, _) = step(sending, Event::Refused("已过评价期".into(), Vec::new()));
        assert_eq!(refused.project_number(), Some("n"));
    }

    #[test]
    fn going_back_keeps_what_was_filled_in() {
        let entries = vec![("applicant_name".to_owned(), "示例".to_owned())];
        let form = Screen::Form { item: item(), entries: Vec::new(), problems: Vec::new() };
        let look_up = vec![Event::FormPutAside(entries.clone()), Event::ApplyTouched];
        let again = play(form, look_up).0;
        assert!(matches!(again, Screen::Form { entries: kept, .. } if kept == entries));
        let confirm = Screen::Confirm { item: item(), entries: entries.clone() };
        let (form, _) = step(confirm, Event::BackTouched);
        assert_eq!(form, Screen::Form { item: item(), entries, problems: Vec::new() });
    }

    #[test]
    fn leaving_drops_everything_the_visitor_said() {
        for event in [Event::Left, Event::TimedOut] {
            assert_eq!(step(faces(false), event.clone()), (Screen::Attract, None));
            let filled = vec![("applicant_name".to_owned(), "示例".to_owned())];
            let confirm = Screen::Confirm { item: item(), entries: filled };
            assert_eq!(step(confirm, event), (Screen::Attract, None));
        }
        let stray = step(Screen::Attract, Event::Completed("late".into()));
        assert_eq!(stray, (Screen::Attract, None), "a late answer shows nothing to the next one");
    }

    #[test]
    fn whoever_may_lose_something_is_asked_before_a_screen_gives_up() {
        let form = Screen::Form { item: item(), entries: Vec::new(), problems: Vec::new() };
        for screen in [form, faces(true)] {
            let patience = screen.patience().unwrap();
            assert!(patience.quiet.as_secs() >= 60 && patience.asking.as_secs() >= 20);
        }
        assert_eq!(Screen::Attract.patience(), None, "nobody is there");
    }
}
