//! The values of a dimension, found without reading every day of each: from one value to the next
//! along the figures' key. It takes as long as there are values, however many days are kept.

use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, ExprTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
    sea_query::{
        CommonTableExpression, Expr, Order, Query, SelectStatement, UnionType, WithClause,
        WithQuery,
    },
};

use crate::entity::tally::{Column, Entity};

/// The table of the values that were come to.
const MET: &str = "met";
const KEY: &str = "key";

/// Where values come from.
pub(crate) enum Among {
    /// The key itself, where it is so.
    Key(Condition),
    /// Those that a statement tells.
    Told(Box<SelectStatement>),
}

/// Which values are looked for.
pub(crate) struct Walk {
    /// The number in the column of dimensions.
    pub(crate) dimension: i16,
    pub(crate) among: Among,
    /// Values after this one; empty for all.
    pub(crate) after: String,
    /// What one of their rows must be.
    pub(crate) holding: Condition,
    /// How many at most; none for all.
    pub(crate) limit: Option<u64>,
}

impl Walk {
    /// The values, in order.
    pub(crate) async fn keys(
        &self,
        connection: &impl ConnectionTrait,
    ) -> Result<Vec<String>, DbErr> {
        let rows = connection.query_all(&self.query()).await?;
        rows.iter().map(|row| row.try_get("", KEY)).collect()
    }

    pub(super) fn query(&self) -> WithQuery {
        let is_there = || Expr::col((MET, KEY)).is_not_null();
        let (met, is_walk) = match &self.among {
            Among::Told(told) => (*told.clone(), false),
            Among::Key(among) => {
                let mut met = Query::select();
                let first = self.next(among, Expr::val(self.after.as_str()));
                met.expr_as(Expr::from(first), KEY);
                let mut further = Query::select();
                let next = self.next(among, Expr::col((MET, KEY)));
                further.expr_as(Expr::from(next), KEY).from(MET).and_where(is_there());
                met.union(UnionType::All, further);
                (met, true)
            }
        };
        let mut met_as = CommonTableExpression::new();
        met_as.table_name(MET).column(KEY).query(met);
        let mut with = WithClause::new();
        with.recursive(is_walk).cte(met_as);

        let of = Column::Dimension.eq(self.dimension);
        let row = Entity::find().select_only().column(Column::Day).filter(of);
        let row = row.filter(Expr::col(Column::Key.as_column_ref()).eq(Expr::col((MET, KEY))));
        // One row's day, and not whether any exists: of that a planner may make a join, which keeps neither
        // the order nor the early end.
        let row = row.filter(self.holding.clone()).limit(1).into_query();
        let holds = Expr::from(row).is_not_null();
        let mut holding = Query::select();
        holding.column((MET, KEY)).from(MET).and_where(is_there()).and_where(holds);
        if !is_walk {
            let after = Expr::col((MET, KEY)).gt(self.after.as_str());
            holding.and_where(after).order_by((MET, KEY), Order::Asc);
        }
        if let Some(limit) = self.limit {
            // A walk ends there: they come in the order in which they are met.
            holding.limit(limit);
        }
        holding.with(with)
    }

    /// The first value after one.
    fn next(&self, among: &Condition, after: Expr) -> SelectStatement {
        Entity::find()
            .select_only()
            .column(Column::Key)
            .filter(Column::Dimension.eq(self.dimension))
            .filter(among.clone())
            .filter(Expr::col(Column::Key.as_column_ref()).gt(after))
            .order_by_asc(Column::Key)
            .limit(1)
            .into_query()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use platform::{
        database::below,
        testing::{TestPlace, plan},
    };
    use sea_orm::DbBackend;

    use super::*;
    use crate::{
        Migrator, NAME,
        entity::column::{column, day_to_column},
        store::statistics::{
            measures::Measure,
            sums::{Count, Sums},
        },
    };
    use proto::{publication::v1::Dimension, r#type::v1::ServiceAct};

    fn walk(holding: Condition) -> Walk {
        let among = Among::Key(below(Column::Key, "652301"));
        let (dimension, after) = (column(Dimension::Agency.into()), String::new());
        Walk { dimension, among, after, holding, limit: None }
    }

    #[tokio::test]
    async fn p03_the_values_of_a_dimension_are_walked_along_the_key() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let holding = Condition::all().add(Column::Day.between(20_000, 20_029));
        let found = plan(&store, store.backend().build(&walk(holding).query())).await;
        let whole = match store.backend() {
            DbBackend::Postgres => "Seq Scan",
            _ => "SCAN tally",
        };
        assert!(!found.contains(whole), "{found}");
    }

    #[tokio::test]
    async fn p03_every_value_is_met_once_in_order_after_the_last_and_as_far_as_it_has_such_rows() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let (early, late) = ("2026-01-05".parse().unwrap(), "2026-03-05".parse().unwrap());
        let mut sums = Sums::default();
        let agencies = ["652301-a02", "652301-a10", "652301-a01", "652302-a01", "652301-b"];
        for (n, agency) in agencies.into_iter().enumerate() {
            let act = ServiceAct { agency_id: agency.to_owned(), ..ServiceAct::default() };
            let days: &[_] = if n == 1 { &[early] } else { &[early, late] };
            for day in days {
                sums.add(&act, Count::of(*day, Measure::Offered), 1);
            }
        }
        let txn = store.begin().await.unwrap();
        sums.write(&txn).await.unwrap();
        txn.commit().await.unwrap();

        let day = day_to_column(late);
        let since = || Condition::all().add(Column::Day.gte(day));
        let of = async |walk: Walk| walk.keys(store.read()).await.unwrap();
        assert_eq!(of(walk(since())).await, ["652301-a01", "652301-a02", "652301-b"]);
        let ever = of(walk(Condition::all())).await;
        assert_eq!(ever, ["652301-a01", "652301-a02", "652301-a10", "652301-b"]);
        let after = |after: &str, limit| Walk { after: after.to_owned(), limit, ..walk(since()) };
        assert_eq!(of(after("652301-a01", Some(1))).await, ["652301-a02"]);
        assert_eq!(of(after("652301-b", None)).await, Vec::<String>::new());
        let all = Walk { among: Among::Key(Condition::all()), ..walk(Condition::all()) };
        let expected: BTreeSet<&str> = agencies.into_iter().collect();
        assert_eq!(of(all).await, expected.into_iter().collect::<Vec<_>>());
        let told = || {
            let some = Column::Key.is_in(["652301-b", "652301-a10", "652301-a01"]);
            let rows = Entity::find().select_only().column(Column::Key).distinct().filter(some);
            Among::Told(Box::new(rows.into_query()))
        };
        let of_told = Walk { among: told(), ..after("", None) };
        assert_eq!(of(of_told).await, ["652301-a01", "652301-b"], "without rows of the days");
        let further = Walk { among: told(), ..after("652301-a01", Some(1)) };
        assert_eq!(of(further).await, ["652301-b"]);
    }
}
