//! What excluded ratings would change (P04): of each act with one, which rating stands now, and which
//! one would if nothing were excluded.

use std::collections::{BTreeSet, HashSet};

use domain::{
    deadline::{day_of, end_of},
    statistics::LevelCounts,
};
use jiff::civil::Date;
use platform::clock::instant;
use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use crate::{
    entity::rating,
    facts::{standing::best, weight::given},
    store::{disclosure::ledger, statistics::exclusions},
};

/// How many acts are read at once.
const ACTS: u64 = 1_000;

/// The first moment of some days, and the first one after them, as columns have them.
pub(crate) fn moments((from, to): (Date, Date)) -> (i64, i64) {
    let end = |day: Date| end_of(day).map(|at| at.as_microsecond());
    let begin = from.yesterday().ok().and_then(end);
    (begin.unwrap_or(i64::MIN), end(to).unwrap_or(i64::MAX))
}

/// The levels as they would be if nothing were excluded, of the ratings of some days.
pub(crate) async fn without_any(
    connection: &impl ConnectionTrait,
    (region_code, agency_id): (&str, &str),
    (from, to): (Date, Date),
    mut levels: LevelCounts,
) -> Result<LevelCounts, DbErr> {
    let within = |rating: &&rating::Model| {
        (from..=to).contains(&day_of(instant(rating.received_at))) && given(Some(*rating))
    };
    let level = |rating: Option<&rating::Model>| {
        let number = rating.filter(within).map(|rating| rating.level)?;
        usize::try_from(number - 1).ok().filter(|level| *level < levels.len())
    };
    let (mut less, mut more) = ([0; 5], [0; 5]);
    let mut after = None;
    loop {
        let of = (region_code, agency_id);
        let acts = ledger::acts(connection, of, moments((from, to)), after, ACTS).await?;
        let Some(last) = acts.last() else { break };
        after = Some(*last);
        let acts: BTreeSet<Uuid> = acts.into_iter().collect();
        let excluded = exclusions::of_acts(connection, &acts).await?;
        let ratings = exclusions::ratings_of(connection, &acts).await?;
        for act in &acts {
            let none = HashSet::new();
            let excluded = excluded.get(act).unwrap_or(&none);
            let of_act = || ratings.iter().filter(move |rating| rating.act_id == *act);
            let now = best(of_act().filter(|rating| !excluded.contains(&rating.id)));
            if let Some(level) = level(now) {
                less[level] += 1;
            }
            if let Some(level) = level(best(of_act())) {
                more[level] += 1;
            }
        }
    }
    for (level, (more, less)) in levels.iter_mut().zip(more.into_iter().zip(less)) {
        *level = (*level + more).saturating_sub(less);
    }
    Ok(levels)
}
