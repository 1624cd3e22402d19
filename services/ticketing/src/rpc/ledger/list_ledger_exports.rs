//! Lists who exported the ledger, for the auditor.

use domain::violation::Violations;
use platform::{audit, auth::Auditor, page::Page, status::Failure};
use prost::Message as _;
use proto::ticketing::v1::{
    LedgerExportEntry, LedgerExportRecord, ListLedgerExportsRequest, ListLedgerExportsResponse,
};

use crate::{error::Error, state::Ticketing};

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Auditor,
    request: ListLedgerExportsRequest,
) -> Result<ListLedgerExportsResponse, Error> {
    let mut wrong = Violations::default();
    let page = Page::read(&mut wrong, "ListLedgerExports", request.page_size, &request.page_token);
    wrong.finish(())?;
    let after = page.after.unwrap_or(0);
    let mut read = audit::list(&ticketing.store, after, page.read_size()).await?;
    let next_page_token = page.cut(&mut read, |entry| entry.position);
    let entry = |entry: audit::Entry| {
        let record = LedgerExportRecord::decode(entry.record.as_slice());
        let record = record.map_err(|error| Failure::Internal(format!("audit: {error}")))?;
        let theirs = caller.officer().reaches(&record.actor_region);
        Ok(LedgerExportEntry {
            position: entry.position.unsigned_abs(),
            previous_hash: entry.previous,
            hash: entry.hash,
            encoded_record: if theirs { entry.record } else { Vec::new() },
        })
    };
    let entries = read.into_iter().map(entry).collect::<Result<_, Error>>()?;
    Ok(ListLedgerExportsResponse { entries, next_page_token })
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{REGION, principal},
    };
    use proto::ticketing::v1::{ExportLedgerRequest, LedgerFormat};
    use tokio_stream::StreamExt as _;

    use super::*;
    use crate::rpc::{
        ledger::export_ledger,
        testing::{Fixture, authority},
    };

    fn auditor(region: &str) -> Auditor {
        principal("auditor", Caller::Auditor { region: region.to_owned() })
    }

    #[tokio::test]
    async fn t14_the_auditor_reads_who_exported_the_ledger_and_can_compute_every_hash() {
        let fixture = Fixture::new().await;
        let ticketing = &fixture.ticketing;
        let format = LedgerFormat::CsvTickets.into();
        let asked = ExportLedgerRequest { format, filter: None };
        let mut file = export_ledger::run(ticketing, authority(REGION), asked).await.unwrap();
        while file.next().await.is_some() {}
        let (mut entries, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListLedgerExportsRequest { page_size: 1, page_token };
            let page = run(ticketing, auditor(REGION), request).await.unwrap();
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
        let action = |entry: &LedgerExportEntry| {
            LedgerExportRecord::decode(entry.encoded_record.as_slice()).unwrap().action
        };
        assert_eq!(entries.iter().map(action).collect::<Vec<_>>(), ["export", "export ended"]);
        let request = ListLedgerExportsRequest::default();
        let other = run(ticketing, auditor("652302"), request).await.unwrap().entries;
        assert!(
            other.iter().all(|entry| entry.encoded_record.is_empty() && !entry.hash.is_empty())
        );
        let wrong = ListLedgerExportsRequest { page_size: 0, page_token: "eA".to_owned() };
        let told = run(ticketing, auditor(REGION), wrong).await.unwrap_err().to_string();
        assert!(told.contains("page_token:"), "{told}");
    }
}
