//! Compares the ratings that figures are counted from with their leaves in the public log (I22), a few at a time
//! and for as long as the service runs, so that a row changed or deleted by hand is told of without anybody
//! asking. `pingyi verify-log` compares more (signed heads, all tiles, intake), at once.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use platform::{
    clock::instant,
    lease::{LEASE, hold},
    trouble::Kind,
};
use sea_orm::DbErr;
use uuid::Uuid;

use super::check_log::{LogReport, part};
use crate::{
    entity::log_look,
    state::Publication,
    store::{
        statistics::acts as ratings,
        transparency::{self, looks},
    },
};

/// How often it compares some: ten million ratings take about a day.
const LOOK: Duration = Duration::from_secs(5);
/// How many ratings are compared at once: whole tiles of leaves.
const RATINGS: u64 = 1_024;
/// How much time is between two passes at least.
const EVERY: SignedDuration = SignedDuration::from_hours(1);
/// The lease's name.
const JOB: &str = "watch_log";
/// The trouble of a store that cannot be read.
const WAIT: Kind = Kind::Job("ratings to be compared with the public log");

/// Keeps comparing until the process stops.
pub async fn run(publication: Publication) {
    let holder = publication.shell.clock.new_id();
    let troubles = publication.store.troubles().clone();
    while !publication.shell.stop.is_stopped() {
        match round(&publication, holder).await {
            Ok(()) => troubles.end(WAIT),
            Err(error) => troubles.meet(WAIT, error),
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = publication.shell.stop.stopped() => {}
        }
    }
}

/// Compares some ratings, unless another replica does or the last pass ended just now; tells what this pass or
/// the last one found.
pub(crate) async fn round(publication: &Publication, holder: Uuid) -> Result<(), DbErr> {
    let (store, now) = (&publication.store, publication.shell.clock.now());
    let mut look = looks::get(store).await?;
    if is_due(&look, now) && hold(store, JOB, holder, now, LEASE).await? {
        // Whoever had the lease before may have gone on.
        look = some(publication, looks::get(store).await?, now).await?;
        looks::put(store, look.clone()).await?;
    }
    let troubles = store.troubles();
    let told = [(look.found, &look.first), (look.last_found, &look.last_first)];
    match told.into_iter().find(|(found, _)| *found > 0) {
        None => troubles.end(Kind::ChangedByHand),
        Some((1, first)) => troubles.meet(Kind::ChangedByHand, first),
        Some((found, first)) => {
            troubles.meet(Kind::ChangedByHand, format!("{first}; and {} more", found - 1));
        }
    }
    Ok(())
}

/// Whether a pass is not at its end, or the last one ended long enough ago, by a clock that went back, too.
fn is_due(look: &log_look::Model, now: Timestamp) -> bool {
    let begun = look.leaf > 0 || look.rating.is_some();
    let rested = |at: i64| now.duration_since(instant(at)).abs() >= EVERY;
    begun || look.ended_at.is_none_or(rested)
}

/// Compares what follows: first leaf by leaf, then whether each rating has one.
async fn some(
    publication: &Publication,
    mut look: log_look::Model,
    now: Timestamp,
) -> Result<log_look::Model, DbErr> {
    let (store, salts) = (&publication.store, &publication.shell.salts);
    let tree = transparency::tree(store.read()).await?;
    let (from, size) = (look.leaf.unsigned_abs(), tree.size.unsigned_abs());
    let report = if look.rating.is_none() && from < size {
        let to = size.min(from + RATINGS);
        look.leaf = to.cast_signed();
        let once = part::leaves(store, salts, from..to).await?;
        again(once, part::leaves(store, salts, from..to)).await?
    } else {
        let ids = ratings::ids_after(store.read(), look.rating, RATINGS).await?;
        let Some(last) = ids.last() else {
            return Ok(log_look::Model {
                leaf: 0,
                rating: None,
                found: 0,
                first: String::new(),
                last_found: look.found,
                last_first: look.first,
                ended_at: Some(now.as_microsecond()),
                ..look
            });
        };
        look.rating = Some(*last);
        let once = part::ratings(store, &ids).await?;
        again(once, part::ratings(store, &ids)).await?
    };
    if let (Some(first), 0) = (report.findings.first(), look.found) {
        look.first = first.to_string();
    }
    look.found = look.found.saturating_add_unsigned(report.findings.len() as u64 + report.more);
    Ok(look)
}

/// What is found twice: rows that come or are taken back meanwhile were not changed by hand.
async fn again(
    mut once: LogReport,
    twice: impl Future<Output = Result<LogReport, DbErr>>,
) -> Result<LogReport, DbErr> {
    if !once.findings.is_empty() {
        let twice = twice.await?;
        once.findings.retain(|finding| twice.findings.contains(finding));
        once.more = once.more.min(twice.more);
    }
    Ok(once)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::transparency::testing::Logged;

    /// Rounds of the only replica until a pass has ended.
    async fn pass(logged: &Logged) -> log_look::Model {
        let (publication, clock) = (&logged.publication, &logged.publication.shell.clock);
        clock.set(clock.now() + EVERY);
        let began = looks::get(&publication.store).await.unwrap().ended_at;
        for _ in 0..20 {
            round(publication, Uuid::from_u128(1)).await.unwrap();
            let look = looks::get(&publication.store).await.unwrap();
            if look.ended_at != began {
                return look;
            }
        }
        panic!("no pass ends")
    }

    fn told(logged: &Logged) -> Vec<String> {
        let troubles = logged.publication.store.troubles().now();
        let of = troubles.into_iter().filter(|trouble| trouble.kind == Kind::ChangedByHand);
        of.map(|trouble| trouble.cause).collect()
    }

    #[tokio::test]
    async fn i22_a_rating_changed_or_deleted_by_hand_is_told_of_while_the_service_runs() {
        let logged = Logged::new().await;
        assert_eq!(pass(&logged).await.last_found, 0, "nothing is there yet");
        let ratings = logged.rate(2_500).await;
        assert_eq!(pass(&logged).await.last_found, 0);
        assert_eq!(told(&logged), Vec::<String>::new());
        let ended = looks::get(&logged.publication.store).await.unwrap();
        round(&logged.publication, Uuid::from_u128(1)).await.unwrap();
        let look = looks::get(&logged.publication.store).await.unwrap();
        assert_eq!(look, ended, "it rests between two passes");
        let literal = |n: usize| {
            let id: Uuid = ratings[n].rating_id.parse().unwrap();
            match logged.publication.store.backend() {
                sea_orm::DbBackend::Postgres => format!("'{id}'"),
                _ => format!("x'{}'", id.simple()),
            }
        };
        let changed = format!("UPDATE rating SET level = 1 WHERE id = {}", literal(2_100));
        logged.by_hand(&changed).await;
        assert_eq!(pass(&logged).await.last_found, 1);
        let named = told(&logged).remove(0);
        assert!(named.contains(&ratings[2_100].rating_id), "{named}");
        assert!(named.contains("was changed in publication"), "{named}");
        let back = format!("UPDATE rating SET level = 5 WHERE id = {}", literal(2_100));
        logged.by_hand(&back).await;
        logged.by_hand(&format!("DELETE FROM rating WHERE id = {}", literal(0))).await;
        // It is told of at once, not at the end of the pass; by a replica that did not look, too.
        let clock = &logged.publication.shell.clock;
        clock.set(clock.now() + EVERY);
        round(&logged.publication, Uuid::from_u128(1)).await.unwrap();
        assert!(told(&logged)[0].contains("was deleted from publication"), "{:?}", told(&logged));
        logged.publication.store.troubles().end(Kind::ChangedByHand);
        round(&logged.publication, Uuid::from_u128(2)).await.unwrap();
        assert!(told(&logged)[0].contains(&ratings[0].rating_id));
        // One that no leaf knows; the deleted one is still missing.
        let columns = "act_id, level, channel, origin, received_at, fact_position, private, tags";
        let slipped = literal(0).replace(&literal(0)[2..6], "0000");
        logged
            .by_hand(&format!(
                "INSERT INTO rating (id, {columns}) SELECT {slipped}, {columns} FROM rating LIMIT 1"
            ))
            .await;
        pass(&logged).await;
        let look = pass(&logged).await;
        assert_eq!(look.last_found, 2, "{look:?}");
        assert!(told(&logged)[0].ends_with("; and 1 more"), "{:?}", told(&logged));
    }
}
