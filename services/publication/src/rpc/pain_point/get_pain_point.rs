//! Reads one pain point over a year, and what the changes of its item did (P09, C14).

use std::{collections::BTreeMap, sync::Arc};

use domain::{
    codes::RegionCode,
    deadline::{day_of, iso_date},
    focus::Window,
    item::Item,
    pain_point::{BeforeAfter, EFFECT_DAYS, Effect, PUBLIC_AT_LEAST, comparisons, effect},
    violation::{Violations, identifier},
};
use jiff::{Span, ToSpan as _, civil::Date};
use platform::{auth::Officer, convert::item::cause_to_wire};
use proto::{
    publication::v1::{GetPainPointRequest, GetPainPointResponse, PainChange, PainMonth, PainWord},
    r#type::v1::Stage,
};
use sea_orm::DbErr;

use crate::{
    app::pain_point::{Cell, MAX_ROWS, admit, compare, ranked, shares, words_about, words_of},
    convert::pain_point::{effect_to_wire, lift_to_wire, share_to_wire, trend_to_wire},
    entity::column::{column, day_to_column},
    error::Error,
    state::Publication,
    store::pain_point::{Kind, Of, OfDay, OnePoint, Query, Sum, Which, by_day, sums},
};

/// How many months are shown.
const MONTHS: i32 = 12;
/// How many changes are shown.
const CHANGES: usize = 10;
/// How many words are shown.
const WORDS: usize = 10;
/// How many versions of an item are looked at, the newest first.
const VERSIONS: usize = 200;

pub(crate) async fn run(
    publication: &Publication,
    caller: Officer,
    request: GetPainPointRequest,
) -> Result<GetPainPointResponse, Error> {
    let mut wrong = Violations::default();
    let region = wrong.take("region_code", RegionCode::parse(&request.region_code));
    let to = wrong.take("to", iso_date(&request.to));
    for (field, id) in [
        ("agency_id", &request.agency_id),
        ("item_code", &request.item_code),
        ("reason_code", &request.reason_code),
        ("source", &request.source),
        ("word", &request.word),
    ] {
        wrong.take(field, identifier(id));
    }
    wrong.require(!request.item_code.is_empty(), "item_code", "is missing");
    let both = !request.reason_code.is_empty() && !request.source.is_empty();
    wrong.require(!both, "source", "is named beside a reason");
    let alone = request.reason_code.is_empty() && request.source.is_empty();
    wrong.require(alone || request.word.is_empty(), "word", "is named beside a reason or a source");
    wrong.require(Stage::try_from(request.stage).is_ok(), "stage", "is unknown");
    let (Some(region), Some(to)) = wrong.finish((region, to))? else {
        return Err(Violations::default().into());
    };
    let (region, connection) = (region.as_str(), publication.store.read());
    let agency = admit(connection, &caller, region, &request.agency_id).await?;
    let named = [&request.reason_code, &request.source, &request.word].map(String::as_str);
    let (kind, reason) = match named {
        ["", "", ""] => (Kind::Negative, ""),
        ["", "", word] => (Kind::Word, word),
        ["", source, _] => (Kind::Complaint, source),
        [reason, ..] => (Kind::Reason, reason),
    };
    let point = OnePoint {
        agency: agency.unwrap_or_default(),
        item_code: &request.item_code,
        stage: column(request.stage),
        kind,
        reason,
    };
    let first = to.first_of_month().saturating_sub((MONTHS - 1).months());
    let query = Query { region, is_public: false, reader: caller.agency(), from: first, to };
    let mut counted = by_day(connection, &query, &point).await?;
    let texts: i64 = counted.iter().filter(|one| one.kind == kind as i16).map(|one| one.n).sum();
    let is_told = kind != Kind::Word || texts.unsigned_abs() >= PUBLIC_AT_LEAST;
    counted.retain(|one| one.kind != kind as i16 || is_told);
    let months = (0..MONTHS).map(|n| month(first.saturating_add(n.months()), to, kind, &counted));
    let changes = match is_told {
        true => changes(publication, (region, caller.agency()), &point, to).await?,
        false => Vec::new(),
    };
    let words = words(publication, (region, caller.agency()), &point, to).await?;
    Ok(GetPainPointResponse { months: months.collect(), changes, words })
}

/// The words of most of the published texts about an item, in the quarter until a day.
async fn words(
    publication: &Publication,
    (region, reader): (&str, Option<&str>),
    point: &OnePoint<'_>,
    to: Date,
) -> Result<Vec<PainWord>, Error> {
    let days = EFFECT_DAYS.days();
    let window = Window { from: to.saturating_sub((EFFECT_DAYS - 1).days()), until: to };
    let query = Query { region, is_public: false, reader, from: window.from, to };
    let earlier = Query {
        from: window.from.saturating_sub(days),
        to: window.from.saturating_sub(1.day()),
        ..query
    };
    let read = publication.store.read();
    let asked = |agency: &str, stage: i16| {
        (point.agency.is_empty() || agency == point.agency)
            && (point.stage == 0 || stage == point.stage)
    };
    let about = words_about(read, &query, point.item_code).await?;
    let with_line = about.iter().filter(|sum| !sum.line_id.is_empty());
    let line = with_line.max_by_key(|sum| sum.n).map(|sum| sum.line_id.clone()).unwrap_or_default();
    let mut texts = BTreeMap::<Cell, u64>::new();
    for sum in about.into_iter().filter(|sum| asked(&sum.agency_id, sum.stage)) {
        let Sum { kind, reason, item_code, n, .. } = sum;
        let (agency_id, stage) = (point.agency.to_owned(), point.stage);
        let cell = Cell { agency_id, item_code, stage, kind, reason };
        *texts.entry(cell).or_default() += n.unsigned_abs();
    }
    texts.retain(|_, n| *n >= PUBLIC_AT_LEAST);
    let compared = comparisons(texts.len() as u64);
    let mut top = ranked(texts);
    top.truncate(WORDS);
    let of = Of { item: Some((point.item_code, &line)), words: Which::None };
    let mut told = Vec::with_capacity(2);
    for query in [&query, &earlier] {
        let mut counted = sums(read, query, of, MAX_ROWS).await?;
        counted.extend(words_of(read, query, top.iter().map(|(cell, _)| cell)).await?);
        told.push(counted);
    }
    let [now, before] = told.as_slice() else { return Ok(Vec::new()) };
    let words = top.into_iter().map(|(cell, _)| {
        let of = compare(&cell, window, (now, before), compared);
        PainWord {
            word: cell.reason,
            count: of.now.poor,
            ratings: of.now.ratings,
            count_before: of.before.poor,
            ratings_before: of.before.ratings,
            trend: trend_to_wire(of.trend).into(),
            lift: of.lift.as_ref().map(lift_to_wire),
        }
    });
    Ok(words.collect())
}

fn month(from: Date, last: Date, kind: Kind, counted: &[OfDay]) -> PainMonth {
    let to = from.last_of_month().min(last);
    let days = day_to_column(from)..=day_to_column(to);
    let total = |kind: Kind| {
        let of = counted.iter().filter(|one| days.contains(&one.day) && one.kind == kind as i16);
        of.map(|one| one.n).sum::<i64>().unsigned_abs()
    };
    let ratings = if kind == Kind::Complaint { 0 } else { total(Kind::Rated) };
    PainMonth { from: from.to_string(), to: to.to_string(), count: total(kind), ratings }
}

/// The item's versions that a ticket, a problem or a survey led to, and what they did to its negative
/// ratings: a complaint has no share of anything.
async fn changes(
    publication: &Publication,
    (region, reader): (&str, Option<&str>),
    point: &OnePoint<'_>,
    to: Date,
) -> Result<Vec<PainChange>, Error> {
    let point = match point.kind {
        Kind::Complaint => OnePoint { kind: Kind::Negative, reason: "", ..*point },
        Kind::Rated | Kind::Negative | Kind::Reason | Kind::Word => *point,
    };
    let caused = caused(publication, point.item_code, to).await?;
    // Each is looked at for better and for worse.
    let compared = 2 * caused.len() as u64;
    let mut changes = Vec::with_capacity(caused.len());
    for item in caused {
        let on = day_of(item.published_at);
        let days = i64::from((to - on).get_days()).clamp(0, EFFECT_DAYS);
        let line = item.content.line_id.as_deref().unwrap_or_default();
        let (mut own, mut peers) = (BeforeAfter::default(), BeforeAfter::default());
        let mut verdict = Effect::TooFew;
        if days > 0 {
            let spans = [
                (on.saturating_sub(Span::new().days(days)), on.saturating_sub(1.day())),
                (on.saturating_add(1.day()), on.saturating_add(Span::new().days(days))),
            ];
            let read = publication.store.read();
            let mut told = Vec::with_capacity(spans.len());
            for (from, to) in spans {
                let query = Query { region, is_public: false, reader, from, to };
                let mut of = Of { item: Some((point.item_code, line)), words: Which::None };
                let mut counted = sums(read, &query, of, MAX_ROWS).await?;
                if point.kind == Kind::Word {
                    let word = [point.reason.to_owned()];
                    of.words = Which::Named(&word);
                    counted.extend(sums(read, &query, of, MAX_ROWS).await?);
                }
                told.push(shares(&counted, &point));
            }
            if let [before, after] = told.as_slice() {
                own = BeforeAfter { before: before.0, after: after.0 };
                peers = BeforeAfter { before: before.1, after: after.1 };
            }
            let window = Window { from: spans[1].0, until: spans[1].1 };
            verdict = effect(window, own, peers, compared);
        }
        changes.push(PainChange {
            item_version: item.version,
            published_on: on.to_string(),
            change_id: item.change_id.clone().unwrap_or_default(),
            causes: item.causes.iter().map(cause_to_wire).collect(),
            days: u32::try_from(days).unwrap_or_default(),
            before: Some(share_to_wire(own.before)),
            after: Some(share_to_wire(own.after)),
            peers_before: Some(share_to_wire(peers.before)),
            peers_after: Some(share_to_wire(peers.after)),
            effect: effect_to_wire(verdict).into(),
        });
    }
    Ok(changes)
}

/// The versions of an item that something led to, published until a day, the newest first.
async fn caused(
    publication: &Publication,
    item_code: &str,
    until: Date,
) -> Result<Vec<Arc<Item>>, DbErr> {
    let reference = &publication.reference;
    let Some(current) = reference.item(item_code, None).await? else { return Ok(Vec::new()) };
    let mut caused = Vec::new();
    for version in (1..=current.version).rev().take(VERSIONS) {
        let Some(item) = reference.item(item_code, Some(version)).await? else { continue };
        if !item.causes.is_empty() && day_of(item.published_at) <= until {
            caused.push(item);
        }
        if caused.len() == CHANGES {
            break;
        }
    }
    Ok(caused)
}

#[cfg(test)]
mod tests;
