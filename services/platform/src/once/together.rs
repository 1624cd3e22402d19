//! Many requests in one transaction: each is recognised for itself, and what they write is committed
//! together with its facts, or not at all. PostgreSQL and the disk are then asked once for all of
//! them, so a busy service does not wait for one commit after the other.

use std::ops::Deref;

use prost::Message;

use super::{Asked, New};
use crate::{
    database::{Store, Txn},
    facts::{self, Telling},
    request::RequestKey,
    shell::Shell,
    status::Failure,
};

/// Requests in their transaction: [`Asked`], then [`New`]. Dropped, nothing of them is written.
pub struct Together<'a, Step = Asked> {
    shell: &'a Shell,
    service: &'static str,
    txn: Txn,
    step: std::marker::PhantomData<fn() -> Step>,
}

impl Shell {
    /// Begins the transaction of some requests. Unlike [`Self::once`] it locks nothing: before they
    /// are recognised, the caller locks what each is about, and a copy of the request waits there.
    ///
    /// # Errors
    /// If the store is away.
    pub async fn together<'a>(&'a self, store: &Store) -> Result<Together<'a>, Failure> {
        let (txn, service) = (store.begin().await?, store.service());
        Ok(Together { shell: self, service, txn, step: std::marker::PhantomData })
    }
}

impl<'a> Together<'a> {
    /// Whether each was answered before, in order.
    ///
    /// # Errors
    /// If the store fails. [`Failure::RequestIdReused`] is an answer to one of them.
    pub async fn recognise<A: Message + Default>(
        self,
        keys: &[RequestKey],
    ) -> Result<(Vec<Result<Option<A>, Failure>>, Together<'a, New<A>>), Failure> {
        let before = self.shell.requests.replay_each(&self.txn, keys).await?;
        let Self { shell, service, txn, .. } = self;
        Ok((before, Together { shell, service, txn, step: std::marker::PhantomData }))
    }
}

impl<A: Message> Together<'_, New<A>> {
    /// Keeps the answers, writes the facts, each in the trace of its own request, commits, and wakes
    /// their followers. Without an answer there is nothing to commit.
    ///
    /// # Errors
    /// If the store fails: each request again shows whether it is written.
    pub async fn finish(
        self,
        answers: &[(RequestKey, A)],
        told: Vec<Telling>,
    ) -> Result<(), Failure> {
        let Self { shell, service, txn, .. } = self;
        if answers.is_empty() {
            return Ok(());
        }
        let answers = answers.iter().map(|(key, answer)| (*key, answer));
        shell.requests.keep(&txn, &shell.clock, answers).await?;
        facts::commit_telling(txn, &shell.clock, told).await?;
        shell.bus.committed(service);
        Ok(())
    }
}

impl<Step> Deref for Together<'_, Step> {
    type Target = Txn;

    fn deref(&self) -> &Txn {
        &self.txn
    }
}
