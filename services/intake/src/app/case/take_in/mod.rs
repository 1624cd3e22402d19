//! Processes the cases that business systems report (I21): many reports in one transaction, each
//! decided alone. Region and project number identify a report, so a repeated report, late or in
//! another order, changes nothing. If two processes get the same one, the second finds the other's
//! rows and begins again.

mod decide;
pub(crate) mod history;
mod report;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use platform::{auth::System, database::Txn, facts, request::is_unique_violation, status::Failure};
use proto::{fact::v1::fact::Body, intake::v1::CaseReport};

use decide::{Decider, Items};
use report::ParsedReport;
use uuid::Uuid;

use crate::{
    Intake,
    app::{
        case::take_in::history::{CaseHistory, Key, ReportOutcome, Writes},
        rating::batch,
    },
    entity::{case_step, message, rating, service_act},
    error::Error,
    store::{
        case::{cases, watched::WatchTarget},
        message::messages,
        people::applicants,
        rating::{batches, ratings},
    },
};

/// How often a transaction begins again when another process was faster.
const ATTEMPTS: usize = 3;

/// Processes reports of one business system, in order: one result for each.
///
/// # Errors
/// If no report can be processed at all.
pub(crate) async fn run(
    intake: &Intake,
    caller: &System,
    reports: &[CaseReport],
) -> Result<Vec<Result<ReportOutcome, Error>>, Error> {
    let at = intake.shell.clock.now();
    let mut parsed = Vec::with_capacity(reports.len());
    for report in reports {
        parsed.push(report::parse(intake, caller, report, at).await);
    }
    for _ in 1..ATTEMPTS {
        match attempt(intake, caller, &parsed, at).await {
            Err(Error::Failure(Failure::Store(error))) if is_unique_violation(&error) => {}
            Ok(results) => return Ok(merged(parsed, results)),
            Err(error) => return Err(error),
        }
    }
    let results = attempt(intake, caller, &parsed, at).await?;
    Ok(merged(parsed, results))
}

type Decision = Option<Result<ReportOutcome, Error>>;

/// Those that could not be parsed stay refused for that reason.
fn merged(
    parsed: Vec<Result<ParsedReport, Error>>,
    results: Vec<Decision>,
) -> Vec<Result<ReportOutcome, Error>> {
    let no_result = || Err(Failure::Internal("a report without result".to_owned()).into());
    let merge = |(parsed, result): (Result<ParsedReport, Error>, Decision)| match parsed {
        Err(error) => Err(error),
        Ok(_) => result.unwrap_or_else(no_result),
    };
    parsed.into_iter().zip(results).map(merge).collect()
}

async fn attempt(
    intake: &Intake,
    caller: &System,
    parsed: &[Result<ParsedReport, Error>],
    at: jiff::Timestamp,
) -> Result<Vec<Decision>, Error> {
    let readable = || parsed.iter().flatten();
    if readable().next().is_none() {
        return Ok(parsed.iter().map(|_| None).collect());
    }
    let txn = intake.store.begin().await?;
    let numbers: Vec<&str> = readable().map(ParsedReport::project_number).collect();
    let mut known: HashMap<Key, CaseHistory> = HashMap::new();
    let found = cases::locked_by_project_number(&txn, &numbers).await?;
    let ids: Vec<_> = found.iter().map(|case| case.id).collect();
    let mut steps: HashMap<_, Vec<case_step::Model>> = HashMap::new();
    for step in cases::steps_of(&txn, &ids).await? {
        steps.entry(step.case_id).or_default().push(step);
    }
    for case in found {
        let key = (case.region_code.clone(), case.project_number.clone());
        let steps = steps.remove(&case.id).unwrap_or_default();
        known.insert(key, CaseHistory { case, steps, created: false, changed: false });
    }
    let items = items(intake, readable(), known.values()).await?;
    let decider = Decider { intake, items: &items, at, by: caller.id() };
    let mut writing = Writes::default();
    let mut results = Vec::with_capacity(parsed.len());
    for report in parsed {
        results.push(match report {
            Err(_) => None,
            Ok(report) => Some(decider.decide(report, &mut known, &mut writing)),
        });
    }
    let (created, changed): (Vec<_>, Vec<_>) =
        known.into_values().filter(|known| known.changed).partition(|known| known.created);
    if created.is_empty() && changed.is_empty() {
        return Ok(results);
    }
    cases::insert_cases(&txn, created.into_iter().map(|known| known.case).collect()).await?;
    for known in changed {
        cases::update_case(&txn, known.case).await?;
    }
    let windows = writing.steps.iter().filter_map(|step| step.window_id.clone());
    let news: HashSet<WatchTarget> = windows.map(WatchTarget::Window).collect();
    cases::insert_steps(&txn, writing.steps).await?;
    let of_batches: Vec<service_act::Model> =
        writing.acts.iter().filter(|act| act.batch_id.is_some()).cloned().collect();
    cases::insert_acts(&txn, writing.acts).await?;
    let (mut messages, mut facts) = (writing.messages, writing.facts);
    let taken_over = take_over(intake, &txn, &of_batches).await?;
    // If the batch was rated, or asked about, nobody is asked again.
    messages.retain(|asks| !taken_over.acts.contains(&asks.act_id));
    leave_asked(&txn, &of_batches, &mut messages).await?;
    facts.extend(taken_over.facts);
    applicants::insert(&txn, writing.former).await?;
    messages::insert(&txn, messages).await?;
    // Not `shell.once`: a report has no request id; its case and step identify it.
    facts::commit(txn, &intake.shell.clock, facts).await?;
    intake.shell.bus.committed(crate::NAME);
    intake.board.acts_came(news);
    // A batch may have been rated meanwhile: the later commit sees the other.
    let unrated = of_batches.iter().filter(|act| !taken_over.acts.contains(&act.id));
    if batch::owe_to(&intake.store, unrated).await? {
        intake.queue.more_is_owed();
    }
    Ok(results)
}

/// The ratings that new acts take over from earlier ratings of their batches.
#[derive(Default)]
struct TakenOver {
    acts: HashSet<Uuid>,
    facts: Vec<Body>,
}

async fn take_over(
    intake: &Intake,
    txn: &Txn,
    of_batches: &[service_act::Model],
) -> Result<TakenOver, Error> {
    let given = batch::taken_over(txn, &intake.shell, of_batches).await?;
    let (rows, facts): (Vec<rating::Model>, Vec<Body>) = given.into_iter().unzip();
    let acts = rows.iter().map(|row| row.act_id).collect();
    ratings::insert_ratings(txn, rows).await?;
    Ok(TakenOver { acts, facts })
}

/// Removes messages about a batch that was asked about before.
async fn leave_asked(
    txn: &Txn,
    of_batches: &[service_act::Model],
    messages: &mut Vec<message::Model>,
) -> Result<(), Error> {
    let mut asked: HashMap<(Uuid, i16), bool> = HashMap::new();
    for act in of_batches {
        let asks = messages.iter().any(|message| message.act_id == act.id);
        let Some(place) = act.batch_id.map(|batch| (batch, act.stage)).filter(|_| asks) else {
            continue;
        };
        let was = match asked.get(&place) {
            Some(was) => *was,
            None => batches::was_asked(txn, place.0, place.1).await?,
        };
        asked.insert(place, was);
        messages.retain(|message| !was || message.act_id != act.id);
    }
    Ok(())
}

/// The items of these reports, each in the version its case is bound to.
async fn items(
    intake: &Intake,
    reports: impl Iterator<Item = &ParsedReport>,
    known: impl Iterator<Item = &CaseHistory>,
) -> Result<Items, Error> {
    let version = |version: u32| i32::try_from(version).unwrap_or(i32::MAX);
    let latest = |report: &ParsedReport| {
        ((report.item.code.clone(), version(report.item.version)), Arc::clone(&report.item))
    };
    let mut items: Items = reports.map(latest).collect();
    for case in known.map(|known| &known.case) {
        let key = (case.item_code.clone(), case.item_version);
        let asked = u32::try_from(case.item_version).ok();
        if !items.contains_key(&key)
            && let Some(item) = intake.reference.item(&case.item_code, asked).await?
        {
            items.insert(key, item);
        }
    }
    Ok(items)
}

#[cfg(test)]
mod tests;
