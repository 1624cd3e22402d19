//! A quarter of a year of a hall on a clock that is moved: 20 agencies with ten officers each,
//! negative ratings that come in spikes over New Year and the Spring Festival, and officers and
//! raters of every kind. When all is over everything is checked and counted again.

mod check;
mod days;
mod fate;
mod hall;

use std::collections::BTreeMap;

use e2e::until;
use jiff::civil::Date;
use pingyi::roles::Role;
use proto::{ticketing::v1::step::Act, r#type::v1::Level};

use days::Days;
use fate::{Deed, Fate, Script};
use hall::{Hall, OFFICERS, Rules};

/// Working days on which people rate.
const QUARTER: usize = 65;
/// Working days after it, in which the last tickets are settled.
const AFTERWARDS: usize = 24;
/// How busy each seventh of the quarter is.
const PHASES: [usize; 7] = [1, 15, 1, 25, 2, 35, 10];
/// How many rate negatively on a holiday.
const ON_A_HOLIDAY: usize = 2;
/// Of how many served one is content.
const CONTENT: usize = 5;

/// A negative rating, and what became of it.
struct Life {
    fate: Fate,
    agency: usize,
    /// The officer who handles it, who is not the one who served.
    officer: usize,
    /// The invitation.
    token: String,
    /// Its ratings, the opening one first.
    ratings: Vec<String>,
    ticket: String,
    /// Every step that was acknowledged, and those that the system took.
    acts: Vec<Act>,
    /// Whether a day is missed.
    late: bool,
}

struct Quarter {
    hall: Hall,
    days: Days,
    lives: Vec<Life>,
    /// What is to be done for which life, by working day.
    agenda: BTreeMap<usize, Vec<(usize, Vec<Deed>)>>,
    /// How many are content.
    content: usize,
    dice: u64,
}

impl Quarter {
    async fn begin(rules: Rules, seed: u64) -> Self {
        let days = Days::new(rules.code, QUARTER + AFTERWARDS);
        let hall = Hall::open(rules, days.working[0]).await;
        let (lives, agenda) = (Vec::new(), BTreeMap::new());
        let mut quarter = Self { hall, days, lives, agenda, content: 0, dice: seed };
        for agency in 0..quarter.hall.agencies.len() {
            quarter.content(agency).await;
        }
        quarter
    }

    /// The next number of the seeded row, below a limit (splitmix64).
    fn below(&mut self, limit: usize) -> usize {
        self.dice = self.dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.dice;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((number ^ (number >> 31)) % limit as u64).unwrap()
    }

    /// Somebody is served and very satisfied.
    async fn content(&mut self, agency: usize) {
        let token = self.hall.served(agency, 0).await;
        self.hall.rate(&token, Level::VerySatisfied).await;
        self.content += 1;
    }

    /// All of the quarter, with this many negative ratings on working days, and what comes after.
    async fn play(&mut self, total: usize) {
        let parts = |day: usize| PHASES[day * PHASES.len() / QUARTER];
        let all: usize = (0..QUARTER).map(parts).sum();
        let (mut given, mut sum) = (0, 0);
        for day in 0..QUARTER + AFTERWARDS {
            for holiday in self.days.holidays_before(day) {
                self.hall.on(holiday);
                self.rated(ON_A_HOLIDAY, day, true).await;
            }
            self.hall.on(self.days.working[day]);
            self.work(day).await;
            if day < QUARTER {
                sum += parts(day);
                let until_now = total * sum / all;
                self.rated(until_now - given, day, false).await;
                given = until_now;
                self.work(day).await;
            }
        }
        self.hall.on(self.days.working[QUARTER + AFTERWARDS - 1].tomorrow().unwrap());
        self.escalated().await;
        assert!(self.agenda.is_empty(), "{:?}", self.agenda.keys());
    }

    /// Some people rate negatively, and some do not; the officers begin on a working day.
    async fn rated(&mut self, count: usize, day: usize, holiday: bool) {
        let first = self.lives.len();
        for _ in 0..count {
            let agency = self.below(self.hall.agencies.len());
            let served_by = self.below(OFFICERS);
            let officer = (served_by + 1 + self.below(OFFICERS - 1)) % OFFICERS;
            let fates = self.hall.rules.fates;
            // Each in turn, so that none is left out.
            let fate = fates[self.lives.len() % fates.len()];
            if self.below(CONTENT) == 0 {
                self.content(agency).await;
            }
            let token = self.hall.served(agency, served_by).await;
            let rating = self.hall.rate(&token, Level::VeryDissatisfied).await;
            self.live(fate, agency, officer, token, rating);
        }
        self.ticketed(first).await;
        for life in first..self.lives.len() {
            // Passing it on is due on the same calendar day, and nobody is there.
            self.lives[life].late |= holiday && self.hall.rules.dispatches;
            self.plan(life, day);
        }
    }

    fn live(&mut self, fate: Fate, agency: usize, officer: usize, token: String, rating: String) {
        self.lives.push(Life {
            fate,
            agency,
            officer,
            token,
            ratings: vec![rating],
            ticket: String::new(),
            acts: Vec::new(),
            late: false,
        });
    }

    /// Waits for the tickets of new lives.
    async fn ticketed(&mut self, first: usize) {
        let tickets = self.hall.tickets_of(self.ratings()).await;
        for life in &mut self.lives[first..] {
            life.ticket.clone_from(&tickets[&life.ratings[0]]);
        }
    }

    /// How many negative ratings there are.
    fn ratings(&self) -> usize {
        self.lives.iter().map(|life| life.ratings.len()).sum()
    }

    /// Enters what is to be done for a life into the agenda.
    fn plan(&mut self, life: usize, day: usize) {
        let Life { fate, agency, officer, .. } = self.lives[life];
        let agency = &self.hall.agencies[agency];
        let officer = agency.staff[officer].clone();
        let script = Script { rules: &self.hall.rules, days: &self.days, day, agency, officer };
        let (deeds, late) = script.of(fate);
        self.lives[life].late |= late;
        for (day, deeds) in deeds {
            self.agenda.entry(day).or_default().push((life, deeds));
        }
    }

    /// The officers do what is to be done on a day, and raters rate again.
    async fn work(&mut self, day: usize) {
        while let Some(due) = self.agenda.remove(&day) {
            // What is overdue is escalated before it is done: the job looks once a second.
            if due.iter().any(|(life, _)| self.lives[*life].late) {
                self.escalated().await;
            }
            for (life, deeds) in due {
                for deed in deeds {
                    self.act(life, deed, day).await;
                }
            }
        }
    }

    async fn act(&mut self, life: usize, deed: Deed, day: usize) {
        let Life { agency, officer, .. } = self.lives[life];
        match deed {
            Deed::Step(by, step) => {
                let ticket = &self.lives[life].ticket;
                self.hall.take(by, (agency, officer), ticket, step.clone()).await;
                self.lives[life].acts.push(step);
            }
            Deed::RatesAgain => {
                let rating = self.hall.rate(&self.lives[life].token, Level::VeryDissatisfied).await;
                self.lives[life].acts.push(fate::new_beginning(&rating));
                self.lives[life].ratings.push(rating.clone());
                let tickets = self.hall.tickets_of(self.ratings()).await;
                assert_eq!(tickets[&rating], self.lives[life].ticket, "it joins the open ticket");
            }
            Deed::RatesAnew => {
                let token = self.lives[life].token.clone();
                let rating = self.hall.rate(&token, Level::VeryDissatisfied).await;
                let new = self.lives.len();
                self.live(Fate::Quick, agency, officer, token, rating);
                self.ticketed(new).await;
                assert_ne!(self.lives[new].ticket, self.lives[life].ticket, "that one is closed");
                self.plan(new, day);
            }
        }
    }

    /// Waits until all that is overdue is escalated.
    async fn escalated(&self) {
        let now = self.hall.clock.now().as_microsecond();
        let left = format!(
            "SELECT count(*) FROM ticket_deadline \
             WHERE running_until <= {now} AND escalated_at IS NULL"
        );
        until("what is overdue is escalated", async || {
            self.hall.deployment.column(Role::Ticketing, &left).await == ["0"]
        })
        .await;
    }
}

/// Plays a quarter under a profile and checks everything.
async fn quarter(rules: Rules, seed: u64, total: usize) {
    let mut quarter = Quarter::begin(rules, seed).await;
    quarter.play(total).await;
    quarter.check().await;
    quarter.hall.deployment.end().await;
}

fn date(day: &str) -> Date {
    day.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn t01_t09_a_quarter_of_a_hall_with_twenty_agencies_ends_with_every_invariant_intact() {
    // Each document knows something that the others do not; the three quarters go by at once.
    tokio::join!(
        quarter(hall::DISTRICT, 1, 66),
        quarter(hall::COUNTY, 2, 42),
        quarter(hall::CHANGJI, 3, 42),
    );
}
