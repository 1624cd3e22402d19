//! The writes of bulletins.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use e2e::citizens::signed;
use proto::publication::v1::{
    BulletinAudience, BulletinFault, DraftBulletinRequest, ReleaseBulletinRequest,
    WithdrawBulletinRequest, bulletin_service_client::BulletinServiceClient,
};

use super::{REGION, Sent, Write, Writers, id};

/// Months with a bulletin, from 2021 on: each is drafted once.
static MONTHS: AtomicU32 = AtomicU32::new(0);

impl Writers {
    fn drafting() -> DraftBulletinRequest {
        let month = MONTHS.fetch_add(1, Ordering::Relaxed);
        DraftBulletinRequest {
            request_id: id(),
            region_code: REGION.to_owned(),
            period: format!("{}-{:02}", 2021 + month / 12, month % 12 + 1),
        }
    }

    async fn drafted(&self) -> String {
        let request = signed(Self::drafting(), &self.authority);
        let drafted =
            BulletinServiceClient::new(self.channel.clone()).draft_bulletin(request).await;
        drafted.unwrap().into_inner().bulletin.unwrap().bulletin_id
    }

    async fn releasing(&self) -> ReleaseBulletinRequest {
        let (bulletin_id, audience) = (self.drafted().await, BulletinAudience::Public.into());
        ReleaseBulletinRequest { request_id: id(), bulletin_id, audience }
    }

    async fn released(&self) -> String {
        let request = self.releasing().await;
        let bulletin_id = request.bulletin_id.clone();
        self.do_now(call!(BulletinServiceClient.release_bulletin(request), &self.publisher)).await;
        bulletin_id
    }

    pub(super) async fn of_bulletins(&self) -> Vec<Write> {
        let release = self.releasing().await;
        let withdrawal = WithdrawBulletinRequest {
            request_id: id(),
            bulletin_id: self.released().await,
            audience: BulletinAudience::Public.into(),
            fault: BulletinFault::Figures.into(),
        };
        vec![
            call!(BulletinServiceClient.draft_bulletin(Self::drafting()), &self.authority),
            call!(BulletinServiceClient.release_bulletin(release), &self.publisher),
            call!(BulletinServiceClient.withdraw_bulletin(withdrawal), &self.publisher),
        ]
    }
}
