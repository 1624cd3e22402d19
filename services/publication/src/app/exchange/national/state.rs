//! How far the platform has what is to be told, for officers.

use platform::{auth::Officer, clock::instant, convert::to_wire};
use proto::{
    exchange::v1::{HeldRecord, HeldRecords, NationalLevel, NationalState},
    r#type::v1::Level,
};
use sea_orm::DbErr;

use crate::{
    entity::national_record,
    state::Publication,
    store::exchange::national::{self, queue},
};

/// The levels, the best first.
const LEVELS: [Level; 5] = [
    Level::VerySatisfied,
    Level::Satisfied,
    Level::BasicallySatisfied,
    Level::Dissatisfied,
    Level::VeryDissatisfied,
];
/// How many records of each reason are shown.
const EXAMPLES: u64 = 5;

/// What is reported by the national interface, if anything is, and the officer reaches this installation's
/// region.
pub(crate) async fn of(
    publication: &Publication,
    officer: &Officer,
) -> Result<Option<NationalState>, DbErr> {
    let Some(national) = publication.national.as_deref() else { return Ok(None) };
    if !officer.reaches(national.region.as_str()) {
        return Ok(None);
    }
    let (read, now) = (publication.store.read(), publication.shell.clock.now().as_microsecond());
    let (counts, waiting) = (national::levels(read).await?, queue::waiting(read).await?);
    let oldest = |of: &dyn Fn(i16) -> bool| {
        let oldest = waiting.iter().filter(|(level, _, _)| of(*level)).map(|(_, _, at)| *at).min();
        oldest.map_or(0, |at| (now - at).max(0).unsigned_abs() / 1_000_000)
    };
    let levels = LEVELS.into_iter().map(|level| {
        let number = i32::from(level);
        let counted = counts.iter().find(|row| i32::from(row.level) == number);
        NationalLevel {
            level: number,
            kept: counted.map_or(0, |row| row.kept.unsigned_abs()),
            receipted: counted.map_or(0, |row| row.receipted.unsigned_abs()),
            behind_seconds: oldest(&|level| i32::from(level) == number),
        }
    });
    let levels = levels.collect();
    let mut held = Vec::new();
    for (reason, count) in queue::held(read).await? {
        let examples = queue::examples(read, &reason, EXAMPLES).await?;
        let examples = examples.into_iter().map(example).collect();
        held.push(HeldRecords { reason, count: count.unsigned_abs(), examples });
    }
    let link = queue::link(read).await?;
    Ok(Some(NationalState {
        address: national.address.clone(),
        dialect: national.dialect.name.clone(),
        levels,
        waiting: waiting.iter().map(|(_, n, _)| n.unsigned_abs()).sum(),
        behind_seconds: oldest(&|_| true),
        held,
        receipted_at: link
            .as_ref()
            .and_then(|link| link.receipted_at)
            .map(|at| to_wire(instant(at))),
        last_error: link.map(|link| link.last_error).unwrap_or_default(),
    }))
}

fn example(row: national_record::Model) -> HeldRecord {
    let id = |id: Option<uuid::Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    HeldRecord { act_id: id(row.act_id), rating_id: id(row.rating_id), words: row.words }
}
