//! A random history from a seed: acts, ratings of every origin, private ones, tickets, exclusions and
//! reinstatements, with what can go wrong among them. And a town that tells and follows it.

use jiff::{SignedDuration, Timestamp};
use platform::{
    convert::to_wire,
    database::Store,
    facts::{self, refold},
};
use proto::{
    fact::v1::{
        DeadlineWatched, FollowUpEnded, FollowUpOpened, MatterRaised, RatingExcluded,
        RatingInvited, RatingJoinedTicket, RatingOpening, RatingReinstated, RatingSubmitted,
        RatingWordsRead, TicketAnnulled, TicketOpened, TicketStepped, deadline_watched::Kind,
        fact::Body, ticket_opened,
    },
    r#type::v1::{
        Channel, ExclusionGround, ExclusionKind, Finding, Involved, Level, MatterKind, Origin,
        ServiceAct, TicketState,
    },
};
use uuid::Uuid;

use super::verify::{Counts, Key, counted};
use crate::{Migrator, rpc::testing::Fixture, store::statistics::tallies};

/// Numbers from a seed (splitmix64), the same on every machine.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.below(all.len() as u64)).unwrap()]
    }

    fn id(&mut self) -> String {
        Uuid::from_u64_pair(self.next(), self.next()).to_string()
    }
}

struct Exclusion {
    id: String,
    rating_id: String,
    ticket_id: String,
    act_id: String,
}

/// What happened so far, as far as more can happen to it.
pub(crate) struct History {
    pub(crate) dice: Dice,
    pattern: ServiceAct,
    acts: Vec<ServiceAct>,
    ratings: Vec<RatingSubmitted>,
    tickets: Vec<(TicketOpened, u32)>,
    exclusions: Vec<Exclusion>,
    happened: usize,
}

impl History {
    pub(crate) fn new(seed: u64, pattern: ServiceAct) -> Self {
        let none = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (acts, ratings, tickets, exclusions) = none;
        Self { dice: Dice::new(seed), pattern, acts, ratings, tickets, exclusions, happened: 0 }
    }

    fn at(&mut self) -> Timestamp {
        let first: Timestamp = "2026-03-02T01:00:00Z".parse().unwrap();
        first + SignedDuration::from_mins(i64::try_from(self.dice.below(14 * 24 * 60)).unwrap())
    }

    /// What happens next, at intake or at ticketing.
    pub(crate) fn next(&mut self) -> (&'static str, Body) {
        self.happened += 1;
        if self.happened.is_multiple_of(11) && !self.ratings.is_empty() {
            return ("intake", self.read());
        }
        match self.dice.below(20) {
            0..4 => ("intake", self.invited()),
            4 => ("intake", self.raised()),
            5..12 => ("intake", self.rated()),
            12..14 => ("ticketing", self.opened()),
            14..17 => ("ticketing", self.stepped()),
            17 => ("ticketing", self.excluded()),
            18 => ("ticketing", self.reinstated()),
            _ => self.odd(),
        }
    }

    fn act(&mut self) -> ServiceAct {
        let dice = &mut self.dice;
        let mut some = |name: &str, n: u64| format!("652301-{name}{:02}", dice.below(n));
        let (agency_id, window_id) = (some("a", 3), some("w", 4));
        let (staff_id, item_code) = (some("s", 5), some("i", 3));
        let mut act = ServiceAct {
            act_id: self.dice.id(),
            case_id: self.dice.id(),
            agency_id,
            window_id,
            staff_id,
            item_code,
            served_at: Some(to_wire(self.at())),
            ..self.pattern.clone()
        };
        if self.dice.one_in(5) {
            act.staff_id.clear();
        }
        if self.dice.one_in(8) {
            let part = |agency: &str, region: &str| Involved {
                agency_id: agency.to_owned(),
                region_code: region.to_owned(),
            };
            act.involved = vec![part(&act.agency_id, "652301"), part("652302-a01", "652302")];
        }
        self.acts.push(act.clone());
        act
    }

    fn known_act(&mut self) -> ServiceAct {
        if self.acts.is_empty() || self.dice.one_in(3) {
            return self.act();
        }
        let n = usize::try_from(self.dice.below(self.acts.len() as u64)).unwrap();
        self.acts[n].clone()
    }

    fn invited(&mut self) -> Body {
        let act = Some(self.known_act());
        Body::RatingInvited(RatingInvited { act, closes_on: String::new() })
    }

    /// What came without a rating; some of it praise.
    fn raised(&mut self) -> Body {
        let kinds = [MatterKind::Complaint, MatterKind::PublicReview, MatterKind::SurveyProblem];
        let levels = [Level::Unspecified, Level::VerySatisfied, Level::Dissatisfied];
        let sources = ["hotline_12345", "gov_cn", "national_platform"];
        Body::MatterRaised(MatterRaised {
            matter_id: self.dice.id(),
            kind: self.dice.of(&kinds).into(),
            source: self.dice.of(&sources).to_owned(),
            region_code: self.pattern.region_code.clone(),
            agency_id: format!("652301-a{:02}", self.dice.below(3)),
            level: self.dice.of(&levels).into(),
            private: self.dice.one_in(4),
            received_at: Some(to_wire(self.at())),
            ..MatterRaised::default()
        })
    }

    fn rated(&mut self) -> Body {
        if !self.ratings.is_empty() && self.dice.one_in(15) {
            // The same fact once more.
            let n = usize::try_from(self.dice.below(self.ratings.len() as u64)).unwrap();
            return Body::RatingSubmitted(self.ratings[n].clone());
        }
        let act = self.known_act();
        let origins =
            [Origin::Active, Origin::Active, Origin::Paper, Origin::Default, Origin::Imported];
        let origin = self.dice.of(&origins);
        let given_at = matches!(origin, Origin::Paper | Origin::Imported).then(|| self.at());
        let levels = [1, 1, 2, 3, 4, 5].map(|level| Level::try_from(level).unwrap());
        let channels = [Channel::Kiosk, Channel::Portal, Channel::Evaluator];
        let reasons = [&[][..], &["115"], &["115", "114"]];
        let reasons = self.dice.of(&reasons).iter().map(|code| (*code).to_owned());
        let rating = RatingSubmitted {
            rating_id: self.dice.id(),
            tag_codes: reasons.collect(),
            act: Some(act),
            level: self.dice.of(&levels).into(),
            channel: self.dice.of(&channels).into(),
            origin: origin.into(),
            private: origin == Origin::Active && self.dice.one_in(3),
            real_name: self.dice.one_in(2),
            received_at: Some(to_wire(self.at())),
            given_at: given_at.map(to_wire),
            ..RatingSubmitted::default()
        };
        self.ratings.push(rating.clone());
        Body::RatingSubmitted(rating)
    }

    /// What a text is about, or that it was taken down.
    fn read(&self) -> Body {
        let rating = &self.ratings[self.happened * 7 % self.ratings.len()];
        let words: &[&str] = [&[][..], &["材料"], &["材料", "窗口"]][self.happened % 3];
        Body::RatingWordsRead(RatingWordsRead {
            rating_id: rating.rating_id.clone(),
            act_id: rating.act.as_ref().map(|act| act.act_id.clone()).unwrap_or_default(),
            words: words.iter().map(|word| (*word).to_owned()).collect(),
        })
    }

    fn opened(&mut self) -> Body {
        let bad = self.ratings.iter().filter(|rating| rating.level >= 4).count() as u64;
        if bad == 0 {
            return self.invited();
        }
        let n = usize::try_from(self.dice.below(bad)).unwrap();
        let rating = self.ratings.iter().filter(|rating| rating.level >= 4).nth(n).unwrap().clone();
        let opened = TicketOpened {
            ticket_id: self.dice.id(),
            act: rating.act,
            level: rating.level,
            channel: rating.channel,
            real_name: rating.real_name,
            private: rating.private,
            opened_at: Some(to_wire(self.at())),
            opening: Some(ticket_opened::Opening::Rating(RatingOpening {
                rating_id: rating.rating_id,
            })),
            ..TicketOpened::default()
        };
        self.tickets.push((opened.clone(), 0));
        Body::TicketOpened(opened)
    }

    fn ticket(&mut self) -> Option<usize> {
        let some = self.tickets.len() as u64;
        (some > 0).then(|| usize::try_from(self.dice.below(some)).unwrap())
    }

    fn stepped(&mut self) -> Body {
        let Some(n) = self.ticket() else { return self.opened() };
        let states = [
            TicketState::Assigned,
            TicketState::FedBack,
            TicketState::Closed,
            TicketState::Confirmed,
            TicketState::Opened,
            TicketState::Linked,
        ];
        let (state, at) = (self.dice.of(&states), self.at());
        if self.dice.one_in(4) {
            let ticket_id = self.tickets[n].0.ticket_id.clone();
            let (required, sampled) = (self.dice.one_in(2), self.dice.one_in(4));
            return if self.dice.one_in(3) {
                let ended = FollowUpEnded { ticket_id, required, sampled, ..Default::default() };
                Body::FollowUpEnded(ended)
            } else {
                let opened = FollowUpOpened { ticket_id, required, sampled, ..Default::default() };
                Body::FollowUpOpened(opened)
            };
        }
        let findings = [Finding::Unspecified, Finding::Clear, Finding::NoLegalBasis];
        let finding = self.dice.of(&findings);
        let missed = if self.dice.one_in(4) { vec!["fix_clear".to_owned()] } else { Vec::new() };
        let followed_up = self.dice.one_in(4);
        let (opened, sequence) = &mut self.tickets[n];
        *sequence += 1;
        Body::TicketStepped(TicketStepped {
            ticket_id: opened.ticket_id.clone(),
            sequence: *sequence,
            state: state.into(),
            finding: finding.into(),
            at: Some(to_wire(at)),
            followed_up,
            missed,
            ..TicketStepped::default()
        })
    }

    fn excluded(&mut self) -> Body {
        let Some(n) = self.ticket() else { return self.opened() };
        let opened = self.tickets[n].0.clone();
        let Some(ticket_opened::Opening::Rating(opening)) = opened.opening else {
            return self.opened();
        };
        let act = opened.act.unwrap();
        let exclusion = Exclusion {
            id: self.dice.id(),
            rating_id: opening.rating_id,
            ticket_id: opened.ticket_id,
            act_id: act.act_id,
        };
        let body = Body::RatingExcluded(RatingExcluded {
            exclusion_id: exclusion.id.clone(),
            rating_id: exclusion.rating_id.clone(),
            ticket_id: exclusion.ticket_id.clone(),
            act_id: exclusion.act_id.clone(),
            ground: ExclusionGround::Mistaken.into(),
            kind: ExclusionKind::Excluded.into(),
            at: Some(to_wire(self.at())),
            region_code: act.region_code,
            agency_id: act.agency_id,
            ..RatingExcluded::default()
        });
        self.exclusions.push(exclusion);
        body
    }

    fn reinstated(&mut self) -> Body {
        let Some(ended) = self.exclusions.pop() else { return self.excluded() };
        Body::RatingReinstated(RatingReinstated {
            exclusion_id: ended.id,
            rating_id: ended.rating_id,
            ticket_id: ended.ticket_id,
            act_id: ended.act_id,
            at: Some(to_wire(self.at())),
            ratings_left: 1,
        })
    }

    /// Facts that mean nothing, that a newer version wrote, or that are about nothing known.
    fn odd(&mut self) -> (&'static str, Body) {
        match self.dice.below(6) {
            0 => ("intake", Body::RatingSubmitted(RatingSubmitted::default())),
            1 => {
                let Body::RatingSubmitted(rating) = self.rated() else {
                    return ("intake", self.invited());
                };
                self.ratings.retain(|known| known.rating_id != rating.rating_id);
                ("intake", Body::RatingSubmitted(RatingSubmitted { origin: 99, ..rating }))
            }
            2 => {
                let ticket_id = self.dice.id();
                let annulled = TicketAnnulled { ticket_id, sequence: 1, at: None };
                ("ticketing", Body::TicketAnnulled(annulled))
            }
            3 => match self.ticket() {
                None => ("ticketing", self.opened()),
                Some(n) => {
                    let ticket_id = self.tickets[n].0.ticket_id.clone();
                    let kind = Kind::Escalated.into();
                    let watched = DeadlineWatched { ticket_id, kind, ..Default::default() };
                    ("ticketing", Body::DeadlineWatched(watched))
                }
            },
            4 => match self.ticket() {
                None => ("ticketing", self.opened()),
                Some(n) => {
                    let ticket_id = self.tickets[n].0.ticket_id.clone();
                    let (rating_id, private) = (self.dice.id(), self.dice.one_in(2));
                    let joined = RatingJoinedTicket { ticket_id, rating_id, private };
                    ("ticketing", Body::RatingJoinedTicket(joined))
                }
            },
            _ => match self.ticket() {
                None => ("ticketing", self.opened()),
                Some(n) => {
                    let (opened, sequence) = self.tickets.swap_remove(n);
                    let (ticket_id, sequence) = (opened.ticket_id, sequence + 1);
                    let annulled = TicketAnnulled { ticket_id, sequence, at: None };
                    ("ticketing", Body::TicketAnnulled(annulled))
                }
            },
        }
    }
}

/// Makes some figures wrong, each by one too many.
pub(crate) async fn falsify(store: &Store, mut which: impl FnMut(&Key) -> bool) {
    let mut wrong = Counts::new();
    let figures = counted(store.read()).await.unwrap();
    figures.in_order().filter(|(key, _)| which(key)).for_each(|(key, _)| wrong.add_to(&key, 1));
    tallies::add(store.write(), &wrong).await.unwrap();
}

/// A publication that follows two producers, whose stores are here too.
pub(crate) struct Town {
    pub(crate) fixture: Fixture,
    pub(crate) intake: Store,
    pub(crate) ticketing: Store,
}

impl Town {
    pub(crate) async fn new() -> Self {
        let fixture = Fixture::new().await;
        let intake = fixture.place.store::<Migrator>("intake").await;
        let ticketing = fixture.place.store::<Migrator>("ticketing").await;
        Self { fixture, intake, ticketing }
    }

    pub(crate) fn producers(&self) -> [Store; 2] {
        [self.intake.clone(), self.ticketing.clone()]
    }

    /// Writes the next facts of a history, without applying them.
    pub(crate) async fn tell(&self, history: &mut History, count: usize) {
        let happened: Vec<_> = (0..count).map(|_| history.next()).collect();
        for store in [&self.intake, &self.ticketing] {
            let bodies = happened.iter().filter(|(of, _)| *of == store.service());
            let bodies = bodies.map(|(_, body)| body.clone()).collect();
            let txn = store.begin().await.unwrap();
            facts::commit(txn, &self.fixture.publication.shell.clock, bodies).await.unwrap();
        }
    }

    /// Applies what was told, as a follower would; ticketing's first in every other call.
    pub(crate) async fn follow(&self, ticketing_first: bool) {
        let mut producers = [&self.intake, &self.ticketing];
        if ticketing_first {
            producers.reverse();
        }
        let publication = &self.fixture.publication;
        let (consumer, clock) = (publication.consumer(), &publication.shell.clock);
        for producer in producers {
            let store = &publication.store;
            while refold::step(&*consumer, store, producer, i64::MAX, clock)
                .await
                .unwrap()
                .is_some()
            {}
            let name = producer.service();
            refold::retry(&*consumer, &publication.store, name, clock).await.unwrap();
        }
    }

    /// Tells and applies a whole history in parts of any size.
    pub(crate) async fn live(&self, history: &mut History, facts: usize) {
        let mut left = facts;
        while left > 0 {
            let part = usize::try_from(1 + history.dice.below(97)).unwrap().min(left);
            self.tell(history, part).await;
            self.follow(history.dice.one_in(2)).await;
            left -= part;
        }
    }
}
