//! What was found true of units and staff.

use std::collections::BTreeMap;

use platform::database::{Txn, below, many};
use proto::publication::v1::FindingKind;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _,
    FromQueryResult, IntoActiveModel as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    QueryTrait as _, Select, sea_query::OnConflict,
};
use uuid::Uuid;

use crate::entity::finding::{self, Column};

/// Findings by what they come from.
pub(crate) async fn load(
    txn: &Txn,
    ids: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<finding::Model>, DbErr> {
    many::by_id::<finding::Entity>(txn, ids).await
}

/// Keeps findings; each replaces what was known of the same source.
pub(crate) async fn put(txn: &Txn, rows: Vec<finding::Model>) -> Result<(), DbErr> {
    for rows in rows.chunks(500) {
        let rows = rows.iter().cloned().map(|row| row.into_active_model().reset_all());
        let replaced = OnConflict::column(Column::Id)
            .update_columns([
                Column::Kind,
                Column::Subject,
                Column::SubjectId,
                Column::AgencyId,
                Column::RegionCode,
                Column::Day,
                Column::SignalKind,
                Column::Holds,
                Column::FactPosition,
            ])
            .to_owned();
        let insert = finding::Entity::insert_many(rows).on_conflict(replaced);
        insert.exec_without_returning(txn).await?;
    }
    Ok(())
}

/// Removes findings by what they come from.
pub(crate) async fn delete(txn: &Txn, ids: impl IntoIterator<Item = Uuid>) -> Result<(), DbErr> {
    let ids: Vec<Uuid> = ids.into_iter().collect();
    for ids in ids.chunks(500) {
        let these = Column::Id.is_in(ids.iter().copied());
        finding::Entity::delete_many().filter(these).exec(txn).await?;
    }
    Ok(())
}

/// The findings that facts of a producer after a position are about.
pub(crate) async fn after(
    txn: &Txn,
    of_intake: bool,
    after: i64,
) -> Result<Vec<finding::Model>, DbErr> {
    let faked = i32::from(FindingKind::FakedPraise);
    let of_producer = if of_intake { Column::Kind.eq(faked) } else { Column::Kind.ne(faked) };
    finding::Entity::find()
        .filter(of_producer)
        .filter(Column::FactPosition.gt(after))
        .order_by_asc(Column::Id)
        .all(txn)
        .await
}

/// Which findings to read.
#[derive(Clone, Debug, Default)]
pub(crate) struct FindingQuery {
    /// The officer's region, and those below it.
    pub(crate) region: String,
    /// Nobody reads those about themselves.
    pub(crate) reader: String,
    pub(crate) from: i32,
    pub(crate) to: i32,
    pub(crate) subject_id: Option<String>,
    pub(crate) agency_id: Option<String>,
    pub(crate) kind: Option<i16>,
    pub(crate) before: Option<(i32, Uuid)>,
    pub(crate) limit: u64,
}

/// The statement of a page, the newest day first.
fn list_of(query: &FindingQuery) -> Select<finding::Entity> {
    finding::Entity::find()
        .filter(Column::Holds.eq(true))
        .filter(below(Column::RegionCode, &query.region))
        .filter(Column::SubjectId.ne(&query.reader))
        .filter(Column::Day.between(query.from, query.to))
        .apply_if(query.subject_id.as_ref(), |rows, id| rows.filter(Column::SubjectId.eq(id)))
        .apply_if(query.agency_id.as_ref(), |rows, id| rows.filter(Column::AgencyId.eq(id)))
        .apply_if(query.kind, |rows, kind| rows.filter(Column::Kind.eq(kind)))
        .apply_if(query.before, |rows, (day, id)| {
            let same = Condition::all().add(Column::Day.eq(day)).add(Column::Id.lt(id));
            rows.filter(Condition::any().add(Column::Day.lt(day)).add(same))
        })
        .order_by_desc(Column::Day)
        .order_by_desc(Column::Id)
        .limit(query.limit)
}

/// A page of findings.
pub(crate) async fn list(
    connection: &impl ConnectionTrait,
    query: &FindingQuery,
) -> Result<Vec<finding::Model>, DbErr> {
    list_of(query).all(connection).await
}

/// How many kinds of findings can be verified; a transfer is none.
const VERIFIED_KINDS: u64 = 6;

/// Of which findings it is counted how many stand.
#[derive(Clone, Debug, Default)]
pub(crate) struct VerifiedQuery {
    /// This region, and those below it.
    pub(crate) region: String,
    /// Nobody reads those about themselves.
    pub(crate) reader: Option<String>,
    pub(crate) from: i32,
    pub(crate) to: i32,
    /// Only about these.
    pub(crate) subjects: Option<Vec<String>>,
    /// Only about those after this one, in the order of the store.
    pub(crate) after: Option<String>,
    pub(crate) subjects_at_most: Option<u64>,
}

/// What stands against one subject.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stands {
    /// A `pingyi.publication.v1.FindingSubject`: of several the most particular.
    pub(crate) subject: i16,
    /// How many, by kind.
    pub(crate) kinds: BTreeMap<i16, u64>,
}

#[derive(FromQueryResult)]
struct OfKind {
    subject_id: String,
    subject: i16,
    kind: i16,
    n: i64,
}

fn verified_of(query: &VerifiedQuery) -> Select<finding::Entity> {
    let transferred = i32::from(FindingKind::MisconductTransferred);
    finding::Entity::find()
        .select_only()
        .columns([Column::SubjectId, Column::Kind])
        .column_as(Column::Subject.max(), "subject")
        .column_as(Column::Id.count(), "n")
        .filter(Column::Holds.eq(true))
        .filter(Column::Kind.ne(transferred))
        .filter(Column::SubjectId.ne(""))
        .filter(below(Column::RegionCode, &query.region))
        .filter(Column::Day.between(query.from, query.to))
        .apply_if(query.reader.as_ref(), |rows, id| rows.filter(Column::SubjectId.ne(id)))
        .apply_if(query.subjects.as_ref(), |rows, ids| rows.filter(Column::SubjectId.is_in(ids)))
        .apply_if(query.after.as_ref(), |rows, id| rows.filter(Column::SubjectId.gt(id)))
        .group_by(Column::SubjectId)
        .group_by(Column::Kind)
        .order_by_asc(Column::SubjectId)
        .order_by_asc(Column::Kind)
        // So the first subjects are whole, each with all of its kinds.
        .apply_if(query.subjects_at_most, |rows, most| rows.limit(most * VERIFIED_KINDS))
}

/// What verified findings stand against whom, in the order of the store.
pub(crate) async fn verified(
    connection: &impl ConnectionTrait,
    query: &VerifiedQuery,
) -> Result<Vec<(String, Stands)>, DbErr> {
    let rows: Vec<OfKind> = verified_of(query).into_model().all(connection).await?;
    let mut all: Vec<(String, Stands)> = Vec::new();
    for OfKind { subject_id, subject, kind, n } in rows {
        if all.last().is_none_or(|(last, _)| *last != subject_id) {
            all.push((subject_id, Stands::default()));
        }
        let Some((_, stands)) = all.last_mut() else { continue };
        stands.subject = stands.subject.max(subject);
        stands.kinds.insert(kind, u64::try_from(n).unwrap_or_default());
    }
    let most = query.subjects_at_most.and_then(|most| usize::try_from(most).ok());
    all.truncate(most.unwrap_or(usize::MAX));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use platform::testing::{TestPlace, plan};

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn p07_findings_are_found_by_day_by_subject_and_by_agency_through_an_index() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let query = FindingQuery {
            region: "652301".to_owned(),
            from: 20_000,
            to: 20_090,
            limit: 51,
            ..FindingQuery::default()
        };
        let of_subject = FindingQuery { subject_id: Some("s".to_owned()), ..query.clone() };
        let of_agency = FindingQuery { agency_id: Some("a".to_owned()), ..query.clone() };
        for (query, index) in
            [(query, "finding_day"), (of_subject, "finding_subject"), (of_agency, "finding_agency")]
        {
            let found = plan(&store, list_of(&query).build(store.backend())).await;
            assert!(found.contains(index), "{index}: {found}");
        }
        let of_period = VerifiedQuery {
            region: "652301".to_owned(),
            from: 20_000,
            to: 20_090,
            ..VerifiedQuery::default()
        };
        let subjects = Some(vec!["s".to_owned(), "t".to_owned()]);
        let of_subjects = VerifiedQuery { subjects, ..of_period.clone() };
        for query in [of_period, of_subjects] {
            let found = plan(&store, verified_of(&query).build(store.backend())).await;
            assert!(found.contains("finding_"), "{found}");
        }
    }
}
