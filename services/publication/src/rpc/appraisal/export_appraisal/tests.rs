//! The tables for the appraisal as files, and the record of who took them.

use platform::testing::{AGENCY, AUTHORITY, REGION, STAFF, WINDOWS};
use prost::Message as _;
use proto::{
    catalog::v1::UnitKind,
    r#type::v1::{RestrictedKind, ServiceAct, SignalSubject},
};
use tokio_stream::StreamExt as _;

use super::*;
use crate::rpc::{
    appraisal::testing::{authority, judge, uphold},
    ranking::testing::{of, publish, rate},
    testing::Fixture,
};

fn asked(format: AppraisalFormat, table: AppraisalTable) -> ExportAppraisalRequest {
    ExportAppraisalRequest {
        format: format.into(),
        table: table.into(),
        region_code: REGION.to_owned(),
        period: "2026-01".to_owned(),
    }
}

/// A whole file, and how many rows it says it has.
async fn file(fixture: &Fixture, format: AppraisalFormat, table: AppraisalTable) -> (Vec<u8>, u64) {
    let caller = authority("主管", REGION);
    let mut pieces = run(&fixture.publication, caller, asked(format, table)).await.unwrap();
    let (mut file, mut rows) = (Vec::new(), 0);
    while let Some(piece) = pieces.next().await {
        let piece = piece.unwrap();
        file.extend(piece.chunk);
        rows = piece.rows;
    }
    (file, rows)
}

/// The rows of a CSV, its head first.
async fn rows(fixture: &Fixture, table: AppraisalTable) -> Vec<Vec<String>> {
    let (file, count) = file(fixture, AppraisalFormat::Csv, table).await;
    let text = file.strip_prefix(&[0xEF, 0xBB, 0xBF]).expect("a byte order mark");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text);
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect());
    let rows: Vec<Vec<String>> = rows.collect();
    assert_eq!(u64::try_from(rows.len()).unwrap(), count + 1);
    rows
}

fn cell<'a>(rows: &'a [Vec<String>], row: usize, column: &str) -> &'a str {
    let at = rows[0].iter().position(|name| name == column).expect(column);
    &rows[row][at]
}

/// Two agencies, two windows and two members of staff, each with a good and a bad one; under a profile with
/// scores.
async fn rated() -> Fixture {
    let fixture = Fixture::under("guangxi-2019").await;
    publish(&fixture, UnitKind::Agency, &["652301-a07"]).await;
    for (agency, window, staff, counts) in [
        (AGENCY, WINDOWS[0], STAFF, of(99, 1)),
        ("652301-a07", WINDOWS[1], "652301-s02", of(50, 50)),
        (AUTHORITY, "652301-w09", "652301-s03", of(3, 0)),
    ] {
        let act = ServiceAct {
            agency_id: agency.to_owned(),
            window_id: window.to_owned(),
            staff_id: staff.to_owned(),
            ..fixture.act()
        };
        rate(&fixture, &act, "2026-01-15", counts).await;
    }
    fixture
}

#[tokio::test]
async fn p07_scores_of_units_and_staff_are_exported_with_what_stands_beside_them() {
    let fixture = rated().await;
    let agencies = rows(&fixture, AppraisalTable::Agencies).await;
    let codes: Vec<&str> = (1..4).map(|row| cell(&agencies, row, "编码")).collect();
    assert_eq!(codes, [AGENCY, "652301-a07", AUTHORITY]);
    let first = |column| cell(&agencies, 1, column);
    assert_eq!((first("名次（起）"), first("名次（止）")), ("1", "1"));
    assert_eq!((first("原始得分（%）"), first("计算评价数")), ("99.30", "100"));
    assert_eq!((first("满意率（%）"), first("参评率（%）")), ("99.00", "100.00"));
    let in_points: f64 = first("折合分值").parse().unwrap();
    let in_parts: f64 = first("综合得分（%）").parse().unwrap();
    assert!((in_points - in_parts / 10.0).abs() < 0.01, "{in_points} of 10, {in_parts} %");
    assert_eq!(cell(&agencies, 2, "名称"), "'=示例 652301-a07", "no formula");
    assert_eq!(cell(&agencies, 3, "名次（起）"), "未排名：评价不足30条");
    assert_eq!((cell(&agencies, 3, "综合得分（%）"), cell(&agencies, 3, "计算评价数")), ("", "3"));
    let windows = rows(&fixture, AppraisalTable::Windows).await;
    assert_eq!((cell(&windows, 1, "编码"), cell(&windows, 1, "折合分值")), (WINDOWS[0], ""));
    let staff = rows(&fixture, AppraisalTable::Staff).await;
    assert_eq!((cell(&staff, 1, "编码"), cell(&staff, 1, "名称")), (STAFF, ""), "no person's name");
    assert_eq!((staff.len(), cell(&staff, 2, "所属机构")), (4, "'=示例 652301-a07"));
}

#[tokio::test]
async fn p07_candidates_and_deductions_are_exported_in_both_forms() {
    let fixture = rated().await;
    judge(&fixture, (SignalSubject::Staff, STAFF), "2026-01-20", true).await;
    uphold(&fixture, RestrictedKind::Leak, "2026-01-20").await;
    let stars = rows(&fixture, AppraisalTable::ServiceStars).await;
    assert_eq!((stars.len(), cell(&stars, 1, "编码")), (2, STAFF));
    assert_eq!((cell(&stars, 1, "评选资格"), cell(&stars, 1, "所属机构查实问题数")), ("取消", "1"));
    let windows = rows(&fixture, AppraisalTable::BestWindows).await;
    assert_eq!((cell(&windows, 1, "编码"), cell(&windows, 1, "评选资格")), (WINDOWS[0], "具备"));
    let deductions = rows(&fixture, AppraisalTable::Deductions).await;
    let told: Vec<[&str; 4]> = (1..deductions.len())
        .map(|row| ["对象类别", "编码", "查实问题", "数量"].map(|of| cell(&deductions, row, of)))
        .collect();
    let expected =
        [["单位", AGENCY, "泄露评价人信息", "1"], ["工作人员", STAFF, "刷好评等弄虚作假", "1"]];
    assert_eq!(told, expected);
    for table in [AppraisalTable::Agencies, AppraisalTable::Deductions] {
        let (book, rows) = file(&fixture, AppraisalFormat::Xlsx, table).await;
        // A ZIP, whose directory stands at its end and names the sheet.
        assert!(book.starts_with(b"PK\x03\x04") && book.len() > 3_000, "{}", book.len());
        let names = |name: &str| book.windows(name.len()).any(|at| at == name.as_bytes());
        assert!(names("xl/worksheets/sheet1.xml") && !names("xl/worksheets/sheet2.xml"));
        assert!(rows >= 2);
    }
}

#[tokio::test]
async fn p07_an_export_is_on_the_audit_chain_before_its_first_byte() {
    let fixture = rated().await;
    let store = &fixture.publication.store;
    let request = asked(AppraisalFormat::Csv, AppraisalTable::Staff);
    let untaken = run(&fixture.publication, authority("主管", REGION), request.clone()).await;
    drop(untaken.unwrap());
    let [entry] = &audit::list(store, 0, 10).await.unwrap()[..] else { panic!() };
    let record = AppraisalExportRecord::decode(entry.record.as_slice()).unwrap();
    assert_eq!((record.actor.as_str(), record.actor_region.as_str()), ("主管", REGION));
    assert_eq!((record.request.as_ref(), record.rows), (Some(&request), 3));
    assert_eq!(audit::verify(store).await.unwrap(), 1);
    // What is refused is not exported, and not on record.
    for (caller, period) in [("652302", "2026-01"), (REGION, "2026-03")] {
        let request = ExportAppraisalRequest { period: period.to_owned(), ..request.clone() };
        let refused = run(&fixture.publication, authority("主管", caller), request).await;
        assert!(refused.is_err());
    }
    let nothing = ExportAppraisalRequest::default();
    let refused = run(&fixture.publication, authority("主管", REGION), nothing).await;
    let told = refused.map(drop).unwrap_err().to_string();
    for field in ["format:", "table:", "region_code:", "period:"] {
        assert!(told.contains(field), "{told}");
    }
    assert_eq!(audit::list(store, 0, 10).await.unwrap().len(), 1);
}
