//! Scores (P01, P02): how much each level is worth is the profile's, and so is whether something is
//! scored by its own ratings or by those of its window staff. Whole numbers in, a sum and a count
//! out: the mean is over ratings and not over means, so anyone can divide again.

use crate::{
    profile::{Profile, RatedObject, Scores},
    statistics::{LevelCounts, Rate},
};

/// Whose ratings make a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScoredBy {
    /// Its own, each of them (直接评价).
    OwnRatings,
    /// The direct ratings of its window staff, and the composite ratings of packages it had a part in
    /// (窗口工作人员所获直接评价的平均分, GX4, GX10).
    StaffRatings,
}

/// How a profile scores an object; none if the profile has no scores, or none for such an object.
#[must_use]
pub fn scored_by(profile: &Profile, object: RatedObject) -> Option<ScoredBy> {
    profile.scores.as_ref()?;
    let mean = profile.mean_scores.as_ref().is_some_and(|mean| mean.value.contains(&object));
    if mean {
        return Some(ScoredBy::StaffRatings);
    }
    profile.rated_directly.value.contains(&object).then_some(ScoredBy::OwnRatings)
}

/// The score of some ratings: the sum of what their levels are worth, over how many there are.
#[must_use]
pub fn score(scores: Scores, counts: LevelCounts) -> Rate {
    let worth = scores.all().into_iter().zip(counts);
    let numerator = worth.map(|(worth, count)| u64::from(worth) * count).sum();
    Rate { numerator, denominator: counts.iter().sum() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;

    fn profile(text: &str) -> Profile {
        Profile::parse(&[Source { file: "profile", text }]).unwrap()
    }

    #[test]
    fn p01_p02_guangxi_scores_staff_directly_and_everything_else_by_the_mean_of_its_staff() {
        let guangxi = profile(include_str!("../profiles/guangxi-2019.toml"));
        let of = |object| scored_by(&guangxi, object);
        assert_eq!(of(RatedObject::Staff), Some(ScoredBy::OwnRatings));
        for object in [RatedObject::Agency, RatedObject::BusinessLine, RatedObject::Region] {
            assert_eq!(of(object), Some(ScoredBy::StaffRatings), "{object:?}");
        }
        assert_eq!(of(RatedObject::Hall), None);
        let scores = guangxi.scores.as_ref().unwrap().value;
        assert_eq!(score(scores, [1, 0, 2, 1, 1]), Rate { numerator: 25, denominator: 5 });
        assert_eq!(score(scores, [0; 5]), Rate::default(), "nobody rated: no score");
    }

    #[test]
    fn p02_shanghai_counts_stars_of_windows_and_the_nation_scores_nothing() {
        let shanghai = profile(include_str!("../profiles/shanghai-2019.toml"));
        assert_eq!(scored_by(&shanghai, RatedObject::Window), Some(ScoredBy::OwnRatings));
        let stars = shanghai.scores.as_ref().unwrap().value;
        assert_eq!(score(stars, [2, 0, 0, 0, 1]), Rate { numerator: 11, denominator: 3 });
        let nation = profile(include_str!("../profiles/state-council-2019.toml"));
        assert_eq!(scored_by(&nation, RatedObject::Agency), None);
    }
}
