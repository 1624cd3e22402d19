//! Enters a batch of paper forms (I16), all or nothing; the clerk is on record with each.

use domain::{
    channel::{Channel, Given},
    deadline::iso_date,
    rating::{MAX_TAGS, Stage, Submission},
    violation::{Violation, Violations},
};
use jiff::civil::Date;
use platform::{
    auth::Authority,
    convert::{level, stage},
    facts,
    status::Failure,
};
use prost::Message as _;
use proto::intake::v1::{EnterPaperFormsRequest, EnterPaperFormsResponse, EnteredForm, PaperForm};

use super::submit_application::request_id;
use crate::{
    Intake,
    error::Error,
    jobs::record_ratings::{Brought, GivenAt, Record, Recorded},
    store,
};

/// The most forms of one batch.
const MAX_FORMS: usize = 200;

pub(crate) async fn run(
    intake: &Intake,
    caller: Authority,
    request: EnterPaperFormsRequest,
) -> Result<EnterPaperFormsResponse, Error> {
    let request_id = request_id(&request.request_id)?;
    let officer = caller.officer();
    let mut wrong = Violations::default();
    let count = (1..=MAX_FORMS).contains(&request.forms.len());
    wrong.require(count, "forms", "are not from 1 to 200");
    let mut wrong = match wrong.finish(()) {
        Ok(()) => Violations::default(),
        Err(wrong) => return Err(wrong.into()),
    };
    let mut brought = Vec::with_capacity(request.forms.len());
    for (n, form) in request.forms.iter().enumerate() {
        match read(intake, form) {
            Ok(form) => brought.push(form),
            Err(more) => add(&mut wrong, n, more),
        }
        let twice = request.forms[..n].iter().any(|earlier| earlier.reference == form.reference);
        wrong.require(!twice, &format!("forms[{n}].reference"), "is there twice");
    }
    wrong.finish(())?;
    let scope = officer.id().as_bytes();
    let key = intake.shell.requests.key(scope, "EnterPaperForms", request_id, &request);
    if let Some(answer) = intake.shell.requests.replay(intake.store.read(), key).await? {
        return Ok(answer);
    }
    let at = intake.shell.clock.now();
    let mut record = Record::load(intake, officer, &brought).await?;
    let mut wrong = Violations::default();
    let (mut answer, mut rows, mut bodies) =
        (EnterPaperFormsResponse::default(), Vec::new(), Vec::new());
    for (n, form) in brought.iter().enumerate() {
        let (rating_id, known) = match record.decide(intake, officer, form, at) {
            Ok(Recorded::New(row, fact)) => {
                let id = row.id.to_string();
                rows.push(*row);
                bodies.push(*fact);
                (id, false)
            }
            Ok(Recorded::Known(id)) => (id.to_string(), true),
            Err(Error::Failure(Failure::Invalid(more))) => {
                add(&mut wrong, n, more);
                continue;
            }
            // What would be a refusal for itself is one of several wrong things here.
            Err(refusal) if refusal.is_of_the_rating() => {
                wrong.add(format!("forms[{n}]"), refusal.to_string());
                continue;
            }
            Err(error) => return Err(error),
        };
        answer.entered.push(EnteredForm { reference: form.reference.clone(), rating_id, known });
    }
    wrong.finish(())?;
    let txn = intake.store.begin().await?;
    intake.shell.requests.keep(&txn, key, &intake.shell.clock, &answer).await?;
    store::insert_ratings(&txn, rows).await?;
    facts::append(&txn, &intake.shell.clock, bodies).await?;
    txn.commit().await?;
    intake.shell.bus.committed(crate::NAME);
    Ok(answer)
}

fn add(wrong: &mut Violations, n: usize, more: Violations) {
    let of_form = |Violation { field, description }| Violation {
        field: format!("forms[{n}].{}", if field == "given_at" { "filled_on" } else { &field }),
        description,
    };
    wrong.0.extend(more.0.into_iter().map(of_form));
}

fn read(intake: &Intake, form: &PaperForm) -> Result<Brought, Violations> {
    let mut wrong = Violations::default();
    let level = wrong.take("level", level(form.level));
    let stage = match form.stage {
        0 => Some(Stage::Completion),
        stated => wrong.take("stage", stage(stated)),
    };
    let filled_on = wrong.take("filled_on", iso_date(&form.filled_on)).unwrap_or(Date::MIN);
    wrong.require(form.tag_codes.len() <= MAX_TAGS, "tag_codes", "are more than 8");
    let digits =
        |code: &String| !code.is_empty() && code.bytes().all(|b| b.is_ascii_alphanumeric());
    wrong.require(form.tag_codes.iter().all(digits), "tag_codes", "are letters and digits");
    let read = wrong.finish((level, stage))?;
    let (Some(level), Some(stage)) = read else { return Err(Violations::default()) };
    let version = if form.tag_codes.is_empty() { "" } else { &form.tag_list_version };
    Ok(Brought {
        given: Given::Clerk,
        channel: Channel::Paper,
        reference: form.reference.clone(),
        project_number: form.project_number.clone(),
        stage,
        service_number: form.service_number.max(1),
        submission: Submission {
            level,
            tag_codes: form.tag_codes.clone(),
            tag_list_version: version.to_owned(),
            text: form.text.clone(),
            answers: Vec::new(),
            private: form.private,
        },
        given_at: GivenAt::Day(filled_on),
        hash: intake.shell.requests.content(&[&form.encode_to_vec()]),
    })
}
