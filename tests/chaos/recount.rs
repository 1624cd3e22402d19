//! The recount by SQL: the stores hold what was acknowledged, and what they show of it is true.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use pingyi::roles::Role;

use crate::{
    crowd::Acked,
    findings::{Findings, wait},
    stores::Stores,
};

/// Which service follows which.
const CONSUMERS: [Role; 3] = [Role::Intake, Role::Ticketing, Role::Publication];
const HEAD: &str = "SELECT position FROM fact_counter WHERE id = 1";
/// An act's ratings that count: the raters' own, of which the last is the effective one.
const EFFECTIVE: &str = "SELECT CAST(level AS text) || ': ' || CAST(count(*) AS text) FROM \
    (SELECT level, row_number() OVER (PARTITION BY act_id ORDER BY received_at DESC, id DESC) AS place \
    FROM rating) AS placed WHERE place = 1 GROUP BY level ORDER BY level";
/// What is counted of a region's ratings and tickets.
const REGION: i16 = 1;
const RATED: i16 = 1;
const OPENED: i16 = 4;
/// How many differences of a kind are named.
const NAMED: usize = 5;

/// The result of a recount.
#[derive(Debug, Default)]
pub(crate) struct Recount {
    pub(crate) ratings: usize,
    pub(crate) negative: usize,
    /// How long after the load every consumer had reached its producers' heads.
    pub(crate) lag: Duration,
}

/// Waits until every consumer has applied everything, and counts again. A rating without an
/// acknowledgement is recorded as wrong as well: raters here repeat until they are acknowledged.
pub(crate) async fn recount(
    stores: &Stores,
    acknowledged: &[Acked],
    patience: Duration,
    findings: &mut Findings,
) -> Recount {
    let at_heads = wait("every consumer is at its producers' heads", patience, async || {
        at_heads(stores).await
    });
    let lag = findings.take(at_heads.await).map_or(patience, |(_, lag)| lag);
    let mut recount = Recount { lag, ..Recount::default() };
    let compared = compare(stores, acknowledged, &mut recount, findings).await;
    findings.take(compared);
    for role in Role::ALL {
        findings.take(gapless(stores, role).await);
    }
    for consumer in CONSUMERS {
        findings.take(nothing_parked(stores, consumer).await);
        findings.take(same_history(stores, consumer).await);
    }
    recount
}

/// Whether everything is applied. Cursors are read first: a cursor at a head was there already when
/// it was read, and so were all facts written because of it.
pub(crate) async fn at_heads(stores: &Stores) -> Result<(), String> {
    let sql = "SELECT producer || ' ' || CAST(position AS text) FROM fact_cursor ORDER BY producer";
    let mut cursors = Vec::new();
    for consumer in CONSUMERS {
        cursors.extend(stores.column(consumer, sql).await?.into_iter().map(|at| (consumer, at)));
    }
    let mut heads = BTreeMap::new();
    for role in Role::ALL {
        heads.insert(role.name().to_owned(), stores.number(role, HEAD).await?);
    }
    let mut behind = Vec::new();
    for (consumer, cursor) in cursors {
        let (producer, position) = cursor.split_once(' ').unwrap();
        let head = heads.get(producer).copied().unwrap_or_default();
        if position.parse() != Ok(head) {
            behind.push(format!("{consumer} has {position} of {producer}'s {head}"));
        }
    }
    if behind.is_empty() { Ok(()) } else { Err(behind.join(", ")) }
}

async fn compare(
    stores: &Stores,
    acknowledged: &[Acked],
    recount: &mut Recount,
    findings: &mut Findings,
) -> Result<(), String> {
    let set = async |role, sql: &str| -> Result<BTreeSet<String>, String> {
        Ok(stores.column(role, sql).await?.into_iter().collect())
    };
    let ids = "SELECT id FROM rating";
    let kept = set(Role::Intake, ids).await?;
    let negative = set(Role::Intake, "SELECT id FROM rating WHERE level >= 4").await?;
    (recount.ratings, recount.negative) = (kept.len(), negative.len());
    let told: BTreeSet<String> = acknowledged.iter().map(|acked| acked.id.clone()).collect();
    let told_negative: BTreeSet<String> = acknowledged
        .iter()
        .filter(|acked| acked.level >= 4)
        .map(|acked| acked.id.clone())
        .collect();
    let same = told.len() == acknowledged.len();
    findings.check(same, || "two requests were acknowledged as one rating".to_owned());
    alike("acknowledged ratings and intake's", &told, &kept, findings);
    alike("acknowledged negative ratings and intake's", &told_negative, &negative, findings);
    let counted = set(Role::Publication, ids).await?;
    alike("intake's ratings and publication's", &kept, &counted, findings);
    let ticketed = set(Role::Ticketing, "SELECT rating_id FROM ticket_rating").await?;
    alike("negative ratings and those with a ticket", &negative, &ticketed, findings);
    let tickets = set(Role::Ticketing, "SELECT DISTINCT ticket_id FROM ticket_rating").await?;
    let known = set(Role::Intake, "SELECT ticket_id FROM outcome WHERE state <> 10").await?;
    alike("tickets and those intake knows of", &tickets, &known, findings);
    let acts = "SELECT count(DISTINCT act_id) FROM rating WHERE level >= 4";
    let acts = stores.number(Role::Intake, acts).await?;
    findings.check(acts == i64::try_from(tickets.len()).unwrap(), || {
        format!("{acts} acts were rated badly and have {} tickets", tickets.len())
    });
    let effective = stores.column(Role::Intake, EFFECTIVE).await?;
    let (mut levels, mut opened) = (BTreeMap::<i16, i64>::new(), 0);
    for (of, n) in stores.counts().await?.iter().filter(|(of, _)| of.dimension == REGION) {
        match of.measure {
            RATED => *levels.entry(of.level).or_default() += n,
            OPENED => opened += n,
            _ => {}
        }
    }
    let figures = levels.into_iter().filter(|(_, n)| *n != 0);
    let figures: Vec<String> = figures.map(|(level, n)| format!("{level}: {n}")).collect();
    findings.check(effective == figures, || {
        format!("the figures by level are {figures:?}, the ratings {effective:?}")
    });
    findings.check(opened == i64::try_from(tickets.len()).unwrap(), || {
        format!("{opened} tickets are counted as opened, there are {}", tickets.len())
    });
    Ok(())
}

/// Every case with an acknowledged acceptance exists.
pub(crate) async fn cases_kept(stores: &Stores, told: &[String], findings: &mut Findings) {
    let kept = stores.column(Role::Intake, "SELECT id FROM case_file").await;
    let Some(kept) = findings.take(kept) else { return };
    let kept: BTreeSet<String> = kept.into_iter().collect();
    let lost = told.iter().filter(|case| !kept.contains(*case)).count();
    findings.check(lost == 0, || format!("{lost} of {} accepted cases are lost", told.len()));
}

/// Records the elements that only one of two sets has.
fn alike(what: &str, one: &BTreeSet<String>, other: &BTreeSet<String>, findings: &mut Findings) {
    let named = |difference: Vec<&String>| {
        let named: Vec<_> = difference.iter().take(NAMED).collect();
        format!("{} {named:?}", difference.len())
    };
    findings.check(one == other, || {
        let only_one = named(one.difference(other).collect());
        let only_other = named(other.difference(one).collect());
        let (all, others) = (one.len(), other.len());
        format!("{what} differ, {all} and {others}: {only_one} lost, {only_other} of nowhere")
    });
}

/// Every position up to the head has one fact.
async fn gapless(stores: &Stores, role: Role) -> Result<(), String> {
    // In one statement, so of one moment: deadlines go on making facts.
    let all = format!(
        "SELECT CAST(({HEAD}) AS text) || ' ' || CAST((SELECT count(*) FROM fact) AS text) || ' ' || \
         CAST((SELECT coalesce(max(position), 0) FROM fact) AS text)"
    );
    let counted = stores.column(role, &all).await?.remove(0);
    let [head, facts, last] = counted.split(' ').collect::<Vec<_>>()[..] else {
        return Err(format!("{role} cannot be counted: {counted}"));
    };
    if head == facts && head == last {
        return Ok(());
    }
    Err(format!("{role} counts {head} facts, has {facts}, and the last is at {last}"))
}

async fn nothing_parked(stores: &Stores, consumer: Role) -> Result<(), String> {
    let parked =
        "SELECT producer || ' ' || CAST(position AS text) || ': ' || reason FROM fact_parked";
    let parked = stores.column(consumer, parked).await?;
    if parked.is_empty() { Ok(()) } else { Err(format!("{consumer} has set aside {parked:?}")) }
}

/// The last fact a consumer has applied is the producer's fact there, for cursors with an id.
async fn same_history(stores: &Stores, consumer: Role) -> Result<(), String> {
    if !knows_fact_ids(stores, consumer).await? {
        return Ok(());
    }
    for producer in Role::ALL {
        let at = format!("FROM fact_cursor WHERE producer = '{producer}' AND position > 0");
        let position = stores.column(consumer, &format!("SELECT position {at}")).await?;
        let Some(position) = position.first() else { continue };
        let applied = stores.column(consumer, &format!("SELECT fact_id {at}")).await?;
        let fact = format!("SELECT fact_id FROM fact WHERE position = {position}");
        let told = stores.column(producer, &fact).await?;
        if applied != told {
            return Err(format!(
                "{consumer} has applied {applied:?} as {producer}'s {position}, which is {told:?}"
            ));
        }
    }
    Ok(())
}

async fn knows_fact_ids(stores: &Stores, consumer: Role) -> Result<bool, String> {
    let columns = stores.column_names(consumer, "fact_cursor").await?;
    Ok(columns.iter().any(|name| name == "fact_id"))
}
