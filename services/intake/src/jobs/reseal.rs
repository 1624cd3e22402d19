//! Seals everything of this service again with the newest key. Ratings stay unchanged: a rater's
//! words are the same, only their ciphertext changes.

use platform::{
    crypto::Sealer,
    database::Store,
    reseal::{ANSWERS, Column, Count, Key, ResealError, reseal},
};

/// Every sealed column of this service. A column missing here loses its values when its key is
/// removed.
pub const COLUMNS: [Column; 15] = [
    Column { table: "case_file", column: "entries", key: &[Key::Uuid("id")] },
    Column { table: "case_file", column: "applicant", key: &[Key::Uuid("id")] },
    Column { table: "former_applicant", column: "applicant", key: &[Key::Uuid("id")] },
    Column { table: "rating", column: "words", key: &[Key::Uuid("id")] },
    Column { table: "look", column: "note", key: &[Key::Uuid("id")] },
    Column { table: "review", column: "content", key: &[Key::Uuid("id")] },
    Column { table: "report", column: "words", key: &[Key::Uuid("id")] },
    Column { table: "survey", column: "seed", key: &[Key::Uuid("id")] },
    Column { table: "survey", column: "pseudonym_key", key: &[Key::Uuid("id")] },
    Column { table: "call_back", column: "words", key: &[Key::Uuid("id")] },
    Column { table: "assessment", column: "content", key: &[Key::Uuid("id")] },
    Column { table: "signal_judgement", column: "reason", key: &[Key::Uuid("id")] },
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
    use std::collections::BTreeSet;

    use platform::{
        audit,
        auth::Auditor,
        bus::Bus,
        crypto::Suite,
        documents::{Documents, Place},
        facts,
        keys::Keys,
        reference::Reference,
        shell::Shell,
        testing::{AGENCY, REGION, WINDOW_ITEM, principal},
    };
    use prost::Message as _;
    use proto::{
        intake::v1::{
            AssessmentMethod, AttachmentSubject, JudgeSignalRequest, ListAssessmentsRequest,
            ListAuditRequest, PersonField, RevealPersonResponse, SignalState, SubmitReportRequest,
            attachment_subject::Subject as Of, reveal_person_request::Subject,
        },
        r#type::v1::Stage,
    };
    use sea_orm::{ConnectionTrait as _, DbBackend, Statement};

    use super::*;
    use crate::{
        Intake, Migrator, NAME as SERVICE,
        jobs::find_signals::testing::faked,
        rpc::{
            attachment::{
                testing::{header, jpeg, parts},
                upload_attachment,
            },
            people::{
                list_audit,
                reveal_person::{
                    self,
                    tests::{SurveyedAct, look_at, told},
                },
            },
            report::submit_report,
            signal::judge_signal,
            survey::{
                list_assessments,
                record_assessment::{self, tests::request},
            },
            testing::{
                ANSWER, Fixture, NAME, NOTE, NUMBER, PHONE, RatedVisit, TEXT, authority, holds,
                officer, reveal,
            },
        },
    };

    const SECRETS: [&str; 6] = [NAME, NUMBER, PHONE, TEXT, ANSWER, NOTE];

    /// The deployment's keys with only these sealing keys, sealing in a suite.
    fn with(keys: &Keys, suite: Suite, numbers: &[u8]) -> Keys {
        let mut keys = keys.clone();
        keys.sealing.suite = suite;
        keys.sealing.keys = numbers.iter().map(|number| (*number, [*number; 32])).collect();
        keys
    }

    /// Every column of this service's tables, with its type in lower case.
    async fn columns(store: &Store) -> Vec<(String, String, String)> {
        let sql = match store.backend() {
            DbBackend::Postgres => {
                "SELECT table_name AS t, column_name AS c, data_type AS d \
                 FROM information_schema.columns WHERE table_schema = 'intake'"
            }
            _ => {
                "SELECT m.name AS t, p.name AS c, p.type AS d FROM sqlite_master m \
                 JOIN pragma_table_info(m.name) p WHERE m.type = 'table'"
            }
        };
        let statement = Statement::from_string(store.backend(), sql);
        let rows = store.read().query_all_raw(statement).await.unwrap();
        let text = |row: &sea_orm::QueryResult, name| row.try_get::<String>("", name).unwrap();
        let row = |row| (text(row, "t"), text(row, "c"), text(row, "d").to_lowercase());
        rows.iter().map(row).collect()
    }

    /// Every value of every column of every table, as bytes, with its place.
    async fn everything(store: &Store) -> Vec<(String, Vec<u8>)> {
        let mut values = Vec::new();
        for (table, column, _) in columns(store).await {
            let sql = match store.backend() {
                DbBackend::Postgres => format!(
                    "SELECT CASE WHEN pg_typeof(\"{column}\") = 'bytea'::regtype \
                     THEN decode(substr(\"{column}\"::text, 3), 'hex') \
                     ELSE convert_to(\"{column}\"::text, 'UTF8') END AS v \
                     FROM \"{table}\" WHERE \"{column}\" IS NOT NULL"
                ),
                _ => format!(
                    "SELECT CAST(\"{column}\" AS BLOB) AS v FROM \"{table}\" \
                     WHERE \"{column}\" IS NOT NULL"
                ),
            };
            let statement = Statement::from_string(store.backend(), sql);
            for row in store.read().query_all_raw(statement).await.unwrap() {
                let value: Vec<u8> = row.try_get("", "v").unwrap();
                values.push((format!("{table}.{column}"), value));
            }
        }
        values
    }

    /// The same store, served with other keys.
    async fn served_with(fixture: &Fixture, keys: &Keys) -> Intake {
        let shell = Shell::new(keys, fixture.intake.shell.clock.clone(), Bus::embedded()).unwrap();
        let store = Store::open::<Migrator>(&fixture.place.location, SERVICE).await.unwrap();
        let reference = Reference::load(store.clone()).await.unwrap();
        Intake::new(store, shell, reference).0
    }

    /// A complaint, a survey with a call-back, and an assessment, with the same words.
    async fn spoken(fixture: &Fixture) -> SurveyedAct {
        let told = told(fixture).await;
        let mut found = request(fixture, AssessmentMethod::CovertVisit, &[AGENCY]);
        found.assessment.as_mut().unwrap().findings = TEXT.to_owned();
        let found = record_assessment::run(&fixture.intake, authority(REGION), found).await;
        let assessed = Some(Of::AssessmentId(found.unwrap().assessment_id));
        let place = Place::Folder(fixture.place.folder().join("documents"));
        let documents = Documents::open(&place, SERVICE).unwrap();
        let keeping = fixture.intake.clone().with_documents(documents);
        let report = header(&AttachmentSubject { subject: assessed }, &format!("{TEXT}.jpg"));
        let parts = tokio_stream::iter(parts(&report, &jpeg(100)).into_iter().map(Ok));
        upload_attachment::run(&keeping, authority(REGION), parts).await.unwrap();
        let mut report = fixture.report("P-former", WINDOW_ITEM, &[Stage::Acceptance]);
        for phone in [PHONE, "13900000000"] {
            report.applicant.as_mut().unwrap().phone = phone.to_owned();
            fixture.push(report.clone()).await.unwrap();
        }
        let reported = SubmitReportRequest {
            accused_unit_id: AGENCY.to_owned(),
            ..submit_report::tests::report("")
        };
        submit_report::run(&fixture.intake, fixture.citizen(NUMBER), reported).await.unwrap();
        let (_, signals) = faked(fixture).await;
        let judged = JudgeSignalRequest {
            request_id: fixture.intake.shell.clock.new_id().to_string(),
            signal_id: signals[0].signal_id.clone(),
            verdict: SignalState::NotTrue.into(),
            reason: NOTE.to_owned(),
        };
        judge_signal::run(&fixture.intake, authority(REGION), judged).await.unwrap();
        told
    }

    async fn look(
        intake: &Intake,
        rated: &RatedVisit,
    ) -> Result<RevealPersonResponse, crate::Error> {
        let request = reveal(rated, &[1, 2, 3, 4, 5]);
        reveal_person::run(intake, officer("officer-1", None), request).await
    }

    #[tokio::test]
    async fn s01_nothing_of_a_person_lies_in_the_clear_in_any_table_or_fact_in_either_suite() {
        for suite in [Suite::Aes256Gcm, Suite::Sm4Gcm] {
            let fixture = Fixture::with(&Keys::make().of_suite(suite)).await;
            spoken(&fixture).await;
            let rated = fixture.rated_by_someone().await;
            let shown = look(&fixture.intake, &rated).await.unwrap();
            assert_eq!([&shown.name, &shown.number, &shown.text], [NAME, NUMBER, TEXT]);
            let values = everything(&fixture.intake.store).await;
            // The scan finds values that are there, in columns of text and of bytes.
            for (place, text) in [("case_file.item_name", "示例事项"), ("fact.body", "652301")]
            {
                let found = |(at, value): &(String, Vec<u8>)| at == place && holds(value, text);
                assert!(values.iter().any(found), "{place}");
            }
            for (place, value) in &values {
                for secret in SECRETS {
                    assert!(!holds(value, secret), "{place} holds {secret}");
                }
            }
            // And the sealed ones are sealed in the configured suite.
            let sm4 = |bytes: &[u8]| bytes.first().is_some_and(|mark| mark & 0x80 != 0);
            for column in COLUMNS {
                let place = format!("{}.{}", column.table, column.column);
                // A rating without words has nothing sealed.
                let here = |(at, value): &&(String, Vec<u8>)| *at == place && !value.is_empty();
                let sealed: Vec<_> = values.iter().filter(here).collect();
                assert!(!sealed.is_empty(), "{place}");
                for (_, value) in sealed {
                    assert_eq!(sm4(value), suite == Suite::Sm4Gcm, "{place}");
                }
            }
            for fact in facts::list(&fixture.intake.store, 0, 1_000).await.unwrap() {
                let told = fact.encode_to_vec();
                assert!(SECRETS.iter().all(|secret| !holds(&told, secret)));
            }
        }
    }

    #[tokio::test]
    async fn s01_after_everything_is_sealed_anew_the_old_key_can_go_and_nothing_else_changed() {
        let made = Keys::make();
        let fixture = Fixture::with(&with(&made, Suite::Aes256Gcm, &[1])).await;
        let told = spoken(&fixture).await;
        let rated = fixture.rated_by_someone().await;
        let before = look(&fixture.intake, &rated).await.unwrap();
        // With the newer key present, old values still open and new ones are sealed with it.
        let both = with(&made, Suite::Sm4Gcm, &[1, 2]);
        let intake = served_with(&fixture, &both).await;
        look(&intake, &rated).await.unwrap();
        let new = with(&made, Suite::Sm4Gcm, &[2]);
        let refused = look(&served_with(&fixture, &new).await, &rated).await.unwrap_err();
        assert_eq!(tonic::Status::from(refused).code(), tonic::Code::Internal, "not yet");

        let plain = async |store: &Store| {
            let sealed: BTreeSet<String> =
                COLUMNS.map(|column| format!("{}.{}", column.table, column.column)).into();
            let mut values = everything(store).await;
            values.retain(|(place, _)| !sealed.contains(place));
            values.sort();
            values
        };
        let others = plain(&intake.store).await;
        let sealer = Sealer::new(&both.sealing);
        let done = run(&fixture.intake.store, &sealer).await.unwrap();
        let anew = |(_, count): &(Column, Count)| count.resealed > 0 && count.missed == 0;
        assert!(done.iter().all(anew), "{done:?}");
        let again = run(&fixture.intake.store, &sealer).await.unwrap();
        let already = |(_, count): &(Column, Count)| count.resealed == 0 && count.current > 0;
        assert!(again.iter().all(already));
        assert_eq!(plain(&intake.store).await, others, "the ciphertexts alone are others");

        let alone = served_with(&fixture, &new).await;
        let after = look(&alone, &rated).await.unwrap();
        let same = RevealPersonResponse { record_id: after.record_id.clone(), ..before };
        assert_eq!(after, same);
        let auditor: Auditor =
            principal("auditor", platform::auth::Caller::Auditor { region: REGION.to_owned() });
        let listed = list_audit::run(&alone, auditor, ListAuditRequest::default()).await.unwrap();
        assert!(listed.entries.iter().all(|entry| entry.purpose_note == NOTE));
        assert_eq!(audit::verify(&alone.store).await.unwrap(), 3);
        for (id, text) in [(told.review_id, TEXT), (told.problem_id, ANSWER)] {
            let request = look_at(Subject::MatterId(id), &[PersonField::Text]);
            let shown = reveal_person::run(&alone, officer("officer-1", None), request).await;
            assert_eq!(shown.unwrap().text, text);
        }
        let request = ListAssessmentsRequest::default();
        let listed = list_assessments::run(&alone, authority(REGION), request).await.unwrap();
        assert_eq!(listed.assessments[0].findings, TEXT);
    }
}
