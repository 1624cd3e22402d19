//! What the tables of tickets must find by an index, and what a stale writer does not write.

use platform::{
    auth::Caller,
    testing::{AGENCY, REGION, TestPlace, plan, principal},
};
use sea_orm::{QueryFilter as _, QueryTrait as _};

use super::*;
use crate::{
    Migrator, NAME,
    rpc::testing::{Fixture, assign, authority, contact},
};

#[tokio::test]
async fn t09_the_lists_of_tickets_and_what_runs_out_are_found_by_an_index() {
    let place = TestPlace::new().await;
    let store = place.store::<Migrator>(NAME).await;
    let of_agency = Caller::Handler { region: REGION.to_owned(), agency: AGENCY.to_owned() };
    let handler: Officer = principal("handler", of_agency);
    let mine = Filter { assignee: Some("652301-s01".to_owned()), ..Filter::default() };
    let due = Filter { due: Some((i64::MIN, 1_000)), ..Filter::default() };
    for (officer, filter, index) in [
        (authority(REGION), Filter::default(), "ticket_authority"),
        (authority(REGION), due, "ticket_authority"),
        (handler.clone(), Filter::default(), "ticket_agency"),
    ] {
        let found = plan(&store, listed(&officer, &filter, None, 50).build(store.backend())).await;
        assert!(found.contains(index), "{filter:?}: {found}");
        assert!(!found.to_lowercase().contains("b-tree for order by"), "{found}");
    }
    let found = plan(&store, listed(&handler, &mine, None, 50).build(store.backend())).await;
    assert!(["ticket_assignee", "ticket_agency"].iter().any(|i| found.contains(i)), "{found}");
    let running = ticket_deadline::Entity::find()
        .filter(ticket_deadline::Column::RunningUntil.lte(1_000))
        .order_by_asc(ticket_deadline::Column::RunningUntil)
        .limit(100);
    let found = plan(&store, running.build(store.backend())).await;
    assert!(found.contains("ticket_deadline_running"), "{found}");
    let assigned = ticket::Entity::find()
        .filter(ticket::Column::Assignee.eq("652301-s01"))
        .order_by_asc(ticket::Column::DueAt)
        .limit(50);
    let found = plan(&store, assigned.build(store.backend())).await;
    assert!(found.contains("ticket_assignee"), "{found}");
}

#[tokio::test]
async fn t02_whoever_read_a_ticket_before_anothers_step_writes_nothing_over_it() {
    let fixture = Fixture::new().await;
    let id = fixture.ticket().await;
    let store = &fixture.ticketing.store;
    let key = id.parse::<Uuid>().unwrap();
    let read = async || {
        let row = ticket(store.read(), &authority(REGION), key).await.unwrap().unwrap();
        rows_of(store.read(), row).await.unwrap()
    };
    let stale = read().await;
    fixture.steps(&id, vec![assign(), contact()]).await;
    let now = read().await;
    let mut mine = stale.clone();
    mine.ticket.sequence += 1;
    mine.ticket.assignee = Some("other".to_owned());
    mine.deadlines.clear();
    let txn = store.begin().await.unwrap();
    assert!(!update_ticket(&txn, &stale, &mine).await.unwrap());
    txn.commit().await.unwrap();
    assert_eq!(read().await, now);
}

#[tokio::test]
async fn s01_a_loaded_ticket_is_within_the_same_officers_reach_as_a_listed_one() {
    let fixture = Fixture::new().await;
    let of = |region: &str, agency: &str| {
        let (region, agency) = (region.to_owned(), agency.to_owned());
        principal("handler", Caller::Handler { region, agency })
    };
    let officers = [
        authority(REGION),
        authority("652301001"),
        authority("652300"),
        authority("652302"),
        of(REGION, AGENCY),
        of(REGION, "652301-a04"),
        of(REGION, "652301-a05"),
    ];
    let store = &fixture.ticketing.store;
    let mut rows = Vec::new();
    for n in 0..4 {
        let id: Uuid = fixture.ticket().await.parse().unwrap();
        let txn = store.begin().await.unwrap();
        let before = locked(&txn, id).await.unwrap().unwrap();
        let mut now = before.clone();
        match n {
            1 => now.ticket.region_code = "652301001".to_owned(),
            2 => now.ticket.agency_id = "652301-a04".to_owned(),
            3 => now.parts.push(ticket_part::Model {
                ticket_id: id,
                agency_id: "652301-a05".to_owned(),
                answered: false,
            }),
            _ => {}
        }
        assert!(update_ticket(&txn, &before, &now).await.unwrap());
        txn.commit().await.unwrap();
        rows.push(now);
    }
    let mut both = 0;
    for officer in &officers {
        for rows in &rows {
            let listed = ticket(store.read(), officer, rows.ticket.id).await.unwrap().is_some();
            assert_eq!(reaches(officer, rows), listed, "{officer:?} {:?}", rows.ticket);
            both += u32::from(listed);
        }
    }
    // Neither everything nor nothing.
    assert!((8..20).contains(&both), "{both}");
}
