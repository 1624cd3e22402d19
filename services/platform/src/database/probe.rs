//! Tests whether the store can be written to: readiness must not wait until a citizen finds out.

use std::time::Duration;

use sea_orm::{ConnectionTrait as _, DbBackend, DbErr, Statement};

use super::Store;
use crate::{status::is_pool_busy, stop::Stop, trouble::Kind};

/// How often a healthy store is tested.
const WELL: Duration = Duration::from_secs(5);
/// How often an unhealthy one is tested.
const ILL: Duration = Duration::from_secs(1);
/// How long a test may take: longer than the wait for a connection.
const ANSWER: Duration = Duration::from_secs(12);

impl Store {
    /// Writes one row at intervals until stopped, and records whether that worked.
    pub async fn keep_trying(self, stop: Stop) {
        loop {
            let tried = tokio::select! {
                tried = tokio::time::timeout(ANSWER, self.try_write()) => tried,
                () = stop.stopped() => return,
            };
            // SQLite writes through one connection: it is no trouble if that one is in use.
            let embedded = self.backend() == DbBackend::Sqlite;
            let pause = match tried {
                Ok(Ok(())) => {
                    self.troubles().end(Kind::StoreCannotWrite);
                    WELL
                }
                Ok(Err(error)) if embedded && is_pool_busy(&error) => WELL,
                Ok(Err(error)) => {
                    self.troubles().meet(Kind::StoreCannotWrite, error);
                    ILL
                }
                Err(_) => {
                    self.troubles().meet(Kind::StoreCannotWrite, "the database does not answer");
                    ILL
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = stop.stopped() => return,
            }
        }
    }

    async fn try_write(&self) -> Result<(), DbErr> {
        // A transaction of its own that is committed: only a commit shows that the disk accepts it.
        let sql = "UPDATE store_probe SET tries = tries + 1 WHERE id = 1";
        let statement = Statement::from_string(self.backend(), sql);
        self.write().execute_raw(statement).await.map(drop)
    }
}
