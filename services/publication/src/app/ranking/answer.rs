//! A ranking on the wire.

use domain::{
    ranking::{Band, RANKED_FROM, Row, basis_points},
    score::ScoredBy,
    statistics::{participation, satisfaction},
};
use platform::page::Page;
use proto::publication::v1::{NotRanked, RankingBasis, RankingRow};

use super::Table;
use crate::convert::statistics::rate_to_wire;

impl Table {
    /// What was ranked, and how.
    pub(crate) fn basis(&self) -> RankingBasis {
        let basis = RankingBasis {
            from: self.period.first().to_string(),
            to: self.period.last().to_string(),
            mean: basis_points(self.ranking.mean),
            ranked: number(self.ranking.ranked),
            least_ratings: RANKED_FROM,
            ..RankingBasis::default()
        };
        let Some(scored) = &self.scored else { return basis };
        RankingBasis {
            full_marks: scored.scores.all()[0],
            policy: scored.policy.clone(),
            clause: scored.clause.clone(),
            mean_of_staff: scored.by == ScoredBy::StaffRatings,
            ..basis
        }
    }

    /// A row; without any figures of what has too few ratings, if it is for everybody.
    pub(crate) fn row(&self, row: &Row, for_everybody: bool) -> RankingRow {
        let key = row.key.clone();
        let Some(Band { from, to }) = row.band else {
            let not_ranked = NotRanked::TooFewRatings.into();
            let told = RankingRow { key, not_ranked, ..RankingRow::default() };
            return if for_everybody { told } else { self.beside(row, told) };
        };
        let told = RankingRow {
            key,
            place_from: number(from),
            place_to: number(to),
            score: basis_points(row.score),
            lower: basis_points(row.lower),
            upper: basis_points(row.upper),
            observed: row.observed.map(basis_points).unwrap_or_default(),
            expected: basis_points(row.expected),
            comparable: row.comparable,
            ..RankingRow::default()
        };
        self.beside(row, told)
    }

    /// Adds what stands beside a place, and decides none.
    fn beside(&self, row: &Row, told: RankingRow) -> RankingRow {
        let counts = self.counts.get(&row.key).copied().unwrap_or_default();
        RankingRow {
            ratings: row.ratings,
            satisfaction: Some(rate_to_wire(satisfaction(counts.levels))),
            participation: Some(rate_to_wire(participation(counts.participated, counts.offered))),
            paper: counts.levels_paper.iter().sum(),
            defaults: counts.levels_default.iter().sum(),
            imported: counts.levels_imported.iter().sum(),
            ..told
        }
    }

    /// A page of the rows, and the token of the next one.
    pub(crate) fn page(
        &self,
        page: &Page<usize>,
        for_everybody: bool,
    ) -> (Vec<RankingRow>, String) {
        let (rows, next_page_token) = cut(page, &self.ranking.rows);
        (rows.into_iter().map(|row| self.row(row, for_everybody)).collect(), next_page_token)
    }
}

/// A page of what was computed whole, and the token of the next one: a number of rows to leave out.
pub(crate) fn cut<'a, T>(page: &Page<usize>, all: &'a [T]) -> (Vec<&'a T>, String) {
    let rows = all.iter().enumerate().skip(page.after.unwrap_or_default());
    let read = usize::try_from(page.read_size()).unwrap_or(usize::MAX);
    let mut rows: Vec<(usize, &T)> = rows.take(read).collect();
    let next_page_token = page.cut(&mut rows, |(at, _)| at + 1);
    (rows.into_iter().map(|(_, row)| row).collect(), next_page_token)
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
