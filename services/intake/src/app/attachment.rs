//! Who reaches what has attachments, and the record of a look at one.

use platform::{audit, auth::Authority};
use proto::{
    intake::v1::{AuditRecord, LookPurpose},
    r#type::v1::Origin,
};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{
    Intake,
    app::{people, survey},
    convert::{attachment::Subject, people::note_place, to_column},
    entity::look,
    error::{Error, attachment::AttachmentError, people::PeopleError, rating::RatingError},
    store::{
        attachment::region_of_assessment,
        people::subjects::{self, SealedWords},
    },
};

/// The region of what has attachments, if it is within the caller's reach, and not about the caller:
/// who served the rater neither adds nor reads the scans of their form (S01).
pub(crate) async fn reached(
    connection: &impl ConnectionTrait,
    caller: &Authority,
    subject: Subject,
) -> Result<String, Error> {
    let officer = caller.officer();
    match subject {
        Subject::PaperForm(id) => {
            let rating = subjects::Subject::Rating(id);
            let person = people::reached(connection, officer, rating).await;
            let person = person.map_err(|error| match error {
                Error::People(PeopleError::NotFound) => RatingError::NotFound.into(),
                error => error,
            })?;
            let paper = to_column(Origin::Paper);
            match person.spoken {
                // Of a batch only the first rating has the form's number.
                Some(SealedWords::Rating(form))
                    if form.origin == paper && form.reference.is_some() =>
                {
                    Ok(person.region_code)
                }
                _ => Err(AttachmentError::NoPaperForm.into()),
            }
        }
        Subject::Survey(id) => Ok(survey::own(connection, id, caller).await?.region_code),
        Subject::Assessment(id) => {
            let region = region_of_assessment(connection, id).await?;
            let region = region.filter(|region| officer.reaches(region));
            region.ok_or(AttachmentError::AssessmentNotFound.into())
        }
    }
}

/// Who looks at which attachment, and what for.
pub(crate) struct AttachmentLook<'a> {
    pub(crate) caller: &'a Authority,
    pub(crate) subject: Subject,
    pub(crate) region: String,
    pub(crate) purpose: LookPurpose,
    pub(crate) note: &'a str,
}

/// Puts a look at an attachment on record: without it, no look.
pub(crate) async fn record(
    intake: &Intake,
    look: AttachmentLook<'_>,
    id: Uuid,
) -> Result<(), Error> {
    let shell = &intake.shell;
    let record_id = shell.clock.new_id();
    let officer = look.caller.officer();
    let purpose = look.purpose.as_str_name().trim_start_matches("LOOK_PURPOSE_");
    let record = AuditRecord {
        record_id: record_id.to_string(),
        actor: officer.id().to_owned(),
        actor_region: officer.region().to_owned(),
        actor_agency: String::new(),
        action: format!("download {id}"),
        subject_kind: look.subject.kind().to_owned(),
        subject_id: look.subject.id().to_string(),
        subject_region: look.region,
        purpose: purpose.to_owned(),
        at: shell.clock.now().as_microsecond(),
    };
    let note = shell.sealer.seal(look.note.trim().as_bytes(), &note_place(record_id))?;
    let txn = intake.store.begin().await?;
    subjects::insert_look(&txn, look::Model { id: record_id, note }).await?;
    audit::commit(txn, &shell.clock, &record).await?;
    shell.bus.committed(intake.store.service());
    Ok(())
}
