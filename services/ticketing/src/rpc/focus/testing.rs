//! What the tests of focus share: a region whose ratings concentrate on one member of staff, on one
//! item and on one reason there.

use domain::{deadline::day_of, focus::Look, profile::Office};
use platform::{
    auth::{Authority, Caller, Officer},
    testing::{
        AGENCY, COMMITTED_ITEM, ON_THE_SPOT_ITEM, REGION, STAFF, principal, tell, unit_published,
    },
};
use proto::{
    catalog::v1::{Unit, UnitKind},
    fact::v1::fact::Body,
    ticketing::v1::{
        AdvanceKeyTargetRequest, AdvanceProblemRequest, AdvanceStaffMeasureRequest,
        DecideFocusProposalRequest, Dispatch, FocusNote, FocusProposal, FocusTerm, KeyTarget,
        KeyTargetStep, ListFocusProposalsRequest, OpenStaffMeasureRequest, Problem, ProblemStep,
        ProposeKeyTargetRequest, RecordProblemRequest, StaffMeasure, StaffMeasureStep,
        key_target_step::Act, problem_step, staff_measure_step, step,
    },
    r#type::v1::{Finding, FocusBasis, FocusKind, Level},
};

use super::{
    advance_key_target, decide_focus_proposal, list_focus_proposals, open_staff_measure,
    propose_key_target, record_problem,
};
use crate::{
    error::Error,
    jobs::propose_focus,
    rpc::testing::{Fixture, assign_to, authority, contact, handler, request_id, verify},
};

/// Another agency of the region, and who serves there.
pub(crate) const OTHER_AGENCY: &str = "652301-a09";
pub(crate) const OTHER_STAFF: &str = "652301-s09";
/// A reason that is given at the bad item.
pub(crate) const TAG: &str = "attitude";

/// A region's Authority as the RPCs that it alone may call admit it.
pub(crate) fn the_authority(region: &str) -> Authority {
    principal("authority", Caller::Authority { region: region.to_owned() })
}

/// Some ratings of the same kind, received now.
#[derive(Clone, Copy)]
pub(crate) struct Ratings {
    pub(crate) n: usize,
    pub(crate) level: Level,
    pub(crate) agency: &'static str,
    pub(crate) staff: &'static str,
    pub(crate) item: &'static str,
    pub(crate) tag: &'static str,
}

/// Good ratings of the member of staff at the item that the tests are about.
pub(crate) const GOOD: Ratings = Ratings {
    n: 28,
    level: Level::VerySatisfied,
    agency: AGENCY,
    staff: STAFF,
    item: ON_THE_SPOT_ITEM,
    tag: "",
};
/// Bad ones.
pub(crate) const BAD: Ratings = Ratings { n: 12, level: Level::Dissatisfied, tag: TAG, ..GOOD };
/// Good ones of all others.
const REST: Ratings =
    Ratings { n: 190, agency: OTHER_AGENCY, staff: OTHER_STAFF, item: COMMITTED_ITEM, ..GOOD };
/// The few bad ones of all others.
const REST_BAD: Ratings = Ratings { n: 10, level: Level::Dissatisfied, tag: "slow", ..REST };

impl Fixture {
    /// Applies ratings; returns the tickets that they opened.
    pub(crate) async fn rate(&self, ratings: Ratings) -> Vec<String> {
        let clock = self.ticketing.shell.clock.clone();
        let one = |_| {
            let mut rating = self.rating(clock.new_id(), ratings.level);
            let act = rating.act.as_mut().unwrap();
            ratings.agency.clone_into(&mut act.agency_id);
            ratings.staff.clone_into(&mut act.staff_id);
            ratings.item.clone_into(&mut act.item_code);
            rating.tag_codes = ratings.tag.split_whitespace().map(str::to_owned).collect();
            Body::RatingSubmitted(rating)
        };
        let applied = self.apply_together((0..ratings.n).map(one).collect()).await;
        assert!(applied.left.is_empty(), "{:?}", applied.left);
        let opened = |(_, body)| match body {
            Body::TicketOpened(opened) => Some(opened.ticket_id),
            _ => None,
        };
        applied.told.into_iter().filter_map(opened).collect()
    }

    /// A quarter in which ratings concentrate; returns the tickets of the bad ones.
    pub(crate) async fn a_bad_quarter(&self) -> Vec<String> {
        for ratings in [GOOD, REST, REST_BAD] {
            self.rate(ratings).await;
        }
        self.rate(BAD).await
    }

    /// The look that is due then, by a replica of its own; returns how many proposals it made.
    pub(crate) async fn looked_at(&self, at: &str) -> usize {
        self.at(at);
        let clock = &self.ticketing.shell.clock;
        let (look, now) = (Look::due_on(day_of(clock.now())), clock.now());
        propose_focus::look_at(&self.ticketing, REGION, look, now).await.unwrap().unwrap()
    }

    /// What waits for a decision, the least probable first.
    pub(crate) async fn open_proposals(&self) -> Vec<FocusProposal> {
        let request = ListFocusProposalsRequest { open_only: true, ..Default::default() };
        let listed =
            list_focus_proposals::run(&self.ticketing, the_authority(REGION), request).await;
        let mut listed = listed.unwrap().proposals;
        listed.reverse();
        listed
    }

    /// The open proposal of a basis about a kind of object.
    pub(crate) async fn open_proposal(&self, basis: FocusBasis, kind: FocusKind) -> FocusProposal {
        let is = |proposal: &FocusProposal| {
            let figures = proposal.figures.as_ref();
            proposal.basis() == basis && figures.is_none_or(|figures| figures.kind() == kind)
        };
        let open = self.open_proposals().await;
        open.iter().find(|proposal| is(proposal)).unwrap_or_else(|| panic!("{open:?}")).clone()
    }

    /// Decides as the Authority.
    pub(crate) async fn settled(
        &self,
        request: DecideFocusProposalRequest,
    ) -> Result<FocusProposal, Error> {
        let caller = the_authority(REGION);
        let decided = decide_focus_proposal::run(&self.ticketing, caller, request).await?;
        Ok(decided.proposal.unwrap())
    }

    /// Proposes the member of staff.
    pub(crate) async fn proposed(&self) -> KeyTarget {
        let request = propose(FocusKind::Staff, STAFF);
        let proposed = propose_key_target::run(&self.ticketing, the_authority(REGION), request);
        proposed.await.unwrap().target.unwrap()
    }

    /// Records the bad item as a problem.
    pub(crate) async fn a_problem(&self) -> Problem {
        let tickets = self.a_bad_quarter().await;
        let request = record("", &tickets);
        let recorded = record_problem::run(&self.ticketing, the_authority(REGION), request);
        recorded.await.unwrap().problem.unwrap()
    }

    /// Passes a ticket on, where the Authority does that.
    async fn dispatched(&self, ticket: &str) {
        let known = self.ticketing.reference.now();
        let today = domain::deadline::day_of(self.ticketing.shell.clock.now());
        let profile = known.profile_on(REGION, today).unwrap();
        if profile.dispatch_by.value == Office::Authority {
            let dispatch = Dispatch { agency_id: AGENCY.to_owned(), ..Dispatch::default() };
            self.step(ticket, step::Act::Dispatch(dispatch)).await.unwrap();
        }
    }

    /// Verifies tickets with this finding, by a colleague of the member of staff.
    pub(crate) async fn found(&self, tickets: &[String], finding: Finding) {
        let colleague = unit_published(&[Unit {
            unit_id: "652301-s04".to_owned(),
            kind: UnitKind::Staff.into(),
            region_code: REGION.to_owned(),
            agency_id: AGENCY.to_owned(),
            ..Unit::default()
        }]);
        tell(&self.ticketing.store, vec![colleague]).await;
        self.ticketing.reference.refresh().await.unwrap();
        for ticket in tickets {
            self.dispatched(ticket).await;
            let steps = vec![assign_to("652301-s04"), contact(), verify(finding)];
            self.steps(ticket, steps).await;
        }
    }

    /// Opens measures about the member of staff, from three verified tickets.
    pub(crate) async fn measures(&self) -> StaffMeasure {
        let tickets = self.rate(Ratings { n: 3, ..BAD }).await;
        self.found(&tickets, Finding::Clear).await;
        let request = open_measure(&tickets);
        let opened = open_staff_measure::run(&self.ticketing, the_authority(REGION), request);
        opened.await.unwrap().measure.unwrap()
    }

    /// Takes a step of a key target, measures as its agency and all else as the Authority.
    pub(crate) async fn target_step(&self, id: &str, act: Act) -> Result<KeyTarget, Error> {
        let by_agency = matches!(act, Act::Measures(_));
        let caller = if by_agency { handler(AGENCY) } else { authority(REGION) };
        self.target_step_by(caller, id, act).await
    }

    /// Takes a step of a key target as this officer.
    pub(crate) async fn target_step_by(
        &self,
        caller: Officer,
        id: &str,
        act: Act,
    ) -> Result<KeyTarget, Error> {
        let step = Some(KeyTargetStep { act: Some(act), ..KeyTargetStep::default() });
        let (request_id, target_id) = (request_id(), id.to_owned());
        let request = AdvanceKeyTargetRequest { request_id, target_id, step };
        let stepped = advance_key_target::run(&self.ticketing, caller, request).await?;
        Ok(stepped.target.unwrap())
    }
}

/// Accepts or declines a proposal.
pub(crate) fn decide(proposal_id: &str, accept: bool) -> DecideFocusProposalRequest {
    DecideFocusProposalRequest {
        request_id: request_id(),
        proposal_id: proposal_id.to_owned(),
        accept,
        reason: "示例理由".to_owned(),
        agency_id: String::new(),
    }
}

pub(crate) fn propose(kind: FocusKind, object: &str) -> ProposeKeyTargetRequest {
    ProposeKeyTargetRequest {
        request_id: request_id(),
        kind: kind.into(),
        object_id: object.to_owned(),
        agency_id: String::new(),
    }
}

/// Asks for a problem of the bad item.
pub(crate) fn record(tag: &str, tickets: &[String]) -> RecordProblemRequest {
    RecordProblemRequest {
        request_id: request_id(),
        item_code: ON_THE_SPOT_ITEM.to_owned(),
        tag_code: tag.to_owned(),
        ticket_ids: tickets.to_vec(),
    }
}

pub(crate) fn advance_problem(id: &str, act: problem_step::Act) -> AdvanceProblemRequest {
    let step = Some(ProblemStep { act: Some(act), ..ProblemStep::default() });
    AdvanceProblemRequest { request_id: request_id(), problem_id: id.to_owned(), step }
}

/// Asks for measures about the member of staff.
pub(crate) fn open_measure(tickets: &[String]) -> OpenStaffMeasureRequest {
    OpenStaffMeasureRequest {
        request_id: request_id(),
        staff_id: STAFF.to_owned(),
        ticket_ids: tickets.to_vec(),
        target_id: String::new(),
    }
}

pub(crate) fn advance_measure(
    id: &str,
    act: staff_measure_step::Act,
) -> AdvanceStaffMeasureRequest {
    let step = Some(StaffMeasureStep { act: Some(act), ..StaffMeasureStep::default() });
    AdvanceStaffMeasureRequest { request_id: request_id(), measure_id: id.to_owned(), step }
}

pub(crate) fn note() -> FocusNote {
    FocusNote { text: "示例说明".to_owned() }
}

pub(crate) fn term(until: &str) -> FocusTerm {
    FocusTerm { text: "示例措施".to_owned(), until: until.to_owned() }
}
