use platform::{
    audit, facts,
    testing::{AGENCY, REGION},
};
use prost::Message as _;
use proto::{
    fact::v1::fact::Body,
    ticketing::v1::{Correction, Step, step::Act},
    r#type::v1::TicketState,
};
use tokio_stream::StreamExt as _;
use tonic::Code;

use super::*;
use crate::{
    rpc::testing::{Fixture, assign, authority, contact, handler, refusal, to_closed},
    store,
};

fn asked(format: LedgerFormat) -> ExportLedgerRequest {
    ExportLedgerRequest { format: format.into(), filter: None }
}

fn of(format: LedgerFormat, filter: LedgerFilter) -> ExportLedgerRequest {
    ExportLedgerRequest { filter: Some(filter), ..asked(format) }
}

/// A whole file, and the counts of its last piece.
async fn file(
    fixture: &Fixture,
    caller: Officer,
    request: ExportLedgerRequest,
) -> (Vec<u8>, Given) {
    let mut answers = run(&fixture.ticketing, caller, request).await.unwrap();
    let (mut file, mut given) = (Vec::new(), Given::default());
    while let Some(piece) = answers.next().await {
        let piece = piece.unwrap();
        assert!(piece.chunk.len() <= 128 << 10, "{}", piece.chunk.len());
        file.extend(piece.chunk);
        given = Given { tickets: piece.tickets, steps: piece.steps };
    }
    (file, given)
}

/// The rows of a CSV, its head first.
async fn rows(
    fixture: &Fixture,
    caller: Officer,
    request: ExportLedgerRequest,
) -> Vec<Vec<String>> {
    let (file, _) = file(fixture, caller, request).await;
    let text = file.strip_prefix(&[0xEF, 0xBB, 0xBF]).expect("a byte order mark");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text);
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect());
    rows.collect()
}

fn cell<'a>(rows: &'a [Vec<String>], row: usize, column: &str) -> &'a str {
    let at = rows[0].iter().position(|name| name == column).expect(column);
    &rows[row][at]
}

async fn records(fixture: &Fixture) -> Vec<LedgerExportRecord> {
    let entries = audit::list(&fixture.ticketing.store, 0, 100).await.unwrap();
    let decode = |entry: &audit::Entry| LedgerExportRecord::decode(entry.record.as_slice());
    entries.iter().map(|entry| decode(entry).unwrap()).collect()
}

#[tokio::test]
async fn t14_the_ledger_has_every_ticket_and_every_step_who_when_what() {
    let fixture = Fixture::new().await;
    let done = fixture.ticket().await;
    fixture.steps(&done, to_closed()).await;
    fixture.at("2026-03-02T02:00:00Z");
    let fresh = fixture.ticket().await;
    let tickets = rows(&fixture, authority(REGION), asked(LedgerFormat::CsvTickets)).await;
    assert_eq!(tickets.len(), 3);
    let ids: Vec<&str> = (1..3).map(|row| cell(&tickets, row, "工单编号")).collect();
    assert_eq!(ids, [done.as_str(), fresh.as_str()], "in the order of their opening");
    assert_eq!(cell(&tickets, 1, "开始时间"), "2026-03-02 09:00:00");
    assert_eq!(cell(&tickets, 1, "状态"), "已办结");
    assert_eq!(
        (cell(&tickets, 1, "核实结论"), cell(&tickets, 1, "差评数")),
        ("情况清楚、诉求合理", "1")
    );
    assert_eq!(cell(&tickets, 1, "办结时间"), "2026-03-02 09:00:00");
    assert_eq!((cell(&tickets, 2, "状态"), cell(&tickets, 2, "办结时间")), ("待指派", ""));
    assert!(!cell(&tickets, 2, "事项名称").is_empty() && !cell(&tickets, 2, "承办单位").is_empty());
    assert!(cell(&tickets, 2, "各项时限").contains("计时中"), "{tickets:?}");

    let steps = rows(&fixture, authority(REGION), asked(LedgerFormat::CsvSteps)).await;
    let taken: Vec<&str> = (1..steps.len()).map(|row| cell(&steps, row, "办理步骤")).collect();
    assert_eq!(taken[..4], ["指派", "登记回访核实", "登记核实结论", "登记整改"]);
    assert_eq!(steps.len() - 1, to_closed().len());
    let said = (cell(&steps, 2, "步骤"), cell(&steps, 2, "办理人"), cell(&steps, 2, "时间"));
    assert_eq!(said, ("2", "handler", "2026-03-02 09:00:00"));
    assert_eq!(cell(&steps, 2, "内容"), "方式：电话\n联系上：是\n情况：示例回访记录");
    assert!(steps[1..].iter().all(|row| row[0] == done));
}

#[tokio::test]
async fn t14_cells_that_look_like_formulas_are_words_in_every_form() {
    let fixture = Fixture::new().await;
    let id = fixture.ticket().await;
    fixture.step(&id, assign()).await.unwrap();
    // A step's words follow what they are; who takes it can be named like a formula.
    let by = |sub: &str| -> Officer {
        let caller = platform::auth::Caller::Handler {
            region: REGION.to_owned(),
            agency: AGENCY.to_owned(),
        };
        platform::testing::principal(sub, caller)
    };
    fixture.step_by(&by("=1+1"), &id, contact()).await.unwrap();
    let words = Correction { sequence: 2, words: "=cmd|' /C calc'!A0".to_owned() };
    fixture.step_by(&by("=1+1"), &id, Act::Correction(words)).await.unwrap();
    let steps = rows(&fixture, authority(REGION), asked(LedgerFormat::CsvSteps)).await;
    assert_eq!(cell(&steps, 2, "办理人"), "'=1+1");
    assert_eq!(cell(&steps, 3, "内容"), "更正步骤：2\n更正为：=cmd|' /C calc'!A0");
    let starts = |c: char| "=+-@\t\r".contains(c);
    assert!(steps.iter().flatten().all(|cell| !cell.starts_with(starts)), "{steps:?}");
}

#[tokio::test]
async fn t14_the_workbook_has_both_sheets() {
    let fixture = Fixture::new().await;
    let id = fixture.ticket().await;
    fixture.steps(&id, to_closed()).await;
    let (book, given) = file(&fixture, authority(REGION), asked(LedgerFormat::Xlsx)).await;
    let steps = u64::try_from(to_closed().len()).unwrap();
    assert_eq!(given, Given { tickets: 1, steps });
    // A ZIP, whose directory stands at its end and names each sheet.
    assert!(book.starts_with(b"PK\x03\x04") && book.len() > 4_000, "{}", book.len());
    let names = |name: &str| book.windows(name.len()).any(|at| at == name.as_bytes());
    assert!(names("xl/worksheets/sheet1.xml") && names("xl/worksheets/sheet2.xml"));
    assert!(!names("xl/worksheets/sheet3.xml") && !names("xl/sharedStrings.xml"));
}

#[tokio::test]
async fn t14_the_filter_in_force_says_which_tickets_are_in_it() {
    let fixture = Fixture::new().await;
    let done = fixture.ticket().await;
    fixture.steps(&done, to_closed()).await;
    fixture.at("2026-03-04T02:00:00Z");
    let fresh = fixture.ticket().await;
    let day = |from: &str, to: &str| LedgerFilter {
        opened_from: from.to_owned(),
        opened_to: to.to_owned(),
        ..LedgerFilter::default()
    };
    let closed = LedgerFilter { state: TicketState::Closed.into(), ..LedgerFilter::default() };
    let waiting = LedgerFilter { unassigned: true, ..LedgerFilter::default() };
    let elsewhere = LedgerFilter { agency_id: "652301-a04".to_owned(), ..waiting.clone() };
    for (filter, expected) in [
        (LedgerFilter::default(), vec![&done, &fresh]),
        (closed, vec![&done]),
        (waiting, vec![&fresh]),
        (elsewhere, vec![]),
        (day("2026-03-02", "2026-03-02"), vec![&done]),
        (day("2026-03-03", ""), vec![&fresh]),
        (day("", "2026-03-03"), vec![&done]),
        (day("2026-03-05", ""), vec![]),
    ] {
        let request = of(LedgerFormat::CsvTickets, filter.clone());
        let rows = rows(&fixture, authority(REGION), request).await;
        let ids: Vec<&String> = rows[1..].iter().map(|row| &row[0]).collect();
        assert_eq!(ids, expected, "{filter:?}");
    }
}

#[tokio::test]
async fn t14_another_agencys_tickets_and_steps_are_in_no_ledger_of_an_agency() {
    let fixture = Fixture::new().await;
    let id = fixture.ticket().await;
    fixture.steps(&id, to_closed()).await;
    for format in [LedgerFormat::CsvTickets, LedgerFormat::CsvSteps] {
        for (caller, sees) in
            [(handler(AGENCY), true), (handler("652301-a04"), false), (authority("652302"), false)]
        {
            let rows = rows(&fixture, caller.clone(), asked(format)).await;
            assert_eq!(rows.len() > 1, sees, "{caller:?}");
        }
    }
}

#[tokio::test]
async fn t14_s01_an_export_is_on_the_audit_chain_before_its_first_piece_and_after_its_last() {
    let fixture = Fixture::new().await;
    let id = fixture.ticket().await;
    fixture.steps(&id, to_closed()).await;
    let filter = LedgerFilter { opened_from: "2026-03-02".to_owned(), ..LedgerFilter::default() };
    let request = of(LedgerFormat::CsvSteps, filter);
    let answers = run(&fixture.ticketing, handler(AGENCY), request.clone()).await.unwrap();
    let first = records(&fixture).await.remove(0);
    assert_eq!((first.action.as_str(), first.tickets), ("export", 0));
    assert_eq!((first.actor.as_str(), first.actor_agency.as_str()), ("handler", AGENCY));
    assert_eq!(first.request, Some(request));
    assert!(answers.collect::<Vec<_>>().await.iter().all(Result::is_ok));
    let [_, last] = &records(&fixture).await[..] else { panic!("two records") };
    assert_eq!((last.action.as_str(), &last.record_id), ("export ended", &first.record_id));
    assert_eq!((last.tickets, last.steps), (1, 8));
    let store = &fixture.ticketing.store;
    assert_eq!(audit::verify(store).await.unwrap(), 2);
    let told = facts::list(store, 0, 1_000).await.unwrap();
    let told = told.iter().filter(|fact| matches!(fact.body, Some(Body::AuditRecorded(_))));
    assert_eq!(told.count(), 2);

    // Without a record there is no file.
    let sql = "DROP TABLE audit";
    sea_orm::ConnectionTrait::execute_unprepared(store.write(), sql).await.unwrap();
    let refused = run(&fixture.ticketing, handler(AGENCY), asked(LedgerFormat::Xlsx)).await;
    assert!(refused.is_err());
    assert!(fixture.ticketing.exports.begin("handler").is_some(), "and none runs");
}

/// Many tickets of one agency with some steps each, as copies of one.
async fn many(fixture: &Fixture, count: usize) {
    let Fixture { ticketing, .. } = fixture;
    let id = fixture.ticket().await;
    let (read, id) = (ticketing.store.read(), id.parse().unwrap());
    let row = store::ticket::ticket(read, &authority(REGION), id).await.unwrap().unwrap();
    let one = store::ticket::rows_of(read, row).await.unwrap();
    for n in (0..count).collect::<Vec<_>>().chunks(500) {
        let copies = n.iter().map(|n| {
            let mut copy = one.clone();
            copy.ticket.id = ticketing.shell.clock.new_id();
            copy.ticket.act_id = ticketing.shell.clock.new_id();
            copy.ticket.opened_at += i64::try_from(n / 7).unwrap();
            copy.ticket.sequence = 2;
            for deadline in &mut copy.deadlines {
                deadline.ticket_id = copy.ticket.id;
            }
            copy
        });
        let copies: Vec<_> = copies.collect();
        let txn = ticketing.store.begin().await.unwrap();
        for copy in &copies {
            for sequence in 1..=2 {
                let step = Step { sequence, act: Some(contact()), ..Step::default() };
                let sealer = &ticketing.shell.sealer;
                store::ticket::insert_steps(&txn, sealer, &[(copy.ticket.id, step.clone())])
                    .await
                    .unwrap();
            }
        }
        store::ticket::insert_tickets(&txn, copies).await.unwrap();
        txn.commit().await.unwrap();
    }
}

#[tokio::test]
async fn t14_five_thousand_tickets_are_each_in_it_once_in_pieces_and_who_leaves_is_not_read_for() {
    let fixture = Fixture::new().await;
    many(&fixture, 5_000).await;
    let tickets = rows(&fixture, authority(REGION), asked(LedgerFormat::CsvTickets)).await;
    let ids: std::collections::HashSet<&String> = tickets[1..].iter().map(|row| &row[0]).collect();
    assert_eq!((tickets.len() - 1, ids.len()), (5_001, 5_001));
    let opened = |row: usize| cell(&tickets, row, "开始时间");
    assert!((2..tickets.len()).all(|row| opened(row - 1) <= opened(row)), "in their order");
    let steps = rows(&fixture, authority(REGION), asked(LedgerFormat::CsvSteps)).await;
    assert_eq!(steps.len() - 1, 10_000);
    let pairs: std::collections::HashSet<(&String, &String)> =
        steps[1..].iter().map(|row| (&row[0], &row[1])).collect();
    assert_eq!(pairs.len(), 10_000);

    let exports = &fixture.ticketing.exports;
    for format in [LedgerFormat::CsvTickets, LedgerFormat::Xlsx] {
        let before = records(&fixture).await.len();
        let mut answers = run(&fixture.ticketing, authority(REGION), asked(format)).await.unwrap();
        answers.next().await.unwrap().unwrap();
        let again = run(&fixture.ticketing, authority(REGION), asked(format)).await;
        let busy = (Code::ResourceExhausted, "EXPORT_UNDER_WAY".to_owned());
        assert_eq!(refusal(again.map(|_| ())), busy);
        // Of another caller's nobody is in the way.
        drop(run(&fixture.ticketing, handler("652301-a04"), asked(format)).await.unwrap());
        drop(answers);
        platform::testing::wait::until("the export ends", async || {
            exports.begin("authority").is_some() && records(&fixture).await.len() == before + 4
        })
        .await;
        let records = records(&fixture).await;
        let of = |record: &&LedgerExportRecord| record.actor == "authority";
        let broken = records.iter().rev().find(of).unwrap();
        assert_eq!(broken.action, "export broken off");
        assert!(broken.tickets < 5_000, "so many were read for nobody: {}", broken.tickets);
    }
}

#[tokio::test]
async fn t14_a_ticket_with_more_steps_than_are_read_at_once_has_them_all() {
    let fixture = Fixture::new().await;
    many(&fixture, 3).await;
    let id = fixture.ticket().await;
    let txn = fixture.ticketing.store.begin().await.unwrap();
    let uuid = id.parse().unwrap();
    for sequence in 1..=450 {
        let step = Step { sequence, act: Some(contact()), ..Step::default() };
        let sealer = &fixture.ticketing.shell.sealer;
        store::ticket::insert_steps(&txn, sealer, &[(uuid, step.clone())]).await.unwrap();
    }
    let before = store::ticket::locked(&txn, uuid).await.unwrap().unwrap();
    let mut now = before.clone();
    now.ticket.sequence = 450;
    assert!(store::ticket::update_ticket(&txn, &before, &now).await.unwrap());
    txn.commit().await.unwrap();
    let rows = rows(&fixture, authority(REGION), asked(LedgerFormat::CsvSteps)).await;
    let of = rows[1..].iter().filter(|row| row[0] == id);
    let numbers: Vec<u32> = of.map(|row| row[1].parse().unwrap()).collect();
    assert_eq!(numbers, (1..=450).collect::<Vec<_>>());
    assert_eq!(rows.len() - 1, 456);
}

#[tokio::test]
async fn t14_a_request_for_no_ledger_names_every_field_that_is_wrong() {
    let fixture = Fixture::new().await;
    let wrong = LedgerFilter {
        state: 99,
        opened_from: "2026-02-30".to_owned(),
        agency_id: "a b".to_owned(),
        ..LedgerFilter::default()
    };
    let request = of(LedgerFormat::Unspecified, wrong);
    let refused = run(&fixture.ticketing, authority(REGION), request).await.map(|_| ());
    let told = refused.unwrap_err().to_string();
    for field in ["format:", "filter.state:", "filter.opened_from:", "filter.agency_id:"] {
        assert!(told.contains(field), "{field} {told}");
    }
    let turned = LedgerFilter {
        opened_from: "2026-03-03".to_owned(),
        opened_to: "2026-03-02".to_owned(),
        ..LedgerFilter::default()
    };
    let request = of(LedgerFormat::Xlsx, turned);
    let refused = run(&fixture.ticketing, authority(REGION), request).await.map(|_| ());
    assert!(refused.unwrap_err().to_string().contains("filter.opened_to:"));
    assert!(records(&fixture).await.is_empty(), "nothing was exported");
}
