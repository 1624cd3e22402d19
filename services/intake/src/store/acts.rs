//! The service acts that ratings are decided on.

use std::{collections::HashMap, sync::Arc};

use platform::{database::Store, hot::Hot};
use sea_orm::{ColumnTrait as _, DbErr, EntityTrait as _, QueryFilter as _};
use uuid::Uuid;

use crate::entity::service_act;

/// Acts that were shown or rated lately. An act is frozen as it was, so what raters were just shown
/// need not be read again when they rate it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Acts(Arc<Hot<Uuid, service_act::Model>>);

impl Acts {
    /// Acts by id, from the store as far as they are not kept. Not for what is no part of a frozen
    /// act: how its window was derived, which is long, and when its default rating falls due.
    pub(crate) async fn by_id(
        &self,
        store: &Store,
        ids: impl IntoIterator<Item = Uuid>,
    ) -> Result<HashMap<Uuid, Arc<service_act::Model>>, DbErr> {
        let mut acts = HashMap::new();
        let mut others = Vec::new();
        for id in ids {
            match self.0.get(&id) {
                Some(act) => drop(acts.insert(id, act)),
                None => others.push(id),
            }
        }
        if let Some(last) = others.last().copied() {
            // Few different statements, however many ids: the database knows them all soon.
            others.resize(others.len().next_power_of_two(), last);
            let others = service_act::Column::Id.is_in(others);
            for act in service_act::Entity::find().filter(others).all(store.read()).await? {
                acts.insert(act.id, self.keep(act));
            }
        }
        Ok(acts)
    }

    /// Forgets them all: the store may be another one than they were read from.
    pub(crate) fn forget(&self) {
        self.0.clear();
    }

    /// Keeps a stored act.
    pub(crate) fn keep(&self, act: service_act::Model) -> Arc<service_act::Model> {
        let frozen = service_act::Model { rating_window: None, default_due_at: None, ..act };
        let frozen = Arc::new(frozen);
        self.0.put(self.0.generation(), frozen.id, Arc::clone(&frozen));
        frozen
    }
}

#[cfg(test)]
mod tests {
    use proto::intake::v1::ResolveInvitationRequest;

    use crate::rpc::{
        resolve_invitation,
        testing::{Fixture, rater},
    };

    #[tokio::test]
    async fn what_a_rater_was_shown_is_not_read_again() {
        let fixture = Fixture::new().await;
        let (shown, other) = (fixture.invitation().await, fixture.invitation().await);
        let id = |token: &str| fixture.intake.shell.invitations.open(token).unwrap().0;
        let (intake, ids) = (&fixture.intake, [id(&shown), id(&other)]);
        let before = intake.acts.by_id(&intake.store, ids).await.unwrap();
        let elsewhere = Fixture::new().await;
        assert_eq!(before.len(), 2);
        assert!(
            elsewhere.intake.acts.by_id(&elsewhere.intake.store, ids).await.unwrap().is_empty()
        );

        let (intake, _commits) = fixture.restarted().await;
        let request = ResolveInvitationRequest { token: shown };
        resolve_invitation::run(&intake, rater(), request).await.unwrap();
        let store = intake.store.clone();
        store.clone().close().await;
        let kept = intake.acts.by_id(&store, ids[..1].iter().copied()).await.unwrap();
        assert_eq!(kept, before.into_iter().filter(|(id, _)| *id == ids[0]).collect());
        assert!(intake.acts.by_id(&store, ids).await.is_err(), "the other is to be read");
    }
}
