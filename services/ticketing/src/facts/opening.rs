//! What opens a ticket: a negative rating that a rater gave, or a matter that asks for one. Facts
//! are applied in batches: what is known of them is read once, each is decided in turn on the
//! result of those before it, and all is written once.
//!
//! A matter's ticket has the profile in force on the day the matter was received, and waits for its
//! agency: the catalog sends profiles before units, so with the agency the profile is known.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use domain::{
    calendar::Calendar, deadline::day_of, level::Level, profile::Profile, ticket::Ticket,
};
use jiff::Timestamp;
use platform::{
    clock::Clock,
    convert::{self, Meaningless, to_wire},
    database::Txn,
    facts::{
        consume::{ApplyOutcome, Obstacle},
        place_of,
    },
    reference::{Reference, Snapshot},
};
use prost::Message as _;
use proto::{
    fact::v1::{Fact, MatterRaised, RatingJoinedTicket, RatingSubmitted, TicketOpened, fact::Body},
    r#type::v1::{Level as WireLevel, Origin, ServiceAct},
};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::{
    convert::ticket::{put_into_row, ticket_from_row},
    entity::{ticket, ticket_rating},
    store,
};

/// What opens a ticket, or joins one.
struct Opening<'a> {
    fact: &'a Fact,
    /// The service act, or the matter.
    act_id: Uuid,
    received_at: Timestamp,
    /// Who served there, if that is known.
    staff_id: Option<String>,
    cause: OpeningCause<'a>,
}

enum OpeningCause<'a> {
    Rating { id: Uuid, policy: String, said: &'a RatingSubmitted },
    Matter(&'a MatterRaised),
}

/// Applies facts of intake.
pub(super) async fn apply(
    clock: &Clock,
    reference: &Reference,
    txn: &Txn,
    told: &[Fact],
) -> Result<ApplyOutcome, DbErr> {
    let mut applied = ApplyOutcome::default();
    let mut openings = Vec::new();
    for fact in told {
        match opening(fact) {
            Ok(opening) => openings.extend(opening),
            Err(left) => applied.left.push((fact.position, left)),
        }
    }
    if openings.is_empty() {
        return Ok(applied);
    }
    let mut known = OpeningContext::load(reference, txn, &openings).await?;
    let mut written = OpeningRows::default();
    for opening in &openings {
        match known.decide(clock, opening, &mut written) {
            Ok(body) => applied.told.extend(body.map(|body| (opening.fact.position, body))),
            Err(left) => applied.left.push((opening.fact.position, left)),
        }
    }
    store::ticket::insert_tickets(txn, written.tickets).await?;
    store::ticket::insert_ratings(txn, written.ratings).await?;
    Ok(applied)
}

fn broken(why: Meaningless) -> Obstacle {
    Obstacle::Broken(why.to_string())
}

/// What a fact opens or joins; nothing if neither.
fn opening(fact: &Fact) -> Result<Option<Opening<'_>>, Obstacle> {
    match &fact.body {
        Some(Body::RatingSubmitted(said)) => rating(fact, said),
        Some(Body::MatterRaised(matter)) => self::matter(fact, matter),
        _ => Ok(None),
    }
}

/// Every negative rating given by a rater belongs to exactly one ticket as soon as it is known
/// (T01). A positive one changes nothing. A default one was given by nobody, and an imported one
/// was handled elsewhere.
fn rating<'a>(fact: &'a Fact, said: &'a RatingSubmitted) -> Result<Option<Opening<'a>>, Obstacle> {
    match Origin::try_from(said.origin) {
        Ok(Origin::Active | Origin::Paper) => {}
        Ok(Origin::Default | Origin::Imported) => return Ok(None),
        Ok(Origin::Unspecified) => return Err(broken(Meaningless("is no origin"))),
        Err(_) => return Err(Obstacle::Unknown(format!("the origin {}", said.origin))),
    }
    if WireLevel::try_from(said.level).is_err() {
        return Err(Obstacle::Unknown(format!("the level {}", said.level)));
    }
    let level: Level = convert::level(said.level).map_err(broken)?;
    if !level.is_negative() {
        return Ok(None);
    }
    let no_uuid = |_| Obstacle::Broken("rating_id is no UUID".to_owned());
    let id: Uuid = said.rating_id.parse().map_err(no_uuid)?;
    let act = said.act.clone().ok_or(Meaningless("the act is missing"));
    let act = act.and_then(convert::act).map_err(broken)?;
    let received_at = convert::instant_of(said.received_at.as_ref()).map_err(broken)?;
    let cause = OpeningCause::Rating { id, policy: act.policy, said };
    Ok(Some(Opening { fact, act_id: act.id.0, received_at, staff_id: act.staff_id, cause }))
}

/// A public review, a complaint or a survey's problem that asks for a ticket gets one (I17, I18,
/// I25).
fn matter<'a>(fact: &'a Fact, matter: &'a MatterRaised) -> Result<Option<Opening<'a>>, Obstacle> {
    if !matter.wants_ticket {
        return Ok(None);
    }
    let no_uuid = |_| Obstacle::Broken("matter_id is no UUID".to_owned());
    let act_id: Uuid = matter.matter_id.parse().map_err(no_uuid)?;
    if matter.level != 0 {
        convert::level(matter.level).map_err(broken)?;
    }
    if matter.agency_id.is_empty() {
        return Err(broken(Meaningless("the agency is missing")));
    }
    let received_at = convert::instant_of(matter.received_at.as_ref()).map_err(broken)?;
    let staff_id = Some(matter.staff_id.clone()).filter(|id| !id.is_empty());
    Ok(Some(Opening { fact, act_id, received_at, staff_id, cause: OpeningCause::Matter(matter) }))
}

/// What is known of some openings before the decision, and what each of them adds.
struct OpeningContext {
    catalog: Arc<Snapshot>,
    ticketed: HashSet<Uuid>,
    tickets: HashMap<Uuid, Vec<ticket::Model>>,
}

/// What must be written.
#[derive(Default)]
struct OpeningRows {
    tickets: Vec<ticket::Model>,
    ratings: Vec<ticket_rating::Model>,
}

impl OpeningContext {
    async fn load(
        reference: &Reference,
        txn: &Txn,
        openings: &[Opening<'_>],
    ) -> Result<Self, DbErr> {
        let acts: BTreeSet<Uuid> = openings.iter().map(|opening| opening.act_id).collect();
        let ratings = openings.iter().filter_map(|opening| match &opening.cause {
            OpeningCause::Rating { id, .. } => Some(*id),
            OpeningCause::Matter(_) => None,
        });
        let ticketed = store::ticket::with_ticket(txn, ratings.collect()).await?;
        let mut tickets: HashMap<Uuid, Vec<ticket::Model>> = HashMap::new();
        for row in store::ticket::tickets_of_acts(txn, acts).await? {
            tickets.entry(row.act_id).or_default().push(row);
        }
        // There is no order between producers: a rating may come before the profile it is bound to,
        // and a matter before its agency.
        let knows_all = |known: &Snapshot| {
            openings.iter().all(|opening| match &opening.cause {
                OpeningCause::Rating { policy, .. } => known.policy(policy).is_some(),
                OpeningCause::Matter(matter) => known.knows_unit(&matter.agency_id),
            })
        };
        if !knows_all(&reference.now()) {
            reference.refresh().await?;
        }
        Ok(Self { catalog: reference.now(), ticketed, tickets })
    }

    /// What an opening leads to: it joins the act's open ticket if there is one (T17), else it opens
    /// one.
    fn decide(
        &mut self,
        clock: &Clock,
        opening: &Opening<'_>,
        written: &mut OpeningRows,
    ) -> Result<Option<Body>, Obstacle> {
        let tickets = self.tickets.get(&opening.act_id).map_or(&[][..], Vec::as_slice);
        let (said, matter) = match &opening.cause {
            OpeningCause::Matter(_) if !tickets.is_empty() => return Ok(None),
            OpeningCause::Matter(matter) => (self.of_matter(opening, matter)?, Some(*matter)),
            OpeningCause::Rating { id, .. } if self.ticketed.contains(id) => return Ok(None),
            OpeningCause::Rating { id, said, .. } => {
                for row in tickets {
                    let known =
                        ticket_from_row(row).map_err(|e| Obstacle::Broken(e.to_string()))?;
                    if known.state.takes_ratings() {
                        let ticket_id = row.id;
                        self.ticketed.insert(*id);
                        written.ratings.push(belongs(opening, *id, ticket_id));
                        return Ok(Some(Body::RatingJoinedTicket(RatingJoinedTicket {
                            ticket_id: ticket_id.to_string(),
                            rating_id: id.to_string(),
                            private: said.private,
                        })));
                    }
                }
                ((*said).clone(), None)
            }
        };
        let (row, opened) = self.open(clock, opening, said, matter)?;
        if let OpeningCause::Rating { id, .. } = &opening.cause {
            self.ticketed.insert(*id);
            written.ratings.push(belongs(opening, *id, row.id));
        }
        self.tickets.entry(opening.act_id).or_default().push(row.clone());
        written.tickets.push(row);
        Ok(Some(opened))
    }

    /// A matter in the parts it shares with a rating, by the profile in force in its region on the
    /// day it was received.
    fn of_matter(
        &self,
        opening: &Opening<'_>,
        matter: &MatterRaised,
    ) -> Result<RatingSubmitted, Obstacle> {
        let (region, agency) = (&matter.region_code, &matter.agency_id);
        // The catalog sends profiles before units: if the agency is known, so is its region's
        // profile.
        if !self.catalog.knows_unit(agency) {
            return Err(Obstacle::Waits(format!("the agency {agency}")));
        }
        let day = day_of(opening.received_at);
        let profile = self.catalog.profile_on(region, day);
        let profile = profile
            .ok_or_else(|| Obstacle::Waits(format!("a profile in force in {region} on {day}")))?;
        let act = ServiceAct {
            act_id: opening.act_id.to_string(),
            case_id: Uuid::nil().to_string(),
            region_code: region.clone(),
            agency_id: agency.clone(),
            item_code: matter.item_code.clone(),
            staff_id: opening.staff_id.clone().unwrap_or_default(),
            policy: profile.policy(),
            ..ServiceAct::default()
        };
        Ok(RatingSubmitted {
            act: Some(act),
            level: matter.level,
            real_name: matter.real_name,
            private: matter.private,
            received_at: matter.received_at,
            ..RatingSubmitted::default()
        })
    }

    /// A new ticket, and its fact.
    fn open(
        &self,
        clock: &Clock,
        opening: &Opening<'_>,
        said: RatingSubmitted,
        matter: Option<&MatterRaised>,
    ) -> Result<(ticket::Model, Body), Obstacle> {
        let act = said.act.clone().unwrap_or_default();
        let (profile, calendar) = self.law(&act)?;
        let ticket = Ticket::open(said.real_name, opening.received_at, profile, &calendar)
            .map_err(|error| {
                Obstacle::Waits(format!("a calendar that reaches far enough: {error}"))
            })?;
        let opened_at = clock.now();
        let at = place_of(opening.fact);
        let mut row = ticket::Model {
            id: clock.new_id(),
            act_id: opening.act_id,
            region_code: act.region_code.clone(),
            agency_id: act.agency_id.clone(),
            real_name: said.real_name,
            opened_at: opened_at.as_microsecond(),
            clock_started_at: 0,
            state: 0,
            finding: 0,
            sequence: 0,
            due_at: 0,
            opening: said.encode_to_vec(),
            deadlines: Vec::new(),
            matter: matter.map(MatterRaised::encode_to_vec),
            fact_position: matter.map(|_| at.position),
            fact_id: matter.map(|_| at.fact_id),
        };
        put_into_row(&ticket, &mut row);
        let opened = Body::TicketOpened(TicketOpened {
            ticket_id: row.id.to_string(),
            rating_id: said.rating_id,
            act: Some(act),
            level: said.level,
            channel: said.channel,
            real_name: said.real_name,
            private: said.private,
            opened_at: Some(to_wire(opened_at)),
            matter_id: matter.map(|matter| matter.matter_id.clone()).unwrap_or_default(),
        });
        Ok((row, opened))
    }

    fn law(&self, act: &ServiceAct) -> Result<(&Profile, Calendar), Obstacle> {
        let profile = self.catalog.policy(&act.policy);
        let profile =
            profile.ok_or_else(|| Obstacle::Waits(format!("the profile {}", act.policy)))?;
        let calendar = self.catalog.calendar();
        let calendar = calendar.ok_or_else(|| Obstacle::Waits("the calendar".to_owned()))?;
        Ok((profile, calendar.of(&act.region_code)))
    }
}

fn belongs(opening: &Opening<'_>, rating_id: Uuid, ticket_id: Uuid) -> ticket_rating::Model {
    let at = place_of(opening.fact);
    ticket_rating::Model {
        rating_id,
        ticket_id,
        received_at: opening.received_at.as_microsecond(),
        fact_position: Some(at.position),
        fact_id: Some(at.fact_id),
        staff_id: opening.staff_id.clone(),
    }
}
