//! Shows a person's data or words in the clear, for a stated purpose: no record, no look.
//!
//! Of the answer only the record's id is kept, so that no person's datum lies in another table. The same
//! request again reads the data again: it is a further look, and on record as one.

use domain::violation::{Violations, plain_text};
use platform::{audit, auth::Officer};
use proto::intake::v1::{
    AuditRecord, LookPurpose, PersonField, RevealPersonRequest, RevealPersonResponse,
    reveal_person_request,
};

use super::{
    get_person::{applicant, case, named, rating, reached},
    submit_application::request_id,
};
use crate::{
    Intake,
    convert::{Words, note_place},
    entity::look,
    error::Error,
    store::{
        self,
        people::{Person, Subject},
    },
};

/// The longest reason an officer can give, in characters.
const MAX_NOTE_CHARS: usize = 200;

/// What is asked for, and why.
struct Asked {
    subject: Subject,
    fields: Vec<PersonField>,
    purpose: LookPurpose,
}

pub(crate) async fn run(
    intake: &Intake,
    caller: Officer,
    request: RevealPersonRequest,
) -> Result<RevealPersonResponse, Error> {
    let request_id = request_id(&request.request_id)?;
    let asked = asked(&request)?;
    let (shell, scope) = (&intake.shell, caller.id().as_bytes());
    let key = shell.requests.key(scope, "RevealPerson", request_id, &request);

    let txn = intake.store.begin().await?;
    let kept: Option<RevealPersonResponse> = shell.requests.replay(&txn, key).await?;
    let person = reached(&txn, &caller, asked.subject).await?;
    let record_id = shell.clock.new_id();
    let record = record(&asked, &caller, &person, kept.is_some());
    let record = AuditRecord {
        record_id: record_id.to_string(),
        at: shell.clock.now().as_microsecond(),
        ..record
    };
    let first = match kept {
        Some(first) => first,
        None => {
            let first = RevealPersonResponse {
                record_id: record_id.to_string(),
                ..RevealPersonResponse::default()
            };
            shell.requests.keep(&txn, key, &shell.clock, &first).await?;
            first
        }
    };
    let answer = shown(intake, &person, &asked.fields, first)?;
    let note = shell.sealer.seal(request.purpose_note.trim().as_bytes(), &note_place(record_id))?;
    store::people::insert_look(&txn, look::Model { id: record_id, note }).await?;
    audit::append(&txn, &shell.clock, &record).await?;
    txn.commit().await?;
    shell.bus.committed(crate::NAME);
    Ok(answer)
}

fn asked(request: &RevealPersonRequest) -> Result<Asked, Error> {
    let mut wrong = Violations::default();
    let subject = match &request.subject {
        None => None,
        Some(reveal_person_request::Subject::CaseId(id)) => case(&mut wrong, id),
        Some(reveal_person_request::Subject::RatingId(id)) => rating(&mut wrong, id),
    };
    let fields: Vec<PersonField> = request.fields().collect();
    wrong.require(!fields.is_empty(), "fields", "are missing");
    // More than there are is wrong whatever they say, and is not looked through.
    let known = request.fields.len() <= 5 && !fields.contains(&PersonField::Unspecified);
    let once = known && (1..fields.len()).all(|n| !fields[..n].contains(&fields[n]));
    wrong.require(once, "fields", "are unknown or come twice");
    let of_rating = |field| matches!(field, &PersonField::Text | &PersonField::Answers);
    let case = matches!(subject, Some(Subject::Case(_)));
    wrong.require(!case || !fields.iter().any(of_rating), "fields", "of a rating, not of a case");
    let purpose = LookPurpose::try_from(request.purpose).unwrap_or_default();
    wrong.require(purpose != LookPurpose::Unspecified, "purpose", "is missing or unknown");
    let note = &request.purpose_note;
    wrong.require(!note.trim().is_empty(), "purpose_note", "is missing");
    wrong.require(!note.contains('\n'), "purpose_note", "holds a line break");
    wrong.take("purpose_note", plain_text(note, MAX_NOTE_CHARS));
    Ok(Asked { subject: named(wrong, subject)?, fields, purpose })
}

/// What is on record: who looked at what of whom and what for; nothing of the person themselves.
fn record(asked: &Asked, caller: &Officer, person: &Person, again: bool) -> AuditRecord {
    let name = |field: &PersonField| field.as_str_name().trim_start_matches("PERSON_FIELD_");
    let fields: Vec<&str> = asked.fields.iter().map(name).collect();
    let verb = if again { "reveal again" } else { "reveal" };
    let (subject_kind, subject_id) = match asked.subject {
        Subject::Case(id) => ("case", id),
        Subject::Rating(id) => ("rating", id),
    };
    AuditRecord {
        actor: caller.id().to_owned(),
        actor_region: caller.region().to_owned(),
        actor_agency: caller.agency().unwrap_or_default().to_owned(),
        action: format!("{verb} {}", fields.join(" ")),
        subject_kind: subject_kind.to_owned(),
        subject_id: subject_id.to_string(),
        subject_region: person.region_code.clone(),
        purpose: asked.purpose.as_str_name().trim_start_matches("LOOK_PURPOSE_").to_owned(),
        ..AuditRecord::default()
    }
}

fn shown(
    intake: &Intake,
    person: &Person,
    fields: &[PersonField],
    mut answer: RevealPersonResponse,
) -> Result<RevealPersonResponse, Error> {
    let applicant = applicant(intake, person)?;
    let words = person.rating.as_ref();
    let words = words.map(|rating| Words::open(&intake.shell.sealer, &rating.words, rating.id));
    let words = words.transpose()?.unwrap_or_default();
    for field in fields {
        match field {
            PersonField::Unspecified => {}
            PersonField::Name => answer.name.clone_from(&applicant.name),
            PersonField::Number => answer.number.clone_from(&applicant.number),
            PersonField::Phone => answer.phone.clone_from(&applicant.phone),
            PersonField::Text => answer.text.clone_from(&words.text),
            PersonField::Answers => answer.answers.clone_from(&words.answers),
        }
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use platform::{auth::Caller, facts, testing::principal};
    use prost::Message as _;
    use tonic::{Code, Status};
    use tonic_types::StatusExt as _;

    use super::*;
    use crate::rpc::testing::{
        ANSWER, Fixture, NAME, NUMBER, PHONE, Rated, TEXT, holds, officer, reveal,
    };

    async fn refused(fixture: &Fixture, caller: Officer, request: RevealPersonRequest) -> Status {
        run(&fixture.intake, caller, request).await.map(|_| ()).unwrap_err().into()
    }

    async fn records(fixture: &Fixture) -> Vec<AuditRecord> {
        let entries = audit::list(&fixture.intake.store, 0, 100).await.unwrap();
        entries.iter().map(|e| AuditRecord::decode(e.record.as_slice()).unwrap()).collect()
    }

    async fn rated() -> (Fixture, Rated) {
        let fixture = Fixture::new().await;
        let rated = fixture.rated_by_someone().await;
        (fixture, rated)
    }

    #[tokio::test]
    async fn s01_what_was_asked_for_is_shown_and_on_record_with_its_purpose() {
        let (fixture, rated) = rated().await;
        let everything = reveal(&rated, &[1, 2, 3, 4, 5]);
        let caller = officer("officer-1", Some("652301-a03"));
        let shown = run(&fixture.intake, caller, everything).await.unwrap();
        assert_eq!(
            [&shown.name, &shown.number, &shown.phone, &shown.text],
            [NAME, NUMBER, PHONE, TEXT]
        );
        assert_eq!(shown.answers[0].value, ANSWER);
        let phone = reveal(&rated, &[3]);
        let only = run(&fixture.intake, officer("officer-2", None), phone).await.unwrap();
        let expected = RevealPersonResponse {
            record_id: only.record_id.clone(),
            phone: PHONE.to_owned(),
            ..RevealPersonResponse::default()
        };
        assert_eq!(only, expected, "and no more than that");
        let [first, second] = &records(&fixture).await[..] else { panic!("two looks") };
        let expected = AuditRecord {
            record_id: shown.record_id,
            actor: "officer-1".to_owned(),
            actor_region: "652301".to_owned(),
            actor_agency: "652301-a03".to_owned(),
            action: "reveal NAME NUMBER PHONE TEXT ANSWERS".to_owned(),
            subject_kind: "rating".to_owned(),
            subject_id: rated.rating_id.clone(),
            subject_region: "652301".to_owned(),
            purpose: "CALL_BACK".to_owned(),
            at: fixture.intake.shell.clock.now().as_microsecond(),
        };
        assert_eq!(*first, expected);
        assert_eq!((second.actor.as_str(), second.action.as_str()), ("officer-2", "reveal PHONE"));
        assert_eq!(audit::verify(&fixture.intake.store).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn s01_a_look_without_purpose_or_at_more_than_there_is_is_refused_and_not_on_record() {
        let (fixture, rated) = rated().await;
        let good = reveal(&rated, &[1]);
        let of_case = Some(reveal_person_request::Subject::CaseId(rated.case_id.clone()));
        let change = |change: &dyn Fn(&mut RevealPersonRequest)| {
            let mut request = good.clone();
            change(&mut request);
            request
        };
        for (request, field) in [
            (change(&|r| r.purpose = 0), "purpose"),
            (change(&|r| r.purpose = 99), "purpose"),
            (change(&|r| r.purpose_note = String::new()), "purpose_note"),
            (change(&|r| r.purpose_note = " ".to_owned()), "purpose_note"),
            (change(&|r| r.purpose_note = "长".repeat(201)), "purpose_note"),
            (change(&|r| r.purpose_note = "一\n二".to_owned()), "purpose_note"),
            (change(&|r| r.purpose_note = "一\u{7}".to_owned()), "purpose_note"),
            (change(&|r| r.fields = vec![]), "fields"),
            (change(&|r| r.fields = vec![1, 1]), "fields"),
            (change(&|r| r.fields = vec![0]), "fields"),
            (change(&|r| r.fields = vec![77]), "fields"),
            (change(&|r| (r.fields, r.subject) = (vec![4], of_case.clone())), "fields"),
            (change(&|r| r.subject = None), "subject"),
            (change(&|r| r.request_id = "x".to_owned()), "request_id"),
        ] {
            let status = refused(&fixture, officer("officer-1", None), request).await;
            let details = status.get_error_details();
            let wrong = &details.bad_request().unwrap().field_violations;
            assert_eq!(status.code(), Code::InvalidArgument);
            assert!(wrong.iter().all(|violation| violation.field == field), "{wrong:?}");
        }
        run(&fixture.intake, officer("officer-1", None), {
            change(&|r| r.purpose_note = "长".repeat(200))
        })
        .await
        .unwrap();
        assert_eq!(records(&fixture).await.len(), 1);
    }

    #[tokio::test]
    async fn s01_who_does_not_reach_the_person_or_served_them_learns_nothing() {
        let (fixture, rated) = rated().await;
        fixture.served_by(&rated.case_id, "officer-9").await;
        let elsewhere = Caller::Authority { region: "652302".to_owned() };
        for (caller, code) in [
            (principal("officer-1", elsewhere), Code::NotFound),
            (officer("officer-1", Some("652301-a01")), Code::NotFound),
            (officer("officer-9", Some("652301-a03")), Code::FailedPrecondition),
            (officer("officer-9", None), Code::FailedPrecondition),
        ] {
            let status = refused(&fixture, caller, reveal(&rated, &[1])).await;
            assert_eq!(status.code(), code);
            assert!(!status.message().contains(NAME) && !holds(status.details(), NAME));
        }
        assert_eq!(records(&fixture).await, [], "none of them looked");
        run(&fixture.intake, officer("officer-8", None), reveal(&rated, &[1])).await.unwrap();
    }

    #[tokio::test]
    async fn s01_the_same_request_again_gives_the_same_answer_and_is_a_further_look() {
        let (fixture, rated) = rated().await;
        let request = reveal(&rated, &[1, 4]);
        let caller = || officer("officer-1", None);
        let first = run(&fixture.intake, caller(), request.clone()).await.unwrap();
        assert_eq!(run(&fixture.intake, caller(), request.clone()).await.unwrap(), first);
        let actions: Vec<String> =
            records(&fixture).await.into_iter().map(|record| record.action).collect();
        assert_eq!(actions, ["reveal NAME TEXT", "reveal again NAME TEXT"]);
        let other = RevealPersonRequest { fields: vec![2], ..request.clone() };
        assert_eq!(refused(&fixture, caller(), other).await.code(), Code::AlreadyExists);
        // Even sealed, no datum lies in the kept answer.
        let kept: Option<RevealPersonResponse> = fixture
            .intake
            .shell
            .requests
            .replay(
                fixture.intake.store.read(),
                fixture.intake.shell.requests.key(
                    b"officer-1",
                    "RevealPerson",
                    request.request_id.parse().unwrap(),
                    &request,
                ),
            )
            .await
            .unwrap();
        let only_id =
            RevealPersonResponse { record_id: first.record_id, ..RevealPersonResponse::default() };
        assert_eq!(kept, Some(only_id));
        // Who served them meanwhile is told nothing more.
        fixture.served_by(&rated.case_id, "officer-1").await;
        assert_eq!(refused(&fixture, caller(), request).await.code(), Code::FailedPrecondition);
    }

    #[tokio::test]
    async fn s01_without_its_record_there_is_no_look() {
        let (fixture, rated) = rated().await;
        let sql = "DROP TABLE audit";
        let store = &fixture.intake.store;
        sea_orm::ConnectionTrait::execute_unprepared(store.write(), sql).await.unwrap();
        let head = facts::head(store).await.unwrap();
        let status = refused(&fixture, officer("officer-1", None), reveal(&rated, &[1])).await;
        assert_eq!(status.code(), Code::Internal);
        assert_eq!(facts::head(store).await.unwrap(), head, "and nothing of it is kept");
    }
}
