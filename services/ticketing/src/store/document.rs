//! The documents of tickets: their rows are as those of every service.

use platform::documents::Of;
use uuid::Uuid;

/// How many documents one ticket has at most.
pub(crate) const MAX_OF_A_TICKET: u64 = 50;

/// Whose documents are a ticket's.
pub(crate) const fn of_ticket(id: Uuid) -> Of {
    Of { column: "ticket_id", id, limit: MAX_OF_A_TICKET }
}

#[cfg(test)]
mod tests {
    use platform::{
        documents::rows,
        testing::{TestPlace, plan},
    };
    use sea_orm::QueryTrait as _;

    use super::*;
    use crate::{Migrator, NAME};

    #[tokio::test]
    async fn the_documents_of_a_ticket_are_found_by_an_index() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let page = rows::page(of_ticket(Uuid::nil()), Some((7, Uuid::nil())), 51);
        let found = plan(&store, page.build(store.backend())).await;
        assert!(found.contains("document_ticket"), "{found}");
    }
}
