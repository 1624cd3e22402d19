//! Whether watched things have changed, for all of them at once.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hasher as _},
};

use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    QueryTrait as _,
};
use uuid::Uuid;

use crate::entity::{case_file, case_step, rating, service_act};

/// What is watched.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum WatchTarget {
    Case(Uuid),
    Window(String),
}

/// How many one statement asks for.
const ASKED: usize = 500;

fn mark_of(what: impl std::hash::Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

/// A mark of the state of each of these cases.
pub(crate) async fn cases(
    connection: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<HashMap<WatchTarget, u64>, DbErr> {
    use case_file::Column;
    let mut marks = HashMap::new();
    for some in ids.chunks(ASKED) {
        let cases = case_file::Entity::find()
            .select_only()
            .columns([Column::Id, Column::CompletedAt, Column::Promised])
            .filter(Column::Id.is_in(some.iter().copied()))
            .into_tuple::<(Uuid, Option<i64>, Vec<u8>)>();
        let marked = |(id, completed_at, promised)| {
            (WatchTarget::Case(id), mark_of((completed_at, promised)))
        };
        marks.extend(cases.all(connection).await?.into_iter().map(marked));
    }
    Ok(marks)
}

/// A mark of what can be rated at each of these windows: the steps received and happened after
/// `since`, and how many ratings their acts have.
pub(crate) async fn windows(
    connection: &impl ConnectionTrait,
    ids: &[String],
    since: i64,
) -> Result<HashMap<WatchTarget, u64>, DbErr> {
    let mut marks = HashMap::new();
    for some in ids.chunks(ASKED) {
        let recent = case_step::Entity::find()
            .filter(case_step::Column::WindowId.is_in(some))
            .filter(case_step::Column::ReceivedAt.gt(since))
            .filter(case_step::Column::ReportedAt.gt(since));
        let steps = recent
            .clone()
            .select_only()
            .column(case_step::Column::WindowId)
            .column_as(case_step::Column::CaseId.count(), "steps")
            .column_as(case_step::Column::ReceivedAt.max(), "last")
            .group_by(case_step::Column::WindowId)
            .into_tuple::<(String, i64, Option<i64>)>();
        let cases = recent.select_only().column(case_step::Column::CaseId).into_query();
        let acts = service_act::Entity::find()
            .select_only()
            .columns([service_act::Column::Id, service_act::Column::WindowId])
            .filter(service_act::Column::CaseId.in_subquery(cases))
            .filter(service_act::Column::WindowId.is_in(some))
            .into_tuple::<(Uuid, String)>();
        let window_of: HashMap<Uuid, String> = acts.all(connection).await?.into_iter().collect();
        let ratings = rating::Entity::find()
            .select_only()
            .column(rating::Column::ActId)
            .filter(rating::Column::ActId.is_in(window_of.keys().copied()))
            .into_tuple::<Uuid>();
        let mut rated = HashMap::<&String, u64>::new();
        for act in ratings.all(connection).await? {
            if let Some(window) = window_of.get(&act) {
                *rated.entry(window).or_default() += 1;
            }
        }
        for (window, steps, last) in steps.all(connection).await? {
            let mark = mark_of((steps, last, rated.get(&window)));
            marks.insert(WatchTarget::Window(window), mark);
        }
    }
    Ok(marks)
}
