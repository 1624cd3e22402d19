//! Decides an appeal (T07): an upheld one excludes the rating at once.

use domain::{
    appeal::{AppealCommand, decided_elsewhere},
    violation::Violations,
};
use platform::{auth::Officer, once::Recognised};
use proto::ticketing::v1::{DecideAppealRequest, DecideAppealResponse};
use uuid::Uuid;

use crate::{
    app::appeal::{
        take::{self, CommandWords, take},
        words::{check_number, check_words},
    },
    convert::appeal::stated_ground,
    error::{AppealError, Error},
    state::Ticketing,
    store,
};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: DecideAppealRequest,
) -> Result<DecideAppealResponse, Error> {
    let mut wrong = Violations::default();
    let no_uuid = |text: &str| text.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("request_id", no_uuid(&request.request_id)).unwrap_or_default();
    let appeal_id = wrong.take("appeal_id", no_uuid(&request.appeal_id)).unwrap_or_default();
    let ground = wrong.take("ground", stated_ground(request.ground)).flatten();
    check_words(&mut wrong, "reason", &request.reason, true);
    check_number(&mut wrong, &request.document_number, false);
    wrong.finish(())?;
    let shell = &ticketing.shell;
    let key = shell.requests.key(caller.id().as_bytes(), "DecideAppeal", request_id, &request);
    let txn = shell.once(&ticketing.store, key).await?;
    let found = store::appeal::appeal(&txn, &caller, appeal_id).await?;
    found.ok_or(AppealError::NotFound)?;
    let txn = match txn.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    let open = take::open(ticketing, &txn, &caller, appeal_id).await?;
    // A decision that others made is entered with its number; only now the profile is known.
    let mut wrong = Violations::default();
    let elsewhere = decided_elsewhere(&open.1.profile);
    check_number(&mut wrong, &request.document_number, elsewhere);
    wrong.finish(())?;
    let command = ground.map_or(AppealCommand::Reject, AppealCommand::Uphold);
    let words = CommandWords { text: &request.reason, document_number: &request.document_number };
    let taken = take(ticketing, &txn, &caller, open, command, words).await?;
    let answer = DecideAppealResponse { appeal: Some(taken.appeal), exclusion: taken.exclusion };
    Ok(txn.finish(answer, taken.told).await?)
}

#[cfg(test)]
mod tests;
