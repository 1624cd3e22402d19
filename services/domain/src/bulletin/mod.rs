//! Bulletins (通报, P06): which ones a region has, when each is drafted, what is chosen for it, and how
//! much of a small count others are told. What a bulletin says are figures of `statistics` and nothing
//! else.

mod choice;
mod shown;

use jiff::{
    ToSpan as _,
    civil::{Date, DateTime, Time, time},
};

pub use choice::{
    ADVERSE_CASES, Case, Cases, GOOD_CASES, ItemCounts, MIN_NEGATIVE, PROBLEMS, adverse, good,
    typical_problems,
};
pub use shown::{SMALL, Shown, ShownRate, shown, shown_rate, shown_single};

use crate::{
    profile::{Period, Profile},
    report_period::ReportPeriod,
};

/// From when on a bulletin is drafted on the day after its period, in Asia/Shanghai: ours. The documents say
/// the start of the next month (DQ二(一)); by then what was given in the last hours has been counted.
const FROM: Time = time(6, 0, 0, 0);
/// How far back bulletins are drafted after a long stop, and at a new deployment whose ratings were imported:
/// ours. What is older is drafted when an officer asks for it.
const CATCH_UP_YEARS: i16 = 1;

/// What span a bulletin is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BulletinKind {
    /// 月度汇总 (DQ二(一)).
    Monthly,
    /// 季度通报 (DQ三(二)).
    Quarterly,
    /// 年度通报: ours.
    Annual,
}

impl BulletinKind {
    /// All of them, the shortest first.
    pub const ALL: [Self; 3] = [Self::Monthly, Self::Quarterly, Self::Annual];

    /// How many months it is about.
    #[must_use]
    pub fn months(self) -> i32 {
        match self {
            Self::Monthly => 1,
            Self::Quarterly => 3,
            Self::Annual => 12,
        }
    }

    /// The kind of a period's bulletin.
    #[must_use]
    pub fn of(period: ReportPeriod) -> Self {
        let same = |kind: &Self| kind.months() == period.months();
        Self::ALL.into_iter().find(same).unwrap_or(Self::Annual)
    }

    /// The periods that its series shows, the oldest first and `last` the last: ours.
    #[must_use]
    pub fn series(self, last: ReportPeriod) -> Vec<ReportPeriod> {
        let length = match self {
            Self::Monthly => 12,
            Self::Quarterly => 8,
            Self::Annual => 5,
        };
        let mut series: Vec<_> = std::iter::successors(Some(last), |period| Some(period.before()))
            .take(length)
            .collect();
        series.reverse();
        series
    }
}

/// Which bulletins a profile asks for, the shortest first; the annual one is ours. Where a document says
/// "periodically" (定期) and names no span, it is quarterly: ours, as in the only document that names one
/// for bulletins of results.
#[must_use]
pub fn kinds(profile: &Profile) -> Vec<BulletinKind> {
    let mut kinds = vec![BulletinKind::Annual];
    kinds.extend(profile.bulletins.value.iter().map(|period| match period {
        Period::Monthly => BulletinKind::Monthly,
        Period::Quarterly | Period::Periodic => BulletinKind::Quarterly,
    }));
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// Whether a period has ended by a time in Asia/Shanghai, and what was given in it has been counted.
#[must_use]
pub fn may_draft(period: ReportPeriod, now: DateTime) -> bool {
    now >= period.last().saturating_add(1.day()).to_datetime(FROM)
}

/// The periods of a kind that a region should have a bulletin for by now, the oldest first. `since` is the
/// first day on which anything was counted.
#[must_use]
pub fn due(kind: BulletinKind, since: Date, now: DateTime) -> Vec<ReportPeriod> {
    let begin = since.max(now.date().saturating_sub(i32::from(CATCH_UP_YEARS).years()));
    let next = |period: &ReportPeriod| {
        let following = period.last().saturating_add(1.day());
        Some(ReportPeriod::of(kind.months(), following))
    };
    let first = ReportPeriod::of(kind.months(), begin);
    std::iter::successors(Some(first), next).take_while(|period| may_draft(*period, now)).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::source::Source;

    fn profile(text: &str) -> Profile {
        let nation = include_str!("../../profiles/state-council-2019.toml");
        let nation = Source { file: "nation", text: nation };
        let layers = [nation, Source { file: "profile", text }];
        let inherits = text.contains("\ninherits = ");
        Profile::parse(if inherits { &layers } else { &layers[1..] }).unwrap()
    }

    fn names(periods: &[ReportPeriod]) -> Vec<String> {
        periods.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn p06_a_district_has_monthly_and_quarterly_ones_and_where_nothing_is_named_they_are_quarterly()
    {
        use BulletinKind::{Annual, Monthly, Quarterly};
        let district = profile(include_str!("../../profiles/district-2-5-15.toml"));
        assert_eq!(kinds(&district), [Monthly, Quarterly, Annual]);
        let guangxi = profile(include_str!("../../profiles/guangxi-2019.toml"));
        assert_eq!(kinds(&guangxi), [Quarterly, Annual]);
    }

    #[test]
    fn p06_a_bulletin_is_drafted_at_the_start_of_the_next_month_and_not_before() {
        let march = ReportPeriod::parse("2026-03").unwrap();
        assert!(!may_draft(march, date(2026, 3, 31).at(23, 59, 59, 0)), "it has not ended");
        assert!(!may_draft(march, date(2026, 4, 1).at(5, 59, 59, 0)));
        assert!(may_draft(march, date(2026, 4, 1).at(6, 0, 0, 0)));
    }

    #[test]
    fn p06_after_a_long_stop_every_period_that_has_ended_is_due_the_oldest_first() {
        let now = date(2026, 4, 1).at(6, 0, 0, 0);
        let of = |kind, since| names(&due(kind, since, now));
        assert_eq!(
            of(BulletinKind::Monthly, date(2025, 12, 31)),
            ["2025-12", "2026-01", "2026-02", "2026-03"]
        );
        assert_eq!(of(BulletinKind::Quarterly, date(2025, 12, 31)), ["2025-Q4", "2026-Q1"]);
        assert_eq!(of(BulletinKind::Annual, date(2025, 12, 31)), ["2025"]);
        assert_eq!(of(BulletinKind::Annual, date(2026, 1, 1)), [] as [&str; 0]);
        assert_eq!(of(BulletinKind::Monthly, date(2026, 5, 1)), [] as [&str; 0], "a clock ahead");
        let old = of(BulletinKind::Monthly, date(2009, 1, 1));
        assert_eq!((old.len(), old[0].as_str()), (12, "2025-04"), "imported ones are too old");
    }

    #[test]
    fn p06_a_series_ends_with_the_period_itself() {
        let of = |text: &str| {
            let period = ReportPeriod::parse(text).unwrap();
            names(&BulletinKind::of(period).series(period))
        };
        let months = of("2026-03");
        assert_eq!((months.len(), &*months[0], &*months[11]), (12, "2025-04", "2026-03"));
        assert_eq!(of("2026-Q1")[0], "2024-Q2");
        assert_eq!(of("2026"), ["2022", "2023", "2024", "2025", "2026"]);
    }
}
