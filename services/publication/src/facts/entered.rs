//! Which private ratings have entered the figures, and how, is decided once (see `private`): when
//! everything is folded again, it is taken over from the store that serves, and not decided anew.
//! Otherwise the difference of the two figures would tell single ratings apart.

use std::collections::{BTreeSet, HashMap};

use platform::database::{Store, Txn};
use prost::Message as _;
use proto::r#type::v1::ServiceAct;
use sea_orm::DbErr;
use uuid::Uuid;

use super::{known_acts::Acts, private, reading::served_on, standing::Standing, ticket_counts};
use crate::{
    entity::{rating, ticket},
    store::{self, statistics::sums::Sums},
};

/// Who decides which private ratings enter.
pub(super) enum Entering {
    /// This fold.
    Decided,
    /// It was decided in this store.
    AsIn(Store),
}

impl Entering {
    /// Lets private ratings enter the figures, of the acts that just changed.
    pub(super) async fn enter(
        &self,
        txn: &Txn,
        acts: &mut Acts,
        sums: &mut Sums,
    ) -> Result<(), DbErr> {
        let serving = match self {
            Self::Decided => return private::enter(txn, acts, sums).await,
            Self::AsIn(serving) => serving,
        };
        let rows = acts.changed.iter().filter_map(|id| acts.rows.get(id));
        let lacking = rows.filter(|row| row.private && row.counted.is_empty());
        let lacking: Vec<Uuid> = lacking.map(|row| row.id).collect();
        let there = store::statistics::acts::entered(serving.read(), lacking.clone()).await?;
        for id in store::statistics::acts::looked_at(serving.read(), lacking).await? {
            let Some(row) = acts.rows.get_mut(&id).filter(|row| !row.looked) else { continue };
            row.looked = true;
            acts.changed.insert(id);
        }
        take_over(txn, acts, &there, sums).await
    }

    /// Counts tickets that wait where those of entered ratings follow.
    pub(super) async fn follow<'a>(
        &self,
        rows: impl Iterator<Item = &'a mut ticket::Model>,
        sums: &mut Sums,
    ) -> Result<(), DbErr> {
        let Self::AsIn(serving) = self else { return Ok(()) };
        let mut waiting: Vec<&mut ticket::Model> = rows.filter(|row| row.waits).collect();
        let ids: Vec<Uuid> = waiting.iter().map(|row| row.id).collect();
        let there = store::disclosure::followed(serving.read(), ids).await?;
        for row in &mut waiting {
            if let Some(followed) = there.get(&row.id) {
                follow(row, followed, sums)?;
            }
        }
        Ok(())
    }
}

fn follow(row: &mut ticket::Model, followed: &ticket::Model, sums: &mut Sums) -> Result<(), DbErr> {
    row.waits = false;
    row.act.clone_from(&followed.act);
    row.counted_on = followed.counted_on;
    ticket_counts::count(row, 1, sums).map_err(|why| DbErr::Type(why.to_string()))
}

/// Counts acts in the form in which they entered elsewhere.
async fn take_over(
    txn: &Txn,
    acts: &mut Acts,
    there: &HashMap<Uuid, Vec<u8>>,
    sums: &mut Sums,
) -> Result<(), DbErr> {
    if there.is_empty() {
        return Ok(());
    }
    let ids: BTreeSet<Uuid> = there.keys().copied().collect();
    for rating in store::statistics::exclusions::ratings_of(txn, &ids).await? {
        acts.ratings.entry(rating.id).or_insert(rating);
    }
    let mut ratings: HashMap<Uuid, Vec<&rating::Model>> = HashMap::new();
    for rating in acts.ratings.values().filter(|rating| there.contains_key(&rating.act_id)) {
        ratings.entry(rating.act_id).or_default().push(rating);
    }
    let none = std::collections::HashSet::new();
    for (id, counted) in there {
        let Some(row) = acts.rows.get_mut(id) else { continue };
        let act = ServiceAct::decode(row.act.as_slice());
        let act = act.map_err(|error| DbErr::Type(format!("act {id}: {error}")))?;
        let offered_on = served_on(&act).map_err(|why| DbErr::Type(format!("act {id}: {why}")))?;
        let offered_on = Some(offered_on).filter(|_| row.offered);
        let excluded = acts.excluded.get(id).unwrap_or(&none);
        let of = ratings.get(id).map(Vec::as_slice).unwrap_or_default();
        let was = Standing::of(row, &act, of.iter().copied(), excluded)?;
        row.counted.clone_from(counted);
        let is = Standing::of(row, &act, of.iter().copied(), excluded)?;
        was.count(&act, offered_on, sums, -1);
        is.count(&act, offered_on, sums, 1);
        (row.effective, row.waits) = (is.effective, is.waits);
        acts.changed.insert(*id);
    }
    Ok(())
}

/// What entered in the store that serves, and waits in the one beside it.
pub(crate) struct Late {
    acts: HashMap<Uuid, Vec<u8>>,
    looked: BTreeSet<Uuid>,
    tickets: HashMap<Uuid, ticket::Model>,
}

/// Looks for what entered while the other store was folded: that store waits for it. Nothing enters
/// before the serving transaction ends.
pub(crate) async fn late(serving: &Txn, beside: &Store) -> Result<Late, DbErr> {
    let waiting = store::statistics::acts::all_waiting(beside.read()).await?;
    let acts = store::statistics::acts::entered(serving, waiting.clone()).await?;
    let looked = store::statistics::acts::looked_at(serving, waiting).await?;
    let waiting = store::disclosure::all_waiting(beside.read()).await?;
    Ok(Late { acts, looked, tickets: store::disclosure::followed(serving, waiting).await? })
}

/// Lets it enter, in the tables that have taken the others' place.
pub(crate) async fn enter_late(txn: &Txn, late: Late) -> Result<(), DbErr> {
    let mut sums = Sums::default();
    let ids = late.acts.keys().chain(&late.looked).copied();
    let mut acts = Acts::load_whole(txn, ids.collect()).await?;
    for id in late.looked {
        let Some(row) = acts.rows.get_mut(&id).filter(|row| !row.looked) else { continue };
        row.looked = true;
        acts.changed.insert(id);
    }
    take_over(txn, &mut acts, &late.acts, &mut sums).await?;
    acts.write(txn, &mut sums).await?;
    let ids: Vec<Uuid> = late.tickets.keys().copied().collect();
    let mut rows = store::disclosure::load(txn, ids).await?;
    for row in &mut rows {
        if let Some(followed) = late.tickets.get(&row.id) {
            follow(row, followed, &mut sums)?;
        }
    }
    store::disclosure::put(txn, rows).await?;
    sums.write(txn).await
}
