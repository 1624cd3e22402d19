//! Gives a table for the appraisal as a file, and puts on record who took it.

use std::pin::Pin;

use domain::violation::Violations;
use platform::{audit, auth::Authority};
use proto::publication::v1::{
    AppraisalExportRecord, AppraisalFormat, AppraisalTable, ExportAppraisalRequest,
    ExportAppraisalResponse,
};
use tokio_stream::Stream;
use tonic::Status;

use crate::{
    app::appraisal::{About, file::write, sheets::sheet},
    error::Error,
    state::Publication,
};

/// How many bytes are sent at once.
const CHUNK: usize = 128 << 10;

/// The file, piece by piece.
pub(crate) type Answers =
    Pin<Box<dyn Stream<Item = Result<ExportAppraisalResponse, Status>> + Send>>;

pub(crate) async fn run(
    publication: &Publication,
    caller: Authority,
    request: ExportAppraisalRequest,
) -> Result<Answers, Error> {
    let mut wrong = Violations::default();
    let format = AppraisalFormat::try_from(request.format).unwrap_or_default();
    wrong.require(format != AppraisalFormat::Unspecified, "format", "is missing or unknown");
    let which = AppraisalTable::try_from(request.table).unwrap_or_default();
    wrong.require(which != AppraisalTable::Unspecified, "table", "is missing or unknown");
    let about = About::read(&mut wrong, &request.region_code, &request.period);
    let Some(about) = wrong.finish(about)? else { return Err(Violations::default().into()) };
    about.admit(publication, &caller)?;
    let Some(sheet) = sheet(publication, &caller, &about, which).await? else {
        return Err(Violations::default().into());
    };
    let rows = u64::try_from(sheet.rows.len()).unwrap_or_default();
    let file = write(format, sheet).await?;
    let (shell, store) = (&publication.shell, &publication.store);
    let record = AppraisalExportRecord {
        record_id: shell.clock.new_id().to_string(),
        actor: caller.officer().id().to_owned(),
        actor_region: caller.officer().region().to_owned(),
        request: Some(request),
        rows,
        at: shell.clock.now().as_microsecond(),
    };
    // Before the first byte goes out.
    audit::commit(store.begin().await?, &shell.clock, &record).await?;
    shell.bus.committed(store.service());
    let pieces = file.chunks(CHUNK).map(<[u8]>::to_vec);
    let pieces = pieces.map(|chunk| Ok(ExportAppraisalResponse { chunk, rows }));
    let pieces: Vec<Result<ExportAppraisalResponse, Status>> = pieces.collect();
    Ok(Box::pin(tokio_stream::iter(pieces)))
}

#[cfg(test)]
mod tests;
