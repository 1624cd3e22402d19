//! Turns a step into the service act that can be rated, if the profile has that step rated (I11).

use domain::{
    calendar::Calendar,
    case::Stage,
    deadline::{Deadline, day_of},
    id::{ActId, CaseId},
    item::Item,
    offer::{Mode, Service, composite, is_offered, is_rateable, window as window_of},
    profile::Profile,
    rating::{InvolvedAgency, ServiceAct},
};
use jiff::Timestamp;
use platform::{
    clock::instant, convert::stage_to_wire, reference::Snapshot, shell::Shell, status::Failure,
};
use proto::{fact::v1::fact::Body, intake::v1::ServiceMode};
use uuid::Uuid;

use crate::{
    convert::{
        case::{act_parts_to_row, act_to_row, involved_from_row},
        to_column,
    },
    entity::{case_file, case_step, service_act},
    error::Error,
    facts::rating_invited,
};

/// A service that was given.
pub(crate) struct GivenService {
    pub(crate) stage: Stage,
    pub(crate) number: u32,
    /// The agency that gave it, if not the case's own.
    pub(crate) agency_id: Option<String>,
    /// The region it is rated in, if not the case's own.
    pub(crate) region_code: Option<String>,
    pub(crate) window_id: Option<String>,
    pub(crate) staff_id: Option<String>,
    /// Whether the catalog does not have this person at that window.
    pub(crate) staff_unconfirmed: bool,
    pub(crate) hall_id: Option<String>,
    pub(crate) platform_id: Option<String>,
    /// When it was given, as the business system reports it; none where this system gave it.
    pub(crate) reported_at: Option<Timestamp>,
}

impl GivenService {
    /// A service of this system's own terminals, in a hall if theirs stands in one.
    pub(crate) fn here(stage: Stage, hall_id: Option<String>) -> Self {
        Self {
            stage,
            number: 1,
            agency_id: None,
            region_code: None,
            window_id: None,
            staff_id: None,
            staff_unconfirmed: false,
            hall_id,
            platform_id: None,
            reported_at: None,
        }
    }
}

/// The hall of the terminal at which a case was submitted, where it stood that day.
pub(crate) fn hall_of(known: &Snapshot, case: &case_file::Model) -> Option<String> {
    let terminal = known.terminal(&case.terminal_id, day_of(instant(case.accepted_at)))?;
    Some(terminal.hall_id.clone()).filter(|id| !id.is_empty())
}

/// A service act that can be rated from now on.
pub(crate) struct Offer {
    pub(crate) row: service_act::Model,
    pub(crate) act: ServiceAct,
    pub(crate) window: Option<Deadline>,
    /// Whether the receiver is asked to rate it.
    pub(crate) asked: bool,
}

impl Offer {
    /// The fact of the act, if anyone is asked to rate it: not for a stage that can be rated
    /// without being asked, and not for history.
    pub(crate) fn fact(&self) -> Option<Body> {
        let asked = self.asked && self.row.offered;
        asked.then(|| rating_invited(&self.act, self.window.as_ref()))
    }
}

/// A step of a case that this system took itself.
pub(crate) fn own_step(case: &case_file::Model, stage: Stage, at: Timestamp) -> case_step::Model {
    case_step::Model {
        case_id: case.id,
        stage: to_column(stage_to_wire(stage)),
        service_number: 1,
        reported_at: None,
        received_at: at.as_microsecond(),
        agency_id: case.agency_id.clone(),
        window_id: None,
        staff_id: None,
    }
}

/// The service act of a service given at `at`, if the profile has it rated.
///
/// # Errors
/// [`Error::Calendar`] if the window reaches a year without a known calendar.
pub(crate) fn offer(
    shell: &Shell,
    profile: &Profile,
    calendar: &Calendar,
    (case, item): (&case_file::Model, &Item),
    given: GivenService,
    at: Timestamp,
) -> Result<Option<Offer>, Error> {
    let (participants, _) = parts(case, item)?;
    let service = Service {
        mode: mode(case.mode),
        kind: item.content.case_kind,
        package: !participants.is_empty(),
        on_the_spot: item.content.handling == domain::item::Handling::OnTheSpot,
        stage: given.stage,
        number: given.number,
    };
    if !is_rateable(profile, &service) {
        return Ok(None);
    }
    let act = ServiceAct {
        id: ActId(shell.clock.new_id()),
        case_id: CaseId(case.id),
        stage: given.stage,
        service_number: given.number,
        region_code: given.region_code.unwrap_or_else(|| case.region_code.clone()),
        agency_id: given.agency_id.unwrap_or_else(|| case.agency_id.clone()),
        item_code: case.item_code.clone(),
        item_version: u32::try_from(case.item_version).unwrap_or_default(),
        terminal_id: Some(case.terminal_id.clone()).filter(|id| !id.is_empty()),
        window_id: given.window_id,
        staff_id: given.staff_id,
        staff_unconfirmed: given.staff_unconfirmed,
        hall_id: given.hall_id,
        platform_id: given.platform_id,
        line_id: case.line_id.clone(),
        served_at: at,
        reported_at: given.reported_at,
        involved: if composite(profile, &service) { participants.clone() } else { Vec::new() },
        policy: case.policy.clone(),
    };
    // An act reported only after its window would have closed is history: nobody is asked about it,
    // and its window is the one that ended.
    let its_own = act.reported_at.map(|at| window_of(profile, at, calendar)).transpose()?.flatten();
    let ended = its_own.filter(|its_own| its_own.is_past(at));
    let offered = ended.is_none();
    let window = match ended {
        Some(ended) => Some(ended),
        None => window_of(profile, at, calendar)?,
    };
    let mut row = act_to_row(&act, case.real_name, window.as_ref());
    // Of the whole matter's rating the lead has the ticket, and the others have their parts (T20).
    if act.agency_id == case.agency_id && act.stage == Stage::Completion {
        row.involved = act_parts_to_row(&act.involved, &participants);
    }
    // From now on the right to rate it is theirs, even if a later report names another applicant.
    (row.number_index, row.phone_index) = (case.number_index.clone(), case.phone_index.clone());
    row.offered = offered;
    if !offered {
        let agency = act.agency_id.as_str();
        tracing::warn!(agency, act.id = %row.id, "reported after its rating window closed: nobody can rate it");
    }
    let asked = is_offered(profile, &service);
    let default = asked && row.offered && profile.default_rating.is_some();
    row.default_due_at = row.closes_at.filter(|_| default);
    if profile.batch_rated_once.value {
        row.batch_id = batch_id(shell, case);
    }
    Ok(Some(Offer { row, act, window, asked }))
}

/// Which agencies had a part in a case, as its item confirms it, and which were only claimed.
pub(crate) fn parts(
    case: &case_file::Model,
    item: &Item,
) -> Result<(Vec<InvolvedAgency>, Vec<InvolvedAgency>), Failure> {
    let claimed = involved_from_row(case.involved.as_deref())?;
    Ok(item.content.confirm(&case.region_code, claimed))
}

/// Cases of one known applicant under one batch number are one batch, even across agencies; someone
/// invited by another phone rates for themselves.
fn batch_id(shell: &Shell, case: &case_file::Model) -> Option<Uuid> {
    let (number, applicant) = (case.batch_number.as_ref()?, case.number_index.as_ref()?);
    let phone = case.phone_index.as_deref().unwrap_or_default();
    let parts = [b"batch".as_slice(), number.as_bytes(), applicant, phone];
    Some(Uuid::from_bytes(shell.requests.content(&parts)))
}

fn mode(number: i16) -> Mode {
    match ServiceMode::try_from(i32::from(number)) {
        Ok(ServiceMode::OnSite) => Mode::OnSite,
        Ok(ServiceMode::Online) => Mode::Online,
        // Older cases, from before this was asked, are all of terminals.
        Ok(ServiceMode::Kiosk | ServiceMode::Unspecified) | Err(_) => Mode::Kiosk,
    }
}
