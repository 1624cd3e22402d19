//! A database that does not answer counts as away: every statement is given up after a while,
//! whoever sent it. When a session's machine is frozen or without power, nothing reports it, and
//! the kernel notices after a quarter of an hour or never.

use std::{
    future::Future,
    io,
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, ExecResult, QueryResult, QueryStream,
    RuntimeErr, Statement, StreamTrait, sqlx,
};
use tokio::time::{Sleep, sleep, timeout};
use tokio_stream::Stream;

/// How long an answer may take: longer than a statement waits for its connection, or for a lock.
pub(super) const ANSWER: Duration = Duration::from_secs(15);
/// How long a given-up statement matters: longer than a connection takes to be released.
const LATELY: Duration = Duration::from_secs(10);

/// When a statement was given up last.
#[derive(Clone, Debug, Default)]
pub(super) struct GivenUp(Arc<Mutex<Option<Instant>>>);

impl GivenUp {
    /// Whether a statement was given up a moment ago: a connection that is still busy may be that
    /// one, and nobody knows with which transaction.
    pub(super) fn lately(&self) -> bool {
        let last = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.is_some_and(|last| last.elapsed() < LATELY)
    }

    /// The result, if it comes in time.
    pub(super) async fn within<T>(
        &self,
        limit: Duration,
        asked: impl Future<Output = Result<T, DbErr>>,
    ) -> Result<T, DbErr> {
        // It is dropped, with its connection, only after this is recorded.
        let mut asked = pin!(asked);
        match timeout(limit, asked.as_mut()).await {
            Ok(answer) => answer,
            Err(_) => Err(self.no_answer(limit)),
        }
    }

    fn no_answer(&self, limit: Duration) -> DbErr {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        let why = format!("the database did not answer within {limit:?}");
        let late = sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, why));
        DbErr::Query(RuntimeErr::SqlxError(Arc::new(late)))
    }
}

/// Connections to a database; nobody waits for an answer for ever.
#[derive(Clone, Debug)]
pub struct Limited {
    pub(super) inner: DatabaseConnection,
    pub(super) given_up: GivenUp,
    pub(super) limit: Duration,
}

impl Limited {
    pub(super) fn new(inner: DatabaseConnection, given_up: &GivenUp) -> Self {
        Self { inner, given_up: given_up.clone(), limit: ANSWER }
    }

    /// The pool of PostgreSQL, for callers that set their own time limits.
    ///
    /// # Panics
    /// If it is another database.
    #[must_use]
    pub fn get_postgres_connection_pool(&self) -> &sqlx::PgPool {
        self.inner.get_postgres_connection_pool()
    }

    async fn within<T>(&self, asked: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        self.given_up.within(self.limit, asked).await
    }
}

#[tonic::async_trait]
impl ConnectionTrait for Limited {
    fn get_database_backend(&self) -> DbBackend {
        ConnectionTrait::get_database_backend(&self.inner)
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.within(self.inner.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.within(self.inner.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.within(self.inner.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.within(self.inner.query_all_raw(statement)).await
    }
}

impl StreamTrait for Limited {
    type Stream<'a> = Rows;

    fn get_database_backend(&self) -> DbBackend {
        ConnectionTrait::get_database_backend(&self.inner)
    }

    fn stream_raw<'a>(
        &'a self,
        statement: Statement,
    ) -> Pin<Box<dyn Future<Output = Result<Rows, DbErr>> + 'a + Send>> {
        Box::pin(async move {
            let inner = self.within(self.inner.stream_raw(statement)).await?;
            let (given_up, limit) = (self.given_up.clone(), self.limit);
            Ok(Rows { inner, late: None, limit, given_up })
        })
    }
}

/// Rows that come one after the other, each in time.
pub struct Rows {
    inner: QueryStream,
    /// When the next row is late, if somebody waits for it.
    late: Option<Pin<Box<Sleep>>>,
    limit: Duration,
    given_up: GivenUp,
}

impl Stream for Rows {
    type Item = Result<QueryResult, DbErr>;

    fn poll_next(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Poll::Ready(row) = Pin::new(&mut self.inner).poll_next(task) {
            self.late = None;
            return Poll::Ready(row);
        }
        let limit = self.limit;
        let late = self.late.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(late.as_mut().poll(task));
        self.late = None;
        Poll::Ready(Some(Err(self.given_up.no_answer(limit))))
    }
}
