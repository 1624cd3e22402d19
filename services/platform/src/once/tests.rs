use proto::{
    catalog::v1::Item,
    fact::v1::{ItemPublished, fact::Body},
    intake::v1::AuditRecord,
};
use sea_orm_migration::prelude::*;
use tonic::{Code, Status};
use uuid::Uuid;

use super::*;
use crate::{bus::Bus, clock::Clock, keys::Keys, testing::TestPlace};

struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(facts::migration::Migration),
            Box::new(facts::identity::Migration),
            Box::new(facts::request_age::Migration),
            Box::new(audit::migration::Migration),
        ]
    }
}

struct Fixture {
    shell: Shell,
    store: Store,
    _place: TestPlace,
}

impl Fixture {
    async fn new() -> Self {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>("intake").await;
        store.write().execute_unprepared("CREATE TABLE thing (n INTEGER)").await.unwrap();
        let shell = Shell::new(&Keys::make(), Clock::System, Bus::embedded()).unwrap();
        Self { shell, store, _place: place }
    }

    /// The key of a request with this body; caller, RPC and id are always the same.
    fn key(&self, body: &str) -> RequestKey {
        self.shell.requests.key(b"caller", "Rpc", Uuid::from_u128(1), &item(body))
    }

    /// What a handler does: writes a thing and a fact and answers; or refuses after it has written.
    async fn write(
        &self,
        txn: Once<'_, New<Item>>,
        answer: &str,
        refuse: bool,
    ) -> Result<Item, Failure> {
        txn.execute_unprepared("INSERT INTO thing (n) VALUES (1)").await?;
        if refuse {
            return Err(Failure::Denied("friend of the test"));
        }
        txn.finish(item(answer), vec![Body::ItemPublished(ItemPublished::default())]).await
    }

    async fn ask(&self, body: &str, answer: &str) -> Result<Item, Failure> {
        let asked = self.shell.once(&self.store, self.key(body)).await?;
        match asked.recognise().await? {
            Recognised::Before(answer) => Ok(answer),
            Recognised::New(txn) => self.write(txn, answer, false).await,
        }
    }

    /// How many things and how many facts were written.
    async fn written(&self) -> (i64, usize) {
        let sql = "SELECT COUNT(*) AS n FROM thing";
        let statement = Statement::from_string(self.store.backend(), sql);
        let row = self.store.read().query_one_raw(statement).await.unwrap().unwrap();
        let facts = facts::list(&self.store, 0, 10).await.unwrap();
        (row.try_get("", "n").unwrap(), facts.len())
    }

    /// Waits until somebody waits for a request's lock; on SQLite writers wait for the connection.
    async fn somebody_waits(&self) {
        let sql = "SELECT COUNT(*) AS n FROM pg_locks JOIN pg_database d ON d.oid = database \
                   WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted";
        while self.store.backend() == DbBackend::Postgres {
            let statement = Statement::from_string(DbBackend::Postgres, sql);
            let row = self.store.read().query_one_raw(statement).await.unwrap().unwrap();
            if row.try_get::<i64>("", "n").unwrap() > 0 {
                return;
            }
        }
    }
}

fn item(name: &str) -> Item {
    Item { name: name.to_owned(), ..Item::default() }
}

#[tokio::test]
async fn the_same_request_again_has_the_same_answer_and_writes_nothing() {
    let fixture = Fixture::new().await;
    let key = fixture.key("body");
    assert_eq!(fixture.shell.answered::<Item>(&fixture.store, key).await.unwrap(), None);
    let mut wakes = fixture.shell.bus.wakes("intake");
    assert_eq!(fixture.ask("body", "first").await.unwrap(), item("first"));
    assert!(wakes.has_changed().unwrap(), "who follows is woken");
    wakes.mark_unchanged();
    assert_eq!(fixture.ask("body", "second").await.unwrap(), item("first"));
    assert_eq!(fixture.written().await, (1, 1));
    assert!(!wakes.has_changed().unwrap(), "and not for nothing");
    let kept = fixture.shell.answered(&fixture.store, key).await.unwrap();
    assert_eq!(kept, Some(item("first")));
}

#[tokio::test]
async fn the_same_id_with_another_body_is_refused_and_writes_nothing() {
    let fixture = Fixture::new().await;
    fixture.ask("body", "first").await.unwrap();
    let refused = fixture.ask("another body", "second").await.unwrap_err();
    assert_eq!(Status::from(refused).code(), Code::AlreadyExists);
    let key = fixture.key("another body");
    let refused = fixture.shell.answered::<Item>(&fixture.store, key).await.unwrap_err();
    assert_eq!(Status::from(refused).code(), Code::AlreadyExists);
    assert_eq!(fixture.written().await, (1, 1));
}

#[tokio::test]
async fn of_two_at_once_one_writes_and_both_have_its_answer() {
    let fixture = Fixture::new().await;
    let first = fixture.shell.once(&fixture.store, fixture.key("body")).await.unwrap();
    let finish = async {
        fixture.somebody_waits().await;
        let Recognised::New(txn) = first.recognise::<Item>().await.unwrap() else {
            panic!("nobody was answered yet");
        };
        fixture.write(txn, "first", false).await
    };
    let (second, first) = tokio::join!(fixture.ask("body", "second"), finish);
    assert_eq!((first.unwrap(), second.unwrap()), (item("first"), item("first")));
    assert_eq!(fixture.written().await, (1, 1));
}

#[tokio::test]
async fn of_two_at_once_the_second_writes_if_the_first_is_refused() {
    let fixture = Fixture::new().await;
    let first = fixture.shell.once(&fixture.store, fixture.key("body")).await.unwrap();
    let refuse = async {
        fixture.somebody_waits().await;
        let Recognised::New(txn) = first.recognise::<Item>().await.unwrap() else {
            panic!("nobody was answered yet");
        };
        fixture.write(txn, "first", true).await
    };
    let (second, first) = tokio::join!(fixture.ask("body", "second"), refuse);
    assert!(matches!(first, Err(Failure::Denied(_))), "{first:?}");
    assert_eq!(second.unwrap(), item("second"));
    assert_eq!(fixture.written().await, (1, 1));
}

#[tokio::test]
async fn of_a_refused_request_nothing_is_kept_and_nothing_told() {
    let fixture = Fixture::new().await;
    let wakes = fixture.shell.bus.wakes("intake");
    let asked = fixture.shell.once(&fixture.store, fixture.key("body")).await.unwrap();
    let Recognised::New(txn) = asked.recognise::<Item>().await.unwrap() else {
        panic!("it was answered");
    };
    fixture.write(txn, "never", true).await.unwrap_err();
    // A request refused before it is recognised counts as never sent.
    drop(fixture.shell.once(&fixture.store, fixture.key("body")).await.unwrap());
    assert_eq!(fixture.written().await, (0, 0));
    assert!(!wakes.has_changed().unwrap());
    assert_eq!(fixture.ask("body", "at last").await.unwrap(), item("at last"));
    assert_eq!(fixture.written().await, (1, 1));
}

#[tokio::test]
async fn a_look_is_on_record_each_time_and_its_answer_kept_once() {
    let fixture = Fixture::new().await;
    for (n, before) in [("1", None), ("2", Some(item("1"))), ("3", Some(item("1")))] {
        let asked = fixture.shell.once(&fixture.store, fixture.key("body")).await.unwrap();
        let (kept, txn) = asked.each_time::<Item>().await.unwrap();
        assert_eq!(kept, before);
        let record = AuditRecord { actor: n.to_owned(), ..AuditRecord::default() };
        txn.finish(&item(n), &record).await.unwrap();
    }
    assert_eq!(audit::list(&fixture.store, 0, 10).await.unwrap().len(), 3);
    assert_eq!(fixture.written().await, (0, 3), "each is told");
}
