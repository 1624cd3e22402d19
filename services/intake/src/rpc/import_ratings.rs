//! Takes over ratings from the system before this one; marked as imported for ever.

use domain::{
    channel::{Channel, Given},
    rating::{MAX_TAGS, Stage, Submission},
    violation::Violations,
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
    error::{Error, refusal},
    jobs::record_ratings::{Brought, GivenAt, Record, Recorded},
    store,
};

/// How many ratings share a transaction.
const BATCH: usize = 200;
/// How many refusals are told; the rest are counted.
const REFUSALS: usize = 1_000;
/// The longest reference that is told again.
const MAX_REFERENCE: usize = 64;
/// How often a transaction that another process was faster than is begun again.
const ATTEMPTS: usize = 3;

pub(crate) async fn run(
    intake: &Intake,
    caller: Authority,
    ratings: impl Stream<Item = Result<ImportRatingsRequest, Status>> + Unpin,
) -> Result<ImportRatingsResponse, Status> {
    let mut ratings = ratings;
    let mut answer = ImportRatingsResponse::default();
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        let next = ratings.next().await.transpose()?;
        let ended = next.is_none();
        batch.extend(next);
        if batch.len() >= BATCH || ended {
            take_in(intake, caller.officer(), &batch, &mut answer).await?;
            batch.clear();
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
                if answer.refusals.len() < REFUSALS {
                    let (reason, details) = refusal(error);
                    answer.refusals.push(RefusedRating {
                        row: answer.received,
                        reference: rating.reference.chars().take(MAX_REFERENCE).collect(),
                        reason,
                        details,
                    });
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
    let brought: Vec<Brought> = read.iter().flatten().cloned().collect();
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
            Ok(Recorded::New(row, fact)) => {
                rows.push(*row);
                bodies.push(*fact);
                Ok(true)
            }
            Ok(Recorded::Known(_)) => Ok(false),
            Err(error) => Err(error),
        });
    }
    if !rows.is_empty() {
        let txn = intake.store.begin().await?;
        store::insert_ratings(&txn, rows).await?;
        facts::append(&txn, &intake.shell.clock, bodies).await?;
        txn.commit().await?;
        intake.shell.bus.committed(crate::NAME);
    }
    Ok(results)
}

fn read(intake: &Intake, rating: &ImportRatingsRequest) -> Result<Brought, Violations> {
    let mut wrong = Violations::default();
    let level = wrong.take("level", level(rating.level));
    let channel = wrong.take("channel", channel(rating.channel)).unwrap_or(Channel::Portal);
    let stage = match rating.stage {
        0 => Some(Stage::Completion),
        stated => wrong.take("stage", stage(stated)),
    };
    let rated_at = wrong.take("rated_at", instant_of(rating.rated_at.as_ref()));
    wrong.require(rating.tag_codes.len() <= MAX_TAGS, "tag_codes", "are more than 8");
    let digits =
        |code: &String| !code.is_empty() && code.bytes().all(|b| b.is_ascii_alphanumeric());
    wrong.require(rating.tag_codes.iter().all(digits), "tag_codes", "are letters and digits");
    let read = wrong.finish((level, stage, rated_at))?;
    let (Some(level), Some(stage), Some(rated_at)) = read else {
        return Err(Violations::default());
    };
    let version = if rating.tag_codes.is_empty() { "" } else { &rating.tag_list_version };
    Ok(Brought {
        given: Given::Import,
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
        given_at: GivenAt::Instant(rated_at),
        hash: intake.shell.requests.content(&[&rating.encode_to_vec()]),
    })
}
