use platform::testing::REGION;
use proto::{publication::v1::Bulletin, r#type::v1::Level};
use sea_orm::ConnectionTrait as _;

use super::*;
use crate::{
    app::bulletin::listed,
    rpc::bulletin::testing::Released,
    store::bulletin::{BulletinQuery, Which},
};

impl Released {
    fn at(&self, at: &str) {
        self.fixture.publication.shell.clock.set(at.parse().unwrap());
    }

    /// A round of a process that has just begun.
    async fn round(&self) -> usize {
        let holder = Uuid::from_u128(7);
        round(&self.fixture.publication, holder, &mut None).await.unwrap()
    }

    /// The drafts, the latest last day first, and of one day the quarter, the month, the year.
    async fn drafts(&self) -> Vec<Bulletin> {
        let query = BulletinQuery {
            region_code: REGION.to_owned(),
            kind: 0,
            which: Which::All,
            before: None,
            limit: 100,
        };
        let read = self.fixture.publication.store.read();
        let rows = store::list(read, &query).await.unwrap();
        let mut drafts = listed(read, &rows, true, None).await.unwrap();
        drafts.sort_by_key(|draft| std::cmp::Reverse((draft.to.clone(), draft.period.clone())));
        drafts
    }

    async fn periods(&self) -> Vec<String> {
        self.drafts().await.into_iter().map(|bulletin| bulletin.period).collect()
    }
}

#[tokio::test]
async fn p06_dq_each_month_and_quarter_is_drafted_once_when_it_has_ended() {
    let released = Released::under("district-2-5-15").await;
    released.at("2026-02-28T21:59:59Z");
    assert_eq!(released.round().await, 1, "January; February's last ratings are not counted yet");
    assert_eq!(released.periods().await, ["2026-01"]);
    released.at("2026-02-28T22:00:00Z");
    assert_eq!(released.round().await, 1, "on the first day of March, at six");
    assert_eq!(released.round().await, 0, "once");
    released.at("2026-03-31T22:00:00Z");
    assert_eq!(released.round().await, 2);
    assert_eq!(released.periods().await, ["2026-Q1", "2026-03", "2026-02", "2026-01"]);
    let drafts = released.drafts().await;
    assert!(drafts.iter().all(|draft| draft.releases.is_empty() && draft.edition == 1));
    let quarter = released.content(&drafts[0].bulletin_id).await;
    let given = |figures: &Option<proto::publication::v1::Figures>| -> u64 {
        figures.as_ref().unwrap().levels.iter().map(|level| level.count).sum()
    };
    assert_eq!((given(&quarter.figures), given(&quarter.before)), (5, 0));
    assert_eq!((quarter.trend.len(), quarter.trend[7].ratings), (8, 5));
    assert!(quarter.clause.ends_with("二（一）、三（二）"), "{}", quarter.clause);
}

#[tokio::test]
async fn p06_after_a_long_stop_what_was_missed_is_drafted_and_a_crash_in_between_loses_nothing() {
    let released = Released::under("district-2-5-15").await;
    released.at("2027-02-10T03:00:00Z");
    let publication = &released.fixture.publication;
    // The process dies after the first of them is kept.
    let first = ReportPeriod::parse("2026-01").unwrap();
    assert_eq!(draft_first(publication, REGION, first).await.unwrap(), Some(true));
    let missed = released.round().await;
    let mut periods = released.periods().await;
    // From the year before on: months from February 2026, the quarters, and the year.
    assert_eq!((missed, periods.len()), (12 + 4 + 1, 18), "{periods:?}");
    periods.retain(|period| period.len() != 7 || period.contains('Q'));
    assert_eq!(periods, ["2026-Q4", "2026", "2026-Q3", "2026-Q2", "2026-Q1"]);
    assert_eq!(released.round().await, 0);
}

#[tokio::test]
async fn p06_two_replicas_leave_one_draft_and_what_it_says_stays() {
    let released = Released::under("district-2-5-15").await;
    let publication = &released.fixture.publication;
    let period = ReportPeriod::parse("2026-02").unwrap();
    // Neither knows of the other, as after a lease that ran out.
    let both = || draft_first(publication, REGION, period);
    let (one, other) = tokio::join!(both(), both());
    let made = [one.unwrap(), other.unwrap()];
    assert_eq!(made.iter().filter(|made| **made == Some(true)).count(), 1, "{made:?}");
    let id = released.newest("2026-02").await;
    let before = released.content(&id).await;
    released.rate(Level::VeryDissatisfied, "2026-02-10T03:00:00Z").await;
    released.round().await;
    assert_eq!(released.newest("2026-02").await, id);
    assert_eq!(released.content(&id).await, before);
}

#[tokio::test]
async fn p06_where_no_span_is_named_there_are_quarters_and_nothing_before_the_figures_are_rebuilt()
{
    let released = Released::under("guangxi-2019").await;
    released.at("2026-04-02T03:00:00Z");
    let store = &released.fixture.publication.store;
    let earlier = "UPDATE fold SET version = version - 1";
    store.write().execute_unprepared(earlier).await.unwrap();
    let (holder, mut done) = (released.fixture.publication.shell.clock.new_id(), None);
    let publication = &released.fixture.publication;
    assert_eq!(round(publication, holder, &mut done).await.unwrap(), 0);
    let rebuilt = "UPDATE fold SET version = version + 1";
    store.write().execute_unprepared(rebuilt).await.unwrap();
    assert_eq!(round(publication, holder, &mut done).await.unwrap(), 1, "it looks again");
    assert_eq!(released.periods().await, ["2026-Q1"]);
}
