//! Counts of where complaints gather, and the complaints that came without a rating.

use std::collections::BTreeMap;

use jiff::civil::Date;
use platform::database::{
    Txn, below,
    many::{self, Column},
};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, ExprTrait as _,
    FromQueryResult, QueryFilter as _, QuerySelect as _, QueryTrait as _, Select,
    sea_query::{
        CommonTableExpression, Expr, SelectStatement, SubQueryStatement, UnionType, WithClause,
    },
};
use uuid::Uuid;

use crate::entity::{column::day_to_column, complaint, pain};

/// What a row counts; all but the first are the contract's kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(i16)]
pub(crate) enum Kind {
    /// Effective ratings that raters gave.
    Rated = 0,
    /// Of these, the negative ones.
    Negative = 1,
    /// Of these, the ones with a reason.
    Reason = 2,
    /// Complaints that came without a rating, by source.
    Complaint = 3,
    /// Of the negative ratings, the ones whose published text has a word.
    Word = 4,
}

/// What a count is of: the columns of a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) region_code: String,
    pub(crate) day: i32,
    pub(crate) kind: i16,
    pub(crate) item_code: String,
    pub(crate) stage: i16,
    pub(crate) reason: String,
    pub(crate) agency_id: String,
    pub(crate) line_id: String,
    pub(crate) private: bool,
}

/// Adds changes to the counts.
pub(crate) async fn add(txn: &Txn, changes: BTreeMap<Key, i64>) -> Result<(), DbErr> {
    let changes: Vec<(Key, i64)> = changes.into_iter().filter(|(_, n)| *n != 0).collect();
    let text = |of: fn(&Key) -> &String| {
        Column::Text(changes.iter().map(|(key, _)| of(key).clone()).collect())
    };
    let small = |of: fn(&Key) -> i16| Column::Small(changes.iter().map(|(k, _)| of(k)).collect());
    let columns = vec![
        ("region_code", text(|key| &key.region_code)),
        ("day", Column::Int(changes.iter().map(|(key, _)| key.day).collect())),
        ("kind", small(|key| key.kind)),
        ("item_code", text(|key| &key.item_code)),
        ("stage", small(|key| key.stage)),
        ("reason", text(|key| &key.reason)),
        ("agency_id", text(|key| &key.agency_id)),
        ("line_id", text(|key| &key.line_id)),
        ("private", Column::Bool(changes.iter().map(|(key, _)| key.private).collect())),
        ("n", Column::Big(changes.iter().map(|(_, n)| *n).collect())),
    ];
    let add = "ON CONFLICT (region_code, day, kind, item_code, stage, reason, agency_id, line_id, \
               private) DO UPDATE SET n = pain.n + excluded.n";
    many::insert(txn, "pain", columns, add).await
}

/// Every count that is not zero.
pub(crate) async fn all(connection: &impl ConnectionTrait) -> Result<Vec<pain::Model>, DbErr> {
    pain::Entity::find().filter(pain::Column::N.ne(0)).all(connection).await
}

/// Which counts are read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Query<'a> {
    pub(crate) region: &'a str,
    /// Only what everybody may see, and of that region itself; else also those below it.
    pub(crate) is_public: bool,
    /// For officers of one agency: of the others, only what everybody may see.
    pub(crate) reader: Option<&'a str>,
    pub(crate) from: Date,
    pub(crate) to: Date,
}

/// A count over the days that are read.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub(crate) struct Sum {
    pub(crate) agency_id: String,
    pub(crate) item_code: String,
    pub(crate) line_id: String,
    pub(crate) stage: i16,
    pub(crate) kind: i16,
    pub(crate) reason: String,
    pub(crate) n: i64,
}

/// By what the rows are found.
#[derive(Clone, Copy)]
enum By {
    /// By each region of the query and its days: what is read is most of them.
    Days,
    /// By an item, a line or a word, of which there are few.
    Name,
}

fn rows_of(query: &Query<'_>, by: By) -> Select<pain::Entity> {
    let region = match (query.is_public, by) {
        (true, _) => Condition::all().add(pain::Column::RegionCode.eq(query.region)),
        (false, By::Name) => below(pain::Column::RegionCode, query.region),
        (false, By::Days) => {
            Condition::all().add(pain::Column::RegionCode.in_subquery(regions_below(query.region)))
        }
    };
    let days = (day_to_column(query.from), day_to_column(query.to));
    pain::Entity::find()
        .filter(region)
        .filter(pain::Column::Day.between(days.0, days.1))
        .apply_if(query.is_public.then_some(()), |rows, ()| {
            rows.filter(pain::Column::Private.eq(false))
        })
        .apply_if(query.reader, |rows, own| {
            let public = pain::Column::Private.eq(false);
            rows.filter(public.or(pain::Column::AgencyId.eq(own)))
        })
}

/// The regions below one that have rows, each found by one look at the key: behind a range of regions the
/// key leads to no day.
fn regions_below(region: &str) -> SelectStatement {
    let column = || Expr::col((pain::Entity, pain::Column::RegionCode));
    let first = || {
        let mut first = SelectStatement::new();
        first.expr(column().min()).from(pain::Entity);
        first.cond_where(below(pain::Column::RegionCode, region)).to_owned()
    };
    let (found, code) = ("found", "code");
    let next = first().and_where(column().gt(Expr::col((found, code)))).to_owned();
    let is_one = || Expr::col((found, code)).is_not_null();
    let mut others = SelectStatement::new();
    others.expr(Expr::from(SubQueryStatement::from(next))).from(found).and_where(is_one());
    let all = first().union(UnionType::All, others).to_owned();
    let mut each = CommonTableExpression::new();
    each.query(all).column(code).table_name(found);
    let mut with = WithClause::new();
    with.recursive(true).cte(each);
    let mut regions = SelectStatement::new();
    regions.column((found, code)).from(found).and_where(is_one()).with_cte(with).to_owned()
}

/// Of what counts are read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Of<'a> {
    /// An item and its line; else of everything.
    pub(crate) item: Option<(&'a str, &'a str)>,
    /// Which words; [`None`](Which::None) means all that is no word.
    pub(crate) words: Which<'a>,
}

/// Which words' counts are read. There are many more of them than of anything else, and most are in one
/// text only.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Which<'a> {
    /// None, but everything else.
    None,
    /// Those in so many texts at least, about one item of one agency.
    Common(u64),
    /// These.
    Named(&'a [String]),
}

/// Counts by agency, item, line, stage, kind and reason: at most so many.
pub(crate) async fn sums(
    connection: &impl ConnectionTrait,
    query: &Query<'_>,
    of: Of<'_>,
    limit: u64,
) -> Result<Vec<Sum>, DbErr> {
    let mut found = Vec::new();
    for statement in sums_of(query, of) {
        let left = limit.saturating_sub(found.len() as u64);
        let more: Vec<Sum> = statement.limit(left).into_model().all(connection).await?;
        found.extend(more);
    }
    Ok(found)
}

/// The statements that read them, each by one index; none of two reads the same row.
fn sums_of(query: &Query<'_>, of: Of<'_>) -> Vec<Select<pain::Entity>> {
    use pain::Column::{ItemCode, LineId};
    let Some((item, line)) = of.item else {
        let by = if matches!(of.words, Which::Named(_)) { By::Name } else { By::Days };
        return vec![grouped(rows_of(query, by), of.words)];
    };
    let rows = || rows_of(query, By::Name);
    let own = rows().filter(ItemCode.eq(item));
    let others = rows().filter(LineId.eq(line)).filter(ItemCode.ne(item));
    let others = Some(others).filter(|_| !line.is_empty());
    std::iter::once(own).chain(others).map(|rows| grouped(rows, of.words)).collect()
}

fn grouped(rows: Select<pain::Entity>, words: Which<'_>) -> Select<pain::Entity> {
    use pain::Column::{AgencyId, ItemCode, Kind as What, LineId, N, Reason, Stage};
    let by = [AgencyId, ItemCode, LineId, Stage, What, Reason];
    let total = || Expr::col(N).sum();
    let rows = rows.select_only().columns(by).column_as(total().cast_as("bigint"), "n");
    let rows = by.into_iter().fold(rows, |rows, column| rows.group_by(column));
    // In the index's own words; otherwise SQLite does not use it.
    let is_word = Expr::cust("kind = 4");
    match words {
        Which::None => rows.filter(is_word.not()).having(total().gt(0)),
        Which::Common(texts) => {
            rows.filter(is_word).having(total().gte(i64::try_from(texts).unwrap_or(i64::MAX)))
        }
        Which::Named(words) => {
            let named = Reason.is_in(words.iter().map(String::as_str));
            rows.filter(is_word).filter(named).having(total().gt(0))
        }
    }
}

/// Which counts of one pain point are read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OnePoint<'a> {
    pub(crate) agency: &'a str,
    pub(crate) item_code: &'a str,
    pub(crate) stage: i16,
    pub(crate) kind: Kind,
    pub(crate) reason: &'a str,
}

/// A count of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromQueryResult)]
pub(crate) struct OfDay {
    pub(crate) day: i32,
    pub(crate) kind: i16,
    pub(crate) n: i64,
}

/// The counts of one pain point by day, and the ratings it is a share of.
pub(crate) async fn by_day(
    connection: &impl ConnectionTrait,
    query: &Query<'_>,
    point: &OnePoint<'_>,
) -> Result<Vec<OfDay>, DbErr> {
    by_day_of(query, point).into_model().all(connection).await
}

fn by_day_of(query: &Query<'_>, point: &OnePoint<'_>) -> Select<pain::Entity> {
    let OnePoint { agency, item_code, stage, kind, reason } = *point;
    let is_it = pain::Column::Kind.eq(kind as i16).and(pain::Column::Reason.eq(reason));
    let rated = pain::Column::Kind.eq(Kind::Rated as i16);
    rows_of(query, By::Name)
        .select_only()
        .columns([pain::Column::Day, pain::Column::Kind])
        .column_as(Expr::col(pain::Column::N).sum().cast_as("bigint"), "n")
        .filter(pain::Column::ItemCode.eq(item_code))
        .filter(is_it.or(rated))
        .apply_if(Some(agency).filter(|agency| !agency.is_empty()), |rows, agency| {
            rows.filter(pain::Column::AgencyId.eq(agency))
        })
        .apply_if(Some(stage).filter(|stage| *stage != 0), |rows, stage| {
            rows.filter(pain::Column::Stage.eq(stage))
        })
        .group_by(pain::Column::Day)
        .group_by(pain::Column::Kind)
}

/// Complaints by their ids.
pub(crate) async fn complaints(
    txn: &Txn,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<complaint::Model>, DbErr> {
    many::by_id::<complaint::Entity>(txn, ids).await
}

/// Keeps new complaints.
pub(crate) async fn insert_complaints(txn: &Txn, rows: &[complaint::Model]) -> Result<(), DbErr> {
    let text = |of: fn(&complaint::Model) -> &String| {
        Column::Text(rows.iter().map(|row| of(row).clone()).collect())
    };
    let columns = vec![
        ("id", Column::Uuid(rows.iter().map(|row| row.id).collect())),
        ("region_code", text(|row| &row.region_code)),
        ("agency_id", text(|row| &row.agency_id)),
        ("item_code", text(|row| &row.item_code)),
        ("source", text(|row| &row.source)),
        ("day", Column::Int(rows.iter().map(|row| row.day).collect())),
        ("private", Column::Bool(rows.iter().map(|row| row.private).collect())),
        ("fact_position", Column::Big(rows.iter().map(|row| row.fact_position).collect())),
    ];
    many::insert(txn, "complaint", columns, "").await
}

/// Removes the complaints with facts after a position; returns them.
pub(crate) async fn delete_complaints(
    txn: &Txn,
    after: i64,
) -> Result<Vec<complaint::Model>, DbErr> {
    let later = complaint::Column::FactPosition.gt(after);
    let rows = complaint::Entity::find().filter(later.clone()).all(txn).await?;
    complaint::Entity::delete_many().filter(later).exec(txn).await?;
    Ok(rows)
}

/// Removes every count and every complaint.
pub(crate) async fn delete_all(txn: &Txn) -> Result<(), DbErr> {
    pain::Entity::delete_many().exec(txn).await?;
    complaint::Entity::delete_many().exec(txn).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use platform::testing::{TestPlace, plan};
    use sea_orm::DbBackend;

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn p09_a_regions_days_are_read_by_the_key() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let (from, to) = (date(2026, 1, 1), date(2026, 3, 31));
        for is_public in [false, true] {
            let query = Query { region: "652300", is_public, reader: None, from, to };
            let of = Of { item: None, words: Which::None };
            for statement in sums_of(&query, of) {
                let found = plan(&store, statement.build(store.backend())).await;
                // The days of each region, and not a range of regions.
                let reads_them = |line: &str| {
                    line.contains("region_code=? AND day>? AND day<?")
                        || line.contains("region_code)::text = ") && line.contains("(day >= ")
                        // Of an empty table PostgreSQL may read the key and join the regions to it.
                        || line.contains("Index Scan using pain_pkey")
                };
                assert!(found.lines().any(reads_them), "{found}");
            }
        }
    }

    #[tokio::test]
    async fn p09_of_an_item_its_line_or_some_words_only_their_rows_are_read() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let (from, to) = (date(2026, 1, 1), date(2026, 3, 31));
        let query = Query { region: "652300", is_public: false, reader: Some("own"), from, to };
        let words = ["材料".to_owned(), "窗口".to_owned()];
        let of = |item, words| sums_of(&query, Of { item, words });
        let point = OnePoint {
            agency: "own",
            item_code: "item",
            stage: 1,
            kind: Kind::Reason,
            reason: "115",
        };
        let mut found = Vec::new();
        for statement in [
            of(Some(("item", "line")), Which::None),
            of(Some(("item", "")), Which::Common(1)),
            of(None, Which::Named(&words)),
            vec![by_day_of(&query, &point)],
        ]
        .concat()
        {
            found.push(plan(&store, statement.build(store.backend())).await);
        }
        let indexes = ["pain_item", "pain_line", "pain_item", "pain_word", "pain_item"];
        assert_eq!(found.len(), indexes.len());
        for (found, index) in found.iter().zip(indexes) {
            // To PostgreSQL all indexes of an empty table are alike.
            let index = match store.backend() {
                DbBackend::Postgres => "Index Scan using pain_",
                _ => index,
            };
            assert!(found.contains(index), "{index}: {found}");
        }
    }

    #[tokio::test]
    async fn p09_the_regions_below_one_are_each_read_once_and_no_other() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let key = |region: &str| Key {
            region_code: region.to_owned(),
            day: day_to_column(date(2026, 2, 3)),
            kind: Kind::Rated as i16,
            item_code: "item".to_owned(),
            stage: 1,
            reason: String::new(),
            agency_id: "own".to_owned(),
            line_id: String::new(),
            private: false,
        };
        let regions = ["650100", "652300", "652301", "652302", "652302", "652400"];
        for (n, region) in (0..).zip(regions) {
            let txn = store.begin().await.unwrap();
            add(&txn, BTreeMap::from([(key(region), 1 << n)])).await.unwrap();
            txn.commit().await.unwrap();
        }
        let (from, to) = (date(2026, 2, 1), date(2026, 2, 28));
        let expected = [("000000", 63), ("650000", 63), ("652300", 30), ("652302", 24), ("11", 0)];
        for (region, n) in expected {
            let query = Query { region, is_public: false, reader: None, from, to };
            let of = Of { item: None, words: Which::None };
            let told = sums(store.read(), &query, of, 9).await.unwrap();
            assert_eq!(told.iter().map(|sum| sum.n).sum::<i64>(), n, "{region}");
        }
    }

    #[tokio::test]
    async fn p09_p05_of_other_agencies_an_agency_reads_only_what_everybody_may() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let key = |agency: &str, private| Key {
            region_code: "652301".to_owned(),
            day: day_to_column(date(2026, 2, 3)),
            kind: Kind::Rated as i16,
            item_code: "item".to_owned(),
            stage: 1,
            reason: String::new(),
            agency_id: agency.to_owned(),
            line_id: "line".to_owned(),
            private,
        };
        let counts = [("own", false, 1), ("own", true, 2), ("other", false, 4), ("other", true, 8)];
        let counts = counts.into_iter().map(|(agency, private, n)| (key(agency, private), n));
        let txn = store.begin().await.unwrap();
        add(&txn, counts.collect()).await.unwrap();
        txn.commit().await.unwrap();
        let (from, to) = (date(2026, 2, 1), date(2026, 2, 28));
        for (reader, expected) in [(None, [12, 3]), (Some("own"), [4, 3])] {
            let query = Query { region: "652301", is_public: false, reader, from, to };
            let of = Of { item: None, words: Which::None };
            let mut told = sums(store.read(), &query, of, 9).await.unwrap();
            told.sort_by(|one, other| one.agency_id.cmp(&other.agency_id));
            assert_eq!(told.iter().map(|sum| sum.n).collect::<Vec<_>>(), expected);
        }
    }
}
