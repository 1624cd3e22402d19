//! Files as other systems write them: wrong, damaged, in another encoding, cut off, endless.

mod spreadsheets;

use platform::facts;
use proto::catalog::v1::{
    ImportHeader, ImportRequest, TransferFormat, TransferKind, import_request::Part,
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::{
    jobs::load_region::tests::{FIRST_ITEM, loaded},
    rpc::testing::{ImportOutcome, REGION, export, header, import, import_parts, parts},
    state::Catalog,
    store,
};

const BASE: TransferKind = TransferKind::BaseItems;
const ITEMS: TransferKind = TransferKind::Items;
const UNITS: TransferKind = TransferKind::Organization;
const CSV: TransferFormat = TransferFormat::Csv;
const LINES: TransferFormat = TransferFormat::JsonLines;
const HEADER: &str = "base_code,name,type,legal_basis\n";

fn base_csv(rows: usize) -> String {
    let row = |n: usize| format!("00209{n:07},示例事项{n},20,《示例依据》\n");
    HEADER.to_owned() + &(0..rows).map(row).collect::<String>()
}

fn in_encoding(encoding: &str) -> ImportHeader {
    ImportHeader { encoding: encoding.to_owned(), ..header(BASE, CSV) }
}

async fn bytes(catalog: &Catalog, header: ImportHeader, bytes: &[u8]) -> ImportOutcome {
    import_parts(catalog, "000000", parts(header, bytes)).await
}

async fn name_of(catalog: &Catalog, code: &str) -> Option<String> {
    let base = store::catalog::base_item(&catalog.store, code, None).await.unwrap();
    base.map(|base| base.content.name)
}

/// A file is refused as a whole with a reason, and nothing has changed.
#[track_caller]
fn refused(imported: ImportOutcome, reason: &str) {
    assert!(imported.errors.is_empty() && imported.summary.is_none(), "{imported:?}");
    let status = imported.status.unwrap();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(status.message().contains(reason), "{reason}: {}", status.message());
}

#[tokio::test]
async fn c11_of_many_wrong_rows_a_thousand_are_listed_and_all_are_counted() {
    let (catalog, _place) = loaded().await;
    let head = facts::head(&catalog.store).await.unwrap();
    let wrong: String = (0..1_500).map(|n| format!("00209{n:07},,20,依据\n")).collect();
    let imported = import(&catalog, BASE, CSV, &(HEADER.to_owned() + &wrong)).await;
    let rows: Vec<u64> = imported.errors.iter().map(|error| error.row).collect();
    assert_eq!(rows, (1..=1_000).collect::<Vec<_>>());
    assert!(imported.errors.iter().all(|e| e.column == "name" && e.reason == "is empty"));
    let summary = imported.summary.unwrap();
    assert_eq!((summary.rows, summary.errors, summary.changed), (1_500, 1_500, 0));
    assert!(!summary.applied);
    assert!(imported.status.unwrap().message().contains("1500 errors in 1500 rows"));
    assert_eq!(facts::head(&catalog.store).await.unwrap(), head);
}

#[tokio::test]
async fn c11_everything_wrong_with_the_header_line_is_named_at_once() {
    let (catalog, _place) = loaded().await;
    for (file, reasons) in [
        (
            "base_code,name,name,colour\n",
            &[
                "\"name\" is there twice",
                "\"colour\" is no column",
                "\"type\" is missing",
                "\"legal_basis\" is missing",
            ][..],
        ),
        ("", &["\"base_code\" is missing", "\"name\" is missing"]),
        ("\n\n", &["\"base_code\" is missing"]),
        ("{\"base_code\":1}\n", &["is no column", "\"name\" is missing"]),
    ] {
        let status = import(&catalog, BASE, CSV, file).await.status.unwrap();
        assert_eq!(status.code(), Code::InvalidArgument);
        let named = status.get_error_details().bad_request().unwrap().field_violations.clone();
        for reason in reasons {
            assert!(named.iter().any(|v| v.description.contains(reason)), "{reason}: {named:?}");
        }
    }
}

#[tokio::test]
async fn c11_a_header_line_alone_changes_nothing_and_line_ends_are_any() {
    let (catalog, _place) = loaded().await;
    let summary = import(&catalog, BASE, CSV, HEADER).await.done();
    assert_eq!((summary.rows, summary.changed, summary.applied), (0, 0, true));
    let summary = import(&catalog, BASE, LINES, "").await.done();
    assert_eq!((summary.rows, summary.applied), (0, true));
    let windows = base_csv(2).replace('\n', "\r\n");
    assert_eq!(import(&catalog, BASE, CSV, &windows).await.done().changed, 2);
    assert_eq!(name_of(&catalog, "002090000001").await.unwrap(), "示例事项1");
    let unended = base_csv(3);
    assert_eq!(import(&catalog, BASE, CSV, unended.trim_end()).await.done().changed, 1);
    let (a, b) = ("00209999901", "00209999902");
    let row = |code: &str| {
        format!(r#"{{"base_code":"{code}0","name":"示例","type":"20","legal_basis":["依据"]}}"#)
    };
    let lines = format!("{}\r\n{}", row(a), row(b));
    assert_eq!(import(&catalog, BASE, LINES, &lines).await.done().changed, 2);
    let gap = format!("{}\n\n{}", row(a), row(b));
    import(&catalog, BASE, LINES, &gap).await.tells(2, "", "is an empty line");
}

#[tokio::test]
async fn c11_a_file_is_read_in_the_encoding_it_is_in_or_refused_in_words() {
    let (catalog, _place) = loaded().await;
    let text = base_csv(1);
    let (gbk, ..) = encoding_rs::GB18030.encode(&text);
    refused(bytes(&catalog, in_encoding(""), &gbk).await, "is not UTF-8: if GBK, name gb18030");
    let header_in_gbk = encoding_rs::GB18030.encode("编码,name,type,legal_basis\n").0;
    refused(
        bytes(&catalog, in_encoding(""), &header_in_gbk).await,
        "is not UTF-8: if GBK, name gb18030",
    );
    let lines = encoding_rs::GB18030.encode("{\"name\":\"示例\"}\n").0.into_owned();
    let as_lines = bytes(&catalog, header(BASE, LINES), &lines).await;
    refused(as_lines, "row 1 is not UTF-8");
    for encoding in [encoding_rs::UTF_16LE, encoding_rs::UTF_16BE] {
        let unit = |c: u16| {
            if encoding == encoding_rs::UTF_16LE { c.to_le_bytes() } else { c.to_be_bytes() }
        };
        let utf16: Vec<u8> = format!("\u{FEFF}{text}").encode_utf16().flat_map(unit).collect();
        refused(bytes(&catalog, in_encoding(""), &utf16).await, "is UTF-16");
    }
    refused(bytes(&catalog, in_encoding("latin-1"), &gbk).await, "neither utf-8 nor gb18030");
    let marked = format!("\u{FEFF}{text}");
    let mistaken = bytes(&catalog, in_encoding("gb18030"), marked.as_bytes()).await;
    refused(mistaken, "is UTF-8 by its byte order mark");
    assert_eq!(name_of(&catalog, "002090000000").await, None);
    assert_eq!(bytes(&catalog, in_encoding("GBK"), &gbk).await.done().changed, 1);
    assert_eq!(name_of(&catalog, "002090000000").await.unwrap(), "示例事项0");
    assert_eq!(bytes(&catalog, in_encoding("UTF-8"), marked.as_bytes()).await.done().changed, 0);
    // Byte by byte, the mark is still a mark, and a character is one.
    let header = Part::Header(in_encoding(""));
    let chunks = marked.as_bytes().chunks(1).map(|chunk| Part::Chunk(chunk.to_vec()));
    let parts = [header].into_iter().chain(chunks);
    let parts = parts.map(|part| Ok(ImportRequest { part: Some(part) })).collect();
    assert_eq!(import_parts(&catalog, "000000", parts).await.done().rows, 1);
}

#[tokio::test]
async fn c11_a_row_without_end_is_refused_before_it_is_held() {
    let (catalog, _place) = loaded().await;
    let open = HEADER.to_owned() + "002090000000,\"" + &"示例,\n".repeat(600_000);
    refused(import(&catalog, BASE, CSV, &open).await, "is a quote left open?");
    let line = format!("{{\"name\":\"{}\"}}", "x".repeat(5 << 20));
    refused(import(&catalog, BASE, LINES, &line).await, "longer than 1 MiB");
    let longest = HEADER.to_owned() + "002090000000," + &"x".repeat(900_000) + ",20,依据\n";
    import(&catalog, BASE, CSV, &longest).await.tells(1, "name", "characters");
}

#[tokio::test]
async fn c11_a_file_that_did_not_come_whole_changes_nothing() {
    let (catalog, _place) = loaded().await;
    let head = facts::head(&catalog.store).await.unwrap();
    let part = |part| Ok(ImportRequest { part });
    let header = || Part::Header(header(BASE, CSV));
    let chunk = || Part::Chunk(base_csv(600).into_bytes());
    let gone = || Err(Status::cancelled("gone"));
    let cut_off = "did not arrive completely";
    for (parts, reason) in [
        (vec![part(Some(header())), part(Some(chunk())), gone()], cut_off),
        (vec![part(Some(header())), gone()], cut_off),
        (vec![part(Some(header())), part(Some(chunk())), part(Some(header()))], "no chunk"),
        (vec![part(Some(header())), part(Some(chunk())), part(None)], "no chunk"),
        (vec![part(Some(chunk())), part(Some(header()))], "it comes first"),
        (vec![part(None)], "it comes first"),
        (vec![], "it comes first"),
        (vec![gone()], cut_off),
    ] {
        refused(import_parts(&catalog, "000000", parts).await, reason);
    }
    assert_eq!(facts::head(&catalog.store).await.unwrap(), head);
    // Half a character at the end is no whole file either.
    let text = base_csv(1);
    let cut = &text.as_bytes()[..text.len() - 2];
    refused(import_parts(&catalog, "000000", parts(header_of(), cut)).await, "is not UTF-8");
}

fn header_of() -> ImportHeader {
    header(BASE, CSV)
}

#[tokio::test]
async fn c11_a_check_tells_what_would_happen_and_changes_nothing() {
    let (catalog, _place) = loaded().await;
    let head = facts::head(&catalog.store).await.unwrap();
    let check = ImportHeader { check_only: true, ..header_of() };
    let summary = bytes(&catalog, check.clone(), base_csv(700).as_bytes()).await.done();
    assert_eq!((summary.rows, summary.changed, summary.applied), (700, 700, false));
    let wrong = HEADER.to_owned() + "12,,20,\n";
    let told = bytes(&catalog, check, wrong.as_bytes()).await;
    told.tells(1, "name", "is empty");
    told.tells(1, "legal_basis", "is empty");
    assert_eq!(facts::head(&catalog.store).await.unwrap(), head);
    assert_eq!(name_of(&catalog, "002090000000").await, None);
}

#[tokio::test]
async fn c11_a_code_given_twice_is_found_within_a_batch_and_across_batches() {
    let (catalog, _place) = loaded().await;
    let twice = base_csv(1_200) + "002090000003,示例事项3,20,依据\n002090001199,示例,20,依据\n";
    let told = import(&catalog, BASE, CSV, &twice).await;
    told.tells(1_201, "base_code", "is given in an earlier row");
    told.tells(1_202, "base_code", "is given in an earlier row");
    assert_eq!(told.errors.len(), 2);
    let item = export(&catalog, ITEMS, LINES).await;
    let first = item.lines().find(|line| line.contains(FIRST_ITEM)).unwrap();
    let told = import(&catalog, ITEMS, LINES, &format!("{first}\n{first}\n")).await;
    told.tells(2, "code", "is given in an earlier row");
}

#[tokio::test]
async fn c11_wrong_cells_are_told_by_row_and_column_all_at_once() {
    let (catalog, _place) = loaded().await;
    let wrong = HEADER.to_owned()
        + "002014901000,社保,20,依据,多一格\n1,,99,\n00202099\u{1}000,a\u{202E}b,10,依据\n";
    let told = import(&catalog, BASE, CSV, &wrong).await;
    told.tells(1, "", "has 5 cells, the header 4");
    told.tells(2, "name", "is empty");
    told.tells(2, "legal_basis", "is empty");
    told.tells(3, "base_code", "12 digits");
    told.tells(3, "name", "U+202E");
    let file = export(&catalog, ITEMS, LINES).await;
    let first = file.lines().find(|line| line.contains(FIRST_ITEM)).unwrap();
    let rows = [
        first.replace(FIRST_ITEM, &FIRST_ITEM.replace("35C4", "35D4")),
        first.replace(FIRST_ITEM, &FIRST_ITEM.replace("901000", "977000")),
        first.replace("社会保险参保缴费记录查询打印（示例）", "另一名称"),
        first.replace("\"652301-a03\"", "\"652301-a99\""),
        first.replace("\"652301-a03\"", "\"652301-a04\""),
        first.replace(REGION, "652302").replace("11652302PY", "11652301PY"),
        first.replace("\"promised_days\":0", "\"promised_days\":9"),
        first.replace("\"promised_days\":0", "\"promised_days\":\"x\""),
        first.replace("\"promised_days\":0", "\"promise\":0"),
        first.replace(FIRST_ITEM, "a\\u0000b"),
        "[1]".to_owned(),
    ];
    let told = import(&catalog, ITEMS, LINES, &rows.join("\n")).await;
    for (row, column, reason) in [
        (1, "code", "credit code"),
        (2, "code", "is no base item"),
        (3, "name", "is not the base item's"),
        (4, "agency_id", "is not in the organisation"),
        (5, "code", "does not begin with its agency's credit code"),
        (6, "region_code", "is not in the organisation"),
        (7, "promised_days", "is longer than the statutory one"),
        (8, "promised_days", "invalid type"),
        (9, "promise", "unknown field"),
        (10, "code", "31 characters"),
        (11, "", "is no JSON object"),
    ] {
        told.tells(row, column, reason);
    }
}

#[tokio::test]
async fn c11_rows_outside_of_the_officers_region_are_refused() {
    let (catalog, _place) = loaded().await;
    let of = |region, kind, file: String| {
        import_parts(&catalog, region, parts(header(kind, LINES), file.as_bytes()))
    };
    let file = export(&catalog, BASE, LINES).await;
    let told = of(REGION, BASE, file).await;
    told.tells(1, "base_code", "belongs to another region");
    let file = export(&catalog, ITEMS, LINES).await;
    let first = file.lines().find(|line| line.contains(FIRST_ITEM)).unwrap().to_owned();
    let told = of("652302", ITEMS, first.clone()).await;
    told.tells(1, "region_code", "is outside of your region");
    // Nor can a region take over an item by listing it.
    let region = r#"{"kind":"region","unit_id":"652302","name":"示例市"}"#;
    import(&catalog, UNITS, LINES, region).await.done();
    let here = first.replace("\"region_code\":\"652301\"", "\"region_code\":\"652302\"");
    assert_ne!(here, first);
    let told = of("652302", ITEMS, here).await;
    told.tells(1, "code", "is another region's item");
    let unit = |region: &str| {
        format!(
            r#"{{"kind":"line","unit_id":"line-social","name":"新名","region_code":"{region}"}}"#
        )
    };
    of("652302", UNITS, unit("652301")).await.tells(1, "region_code", "outside of your region");
    of("652302", UNITS, unit("652302")).await.tells(1, "unit_id", "is another region's");
    let tags = export(&catalog, TransferKind::Tags, LINES).await;
    let tags = tags.replace("national-2020-05", "ours");
    let told = of(REGION, TransferKind::Tags, tags).await;
    told.tells(1, "list_version", "is the nation's");
}

#[tokio::test]
async fn c11_the_same_file_twice_at_once_is_taken_in_once() {
    let (catalog, _place) = loaded().await;
    let head = facts::head(&catalog.store).await.unwrap();
    let file = r#"{"kind":"line","unit_id":"line-new","name":"新条线","region_code":"652301"}"#;
    let take = || import(&catalog, UNITS, LINES, file);
    let (a, b, c) = tokio::join!(take(), take(), take());
    let changed = [a, b, c].map(|imported| imported.done().changed);
    assert_eq!(changed.iter().sum::<u64>(), 1, "{changed:?}");
    assert_eq!(facts::head(&catalog.store).await.unwrap(), head + 1);
}

#[tokio::test]
async fn c06_contradictions_of_an_organisation_are_told_with_their_rows() {
    let (catalog, _place) = loaded().await;
    let line = |id: &str, above: &str, more: &str| {
        let fields = r#""kind":"line","name":"示例","region_code":"652301""#;
        format!(r#"{{{fields},"unit_id":"{id}","superior_id":"{above}"{more}}}"#)
    };
    let rows = [
        line("l1", "l2", ""),
        line("l2", "l3", ""),
        line("l3", "l1", ""),
        line("l4", "l4", ""),
        line("l5", "nowhere", ""),
        line("l6", "", r#","valid_from":"2020-01-01","valid_to":"2020-12-31""#),
        line("l6", "", r#","valid_from":"2020-12-31""#),
        line("l7", "", r#","valid_from":"2021-01-01","valid_to":"2020-12-31""#),
        r#"{"kind":"agency","unit_id":"a1","name":"示例局","region_code":"652301","nature":"department","uscc":"11652301PY6523035D","leader":"甲","contact":"乙"}"#.to_owned(),
        r#"{"kind":"staff","unit_id":"s1","name":"示例","agency_id":"652301-a01","window_id":"652301-w01"}"#.to_owned(),
        r#"{"kind":"line","unit_id":"652301-w01","name":"示例","region_code":"652301"}"#.to_owned(),
    ];
    let told = import(&catalog, UNITS, LINES, &rows.join("\n")).await;
    for (row, column, reason) in [
        (1, "superior_id", "makes a cycle: l1 → l2 → l3 → l1"),
        (2, "superior_id", "makes a cycle"),
        (3, "superior_id", "makes a cycle"),
        (4, "superior_id", "makes a cycle: l4 → l4"),
        (5, "superior_id", "is not in the organisation"),
        (7, "valid_from", "overlaps"),
        (8, "valid_to", "is before valid_from"),
        (9, "uscc", "check character"),
        (10, "kind", "does not belong into this kind of file"),
        (11, "kind", "is another than before"),
    ] {
        told.tells(row, column, reason);
    }
    let view = catalog.memory.view().await.unwrap();
    assert!(view.organization.versions("l6").is_empty());
}
