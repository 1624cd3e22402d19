//! Drafts a change, or drafts it anew before it is submitted (C02).

use domain::{
    change::{Course, Step, Taken},
    violation::Violations,
};
use platform::{auth::Officer, status::Failure};
use proto::catalog::v1::{DraftChangeRequest, DraftChangeResponse};
use uuid::Uuid;

use crate::{
    Catalog,
    convert::change_to_wire,
    error::Error,
    jobs::{
        publish::Publishing,
        subject::{Checked, as_kept},
    },
    store,
};

pub(crate) async fn run(
    catalog: &Catalog,
    caller: Officer,
    request: DraftChangeRequest,
) -> Result<DraftChangeResponse, Error> {
    let mut wrong = Violations::default();
    let no_uuid = |text: &str| text.parse::<Uuid>().map_err(|_| "is no UUID");
    let request_id = wrong.take("request_id", no_uuid(&request.request_id));
    let change = request.change.clone().unwrap_or_default();
    let known = (!change.change_id.is_empty()).then(|| no_uuid(&change.change_id)).transpose();
    let known = wrong.take("change.change_id", known).flatten();
    let request_id = wrong.finish(request_id)?.unwrap_or_default();
    let shell = &catalog.shell;
    let key = shell.requests.key(caller.id().as_bytes(), "DraftChange", request_id, &request);
    let txn = catalog.store.begin().await?;
    if let Some(answer) = shell.requests.replay(&txn, key).await? {
        return Ok(answer);
    }
    let at = shell.clock.now();
    let checked =
        Checked::read(&Publishing::new(&txn, &shell.clock), caller.region(), &change).await?;
    if !may_draft(&caller, &checked) {
        return Err(Error::ChangeNotFound);
    }
    let kept = as_kept(&change, &checked);
    let (id, course) = match known {
        None => {
            let (id, course) = (shell.clock.new_id(), Course::begin(caller.id(), at));
            let agency = checked.agency_id.as_deref();
            store::insert_change(&txn, id, &checked.region_code, agency, &kept, &course).await?;
            (id, course)
        }
        Some(id) => {
            let old = store::change(&txn, &caller, id).await?.ok_or(Error::ChangeNotFound)?;
            let same = old.row.region_code == checked.region_code
                && old.row.agency_id == checked.agency_id;
            if !same {
                let mut wrong = Violations::default();
                wrong.add("change", "is of another region or agency than its first draft");
                return Err(wrong.into());
            }
            let officer_id = caller.id().to_owned();
            let drafted = Taken { step: Step::Draft, officer_id, at, note: String::new() };
            let course = old.course.take(drafted)?;
            if !store::update_change(&txn, id, &kept, &course).await? {
                return Err(Failure::Raced("somebody else changed the change").into());
            }
            (id, course)
        }
    };
    let change = Some(change_to_wire(id, kept, &course));
    let answer = DraftChangeResponse { change };
    shell.requests.keep(&txn, key, &shell.clock, &answer).await?;
    txn.commit().await?;
    Ok(answer)
}

/// A handling agency drafts changes of its own items, the Authority whatever is of its region or
/// below it.
fn may_draft(caller: &Officer, checked: &Checked) -> bool {
    match caller.agency() {
        Some(agency) => checked.agency_id.as_deref() == Some(agency),
        None => caller.reaches(&checked.region_code),
    }
}
