//! What the tests of this service's RPCs share: officers, changes from draft to publication,
//! imported and exported files.

use platform::{
    auth::{Authority, Caller, Officer, Reader},
    clock::Clock,
    testing::{nobody, principal},
};
use proto::catalog::v1::{
    AdvanceChangeRequest, Change, DraftChangeRequest, ExportRequest, GetItemRequest, ImportHeader,
    ImportRequest, ImportSummary, Item, RowError, TransferFormat, TransferKind, change::Subject,
    change_step::Step, import_request::Part, import_response::Part as Answer,
};
use tokio_stream::StreamExt as _;
use tonic::Status;

use super::{
    catalog::get_item,
    change::{advance_change, draft_change},
    transfer::{export, import},
};
use crate::{error::Error, state::Catalog};

/// The region of the sample.
pub(crate) const REGION: &str = "652301";
/// An agency of the sample that is no Authority.
pub(crate) const AGENCY: &str = "652301-a03";
/// The base item of the sample's first item.
pub(crate) const FIRST_BASE: &str = "002014901000";

pub(crate) fn authority(id: &str, region: &str) -> Officer {
    principal(id, Caller::Authority { region: region.to_owned() })
}

pub(crate) fn handler(agency: &str) -> Officer {
    let caller = Caller::Handler { region: REGION.to_owned(), agency: agency.to_owned() };
    principal("经办", caller)
}

pub(crate) fn officer() -> Reader {
    principal("officer", Caller::Authority { region: REGION.to_owned() })
}

pub(crate) fn change(subject: Subject) -> Change {
    Change { subject: Some(subject), ..Change::default() }
}

pub(crate) fn item_change(item: Item) -> Change {
    change(Subject::Item(Box::new(item)))
}

pub(crate) fn request_id() -> String {
    Clock::System.new_id().to_string()
}

/// Drafts a change.
pub(crate) async fn draft(
    catalog: &Catalog,
    officer: &Officer,
    change: Change,
) -> Result<Change, Status> {
    let request = DraftChangeRequest { request_id: request_id(), change: Some(change) };
    let answer = draft_change::run(catalog, officer.clone(), request).await?;
    Ok(answer.change.unwrap())
}

/// Takes one step of a change.
pub(crate) async fn advance(
    catalog: &Catalog,
    officer: &Officer,
    change: &Change,
    step: Step,
    note: &str,
) -> Result<Change, Status> {
    let request = AdvanceChangeRequest {
        request_id: request_id(),
        change_id: change.change_id.clone(),
        step: step.into(),
        note: note.to_owned(),
    };
    let answer = advance_change::run(catalog, officer.clone(), request).await?;
    Ok(answer.change.unwrap())
}

/// Drafts, submits, approves and publishes a change by two officers of a region's Authority.
pub(crate) async fn publish(
    catalog: &Catalog,
    region: &str,
    change: Change,
) -> Result<Change, Status> {
    let (writer, approver) = (authority("起草人", region), authority("审核人", region));
    let change = draft(catalog, &writer, change).await?;
    advance(catalog, &writer, &change, Step::Submit, "").await?;
    advance(catalog, &approver, &change, Step::Approve, "").await?;
    advance(catalog, &approver, &change, Step::Publish, "").await
}

pub(crate) fn at(catalog: &Catalog, at: &str) {
    catalog.shell.clock.set(at.parse().unwrap());
}

/// An item as it is now.
pub(crate) async fn item(catalog: &Catalog, code: &str) -> Result<Item, Error> {
    let request = GetItemRequest { code: code.to_owned(), version: 0, at: None };
    get_item::run(catalog, nobody(), request).await.map(|answer| answer.item.unwrap())
}

/// An item in the form of a draft: without the fields of its base item.
pub(crate) async fn editable(catalog: &Catalog, code: &str) -> Item {
    let item = item(catalog, code).await.unwrap();
    Item { name: String::new(), r#type: 0, legal_basis: Vec::new(), ..item }
}

/// The end of an import.
#[derive(Debug)]
pub(crate) struct ImportOutcome {
    pub(crate) errors: Vec<RowError>,
    pub(crate) summary: Option<ImportSummary>,
    pub(crate) status: Option<Status>,
}

impl ImportOutcome {
    /// The summary of an imported file.
    pub(crate) fn done(self) -> ImportSummary {
        assert!(self.status.is_none() && self.errors.is_empty(), "{self:?}");
        self.summary.unwrap()
    }

    /// Whether a row's column was refused with a reason.
    #[track_caller]
    pub(crate) fn tells(&self, row: u64, column: &str, reason: &str) {
        let told = |error: &RowError| {
            error.row == row && error.column == column && error.reason.contains(reason)
        };
        assert!(self.errors.iter().any(told), "{row} {column} {reason}: {self:?}");
    }
}

pub(crate) fn header(kind: TransferKind, format: TransferFormat) -> ImportHeader {
    let (kind, format) = (kind.into(), format.into());
    ImportHeader { kind, format, encoding: String::new(), check_only: false }
}

pub(crate) fn parts(header: ImportHeader, bytes: &[u8]) -> Vec<Result<ImportRequest, Status>> {
    let chunk = |bytes: &[u8]| Part::Chunk(bytes.to_vec());
    let parts = [Part::Header(header)].into_iter().chain(bytes.chunks(64 << 10).map(chunk));
    parts.map(|part| Ok(ImportRequest { part: Some(part) })).collect()
}

/// Imports a stream as an officer of a region's Authority.
pub(crate) async fn import_parts(
    catalog: &Catalog,
    region: &str,
    parts: Vec<Result<ImportRequest, Status>>,
) -> ImportOutcome {
    let caller: Authority = principal("导入人", Caller::Authority { region: region.to_owned() });
    let mut answers = import::run(catalog, caller, tokio_stream::iter(parts));
    let mut imported = ImportOutcome { errors: Vec::new(), summary: None, status: None };
    while let Some(answer) = answers.next().await {
        match answer {
            Err(status) => imported.status = Some(status),
            Ok(answer) => match answer.part.unwrap() {
                Answer::RowError(error) => imported.errors.push(error),
                Answer::Summary(summary) => imported.summary = Some(summary),
            },
        }
    }
    imported
}

/// Imports a file of the nation's Authority.
pub(crate) async fn import(
    catalog: &Catalog,
    kind: TransferKind,
    format: TransferFormat,
    file: &str,
) -> ImportOutcome {
    import_parts(catalog, "000000", parts(header(kind, format), file.as_bytes())).await
}

/// Exports a file of the sample's region to an officer.
pub(crate) async fn export(
    catalog: &Catalog,
    kind: TransferKind,
    format: TransferFormat,
) -> String {
    let everywhere = matches!(kind, TransferKind::BaseItems | TransferKind::Tags);
    let region_code = if everywhere { String::new() } else { REGION.to_owned() };
    let request = ExportRequest { kind: kind.into(), format: format.into(), region_code, at: None };
    collect(export::run(catalog, officer(), request).await.unwrap()).await
}

pub(crate) async fn collect(mut answers: export::Answers) -> String {
    let mut file = Vec::new();
    while let Some(answer) = answers.next().await {
        file.extend(answer.unwrap().chunk);
    }
    String::from_utf8(file).unwrap()
}
