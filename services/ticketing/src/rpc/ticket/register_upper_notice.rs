//! Registers a notice passed down by an upper platform (T16).

use domain::{
    deadline::{day_of, end_of, iso_date},
    ticket::{MAX_NOTE_CHARS, Opening},
    violation::{Violations, identifier, plain_text},
};
use jiff::{Timestamp, civil::Date};
use platform::{
    auth::Authority,
    convert::{self, to_wire},
    once::Recognised,
};
use proto::{
    catalog::v1::UnitKind,
    fact::v1::RatingSubmitted,
    ticketing::v1::{
        RegisterUpperNoticeRequest, RegisterUpperNoticeResponse, Registration, Step, step::Act,
    },
    r#type::v1::ServiceAct,
};
use uuid::Uuid;

use crate::{
    app::ticket::show::show,
    convert::ticket::{DEADLINES_IN_SHORT, NewTicket, TicketParts, open},
    error::{Error, TicketError},
    state::Ticketing,
    store,
};

const RPC: &str = "RegisterUpperNotice";

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Authority,
    request: RegisterUpperNoticeRequest,
) -> Result<RegisterUpperNoticeResponse, Error> {
    let shell = &ticketing.shell;
    let officer = caller.officer();
    let now = shell.clock.now();
    let Checked { request_id, due_on, received_at } = check(&request, now)?;
    let key = shell.requests.key(officer.id().as_bytes(), RPC, request_id, &request);
    let txn = shell.once(&ticketing.store, key).await?;
    let txn = match txn.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let known = ticketing.reference.now();
    let mut wrong = Violations::default();
    let agency = known.unit(&request.agency_id, day_of(now));
    let agency =
        agency.filter(|unit| unit.kind() == UnitKind::Agency && officer.reaches(&unit.region_code));
    wrong.require(agency.is_some(), "agency_id", "is no agency of your region");
    if !request.item_code.is_empty() {
        let item = ticketing.reference.item(&request.item_code, None).await?;
        wrong.require(item.is_some(), "item_code", "is no item known here");
    }
    wrong.finish(())?;
    let region = agency.map_or_else(|| officer.region(), |unit| unit.region_code.as_str());
    if store::ticket::of_notice(&txn, region, &request.number).await?.is_some() {
        return Err(TicketError::NoticeKnown.into());
    }
    let profile = known.profile_on(region, day_of(received_at));
    let profile = profile.ok_or(TicketError::NotKnownYet("the policy profile"))?;
    let calendar = known.calendar().ok_or(TicketError::NotKnownYet("the calendar"))?.of(region);
    let act_id = shell.clock.new_id();
    let act = ServiceAct {
        act_id: act_id.to_string(),
        case_id: Uuid::nil().to_string(),
        region_code: region.to_owned(),
        agency_id: request.agency_id.clone(),
        item_code: request.item_code.clone(),
        policy: profile.policy(),
        ..ServiceAct::default()
    };
    let new = NewTicket {
        opening: Opening::UpperNotice { due_on },
        act_id,
        said: RatingSubmitted {
            act: Some(act),
            level: request.level,
            real_name: true,
            received_at: Some(to_wire(received_at)),
            ..RatingSubmitted::default()
        },
        matter: None,
        place: None,
        upper_number: Some(request.number.clone()),
        received_at,
        relapse_of: None,
    };
    let (mut rows, opened) = open(&shell.clock, profile, &calendar, new)
        .map_err(|beyond| Error::from(domain::ticket::Refusal::from(beyond)))?;
    let registration =
        Registration { number: request.number.clone(), summary: request.summary.clone() };
    let step = Step {
        sequence: 1,
        at: Some(to_wire(now)),
        by: officer.id().to_owned(),
        act: Some(Act::Registration(registration)),
    };
    rows.ticket.sequence = 1;
    store::ticket::insert_tickets(&txn, vec![rows.clone()]).await?;
    store::ticket::insert_step(&txn, &shell.sealer, rows.ticket.id, &step).await?;
    let parts = TicketParts { steps: vec![step], ..TicketParts::default() };
    let ticket = show(ticketing, &rows, parts, DEADLINES_IN_SHORT).await?;
    let answer = RegisterUpperNoticeResponse { ticket: Some(ticket) };
    Ok(txn.finish(answer, vec![opened]).await?)
}

struct Checked {
    request_id: Uuid,
    due_on: Option<Date>,
    received_at: Timestamp,
}

fn check(request: &RegisterUpperNoticeRequest, now: Timestamp) -> Result<Checked, Violations> {
    let mut wrong = Violations::default();
    let request_id = request.request_id.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("request_id", request_id);
    for (field, id) in [("number", &request.number), ("agency_id", &request.agency_id)] {
        wrong.require(!id.trim().is_empty(), field, "must be filled in");
        if !id.trim().is_empty() {
            wrong.take(field, identifier(id));
        }
    }
    wrong.require(!request.summary.trim().is_empty(), "summary", "must be filled in");
    wrong.take("summary", plain_text(&request.summary, MAX_NOTE_CHARS));
    if request.level != 0 {
        wrong.take("level", convert::level(request.level));
    }
    let today = day_of(now);
    let day = |wrong: &mut Violations, field: &str, text: &str| match text {
        "" => None,
        text => wrong.take(field, iso_date(text)),
    };
    let due_on = day(&mut wrong, "due_on", &request.due_on);
    let received_on = day(&mut wrong, "received_on", &request.received_on);
    wrong.require(received_on.is_none_or(|day| day <= today), "received_on", "is to come");
    let first = received_on.unwrap_or(today);
    wrong.require(due_on.is_none_or(|due| due >= first), "due_on", "is before its receipt");
    // A notice that came earlier came on that day at the latest.
    let received_at = match received_on.filter(|day| *day < today).and_then(end_of) {
        Some(end) => end.saturating_sub(jiff::SignedDuration::from_micros(1)).unwrap_or(now),
        None => now,
    };
    match wrong.finish((request_id, due_on))? {
        (Some(request_id), due_on) => Ok(Checked { request_id, due_on, received_at }),
        (None, _) => Err(Violations::default()),
    }
}
