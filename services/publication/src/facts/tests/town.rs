//! P05, I14 by subtraction: in a town made from a seed somebody asks every public question after each
//! rating: every dimension, span of days and channel, and the list of single ratings. They subtract what
//! is shown singly, and then any answer from any other that holds more of the same ratings, earlier or
//! later. What is left is nothing, or at least five raters' ratings.

use std::collections::BTreeSet;

use domain::statistics::RATERS_TOGETHER;
use proto::{
    fact::v1::RatingSubmitted,
    publication::v1::{
        Dimension, GetFiguresRequest, LevelCount, ListPublishedRatingsRequest, PublishedRating,
    },
    r#type::v1::{Channel, Level, ServiceAct},
};

use super::*;
use crate::rpc::{
    disclosure::list_published_ratings,
    statistics::get_figures,
    testing::{Fixture, anyone},
};

pub(super) const LEVELS: [Level; 5] = [
    Level::VerySatisfied,
    Level::Satisfied,
    Level::BasicallySatisfied,
    Level::Dissatisfied,
    Level::VeryDissatisfied,
];
pub(super) const DAYS: [&str; 2] = ["2026-03-03", "2026-03-04"];
pub(super) const CHANNELS: [Channel; 3] = [Channel::Unspecified, Channel::Kiosk, Channel::App];
/// The windows: agency, hall. The last agency has one alone.
pub(super) const WINDOWS: [(&str, &str); 5] = [
    ("652301-a03", "652301-h01"),
    ("652301-a03", "652301-h01"),
    ("652301-a03", "652301-h02"),
    ("652301-a04", "652301-h02"),
    ("652301-a05", "652301-h03"),
];
/// The dimensions that everybody may ask for.
const PUBLIC: [i32; 8] = [1, 2, 3, 4, 5, 6, 7, 9];
/// Each agency has its own items, two of them.
pub(super) const ITEMS: usize = 2;

/// A place: a window, and an item done there.
pub(super) type Places = BTreeSet<(usize, usize)>;

pub(super) fn act_at(fixture: &Fixture, (window, item): (usize, usize)) -> ServiceAct {
    let (agency, hall) = WINDOWS[window];
    ServiceAct {
        agency_id: agency.to_owned(),
        hall_id: hall.to_owned(),
        window_id: format!("652301-w{window}"),
        terminal_id: format!("652301-t{window}"),
        platform_id: format!("652301-p{}", window % 2),
        line_id: format!("line-{agency}"),
        item_code: format!("{agency}-{item}"),
        ..fixture.act()
    }
}

/// The places that a value of a dimension is about.
pub(super) fn places(fixture: &Fixture, dimension: Dimension, key: &str) -> Places {
    let all = (0..WINDOWS.len()).flat_map(|window| (0..ITEMS).map(move |item| (window, item)));
    let of = |act: &ServiceAct| match dimension {
        Dimension::Region => act.region_code.clone(),
        Dimension::Agency => act.agency_id.clone(),
        Dimension::Item => act.item_code.clone(),
        Dimension::Line => act.line_id.clone(),
        Dimension::Terminal => act.terminal_id.clone(),
        Dimension::Window => act.window_id.clone(),
        Dimension::Hall => act.hall_id.clone(),
        Dimension::Platform => act.platform_id.clone(),
        Dimension::Staff | Dimension::Unspecified => String::new(),
    };
    all.filter(|place| of(&act_at(fixture, *place)) == key).collect()
}

/// A rating that its rater does not keep from the public; the one who asks knows all about these.
pub(super) struct Open {
    pub(super) place: (usize, usize),
    pub(super) day: usize,
    pub(super) channel: Channel,
    pub(super) level: Level,
    pub(super) paper: bool,
    pub(super) excluded: bool,
}

/// Counts by level less single ones.
pub(super) fn less<'a>(levels: &[LevelCount], singly: impl Iterator<Item = &'a Open>) -> [i64; 5] {
    let mut left: [i64; 5] = std::array::from_fn(|n| levels[n].count.cast_signed());
    for one in singly {
        left[LEVELS.iter().position(|level| *level == one.level).unwrap()] -= 1;
    }
    left
}

/// What an answer has beside those, by level.
#[derive(Clone)]
pub(super) struct Answer {
    pub(super) words: String,
    pub(super) places: Places,
    pub(super) days: BTreeSet<usize>,
    pub(super) hidden: [i64; 5],
}

impl Answer {
    /// Whether whatever the other one counts is counted here.
    fn holds(&self, other: &Self) -> bool {
        self.places.is_superset(&other.places) && self.days.is_superset(&other.days)
    }
}

pub(super) async fn answers(fixture: &Fixture, open: &[Open], channels: &[Channel]) -> Vec<Answer> {
    let mut answers = Vec::new();
    for number in PUBLIC {
        let dimension = Dimension::try_from(number).unwrap();
        for days in [vec![0], vec![1], vec![0, 1]] {
            for channel in channels.iter().copied() {
                let request = GetFiguresRequest {
                    dimension: number,
                    from: DAYS[days[0]].to_owned(),
                    to: DAYS[*days.last().unwrap()].to_owned(),
                    channel: channel.into(),
                    ..GetFiguresRequest::default()
                };
                let told = get_figures::run(&fixture.publication, anyone(), request).await.unwrap();
                for row in told.rows {
                    let places = places(fixture, dimension, &row.key);
                    let within = open.iter().filter(|one| {
                        let by = channel == Channel::Unspecified || channel == one.channel;
                        by && !one.excluded
                            && places.contains(&one.place)
                            && days.contains(&one.day)
                    });
                    let hidden = less(&row.levels, within.clone());
                    let on_paper = less(&row.levels_paper, within.filter(|one| one.paper));
                    let words = format!("{dimension:?} {} {days:?} {channel:?}", row.key);
                    if channel != Channel::Unspecified {
                        assert_eq!(hidden, [0; 5], "{words}: a private one is in no channel's");
                        continue;
                    }
                    let days: BTreeSet<usize> = days.iter().copied().collect();
                    let (of, on) = (places.clone(), days.clone());
                    answers.push(Answer { words: words.clone(), places, days, hidden });
                    let words = format!("Paper of {words}");
                    answers.push(Answer { words, places: of, days: on, hidden: on_paper });
                }
            }
        }
    }
    answers
}

pub(super) async fn listed(fixture: &Fixture) -> Vec<PublishedRating> {
    let mut request = ListPublishedRatingsRequest {
        region_code: "652301".to_owned(),
        page_size: 7,
        ..ListPublishedRatingsRequest::default()
    };
    let mut listed = Vec::new();
    loop {
        let page =
            list_published_ratings::run(&fixture.publication, anyone(), request.clone()).await;
        let page = page.unwrap();
        listed.extend(page.ratings);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            return listed;
        }
    }
}

/// What is left when one answer is subtracted from another that holds it: too few to be told.
fn left(less: &Answer, more: &Answer) -> Option<String> {
    let left: i64 = more.hidden.iter().zip(less.hidden).map(|(more, less)| more - less).sum();
    let few = 1..i64::try_from(RATERS_TOGETHER).unwrap();
    few.contains(&left)
        .then(|| format!("{} {:?} - {} {:?}", more.words, more.hidden, less.words, less.hidden))
}

/// What can be subtracted at one moment, and what from the moment before.
pub(super) fn found(before: &[Answer], now: &[Answer]) -> Vec<String> {
    let nothing =
        |of: &Answer| Answer { hidden: [0; 5], words: "nothing".to_owned(), ..of.clone() };
    let mut found: Vec<String> = now.iter().filter_map(|one| left(&nothing(one), one)).collect();
    for more in now {
        let parts: Vec<&Answer> = now.iter().filter(|less| more.holds(less)).collect();
        found.extend(parts.iter().filter_map(|less| left(less, more)));
        found.extend(
            before.iter().filter(|less| more.holds(less)).filter_map(|less| left(less, more)),
        );
        // All parts of one kind together, for example every window of an agency.
        for kind in PUBLIC {
            let kind = format!("{:?} ", Dimension::try_from(kind).unwrap());
            let of_kind = parts.iter().filter(|part| part.words.starts_with(&kind));
            let of_kind = of_kind.filter(|part| part.days == more.days);
            let mut all = nothing(more);
            all.words = format!("all of {kind}");
            for part in of_kind {
                all.hidden = std::array::from_fn(|n| all.hidden[n] + part.hidden[n]);
            }
            found.extend(left(&all, more));
        }
    }
    found
}

#[tokio::test]
async fn p05_i14_no_answer_and_no_difference_of_answers_is_of_fewer_than_five_raters() {
    let fixture = Fixture::new().await;
    let mut seed: u64 = 20_261_129;
    let mut below = |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(seed >> 33).unwrap() % n
    };
    let (mut open, mut before) = (Vec::new(), answers(&fixture, &[], &CHANNELS).await);
    let mut steps = 0;
    for n in 0..90 {
        // A window that many use, and others that few do.
        let window = if below(3) > 0 { 0 } else { below(WINDOWS.len()) };
        let (place, day) = ((window, below(ITEMS)), n / 45);
        let level = LEVELS[below(5)];
        let channel = CHANNELS[1 + below(2)];
        let paper = below(4) == 0;
        let origin = if paper { Origin::Paper } else { Origin::Active };
        let act = act_at(&fixture, place);
        fixture.invite(&act).await;
        let private = below(3) > 0;
        let rating = fixture.rating(&act, level, &format!("{}T01:00:00Z", DAYS[day]));
        let rating =
            RatingSubmitted { private, channel: channel.into(), origin: origin.into(), ..rating };
        fixture.apply(Body::RatingSubmitted(rating)).await;
        if !private {
            open.push(Open { place, day, channel, level, paper, excluded: false });
            continue;
        }
        let now = answers(&fixture, &open, &CHANNELS[..1]).await;
        let found = found(&before, &now);
        assert!(found.is_empty(), "after {n}: {:?}", &found[..found.len().min(3)]);
        steps += usize::from(now.iter().map(|a| a.hidden).ne(before.iter().map(|a| a.hidden)));
        before = now;
    }
    assert!(steps >= 3, "private ratings entered {steps} times");
    answers(&fixture, &open, &CHANNELS).await;
    let windows = before.iter().filter(|one| one.words.starts_with("Window"));
    let windows: i64 = windows.flat_map(|one| one.hidden).sum();
    assert!(windows > 0, "some of them at a window");
    // The list is what the figures have singly, and nothing else.
    let told = listed(&fixture).await.into_iter().map(|one| {
        (one.day.clone(), one.agency_id.clone(), one.item_code.clone(), one.channel, one.level)
    });
    let mut told: Vec<_> = told.collect();
    let mut expected: Vec<_> = open
        .iter()
        .map(|one| {
            let act = act_at(&fixture, one.place);
            let (channel, level) = (i32::from(one.channel), i32::from(one.level));
            (DAYS[one.day].to_owned(), act.agency_id, act.item_code, channel, level)
        })
        .collect();
    told.sort();
    expected.sort();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn p05_i14_a_sixth_rater_does_not_let_five_enter_that_had_to_wait() {
    let fixture = Fixture::new().await;
    let acts: Vec<ServiceAct> = (0..10).map(|_| fixture.act()).collect();
    for (n, act) in acts.iter().enumerate() {
        fixture.invite(act).await;
        let level = if n == 4 || n == 5 { Level::VeryDissatisfied } else { Level::Satisfied };
        let rating = fixture.rating(act, level, "2026-03-03T01:00:00Z");
        let rating = RatingSubmitted { private: true, ..rating };
        fixture.apply(Body::RatingSubmitted(rating)).await;
        let told = fixture.figures("2026-03-01", "2026-03-31").await.levels;
        let expected = if n == 9 { [0, 8, 0, 0, 2] } else { [0; 5] };
        assert_eq!(told, expected, "after {}: it would be known what the sixth gave", n + 1);
    }
}
