//! The complaints of a region, compared with those before (T13).

use std::collections::{BTreeMap, BTreeSet};

use domain::focus::{BEFORE_DAYS, ComplaintCount, Complaints, REPEATED_TIMES, Window};
use jiff::ToSpan as _;
use proto::r#type::v1::FocusKind;
use sea_orm::{ConnectionTrait, DbErr};

use crate::store::focus::complaints;

/// What complaints are compared of.
pub(crate) const KINDS: [FocusKind; 2] = [FocusKind::Item, FocusKind::Agency];

/// The counts of a window and of the days before it.
pub(crate) struct ComplaintFigures {
    window: Window,
    days_before: i32,
    objects: BTreeMap<(i32, String), ComplaintCount>,
    all: ComplaintCount,
}

impl ComplaintFigures {
    /// Reads them.
    pub(crate) async fn read(
        connection: &impl ConnectionTrait,
        region: &str,
        window: Window,
    ) -> Result<Self, DbErr> {
        let first = complaints::first_day(connection, region).await?;
        // Before the first one nothing was taken in here: no baseline.
        let known = first.map_or(0, |first| (window.from - first).get_days());
        let days_before = known.clamp(0, BEFORE_DAYS);
        let before = Window {
            from: window.from.saturating_sub(days_before.days()),
            until: window.from.saturating_sub(1.day()),
        };
        let mut figures =
            Self { window, days_before, objects: BTreeMap::new(), all: ComplaintCount::default() };
        for kind in KINDS {
            let now = complaints::by_object(connection, kind, region, window).await?;
            let before = complaints::by_object(connection, kind, region, before).await?;
            let ids: BTreeSet<&String> = now.keys().chain(before.keys()).collect();
            for id in ids {
                let of = |counts: &BTreeMap<String, u64>| counts.get(id).copied().unwrap_or(0);
                let count = ComplaintCount { now: of(&now), before: of(&before) };
                if id.is_empty() {
                    figures.all = count;
                } else {
                    figures.objects.insert((kind.into(), id.clone()), count);
                }
            }
        }
        Ok(figures)
    }

    /// How many objects are compared: those that have had so many at all, in both times together.
    pub(crate) fn compared(&self) -> u64 {
        let enough = |own: &&ComplaintCount| own.now + own.before >= REPEATED_TIMES;
        u64::try_from(self.objects.values().filter(enough).count()).unwrap_or(u64::MAX)
    }

    /// One object, when so many comparisons are made at once.
    pub(crate) fn of(&self, kind: FocusKind, object_id: &str, compared: u64) -> Complaints {
        let own = self.objects.get(&(kind.into(), object_id.to_owned()));
        let own = own.copied().unwrap_or_default();
        let rest = ComplaintCount {
            now: self.all.now.saturating_sub(own.now),
            before: self.all.before.saturating_sub(own.before),
        };
        Complaints::of(self.window, self.days_before, own, rest, compared)
    }

    /// All objects.
    pub(crate) fn all<'a>(&'a self, compared: u64) -> Vec<(FocusKind, &'a str, Complaints)> {
        let told = |(kind, id): &'a (i32, String)| {
            let kind = FocusKind::try_from(*kind).unwrap_or_default();
            (kind, id.as_str(), self.of(kind, id, compared))
        };
        self.objects.keys().map(told).collect()
    }
}
