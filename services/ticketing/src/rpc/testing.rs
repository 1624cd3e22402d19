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
        AGENCY, ON_THE_SPOT_ITEM, REGION, TestPlace, principal, seed_reference_under, tell,
        unit_published,
    },
};
use proto::{
    catalog::v1::{Unit, UnitKind},
    fact::v1::{Fact, MatterRaised, RatingSubmitted, TicketStepped, fact::Body},
    ticketing::v1::{
        Acceptance, Assignment, Closing, Contact, Feedback, FollowUp, GetTicketRequest, Means,
        Rectification, Report, TakingOver, Ticket, Verification, step::Act,
    },
    r#type::v1::{Channel, DeadlineEnd, Level, MatterKind, Origin, ServiceAct, Stage},
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

/// Another agency of the region, and a staff member of it.
pub(crate) const OTHER_AGENCY: &str = "652301-a04";
pub(crate) const OTHER_STAFF: &str = "652301-s04";

pub(crate) struct Fixture {
    pub(crate) ticketing: Ticketing,
    /// The policy that ratings are bound to.
    policy: String,
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

/// A request with what is tried around it.
pub(crate) struct Asked<R> {
    pub(crate) request: R,
    /// Who may.
    pub(crate) by: Officer,
    /// Who may not, and the stable reason.
    pub(crate) never: Vec<(Officer, &'static str)>,
    /// The request with something wrong, and what is said of it.
    pub(crate) wrong: Vec<(R, &'static [&'static str])>,
}

/// Everything that is wrong with a request, by its fields.
pub(crate) fn all_wrong(status: &Status) -> String {
    let details = status.get_error_details();
    let wrong = details.bad_request().unwrap().field_violations.clone();
    let wrong = wrong.iter().map(|wrong| format!("{}: {}", wrong.field, wrong.description));
    wrong.collect::<Vec<_>>().join("; ")
}

/// Sends a request as whoever may not, with what is wrong, and twice; returns the ticket in its
/// answer.
pub(crate) async fn once<R: Clone>(
    call: impl AsyncFn(Officer, R) -> Result<Ticket, Error>,
    asked: Asked<R>,
) -> Ticket {
    for (stranger, reason) in asked.never {
        let (_, said) = refusal(call(stranger.clone(), asked.request.clone()).await);
        assert_eq!(said, reason, "{}", stranger.id());
    }
    for (wrong, words) in asked.wrong {
        let said = Status::from(call(asked.by.clone(), wrong).await.unwrap_err());
        assert_eq!(said.code(), Code::InvalidArgument, "{said}");
        let said = all_wrong(&said);
        assert!(words.iter().all(|words| said.contains(words)), "{words:?}: {said}");
    }
    let first = call(asked.by.clone(), asked.request.clone()).await.unwrap();
    let again = call(asked.by.clone(), asked.request).await.unwrap();
    assert_eq!(again, first, "a repeat is answered the same");
    assert_eq!(first.steps.len(), 1);
    assert_eq!(first.steps[0].by, asked.by.id());
    first
}

/// The deadlines of a ticket that run: act and day.
pub(crate) fn running(ticket: &Ticket) -> Vec<String> {
    let runs = ticket.deadlines.iter().filter(|due| due.end() == DeadlineEnd::Running);
    runs.map(|due| format!("{} {}", due.act, due.due_on)).collect()
}

/// A step with all its required content.
pub(crate) fn assign() -> Act {
    assign_to("652301-s01")
}

pub(crate) fn assign_to(assignee: &str) -> Act {
    Act::Assignment(Assignment { assignee: assignee.to_owned() })
}

pub(crate) fn take_over() -> Act {
    Act::TakingOver(TakingOver {})
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
        Self::under("changji-2020").await
    }

    /// The same under another of the shipped profiles.
    pub(crate) async fn under(profile: &str) -> Self {
        let place = TestPlace::new().await;
        let clock = Clock::manual("2026-03-02T01:00:00Z".parse().unwrap());
        let shell = Shell::new(&Keys::make(), clock, Bus::embedded()).unwrap();
        let store = place.store::<Migrator>(NAME).await;
        let reference = seed_reference_under(&store, profile).await;
        let other = Unit { region_code: REGION.to_owned(), ..Unit::default() };
        let (agency, staff) = (OTHER_AGENCY.to_owned(), OTHER_STAFF.to_owned());
        let units = [
            Unit {
                unit_id: agency.clone(),
                kind: UnitKind::Agency.into(),
                name: format!("示例机构 {agency}"),
                ..other.clone()
            },
            Unit { unit_id: staff, kind: UnitKind::Staff.into(), agency_id: agency, ..other },
        ];
        tell(&store, units.map(|unit| unit_published(&[unit])).into()).await;
        reference.refresh().await.unwrap();
        let today = domain::deadline::day_of(shell.clock.now());
        let policy = reference.now().profile_on(REGION, today).unwrap().policy();
        Self { ticketing: Ticketing::new(store, shell, reference), policy, _place: place }
    }

    /// Every fact written so far.
    pub(crate) async fn told(&self) -> Vec<Body> {
        let told = facts::list(&self.ticketing.store, 0, 10_000).await.unwrap();
        told.into_iter().filter_map(|fact| fact.body).collect()
    }

    /// The facts that the last step wrote; they follow its own.
    pub(crate) async fn last_step(&self) -> (TicketStepped, Vec<Body>) {
        let mut after = Vec::new();
        for body in self.told().await.into_iter().rev() {
            match body {
                Body::TicketStepped(stepped) => return (stepped, after),
                other => after.insert(0, other),
            }
        }
        panic!("no step was taken");
    }

    /// A ticket as an officer reads it.
    pub(crate) async fn read(&self, caller: Officer, ticket_id: &str) -> Result<Ticket, Error> {
        let request = GetTicketRequest { ticket_id: ticket_id.to_owned(), before_step: 0 };
        let read = crate::rpc::ticket::get_ticket::run(&self.ticketing, caller, request).await?;
        Ok(read.ticket.unwrap())
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
                policy: self.policy.clone(),
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
            seen: None,
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
