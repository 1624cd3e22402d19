//! Reviews and their summaries.

use domain::codes::RegionCode;
use jiff::civil::Date;
use platform::{
    database::{Store, Txn, below},
    page::Page,
};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, ConnectionTrait, DbBackend, DbErr, EntityTrait as _,
    IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Statement,
};
use uuid::Uuid;

use crate::entity::{review, review_day, review_summary};

/// Instants from one to before another, in microseconds.
pub(crate) type Span = std::ops::Range<i64>;

/// Which reviews to read.
pub(crate) struct ReviewQuery {
    /// The region, with all below it.
    pub(crate) region: RegionCode,
    /// When they were received.
    pub(crate) taken_in: Option<Span>,
    /// Their source.
    pub(crate) source: Option<i16>,
    /// The agency they are about.
    pub(crate) agency_id: Option<String>,
}

impl ReviewQuery {
    fn rows(self) -> sea_orm::Select<review::Entity> {
        let region = below(review::Column::RegionCode, self.region.as_str());
        let mut rows = review::Entity::find().filter(region);
        if let Some(span) = self.taken_in {
            rows = rows
                .filter(review::Column::ReceivedAt.gte(span.start))
                .filter(review::Column::ReceivedAt.lt(span.end));
        }
        if let Some(source) = self.source {
            rows = rows.filter(review::Column::Source.eq(source));
        }
        if let Some(agency) = self.agency_id {
            rows = rows.filter(review::Column::AgencyId.eq(agency));
        }
        rows
    }
}

/// Keeps a new review.
pub(crate) async fn insert(txn: &Txn, row: review::Model) -> Result<(), DbErr> {
    let row = row.into_active_model().reset_all();
    review::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// Counts a review of a known citizen on a day: returns the number so far, and how many of them ask
/// for a ticket. Two at once are counted one after the other.
pub(crate) async fn count(
    txn: &Txn,
    number_index: &[u8],
    day: Date,
    wants_ticket: bool,
) -> Result<(i32, i32), DbErr> {
    let sql = match txn.get_database_backend() {
        DbBackend::Postgres => {
            "INSERT INTO review_day (number_index, day, reviews, tickets) VALUES ($1, $2, 1, $3) \
             ON CONFLICT (number_index, day) DO UPDATE SET reviews = review_day.reviews + 1, \
             tickets = review_day.tickets + excluded.tickets RETURNING reviews, tickets"
        }
        _ => {
            "INSERT INTO review_day (number_index, day, reviews, tickets) VALUES (?, ?, 1, ?) \
             ON CONFLICT (number_index, day) DO UPDATE SET reviews = review_day.reviews + 1, \
             tickets = review_day.tickets + excluded.tickets RETURNING reviews, tickets"
        }
    };
    let values =
        [number_index.to_vec().into(), day.to_string().into(), i32::from(wants_ticket).into()];
    let count = Statement::from_sql_and_values(txn.get_database_backend(), sql, values);
    let row = txn.query_one_raw(count).await?;
    let row = row.ok_or_else(|| DbErr::RecordNotFound("review_day".to_owned()))?;
    let counted = (row.try_get("", "reviews")?, row.try_get("", "tickets")?);
    if counted.0 == 1 {
        // Days that are over decide nothing.
        let over = review_day::Column::Day.lt(day.to_string());
        review_day::Entity::delete_many().filter(over).exec(txn).await?;
    }
    Ok(counted)
}

/// The review that a region recorded from a source under a number there: each city's hotline has
/// its own numbers.
pub(crate) async fn of_number(
    connection: &impl ConnectionTrait,
    region: &str,
    source: i16,
    number: &str,
) -> Result<Option<review::Model>, DbErr> {
    review::Entity::find()
        .filter(review::Column::RecordedRegion.eq(region))
        .filter(review::Column::Source.eq(source))
        .filter(review::Column::OriginalNumber.eq(number))
        .one(connection)
        .await
}

/// A page of reviews, the newest first, and one more.
pub(crate) async fn page(
    store: &Store,
    wanted: ReviewQuery,
    page: &Page<Uuid>,
) -> Result<Vec<review::Model>, DbErr> {
    let mut rows = wanted.rows();
    if let Some(after) = page.after {
        rows = rows.filter(review::Column::Id.lt(after));
    }
    rows.order_by_desc(review::Column::Id).limit(page.read_size()).all(store.read()).await
}

/// How many reviews share a source, an agency, a level, and whether a ticket is wanted.
pub(crate) type Share = (i16, Option<String>, Option<i16>, bool, i64);

/// How many reviews there are of each kind.
pub(crate) async fn shares(
    connection: &impl ConnectionTrait,
    wanted: ReviewQuery,
) -> Result<Vec<Share>, DbErr> {
    use review::Column::{AgencyId, Id, Level, Source, WantsTicket};
    let kinds = [Source, AgencyId, Level, WantsTicket];
    let mut rows = wanted.rows().select_only();
    for kind in kinds {
        rows = rows.column(kind).group_by(kind);
    }
    rows.column_as(Id.count(), "n").into_tuple().all(connection).await
}

/// Keeps a published summary.
pub(crate) async fn insert_summary(txn: &Txn, row: review_summary::Model) -> Result<(), DbErr> {
    let row = row.into_active_model().reset_all();
    review_summary::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// A page of a region's summaries, the newest first, and one more.
pub(crate) async fn summaries(
    store: &Store,
    region_code: &str,
    page: &Page<Uuid>,
) -> Result<Vec<review_summary::Model>, DbErr> {
    let mut rows = review_summary::Entity::find()
        .filter(review_summary::Column::RegionCode.eq(region_code))
        .order_by_desc(review_summary::Column::Id);
    if let Some(after) = page.after {
        rows = rows.filter(review_summary::Column::Id.lt(after));
    }
    rows.limit(page.read_size()).all(store.read()).await
}
