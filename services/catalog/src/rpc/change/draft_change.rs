//! Drafts a change, or drafts it again before it is submitted (C02).

use domain::{
    change::{ChangeEntry, ChangeStep, Course},
    violation::Violations,
};
use platform::{auth::Officer, once::Recognised, status::Failure};
use proto::catalog::v1::{DraftChangeRequest, DraftChangeResponse};
use uuid::Uuid;

use crate::{
    app::{
        catalog::publish::Publishing,
        change::check::{CheckedChange, as_kept},
    },
    convert::change::change_to_wire,
    error::{ChangeError, Error},
    state::Catalog,
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
    let asked = shell.once(&catalog.store, key).await?;
    let txn = match asked.recognise::<DraftChangeResponse>().await? {
        Recognised::Before(answer) => {
            // An officer who has moved to another office sees nothing of the former one's.
            let drafted = answer.change.as_ref().and_then(|change| change.change_id.parse().ok());
            let read = catalog.store.read();
            let reached = store::change::change(read, &caller, drafted.unwrap_or_default()).await?;
            return reached.map(|_| answer).ok_or_else(|| ChangeError::NotFound.into());
        }
        Recognised::New(txn) => txn,
    };
    let at = shell.clock.now();
    let checked =
        CheckedChange::read(&Publishing::only_checking(&txn, &shell.clock), &caller, &change)
            .await?;
    if !may_draft(&caller, &checked) {
        return Err(ChangeError::NotFound.into());
    }
    let kept = as_kept(&change, &checked);
    let (id, course) = match known {
        None => {
            let (id, course) = (shell.clock.new_id(), Course::begin(caller.id(), at));
            let agency = checked.agency_id.as_deref();
            store::change::insert_change(&txn, id, &checked.region_code, agency, &kept, &course)
                .await?;
            (id, course)
        }
        Some(id) => {
            let old =
                store::change::change(&txn, &caller, id).await?.ok_or(ChangeError::NotFound)?;
            let same = old.row.region_code == checked.region_code
                && old.row.agency_id == checked.agency_id;
            if !same {
                let mut wrong = Violations::default();
                wrong.add("change", "is of another region or agency than its first draft");
                return Err(wrong.into());
            }
            let officer_id = caller.id().to_owned();
            let drafted =
                ChangeEntry { step: ChangeStep::Draft, officer_id, at, note: String::new() };
            let course = old.course.take(drafted)?;
            if !store::change::update_change(&txn, id, &kept, &course).await? {
                return Err(Failure::Raced("somebody else changed the change").into());
            }
            (id, course)
        }
    };
    let change = Some(change_to_wire(id, kept, &course));
    let answer = DraftChangeResponse { change };
    Ok(txn.finish(answer, Vec::new()).await?)
}

/// A handling agency drafts changes of its own items, the Authority those of its region and below.
fn may_draft(caller: &Officer, checked: &CheckedChange) -> bool {
    match caller.agency() {
        Some(agency) => checked.agency_id.as_deref() == Some(agency),
        None => caller.reaches(&checked.region_code),
    }
}

#[cfg(test)]
mod tests {
    use proto::catalog::v1::{
        CalendarDocument, Cancellation, Change, Item, ProfileDocument, TagListDocument,
        TransferFormat, TransferKind, change::Subject,
    };
    use tonic::{Code, Status};

    use super::*;
    use crate::{
        jobs::load_region::tests::{FIRST_ITEM, SOURCES, loaded},
        rpc::testing::{
            AGENCY, FIRST_BASE, REGION, authority, change, draft, editable, handler, import, item,
            item_change,
        },
    };

    async fn edited(catalog: &Catalog, fee: &str) -> Item {
        let mut item = editable(catalog, FIRST_ITEM).await;
        item.guide.as_mut().unwrap().fee_standard = fee.to_owned();
        item
    }

    #[tokio::test]
    async fn c01_an_item_that_says_otherwise_than_its_base_item_is_refused() {
        let (catalog, _place) = loaded().await;
        let officer = authority("甲", REGION);
        let mut same = item(&catalog, FIRST_ITEM).await.unwrap();
        let idle = draft(&catalog, &officer, item_change(same.clone())).await.unwrap_err();
        assert!(idle.message().contains("says nothing new"), "{idle}");
        same.guide.as_mut().unwrap().fee_standard = "1元".to_owned();
        draft(&catalog, &officer, item_change(same.clone())).await.unwrap();
        let other = |change: fn(&mut Item)| {
            let mut item = same.clone();
            change(&mut item);
            item
        };
        for (field, item) in [
            ("name", other(|item| item.name.push('他'))),
            ("type", other(|item| item.r#type = 1)),
            ("legal_basis", other(|item| item.legal_basis.push("另一依据".to_owned()))),
            ("code", other(|item| item.code.replace_range(28..31, "777"))),
        ] {
            let change = item_change(item);
            let refused = draft(&catalog, &officer, change).await.unwrap_err();
            assert_eq!(refused.code(), Code::InvalidArgument, "{field}");
            assert!(refused.message().contains(&format!("change.item.{field}")), "{refused}");
        }
        let mut unknown = edited(&catalog, "1元").await;
        unknown.code.replace_range(28..31, "777");
        let refused = draft(&catalog, &officer, item_change(unknown)).await.unwrap_err();
        assert!(refused.message().contains("which is no base item"), "{refused}");
        assert!(FIRST_ITEM.ends_with(FIRST_BASE));
    }

    #[tokio::test]
    async fn c02_the_same_request_is_one_draft_and_its_id_is_not_used_again() {
        let (catalog, _place) = loaded().await;
        let first = item_change(edited(&catalog, "1元").await);
        let request_id = crate::rpc::testing::request_id();
        let request = |change: &Change| DraftChangeRequest {
            request_id: request_id.clone(),
            change: Some(change.clone()),
        };
        let officer = authority("甲", REGION);
        let drafted = run(&catalog, officer.clone(), request(&first)).await.unwrap();
        let again = run(&catalog, officer.clone(), request(&first)).await.unwrap();
        assert_eq!(drafted, again);
        let other = item_change(edited(&catalog, "2元").await);
        let refused = run(&catalog, officer.clone(), request(&other)).await.unwrap_err();
        assert_eq!(Status::from(refused).code(), Code::AlreadyExists);
        // A new draft under the same identity is the same change, with the new content.
        let id = drafted.change.unwrap().change_id;
        let anew = draft(&catalog, &officer, Change { change_id: id.clone(), ..other }).await;
        let anew = anew.unwrap();
        assert_eq!((&anew.change_id, anew.steps.len()), (&id, 2));
    }

    #[tokio::test]
    async fn c13_whoever_has_moved_reads_no_answer_of_their_former_office_again() {
        let (catalog, _place) = loaded().await;
        let change = Some(item_change(edited(&catalog, "1元").await));
        let request = DraftChangeRequest { request_id: crate::rpc::testing::request_id(), change };
        let officer = authority("甲", REGION);
        let drafted = run(&catalog, officer.clone(), request.clone()).await.unwrap();
        for moved in [authority("甲", "652302"), authority("甲", "652301105")] {
            let refused = run(&catalog, moved, request.clone()).await.unwrap_err();
            assert_eq!(Status::from(refused).code(), Code::NotFound);
        }
        assert_eq!(run(&catalog, officer, request).await.unwrap(), drafted);
    }

    #[tokio::test]
    async fn c13_an_officer_drafts_what_is_theirs_only() {
        let (catalog, _place) = loaded().await;
        let change = item_change(edited(&catalog, "1元").await);
        draft(&catalog, &handler(AGENCY), change.clone()).await.unwrap();
        let above = draft(&catalog, &authority("甲", "650000"), change.clone()).await.unwrap();
        for officer in [handler("652301-a04"), authority("乙", "652302")] {
            let refused = draft(&catalog, &officer, change.clone()).await.unwrap_err();
            assert_eq!(refused.code(), Code::NotFound);
            let change_id = above.change_id.clone();
            let named = Change { change_id, ..change.clone() };
            let refused = draft(&catalog, &officer, named).await.unwrap_err();
            assert_eq!(refused.code(), Code::NotFound);
        }
    }

    fn profile(document: String) -> Change {
        change(Subject::Profile(ProfileDocument { document, region_code: String::new() }))
    }

    #[tokio::test]
    async fn c13_a_profile_looser_than_its_superior_is_refused_with_the_reason() {
        let (catalog, _place) = loaded().await;
        let changji = SOURCES.profiles[1].text.replace("version = 3", "version = 4");
        let loosened = changji.replace("value = 100", "value = 99");
        let township = |days: u32| {
            format!(
                "id = \"township\"\nversion = 1\ninherits = \"changji-2020\"\n\
                 region = \"652301105\"\ndocument = \"示例\"\nin_force_from = \"2026-01-01\"\n\
                 trial = false\n[feed_back_clear]\nclause = \"一\"\n\
                 value = {{ days = {days}, unit = \"working\", event = \"rating_received\" }}\n"
            )
        };
        let officer = authority("甲", REGION);
        draft(&catalog, &officer, profile(township(5))).await.unwrap();
        for (looser, field) in [(loosened, "percent"), (township(6), "feed_back_clear")] {
            let refused = draft(&catalog, &officer, profile(looser)).await.unwrap_err();
            assert_eq!(refused.code(), Code::InvalidArgument);
            assert!(refused.message().contains(field), "{refused}");
        }
        for (wrong, reason) in [
            (SOURCES.profiles[1].text.to_owned(), "not a newer version"),
            (changji.replace("state-council-2019", "nobody-1999"), "is not published"),
            (changji.replace("inherits", "#"), "does not inherit \"state-council-2019\""),
            (changji.replace("state-council-2019", "a\\u0000b"), "hidden character"),
            ("id = 7".to_owned(), "profile"),
            ("[".to_owned(), "document:1"),
            (String::new(), "profile"),
        ] {
            let refused = draft(&catalog, &officer, profile(wrong)).await.unwrap_err();
            assert_eq!(refused.code(), Code::InvalidArgument);
            assert!(refused.message().contains(reason), "{reason}: {refused}");
        }
    }

    #[tokio::test]
    async fn c13_nobody_publishes_another_regions_profile_or_item_as_their_own() {
        let (catalog, _place) = loaded().await;
        let neighbour = authority("甲", "652302");
        let own = SOURCES.profiles[1].text.replace("version = 3", "version = 9");
        let own = own.replace("region = \"652301\"", "region = \"652302\"");
        let nation = own.replace("changji-2020", "state-council-2019").replace("inherits", "#");
        for taken in [own, nation] {
            let refused = draft(&catalog, &neighbour, profile(taken)).await.unwrap_err();
            assert!(refused.message().contains("another region's profile"), "{refused}");
        }
        let region = r#"{"kind":"region","unit_id":"652302","name":"示例市"}"#;
        let kind = TransferKind::Organization;
        import(&catalog, kind, TransferFormat::JsonLines, region).await.done();
        let mut moved = edited(&catalog, "1元").await;
        moved.region_code = "652302".to_owned();
        let moved = item_change(moved);
        let refused = draft(&catalog, &neighbour, moved.clone()).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
        draft(&catalog, &authority("乙", "650000"), moved).await.unwrap();
    }

    #[tokio::test]
    async fn what_no_store_can_hold_is_refused_before_it_gets_there() {
        let (catalog, _place) = loaded().await;
        let officer = authority("甲", "000000");
        let cancel = |code: &str| {
            let (code, reason) = (code.to_owned(), "示例".to_owned());
            change(Subject::Cancellation(Cancellation { code, reason }))
        };
        let mut item = edited(&catalog, "1元").await;
        item.code.replace_range(19..31, &"\u{0}".repeat(12));
        let list = "version = \"a\\u0000b\"\nsource = \"示例\"\n".to_owned();
        for wrong in [
            cancel(&"\u{0}".repeat(12)),
            cancel("\u{0}"),
            cancel(""),
            cancel("002014901001"),
            item_change(item),
            change(Subject::TagList(TagListDocument { document: list })),
            profile(SOURCES.profiles[1].text.replace("changji-2020", "a\\u0000b")),
            Change { change_id: "1".to_owned(), ..cancel(FIRST_ITEM) },
            Change::default(),
        ] {
            let refused = draft(&catalog, &officer, wrong).await.unwrap_err();
            assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
        }
    }

    #[tokio::test]
    async fn c13_what_is_the_nations_or_a_neighbours_is_drafted_there() {
        let (catalog, _place) = loaded().await;
        let base =
            crate::store::catalog::base_item(&catalog.store, FIRST_BASE, None).await.unwrap();
        let base = platform::convert::item::to_wire_base_item(&base.unwrap());
        let cancel = |code: &str| {
            let (code, reason) = (code.to_owned(), "示例".to_owned());
            change(Subject::Cancellation(Cancellation { code, reason }))
        };
        let year = "year = 2027\nnotice = \"示例\"\ndocument = \"示例号\"\nholiday = []\n";
        let year = CalendarDocument { document: year.to_owned() };
        let changji = SOURCES.profiles[1].text.replace("version = 3", "version = 4");
        let nation = [change(Subject::BaseItem(base)), cancel(FIRST_BASE)];
        let nation = [nation.to_vec(), vec![change(Subject::Calendar(year))]].concat();
        let own = [cancel(FIRST_ITEM), profile(changji)];
        for change in &nation {
            draft(&catalog, &authority("甲", "000000"), change.clone()).await.unwrap();
            for officer in [authority("甲", REGION), authority("甲", "650000"), handler(AGENCY)] {
                let refused = draft(&catalog, &officer, change.clone()).await.unwrap_err();
                assert_eq!(refused.code(), Code::NotFound, "{change:?}");
            }
        }
        for change in &own {
            draft(&catalog, &authority("甲", REGION), change.clone()).await.unwrap();
            for officer in [authority("甲", "652302"), handler("652301-a04")] {
                let refused = draft(&catalog, &officer, change.clone()).await.unwrap_err();
                assert_eq!(refused.code(), Code::NotFound, "{change:?}");
            }
        }
    }
}
