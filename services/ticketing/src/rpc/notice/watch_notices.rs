//! Tells officers what is new about deadlines.

use std::pin::Pin;

use platform::{auth::Officer, telemetry::trace};
use proto::ticketing::v1::{WatchNoticesRequest, WatchNoticesResponse};
use tokio::sync::mpsc;
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::Status;

use crate::{
    convert::notice::{Addressee, notice_to_wire},
    entity::notice,
    error::{Error, NoticeError},
    state::Ticketing,
    store,
};

/// Notices, as they come.
pub(crate) type NoticeStream =
    Pin<Box<dyn Stream<Item = Result<WatchNoticesResponse, Status>> + Send>>;

/// How many are read at once.
const BATCH: u64 = 50;

pub(crate) async fn run(
    ticketing: &Ticketing,
    caller: Officer,
    request: WatchNoticesRequest,
) -> Result<NoticeStream, Error> {
    let mut watch = ticketing.watchers.watch(caller.id());
    let (ticketing, to) = (ticketing.clone(), Addressee::of(&caller));
    let newest = store::notice::newest(ticketing.store.read()).await?;
    let mut after = i64::try_from(request.after).unwrap_or(i64::MAX).min(newest);
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(trace::carried(async move {
        loop {
            let rows = match next(&ticketing, &to, after).await {
                Ok(rows) => rows,
                Err(error) => {
                    let _ = sender.send(Err(error.into())).await;
                    return;
                }
            };
            let more = rows.len() as u64 == BATCH;
            for row in rows {
                after = row.number;
                let notice = notice_to_wire(&row).map_err(Status::from);
                let notice = notice.map(|notice| WatchNoticesResponse { notice: Some(notice) });
                if sender.send(notice).await.is_err() {
                    return;
                }
            }
            if more {
                continue;
            }
            tokio::select! {
                more = watch.changed() => if !more {
                    let ended: Error = NoticeError::WatchedElsewhere.into();
                    let _ = sender.send(Err(ended.into())).await;
                    return;
                },
                () = sender.closed() => return,
                () = ticketing.shell.stop.stopped() => return,
            }
        }
    }));
    Ok(Box::pin(ReceiverStream::new(receiver)))
}

async fn next(
    ticketing: &Ticketing,
    to: &Addressee,
    after: i64,
) -> Result<Vec<notice::Model>, Error> {
    Ok(store::notice::after(ticketing.store.read(), to, after, BATCH).await?)
}

#[cfg(test)]
mod tests {
    use platform::testing::{AGENCY, REGION, wait};
    use proto::ticketing::v1::{Notice, NoticeKind};
    use tokio_stream::StreamExt as _;
    use tonic::Code;

    use super::*;
    use crate::{
        jobs::watch_deadlines,
        rpc::testing::{Fixture, authority, handler},
        state::notices::STREAMS,
    };

    async fn watch(fixture: &Fixture, caller: &Officer, after: u64) -> NoticeStream {
        run(&fixture.ticketing, caller.clone(), WatchNoticesRequest { after }).await.unwrap()
    }

    async fn next(notices: &mut NoticeStream) -> Result<Notice, Status> {
        let next = wait::within("a notice", wait::PATIENCE, notices.next()).await;
        next.unwrap().map(|told| told.notice.unwrap())
    }

    async fn look(fixture: &Fixture) {
        let holder = fixture.ticketing.shell.clock.new_id();
        watch_deadlines::round(&fixture.ticketing, holder).await.unwrap();
    }

    #[tokio::test]
    async fn t09_officers_are_told_at_once_and_after_a_break_of_all_they_missed() {
        let fixture = Fixture::new().await;
        let mut agency = watch(&fixture, &handler(AGENCY), 0).await;
        let mut region = watch(&fixture, &authority(REGION), 99).await;
        let ticket = fixture.ticket().await;
        look(&fixture).await;
        let (one, other) = (next(&mut agency).await.unwrap(), next(&mut region).await.unwrap());
        for notice in [&one, &other] {
            assert_eq!(notice.kind(), NoticeKind::DueToday);
            assert!(notice.entries.iter().all(|entry| entry.ticket_id == ticket), "{notice:?}");
        }
        assert_eq!((one.agency_id.as_str(), other.region_code.as_str()), (AGENCY, REGION));
        drop(agency);
        fixture.at("2026-03-02T16:00:00Z");
        look(&fixture).await;
        let mut again = watch(&fixture, &handler(AGENCY), one.number).await;
        assert_eq!(next(&mut again).await.unwrap().kind(), NoticeKind::Overdue);
        assert_eq!(next(&mut region).await.unwrap().kind(), NoticeKind::Overdue);
    }

    #[tokio::test]
    async fn t09_of_too_many_streams_of_an_officer_the_oldest_ends() {
        let fixture = Fixture::new().await;
        let mut streams = Vec::new();
        for _ in 0..=STREAMS {
            streams.push(watch(&fixture, &handler(AGENCY), 0).await);
        }
        let ended = next(&mut streams[0]).await.unwrap_err();
        assert_eq!(ended.code(), Code::Aborted);
        fixture.ticket().await;
        look(&fixture).await;
        for stream in &mut streams[1..] {
            assert_eq!(next(stream).await.unwrap().kind(), NoticeKind::DueToday);
        }
    }
}
