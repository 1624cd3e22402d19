//! What the tests of this service's RPCs share: a service on a fresh store with a small catalog,
//! ratings that come as facts, and officers with valid tokens.

use platform::{
    auth::{Caller, Officer},
    bus::Bus,
    clock::Clock,
    convert::to_wire,
    facts::{
        self,
        consume::{ApplyOutcome, Consumer as _, Obstacle},
    },
    keys::Keys,
    shell::Shell,
    testing::{
        AGENCY, ON_THE_SPOT_ITEM, REGION, TestPlace, principal, seed_reference,
        seed_reference_under,
    },
};
use proto::{
    fact::v1::{Fact, MatterRaised, RatingSubmitted, fact::Body},
    ticketing::v1::{
        Acceptance, Assignment, Closing, Contact, Feedback, FollowUp, Means, Rectification, Report,
        Ticket, Verification, step::Act,
    },
    r#type::v1::{Channel, Level, MatterKind, Origin, ServiceAct, Stage},
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::{
    Migrator,
    app::ticket::take_step::{StepRequest, take_step},
    error::Error,
    state::{NAME, Ticketing},
};

pub(crate) struct Fixture {
    pub(crate) ticketing: Ticketing,
    _place: TestPlace,
}

pub(crate) fn handler(agency: &str) -> Officer {
    principal("handler", Caller::Handler { region: REGION.to_owned(), agency: agency.to_owned() })
}

pub(crate) fn authority(region: &str) -> Officer {
    principal("authority", Caller::Authority { region: region.to_owned() })
}

/// A new request id.
pub(crate) fn request_id() -> String {
    Clock::System.new_id().to_string()
}

/// A refusal of an RPC: the code and the stable reason.
pub(crate) fn refusal<T: std::fmt::Debug>(answer: Result<T, Error>) -> (Code, String) {
    let status = Status::from(answer.unwrap_err());
    let reason = status.get_error_details().error_info().unwrap().reason.clone();
    (status.code(), reason)
}

/// A step with all its required content.
pub(crate) fn assign() -> Act {
    Act::Assignment(Assignment { assignee: "652301-s01".to_owned() })
}

pub(crate) fn contact() -> Act {
    let note = "示例回访记录".to_owned();
    Act::Contact(Contact { means: Means::Phone.into(), reached: true, note })
}

pub(crate) fn verify(finding: proto::r#type::v1::Finding) -> Act {
    let complex = finding == proto::r#type::v1::Finding::Complex;
    let when_complex = |text: &str| {
        if complex { text.to_owned() } else { String::new() }
    };
    Act::Verification(Verification {
        finding: finding.into(),
        reason: "示例核实理由".to_owned(),
        plan: when_complex("示例整改计划"),
        carry_out_by: when_complex("2026-04-30"),
        ..Verification::default()
    })
}

pub(crate) fn rectify() -> Act {
    let (measures, evidence) = ("示例整改措施".to_owned(), "示例佐证".to_owned());
    Act::Rectification(Rectification { measures, evidence, document_ids: Vec::new() })
}

pub(crate) fn feed_back() -> Act {
    Act::Feedback(Feedback { means: Means::Online.into(), summary: "示例反馈".to_owned() })
}

pub(crate) fn report() -> Act {
    Act::Report(Report { summary: "示例办理结果".to_owned() })
}

/// The steps of a clear claim from the assignment to the closing.
pub(crate) fn to_closed() -> Vec<Act> {
    let clear = verify(proto::r#type::v1::Finding::Clear);
    vec![assign(), contact(), clear, rectify(), feed_back(), report(), accept(), close()]
}

pub(crate) fn accept() -> Act {
    Act::Acceptance(Acceptance { opinion: String::new() })
}

pub(crate) fn close() -> Act {
    Act::Closing(Closing {})
}

pub(crate) fn follow_up(satisfied: bool) -> Act {
    let note = "示例回访记录".to_owned();
    Act::FollowUp(FollowUp { means: Means::Sms.into(), satisfied, note, not_reached: false })
}

impl Fixture {
    /// Monday, 2 March 2026, nine o'clock in Changji's time zone.
    pub(crate) async fn new() -> Self {
        let place = TestPlace::new().await;
        let clock = Clock::manual("2026-03-02T01:00:00Z".parse().unwrap());
        let shell = Shell::new(&Keys::make(), clock, Bus::embedded()).unwrap();
        let store = place.store::<Migrator>(NAME).await;
        let reference = seed_reference(&store).await;
        Self { ticketing: Ticketing::new(store, shell, reference), _place: place }
    }

    /// The same in a region under one of the shipped profiles.
    pub(crate) async fn under(profile: &str) -> Self {
        let place = TestPlace::new().await;
        let clock = Clock::manual("2026-03-02T01:00:00Z".parse().unwrap());
        let shell = Shell::new(&Keys::make(), clock, Bus::embedded()).unwrap();
        let store = place.store::<Migrator>(NAME).await;
        let reference = seed_reference_under(&store, profile).await;
        Self { ticketing: Ticketing::new(store, shell, reference), _place: place }
    }

    pub(crate) fn at(&self, at: &str) {
        self.ticketing.shell.clock.set(at.parse().unwrap());
    }

    /// A rating received now, as intake sends it.
    pub(crate) fn rating(&self, act_id: Uuid, level: Level) -> RatingSubmitted {
        let clock = &self.ticketing.shell.clock;
        RatingSubmitted {
            rating_id: clock.new_id().to_string(),
            act: Some(ServiceAct {
                act_id: act_id.to_string(),
                case_id: clock.new_id().to_string(),
                stage: Stage::Completion.into(),
                service_number: 1,
                region_code: REGION.to_owned(),
                agency_id: AGENCY.to_owned(),
                item_code: ON_THE_SPOT_ITEM.to_owned(),
                item_version: 1,
                served_at: Some(to_wire(clock.now())),
                policy: "changji-2020@3".to_owned(),
                ..ServiceAct::default()
            }),
            level: level.into(),
            channel: Channel::Kiosk.into(),
            origin: Origin::Active.into(),
            real_name: true,
            received_at: Some(to_wire(clock.now())),
            ..RatingSubmitted::default()
        }
    }

    /// A complaint received now that names its agency and asks for a ticket, as intake sends it.
    pub(crate) fn matter(&self) -> MatterRaised {
        let clock = &self.ticketing.shell.clock;
        MatterRaised {
            matter_id: clock.new_id().to_string(),
            kind: MatterKind::Complaint.into(),
            source: "hotline_12345".to_owned(),
            original_number: "示例-0001".to_owned(),
            region_code: REGION.to_owned(),
            agency_id: AGENCY.to_owned(),
            item_code: ON_THE_SPOT_ITEM.to_owned(),
            wants_ticket: true,
            real_name: true,
            received_at: Some(to_wire(clock.now())),
            ..MatterRaised::default()
        }
    }

    /// Applies a fact of intake; returns the facts ticketing wrote because of it.
    pub(crate) async fn try_apply(&self, body: Body) -> Result<Vec<Body>, Obstacle> {
        let applied = self.apply_together(vec![body]).await;
        match applied.left.into_iter().next() {
            Some((_, left)) => Err(left),
            None => Ok(applied.told.into_iter().map(|(_, body)| body).collect()),
        }
    }

    /// Applies facts of intake together; returns the result, after writing facts as a follower
    /// does.
    pub(crate) async fn apply_together(&self, bodies: Vec<Body>) -> ApplyOutcome {
        let facts = bodies.into_iter().zip(1..).map(|(body, position)| Fact {
            position,
            producer: "intake".to_owned(),
            body: Some(body),
            ..Fact::default()
        });
        let facts: Vec<Fact> = facts.collect();
        let txn = self.ticketing.store.begin().await.unwrap();
        let applied = self.ticketing.consumer().apply(&txn, &facts).await.unwrap();
        let told = applied.told.iter().map(|(_, body)| body.clone()).collect();
        facts::commit(txn, &self.ticketing.shell.clock, told).await.unwrap();
        applied
    }

    /// Applies a rating's fact.
    pub(crate) async fn apply(&self, rating: &RatingSubmitted) -> Vec<Body> {
        self.try_apply(Body::RatingSubmitted(rating.clone())).await.unwrap()
    }

    /// The ticket of a matter.
    pub(crate) async fn ticket_of(&self, matter: &MatterRaised) -> String {
        let told = self.try_apply(Body::MatterRaised(matter.clone())).await.unwrap();
        let [Body::TicketOpened(opened)] = told.as_slice() else { panic!("{told:?}") };
        opened.ticket_id.clone()
    }

    /// A ticket opened by a 非常不满意 received now.
    pub(crate) async fn ticket(&self) -> String {
        let act_id = self.ticketing.shell.clock.new_id();
        let rating = self.rating(act_id, Level::VeryDissatisfied);
        match self.apply(&rating).await.as_slice() {
            [Body::TicketOpened(opened)] => opened.ticket_id.clone(),
            other => panic!("{other:?}"),
        }
    }

    /// Takes a step as the office that takes it under this profile.
    pub(crate) async fn step(&self, ticket_id: &str, step: Act) -> Result<Ticket, Status> {
        let by_authority = matches!(
            step,
            Act::Acceptance(_)
                | Act::FollowUp(_)
                | Act::Dispatch(_)
                | Act::Return(_)
                | Act::Decision(_)
                | Act::Urging(_)
        );
        let caller = if by_authority { authority(REGION) } else { handler(AGENCY) };
        self.step_by(&caller, ticket_id, step).await
    }

    /// Takes a step as this officer.
    pub(crate) async fn step_by(
        &self,
        caller: &Officer,
        ticket_id: &str,
        step: Act,
    ) -> Result<Ticket, Status> {
        let request_id = request_id();
        let asked = StepRequest {
            rpc: "Step",
            request_id: &request_id,
            ticket_id,
            field: "step",
            step: Some(step),
            request: &(),
        };
        take_step(&self.ticketing, caller, asked).await.map_err(Status::from)
    }

    /// Takes steps that must all succeed; returns the ticket after the last.
    pub(crate) async fn steps(&self, ticket_id: &str, steps: Vec<Act>) -> Ticket {
        let mut ticket = Ticket::default();
        for step in steps {
            ticket = self.step(ticket_id, step).await.unwrap();
        }
        ticket
    }
}
