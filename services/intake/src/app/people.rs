//! Whose data an officer asks for, whether the officer may see them, and the data.

use domain::{
    level::Level,
    violation::{Violations, plain_text},
};
use platform::{auth::Officer, status::Failure};
use proto::{intake::v1::LookPurpose, r#type::v1::TicketState};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{
    Intake,
    convert::{
        self, people::Applicant, rating::Words, report::ReportWords, review::ReviewWords,
        survey::CallBackWords, to_column,
    },
    entity::{report, review},
    error::{Error, people::PeopleError},
    store::{
        people::subjects::{self, Person, SealedWords, Subject},
        rating::outcomes,
    },
};

/// The longest reason an officer can give, in characters.
const MAX_NOTE_CHARS: usize = 200;

/// What an officer looks for; what is wrong with it, or with their own words, is noted.
pub(crate) fn purpose(wrong: &mut Violations, purpose: i32, note: &str) -> LookPurpose {
    let purpose = LookPurpose::try_from(purpose).unwrap_or_default();
    wrong.require(purpose != LookPurpose::Unspecified, "purpose", "is missing or unknown");
    wrong.require(!note.trim().is_empty(), "purpose_note", "is missing");
    wrong.require(!note.contains('\n'), "purpose_note", "holds a line break");
    wrong.take("purpose_note", plain_text(note, MAX_NOTE_CHARS));
    purpose
}

/// The case a request names.
pub(crate) fn case(wrong: &mut Violations, id: &str) -> Option<Subject> {
    wrong.take("case_id", id.parse::<Uuid>().map_err(|_| "is no UUID")).map(Subject::Case)
}

/// The rating a request names.
pub(crate) fn rating(wrong: &mut Violations, id: &str) -> Option<Subject> {
    wrong.take("rating_id", id.parse::<Uuid>().map_err(|_| "is no UUID")).map(Subject::Rating)
}

/// The service act a request names.
pub(crate) fn act(wrong: &mut Violations, id: &str) -> Option<Subject> {
    wrong.take("act_id", id.parse::<Uuid>().map_err(|_| "is no UUID")).map(Subject::Act)
}

/// The matter a request names.
pub(crate) fn matter(wrong: &mut Violations, id: &str) -> Option<Subject> {
    wrong.take("matter_id", id.parse::<Uuid>().map_err(|_| "is no UUID")).map(Subject::Matter)
}

/// The report a request names.
pub(crate) fn report(wrong: &mut Violations, id: &str) -> Option<Subject> {
    wrong.take("report_id", id.parse::<Uuid>().map_err(|_| "is no UUID")).map(Subject::Report)
}

/// Whose data are requested, if the request is valid.
pub(crate) fn named(mut wrong: Violations, subject: Option<Subject>) -> Result<Subject, Error> {
    if subject.is_none() && wrong.0.is_empty() {
        wrong.add("subject", "is missing");
    }
    wrong.finish(subject)?.ok_or_else(|| Violations::default().into())
}

/// A person the officer may see: of their region or agency, and not served by the officer (S01). A
/// report is there for the Authority that handles it and for nobody else: not for a higher one, and
/// not for whoever served the reporter, who would learn from a refusal that there is one (S06).
pub(crate) async fn reached(
    connection: &impl ConnectionTrait,
    caller: &Officer,
    subject: Subject,
) -> Result<Person, Error> {
    let reaches = |person: &Person| match caller.agency() {
        Some(agency) => person.agency_id.as_deref() == Some(agency),
        None => caller.reaches(&person.region_code),
    };
    let person = subjects::person(connection, subject).await?;
    let person = person.filter(reaches).ok_or(PeopleError::NotFound)?;
    let same = |staff: &String| staff.trim().eq_ignore_ascii_case(caller.id().trim());
    let reported = matches!(person.spoken, Some(SealedWords::Report(_)));
    let kept_away = caller.region() != person.region_code || person.staff.iter().any(same);
    if reported && kept_away {
        return Err(PeopleError::NotFound.into());
    }
    match person.staff.iter().any(same) {
        true => Err(PeopleError::RatedStaffMember.into()),
        false => Ok(person),
    }
}

/// Who gave a negative rating is seen by the handling agency only once its ticket has a person
/// assigned: whom to call back is that person's to know, not everybody's.
pub(crate) async fn assigned(
    connection: &impl ConnectionTrait,
    caller: &Officer,
    person: &Person,
) -> Result<(), Error> {
    let Some(SealedWords::Rating(rating)) = &person.spoken else { return Ok(()) };
    let negative = platform::convert::level(rating.level.into()).is_ok_and(Level::is_negative);
    if caller.agency().is_none() || !negative {
        return Ok(());
    }
    let nobody = [TicketState::Received, TicketState::Opened].map(to_column);
    let became = outcomes::of(connection, &[rating.act_id]).await?;
    match became.first() {
        Some(became) if !nobody.contains(&became.state) => Ok(()),
        _ => Err(PeopleError::NobodyAssigned.into()),
    }
}

/// The applicant, in the clear; nothing for cases from before applicants were kept. Of a review's
/// author only the contact is shown.
pub(crate) fn applicant(intake: &Intake, person: &Person) -> Result<Applicant, Error> {
    if let Some(SealedWords::Report(report)) = &person.spoken {
        let phone = report_words(intake, report)?.contact;
        return Ok(Applicant { phone, ..Applicant::default() });
    }
    if let Some(SealedWords::Review(review)) = &person.spoken {
        let phone = review_words(intake, review)?.contact;
        return Ok(Applicant { phone, ..Applicant::default() });
    }
    Ok(person.applicant.open(&intake.shell.sealer)?)
}

/// What they said, in the clear.
pub(crate) fn words(intake: &Intake, person: &Person) -> Result<Words, Error> {
    let sealer = &intake.shell.sealer;
    Ok(match &person.spoken {
        None => Words::default(),
        Some(SealedWords::Rating(rating)) => Words::open(sealer, &rating.words, rating.id)?,
        Some(SealedWords::Review(review)) => {
            Words { text: review_words(intake, review)?.text, ..Words::default() }
        }
        Some(SealedWords::Report(report)) => {
            Words { text: report_words(intake, report)?.text, ..Words::default() }
        }
        Some(SealedWords::CallBack(called)) => {
            let words: CallBackWords =
                convert::open(sealer, "call_back.words", called.id, &called.words)?;
            Words { text: words.problem, ..Words::default() }
        }
    })
}

fn report_words(intake: &Intake, report: &report::Model) -> Result<ReportWords, Failure> {
    convert::open(&intake.shell.sealer, "report.words", report.id, &report.words)
}

fn review_words(intake: &Intake, review: &review::Model) -> Result<ReviewWords, Failure> {
    convert::open(&intake.shell.sealer, "review.content", review.id, &review.content)
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;
    use crate::rpc::{
        people::reveal_person,
        testing::{Fixture, officer, refusal, reveal},
    };

    #[tokio::test]
    async fn s01_the_agency_sees_who_rated_only_once_a_person_is_assigned() {
        let fixture = Fixture::new().await;
        let rated = fixture.rated_by_someone().await;
        let look = async |agency, field: i32| {
            let caller = officer("officer-1", agency);
            reveal_person::run(&fixture.intake, caller, reveal(&rated, &[field])).await
        };
        let agency = Some("652301-a03");
        let early = (Code::FailedPrecondition, "NOBODY_ASSIGNED".to_owned());
        assert_eq!(
            refusal(look(agency, 3).await.unwrap_err()),
            early,
            "before any ticket is known"
        );
        fixture.ticket_is(&rated.rating_id, TicketState::Opened).await;
        assert_eq!(refusal(look(agency, 1).await.unwrap_err()), early);
        assert!(!look(agency, 4).await.unwrap().text.is_empty(), "the words say whom to assign");
        look(None, 3).await.unwrap();
        fixture.ticket_is(&rated.rating_id, TicketState::Assigned).await;
        look(agency, 3).await.unwrap();
    }
}
