//! The acts that a phone was invited to rate, and the signs that separate them in replies.

use std::collections::{HashMap, HashSet};

use domain::reply::FIRST_SIGN;
use platform::database::Store;
use proto::intake::v1::MessageState;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, DbErr, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _, Select, sea_query::OnConflict,
};
use uuid::Uuid;

use crate::{
    convert::to_column,
    entity::{case_file, message, rating, reply_sign, service_act},
};

/// How many acts of one phone are read, the newest first.
const ACTS: u64 = 200;

/// How often to give another sign when somebody else took it first.
const ATTEMPTS: u32 = 12;

/// An act that a phone can be invited to rate.
#[derive(Clone, Debug)]
pub(crate) struct InvitedAct {
    pub(crate) act: service_act::Model,
    /// When a message about it was last sent from here; none if never.
    pub(crate) sent_at: Option<i64>,
    /// Whether one is about to be sent.
    pub(crate) due: bool,
    pub(crate) rated: bool,
    pub(crate) sign: Option<u32>,
}

/// The acts of a phone that are open at `at`, or were after `since`: the newest first.
pub(crate) async fn of_phone(
    store: &Store,
    phone_index: &[u8],
    since: i64,
    at: i64,
) -> Result<Vec<InvitedAct>, DbErr> {
    let acts = acts_of(phone_index, since).all(store.read()).await?;
    if acts.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = acts.iter().map(|act| act.id).collect();
    let messages = messages_of(&ids, at).all(store.read()).await?;
    let mut sent: HashMap<Uuid, i64> = HashMap::new();
    let mut due = HashSet::new();
    for message in messages {
        match message.sent_at {
            None => drop(due.insert(message.act_id)),
            Some(sent_at) => {
                let last = sent.entry(message.act_id).or_insert(sent_at);
                *last = sent_at.max(*last);
            }
        }
    }
    let rated: Vec<Uuid> = rating::Entity::find()
        .select_only()
        .column(rating::Column::ActId)
        .distinct()
        .filter(rating::Column::ActId.is_in(ids.iter().copied()))
        .into_tuple()
        .all(store.read())
        .await?;
    let rated: HashSet<Uuid> = rated.into_iter().collect();
    let signs = reply_sign::Entity::find()
        .filter(reply_sign::Column::ActId.is_in(ids))
        .all(store.read())
        .await?;
    let signs: HashMap<Uuid, u32> = signs
        .into_iter()
        .filter_map(|row| Some((row.act_id, u32::try_from(row.sign).ok()?)))
        .collect();
    let invited = |act: service_act::Model| InvitedAct {
        sent_at: sent.get(&act.id).copied(),
        due: due.contains(&act.id),
        rated: rated.contains(&act.id),
        sign: signs.get(&act.id).copied(),
        act,
    };
    Ok(acts.into_iter().map(invited).collect())
}

pub(crate) fn acts_of(phone_index: &[u8], since: i64) -> Select<service_act::Entity> {
    let closes_at = service_act::Column::ClosesAt;
    service_act::Entity::find()
        .filter(service_act::Column::PhoneIndex.eq(phone_index))
        .filter(service_act::Column::Offered.eq(true))
        .filter(Condition::any().add(closes_at.is_null()).add(closes_at.gt(since)))
        .order_by_desc(service_act::Column::ServedAt)
        .order_by_desc(service_act::Column::Id)
        .limit(ACTS)
}

/// The messages about some acts that were sent, or are due at `at`.
pub(crate) fn messages_of(acts: &[Uuid], at: i64) -> Select<message::Entity> {
    let waiting = Condition::all()
        .add(message::Column::State.eq(to_column(MessageState::Waiting)))
        .add(message::Column::DueAt.lte(at));
    let sent = message::Column::State.eq(to_column(MessageState::Sent));
    message::Entity::find()
        .filter(message::Column::ActId.is_in(acts.iter().copied()))
        .filter(Condition::any().add(sent).add(waiting))
}

/// The act of a case that the hotline asks about: the last one opened for this phone; of several at
/// one time that of the last stage.
pub(crate) async fn of_case(
    store: &Store,
    phone_index: &[u8],
    project_number: &str,
) -> Result<Option<service_act::Model>, DbErr> {
    let cases = case_file::Entity::find()
        .select_only()
        .column(case_file::Column::Id)
        .filter(case_file::Column::ProjectNumber.eq(project_number))
        .into_query();
    service_act::Entity::find()
        .filter(service_act::Column::PhoneIndex.eq(phone_index))
        .filter(service_act::Column::CaseId.in_subquery(cases))
        .filter(service_act::Column::Offered.eq(true))
        .order_by_desc(service_act::Column::ServedAt)
        .order_by_desc(service_act::Column::Stage)
        .order_by_desc(service_act::Column::Id)
        .one(store.read())
        .await
}

/// The sign of an act, if its phone got one.
pub(crate) async fn known_sign(store: &Store, act_id: Uuid) -> Result<Option<u32>, DbErr> {
    let own = reply_sign::Entity::find().filter(reply_sign::Column::ActId.eq(act_id));
    Ok(own.one(store.read()).await?.map(|row| row.sign.unsigned_abs()))
}

/// The sign of an act of a phone: its own, or the next that the phone never got.
pub(crate) async fn sign(store: &Store, phone_index: &[u8], act_id: Uuid) -> Result<u32, DbErr> {
    let own = reply_sign::Entity::find().filter(reply_sign::Column::ActId.eq(act_id));
    for attempt in 0..ATTEMPTS {
        if let Some(row) = own.clone().one(store.write()).await? {
            return Ok(row.sign.unsigned_abs());
        }
        let last: Option<i32> = reply_sign::Entity::find()
            .select_only()
            .column(reply_sign::Column::Sign)
            .filter(reply_sign::Column::PhoneIndex.eq(phone_index))
            .order_by_desc(reply_sign::Column::Sign)
            .into_tuple()
            .one(store.write())
            .await?;
        let first = i32::try_from(FIRST_SIGN).unwrap_or(i32::MAX);
        let next = last.map_or(first, |last| last.saturating_add(1));
        // If many ask at once, each moves further each time, by the random end of the act's id.
        let aside = act_id.as_u128() % (1 << attempt);
        let row = reply_sign::ActiveModel {
            phone_index: Set(phone_index.to_vec()),
            sign: Set(next.saturating_add(i32::try_from(aside).unwrap_or_default())),
            act_id: Set(act_id),
        };
        // The next look shows who was faster, for this act or for another one.
        let kept = OnConflict::new().do_nothing().to_owned();
        let insert = reply_sign::Entity::insert(row).on_conflict(kept);
        insert.exec_without_returning(store.write()).await?;
    }
    Err(DbErr::RecordNotInserted)
}
