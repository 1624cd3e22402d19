use platform::{
    convert::to_wire,
    testing::{AGENCY, ON_THE_SPOT_ITEM, REGION},
};
use proto::{
    fact::v1::{RatingSubmitted, TicketStepped, fact::Body},
    r#type::v1::{ExclusionGround, ExclusionKind, Level, TicketState},
};

use uuid::Uuid;

use super::*;
use crate::{
    app::bulletin::{keep, told},
    rpc::{
        disclosure::testing::{Excluding as _, RATED},
        testing::Fixture,
    },
};

impl Fixture {
    fn at(&self, at: &str) {
        self.publication.shell.clock.set(at.parse().unwrap());
    }
}

#[tokio::test]
async fn p06_a_bulletin_tells_problems_cases_and_exclusions_and_no_private_rating() {
    let fixture = Fixture::new().await;
    let mut rated = Vec::new();
    for _ in 0..7 {
        rated.push(fixture.negative(&fixture.act(), false).await);
    }
    let [good, private, late, excluded, ..] = rated.as_slice() else { panic!("{rated:?}") };
    // The fastest of all, but one of its ratings is private.
    fixture.at("2026-03-02T04:00:00Z");
    fixture.step_ticket(&private.ticket_id, TicketState::Confirmed).await;
    fixture.join_privately(&private.ticket_id).await;
    fixture.at("2026-03-03T04:00:00Z");
    fixture.step_ticket(&good.ticket_id, TicketState::Confirmed).await;
    let stepped = TicketStepped {
        ticket_id: late.ticket_id.clone(),
        sequence: 1,
        state: TicketState::Assigned.into(),
        at: Some(to_wire(fixture.publication.shell.clock.now())),
        missed: vec!["handling".to_owned()],
        ..TicketStepped::default()
    };
    fixture.apply(Body::TicketStepped(stepped)).await;
    fixture.exclude(excluded, 0).await;
    fixture.at("2026-03-31T22:00:00Z");
    let march = ReportPeriod::parse("2026-03").unwrap();
    let drafted = draft(&fixture.publication, REGION, march).await.unwrap();
    let said = drafted.content.clone();
    let [problem] = &said.problems[..] else { panic!("{said:?}") };
    assert_eq!(
        (problem.item_code.as_str(), problem.negative, problem.agency_id.as_str()),
        (ON_THE_SPOT_ITEM, 6, AGENCY)
    );
    assert_eq!(problem.late, exact(1));
    assert!(problem.item_name.starts_with("示例事项"), "{}", problem.item_name);
    assert_eq!(problem.agency_name, format!("示例机构 {AGENCY}"));
    let tickets = |cases: &[BulletinCase]| -> Vec<String> {
        cases.iter().map(|case| case.ticket_id.clone()).collect()
    };
    assert_eq!(tickets(&said.good_cases), [good.ticket_id.as_str()]);
    assert_eq!(said.good_cases[0].state_on, "2026-03-03");
    assert_eq!(tickets(&said.adverse_cases), [late.ticket_id.as_str()]);
    let [ground] = &said.excluded[..] else { panic!("{said:?}") };
    assert_eq!(
        (ground.ground(), ground.kind(), ground.count),
        (ExclusionGround::Malicious, ExclusionKind::Excluded, exact(1))
    );
    let [part] = &said.agencies[..] else { panic!("{said:?}") };
    assert_eq!((part.ratings, part.negative), (exact(6), exact(6)));
    // The excluded one is in no count of tickets.
    assert_eq!((part.opened, part.late, part.confirmed), (exact(6), exact(1), exact(2)));
    assert_eq!(said.trend.len(), 12);
    assert_eq!(said.trend[11].ratings, 6);
    // One that becomes private later is told no more, whenever the bulletin was released.
    let (store, id) = (&fixture.publication.store, Uuid::from_u128(9));
    let txn = store.begin().await.unwrap();
    let now = fixture.publication.shell.clock.now();
    assert!(keep(&txn, (id, now), &drafted, None).await.unwrap().is_some());
    txn.commit().await.unwrap();
    fixture.join_privately(&good.ticket_id).await;
    let now = told(store.read(), id).await.unwrap();
    assert_eq!((now.good_cases.len(), now.adverse_cases.len()), (0, 1));
}

#[tokio::test]
async fn p06_a_problem_names_the_reasons_that_five_raters_or_more_chose_where_all_may_see() {
    let fixture = Fixture::new().await;
    // A problem is an item that has a ticket.
    fixture.negative(&fixture.act(), false).await;
    for (code, times, private) in
        [("209", 5, 0), ("214", 6, 1), ("207", 4, 3), ("208", 9, 0), ("210", 7, 0)]
    {
        for n in 0..times {
            let rating = fixture.rating(&fixture.act(), Level::Dissatisfied, RATED);
            let tag_codes = vec![code.to_owned()];
            let rating = RatingSubmitted { tag_codes, private: n < private, ..rating };
            fixture.apply(Body::RatingSubmitted(rating)).await;
        }
    }
    fixture.at("2026-03-31T22:00:00Z");
    let march = ReportPeriod::parse("2026-03").unwrap();
    let drafted = draft(&fixture.publication, REGION, march).await.unwrap();
    let [problem] = &drafted.content.problems[..] else { panic!("{:?}", drafted.content) };
    let told = problem.reasons.iter().map(|reason| (reason.tag_code.as_str(), reason.count));
    assert_eq!(told.collect::<Vec<_>>(), [("208", 9), ("210", 7), ("209", 5)]);
    assert!(problem.reasons.iter().all(|reason| !reason.text.is_empty()), "{problem:?}");
}
