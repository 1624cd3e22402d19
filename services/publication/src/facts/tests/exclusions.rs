//! P04: whatever is excluded is in no figure, and a reinstatement puts it back, in whatever order the
//! facts of the two producers arrive. I14: of private ratings nobody learns which one was excluded.

use proto::{
    fact::v1::RatingInvited,
    r#type::v1::{Level, ServiceAct},
};

use super::*;
use crate::rpc::{
    disclosure::testing::{Excluding as _, Rated, excluded, reinstated, ticket_of},
    testing::{Fixture, Numbers},
};

const YEAR: (&str, &str) = ("2026-01-01", "2026-12-31");

/// Every way to put two sequences together that keeps the order of each.
fn interleaved(one: &[Body], other: &[Body]) -> Vec<Vec<Body>> {
    let (Some(first), Some(second)) = (one.first(), other.first()) else {
        return vec![[one, other].concat()];
    };
    let with = |head: &Body, rest: Vec<Vec<Body>>| {
        rest.into_iter().map(|rest| [vec![head.clone()], rest].concat()).collect::<Vec<_>>()
    };
    let mut all = with(first, interleaved(&one[1..], other));
    all.extend(with(second, interleaved(one, &other[1..])));
    all
}

fn invited(act: &ServiceAct) -> Body {
    let invited = RatingInvited { act: Some(act.clone()), closes_on: String::new() };
    Body::RatingInvited(invited)
}

fn fed_back(rated: &Rated) -> Body {
    Body::TicketStepped(TicketStepped {
        ticket_id: rated.ticket_id.clone(),
        sequence: 1,
        state: TicketState::FedBack.into(),
        at: rated.rating.received_at,
        ..TicketStepped::default()
    })
}

fn in_short(told: &Numbers) -> ([u64; 5], (u64, u64), (u64, u64)) {
    (told.levels, told.participation, told.rectification)
}

async fn agency(fixture: &Fixture, key: &str) -> ([u64; 5], (u64, u64), (u64, u64)) {
    in_short(&fixture.figures_of(Dimension::Agency, key, YEAR.0, YEAR.1).await)
}

#[tokio::test]
async fn p04_in_every_order_an_excluded_rating_is_in_no_figure_and_a_reinstated_one_is_back() {
    let fixture = Fixture::new().await;
    let id = || fixture.publication.shell.clock.new_id().to_string();
    // With praise before it, which stands again when the bad rating is excluded, and without.
    for praised in [false, true] {
        let mut orders = 0;
        let template = |n: usize| {
            let agency_id = format!("652301-x{n}{praised}");
            let act = ServiceAct { agency_id, ..fixture.act() };
            let rating = fixture.rating(&act, Level::VeryDissatisfied, "2026-03-03T01:00:00Z");
            let rated = Rated { act_id: act.act_id.clone(), rating, ticket_id: id() };
            (act, rated)
        };
        let count = {
            let (one, other) = (vec![invited(&fixture.act()); 2 + usize::from(praised)], 4);
            interleaved(&one, &vec![invited(&fixture.act()); other]).len()
        };
        for n in 0..count {
            let (act, rated) = template(n);
            let mut intake = vec![invited(&act)];
            if praised {
                let praise = fixture.rating(&act, Level::Satisfied, "2026-03-02T01:00:00Z");
                intake.push(Body::RatingSubmitted(praise));
            }
            intake.push(Body::RatingSubmitted(rated.rating.clone()));
            let excluded = excluded(&rated, id(), 0);
            let ticketing = vec![
                Body::TicketOpened(ticket_of(&rated)),
                fed_back(&rated),
                Body::RatingExcluded(excluded.clone()),
                // Told twice, it is still one.
                Body::RatingExcluded(excluded.clone()),
            ];
            let order = interleaved(&intake, &ticketing).swap_remove(n);
            for body in order {
                fixture.apply(body).await;
            }
            let stands = u64::from(praised);
            let told = agency(&fixture, &act.agency_id).await;
            assert_eq!(told, ([0, stands, 0, 0, 0], (stands, 1), (0, 0)), "{n} {praised}");
            fixture.reinstate(&excluded, 1).await;
            let told = agency(&fixture, &act.agency_id).await;
            assert_eq!(told, ([0, 0, 0, 0, 1], (1, 1), (1, 1)), "{n} {praised}");
            orders += 1;
        }
        assert_eq!(orders, if praised { 35 } else { 15 });
    }
}

#[tokio::test]
async fn p04_hy23_an_exclusion_corrects_every_dimension_the_rating_touched() {
    let fixture = Fixture::new().await;
    let part = |agency: &str, region: &str| Involved {
        agency_id: agency.to_owned(),
        region_code: region.to_owned(),
    };
    let act = fixture.act();
    let involved = vec![part("652301-a04", "652301"), part("652302-a01", "652302")];
    let act = ServiceAct { involved, ..act };
    fixture.invite(&act).await;
    let rated = fixture.negative(&act, false).await;
    let touched = [
        (Dimension::Region, act.region_code.as_str()),
        (Dimension::Region, "652302"),
        (Dimension::Agency, &act.agency_id),
        (Dimension::Agency, "652301-a04"),
        (Dimension::Agency, "652302-a01"),
        (Dimension::Item, &act.item_code),
        (Dimension::Line, &act.line_id),
        (Dimension::Terminal, &act.terminal_id),
        (Dimension::Window, &act.window_id),
        (Dimension::Hall, &act.hall_id),
    ];
    let told = async || {
        let mut told = Vec::new();
        for (dimension, key) in touched {
            let figures = fixture.figures_of(dimension, key, YEAR.0, YEAR.1).await;
            told.push((figures.levels, figures.participation, figures.satisfaction));
        }
        told
    };
    let before = told().await;
    assert!(before.iter().all(|one| *one == ([0, 0, 0, 0, 1], (1, 1), (0, 1))), "{before:?}");
    let excluded = fixture.exclude(&rated, 0).await;
    let without = told().await;
    assert!(without.iter().all(|one| *one == ([0; 5], (0, 1), (0, 0))), "{without:?}");
    fixture.reinstate(&excluded, 1).await;
    assert_eq!(told().await, before);
    fixture.exclude(&rated, 0).await;
    assert_eq!(told().await, without, "and again");
}

#[tokio::test]
async fn p04_a_later_rating_of_the_act_counts_and_a_ticket_with_another_rating_stays() {
    let fixture = Fixture::new().await;
    let act = fixture.act();
    fixture.invite(&act).await;
    let rated = fixture.negative(&act, false).await;
    fixture.exclude(&rated, 0).await;
    let numbers = async || agency(&fixture, &act.agency_id).await;
    assert_eq!(numbers().await, ([0; 5], (0, 1), (0, 0)));
    let later = fixture.rating(&act, Level::Dissatisfied, "2026-03-07T01:00:00Z");
    fixture.apply(Body::RatingSubmitted(later.clone())).await;
    fixture
        .apply(Body::RatingJoinedTicket(proto::fact::v1::RatingJoinedTicket {
            ticket_id: rated.ticket_id.clone(),
            rating_id: later.rating_id,
            private: false,
        }))
        .await;
    assert_eq!(numbers().await, ([0, 0, 0, 1, 0], (1, 1), (0, 1)));
    // Of two ratings one that is left keeps the ticket.
    let other = fixture.act();
    let two = fixture.negative(&other, false).await;
    fixture.exclude(&two, 1).await;
    assert_eq!(numbers().await.2, (0, 2));
}

#[tokio::test]
async fn p04_i14_a_private_rating_leaves_the_counts_it_entered_and_comes_back_to_the_same() {
    let fixture = Fixture::new().await;
    let acts: Vec<ServiceAct> = (0..5).map(|_| fixture.act()).collect();
    let mut bad = Vec::new();
    for (n, act) in acts.iter().enumerate() {
        fixture.invite(act).await;
        match n {
            0 | 1 => bad.push(fixture.negative(act, true).await),
            _ => drop(fixture.private_rating(act, Level::Satisfied).await),
        }
    }
    let all = [
        (Dimension::Agency, acts[0].agency_id.clone()),
        (Dimension::Window, acts[0].window_id.clone()),
        (Dimension::Item, acts[0].item_code.clone()),
    ];
    let told = async || {
        let mut told = Vec::new();
        for (dimension, key) in &all {
            told.push(in_short(&fixture.figures_of(*dimension, key, YEAR.0, YEAR.1).await));
        }
        told
    };
    let before = told().await;
    assert_eq!(before, vec![([0, 3, 0, 0, 2], (5, 5), (0, 0)); 3]);
    let excluded = fixture.exclude(&bad[0], 0).await;
    // Who knows that only one of these raters was at this window sees them taking part as before.
    assert_eq!(told().await, vec![([0, 3, 0, 0, 1], (5, 5), (0, 0)); 3]);
    // A later one in its place changes nothing: it would show which act it was.
    fixture.private_rating(&acts[0], Level::VerySatisfied).await;
    assert_eq!(told().await, vec![([0, 3, 0, 0, 1], (5, 5), (0, 0)); 3]);
    fixture.reinstate(&excluded, 1).await;
    assert_eq!(told().await, before);
}

#[tokio::test]
async fn p04_i14_nothing_public_changes_when_a_private_rating_is_excluded_that_is_in_no_figure() {
    let fixture = Fixture::new().await;
    let acts: Vec<ServiceAct> = (0..10).map(|_| fixture.act()).collect();
    for act in &acts {
        fixture.invite(act).await;
    }
    let praise = fixture.rating(&acts[0], Level::VerySatisfied, "2026-03-02T01:00:00Z");
    fixture.apply(Body::RatingSubmitted(praise)).await;
    let rated = fixture.negative(&acts[0], true).await;
    let key = acts[0].agency_id.clone();
    let before = agency(&fixture, &key).await;
    assert_eq!(before, ([0; 5], (1, 10), (0, 0)));
    let excluded = fixture.exclude(&rated, 0).await;
    assert_eq!(agency(&fixture, &key).await, before, "not even the praise comes back");
    for act in &acts[1..5] {
        fixture.private_rating(act, Level::Satisfied).await;
    }
    fixture.private_rating(&acts[5], Level::BasicallySatisfied).await;
    assert_eq!(agency(&fixture, &key).await.0, [0; 5], "one of five said something else");
    fixture.reinstate(&excluded, 1).await;
    assert_eq!(agency(&fixture, &key).await.0, [0; 5], "nor is it the one that lets them enter");
    for act in &acts[6..] {
        fixture.private_rating(act, Level::Satisfied).await;
    }
    let entered = agency(&fixture, &key).await;
    assert_eq!(
        entered,
        ([0, 8, 1, 0, 1], (10, 10), (0, 0)),
        "it waits again, and enters with them"
    );
}

/// A small generator of numbers, so that a failure can be seen again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % n
    }
}

/// What two producers tell of some acts, each in its order: at random rated again and again, excluded
/// and reinstated.
fn told_at_random(fixture: &Fixture, dice: &mut Dice) -> [Vec<Body>; 2] {
    let levels = [Level::VerySatisfied, Level::Dissatisfied, Level::VeryDissatisfied];
    let id = || fixture.publication.shell.clock.new_id().to_string();
    let (mut intake, mut ticketing) = (Vec::new(), Vec::new());
    for n in 0..12 {
        let act = ServiceAct { window_id: format!("652301-w{}", n % 3), ..fixture.act() };
        if dice.below(4) > 0 {
            intake.push(invited(&act));
        }
        let mut open = Vec::new();
        for minute in 0..1 + dice.below(4) {
            let at = format!("2026-03-0{}T01:{minute:02}:00Z", 2 + dice.below(3));
            let level = levels[dice.below(3)];
            let rating = fixture.rating(&act, level, &at);
            intake.push(Body::RatingSubmitted(rating.clone()));
            if level == Level::VerySatisfied {
                continue;
            }
            let rated = Rated { act_id: act.act_id.clone(), rating, ticket_id: id() };
            ticketing.push(Body::TicketOpened(ticket_of(&rated)));
            for _ in 0..dice.below(4) {
                match open.pop() {
                    None => {
                        let excluded = excluded(&rated, id(), 0);
                        ticketing.push(Body::RatingExcluded(excluded.clone()));
                        open.push(excluded);
                    }
                    Some(excluded) => {
                        ticketing.push(Body::RatingReinstated(reinstated(&excluded, 1)));
                    }
                }
            }
            open.clear();
        }
    }
    [intake, ticketing]
}

async fn everything(fixture: &Fixture) -> Vec<proto::publication::v1::Figures> {
    use crate::rpc::{statistics::get_figures, testing::anyone};
    use proto::publication::v1::GetFiguresRequest;

    let mut all = Vec::new();
    for dimension in 1..=7 {
        for (from, to) in [YEAR, ("2026-03-02", "2026-03-02"), ("2026-03-03", "2026-03-03")] {
            let (from, to) = (from.to_owned(), to.to_owned());
            let request = GetFiguresRequest { dimension, from, to, ..Default::default() };
            let answer = get_figures::run(&fixture.publication, anyone(), request).await;
            let is_counted = |row: &proto::publication::v1::Figures| {
                row.levels.iter().any(|level| level.count > 0)
                    || row.participation.is_some_and(|rate| rate.denominator > 0)
                    || row.rectification.is_some_and(|rate| rate.denominator > 0)
            };
            all.extend(answer.unwrap().rows.into_iter().filter(is_counted));
        }
    }
    all
}

#[tokio::test]
async fn p04_a_recount_in_any_order_and_any_batches_gives_the_same_figures() {
    let mut dice = Dice(7);
    for round in 0..6 {
        let fixture = Fixture::new().await;
        let [intake, ticketing] = told_at_random(&fixture, &mut dice);
        let recount = Fixture::new().await;
        recount.apply_together(intake.clone()).await.unwrap();
        recount.apply_together(ticketing.clone()).await.unwrap();
        let expected = everything(&recount).await;
        assert!(expected.len() > 10);
        let (mut intake, mut ticketing) = (intake.into_iter(), ticketing.into_iter());
        loop {
            let size = 1 + dice.below(4);
            let of: &mut std::vec::IntoIter<Body> =
                if dice.below(2) == 0 { &mut intake } else { &mut ticketing };
            let batch: Vec<Body> = of.take(size).collect();
            if batch.is_empty() && intake.len() + ticketing.len() == 0 {
                break;
            }
            fixture.apply_together(batch).await.unwrap();
        }
        assert_eq!(everything(&fixture).await, expected, "round {round}");
    }
}

#[tokio::test]
async fn p04_exclusions_of_another_history_of_either_producer_are_taken_back() {
    let fixture = Fixture::new().await;
    let (consumer, store) = (fixture.publication.consumer(), &fixture.publication.store);
    let act = fixture.act();
    fixture.invite(&act).await;
    let rated = fixture.negative(&act, false).await;
    let before = agency(&fixture, &act.agency_id).await;
    let at_ticket = consumer.last_trace(store, "ticketing", i64::MAX).await.unwrap().unwrap();
    let gone = fixture.exclude(&rated, 0).await;
    let forget = async |producer, after| {
        let txn = store.begin().await.unwrap();
        let forgotten = consumer.forget(&txn, producer, after).await.unwrap();
        txn.commit().await.unwrap();
        forgotten
    };
    // Ticketing never excluded it: its ticket is folded again from what is left.
    let forgotten = forget("ticketing", at_ticket.position).await;
    let excluded_fact = Fact { body: Some(Body::RatingExcluded(gone.clone())), ..Fact::default() };
    assert!(consumer.concerns(&excluded_fact, &forgotten.subjects));
    fixture.apply(Body::TicketOpened(ticket_of(&rated))).await;
    assert_eq!(agency(&fixture, &act.agency_id).await, before);
    // Intake's facts are folded again, all of them: the exclusion is still known.
    fixture.apply(Body::RatingExcluded(gone.clone())).await;
    let without = agency(&fixture, &act.agency_id).await;
    for after in [0, 1] {
        forget(INTAKE, after).await;
        fixture.invite(&act).await;
        fixture.apply(Body::RatingSubmitted(rated.rating.clone())).await;
        assert_eq!(agency(&fixture, &act.agency_id).await, without, "{after}");
    }
    forget("ticketing", 0).await;
    assert_eq!(agency(&fixture, &act.agency_id).await, (before.0, before.1, (0, 0)));
}

#[tokio::test]
async fn an_exclusion_that_means_nothing_or_comes_from_a_newer_version_is_left() {
    let fixture = Fixture::new().await;
    let rated = fixture.negative(&fixture.act(), false).await;
    let id = fixture.publication.shell.clock.new_id().to_string();
    let good = excluded(&rated, id, 0);
    let newer = proto::fact::v1::RatingExcluded { ground: 99, ..good.clone() };
    let left = fixture.try_apply(Body::RatingExcluded(newer)).await;
    assert!(matches!(left, Err(Obstacle::Unknown(_))), "{left:?}");
    let broken = proto::fact::v1::RatingExcluded { ground: 0, ..good.clone() };
    let left = fixture.try_apply(Body::RatingExcluded(broken)).await;
    assert!(matches!(left, Err(Obstacle::Broken(_))), "{left:?}");
    let early = fixture.try_apply(Body::RatingReinstated(reinstated(&good, 1))).await;
    assert!(matches!(early, Err(Obstacle::Waits(_))), "{early:?}");
    assert_eq!(fixture.figures(YEAR.0, YEAR.1).await.levels, [0, 0, 0, 0, 1], "nothing of it");
}
