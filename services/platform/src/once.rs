//! The once-only write: one request is recognised, decided on, written, answered and told once, however
//! often it comes and however many of it come at the same time.
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
//! Each step is a type that only the step before it gives, and the transaction is never handed out: who
//! does not recognise cannot finish, and what is not finished is not written.

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

/// It was not answered before; its answer is an `A`, as it would have been given again.
pub struct New<A>(PhantomData<fn() -> A>);

/// What it asks for is done each time, whether it was answered before or not.
pub struct Look<A> {
    again: bool,
    kept: PhantomData<fn() -> A>,
}

/// A request, recognised.
pub enum Recognised<'a, A> {
    /// It was answered before, like this.
    Before(A),
    /// It is new: to be decided on.
    New(Once<'a, New<A>>),
}

impl Shell {
    /// The answer given before, of what is decided outside of a transaction; [`Self::once`] looks again.
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

    /// Begins the transaction of a request. Of several with one key each waits for the one before it, and
    /// so finds its answer: on SQLite all who write wait for each other, on PostgreSQL these do by a lock,
    /// which is the first they take and so keeps nobody from anything else.
    ///
    /// # Errors
    /// If the store is away.
    pub async fn once<'a>(&'a self, store: &Store, key: RequestKey) -> Result<Once<'a>, Failure> {
        let txn = store.begin().await?;
        if txn.get_database_backend() == DbBackend::Postgres {
            // Half of the key's hash is enough: two that share it only wait for each other.
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

    /// The same of what is done each time, as a person's data are looked at and the look is put on record:
    /// what was kept when it was first done.
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
    /// Keeps the answer, tells the facts, commits, and wakes who follows them: also if none are given, for
    /// some are written before this, in a [`facts::Turn`], and a wake for nothing costs a look.
    ///
    /// # Errors
    /// If the store fails: whether it is written is then known by asking again.
    pub async fn finish(self, answer: A, bodies: Vec<Body>) -> Result<A, Failure> {
        let Self { shell, service, key, txn, step: New(PhantomData) } = self;
        shell.requests.keep(&txn, key, &shell.clock, &answer).await?;
        facts::commit(txn, &shell.clock, bodies).await?;
        shell.bus.committed(service);
        Ok(answer)
    }
}

impl<A: Message> Once<'_, Look<A>> {
    /// Keeps what is the same each time, if this is the first, and puts the look on record.
    ///
    /// # Errors
    /// If the store fails: then there was no look.
    pub async fn finish(self, first: &A, record: &impl Message) -> Result<(), Failure> {
        let Self { shell, service, key, txn, step: Look { again, .. } } = self;
        if !again {
            shell.requests.keep(&txn, key, &shell.clock, first).await?;
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

/// As its transaction: so it is handed to whatever reads and writes.
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
