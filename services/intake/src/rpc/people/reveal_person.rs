//! Shows a person's data or words in the clear, for a stated purpose: without a record, no look.
//!
//! Only the record's id is kept of the answer, so that no person's data are in another table. A
//! repeated request reads the data again: it is a further look, with its own record.

use domain::violation::Violations;
use platform::auth::Officer;
use proto::intake::v1::{
    AuditRecord, LookPurpose, PersonField, RevealPersonRequest, RevealPersonResponse,
    reveal_person_request,
};

use crate::{
    Intake,
    app::people::{
        act, applicant, assigned, case, matter, named, purpose, rating, reached, report, words,
    },
    convert::{people::note_place, request_id},
    entity::look,
    error::Error,
    store::people::subjects::{self, Person, Subject},
};

/// What is requested, and why.
struct RevealRequest {
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

    let once = shell.once(&intake.store, key).await?;
    let (kept, txn) = once.each_time::<RevealPersonResponse>().await?;
    let person = reached(&txn, &caller, asked.subject).await?;
    let words = [PersonField::Text, PersonField::Answers];
    if !asked.fields.iter().all(|field| words.contains(field)) {
        assigned(&txn, &caller, &person).await?;
    }
    let record_id = shell.clock.new_id();
    let record = record(&asked, &caller, &person, kept.is_some());
    let record = AuditRecord {
        record_id: record_id.to_string(),
        at: shell.clock.now().as_microsecond(),
        ..record
    };
    let first = kept.unwrap_or_else(|| RevealPersonResponse {
        record_id: record_id.to_string(),
        ..RevealPersonResponse::default()
    });
    let answer = shown(intake, &person, &asked.fields, first.clone())?;
    let note = shell.sealer.seal(request.purpose_note.trim().as_bytes(), &note_place(record_id))?;
    subjects::insert_look(&txn, look::Model { id: record_id, note }).await?;
    txn.finish(&first, &record).await?;
    Ok(answer)
}

fn asked(request: &RevealPersonRequest) -> Result<RevealRequest, Error> {
    let mut wrong = Violations::default();
    let subject = match &request.subject {
        None => None,
        Some(reveal_person_request::Subject::CaseId(id)) => case(&mut wrong, id),
        Some(reveal_person_request::Subject::RatingId(id)) => rating(&mut wrong, id),
        Some(reveal_person_request::Subject::ActId(id)) => act(&mut wrong, id),
        Some(reveal_person_request::Subject::MatterId(id)) => matter(&mut wrong, id),
        Some(reveal_person_request::Subject::ReportId(id)) => report(&mut wrong, id),
    };
    let fields: Vec<PersonField> = request.fields().collect();
    wrong.require(!fields.is_empty(), "fields", "are missing");
    // More fields than exist are wrong in any case, and are not checked one by one.
    let known = request.fields.len() <= 5 && !fields.contains(&PersonField::Unspecified);
    let once = known && (1..fields.len()).all(|n| !fields[..n].contains(&fields[n]));
    wrong.require(once, "fields", "are unknown or come twice");
    let has = |field: &PersonField| match subject {
        Some(Subject::Case(_) | Subject::Act(_)) => {
            !matches!(field, PersonField::Text | PersonField::Answers)
        }
        Some(Subject::Matter(_) | Subject::Report(_)) => {
            matches!(field, PersonField::Text | PersonField::Phone)
        }
        Some(Subject::Rating(_)) | None => true,
    };
    wrong.require(!known || fields.iter().all(has), "fields", "are none of this subject's");
    let purpose = purpose(&mut wrong, request.purpose, &request.purpose_note);
    Ok(RevealRequest { subject: named(wrong, subject)?, fields, purpose })
}

/// The record: who looked at whose data, which data and why; no data of the person.
fn record(asked: &RevealRequest, caller: &Officer, person: &Person, again: bool) -> AuditRecord {
    let name = |field: &PersonField| field.as_str_name().trim_start_matches("PERSON_FIELD_");
    let fields: Vec<&str> = asked.fields.iter().map(name).collect();
    let verb = if again { "reveal again" } else { "reveal" };
    let (subject_kind, subject_id) = match asked.subject {
        Subject::Case(id) => ("case", id),
        Subject::Rating(id) => ("rating", id),
        Subject::Act(id) => ("act", id),
        Subject::Matter(id) => ("matter", id),
        Subject::Report(id) => ("report", id),
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
    let words = words(intake, person)?;
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
pub(crate) mod tests {
    use platform::{
        audit,
        auth::Caller,
        facts,
        testing::{AGENCY, REGION, principal},
    };
    use prost::Message as _;
    use proto::intake::v1::{
        RecordCallBackRequest, ReviewSource, Survey, reveal_person_request::Subject as Of,
    };
    use proto::r#type::v1::TicketState;
    use tonic::{Code, Status};
    use tonic_types::StatusExt as _;

    use super::*;
    use crate::{
        rpc::{
            review::record_review,
            survey::{draw_sample::tests::drawn, plan_survey, record_call_back},
            testing::{
                ANSWER, Fixture, NAME, NUMBER, PHONE, RatedVisit, TEXT, authority, holds, officer,
                reveal,
            },
        },
        store::case::acts,
    };

    /// A drawn act, and words without a rating.
    pub(crate) struct SurveyedAct {
        pub(crate) survey: Survey,
        pub(crate) act_id: String,
        pub(crate) review_id: String,
        pub(crate) problem_id: String,
    }

    /// A complaint about the agency, and a problem that a survey's call-back found there.
    pub(crate) async fn told(fixture: &Fixture) -> SurveyedAct {
        let mut said = record_review::tests::request(fixture, ReviewSource::Hotline12345);
        said.subject.as_mut().unwrap().agency_id = AGENCY.to_owned();
        (said.text, said.contact) = (TEXT.to_owned(), PHONE.to_owned());
        let review = record_review::run(&fixture.intake, authority(REGION), said).await.unwrap();
        let (survey, sample) = drawn(fixture, 1, plan_survey::tests::request(fixture)).await;
        let heard = RecordCallBackRequest {
            reached: true,
            words: TEXT.to_owned(),
            problem: ANSWER.to_owned(),
            ..record_call_back::tests::call(fixture, &survey, &sample[0])
        };
        let problem = call_back(fixture, heard).await;
        let (review_id, act_id) = (review.review_id, sample[0].clone());
        SurveyedAct { survey, act_id, review_id, problem_id: problem }
    }

    /// The matter that a call-back reported.
    async fn call_back(fixture: &Fixture, heard: RecordCallBackRequest) -> String {
        let answer = record_call_back::run(&fixture.intake, authority(REGION), heard).await;
        answer.unwrap().matter_id
    }

    /// A request to see these fields of a person.
    pub(crate) fn look_at(subject: Of, fields: &[PersonField]) -> RevealPersonRequest {
        let nobody = RatedVisit { case_id: String::new(), rating_id: String::new() };
        let fields: Vec<i32> = fields.iter().map(|field| (*field).into()).collect();
        RevealPersonRequest { subject: Some(subject), ..reveal(&nobody, &fields) }
    }

    async fn refused(fixture: &Fixture, caller: Officer, request: RevealPersonRequest) -> Status {
        run(&fixture.intake, caller, request).await.map(|_| ()).unwrap_err().into()
    }

    async fn records(fixture: &Fixture) -> Vec<AuditRecord> {
        let entries = audit::list(&fixture.intake.store, 0, 100).await.unwrap();
        entries.iter().map(|e| AuditRecord::decode(e.record.as_slice()).unwrap()).collect()
    }

    async fn rated() -> (Fixture, RatedVisit) {
        let fixture = Fixture::new().await;
        let rated = fixture.rated_by_someone().await;
        fixture.ticket_is(&rated.rating_id, TicketState::Assigned).await;
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
        // The kept answer holds no personal data, not even sealed.
        let (shell, store) = (&fixture.intake.shell, &fixture.intake.store);
        let request_id = request.request_id.parse().unwrap();
        let key = shell.requests.key(b"officer-1", "RevealPerson", request_id, &request);
        let kept: Option<RevealPersonResponse> = shell.answered(store, key).await.unwrap();
        let only_id =
            RevealPersonResponse { record_id: first.record_id, ..RevealPersonResponse::default() };
        assert_eq!(kept, Some(only_id));
        // Staff who served them meanwhile see nothing more.
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

    #[tokio::test]
    async fn i18_who_was_drawn_can_be_called_and_each_look_is_on_record() {
        let fixture = Fixture::new().await;
        let told = told(&fixture).await;
        let asked = look_at(Of::ActId(told.act_id.clone()), &[PersonField::Phone]);
        for agency in [None, Some(AGENCY)] {
            let caller = officer("officer-1", agency);
            let request_id = fixture.intake.shell.clock.new_id().to_string();
            let asked = RevealPersonRequest { request_id, ..asked.clone() };
            let shown = run(&fixture.intake, caller, asked).await.unwrap();
            assert_eq!((shown.phone.as_str(), shown.name.as_str()), ("13800000000", ""));
            let record = records(&fixture).await.pop().unwrap();
            assert_eq!((record.record_id, record.purpose.as_str()), (shown.record_id, "CALL_BACK"));
            assert_eq!(
                (record.subject_kind.as_str(), record.subject_id),
                ("act", told.act_id.clone())
            );
            assert_eq!(
                (record.subject_region.as_str(), record.action.as_str()),
                (REGION, "reveal PHONE")
            );
        }
        let act = acts::act(&fixture.intake.store, told.act_id.parse().unwrap()).await;
        let case_id = act.unwrap().unwrap().1.case_id.to_string();
        fixture.served_by(&case_id, "officer-9").await;
        let served = refused(&fixture, officer("officer-9", None), asked).await;
        assert_eq!(served.code(), Code::FailedPrecondition, "by whom they were served");
    }

    #[tokio::test]
    async fn s01_who_wrote_a_review_or_told_of_a_problem_is_shown_to_who_handles_it_and_on_record()
    {
        let fixture = Fixture::new().await;
        let told = told(&fixture).await;
        let both = [PersonField::Text, PersonField::Phone];
        for (id, text, phone) in
            [(&told.review_id, TEXT, PHONE), (&told.problem_id, ANSWER, "13800000000")]
        {
            for agency in [None, Some(AGENCY)] {
                let asked = look_at(Of::MatterId(id.clone()), &both);
                let shown =
                    run(&fixture.intake, officer("officer-1", agency), asked).await.unwrap();
                let expected = RevealPersonResponse {
                    record_id: shown.record_id.clone(),
                    phone: phone.to_owned(),
                    text: text.to_owned(),
                    ..RevealPersonResponse::default()
                };
                assert_eq!(shown, expected);
                let record = records(&fixture).await.pop().unwrap();
                assert_eq!((record.subject_kind.as_str(), &record.subject_id), ("matter", id));
                assert_eq!(record.subject_region, REGION);
                assert_eq!(record.action, "reveal TEXT PHONE");
            }
        }
        // If a problem was reported again, the last report counts, even without a later call-back.
        for problem in ["窗口上午无人", ""] {
            let heard = RecordCallBackRequest {
                reached: true,
                problem: problem.to_owned(),
                ..record_call_back::tests::call(&fixture, &told.survey, &told.act_id)
            };
            call_back(&fixture, heard).await;
            let asked = look_at(Of::MatterId(told.problem_id.clone()), &both[..1]);
            let shown = run(&fixture.intake, officer("officer-1", None), asked).await.unwrap();
            assert_eq!(shown.text, "窗口上午无人");
        }
    }

    #[tokio::test]
    async fn s01_acts_and_matters_out_of_reach_or_asked_for_more_are_refused_and_not_on_record() {
        let fixture = Fixture::new().await;
        let told = told(&fixture).await;
        let nobodys = record_review::tests::request(&fixture, ReviewSource::Meeting);
        let nobodys =
            record_review::run(&fixture.intake, authority(REGION), nobodys).await.unwrap();
        let nobodys = Of::MatterId(nobodys.review_id);
        let strangers = [
            principal("officer-1", Caller::Authority { region: "652302".to_owned() }),
            officer("officer-1", Some("652301-a01")),
        ];
        let mine = [
            Of::ActId(told.act_id.clone()),
            Of::MatterId(told.review_id.clone()),
            Of::MatterId(told.problem_id.clone()),
        ];
        let phone = [PersonField::Phone];
        let mut not_found = vec![
            (officer("officer-1", Some(AGENCY)), nobodys.clone()),
            (officer("officer-1", None), Of::ActId(told.review_id.clone())),
            (officer("officer-1", None), Of::MatterId(told.act_id.clone())),
        ];
        for stranger in &strangers {
            not_found.extend(mine.iter().map(|subject| (stranger.clone(), subject.clone())));
        }
        for (caller, subject) in not_found {
            let status = refused(&fixture, caller, look_at(subject.clone(), &phone)).await;
            assert_eq!(status.code(), Code::NotFound, "{subject:?}");
            assert_eq!(status.get_error_details().error_info().unwrap().reason, "PERSON_NOT_FOUND");
        }
        use PersonField::{Answers, Name, Number, Text};
        for (subject, fields) in [
            (&mine[0], [Text, Answers].as_slice()),
            (&mine[1], &[Name, Number, Answers]),
            (&mine[2], &[Name, Number, Answers]),
        ] {
            for field in fields {
                let asked = look_at(subject.clone(), &[*field]);
                let status = refused(&fixture, officer("officer-1", None), asked).await;
                assert_eq!(crate::rpc::testing::named(status), ["fields"], "{field:?}");
            }
        }
        for (subject, field) in
            [(Of::ActId("x".to_owned()), "act_id"), (Of::MatterId(String::new()), "matter_id")]
        {
            let status =
                refused(&fixture, officer("officer-1", None), look_at(subject, &phone)).await;
            assert_eq!(crate::rpc::testing::named(status), [field]);
        }
        assert_eq!(records(&fixture).await, [], "none of them looked");
        // A matter without an agency is for the Authority alone.
        run(&fixture.intake, officer("officer-1", None), look_at(nobodys, &phone)).await.unwrap();
    }
}
