//! Takes a change one step on; the last one publishes it (C02, C13).

use domain::{
    change::{Step, Taken},
    violation::{Violations, plain_text},
};
use platform::{auth::Officer, facts, status::Failure};
use proto::catalog::v1::{AdvanceChangeRequest, AdvanceChangeResponse};
use uuid::Uuid;

use crate::{
    Catalog,
    convert::{change_to_wire, step},
    error::Error,
    facts::commit,
    jobs::{publish::Publishing, subject::Checked},
    store,
};

/// The longest note, in characters.
const MAX_NOTE: usize = 500;

pub(crate) async fn run(
    catalog: &Catalog,
    caller: Officer,
    request: AdvanceChangeRequest,
) -> Result<AdvanceChangeResponse, Error> {
    let mut wrong = Violations::default();
    let no_uuid = |text: &str| text.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("request_id", no_uuid(&request.request_id));
    let id = wrong.take("change_id", no_uuid(&request.change_id));
    let step = wrong.take("step", step(request.step));
    wrong.take("note", plain_text(&request.note, MAX_NOTE));
    let (Some(request_id), Some(id), Some(step)) = wrong.finish((request_id, id, step))? else {
        return Err(Violations::default().into());
    };
    let shell = &catalog.shell;
    let key = shell.requests.key(caller.id().as_bytes(), "AdvanceChange", request_id, &request);
    let txn = catalog.store.begin().await?;
    // What is published is decided on all that was published before.
    facts::take_turn(&txn).await?;
    let kept = store::change(&txn, &caller, id).await?.ok_or(Error::ChangeNotFound)?;
    if let Some(answer) = shell.requests.replay(&txn, key).await? {
        return Ok(answer);
    }
    if caller.agency().is_some() && step != Step::Submit {
        return Err(Failure::Denied("officer of the Authority").into());
    }
    let at = shell.clock.now();
    let officer_id = caller.id().to_owned();
    let course = kept.course.take(Taken { step, officer_id, at, note: request.note })?;
    if !store::update_change(&txn, id, &kept.change, &course).await? {
        return Err(Failure::Raced("somebody else took a step").into());
    }
    let mut publishing = Publishing::new(&txn, &shell.clock);
    publishing.change_id = Some(id.to_string());
    if step != Step::Return {
        // What was right when it was drafted may not be any more.
        let checked = Checked::read(&publishing, caller.region(), &kept.change).await?;
        if step == Step::Publish {
            checked.publish(&mut publishing).await?;
        }
    }
    publishing.finish().await?;
    let change = change_to_wire(id, kept.change, &course);
    let answer = AdvanceChangeResponse { change: Some(change) };
    shell.requests.keep(&txn, key, &shell.clock, &answer).await?;
    commit(catalog, txn).await?;
    Ok(answer)
}
