//! What happened at a window: its steps, and the service acts that can be rated.

use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, sea_query::Condition,
};
use uuid::Uuid;

use crate::entity::{case_file, case_step, service_act};

/// The most steps read of one window: more than are possible while one citizen stands there.
const STEPS: u64 = 64;

/// The steps at a window that were received and happened after `since`, the last received first; of
/// those received at once, the last that happened.
pub(crate) async fn steps_since(
    connection: &impl ConnectionTrait,
    window_id: &str,
    since: i64,
) -> Result<Vec<case_step::Model>, DbErr> {
    case_step::Entity::find()
        .filter(case_step::Column::WindowId.eq(window_id))
        .filter(case_step::Column::ReceivedAt.gt(since))
        .filter(case_step::Column::ReportedAt.gt(since))
        .order_by_desc(case_step::Column::ReceivedAt)
        .order_by_desc(case_step::Column::ReportedAt)
        .order_by_desc(case_step::Column::Stage)
        .order_by_desc(case_step::Column::ServiceNumber)
        .order_by_desc(case_step::Column::CaseId)
        .limit(STEPS)
        .all(connection)
        .await
}

/// The service act of a step, if it is offered a rating.
pub(crate) async fn act_of_step(
    connection: &impl ConnectionTrait,
    step: &case_step::Model,
) -> Result<Option<service_act::Model>, DbErr> {
    service_act::Entity::find()
        .filter(service_act::Column::CaseId.eq(step.case_id))
        .filter(service_act::Column::Stage.eq(step.stage))
        .filter(service_act::Column::ServiceNumber.eq(step.service_number))
        .filter(service_act::Column::Offered.eq(true))
        .one(connection)
        .await
}

/// The service acts at a window, opened for the person with this blind index, that can be rated at
/// `now`; the newest first, after a place in that order.
pub(crate) async fn rateable(
    connection: &impl ConnectionTrait,
    (window_id, number_index): (&str, &[u8]),
    now: i64,
    after: Option<(i64, Uuid)>,
    limit: u64,
) -> Result<Vec<service_act::Model>, DbErr> {
    let closes_at = service_act::Column::ClosesAt;
    let mut acts = service_act::Entity::find()
        .filter(service_act::Column::WindowId.eq(window_id))
        .filter(service_act::Column::NumberIndex.eq(number_index))
        .filter(service_act::Column::Offered.eq(true))
        .filter(Condition::any().add(closes_at.is_null()).add(closes_at.gt(now)))
        .order_by_desc(service_act::Column::ServedAt)
        .order_by_desc(service_act::Column::Id)
        .limit(limit);
    if let Some((served_at, id)) = after {
        let same = Condition::all()
            .add(service_act::Column::ServedAt.eq(served_at))
            .add(service_act::Column::Id.lt(id));
        let older = service_act::Column::ServedAt.lt(served_at);
        acts = acts.filter(Condition::any().add(older).add(same));
    }
    acts.all(connection).await
}

/// Cases by their identities.
pub(crate) async fn cases(
    connection: &impl ConnectionTrait,
    ids: &[Uuid],
) -> Result<Vec<case_file::Model>, DbErr> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let named = case_file::Column::Id.is_in(ids.iter().copied());
    case_file::Entity::find().filter(named).all(connection).await
}
