//! What every service's store says of itself: its connections, how far facts have come, what is wrong.

use sea_orm::EntityTrait as _;

use super::{
    Reading,
    table::{
        ABOUT, CONNECTIONS, CONNECTIONS_MOST, FACTS_APPLIED, FACTS_ASIDE, FACTS_WRITTEN, PRODUCER,
        REASON, SERVICE, TROUBLE, TROUBLE_AGE, TROUBLES,
    },
};
use crate::{
    database::Store,
    facts::{aside, cursor, entity::fact_counter},
    status::Failure,
};

const POOL: &str = "db.client.connection.pool.name";
const CONNECTION_STATE: &str = "db.client.connection.state";

/// What a store says. How far facts are behind is the difference of two positions, each read where it is.
///
/// # Errors
/// If the store fails; what is known without it is lost then, too.
pub async fn of_store(store: &Store) -> Result<Vec<Reading>, Failure> {
    let service = store.service();
    let mut readings = pools(store);
    let troubles = store.troubles().now();
    readings.push(Reading::count(&TROUBLES, troubles.len() as u64).with(SERVICE, service));
    readings.extend(troubles.into_iter().map(|trouble| {
        let age = trouble.since.elapsed().as_secs_f64();
        let reading = TROUBLE_AGE.is(age).with(SERVICE, service);
        let reading = reading.with(TROUBLE, trouble.kind.name());
        reading.with(ABOUT, trouble.kind.about().unwrap_or_default())
    }));
    let written = fact_counter::Entity::find().one(store.read()).await?;
    let written = written.map_or(0, |row| row.position);
    readings.push(FACTS_WRITTEN.is(position(written)).with(SERVICE, service));
    let aside = aside::counts(store).await?;
    for row in cursor::list(store).await? {
        let of =
            |reading: Reading| reading.with(SERVICE, service).with(PRODUCER, row.producer.clone());
        readings.push(of(FACTS_APPLIED.is(position(row.position))));
        for (waits, reason) in [(true, "waits"), (false, "refused")] {
            let n = aside.get(&(row.producer.clone(), waits)).copied().unwrap_or_default();
            readings.push(of(Reading::count(&FACTS_ASIDE, n)).with(REASON, reason));
        }
    }
    Ok(readings)
}

fn pools(store: &Store) -> Vec<Reading> {
    let pools = store.pools().into_iter();
    let readings = pools.flat_map(|pool| {
        let name = format!("{}-{}", store.service(), pool.name);
        let counts = [("used", pool.open - pool.idle), ("idle", pool.idle)];
        let counts = counts.map(|(state, n)| {
            let count = CONNECTIONS.is(f64::from(n)).with(POOL, name.clone());
            count.with(CONNECTION_STATE, state)
        });
        counts.into_iter().chain([CONNECTIONS_MOST.is(f64::from(pool.most)).with(POOL, name)])
    });
    readings.collect()
}

/// Exact up to 2^53.
fn position(n: i64) -> f64 {
    n as f64
}
