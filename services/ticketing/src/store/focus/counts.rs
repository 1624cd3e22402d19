//! Daily counts of effective ratings by object and level.

use std::collections::BTreeMap;

use domain::focus::Window;
use jiff::civil::{Date, date};
use platform::database::{
    Txn, below,
    many::{self, Column},
};
use proto::r#type::v1::FocusKind;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _,
    Select, sea_query::Expr,
};

use crate::entity::{focus_count, focus_rating};

/// The first of the two negative levels, as a column holds it.
const NEGATIVE: i16 = 4;
/// Day 0.
const EPOCH: Date = date(1970, 1, 1);

/// A row of counts, ordered by its key, so that two transactions that write some of the same rows
/// wait and do not block each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    kind: i16,
    region_code: String,
    day: i32,
    object_id: String,
    level: i16,
}

/// The changes of the counts by some ratings, summed in memory and written once.
#[derive(Debug, Default)]
pub(crate) struct Changes(BTreeMap<Key, i64>);

impl Changes {
    /// Adds `by` to the counts of a rating, which counts on `day`.
    pub(crate) fn add(&mut self, rating: &focus_rating::Model, day: Date, by: i64) {
        for (kind, object_id) in objects(rating) {
            let key = Key {
                kind: number(kind),
                region_code: rating.region_code.clone(),
                day: day_to_column(day),
                object_id,
                level: rating.level,
            };
            *self.0.entry(key).or_default() += by;
        }
    }

    /// Adds these changes to the counts.
    pub(crate) async fn write(self, txn: &Txn) -> Result<(), DbErr> {
        let (mut kinds, mut regions, mut days) = (Vec::new(), Vec::new(), Vec::new());
        let (mut ids, mut levels, mut ns) = (Vec::new(), Vec::new(), Vec::new());
        for (key, n) in self.0.into_iter().filter(|(_, n)| *n != 0) {
            kinds.push(key.kind);
            regions.push(key.region_code);
            days.push(key.day);
            ids.push(key.object_id);
            levels.push(key.level);
            ns.push(n);
        }
        let columns = vec![
            ("kind", Column::Small(kinds)),
            ("region_code", Column::Text(regions)),
            ("day", Column::Int(days)),
            ("object_id", Column::Text(ids)),
            ("level", Column::Small(levels)),
            ("n", Column::Big(ns)),
        ];
        let add = "ON CONFLICT (kind, region_code, day, object_id, level) \
                   DO UPDATE SET n = focus_count.n + excluded.n";
        many::insert(txn, "focus_count", columns, add).await
    }
}

/// What a rating counts under. A reason counts at its item, and only of negative ratings.
fn objects(rating: &focus_rating::Model) -> Vec<(FocusKind, String)> {
    let own = [
        (FocusKind::Region, &rating.region_code),
        (FocusKind::Agency, &rating.agency_id),
        (FocusKind::Staff, &rating.staff_id),
        (FocusKind::Line, &rating.line_id),
        (FocusKind::Item, &rating.item_code),
    ];
    let own = own.into_iter().filter(|(_, id)| !id.is_empty());
    let mut objects: Vec<_> = own.map(|(kind, id)| (kind, id.clone())).collect();
    if rating.level >= NEGATIVE && !rating.item_code.is_empty() {
        let at_item = |tag| (FocusKind::ItemTag, format!("{} {tag}", rating.item_code));
        objects.extend(rating.tags.split_whitespace().map(at_item));
    }
    objects
}

/// How many effective ratings of each level each object of a kind had, in a region and below it.
pub(crate) async fn by_object(
    connection: &impl ConnectionTrait,
    kind: FocusKind,
    region: &str,
    window: Window,
) -> Result<BTreeMap<String, [u64; 5]>, DbErr> {
    let mut objects: BTreeMap<String, [u64; 5]> = BTreeMap::new();
    for (object_id, level, n) in
        of_window(kind, region, window).into_tuple::<(String, i16, i64)>().all(connection).await?
    {
        let level = usize::try_from(level - 1).unwrap_or_default();
        let counts = objects.entry(object_id).or_default();
        if let Some(count) = counts.get_mut(level) {
            *count += u64::try_from(n).unwrap_or_default();
        }
    }
    objects.retain(|_, counts| counts.iter().any(|n| *n > 0));
    Ok(objects)
}

fn of_window(kind: FocusKind, region: &str, window: Window) -> Select<focus_count::Entity> {
    let days = (day_to_column(window.from), day_to_column(window.until));
    focus_count::Entity::find()
        .select_only()
        .column(focus_count::Column::ObjectId)
        .column(focus_count::Column::Level)
        .column_as(Expr::cust("CAST(SUM(n) AS bigint)"), "n")
        .filter(focus_count::Column::Kind.eq(number(kind)))
        .filter(below(focus_count::Column::RegionCode, region))
        .filter(focus_count::Column::Day.between(days.0, days.1))
        .group_by(focus_count::Column::ObjectId)
        .group_by(focus_count::Column::Level)
}

/// Removes every count.
pub(crate) async fn delete_all(txn: &Txn) -> Result<(), DbErr> {
    focus_count::Entity::delete_many().exec(txn).await?;
    Ok(())
}

/// A kind as a column holds it.
pub(crate) fn number(kind: FocusKind) -> i16 {
    i16::try_from(i32::from(kind)).unwrap_or_default()
}

/// A day as a column holds it.
pub(crate) fn day_to_column(day: Date) -> i32 {
    i32::try_from(day.duration_since(EPOCH).as_hours() / 24).unwrap_or_default()
}

/// A day of a column.
pub(crate) fn day_of_column(day: i32) -> Date {
    EPOCH.saturating_add(jiff::Span::new().days(day))
}

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};

    use sea_orm::QueryTrait as _;

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn t12_the_counts_of_a_window_are_found_by_the_key() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let window = Window::ending_on(date(2026, 3, 31));
        let asked = of_window(FocusKind::Staff, "652301", window).build(store.backend());
        let found = plan(&store, asked).await;
        let key = ["focus_count_pkey", "sqlite_autoindex_focus_count", "PRIMARY KEY"];
        assert!(key.iter().any(|key| found.contains(key)), "{found}");
    }

    #[test]
    fn days_count_from_1970() {
        assert_eq!(day_to_column(date(1970, 1, 2)), 1);
        assert_eq!(day_to_column(date(2026, 3, 2)), 20_514);
        assert_eq!(day_of_column(20_514), date(2026, 3, 2));
    }
}
