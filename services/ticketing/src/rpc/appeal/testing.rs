//! What the tests of appeals share: ratings that have a ticket under any profile, and commands.

use domain::deadline::day_of;
use platform::{
    auth::{Caller, Officer},
    facts,
    testing::{AGENCY, REGION, principal},
};
use proto::{
    fact::v1::{RatingSubmitted, fact::Body},
    ticketing::v1::{
        Appeal, DecideAppealRequest, Exclusion, LodgeAppealRequest, ReviewAppealRequest,
    },
    r#type::v1::{ExclusionDuty, ExclusionGround, Level},
};
use uuid::Uuid;

use super::{decide_appeal, lodge_appeal, review_appeal};
use crate::rpc::testing::{Fixture, request_id};

/// Whom the ratings of [`Fixture::rated`] name as having served.
pub(crate) const SERVED: &str = "652301-s07";

/// A negative rating and its ticket.
#[derive(Clone, Debug)]
pub(crate) struct Rated {
    pub(crate) rating_id: String,
    pub(crate) ticket_id: String,
    pub(crate) act_id: Uuid,
}

/// An officer of the agency, by their identity.
pub(crate) fn officer(id: &str) -> Officer {
    principal(id, Caller::Handler { region: REGION.to_owned(), agency: AGENCY.to_owned() })
}

/// An officer of the Authority, by their identity.
pub(crate) fn of_authority(id: &str) -> Officer {
    principal(id, Caller::Authority { region: REGION.to_owned() })
}

impl Fixture {
    /// A negative rating received now, bound to the profile of the region.
    pub(crate) fn rating_here(&self, act_id: Uuid) -> RatingSubmitted {
        let mut rating = self.rating(act_id, Level::VeryDissatisfied);
        let day = day_of(self.ticketing.shell.clock.now());
        let known = self.ticketing.reference.now();
        let act = rating.act.as_mut().unwrap();
        act.policy = known.profile_on(REGION, day).unwrap().policy();
        act.staff_id = SERVED.to_owned();
        rating
    }

    /// A negative rating with its ticket.
    pub(crate) async fn rated(&self) -> Rated {
        let act_id = self.ticketing.shell.clock.new_id();
        let rating = self.rating_here(act_id);
        let told = self.apply(&rating).await;
        let [Body::TicketOpened(opened)] = told.as_slice() else { panic!("{told:?}") };
        Rated { rating_id: rating.rating_id, ticket_id: opened.ticket_id.clone(), act_id }
    }

    /// Lodges an appeal of a member of staff as another officer of their agency.
    pub(crate) async fn lodged(&self, rated: &Rated) -> Appeal {
        let request = lodge(rated, SERVED);
        let lodged = lodge_appeal::run(&self.ticketing, officer("lodger"), request).await;
        lodged.unwrap().appeal.unwrap()
    }

    /// Records a duty that must succeed.
    pub(crate) async fn record(
        &self,
        by: Officer,
        appeal_id: &str,
        duty: ExclusionDuty,
    ) -> (Appeal, Option<Exclusion>) {
        let request = review(appeal_id, duty);
        let recorded = review_appeal::run(&self.ticketing, by, request).await.unwrap();
        (recorded.appeal.unwrap(), recorded.exclusion)
    }

    /// Decides an appeal; must succeed.
    pub(crate) async fn decided(
        &self,
        by: Officer,
        appeal_id: &str,
        ground: ExclusionGround,
    ) -> (Appeal, Option<Exclusion>) {
        let request = decide(appeal_id, ground);
        let decided = decide_appeal::run(&self.ticketing, by, request).await.unwrap();
        (decided.appeal.unwrap(), decided.exclusion)
    }

    /// A rating excluded on appeal under the profile in which staff are heard by their department.
    pub(crate) async fn excluded(&self) -> (Rated, Exclusion) {
        let rated = self.rated().await;
        let appeal = self.lodged(&rated).await;
        self.record(officer("reviewer"), &appeal.appeal_id, ExclusionDuty::Verified).await;
        let ground = ExclusionGround::Mistaken;
        let decided = self.decided(officer("decider"), &appeal.appeal_id, ground).await;
        (rated, decided.1.unwrap())
    }

    /// Every fact this service has written.
    pub(crate) async fn facts(&self) -> Vec<Body> {
        let facts = facts::list(&self.ticketing.store, 0, 1_000).await.unwrap();
        facts.into_iter().filter_map(|fact| fact.body).collect()
    }
}

/// An appeal of a member of staff; of the office itself, if none is named.
pub(crate) fn lodge(rated: &Rated, staff_id: &str) -> LodgeAppealRequest {
    LodgeAppealRequest {
        request_id: request_id(),
        rating_id: rated.rating_id.clone(),
        staff_id: staff_id.to_owned(),
        statement: "示例：评价人点错了等级".to_owned(),
        document_ids: Vec::new(),
    }
}

/// A duty with everything it needs.
pub(crate) fn review(appeal_id: &str, duty: ExclusionDuty) -> ReviewAppealRequest {
    ReviewAppealRequest {
        request_id: request_id(),
        appeal_id: appeal_id.to_owned(),
        exclusion_id: String::new(),
        duty: duty.into(),
        note: "示例：与评价人核对属实".to_owned(),
        document_number: "示例〔2026〕1号".to_owned(),
    }
}

/// A decision with everything it needs; without a ground it rejects.
pub(crate) fn decide(appeal_id: &str, ground: ExclusionGround) -> DecideAppealRequest {
    DecideAppealRequest {
        request_id: request_id(),
        appeal_id: appeal_id.to_owned(),
        ground: ground.into(),
        reason: "示例：监控显示为误触".to_owned(),
        document_number: "示例〔2026〕2号".to_owned(),
    }
}
