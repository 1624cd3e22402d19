//! The once-only write: one request is recognised, decided, written and answered once, with its
//! facts, however often it comes and even if copies come at the same time.
//!
//! ```text
//! let asked = shell.once(&store, key).await?;         begins; the same request asked elsewhere waits here
//! …                                                   is what it is about within the caller's reach?
//! let txn = match asked.recognise().await? {
//!     Recognised::Before(answer) => return Ok(answer),
//!     Recognised::New(txn) => txn,
//! };
//! …                                                   the decision, and what it writes
//! txn.finish(answer, bodies).await                    keeps the answer, tells the facts, commits, wakes
//! ```
//!
//! Each step is a type that only the step before it returns, and the transaction is never given
//! out: a request that was not recognised cannot finish, and nothing is written before the finish.
//! Many requests at once share a transaction by [`together`].

pub mod together;

use std::{marker::PhantomData, ops::Deref};

use prost::Message;
use proto::fact::v1::fact::Body;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};

use crate::{
    audit,
    database::{Store, Txn},
    facts,
    request::RequestKey,
    shell::Shell,
    status::Failure,
};

/// A request in its transaction: [`Asked`], then [`New`] or [`Look`]. Dropped, nothing of it is written.
pub struct Once<'a, Step = Asked> {
    shell: &'a Shell,
    service: &'static str,
    key: RequestKey,
    txn: Txn,
    step: Step,
}

/// Nobody knows yet whether it was answered before.
pub struct Asked(());

/// It was not answered before; its answer is an `A`, and a repeated request gets the same.
pub struct New<A>(PhantomData<fn() -> A>);

/// The work is done each time, whether the request was answered before or not.
pub struct Look<A> {
    again: bool,
    kept: PhantomData<fn() -> A>,
}

/// A request, recognised.
pub enum Recognised<'a, A> {
    /// It was answered before, like this.
    Before(A),
    /// It is new and needs a decision.
    New(Once<'a, New<A>>),
}

impl Shell {
    /// The answer given before, for requests decided outside a transaction; [`Self::once`] checks
    /// again.
    ///
    /// # Errors
    /// [`Failure::RequestIdReused`] if its id came with another body.
    pub async fn answered<A: Message + Default>(
        &self,
        store: &Store,
        key: RequestKey,
    ) -> Result<Option<A>, Failure> {
        self.requests.replay(store.read(), key).await
    }

    /// Begins the transaction of a request. Requests with the same key wait for each other, so the
    /// later one finds the answer. On SQLite all writers wait for each other; on PostgreSQL a lock
    /// does it. That lock is the first one, so it blocks nothing else.
    ///
    /// # Errors
    /// If the store is away.
    pub async fn once<'a>(&'a self, store: &Store, key: RequestKey) -> Result<Once<'a>, Failure> {
        let txn = store.begin().await?;
        if txn.get_database_backend() == DbBackend::Postgres {
            // Half of the key's hash is enough: two keys that share it only wait for each other.
            let hash = i64::try_from(i128::from_be_bytes(key.key) >> 64).unwrap_or_default();
            let sql = "SELECT pg_advisory_xact_lock($1)";
            let lock = Statement::from_sql_and_values(DbBackend::Postgres, sql, [hash.into()]);
            txn.execute_raw(lock).await?;
        }
        Ok(Once { shell: self, service: store.service(), key, txn, step: Asked(()) })
    }
}

impl<'a> Once<'a> {
    /// Whether it was answered before.
    ///
    /// # Errors
    /// [`Failure::RequestIdReused`] if its id came with another body.
    pub async fn recognise<A: Message + Default>(self) -> Result<Recognised<'a, A>, Failure> {
        Ok(match self.shell.requests.replay(&self.txn, self.key).await? {
            Some(answer) => Recognised::Before(answer),
            None => Recognised::New(self.step(New(PhantomData))),
        })
    }

    /// The same for work that is done each time, such as a look at a person's data, which goes on
    /// record: returns what was kept at the first time.
    ///
    /// # Errors
    /// [`Failure::RequestIdReused`] if its id came with another body.
    pub async fn each_time<A: Message + Default>(
        self,
    ) -> Result<(Option<A>, Once<'a, Look<A>>), Failure> {
        let kept: Option<A> = self.shell.requests.replay(&self.txn, self.key).await?;
        let again = kept.is_some();
        Ok((kept, self.step(Look { again, kept: PhantomData })))
    }

    fn step<Step>(self, step: Step) -> Once<'a, Step> {
        let Self { shell, service, key, txn, step: Asked(()) } = self;
        Once { shell, service, key, txn, step }
    }
}

impl<A: Message> Once<'_, New<A>> {
    /// Keeps the answer, writes the facts, commits, and wakes their followers. It wakes them
    /// without facts too: some facts are written before, in a [`facts::Turn`], and a useless wake
    /// costs only one look.
    ///
    /// # Errors
    /// If the store fails: the same request again shows whether it is written.
    pub async fn finish(self, answer: A, bodies: Vec<Body>) -> Result<A, Failure> {
        let Self { shell, service, key, txn, step: New(PhantomData) } = self;
        shell.requests.keep(&txn, &shell.clock, [(key, &answer)]).await?;
        facts::commit(txn, &shell.clock, bodies).await?;
        shell.bus.committed(service);
        Ok(answer)
    }
}

impl<A: Message> Once<'_, Look<A>> {
    /// Keeps the constant part, if this is the first time, and puts the look on record.
    ///
    /// # Errors
    /// If the store fails: then the data were not shown.
    pub async fn finish(self, first: &A, record: &impl Message) -> Result<(), Failure> {
        let Self { shell, service, key, txn, step: Look { again, .. } } = self;
        if !again {
            shell.requests.keep(&txn, &shell.clock, [(key, first)]).await?;
        }
        audit::commit(txn, &shell.clock, record).await?;
        shell.bus.committed(service);
        Ok(())
    }
}

impl<Step> Deref for Once<'_, Step> {
    type Target = Txn;

    fn deref(&self) -> &Txn {
        &self.txn
    }
}

/// Acts as its transaction, for functions that read and write.
#[tonic::async_trait]
impl<Step: Send + Sync> ConnectionTrait for Once<'_, Step> {
    fn get_database_backend(&self) -> DbBackend {
        self.txn.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.txn.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.txn.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.txn.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.txn.query_all_raw(statement).await
    }
}

#[cfg(test)]
mod tests;
