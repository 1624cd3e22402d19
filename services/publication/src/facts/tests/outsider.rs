//! P05, I14 by subtraction over everything that is public: somebody asks, after each private rating, for figures,
//! rankings, summaries of exclusions, outcomes, pain points and bulletins, keeps all bulletins they ever read, and
//! subtracts what is shown singly, and any answer from any other that holds more of the same ratings. What is left
//! is nothing, or at least five raters' ratings.

use std::collections::{BTreeMap, BTreeSet};

use platform::testing::REGION;
use proto::{
    catalog::v1::UnitKind,
    fact::v1::RatingSubmitted,
    publication::v1::{
        BulletinAudience, CellMark, Dimension, DraftBulletinRequest, GetPublicBulletinRequest,
        LevelCount, ListExcludedRatingsRequest, ListOutcomesRequest, ListPublicPainPointsRequest,
        ListRankingsRequest, PainKind, RankingRow, ReleaseBulletinRequest,
        SummarizeExclusionsRequest,
    },
    r#type::v1::{Channel, Level, Origin},
};

use super::{
    town::{
        Answer, CHANNELS, DAYS, ITEMS, LEVELS, Open, Places, WINDOWS, act_at, answers, found, less,
        listed, places,
    },
    *,
};
use crate::rpc::{
    bulletin::{
        draft_bulletin, get_public_bulletin, release_bulletin,
        testing::{authority, publisher},
    },
    disclosure::{
        list_excluded_ratings, list_outcomes, summarize_exclusions,
        testing::{Excluding as _, Rated, ticket_of},
    },
    pain_point::list_public_pain_points,
    ranking::{list_rankings, testing::publish},
    testing::{Fixture, anyone},
};

const MONTH: &str = "2026-03";
/// What is ranked, and whether within the region alone.
const RANKED: [(Dimension, bool); 7] = [
    (Dimension::Agency, false),
    (Dimension::Hall, false),
    (Dimension::Window, false),
    (Dimension::Item, false),
    (Dimension::Item, true),
    (Dimension::Line, false),
    (Dimension::Line, true),
];

fn is_negative(level: Level) -> bool {
    matches!(level, Level::Dissatisfied | Level::VeryDissatisfied)
}

/// Those that are shown singly at some places on some days.
fn at<'a>(
    open: &'a [Open],
    places: &'a Places,
    days: &'a [usize],
) -> impl Iterator<Item = &'a Open> + Clone {
    open.iter().filter(move |one| places.contains(&one.place) && days.contains(&one.day))
}

fn whole() -> Places {
    (0..WINDOWS.len()).flat_map(|window| (0..ITEMS).map(move |item| (window, item))).collect()
}

/// Good and bad ones beside those that are shown singly.
fn good_and_bad<'a>(
    (good, all): (u64, u64),
    singly: impl Iterator<Item = &'a Open> + Clone,
) -> [i64; 5] {
    let bad = singly.clone().filter(|one| is_negative(one.level)).count();
    let shown_good = singly.count() - bad;
    let less = |n: u64, shown: usize| n.cast_signed() - i64::try_from(shown).unwrap();
    [less(good, shown_good), 0, 0, less(all - good, bad), 0]
}

async fn ranked(fixture: &Fixture, open: &[Open]) -> Vec<Answer> {
    let counted: Vec<&Open> = open.iter().filter(|one| !one.excluded).collect();
    let mut all = Vec::new();
    for (dimension, within_region) in RANKED {
        let request = ListRankingsRequest {
            dimension: dimension.into(),
            region_code: REGION.to_owned(),
            period: MONTH.to_owned(),
            page_size: 200,
            within_region,
            ..ListRankingsRequest::default()
        };
        let told = list_rankings::run(&fixture.publication, anyone(), request).await.unwrap();
        for row in told.rows.iter().filter(|row| row.place_from > 0) {
            let places = places(fixture, dimension, &row.key);
            let singly = counted.iter().copied().filter(|one| places.contains(&one.place));
            let RankingRow { ratings, satisfaction, paper, .. } = row;
            let satisfaction = satisfaction.unwrap();
            assert_eq!(*ratings, satisfaction.denominator, "satisfaction is ranked");
            let hidden =
                good_and_bad((satisfaction.numerator, satisfaction.denominator), singly.clone());
            let on_paper = singly.filter(|one| one.paper).count();
            let on_paper = [paper.cast_signed() - i64::try_from(on_paper).unwrap(), 0, 0, 0, 0];
            let words = format!("ranked {dimension:?} {} {within_region}", row.key);
            let days: BTreeSet<usize> = (0..DAYS.len()).collect();
            for (words, hidden) in [(words.clone(), hidden), (format!("paper {words}"), on_paper)] {
                all.push(Answer { words, places: places.clone(), days: days.clone(), hidden });
            }
        }
    }
    all
}

/// The figures before and after exclusions.
async fn summed_up(fixture: &Fixture, open: &[Open]) -> Vec<Answer> {
    let mut all = Vec::new();
    let agencies: BTreeSet<&str> = WINDOWS.iter().map(|(agency, _)| *agency).collect();
    for agency in std::iter::once("").chain(agencies) {
        let places = match agency {
            "" => whole(),
            agency => places(fixture, Dimension::Agency, agency),
        };
        for days in [&[0][..], &[1], &[0, 1]] {
            let request = SummarizeExclusionsRequest {
                region_code: REGION.to_owned(),
                agency_id: agency.to_owned(),
                from: DAYS[days[0]].to_owned(),
                to: DAYS[*days.last().unwrap()].to_owned(),
            };
            let told = summarize_exclusions::run(&fixture.publication, anyone(), request).await;
            let told = told.unwrap();
            let excluded = at(open, &places, days).filter(|one| one.excluded).count() as u64;
            assert_eq!(told.counts.iter().map(|row| row.ratings).sum::<u64>(), excluded);
            let levels =
                |figures: Option<proto::publication::v1::ExclusionFigures>| figures.unwrap().levels;
            let (before, after): (Vec<LevelCount>, Vec<LevelCount>) =
                (levels(told.before), levels(told.after));
            let before = less(&before, at(open, &places, days));
            let after = less(&after, at(open, &places, days).filter(|one| !one.excluded));
            for (which, hidden) in [("before", before), ("after", after)] {
                let words = format!("{which} exclusions of {agency} on {days:?}");
                let days = days.iter().copied().collect();
                all.push(Answer { words, places: places.clone(), days, hidden });
            }
        }
    }
    all
}

/// A new edition of the month's bulletin, if it says another thing, as everybody reads it.
async fn bulletin(fixture: &Fixture, open: &[Open]) -> Vec<Answer> {
    let publication = &fixture.publication;
    let id = || publication.shell.clock.new_id().to_string();
    let request = DraftBulletinRequest {
        request_id: id(),
        region_code: REGION.to_owned(),
        period: MONTH.to_owned(),
    };
    let Ok(drafted) = draft_bulletin::run(publication, authority(REGION), request).await else {
        return Vec::new();
    };
    let bulletin_id = drafted.bulletin.unwrap().bulletin_id;
    let request = ReleaseBulletinRequest {
        request_id: id(),
        bulletin_id: bulletin_id.clone(),
        audience: BulletinAudience::Public.into(),
    };
    release_bulletin::run(publication, publisher(REGION), request).await.unwrap();
    let request = GetPublicBulletinRequest { bulletin_id, ..GetPublicBulletinRequest::default() };
    let told = get_public_bulletin::run(publication, anyone(), request).await.unwrap();
    let content = told.content.unwrap();
    let counted = |places: &Places| -> Vec<&Open> {
        open.iter().filter(|one| !one.excluded && places.contains(&one.place)).collect()
    };
    let days: BTreeSet<usize> = (0..DAYS.len()).collect();
    let figures = content.figures.unwrap();
    let hidden = less(&figures.levels, counted(&whole()).into_iter());
    let mut all =
        vec![Answer { words: "bulletin".to_owned(), places: whole(), days: days.clone(), hidden }];
    for agency in content.agencies {
        let (ratings, negative) = (agency.ratings.unwrap(), agency.negative.unwrap());
        if (ratings.mark(), negative.mark()) != (CellMark::Exact, CellMark::Exact) {
            continue;
        }
        let places = places(fixture, Dimension::Agency, &agency.agency_id);
        let singly = counted(&places);
        let good = (ratings.count - negative.count, ratings.count);
        let hidden = good_and_bad(good, singly.into_iter());
        let words = format!("bulletin of {}", agency.agency_id);
        all.push(Answer { words, places, days: days.clone(), hidden });
    }
    all
}

/// What is made of public ratings alone says what they say, and no more.
async fn open_alone(fixture: &Fixture, open: &[Open]) {
    let request = ListPublicPainPointsRequest {
        region_code: REGION.to_owned(),
        quarter: "2026-Q1".to_owned(),
        page_size: 200,
        ..ListPublicPainPointsRequest::default()
    };
    let told = list_public_pain_points::run(&fixture.publication, anyone(), request).await;
    let told: BTreeMap<String, u64> = told
        .unwrap()
        .points
        .into_iter()
        .inspect(|point| assert_eq!(point.kind(), PainKind::Negative))
        .map(|point| (point.item_code, point.count))
        .collect();
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    for one in open.iter().filter(|one| !one.excluded && is_negative(one.level)) {
        *expected.entry(act_at(fixture, one.place).item_code).or_default() += 1;
    }
    expected.retain(|_, n| *n >= 5);
    assert_eq!(told, expected);
    let request = ListOutcomesRequest {
        region_code: REGION.to_owned(),
        page_size: 200,
        ..ListOutcomesRequest::default()
    };
    let told = list_outcomes::run(&fixture.publication, anyone(), request).await.unwrap();
    let negative = open.iter().filter(|one| is_negative(one.level)).count();
    assert_eq!(told.outcomes.len(), negative, "no private one's ticket");
    let request = ListExcludedRatingsRequest {
        region_code: REGION.to_owned(),
        page_size: 200,
        ..ListExcludedRatingsRequest::default()
    };
    let told = list_excluded_ratings::run(&fixture.publication, anyone(), request).await.unwrap();
    assert_eq!(told.ratings.len(), open.iter().filter(|one| one.excluded).count());
}

#[tokio::test]
async fn p05_p06_p07_p09_i14_nothing_public_less_anything_public_is_of_fewer_than_five_raters() {
    let fixture = Fixture::new().await;
    fixture.publication.shell.clock.set("2026-04-10T03:00:00Z".parse().unwrap());
    publish(&fixture, UnitKind::Agency, &["652301-a03", "652301-a04", "652301-a05"]).await;
    publish(&fixture, UnitKind::Hall, &["652301-h01", "652301-h02", "652301-h03"]).await;
    let windows: Vec<String> = (0..WINDOWS.len()).map(|n| format!("652301-w{n}")).collect();
    let windows: Vec<&str> = windows.iter().map(String::as_str).collect();
    publish(&fixture, UnitKind::Window, &windows).await;
    let mut seed: u64 = 20_261_130;
    let mut below = |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(seed >> 33).unwrap() % n
    };
    let (mut open, mut before, mut bulletins) = (Vec::new(), Vec::new(), Vec::new());
    let (mut entered, mut in_rankings) = (0, 0);
    for n in 0..160 {
        let window = if below(4) > 0 { 0 } else { below(WINDOWS.len()) };
        let (place, day) = ((window, below(ITEMS)), n / 80);
        let level = LEVELS[below(5)];
        let channel: Channel = CHANNELS[1 + below(2)];
        let (private, paper) = (below(3) > 0, below(4) == 0);
        let origin = if paper { Origin::Paper } else { Origin::Active };
        let act = act_at(&fixture, place);
        fixture.invite(&act).await;
        let rating = fixture.rating(&act, level, &format!("{}T01:00:00Z", DAYS[day]));
        let rating =
            RatingSubmitted { private, channel: channel.into(), origin: origin.into(), ..rating };
        fixture.apply(Body::RatingSubmitted(rating.clone())).await;
        let mut excluded = false;
        if is_negative(level) {
            let ticket_id = fixture.publication.shell.clock.new_id().to_string();
            let rated = Rated { act_id: act.act_id.clone(), rating, ticket_id };
            fixture.apply(Body::TicketOpened(ticket_of(&rated))).await;
            excluded = !private && below(3) == 0;
            if excluded {
                fixture.exclude(&rated, 0).await;
            }
        }
        if !private {
            open.push(Open { place, day, channel, level, paper, excluded });
            continue;
        }
        let mut now = answers(&fixture, &open, &CHANNELS[..1]).await;
        let rankings = ranked(&fixture, &open).await;
        in_rankings += rankings.iter().flat_map(|one| one.hidden).sum::<i64>();
        now.extend(rankings);
        now.extend(summed_up(&fixture, &open).await);
        if n % 8 == 0 {
            now.extend(bulletin(&fixture, &open).await);
            open_alone(&fixture, &open).await;
        }
        let found = found(&before, &now);
        assert!(found.is_empty(), "after {n}: {:?}", &found[..found.len().min(3)]);
        let sum = |of: &[Answer]| of.iter().flat_map(|one| one.hidden).sum::<i64>();
        entered += usize::from(sum(&now) != sum(&before));
        bulletins.extend(now.iter().filter(|one| one.words.starts_with("bulletin")).cloned());
        // What is printed can be kept; what was asked for before, too.
        before = now;
        before.extend(bulletins.iter().cloned());
    }
    assert!(entered >= 5, "private ratings entered {entered} times");
    assert!(in_rankings > 0, "some of them in rankings");
    assert!(bulletins.len() > 10, "{} bulletins", bulletins.len());
    assert_eq!(listed(&fixture).await.len(), open.len());
}
