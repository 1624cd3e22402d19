//! What is kept of the catalog's facts, and taken back when they are in no history any more.

use domain::item::Item;
use jiff::Timestamp;
use prost::Message as _;
use proto::{
    fact::v1::{Fact, TerminalStopped, fact::Body},
    r#type::v1::TerminalStopReason,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, sea_query::OnConflict,
};

use super::{
    AGENCY, CALENDAR, ITEM, PROFILE, Reference, STOP, Snapshot, TAG_LIST, TERMINAL, UNIT, items,
    read,
};
use crate::{
    auth::revocation::{self, Revocation, Revoked},
    convert::instant_of,
    database::{Store, Txn},
    facts::{consume::Obstacle, entity::reference, history::Place, place_of},
};

/// How many facts one statement keeps.
const ROWS: usize = 500;

impl Reference {
    /// Applies facts of the catalog; it leaves out those that nobody could read later.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn apply(txn: &Txn, facts: &[Fact]) -> Result<Vec<(u64, Obstacle)>, DbErr> {
        let (mut rows, mut left) = (Vec::new(), Vec::new());
        for fact in facts {
            match row(fact) {
                Ok(row) => rows.extend(row),
                Err(why) => left.push((fact.position, Obstacle::Broken(why))),
            }
        }
        for rows in rows.chunks(ROWS) {
            let key = [reference::Column::Kind, reference::Column::Key, reference::Column::Version];
            let once = OnConflict::columns(key).do_nothing().to_owned();
            reference::Entity::insert_many(rows.to_vec())
                .on_conflict(once)
                .exec_without_returning(txn)
                .await?;
        }
        // What was signed for a stopped terminal is refused here, too, as soon as this is committed.
        for fact in facts {
            let Some(revocation) = fact.body.as_ref().and_then(stopped) else { continue };
            let known = revocation::when(txn, &revocation.what).await?;
            // An operator may have revoked more since.
            if known.is_none_or(|known| known < revocation.at) {
                revocation::put(txn, &revocation).await?;
            }
        }
        Ok(left)
    }

    /// The next items that a store knows, in the order of their codes, each in its current version with
    /// the position of its fact; fewer than `limit` at the end.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn items_after(
        connection: &impl ConnectionTrait,
        code: &str,
        limit: u64,
    ) -> Result<Vec<(i64, Item)>, DbErr> {
        items::after(connection, code, limit).await
    }

    /// Some items, each in its current version with the position of its fact; an unknown one is not
    /// there.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn items_of(
        connection: &impl ConnectionTrait,
        codes: &[String],
    ) -> Result<Vec<(i64, Item)>, DbErr> {
        items::of(connection, codes).await
    }

    /// The items that facts after a position tell: every version with its position, in that order.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn items_told_after(
        connection: &impl ConnectionTrait,
        position: i64,
    ) -> Result<Vec<(i64, Item)>, DbErr> {
        items::told_after(connection, position).await
    }

    /// The last fact of the catalog, at this position or before, that is kept here.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn last_trace(store: &Store, up_to: i64) -> Result<Option<Place>, DbErr> {
        let row = reference::Entity::find()
            .filter(reference::Column::Position.lte(up_to))
            .order_by_desc(reference::Column::Position)
            .limit(1)
            .one(store.read())
            .await?;
        let place = row.map(|row| read(&row).map(|fact| place_of(&fact))).transpose()?;
        Ok(place.filter(|place| place.position <= up_to))
    }

    /// Takes back what facts of the catalog after a position brought; returns the keys of item
    /// versions among it. The position comes from the fact itself: rows of an older version may
    /// lack it in the column.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn forget(txn: &Txn, after: i64) -> Result<Vec<(String, i64)>, DbErr> {
        let mut items = Vec::new();
        let later = reference::Column::Position.gt(after);
        for row in reference::Entity::find().filter(later).all(txn).await? {
            if place_of(&read(&row)?).position <= after {
                continue;
            }
            let key = (row.kind, row.key.clone(), row.version);
            reference::Entity::delete_by_id(key).exec(txn).await?;
            match row.kind {
                ITEM => items.push((row.key, row.version)),
                STOP => start_again(txn, &row).await?,
                _ => {}
            }
        }
        Ok(items)
    }
}

/// What a stopped terminal is refused from then on; nothing for other facts.
fn stopped(body: &Body) -> Option<Revocation> {
    let Body::TerminalStopped(stopped) = body else { return None };
    // One that ended by itself is refused by its end.
    if stopped.reason() == TerminalStopReason::Expired {
        return None;
    }
    let what = Revoked::Caller(stopped.terminal_id.clone());
    let at = instant_of(stopped.stopped_at.as_ref()).ok()?;
    Some(Revocation { what, at, until: Timestamp::MAX })
}

/// A terminal was stopped in no history: what stopped it before counts again, or nothing does.
async fn start_again(txn: &Txn, row: &reference::Model) -> Result<(), DbErr> {
    let stop = |row: &reference::Model| -> Result<Option<Revocation>, DbErr> {
        Ok(read(row)?.body.as_ref().and_then(stopped))
    };
    let Some(Revocation { what, at, .. }) = stop(row)? else { return Ok(()) };
    if !revocation::take_back(txn, &what, at).await? {
        return Ok(());
    }
    let before = reference::Entity::find()
        .filter(reference::Column::Kind.eq(STOP))
        .filter(reference::Column::Key.eq(row.key.clone()))
        .order_by_desc(reference::Column::Version)
        .one(txn)
        .await?;
    match before.map(|row| stop(&row)).transpose()?.flatten() {
        Some(before) => revocation::put(txn, &before).await,
        None => Ok(()),
    }
}

/// What is kept of a fact; nothing if the fact is about something else.
fn row(fact: &Fact) -> Result<Option<reference::ActiveModel>, String> {
    let position = i64::try_from(fact.position).unwrap_or(i64::MAX);
    let Some(body) = &fact.body else { return Ok(None) };
    let (kind, key, version) = match body {
        Body::ItemPublished(item) => (ITEM, item.item_code.clone(), item.version.into()),
        Body::AgencyPublished(agency) => (AGENCY, agency.agency_id.clone(), position),
        Body::TerminalPublished(terminal) => (TERMINAL, terminal.terminal_id.clone(), position),
        // Each region that names a template has its own publication of it.
        Body::ProfilePublished(profile) => (
            PROFILE,
            format!("{}@{}", profile.profile_id, profile.region_code),
            profile.version.into(),
        ),
        Body::CalendarPublished(_) => (CALENDAR, String::new(), position),
        Body::TagListPublished(_) => (TAG_LIST, String::new(), position),
        Body::UnitPublished(unit) => (UNIT, unit.unit_id.clone(), position),
        Body::TerminalStopped(TerminalStopped { terminal_id, stopped_at, .. }) => {
            instant_of(stopped_at.as_ref()).map_err(|_| "does not say when".to_owned())?;
            (STOP, terminal_id.clone(), position)
        }
        _ => return Ok(None),
    };
    match body {
        Body::TerminalStopped(_) => {}
        Body::ItemPublished(published) => items::decode(published).map(|_| ())?,
        body => Snapshot::default().learn_at(position, body.clone())?,
    }
    Ok(Some(reference::ActiveModel {
        kind: Set(kind),
        key: Set(key),
        version: Set(version),
        position: Set(position),
        body: Set(fact.encode_to_vec()),
    }))
}

#[cfg(test)]
mod tests {
    use sea_orm_migration::prelude::{MigrationTrait, MigratorTrait, async_trait};

    use super::*;
    use crate::{
        convert::to_wire,
        facts::{identity, migration, reference_position},
        testing::{TERMINALS, TestPlace},
    };

    struct House;

    #[async_trait::async_trait]
    impl MigratorTrait for House {
        fn migrations() -> Vec<Box<dyn MigrationTrait>> {
            vec![
                Box::new(migration::Migration),
                Box::new(reference_position::Migration),
                Box::new(identity::Migration),
                Box::new(revocation::migration::Migration),
            ]
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn stopped(position: u64, second: i64, reason: TerminalStopReason) -> Fact {
        let stopped = TerminalStopped {
            terminal_id: TERMINALS[0].to_owned(),
            stopped_at: Some(to_wire(at(second))),
            reason: reason.into(),
        };
        Fact { position, body: Some(Body::TerminalStopped(stopped)), ..Fact::default() }
    }

    /// Applies facts, and says until when the terminal is refused.
    async fn applied(store: &Store, facts: &[Fact]) -> Option<Timestamp> {
        let txn = store.begin().await.unwrap();
        assert!(Reference::apply(&txn, facts).await.unwrap().is_empty());
        txn.commit().await.unwrap();
        refused(store).await
    }

    async fn refused(store: &Store) -> Option<Timestamp> {
        let what = Revoked::Caller(TERMINALS[0].to_owned());
        revocation::when(store.read(), &what).await.unwrap()
    }

    async fn forgotten(store: &Store, after: i64) -> Option<Timestamp> {
        let txn = store.begin().await.unwrap();
        assert!(Reference::forget(&txn, after).await.unwrap().is_empty());
        txn.commit().await.unwrap();
        refused(store).await
    }

    #[tokio::test]
    async fn s04_a_terminal_stopped_in_the_catalog_is_refused_by_every_service_and_only_in_its_history()
     {
        let place = TestPlace::new().await;
        let store = place.store::<House>("intake").await;
        let lost = TerminalStopReason::Lost;
        // One that ended by itself is refused by its end.
        let ended = stopped(1, 5, TerminalStopReason::Expired);
        assert_eq!(applied(&store, &[ended]).await, None);
        assert_eq!(applied(&store, &[stopped(2, 10, lost)]).await, Some(at(10)));
        let replaced = stopped(3, 20, TerminalStopReason::Replaced);
        assert_eq!(applied(&store, &[replaced, stopped(4, 30, lost)]).await, Some(at(30)));
        assert_eq!(applied(&store, &[stopped(4, 30, lost)]).await, Some(at(30)), "told again");
        // After a failover the last two are in no history: the first one stands.
        assert_eq!(forgotten(&store, 2).await, Some(at(10)));
        // What an operator revoked since is neither undone by a late fact nor taken back.
        let what = Revoked::Caller(TERMINALS[0].to_owned());
        let by_hand = Revocation { what, at: at(100), until: Timestamp::MAX };
        revocation::revoke(&store, &by_hand).await.unwrap();
        assert_eq!(applied(&store, &[stopped(3, 40, lost)]).await, Some(at(100)));
        assert_eq!(forgotten(&store, 0).await, Some(at(100)));
    }

    #[tokio::test]
    async fn s04_of_a_stop_in_no_history_nothing_is_left() {
        let place = TestPlace::new().await;
        let store = place.store::<House>("intake").await;
        let lost = stopped(1, 10, TerminalStopReason::Lost);
        assert_eq!(applied(&store, &[lost]).await, Some(at(10)));
        assert_eq!(forgotten(&store, 0).await, None);
        let mut silent = stopped(1, 10, TerminalStopReason::Lost);
        if let Some(Body::TerminalStopped(stopped)) = &mut silent.body {
            stopped.stopped_at = None;
        }
        let txn = store.begin().await.unwrap();
        let left = Reference::apply(&txn, &[silent]).await.unwrap();
        assert!(matches!(&left[..], [(1, Obstacle::Broken(_))]), "{left:?}");
    }
}
