//! The service acts that ratings refer to.

use std::{collections::HashMap, sync::Arc};

use domain::{id::ActId, rating::ServiceAct};
use platform::{database::Store, hot::Hot, status::Failure};
use sea_orm::{ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use uuid::Uuid;

use crate::{convert::case::act_from_row, entity::service_act};

/// Acts that were shown or rated lately. An act is frozen, so acts that raters were just shown need
/// not be read again when they rate.
#[derive(Clone, Debug, Default)]
pub(crate) struct Acts(Arc<Hot<Uuid, service_act::Model>>);

impl Acts {
    /// Acts by id, read from the store if they are not cached. Left out are the derivations of the
    /// window, which are long, and the due date of the default rating, which is not frozen.
    ///
    /// A notice may have made a provisional window longer since an act was cached. So it is read
    /// again if it is provisional and was closed at `at`: nobody is refused by a former window.
    pub(crate) async fn by_id(
        &self,
        store: &Store,
        ids: impl IntoIterator<Item = Uuid>,
        at: i64,
    ) -> Result<HashMap<Uuid, Arc<service_act::Model>>, DbErr> {
        let mut acts = HashMap::new();
        let mut others = Vec::new();
        let lasts = |act: &Arc<service_act::Model>| {
            !act.provisional || act.closes_at.is_none_or(|closes_at| closes_at > at)
        };
        for id in ids {
            match self.0.get(&id).filter(lasts) {
                Some(act) => drop(acts.insert(id, act)),
                None => others.push(id),
            }
        }
        if let Some(last) = others.last().copied() {
            // Few different statements, however many ids: the database soon knows them all.
            others.resize(others.len().next_power_of_two(), last);
            let others = service_act::Column::Id.is_in(others);
            for act in service_act::Entity::find().filter(others).all(store.read()).await? {
                acts.insert(act.id, self.keep(act));
            }
        }
        Ok(acts)
    }

    /// Empties the cache: the store may now be another one.
    pub(crate) fn forget(&self) {
        self.0.clear();
    }

    /// Keeps a stored act.
    pub(crate) fn keep(&self, act: service_act::Model) -> Arc<service_act::Model> {
        let frozen = service_act::Model {
            rating_window: None,
            window_before: None,
            default_due_at: None,
            ..act
        };
        let frozen = Arc::new(frozen);
        self.0.put(self.0.generation(), frozen.id, Arc::clone(&frozen));
        frozen
    }
}

/// An act with its row.
pub(crate) async fn act(
    store: &Store,
    id: ActId,
) -> Result<Option<(ServiceAct, service_act::Model)>, Failure> {
    let row = service_act::Entity::find_by_id(id.0).one(store.read()).await?;
    row.map(|row| Ok((act_from_row(&row)?, row))).transpose()
}

/// The act to rate a completed case by: its last one; of several at one time that of the last
/// stage.
pub(crate) async fn act_of_case(
    store: &Store,
    case_id: Uuid,
) -> Result<Option<service_act::Model>, DbErr> {
    service_act::Entity::find()
        .filter(service_act::Column::CaseId.eq(case_id))
        .order_by_desc(service_act::Column::ServedAt)
        .order_by_desc(service_act::Column::Stage)
        .order_by_desc(service_act::Column::Id)
        .one(store.read())
        .await
}

/// The row of an act.
pub(crate) async fn act_row(store: &Store, id: Uuid) -> Result<Option<service_act::Model>, DbErr> {
    service_act::Entity::find_by_id(id).one(store.read()).await
}

/// The blind index of the person with the right to rate an act, if their number was known.
pub(crate) async fn holder_of_act(store: &Store, act_id: Uuid) -> Result<Option<Vec<u8>>, DbErr> {
    Ok(act_row(store, act_id).await?.and_then(|act| act.number_index))
}

#[cfg(test)]
mod tests {
    use proto::intake::v1::ResolveInvitationRequest;

    use crate::rpc::{
        rating::resolve_invitation,
        testing::{Fixture, rater},
    };

    #[tokio::test]
    async fn what_a_rater_was_shown_is_not_read_again() {
        let fixture = Fixture::new().await;
        let (shown, other) = (fixture.invitation().await, fixture.invitation().await);
        let id = |token: &str| fixture.intake.shell.invitations.open(token).unwrap().0;
        let (intake, ids) = (&fixture.intake, [id(&shown), id(&other)]);
        let before = intake.acts.by_id(&intake.store, ids, 0).await.unwrap();
        let elsewhere = Fixture::new().await;
        assert_eq!(before.len(), 2);
        assert!(
            elsewhere.intake.acts.by_id(&elsewhere.intake.store, ids, 0).await.unwrap().is_empty()
        );

        let (intake, _commits) = fixture.restarted().await;
        let request = ResolveInvitationRequest { token: shown };
        resolve_invitation::run(&intake, rater(), request).await.unwrap();
        let store = intake.store.clone();
        store.clone().close().await;
        let kept = intake.acts.by_id(&store, ids[..1].iter().copied(), 0).await.unwrap();
        assert_eq!(kept, before.into_iter().filter(|(id, _)| *id == ids[0]).collect());
        assert!(intake.acts.by_id(&store, ids, 0).await.is_err(), "the other is to be read");
    }
}
