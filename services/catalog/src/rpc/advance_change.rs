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
    jobs::{
        publish::Publishing,
        subject::{Checked, as_drafted},
    },
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
        let checked = Checked::read(&publishing, &caller, &as_drafted(&kept.change)).await?;
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

#[cfg(test)]
mod tests {
    use platform::testing::nobody;
    use proto::catalog::v1::{
        Change, ChangeState, GetProfileRequest, ProfileDocument, change::Subject,
        change_step::Step as Wire,
    };
    use tonic::Code;

    use super::*;
    use crate::{
        jobs::load_region::tests::{SOURCES, loaded},
        rpc::{
            get_profile,
            testing::{REGION, advance, authority, change, draft, publish},
        },
    };

    /// The region's profile in another version, in force from a day, with another number of days.
    fn profile(version: u32, from: &str, days: u32) -> Change {
        let document = SOURCES.profiles[1].text;
        let document = document
            .replace("version = 2", &format!("version = {version}"))
            .replace("2020-05-22", from)
            .replace("days = 15", &format!("days = {days}"));
        let region_code = String::new();
        change(Subject::Profile(ProfileDocument { document, region_code }))
    }

    async fn version_on(catalog: &Catalog, on: &str) -> u32 {
        let request = GetProfileRequest { region_code: REGION.to_owned(), on: on.to_owned() };
        let answer = get_profile::run(catalog, nobody(), request).await.unwrap();
        answer.profile.unwrap().version
    }

    #[tokio::test]
    async fn c13_a_profile_version_is_published_by_two_officers_and_earlier_cases_keep_theirs() {
        let (catalog, _place) = loaded().await;
        let (writer, approver) = (authority("甲", REGION), authority("乙", REGION));
        let drafted = draft(&catalog, &writer, profile(3, "2026-07-01", 14)).await.unwrap();
        assert_eq!(drafted.state(), ChangeState::Draft);
        advance(&catalog, &writer, &drafted, Wire::Submit, "").await.unwrap();
        let refused = advance(&catalog, &writer, &drafted, Wire::Approve, "").await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition);
        advance(&catalog, &approver, &drafted, Wire::Approve, "").await.unwrap();
        assert_eq!(version_on(&catalog, "2026-07-01").await, 2, "approved is not published");
        let published = advance(&catalog, &approver, &drafted, Wire::Publish, "").await.unwrap();
        assert_eq!(published.state(), ChangeState::Published);
        for (on, version) in [("2026-06-30", 2), ("2026-07-01", 3), ("2030-01-01", 3)] {
            assert_eq!(version_on(&catalog, on).await, version, "{on}");
        }
        let known = catalog.memory.known().await.unwrap();
        for (version, days) in [(2, 15), (3, 14)] {
            let policy = known.documents.policy(&format!("changji-2020@{version}")).unwrap();
            assert_eq!(policy.deadline("feed_back_complex").unwrap().days, days);
        }
        let again = publish(&catalog, REGION, profile(3, "2026-07-01", 13)).await.unwrap_err();
        assert!(again.message().contains("not a newer version"), "{again}");
    }
}
