//! Composes what a bulletin says, of figures and tickets as they are at one moment.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use domain::{
    bulletin::{BulletinKind, Cases, ItemCounts, kinds, may_draft, typical_problems},
    deadline::{clock_time, day_of},
    pain_point::PUBLIC_AT_LEAST,
    profile::Profile,
    report_period::ReportPeriod,
    statistics::{RATERS_TOGETHER, Rate, participation, satisfaction},
};
use jiff::civil::Date;
use platform::{
    clock::instant,
    database::Txn,
    facts::basis::Basis,
    reference::{Reference, Snapshot},
};
use proto::{
    catalog::v1::UnitKind,
    publication::v1::{
        BulletinAgency, BulletinCase, BulletinCell, BulletinContent, BulletinExclusion,
        BulletinProblem, BulletinRate, BulletinReason, BulletinTrend, CellMark, Dimension, Figures,
    },
};
use sea_orm::{ConnectionTrait as _, DbBackend, DbErr};
use uuid::Uuid;

use super::Draft;
use crate::{
    app::{pain_point::reason_text, statistics::answer},
    convert::statistics::rate_to_wire,
    entity::ticket,
    error::{Error, StatisticsError, bulletin::BulletinError},
    facts::FOLDED,
    state::Publication,
    store::{
        bulletin::sources,
        pain_point,
        statistics::{
            figures::{Counts, FigureQuery, Keys, figures},
            fold::is_outdated,
        },
    },
};

/// How many agencies a bulletin has parts of: a province has some hundred.
const AGENCIES: usize = 1_000;
/// How many reasons of a problem it names.
const REASONS: usize = 3;
/// How many counts of where complaints gather are read of an item: by agency, stage and reason.
const CELLS: u64 = 10_000;
/// How many keys or tickets are read at once.
const PAGE: usize = 500;

/// A number that everyone is told.
pub(crate) fn exact(count: u64) -> Option<BulletinCell> {
    Some(BulletinCell { count, mark: CellMark::Exact.into() })
}

/// Drafts the bulletin of a region about a period.
pub(crate) async fn draft(
    publication: &Publication,
    region: &str,
    period: ReportPeriod,
) -> Result<Draft, Error> {
    if !may_draft(period, clock_time(publication.shell.clock.now())) {
        return Err(StatisticsError::PeriodNotOver { to: period.last() }.into());
    }
    let known = publication.reference.now();
    let profile = known.profile_on(region, period.last()).ok_or(BulletinError::NoProfile)?;
    let txn = publication.store.begin().await?;
    if txn.get_database_backend() == DbBackend::Postgres {
        // All of it at one moment; on SQLite nobody else writes meanwhile.
        let still = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";
        txn.execute_unprepared(still).await?;
    }
    if is_outdated(&txn).await? {
        return Err(StatisticsError::NotRebuilt.into());
    }
    let reading = Reading { txn: &txn, known: &known, region, period, profile };
    let counted = reading.all().await?;
    txn.rollback().await?;
    let bases = counted.bases;
    let content = counted.told(&publication.reference).await?;
    Ok(Draft { region_code: region.to_owned(), period, content, bases })
}

/// Reads what a bulletin is made of.
struct Reading<'a> {
    txn: &'a Txn,
    known: &'a Snapshot,
    region: &'a str,
    period: ReportPeriod,
    profile: &'a Arc<Profile>,
}

/// A typical problem.
struct Problem {
    item: ItemCounts,
    /// The negative ratings of the period before.
    before: u64,
    reasons: Vec<BulletinReason>,
}

/// What was read; names are looked up when the tables are free again.
struct Counted {
    content: BulletinContent,
    bases: [Basis; FOLDED.len()],
    problems: Vec<Problem>,
    good: Vec<ticket::Model>,
    adverse: Vec<ticket::Model>,
    agency_names: BTreeMap<String, String>,
}

impl Reading<'_> {
    async fn all(&self) -> Result<Counted, DbErr> {
        let last = self.period.last();
        let kind = BulletinKind::of(self.period);
        let rule = &self.profile.bulletins;
        let asked_for = kind != BulletinKind::Annual && kinds(self.profile).contains(&kind);
        let name = self.known.unit(self.region, last).map(|unit| unit.name.clone());
        let bases =
            [Basis::read(self.txn, FOLDED[0]).await?, Basis::read(self.txn, FOLDED[1]).await?];
        let positions = bases.map(|basis| basis.place().position.unsigned_abs());
        let (agencies, agency_names, agencies_left_out) = self.agencies().await?;
        let (good, adverse) = self.cases().await?;
        let (shown, hidden) =
            sources::excluded(self.txn, self.region, self.period.first(), last).await?;
        let excluded = shown.into_iter().map(|((kind, ground), count)| BulletinExclusion {
            ground: ground.into(),
            count: exact(count),
            kind: kind.into(),
        });
        let step = RATERS_TOGETHER as u64;
        let content = BulletinContent {
            region_name: name.unwrap_or_else(|| self.region.to_owned()),
            policy: self.profile.policy(),
            clause: if asked_for { rule.clause.clone() } else { String::new() },
            intake_position: positions[0],
            ticketing_position: positions[1],
            figures: Some(self.whole(self.period).await?),
            before: Some(self.whole(self.period.before()).await?),
            year_before: Some(self.whole(self.period.a_year_before()).await?),
            trend: self.trend(kind).await?,
            agencies,
            agencies_left_out,
            excluded: excluded.collect(),
            // A smaller step would show that one more private rating was excluded.
            excluded_private: hidden / step * step,
            ..BulletinContent::default()
        };
        let problems = self.problems().await?;
        Ok(Counted { content, bases, problems, good, adverse, agency_names })
    }

    /// The counts of some values of a dimension.
    async fn counts(
        &self,
        dimension: Dimension,
        keys: &[String],
        period: ReportPeriod,
    ) -> Result<HashMap<String, Counts>, DbErr> {
        let mut counts = HashMap::new();
        for keys in keys.chunks(PAGE) {
            let wanted = FigureQuery {
                dimension,
                keys: Keys::Among(keys.to_vec()),
                channel: 0,
                from: period.first(),
                to: period.last(),
                after: None,
                limit: keys.len() as u64,
            };
            counts.extend(figures(self.txn, &wanted).await?);
        }
        Ok(counts)
    }

    async fn region_counts(&self, period: ReportPeriod) -> Result<Counts, DbErr> {
        let keys = [self.region.to_owned()];
        let mut counts = self.counts(Dimension::Region, &keys, period).await?;
        Ok(counts.remove(self.region).unwrap_or_default())
    }

    /// The region's figures, by the profile in force on the last day of that period.
    async fn whole(&self, period: ReportPeriod) -> Result<Figures, DbErr> {
        let counts = self.region_counts(period).await?;
        let profile = self.known.profile_on(self.region, period.last());
        Ok(answer::row(Dimension::Region, self.region.to_owned(), &counts, profile))
    }

    async fn trend(&self, kind: BulletinKind) -> Result<Vec<BulletinTrend>, DbErr> {
        let mut trend = Vec::new();
        for period in kind.series(self.period) {
            let counts = self.region_counts(period).await?;
            trend.push(BulletinTrend {
                period: period.to_string(),
                satisfaction: Some(rate_to_wire(satisfaction(counts.levels))),
                ratings: counts.levels.iter().sum(),
            });
        }
        Ok(trend)
    }

    /// The parts of the agencies that have any, their names, and how many agencies are left out.
    async fn agencies(
        &self,
    ) -> Result<(Vec<BulletinAgency>, BTreeMap<String, String>, u32), DbErr> {
        let units = self.known.units(self.period.last());
        let own =
            units.filter(|unit| unit.kind() == UnitKind::Agency && unit.region_code == self.region);
        let names: BTreeMap<String, String> =
            own.map(|unit| (unit.unit_id.clone(), unit.name.clone())).collect();
        let ids: Vec<String> = names.keys().cloned().collect();
        let of = async |period| self.counts(Dimension::Agency, &ids, period).await;
        let now = of(self.period).await?;
        let before = of(self.period.before()).await?;
        let year_before = of(self.period.a_year_before()).await?;
        let mut agencies = Vec::new();
        for (id, name) in &names {
            let Some(counts) = now.get(id) else { continue };
            let earlier = |of: &HashMap<String, Counts>| {
                let counts = of.get(id).copied().unwrap_or_default();
                rate(satisfaction(counts.levels))
            };
            agencies.push(BulletinAgency {
                satisfaction_before: earlier(&before),
                satisfaction_year_before: earlier(&year_before),
                ..part(id, name, counts)
            });
        }
        let left_out = agencies.len().saturating_sub(AGENCIES);
        agencies.truncate(AGENCIES);
        Ok((agencies, names, u32::try_from(left_out).unwrap_or(u32::MAX)))
    }

    /// The typical problems, each with the negative ratings of the period before and the reasons named most.
    async fn problems(&self) -> Result<Vec<Problem>, DbErr> {
        let (from, to) = (self.period.first(), self.period.last());
        let items = sources::items(self.txn, self.region, from, to).await?;
        let counts = self.counts(Dimension::Item, &items, self.period).await?;
        let counted = counts.into_iter().map(|(item_code, counts)| ItemCounts {
            item_code,
            negative: negative(&counts),
            ratings: counts.levels.iter().sum(),
            late: counts.tickets.late,
            relapsed: counts.tickets.relapsed,
        });
        let problems = typical_problems(counted.collect());
        let codes: Vec<String> = problems.iter().map(|item| item.item_code.clone()).collect();
        let before = self.counts(Dimension::Item, &codes, self.period.before()).await?;
        let mut told = Vec::new();
        for item in problems {
            let before = before.get(&item.item_code).map(negative).unwrap_or_default();
            let reasons = self.reasons(&item.item_code).await?;
            told.push(Problem { item, before, reasons });
        }
        Ok(told)
    }

    /// The reasons that everybody may read, the most named first.
    async fn reasons(&self, item_code: &str) -> Result<Vec<BulletinReason>, DbErr> {
        let (from, to) = (self.period.first(), self.period.last());
        let of = pain_point::Query { region: self.region, is_public: true, reader: None, from, to };
        let about = pain_point::Of { item: Some((item_code, "")), words: pain_point::Which::None };
        let sums = pain_point::sums(self.txn, &of, about, CELLS).await?;
        let mut named = BTreeMap::<String, u64>::new();
        for sum in sums.into_iter().filter(|sum| sum.kind == pain_point::Kind::Reason as i16) {
            *named.entry(sum.reason).or_default() += sum.n.unsigned_abs();
        }
        let mut named: Vec<(String, u64)> =
            named.into_iter().filter(|(_, count)| *count >= PUBLIC_AT_LEAST).collect();
        named.sort_by_key(|(_, count)| Reverse(*count));
        let reasons = named.into_iter().take(REASONS).map(|(tag_code, count)| {
            let text = reason_text(self.known, self.region, to, &tag_code);
            BulletinReason { tag_code, text, count }
        });
        Ok(reasons.collect())
    }

    /// The good and the adverse cases.
    async fn cases(&self) -> Result<(Vec<ticket::Model>, Vec<ticket::Model>), DbErr> {
        let span = (self.period.first(), self.period.last());
        let (mut cases, mut rows) = (Cases::default(), HashMap::<Uuid, ticket::Model>::new());
        let mut after = None;
        loop {
            let limit = PAGE as u64;
            let page = sources::candidates(self.txn, self.region, span, after, limit).await?;
            let Some(last) = page.last() else { break };
            after = Some((last.opened_at, last.id));
            for row in page {
                if let Some(case) = sources::case(&row) {
                    cases.look_at(&case);
                    rows.insert(row.id, row);
                }
            }
            let told: Vec<Uuid> = cases.good().chain(cases.adverse()).collect();
            rows.retain(|id, _| told.contains(id));
        }
        let good = cases.good().filter_map(|id| rows.get(&id).cloned()).collect();
        let adverse = cases.adverse().filter_map(|id| rows.get(&id).cloned()).collect();
        Ok((good, adverse))
    }
}

impl Counted {
    /// All of it, with names.
    async fn told(self, reference: &Reference) -> Result<BulletinContent, DbErr> {
        let Self { mut content, bases: _, problems, good, adverse, agency_names } = self;
        let agency_name = |id: &str| agency_names.get(id).cloned().unwrap_or_else(|| id.to_owned());
        for Problem { item, before, reasons } in problems {
            let known = reference.item(&item.item_code, None).await?;
            let known =
                known.map(|item| (item.content.name.clone(), item.content.agency_id.clone()));
            let (item_name, agency_id) = known.unwrap_or_default();
            content.problems.push(BulletinProblem {
                item_name,
                agency_name: agency_name(&agency_id),
                agency_id,
                negative: item.negative,
                ratings: exact(item.ratings),
                negative_before: exact(before),
                late: exact(item.late),
                relapsed: exact(item.relapsed),
                item_code: item.item_code,
                reasons,
            });
        }
        for (rows, told) in [(good, &mut content.good_cases), (adverse, &mut content.adverse_cases)]
        {
            for row in rows {
                let item = reference.item(&row.item_code, None).await?;
                told.push(BulletinCase {
                    ticket_id: row.id.to_string(),
                    item_name: item.map(|item| item.content.name.clone()).unwrap_or_default(),
                    item_code: row.item_code,
                    agency_name: agency_name(&row.agency_id),
                    agency_id: row.agency_id,
                    opened_on: on(row.opened_at).to_string(),
                    state: row.state.into(),
                    state_on: on(row.state_at).to_string(),
                    late: row.late,
                    relapsed: row.relapsed,
                });
            }
        }
        Ok(content)
    }
}

fn on(micros: i64) -> Date {
    day_of(instant(micros))
}

/// Negative ratings that raters gave.
fn negative(counts: &Counts) -> u64 {
    let Rate { numerator, denominator } = satisfaction(counts.levels);
    denominator - numerator
}

fn rate(rate: Rate) -> Option<BulletinRate> {
    Some(BulletinRate { rate: Some(rate_to_wire(rate)), at_least: false })
}

/// An agency's part, but for earlier periods.
fn part(id: &str, name: &str, counts: &Counts) -> BulletinAgency {
    let tickets = counts.tickets;
    BulletinAgency {
        agency_id: id.to_owned(),
        name: name.to_owned(),
        ratings: exact(counts.levels.iter().sum()),
        negative: exact(negative(counts)),
        satisfaction: rate(satisfaction(counts.levels)),
        participation: rate(participation(counts.participated, counts.offered)),
        opened: exact(tickets.opened),
        on_time: exact(tickets.on_time),
        late: exact(tickets.late),
        rectified: exact(tickets.rectified),
        confirmed: exact(tickets.confirmed),
        ..BulletinAgency::default()
    }
}

#[cfg(test)]
mod tests;
