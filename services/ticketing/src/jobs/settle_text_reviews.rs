//! Records what silence accepted (T08): texts not reviewed in time, where the profile says so. Readers
//! see that by the time alone; this job only puts it on record and tells it. Replicas can run it at
//! once: a review is marked by one transaction.

use std::time::Duration;

use platform::{
    facts,
    status::{Failure, causes},
    trouble::Kind,
};

use crate::{app::text_review::tell::reviewed, state::Ticketing, store};

/// How often it looks: the days are counted in days.
const LOOK: Duration = Duration::from_secs(30);
/// How many one transaction marks at most.
const BATCH: u64 = 200;

/// The trouble of a look that fails.
const WAIT: Kind = Kind::Job("text reviews");

/// Keeps looking until the process stops.
pub async fn run(ticketing: Ticketing) {
    while !ticketing.shell.stop.is_stopped() {
        match settle(&ticketing).await {
            Ok(_) => ticketing.store.troubles().end(WAIT),
            Err(error) => ticketing.store.troubles().meet(WAIT, causes(&error)),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = ticketing.shell.stop.stopped() => {}
        }
    }
}

/// Marks every review that silence has accepted by now; returns how many.
pub(crate) async fn settle(ticketing: &Ticketing) -> Result<usize, Failure> {
    let mut settled = 0;
    loop {
        let now = ticketing.shell.clock.now().as_microsecond();
        let due = store::text_review::lapsed(ticketing.store.read(), now, BATCH).await?;
        if due.is_empty() {
            return Ok(settled);
        }
        let txn = ticketing.store.begin().await?;
        let ids = due.iter().map(|row| row.rating_id).collect();
        let marked = store::text_review::accept_by_silence(&txn, ids, now).await?;
        settled += marked.len();
        facts::commit(txn, &ticketing.shell.clock, marked.iter().map(reviewed).collect()).await?;
        ticketing.shell.bus.committed(crate::NAME);
    }
}

#[cfg(test)]
mod tests {
    use platform::convert::{instant_of, to_wire};
    use proto::ticketing::v1::{GetTextReviewRequest, TextReviewState};

    use super::*;
    use crate::rpc::text_review::testing::{authority_of, told, worded};
    use crate::rpc::{testing::Fixture, text_review::get_text_review};

    #[tokio::test]
    async fn t08_silence_is_recorded_once_as_of_the_end_of_the_time_however_late_and_often() {
        let fixture = Fixture::under("guangxi-2019").await;
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(worded(&fixture).await.rating_id);
        }
        let read = async |id: &String| {
            let request = GetTextReviewRequest { rating_id: id.clone() };
            let officer = authority_of("652301");
            let read = get_text_review::run(&fixture.ticketing, officer, request).await;
            read.unwrap().review.unwrap()
        };
        fixture.at("2026-03-17T15:59:59Z");
        assert_eq!(settle(&fixture.ticketing).await.unwrap(), 0);
        fixture.at("2026-04-20T00:00:00Z");
        let before = read(&ids[0]).await;
        let both = tokio::join!(settle(&fixture.ticketing), settle(&fixture.ticketing));
        assert_eq!(both.0.unwrap() + both.1.unwrap(), 3, "each once, whoever does it");
        assert_eq!(settle(&fixture.ticketing).await.unwrap(), 0);
        let end = to_wire("2026-03-17T16:00:00Z".parse().unwrap());
        for id in &ids {
            let after = read(id).await;
            assert_eq!(after.state(), TextReviewState::AcceptedBySilence);
            assert_eq!((after.decided_at, after.decided_by.as_str()), (Some(end), ""));
        }
        assert_eq!(read(&ids[0]).await, before, "the job changes nothing that is read");
        let told = told(&fixture).await;
        assert_eq!(told.len(), 3);
        assert!(told.iter().all(|t| t.by_silence && t.accepted && t.at == Some(end)), "{told:?}");
        instant_of(told[0].at.as_ref()).unwrap();
    }
}
