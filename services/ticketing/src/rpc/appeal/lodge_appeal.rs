//! Lodges an appeal (T07, S02).

use domain::{
    appeal::{Actor, Appeal, MAX_DOCUMENTS},
    violation::{Violations, identifier},
};
use jiff::Timestamp;
use platform::{
    auth::Officer,
    clock::instant,
    convert::{deadline_to_wire, to_wire},
    database::Txn,
    once::Recognised,
};
use proto::{
    fact::v1::{AppealLodged, fact::Body},
    ticketing::v1::{LodgeAppealRequest, LodgeAppealResponse},
};
use uuid::Uuid;

use crate::{
    app::{
        appeal::{
            case, clock,
            words::{STATEMENT, check_words, read_appeal},
        },
        document,
    },
    convert::{
        appeal::{
            Cause, DECIDE, column, deadlines_to_column, duty_to_wire, office_to_wire, state_to_wire,
        },
        ticket::NOTHING_DUE,
    },
    entity::{appeal, ticket},
    error::{AppealError, Error},
    state::Ticketing,
    store::{
        self,
        appeal::{
            duties::{self, NewDuty},
            exclusions, seal,
        },
    },
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: LodgeAppealRequest,
) -> Result<LodgeAppealResponse, Error> {
    let (request_id, rating_id) = read(&caller, &request)?;
    let shell = &ticketing.shell;
    let key = shell.requests.key(caller.id().as_bytes(), "LodgeAppeal", request_id, &request);
    let txn = shell.once(&ticketing.store, key).await?;
    let belongs = store::appeal::ticket_of(&txn, rating_id).await?;
    let belongs = belongs.ok_or(AppealError::RatingNotFound)?;
    let within = store::ticket::ticket(&txn, &caller, belongs.ticket_id).await?;
    // Whoever only has a part in it was not rated.
    let theirs = |ticket: &ticket::Model| caller.agency().is_none_or(|own| own == ticket.agency_id);
    within.filter(theirs).ok_or(AppealError::RatingNotFound)?;
    let txn = match txn.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let case = case::open(ticketing, &txn, belongs.ticket_id).await?;
    let staff_id = request.staff_id.trim();
    admit(&txn, &caller, staff_id, rating_id).await?;
    let (ticket_id, named) = (case.rows.ticket.id, &request.document_ids);
    document::check_named(&txn, ticket_id, "document_ids", named).await?;
    let now = shell.clock.now();
    let (lodged, deadlines) = Appeal::lodge(
        Actor { id: caller.id(), office: caller.office() },
        Some(staff_id).filter(|staff| !staff.is_empty()),
        &case.rated,
        (instant(belongs.received_at), now),
        &case.profile,
        &case.calendar,
    )?;
    let decide = deadlines.iter().find(|deadline| deadline.rule.subject == DECIDE);
    let id = shell.clock.new_id();
    let row = appeal::Model {
        id,
        rating_id,
        ticket_id: case.rows.ticket.id,
        region_code: case.rows.ticket.authority_region.clone(),
        agency_id: case.rows.ticket.agency_id.clone(),
        policy: case.policy.clone(),
        office: column(office_to_wire(caller.office())),
        staff_id: staff_id.to_owned(),
        lodged_by: caller.id().to_owned(),
        lodged_at: now.as_microsecond(),
        state: column(state_to_wire(lodged.state)),
        ground: 0,
        due_at: decide.map_or(NOTHING_DUE, |deadline| deadline.due_at.as_microsecond()),
        deadlines: deadlines_to_column(deadlines.iter().map(deadline_to_wire).collect()),
        deadlines_before: None,
        provisional: deadlines.iter().any(|deadline| deadline.provisional),
        statement: seal(&shell.sealer, STATEMENT, id, &request.statement)?,
        document_ids: request.document_ids.join(" "),
        decided_at: None,
        decided_by: String::new(),
        document_number: String::new(),
        reason: Vec::new(),
    };
    store::appeal::insert(&txn, &row).await?;
    record(ticketing, &txn, &row, &lodged, now).await?;
    let records = duties::of(&*txn, [id]).await?.remove(&id).unwrap_or_default();
    let answer = LodgeAppealResponse { appeal: Some(read_appeal(ticketing, &row, &records)?) };
    let told = Body::AppealLodged(AppealLodged {
        appeal_id: id.to_string(),
        rating_id: rating_id.to_string(),
        ticket_id: row.ticket_id.to_string(),
        at: Some(to_wire(now)),
        decide_by: decide.map(|deadline| deadline.due_on.to_string()).unwrap_or_default(),
    });
    let cause = Cause { by: caller.id(), appeal_id: id, rating_id };
    let stopped = clock::stop(ticketing, &txn, &case, cause, now).await?;
    Ok(txn.finish(answer, std::iter::once(told).chain(stopped).collect()).await?)
}

/// The request's id and the rating, or everything that is wrong.
fn read(caller: &Officer, request: &LodgeAppealRequest) -> Result<(Uuid, Uuid), Violations> {
    let mut wrong = Violations::default();
    let no_uuid = |text: &str| text.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("request_id", no_uuid(&request.request_id));
    let rating_id = wrong.take("rating_id", no_uuid(&request.rating_id));
    wrong.take("staff_id", identifier(request.staff_id.trim()));
    let of_agency = request.staff_id.is_empty() || caller.agency().is_some();
    wrong.require(of_agency, "staff_id", "belongs to an appeal of an agency");
    check_words(&mut wrong, "statement", &request.statement, true);
    match request.document_ids.len() {
        0..=MAX_DOCUMENTS => {
            for (n, document) in request.document_ids.iter().enumerate() {
                wrong.take(&format!("document_ids[{n}]"), no_uuid(document));
            }
        }
        _ => wrong.add("document_ids", "are more than 50"),
    }
    wrong.finish((request_id.unwrap_or_default(), rating_id.unwrap_or_default()))
}

/// A rating has one open appeal, none while it is excluded, and each party's is decided once.
async fn admit(txn: &Txn, caller: &Officer, staff_id: &str, rating_id: Uuid) -> Result<(), Error> {
    let office = column(office_to_wire(caller.office()));
    for before in store::appeal::of_rating(txn, rating_id).await? {
        let same = before.office == office && before.staff_id.eq_ignore_ascii_case(staff_id);
        if before.decided_at.is_some() && same {
            return Err(AppealError::Decided.into());
        }
        if store::appeal::waits(&before) {
            return Err(AppealError::Open.into());
        }
    }
    match exclusions::lasts(txn, rating_id).await? {
        true => Err(AppealError::Excluded.into()),
        false => Ok(()),
    }
}

/// Puts the duties on record that the appeal itself fulfils.
async fn record(
    ticketing: &Ticketing,
    txn: &Txn,
    row: &appeal::Model,
    lodged: &Appeal,
    now: Timestamp,
) -> Result<(), Error> {
    for (sequence, duty) in (1..).zip(&lodged.done) {
        let new = NewDuty {
            duty: duty_to_wire(*duty).into(),
            at: now.as_microsecond(),
            by: &row.lodged_by,
            document_number: "",
            note: "",
        };
        duties::insert(txn, &ticketing.shell.sealer, row.id, sequence, new).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
