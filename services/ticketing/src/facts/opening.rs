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
    calendar::Calendar,
    canary::is_robots,
    deadline::{day_of, iso_date},
    level::Level,
    profile::Profile,
    ticket::Opening as DomainOpening,
};
use jiff::Timestamp;
use platform::{
    clock::Clock,
    convert::{self, Meaningless, to_wire},
    crypto::Sealer,
    database::Txn,
    facts::{
        consume::{ApplyOutcome, Obstacle},
        place_of,
    },
    reference::{Reference, Snapshot},
};
use proto::{
    fact::v1::{
        Fact, MatterRaised, RatingJoinedTicket, RatingSubmitted, TicketStepped, fact::Body,
    },
    ticketing::v1::{NewBeginning, Step, step::Act},
    r#type::v1::{Level as WireLevel, MatterKind, Origin, ServiceAct},
};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::{
    convert::ticket::{
        NewTicket, finding_of, missed, next_due_on, open, opening_of, put_into_rows,
        relapses_since, state_to_wire, ticket_from_rows,
    },
    entity::{TicketRows, ticket_rating},
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
    sealer: &Sealer,
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
            Ok(bodies) => {
                applied.told.extend(bodies.into_iter().map(|body| (opening.fact.position, body)));
            }
            Err(left) => applied.left.push((opening.fact.position, left)),
        }
    }
    let mut new = Vec::new();
    for id in written.tickets {
        new.extend(known.take(id));
    }
    store::ticket::insert_tickets(txn, new).await?;
    store::ticket::insert_ratings(txn, written.ratings).await?;
    for (before, step) in written.begun_again {
        let id = before.ticket.id;
        let Some(rows) = known.take(id) else { continue };
        if !store::ticket::update_ticket(txn, &before, &rows).await? {
            return Err(DbErr::RecordNotUpdated);
        }
        store::ticket::insert_steps(txn, sealer, &[(id, step.clone())])
            .await
            .map_err(|failure| DbErr::Type(failure.to_string()))?;
    }
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
    // Nobody is to be answered, and nothing to be put right (S07).
    if is_robots(&act.item_code) {
        return Ok(None);
    }
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
    tickets: HashMap<Uuid, TicketRows>,
    /// The tickets of an act, in the order of their opening.
    of_acts: HashMap<Uuid, Vec<Uuid>>,
    /// The last ticket that was closed, by item and window.
    closed: HashMap<(String, String), (i64, Uuid)>,
}

/// What must be written.
#[derive(Default)]
struct OpeningRows {
    tickets: Vec<Uuid>,
    ratings: Vec<ticket_rating::Model>,
    /// Tickets as they were before a rating began them again, and the step that did.
    begun_again: Vec<(TicketRows, Step)>,
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
        let (mut tickets, mut of_acts) = (HashMap::new(), HashMap::<Uuid, Vec<Uuid>>::new());
        let found = store::ticket::tickets_of_acts(txn, acts).await?;
        // A linked one is handled in another.
        let mains = found.iter().filter_map(|rows| rows.ticket.main_ticket_id);
        for id in mains.collect::<BTreeSet<Uuid>>() {
            tickets.extend(store::ticket::locked(txn, id).await?.map(|rows| (id, rows)));
        }
        for rows in found {
            of_acts.entry(rows.ticket.act_id).or_default().push(rows.ticket.id);
            tickets.insert(rows.ticket.id, rows);
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
        let places = openings.iter().filter_map(Opening::place).collect();
        let first = openings.iter().map(|opening| opening.received_at).min();
        let since = first.map_or(i64::MAX, relapses_since);
        let closed = store::ticket::closed_since(txn, &places, since).await?;
        Ok(Self { catalog: reference.now(), ticketed, tickets, of_acts, closed })
    }

    /// A ticket, to be written.
    fn take(&mut self, id: Uuid) -> Option<TicketRows> {
        self.tickets.remove(&id)
    }

    /// What an opening leads to: it joins the act's open ticket if there is one (T17), else it opens
    /// one.
    fn decide(
        &mut self,
        clock: &Clock,
        opening: &Opening<'_>,
        written: &mut OpeningRows,
    ) -> Result<Vec<Body>, Obstacle> {
        let of_act = self.of_acts.get(&opening.act_id).map_or(&[][..], Vec::as_slice);
        let (said, matter) = match &opening.cause {
            OpeningCause::Matter(_) if !of_act.is_empty() => return Ok(Vec::new()),
            OpeningCause::Matter(matter) => (self.of_matter(opening, matter)?, Some(*matter)),
            OpeningCause::Rating { id, .. } if self.ticketed.contains(id) => {
                return Ok(Vec::new());
            }
            OpeningCause::Rating { id, said, .. } => match self.open_ticket(of_act)? {
                Some(ticket_id) => return self.join(clock, opening, *id, ticket_id, written),
                None => ((*said).clone(), None),
            },
        };
        let (rows, opened) = self.open(clock, opening, said, matter)?;
        let id = rows.ticket.id;
        if let OpeningCause::Rating { id: rating, .. } = &opening.cause {
            self.ticketed.insert(*rating);
            written.ratings.push(belongs(opening, *rating, id));
        }
        self.of_acts.entry(opening.act_id).or_default().push(id);
        self.tickets.insert(id, rows);
        written.tickets.push(id);
        Ok(vec![opened])
    }

    /// The open ticket among those of an act, or the open one that handles it.
    fn open_ticket(&self, of_act: &[Uuid]) -> Result<Option<Uuid>, Obstacle> {
        for id in of_act {
            let Some(rows) = self.tickets.get(id) else { continue };
            let main = rows.ticket.main_ticket_id.and_then(|main| self.tickets.get(&main));
            let rows = main.unwrap_or(rows);
            let ticket = ticket_from_rows(rows).map_err(|e| Obstacle::Broken(e.to_string()))?;
            if ticket.takes_ratings() {
                return Ok(Some(rows.ticket.id));
            }
        }
        Ok(None)
    }

    /// A further negative rating joins an open ticket; after the answer it begins it again.
    fn join(
        &mut self,
        clock: &Clock,
        opening: &Opening<'_>,
        rating: Uuid,
        ticket_id: Uuid,
        written: &mut OpeningRows,
    ) -> Result<Vec<Body>, Obstacle> {
        let OpeningCause::Rating { said, .. } = &opening.cause else { return Ok(Vec::new()) };
        let mut facts = vec![Body::RatingJoinedTicket(RatingJoinedTicket {
            ticket_id: ticket_id.to_string(),
            rating_id: rating.to_string(),
            private: said.private,
        })];
        let Some(rows) = self.tickets.get(&ticket_id) else { return Ok(Vec::new()) };
        let act = convert_act(rows)?;
        let (profile, calendar) = self.law(&act)?;
        let mut ticket = ticket_from_rows(rows).map_err(|e| Obstacle::Broken(e.to_string()))?;
        let again = ticket.join(opening.received_at, profile, &calendar);
        if again.map_err(beyond_the_calendar)? {
            let (before, at) = (rows.clone(), clock.now());
            let mut now = before.clone();
            put_into_rows(&ticket, &mut now);
            let sequence = ticket.sequence;
            let act = Act::NewBeginning(NewBeginning { rating_id: rating.to_string() });
            let step = Step { sequence, at: Some(to_wire(at)), by: String::new(), act: Some(act) };
            facts.push(Body::TicketStepped(TicketStepped {
                ticket_id: ticket_id.to_string(),
                sequence,
                state: state_to_wire(ticket.state).into(),
                finding: finding_of(ticket.state).into(),
                at: Some(to_wire(at)),
                followed_up: false,
                began_again: true,
                missed: missed(&ticket, at),
                next_due_on: next_due_on(&ticket),
                agency_id: ticket.agency.clone(),
            }));
            self.tickets.insert(ticket_id, now);
            written.begun_again.push((before, step));
        }
        self.ticketed.insert(rating);
        written.ratings.push(belongs(opening, rating, ticket_id));
        Ok(facts)
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
    ) -> Result<(TicketRows, Body), Obstacle> {
        let act = said.act.clone().unwrap_or_default();
        let (profile, calendar) = self.law(&act)?;
        let since = relapses_since(opening.received_at);
        let closed = opening.place().and_then(|place| self.closed.get(&place));
        let relapse_of = closed.filter(|(closed_at, _)| *closed_at >= since).map(|(_, id)| *id);
        let real_name = said.real_name;
        let new = NewTicket {
            opening: match matter {
                None => DomainOpening::Rating { real_name },
                Some(matter) => opening_of_matter(matter, real_name)?,
            },
            act_id: opening.act_id,
            said,
            matter,
            place: matter.map(|_| place_of(opening.fact)),
            upper_number: None,
            received_at: opening.received_at,
            relapse_of,
        };
        open(clock, profile, &calendar, new).map_err(beyond_the_calendar)
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

impl Opening<'_> {
    /// The item and the window, where both are known: where a complaint can come again.
    fn place(&self) -> Option<(String, String)> {
        let OpeningCause::Rating { said, .. } = &self.cause else { return None };
        let act = said.act.as_ref()?;
        let known = !act.item_code.is_empty() && !act.window_id.is_empty();
        known.then(|| (act.item_code.clone(), act.window_id.clone()))
    }
}

fn opening_of_matter(matter: &MatterRaised, real_name: bool) -> Result<DomainOpening, Obstacle> {
    if matter.kind() == MatterKind::SurveyProblem {
        return Ok(DomainOpening::Problem);
    }
    let day = Some(matter.hotline_due_on.as_str()).filter(|day| !day.is_empty());
    let day = day.map(iso_date).transpose().map_err(|why| broken(Meaningless(why)))?;
    Ok(DomainOpening::Matter { real_name, hotline_due_on: day })
}

fn convert_act(rows: &TicketRows) -> Result<ServiceAct, Obstacle> {
    let said = opening_of(&rows.ticket);
    Ok(said.map_err(|e| Obstacle::Broken(e.to_string()))?.act.unwrap_or_default())
}

fn beyond_the_calendar(error: domain::calendar::OutOfRange) -> Obstacle {
    Obstacle::Waits(format!("a calendar that reaches far enough: {error}"))
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
