//! What the operator runs against the stores: sealing anew after a change of keys, and looking whether
//! the audit chain is whole.

use std::io::Write;

use platform::{
    audit,
    crypto::Sealer,
    database::Location,
    keys::Keys,
    reseal::{ANSWERS, Column, Count, reseal},
};

use crate::roles::Role;

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Seals everything of every service anew with the newest key and tells how much it was. Every process
/// must have been started with that key before; afterwards the older keys can be taken away.
pub(crate) async fn reseal_all(location: &Location, keys: &Keys, out: &mut impl Write) -> Outcome {
    let sealer = Sealer::new(&keys.sealing);
    let mut missed = 0;
    for role in Role::ALL {
        let store = role.open(location).await?;
        let done: Vec<(Column, Count)> = match role {
            Role::Intake => intake::jobs::reseal::run(&store, &sealer).await?,
            Role::Catalog | Role::Ticketing | Role::Publication => {
                vec![(ANSWERS, reseal(&store, &sealer, ANSWERS).await?)]
            }
        };
        store.close().await;
        for (Column { table, column, .. }, count) in done {
            let Count { resealed, current, .. } = count;
            writeln!(out, "{role} {table}.{column}: {resealed} sealed anew, {current} already")?;
            missed += count.missed;
        }
    }
    match missed {
        0 => Ok(()),
        missed => Err(format!("{missed} values were changed meanwhile; run it again").into()),
    }
}

/// Computes the audit chain again and tells whether it is whole.
pub(crate) async fn verify_audit(location: &Location, out: &mut impl Write) -> Outcome {
    let store = Role::Intake.open(location).await?;
    let entries = audit::verify(&store).await?;
    writeln!(out, "the audit chain is whole: {entries} entries")?;
    store.close().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use platform::{clock::Clock, facts, request::Requests, testing::TestPlace};
    use proto::{
        fact::v1::{AuditRecorded, fact::Body},
        intake::v1::AuditRecord,
    };

    use super::*;

    fn with(keys: &Keys, numbers: &[u8]) -> Keys {
        let mut keys = keys.clone();
        keys.sealing.keys = numbers.iter().map(|number| (*number, [*number; 32])).collect();
        keys
    }

    #[tokio::test]
    async fn s01_the_operator_seals_every_services_answers_anew_and_reads_how_many() {
        let place = TestPlace::new().await;
        let (made, said) = (Keys::make(), AuditRecord { at: 1, ..AuditRecord::default() });
        let old = Requests::new(&with(&made, &[1]));
        let key = old.key(b"someone", "Rpc", Clock::System.new_id(), &said);
        for role in Role::ALL {
            role.migrate(&place.location).await.unwrap();
            let store = role.open(&place.location).await.unwrap();
            let txn = store.begin().await.unwrap();
            old.keep(&txn, key, &Clock::System, &said).await.unwrap();
            txn.commit().await.unwrap();
            store.close().await;
        }
        let both = with(&made, &[1, 2]);
        for (anew, already) in [(1, 0), (0, 1)] {
            let mut told = Vec::new();
            reseal_all(&place.location, &both, &mut told).await.unwrap();
            let told = String::from_utf8(told).unwrap();
            for role in Role::ALL {
                let line = format!("{role} request.answer: {anew} sealed anew, {already} already");
                assert!(told.contains(&line), "{told}");
            }
            assert!(told.contains("intake rating.words: 0 sealed anew, 0 already"), "{told}");
        }
        let new = Requests::new(&with(&made, &[2]));
        for role in Role::ALL {
            let store = role.open(&place.location).await.unwrap();
            let kept = new.replay::<AuditRecord>(store.read(), key).await.unwrap();
            assert_eq!(kept.as_ref(), Some(&said), "{role}");
        }
    }

    #[tokio::test]
    async fn s01_the_operator_learns_where_the_audit_chain_is_broken() {
        let place = TestPlace::new().await;
        Role::Intake.migrate(&place.location).await.unwrap();
        let store = Role::Intake.open(&place.location).await.unwrap();
        for at in 1..=3 {
            let txn = store.begin().await.unwrap();
            let record = AuditRecord { at, ..AuditRecord::default() };
            audit::append(&txn, &Clock::System, &record).await.unwrap();
            txn.commit().await.unwrap();
        }
        let mut told = Vec::new();
        verify_audit(&place.location, &mut told).await.unwrap();
        assert_eq!(String::from_utf8(told).unwrap(), "the audit chain is whole: 3 entries\n");
        // A fact tells of an entry that nobody finds.
        let txn = store.begin().await.unwrap();
        let told = Body::AuditRecorded(AuditRecorded { hash: vec![1; 32] });
        facts::append(&txn, &Clock::System, vec![told]).await.unwrap();
        txn.commit().await.unwrap();
        let refused = verify_audit(&place.location, &mut Vec::new()).await.unwrap_err();
        assert!(refused.to_string().contains("broken at position 4"), "{refused}");
    }
}
