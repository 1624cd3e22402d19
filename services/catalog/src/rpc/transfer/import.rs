//! Imports a file, all or nothing (C11).

use std::{pin::Pin, time::Duration};

use domain::{change::Course, violation::Violations};
use platform::{
    auth::{Authority, Officer},
    facts,
    status::Failure,
};
use proto::catalog::v1::{
    ImportHeader, ImportRequest, ImportResponse, ImportSummary, RowError, TransferKind,
    import_request::Part, import_response,
};
use tokio::sync::mpsc::channel;
use tokio_stream::{Stream, StreamExt as _, wrappers::ReceiverStream};
use tonic::Status;

use crate::{
    app::{
        catalog::publish::Publishing,
        transfer::{Encoding, FileForm, TakeIn, format},
    },
    error::{Error, TransferError},
    facts::commit,
    state::Catalog,
    store,
};

/// How many answers and chunks wait for their reader.
const WAITING: usize = 8;

/// How long a caller may send nothing: during an import nobody else can publish.
const STALLED: Duration = Duration::from_secs(30);

/// How long a file waits for another import.
const TURN: Duration = Duration::from_secs(5);

/// How long a file may take to arrive.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// What the caller gets.
pub(crate) type Answers = Pin<Box<dyn Stream<Item = Result<ImportResponse, Status>> + Send>>;

pub(crate) fn run<S>(catalog: &Catalog, caller: Authority, parts: S) -> Answers
where
    S: Stream<Item = Result<ImportRequest, Status>> + Send + Unpin + 'static,
{
    let (answers, receiver) = channel(WAITING);
    let catalog = catalog.clone();
    tokio::spawn(async move {
        let ended = match take_in(&catalog, caller.officer(), parts).await {
            Err(error) => Err(error.into()),
            Ok((errors, summary)) => {
                for error in errors {
                    let part = Some(import_response::Part::RowError(error));
                    let _ = answers.send(Ok(ImportResponse { part })).await;
                }
                let part = Some(import_response::Part::Summary(summary));
                // A caller that has gone does not get it: what was imported stays.
                let _ = answers.send(Ok(ImportResponse { part })).await;
                match refused(&summary) {
                    Some(error) => Err(Status::from(error)),
                    None => Ok(()),
                }
            }
        };
        if let Err(status) = ended {
            let _ = answers.send(Err(status)).await;
        }
    });
    Box::pin(ReceiverStream::new(receiver))
}

fn refused(summary: &ImportSummary) -> Option<Error> {
    let ImportSummary { rows, errors, .. } = *summary;
    (errors > 0).then_some(TransferError::RowsRefused { errors, rows }.into())
}

async fn take_in<S>(
    catalog: &Catalog,
    officer: &Officer,
    mut parts: S,
) -> Result<(Vec<RowError>, ImportSummary), Error>
where
    S: Stream<Item = Result<ImportRequest, Status>> + Send + Unpin + 'static,
{
    let Some(first) = parts.next().await else { return Err(missing("header")) };
    let Some(Part::Header(header)) = first.map_err(broken)?.part else {
        return Err(missing("header"));
    };
    let written = decode(&header)?;
    // A file may take minutes: a waiting call holds nothing, and does not wait long.
    let alone = tokio::time::timeout(TURN, catalog.importing.lock()).await;
    let Ok(_alone) = alone else { return Err(TransferError::Importing.into()) };
    let (sender, chunks) = channel(WAITING);
    let (stop, ended) = (catalog.shell.stop.clone(), tokio::time::Instant::now() + LONGEST);
    let forwarding = tokio::spawn(async move {
        loop {
            let part = tokio::select! {
                part = parts.next() => part,
                () = stop.stopped() => return Err(Status::unavailable("the server stops")),
                () = tokio::time::sleep_until(ended) => {
                    return Err(Status::deadline_exceeded("it took more than 15 minutes"));
                }
                () = tokio::time::sleep(STALLED) => {
                    return Err(Status::deadline_exceeded("nothing came for 30 seconds"));
                }
                // After a mistake in the whole file nobody reads further.
                () = sender.closed() => return Ok(()),
            };
            let Some(part) = part else { return Ok(()) };
            match part?.part {
                Some(Part::Chunk(chunk)) => {
                    if sender.send(chunk).await.is_err() {
                        return Ok(());
                    }
                }
                Some(Part::Header(_)) | None => {
                    return Err(Status::invalid_argument("a part is no chunk"));
                }
            }
        }
    });
    let txn = catalog.store.begin().await?;
    // The decision uses everything published before.
    let turn = facts::take_long_turn(&txn, STALLED * 2).await?;
    let shell = &catalog.shell;
    let id = shell.clock.new_id();
    let mut publishing = Publishing::new(&txn, turn, &shell.clock);
    publishing.change_id = Some(id.to_string());
    let at = publishing.at;
    let summary = ImportSummary::default();
    let mut taken = TakeIn { publishing, officer, errors: Vec::new(), summary };
    let read = taken.run(written, chunks).await;
    // A caller that was cut off has not sent a whole file, even if it is well-formed so far.
    match forwarding.await {
        Ok(Ok(())) => read?,
        Ok(Err(status)) => return Err(broken(status)),
        Err(died) => return Err(Failure::Internal(died.to_string()).into()),
    }
    let (mut summary, change) = (taken.summary, taken.as_change(written.kind));
    let errors = taken.errors;
    taken.publishing.finish().await?;
    if summary.errors > 0 || header.check_only {
        txn.rollback().await?;
        return Ok((errors, summary));
    }
    summary.applied = true;
    if summary.changed > 0 {
        let course = Course::imported(officer.id(), at);
        store::change::insert_change(&txn, id, officer.region(), None, &change, &course).await?;
    }
    // Not `shell.once`: a stream has no request id, and publishing the same twice changes nothing.
    commit(catalog, txn).await?;
    Ok((errors, summary))
}

/// The content of a header.
fn decode(header: &ImportHeader) -> Result<FileForm, Error> {
    let mut wrong = Violations::default();
    let kind = TransferKind::try_from(header.kind).unwrap_or_default();
    wrong.require(kind != TransferKind::Unspecified, "header.kind", "is missing");
    let format = wrong.take("header.format", format(header.format));
    let encoding = match header.encoding.to_ascii_lowercase().as_str() {
        "" | "utf-8" | "utf8" => Some(Encoding::Utf8),
        "gb18030" | "gbk" | "gb2312" => Some(Encoding::Gb18030),
        _ => {
            wrong.add("header.encoding", "is neither utf-8 nor gb18030");
            None
        }
    };
    match wrong.finish((format, encoding))? {
        (Some(format), Some(encoding)) => Ok(FileForm { kind, format, encoding }),
        _ => Err(Violations::default().into()),
    }
}

fn missing(field: &str) -> Error {
    let mut wrong = Violations::default();
    wrong.add(field, "is missing: it comes first");
    wrong.into()
}

/// The caller's stream broke off, or is malformed.
fn broken(status: Status) -> Error {
    let mut wrong = Violations::default();
    wrong.add("chunk", format!("the file did not arrive completely: {}", status.message()));
    wrong.into()
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        testing::{
            principal,
            wait::{PATIENCE, until, within},
        },
    };
    use proto::catalog::v1::TransferFormat;

    use super::*;
    use crate::{
        jobs::load_region::tests::loaded,
        rpc::testing::{export, header, import, parts},
    };

    fn base_row(code: &str, name: &str) -> String {
        let fields = r#""type":"20","legal_basis":["示例依据"]"#;
        format!("{{\"base_code\":\"{code}\",\"name\":\"{name}\",{fields}}}\n")
    }

    /// The code of a separate base item.
    fn base_code(n: usize) -> String {
        format!("00209{n:07}")
    }

    const KIND: TransferKind = TransferKind::BaseItems;
    const LINES: TransferFormat = TransferFormat::JsonLines;

    #[tokio::test]
    async fn c11_one_wrong_row_of_many_changes_nothing_and_is_told() {
        let (catalog, _place) = loaded().await;
        let head = facts::head(&catalog.store).await.unwrap();
        let before = export(&catalog, KIND, LINES).await;
        let rows = |wrong: Option<usize>| -> String {
            let name = |n| if Some(n) == wrong { "" } else { "示例事项" };
            (0..1_200).map(|n| base_row(&base_code(n), name(n))).collect()
        };
        let refused = import(&catalog, KIND, LINES, &rows(Some(1_100))).await;
        refused.tells(1_101, "name", "is empty");
        assert_eq!(refused.errors.len(), 1);
        assert_eq!(refused.status.as_ref().unwrap().code(), tonic::Code::InvalidArgument);
        let summary = refused.summary.unwrap();
        assert_eq!((summary.rows, summary.errors, summary.applied), (1_200, 1, false));
        assert_eq!(facts::head(&catalog.store).await.unwrap(), head);
        assert_eq!(export(&catalog, KIND, LINES).await, before);
        let summary = import(&catalog, KIND, LINES, &rows(None)).await.done();
        assert_eq!((summary.rows, summary.changed, summary.applied), (1_200, 1_200, true));
        let again = import(&catalog, KIND, LINES, &rows(None)).await.done();
        assert_eq!((again.changed, again.applied), (0, true));
    }

    #[tokio::test]
    async fn c11_a_file_that_is_refused_is_not_waited_for() {
        let (catalog, _place) = loaded().await;
        let file = header(KIND, TransferFormat::Csv);
        let parts = tokio_stream::iter(parts(file, b"no,such,columns\n1,2,3\n"));
        // The caller neither continues nor ends.
        let parts = parts.chain(tokio_stream::pending());
        let nation = Caller::Authority { region: "000000".to_owned() };
        let mut answers = run(&catalog, principal("甲", nation), parts);
        let first = within("a refusal", PATIENCE, answers.next()).await;
        assert_eq!(first.unwrap().unwrap_err().code(), tonic::Code::InvalidArgument);
        // Nor does it stop others from publishing.
        import(&catalog, KIND, LINES, &base_row(&base_code(1), "示例")).await.done();
    }

    #[tokio::test]
    async fn c11_while_a_file_comes_in_another_is_refused_and_everybody_reads() {
        let (catalog, _place) = loaded().await;
        let nation = || principal("甲", Caller::Authority { region: "000000".to_owned() });
        let file = || parts(header(KIND, LINES), base_row(&base_code(1), "示例").as_bytes());
        let unended = tokio_stream::iter(file()).chain(tokio_stream::pending());
        let first = run(&catalog, nation(), unended);
        until("the first begins", async || catalog.importing.try_lock().is_err()).await;
        let mut others = Vec::new();
        for _ in 0..20 {
            others.push(run(&catalog, nation(), tokio_stream::iter(file())));
        }
        let reading = export(&catalog, KIND, LINES);
        within("who reads, and waits for nobody", TURN / 2, reading).await;
        for mut other in others {
            let refused = other.next().await.unwrap().unwrap_err();
            let details = tonic_types::StatusExt::get_error_details(&refused);
            assert_eq!(refused.code(), tonic::Code::Unavailable);
            assert_eq!(details.error_info().unwrap().reason, "IMPORT_UNDER_WAY");
            assert!(details.retry_info().is_some());
        }
        drop(first);
    }

    #[tokio::test]
    async fn c11_only_an_authority_takes_files_in() {
        let handler = Caller::Handler { region: "652301".into(), agency: "652301-a03".into() };
        let keys = platform::keys::Keys::make();
        let (catalog, _place) = loaded().await;
        let gate = platform::auth::Gate::new(&keys, catalog.shell.clock.clone()).unwrap();
        let signer = platform::auth::Signer::new(&keys, catalog.shell.clock.clone()).unwrap();
        for (caller, admitted) in [
            (handler, false),
            (Caller::System { agency: "652301-a03".into() }, false),
            (Caller::Terminal, false),
            (Caller::Peer, false),
            (Caller::Authority { region: "652301".into() }, true),
        ] {
            let token = signer.token("甲", caller.clone(), 60).unwrap();
            let mut metadata = tonic::metadata::MetadataMap::new();
            metadata.insert("authorization", format!("Bearer {token}").parse().unwrap());
            assert_eq!(gate.admit::<Authority>(&metadata).is_ok(), admitted, "{caller:?}");
        }
        assert!(gate.admit::<Authority>(&tonic::metadata::MetadataMap::new()).is_err());
    }
}
