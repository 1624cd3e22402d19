//! Shows who applied or rated, masked.

use domain::{codes::number_of, deadline::day_of, mask, rating::RaterKind, violation::Violations};
use platform::{auth::Officer, convert::rater_kind};
use proto::intake::v1::{GetPersonRequest, GetPersonResponse, get_person_request};

use crate::{
    Intake,
    app::people::{act, applicant, case, matter, named, rating, reached},
    error::Error,
    store::people::subjects::SealedWords,
};

pub(crate) async fn run(
    intake: &Intake,
    caller: Officer,
    request: GetPersonRequest,
) -> Result<GetPersonResponse, Error> {
    let mut wrong = Violations::default();
    let subject = match request.subject {
        None => None,
        Some(get_person_request::Subject::CaseId(id)) => case(&mut wrong, &id),
        Some(get_person_request::Subject::RatingId(id)) => rating(&mut wrong, &id),
        Some(get_person_request::Subject::ActId(id)) => act(&mut wrong, &id),
        Some(get_person_request::Subject::MatterId(id)) => matter(&mut wrong, &id),
    };
    let subject = named(wrong, subject)?;
    let person = reached(intake.store.read(), &caller, subject).await?;
    let applicant = applicant(intake, &person)?;
    let rater = person.case.as_ref().map_or(0, |case| case.rater_kind.into());
    let kind = rater_kind(rater).ok();
    // A person of unknown kind is masked like a natural person.
    let name = mask::name(kind.unwrap_or(RaterKind::NaturalPerson), &applicant.name);
    Ok(GetPersonResponse {
        rater_kind: rater,
        masked_name: name,
        masked_number: mask::number(&applicant.number),
        masked_phone: mask::phone(&applicant.phone),
        has_text: match person.spoken {
            None => false,
            Some(SealedWords::Rating(rating)) => rating.has_text,
            // Without words there is no review, no report and no problem.
            Some(SealedWords::Review(_) | SealedWords::CallBack(_) | SealedWords::Report(_)) => {
                true
            }
        },
        number_doubted: kind.is_some_and(|kind| {
            let today = day_of(intake.shell.clock.now());
            number_of(kind, &applicant.number, today).is_ok_and(|number| number.doubt.is_some())
        }),
    })
}

#[cfg(test)]
mod tests {
    use prost::Message as _;
    use proto::{
        intake::v1::get_person_request::Subject,
        r#type::v1::{RaterKind as WireRaterKind, Stage},
    };
    use tonic::{Code, Status};
    use tonic_types::StatusExt as _;

    use super::*;
    use crate::rpc::{
        people::reveal_person::tests::told,
        testing::{ANSWER, Fixture, NAME, NUMBER, ON_THE_SPOT_ITEM, PHONE, TEXT, holds, officer},
    };

    pub(crate) fn of_case(id: &str) -> GetPersonRequest {
        GetPersonRequest { subject: Some(get_person_request::Subject::CaseId(id.to_owned())) }
    }

    pub(crate) fn of_rating(id: &str) -> GetPersonRequest {
        GetPersonRequest { subject: Some(get_person_request::Subject::RatingId(id.to_owned())) }
    }

    async fn refused(fixture: &Fixture, caller: Officer, request: GetPersonRequest) -> Status {
        run(&fixture.intake, caller, request).await.map(|_| ()).unwrap_err().into()
    }

    #[tokio::test]
    async fn s01_an_officer_sees_a_rater_masked_and_never_a_word_of_theirs() {
        let fixture = Fixture::new().await;
        let rated = fixture.rated_by_someone().await;
        for (request, has_text) in
            [(of_case(&rated.case_id), false), (of_rating(&rated.rating_id), true)]
        {
            for agency in [None, Some("652301-a03")] {
                let caller = officer("officer-1", agency);
                let seen = run(&fixture.intake, caller, request.clone()).await.unwrap();
                let expected = GetPersonResponse {
                    rater_kind: WireRaterKind::NaturalPerson.into(),
                    masked_name: "示**".to_owned(),
                    masked_number: "1****************X".to_owned(),
                    masked_phone: "138****8000".to_owned(),
                    has_text,
                    number_doubted: false,
                };
                assert_eq!(seen, expected);
                for clear in [NAME, NUMBER, PHONE, TEXT] {
                    assert!(!holds(&seen.encode_to_vec(), clear), "{clear}");
                }
            }
        }
    }

    #[tokio::test]
    async fn s01_persons_out_of_reach_are_not_found_like_unknown_ones() {
        let fixture = Fixture::new().await;
        let rated = fixture.rated_by_someone().await;
        let unknown = fixture.intake.shell.clock.new_id().to_string();
        let elsewhere = platform::testing::principal::<Officer>(
            "officer-1",
            platform::auth::Caller::Authority { region: "652302".to_owned() },
        );
        let mut told = Vec::new();
        for (caller, request) in [
            (elsewhere.clone(), of_case(&rated.case_id)),
            (elsewhere, of_rating(&rated.rating_id)),
            (officer("officer-1", Some("652301-a01")), of_case(&rated.case_id)),
            (officer("officer-1", Some("652301-a01")), of_rating(&rated.rating_id)),
            (officer("officer-1", None), of_case(&unknown)),
            (officer("officer-1", None), of_rating(&unknown)),
        ] {
            let status = refused(&fixture, caller, request).await;
            told.push((status.code(), status.message().to_owned(), status.details().to_vec()));
        }
        assert_eq!(told[0].0, Code::NotFound);
        assert!(told.iter().all(|one| *one == told[0]), "{told:?}");
        for request in [GetPersonRequest::default(), of_case("x"), of_rating("")] {
            let status = refused(&fixture, officer("officer-1", None), request).await;
            assert_eq!(status.code(), Code::InvalidArgument);
        }
    }

    #[tokio::test]
    async fn s01_the_rated_staff_member_does_not_even_see_the_mask() {
        let fixture = Fixture::new().await;
        let rated = fixture.rated_by_someone().await;
        fixture.served_by(&rated.case_id, "officer-1").await;
        for (agency, request) in
            [(Some("652301-a03"), of_case(&rated.case_id)), (None, of_rating(&rated.rating_id))]
        {
            let status = refused(&fixture, officer("officer-1", agency), request.clone()).await;
            assert_eq!(status.code(), Code::FailedPrecondition);
            let details = status.get_error_details();
            assert_eq!(details.error_info().unwrap().reason, "RATED_STAFF_MEMBER");
            run(&fixture.intake, officer("officer-2", agency), request).await.unwrap();
        }
    }

    #[tokio::test]
    async fn s01_who_was_drawn_or_spoke_without_a_rating_is_seen_masked() {
        let fixture = Fixture::new().await;
        let told = told(&fixture).await;
        let natural: i32 = WireRaterKind::NaturalPerson.into();
        for (subject, kind, phone, has_text) in [
            (Subject::ActId(told.act_id.clone()), natural, "138****0000", false),
            (Subject::MatterId(told.problem_id.clone()), natural, "138****0000", true),
            (Subject::MatterId(told.review_id.clone()), 0, "138****8000", true),
        ] {
            let request = GetPersonRequest { subject: Some(subject) };
            let caller = officer("officer-1", Some("652301-a03"));
            let seen = run(&fixture.intake, caller, request.clone()).await.unwrap();
            assert_eq!((seen.rater_kind, seen.has_text), (kind, has_text), "{request:?}");
            assert_eq!(seen.masked_phone, phone);
            for clear in ["示例办事人", "13800000000", PHONE, TEXT, ANSWER] {
                assert!(!holds(&seen.encode_to_vec(), clear), "{clear}");
            }
            let elsewhere = officer("officer-1", Some("652301-a01"));
            let status = refused(&fixture, elsewhere, request).await;
            assert_eq!(status.code(), Code::NotFound);
        }
    }

    #[tokio::test]
    async fn s01_an_organisation_is_seen_masked_too() {
        let fixture = Fixture::new().await;
        let mut report = fixture.report("2026-0001", ON_THE_SPOT_ITEM, &[Stage::Acceptance]);
        let applicant = report.applicant.as_mut().unwrap();
        applicant.kind = WireRaterKind::LegalPerson.into();
        (applicant.name, applicant.number) =
            ("昌吉示例商贸有限公司".to_owned(), "91350100M000100Y43".to_owned());
        let case_id = fixture.push(report).await.unwrap().case.unwrap().case_id;
        let seen = run(&fixture.intake, officer("officer-1", None), of_case(&case_id)).await;
        assert_eq!(seen.unwrap().masked_name, "昌吉**公司");
    }
}
