//! What is not admitted any more although it has not expired: a token by its id, or everything that
//! names a caller and was signed before. `pingyi token revoke` writes it into every service's store;
//! each process looks into its own, once a second.

use std::{collections::HashMap, time::Duration};

use domain::violation::identifier;
use jiff::Timestamp;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, sea_query::OnConflict,
};

use super::{Claims, Gate};
use crate::{database::Store, status::causes, stop::Stop, trouble::Kind};

/// How often a process looks.
const LOOK: Duration = Duration::from_secs(1);
const WAIT: Kind = Kind::Job("what is revoked is learnt");
/// How many revocations are read; one is forgotten when everything it refuses has expired.
const MANY: usize = 100_000;

/// The table.
mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "token_revocation")]
    pub struct Model {
        /// `id:` and a token's id, or `sub:` and a caller's.
        #[sea_orm(primary_key, auto_increment = false)]
        pub what: String,
        /// When, in microseconds since 1970.
        pub revoked_at: i64,
        /// When everything it refuses has expired, likewise.
        pub until: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The table's migration.
pub mod migration {
    use sea_orm_migration::{prelude::*, schema};

    /// Creates it.
    pub struct Migration;

    impl MigrationName for Migration {
        fn name(&self) -> &'static str {
            "m2026_11_29_420_token_revocation"
        }
    }

    #[async_trait::async_trait]
    impl MigrationTrait for Migration {
        fn use_transaction(&self) -> Option<bool> {
            Some(true)
        }

        async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
            let table = Table::create()
                .table("token_revocation")
                .col(schema::text("what").primary_key())
                .col(schema::big_integer("revoked_at"))
                .col(schema::big_integer("until"))
                .to_owned();
            manager.create_table(table).await
        }
    }
}

/// What is revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revoked {
    /// One token, by its id (`jti`).
    Token(String),
    /// Everything of a caller (`sub`) that was signed until then: tokens, and certificates that begin
    /// until then.
    Caller(String),
}

impl Revoked {
    /// A token's or caller's id.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(is_token: bool, id: &str) -> Result<Self, String> {
        // What a token's id looks like is its issuer's choice.
        if !is_token {
            identifier(id)?;
        }
        match (id, is_token) {
            ("", _) => Err("is missing".to_owned()),
            (id, true) => Ok(Self::Token(id.to_owned())),
            (id, false) => Ok(Self::Caller(id.to_owned())),
        }
    }

    fn key(&self) -> String {
        match self {
            Self::Token(id) => format!("id:{id}"),
            Self::Caller(id) => format!("sub:{id}"),
        }
    }
}

/// A revocation as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// What.
    pub what: Revoked,
    /// When.
    pub at: Timestamp,
    /// When it is forgotten.
    pub until: Timestamp,
}

/// Revokes in a service's store; again, it counts from now. Forgets what refuses nothing any more.
///
/// # Errors
/// If the store fails.
pub async fn revoke(store: &Store, revocation: &Revocation) -> Result<(), DbErr> {
    let txn = store.begin().await?;
    let forgotten = entity::Column::Until.lt(revocation.at.as_microsecond());
    entity::Entity::delete_many().filter(forgotten).exec(&txn).await?;
    put(&txn, revocation).await?;
    txn.commit().await
}

/// Revokes within a transaction that does more; again, it counts from `at`.
///
/// # Errors
/// If the store fails.
pub async fn put(txn: &impl ConnectionTrait, revocation: &Revocation) -> Result<(), DbErr> {
    let Revocation { what, at, until } = revocation;
    let row = entity::ActiveModel {
        what: Set(what.key()),
        revoked_at: Set(at.as_microsecond()),
        until: Set(until.as_microsecond()),
    };
    let again = OnConflict::column(entity::Column::What)
        .update_columns([entity::Column::RevokedAt, entity::Column::Until])
        .to_owned();
    entity::Entity::insert(row).on_conflict(again).exec_without_returning(txn).await?;
    Ok(())
}

/// When a store says that it was revoked; none if it was not.
///
/// # Errors
/// If the store fails.
pub async fn when(
    connection: &impl ConnectionTrait,
    what: &Revoked,
) -> Result<Option<Timestamp>, DbErr> {
    let row = entity::Entity::find_by_id(what.key()).one(connection).await?;
    Ok(row.and_then(|row| Timestamp::from_microsecond(row.revoked_at).ok()))
}

/// Takes a revocation back, if it is still the one of that time; returns whether it was.
///
/// # Errors
/// If the store fails.
pub async fn take_back(
    txn: &impl ConnectionTrait,
    what: &Revoked,
    at: Timestamp,
) -> Result<bool, DbErr> {
    let row = entity::Entity::delete_many()
        .filter(entity::Column::What.eq(what.key()))
        .filter(entity::Column::RevokedAt.eq(at.as_microsecond()));
    Ok(row.exec(txn).await?.rows_affected > 0)
}

/// What is revoked in a service's store, the newest first.
///
/// # Errors
/// If the store fails.
pub async fn list(store: &Store) -> Result<Vec<Revocation>, DbErr> {
    let newest = entity::Entity::find().order_by_desc(entity::Column::RevokedAt);
    let rows = newest.all(store.read()).await?;
    let at = |micros| Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX);
    let revocation = |row: entity::Model| {
        let what = match row.what.split_once(':')? {
            ("id", id) => Revoked::Token(id.to_owned()),
            (_, id) => Revoked::Caller(id.to_owned()),
        };
        Some(Revocation { what, at: at(row.revoked_at), until: at(row.until) })
    };
    Ok(rows.into_iter().filter_map(revocation).take(MANY).collect())
}

/// What a process knows to be revoked, by one of its stores: key and time in seconds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Known(HashMap<String, i64>);

impl Known {
    pub(super) fn new(revocations: Vec<Revocation>) -> Self {
        let known = |Revocation { what, at, .. }: Revocation| (what.key(), at.as_second());
        Self(revocations.into_iter().map(known).collect())
    }

    /// Whether claims are refused. What does not say when it was signed was signed before.
    pub(super) fn refuses(&self, claims: &Claims) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let token = claims.jti.as_ref().map(|id| Revoked::Token(id.clone()).key());
        let of_caller = self.0.get(&Revoked::Caller(claims.sub.clone()).key());
        token.is_some_and(|key| self.0.contains_key(&key))
            || of_caller.is_some_and(|at| claims.iat.is_none_or(|signed| signed <= *at))
    }
}

/// Tells a process's gate what is revoked by a store: at once, then until the process ends. While the
/// store is away, what was known stays revoked.
///
/// # Errors
/// If the store cannot be read at the start: nobody is admitted by a process that does not know.
pub async fn keep_looking(
    store: Store,
    gate: Gate,
    stop: Stop,
) -> Result<impl Future<Output = ()> + Send, DbErr> {
    let service = store.service();
    gate.revoked(service, Known::new(list(&store).await?));
    Ok(async move {
        loop {
            tokio::select! {
                () = stop.stopped() => return,
                () = tokio::time::sleep(LOOK) => {}
            }
            match list(&store).await {
                Ok(revocations) => {
                    store.troubles().end(WAIT);
                    gate.revoked(service, Known::new(revocations));
                }
                Err(error) => store.troubles().meet(WAIT, causes(&error)),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use sea_orm_migration::prelude::{MigrationTrait, MigratorTrait, async_trait};

    use super::*;
    use crate::{
        auth::{Caller, Signer, Terminal},
        clock::Clock,
        facts,
        keys::Keys,
        testing::{TestPlace, wait::until},
    };

    struct House;

    #[async_trait::async_trait]
    impl MigratorTrait for House {
        fn migrations() -> Vec<Box<dyn MigrationTrait>> {
            vec![
                Box::new(facts::migration::Migration),
                Box::new(facts::identity::Migration),
                Box::new(migration::Migration),
            ]
        }
    }

    #[tokio::test]
    async fn s04_a_revoked_token_is_refused_within_seconds_and_by_a_process_that_starts_later() {
        let place = TestPlace::new().await;
        let store = place.store::<House>("intake").await;
        let (keys, stop) = (Keys::make(), Stop::default());
        let gate = || Gate::new(&keys, Clock::System).unwrap();
        let signer = Signer::new(&keys, Clock::System).unwrap();
        let (token, claims) = signer.issue("652301-t01", Caller::Terminal, 3_600).unwrap();
        let mut shown = tonic::metadata::MetadataMap::new();
        shown.insert("authorization", format!("Bearer {token}").parse().unwrap());
        let running = gate();
        let looking = keep_looking(store.clone(), running.clone(), stop.clone()).await.unwrap();
        let looking = tokio::spawn(looking);
        assert!(running.admit::<Terminal>(&shown).is_ok());
        let at = Clock::System.now();
        let what = Revoked::parse(true, claims.jti.as_deref().unwrap()).unwrap();
        let until_then = at + SignedDuration::from_hours(1);
        revoke(&store, &Revocation { what, at, until: until_then }).await.unwrap();
        until("it is revoked", async || running.admit::<Terminal>(&shown).is_err()).await;
        let started = gate();
        let _looks = keep_looking(store.clone(), started.clone(), stop.clone()).await.unwrap();
        assert!(started.admit::<Terminal>(&shown).is_err(), "before it serves");
        stop.stop();
        looking.await.unwrap();
    }

    #[tokio::test]
    async fn s04_a_certificate_that_begins_after_a_revocation_is_good_and_one_before_is_not() {
        let place = TestPlace::new().await;
        let store = place.store::<House>("intake").await;
        let at = Timestamp::from_second(1_772_413_200).unwrap();
        let clock = Clock::manual(at + SignedDuration::from_secs(60));
        let gate = Gate::new(&Keys::make(), clock).unwrap();
        // As the server says whom the certificate of a connection names.
        let by = |begin: i64| {
            let (begin, mut shown) = (at.as_second() + begin, tonic::metadata::MetadataMap::new());
            let said = format!("{begin}:{}:0a:terminal:652301-t01", i64::MAX);
            shown.insert("x-pingyi-certificate", said.parse().unwrap());
            gate.admit::<Terminal>(&shown)
        };
        assert_eq!(by(0).unwrap().certificate(), Some("0a"));
        let what = Revoked::parse(false, "652301-t01").unwrap();
        revoke(&store, &Revocation { what, at, until: Timestamp::MAX }).await.unwrap();
        let _looks = keep_looking(store.clone(), gate.clone(), Stop::default()).await.unwrap();
        assert!(matches!(by(0), Err(crate::status::Failure::TerminalStopped(_))));
        assert!(by(-9_000).is_err());
        assert_eq!(by(1).unwrap().id(), "652301-t01");
    }

    #[tokio::test]
    async fn s04_a_revocation_is_kept_as_long_as_it_can_refuse_something() {
        let place = TestPlace::new().await;
        let store = place.store::<House>("intake").await;
        let at = Clock::System.now();
        let revocation = |id: &str, at: Timestamp, hours: i64| Revocation {
            what: Revoked::parse(true, id).unwrap(),
            at,
            until: at + SignedDuration::from_hours(hours),
        };
        revoke(&store, &revocation("short", at, 1)).await.unwrap();
        revoke(&store, &revocation("long", at, 100)).await.unwrap();
        let later = at + SignedDuration::from_hours(2);
        let newest = revocation("new", later, 1);
        revoke(&store, &newest).await.unwrap();
        assert_eq!(list(&store).await.unwrap(), [newest, revocation("long", at, 100)]);
    }
}
