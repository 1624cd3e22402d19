//! P10: the fact of a case says when it was accepted, for whom it is reported to.

use jiff::SignedDuration;
use platform::convert::to_wire;

use super::*;
use crate::rpc::testing::ON_THE_SPOT_ITEM;

#[tokio::test]
async fn p10_the_fact_of_a_case_says_when_it_was_accepted_and_not_when_that_was_pushed() {
    let fixture = Fixture::new().await;
    let now = fixture.intake.shell.clock.now();
    let accepted = now - SignedDuration::from_hours(26);
    let mut report = fixture.report("P-1", WINDOW_ITEM, &BOTH);
    report.steps[0].happened_at = Some(to_wire(accepted));
    fixture.push(report).await.unwrap();
    fixture.submit(ON_THE_SPOT_ITEM).await;
    let told = fixture.told().await.into_iter().filter_map(|body| match body {
        Body::CaseSubmitted(case) => Some(case.accepted_at),
        _ => None,
    });
    let told: Vec<_> = told.collect();
    assert_eq!(told, [Some(to_wire(accepted)), Some(to_wire(now))]);
}
