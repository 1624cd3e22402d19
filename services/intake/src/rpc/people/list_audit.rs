//! Lists who looked at persons' data, for the auditor.

use domain::violation::Violations;
use platform::{
    audit,
    auth::{Auditor, Officer},
    page::Page,
    status::Failure,
};
use prost::Message as _;
use proto::intake::v1::{AuditEntry, AuditRecord, ListAuditRequest, ListAuditResponse};
use uuid::Uuid;

use crate::{
    Intake,
    app::people::reached,
    convert::people::note_place,
    error::{Error, people::PeopleError},
    store::people::subjects::{self, Subject},
};

pub(crate) async fn run(
    intake: &Intake,
    caller: Auditor,
    request: ListAuditRequest,
) -> Result<ListAuditResponse, Error> {
    let mut wrong = Violations::default();
    let page = Page::read(&mut wrong, "ListAudit", request.page_size, &request.page_token);
    wrong.finish(())?;
    let after = page.after.unwrap_or(0);
    let mut entries = audit::list(&intake.store, after, page.read_size()).await?;
    let next_page_token = page.cut(&mut entries, |entry| entry.position);
    let mut read = Vec::new();
    for entry in entries {
        let record = AuditRecord::decode(entry.record.as_slice());
        let record = record.map_err(|error| Failure::Internal(format!("audit: {error}")))?;
        let id = record.record_id.parse::<Uuid>().unwrap_or_default();
        let mut theirs = caller.officer().reaches(&record.subject_region);
        if record.subject_kind == "report" {
            // A look at a report would tell that there is one.
            let id = record.subject_id.parse::<Uuid>().unwrap_or_default();
            theirs = may_see_report(intake, caller.officer(), id).await?;
        }
        read.push((entry, id, theirs));
    }
    let ids: Vec<Uuid> = read.iter().filter(|(.., theirs)| *theirs).map(|(_, id, _)| *id).collect();
    let notes = subjects::notes(intake.store.read(), &ids).await?;
    let entry = |(entry, id, theirs): (audit::Entry, Uuid, bool)| {
        let note = match notes.get(&id) {
            Some(note) => intake.shell.sealer.open(note, &note_place(id))?,
            // Of another region, or gone: the record shows that there was one.
            None => Vec::new(),
        };
        Ok(AuditEntry {
            position: entry.position.unsigned_abs(),
            previous_hash: entry.previous,
            hash: entry.hash,
            encoded_record: if theirs { entry.record } else { Vec::new() },
            purpose_note: String::from_utf8_lossy(&note).into_owned(),
        })
    };
    let entries = read.into_iter().map(entry).collect::<Result<_, Error>>()?;
    Ok(ListAuditResponse { entries, next_page_token })
}

async fn may_see_report(intake: &Intake, officer: &Officer, id: Uuid) -> Result<bool, Error> {
    match reached(intake.store.read(), officer, Subject::Report(id)).await {
        Ok(_) => Ok(true),
        Err(Error::People(PeopleError::NotFound)) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use platform::{auth::Caller, testing::principal};
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        people::reveal_person,
        testing::{Fixture, NAME, NOTE, NUMBER, PHONE, TEXT, holds, officer, reveal},
    };

    fn auditor(region: &str) -> Auditor {
        principal("auditor", Caller::Auditor { region: region.to_owned() })
    }

    async fn list(fixture: &Fixture, region: &str, size: u32, token: &str) -> ListAuditResponse {
        let request = ListAuditRequest { page_size: size, page_token: token.to_owned() };
        run(&fixture.intake, auditor(region), request).await.unwrap()
    }

    #[tokio::test]
    async fn s01_the_authority_reads_the_record_page_by_page_and_can_compute_every_hash() {
        let fixture = Fixture::new().await;
        let rated = fixture.rated_by_someone().await;
        for n in 0..3 {
            let caller = officer(&format!("officer-{n}"), None);
            let request = reveal(&rated, &[1, 2, 3, 4, 5]);
            reveal_person::run(&fixture.intake, caller, request).await.unwrap();
        }
        let (mut entries, mut token) = (Vec::new(), String::new());
        loop {
            let page = list(&fixture, "652301", 2, &token).await;
            assert!(page.entries.len() <= 2);
            entries.extend(page.entries);
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        let mut previous = vec![0; 32];
        for (n, entry) in entries.iter().enumerate() {
            let position = i64::try_from(entry.position).unwrap();
            assert_eq!(entry.previous_hash, previous);
            previous = audit::chain(&previous, &entry.encoded_record, position).to_vec();
            assert_eq!(entry.hash, previous);
            let record = AuditRecord::decode(entry.encoded_record.as_slice()).unwrap();
            assert_eq!((record.actor, entry.purpose_note.as_str()), (format!("officer-{n}"), NOTE));
            for clear in [NAME, NUMBER, PHONE, TEXT] {
                assert!(!holds(&entry.encode_to_vec(), clear), "no person's datum: {clear}");
            }
        }
        assert_eq!(entries.len(), 3);
        let wrong = ListAuditRequest { page_size: 0, page_token: "eA".to_owned() };
        let refused = run(&fixture.intake, auditor("652301"), wrong).await.unwrap_err();
        assert_eq!(tonic::Status::from(refused).code(), Code::InvalidArgument);
    }

    #[tokio::test]
    async fn s01_of_another_regions_looks_the_authority_sees_the_hashes_alone() {
        let fixture = Fixture::new().await;
        let rated = fixture.rated_by_someone().await;
        let (caller, request) = (officer("officer-1", None), reveal(&rated, &[1]));
        reveal_person::run(&fixture.intake, caller, request).await.unwrap();
        let own = &list(&fixture, "652300", 0, "").await.entries[0];
        let other = &list(&fixture, "652302", 0, "").await.entries[0];
        assert_eq!((&own.hash, own.purpose_note.as_str()), (&other.hash, NOTE));
        assert!(other.encoded_record.is_empty() && other.purpose_note.is_empty());
    }
}
