//! I14 by differencing: someone compares all public data before and after a private rating, and
//! subtracts whatever they like, but does not find its level.

use platform::convert::to_wire;
use proto::{
    fact::v1::{RatingSubmitted, TicketOpened},
    publication::v1::{Dimension, Figures, GetFiguresRequest, ListOutcomesRequest},
    r#type::v1::{Level, ServiceAct, TicketState},
};

use super::*;
use crate::rpc::{
    disclosure::list_outcomes,
    statistics::get_figures,
    testing::{Fixture, anyone},
};

const LEVELS: [Level; 5] = [
    Level::VerySatisfied,
    Level::Satisfied,
    Level::BasicallySatisfied,
    Level::Dissatisfied,
    Level::VeryDissatisfied,
];
const SPANS: [(&str, &str); 4] = [
    ("2026-03-02", "2026-03-02"),
    ("2026-03-03", "2026-03-03"),
    ("2026-03-02", "2026-03-03"),
    ("2026-01-01", "2026-12-31"),
];

/// Every figure that is public: dimension, span, and the rows.
type Public = Vec<(Dimension, usize, Vec<Figures>)>;

async fn figures(fixture: &Fixture) -> Public {
    let mut all = Vec::new();
    for number in [1, 2, 3, 4, 5, 6, 7, 9] {
        let dimension = Dimension::try_from(number).unwrap();
        for (n, (from, to)) in SPANS.into_iter().enumerate() {
            let request = GetFiguresRequest {
                dimension: dimension.into(),
                from: from.to_owned(),
                to: to.to_owned(),
                ..GetFiguresRequest::default()
            };
            let answer = get_figures::run(&fixture.publication, anyone(), request).await.unwrap();
            all.push((dimension, n, answer.rows));
        }
    }
    all
}

/// Which tickets are shown, without their identities.
async fn outcomes(fixture: &Fixture) -> Vec<(String, i32, i32)> {
    let request =
        ListOutcomesRequest { region_code: "652301".to_owned(), ..ListOutcomesRequest::default() };
    let answer = list_outcomes::run(&fixture.publication, anyone(), request).await.unwrap();
    answer.outcomes.into_iter().map(|o| (o.agency_id, o.level, o.state)).collect()
}

/// An act at one of three windows, on one of two items.
fn act(fixture: &Fixture, n: usize) -> ServiceAct {
    let act = fixture.act();
    ServiceAct {
        window_id: format!("652301-w0{}", 1 + n % 3),
        item_code: format!("{}{}", &act.item_code[..30], n % 2),
        ..act
    }
}

async fn rate(fixture: &Fixture, act: &ServiceAct, level: Level, private: bool) {
    let at = "2026-03-03T01:00:00Z";
    let rating = RatingSubmitted { private, ..fixture.rating(act, level, at) };
    fixture.apply(Body::RatingSubmitted(rating.clone())).await;
    if matches!(level, Level::Dissatisfied | Level::VeryDissatisfied) {
        let ticket = ticket(&rating);
        let id = ticket.ticket_id.clone();
        fixture.apply(Body::TicketOpened(ticket)).await;
        fixture.step_ticket(&id, TicketState::FedBack).await;
    }
}

fn ticket(rating: &RatingSubmitted) -> TicketOpened {
    TicketOpened {
        ticket_id: platform::clock::Clock::System.new_id().to_string(),
        rating_id: rating.rating_id.clone(),
        act: rating.act.clone(),
        level: rating.level,
        channel: rating.channel,
        private: rating.private,
        opened_at: Some(to_wire("2026-03-03T01:00:00Z".parse().unwrap())),
        ..TicketOpened::default()
    }
}

/// Public ratings at every window, and then private ones of these levels, each by another rater:
/// returns the public data after each.
async fn play(fixture: &Fixture, levels: &[Level]) -> Vec<(Public, Vec<(String, i32, i32)>)> {
    for n in 0..6 {
        let act = act(fixture, n);
        fixture.invite(&act).await;
        rate(fixture, &act, LEVELS[n % 5], false).await;
    }
    let mut seen = vec![(figures(fixture).await, outcomes(fixture).await)];
    for (n, level) in levels.iter().enumerate() {
        let act = act(fixture, n);
        fixture.invite(&act).await;
        rate(fixture, &act, *level, true).await;
        seen.push((figures(fixture).await, outcomes(fixture).await));
    }
    seen
}

/// What changed: by dimension and key over the whole year, levels and tickets opened.
fn changed(before: &Public, after: &Public) -> Vec<(Dimension, String, [i64; 5], i64)> {
    let counts = |row: Option<&Figures>| -> ([i64; 5], i64) {
        let Some(row) = row else { return ([0; 5], 0) };
        let levels: Vec<i64> = row.levels.iter().map(|l| l.count.cast_signed()).collect();
        let tickets = row.rectification.unwrap().denominator.cast_signed();
        (levels.try_into().unwrap(), tickets)
    };
    let mut changed = Vec::new();
    for ((dimension, span, rows), (.., earlier)) in after.iter().zip(before) {
        for row in rows.iter().filter(|_| *span + 1 == SPANS.len()) {
            let (new, tickets) = counts(Some(row));
            let (old, opened) = counts(earlier.iter().find(|old| old.key == row.key));
            let levels = std::array::from_fn(|n| new[n] - old[n]);
            changed.push((*dimension, row.key.clone(), levels, tickets - opened));
        }
    }
    changed
}

#[tokio::test]
async fn i14_of_a_private_rating_that_stands_alone_everything_public_is_the_same_whatever_it_says()
{
    let fixture = Fixture::new().await;
    let base = [Level::VeryDissatisfied, Level::Satisfied, Level::Satisfied, Level::Dissatisfied];
    let expected = play(&fixture, &base).await;
    assert_eq!(expected.len(), 5);
    for position in 0..base.len() {
        for level in LEVELS {
            let mut levels = base;
            levels[position] = level;
            let seen = play(&Fixture::new().await, &levels).await;
            assert_eq!(seen, expected, "{position} {level:?}");
        }
    }
}

#[tokio::test]
async fn i14_private_ratings_enter_all_at_once_the_same_figures_and_none_else_changes() {
    let fixture = Fixture::new().await;
    let levels = [
        Level::VeryDissatisfied,
        Level::Satisfied,
        Level::Satisfied,
        Level::Satisfied,
        Level::VerySatisfied,
    ];
    let seen = play(&fixture, &levels).await;
    let (before, after) = (&seen[4].0, &seen[5].0);
    let together = [1, 3, 0, 0, 1];
    for (dimension, key, levels, tickets) in changed(before, after) {
        match dimension {
            Dimension::Window | Dimension::Item => {
                assert_eq!((levels, tickets), ([0; 5], 0), "{key}: some are of others");
            }
            _ => assert_eq!((levels, tickets), (together, 0), "{dimension:?} {key}"),
        }
    }
    let first = changed(&seen[0].0, before);
    assert!(first.iter().all(|(.., levels, tickets)| (*levels, *tickets) == ([0; 5], 0)));
    let agency = fixture.figures("2026-01-01", "2026-12-31").await;
    assert_eq!((agency.satisfaction.1, agency.participation), (11, (11, 11)), "and they count");
    assert_eq!(agency.rectification, (2, 2), "of the public ones, so far");
    // The tickets of these follow when the next ones enter, and then all at once.
    for (n, level) in (5..).zip(levels) {
        let before = figures(&fixture).await;
        rate(&fixture, &act(&fixture, n), level, true).await;
        for (dimension, key, levels, tickets) in changed(&before, &figures(&fixture).await) {
            let all = n == 9 && !matches!(dimension, Dimension::Window | Dimension::Item);
            let expected = if all { (together, 1) } else { ([0; 5], 0) };
            assert_eq!((levels, tickets), expected, "{n} {dimension:?} {key}");
        }
    }
    let agency = fixture.figures("2026-01-01", "2026-12-31").await;
    assert_eq!(agency.rectification, (3, 3), "fed back as it was");
}

#[tokio::test]
async fn i14_at_one_window_enough_private_ratings_count_there_and_a_later_one_in_the_place_of_one_changes_nothing()
 {
    let fixture = Fixture::new().await;
    let acts: Vec<ServiceAct> = (0..5).map(|_| fixture.act()).collect();
    for act in &acts {
        fixture.invite(act).await;
    }
    // Before it entered, the latest counts.
    rate(&fixture, &acts[0], Level::VerySatisfied, true).await;
    let mut again = fixture.rating(&acts[0], Level::Dissatisfied, "2026-03-03T02:00:00Z");
    again.private = true;
    fixture.apply(Body::RatingSubmitted(again.clone())).await;
    for (act, level) in acts[1..].iter().zip([
        Level::Dissatisfied,
        Level::Satisfied,
        Level::Satisfied,
        Level::Satisfied,
    ]) {
        rate(&fixture, act, level, true).await;
    }
    let window = || fixture.figures_of(Dimension::Window, "652301-w01", "2026-03-03", "2026-03-03");
    let told = window().await;
    assert_eq!((told.levels, told.rectification), ([0, 3, 0, 2, 0], (0, 0)));
    // Its ticket arrives after it has entered: nobody can see whether there is one.
    fixture.apply(Body::TicketOpened(ticket(&again))).await;
    assert_eq!(window().await.rectification, (0, 0));
    let (before, shown) = (figures(&fixture).await, outcomes(&fixture).await);
    for level in LEVELS {
        let mut later = fixture.rating(&acts[2], level, "2026-03-04T01:00:00Z");
        later.private = true;
        fixture.apply(Body::RatingSubmitted(later.clone())).await;
        if level == Level::VeryDissatisfied {
            fixture.apply(Body::TicketOpened(ticket(&later))).await;
        }
        assert_eq!(figures(&fixture).await, before, "{level:?}");
        assert_eq!(outcomes(&fixture).await, shown, "{level:?}");
    }
}

#[tokio::test]
async fn i14_a_ticket_is_hidden_by_any_private_rating_of_its_act_not_by_a_bad_one_alone() {
    let mut seen = Vec::new();
    for level in LEVELS {
        let fixture = Fixture::new().await;
        let (open, other) = (fixture.act(), fixture.act());
        for act in [&open, &other] {
            rate(&fixture, act, Level::Dissatisfied, false).await;
        }
        assert_eq!(outcomes(&fixture).await.len(), 2);
        let mut private = fixture.rating(&open, level, "2026-03-03T02:00:00Z");
        private.private = true;
        fixture.apply(Body::RatingSubmitted(private.clone())).await;
        assert_eq!(outcomes(&fixture).await.len(), 1, "{level:?}");
        // A further public rating of that act opens one that is not shown either.
        rate(&fixture, &open, Level::VeryDissatisfied, false).await;
        seen.push(outcomes(&fixture).await);
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "the same whatever it said");
}
