//! What the tests of bulletins share: two agencies that were rated in the past months, and the calls around
//! a release.

use platform::{
    auth::{Authority, Caller, Insider, Publisher},
    facts::consume::Consumer as _,
    testing::{REGION, principal},
};
use proto::{
    fact::v1::fact::Body,
    publication::v1::{
        Bulletin, BulletinAudience, BulletinContent, DraftBulletinRequest, ReleaseBulletinRequest,
    },
    r#type::v1::Level,
};
use sea_orm::{ConnectionTrait as _, DbBackend};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use super::{draft_bulletin, release_bulletin};
use crate::{app::bulletin, error::Error, rpc::testing::Fixture, store};

pub(crate) fn authority(region: &str) -> Authority {
    principal("authority", Caller::Authority { region: region.to_owned() })
}

pub(crate) fn publisher(region: &str) -> Publisher {
    principal("publisher", Caller::Publisher { region: region.to_owned() })
}

pub(crate) fn officer(region: &str) -> Insider {
    principal("authority", Caller::Authority { region: region.to_owned() })
}

pub(crate) fn handler(agency: &str) -> Insider {
    let (region, agency) = (REGION.to_owned(), agency.to_owned());
    principal("handler", Caller::Handler { region, agency })
}

/// The code and the reason of a refusal.
pub(crate) fn refusal<T: std::fmt::Debug>(answer: Result<T, Error>) -> (Code, String) {
    let status = Status::from(answer.unwrap_err());
    let reason = status.get_details_error_info().map(|info| info.reason).unwrap_or_default();
    (status.code(), reason)
}

/// A town on 2 March 2026.
pub(crate) struct Released {
    pub(crate) fixture: Fixture,
}

impl Released {
    /// In February two were satisfied and one was not, in January two were satisfied.
    pub(crate) async fn new() -> Self {
        Self::under("changji-2020").await
    }

    pub(crate) async fn under(profile: &str) -> Self {
        let released = Self { fixture: Fixture::under(profile).await };
        for (level, at) in [
            (Level::Satisfied, "2026-01-05T03:00:00Z"),
            (Level::VerySatisfied, "2026-01-31T15:59:59Z"),
            (Level::Satisfied, "2026-01-31T16:00:00Z"),
            (Level::VerySatisfied, "2026-02-28T03:00:00Z"),
            (Level::Dissatisfied, "2026-02-28T15:59:59Z"),
        ] {
            released.rate(level, at).await;
        }
        released
    }

    pub(crate) fn id(&self) -> String {
        self.fixture.publication.shell.clock.new_id().to_string()
    }

    /// Somebody rates the agency.
    pub(crate) async fn rate(&self, level: Level, at: &str) {
        let rating = self.fixture.rating(&self.fixture.act(), level, at);
        self.fixture.apply(Body::RatingSubmitted(rating)).await;
    }

    pub(crate) async fn draft(&self, period: &str) -> Bulletin {
        let clock = &self.fixture.publication.shell.clock;
        clock.set(clock.now() + jiff::SignedDuration::from_secs(1));
        let request = DraftBulletinRequest {
            request_id: self.id(),
            region_code: REGION.to_owned(),
            period: period.to_owned(),
        };
        let drafted =
            draft_bulletin::run(&self.fixture.publication, authority(REGION), request).await;
        drafted.unwrap().bulletin.unwrap()
    }

    pub(crate) fn release_request(
        &self,
        bulletin_id: &str,
        audience: BulletinAudience,
    ) -> ReleaseBulletinRequest {
        ReleaseBulletinRequest {
            request_id: self.id(),
            bulletin_id: bulletin_id.to_owned(),
            audience: audience.into(),
        }
    }

    pub(crate) async fn release(&self, bulletin_id: &str, audience: BulletinAudience) -> Bulletin {
        let request = self.release_request(bulletin_id, audience);
        let released =
            release_bulletin::run(&self.fixture.publication, publisher(REGION), request).await;
        released.unwrap().bulletin.unwrap()
    }

    /// The bulletin as the Authority sees it.
    pub(crate) async fn bulletin(&self, id: &str) -> Bulletin {
        let read = self.fixture.publication.store.read();
        let header = store::bulletin::header(read, id.parse().unwrap()).await.unwrap();
        bulletin::whole(read, &header.unwrap()).await.unwrap()
    }

    /// What it says.
    pub(crate) async fn content(&self, id: &str) -> BulletinContent {
        bulletin::content(self.fixture.publication.store.read(), id.parse().unwrap()).await.unwrap()
    }

    /// The identity of a period's newest edition.
    pub(crate) async fn newest(&self, period: &str) -> String {
        let read = self.fixture.publication.store.read();
        let newest = store::bulletin::newest(read, REGION, period, None).await.unwrap();
        newest.unwrap().id.to_string()
    }

    /// The service has applied a producer's facts up to a position.
    pub(crate) async fn follow(&self, producer: &str, position: i64) {
        let store = &self.fixture.publication.store;
        let nobody = match store.backend() {
            DbBackend::Postgres => format!("'{}'", Uuid::nil()),
            _ => "zeroblob(16)".to_owned(),
        };
        let follow = format!(
            "INSERT INTO fact_cursor (producer, position, holder, leased_until, whole_at, reconciled) \
             VALUES ('{producer}', {position}, {nobody}, 0, 0, 0) \
             ON CONFLICT (producer) DO UPDATE SET position = excluded.position"
        );
        store.write().execute_unprepared(&follow).await.unwrap();
    }

    /// The service goes back to a position of a producer, as a reconciliation does.
    pub(crate) async fn take_back(&self, producer: &str, position: i64) {
        let back = format!(
            "UPDATE fact_cursor SET position = {position}, reconciled = reconciled + 1 \
             WHERE producer = '{producer}'"
        );
        let store = &self.fixture.publication.store;
        store.write().execute_unprepared(&back).await.unwrap();
    }

    /// Takes back what a producer told after a position, as after a failover.
    pub(crate) async fn forget(&self, producer: &str, after: i64) -> Vec<String> {
        let publication = &self.fixture.publication;
        let txn = publication.store.begin().await.unwrap();
        let gone = publication.consumer().forget(&txn, producer, after).await.unwrap();
        txn.commit().await.unwrap();
        gone.words
    }
}
