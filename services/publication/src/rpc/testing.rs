//! What the tests of this service share: a running service over a fresh store, and facts as intake
//! and ticketing send them.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use platform::{
    auth::Anyone,
    bus::Bus,
    clock::{Clock, instant},
    convert::to_wire,
    database::Store,
    facts::consume::{Consumer as _, Obstacle},
    keys::Keys,
    shell::Shell,
    testing::{
        AGENCY, ON_THE_SPOT_ITEM, REGION, TERMINALS, TestPlace, nobody, seed_reference_under,
    },
};
use proto::{
    fact::v1::{
        Fact, RatingInvited, RatingJoinedTicket, RatingOpening, RatingSubmitted, TicketOpened,
        TicketStepped, fact::Body, ticket_opened,
    },
    publication::v1::{Dimension, GetFiguresRequest, LevelCount, Rate},
    r#type::v1::{Channel, Level, Origin, ServiceAct, Stage, TicketState},
};

use super::statistics::get_figures;
use crate::{
    Migrator,
    state::{NAME, Publication},
    store,
};

pub(crate) struct Fixture {
    pub(crate) publication: Publication,
    minutes: AtomicI64,
    position: AtomicU64,
    pub(crate) place: TestPlace,
}

/// Figures as numbers: counts by level, and rates as (numerator, denominator).
pub(crate) struct Numbers {
    pub(crate) levels: [u64; 5],
    pub(crate) levels_default: [u64; 5],
    pub(crate) levels_imported: [u64; 5],
    pub(crate) satisfaction_with_defaults: (u64, u64),
    pub(crate) satisfaction: (u64, u64),
    pub(crate) participation: (u64, u64),
    pub(crate) rectification: (u64, u64),
}

pub(crate) fn anyone() -> Anyone {
    nobody()
}

/// Takes over the items that the reference data hold, as this service does with the catalog's facts.
pub(crate) async fn follow_items(store: &Store) {
    let txn = store.begin().await.unwrap();
    store::statistics::items::follow(&txn, &[]).await.unwrap();
    txn.commit().await.unwrap();
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        Self::under("changji-2020").await
    }

    /// With one of the shipped profiles as the region's.
    pub(crate) async fn under(profile: &str) -> Self {
        let place = TestPlace::new().await;
        let clock = Clock::manual("2026-03-02T01:00:00Z".parse().unwrap());
        let shell = Shell::new(&Keys::make(), clock, Bus::embedded()).unwrap();
        let store = place.store::<Migrator>(NAME).await;
        let reference = seed_reference_under(&store, profile).await;
        follow_items(&store).await;
        let minutes = AtomicI64::new(0);
        Self {
            publication: Publication::new(store, shell, reference),
            minutes,
            position: AtomicU64::new(0),
            place,
        }
    }

    /// A service act of 2 March 2026.
    pub(crate) fn act(&self) -> ServiceAct {
        let clock = &self.publication.shell.clock;
        ServiceAct {
            act_id: clock.new_id().to_string(),
            case_id: clock.new_id().to_string(),
            stage: Stage::Completion.into(),
            service_number: 1,
            region_code: REGION.to_owned(),
            agency_id: AGENCY.to_owned(),
            item_code: ON_THE_SPOT_ITEM.to_owned(),
            item_version: 1,
            terminal_id: TERMINALS[0].to_owned(),
            window_id: "652301-w01".to_owned(),
            staff_id: "652301-s01".to_owned(),
            hall_id: "652301-h01".to_owned(),
            platform_id: "652301-p01".to_owned(),
            line_id: "line-sample".to_owned(),
            served_at: Some(to_wire(clock.now())),
            policy: "changji-2020@3".to_owned(),
            ..ServiceAct::default()
        }
    }

    pub(crate) fn rating(&self, act: &ServiceAct, level: Level, at: &str) -> RatingSubmitted {
        RatingSubmitted {
            rating_id: self.publication.shell.clock.new_id().to_string(),
            act: Some(act.clone()),
            level: level.into(),
            channel: Channel::Kiosk.into(),
            origin: Origin::Active.into(),
            received_at: Some(to_wire(at.parse().unwrap())),
            ..RatingSubmitted::default()
        }
    }

    pub(crate) async fn try_apply(&self, body: Body) -> Result<(), Obstacle> {
        self.apply_together(vec![body]).await
    }

    /// Applies facts together; returns the first one left.
    pub(crate) async fn apply_together(&self, bodies: Vec<Body>) -> Result<(), Obstacle> {
        let facts = bodies.into_iter().map(|body| Fact {
            position: self.position.fetch_add(1, Ordering::Relaxed) + 1,
            fact_id: self.publication.shell.clock.new_id().to_string(),
            body: Some(body),
            ..Fact::default()
        });
        let facts: Vec<Fact> = facts.collect();
        let txn = self.publication.store.begin().await.unwrap();
        let applied = self.publication.consumer().apply(&txn, &facts).await.unwrap();
        txn.commit().await.unwrap();
        match applied.left.into_iter().next() {
            Some((_, left)) => Err(left),
            None => Ok(()),
        }
    }

    pub(crate) async fn apply(&self, body: Body) {
        self.try_apply(body).await.unwrap();
    }

    pub(crate) async fn invite(&self, act: &ServiceAct) {
        let invited = RatingInvited { act: Some(act.clone()), closes_on: String::new() };
        self.apply(Body::RatingInvited(invited)).await;
    }

    /// A ticket opened a minute after the one before.
    pub(crate) async fn open_ticket(&self, act: &ServiceAct, private: bool) -> String {
        let clock = &self.publication.shell.clock;
        let minutes = self.minutes.fetch_add(1, Ordering::Relaxed);
        let opened_at = instant(clock.now().as_microsecond() + minutes * 60_000_000);
        let opened = TicketOpened {
            ticket_id: clock.new_id().to_string(),
            opening: Some(ticket_opened::Opening::Rating(RatingOpening {
                rating_id: clock.new_id().to_string(),
            })),
            act: Some(act.clone()),
            level: Level::VeryDissatisfied.into(),
            channel: Channel::Kiosk.into(),
            real_name: true,
            private,
            opened_at: Some(to_wire(opened_at)),
            ..TicketOpened::default()
        };
        let ticket_id = opened.ticket_id.clone();
        self.apply(Body::TicketOpened(opened)).await;
        ticket_id
    }

    pub(crate) async fn step_ticket(&self, ticket_id: &str, state: TicketState) {
        let stepped = TicketStepped {
            ticket_id: ticket_id.to_owned(),
            sequence: u32::try_from(self.position.load(Ordering::Relaxed)).unwrap(),
            state: state.into(),
            at: Some(to_wire(self.publication.shell.clock.now())),
            ..TicketStepped::default()
        };
        self.apply(Body::TicketStepped(stepped)).await;
    }

    pub(crate) async fn join_privately(&self, ticket_id: &str) {
        let joined = RatingJoinedTicket {
            ticket_id: ticket_id.to_owned(),
            rating_id: self.publication.shell.clock.new_id().to_string(),
            private: true,
        };
        self.apply(Body::RatingJoinedTicket(joined)).await;
    }

    /// The agency's figures.
    pub(crate) async fn figures(&self, from: &str, to: &str) -> Numbers {
        self.figures_of(Dimension::Agency, AGENCY, from, to).await
    }

    pub(crate) async fn figures_of(
        &self,
        dimension: Dimension,
        key: &str,
        from: &str,
        to: &str,
    ) -> Numbers {
        let request = GetFiguresRequest {
            dimension: dimension.into(),
            key: key.to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
            ..GetFiguresRequest::default()
        };
        let answer = get_figures::run(&self.publication, anyone(), request).await.unwrap();
        let [figures] = answer.rows.as_slice() else { panic!("{answer:?}") };
        let counts = |levels: &[LevelCount]| -> [u64; 5] {
            let best_first = i32::from(Level::VerySatisfied)..=Level::VeryDissatisfied.into();
            assert!(levels.iter().map(|one| one.level).eq(best_first), "{levels:?}");
            levels.iter().map(|level| level.count).collect::<Vec<u64>>().try_into().unwrap()
        };
        let rate = |rate: &Option<Rate>| rate.map(|r| (r.numerator, r.denominator)).unwrap();
        Numbers {
            levels: counts(&figures.levels),
            levels_default: counts(&figures.levels_default),
            levels_imported: counts(&figures.levels_imported),
            satisfaction_with_defaults: rate(&figures.satisfaction_with_defaults),
            satisfaction: rate(&figures.satisfaction),
            participation: rate(&figures.participation),
            rectification: rate(&figures.rectification),
        }
    }
}
