//! Seals everything of this service again with the newest key. A ticket's steps are never updated
//! and stay as they are: only their ciphertext changes. Of a document only its row is sealed again,
//! with the key of its object in it.

use platform::{
    crypto::Sealer,
    database::Store,
    reseal::{ANSWERS, Column, Count, Key, ResealError, reseal},
};

/// Every sealed column of this service. A column missing here loses its values when its key is
/// removed.
pub const COLUMNS: [Column; 16] = [
    Column { table: "focus_proposal", column: "content", key: &[Key::Uuid("id")] },
    Column { table: "focus_record", column: "content", key: &[Key::Uuid("id")] },
    Column {
        table: "focus_step",
        column: "step",
        key: &[Key::Uuid("record_id"), Key::Number("sequence")],
    },
    Column { table: "misconduct_transfer", column: "reason", key: &[Key::Uuid("id")] },
    Column { table: "misconduct_transfer", column: "record", key: &[Key::Uuid("id")] },
    Column { table: "restricted_look", column: "look", key: &[Key::Uuid("id")] },
    Column { table: "restricted_matter", column: "content", key: &[Key::Uuid("id")] },
    Column {
        table: "restricted_step",
        column: "step",
        key: &[Key::Uuid("matter_id"), Key::Number("sequence")],
    },
    Column {
        table: "ticket_step",
        column: "step",
        key: &[Key::Uuid("ticket_id"), Key::Number("sequence")],
    },
    Column { table: "appeal", column: "statement", key: &[Key::Uuid("id")] },
    Column { table: "appeal", column: "reason", key: &[Key::Uuid("id")] },
    Column { table: "exclusion", column: "reinstate_reason", key: &[Key::Uuid("id")] },
    Column {
        table: "exclusion_duty",
        column: "note",
        key: &[Key::Uuid("subject_id"), Key::Number("duty")],
    },
    Column { table: "document", column: "about", key: &[Key::Uuid("id")] },
    Column { table: "document", column: "data_key", key: &[Key::Uuid("id")] },
    ANSWERS,
];

/// Seals every column again; returns the result for each.
///
/// # Errors
/// [`ResealError`]; values sealed before it stay so.
pub async fn run(store: &Store, sealer: &Sealer) -> Result<Vec<(Column, Count)>, ResealError> {
    reseal(store, sealer, &COLUMNS).await
}

#[cfg(test)]
mod tests {
    use platform::{
        clock::Clock,
        crypto::{SealingKeys, Suite},
        testing::TestPlace,
    };
    use proto::ticketing::v1::Step;

    use super::*;
    use crate::{Migrator, NAME, store};

    fn sealer(numbers: &[u8]) -> Sealer {
        let keys = numbers.iter().map(|number| (*number, [*number; 32])).collect();
        Sealer::new(&SealingKeys { suite: Suite::Aes256Gcm, keys })
    }

    fn of_steps(done: &[(Column, Count)]) -> Count {
        done.iter().find(|(column, _)| column.table == "ticket_step").unwrap().1
    }

    #[tokio::test]
    async fn s01_every_step_of_every_ticket_is_sealed_anew_and_the_old_key_can_go() {
        let place = TestPlace::new().await;
        let store = place.store::<Migrator>(NAME).await;
        let step =
            |sequence| Step { sequence, by: format!("officer-{sequence}"), ..Step::default() };
        let tickets: Vec<_> = (0..3).map(|_| Clock::System.new_id()).collect();
        // Batches end in the middle of a ticket.
        let txn = store.begin().await.unwrap();
        for ticket in &tickets {
            for sequence in 1..=150 {
                store::ticket::insert_steps(&txn, &sealer(&[1]), &[(*ticket, step(sequence))])
                    .await
                    .unwrap();
            }
        }
        txn.commit().await.unwrap();
        let done = run(&store, &sealer(&[1, 2])).await.unwrap();
        assert_eq!(of_steps(&done), Count { resealed: 450, current: 0, missed: 0 });
        let again = run(&store, &sealer(&[1, 2])).await.unwrap();
        assert_eq!(of_steps(&again), Count { resealed: 0, current: 450, missed: 0 });
        for ticket in tickets {
            let (read, sealer) = (store.read(), sealer(&[2]));
            let mut steps = store::ticket::steps(read, &sealer, ticket, Some(51)).await.unwrap();
            steps.extend(store::ticket::steps(read, &sealer, ticket, None).await.unwrap());
            assert_eq!(steps, (1..=150).map(step).collect::<Vec<_>>());
        }
    }
}
