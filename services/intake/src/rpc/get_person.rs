//! Shows who applied or rated, masked.

use domain::{mask, rating::RaterKind, violation::Violations};
use platform::{auth::Officer, convert::rater_kind};
use proto::intake::v1::{GetPersonRequest, GetPersonResponse, get_person_request};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{
    Intake,
    convert::Applicant,
    error::Error,
    store::{
        self,
        people::{Person, Subject},
    },
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
    };
    let subject = named(wrong, subject)?;
    let person = reached(intake.store.read(), &caller, subject).await?;
    let applicant = applicant(intake, &person)?;
    let kind = rater_kind(person.case.rater_kind.into()).ok();
    // Who said nothing of what they are is masked like a natural person.
    let name = mask::name(kind.unwrap_or(RaterKind::NaturalPerson), &applicant.name);
    Ok(GetPersonResponse {
        rater_kind: person.case.rater_kind.into(),
        masked_name: name,
        masked_number: mask::number(&applicant.number),
        masked_phone: mask::phone(&applicant.phone),
        has_text: person.rating.is_some_and(|rating| rating.has_text),
    })
}

/// The case a request names.
pub(super) fn case(wrong: &mut Violations, id: &str) -> Option<Subject> {
    wrong.take("case_id", id.parse::<Uuid>().map_err(|_| "is no UUID")).map(Subject::Case)
}

/// The rating a request names.
pub(super) fn rating(wrong: &mut Violations, id: &str) -> Option<Subject> {
    wrong.take("rating_id", id.parse::<Uuid>().map_err(|_| "is no UUID")).map(Subject::Rating)
}

/// Whose data are asked for, unless anything is wrong.
pub(super) fn named(mut wrong: Violations, subject: Option<Subject>) -> Result<Subject, Error> {
    if subject.is_none() && wrong.0.is_empty() {
        wrong.add("subject", "is missing");
    }
    wrong.finish(subject)?.ok_or_else(|| Violations::default().into())
}

/// A person the officer may learn of: of their region or agency, and not served by themselves (S01).
pub(super) async fn reached(
    connection: &impl ConnectionTrait,
    caller: &Officer,
    subject: Subject,
) -> Result<Person, Error> {
    let reaches = |person: &Person| match caller.agency() {
        Some(agency) => agency == person.agency_id,
        None => caller.reaches(&person.region_code),
    };
    let person = store::people::person(connection, subject).await?;
    let person = person.filter(reaches).ok_or(Error::PersonNotFound)?;
    match person.staff.iter().any(|staff| staff == caller.id()) {
        true => Err(Error::RatedStaffMember),
        false => Ok(person),
    }
}

/// Who applied, in the clear; nothing for cases of before it was kept.
pub(super) fn applicant(intake: &Intake, person: &Person) -> Result<Applicant, Error> {
    let sealed = person.case.applicant.as_deref();
    let open = |sealed| Applicant::open(&intake.shell.sealer, sealed, person.case.id);
    Ok(sealed.map(open).transpose()?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use prost::Message as _;
    use proto::r#type::v1::RaterKind as WireRaterKind;
    use tonic::{Code, Status};
    use tonic_types::StatusExt as _;

    use super::*;
    use crate::rpc::testing::{Fixture, NAME, NUMBER, PHONE, TEXT, holds, officer};

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
}
