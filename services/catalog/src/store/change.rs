//! Changes and their steps.

use std::collections::HashMap;

use domain::change::{ChangeEntry, ChangeState, ChangeStep, Course};
use platform::{
    auth::Officer,
    clock::instant,
    database::{Txn, below},
    page::Page,
    status::Failure,
};
use prost::Message as _;
use proto::catalog::v1::Change;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _,
};
use uuid::Uuid;

use super::few;
use crate::entity::{change, change_step};

/// A change as it is kept.
pub(crate) struct StoredChange {
    pub(crate) row: change::Model,
    pub(crate) course: Course,
    /// Subject and causes.
    pub(crate) change: Change,
}

/// A change within an officer's reach.
pub(crate) async fn change(
    connection: &impl ConnectionTrait,
    caller: &Officer,
    id: Uuid,
) -> Result<Option<StoredChange>, Failure> {
    let row = change::Entity::find_by_id(id).one(connection).await?;
    match row.filter(|row| within_reach(row, caller)) {
        None => Ok(None),
        Some(row) => {
            let steps = steps_of(connection, &[id]).await?.remove(&id).unwrap_or_default();
            Ok(Some(kept(row, steps)?))
        }
    }
}

/// The changes within an officer's reach, the newest first, one more than the page, and no more
/// than fit into an answer: each can be large.
pub(crate) async fn changes(
    connection: &impl ConnectionTrait,
    caller: &Officer,
    state: Option<ChangeState>,
    page: &Page<Uuid>,
) -> Result<Vec<StoredChange>, Failure> {
    let found = change::Entity::find()
        .filter(below(change::Column::RegionCode, caller.region_code().as_str()))
        .apply_if(caller.agency(), |query, agency| {
            query.filter(change::Column::AgencyId.eq(agency))
        })
        .apply_if(state, |query, state| query.filter(change::Column::State.eq(state_number(state))))
        .apply_if(page.after, |query, before| query.filter(change::Column::Id.lt(before)))
        .order_by_desc(change::Column::Id);
    let few = few(connection, found.clone(), page).await?;
    let rows = found.limit(few).all(connection).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut steps = steps_of(connection, &ids).await?;
    let kept = |row: change::Model| {
        let steps = steps.remove(&row.id).unwrap_or_default();
        self::kept(row, steps)
    };
    rows.into_iter().map(kept).collect()
}

/// The steps of changes, in order.
async fn steps_of(
    connection: &impl ConnectionTrait,
    changes: &[Uuid],
) -> Result<HashMap<Uuid, Vec<change_step::Model>>, Failure> {
    let mut steps: HashMap<Uuid, Vec<change_step::Model>> = HashMap::new();
    if changes.is_empty() {
        return Ok(steps);
    }
    let rows = change_step::Entity::find()
        .filter(change_step::Column::ChangeId.is_in(changes.iter().copied()))
        .order_by_asc(change_step::Column::Sequence)
        .all(connection)
        .await?;
    for row in rows {
        steps.entry(row.change_id).or_default().push(row);
    }
    Ok(steps)
}

/// Whether an officer sees a change: the Authority those of its region and below, a handling agency
/// its own. Everyone also sees changes published for all regions below them, since these may have
/// changed an item of theirs.
fn within_reach(row: &change::Model, caller: &Officer) -> bool {
    let own = match caller.agency() {
        None => caller.reaches(&row.region_code),
        Some(agency) => row.agency_id.as_deref() == Some(agency),
    };
    let published = row.state == state_number(ChangeState::Published) && row.agency_id.is_none();
    own || (published && caller.is_of(&row.region_code))
}

/// Keeps a new change.
pub(crate) async fn insert_change(
    txn: &Txn,
    id: Uuid,
    region_code: &str,
    agency_id: Option<&str>,
    change: &Change,
    course: &Course,
) -> Result<(), Failure> {
    let row = change::ActiveModel {
        id: Set(id),
        region_code: Set(region_code.to_owned()),
        agency_id: Set(agency_id.map(str::to_owned)),
        state: Set(state_number(course.state())),
        sequence: Set(sequence(course)),
        body: Set(change.encode_to_vec()),
    };
    change::Entity::insert(row).exec_without_returning(txn).await?;
    insert_last_step(txn, id, course).await
}

/// Keeps the latest step of a change; false if somebody else was faster.
pub(crate) async fn update_change(
    txn: &Txn,
    id: Uuid,
    change: &Change,
    course: &Course,
) -> Result<bool, Failure> {
    let updated = change::Entity::update_many()
        .set(change::ActiveModel {
            state: Set(state_number(course.state())),
            sequence: Set(sequence(course)),
            body: Set(change.encode_to_vec()),
            ..Default::default()
        })
        .filter(change::Column::Id.eq(id))
        .filter(change::Column::Sequence.eq(sequence(course) - 1))
        .exec(txn)
        .await?;
    if updated.rows_affected == 0 {
        return Ok(false);
    }
    insert_last_step(txn, id, course).await?;
    Ok(true)
}

async fn insert_last_step(txn: &Txn, change_id: Uuid, course: &Course) -> Result<(), Failure> {
    let Some(taken) = course.steps().last() else { return Ok(()) };
    let row = change_step::ActiveModel {
        change_id: Set(change_id),
        sequence: Set(sequence(course)),
        step: Set(step_number(taken.step)),
        officer_id: Set(taken.officer_id.clone()),
        at: Set(taken.at.as_microsecond()),
        note: Set(taken.note.clone()),
    };
    change_step::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

fn kept(row: change::Model, steps: Vec<change_step::Model>) -> Result<StoredChange, Failure> {
    let wrong = |why: &str| Failure::Internal(format!("change {}: {why}", row.id));
    let steps = steps.into_iter().map(|step| {
        Some(ChangeEntry {
            step: step_of(step.step)?,
            officer_id: step.officer_id,
            at: instant(step.at),
            note: step.note,
        })
    });
    let steps: Option<Vec<ChangeEntry>> = steps.collect();
    let course = steps.and_then(Course::of).ok_or_else(|| wrong("has no course"))?;
    let change = Change::decode(row.body.as_slice()).map_err(|e| wrong(&e.to_string()))?;
    Ok(StoredChange { row, course, change })
}

fn sequence(course: &Course) -> i32 {
    i32::try_from(course.steps().len()).unwrap_or(i32::MAX)
}

fn state_number(state: ChangeState) -> i16 {
    match state {
        ChangeState::Draft => 1,
        ChangeState::Submitted => 2,
        ChangeState::Approved => 3,
        ChangeState::Published => 4,
    }
}

const STEPS: [(ChangeStep, i16); 6] = [
    (ChangeStep::Draft, 1),
    (ChangeStep::Submit, 2),
    (ChangeStep::Approve, 3),
    (ChangeStep::Return, 4),
    (ChangeStep::Publish, 5),
    (ChangeStep::Import, 6),
];

fn step_number(step: ChangeStep) -> i16 {
    STEPS.iter().find(|(known, _)| *known == step).map_or(0, |(_, number)| *number)
}

fn step_of(number: i16) -> Option<ChangeStep> {
    STEPS.iter().find(|(_, known)| *known == number).map(|(step, _)| *step)
}

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};

    use super::*;
    use crate::{Migrator, NAME, entity::item};

    #[tokio::test]
    async fn what_is_below_a_region_is_found_by_an_index_whatever_the_language_of_the_database() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let backend = store.backend();
        let changes = change::Entity::find()
            .select_only()
            .column(change::Column::RegionCode)
            .filter(below(change::Column::RegionCode, "650000"));
        let items = item::Entity::find()
            .select_only()
            .column(item::Column::RegionCode)
            .filter(below(item::Column::RegionCode, "652300"));
        for (statement, index) in
            [(changes.build(backend), "change_region"), (items.build(backend), "item_current")]
        {
            let found = plan(&store, statement).await;
            // The range is looked up in the index; the query does not read through the whole index.
            let looked_up = found.contains("Index Cond") || found.contains("(region_code>? AND");
            assert!(found.contains(index) && looked_up, "{found}");
        }
    }
}
