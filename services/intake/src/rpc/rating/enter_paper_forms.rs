//! Enters a batch of paper forms (I16), all or nothing; the clerk is on record with each.

use domain::{
    case::Stage,
    channel::{Channel, RatingEntry},
    deadline::iso_date,
    id::RatingId,
    rating::{MAX_TAGS, Submission},
    violation::{Violation, Violations, identifier},
};
use jiff::civil::Date;
use platform::{
    auth::Authority,
    convert::{level, stage},
    once::Recognised,
    request::is_unique_violation,
    status::Failure,
};
use prost::Message as _;
use proto::intake::v1::{EnterPaperFormsRequest, EnterPaperFormsResponse, EnteredForm, PaperForm};

use crate::{
    Intake,
    app::rating::{
        batch,
        record_ratings::{BroughtRating, RatingTime, Record, RecordOutcome},
    },
    convert::request_id,
    error::{Error, case::CaseError},
    store::rating::{batches, ratings},
};

/// How many forms one batch has at most.
const MAX_FORMS: usize = 200;
/// How many ratings several forms make at most, those of whole batches (批量办件) included. One
/// form's batch may be larger.
const MAX_RATINGS: usize = 2_000;

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
            Ok(form) => brought.push((n, form)),
            Err(more) => add(&mut wrong, n, more),
        }
        let twice = request.forms[..n].iter().any(|earlier| earlier.reference == form.reference);
        wrong.require(!twice, &format!("forms[{n}].reference"), "is there twice");
    }
    let scope = officer.id().as_bytes();
    let key = intake.shell.requests.key(scope, "EnterPaperForms", request_id, &request);
    let at = intake.shell.clock.now();
    let (places, brought): (Vec<usize>, Vec<BroughtRating>) = brought.into_iter().unzip();
    let mut record = Record::load(intake, officer, &brought).await?;
    let reached =
        record.reaches_all(&brought).then_some(()).ok_or(Error::from(CaseError::NotFound));
    if let Some(answer) = intake.shell.answered(&intake.store, key).await? {
        return reached.map(|()| answer);
    }
    let mut answer = EnterPaperFormsResponse::default();
    let (mut rows, mut bodies, mut batches) = (Vec::new(), Vec::new(), Vec::new());
    let mut come_to = 0;
    for (n, form) in places.into_iter().zip(&brought) {
        let (ratings, known) = match record.decide(intake, officer, form, at) {
            Ok(RecordOutcome::New(new)) => {
                let (row, fact, given) = *new;
                let mut ratings = vec![RatingId(row.id)];
                if let Some(given) = given {
                    ratings.extend(batch::ratings_of(&given).into_iter().skip(1).map(RatingId));
                    batches.push(given);
                }
                come_to += ratings.len();
                rows.push(row);
                bodies.push(fact);
                (ratings, false)
            }
            Ok(RecordOutcome::Known(ratings)) => (ratings, true),
            Err(Error::Failure(Failure::Invalid(more))) => {
                add(&mut wrong, n, more);
                continue;
            }
            // An error that would alone be a refusal is one of several errors here.
            Err(refusal) if refusal.is_of_the_rating() => {
                wrong.add(format!("forms[{n}]"), refusal.to_string());
                continue;
            }
            Err(error) => return Err(error),
        };
        let mut ids: Vec<String> = ratings.iter().map(RatingId::to_string).collect();
        let rating_id = ids.first().cloned().unwrap_or_default();
        ids.truncate(if ids.len() == 1 { 0 } else { ids.len() });
        let reference = form.reference.clone();
        answer.entered.push(EnteredForm { reference, rating_id, known, batch_rating_ids: ids });
        if come_to > MAX_RATINGS && rows.len() > 1 {
            wrong.add("forms", "come to more than 2000 ratings");
            break;
        }
    }
    wrong.finish(())?;
    let asked = intake.shell.once(&intake.store, key).await?;
    let txn = match asked.recognise().await? {
        Recognised::Before(answer) => return reached.map(|()| answer),
        Recognised::New(txn) => txn,
    };
    // Two clerks with one form: the second tries again and gets the answer that it is known.
    ratings::insert_ratings(&txn, rows).await.map_err(|error| {
        match is_unique_violation(&error) {
            true => Failure::Raced("a form is being entered by someone else").into(),
            false => Error::from(error),
        }
    })?;
    let of_batches = !batches.is_empty();
    batches::insert(&txn, batches).await?;
    let answer = txn.finish(answer, bodies).await?;
    if of_batches {
        intake.queue.more_is_owed();
    }
    Ok(answer)
}

fn add(wrong: &mut Violations, n: usize, more: Violations) {
    let of_form = |Violation { field, description }| Violation {
        field: format!("forms[{n}].{}", if field == "given_at" { "filled_on" } else { &field }),
        description,
    };
    wrong.0.extend(more.0.into_iter().map(of_form));
}

fn read(intake: &Intake, form: &PaperForm) -> Result<BroughtRating, Violations> {
    let mut wrong = Violations::default();
    let level = wrong.take("level", level(form.level));
    let stage = match form.stage {
        0 => Some(Stage::Completion),
        stated => wrong.take("stage", stage(stated)),
    };
    let filled_on = wrong.take("filled_on", iso_date(&form.filled_on)).unwrap_or(Date::MIN);
    wrong.require(form.tag_codes.len() <= MAX_TAGS, "tag_codes", "are more than 8");
    wrong.take("project_number", identifier(&form.project_number));
    wrong.take("reference", identifier(&form.reference));
    let digits =
        |code: &String| !code.is_empty() && code.bytes().all(|b| b.is_ascii_alphanumeric());
    wrong.require(form.tag_codes.iter().all(digits), "tag_codes", "are letters and digits");
    let read = wrong.finish((level, stage))?;
    let (Some(level), Some(stage)) = read else { return Err(Violations::default()) };
    let version = if form.tag_codes.is_empty() { "" } else { &form.tag_list_version };
    Ok(BroughtRating {
        entry: RatingEntry::Clerk,
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
        given_at: RatingTime::Day(filled_on),
        whole_batch: form.whole_batch,
        hash: intake.shell.requests.content(&[&form.encode_to_vec()]),
    })
}

#[cfg(test)]
mod tests {
    use platform::{
        auth::Caller,
        facts,
        testing::{REGION, WINDOW_ITEM, principal},
    };
    use proto::{
        fact::v1::{RatingSubmitted, fact::Body},
        r#type::v1::{Channel as WireChannel, Level, Origin, Stage},
    };
    use tonic::{Code, Status};
    use tonic_types::StatusExt as _;

    use super::*;
    use crate::{
        rpc::testing::Fixture,
        store::{case::cases, rating::ratings},
    };

    fn clerk() -> Authority {
        principal("652301-clerk", Caller::Authority { region: REGION.to_owned() })
    }

    fn form(reference: &str, level: Level, filled_on: &str) -> PaperForm {
        PaperForm {
            reference: reference.to_owned(),
            project_number: "P-1".to_owned(),
            level: level.into(),
            filled_on: filled_on.to_owned(),
            ..PaperForm::default()
        }
    }

    fn request(forms: Vec<PaperForm>) -> EnterPaperFormsRequest {
        let request_id = platform::clock::Clock::System.new_id().to_string();
        EnterPaperFormsRequest { request_id, forms }
    }

    async fn enter(
        fixture: &Fixture,
        forms: Vec<PaperForm>,
    ) -> Result<EnterPaperFormsResponse, Status> {
        Ok(run(&fixture.intake, clerk(), request(forms)).await?)
    }

    /// A case completed on Monday, 2 March, and the clerk's Wednesday.
    async fn on_wednesday() -> Fixture {
        let fixture = Fixture::new().await;
        let both = [Stage::Acceptance, Stage::Completion];
        fixture.push(fixture.report("P-1", WINDOW_ITEM, &both)).await.unwrap();
        fixture.intake.shell.clock.set("2026-03-04T03:00:00Z".parse().unwrap());
        fixture
    }

    async fn told(fixture: &Fixture) -> Vec<RatingSubmitted> {
        let rating = |body| match body {
            Body::RatingSubmitted(rating) => Some(rating),
            _ => None,
        };
        fixture.told().await.into_iter().filter_map(rating).collect()
    }

    #[tokio::test]
    async fn i16_forms_are_entered_once_with_their_reference_and_the_clerk() {
        let fixture = on_wednesday().await;
        let mut second = form("F-2", Level::Satisfied, "2026-03-03");
        second.stage = Stage::Acceptance.into();
        second.text = "窗口同志很热情".to_owned();
        let forms = vec![form("F-1", Level::VeryDissatisfied, "2026-03-02"), second];
        let asked = request(forms.clone());
        let entered = run(&fixture.intake, clerk(), asked.clone()).await.unwrap();
        assert_eq!(run(&fixture.intake, clerk(), asked.clone()).await.unwrap(), entered);
        let moved = Caller::Authority { region: "652302".to_owned() };
        let moved = run(&fixture.intake, principal("652301-clerk", moved), asked).await;
        assert!(matches!(moved, Err(Error::Case(CaseError::NotFound))), "{moved:?}");
        let again = enter(&fixture, forms).await.unwrap();
        assert!(again.entered.iter().all(|form| form.known), "another batch, the same forms");
        let ratings = told(&fixture).await;
        assert_eq!(ratings.len(), 2);
        for rating in &ratings {
            assert_eq!((rating.origin(), rating.channel()), (Origin::Paper, WireChannel::Paper));
        }
        let act = ratings[0].act.as_ref().unwrap().act_id.parse().unwrap();
        let rows = ratings::ratings_of(&fixture.intake.store, act, None, 100).await.unwrap();
        assert_eq!(rows[0].entered_by.as_deref(), Some("652301-clerk"));
        assert_eq!(rows[0].reference.as_deref(), Some("F-1"));
    }

    #[tokio::test]
    async fn i16_everything_wrong_in_a_batch_is_named_by_form_and_nothing_is_entered() {
        let fixture = on_wednesday().await;
        let mut foreign_tag = form("F-6", Level::Satisfied, "2026-03-03");
        foreign_tag.tag_codes = vec!["101".to_owned()];
        foreign_tag.tag_list_version = "national-2020-05".to_owned();
        let mut unknown = form("F-7", Level::Satisfied, "2026-03-03");
        unknown.project_number = "P-404".to_owned();
        let forms = vec![
            form("F-1", Level::Satisfied, "2026-03-03"),
            form("F-3", Level::Satisfied, "2026-03-01"),
            form("F-4", Level::Satisfied, "2026-03-05"),
            form("F\u{202E}5", Level::Satisfied, "2026-03-03"),
            foreign_tag,
            unknown,
        ];
        let refused = enter(&fixture, forms).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        let details = refused.get_error_details();
        let wrong = &details.bad_request().unwrap().field_violations;
        let fields: Vec<_> = wrong.iter().map(|wrong| wrong.field.as_str()).collect();
        let expected = [
            "forms[3].reference",
            "forms[1]",
            "forms[2].filled_on",
            "forms[4].tag_codes[0]",
            "forms[5].project_number",
        ];
        assert_eq!(fields, expected);
        assert!(told(&fixture).await.is_empty());
        let shapeless = vec![
            form("F-1", Level::Unspecified, "3 March"),
            form("F-1", Level::Satisfied, "2026-03-03"),
        ];
        let refused = enter(&fixture, shapeless).await.unwrap_err();
        let details = refused.get_error_details();
        assert_eq!(details.bad_request().unwrap().field_violations.len(), 3);
        for count in [0, 201] {
            let many = vec![form("F-1", Level::Satisfied, "2026-03-03"); count];
            assert_eq!(enter(&fixture, many).await.unwrap_err().code(), Code::InvalidArgument);
        }
    }

    #[tokio::test]
    async fn i16_a_form_filled_in_in_time_is_in_time_on_the_clerks_desk_and_a_late_one_is_not() {
        let fixture = on_wednesday().await;
        // The window closed with Monday, 9 March.
        fixture.intake.shell.clock.set("2026-03-20T03:00:00Z".parse().unwrap());
        enter(&fixture, vec![form("F-1", Level::Satisfied, "2026-03-09")]).await.unwrap();
        let late = enter(&fixture, vec![form("F-2", Level::Satisfied, "2026-03-10")]).await;
        assert!(late.unwrap_err().message().contains("closed at the end of 2026-03-09"));
        let changed = enter(&fixture, vec![form("F-1", Level::Dissatisfied, "2026-03-09")]).await;
        assert_eq!(changed.unwrap_err().code(), Code::InvalidArgument, "a form is what it was");
        assert_eq!(told(&fixture).await.len(), 1);
    }

    #[tokio::test]
    async fn i10_one_form_rates_a_whole_batch_as_far_as_it_was_open_that_day() {
        let fixture = Fixture::under("haiyang-2021").await;
        let both = [Stage::Acceptance, Stage::Completion];
        let push = async |number: &str, batch: &str| {
            let mut report = fixture.report(number, WINDOW_ITEM, &both);
            report.batch_number = batch.to_owned();
            fixture.push(report).await.unwrap();
        };
        // Two of a batch on Monday, one alone; a third is reported on Wednesday, after the form's
        // day, and a fourth after its entry.
        push("P-1", "B-1").await;
        push("P-2", "B-1").await;
        push("P-8", "").await;
        fixture.intake.shell.clock.set("2026-03-04T01:00:00Z".parse().unwrap());
        push("P-3", "B-1").await;
        // Another region's case in the same batch is not within this clerk's reach.
        let acts = cases::offered(fixture.intake.store.read()).await.unwrap();
        let mut foreign = acts.into_iter().find(|act| act.batch_id.is_some()).unwrap();
        foreign.id = fixture.intake.shell.clock.new_id();
        foreign.region_code = "652302".to_owned();
        foreign.service_number = 2;
        let txn = fixture.intake.store.begin().await.unwrap();
        cases::insert_acts(&txn, vec![foreign]).await.unwrap();
        txn.commit().await.unwrap();
        let whole = |reference: &str, project_number: &str| PaperForm {
            whole_batch: true,
            project_number: project_number.to_owned(),
            ..form(reference, Level::Satisfied, "2026-03-03")
        };
        let alone = enter(&fixture, vec![whole("F-8", "P-8")]).await.unwrap_err();
        let details = alone.get_error_details();
        let wrong = &details.bad_request().unwrap().field_violations;
        assert_eq!(wrong[0].field, "forms[0].whole_batch");

        let entered = enter(&fixture, vec![whole("F-1", "P-1")]).await.unwrap().entered.remove(0);
        assert_eq!((entered.batch_rating_ids.len(), entered.known), (3, false));
        assert_eq!(entered.batch_rating_ids[0], entered.rating_id);
        fixture.settled().await;
        push("P-4", "B-1").await;
        let ratings = told(&fixture).await;
        assert_eq!(ratings.len(), 4);
        let cases = ratings.iter().map(|rating| rating.act.clone().unwrap().case_id);
        assert_eq!(cases.collect::<std::collections::BTreeSet<_>>().len(), 4);
        assert!(ratings.iter().all(|rating| rating.origin() == Origin::Paper));
        let batch = &ratings[0].batch_id;
        assert!(!batch.is_empty() && ratings.iter().all(|rating| rating.batch_id == *batch));

        let again = enter(&fixture, vec![whole("F-1", "P-1")]).await.unwrap().entered.remove(0);
        assert_eq!(again, EnteredForm { known: true, ..entered });
        // A form that is not for the whole batch rates its own case.
        let one = form("F-2", Level::Satisfied, "2026-03-03");
        let one = enter(&fixture, vec![one]).await.unwrap().entered.remove(0);
        assert!(one.batch_rating_ids.is_empty());
        assert_eq!(told(&fixture).await.len(), 5);
    }

    #[tokio::test]
    async fn i10_many_forms_for_whole_batches_are_entered_or_refused_for_their_number() {
        let fixture = Fixture::under("haiyang-2021").await;
        for n in 1..=11 {
            let both = [Stage::Acceptance, Stage::Completion];
            let mut report = fixture.report(&format!("P-{n}"), WINDOW_ITEM, &both);
            report.batch_number = "B-1".to_owned();
            fixture.push(report).await.unwrap();
        }
        let whole = |n: usize| PaperForm {
            whole_batch: true,
            ..form(&format!("F-{n}"), Level::Satisfied, "2026-03-02")
        };
        let refused = enter(&fixture, (1..=200).map(whole).collect()).await.unwrap_err();
        let details = refused.get_error_details();
        let wrong = &details.bad_request().unwrap().field_violations;
        assert_eq!((wrong.len(), wrong[0].field.as_str()), (1, "forms"), "2,200 ratings");
        enter(&fixture, (1..=181).map(whole).collect()).await.unwrap();
        fixture.settled().await;
        let told = facts::head(&fixture.intake.store).await.unwrap();
        let again = enter(&fixture, (1..=181).map(whole).collect()).await.unwrap();
        assert!(again.entered.iter().all(|form| form.known && form.batch_rating_ids.len() == 11));
        assert_eq!(facts::head(&fixture.intake.store).await.unwrap(), told, "nothing twice");
    }

    #[tokio::test]
    async fn i16_a_form_filled_in_in_time_is_taken_although_its_case_was_told_late() {
        let fixture = Fixture::new().await;
        // Completed on Monday, 5 January, and reported in March.
        fixture.intake.shell.clock.set("2026-01-05T01:00:00Z".parse().unwrap());
        let both = [Stage::Acceptance, Stage::Completion];
        let report = fixture.report("P-1", WINDOW_ITEM, &both);
        fixture.intake.shell.clock.set("2026-03-02T01:00:00Z".parse().unwrap());
        fixture.push(report).await.unwrap();
        assert!(fixture.offered().await.is_empty());
        let late = enter(&fixture, vec![form("F-2", Level::Satisfied, "2026-01-13")]).await;
        assert!(late.unwrap_err().message().contains("closed at the end of 2026-01-12"));
        let early = enter(&fixture, vec![form("F-3", Level::Satisfied, "2026-01-04")]).await;
        assert_eq!(early.unwrap_err().code(), Code::InvalidArgument);
        enter(&fixture, vec![form("F-1", Level::Dissatisfied, "2026-01-12")]).await.unwrap();
        let [rated] = &told(&fixture).await[..] else { panic!() };
        assert_eq!((rated.origin(), rated.level()), (Origin::Paper, Level::Dissatisfied));
        let mine = fixture.my_cases(crate::rpc::testing::PERSON).await;
        let act = mine[0].acts.iter().find(|act| act.level() == Level::Dissatisfied).unwrap();
        let window = act.invitation.as_ref().unwrap().window.as_ref().unwrap();
        assert_eq!((act.closed, window.due_on.as_str()), (true, "2026-01-12"), "its own window");
    }

    #[tokio::test]
    async fn i16_of_two_forms_the_one_filled_in_last_counts_whichever_is_typed_last() {
        let fixture = on_wednesday().await;
        let forms = vec![
            form("F-2", Level::Dissatisfied, "2026-03-04"),
            form("F-1", Level::VerySatisfied, "2026-03-02"),
        ];
        enter(&fixture, forms).await.unwrap();
        fixture.on_march(5);
        enter(&fixture, vec![form("F-3", Level::Satisfied, "2026-03-03")]).await.unwrap();
        let ratings = told(&fixture).await;
        let days: Vec<_> = ratings.iter().map(|rated| rated.given_at.unwrap().seconds).collect();
        assert!(days[1] < days[2] && days[2] < days[0], "facts tell the day: {days:?}");
        let mine = fixture.my_cases(crate::rpc::testing::PERSON).await;
        let acts = mine[0].acts.iter();
        let rated = acts.filter(|act| act.level() != Level::Unspecified);
        assert_eq!(rated.map(|act| act.level()).collect::<Vec<_>>(), [Level::Dissatisfied]);
    }

    #[tokio::test]
    async fn i16_another_regions_case_is_no_case_here() {
        let fixture = on_wednesday().await;
        let stranger = principal("x", Caller::Authority { region: "652302".to_owned() });
        let asked = request(vec![form("F-1", Level::Satisfied, "2026-03-03")]);
        let refused = run(&fixture.intake, stranger, asked).await.unwrap_err();
        assert_eq!(Status::from(refused).code(), Code::InvalidArgument);
        assert!(told(&fixture).await.is_empty());
    }
}
