//! How far the platform has what is to be told, for officers.

use jiff::Timestamp;
use platform::{auth::Officer, clock::instant, convert::to_wire, database::Store};
use proto::{
    exchange::v1::{HeldRecord, HeldRecords, NationalLevel, NationalState},
    r#type::v1::Level,
};
use sea_orm::{ConnectionTrait, DbErr};

use crate::{
    entity::national_record,
    state::Publication,
    store::exchange::national::{self, lag, queue},
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
    let (read, now) = (publication.store.read(), publication.shell.clock.now());
    let state = counted(read, now).await?;
    Ok(Some(NationalState {
        address: national.address.clone(),
        dialect: national.dialect.name.clone(),
        ..state
    }))
}

/// The same of a store, for whoever runs it: without the platform's address and dialect.
///
/// # Errors
/// If the store fails.
pub async fn of_store(store: &Store, now: Timestamp) -> Result<NationalState, DbErr> {
    counted(store.read(), now).await
}

async fn counted(read: &impl ConnectionTrait, now: Timestamp) -> Result<NationalState, DbErr> {
    let (counts, waiting) = (national::levels(read).await?, lag::waiting(read).await?);
    let age = |at: i64| (now.as_microsecond() - at).max(0).unsigned_abs() / 1_000_000;
    let levels = LEVELS.into_iter().map(|level| {
        let number = i32::from(level);
        let counted = counts.iter().find(|row| i32::from(row.level) == number);
        let waits = waiting.iter().find(|row| i32::from(row.level) == number);
        NationalLevel {
            level: number,
            kept: counted.map_or(0, |row| row.kept.unsigned_abs()),
            receipted: counted.map_or(0, |row| row.receipted.unsigned_abs()),
            behind_seconds: waits.and_then(|row| row.oldest).map_or(0, age),
            waiting: waits.map_or(0, |row| row.n.unsigned_abs()),
            held: waits.map_or(0, |row| row.held.unsigned_abs()),
        }
    });
    let levels = levels.collect();
    let mut held = Vec::new();
    for (reason, count, oldest) in lag::held(read).await? {
        let examples = lag::examples(read, &reason, EXAMPLES).await?;
        let examples = examples.into_iter().map(example).collect();
        let (count, behind_seconds) = (count.unsigned_abs(), age(oldest));
        held.push(HeldRecords { reason, count, examples, behind_seconds });
    }
    let (withdrawn, examples) = lag::withdrawn(read, EXAMPLES).await?;
    let link = queue::link(read).await?;
    Ok(NationalState {
        levels,
        waiting: waiting.iter().map(|row| row.n.unsigned_abs()).sum(),
        behind_seconds: waiting.iter().filter_map(|row| row.oldest).min().map_or(0, age),
        held,
        receipted_at: link
            .as_ref()
            .and_then(|link| link.receipted_at)
            .map(|at| to_wire(instant(at))),
        last_error: link.map(|link| link.last_error).unwrap_or_default(),
        withdrawn,
        withdrawn_examples: examples.into_iter().map(withdrawn_example).collect(),
        ..NationalState::default()
    })
}

/// With the platform's name for it, by which its operator finds it.
fn withdrawn_example(row: national_record::Model) -> HeldRecord {
    let words = row.receipt.clone();
    HeldRecord { words, ..example(row) }
}

fn example(row: national_record::Model) -> HeldRecord {
    let id = |id: Option<uuid::Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
    HeldRecord { act_id: id(row.act_id), rating_id: id(row.rating_id), words: row.words }
}
