//! Lists who exported tables for the appraisal, for the auditor.

use domain::violation::Violations;
use platform::{audit, auth::Auditor, page::Page, status::Failure};
use prost::Message as _;
use proto::publication::v1::{
    AppraisalExportEntry, AppraisalExportRecord, ListAppraisalExportsRequest,
    ListAppraisalExportsResponse,
};

use crate::{error::Error, state::Publication};

pub(crate) async fn run(
    publication: &Publication,
    caller: Auditor,
    request: ListAppraisalExportsRequest,
) -> Result<ListAppraisalExportsResponse, Error> {
    let mut wrong = Violations::default();
    let page =
        Page::read(&mut wrong, "ListAppraisalExports", request.page_size, &request.page_token);
    wrong.finish(())?;
    let after = page.after.unwrap_or(0);
    let mut read = audit::list(&publication.store, after, page.read_size()).await?;
    let next_page_token = page.cut(&mut read, |entry| entry.position);
    let entry = |entry: audit::Entry| {
        let record = AppraisalExportRecord::decode(entry.record.as_slice());
        let record = record.map_err(|error| Failure::Internal(format!("audit: {error}")))?;
        let theirs = caller.officer().reaches(&record.actor_region);
        Ok(AppraisalExportEntry {
            position: entry.position.unsigned_abs(),
            previous_hash: entry.previous,
            hash: entry.hash,
            encoded_record: if theirs { entry.record } else { Vec::new() },
        })
    };
    let entries = read.into_iter().map(entry).collect::<Result<_, Error>>()?;
    Ok(ListAppraisalExportsResponse { entries, next_page_token })
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{REGION, principal},
    };
    use proto::publication::v1::{AppraisalFormat, AppraisalTable, ExportAppraisalRequest};

    use super::*;
    use crate::rpc::{
        appraisal::{export_appraisal, testing::authority},
        testing::Fixture,
    };

    fn auditor(region: &str) -> Auditor {
        principal("auditor", Caller::Auditor { region: region.to_owned() })
    }

    #[tokio::test]
    async fn p07_the_auditor_reads_who_exported_tables_and_can_compute_every_hash() {
        let fixture = Fixture::under("guangxi-2019").await;
        let publication = &fixture.publication;
        let asked = ExportAppraisalRequest {
            format: AppraisalFormat::Csv.into(),
            table: AppraisalTable::Deductions.into(),
            region_code: REGION.to_owned(),
            period: "2026-01".to_owned(),
        };
        for actor in ["主管", "副主管"] {
            let caller = authority(actor, REGION);
            drop(export_appraisal::run(publication, caller, asked.clone()).await.unwrap());
        }
        let (mut entries, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListAppraisalExportsRequest { page_size: 1, page_token };
            let page = run(publication, auditor(REGION), request).await.unwrap();
            entries.extend(page.entries);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        let mut previous = vec![0; 32];
        for entry in &entries {
            let position = i64::try_from(entry.position).unwrap();
            assert_eq!(entry.previous_hash, previous);
            previous = audit::chain(&previous, &entry.encoded_record, position).to_vec();
            assert_eq!(entry.hash, previous);
        }
        let actor = |entry: &AppraisalExportEntry| {
            AppraisalExportRecord::decode(entry.encoded_record.as_slice()).unwrap().actor
        };
        assert_eq!(entries.iter().map(actor).collect::<Vec<_>>(), ["主管", "副主管"]);
        let request = ListAppraisalExportsRequest::default();
        let other = run(publication, auditor("652302"), request).await.unwrap().entries;
        assert!(
            other.iter().all(|entry| entry.encoded_record.is_empty() && !entry.hash.is_empty())
        );
        let wrong = ListAppraisalExportsRequest { page_size: 0, page_token: "eA".to_owned() };
        let told = run(publication, auditor(REGION), wrong).await.unwrap_err().to_string();
        assert!(told.contains("page_token:"), "{told}");
    }
}
