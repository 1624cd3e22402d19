use domain::item::FieldKind;

use super::*;
use crate::content::{Guide, LevelChoice, TouchedLevel};

mod anywhere;
mod evaluator;
mod look_up;
mod opinion;
mod visits;

fn item() -> ItemCard {
    let name = Field {
        id: "applicant_name".into(),
        label: "姓名".into(),
        kind: FieldKind::PersonName,
        required: true,
        max_length: 30,
        choices: Vec::new(),
    };
    ItemCard {
        code: "1".into(),
        name: "示例事项".into(),
        accepting_unit: "示例单位".into(),
        theme: "示例主题".into(),
        guide: Guide::default(),
        form: vec![name],
        ..ItemCard::default()
    }
}

fn case() -> Case {
    Case { id: "c".into(), project_number: "n".into(), ..Case::default() }
}

fn choices(negative_needs_reason: bool) -> Choices {
    let level = |level| {
        let label = if level == Level::Satisfied { "满意" } else { "" };
        LevelChoice { level, label: label.to_owned(), tags: Vec::new() }
    };
    Choices {
        item_name: "示例事项".into(),
        agency_name: "示例单位".into(),
        levels: Level::ALL.map(level).to_vec(),
        tag_list_version: "v".into(),
        negative_needs_reason,
        private_allowed: true,
        questions: Vec::new(),
        look_up: String::new(),
    }
}

fn play(screen: Screen, events: Vec<Event>) -> (Screen, Option<Effect>) {
    events.into_iter().fold((screen, None), |(screen, _), event| step(screen, event))
}

fn faces(negative_needs_reason: bool) -> Screen {
    let completed = vec![
        Event::Started,
        Event::ItemsCame(vec![item()]),
        Event::ItemChosen("1".into()),
        Event::ApplyTouched,
        Event::FormFilled(vec![("applicant_name".into(), "示例".into())]),
        Event::Confirmed("r".into()),
        Event::Accepted(case()),
        Event::Completed("token".into()),
        Event::ChoicesCame(choices(negative_needs_reason)),
    ];
    play(Screen::Attract, completed).0
}

#[test]
fn i19_the_visit_jumps_to_the_faces_when_its_case_completes_with_nothing_preselected() {
    let Screen::Faces { invitation, .. } = faces(false) else { panic!("no faces") };
    assert_eq!(invitation, Invitation { project_number: "n".into(), token: "token".into() });
}

fn application() -> Application {
    Application {
        request_id: "r".into(),
        item_code: "1".into(),
        entries: Vec::new(),
        language: String::new(),
    }
}

/// Done on the spot: accepted and completed in one answer.
fn at_once() -> Case {
    Case { invitation: Some("token".into()), ..case() }
}

#[test]
fn i19_what_was_done_on_the_spot_is_seen_first_and_jumps_to_the_faces_by_itself() {
    let application = application();
    let submitting = Screen::Submitting { item: item(), application };
    let (result, none) = step(submitting, Event::Accepted(at_once()));
    assert_eq!((&result, none), (&Screen::Result { case: at_once() }, None));
    let patience = result.patience().unwrap();
    assert!(patience.quiet.as_secs() <= 10 && patience.asking.is_zero(), "it waits for nobody");
    let invitation = Invitation { project_number: "n".into(), token: "token".into() };
    let faces = (Screen::Inviting { invitation }, Some(Effect::FetchChoices("token".into())));
    for event in [Event::TimedOut, Event::RateTouched] {
        assert_eq!(step(result.clone(), event), faces);
    }
    // What is not done yet is waited for, and not rated.
    let waiting = Screen::Result { case: case() };
    assert_eq!(step(waiting.clone(), Event::RateTouched), (waiting.clone(), None));
    assert_eq!(step(waiting, Event::TimedOut), (Screen::Attract, None));
}

#[test]
fn one_entry_is_changed_where_it_stands_and_the_others_stay() {
    let entries = vec![("applicant_name".to_owned(), "示例".to_owned())];
    let confirm = Screen::Confirm { item: item(), entries: entries.clone() };
    let (form, none) = step(confirm, Event::EntryTouched("applicant_name".into()));
    let Screen::Form { entries: kept, problems, at, .. } = &form else { panic!("{form:?}") };
    assert_eq!((kept, problems.len(), at.as_deref()), (&entries, 0, Some("applicant_name")));
    assert_eq!(none, None);
    let (again, _) = step(form, Event::FormFilled(entries));
    assert!(matches!(again, Screen::Confirm { .. }), "and back to the whole");
}

/// One terminal's events, from the attract screen.
fn shown(events: Vec<Event>) -> Shown {
    events.into_iter().fold(Shown::new(), |shown, event| turn(shown, event).0)
}

#[test]
fn a_visitor_sets_the_screen_as_it_suits_them_and_the_next_one_finds_it_as_it_was() {
    let suited = vec![
        Event::ElderToggled,
        Event::Started,
        Event::ItemsCame(vec![item()]),
        Event::ContrastToggled,
        Event::LoweredToggled,
        Event::ItemChosen("1".into()),
    ];
    let comfort = Comfort { elder: true, contrast: true, lowered: true, ..Comfort::default() };
    let guide = shown(suited.clone());
    assert_eq!(guide.comfort, comfort);
    assert!(matches!(guide.screen, Screen::Guide { .. }), "and nothing else changes");
    let (back, _) = turn(guide.clone(), Event::ElderToggled);
    assert_eq!(back.comfort, Comfort { elder: false, ..comfort });
    for leaves in [Event::Left, Event::TimedOut] {
        assert_eq!(turn(guide.clone(), leaves).0, Shown::new());
    }
}

#[test]
fn an_attract_screen_that_somebody_changed_and_left_is_as_it_was_after_a_while() {
    assert_eq!(Shown::new().patience(), None, "nobody is there");
    let tried = shown(vec![Event::ContrastToggled]);
    let patience = tried.patience().unwrap();
    assert!(patience.quiet <= TRIED && patience.asking.is_zero());
    assert_eq!(turn(tried, Event::TimedOut), (Shown::new(), None));
}

#[test]
fn help_is_called_anywhere_changes_nothing_and_is_waited_for() {
    let (attract, none) = turn(Shown::new(), Event::HelpToggled);
    assert!(attract.comfort.helping && attract.screen == Screen::Attract && none.is_none());
    let faces = Shown { screen: faces(false), ..Shown::new() };
    let (called, none) = turn(faces.clone(), Event::HelpToggled);
    assert_eq!((&called.screen, none), (&faces.screen, None));
    assert!(called.patience().unwrap().quiet >= HELP);
    // What the services answer meanwhile arrives all the same.
    let waiting = Shown { screen: Screen::Result { case: case() }, ..called.clone() };
    let (invited, _) = turn(waiting, Event::Completed("token".into()));
    assert!(invited.comfort.helping && matches!(invited.screen, Screen::Inviting { .. }));
    assert_eq!(turn(called.clone(), Event::HelpToggled), (faces, None), "as it was");
    assert_eq!(turn(called, Event::TimedOut).0, Shown::new(), "and not for the next one");
}

#[test]
fn i20_the_thanks_say_which_level_was_given_and_who_answers() {
    let (sending, _) = step(faces(false), Event::LevelChosen(Level::Satisfied, "r".into()));
    let receipt = Receipt { code: "K7".into(), ..Receipt::default() };
    let (thanks, _) = step(sending, Event::Rated(receipt));
    let Screen::Thanks { rated, .. } = thanks else { panic!("{thanks:?}") };
    assert_eq!((rated.level, rated.label.as_str()), (Level::Satisfied, "满意"));
    assert_eq!((rated.agency_name.as_str(), rated.project_number.as_str()), ("示例单位", "n"));
}

#[test]
fn i04_a_negative_level_asks_for_reasons_and_any_other_is_sent_at_once() {
    for level in Level::ALL {
        let (screen, effect) = step(faces(false), Event::LevelChosen(level, "r".into()));
        match screen {
            Screen::Reasons(given) => {
                assert!(level.is_negative() && given.level == level);
                // Kept as it is, should the terminal stop now, and not sent.
                assert_eq!(effect, Some(Effect::Keep(given.into_rating().0)));
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
    let none = || Event::ReasonsGiven(Reasons::default());
    let (free, _) = play(faces(false), vec![chosen.clone(), none()]);
    assert!(matches!(free, Screen::Sending { .. }));
    let (asked, _) = play(faces(true), vec![chosen, none()]);
    assert!(matches!(asked, Screen::Reasons(_)));
    let tag = Event::ReasonsGiven(vec!["214".into()].into());
    assert!(matches!(step(asked, tag).0, Screen::Sending { .. }));
}

/// A bad level touched, and its rating without and with a reason.
fn touched(negative_needs_reason: bool) -> (Screen, RatingToSend, RatingToSend) {
    let chosen = Event::LevelChosen(Level::Dissatisfied, "r".into());
    let (reasons, _) = step(faces(negative_needs_reason), chosen);
    let Screen::Reasons(given) = &reasons else { panic!("{reasons:?}") };
    let (bare, _) = given.clone().into_rating();
    let told = TouchedLevel { reasons: vec!["214".into()].into(), ..given.clone() };
    let (told, _) = told.into_rating();
    assert_eq!((bare.level, bare.request_id.as_str()), (Level::Dissatisfied, "r"));
    (reasons, bare, told)
}

#[test]
fn i04_whoever_walks_away_from_the_reasons_has_rated_all_the_same() {
    let (reasons, bare, told) = touched(false);
    for event in [Event::Left, Event::TimedOut, Event::ReasonsLeft(Reasons::default())] {
        let left = step(reasons.clone(), event);
        assert_eq!(left, (Screen::Attract, Some(Effect::Deliver(bare.clone()))));
    }
    let left = step(reasons.clone(), Event::ReasonsLeft(vec!["214".into()].into()));
    assert_eq!(left, (Screen::Attract, Some(Effect::Deliver(told))), "with what was chosen");
    // A visitor who does not want to rate after all takes the level back.
    let (back, withdrawn) = step(reasons, Event::BackTouched);
    assert_eq!(withdrawn, Some(Effect::Withdraw("r".into())));
    assert_eq!(step(back, Event::Left), (Screen::Attract, None));
}

#[test]
fn i05_hy7_where_a_reason_is_demanded_only_a_level_without_any_is_lost() {
    let (reasons, _, told) = touched(true);
    for event in [Event::Left, Event::TimedOut, Event::ReasonsLeft(Reasons::default())] {
        assert_eq!(step(reasons.clone(), event), (Screen::Attract, None));
    }
    let left = step(reasons, Event::ReasonsLeft(vec!["214".into()].into()));
    assert_eq!(left, (Screen::Attract, Some(Effect::Deliver(told))));
}

#[test]
fn what_is_being_sent_survives_the_network_and_is_sent_again_as_it_was() {
    let (sending, first) = step(faces(false), Event::LevelChosen(Level::Satisfied, "r".into()));
    let (offline, later) = step(sending.clone(), Event::WentAway);
    assert!(matches!(offline, Screen::Offline { .. }));
    assert_eq!(later, Some(Effect::RetryLater));
    assert_eq!(step(offline.clone(), Event::RetryTouched), (sending.clone(), first.clone()));
    assert_eq!(step(offline.clone(), Event::RetryDue), (offline.clone(), first));
    assert_eq!(step(offline.clone(), Event::WentAway), (offline.clone(), later), "and again");
    let receipt = Receipt { code: "K7".into(), ..Receipt::default() };
    let (thanks, _) = step(offline, Event::Rated(receipt.clone()));
    let Screen::Thanks { receipt: kept, rated, .. } = thanks else { panic!("{thanks:?}") };
    assert_eq!((kept, rated.project_number.as_str()), (receipt, "n"));
    assert_eq!(step(sending.clone(), Event::TimedOut), (sending, None));
}

#[test]
fn leaving_never_drops_a_rating_that_was_given() {
    for level in Level::ALL {
        let (chosen, _) = step(faces(false), Event::LevelChosen(level, "r".into()));
        let (sending, rate) = match level.is_negative() {
            true => step(chosen, Event::ReasonsGiven(Reasons::default())),
            false => step(faces(false), Event::LevelChosen(level, "r".into())),
        };
        let Some(Effect::Rate(rating)) = rate else { panic!("{rate:?}") };
        let delivered = (Screen::Attract, Some(Effect::Deliver(rating.clone())));
        assert_eq!(step(sending.clone(), Event::Left), delivered);
        let (offline, _) = step(sending.clone(), Event::WentAway);
        for event in [Event::Left, Event::TimedOut] {
            assert_eq!(step(offline.clone(), event), delivered);
        }
        let (closed, kept) = step(sending, Event::NotAdmitted);
        assert!(matches!(closed, Screen::Closed { rated: true, .. }), "{closed:?}");
        assert_eq!(kept, Some(Effect::Deliver(rating)));
    }
}

#[test]
fn what_could_not_be_read_is_asked_for_again_without_a_touch() {
    let invitation = Invitation { project_number: "n".into(), token: "token".into() };
    let asked = [
        (Screen::Loading, Effect::FetchItems, Event::ItemsCame(vec![item()])),
        (
            Screen::Inviting { invitation },
            Effect::FetchChoices("token".into()),
            Event::ChoicesCame(choices(false)),
        ),
    ];
    for (screen, asks, answer) in asked {
        let there = step(screen.clone(), answer.clone());
        let (offline, later) = step(screen, Event::WentAway);
        assert_eq!(later, Some(Effect::RetryLater));
        assert_eq!(step(offline.clone(), Event::RetryDue), (offline.clone(), Some(asks)));
        assert_eq!(step(offline.clone(), Event::WentAway), (offline.clone(), later));
        assert_eq!(step(offline.clone(), answer), there);
        assert_eq!(step(offline, Event::TimedOut), (Screen::Attract, None));
    }
}

#[test]
fn a_terminal_that_is_not_admitted_says_so_and_asks_until_it_is() {
    let invitation = Invitation { project_number: "n".into(), token: "token".into() };
    for screen in
        [Screen::Loading, Screen::Result { case: case() }, Screen::Inviting { invitation }]
    {
        let project_number = screen.project_number().map(str::to_owned);
        let (closed, none) = step(screen, Event::NotAdmitted);
        assert_eq!(closed, Screen::Closed { project_number, rated: false });
        assert_eq!(none, None);
        assert_eq!(closed.patience().unwrap().asking.as_secs(), 0, "nobody is asked");
        let (asking, asks) = step(closed, Event::TimedOut);
        assert_eq!(asks, Some(Effect::FetchItems));
        assert_eq!(asking.project_number(), None, "nothing for the next visitor to read");
        for still in [Event::NotAdmitted, Event::WentAway] {
            assert_eq!(step(asking.clone(), still), (asking.clone(), None));
        }
        assert_eq!(step(asking, Event::ItemsCame(Vec::new())), (Screen::Attract, None));
    }
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
    assert_eq!(form, Screen::Form { item: item(), entries: filled, problems: hint, at: None });
    let elsewhere = vec![("request_id".to_owned(), "is no UUID".to_owned())];
    let (refused, _) = step(submitting.clone(), Event::Refused("有误".into(), elsewhere));
    assert_eq!(refused, Screen::Refused { words: "有误".into(), project_number: None });
    let (refused, _) = step(submitting, Event::Refused("不能办理".into(), Vec::new()));
    assert_eq!(refused, Screen::Refused { words: "不能办理".into(), project_number: None });
    let empty = Screen::Form { item: item(), entries: Vec::new(), problems: Vec::new(), at: None };
    let (form, _) = step(empty, Event::FormFilled(Vec::new()));
    assert!(matches!(form, Screen::Form { problems, .. } if problems.len() == 1));
}

#[test]
fn an_application_that_did_not_get_through_is_not_sent_when_its_applicant_has_left() {
    let filled = vec![("applicant_name".to_owned(), "示例".to_owned())];
    let confirm = Screen::Confirm { item: item(), entries: filled };
    let (offline, later) = play(confirm, vec![Event::Confirmed("r".into()), Event::WentAway]);
    assert_eq!(later, None, "nor without a touch");
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
    let form = Screen::Form { item: item(), entries: Vec::new(), problems: Vec::new(), at: None };
    let look_up = vec![Event::FormPutAside(entries.clone()), Event::ApplyTouched];
    let again = play(form, look_up).0;
    assert!(matches!(again, Screen::Form { entries: kept, .. } if kept == entries));
    let confirm = Screen::Confirm { item: item(), entries: entries.clone() };
    let (form, _) = step(confirm, Event::BackTouched);
    assert_eq!(form, Screen::Form { item: item(), entries, problems: Vec::new(), at: None });
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
    let form = Screen::Form { item: item(), entries: Vec::new(), problems: Vec::new(), at: None };
    let (reasons, ..) = touched(true);
    for screen in [form, faces(true), reasons] {
        let patience = screen.patience().unwrap();
        assert!(patience.quiet.as_secs() >= 60 && patience.asking.as_secs() >= 20);
    }
    assert_eq!(Screen::Attract.patience(), None, "nobody is there");
}

#[test]
fn i23_a_language_is_chosen_by_one_touch_anywhere_and_the_next_visitor_finds_the_standard_one() {
    for language in Language::ALL {
        let chosen = shown(vec![Event::LanguageChosen(language)]);
        assert_eq!((chosen.comfort.language, &chosen.screen), (language, &Screen::Attract));
        let visit = vec![
            Event::LanguageChosen(language),
            Event::Started,
            Event::ItemsCame(vec![item()]),
            Event::ItemChosen("1".into()),
        ];
        let guide = shown(visit);
        assert_eq!(guide.comfort.language, language, "it lasts as long as the visit");
        let (other, none) = turn(guide.clone(), Event::LanguageChosen(Language::English));
        assert_eq!((&other.screen, none), (&guide.screen, None), "and nothing else changes");
        for leaves in [Event::Left, Event::TimedOut] {
            assert_eq!(turn(other.clone(), leaves).0.comfort.language, Language::Chinese);
        }
    }
    // Somebody tried a language and walked on.
    let tried = shown(vec![Event::LanguageChosen(Language::Uyghur)]);
    assert!(tried.patience().is_some_and(|patience| patience.quiet <= TRIED));
    assert_eq!(turn(tried, Event::TimedOut).0, Shown::new());
}

#[test]
fn i23_an_application_says_its_language_and_says_the_same_whenever_it_is_sent_again() {
    let confirm = Screen::Confirm { item: item(), entries: Vec::new() };
    let sent = |language, events: Vec<Event>| {
        let comfort = Comfort { language, ..Comfort::default() };
        let first = (Shown { screen: confirm.clone(), comfort, ..Shown::new() }, None);
        let (_, effect) = events.into_iter().fold(first, |(shown, _), event| turn(shown, event));
        let Some(Effect::Submit(application)) = effect else { panic!("{effect:?}") };
        application.language
    };
    let confirmed = || Event::Confirmed("r".into());
    assert_eq!(sent(Language::Chinese, vec![confirmed()]), "", "nobody chose one");
    assert_eq!(sent(Language::Uyghur, vec![confirmed()]), "ug");
    let again = vec![
        confirmed(),
        Event::WentAway,
        Event::LanguageChosen(Language::English),
        Event::RetryTouched,
    ];
    assert_eq!(sent(Language::Uyghur, again), "ug", "the services know it by its content");
}
