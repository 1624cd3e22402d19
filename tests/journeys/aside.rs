//! Facts that cannot be applied yet, or not at all: none is lost, and what does not depend on them
//! goes on.

use std::sync::atomic::Ordering;

use e2e::{
    citizens::{Citizens, rating},
    deployment::Deployment,
    until,
};
use pingyi::roles::Role;
use platform::clock::Clock;
use prost::{
    Message as _,
    encoding::{WireType, encode_key},
};
use proto::{
    fact::v1::{Fact, ProfilePublished, RatingSubmitted, fact::Body},
    r#type::v1::Level,
};
use sea_orm::ConnectionTrait as _;

use crate::facts::check;

#[tokio::test(flavor = "multi_thread")]
async fn a_fact_of_a_newer_version_waits_for_it_and_what_is_broken_is_tried_again_or_given_up() {
    let deployment = Deployment::embedded().await;
    let citizens = Citizens::of(&deployment).await;
    let store = deployment.store(Role::Intake);
    let token = citizens.invitation().await;
    let id = citizens.rate_until_acknowledged(rating(&token, Level::Satisfied)).await;
    check(&deployment, std::slice::from_ref(&id)).await;
    let mut newer = RatingSubmitted::default();
    for fact in platform::facts::list(store, 0, 1_000).await.unwrap() {
        if let Some(Body::RatingSubmitted(rating)) = fact.body {
            newer = RatingSubmitted { rating_id: Clock::System.new_id().to_string(), ..rating };
        }
    }
    newer.origin = 99;
    let txn = store.begin().await.unwrap();
    let broken = RatingSubmitted::default();
    let told = vec![Body::RatingSubmitted(newer), Body::RatingSubmitted(broken)];
    platform::facts::commit(txn, &Clock::System, told).await.unwrap();
    let kinds = "SELECT CAST(kind AS bigint) FROM fact_parked ORDER BY position";
    for consumer in [Role::Ticketing, Role::Publication] {
        until("both are set aside", async || {
            deployment.column(consumer, kinds).await == ["2", "1"]
        })
        .await;
    }
    // Tried again, each stays for the same reason; given up, it is gone and a fact says so.
    let publication = deployment.store(Role::Publication);
    let [_, broken] = &platform::facts::aside::list(publication).await.unwrap()[..] else {
        panic!("two are set aside")
    };
    let position = broken.position;
    assert_eq!(platform::facts::aside::retry(publication, "intake", None).await.unwrap(), 2);
    let asked = "SELECT count(*) FROM fact_parked WHERE asked";
    until("both were tried again", async || {
        deployment.column(Role::Publication, asked).await == ["0"]
    })
    .await;
    let drop = async || {
        platform::facts::aside::drop(publication, &Clock::System, "intake", position).await
    };
    assert!(drop().await.unwrap());
    assert!(!drop().await.unwrap(), "once");
    let told = platform::facts::list(publication, 0, 10).await.unwrap();
    let Some(Body::FactDropped(dropped)) = told.last().and_then(|fact| fact.body.clone()) else {
        panic!("{told:?}")
    };
    assert_eq!((dropped.position.cast_signed(), dropped.producer.as_str()), (position, "intake"));
    assert_eq!(deployment.column(Role::Publication, kinds).await, ["2"]);
    deployment.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t01_what_waits_for_another_producer_holds_back_only_what_depends_on_it() {
    let deployment = Deployment::embedded().await;
    let citizens = Citizens::of(&deployment).await;
    let token = citizens.invitation().await;
    let first = citizens.rate_until_acknowledged(rating(&token, Level::Dissatisfied)).await;
    check(&deployment, std::slice::from_ref(&first)).await;
    let store = deployment.store(Role::Intake);
    let told = platform::facts::list(store, 0, 1_000).await.unwrap();
    let submitted = told.iter().find_map(|fact| match &fact.body {
        Some(Body::RatingSubmitted(rating)) => Some(rating.clone()),
        _ => None,
    });
    // A rating by a profile that ticketing has not heard of, of another act.
    let mut ahead = submitted.unwrap();
    ahead.rating_id = Clock::System.new_id().to_string();
    let act = ahead.act.as_mut().unwrap();
    (act.act_id, act.policy) = (Clock::System.new_id().to_string(), "later@1".to_owned());
    let tell = async |role: Role, body| {
        let txn = deployment.store(role).begin().await.unwrap();
        platform::facts::commit(txn, &Clock::System, vec![body]).await.unwrap();
    };
    tell(Role::Intake, Body::RatingSubmitted(ahead.clone())).await;
    let token = citizens.invitation().await;
    let behind = citizens.rate_until_acknowledged(rating(&token, Level::Dissatisfied)).await;
    let ticketed = "SELECT rating_id FROM ticket_rating ORDER BY rating_id";
    until("what comes behind has its ticket", async || {
        deployment.column(Role::Ticketing, ticketed).await.contains(&behind)
    })
    .await;
    let reason = deployment.column(Role::Ticketing, "SELECT reason FROM fact_parked").await;
    assert_eq!(reason, ["waits for the profile later@1"]);
    let later = "id = 'later'\nversion = 1\ninherits = 'state-council-2019'\n\
                 region = '652301'\ndocument = '示例'\nin_force_from = '2026-03-03'\ntrial = false\n";
    let nation = include_str!("../../services/domain/profiles/state-council-2019.toml");
    let published = ProfilePublished {
        profile_id: "later".to_owned(),
        version: 1,
        region_code: "652301".to_owned(),
        layers: vec![nation.to_owned(), later.to_owned()],
    };
    tell(Role::Catalog, Body::ProfilePublished(published)).await;
    until("it has its ticket once the profile is known", async || {
        deployment.column(Role::Ticketing, ticketed).await.contains(&ahead.rating_id)
    })
    .await;
    assert_eq!(deployment.column(Role::Ticketing, "SELECT count(*) FROM fact_parked").await, ["0"]);
    let follow = deployment.follow(Role::Ticketing, Role::Intake);
    assert_eq!(follow.resumed.load(Ordering::Relaxed), 1);
    deployment.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_of_fact_that_only_a_newer_version_knows_is_kept_and_applied_by_it() {
    let deployment = Deployment::embedded().await;
    let citizens = Citizens::of(&deployment).await;
    let token = citizens.invitation().await;
    let first = citizens.rate_until_acknowledged(rating(&token, Level::Satisfied)).await;
    check(&deployment, std::slice::from_ref(&first)).await;
    let store = deployment.store(Role::Intake);
    let told = platform::facts::list(store, 0, 1_000).await.unwrap();
    let submitted = told.into_iter().find_map(|fact| match fact.body {
        Some(Body::RatingSubmitted(rating)) => Some(rating),
        _ => None,
    });
    let mut newer = submitted.unwrap();
    newer.rating_id = Clock::System.new_id().to_string();
    newer.level = Level::Dissatisfied.into();
    // The same under a number of which this version knows nothing.
    let fact_id = Clock::System.new_id();
    let body = Body::RatingSubmitted(newer.clone());
    let known = platform::facts::encode(fact_id, Clock::System.now(), body, String::new());
    let bare = Fact { body: None, ..Fact::decode(known.as_slice()).unwrap() };
    let mut unknown = bare.encode_to_vec();
    encode_key(99, WireType::LengthDelimited, &mut unknown);
    newer.encode_length_delimited(&mut unknown).unwrap();
    let execute = async |sql: &str, values: Vec<sea_orm::Value>| {
        let sql = match store.backend() {
            sea_orm::DbBackend::Sqlite => sql.replace(['$'], "?"),
            _ => sql.to_owned(),
        };
        let statement = sea_orm::Statement::from_sql_and_values(store.backend(), sql, values);
        store.write().execute_raw(statement).await.unwrap();
    };
    let head = platform::facts::head(store).await.unwrap();
    let insert = "INSERT INTO fact (position, fact_id, body) VALUES ($1, $2, $3)";
    execute(insert, vec![(head + 1).into(), fact_id.into(), unknown.into()]).await;
    execute("UPDATE fact_counter SET position = $1", vec![(head + 1).into()]).await;
    let kinds = "SELECT CAST(kind AS bigint) FROM fact_parked";
    until("it is kept for a newer version", async || {
        deployment.column(Role::Ticketing, kinds).await == ["2"]
    })
    .await;
    // The newer version, which knows it, is started.
    execute("UPDATE fact SET body = $1 WHERE position = $2", vec![known.into(), (head + 1).into()])
        .await;
    let ticketing = deployment.store(Role::Ticketing);
    platform::facts::aside::retry(ticketing, "intake", None).await.unwrap();
    let ticketed = "SELECT rating_id FROM ticket_rating";
    until("it is applied", async || {
        deployment.column(Role::Ticketing, ticketed).await == [newer.rating_id.clone()]
    })
    .await;
    assert!(deployment.column(Role::Ticketing, kinds).await.is_empty());
    deployment.end().await;
}
