//! Coverage (三个全覆盖, P13): what is to be rated, by the organisation and the items in force on a day,
//! and what of it gave a sign in a span of days.

use std::collections::{BTreeMap, HashSet};

use domain::canary::is_robots;
use jiff::civil::Date;
use platform::{database::Limited, page::Page, reference::Snapshot};
use proto::{
    catalog::v1::{Unit, UnitKind, UnitNature},
    publication::v1::{Coverage, CoverageCount, CoverageGap, Dimension},
    r#type::v1::Channel,
};
use sea_orm::DbErr;

use crate::{
    entity::column::column,
    store::statistics::{
        figures::with_any,
        items,
        packed::{OFFERED, rated_by},
    },
};

/// The kinds, in order.
const KINDS: [Coverage; 6] = [
    Coverage::Item,
    Coverage::Agency,
    Coverage::Platform,
    Coverage::Window,
    Coverage::System,
    Coverage::Device,
];

/// Whose coverage is asked for, and when.
pub(crate) struct Scope<'a> {
    pub(crate) region: &'a str,
    /// Only what is this agency's.
    pub(crate) agency: Option<&'a str>,
    pub(crate) from: Date,
    pub(crate) to: Date,
}

impl Scope<'_> {
    fn has(&self, region: &str, agency: &str) -> bool {
        region == self.region && self.agency.is_none_or(|own| own == agency)
    }
}

/// The signs that something can be rated.
struct Signs {
    agencies: HashSet<String>,
    terminals: HashSet<String>,
    /// Windows whose code was used, and those whose evaluator was.
    codes: HashSet<String>,
    evaluators: HashSet<String>,
    /// The channels by which ratings of the region came.
    channels: HashSet<i32>,
}

impl Signs {
    async fn read(connection: &Limited, scope: &Scope<'_>) -> Result<Self, DbErr> {
        let (from, to) = (scope.from, scope.to);
        let offered = async |dimension| with_any(connection, (dimension, OFFERED), from, to).await;
        let rated = async |dimension, channel: Channel| {
            with_any(connection, (dimension, rated_by(column(channel.into()))), from, to).await
        };
        let mut channels = HashSet::new();
        for channel in (1..).map_while(|number| Channel::try_from(number).ok()) {
            if rated(Dimension::Region, channel).await?.contains(scope.region) {
                channels.insert(channel.into());
            }
        }
        Ok(Self {
            agencies: offered(Dimension::Agency).await?,
            terminals: offered(Dimension::Terminal).await?,
            codes: rated(Dimension::Window, Channel::WindowCode).await?,
            evaluators: rated(Dimension::Window, Channel::Evaluator).await?,
            channels,
        })
    }

    /// Of which kind a unit is, and whether it is covered; none if it is of none.
    fn of(&self, unit: &Unit, has_evaluator: &HashSet<&str>) -> Option<(Coverage, bool)> {
        let id = &unit.unit_id;
        let came_by = |channels: &[Channel]| {
            channels.iter().any(|channel| self.channels.contains(&i32::from(*channel)))
        };
        let platform = |channels| Some((Coverage::Platform, came_by(channels)));
        match (unit.kind(), unit.nature()) {
            (UnitKind::Agency, _) => Some((Coverage::Agency, self.agencies.contains(id))),
            (UnitKind::Window, _) => {
                let covered = has_evaluator.contains(id.as_str()) || self.codes.contains(id);
                Some((Coverage::Window, covered))
            }
            (UnitKind::Terminal, UnitNature::Evaluator) => {
                Some((Coverage::Device, self.evaluators.contains(&unit.window_id)))
            }
            (UnitKind::Terminal, _) => Some((Coverage::Device, self.terminals.contains(id))),
            (UnitKind::Platform, UnitNature::BusinessSystem) => {
                Some((Coverage::System, self.agencies.contains(&unit.agency_id)))
            }
            (UnitKind::Platform, UnitNature::Portal) => platform(&[Channel::Portal]),
            (UnitKind::Platform, UnitNature::Hotline) => platform(&[Channel::Hotline]),
            (UnitKind::Platform, UnitNature::SelfService) => platform(&[Channel::Kiosk]),
            (UnitKind::Platform, UnitNature::App) => {
                use Channel::{Alipay, App, Baidu, Wechat};
                platform(&[App, Wechat, Alipay, Baidu])
            }
            _ => None,
        }
    }
}

/// Counts every kind, and reads a page of the gaps of one, ordered by identity. There are as many units as a
/// region has, which are in memory; its items are counted where they are.
pub(crate) async fn coverage(
    connection: &Limited,
    known: &Snapshot,
    scope: &Scope<'_>,
    list: Coverage,
    page: &Page<String>,
) -> Result<(Vec<CoverageCount>, Vec<CoverageGap>), DbErr> {
    let signs = Signs::read(connection, scope).await?;
    let mut found = Found { list, counts: BTreeMap::new(), gaps: Vec::new() };
    let is_evaluator = |unit: &&Unit| unit.nature() == UnitNature::Evaluator;
    let evaluators = known.units(scope.to).filter(is_evaluator);
    let has_evaluator: HashSet<&str> = evaluators.map(|unit| unit.window_id.as_str()).collect();
    for unit in known.units(scope.to) {
        let agency = match unit.kind() {
            UnitKind::Agency => &unit.unit_id,
            // A device is its window's agency's.
            UnitKind::Terminal if unit.agency_id.is_empty() => known
                .unit(&unit.window_id, scope.to)
                .map_or(&unit.agency_id, |window| &window.agency_id),
            _ => &unit.agency_id,
        };
        // A robot is not to be rated by anybody.
        if !scope.has(&unit.region_code, agency) || is_robots(&unit.uscc) {
            continue;
        }
        if let Some((kind, covered)) = signs.of(unit, &has_evaluator) {
            found.add(kind, covered, &unit.unit_id, &unit.name, agency);
        }
    }
    let (area, days) = ((scope.region, scope.agency), (scope.from, scope.to));
    let of_items = items::covered(connection, area, days).await?;
    found.counts.insert(Coverage::Item as i32, of_items);
    let after = page.after.as_deref();
    if list == Coverage::Item {
        let gaps = items::gaps(connection, area, days, after, page.read_size()).await?.into_iter();
        found.gaps.extend(gaps.map(|item| CoverageGap {
            id: item.code,
            name: item.name,
            agency_id: item.agency_id,
        }));
    }
    if list != Coverage::Item {
        found.gaps.retain(|gap| after.is_none_or(|after| gap.id.as_str() > after));
        found.gaps.sort_by(|one, other| one.id.cmp(&other.id));
        found.gaps.truncate(usize::try_from(page.read_size()).unwrap_or(usize::MAX));
    }
    let counts = KINDS.map(|kind| {
        let (covered, all) = found.counts.get(&(kind as i32)).copied().unwrap_or_default();
        CoverageCount { kind: kind.into(), covered, all }
    });
    Ok((counts.into(), found.gaps))
}

/// What was found so far.
struct Found {
    list: Coverage,
    counts: BTreeMap<i32, (u64, u64)>,
    gaps: Vec<CoverageGap>,
}

impl Found {
    fn add(&mut self, kind: Coverage, covered: bool, id: &str, name: &str, agency: &str) {
        let (done, all) = self.counts.entry(kind as i32).or_default();
        *done += u64::from(covered);
        *all += 1;
        if !covered && kind == self.list {
            let (id, name, agency_id) = (id.to_owned(), name.to_owned(), agency.to_owned());
            self.gaps.push(CoverageGap { id, name, agency_id });
        }
    }
}
