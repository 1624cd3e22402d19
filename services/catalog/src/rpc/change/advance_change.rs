//! Takes a change one step on; the last one publishes it (C02, C13).

use domain::{
    change::{ChangeEntry, ChangeStep},
    violation::{Violations, plain_text},
};
use platform::{auth::Officer, facts, once::Recognised, status::Failure};
use proto::catalog::v1::{AdvanceChangeRequest, AdvanceChangeResponse};
use uuid::Uuid;

use crate::{
    app::{
        catalog::publish::Publishing,
        change::check::{CheckedChange, as_drafted},
    },
    convert::change::{change_to_wire, step},
    error::{ChangeError, Error},
    facts::take_in,
    state::Catalog,
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
    let asked = shell.once(&catalog.store, key).await?;
    store::change::change(&asked, &caller, id).await?.ok_or(ChangeError::NotFound)?;
    if caller.agency().is_some() && step != ChangeStep::Submit {
        return Err(Failure::Denied("officer of the Authority").into());
    }
    let txn = match asked.recognise().await? {
        Recognised::Before(answer) => return Ok(answer),
        Recognised::New(txn) => txn,
    };
    // The decision uses everything published before.
    let turn = facts::take_turn(&txn).await?;
    let kept = store::change::change(&txn, &caller, id).await?.ok_or(ChangeError::NotFound)?;
    let at = shell.clock.now();
    let officer_id = caller.id().to_owned();
    let course = kept.course.take(ChangeEntry { step, officer_id, at, note: request.note })?;
    if !store::change::update_change(&txn, id, &kept.change, &course).await? {
        return Err(Failure::Raced("somebody else took a step").into());
    }
    let mut publishing = Publishing::new(&txn, turn, &shell.clock);
    publishing.change_id = Some(id.to_string());
    if step != ChangeStep::Return {
        // A draft that was correct may not be any more.
        let checked = CheckedChange::read(&publishing, &caller, &as_drafted(&kept.change)).await?;
        if checked.region_code != kept.row.region_code || checked.agency_id != kept.row.agency_id {
            // Its subject belongs to somebody else meanwhile.
            return Err(ChangeError::NotFound.into());
        }
        if step == ChangeStep::Publish {
            checked.publish(&mut publishing).await?;
        }
    }
    publishing.finish().await?;
    let change = change_to_wire(id, kept.change, &course);
    let answer = AdvanceChangeResponse { change: Some(change) };
    let answer = txn.finish(answer, Vec::new()).await?;
    take_in(catalog).await;
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use platform::testing::nobody;
    use proto::catalog::v1::{
        Cancellation, Change, ChangeState, GetProfileRequest, Item, ItemState, ProfileDocument,
        TagListDocument, TransferFormat, TransferKind, change::Subject, change_step::Step as Wire,
    };
    use tonic::Code;

    use super::*;
    use crate::{
        jobs::load_region::tests::{FIRST_ITEM, SOURCES, loaded},
        rpc::{
            policy::get_profile,
            testing::{
                AGENCY, REGION, advance, authority, change, draft, editable, handler, import, item,
                item_change, publish, request_id,
            },
        },
    };

    /// The region's profile in another version, in force from a day, with another number of days.
    fn profile(version: u32, from: &str, days: u32) -> Change {
        let document = SOURCES.profiles[1].text;
        let document = document
            .replace("version = 3", &format!("version = {version}"))
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
    async fn c13_what_moved_to_another_region_meanwhile_is_not_published_by_the_old_one() {
        let (catalog, _place) = loaded().await;
        let (writer, approver) = (authority("甲", REGION), authority("乙", REGION));
        let cancellation =
            Cancellation { code: FIRST_ITEM.to_owned(), reason: "示例".to_owned() };
        let cancelled = change(Subject::Cancellation(cancellation));
        let waiting = draft(&catalog, &writer, cancelled).await.unwrap();
        advance(&catalog, &writer, &waiting, Wire::Submit, "").await.unwrap();
        let region = r#"{"kind":"region","unit_id":"652302","name":"示例市"}"#;
        let kind = TransferKind::Organization;
        import(&catalog, kind, TransferFormat::JsonLines, region).await.done();
        let mut moved = editable(&catalog, FIRST_ITEM).await;
        moved.region_code = "652302".to_owned();
        publish(&catalog, "650000", item_change(moved)).await.unwrap();
        let refused = advance(&catalog, &approver, &waiting, Wire::Approve, "").await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
        assert_eq!(item(&catalog, FIRST_ITEM).await.unwrap().state(), ItemState::Published);
    }

    #[tokio::test]
    async fn c02_a_change_that_would_undo_another_is_refused() {
        let (catalog, _place) = loaded().await;
        let (writer, approver) = (authority("甲", REGION), authority("乙", REGION));
        let fee = |fee: &str, mut item: Item| {
            item.guide.as_mut().unwrap().fee_standard = fee.to_owned();
            item_change(item)
        };
        let first = item(&catalog, FIRST_ITEM).await.unwrap();
        let waiting = draft(&catalog, &writer, fee("1元", first.clone())).await.unwrap();
        publish(&catalog, REGION, fee("2元", first.clone())).await.unwrap();
        let refused = advance(&catalog, &writer, &waiting, Wire::Submit, "").await.unwrap_err();
        assert!(refused.message().contains("another version than 2"), "{refused}");
        let refused = draft(&catalog, &writer, fee("3元", first.clone())).await.unwrap_err();
        assert!(refused.message().contains("change.item.version"), "{refused}");
        // A new draft on the current version, or one that names no version, continues.
        for (n, version) in [(4, 2), (5, 0)] {
            let now = Item { version, ..item(&catalog, FIRST_ITEM).await.unwrap() };
            let change = draft(&catalog, &writer, fee(&format!("{n}元"), now)).await.unwrap();
            for (by, step) in
                [(&writer, Wire::Submit), (&approver, Wire::Approve), (&approver, Wire::Publish)]
            {
                advance(&catalog, by, &change, step, "").await.unwrap();
            }
        }
        assert_eq!(item(&catalog, FIRST_ITEM).await.unwrap().version, 4);
    }

    #[tokio::test]
    async fn c13_a_profile_version_is_published_by_two_officers_and_earlier_cases_keep_theirs() {
        let (catalog, _place) = loaded().await;
        let (writer, approver) = (authority("甲", REGION), authority("乙", REGION));
        let drafted = draft(&catalog, &writer, profile(4, "2026-07-01", 14)).await.unwrap();
        assert_eq!(drafted.state(), ChangeState::Draft);
        advance(&catalog, &writer, &drafted, Wire::Submit, "").await.unwrap();
        let refused = advance(&catalog, &writer, &drafted, Wire::Approve, "").await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition);
        advance(&catalog, &approver, &drafted, Wire::Approve, "").await.unwrap();
        assert_eq!(version_on(&catalog, "2026-07-01").await, 3, "approved is not published");
        let published = advance(&catalog, &approver, &drafted, Wire::Publish, "").await.unwrap();
        assert_eq!(published.state(), ChangeState::Published);
        for (on, version) in [("2026-06-30", 3), ("2026-07-01", 4), ("2030-01-01", 4)] {
            assert_eq!(version_on(&catalog, on).await, version, "{on}");
        }
        let known = catalog.memory.view().await.unwrap();
        for (version, days) in [(3, 15), (4, 14)] {
            let policy = known.documents.policy(&format!("changji-2020@{version}")).unwrap();
            assert_eq!(policy.deadline("feed_back_complex").unwrap().days, days);
        }
        let again = publish(&catalog, REGION, profile(4, "2026-07-01", 13)).await.unwrap_err();
        assert!(again.message().contains("not a newer version"), "{again}");
    }

    async fn approved(catalog: &Catalog) -> Change {
        let (writer, approver) = (authority("甲", REGION), authority("乙", REGION));
        let mut edited = editable(catalog, FIRST_ITEM).await;
        edited.guide.as_mut().unwrap().fee_standard = "1元".to_owned();
        let drafted = draft(catalog, &writer, item_change(edited)).await.unwrap();
        advance(catalog, &writer, &drafted, Wire::Submit, "").await.unwrap();
        advance(catalog, &approver, &drafted, Wire::Approve, "").await.unwrap()
    }

    #[tokio::test]
    async fn c13_officers_who_publish_at_once_publish_once() {
        let (catalog, _place) = loaded().await;
        let change = approved(&catalog).await;
        let head = facts::head(&catalog.store).await.unwrap();
        let officers = ["乙", "丙", "丁"].map(|id| authority(id, REGION));
        let publish = |n: usize| advance(&catalog, &officers[n], &change, Wire::Publish, "");
        let (a, b, c) = tokio::join!(publish(0), publish(1), publish(2));
        let ends = [a, b, c].map(|end| end.map_or_else(|status| status.code(), |_| Code::Ok));
        assert_eq!(ends.iter().filter(|code| **code == Code::Ok).count(), 1, "{ends:?}");
        let lost = [Code::Ok, Code::Aborted, Code::FailedPrecondition];
        assert!(ends.iter().all(|code| lost.contains(code)), "{ends:?}");
        assert_eq!(item(&catalog, FIRST_ITEM).await.unwrap().version, 2);
        assert_eq!(facts::head(&catalog.store).await.unwrap(), head + 1);
    }

    #[tokio::test]
    async fn c13_the_same_request_twice_is_one_step_and_its_id_is_not_used_again() {
        let (catalog, _place) = loaded().await;
        let change = approved(&catalog).await;
        let request = AdvanceChangeRequest {
            request_id: request_id(),
            change_id: change.change_id.clone(),
            step: Wire::Publish.into(),
            note: String::new(),
        };
        let by = authority("乙", REGION);
        let publish = || run(&catalog, by.clone(), request.clone());
        let (a, b) = tokio::join!(publish(), publish());
        let again = publish().await.unwrap();
        assert_eq!((a.unwrap(), b.unwrap()), (again.clone(), again));
        assert_eq!(item(&catalog, FIRST_ITEM).await.unwrap().version, 2);
        let other = AdvanceChangeRequest { note: "另".to_owned(), ..request.clone() };
        let refused = tonic::Status::from(run(&catalog, by, other).await.unwrap_err());
        assert_eq!(refused.code(), Code::AlreadyExists);
        let somebody_else = run(&catalog, authority("丙", REGION), request).await.unwrap_err();
        let code = tonic::Status::from(somebody_else).code();
        assert_eq!(code, Code::FailedPrecondition, "an answer is given to its asker only");
    }

    #[tokio::test]
    async fn c13_a_handler_submits_and_the_regions_authority_decides() {
        let (catalog, _place) = loaded().await;
        let mut edited = editable(&catalog, FIRST_ITEM).await;
        edited.guide.as_mut().unwrap().fee_standard = "1元".to_owned();
        let own = handler(AGENCY);
        let change = draft(&catalog, &own, item_change(edited)).await.unwrap();
        for officer in [authority("甲", "652302"), handler("652301-a04")] {
            let refused = advance(&catalog, &officer, &change, Wire::Submit, "").await;
            assert_eq!(refused.unwrap_err().code(), Code::NotFound);
        }
        advance(&catalog, &own, &change, Wire::Submit, "").await.unwrap();
        for step in [Wire::Approve, Wire::Return, Wire::Publish] {
            let refused = advance(&catalog, &own, &change, step, "理由").await.unwrap_err();
            assert_eq!(refused.code(), Code::PermissionDenied);
        }
        let (near, above) = (authority("甲", REGION), authority("乙", "650000"));
        for note in ["", " \n"] {
            let silent = advance(&catalog, &near, &change, Wire::Return, note).await.unwrap_err();
            assert!(silent.message().contains("a return says why"), "{silent}");
        }
        let returned = advance(&catalog, &near, &change, Wire::Return, "缺依据").await.unwrap();
        assert_eq!(returned.state(), ChangeState::Draft);
        assert_eq!(returned.steps.last().unwrap().note, "缺依据");
        let early = advance(&catalog, &near, &change, Wire::Approve, "").await.unwrap_err();
        assert_eq!(early.code(), Code::FailedPrecondition);
        advance(&catalog, &own, &change, Wire::Submit, "").await.unwrap();
        advance(&catalog, &above, &change, Wire::Approve, "").await.unwrap();
        let done = advance(&catalog, &near, &change, Wire::Publish, "").await.unwrap();
        assert_eq!(done.steps.len(), 6);
        for step in [Wire::Draft, Wire::Import, Wire::Unspecified] {
            let refused = advance(&catalog, &near, &change, step, "").await.unwrap_err();
            assert_eq!(refused.code(), Code::InvalidArgument);
        }
    }

    #[tokio::test]
    async fn c08_a_regions_layer_of_the_tag_list_is_published_and_used() {
        let (catalog, _place) = loaded().await;
        const LIST: &str = "version = \"changji-2026\"\ninherits = \"national-2020-05\"\n\
                    source = \"示例\"\n[[tag]]\ncode = \"190\"\nlevel = \"very_dissatisfied\"\n\
                    text = \"示例标签\"\ncore = false\n";
        let list = |text: &str| change(Subject::TagList(TagListDocument { document: text.into() }));
        let named = |named: &str| {
            let mut change = profile(4, "2020-05-22", 15);
            if let Some(Subject::Profile(profile)) = &mut change.subject {
                profile.document +=
                    &format!("\n[tag_list]\nvalue = \"{named}\"\nclause = \"示例\"\n");
            }
            change
        };
        let early = publish(&catalog, REGION, named("changji-2026")).await.unwrap_err();
        assert!(early.message().contains("is not published"), "{early}");
        let core = list(
            "version = \"x\"\ninherits = \"national-2020-05\"\nsource = \"示例\"\n\
               [[wording]]\ncode = \"510\"\ntext = \"另一说法\"\n",
        );
        let refused = publish(&catalog, REGION, core).await.unwrap_err();
        assert!(refused.message().contains("core tag"), "{refused}");
        publish(&catalog, REGION, list(LIST)).await.unwrap();
        let twice = publish(&catalog, REGION, list(LIST)).await.unwrap_err();
        assert!(twice.message().contains("published already"), "{twice}");
        publish(&catalog, REGION, named("changji-2026")).await.unwrap();
        let known = catalog.memory.view().await.unwrap();
        let day = "2026-03-02".parse().unwrap();
        let of = |region| {
            let profile = known.documents.profile_on(region, day).unwrap();
            known.documents.tags(profile).unwrap()
        };
        assert_eq!(of(REGION).version, "changji-2026");
        assert!(of(REGION).tags.iter().any(|tag| tag.text == "示例标签"));
        assert_eq!(of("652302").version, "national-2020-05", "elsewhere the nation's");
    }
}
