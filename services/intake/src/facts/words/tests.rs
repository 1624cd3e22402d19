//! What is known of raters' words after ticketing went back to an earlier state, again and again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use platform::{
    clock::{Clock, instant},
    convert::to_wire,
    database::{Store, many},
    facts::{self, reconcile::reconcile},
    testing::{
        REGION,
        histories::{begin_anew, follow, go_back},
        nobody,
    },
};
use proto::{
    fact::v1::{
        FollowUpOpened, RatingExcluded, RatingOpening, RatingReinstated, RatingTextReviewed,
        RestrictedMatterDecided, TicketAnnulled, TicketOpened, TicketStepped, ticket_opened,
    },
    intake::v1::ListPublishedWordsRequest,
    r#type::v1::{Level, ServiceAct},
};
use sea_orm::EntityTrait as _;

use super::*;
use crate::{
    Migrator,
    entity::{handling, outcome, rating, report, words_verdict},
    rpc::{
        rating::{list_published_words, submit_rating},
        testing::{Fixture, rater, rating_request},
    },
};

/// Numbers from a seed, the same on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % n
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// An act as ticketing knows it: its ratings by the time they were given, and its ticket.
#[derive(Clone)]
struct Act {
    id: String,
    ratings: Vec<String>,
    /// How many of them ticketing has heard of.
    heard: usize,
    ticket: Option<Ticket>,
}

#[derive(Clone)]
struct Ticket {
    id: String,
    sequence: u32,
    ratings: Vec<String>,
    excluded: bool,
}

/// What ticketing decides, from a seed, and what it had decided at each of its commits.
struct Ticketing {
    store: Store,
    clock: Clock,
    dice: Dice,
    acts: Vec<Act>,
    minutes: i64,
    commits: Vec<(i64, Vec<Act>)>,
}

impl Ticketing {
    fn at(&mut self) -> Timestamp {
        self.minutes += 1;
        instant(self.clock.now().as_microsecond() + self.minutes * 60_000_000)
    }

    /// Decides something about an act, in one commit.
    async fn decide(&mut self) {
        let (n, at) = (self.dice.below(self.acts.len()), self.at());
        let mut act = self.acts[n].clone();
        let bodies = match self.dice.below(10) {
            0..3 => self.hear(&mut act, at),
            3..7 => self.review(&act, at),
            7 => self.exclude(&mut act, at),
            8 => self.close(&mut act, at),
            _ => self.annul(&mut act, at),
        };
        self.acts[n] = act;
        if bodies.is_empty() {
            return;
        }
        let txn = self.store.begin().await.unwrap();
        facts::commit(txn, &self.clock, bodies).await.unwrap();
        self.commits.push((facts::head(&self.store).await.unwrap(), self.acts.clone()));
    }

    /// Loses the last decisions.
    async fn go_back(&mut self) {
        self.commits.truncate(self.dice.below(self.commits.len()) + 1);
        let (position, acts) = self.commits.last().unwrap().clone();
        self.acts = acts;
        go_back(&self.store, position).await.unwrap();
    }

    /// Hears of the act's next rating: it opens a ticket, unless it joins one.
    fn hear(&mut self, act: &mut Act, at: Timestamp) -> Vec<Body> {
        let Some(rating_id) = act.ratings.get(act.heard).cloned() else { return Vec::new() };
        act.heard += 1;
        if let Some(open) = act.ticket.as_mut().filter(|ticket| !ticket.excluded) {
            open.ratings.push(rating_id);
            return Vec::new();
        }
        let id = self.clock.new_id().to_string();
        let opened = TicketOpened {
            ticket_id: id.clone(),
            act: Some(ServiceAct { act_id: act.id.clone(), ..ServiceAct::default() }),
            opened_at: Some(to_wire(at)),
            opening: Some(ticket_opened::Opening::Rating(RatingOpening {
                rating_id: rating_id.clone(),
            })),
            ..TicketOpened::default()
        };
        let ratings = vec![rating_id];
        act.ticket = Some(Ticket { id, sequence: 0, ratings, excluded: false });
        vec![Body::TicketOpened(opened)]
    }

    /// Accepts a text, by a person or by silence, refuses it, or takes it down.
    fn review(&mut self, act: &Act, at: Timestamp) -> Vec<Body> {
        if act.heard == 0 {
            return Vec::new();
        }
        let rating_id = act.ratings[self.dice.below(act.heard)].clone();
        let (accepted, by_silence) = (!self.dice.one_in(3), self.dice.one_in(2));
        let at = Some(to_wire(at));
        vec![Body::RatingTextReviewed(RatingTextReviewed { rating_id, accepted, by_silence, at })]
    }

    fn step(ticket: &mut Ticket, state: TicketState, at: Timestamp) -> Body {
        ticket.sequence += 1;
        Body::TicketStepped(TicketStepped {
            ticket_id: ticket.id.clone(),
            sequence: ticket.sequence,
            state: state.into(),
            at: Some(to_wire(at)),
            ..TicketStepped::default()
        })
    }

    /// Excludes all ratings of the ticket, or lets them count again.
    fn exclude(&mut self, act: &mut Act, at: Timestamp) -> Vec<Body> {
        let Some(ticket) = &mut act.ticket else { return Vec::new() };
        let excluded = !ticket.excluded;
        ticket.excluded = excluded;
        let said = |rating_id: &String| {
            let rating_id = rating_id.clone();
            match excluded {
                true => Body::RatingExcluded(RatingExcluded { rating_id, ..Default::default() }),
                false => {
                    Body::RatingReinstated(RatingReinstated { rating_id, ..Default::default() })
                }
            }
        };
        let mut bodies: Vec<Body> = ticket.ratings.iter().map(said).collect();
        let state = if excluded { TicketState::Excluded } else { TicketState::Opened };
        bodies.push(Self::step(ticket, state, at));
        bodies
    }

    fn close(&mut self, act: &mut Act, at: Timestamp) -> Vec<Body> {
        let Some(ticket) = act.ticket.as_mut().filter(|ticket| !ticket.excluded) else {
            return Vec::new();
        };
        let closed = Self::step(ticket, TicketState::Closed, at);
        let asked = FollowUpOpened {
            ticket_id: ticket.id.clone(),
            closed_at: Some(to_wire(at)),
            required: true,
            sequence: ticket.sequence,
            ..FollowUpOpened::default()
        };
        vec![closed, Body::FollowUpOpened(asked)]
    }

    /// Withdraws a ticket that is about nothing any more.
    fn annul(&mut self, act: &mut Act, at: Timestamp) -> Vec<Body> {
        let Some(ticket) = act.ticket.take_if(|_| self.dice.one_in(3)) else { return Vec::new() };
        let (ticket_id, sequence) = (ticket.id, ticket.sequence + 1);
        let at = Some(to_wire(at));
        vec![Body::TicketAnnulled(TicketAnnulled { ticket_id, sequence, at })]
    }
}

/// A negative rating with words.
async fn write(fixture: &Fixture, token: &str, text: &str) -> String {
    let mut request = rating_request(token, Level::VeryDissatisfied);
    request.text = text.to_owned();
    submit_rating::run(&fixture.intake, rater(), None, request).await.unwrap().rating_id
}

/// All that is known from ticketing, what everybody reads, and the words that publication was told last
/// of each rating.
#[derive(Debug, PartialEq)]
struct Known {
    verdicts: BTreeMap<Uuid, words_verdict::Model>,
    outcomes: BTreeMap<Uuid, outcome::Model>,
    handlings: BTreeMap<Uuid, handling::Model>,
    texts: BTreeSet<String>,
    words: BTreeMap<String, Vec<String>>,
}

async fn known(fixture: &Fixture) -> Known {
    let store = &fixture.intake.store;
    let read = store.read();
    let verdicts = words_verdict::Entity::find().all(read).await.unwrap();
    let outcomes = outcome::Entity::find().all(read).await.unwrap();
    let handlings = handling::Entity::find().all(read).await.unwrap();
    let request =
        ListPublishedWordsRequest { region_code: REGION.to_owned(), ..Default::default() };
    let listed = list_published_words::run(&fixture.intake, nobody(), request).await.unwrap();
    let mut words = BTreeMap::new();
    for fact in facts::list(store, 0, 100_000).await.unwrap() {
        if let Some(Body::RatingWordsRead(said)) = fact.body {
            words.insert(said.rating_id, said.words);
        }
    }
    words.retain(|_, words| !words.is_empty());
    Known {
        verdicts: verdicts.into_iter().map(|row| (row.rating_id, row)).collect(),
        outcomes: outcomes.into_iter().map(|row| (row.act_id, row)).collect(),
        handlings: handlings.into_iter().map(|row| (row.ticket_id, row)).collect(),
        texts: listed.words.into_iter().map(|words| words.text).collect(),
        words,
    }
}

/// A town in which some acts were rated up to three times, with words.
async fn town(seed: u64) -> (Fixture, Ticketing) {
    let fixture = Fixture::new().await;
    let mut tokens = Vec::new();
    for _ in 0..6 {
        tokens.push(fixture.invitation().await);
    }
    let mut ratings = vec![Vec::new(); tokens.len()];
    for (day, said) in (2..).zip(["窗口态度差", "材料跑了两趟", "电话没人接"]) {
        fixture.on_march(day);
        for (n, token) in tokens.iter().enumerate().filter(|(n, _)| day < 3 || n % 3 > 0) {
            ratings[n].push(write(&fixture, token, &format!("{said}，{n}号窗口")).await);
        }
    }
    let read = fixture.intake.store.read();
    let mut acts = Vec::new();
    for ratings in ratings {
        let first = many::by_id::<rating::Entity>(read, [ratings[0].parse().unwrap()]).await;
        let id = first.unwrap()[0].act_id.to_string();
        acts.push(Act { id, ratings, heard: 0, ticket: None });
    }
    let store = fixture.place.store::<Migrator>("ticketing").await;
    let clock = fixture.intake.shell.clock.clone();
    let commits = vec![(0, acts.clone())];
    let dice = Dice(seed);
    (fixture, Ticketing { store, clock, dice, acts, minutes: 0, commits })
}

#[tokio::test]
async fn p05_p09_after_failovers_of_ticketing_texts_and_words_are_those_of_a_fresh_fold() {
    let mut read = 0;
    for seed in 1..=6 {
        let (fixture, mut ticketing) = town(seed).await;
        let (consumer, store) = (fixture.intake.consumer(), &fixture.intake.store);
        let clock = ticketing.clock.clone();
        for _ in 0..5 {
            for _ in 0..8 {
                for _ in 0..ticketing.dice.below(8) {
                    ticketing.decide().await;
                }
                let together = ticketing.dice.below(12) as u64 + 1;
                let stores = (store, &ticketing.store);
                follow(&*consumer, stores, &clock, together).await.unwrap();
            }
            ticketing.go_back().await;
            for _ in 0..ticketing.dice.below(9) {
                ticketing.decide().await;
            }
            reconcile(&*consumer, store, &ticketing.store, &clock, false).await.unwrap();
            let stores = (store, &ticketing.store);
            follow(&*consumer, stores, &clock, 3).await.unwrap();
            let after = known(&fixture).await;
            begin_anew(&*consumer, stores, &clock).await.unwrap();
            let none = known(&fixture).await;
            assert!(none.verdicts.is_empty() && none.texts.is_empty() && none.words.is_empty());
            follow(&*consumer, stores, &clock, 1).await.unwrap();
            assert_eq!(after, known(&fixture).await, "seed {seed}");
            read += after.words.len();
        }
    }
    assert!(read > 50, "{read}");
}

#[tokio::test]
async fn p05_p09_of_a_text_that_was_accepted_before_the_cut_all_is_said_again() {
    let (fixture, ticketing) = town(1).await;
    let (consumer, store, clock) =
        (fixture.intake.consumer(), &fixture.intake.store, &ticketing.clock);
    // Of each of these acts this is the only rating.
    let [one, other] = [0, 3].map(|n| ticketing.acts[n].ratings[0].clone());
    for (rating_id, accepted) in [(&one, true), (&other, true), (&one, false)] {
        let rating_id = rating_id.clone();
        let said = RatingTextReviewed { rating_id, accepted, ..RatingTextReviewed::default() };
        let txn = ticketing.store.begin().await.unwrap();
        facts::commit(txn, clock, vec![Body::RatingTextReviewed(said)]).await.unwrap();
    }
    follow(&*consumer, (store, &ticketing.store), clock, 9).await.unwrap();
    assert_eq!(known(&fixture).await.texts.len(), 1, "the other was taken down");
    go_back(&ticketing.store, 2).await.unwrap();
    let plan = reconcile(&*consumer, store, &ticketing.store, clock, false).await.unwrap();
    assert_eq!(plan.unwrap().undone_count, 1);
    let now = known(&fixture).await;
    assert_eq!((now.texts.len(), now.words.len()), (2, 2), "shown and counted once more");
}

#[tokio::test]
async fn s06_a_report_that_was_decided_before_the_cut_is_decided_as_it_was_then() {
    let (fixture, ticketing) = town(1).await;
    let (consumer, store, clock) =
        (fixture.intake.consumer(), &fixture.intake.store, &ticketing.clock);
    let id = clock.new_id();
    let txn = store.begin().await.unwrap();
    crate::store::report::insert(
        &txn,
        report::Model {
            id,
            reporter: vec![1; 32],
            kind: 1,
            region_code: REGION.to_owned(),
            accused_unit_id: String::new(),
            served_staff_id: None,
            words: Vec::new(),
            received_at: 1,
            upheld: None,
            decided_at: None,
            fact_position: None,
            fact_id: None,
        },
    )
    .await
    .unwrap();
    txn.commit().await.unwrap();
    let decided = |upheld| {
        Body::RestrictedMatterDecided(RestrictedMatterDecided {
            matter_id: id.to_string(),
            upheld,
            at: Some(to_wire(clock.now())),
            ..RestrictedMatterDecided::default()
        })
    };
    let rating_id = ticketing.acts[0].ratings[0].clone();
    let between = RatingTextReviewed { rating_id, ..RatingTextReviewed::default() };
    for body in [decided(true), Body::RatingTextReviewed(between), decided(false)] {
        let txn = ticketing.store.begin().await.unwrap();
        facts::commit(txn, clock, vec![body]).await.unwrap();
    }
    follow(&*consumer, (store, &ticketing.store), clock, 9).await.unwrap();
    let upheld = async || {
        let row = crate::store::report::report(store.read(), id).await.unwrap();
        row.unwrap().upheld
    };
    assert_eq!(upheld().await, Some(false));
    go_back(&ticketing.store, 2).await.unwrap();
    reconcile(&*consumer, store, &ticketing.store, clock, false).await.unwrap();
    assert_eq!(upheld().await, Some(true));
}
