//! The five levels (评价等级) and their labels (I04). A level is a name, never a number: the
//! national interface counts 5 as best, GB/T 39046 A.8 counts 1 as best.

use serde::{Deserialize, Serialize};

/// One of the five levels, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 非常满意.
    VerySatisfied,
    /// 满意.
    Satisfied,
    /// 基本满意.
    BasicallySatisfied,
    /// 不满意.
    Dissatisfied,
    /// 非常不满意.
    VeryDissatisfied,
}

impl Level {
    /// All five, best first.
    pub const ALL: [Self; 5] = [
        Self::VerySatisfied,
        Self::Satisfied,
        Self::BasicallySatisfied,
        Self::Dissatisfied,
        Self::VeryDissatisfied,
    ];

    /// Whether it is a negative rating (差评): the last two levels (SC 三(一), CJ 二(四)1).
    ///
    /// ```
    /// use domain::level::Level;
    /// assert!(Level::Dissatisfied.is_negative());
    /// assert!(!Level::BasicallySatisfied.is_negative());
    /// ```
    #[must_use]
    pub fn is_negative(self) -> bool {
        matches!(self, Self::Dissatisfied | Self::VeryDissatisfied)
    }

    /// The stars a portal shows: 5 for the best, 1 for the worst; 1 and 2 are negative (SH).
    #[must_use]
    pub fn stars(self) -> u8 {
        match self {
            Self::VerySatisfied => 5,
            Self::Satisfied => 4,
            Self::BasicallySatisfied => 3,
            Self::Dissatisfied => 2,
            Self::VeryDissatisfied => 1,
        }
    }

    /// What the rater reads.
    #[must_use]
    pub fn label(self, set: LabelSet) -> &'static str {
        match (set, self) {
            (LabelSet::Satisfaction, Self::VerySatisfied) => "非常满意",
            (LabelSet::Satisfaction, Self::Satisfied) => "满意",
            (LabelSet::Satisfaction, Self::BasicallySatisfied) => "基本满意",
            (LabelSet::Satisfaction, Self::Dissatisfied) => "不满意",
            (LabelSet::Satisfaction, Self::VeryDissatisfied) => "非常不满意",
            (LabelSet::Quality, Self::VerySatisfied) => "很好",
            (LabelSet::Quality, Self::Satisfied) => "好",
            (LabelSet::Quality, Self::BasicallySatisfied) => "一般",
            (LabelSet::Quality, Self::Dissatisfied) => "差",
            (LabelSet::Quality, Self::VeryDissatisfied) => "很差",
            (LabelSet::Stars, Self::VerySatisfied) => "五星",
            (LabelSet::Stars, Self::Satisfied) => "四星",
            (LabelSet::Stars, Self::BasicallySatisfied) => "三星",
            (LabelSet::Stars, Self::Dissatisfied) => "二星",
            (LabelSet::Stars, Self::VeryDissatisfied) => "一星",
        }
    }
}

/// The label sets of the five levels (SC 三(一) allows the first two).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelSet {
    /// 非常满意…非常不满意.
    Satisfaction,
    /// 很好…很差.
    Quality,
    /// 五星…一星; one and two stars are negative, three to five positive (SH).
    Stars,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i04_five_levels_in_three_label_sets_and_the_last_two_are_negative() {
        let row = |set| Level::ALL.map(|level| level.label(set)).join(" ");
        assert_eq!(row(LabelSet::Satisfaction), "非常满意 满意 基本满意 不满意 非常不满意");
        assert_eq!(row(LabelSet::Quality), "很好 好 一般 差 很差");
        assert_eq!(row(LabelSet::Stars), "五星 四星 三星 二星 一星");
        assert_eq!(Level::ALL.map(Level::is_negative), [false, false, false, true, true]);
        assert_eq!(Level::ALL.map(Level::stars), [5, 4, 3, 2, 1]);
    }
}
