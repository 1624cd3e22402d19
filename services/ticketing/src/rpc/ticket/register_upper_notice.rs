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
use sea_orm::{DbErr, SqlErr};
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
    store::ticket::insert_tickets(&txn, vec![rows.clone()]).await.map_err(known_meanwhile)?;
    store::ticket::insert_steps(&txn, &shell.sealer, &[(rows.ticket.id, step.clone())]).await?;
    let parts = TicketParts { steps: vec![step], ..TicketParts::default() };
    let ticket = show(ticketing, &rows, parts, DEADLINES_IN_SHORT).await?;
    let answer = RegisterUpperNoticeResponse { ticket: Some(ticket) };
    Ok(txn.finish(answer, vec![opened]).await?)
}

/// Two register one notice at once: the second is told that it is known.
fn known_meanwhile(error: DbErr) -> Error {
    match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => TicketError::NoticeKnown.into(),
        _ => error.into(),
    }
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

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{AGENCY, ON_THE_SPOT_ITEM, REGION, STAFF, principal},
    };
    use proto::{
        fact::v1::{UpperNoticeAnswered, UpperNoticeOpening, fact::Body, ticket_opened},
        ticketing::v1::{Link, Ticket, Verification},
        r#type::v1::{ExclusionGround, Finding, Level, TicketState},
    };
    use tonic::{Code, Status};

    use super::*;
    use crate::rpc::testing::{
        Fixture, all_wrong, assign, contact, handler, refusal, request_id, running, to_closed,
    };

    fn officer(region: &str) -> Authority {
        principal("authority", Caller::Authority { region: region.to_owned() })
    }

    fn notice(number: &str) -> RegisterUpperNoticeRequest {
        RegisterUpperNoticeRequest {
            request_id: request_id(),
            number: number.to_owned(),
            agency_id: AGENCY.to_owned(),
            item_code: ON_THE_SPOT_ITEM.to_owned(),
            level: Level::Dissatisfied.into(),
            summary: "省平台转办".to_owned(),
            due_on: "2026-03-20".to_owned(),
            ..RegisterUpperNoticeRequest::default()
        }
    }

    async fn register(
        fixture: &Fixture,
        request: RegisterUpperNoticeRequest,
    ) -> Result<Ticket, Error> {
        let answer = run(&fixture.ticketing, officer(REGION), request).await?;
        Ok(answer.ticket.unwrap())
    }

    #[tokio::test]
    async fn t16_a_notice_opens_a_ticket_with_its_number_and_day_and_its_outcome_goes_back_up() {
        let fixture = Fixture::new().await;
        let request = notice("鲁转〔2026〕12号");
        let ticket = register(&fixture, request.clone()).await.unwrap();
        assert_eq!(register(&fixture, request).await.unwrap(), ticket, "one answer");
        assert_eq!((ticket.state(), ticket.level()), (TicketState::Opened, Level::Dissatisfied));
        assert_eq!(ticket.upper_number, "鲁转〔2026〕12号");
        assert_eq!(ticket.original_number, ticket.upper_number);
        assert!(running(&ticket).contains(&"answer_upper_notice 2026-03-20".to_owned()));
        assert!(matches!(&ticket.steps[0].act, Some(Act::Registration(said))
            if said.summary == "省平台转办"));
        let told = fixture.told().await;
        let [Body::TicketOpened(opened)] = told.as_slice() else { panic!("{told:?}") };
        let Some(ticket_opened::Opening::UpperNotice(by)) = &opened.opening else {
            panic!("{opened:?}")
        };
        let expected = UpperNoticeOpening {
            notice_id: opened.act.as_ref().unwrap().act_id.clone(),
            number: "鲁转〔2026〕12号".to_owned(),
            due_on: "2026-03-20".to_owned(),
        };
        assert_eq!(by, &expected);
        let closed = fixture.steps(&ticket.ticket_id, to_closed()).await;
        assert_eq!(closed.state(), TicketState::Closed);
        let (stepped, more) = fixture.last_step().await;
        let answered = UpperNoticeAnswered {
            ticket_id: ticket.ticket_id,
            number: "鲁转〔2026〕12号".to_owned(),
            finding: Finding::Clear.into(),
            at: stepped.at,
        };
        assert_eq!(more, [Body::UpperNoticeAnswered(answered)]);
    }

    #[tokio::test]
    async fn t16_the_end_of_the_ticket_that_handles_it_answers_a_linked_notice() {
        let fixture = Fixture::new().await;
        let ticket = register(&fixture, notice("鲁转〔2026〕13号")).await.unwrap();
        let main = fixture.ticket().await;
        let link = Link { main_ticket_id: main.clone(), reason: "同一件事".to_owned() };
        fixture.step(&ticket.ticket_id, Act::Link(link)).await.unwrap();
        fixture.steps(&main, to_closed()).await;
        let (_, more) = fixture.last_step().await;
        let [Body::UpperNoticeAnswered(answered)] = more.as_slice() else { panic!("{more:?}") };
        assert_eq!(answered.number, "鲁转〔2026〕13号");
        assert_eq!((&answered.ticket_id, answered.finding()), (&ticket.ticket_id, Finding::Clear));
        // Found mistaken, it ends as well.
        let ticket = register(&fixture, notice("鲁转〔2026〕14号")).await.unwrap();
        let main = fixture.ticket().await;
        let link = Link { main_ticket_id: main.clone(), reason: "同一件事".to_owned() };
        fixture.step(&ticket.ticket_id, Act::Link(link)).await.unwrap();
        let mistaken = Verification {
            ground: ExclusionGround::Mistaken.into(),
            reason: "误点".to_owned(),
            ..Verification::default()
        };
        fixture.steps(&main, vec![assign(), contact(), Act::Verification(mistaken)]).await;
        let (_, more) = fixture.last_step().await;
        let answers = more.iter().filter_map(|body| match body {
            Body::UpperNoticeAnswered(answered) => Some(&answered.number),
            _ => None,
        });
        assert_eq!(answers.collect::<Vec<_>>(), ["鲁转〔2026〕14号"]);
    }

    #[tokio::test]
    async fn t16_one_number_is_one_ticket_however_often_and_by_how_many_it_is_registered() {
        let fixture = Fixture::new().await;
        let known = (Code::AlreadyExists, "NOTICE_REGISTERED".to_owned());
        let twice = || register(&fixture, notice("一号"));
        let (one, other) = tokio::join!(twice(), twice());
        let refused = match (one, other) {
            (Ok(_), refused) | (refused, Ok(_)) => refused,
            none => panic!("{none:?}"),
        };
        assert_eq!(refusal(refused), known);
        assert_eq!(refusal(twice().await), known);
        assert!(register(&fixture, notice("二号")).await.is_ok());
    }

    #[tokio::test]
    async fn t16_everything_wrong_with_a_notice_is_named_at_once() {
        let fixture = Fixture::new().await;
        let empty = RegisterUpperNoticeRequest {
            due_on: "2026-02-27".to_owned(),
            received_on: "2026-03-03".to_owned(),
            level: 99,
            ..RegisterUpperNoticeRequest::default()
        };
        let said = Status::from(register(&fixture, empty).await.unwrap_err());
        for words in [
            "request_id: is no UUID",
            "number: must be filled in",
            "agency_id: must be filled in",
            "summary: must be filled in",
            "level:",
            "received_on: is to come",
            "due_on: is before its receipt",
        ] {
            assert!(all_wrong(&said).contains(words), "{words}: {said}");
        }
        let strange = RegisterUpperNoticeRequest {
            agency_id: STAFF.to_owned(),
            item_code: "11652301PY6523035C9999999999000".to_owned(),
            ..notice("三号")
        };
        let said = Status::from(register(&fixture, strange).await.unwrap_err());
        for words in ["agency_id: is no agency of your region", "item_code: is no item known here"]
        {
            assert!(all_wrong(&said).contains(words), "{words}: {said}");
        }
        let elsewhere = run(&fixture.ticketing, officer("652302"), notice("三号")).await;
        let said = Status::from(elsewhere.unwrap_err());
        assert!(all_wrong(&said).contains("agency_id: is no agency of your region"), "{said}");
    }

    #[tokio::test]
    async fn t16_the_clock_of_a_notice_runs_from_the_day_it_came_and_its_agency_has_it_at_once() {
        // Where the Authority dispatches, too: it registers the notice itself.
        let fixture = Fixture::under("district-2-5-15").await;
        let earlier =
            RegisterUpperNoticeRequest { received_on: "2026-02-27".to_owned(), ..notice("四号") };
        let ticket = register(&fixture, earlier).await.unwrap();
        assert_eq!(ticket.state(), TicketState::Opened);
        let fix = ticket.deadlines.iter().find(|due| due.act == "fix_clear").unwrap();
        assert_eq!((fix.due_on.as_str(), fix.missed), ("2026-02-27", true));
        assert!(fixture.read(handler(AGENCY), &ticket.ticket_id).await.is_ok());
    }
}
