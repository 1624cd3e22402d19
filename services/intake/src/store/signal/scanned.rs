//! The ratings of a day, as the detectors read them: in order of their identities, which begin with
//! the time. So the primary key finds them, and writing a rating costs nothing more.

use jiff::Timestamp;
use platform::database::Store;
use sea_orm::{
    ColumnTrait as _, Condition, DbErr, EntityTrait as _, FromQueryResult, JoinType,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _, Select,
    sea_query::{Expr, ExprTrait as _},
};
use uuid::Uuid;

use crate::entity::{case_file, former_applicant, rating, service_act};

/// A rating with its act.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct Scanned {
    pub(crate) id: Uuid,
    pub(crate) level: i16,
    pub(crate) channel: i16,
    pub(crate) origin: i16,
    pub(crate) received_at: i64,
    pub(crate) reported_at: Option<i64>,
    pub(crate) batch_id: Option<Uuid>,
    pub(crate) network: Option<Vec<u8>>,
    pub(crate) shown_ms: Option<i32>,
    /// Sealed.
    pub(crate) words: Vec<u8>,
    pub(crate) case_id: Uuid,
    pub(crate) region_code: String,
    pub(crate) agency_id: String,
    pub(crate) window_id: Option<String>,
    pub(crate) staff_id: Option<String>,
    pub(crate) terminal_id: Option<String>,
    pub(crate) served_at: i64,
    /// When the service was given, by the business system.
    pub(crate) given_at: Option<i64>,
    pub(crate) number_index: Option<Vec<u8>>,
    pub(crate) phone_index: Option<Vec<u8>>,
}

/// The codes of robots' items (`domain::canary`).
const OF_ROBOTS: &str = "Y1000000%";

/// The smallest identity of an instant.
pub(crate) fn from(at: Timestamp) -> Uuid {
    let millis = u128::try_from(at.as_millisecond()).unwrap_or_default();
    Uuid::from_u128(millis << 80)
}

/// When an identity was made, to the millisecond.
pub(crate) fn made_at(id: Uuid) -> Timestamp {
    let millis = i64::try_from(id.as_u128() >> 80).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
}

fn rows() -> Select<rating::Entity> {
    use rating::Column as R;
    use service_act::Column as A;
    let act = rating::Entity::belongs_to(service_act::Entity).from(R::ActId).to(A::Id);
    let mut rows = rating::Entity::find().join(JoinType::InnerJoin, act.into()).select_only();
    for column in [
        R::Id,
        R::Level,
        R::Channel,
        R::Origin,
        R::ReceivedAt,
        R::ReportedAt,
        R::BatchId,
        R::Network,
        R::ShownMs,
        R::Words,
    ] {
        rows = rows.column(column);
    }
    for column in [
        A::CaseId,
        A::RegionCode,
        A::AgencyId,
        A::WindowId,
        A::StaffId,
        A::TerminalId,
        A::ServedAt,
        A::NumberIndex,
        A::PhoneIndex,
    ] {
        rows = rows.column(column);
    }
    // A robot rates by the clock, which is no fraud.
    rows.column_as(A::ReportedAt, "given_at").filter(A::ItemCode.not_like(OF_ROBOTS))
}

/// The statement of a page: the ratings from one identity to before another.
pub(crate) fn page_of(from: Uuid, before: Uuid, limit: u64) -> Select<rating::Entity> {
    let page =
        Condition::all().add(rating::Column::Id.gte(from)).add(rating::Column::Id.lt(before));
    rows().filter(page).order_by_asc(rating::Column::Id).limit(limit)
}

/// A page of them.
pub(crate) async fn page(
    store: &Store,
    from: Uuid,
    before: Uuid,
    limit: u64,
) -> Result<Vec<Scanned>, DbErr> {
    page_of(from, before, limit).into_model().all(store.read()).await
}

/// The first rating at or after an identity.
pub(crate) async fn first(store: &Store, from: Uuid) -> Result<Option<Uuid>, DbErr> {
    rating::Entity::find()
        .select_only()
        .column(rating::Column::Id)
        .filter(rating::Column::Id.gte(from))
        .order_by_asc(rating::Column::Id)
        .limit(1)
        .into_tuple()
        .one(store.read())
        .await
}

/// The statement for the ratings of a rater's acts since an instant, the last served first.
pub(crate) fn of_rater_since(
    number_index: &[u8],
    since: i64,
    limit: u64,
) -> Select<rating::Entity> {
    use service_act::Column::{Id, NumberIndex, ServedAt};
    let acts = service_act::Entity::find()
        .select_only()
        .column(Id)
        .filter(NumberIndex.eq(number_index))
        .filter(ServedAt.gte(since))
        .order_by_desc(ServedAt)
        .limit(limit);
    rows().filter(rating::Column::ActId.in_subquery(acts.into_query()))
}

/// The ratings of a rater's acts since an instant.
pub(crate) async fn of_rater(
    store: &Store,
    number_index: &[u8],
    since: i64,
    limit: u64,
) -> Result<Vec<Scanned>, DbErr> {
    of_rater_since(number_index, since, limit).into_model().all(store.read()).await
}

/// When the phone or number of some cases was replaced by another one; the first that was ever
/// reported replaces none.
pub(crate) async fn replaced(store: &Store, cases: Vec<Uuid>) -> Result<Vec<(Uuid, i64)>, DbErr> {
    use former_applicant::Column as F;
    let replaced = changes().column(F::CaseId).column(F::ReplacedAt);
    replaced.filter(F::CaseId.is_in(cases)).into_tuple().all(store.read()).await
}

/// The statement for the cases whose phone or number was replaced by another one in a span of time; their
/// records' identities begin with the time.
pub(crate) fn replaced_in(start: Timestamp, end: Timestamp) -> Select<former_applicant::Entity> {
    use former_applicant::Column as F;
    changes().column(F::CaseId).filter(F::Id.gte(from(start))).filter(F::Id.lt(from(end)))
}

/// Those cases.
pub(crate) async fn replaced_between(
    store: &Store,
    start: Timestamp,
    end: Timestamp,
) -> Result<Vec<Uuid>, DbErr> {
    replaced_in(start, end).into_tuple().all(store.read()).await
}

/// The statement for the ratings of some cases.
pub(crate) fn of_cases_in(cases: &[Uuid]) -> Select<rating::Entity> {
    use service_act::Column::{CaseId, Id};
    let acts = service_act::Entity::find().select_only().column(Id);
    let acts = acts.filter(CaseId.is_in(cases.iter().copied()));
    rows().filter(rating::Column::ActId.in_subquery(acts.into_query()))
}

/// The ratings of some cases.
pub(crate) async fn of_cases(store: &Store, cases: &[Uuid]) -> Result<Vec<Scanned>, DbErr> {
    of_cases_in(cases).into_model().all(store.read()).await
}

/// Every time that a phone or number was replaced by another one.
fn changes() -> Select<former_applicant::Entity> {
    use case_file::Column as C;
    use former_applicant::Column as F;
    let of_case = former_applicant::Entity::belongs_to(case_file::Entity).from(F::CaseId).to(C::Id);
    let col = |column: F| Expr::col((former_applicant::Entity, column));
    let now = |column: C| Expr::col((case_file::Entity, column));
    // Where nothing was known before there is nothing to compare, and the comparison is not true.
    let other = Condition::any()
        .add(col(F::NumberIndex).ne(now(C::NumberIndex)))
        .add(col(F::PhoneIndex).ne(now(C::PhoneIndex)));
    former_applicant::Entity::find()
        .select_only()
        .join(JoinType::InnerJoin, of_case.into())
        .filter(other)
}
