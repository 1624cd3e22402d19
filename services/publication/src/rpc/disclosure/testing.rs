//! Exclusions as ticketing tells them.

use platform::convert::to_wire;
use proto::{
    fact::v1::{RatingExcluded, RatingReinstated, RatingSubmitted, TicketOpened, fact::Body},
    r#type::v1::{ExclusionGround, ExclusionKind, Level, ServiceAct},
};

use crate::rpc::testing::Fixture;

/// A negative rating with its ticket.
#[derive(Clone, Debug)]
pub(crate) struct Rated {
    pub(crate) act_id: String,
    pub(crate) rating: RatingSubmitted,
    pub(crate) ticket_id: String,
}

/// A day and time at which a rating was received.
pub(crate) const RATED: &str = "2026-03-02T03:00:00Z";

/// Exclusions told to a fixture.
pub(crate) trait Excluding {
    /// A negative rating and the ticket it opened.
    async fn negative(&self, act: &ServiceAct, private: bool) -> Rated;
    /// A private rating.
    async fn private_rating(&self, act: &ServiceAct, level: Level) -> RatingSubmitted;
    /// Excludes a rating, of whose ticket so many are left.
    async fn exclude(&self, rated: &Rated, left: u32) -> RatingExcluded;
    /// Ends an exclusion.
    async fn reinstate(&self, excluded: &RatingExcluded, left: u32);
}

impl Excluding for Fixture {
    async fn negative(&self, act: &ServiceAct, private: bool) -> Rated {
        let rating = self.rating(act, Level::VeryDissatisfied, RATED);
        let rating = RatingSubmitted { private, ..rating };
        let rated = Rated {
            act_id: act.act_id.clone(),
            ticket_id: self.publication.shell.clock.new_id().to_string(),
            rating: rating.clone(),
        };
        self.apply(Body::RatingSubmitted(rating)).await;
        self.apply(Body::TicketOpened(ticket_of(&rated))).await;
        rated
    }

    async fn private_rating(&self, act: &ServiceAct, level: Level) -> RatingSubmitted {
        let rating = self.rating(act, level, RATED);
        let rating = RatingSubmitted { private: true, ..rating };
        self.apply(Body::RatingSubmitted(rating.clone())).await;
        rating
    }

    async fn exclude(&self, rated: &Rated, left: u32) -> RatingExcluded {
        let id = self.publication.shell.clock.new_id().to_string();
        let excluded = excluded(rated, id, left);
        self.apply(Body::RatingExcluded(excluded.clone())).await;
        excluded
    }

    async fn reinstate(&self, excluded: &RatingExcluded, left: u32) {
        self.apply(Body::RatingReinstated(reinstated(excluded, left))).await;
    }
}

/// The ticket that a rating opened.
pub(crate) fn ticket_of(rated: &Rated) -> TicketOpened {
    let rating = &rated.rating;
    TicketOpened {
        ticket_id: rated.ticket_id.clone(),
        rating_id: rating.rating_id.clone(),
        act: rating.act.clone(),
        level: rating.level,
        channel: rating.channel,
        private: rating.private,
        opened_at: rating.received_at,
        ..TicketOpened::default()
    }
}

/// The exclusion of a rating.
pub(crate) fn excluded(rated: &Rated, id: String, left: u32) -> RatingExcluded {
    let act = rated.rating.act.clone().unwrap();
    RatingExcluded {
        exclusion_id: id,
        rating_id: rated.rating.rating_id.clone(),
        ticket_id: rated.ticket_id.clone(),
        act_id: rated.act_id.clone(),
        ground: ExclusionGround::Malicious.into(),
        kind: ExclusionKind::Excluded.into(),
        appeal_id: String::new(),
        at: Some(to_wire("2026-03-05T03:00:00Z".parse().unwrap())),
        clause: "第二十三条".to_owned(),
        ratings_left: left,
        region_code: act.region_code,
        agency_id: act.agency_id,
    }
}

/// The end of an exclusion.
pub(crate) fn reinstated(excluded: &RatingExcluded, left: u32) -> RatingReinstated {
    RatingReinstated {
        exclusion_id: excluded.exclusion_id.clone(),
        rating_id: excluded.rating_id.clone(),
        ticket_id: excluded.ticket_id.clone(),
        act_id: excluded.act_id.clone(),
        at: Some(to_wire("2026-03-06T03:00:00Z".parse().unwrap())),
        ratings_left: left,
    }
}
