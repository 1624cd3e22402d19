//! Which replica reports: one at a time. That saves work and requests alone; what is sent twice is there once.

use jiff::Timestamp;
use platform::{
    database::Store,
    lease::{LEASE, hold},
};
use sea_orm::DbErr;
use uuid::Uuid;

/// The right to report, as one replica has it or not.
pub(crate) struct Turn {
    job: &'static str,
    holder: Uuid,
    is_ours: bool,
    asks_at: Timestamp,
}

impl Turn {
    /// Of a job, for a replica by an id of its own.
    pub(crate) fn of(job: &'static str, holder: Uuid) -> Self {
        Self { job, holder, is_ours: false, asks_at: Timestamp::MIN }
    }

    /// Whether this replica reports. It asks the store anew once half of its lease is over, or its clock went
    /// back.
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) async fn is_ours(&mut self, store: &Store, now: Timestamp) -> Result<bool, DbErr> {
        let soon = now.saturating_add(LEASE).unwrap_or(now);
        if now >= self.asks_at || self.asks_at > soon {
            return self.renew(store, now).await;
        }
        Ok(self.is_ours)
    }

    /// The same, asked of the store at once: for as long again, since a slow platform must not let another
    /// replica tell the same.
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) async fn renew(&mut self, store: &Store, now: Timestamp) -> Result<bool, DbErr> {
        self.is_ours = hold(store, self.job, self.holder, now, LEASE).await?;
        self.asks_at = now.saturating_add(LEASE / 2).unwrap_or(now);
        Ok(self.is_ours)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use platform::testing::TestPlace;

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn p10_one_replica_reports_and_a_clock_that_was_ahead_keeps_nobody_off() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let now: Timestamp = "2026-03-02T01:00:00Z".parse().unwrap();
        let turn = |id| Turn::of("test", Uuid::from_u128(id));
        let (mut one, mut other) = (turn(1), turn(2));
        assert!(one.is_ours(&store, now).await.unwrap());
        assert!(!other.is_ours(&store, now).await.unwrap());
        // The first one stopped; its clock, and so its lease, was an hour ahead.
        let ahead = now + SignedDuration::from_hours(1);
        assert!(one.renew(&store, ahead).await.unwrap());
        assert!(other.renew(&store, now).await.unwrap());
        assert!(!one.is_ours(&store, now).await.unwrap(), "its clock is right again: it asks");
    }
}
