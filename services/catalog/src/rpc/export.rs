//! Gives a file of the form that an import takes (C11).

use std::pin::Pin;

use domain::{
    codes::RegionCode, deadline::day_of, item::ItemState, organization::UnitKind,
    violation::Violations,
};
use jiff::Timestamp;
use platform::{auth::Reader, convert::from_wire};
use proto::catalog::v1::{ExportRequest, ExportResponse, TransferKind};
use tokio::sync::mpsc::{Sender, channel};
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::Status;

use super::import::format;
use crate::{
    Catalog,
    convert::unit_for,
    error::Error,
    jobs::transfer::{BaseRow, Format, ItemRow, UnitRow, Writer, columns_of, rows_of},
    store,
};

/// How many rows are read and sent at once.
const PAGE: u64 = 500;
/// Chunks that wait for the caller.
const WAITING: usize = 4;

/// The file, chunk by chunk.
pub(crate) type Answers = Pin<Box<dyn Stream<Item = Result<ExportResponse, Status>> + Send>>;

/// What is asked for.
struct Asked {
    kind: TransferKind,
    format: Format,
    region: String,
    at: Timestamp,
    now: bool,
}

pub(crate) async fn run(
    catalog: &Catalog,
    caller: Reader,
    request: ExportRequest,
) -> Result<Answers, Error> {
    let asked = decode(catalog, &request)?;
    let (chunks, receiver) = channel(WAITING);
    let catalog = catalog.clone();
    tokio::spawn(async move {
        if let Err(error) = export(&catalog, &caller, asked, &chunks).await {
            let _ = chunks.send(Err(error.into())).await;
        }
    });
    Ok(Box::pin(ReceiverStream::new(receiver)))
}

fn decode(catalog: &Catalog, request: &ExportRequest) -> Result<Asked, Error> {
    let mut wrong = Violations::default();
    let kind = TransferKind::try_from(request.kind).unwrap_or_default();
    wrong.require(kind != TransferKind::Unspecified, "kind", "is missing");
    let format = wrong.take("format", format(request.format));
    let at = wrong.take("at", request.at.as_ref().map(from_wire).transpose()).flatten();
    let everywhere = matches!(kind, TransferKind::BaseItems | TransferKind::Tags);
    let history = matches!(kind, TransferKind::BaseItems | TransferKind::Tags) && at.is_some();
    wrong.require(!history, "at", "is not for base items and tags: they are given as they are now");
    let mut region = String::new();
    if everywhere {
        wrong.require(request.region_code.is_empty(), "region_code", "is not for this kind");
    } else if let Some(code) = wrong.take("region_code", RegionCode::parse(&request.region_code)) {
        region = code.to_string();
    }
    let format = wrong.finish(format)?.unwrap_or(Format::Csv);
    let now = at.is_none();
    Ok(Asked { kind, format, region, at: at.unwrap_or_else(|| catalog.shell.clock.now()), now })
}

async fn export(
    catalog: &Catalog,
    caller: &Reader,
    asked: Asked,
    chunks: &Sender<Result<ExportResponse, Status>>,
) -> Result<(), Error> {
    let mut writer = Writer::new(asked.format, columns_of(asked.kind));
    // The beginning of the file, for one without rows too.
    send(chunks, writer.rows::<BaseRow>(&[])?).await;
    match asked.kind {
        TransferKind::BaseItems => {
            let mut after = String::new();
            loop {
                let page = store::bases(catalog.store.read(), None, &after, PAGE).await?;
                let Some(last) = page.last() else { return Ok(()) };
                after.clone_from(&last.code);
                // A file says what is in force; taken in, a cancelled item would be so again.
                let in_force = page.iter().filter(|base| base.state == ItemState::Published);
                let rows: Vec<BaseRow> = in_force.map(BaseRow::of).collect();
                send(chunks, writer.rows(&rows)?).await;
            }
        }
        TransferKind::Items | TransferKind::Unspecified => {
            let mut after = String::new();
            loop {
                let (items, next) =
                    store::items_of(&catalog.store, &asked.region, asked.at, &after, PAGE).await?;
                let rows: Vec<ItemRow> = items.into_iter().map(ItemRow::of).collect();
                send(chunks, writer.rows(&rows)?).await;
                match next {
                    Some(next) if !chunks.is_closed() => after = next,
                    _ => return Ok(()),
                }
            }
        }
        TransferKind::Organization | TransferKind::Staff => {
            let staff = asked.kind == TransferKind::Staff;
            let known = catalog.memory.known().await?;
            let day = day_of(asked.at);
            let own = RegionCode::parse(&asked.region).ok();
            let within = |region: &str| {
                let code = RegionCode::parse(region).ok();
                code == own || code.is_some_and(|code| code.ancestors().any(|a| Some(a) == own))
            };
            // As it is now a file has all of history, as of a day what was so then.
            let wanted = known.organization.all().filter(|unit| {
                (unit.kind == UnitKind::Staff) == staff
                    && within(&unit.region_code)
                    && (asked.now || unit.is_valid_on(day))
            });
            let rows: Vec<UnitRow> =
                wanted.map(|unit| UnitRow::of(unit, unit_for(caller, unit))).collect();
            for rows in rows.chunks(500) {
                send(chunks, writer.rows(rows)?).await;
            }
            Ok(())
        }
        TransferKind::Tags => {
            let known = catalog.memory.known().await?;
            if let Some(list) = known.documents.national_tags() {
                send(chunks, writer.rows(&rows_of(list))?).await;
            }
            Ok(())
        }
    }
}

async fn send(chunks: &Sender<Result<ExportResponse, Status>>, chunk: Vec<u8>) {
    if !chunk.is_empty() {
        // Whoever left misses nothing.
        let _ = chunks.send(Ok(ExportResponse { chunk })).await;
    }
}

#[cfg(test)]
mod tests {
    use proto::catalog::v1::TransferFormat;

    use super::*;
    use crate::{
        jobs::load_region::tests::{empty, loaded},
        rpc::testing::{export, import},
    };

    const KINDS: [TransferKind; 5] = [
        TransferKind::BaseItems,
        TransferKind::Organization,
        TransferKind::Staff,
        TransferKind::Items,
        TransferKind::Tags,
    ];

    #[tokio::test]
    async fn c11_what_is_given_out_is_taken_in_and_says_the_same() {
        for format in [TransferFormat::Csv, TransferFormat::JsonLines] {
            let (catalog, _place) = loaded().await;
            let (other, _other_place) = empty().await;
            for kind in KINDS {
                let file = export(&catalog, kind, format).await;
                let rows = import(&catalog, kind, format, &file).await.done();
                assert!(rows.rows > 0 && rows.changed == 0, "{kind:?} {format:?} {rows:?}");
                let taken = import(&other, kind, format, &file).await.done();
                assert_eq!((taken.rows, taken.changed), (rows.rows, rows.rows), "{kind:?}");
                assert_eq!(export(&other, kind, format).await, file, "{kind:?} {format:?}");
            }
        }
    }
}
