//! What an operator runs on the stores: encrypting again after a change of keys, and checking that
//! the audit chain is whole.

use std::io::Write;

use platform::{
    audit,
    crypto::Sealer,
    database::Location,
    documents::{self, Documents, EraseError, Place},
    keys::Keys,
    reseal::{ANSWERS, Column, Count, reseal},
};
use uuid::Uuid;

use crate::roles::Role;

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Seals everything of every service anew with the newest key and tells how much it was. Every process
/// must have been started with that key before; afterwards the older keys can be taken away.
pub(crate) async fn reseal_all(location: &Location, keys: &Keys, out: &mut impl Write) -> Outcome {
    let sealer = Sealer::new(&keys.sealing);
    let mut missed = 0;
    for role in Role::ALL {
        let store = role.open(location).await?;
        let done = match role {
            Role::Intake => intake::jobs::reseal::run(&store, &sealer).await?,
            Role::Ticketing => ticketing::jobs::reseal::run(&store, &sealer).await?,
            Role::Catalog | Role::Publication => reseal(&store, &sealer, &[ANSWERS]).await?,
        };
        store.close().await;
        for (Column { table, column, .. }, count) in done {
            let Count { resealed, current, .. } = count;
            writeln!(
                out,
                "{role} {table}.{column}: {resealed} encrypted again, {current} already"
            )?;
            missed += count.missed;
        }
    }
    match missed {
        0 => Ok(()),
        missed => Err(format!("{missed} values were changed meanwhile; run it again").into()),
    }
}

/// The services that keep documents.
pub(crate) const KEEPERS: [Role; 2] = [Role::Ticketing, Role::Intake];

/// Erases a document, whichever service has it, and says so.
pub(crate) async fn erase_document(
    location: &Location,
    place: Option<&Place>,
    id: Uuid,
    out: &mut impl Write,
) -> Outcome {
    for role in KEEPERS {
        let store = role.open(location).await?;
        let documents = match place {
            None => Documents::default(),
            Some(place) => Documents::open(place, store.service())?,
        };
        let erased = documents::erase(&store, &documents, id).await;
        store.close().await;
        match erased {
            Err(EraseError::NotFound(_)) => {}
            erased => {
                erased?;
                let said = "is erased; backups from before still hold it";
                return Ok(writeln!(out, "document {id} of {role} {said}")?);
            }
        }
    }
    Err(EraseError::NotFound(id).into())
}

/// Computes the audit chains again and says whether they are whole: of looks at persons' data, and of
/// exported ledgers and tables for the appraisal.
pub(crate) async fn verify_audit(location: &Location, out: &mut impl Write) -> Outcome {
    for role in [Role::Intake, Role::Ticketing, Role::Publication] {
        let store = role.open(location).await?;
        let entries = audit::verify(&store).await.map_err(|why| format!("{role}: {why}"))?;
        writeln!(out, "{role}: the audit chain is whole: {entries} entries in {location}")?;
        store.close().await;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use platform::{
        bus::Bus,
        clock::Clock,
        documents::{Of, Row, rows},
        facts,
        once::Recognised,
        shell::Shell,
        testing::{TestPlace, columns_of_bytes},
    };
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
        let shell = |keys: &Keys| Shell::new(keys, Clock::System, Bus::embedded()).unwrap();
        let old = shell(&with(&made, &[1]));
        let key = old.requests.key(b"someone", "Rpc", Clock::System.new_id(), &said);
        for role in Role::ALL {
            role.migrate(&place.location).await.unwrap();
            let store = role.open(&place.location).await.unwrap();
            let asked = old.once(&store, key).await.unwrap();
            let Recognised::New(txn) = asked.recognise().await.unwrap() else { panic!("{role}") };
            txn.finish(said.clone(), Vec::new()).await.unwrap();
            store.close().await;
        }
        let both = with(&made, &[1, 2]);
        for (anew, already) in [(1, 0), (0, 1)] {
            let mut told = Vec::new();
            reseal_all(&place.location, &both, &mut told).await.unwrap();
            let told = String::from_utf8(told).unwrap();
            for role in Role::ALL {
                let line =
                    format!("{role} request.answer: {anew} encrypted again, {already} already");
                assert!(told.contains(&line), "{told}");
            }
            assert!(told.contains("intake rating.words: 0 encrypted again, 0 already"), "{told}");
        }
        let new = shell(&with(&made, &[2]));
        for role in Role::ALL {
            let store = role.open(&place.location).await.unwrap();
            let kept = new.answered::<AuditRecord>(&store, key).await.unwrap();
            assert_eq!(kept.as_ref(), Some(&said), "{role}");
        }
    }

    /// Columns of bytes that hold nothing sealed: of every service, and of each.
    const OPEN: [&str; 5] =
        ["fact.body", "fact_parked.body", "reference.body", "request.body_hash", "request.key"];
    const OPEN_IN_INTAKE: [&str; 31] = [
        "audit.hash",
        "audit.record",
        "batch_rating.acts",
        "case_file.involved",
        "case_file.number_index",
        "case_file.phone_index",
        "case_file.promised",
        "case_file.promised_before",
        "case_file.pushed",
        "document.sha256",
        "former_applicant.number_index",
        "former_applicant.phone_index",
        "opt_out.phone_index",
        "rating.body_hash",
        "rating.network",
        "rating.request_key",
        "reply_sign.phone_index",
        "report.reporter",
        "review.content_hash",
        "review.network",
        "review_day.number_index",
        "review_summary.summary",
        "service_act.involved",
        "service_act.number_index",
        "service_act.phone_index",
        "service_act.rating_window",
        "service_act.window_before",
        "signal.ratings",
        "survey.draw",
        "survey.plan",
        "survey_act.pseudonym",
    ];
    const OPEN_IN_TICKETING: [&str; 12] = [
        "appeal.deadlines",
        "appeal.deadlines_before",
        "notice.content",
        "text_review.deadline",
        "text_review.deadlines_before",
        "document.sha256",
        "audit.hash",
        "audit.record",
        "ticket.deadlines",
        "ticket.matter",
        "ticket.opening",
        "ticket_deadline.deadline",
    ];

    #[tokio::test]
    async fn s01_every_column_of_bytes_is_sealed_anew_or_known_to_hold_nothing_sealed() {
        let place = TestPlace::new().await;
        // The other two have nothing of a person that is sealed, but in the answers they keep.
        let services: [(Role, &[&str], &[Column]); 2] = [
            (Role::Intake, &OPEN_IN_INTAKE, &intake::jobs::reseal::COLUMNS),
            (Role::Ticketing, &OPEN_IN_TICKETING, &ticketing::jobs::reseal::COLUMNS),
        ];
        for (role, open, sealed) in services {
            let open = OPEN.iter().chain(open).map(|name| (*name).to_owned());
            let sealed = sealed.iter().map(|column| format!("{}.{}", column.table, column.column));
            let known: BTreeSet<String> = open.chain(sealed).collect();
            role.migrate(&place.location).await.unwrap();
            let store = role.open(&place.location).await.unwrap();
            let found = columns_of_bytes(&store).await;
            assert_eq!(found, known, "{role}: a new column of bytes belongs here or in COLUMNS");
        }
    }

    #[tokio::test]
    async fn i16_t14_the_operator_erases_a_document_of_whichever_service_has_it() {
        let place = TestPlace::new().await;
        let folder = place.folder().join("documents");
        let kept = Place::Folder(folder.clone());
        for role in KEEPERS {
            role.migrate(&place.location).await.unwrap();
        }
        let shell = Shell::new(&Keys::make(), Clock::System, Bus::embedded()).unwrap();
        for (role, column) in [(Role::Intake, "subject_id"), (Role::Ticketing, "ticket_id")] {
            let store = role.open(&place.location).await.unwrap();
            let documents = Documents::open(&kept, store.service()).unwrap();
            let id = Clock::System.new_id();
            let (key, data_key) = shell.sealer.content_key(b"here").unwrap();
            let mut upload = documents.upload(id, &key).await.unwrap();
            upload.write(&platform::testing::documents::jpeg(100)).await.unwrap();
            upload.finish().await.unwrap();
            let row = Row {
                id,
                media_type: "image/jpeg".to_owned(),
                size: 100,
                sha256: vec![0; 32],
                uploaded_at: 0,
                about: vec![1],
                data_key,
            };
            let of = Of { column, id: Uuid::nil(), limit: 1 };
            rows::add(store.write(), of, row).await.unwrap();
            let object = folder.join(store.service()).join(id.to_string());
            assert!(object.exists());
            let mut told = Vec::new();
            erase_document(&place.location, Some(&kept), id, &mut told).await.unwrap();
            let told = String::from_utf8(told).unwrap();
            assert!(told.starts_with(&format!("document {id} of {role} is erased")), "{told}");
            assert!(!object.exists());
            let row = rows::find(store.read(), of, id).await.unwrap().unwrap();
            assert!(row.about.is_empty() && row.data_key.is_empty(), "{row:?}");
            store.close().await;
        }
        let mut told = Vec::new();
        let nobody = erase_document(&place.location, Some(&kept), Uuid::nil(), &mut told).await;
        let told = nobody.unwrap_err().to_string();
        assert!(told.contains("there is no document"), "{told}");
    }

    #[tokio::test]
    async fn s01_the_operator_learns_where_the_audit_chain_is_broken() {
        let place = TestPlace::new().await;
        for role in [Role::Intake, Role::Ticketing, Role::Publication] {
            role.migrate(&place.location).await.unwrap();
        }
        let store = Role::Intake.open(&place.location).await.unwrap();
        for at in 1..=3 {
            let txn = store.begin().await.unwrap();
            let record = AuditRecord { at, ..AuditRecord::default() };
            audit::commit(txn, &Clock::System, &record).await.unwrap();
        }
        let mut told = Vec::new();
        verify_audit(&place.location, &mut told).await.unwrap();
        let (whole, place) = ("the audit chain is whole", &place.location);
        let expected = format!(
            "intake: {whole}: 3 entries in {place}\nticketing: {whole}: 0 entries in {place}\n\
             publication: {whole}: 0 entries in {place}\n"
        );
        assert_eq!(String::from_utf8(told).unwrap(), expected);
        // A fact tells of an entry that nobody finds.
        let txn = store.begin().await.unwrap();
        let told = Body::AuditRecorded(AuditRecorded { hash: vec![1; 32] });
        facts::commit(txn, &Clock::System, vec![told]).await.unwrap();
        let refused = verify_audit(place, &mut Vec::new()).await.unwrap_err();
        assert!(refused.to_string().contains("broken at position 4"), "{refused}");
    }
}
