//! Records a duty of an appeal, or of an exclusion that no appeal led to (T07).

use domain::{
    appeal::{AppealCommand, needs_note, needs_number},
    profile::ExclusionDuty,
    violation::Violations,
};
use platform::{auth::Officer, once::Recognised};
use proto::ticketing::v1::{ReviewAppealRequest, ReviewAppealResponse};
use uuid::Uuid;

use crate::{
    app::appeal::{
        case,
        take::{self, CommandWords, record_alone, take},
        words::{check_number, check_words, read_exclusion},
    },
    convert::appeal::duty as duty_from_wire,
    error::{AppealError, Error},
    state::Ticketing,
    store::{self, appeal::exclusions},
};

/// What a duty is recorded for.
#[derive(Clone, Copy, Debug)]
enum Subject {
    Appeal(Uuid),
    Exclusion(Uuid),
}

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: ReviewAppealRequest,
) -> Result<ReviewAppealResponse, Error> {
    let (request_id, subject, duty) = read(&request)?;
    let shell = &ticketing.shell;
    let key = shell.requests.key(caller.id().as_bytes(), "ReviewAppeal", request_id, &request);
    let txn = shell.once(&ticketing.store, key).await?;
    match subject {
        Subject::Appeal(id) => {
            let found = store::appeal::appeal(&txn, &caller, id).await?;
            found.ok_or(AppealError::NotFound)?;
        }
        Subject::Exclusion(id) => {
            let found = exclusions::exclusion(&txn, &caller, id).await?;
            let own = found.filter(|row| row.appeal_id.is_none());
            own.ok_or(AppealError::ExclusionNotFound)?;
        }
    }
    let txn = match txn.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let words = CommandWords { text: &request.note, document_number: &request.document_number };
    let (answer, told) = match subject {
        Subject::Appeal(id) => {
            let open = take::open(ticketing, &txn, &caller, id).await?;
            let command = AppealCommand::Record(duty);
            let taken = take(ticketing, &txn, &caller, open, command, words).await?;
            let (appeal, exclusion) = (Some(taken.appeal), taken.exclusion);
            (ReviewAppealResponse { appeal, exclusion }, taken.told)
        }
        Subject::Exclusion(id) => {
            let missing = || Error::from(AppealError::ExclusionNotFound);
            let ticket_id =
                exclusions::exclusion(&txn, &caller, id).await?.ok_or_else(missing)?.ticket_id;
            let case = case::open(ticketing, &txn, ticket_id).await?;
            let row = exclusions::exclusion(&txn, &caller, id).await?.ok_or_else(missing)?;
            let row = record_alone(ticketing, &txn, &caller, (row, case), duty, words).await?;
            let exclusion = Some(read_exclusion(&shell.sealer, &row)?);
            (ReviewAppealResponse { appeal: None, exclusion }, Vec::new())
        }
    };
    Ok(txn.finish(answer, told).await?)
}

/// What is asked, or everything that is wrong.
fn read(request: &ReviewAppealRequest) -> Result<(Uuid, Subject, ExclusionDuty), Violations> {
    let mut wrong = Violations::default();
    let no_uuid = |text: &str| text.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("request_id", no_uuid(&request.request_id));
    let subject = match (request.appeal_id.as_str(), request.exclusion_id.as_str()) {
        (appeal, "") => wrong.take("appeal_id", no_uuid(appeal)).map(Subject::Appeal),
        ("", exclusion) => wrong.take("exclusion_id", no_uuid(exclusion)).map(Subject::Exclusion),
        _ => {
            wrong.add("exclusion_id", "stands in the place of appeal_id, not beside it");
            None
        }
    };
    let duty = wrong.take("duty", duty_from_wire(request.duty));
    check_words(&mut wrong, "note", &request.note, duty.is_some_and(needs_note));
    check_number(&mut wrong, &request.document_number, duty.is_some_and(needs_number));
    match wrong.finish((request_id, subject, duty))? {
        (Some(request_id), Some(subject), Some(duty)) => Ok((request_id, subject, duty)),
        _ => Err(Violations::default()),
    }
}

#[cfg(test)]
mod tests;
