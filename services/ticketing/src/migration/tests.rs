//! Tickets of older versions, which kept their deadlines in one value.

use domain::{
    deadline::{DayUnit, DeadlineRule},
    ticket::{DueEnd, Finding, Opening, Ticket, TicketState},
};
use platform::{
    clock::Clock,
    convert,
    database::Store,
    testing::{AGENCY, REGION, TestPlace},
};
use prost::Message as _;
use proto::{
    fact::v1::{MatterRaised, RatingSubmitted},
    ticketing::v1 as wire,
};
use sea_orm::ConnectionTrait as _;
use sea_orm_migration::prelude::*;
use uuid::Uuid;

use super::Migrator;
use crate::{NAME, convert::ticket::ticket_from_rows, rpc::testing::authority, store};

/// As it was before the whole loop.
struct Before;

#[async_trait::async_trait]
impl MigratorTrait for Before {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let all = Migrator::migrations().into_iter();
        all.take_while(|migration| migration.name() != "m2026_11_29_110_loop").collect()
    }
}

const RECEIVED: &str = "2026-03-02T01:00:00Z";

/// The deadlines of an older version, each at once or in so many days from an instant.
fn deadlines(of: &[(&str, u32, &str)]) -> Vec<u8> {
    let statutory = include_str!("../../../domain/calendars/statutory.toml");
    let year = include_str!("../../../domain/calendars/2026.toml");
    let source = |file, text| domain::source::Source { file, text };
    let years = [source("2026.toml", year)];
    let calendar =
        domain::calendar::Calendar::parse(&years, source("statutory.toml", statutory)).unwrap();
    let deadline = |(subject, days, from): &(&str, u32, &str)| {
        let rule = DeadlineRule {
            subject: (*subject).to_owned(),
            event: "rating_received".to_owned(),
            days: *days,
            unit: DayUnit::Working,
            clause: "四（一）".to_owned(),
        };
        convert::deadline_to_wire(&rule.due(from.parse().unwrap(), &calendar).unwrap())
    };
    let deadlines = of.iter().map(deadline).collect();
    wire::Ticket { deadlines, ..wire::Ticket::default() }.encode_to_vec()
}

struct OldTicket<'a> {
    /// By the numbers of then.
    state: i16,
    finding: i16,
    clock_started_at: &'a str,
    deadlines: &'a [(&'a str, u32, &'a str)],
    matter: bool,
}

async fn insert(store: &Store, old: OldTicket<'_>) -> Uuid {
    let id = Clock::System.new_id();
    let micros = |at: &str| at.parse::<jiff::Timestamp>().unwrap().as_microsecond();
    let matter = old.matter.then(|| MatterRaised::default().encode_to_vec());
    let row = Query::insert()
        .into_table("ticket")
        .columns([
            "id",
            "act_id",
            "region_code",
            "agency_id",
            "real_name",
            "opened_at",
            "clock_started_at",
            "state",
            "finding",
            "sequence",
            "due_at",
            "opening",
            "deadlines",
            "matter",
        ])
        .values_panic([
            id.into(),
            Clock::System.new_id().into(),
            format!("{REGION}100").into(),
            AGENCY.into(),
            true.into(),
            micros(RECEIVED).into(),
            micros(old.clock_started_at).into(),
            old.state.into(),
            old.finding.into(),
            3_i32.into(),
            i64::MAX.into(),
            RatingSubmitted::default().encode_to_vec().into(),
            deadlines(old.deadlines).into(),
            matter.into(),
        ])
        .to_owned();
    let txn = store.begin().await.unwrap();
    txn.execute_raw(store.backend().build(&row)).await.unwrap();
    txn.commit().await.unwrap();
    id
}

async fn moved(store: &Store, id: Uuid) -> Ticket {
    let row = store::ticket::ticket(store.read(), &authority(REGION), id).await.unwrap();
    let row = row.expect("the county's Authority sees its township's");
    let rows = store::ticket::rows_of(store.read(), row).await.unwrap();
    ticket_from_rows(&rows).unwrap()
}

/// Act, day, and whether it runs.
fn dues(ticket: &Ticket) -> Vec<(&str, String, bool)> {
    let of = |due: &domain::ticket::Due| due.deadline.due_on.to_string();
    let dues = ticket.dues.0.iter();
    dues.map(|due| (due.deadline.rule.subject.as_str(), of(due), due.runs())).collect()
}

#[tokio::test]
async fn t14_the_deadlines_of_older_tickets_become_rows_that_run_or_ended_as_they_did_then() {
    let place = TestPlace::new().await;
    let store = place.store::<Before>(NAME).await;
    let ordinary = [("fix_clear", 0, RECEIVED), ("feed_back_clear", 5, RECEIVED)];
    let later = "2026-03-10T01:00:00Z";
    let complex = [ordinary[0], ordinary[1], ("feed_back_complex", 15, RECEIVED)];
    let reopened =
        [ordinary[0], ordinary[1], ("fix_clear", 0, later), ("feed_back_clear", 5, later)];
    let old = |state, finding, clock_started_at, deadlines| OldTicket {
        state,
        finding,
        clock_started_at,
        deadlines,
        matter: false,
    };
    // Contacted; verified complex; rectified; closed; opened again; a matter that is fed back.
    let contacted = insert(&store, old(3, 0, RECEIVED, &ordinary[..])).await;
    let verified = insert(&store, old(4, 2, RECEIVED, &complex)).await;
    let rectified = insert(&store, old(5, 1, RECEIVED, &ordinary)).await;
    let closed = insert(&store, old(8, 1, RECEIVED, &ordinary)).await;
    let again = insert(&store, old(1, 0, later, &reopened)).await;
    let matter = OldTicket { matter: true, ..old(6, 1, RECEIVED, &ordinary) };
    let matter = insert(&store, matter).await;
    // A page of them is read at a time.
    let mut many = Vec::new();
    for _ in 0..600 {
        many.push(insert(&store, old(8, 1, RECEIVED, &[])).await);
    }
    drop(store);
    let store = place.store::<Migrator>(NAME).await;

    let first = ("fix_clear", "2026-03-02".to_owned());
    let second = ("feed_back_clear", "2026-03-09".to_owned());
    let row = |of: &(&'static str, String), runs| (of.0, of.1.clone(), runs);
    let ticket = moved(&store, contacted).await;
    assert_eq!(dues(&ticket), [row(&first, true), row(&second, true)]);
    assert_eq!(ticket.state, TicketState::Contacted { reached: true, attempts: 0 });
    assert_eq!((ticket.sequence, ticket.township), (3, true));
    let ticket = moved(&store, verified).await;
    let third = ("feed_back_complex", "2026-03-23".to_owned());
    assert_eq!(dues(&ticket), [row(&first, false), row(&second, false), row(&third, true)]);
    assert_eq!(ticket.state, TicketState::Verified { finding: Finding::Complex });
    assert!(!ticket.dues.0[0].is_missed(later.parse().unwrap()), "nobody knows when it ended");
    assert!(matches!(ticket.dues.0[0].end, DueEnd::Met { .. }));
    let ticket = moved(&store, rectified).await;
    assert_eq!(dues(&ticket), [row(&first, false), row(&second, true)]);
    let ticket = moved(&store, closed).await;
    assert_eq!(dues(&ticket), [row(&first, false), row(&second, false)]);
    let ticket = moved(&store, again).await;
    let (third, fourth) =
        (("fix_clear", "2026-03-10".to_owned()), ("feed_back_clear", "2026-03-17".to_owned()));
    let expected = [row(&first, false), row(&second, false), row(&third, true), row(&fourth, true)];
    assert_eq!(dues(&ticket), expected);
    let ticket = moved(&store, matter).await;
    assert!(matches!(ticket.opening, Opening::Matter { real_name: true, hotline_due_on: None }));
    for id in [many[0], many[599]] {
        assert_eq!(dues(&moved(&store, id).await), []);
    }
}
