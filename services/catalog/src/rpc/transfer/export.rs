//! Sends a file in the form of an import (C11).

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

use crate::{
    app::transfer::{BaseRow, Format, ItemRow, UnitRow, Writer, columns_of, format, rows_of},
    convert::organization::unit_for,
    error::Error,
    state::Catalog,
    store,
};

/// How many rows are read and sent at once.
const PAGE: u64 = 500;
/// How many chunks wait for the caller.
const WAITING: usize = 4;

/// The file, chunk by chunk.
pub(crate) type Answers = Pin<Box<dyn Stream<Item = Result<ExportResponse, Status>> + Send>>;

/// The request.
struct ExportQuery {
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

fn decode(catalog: &Catalog, request: &ExportRequest) -> Result<ExportQuery, Error> {
    let mut wrong = Violations::default();
    let kind = TransferKind::try_from(request.kind).unwrap_or_default();
    wrong.require(kind != TransferKind::Unspecified, "kind", "is missing");
    let format = wrong.take("format", format(request.format));
    let at = wrong.take("at", request.at.as_ref().map(from_wire).transpose()).flatten();
    let everywhere = matches!(kind, TransferKind::BaseItems | TransferKind::Tags);
    let history = matches!(kind, TransferKind::BaseItems | TransferKind::Tags) && at.is_some();
    wrong.require(!history, "at", "is not for base items and tags: they are given as they are now");
    let mut region = String::new();
    if kind == TransferKind::BaseItems {
        wrong.require(request.region_code.is_empty(), "region_code", "is not for this kind");
    } else if everywhere && request.region_code.is_empty() {
        // The nation's.
    } else if let Some(code) = wrong.take("region_code", RegionCode::parse(&request.region_code)) {
        region = code.to_string();
    }
    let format = wrong.finish(format)?.unwrap_or(Format::Csv);
    let now = at.is_none();
    Ok(ExportQuery {
        kind,
        format,
        region,
        at: at.unwrap_or_else(|| catalog.shell.clock.now()),
        now,
    })
}

async fn export(
    catalog: &Catalog,
    caller: &Reader,
    asked: ExportQuery,
    chunks: &Sender<Result<ExportResponse, Status>>,
) -> Result<(), Error> {
    let mut writer = Writer::new(asked.format, columns_of(asked.kind));
    // The beginning of the file, even if there are no rows.
    send(chunks, writer.rows::<BaseRow>(&[])?).await;
    match asked.kind {
        TransferKind::BaseItems => {
            let mut after = String::new();
            loop {
                let page = store::catalog::bases(catalog.store.read(), None, &after, PAGE).await?;
                let Some(last) = page.last() else { return Ok(()) };
                after.clone_from(&last.code);
                // A file holds what is in force; an import of a cancelled item would put it in
                // force again.
                let in_force = page.iter().filter(|base| base.state == ItemState::Published);
                let rows: Vec<BaseRow> = in_force.map(BaseRow::of).collect();
                send(chunks, writer.rows(&rows)?).await;
            }
        }
        TransferKind::Items | TransferKind::Unspecified => {
            // Checked with the request.
            let Ok(region) = RegionCode::parse(&asked.region) else { return Ok(()) };
            let mut after = String::new();
            loop {
                let (items, next) =
                    store::catalog::items_of(&catalog.store, &region, asked.at, &after, PAGE)
                        .await?;
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
            let view = catalog.memory.view().await?;
            let day = day_of(asked.at);
            let own = RegionCode::parse(&asked.region).ok();
            let within = |region: &str| {
                let code = RegionCode::parse(region).ok();
                code == own || code.is_some_and(|code| code.ancestors().any(|a| Some(a) == own))
            };
            // A current file has all of history; one for a day, what was in force then.
            let wanted = view.organization.all().filter(|unit| {
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
            let view = catalog.memory.view().await?;
            let profile = view.documents.profile_on(&asked.region, day_of(asked.at));
            let list = match profile {
                Some(profile) => view.documents.tags(profile),
                None => view.documents.national_tags(),
            };
            if let Some(list) = list {
                send(chunks, writer.rows(&rows_of(list))?).await;
            }
            Ok(())
        }
    }
}

async fn send(chunks: &Sender<Result<ExportResponse, Status>>, chunk: Vec<u8>) {
    if !chunk.is_empty() {
        // The caller has gone.
        let _ = chunks.send(Ok(ExportResponse { chunk })).await;
    }
}

#[cfg(test)]
mod tests {
    use platform::{convert::to_wire, testing::nobody};
    use proto::catalog::v1::{
        BaseItem, Cancellation, ProfileDocument, TagListDocument, TransferFormat, change::Subject,
    };
    use tonic::Code;

    use super::*;
    use crate::{
        jobs::load_region::tests::{FIRST_ITEM, SOURCES, empty, loaded},
        rpc::testing::{
            FIRST_BASE, REGION, at, change, collect, editable, export, import, item, item_change,
            publish,
        },
    };

    fn request(kind: TransferKind, region: &str) -> ExportRequest {
        ExportRequest {
            kind: kind.into(),
            format: TransferFormat::Csv.into(),
            region_code: region.to_owned(),
            at: None,
        }
    }

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

    #[tokio::test]
    async fn c11_cells_that_look_like_formulas_or_hold_anything_come_back_unharmed() {
        let (catalog, _place) = loaded().await;
        let (other, _other_place) = empty().await;
        let base = |code: &str, name: &str, basis: &str| {
            let row = serde_json::json!({
                "base_code": code, "name": name, "type": "20", "legal_basis": [basis, "二"],
            });
            format!("{row}\n")
        };
        let file = [
            base("002014988000", "=1+1", "+SUM(A1:A9)"),
            base("002014988001", "@cmd|' /C calc'!A0", "-2+3"),
            base("002014988002", "a,\"b\";'c'", "\u{3000}全角空格 \u{1F600}"),
            base("002014988003", " 前后有空格 ", "0012"),
            base("002014988004", "true", "1e5"),
        ];
        let (kind, json) = (TransferKind::BaseItems, TransferFormat::JsonLines);
        import(&catalog, kind, json, &file.concat()).await.done();
        let before = export(&catalog, kind, json).await;
        for format in [TransferFormat::Csv, json] {
            let file = export(&catalog, kind, format).await;
            assert_eq!(import(&catalog, kind, format, &file).await.done().changed, 0);
            import(&other, kind, format, &file).await.done();
            assert_eq!(export(&other, kind, json).await, before, "{format:?}");
        }
    }

    #[tokio::test]
    async fn c11_the_history_of_a_renamed_unit_is_given_out_and_taken_in() {
        let (catalog, _place) = loaded().await;
        let (kind, json) = (TransferKind::Organization, TransferFormat::JsonLines);
        at(&catalog, "2026-03-10T01:00:00Z");
        let renamed =
            r#"{"kind":"line","unit_id":"line-social","name":"新名","region_code":"652301"}"#;
        import(&catalog, kind, json, renamed).await.done();
        at(&catalog, "2026-03-20T01:00:00Z");
        let before = catalog.memory.view().await.unwrap().organization.clone();
        for format in [TransferFormat::Csv, json] {
            let file = export(&catalog, kind, format).await;
            assert_eq!(file.matches("line-social").count(), 2);
            assert_eq!(import(&catalog, kind, format, &file).await.done().changed, 0);
            assert_eq!(catalog.memory.view().await.unwrap().organization, before);
            let (other, _other_place) = empty().await;
            import(&other, kind, format, &file).await.done();
            assert_eq!(export(&other, kind, format).await, file);
        }
        let then = ExportRequest {
            at: Some(to_wire("2026-03-09T01:00:00Z".parse().unwrap())),
            ..request(kind, REGION)
        };
        let file = collect(run(&catalog, nobody(), then).await.unwrap()).await;
        assert!(file.matches("line-social").count() == 1 && !file.contains("新名"), "{file}");
    }

    #[tokio::test]
    async fn c02_items_are_given_out_as_they_were_and_without_the_cancelled_ones() {
        let (catalog, _place) = loaded().await;
        at(&catalog, "2026-03-10T01:00:00Z");
        let base =
            store::catalog::base_item(&catalog.store, FIRST_BASE, None).await.unwrap().unwrap();
        let base = platform::convert::item::to_wire_base_item(&base);
        let old = base.name.clone();
        let base = BaseItem { name: "新名称（示例）".to_owned(), ..base };
        publish(&catalog, "000000", change(Subject::BaseItem(base))).await.unwrap();
        at(&catalog, "2026-03-20T01:00:00Z");
        let (code, reason) = (FIRST_ITEM.to_owned(), "示例依据".to_owned());
        let cancellation = change(Subject::Cancellation(Cancellation { code, reason }));
        publish(&catalog, REGION, cancellation).await.unwrap();
        for (day, name) in [
            ("2026-03-01", None),
            ("2026-03-09", Some(old.as_str())),
            ("2026-03-19", Some("新名称（示例）")),
            ("2026-03-21", None),
        ] {
            let then = to_wire(format!("{day}T01:00:00Z").parse().unwrap());
            let asked = ExportRequest { at: Some(then), ..request(TransferKind::Items, "650000") };
            let file = collect(run(&catalog, nobody(), asked.clone()).await.unwrap()).await;
            let row = file.lines().find(|line| line.contains(FIRST_ITEM));
            assert_eq!(row.is_some(), name.is_some(), "{day}");
            assert!(row.is_none_or(|row| row.contains(name.unwrap())), "{day}: {row:?}");
            let elsewhere = ExportRequest { region_code: "652302".to_owned(), ..asked };
            let file = collect(run(&catalog, nobody(), elsewhere).await.unwrap()).await;
            assert_eq!(file.lines().count(), 1, "a header line alone");
        }
    }

    #[tokio::test]
    async fn c01_a_cancelled_base_item_does_not_come_back_with_its_own_export() {
        let (catalog, _place) = loaded().await;
        let (code, reason) = (FIRST_BASE.to_owned(), "示例依据".to_owned());
        let cancellation = change(Subject::Cancellation(Cancellation { code, reason }));
        publish(&catalog, "000000", cancellation).await.unwrap();
        for kind in KINDS {
            let file = export(&catalog, kind, TransferFormat::Csv).await;
            let summary = import(&catalog, kind, TransferFormat::Csv, &file).await.done();
            assert_eq!(summary.changed, 0, "{kind:?}");
        }
        let cancelled = item(&catalog, FIRST_ITEM).await.unwrap();
        assert_eq!(cancelled.state(), proto::catalog::v1::ItemState::Cancelled);
    }

    #[tokio::test]
    async fn c06_names_of_persons_are_in_no_public_file_and_in_no_fact() {
        let (catalog, _place) = loaded().await;
        for kind in [TransferKind::Staff, TransferKind::Organization] {
            let public = collect(run(&catalog, nobody(), request(kind, REGION)).await.unwrap());
            let known = export(&catalog, kind, TransferFormat::Csv).await;
            for (file, named) in [(public.await, false), (known, true)] {
                let names = ["示例人员", "示例负责人", "示例联络员"];
                assert_eq!(names.iter().any(|name| file.contains(name)), named, "{kind:?}");
                assert!(file.contains("652301-"), "{file}");
            }
        }
        let facts = platform::facts::list(&catalog.store, 0, 1_000).await.unwrap();
        assert!(facts.len() > 20);
        for fact in facts {
            let bytes = prost::Message::encode_to_vec(&fact);
            let text = String::from_utf8_lossy(&bytes);
            for name in ["示例人员", "示例负责人", "示例联络员"] {
                assert!(!text.contains(name), "{fact:?}");
            }
        }
    }

    #[tokio::test]
    async fn c08_a_region_whose_profile_names_a_tag_list_is_given_that() {
        let (catalog, _place) = loaded().await;
        let list = "version = \"local\"\ninherits = \"national-2020-05\"\nsource = \"示例\"\n";
        let list = TagListDocument { document: list.to_owned() };
        publish(&catalog, REGION, change(Subject::TagList(list))).await.unwrap();
        let profile = SOURCES.profiles[1].text.replace("version = 3", "version = 4");
        let document = profile + "\n[tag_list]\nvalue = \"local\"\nclause = \"一\"\n";
        let profile = ProfileDocument { document, ..ProfileDocument::default() };
        publish(&catalog, REGION, change(Subject::Profile(profile))).await.unwrap();
        for (region, version) in
            [("", "national-2020-05"), (REGION, "local"), ("652302", "national-2020-05")]
        {
            let answers = run(&catalog, nobody(), request(TransferKind::Tags, region)).await;
            let file = collect(answers.unwrap()).await;
            assert!(file.lines().nth(1).unwrap().starts_with(&format!("{version},")), "{region}");
        }
    }

    #[tokio::test]
    async fn a_request_for_no_file_is_refused() {
        let (catalog, _place) = loaded().await;
        let then = Some(to_wire("2026-03-09T01:00:00Z".parse().unwrap()));
        let tags = request(TransferKind::Tags, "");
        for wrong in [
            request(TransferKind::Unspecified, REGION),
            request(TransferKind::Items, ""),
            request(TransferKind::Items, "elsewhere"),
            request(TransferKind::BaseItems, REGION),
            ExportRequest { at: then, ..tags.clone() },
            ExportRequest { format: 9, ..tags },
        ] {
            let refused = run(&catalog, nobody(), wrong).await.err().unwrap();
            assert_eq!(Status::from(refused).code(), Code::InvalidArgument);
        }
    }

    #[tokio::test]
    async fn c11_an_item_that_moved_is_given_out_where_it_was_on_the_day() {
        let (catalog, _place) = loaded().await;
        let region = r#"{"kind":"region","unit_id":"652302","name":"示例市"}"#;
        let kind = TransferKind::Organization;
        import(&catalog, kind, TransferFormat::JsonLines, region).await.done();
        at(&catalog, "2026-03-10T01:00:00Z");
        let mut moved = editable(&catalog, FIRST_ITEM).await;
        moved.region_code = "652302".to_owned();
        publish(&catalog, "650000", item_change(moved)).await.unwrap();
        for (day, here, there) in [("2026-03-09", true, false), ("2026-03-11", false, true)] {
            let then = to_wire(format!("{day}T01:00:00Z").parse().unwrap());
            for (region, holds) in [(REGION, here), ("652302", there), ("652300", true)] {
                let asked = request(TransferKind::Items, region);
                let asked = ExportRequest { at: Some(then), ..asked };
                let file = collect(run(&catalog, nobody(), asked).await.unwrap()).await;
                assert_eq!(file.matches(FIRST_ITEM).count(), usize::from(holds), "{day} {region}");
            }
        }
    }
}
