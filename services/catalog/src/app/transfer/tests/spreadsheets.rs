//! Files as spreadsheets save them: wrongly named encodings, empty leftovers, changed days and
//! codes.

use platform::testing::REGION;
use proto::catalog::v1::{ImportHeader, TransferFormat, TransferKind};
use tonic::Code;

use crate::{
    Catalog,
    jobs::load_region::tests::loaded,
    rpc::testing::{ImportOutcome, export, header, import, import_parts, parts},
};

const BASE: TransferKind = TransferKind::BaseItems;
const UNITS: TransferKind = TransferKind::Organization;
const CSV: TransferFormat = TransferFormat::Csv;
const LINES: TransferFormat = TransferFormat::JsonLines;
const HEADER: &str = "base_code,name,type,legal_basis\n";

async fn encoded(
    catalog: &Catalog,
    format: TransferFormat,
    encoding: &str,
    bytes: &[u8],
) -> ImportOutcome {
    let encoding = encoding.to_owned();
    let header = ImportHeader { encoding, ..header(BASE, format) };
    import_parts(catalog, "000000", parts(header, bytes)).await
}

#[track_caller]
fn refused(imported: &ImportOutcome, reason: &str) {
    assert!(imported.errors.is_empty() && imported.summary.is_none(), "{imported:?}");
    let status = imported.status.as_ref().unwrap();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(status.message().contains(reason), "{reason}: {}", status.message());
}

#[tokio::test]
async fn c11_a_utf8_file_called_gb18030_is_refused_and_not_stored_as_other_characters() {
    let (catalog, _place) = loaded().await;
    let before = export(&catalog, BASE, LINES).await;
    // Each text has an even number of bytes in UTF-8, so that all of it is GB 18030 too.
    let csv = format!("{HEADER}002090000000,示例,20,依据\n002090000001,事项,20,依据\n");
    let told = encoded(&catalog, CSV, "gb18030", csv.as_bytes()).await;
    refused(&told, "the file is UTF-8 by its bytes, not gb18030: name utf-8");
    let line = |name: &str| {
        format!(
            "{{\"base_code\":\"002090000000\",\"name\":\"{name}\",\"type\":\"20\",\
             \"legal_basis\":[\"依据\"]}}\n"
        )
    };
    refused(&encoded(&catalog, LINES, "gbk", line("示例").as_bytes()).await, "is UTF-8");
    // With an odd number it is not valid, and the reason names the encoding and the place.
    let odd = format!("{HEADER}002090000000,七,20,依据\n");
    let told = encoded(&catalog, CSV, "gb18030", odd.as_bytes()).await;
    refused(&told, "row 1, column \"name\" is not gb18030: it is UTF-8, name utf-8");
    assert_eq!(export(&catalog, BASE, LINES).await, before);
    // GB 18030 is accepted, also beside a row that could be both; so is a file of ASCII.
    let (gbk, ..) = encoding_rs::GB18030.encode(&csv);
    assert_eq!(encoded(&catalog, CSV, "gb18030", &gbk).await.done().changed, 2);
    let both = [line("浒板辈").replace("依据", "a"), line("示例").replace("90000000", "90000009")];
    let both = both.map(|text| encoding_rs::GB18030.encode(&text).0.into_owned());
    assert!(std::str::from_utf8(&both[0]).is_ok(), "the first is UTF-8 too");
    assert_eq!(encoded(&catalog, LINES, "gb18030", &both.concat()).await.done().rows, 2);
    let ascii = line("a").replace("依据", "b");
    assert_eq!(encoded(&catalog, LINES, "gb18030", ascii.as_bytes()).await.done().rows, 1);
    // The other way round the bytes are no UTF-8.
    let told = encoded(&catalog, CSV, "utf-8", &gbk).await;
    refused(&told, "row 1, column \"name\" is not UTF-8: if GBK, name gb18030");
}

#[tokio::test]
async fn c11_empty_columns_at_the_end_and_rows_of_commas_are_no_content() {
    let (catalog, _place) = loaded().await;
    let rows =
        "002090000000,示例,20,依据,,\n,,,,,\n , ,,,\t,\n002090000001,示例,20,依据,,\n,,,,,\n";
    let file = format!("base_code,name,type,legal_basis,,\n{rows}");
    let summary = import(&catalog, BASE, CSV, &file).await.done();
    assert_eq!((summary.rows, summary.changed), (2, 2));
    // A row keeps the number it has in the spreadsheet.
    let file = format!("{HEADER},,,\n,,,\n002090000002,,20,依据\n");
    import(&catalog, BASE, CSV, &file).await.tells(3, "name", "is empty");
    // Text outside the columns counts as content, and so does a missing cell.
    let file = format!("{HEADER}002090000003,示例,20,依据,,多\n002090000004,示例,20\n");
    let told = import(&catalog, BASE, CSV, &file).await;
    told.tells(1, "", "has 6 cells, the header 4");
    told.tells(2, "", "has 3 cells, the header 4");
    let file = "base_code,,name,type,legal_basis\n";
    refused(&import(&catalog, BASE, CSV, file).await, "column 2 has no name");
}

#[tokio::test]
async fn c11_a_day_that_can_be_read_in_one_way_is_read() {
    let (catalog, _place) = loaded().await;
    let header = "kind,unit_id,name,region_code,valid_from,valid_to\n";
    let line = |n: usize, from: &str| format!("line,line-{n},示例{n},{REGION},{from},\n");
    let days = [
        "2026-12-01",
        "2026/12/1",
        "2026/12/01",
        "2026-12-1",
        "2026.12.1",
        "2026年12月1日",
        "20261201",
        " 2026/12/1 0:00 ",
        "2026-12-01T00:00:00",
    ];
    let rows: String = (0..).zip(days).map(|(n, day)| line(n, day)).collect();
    import(&catalog, UNITS, CSV, &(header.to_owned() + &rows)).await.done();
    let view = catalog.memory.view().await.unwrap();
    for (n, day) in (0..).zip(days) {
        let id = format!("line-{n}");
        let from = view.organization.versions(&id).first().unwrap().valid_from.unwrap();
        assert_eq!(from.to_string(), "2026-12-01", "{day}");
    }
    let wrong = [
        ("12/1/2026", "more than one day: write the year first"),
        ("26-12-1", "more than one day: write the year first"),
        ("46357", "is a spreadsheet's number of a day"),
        ("2026/13/1", "is not a date"),
        ("2026/12/1 8:30", "is not a date"),
        ("2026-12/1", "is not a date"),
        ("明天", "is not a date"),
    ];
    let rows: String = (0..).zip(wrong).map(|(n, (day, _))| line(n, day)).collect();
    let told = import(&catalog, UNITS, CSV, &(header.to_owned() + &rows)).await;
    for (row, (_, reason)) in (1..).zip(wrong) {
        told.tells(row, "valid_from", reason);
    }
}

#[tokio::test]
async fn c11_a_code_that_a_spreadsheet_made_a_number_is_refused_with_how_to_keep_it() {
    let (catalog, _place) = loaded().await;
    let file = format!("{HEADER}4.65051E+11,示例,20,依据\n2.09E+09,示例,1e+1,依据\n");
    let told = import(&catalog, BASE, CSV, &file).await;
    told.tells(1, "base_code", "\"4.65051E+11\" is no code any more: a spreadsheet");
    told.tells(1, "base_code", "Mark the column as text");
    told.tells(2, "base_code", "a spreadsheet has turned it into a number");
    told.tells(2, "type", "a spreadsheet has turned it into a number");
    let unit = "kind,unit_id,name,region_code,uscc,contact\n\
                line,1E+12,示例,6.52E+05,1.13E+17,1.38E+10\n";
    let told = import(&catalog, UNITS, CSV, unit).await;
    for column in ["unit_id", "region_code", "uscc", "contact"] {
        told.tells(1, column, "a spreadsheet");
    }
}
