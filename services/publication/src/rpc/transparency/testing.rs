//! What the tests of the public log share: ratings that intake told, and heads signed for them.

use domain::{id::RatingId, rating::receipt_code};
use platform::{
    facts::consume::Consumer as _,
    tlog::{Hash, LogKey, LogVerifier, WitnessKey, WitnessSigner},
};
use proto::{
    fact::v1::{RatingSubmitted, fact::Body},
    publication::v1::TreeHead,
    r#type::v1::Level,
};
use sea_orm::{ConnectionTrait as _, Statement};
use uuid::Uuid;

use crate::{jobs::sign_heads, rpc::testing::Fixture, state::Publication};

/// The log's name.
pub(crate) const NAME: &str = "sample.example/ratings";

/// A service with a public log, and what checks it.
pub(crate) struct Logged {
    pub(crate) fixture: Fixture,
    pub(crate) publication: Publication,
    pub(crate) verifier: LogVerifier,
    pub(crate) witness: WitnessSigner,
}

fn pem() -> String {
    platform::keys::Keys::make().log_pem.unwrap()
}

impl Logged {
    pub(crate) async fn new() -> Self {
        let fixture = Fixture::new().await;
        let key = LogKey::read(&pem(), NAME).unwrap();
        let witness = WitnessSigner::read(&pem(), "city.example").unwrap();
        let verifier = key.verifier();
        let admitted = WitnessKey::read(&witness.verifier_key()).unwrap();
        let publication = fixture.publication.clone().with_log(key, vec![admitted]);
        Self { fixture, publication, verifier, witness }
    }

    /// So many ratings, told together.
    pub(crate) async fn rate(&self, many: usize) -> Vec<RatingSubmitted> {
        let rating = |_| {
            let act = self.fixture.act();
            self.fixture.rating(&act, Level::VeryDissatisfied, "2026-03-02T03:00:00Z")
        };
        let ratings: Vec<RatingSubmitted> = (0..many).map(rating).collect();
        let bodies = ratings.iter().cloned().map(Body::RatingSubmitted).collect();
        self.fixture.apply_together(bodies).await.unwrap();
        ratings
    }

    /// Signs a head if the log has grown.
    pub(crate) async fn sign(&self) {
        let clock = &self.publication.shell.clock;
        clock.set(clock.now() + sign_heads::EVERY);
        sign_heads::round(&self.publication, clock.new_id()).await.unwrap();
    }

    /// Takes back what intake told after a position, as after a failover.
    pub(crate) async fn forget(&self, after: i64) -> Vec<String> {
        let txn = self.publication.store.begin().await.unwrap();
        let consumer = self.publication.consumer();
        let gone = consumer.forget(&txn, "intake", after).await.unwrap();
        txn.commit().await.unwrap();
        gone.words
    }

    /// What somebody does in the database by hand.
    pub(crate) async fn by_hand(&self, sql: &str) {
        let store = &self.publication.store;
        let statement = Statement::from_string(store.backend(), sql.to_owned());
        store.write().execute_raw(statement).await.unwrap();
    }
}

/// The receipt code of a rating.
pub(crate) fn code_of(rating: &RatingSubmitted) -> String {
    receipt_code(RatingId(rating.rating_id.parse::<Uuid>().unwrap()))
}

/// A head's size and root.
pub(crate) fn root_of(head: &TreeHead) -> (u64, Hash) {
    (head.size, head.root.as_slice().try_into().unwrap())
}

/// A path of an answer.
pub(crate) fn path_of(path: &[Vec<u8>]) -> Vec<Hash> {
    path.iter().map(|hash| hash.as_slice().try_into().unwrap()).collect()
}
