//! Who is at the bottom of the ranking of staff month after month (连续排名靠后, T19). Somebody is always
//! last: to be last says something only if it is more than chance, and every time. So in each month
//! a person is at the bottom only if
//!
//! - they have [`MIN_RATINGS`] ratings of that month;
//! - so many poor ones are improbable if they are like all others: Fisher's exact test, at
//!   [`BOTTOM_CHANCE`];
//! - their share cannot be told apart from the worst. Shares are shrunk: [`MIN_RATINGS`] ratings as
//!   all others have them are added to each, so that few ratings never make a bottom rank. Whose
//!   shrunk shares differ by less than chance share one place (并列), so there can be several.
//!
//! It lasts if it is so [`RANKED_MONTHS`] months in a row. If somebody is like the others, the
//! probability that all those months are as improbable as the least improbable of them is its power;
//! that is divided among all who were compared. It is a hint: measures need verified findings.

use std::collections::BTreeMap;

use super::{
    MIN_RATINGS, SIGNIFICANCE, Sample,
    concentration::{Z, number},
    upper_tail,
};

/// How many months in a row are lasting: as many times as are repeated (多次).
pub const RANKED_MONTHS: i32 = 3;
/// How probable so many poor ratings of one month may be by chance.
pub const BOTTOM_CHANCE: f64 = 0.05;

/// Where somebody stands at the bottom of a month.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BottomRank {
    /// Their ratings.
    pub own: Sample,
    /// All others'.
    pub rest: Sample,
    /// Their share after shrinking, from 0 to 1.
    pub share: f64,
    /// How many share the last place, this one with them.
    pub tied: u64,
    /// Of how many who have enough ratings.
    pub ranked: u64,
    /// How probable so many poor ratings are if they are like all others.
    pub p: f64,
}

/// Somebody at the bottom of every month.
#[derive(Clone, Debug, PartialEq)]
pub struct LastingBottom {
    /// Who.
    pub staff_id: String,
    /// The months, the oldest first.
    pub months: Vec<BottomRank>,
    /// How many comparisons were made at once.
    pub compared: u64,
    /// How probable it is for somebody like the others.
    pub p: f64,
}

impl LastingBottom {
    /// The greatest probability that still counts as more than chance.
    #[must_use]
    pub fn threshold(&self) -> f64 {
        SIGNIFICANCE / number(self.compared.max(1))
    }

    /// All of it in one Chinese sentence; `months` are their names, as many as there are.
    #[must_use]
    pub fn words(&self, months: &[String], poor: &str) -> String {
        let month = |(rank, name): (&BottomRank, &String)| {
            format!(
                "{name}评价{}次，其中{poor}{}次，收缩后占{:.2}%，在{}人中列最后{}名（其余人员{}次中{}次，\
                 偶然概率{:.2e}）",
                rank.own.ratings,
                rank.own.poor,
                100.0 * rank.share,
                rank.ranked,
                rank.tied,
                rank.rest.ratings,
                rank.rest.poor,
                rank.p,
            )
        };
        let told: Vec<String> = self.months.iter().zip(months).map(month).collect();
        format!(
            "{}。每月不少于{MIN_RATINGS}次评价方参与排名，难分先后的并列。连续{RANKED_MONTHS}个月均属偶然的概率为\
             {:.2e}，界限为{:.2e}（{SIGNIFICANCE}÷同期的{}次比较）。结论：连续排名靠后，仅供参考，处理人员须以\
             查核属实为前提。",
            told.join("；"),
            self.p,
            self.threshold(),
            self.compared.max(1),
        )
    }
}

/// How many have enough ratings to be ranked in each of these months.
#[must_use]
pub fn ranked(months: &[BTreeMap<String, Sample>]) -> u64 {
    let enough = |id: &&String| {
        months.iter().all(|month| month.get(*id).is_some_and(|own| own.ratings >= MIN_RATINGS))
    };
    let count = months.first().map_or(0, |first| first.keys().filter(enough).count());
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Everybody who is at the bottom of each of these months, by the identity of the staff. `months` hold
/// the ratings of every member of staff of a region, one map a month; `compared` is how many
/// comparisons were made at once, at least [`ranked`].
#[must_use]
pub fn lasting_bottom(months: &[BTreeMap<String, Sample>], compared: u64) -> Vec<LastingBottom> {
    let ranks: Vec<_> = months.iter().map(bottom).collect();
    let Some((first, later)) = ranks.split_first() else { return Vec::new() };
    let lasting = first.iter().filter_map(|(id, rank)| {
        let later = later.iter().map(|month| month.get(id).copied());
        let months: Vec<BottomRank> =
            std::iter::once(Some(*rank)).chain(later).collect::<Option<_>>()?;
        let worst = months.iter().map(|rank| rank.p).fold(0.0, f64::max);
        let p = worst.powi(i32::try_from(months.len()).unwrap_or(1));
        let told = LastingBottom { staff_id: (*id).clone(), months, compared, p };
        (told.p <= told.threshold()).then_some(told)
    });
    lasting.collect()
}

/// Who is at the bottom of a month.
fn bottom<'a>(month: &'a BTreeMap<String, Sample>) -> BTreeMap<&'a String, BottomRank> {
    let all = month.values().fold(Sample::default(), |sum, own| Sample {
        poor: sum.poor + own.poor,
        ratings: sum.ratings + own.ratings,
    });
    let ranked = month.iter().filter(|(_, own)| own.ratings >= MIN_RATINGS);
    let ranked: Vec<(&'a String, Sample, f64)> =
        ranked.map(|(id, own)| (id, *own, shrunk(*own, all))).collect();
    let worst = ranked.iter().max_by(|(.., one), (.., other)| one.total_cmp(other));
    let Some(&(_, worst, worst_share)) = worst else { return BTreeMap::new() };
    let spread =
        |own: Sample, share: f64| share * (1.0 - share) / number(own.ratings + MIN_RATINGS + 1);
    let of = ranked.len() as u64;
    let tied: Vec<_> = ranked
        .into_iter()
        .filter(|(_, own, share)| {
            let apart = Z * (spread(*own, *share) + spread(worst, worst_share)).sqrt();
            worst_share - share <= apart
        })
        .collect();
    let n = tied.len() as u64;
    let rank = |(id, own, share): (&'a String, Sample, f64)| {
        let rest = Sample { poor: all.poor - own.poor, ratings: all.ratings - own.ratings };
        let p = upper_tail(own, rest);
        let is_bottom = rest.ratings >= MIN_RATINGS && p <= BOTTOM_CHANCE;
        let rank = BottomRank { own, rest, share, tied: n, ranked: of, p };
        is_bottom.then_some((id, rank))
    };
    tied.into_iter().filter_map(rank).collect()
}

/// A share with [`MIN_RATINGS`] ratings added that are as all are.
fn shrunk(own: Sample, all: Sample) -> f64 {
    let mean = number(all.poor) / number(all.ratings.max(1));
    (number(own.poor) + number(MIN_RATINGS) * mean) / number(own.ratings + MIN_RATINGS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(staff: &[(&str, u64, u64)]) -> BTreeMap<String, Sample> {
        let one = |(id, poor, ratings): &(&str, u64, u64)| {
            ((*id).to_owned(), Sample { poor: *poor, ratings: *ratings })
        };
        staff.iter().map(one).collect()
    }

    fn found(months: &[BTreeMap<String, Sample>]) -> Vec<String> {
        lasting_bottom(months, ranked(months)).into_iter().map(|told| told.staff_id).collect()
    }

    #[test]
    fn t19_who_is_last_every_month_is_found_and_who_is_last_twice_is_not() {
        let bad = month(&[("a", 12, 60), ("b", 2, 60), ("c", 3, 60), ("d", 1, 60)]);
        let good = month(&[("a", 2, 60), ("b", 2, 60), ("c", 3, 60), ("d", 1, 60)]);
        let months = [bad.clone(), bad.clone(), bad.clone()];
        let lasting = lasting_bottom(&months, 4 * ranked(&months));
        let [told] = lasting.as_slice() else { panic!("{lasting:?}") };
        assert_eq!((told.staff_id.as_str(), told.compared), ("a", 16));
        assert!(told.months.iter().all(|rank| (rank.tied, rank.ranked) == (1, 4)));
        let names = ["2026-01", "2026-02", "2026-03"].map(str::to_owned);
        let words = told.words(&names, "差评");
        for part in ["2026-01评价60次", "在4人中列最后1名", "连续3个月", "仅供参考"]
        {
            assert!(words.contains(part), "{part} not in {words}");
        }
        assert_eq!(found(&[bad.clone(), good, bad.clone()]), [""; 0]);
        assert!(lasting_bottom(&months, u64::MAX).is_empty(), "among very many it is chance");
        // Somebody is always last among equals, and nobody is found.
        let equal = month(&[("a", 4, 60), ("b", 3, 60), ("c", 3, 60), ("d", 2, 60)]);
        assert_eq!(found(&[equal.clone(), equal.clone(), equal]), [""; 0]);
    }

    #[test]
    fn t19_few_ratings_never_make_a_bottom_rank() {
        // All of nineteen are bad, every month: too few to rank, and nobody else is last instead.
        let few = month(&[("a", 19, 19), ("b", 2, 60), ("c", 3, 60), ("d", 1, 60)]);
        assert_eq!(found(&[few.clone(), few.clone(), few]), [""; 0]);
        // Shrunk: three of twenty are nearer to all than sixty of four hundred, the same share.
        let all = Sample { poor: 100, ratings: 2_000 };
        let [small, great] =
            [(3, 20), (60, 400)].map(|(poor, ratings)| shrunk(Sample { poor, ratings }, all));
        assert!(small < great && great < 0.15, "{small} {great}");
    }

    #[test]
    fn t19_those_who_cannot_be_told_apart_share_the_last_place() {
        let month = month(&[("a", 12, 60), ("b", 11, 60), ("c", 0, 200), ("d", 1, 200)]);
        let lasting = lasting_bottom(&[month.clone(), month.clone(), month], 2);
        let ids: Vec<&str> = lasting.iter().map(|told| told.staff_id.as_str()).collect();
        assert_eq!(ids, ["a", "b"]);
        assert!(lasting.iter().all(|told| told.months[0].tied == 2));
    }

    #[test]
    fn t19_three_months_of_nobody_find_nobody() {
        assert_eq!(lasting_bottom(&[], 1), []);
        assert_eq!(lasting_bottom(&[BTreeMap::new(), BTreeMap::new(), BTreeMap::new()], 1), []);
    }
}
