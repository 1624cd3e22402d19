//! Takes over ratings from an earlier system; they stay marked as imported for ever.

use domain::{
    case::Stage,
    channel::{Channel, RatingEntry},
    rating::{MAX_TAGS, Submission},
    violation::{Violations, identifier},
};
use platform::{
    auth::{Authority, Officer},
    convert::{channel, instant_of, level, stage},
    facts,
    request::is_unique_violation,
    status::Failure,
};
use prost::Message as _;
use proto::intake::v1::{ImportRatingsRequest, ImportRatingsResponse, RefusedRating};
use tokio_stream::{Stream, StreamExt as _};
use tonic::Status;

use crate::{
    Intake,
    app::rating::record_ratings::{BroughtRating, RatingTime, Record, RecordOutcome},
    convert::{BATCH_BYTES, still_fits},
    error::{Error, refusal},
    store::rating::ratings,
};

/// How many ratings share a transaction.
const BATCH: usize = 200;
/// How many refusals an answer lists, if they fit; the rest are counted.
const REFUSALS: usize = 1_000;
/// The longest reference that an answer repeats.
const MAX_REFERENCE: usize = 64;
/// How often a transaction begins again when another process was faster.
const ATTEMPTS: usize = 3;

pub(crate) async fn run(
    intake: &Intake,
    caller: Authority,
    ratings: impl Stream<Item = Result<ImportRatingsRequest, Status>> + Unpin,
) -> Result<ImportRatingsResponse, Status> {
    let mut ratings = ratings;
    let mut answer = ImportRatingsResponse::default();
    let (mut batch, mut bytes) = (Vec::new(), 0);
    loop {
        let next = ratings.next().await.transpose()?;
        let ended = next.is_none();
        bytes += next.as_ref().map_or(0, ImportRatingsRequest::encoded_len);
        batch.extend(next);
        if batch.len() >= BATCH || bytes >= BATCH_BYTES || ended {
            take_in(intake, caller.officer(), &batch, &mut answer).await?;
            (batch, bytes) = (Vec::new(), 0);
        }
        if ended {
            return Ok(answer);
        }
    }
}

async fn take_in(
    intake: &Intake,
    officer: &Officer,
    batch: &[ImportRatingsRequest],
    answer: &mut ImportRatingsResponse,
) -> Result<(), Error> {
    let mut attempt = 1;
    let results = loop {
        match record(intake, officer, batch).await {
            Err(Error::Failure(Failure::Store(error)))
                if is_unique_violation(&error) && attempt < ATTEMPTS =>
            {
                attempt += 1;
            }
            results => break results?,
        }
    };
    for (rating, result) in batch.iter().zip(results) {
        answer.received += 1;
        match result {
            Ok(true) => answer.imported += 1,
            Ok(false) => answer.unchanged += 1,
            Err(error) => {
                answer.refused += 1;
                let (reason, details) = refusal(error);
                let refused = RefusedRating {
                    row: answer.received,
                    reference: rating.reference.chars().take(MAX_REFERENCE).collect(),
                    reason,
                    details,
                };
                if answer.refusals.len() < REFUSALS && still_fits(answer, &refused) {
                    answer.refusals.push(refused);
                }
            }
        }
    }
    Ok(())
}

/// One result for each: true if it is new.
async fn record(
    intake: &Intake,
    officer: &Officer,
    batch: &[ImportRatingsRequest],
) -> Result<Vec<Result<bool, Error>>, Error> {
    let read: Vec<_> = batch.iter().map(|rating| read(intake, rating)).collect();
    let brought: Vec<BroughtRating> = read.iter().flatten().cloned().collect();
    let at = intake.shell.clock.now();
    let mut record = Record::load(intake, officer, &brought).await?;
    let (mut rows, mut bodies) = (Vec::new(), Vec::new());
    let mut results = Vec::with_capacity(batch.len());
    for one in read {
        let one = match one {
            Ok(one) => one,
            Err(wrong) => {
                results.push(Err(wrong.into()));
                continue;
            }
        };
        results.push(match record.decide(intake, officer, &one, at) {
            Ok(RecordOutcome::New(new)) => {
                let (row, fact, _) = *new;
                rows.push(row);
                bodies.push(fact);
                Ok(true)
            }
            Ok(RecordOutcome::Known(_)) => Ok(false),
            Err(Error::Failure(Failure::Invalid(mut wrong))) => {
                for violation in wrong.0.iter_mut().filter(|v| v.field == "given_at") {
                    violation.field = "rated_at".to_owned();
                }
                Err(wrong.into())
            }
            Err(error) => Err(error),
        });
    }
    if !rows.is_empty() {
        // Not `shell.once`: a stream has no request id; each rating's source and content identify
        // it.
        let txn = intake.store.begin().await?;
        ratings::insert_ratings(&txn, rows).await?;
        facts::commit(txn, &intake.shell.clock, bodies).await?;
        intake.shell.bus.committed(crate::NAME);
    }
    Ok(results)
}

fn read(intake: &Intake, rating: &ImportRatingsRequest) -> Result<BroughtRating, Violations> {
    let mut wrong = Violations::default();
    let level = wrong.take("level", level(rating.level));
    let channel = wrong.take("channel", channel(rating.channel)).unwrap_or(Channel::Portal);
    let stage = match rating.stage {
        0 => Some(Stage::Completion),
        stated => wrong.take("stage", stage(stated)),
    };
    let rated_at = wrong.take("rated_at", instant_of(rating.rated_at.as_ref()));
    wrong.require(rating.tag_codes.len() <= MAX_TAGS, "tag_codes", "are more than 8");
    wrong.take("project_number", identifier(&rating.project_number));
    wrong.take("reference", identifier(&rating.reference));
    let digits =
        |code: &String| !code.is_empty() && code.bytes().all(|b| b.is_ascii_alphanumeric());
    wrong.require(rating.tag_codes.iter().all(digits), "tag_codes", "are letters and digits");
    let read = wrong.finish((level, stage, rated_at))?;
    let (Some(level), Some(stage), Some(rated_at)) = read else {
        return Err(Violations::default());
    };
    let version = if rating.tag_codes.is_empty() { "" } else { &rating.tag_list_version };
    Ok(BroughtRating {
        entry: RatingEntry::Import,
        channel,
        reference: rating.reference.clone(),
        project_number: rating.project_number.clone(),
        stage,
        service_number: rating.service_number.max(1),
        submission: Submission {
            level,
            tag_codes: rating.tag_codes.clone(),
            tag_list_version: version.to_owned(),
            text: rating.text.clone(),
            answers: Vec::new(),
            private: rating.private,
        },
        given_at: RatingTime::Instant(rated_at),
        whole_batch: false,
        hash: intake.shell.requests.content(&[&rating.encode_to_vec()]),
    })
}

#[cfg(test)]
mod tests {
    use domain::deadline::day_of;
    use platform::{
        auth::Caller,
        convert::to_wire,
        testing::{REGION, WINDOW_ITEM, principal},
    };
    use proto::{
        fact::v1::fact::Body,
        r#type::v1::{Channel as WireChannel, Level, Origin, Stage},
    };

    use super::*;
    use crate::{
        rpc::testing::{Fixture, PERSON},
        store::case::cases,
    };

    fn rating(reference: &str, level: Level, rated_at: &str) -> ImportRatingsRequest {
        ImportRatingsRequest {
            reference: reference.to_owned(),
            project_number: "P-1".to_owned(),
            level: level.into(),
            channel: WireChannel::Portal.into(),
            rated_at: Some(to_wire(rated_at.parse().unwrap())),
            ..ImportRatingsRequest::default()
        }
    }

    async fn import(
        fixture: &Fixture,
        ratings: Vec<ImportRatingsRequest>,
    ) -> ImportRatingsResponse {
        let authority = principal("652301-o1", Caller::Authority { region: REGION.to_owned() });
        let ratings = tokio_stream::iter(ratings.into_iter().map(Ok));
        run(&fixture.intake, authority, ratings).await.unwrap()
    }

    /// A case of January, reported in March: from before this system.
    async fn of_january() -> Fixture {
        let fixture = Fixture::new().await;
        fixture.intake.shell.clock.set("2026-01-05T01:00:00Z".parse().unwrap());
        let report = fixture.report("P-1", WINDOW_ITEM, &[Stage::Acceptance, Stage::Completion]);
        fixture.intake.shell.clock.set("2026-03-02T01:00:00Z".parse().unwrap());
        fixture.push(report).await.unwrap();
        fixture
    }

    #[tokio::test]
    async fn i06_what_is_told_after_its_window_is_history_that_nobody_is_invited_to_rate() {
        let fixture = of_january().await;
        assert!(fixture.offered().await.is_empty());
        let mine = fixture.my_cases(PERSON).await;
        let acts = &mine[0].acts;
        assert!(acts.len() == 2 && acts.iter().all(|act| act.closed));
        assert!(acts.iter().all(|act| act.invitation.as_ref().unwrap().token.is_empty()));
        // Five working days from the 5th, not from the day of the report.
        for act in acts {
            let window = act.invitation.as_ref().unwrap().window.as_ref().unwrap();
            assert_eq!(window.due_on, "2026-01-12");
        }
    }

    #[tokio::test]
    async fn i06_an_act_kept_with_a_window_that_is_not_its_own_is_closed_and_shows_none() {
        let fixture = of_january().await;
        // As it was kept before: with the window of the day of the report.
        let (known, told) = (fixture.intake.reference.now(), fixture.intake.shell.clock.now());
        let profile = known.profile_on(REGION, day_of(told)).unwrap();
        let window = domain::offer::window(profile, told, known.calendar().unwrap());
        let window = window.unwrap().unwrap();
        let kept = platform::convert::deadline_to_wire(&window).encode_to_vec();
        let txn = fixture.intake.store.begin().await.unwrap();
        let closes_at = window.due_at.as_microsecond();
        cases::set_windows(&txn, closes_at, kept).await.unwrap();
        txn.commit().await.unwrap();
        let mine = fixture.my_cases(PERSON).await;
        for act in &mine[0].acts {
            assert!(act.closed && act.invitation.as_ref().unwrap().window.is_none());
        }
    }

    #[tokio::test]
    async fn s04_history_is_marked_as_imported_for_ever_and_keeps_both_times() {
        let fixture = of_january().await;
        let ratings = vec![
            rating("R-1", Level::Satisfied, "2026-01-06T01:00:00Z"),
            rating("R-2", Level::Satisfied, "2026-01-05T00:59:59Z"),
            rating("R-3", Level::Satisfied, "2026-03-03T01:00:00Z"),
            rating("", Level::Unspecified, "2026-01-06T01:00:00Z"),
        ];
        let told = import(&fixture, ratings.clone()).await;
        assert_eq!((told.received, told.imported, told.refused), (4, 1, 3));
        let reasons: Vec<_> = told.refusals.iter().map(|r| (r.row, r.reason.as_str())).collect();
        let expected = [(2, "RATING_BEFORE_SERVICE"), (3, "MALFORMED"), (4, "MALFORMED")];
        assert_eq!(
            reasons, expected,
            "earlier than its service, ahead of the clock, without level"
        );
        let again = import(&fixture, ratings[..1].to_vec()).await;
        assert_eq!((again.imported, again.unchanged), (0, 1));
        let changed =
            import(&fixture, vec![rating("R-1", Level::VerySatisfied, "2026-01-06T01:00:00Z")]);
        assert_eq!(changed.await.refused, 1, "a rating is what it was");
        let mine = fixture.my_cases(PERSON).await;
        let rated = mine[0].acts.iter().find(|act| act.stage() == Stage::Completion).unwrap();
        assert_eq!((rated.level(), rated.origin()), (Level::Satisfied, Origin::Imported));
        let given = |text: &str| Some(to_wire(text.parse().unwrap()));
        assert_eq!(rated.rated_at, given("2026-01-06T01:00:00Z"), "the day that counts");
        let told = fixture.told().await.into_iter();
        let told: Vec<_> = told
            .filter_map(|body| match body {
                Body::RatingSubmitted(rated) => Some((rated.received_at, rated.given_at)),
                _ => None,
            })
            .collect();
        assert_eq!(told, [(given("2026-03-02T01:00:00Z"), given("2026-01-06T01:00:00Z"))]);
    }

    #[tokio::test]
    async fn s04_of_two_imports_the_one_given_last_counts_whichever_comes_last() {
        let fixture = of_january().await;
        let ratings = vec![
            rating("R-2", Level::Dissatisfied, "2026-01-07T01:00:00Z"),
            rating("R-1", Level::VerySatisfied, "2026-01-06T01:00:00Z"),
        ];
        assert_eq!(import(&fixture, ratings).await.imported, 2);
        fixture.on_march(3);
        let third = rating("R-3", Level::Satisfied, "2026-01-06T23:00:00Z");
        assert_eq!(import(&fixture, vec![third]).await.imported, 1);
        let mine = fixture.my_cases(PERSON).await;
        let rated = mine[0].acts.iter().find(|act| act.stage() == Stage::Completion).unwrap();
        assert_eq!(rated.level(), Level::Dissatisfied);
    }
}
